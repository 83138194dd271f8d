"""Decides what a result is: pySHACL judges the suspects, and writes the report."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pyshacl
from rdflib import BNode, Graph
from rdflib.namespace import SH as RDFLIB_SH

from almaty_graph.bridge import node_of, rdflib_graph, term_of, to_rdflib
from almaty_graph.errors import AlmatyError
from almaty_graph.terms import Term, Triple
from almaty_graph.validation.data import Data
from almaty_graph.validation.remote import RemoteData
from almaty_graph.validation.shapes import Shapes, ShapesError
from almaty_graph.validation.suspects.search import Found, Search
from almaty_graph.validation.view import graph_of


@dataclass(frozen=True)
class Choice:
    """What is validated, and how.

    `shapes` are the only ones if there are any, `focus` if it is given; of each shape, `most` suspects are
    judged. Without `searching`, pySHACL walks over all focus nodes by itself: the reference.
    """

    shapes: frozenset[Term] = frozenset()
    focus: frozenset[Term] | None = None
    most: int | None = None
    searching: bool = True


ALL: Final = Choice()


def report_on(
    data: Data | RemoteData,
    shapes: Shapes,
    prefixes: dict[str, str] | None = None,
    choice: Choice = ALL,
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[Graph, Found]:
    """The validation report (SHACL 3.6) of the data under the shapes, and what was searched.

    `tell` is told what is done. Raises ShapesError for shapes that nothing can be judged by.
    """
    shapes.prove_known()
    shapes.prove_closed()
    search = Search(data, shapes, rdflib_graph(shapes.triples, prefixes or {}), choice.shapes)
    found = search.run(tell) if choice.searching else search.list_focus_nodes()
    found.keep(choice.focus, choice.most)
    tell(f"judging {sum(map(len, found.suspects.values())):,} nodes")
    data.expect(node for nodes in found.suspects.values() for node in nodes)
    graph = graph_of(data, found.rows) if choice.searching else _copied(data)
    aimed = shapes.aimed_at({shape: map(term_of, nodes) for shape, nodes in found.suspects.items()})
    report = judge(graph, rdflib_graph(aimed, prefixes or {}))
    _restore_targets(report, shapes)
    return report, found


def judge(data: Graph, shapes: Graph) -> Graph:
    """The report of pySHACL; ShapesError for shapes that it cannot judge by."""
    try:
        _, report, text = pyshacl.validate(
            data, shacl_graph=shapes, inference="none", inplace=True, advanced=False, do_owl_imports=False
        )
    except AlmatyError:  # of what it asked us
        raise
    # Besides its own errors pySHACL lets through what its parsers raise, among them a bare Exception.
    except Exception as error:
        raise ShapesError(f"the shapes are ill-formed: {error}") from error
    if not isinstance(report, Graph):
        raise ShapesError(f"the shapes are ill-formed: {text}")
    return report


def _copied(data: Data | RemoteData) -> Graph:
    triples = (Triple(*map(term_of, triple)) for triple in data.triples(None, None, None))
    return rdflib_graph(triples, data.prefixes)


def _restore_targets(report: Graph, shapes: Shapes) -> None:
    """Have shapes without a name, which a report repeats, aim at what they aimed at before the search."""
    for shape in shapes.aimed:
        node = to_rdflib(node_of(shape))
        if isinstance(node, BNode) and (node, None, None) in report:
            report.remove((node, RDFLIB_SH.targetNode, None))
            for triple in shapes.triples:
                if triple.subject == shape and shapes.is_aim(triple):
                    report.add(tuple(to_rdflib(node_of(term)) for term in triple))  # type: ignore[arg-type]  # three
