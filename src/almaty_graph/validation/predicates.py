"""Decides which predicates a query may follow, by RDFLib's reading of it."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from rdflib import URIRef, Variable
from rdflib.paths import NegatedPath, Path
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.parserutils import CompValue


@lru_cache(256)
def predicates_of(query: str) -> frozenset[str] | None:
    """IRIs among which are all predicates in the patterns of a query; None if others may be followed too.

    So they may by a variable, by all but some (`!p`), and by a query that RDFLib does not read.
    """
    try:
        found = list(_followed(prepareQuery(query).algebra))
    except Exception:  # RDFLib's parser raises what it likes, a bare Exception among it
        return None
    return None if None in found else frozenset(str(each) for each in found)


def _followed(node: Any) -> Iterator[URIRef | None]:
    """Every IRI below a node of the algebra, and None for a predicate that may be any."""
    if isinstance(node, URIRef):
        yield node
    elif isinstance(node, NegatedPath) or (isinstance(node, CompValue) and "Negated" in node.name):
        yield None
    elif isinstance(node, CompValue):
        if any(isinstance(each, Variable) for each in list(_flat(node.get("triples")))[1::3]):
            yield None
        for part in node.values():
            yield from _followed(part)
    elif isinstance(node, Path):
        yield from _followed(list(vars(node).values()))
    elif isinstance(node, list | tuple | set):
        for part in node:
            yield from _followed(part)


def _flat(node: Any) -> Iterator[Any]:
    """Subjects, predicates and objects in turn, of triples that are nested in whatever way."""
    if isinstance(node, list | tuple):
        for part in node:
            yield from _flat(part)
    elif node is not None:
        yield node
