"""Decides how the report is written as RDF: literals exactly, and equal reports as equal text."""

import json
from collections import defaultdict
from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from typing import Any, Final

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import RDF as RDFLIB_RDF
from rdflib.namespace import SH as RDFLIB_SH
from rdflib.plugins.serializers.turtle import TurtleSerializer
from rdflib.term import Node

from almaty_graph.names import RDF, SH, XSD
from almaty_graph.terms import literal
from almaty_graph.validation.output.words import NO_PREFIXES, is_bare, longest_first, prefixed, with_known
from almaty_graph.validation.report import Validation

Triple = tuple[Node, Node, Node]
_ROUNDS: Final = 4  # as many steps may lie between two blank nodes and what tells them apart
_STRINGS: Final = (None, URIRef(XSD + "string"))


def write_turtle(validation: Validation, prefixes: Mapping[str, str] = NO_PREFIXES) -> str:
    """The report as Turtle."""
    graph, out = Graph(store="SimpleMemory", bind_namespaces="none"), BytesIO()
    for triple in _ordered(validation.graph):
        graph.add(triple)
    for prefix, namespace in with_known(prefixes).items():
        graph.bind(prefix, namespace, replace=True)
    _Exact(graph).serialize(out)
    return out.getvalue().decode().strip("\n") + "\n"


def write_json_ld(validation: Validation, prefixes: Mapping[str, str] = NO_PREFIXES) -> str:
    """The report as JSON-LD in flattened form, its properties, classes and datatypes with prefixes."""
    triples, nodes = _ordered(validation.graph), dict[Node, dict[str, Any]]()
    names = _Names(triples, prefixes)
    for subject, predicate, value in triples:
        node = nodes.setdefault(subject, {"@id": _id(subject)})
        if predicate == RDFLIB_RDF.type and isinstance(value, URIRef):
            node.setdefault("@type", []).append(names.short(value))
        else:
            node.setdefault(names.short(predicate), []).append(_object(value, names))
    report = {"@context": names.context, "@graph": list(nodes.values())}
    return json.dumps(report, ensure_ascii=False, indent=1) + "\n"


class _Names:
    """Shortens IRIs by the prefixes that JSON-LD can have, and remembers which of them it used."""

    def __init__(self, triples: list[Triple], prefixes: Mapping[str, str]) -> None:
        schemes = {str(term).partition(":")[0] for each in triples for term in each}
        # Only a namespace that ends so is a prefix (JSON-LD 1.1, 9.15.1); one named as a scheme changes IRIs.
        fit = {p: n for p, n in with_known(prefixes).items() if n.endswith((*":/?#[]@",))}
        self.namespaces = longest_first({p: n for p, n in fit.items() if p and p not in schemes})
        self.context: dict[str, str] = {}

    def short(self, term: Node) -> str:
        found = prefixed(str(term), self.namespaces)
        if not found or "://" in found:
            return str(term)
        prefix = found.partition(":")[0]
        self.context[prefix] = dict(self.namespaces)[prefix]
        return found


def _id(term: Node) -> str:
    return f"_:{term}" if isinstance(term, BNode) else str(term)


def _object(term: Node, names: _Names) -> dict[str, str]:
    if not isinstance(term, Literal):
        return {"@id": _id(term)}
    if term.language:
        return {"@value": str(term), "@language": term.language}
    if term.datatype is None or str(term.datatype) == XSD + "string":
        return {"@value": str(term)}
    return {"@value": str(term), "@type": names.short(term.datatype)}


class _Exact(TurtleSerializer):
    """RDFLib's writer, which by itself writes a double with six digits, and strings that end too early."""

    topClasses = [RDFLIB_SH.ValidationReport]  # noqa: N815, RUF012 - RDFLib's name and type

    def label(self, node: Node, position: int) -> str:
        if not isinstance(node, Literal):
            return super().label(node, position)
        if is_bare(str(node), str(node.datatype)):
            return str(node)
        text = literal(str(node))
        if node.language:
            return f"{text}@{node.language}"
        return text if node.datatype in _STRINGS else f"{text}^^{super().label(node.datatype, position)}"


def _ordered(graph: Graph) -> list[Triple]:
    """The triples in order, with blank nodes numbered by what is said of them, not by when they were made."""
    said: dict[Node, list[str]] = defaultdict(list)
    beside: dict[Node, list[tuple[str, Node]]] = defaultdict(list)
    for subject, predicate, value in graph:
        for node, name, other in ((subject, str(predicate), value), (value, f"~{predicate}", subject)):
            if isinstance(node, BNode) and isinstance(other, BNode):
                beside[node].append((name, other))
            elif isinstance(node, BNode):
                said[node].append(f"{name} {_text(other)}")
    plain = {node: "\n".join(sorted(said[node])) for node in said.keys() | beside.keys()}
    told = plain
    for _ in range(_ROUNDS):
        told = {
            node: _digest(text, [f"{n} {told[o]}" for n, o in beside[node]]) for node, text in plain.items()
        }
    order = sorted(plain, key=lambda node: (_rank(plain[node]), plain[node], told[node]))
    names: dict[Node, Node] = {node: BNode(f"b{number:06}") for number, node in enumerate(order)}
    return sorted(((names.get(s, s), p, names.get(o, o)) for s, p, o in graph), key=_texts)


def _rank(text: str) -> int:
    """0 for the report, 1 for a result, 2 for what these refer to."""
    return next(
        (n for n, name in enumerate(("Report", "Result")) if f"{RDF}type {SH}Validation{name}" in text), 2
    )


def _digest(text: str, beside: list[str]) -> str:
    return sha256("\n".join([text, *sorted(beside)]).encode(errors="replace")).hexdigest()


def _texts(triple: Triple) -> list[str]:
    return [_text(term) for term in triple]


def _text(term: Node) -> str:
    if isinstance(term, Literal):
        return f"{literal(str(term))} {term.language or term.datatype or ''}"
    return _id(term)
