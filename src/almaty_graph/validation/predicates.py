"""Decides which predicates a query may follow, by RDFLib's reading of it."""

from collections.abc import Iterator
from typing import Any

from rdflib import URIRef
from rdflib.paths import NegatedPath, Path
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.parserutils import CompValue


def predicates_of(query: str) -> frozenset[str] | None:
    """The IRIs of the predicates in the patterns of a query; None if others may be followed too.

    So they may by a variable, by all but some (`!p`), and by a query that RDFLib does not read.
    """
    try:
        found = list(_predicates(prepareQuery(query).algebra))
    except Exception:  # RDFLib's parser raises what it likes, a bare Exception among it
        return None
    return None if None in found else frozenset(str(each) for each in found)


def _predicates(node: Any) -> Iterator[URIRef | None]:
    if isinstance(node, CompValue):
        for _, predicate, _ in node.get("triples") or ():
            yield from _steps(predicate)
        for name, part in node.items():
            if name != "triples":
                yield from _predicates(part)
    elif isinstance(node, list | tuple | set):
        for part in node:
            yield from _predicates(part)


def _steps(predicate: Any) -> Iterator[URIRef | None]:
    if isinstance(predicate, URIRef):
        yield predicate
    elif isinstance(predicate, NegatedPath) or not isinstance(predicate, Path):
        yield None
    else:
        for part in vars(predicate).values():
            for step in part if isinstance(part, list | tuple) else (part,):
                if isinstance(step, URIRef | Path):
                    yield from _steps(step)
