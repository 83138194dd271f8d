"""The record: what is found in its file is what a look at every quad would find."""

from collections import Counter
from itertools import groupby

import pytest

from almaty_graph.release import Release
from almaty_graph.release.record import Record
from almaty_graph.terms import Quad, Term, iri, literal

# One subject begins as another goes on, and literals hold what separates terms.
QUADS = [
    Quad(iri(subject), iri("x:p"), value, iri(graph))
    for subject in ("x:a", "x:a-b", "x:b")
    for value in (iri("x:a"), literal('<x:a> "q" .'), literal("a\nb", language="ru"), literal("Ташкент"))
    for graph in ("x:g", "x:h")
]


@pytest.fixture(scope="module")
def quads(release: Release) -> list[Quad]:
    return list(release.record)


def test_each_thing_is_found_by_its_subject(release: Release, quads: list[Quad]) -> None:
    described = {name: list(said) for name, said in groupby(quads, lambda quad: quad.subject)}
    assert {name: release.record.of(name) for name in described} == described


def test_each_value_is_found_by_its_object(release: Release, quads: list[Quad]) -> None:
    held: dict[tuple[Term, Term], set[Term]] = {}
    for quad in quads:
        held.setdefault((quad.predicate, quad.object), set()).add(quad.subject)
    assert {key: release.record.subjects(*key) for key in held} == {k: sorted(v) for k, v in held.items()}


def test_what_is_not_there_is_not_found(release: Release) -> None:
    for name in ("", "x:a", "zzz", release.record.of(next(iter(release.record)).subject)[0].subject[1:-2]):
        assert not release.record.describes(iri(name))
        assert release.record.of(iri(name)) == []
        assert release.record.subjects(iri(name), iri(name)) == []


@pytest.mark.parametrize("count", range(len(QUADS) + 1))
def test_any_number_of_quads_can_be_looked_through(count: int) -> None:
    some = sorted(QUADS[:count], key=lambda quad: f"{' '.join(quad)} .")
    record = Record.of_quads(some)
    assert (list(record), len(record)) == (some, count)
    assert record.sizes == Counter(quad.graph for quad in some)
    for name in ("x:a", "x:a-b", "x:b"):
        assert record.of(iri(name)) == [quad for quad in some if quad.subject == iri(name)]
    for graph in ("x:g", "x:h"):
        assert record.graph(iri(graph)) == [quad for quad in some if quad.graph == iri(graph)]
    for value in {quad.object for quad in QUADS}:
        holders = sorted({quad.subject for quad in some if quad.object == value})
        assert record.subjects(iri("x:p"), value) == holders
