"""The default graph: the merge of all graphs, and nothing but what a query's or a request's dataset says."""

from typing import cast

import pyoxigraph as ox
import pytest

from almaty_graph.engine.index.merge import MergedStore, fill
from almaty_graph.engine.wire import Request

APART = b"<x:a> <x:p> <x:b> <x:g> .\n<x:b> <x:p> <x:c> <x:h> .\n"
SHARED = APART + b"<x:a> <x:p> <x:b> <x:h> .\n"
ALIKE = (
    APART
    + b'<x:n> <x:p> "01"^^<http://www.w3.org/2001/XMLSchema#integer> <x:g> .\n'
    + (b'<x:n> <x:p> "1"^^<http://www.w3.org/2001/XMLSchema#integer> <x:h> .\n')
)


def merged(nquads: bytes) -> MergedStore:
    store = ox.Store()
    fill(store, nquads)
    return MergedStore(store)


def rows(nquads: bytes, text: str, default: tuple[str, ...] = (), named: tuple[str, ...] = ()) -> int:
    solutions = merged(nquads).query(Request(text, "SELECT", "text/csv", default, named))
    return len(list(cast("ox.QuerySolutions", solutions)))


@pytest.mark.parametrize(("nquads", "triples"), [(APART, 2), (SHARED, 2), (ALIKE, 3)])
def test_a_triple_counts_once_however_many_graphs_have_it(nquads: bytes, triples: int) -> None:
    assert rows(nquads, "SELECT * { ?s ?p ?o }") == triples
    assert rows(nquads, "SELECT * { ?s <x:p>/<x:p> ?o }") == 1


@pytest.mark.parametrize(("nquads", "in_h"), [(APART, 1), (SHARED, 2)])
def test_the_dataset_of_a_query_is_kept(nquads: bytes, in_h: int) -> None:
    assert rows(nquads, "SELECT * FROM <x:h> { ?s ?p ?o }") == in_h
    assert rows(nquads, "SELECT * FROM <x:g> FROM <x:h> { ?s ?p ?o }") == 2
    assert rows(nquads, "SELECT * FROM <x:g> FROM <x:h> FROM NAMED <x:h> { GRAPH ?g { ?s ?p ?o } }") == in_h
    assert rows(nquads, "PREFIX x: <x:> SELECT * from x:h { ?s ?p ?o }") == in_h
    assert rows(nquads, "SELECT * FROM NAMED <x:h> { ?s ?p ?o }") == 0
    assert rows(nquads, "SELECT * FROM NAMED <x:h> { GRAPH ?g { ?s ?p ?o } }") == in_h
    assert rows(nquads, "SELECT * FROM <x:g> { GRAPH ?g { ?s ?p ?o } }") == 0


@pytest.mark.parametrize("text", ["SELECT ?from { ?from ?p ?o }", "SELECT * { ?s ?p ?o } # FROM <x:h>"])
def test_a_word_like_that_of_a_dataset_is_none(text: str) -> None:
    assert rows(APART, text) == 2


@pytest.mark.parametrize(("nquads", "in_h"), [(APART, 1), (SHARED, 2)])
def test_the_dataset_of_a_request_is_kept(nquads: bytes, in_h: int) -> None:
    assert rows(nquads, "SELECT * { ?s ?p ?o }", default=("x:h",)) == in_h
    assert rows(nquads, "SELECT * FROM <x:g> { ?s ?p ?o }", default=("x:h",)) == in_h
    assert rows(nquads, "SELECT * FROM <x:g> { ?s ?p ?o }", default=("x:g", "x:h")) == 2
    assert rows(nquads, "SELECT * { GRAPH ?g { ?s ?p ?o } }", named=("x:h",)) == in_h
    assert rows(nquads, "SELECT * { ?s ?p ?o }", named=("x:h",)) == 0
