"""Decides how the record is printed in each RDF format: exactly as written, the same bytes every time."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pyld import jsonld
from rdflib import URIRef

from almaty_graph import turtle
from almaty_graph.bridge import rdflib_graph
from almaty_graph.formats import JSON_LD, N_QUADS, N_TRIPLES, RDF_XML, TRIG, TURTLE, Format
from almaty_graph.names import PREFIXES, XSD
from almaty_graph.terms import (
    TYPE,
    Quad,
    Term,
    Triple,
    iri_value,
    is_literal,
    literal_parts,
    n_quads,
    n_triples,
)

Context = Mapping[str, Any]


def print_triples(triples: Iterable[Triple], form: Format, context: Context) -> bytes:
    """The triples in a format that has no graphs of its own: Turtle, N-Triples, RDF/XML, JSON-LD."""
    ordered = sorted(set(triples))
    printers = {
        TURTLE: lambda: turtle.write(ordered, PREFIXES),
        N_TRIPLES: lambda: n_triples(ordered),
        RDF_XML: lambda: _rdf_xml(ordered),
        JSON_LD: lambda: _json_ld({None: ordered}, context),
    }
    return printers[form]().encode()


def print_quads(quads: Sequence[Quad], form: Format, context: Context) -> bytes:
    """The quads in any format of graphs; formats that hold one graph get the union of all."""
    if form == N_QUADS:
        return n_quads(quads).encode()
    if form == TRIG:
        return turtle.write_trig(quads, PREFIXES).encode()
    if form == JSON_LD:
        graphs: dict[Term | None, list[Triple]] = defaultdict(list)
        for quad in sorted(set(quads)):
            graphs[quad.graph].append(quad.triple)
        return _json_ld(graphs, context).encode()
    return print_triples((quad.triple for quad in quads), form, context)


def print_framed(triples: Iterable[Triple], frame: Context) -> bytes:
    """The nodes that a frame asks for, each with what it names inside of it (JSON-LD 1.1 Framing)."""
    ordered = sorted(set(triples))
    framed = _Processor().frame(_expanded(ordered), dict(frame), {"documentLoader": _refuse_to_load})
    tags = {tag.lower(): tag for _, _, obj in ordered if is_literal(obj) and (tag := literal_parts(obj)[2])}
    return (json.dumps(_sorted(_with_tags(framed, tags)), ensure_ascii=False, indent=1) + "\n").encode()


class _Processor(jsonld.JsonLdProcessor):  # type: ignore[misc]  # PyLD has no types
    """PyLD, mended: it compacts the same name again wherever it stands, and frames no reversed literal.

    Framing asks every value of a reversed property for its `@id`, which a literal has not.
    """

    def __init__(self) -> None:
        super().__init__()
        self._names: dict[tuple[object, ...], Any] = {}

    def _compact_iri(self, context: Context, iri: str, value: object = None, **how: object) -> Any:
        if value is not None:
            return super()._compact_iri(context, iri, value, **how)
        key = (context["_uuid"], iri, *sorted(how.items()))
        if key not in self._names:
            self._names[key] = super()._compact_iri(context, iri, **how)
        return self._names[key]

    def _match_frame(self, state: dict[str, Any], *rest: Any) -> Any:
        if "isPrepared" not in state:
            for node in state["subjects"].values():
                for values in node.values():
                    if isinstance(values, list):
                        values[:] = [_Value(value) if isinstance(value, dict) else value for value in values]
        return super()._match_frame(state | {"isPrepared": True}, *rest)


class _Value(dict[str, Any]):
    def __missing__(self, _: str) -> None:
        return None


def _with_tags(node: object, tags: Mapping[str, str]) -> object:
    """JSON-LD with the language tags as they were written: framing puts them in small letters."""
    if isinstance(node, dict):
        return {
            key: tags.get(value, value) if key == "@language" else _with_tags(value, tags)
            for key, value in node.items()
        }
    return [_with_tags(item, tags) for item in node] if isinstance(node, list) else node


def _json_ld(graphs: Mapping[Term | None, Iterable[Triple]], context: Context) -> str:
    expanded: list[dict[str, Any]] = []
    for name, triples in graphs.items():
        nodes = _expanded(triples)
        expanded += nodes if name is None else [{"@id": iri_value(name), "@graph": nodes}]
    # Expansion would lower-case language tags; what comes from RDF is expanded already.
    options = {"skipExpansion": True, "graph": True, "documentLoader": _refuse_to_load}
    compacted: dict[str, Any] = _Processor().compact(expanded, dict(context), options)
    return json.dumps(_sorted(compacted), ensure_ascii=False, indent=1) + "\n"


def _expanded(triples: Iterable[Triple]) -> list[dict[str, Any]]:
    """The node objects of triples in expanded form (JSON-LD 1.1 API, 8.4), every literal as it was written.

    PyLD's own reader of N-Quads breaks lines at U+2028 inside of literals.
    """
    nodes: dict[Term, dict[str, Any]] = {}
    for subject, predicate, obj in triples:
        node = nodes.setdefault(subject, {"@id": subject.strip("<>")})
        if predicate == TYPE:
            node.setdefault("@type", []).append(obj.strip("<>"))
        else:
            node.setdefault(iri_value(predicate), []).append(_value_object(obj))
    return list(nodes.values())


def _value_object(term: Term) -> dict[str, str]:
    if not is_literal(term):
        return {"@id": term.strip("<>")}
    value, datatype, language = literal_parts(term)
    if language:
        return {"@value": value, "@language": language}
    return {"@value": value} if datatype == XSD + "string" else {"@value": value, "@type": datatype}


def _refuse_to_load(url: str, _options: object) -> None:
    raise ValueError(f"a context is never fetched: {url}")


def _sorted(node: object) -> object:
    """JSON in one order: keys by name, and arrays, which are sets in JSON-LD, by their text."""
    if isinstance(node, dict):
        return {key: _sorted(node[key]) for key in sorted(node)}
    if isinstance(node, list):
        return sorted((_sorted(item) for item in node), key=lambda item: json.dumps(item, ensure_ascii=False))
    return node


def _rdf_xml(triples: Sequence[Triple]) -> str:
    graph = rdflib_graph(triples, store="SimpleMemory")
    for prefix, namespace in sorted(PREFIXES.items()):
        graph.bind(prefix, URIRef(namespace))
    for predicate in sorted({triple.predicate for triple in triples}):
        graph.namespace_manager.compute_qname_strict(predicate[1:-1])
    return graph.serialize(format="xml")
