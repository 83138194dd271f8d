"""Decides how a triple store is told what to hold, and asked: SPARQL 1.1 Update by SPARQLWrapper."""

import urllib.request
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final

import pyoxigraph as ox
from SPARQLWrapper import BASIC, DIGEST, POST, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException

from almaty_graph.engine.index.remote import RemoteIndex
from almaty_graph.engine.wire import Request
from almaty_graph.errors import EngineError

SILENCE: Final = 600.0  # seconds that a store may take for one request

# What a store serves queries at, by the end of the address that it takes updates at.
_QUERIES: Final = {"/update": "/query", "/sparql-auth": "/sparql", "/statements": ""}
_DIGEST: Final = "/sparql-auth"


@dataclass(frozen=True)
class Store:
    """A triple store: where it takes updates, where queries, and as whom it is asked."""

    updates: str
    queries: str = ""
    user: str = ""
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Without an address for queries, it follows from the other by the customs of the known stores."""
        if not self.queries:
            end = next((end for end in _QUERIES if self.updates.endswith(end)), "")
            object.__setattr__(self, "queries", self.updates.removesuffix(end) + _QUERIES.get(end, ""))

    def update(self, text: str) -> None:
        """Run an update (SPARQL 1.1 Update); EngineError, with what the store said, if it is not run.

        Virtuoso wants a digest of the password at `/sparql-auth`; all others get the password.
        """
        request = _Request(self.updates)
        request.setMethod(POST)
        request.setTimeout(int(SILENCE))
        request.addCustomHttpHeader("Accept", "*/*")
        if self.user:
            request.setHTTPAuth(DIGEST if self.updates.endswith(_DIGEST) else BASIC)
            request.setCredentials(self.user, self.password)
        request.setQuery(text)
        try:
            response = request.query().response
            response.read()
        except (SPARQLWrapperException, OSError) as error:
            raise EngineError(f"{self.updates}: {_told(error)}") from None
        if response.geturl() != self.updates:
            raise EngineError(f"{self.updates} redirects to {response.geturl()}, where nobody follows")

    def count(self, graphs: Iterable[str]) -> Counter[str]:
        """How many triples there are in each graph."""
        query = "SELECT ?graph (COUNT(*) AS ?number) { GRAPH ?graph { ?s ?p ?o } } GROUP BY ?graph"
        return Counter({row[0].value: int(row[1].value) for row in self._select(query, graphs)})

    def graphs(self, start: str) -> set[str]:
        """The graphs whose IRIs begin so."""
        starts = f'STRSTARTS(STR(?graph), "{start}")'
        query = f"SELECT DISTINCT ?graph {{ GRAPH ?graph {{ ?s ?p ?o }} FILTER({starts}) }}"
        return {row[0].value for row in self._select(query, ())}

    def _select(self, query: str, named: Iterable[str]) -> list[ox.QuerySolution]:
        with closing(RemoteIndex(self.queries, seconds=SILENCE)) as index:
            results = index.query(Request(query, "SELECT", "", named=tuple(named)))
            return list(results) if isinstance(results, ox.QuerySolutions) else []


class _Request(SPARQLWrapper):
    """SPARQLWrapper, its password for the store only: urllib would take it wherever it is redirected."""

    def _createRequest(self) -> urllib.request.Request:  # noqa: N802 - SPARQLWrapper's name
        request: urllib.request.Request = super()._createRequest()
        if "Authorization" in request.headers:
            request.add_unredirected_header("Authorization", request.headers.pop("Authorization"))
        return request


def _told(error: Exception) -> str:
    lines = [line.strip() for line in str(getattr(error, "msg", None) or error).splitlines() if line.strip()]
    return (lines or [type(error).__name__])[0][:300]
