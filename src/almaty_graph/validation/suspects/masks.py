"""Decides what shapes ask of many nodes at once, over columns: what is known of each is a condition."""

from collections.abc import Callable
from itertools import repeat

import numpy as np
import pyoxigraph as ox

from almaty_graph.bridge import Node, node_of
from almaty_graph.terms import Term
from almaty_graph.validation.columns import LITERAL, Bools, Columns, Numbers
from almaty_graph.validation.paths import Path
from almaty_graph.validation.shapes import Shapes
from almaty_graph.validation.suspects.comparing import is_ordered, key_of
from almaty_graph.validation.suspects.components import Components
from almaty_graph.validation.suspects.conditions import Conditions
from almaty_graph.validation.suspects.knowledge import ALWAYS, UNSURE, Known, exactly
from almaty_graph.validation.suspects.walks import Walks


class Masks(Conditions[Numbers, Known]):
    """The conditions of shapes over columns; of nodes, which are sorted numbers, each once."""

    def __init__(self, columns: Columns, shapes: Shapes) -> None:
        super().__init__(shapes, ALWAYS, UNSURE)
        self.columns, self.walks = columns, Walks(columns)
        self.components = Components(columns, shapes)

    def focus(self, kind: str, value: Term) -> list[Node]:
        """The focus nodes of a target."""
        return self._named(self._focus(kind, value))

    def suspects(self, shape: Term, kind: str, value: Term) -> list[Node]:
        """Those of them that may break a shape."""
        nodes = self._focus(kind, value)
        return self._named(nodes[~self.focus_node(shape, nodes).surely(nodes)])

    def _focus(self, kind: str, value: Term) -> Numbers:
        columns, node = self.columns, node_of(value)
        if kind == "targetNode":
            return np.array([columns.numbers[node]] if node in columns.numbers else [], dtype=np.int64)
        if kind == "targetClass":
            return np.flatnonzero(columns.instances(value))
        column = columns.column(node)
        if column is None:
            return np.empty(0, dtype=np.int64)
        return np.unique(column.subjects if kind == "targetSubjectsOf" else column.objects)

    def _named(self, nodes: Numbers) -> list[Node]:
        return [self.columns.terms[each] for each in nodes.tolist()]

    def of_value(self, shape: Term, name: str, term: Term, node: Numbers) -> Known | None:
        """See Conditions."""
        return self.components.told(name, shape, term, node)

    def closed(self, allowed: list[Term], node: Numbers) -> Known:
        """See Conditions."""
        fine = {self.columns.numbers.get(node_of(each), -1) for each in allowed}
        others = [column for name, column in self.columns.of.items() if name not in fine]

        def is_closed() -> Bools:
            strange = np.zeros(len(self.columns.terms), dtype=bool)
            for column in others:
                strange[column.subjects] = True
            return ~strange[node]

        return exactly(is_closed)

    def at_all(self, path: Path, node: Numbers, holds: Callable[[Numbers], Known]) -> Known:
        """See Conditions."""
        return Known(
            lambda: ~self.walks.reaches(path, node, lambda value: ~holds(value).surely(value)),
            lambda: self.walks.reaches(path, node, lambda value: (~holds(value)).surely(value)),
        )

    def at_least(self, path: Path, node: Numbers, number: int, holds: Callable[[Numbers], Known]) -> Known:
        """See Conditions."""

        def count(part: Callable[[Known, Numbers], Bools]) -> Bools:
            if number == 1:
                return self.walks.reaches(path, node, lambda value: part(holds(value), value))
            places, values = self.walks.pairs(path, node)
            different, back = np.unique(values, return_inverse=True)
            good = part(holds(different), different)[back]
            return np.bincount(places[good], minlength=len(node)) >= number

        return Known(
            lambda: count(lambda told, value: told.surely(value)),
            lambda: ~count(lambda told, value: ~(~told).surely(value)),
        )

    def leads_to(self, path: Path, node: Numbers, term: Term) -> Known:
        """See Conditions."""
        wanted = self.columns.numbers.get(node_of(term), -1)
        return exactly(lambda: self.walks.reaches(path, node, lambda value: value == wanted))

    def unique_languages(self, path: Path, node: Numbers) -> Known:
        """See Conditions."""

        def is_unique() -> Bools:
            names, languages = self.columns.languages
            places, values = self.walks.pairs(path, node)
            tagged = languages[values] >= 0
            told, number = np.unique(
                places[tagged] * (len(names) + 1) + languages[values[tagged]], return_counts=True
            )
            return _without(node, told[number > 1] // (len(names) + 1))

        return exactly(is_unique)

    def equals(self, path: Path, node: Numbers, other: Term) -> Known:
        """See Conditions."""
        return exactly(lambda: self._compared(path, node, other, np.setxor1d))

    def disjoint(self, path: Path, node: Numbers, other: Term) -> Known:
        """See Conditions."""
        return exactly(lambda: self._compared(path, node, other, np.intersect1d))

    def _compared(
        self, path: Path, node: Numbers, other: Term, bad: Callable[[Numbers, Numbers], Numbers]
    ) -> Bools:
        """Which nodes have none among what is bad in two sets of values of theirs."""
        size = len(self.columns.terms)
        both = (self.walks.pairs(each, node) for each in (path, Path(other, predicate=other)))
        own, others = (places * size + values for places, values in both)
        return _without(node, bad(own, others) // size)

    def before(self, path: Path, node: Numbers, sign: str, other: Term) -> Known:
        """See Conditions."""

        def is_before() -> Bools:
            places, values = self.walks.pairs(path, node)
            # pySHACL refuses to compare anything else, be there something to compare it with or not.
            strange = places[self.columns.kinds[values] != LITERAL]
            back, others = self.walks.pairs(Path(other, predicate=other), node[places])
            good = map(self._is_ordered, values[back].tolist(), others.tolist(), repeat(sign))
            late = places[back][~np.fromiter(good, dtype=bool, count=len(back))]
            return _without(node, np.concatenate((strange, late)))

        return Known(is_before, lambda: np.zeros(len(node), dtype=bool))

    def _is_ordered(self, one: int, other: int, sign: str) -> bool:
        terms = self.columns.terms[one], self.columns.terms[other]
        keys = (key_of(term) if isinstance(term, ox.Literal) else None for term in terms)
        return is_ordered(next(keys), next(keys), sign)


def _without(node: Numbers, places: Numbers) -> Bools:
    """All nodes but those at some places."""
    fine = np.ones(len(node), dtype=bool)
    fine[places] = False
    return fine
