"""Decides how a query is put to somebody else's endpoint (SPARQL 1.1 Protocol), so that the answer is ours.

A store holds the merge of each release in a graph that never changes, and under their own names the graphs of
one release, the current one. Which one that is stands in one more graph, and is changed there before those
graphs are and after: what is answered between two looks at it that see the same is the answer of one release.
"""

import io
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Final, Self

import pyoxigraph as ox

from almaty_graph.engine import wire
from almaty_graph.engine.index import virtuoso
from almaty_graph.engine.index.exchange import REPLY_BYTES, Exchange
from almaty_graph.engine.language.dataset import read_dataset
from almaty_graph.errors import (
    AlmatyError,
    EngineBusy,
    EngineError,
    RemoteError,
)
from almaty_graph.names import BASE, DATASET, DCAT, DCTERMS, RELEASES, VOID, XSD

NO_GRAPH: Final = RELEASES + "/none"
HELD: Final = VOID + "Dataset"
GRAPHS: Final = VOID + "subset"
CURRENT: Final = DCAT + "hasCurrentVersion"
TURN: Final = DCTERMS + "identifier"  # another one each time that the current release is put in its place
# Datatypes of XML Schema that a store refuses have names of ours there.
AS_WRITTEN: Final = BASE + "as-written/"

_TABLE: Final = ("application/sparql-results+json", "application/json")
_GRAPH: Final = ("application/n-triples", "text/plain")
_JSON: Final = ox.QueryResultsFormat.JSON
_TRIES: Final = 3  # for a query that runs while the release is made the current one again
_STARTING: Final = 5.0  # seconds that a store may be silent when it is asked at the start what it holds


def release_iri(name: str) -> str:
    """The IRI of a release in a store, which is that of the graph that holds its merge."""
    return f"{RELEASES}/{name}"


@dataclass(frozen=True)
class _Held:
    """What a store says of a release: its named graphs, and the turn in which it became current, if it is."""

    graphs: frozenset[str]
    turn: str | None


class RemoteIndex:
    """The release of that name in a store behind a SPARQL 1.1 endpoint; with no name, whatever is there.

    Every query is over a dataset that is named in full, and fails unless the store held it throughout.
    """

    descriptors = 8  # one is the connection; finding the address of a host opens some for a moment

    def __init__(
        self, url: str, name: str = "", seconds: float | None = None, reply_bytes: int = REPLY_BYTES
    ) -> None:
        """Connects to nothing yet. `seconds` is how long the store may be silent, if that is limited."""
        self.url, self.release, self.seconds = url, release_iri(name) if name else "", seconds
        self._exchange = Exchange(url, reply_bytes)
        self._held: _Held | None = None

    @classmethod
    def find(cls, spec: str) -> Self:
        """The index at `URL#NAME` or `URL`.

        Raises EngineError if a store answers there and does not hold the release. One that does not answer
        may yet come: then each query says so until it does.
        """
        url, _, name = spec.partition("#")
        absence = None
        with closing(cls(url, name, _STARTING)) as index, suppress(AlmatyError):
            absence = index._absence() if name and not index._look() else None
        if absence:
            raise absence
        return cls(url, name)

    def open(self) -> None:
        """Nothing: the first query connects, and each later one where the connection was lost."""

    def settle(self) -> Iterator[None]:
        """None: see open."""
        return iter(())

    def close(self) -> None:
        """Hang up, if there is a connection."""
        self._exchange.close()

    def query(self, request: wire.Request) -> ox.QuerySolutions | ox.QueryBoolean | Iterable[ox.Triple]:
        """The results of a query, whole and well-formed; raises what Exchange.post does."""
        if not self.release:
            return self._ask(request.form, request.text, request.default, request.named)
        asked = read_dataset(request.text)
        given = (request.default, request.named)
        if not any(given):
            given = (asked.default, asked.named)
        in_turn = asked.by_name or any(given)
        # Relative IRIs are ours; on one line with the query, whose lines keep their numbers.
        text = asked.text if asked.has_base else f"BASE <{BASE}> {asked.text}"
        before = self._held
        for _ in range(_TRIES):
            if before is None or (in_turn and before.turn is None):
                before = self._look()
            if before is None or (in_turn and before.turn is None):
                break
            results = self._ask(request.form, text, *self._dataset(given, before, in_turn))
            after = self._held = self._look()
            if after is not None and (not in_turn or after.turn == before.turn):
                return results
            before = after
        raise self._absence()

    def _dataset(
        self, given: tuple[tuple[str, ...], tuple[str, ...]], held: _Held, in_turn: bool
    ) -> tuple[list[str], list[str]]:
        if not any(given):
            return [self.release], sorted(held.graphs) if in_turn else []
        # A graph that the release has not is empty. With no graph at all, the store would choose.
        default, named = ([iri for iri in iris if iri in held.graphs] for iris in given)
        return default or [NO_GRAPH], named or [NO_GRAPH]

    def _ask(
        self, form: str, text: str, default: Iterable[str], named: Iterable[str]
    ) -> ox.QuerySolutions | ox.QueryBoolean | Iterator[ox.Triple]:
        dataset = [("default-graph-uri", iri) for iri in default]
        dataset += [("named-graph-uri", iri) for iri in named]
        table = form in ("SELECT", "ASK")
        post = self._exchange.post
        body = post([("query", text), *dataset], _TABLE if table else _GRAPH, self.seconds)
        if self._exchange.cuts_graphs and not table and (counting := virtuoso.count_solutions(text)):
            post([("query", counting), *dataset], _TABLE, self.seconds)
        body = body.replace(AS_WRITTEN.encode(), XSD.encode())
        try:
            if table:
                return _table(form, body)
            for _ in _triples(body):  # to its end, so that what is wrong with it is found here
                pass
            return _triples(body)
        except (SyntaxError, ValueError) as error:
            self._exchange.close()  # what is left on the connection is no beginning of a reply
            kind = _TABLE[0] if table else _GRAPH[0]
            raise RemoteError(f"{self.url} sent what is no {kind}: {error.args[0]}") from None

    def _look(self) -> _Held | None:
        """What the store says of our release now; None if it does not hold it."""
        turn = f"OPTIONAL {{ <{DATASET}> <{CURRENT}> <{self.release}> ; <{TURN}> ?turn }}"
        about = f"<{self.release}> a <{HELD}>" + ("" if self._held else f" ; <{GRAPHS}> ?graph")
        query = f"SELECT * {{ GRAPH <{RELEASES}> {{ {about} {turn} }} }}"
        rows = self._rows(query)
        if not rows:
            return None
        graphs = self._held.graphs if self._held else frozenset(row["graph"].value for row in rows)
        turns = {row["turn"].value for row in rows if row["turn"] is not None}
        return _Held(graphs, turns.pop() if len(turns) == 1 else None)

    def _rows(self, query: str) -> list[ox.QuerySolution]:
        results = self._ask("SELECT", query, [], [RELEASES])
        return list(results) if isinstance(results, ox.QuerySolutions) else []

    def _absence(self) -> EngineError:
        query = f"SELECT ?release {{ GRAPH <{RELEASES}> {{ <{DATASET}> <{CURRENT}> ?release }} }}"
        found = [row["release"].value for row in self._rows(query)]
        if found == [self.release]:
            return EngineBusy(f"{self.url} was changing <{self.release}>; ask again later")
        there = f"holds <{found[0]}>" if len(found) == 1 else "holds none that is whole"
        return EngineError(f"{self.url} is to answer from <{self.release}>, and {there}: publish it there")


class _Nowhere(io.BytesIO):
    def write(self, data: bytes) -> int:  # type: ignore[override]  # the engine writes bytes, and no other buffers
        return len(data)


def _table(form: str, body: bytes) -> ox.QuerySolutions | ox.QueryBoolean:
    body = virtuoso.read_json(body)
    results = ox.parse_query_results(body, format=_JSON)
    if isinstance(results, ox.QueryBoolean) != (form == "ASK"):
        raise ValueError(f"the results of another form than {form}")
    if isinstance(results, ox.QueryBoolean):
        return results
    results.serialize(_Nowhere(), format=_JSON)  # to its end, so that what is wrong with it is found here
    return ox.parse_query_results(body, format=_JSON)


def _triples(body: bytes) -> Iterator[ox.Triple]:
    return (quad.triple for quad in ox.parse(body, format=ox.RdfFormat.N_TRIPLES))
