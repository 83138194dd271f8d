"""Decides which nodes may break which shapes: one query for each constraint, over all focus nodes at once."""

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
from almaty_graph.names import RDFS
from almaty_graph.terms import TYPE, Term
from almaty_graph.validation.certainty import ALWAYS, every, negated, surely
from almaty_graph.validation.conditions import Conditions
from almaty_graph.validation.constraints import rows_at_once, rows_of
from almaty_graph.validation.data import Row, Statements
from almaty_graph.validation.exact import written
from almaty_graph.validation.facts import Facts
from almaty_graph.validation.shapes import Shapes, Unsearchable

_THIS: Final = "?this"
_OTHER: Final = "?almaty_graph_other"  # a variable that no query of a shape has
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
        self, data: Statements, shapes: Shapes, graph: Graph, only: frozenset[Term] = frozenset()
    ) -> None:
        self.data, self.shapes = data, shapes
        self.aimed = [shape for shape in shapes.aimed if not only or shape in only]
        facts = Facts(data.subclasses, data.datatypes, shapes.parameters)
        self.conditions = Conditions(shapes, facts)
        self.facts, self.found = facts, Found()
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
            self._suspect(shape, target)

    def _search(self, shape: Term) -> None:
        bodies, constraints = list(self._bodies(shape)), list(self._constraints(shape))
        targets, asked = list(self._targets(shape)), list[tuple[str, str]]()
        for target in targets:
            for body in bodies:
                self._suspect(shape, body.replace("{target}", target))
            asked += [
                (text, target) for owner, text in constraints if self._search_with(shape, owner, text, target)
            ]
        self._note_asked(shape, asked)

    def _note_asked(self, shape: Term, asked: list[tuple[str, str]]) -> None:
        """Note that a query, put for all nodes of a target, has no rows for those suspected otherwise."""
        suspects = self.found.suspects[shape]
        for text, target in asked if suspects else ():
            for node in suspects.intersection(self._focus(target)):
                self.found.rows[text].setdefault(node, [])

    def _suspect(self, shape: Term, pattern: str) -> None:
        self.found.suspects[shape].update(self._focus(pattern))

    def _targets(self, shape: Term) -> Iterator[str]:
        """What binds the focus nodes of a shape.

        A node that no triple has is suspected without a query, which would not follow an empty path from it;
        so is a blank node, which cannot be named in one.
        """
        for kind, value in self.shapes.targets(shape):
            node = node_of(value)
            if kind == "targetNode" and (isinstance(node, ox.BlankNode) or not self.data.has(node)):
                self.found.suspects[shape].add(node)
            elif not isinstance(node, ox.BlankNode):
                yield from self._patterns(kind, value)

    def _patterns(self, kind: str, value: Term) -> Iterator[str]:
        """What binds the focus nodes of a target."""
        if kind == "targetNode":
            yield f"VALUES {_THIS} {{ {self.facts.stored(value)} }}"
        elif kind == "targetClass":
            kinds = self.facts.subclasses(value)
            if any(each.startswith("_:") for each in kinds):  # which a query cannot name
                yield f"{_THIS} {TYPE}/<{RDFS}subClassOf>* {value} ."
                return
            for each in kinds:
                yield f"{_THIS} {TYPE} {each} ."
        elif kind == "targetSubjectsOf":
            yield f"{_THIS} {value} {_OTHER} ."
        else:
            yield f"{_OTHER} {value} {_THIS} ."

    def _bodies(self, shape: Term) -> Iterator[str]:
        """The patterns of queries that find suspects; `{target}` stands for what binds the focus nodes."""
        together = [] if self.shapes.is_property(shape) else self.conditions.node(shape, _THIS)
        for each in self._properties(shape):
            values = self.conditions.values(each, "?value")
            if values != ALWAYS:
                path = self.conditions.path(each).triple(_THIS, "?value")
                yield f"{{target}} {path} FILTER({negated(surely(values.yes))})"
            together += self.conditions.about_values(each, _THIS)
        condition = every(together)
        if condition != ALWAYS:
            yield f"{{target}} FILTER({negated(surely(condition.yes))})"

    def _properties(self, shape: Term) -> list[Term]:
        """The property shapes that focus nodes of a shape are held against: itself, if it is one."""
        found = [shape] if self.shapes.is_property(shape) else self.shapes.values(shape, "property")
        return [each for each in found if not self.shapes.is_true(each, "deactivated")]

    def _constraints(self, shape: Term) -> Iterator[tuple[Term, str]]:
        """The queries of SPARQL constraints that its focus nodes are held against, as pySHACL puts them."""
        for each in dict.fromkeys((shape, *self._properties(shape))):
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

    def _search_with(self, shape: Term, owner: Term, text: str, target: str) -> bool:
        """Suspect what a query has rows for; whether it was put for all focus nodes of a target at once."""
        suspects = self.found.suspects[shape]
        if not self.data.is_told_by_values(text):
            raise Unsearchable(f"a query of {owner} may see how literals are written")
        try:
            rows = rows_at_once(self.data, text, target)
        except SyntaxError as error:
            raise Unsearchable(f"the engine does not read a query of {owner}: {error}") from error
        if rows is None:
            suspects.update(node for node in self._focus(target) if rows_of(self.data, text, node) != [])
            return False
        suspects.update(rows)
        self.found.rows[text].update(rows)
        return True

    def _focus(self, pattern: str) -> list[Node]:
        return [written(node) for [node] in self.data.select(f"SELECT DISTINCT {_THIS} {{ {pattern} }}")]
