"""The linksets of a release are those that its links make: nothing is listed, so nothing can be forgotten."""

import re
from collections import Counter

import pytest
import rdflib
from rdflib.namespace import RDF, SKOS, VOID

from almaty_graph.bridge import rdflib_graph
from almaty_graph.names import DATASET, DEF, ID
from almaty_graph.names import RDF as RDF_NAMESPACE
from almaty_graph.names import SKOS as SKOS_NAMESPACE
from almaty_graph.names import VOID as VOID_NAMESPACE
from almaty_graph.release.description import describe
from almaty_graph.sources import Sources
from almaty_graph.terms import TYPE, Quad, Term, iri, iri_value, literal, text_of

HERE = rdflib.URIRef(DATASET)


@pytest.fixture(scope="module")
def description(sources: Sources) -> rdflib.Graph:
    return rdflib_graph(describe(sources.dataset, []))


def test_each_data_set_that_is_linked_to_is_described_with_the_number_of_its_links(
    sources: Sources, description: rdflib.Graph
) -> None:
    data = rdflib_graph(quad.triple for quad in sources.dataset)
    expected: Counter[tuple[str, str]] = Counter()
    for predicate in (SKOS.exactMatch, SKOS.closeMatch):
        for entry in data.objects(None, predicate):
            space = re.match(r"https?://.+/(?=[^/]+/?\Z)", str(entry))
            assert space
            expected[str(predicate), space[0]] += 1
    assert expected
    described = {
        (
            str(description.value(linkset, VOID.linkPredicate)),
            str(description.value(description.value(linkset, VOID.objectsTarget), VOID.uriSpace)),
        ): int(str(description.value(linkset, VOID.triples)))
        for linkset in description.subjects(RDF.type, VOID.Linkset)
    }
    assert described == expected


def test_a_linkset_is_part_of_the_dataset_and_leads_from_it_to_one_other(description: rdflib.Graph) -> None:
    linksets = set(description.subjects(RDF.type, VOID.Linkset))
    assert linksets
    assert linksets <= set(description.objects(HERE, VOID.subset))
    for linkset in linksets:
        [target] = description.objects(linkset, VOID.objectsTarget)
        assert list(description.objects(linkset, VOID.subjectsTarget)) == [HERE]
        assert (target, RDF.type, VOID.Dataset) in description
        assert target != HERE


def link(name: str, predicate: str, entry: Term) -> list[Quad]:
    subject, graph = iri(f"{ID}link/{name}"), iri("x:links")
    return [
        Quad(subject, TYPE, iri(DEF + "Link"), graph),
        Quad(subject, iri(RDF_NAMESPACE + "subject"), iri(ID + "state/ruritania"), graph),
        Quad(subject, iri(RDF_NAMESPACE + "predicate"), iri(SKOS_NAMESPACE + predicate), graph),
        Quad(subject, iri(RDF_NAMESPACE + "object"), entry, graph),
    ]


def spaces(quads: list[Quad]) -> list[tuple[str, str]]:
    """The name of each linkset that is described, and how many triples it has."""
    described = {(t.subject, t.predicate): t.object for t in describe(quads, [])}
    return sorted(
        (
            iri_value(subject).removeprefix(DATASET),
            text_of(described[subject, iri(VOID_NAMESPACE + "triples")]),
        )
        for (subject, predicate), value in described.items()
        if predicate == TYPE and value == iri(VOID_NAMESPACE + "Linkset")
    )


def test_an_entry_whose_iri_ends_with_a_slash_is_one_of_its_data_set() -> None:
    quads = link("a", "exactMatch", iri("https://example.net/places/1/"))
    quads += link("b", "exactMatch", iri("https://example.net/places/2/"))
    assert spaces(quads) == [("#links-skos-exactMatch-example-net-places", "2")]


def test_each_property_has_a_linkset_of_its_own_and_a_code_has_none() -> None:
    quads = link("a", "exactMatch", iri("https://example.net/1"))
    quads += link("b", "closeMatch", iri("https://example.net/2"))
    quads += link("c", "notation", literal("RR", DEF + "isoAlpha2"))
    assert spaces(quads) == [
        ("#links-skos-closeMatch-example-net", "1"),
        ("#links-skos-exactMatch-example-net", "1"),
    ]


def test_without_links_there_are_no_linksets() -> None:
    assert spaces([Quad(iri("x:a"), iri("x:b"), iri("x:c"), iri("x:d"))]) == []
