"""The ontology is consistent under OWL 2 RL, by a reasoner that is not ours."""

import owlrl
import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import OWL, RDF, RDFS

from almaty_graph.bridge import rdflib_graph
from almaty_graph.names import DEF, ID
from almaty_graph.sources import Sources

ERRORS = URIRef("http://www.daml.org/2002/03/agents/agent-ont#error")


def inconsistencies(graph: Graph) -> list[str]:
    closed = Graph()
    for triple in graph:
        closed.add(triple)
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(closed)
    return sorted(str(value) for value in closed.objects(None, ERRORS))


@pytest.fixture(scope="module")
def ontology_and_data(sources: Sources) -> Graph:
    return rdflib_graph([quad.triple for quad in sources.dataset])


@pytest.mark.slow
def test_ontology_and_data_are_consistent(ontology_and_data: Graph) -> None:
    assert inconsistencies(ontology_and_data) == []


def test_a_state_that_is_an_organization_is_inconsistent(sources: Sources) -> None:
    graph = rdflib_graph([quad.triple for quad in sources.dataset if "/graph/ontology" in quad.graph])
    iran = URIRef(ID + "state/iran")
    graph.add((iran, RDF.type, URIRef(DEF + "State")))
    graph.add((iran, RDF.type, URIRef(DEF + "NonGovernmentalOrganization")))
    assert any("iran" in error for error in inconsistencies(graph))


def test_every_term_of_ours_is_a_class_a_property_or_a_datatype_with_a_home(sources: Sources) -> None:
    kinds = {OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, RDFS.Datatype}
    graph = rdflib_graph([quad.triple for quad in sources.dataset])
    terms = {s for s in graph.subjects() if isinstance(s, URIRef) and s.startswith(DEF)}
    assert len(terms) > 30
    for term in terms:
        assert graph.value(term, RDF.type) in kinds
        labels = graph.objects(term, URIRef("http://www.w3.org/2000/01/rdf-schema#label"))
        assert {label.language for label in labels if isinstance(label, Literal)} == {"en", "ru"}
