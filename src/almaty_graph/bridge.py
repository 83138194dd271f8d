"""Decides how terms pass between the record, the engine and RDFLib: none is changed on the way."""

from collections.abc import Iterable, Mapping
from typing import Any

import pyoxigraph as ox
from rdflib import BNode, Graph, URIRef
from rdflib import Literal as RDFLibLiteral
from rdflib.term import Identifier

from almaty_graph.names import XSD
from almaty_graph.terms import Term, Triple, iri_value, is_iri, is_literal, literal, literal_parts

Node = ox.NamedNode | ox.BlankNode | ox.Literal


def to_rdflib(node: Node) -> Identifier:
    """A term of the engine as one of RDFLib, its lexical form untouched."""
    if isinstance(node, ox.NamedNode):
        return URIRef(node.value)
    if isinstance(node, ox.BlankNode):
        return BNode(node.value)
    return _literal(node.value, node.datatype.value, node.language)


def from_rdflib(term: Any) -> Node:
    """A term of RDFLib as one of the engine."""
    if isinstance(term, URIRef):
        return ox.NamedNode(term)
    if isinstance(term, BNode):
        return ox.BlankNode(term)
    if term.language:
        return ox.Literal(str(term), language=term.language)
    return ox.Literal(str(term), datatype=ox.NamedNode(term.datatype or XSD + "string"))


def node_of(term: Term) -> Node:
    """A term of the record as one of the engine."""
    if is_iri(term):
        return ox.NamedNode(iri_value(term))
    if not is_literal(term):
        return ox.BlankNode(term[2:])
    value, datatype, language = literal_parts(term)
    return (
        ox.Literal(value, language=language)
        if language
        else ox.Literal(value, datatype=ox.NamedNode(datatype))
    )


def term_of(node: Node) -> Term:
    """A term of the engine as one of the record."""
    if not isinstance(node, ox.Literal):
        return str(node)
    return literal(node.value, node.datatype.value, node.language)


def rdflib_graph(
    triples: Iterable[Triple], prefixes: Mapping[str, str] | None = None, store: str = "default"
) -> Graph:
    """Triples as an RDFLib graph; prefixes of RDFLib's own are in it only if others are given.

    The store "SimpleMemory" gives them back in the order in which they came.
    """
    graph = Graph(store=store, bind_namespaces="none" if prefixes is None else "rdflib")
    for prefix, namespace in (prefixes or {}).items():
        graph.bind(prefix, namespace)
    for triple in triples:
        graph.add(tuple(map(_identifier, triple)))  # type: ignore[arg-type]  # it has three
    return graph


def _identifier(term: Term) -> Identifier:
    """A term of the record as one of RDFLib; not by way of the engine, which lower-cases language tags."""
    if is_iri(term):
        return URIRef(iri_value(term))
    if not is_literal(term):
        return BNode(term[2:])
    value, datatype, language = literal_parts(term)
    return _literal(value, datatype, language)


def _literal(value: str, datatype: str, language: str | None) -> RDFLibLiteral:
    if language:
        return RDFLibLiteral(value, lang=language)
    # RDFLib tells a plain string from an xsd:string, which RDF does not.
    typed = None if datatype == XSD + "string" else URIRef(datatype)
    return RDFLibLiteral(value, datatype=typed, normalize=False)
