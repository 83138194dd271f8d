"""Decides how triples are held against shapes: pySHACL judges, on terms that are exactly what was written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyshacl
from rdflib import BNode, Graph, URIRef
from rdflib import Literal as RDFLibLiteral
from rdflib.namespace import SH
from rdflib.term import Node

from almaty_graph.check.search import narrow
from almaty_graph.errors import AlmatyError
from almaty_graph.names import SH as SH_NAMESPACE
from almaty_graph.names import SHAPES
from almaty_graph.terms import Term, Triple, iri, iri_value, is_iri, is_literal, literal, literal_parts


class ShapesError(AlmatyError):
    """The shapes themselves are ill-formed: nothing can be judged by them."""


@dataclass(frozen=True, order=True)
class Result:
    """One validation result (SHACL 3.6.2): which constraint is broken, by what, and in which words."""

    focus: Term
    constraint: Term
    severity: str
    path: Term | None
    value: Term | None
    message: str


def validate(data: Iterable[Triple], shapes: Iterable[Triple]) -> tuple[Result, ...]:
    """The validation results of the data under the shapes, sorted; none of them if it conforms.

    The shapes are themselves validated (SHACL-SHACL); ShapesError says what is wrong with them. Nothing is
    imported, nothing is inferred.
    """
    triples = list(data)
    try:
        _, report, text = pyshacl.validate(
            to_rdflib(triples),
            shacl_graph=to_rdflib(narrow(triples, list(shapes))),
            meta_shacl=True,
            advanced=False,
            inference="none",
            do_owl_imports=False,
            allow_warnings=True,
        )
    # Besides its own errors pySHACL lets through what its parsers raise, among them a bare Exception for an
    # unknown prefix.
    except Exception as error:
        raise ShapesError(f"the shapes are ill-formed: {error}") from error
    if not isinstance(report, Graph):
        raise ShapesError(f"the shapes are ill-formed: {text}")
    top = set(report.objects(None, SH.result))
    return tuple(sorted((_result(report, node) for node in top), key=repr))


def to_rdflib(triples: Iterable[Triple], store: str = "default") -> Graph:
    """The triples as an RDFLib graph whose literals keep their lexical forms.

    The store "SimpleMemory" gives them back in the order in which they came; pySHACL needs the default one.
    """
    graph = Graph(store=store, bind_namespaces="none")
    for triple in triples:
        graph.add((_node(triple.subject), _node(triple.predicate), _node(triple.object)))
    return graph


def _node(term: Term) -> Node:
    if is_iri(term):
        return URIRef(iri_value(term))
    if not is_literal(term):
        return BNode(term[2:])
    value, datatype, language = literal_parts(term)
    if language:
        return RDFLibLiteral(value, lang=language)
    typed = None if datatype.endswith("#string") else URIRef(datatype)
    return RDFLibLiteral(value, datatype=typed, normalize=False)


def _term(node: Node | None) -> Term | None:
    if isinstance(node, URIRef):
        return iri(str(node))
    if isinstance(node, RDFLibLiteral):
        return literal(str(node), str(node.datatype) if node.datatype else None, node.language)
    return None if node is None else f"_:{node}"


def _result(report: Graph, node: Node) -> Result:
    def get(predicate: URIRef) -> Node | None:
        return report.value(node, predicate)

    # A SPARQL constraint is named by sh:sourceConstraint; its source shape is only the node shape.
    named = [get(SH.sourceConstraint), get(SH.sourceShape)]
    constraint = next((n for n in named if isinstance(n, URIRef) and n.startswith(SHAPES)), named[1])
    messages: Sequence[Node] = sorted(report.objects(node, SH.resultMessage), key=str)
    english = [m for m in messages if isinstance(m, RDFLibLiteral) and m.language in (None, "en")]
    return Result(
        focus=_term(get(SH.focusNode)) or "",
        constraint=_term(constraint) or "",
        severity=str(get(SH.resultSeverity)).removeprefix(SH_NAMESPACE),
        path=_term(get(SH.resultPath)),
        value=_term(get(SH.value)),
        message=str((english or messages or ("",))[0]),
    )


def named_constraints(shapes: Iterable[Triple]) -> frozenset[Term]:
    """The names of the rules: whatever has a message that a result can carry."""
    return frozenset(t.subject for t in shapes if t.predicate == iri(SH_NAMESPACE + "message"))
