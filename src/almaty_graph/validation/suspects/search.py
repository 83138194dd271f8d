"""Decides which nodes may break which shapes: constraint by constraint, over all focus nodes at once."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import pyoxigraph as ox
from pyshacl.constraints.sparql.sparql_based_constraints import SPARQLBasedConstraint
from pyshacl.errors import ConstraintLoadError, ReportableRuntimeError, ValidationFailure
from pyshacl.shapes_graph import ShapesGraph
from rdflib import Graph, URIRef

from almaty_graph.bridge import Node, node_of, to_rdflib
from almaty_graph.terms import Term
from almaty_graph.validation.constraints import rows_at_once, rows_of
from almaty_graph.validation.data import Data, Row
from almaty_graph.validation.remote import RemoteData
from almaty_graph.validation.shapes import Shapes, Unsearchable
from almaty_graph.validation.suspects.masks import Masks
from almaty_graph.validation.suspects.patterns import Patterns, focus_pattern

_Target = tuple[str, Term]  # its kind, and its value
_COMPLAINTS: Final = (
    ConstraintLoadError,
    ReportableRuntimeError,
    ValidationFailure,
    NotImplementedError,
    KeyError,
)


@dataclass
class Found:
    """The suspects of each shape, and what has to be known of how they were found.

    `unsearched` says why some shapes have all their focus nodes, `capped` how many suspects others had;
    `rows` are those of queries that were put once for all.
    """

    suspects: dict[Term, set[Node]] = field(default_factory=lambda: defaultdict(set))
    unsearched: dict[Term, str] = field(default_factory=dict)
    rows: dict[str, dict[Node, list[Row]]] = field(default_factory=lambda: defaultdict(dict))
    capped: dict[Term, int] = field(default_factory=dict)

    def keep(self, focus: frozenset[Term] | None, most: int | None) -> None:
        """Keep only these nodes, if some are given, and at most so many of each shape."""
        nodes = None if focus is None else set(map(node_of, focus))
        for shape, found in self.suspects.items():
            suspects = self.suspects[shape] = found if nodes is None else found & nodes
            if most is not None and len(suspects) > most:
                self.capped[shape] = len(suspects)
                self.suspects[shape] = set(sorted(suspects, key=str)[:most])


class Search:
    """The search for suspects in data, by some shapes or all. Never fewer than there are results."""

    def __init__(
        self, data: Data | RemoteData, shapes: Shapes, graph: Graph, only: frozenset[Term] = frozenset()
    ) -> None:
        self.data, self.shapes = data, shapes
        self.aimed = [shape for shape in shapes.aimed if not only or shape in only]
        self.conditions: Patterns | Masks = (
            Masks(data.columns, shapes) if isinstance(data, Data) else Patterns(data, shapes)
        )
        self.found = Found()
        self._pyshacl = ShapesGraph(graph)

    def run(self, tell: Callable[[str], None] = lambda _: None) -> Found:
        """Search with every shape that aims at something; `tell` is told the name of each."""
        _ = self._pyshacl.shapes  # which has it read them
        for shape in self.aimed:
            tell(f"searching with {shape}")
            try:
                self._search(shape)
            except Unsearchable as reason:
                self.found.unsearched[shape] = str(reason)
                self._suspect_all(shape)
        return self.found

    def list_focus_nodes(self) -> Found:
        """All focus nodes, as if each might break its shape."""
        for shape in self.aimed:
            self._suspect_all(shape)
        return self.found

    def _suspect_all(self, shape: Term) -> None:
        for target in self._targets(shape):
            self.found.suspects[shape].update(self.conditions.focus(*target))

    def _search(self, shape: Term) -> None:
        self.shapes.prove_finite(shape)
        constraints, targets = list(self._constraints(shape)), list(self._targets(shape))
        for target in targets:
            self.found.suspects[shape].update(self.conditions.suspects(shape, *target))
        asked = [
            (text, target)
            for target in targets
            for owner, text in constraints
            if self._search_with(shape, owner, text, target)
        ]
        self._note_asked(shape, asked)

    def _note_asked(self, shape: Term, asked: list[tuple[str, _Target]]) -> None:
        """Note that a query, put for all nodes of a target, has no rows for those suspected otherwise."""
        suspects = self.found.suspects[shape]
        for text, target in asked if suspects else ():
            for node in suspects.intersection(self.conditions.focus(*target)):
                self.found.rows[text].setdefault(node, [])

    def _targets(self, shape: Term) -> Iterator[_Target]:
        """The targets of a shape that are searched.

        A node that no triple has is suspected without: no query would follow an empty path from it; and so is
        a blank node, which cannot be named in one.
        """
        for kind, value in self.shapes.targets(shape):
            node = node_of(value)
            if kind == "targetNode" and (isinstance(node, ox.BlankNode) or not self.data.has(node)):
                self.found.suspects[shape].add(node)
            elif not isinstance(node, ox.BlankNode):
                yield kind, value

    def _constraints(self, shape: Term) -> Iterator[tuple[Term, str]]:
        """The queries of SPARQL constraints that its focus nodes are held against, as pySHACL puts them."""
        for each in dict.fromkeys((shape, *self.conditions.property_shapes(shape))):
            if not self.shapes.values(each, "sparql"):
                continue
            try:
                known = self._pyshacl.lookup_shape_from_node(to_rdflib(node_of(each)))
                for helper in SPARQLBasedConstraint(known).sparql_constraints:
                    bound, text = helper.pre_bind_variables(URIRef("urn:x"))
                    if list(bound) != ["this"]:
                        raise Unsearchable(f"a query of {each} has other variables bound than $this")
                    if not helper.deactivated:
                        yield each, helper.apply_prefixes(text)
            # What is wrong with it is for pySHACL to say, if there is anything to be held against it.
            except _COMPLAINTS as error:
                raise Unsearchable(str(error)) from error

    def _search_with(self, shape: Term, owner: Term, text: str, target: _Target) -> bool:
        """Suspect what a query has rows for; whether it was put for all focus nodes of a target at once."""
        suspects = self.found.suspects[shape]
        if not self.data.is_told_by_values(text):
            raise Unsearchable(f"a query of {owner} may see how literals are written")
        patterns = list(focus_pattern(*target, self.data.subclasses))
        try:
            rows = [rows_at_once(self.data, text, pattern) for pattern in patterns]
        except SyntaxError as error:
            raise Unsearchable(f"the engine does not read a query of {owner}: {error}") from error
        for found in rows:
            if found is None:
                focus = self.conditions.focus(*target)
                suspects.update(node for node in focus if rows_of(self.data, text, node) != [])
                return False
            suspects.update(found)
            self.found.rows[text].update(found)
        return True
