"""Decides which nodes a SPARQL constraint has to be judged on: the engine searches, pySHACL judges.

RDFLib takes minutes where the engine takes milliseconds, and most constraints are broken by nothing.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import cast

import pyoxigraph as ox

from almaty_graph.names import RDFS, SH
from almaty_graph.terms import TYPE, Term, Triple, iri, text_of

_SPARQL, _SELECT, _TARGET_NODE = iri(SH + "sparql"), iri(SH + "select"), iri(SH + "targetNode")
_FOCUS = {
    iri(SH + "targetClass"): f"?this a/<{RDFS}subClassOf>* {{value}}",
    iri(SH + "targetSubjectsOf"): "?this {value} ?object",
    iri(SH + "targetObjectsOf"): "?subject {value} ?this",
}
# Words that a constraint must not use (SHACL 5.2.1).
_FORBIDDEN = re.compile(r"\b(?:MINUS|SERVICE|VALUES)\b", re.IGNORECASE)
# What a shape that holds nothing but SPARQL constraints may say besides.
_PLAIN = {TYPE, _SPARQL, iri(SH + "severity"), *_FOCUS}


def narrow(data: Iterable[Triple], shapes: Sequence[Triple]) -> list[Triple]:
    """The shapes, those of SPARQL constraints alone now aimed at the nodes of the data that break them.

    A shape that says anything else, that another shape refers to, or whose query is not fit to be searched
    with, is left as it is.
    """
    store = ox.Store()
    lines = "".join(f"{' '.join(triple)} .\n" for triple in data)
    store.load(lines.encode(), format=ox.RdfFormat.N_TRIPLES)
    rows: dict[Term, list[Triple]] = defaultdict(list)
    for triple in shapes:
        rows[triple.subject].append(triple)
    referred = {triple.object for triple in shapes}
    prologue = _prologue(rows)
    suspects: dict[Term, set[ox.NamedNode]] = {}
    for shape in rows.keys() - referred:
        queries = [prologue + query for query in _queries(rows, shape)]
        if queries:
            nodes = {node for target in rows[shape] for node in _focus_nodes(store, target)}
            # What the engine cannot read is for pySHACL to complain of.
            with suppress(SyntaxError):
                suspects[shape] = {node for node in nodes for query in queries if _breaks(store, query, node)}
    kept = [t for t in shapes if t.subject not in suspects or t.predicate not in _FOCUS]
    return kept + [Triple(s, _TARGET_NODE, iri(node.value)) for s in suspects for node in suspects[s]]


def _prologue(rows: dict[Term, list[Triple]]) -> str:
    """The prefixes that the shapes declare (SHACL 5.2.1)."""
    declared = {}
    for statements in rows.values():
        said = {t.predicate: text_of(t.object) for t in statements}
        if iri(SH + "prefix") in said:
            declared[said[iri(SH + "prefix")]] = said[iri(SH + "namespace")]
    return "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in sorted(declared.items()))


def _focus_nodes(store: ox.Store, target: Triple) -> Iterator[ox.NamedNode]:
    """The focus nodes of a target (SHACL 2.1.3); blank ones do not occur in what we publish."""
    if target.predicate not in _FOCUS:
        return
    pattern = _FOCUS[target.predicate].format(value=target.object)
    answer = store.query(f"SELECT DISTINCT ?this WHERE {{ {pattern} }}")
    for solution in cast("ox.QuerySolutions", answer):
        if isinstance(node := solution["this"], ox.NamedNode):
            yield node


def _queries(rows: dict[Term, list[Triple]], shape: Term) -> list[str]:
    """The queries of a shape that holds nothing but SPARQL constraints, each fit to be searched with."""
    constraints = [t.object for t in rows[shape] if t.predicate == _SPARQL]
    texts = [text_of(t.object) for name in constraints for t in rows[name] if t.predicate == _SELECT]
    plain = {t.predicate for t in rows[shape]} <= _PLAIN
    fit = len(texts) == len(constraints) and not any(map(_FORBIDDEN.search, texts))
    return texts if plain and fit else []


def _breaks(store: ox.Store, query: str, node: ox.NamedNode) -> bool:
    """Whether the query, with $this bound before it begins (SHACL 5.3.1), has a solution."""
    answer = store.query(query, substitutions={ox.Variable("this"): node})
    return isinstance(answer, ox.QuerySolutions) and next(iter(answer), None) is not None
