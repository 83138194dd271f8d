"""Decides what the SPARQL endpoint answers: SPARQL 1.1 Protocol, queries only, whole or a declared part."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b
from typing import Final, Self

from werkzeug.exceptions import BadRequest, MethodNotAllowed

from almaty_graph.engine.calls import Data
from almaty_graph.engine.client import Answer, Engine, Wish
from almaty_graph.engine.language.lexical import Form
from almaty_graph.engine.language.query import Query
from almaty_graph.errors import ReleaseGone
from almaty_graph.formats import (
    GRAPHS,
    HTML,
    JSON,
    SVG,
    TABLES,
    TURTLE,
    Format,
    Kind,
    by_name,
    negotiate,
    prefers_page,
)
from almaty_graph.web.operations.peers import Connections, Environ
from almaty_graph.web.protocol import coding
from almaty_graph.web.protocol.bodies import Parameters, read_parameters, write_address
from almaty_graph.web.protocol.replies import (
    NOT_KEPT,
    NOT_MODIFIED,
    OK,
    REVALIDATE,
    Headers,
    Reply,
    is_current,
)
from almaty_graph.web.protocol.shown import Page
from almaty_graph.web.routes import origin_of

METHODS: Final = ("GET", "HEAD", "OPTIONS", "POST", "QUERY")
_PREFLIGHT: Final = Reply(
    "204 No Content",
    [
        ("Allow", ", ".join(METHODS)),
        ("Access-Control-Allow-Methods", ", ".join(METHODS)),
        ("Access-Control-Allow-Headers", "Accept, Content-Type, If-None-Match"),
        ("Access-Control-Max-Age", "86400"),
    ],
)


@dataclass(frozen=True)
class _Asked:
    """A request: the query, the format for its answer, and the parameters that are our own."""

    query: Query
    form: Format
    parameters: Parameters
    seconds: float | None
    offset: int | None
    explain: bool

    @classmethod
    def read(
        cls, parameters: Parameters, accept: str | None, release: str, services: tuple[str, ...]
    ) -> Self:
        """The request in its parameters; the first of each of ours counts, and unknown ones do not."""
        given = dict(reversed(parameters)) if len(parameters) > 1 else {}
        query = _query(parameters, services)
        # A table or a graph can be a page too, if it is asked for by name.
        offer = TABLES if query.kind is Kind.TABLE else GRAPHS
        files = (*offer, SVG) if query.form is Form.SELECT else offer
        form = _named(given["download"], files) if "download" in given else negotiate(accept, (*offer, HTML))
        if given.get("release", release) != release:
            raise ReleaseGone(
                f"this is release {release}, not {given['release']}: begin again, without offset"
            )
        explain = given.get("explain") in ("1", "true")
        return cls(query, form, parameters, _seconds(given), _offset(given, query), explain)

    @property
    def identity(self) -> str:
        """What makes another answer of the same release in the same format."""
        query = self.query
        parts = (
            *query.default_graphs,
            "",
            *query.named_graphs,
            "",
            self.offset,
            self.explain,
            query.canonical,
        )
        return "\n".join(map(str, parts))

    def address(self, **changed: object) -> str:
        """The address of this request with some parameters changed."""
        return write_address("/sparql", self.parameters, changed)


class Endpoint:
    """The answers at `/sparql`: a Reply, or a Page that is still to be laid out."""

    def __init__(
        self,
        release: str,
        engine: Engine,
        connections: Connections,
        describe: Callable[[str, Format], bytes],
        services: tuple[str, ...] = (),
    ) -> None:
        self.release, self.engine, self.connections = release, engine, connections
        self.describe, self.services = describe, services

    def answer(self, environ: Environ) -> Reply | Page:
        """What a request gets; raises AlmatyError and HTTPException for what it does not get."""
        method, accept = environ["REQUEST_METHOD"], environ.get("HTTP_ACCEPT")
        if method == "OPTIONS":
            return _PREFLIGHT
        if method not in METHODS:
            raise MethodNotAllowed(METHODS, "the endpoint answers queries and changes nothing")
        parameters = read_parameters(environ, self.connections.read_body)
        if not parameters and method in ("GET", "HEAD"):
            if prefers_page(accept):
                return Page()
            form = negotiate(accept, GRAPHS)
            address = f"{origin_of(environ)}sparql"
            return _reply(self.describe(address, form), form, self._etag(address, form))
        asked = _Asked.read(parameters, accept, self.release, self.services)
        etag = None if asked.query.is_volatile else self._etag(asked.identity, asked.form)
        if etag and "HTTP_IF_NONE_MATCH" in environ and method != "POST":
            chosen = coding.choose(environ.get("HTTP_ACCEPT_ENCODING"))
            for tag in (etag, f"{etag}-{chosen.name}" if chosen else etag):
                if is_current(environ["HTTP_IF_NONE_MATCH"], tag):
                    return Reply(NOT_MODIFIED, [("Cache-Control", REVALIDATE), ("ETag", f'"{tag}"')])
        return self._ask(asked, environ, etag)

    def _ask(self, asked: _Asked, environ: Environ, etag: str | None) -> Reply | Page:
        query, form = asked.query, asked.form
        if asked.form.kind is Kind.PAGE:
            form = JSON if query.kind is Kind.TABLE else TURTLE
        watch = partial(self.connections.watching, environ)
        wish = Wish(asked.seconds, self.connections.client(environ), asked.offset, watch=watch)
        answer = self.engine.answer(query, form, wish)
        empty = answer.is_empty and query.form is Form.SELECT
        why = replace(wish, explain=True) if empty else wish
        if empty and asked.explain:
            return _explanation(self.engine.answer(query, form, why), etag)
        if asked.form.kind is Kind.PAGE:
            found = json.loads(self.engine.answer(query, form, why).read()) if empty else None
            return Page(query.text, answer.read(), form, etag is not None, found, asked.parameters)
        return _reply(answer.data, form, etag, _cut(asked, answer, self.release) + _help(asked, empty))

    def _etag(self, identity: str, form: Format) -> str:
        text = f"{self.release}\n{form.media_type}\n{identity}"
        return blake2b(text.encode(), digest_size=12).hexdigest()


def _reply(data: Data, form: Format, etag: str | None, more: Headers | None = None) -> Reply:
    kept = REVALIDATE if etag else NOT_KEPT
    return Reply(
        OK, [("Content-Type", form.content_type), ("Cache-Control", kept), *(more or [])], data, etag
    )


def _explanation(answer: Answer, etag: str | None) -> Reply:
    found = json.loads(answer.read())
    headers = [("Content-Type", "application/problem+json"), ("Empty-Because", found.pop("header"))]
    return Reply(OK, [*headers, ("Cache-Control", REVALIDATE)], json.dumps(found).encode() + b"\n", etag)


def _query(parameters: Parameters, services: tuple[str, ...]) -> Query:
    if len(parameters) == 1 and parameters[0][0] == "query":
        return Query.parse(parameters[0][1], services=services)
    if any(name == "update" for name, _ in parameters):
        raise BadRequest("found a parameter 'update': the endpoint answers queries and changes nothing")
    texts = [value for name, value in parameters if name == "query"]
    if len(texts) != 1:
        raise BadRequest(f"found {len(texts) or 'no'} parameters 'query'; exactly one is needed")
    return Query.parse(
        texts[0],
        tuple(value for name, value in parameters if name == "default-graph-uri"),
        tuple(value for name, value in parameters if name == "named-graph-uri"),
        services,
    )


def _named(name: str, offer: tuple[Format, ...]) -> Format:
    """The format of the offer with a suffix or a media type."""
    if found := by_name(name, offer):
        return found
    right = ", ".join(form.suffix for form in offer)
    raise BadRequest(f"found download={name!r}; an answer to this query can be {right}")


def _seconds(given: Mapping[str, str]) -> float | None:
    """The time that the client allows, in seconds; it can only lower the server's limit."""
    if "timeout" not in given:
        return None
    try:
        seconds = float(given["timeout"])
    except ValueError:
        seconds = 0
    if not 0 < seconds < float("inf"):
        raise BadRequest(f"found timeout={given['timeout']!r}; a number of seconds above 0 is needed")
    return seconds


def _offset(given: Mapping[str, str], query: Query) -> int | None:
    """The row from which on a part of the answer is asked for; None if it is to be whole."""
    if given.get("partial") not in ("1", "true"):
        return None
    if query.is_volatile:
        raise BadRequest("this query answers differently each time, so its answer cannot come in parts")
    offset = given.get("offset", "0")
    if not (offset.isascii() and offset.isdigit() and len(offset) < 12):
        raise BadRequest(f"found offset={offset!r}; a number of rows is needed")
    return int(offset)


def _cut(asked: _Asked, answer: Answer, release: str) -> Headers:
    """What tells that an answer is a part of one, and where the next part is."""
    if asked.offset is None or (asked.offset == 0 and answer.next is None):
        return []
    if answer.next is None:
        return [("Partial-Answer", f"?1; offset={asked.offset}")]
    following = asked.address(offset=answer.next, release=release)
    return [
        ("Partial-Answer", f"?1; offset={asked.offset}; next={answer.next}"),
        ("Link", f'<{following}>; rel="next"'),
    ]


def _help(asked: _Asked, empty: bool) -> Headers:
    return [("Link", f'<{asked.address(explain=1)}>; rel="help"')] if empty else []
