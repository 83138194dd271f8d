"""Decides how a query is put to somebody else's endpoint: SPARQL 1.1 Protocol, by SPARQLWrapper."""

import socket
from dataclasses import dataclass
from urllib.error import HTTPError, URLError

from SPARQLWrapper import POST, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed, SPARQLWrapperException

from almaty_graph.engine.query import Query
from almaty_graph.errors import AnswerLimitReached, EngineError, QueryError, TimeLimitReached
from almaty_graph.formats import Format


@dataclass(frozen=True)
class RemoteEngine:
    """An engine behind a SPARQL 1.1 endpoint, with limits of our own: seconds, and bytes of an answer."""

    url: str
    seconds: float = 30.0
    answer_bytes: int = 64 * 1024 * 1024

    def answer(self, query: Query, form: Format, seconds: float | None = None) -> bytes:
        """The endpoint's answer to a query, as the endpoint prints that format.

        Raises QueryError for what the endpoint calls malformed, TimeLimitReached and AnswerLimitReached at
        our limits, and EngineError for anything else, an answer in another format included.
        """
        if not self.url.startswith(("http://", "https://")):
            raise EngineError(f"the address of an endpoint begins with http:// or https://, not {self.url!r}")
        limit = min(self.seconds, seconds or self.seconds)
        try:
            response = self._request(query, form, limit).query().response
            media_type = response.headers.get_content_type()
            data: bytes = response.read(self.answer_bytes + 1)
        except QueryBadFormed as error:
            raise QueryError(f"{self.url}: {_first_line(error)}") from error
        except TimeoutError as error:
            raise TimeLimitReached(f"{self.url} did not answer within {limit:g} s") from error
        except (SPARQLWrapperException, HTTPError, URLError, OSError) as error:
            if isinstance(getattr(error, "reason", None), socket.timeout):
                raise TimeLimitReached(f"{self.url} did not answer within {limit:g} s") from error
            raise EngineError(f"{self.url}: {_first_line(error)}") from error
        if len(data) > self.answer_bytes:
            raise AnswerLimitReached(f"{self.url}: the answer is larger than {self.answer_bytes:,} bytes")
        if media_type not in (form.media_type, *form.aliases):
            raise EngineError(f"{self.url}: asked for {form.media_type}, got {media_type}")
        return data

    def _request(self, query: Query, form: Format, limit: float) -> SPARQLWrapper:
        request = SPARQLWrapper(self.url)
        request.setMethod(POST)
        request.setTimeout(max(1, round(limit)))
        request.setQuery(query.text)
        # SPARQLWrapper knows some formats by name; the header says any of them exactly.
        request.addCustomHttpHeader("Accept", form.media_type)
        for graph in query.default_graphs:
            request.addDefaultGraph(graph)
        for graph in query.named_graphs:
            request.addNamedGraph(graph)
        return request


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(getattr(error, "msg", None) or error).splitlines() if line.strip()]
    return (lines or [type(error).__name__])[0][:300]
