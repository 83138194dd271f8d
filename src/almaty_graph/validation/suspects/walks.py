"""Decides how property paths (2.3.1) are followed over columns, from many nodes at once."""

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Final

import numpy as np

from almaty_graph.bridge import node_of
from almaty_graph.validation.columns import Bools, Column, Columns, Numbers
from almaty_graph.validation.paths import Path, reverse, sequence
from almaty_graph.validation.shapes import Unsearchable

_MOST: Final = 20_000_000  # pairs of where a path begins and ends
Pairs = tuple[Numbers, Numbers]
Holds = Callable[[Numbers], Bools]


class Walks:
    """The paths of columns. Nodes are numbers; those that `holds` is asked of are sorted, each once."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns

    def reaches(self, path: Path, nodes: Numbers, holds: Holds) -> Bools:
        """From which of some nodes a path leads to one of which something holds."""
        if path.steps:
            first, rest = path.steps[0], sequence(path.steps[1:])
            return self.reaches(first, nodes, lambda middle: self.reaches(rest, middle, holds))
        if path.ways:
            return reduce(or_, (self.reaches(way, nodes, holds) for way in path.ways))
        if path.repeated:
            return self._reaches_again(path.repeated, path.mark, nodes, holds)
        if path.inverse and not path.inverse.predicate:
            return self.reaches(reverse(path.inverse), nodes, holds)
        places, values = self._single(path, nodes)
        different, back = np.unique(values, return_inverse=True)
        found = np.zeros(len(nodes), dtype=bool)
        found[places[holds(different)[back]]] = True
        return found

    def pairs(self, path: Path, nodes: Numbers) -> Pairs:
        """Where a path leads: the places of nodes among those given, and beside each a node reached, once.

        Unsearchable if there are too many.
        """
        if path.steps:
            return self._beyond(self.pairs(path.steps[0], nodes), sequence(path.steps[1:]))
        if path.ways:
            return self._joined(*(self.pairs(way, nodes) for way in path.ways))
        if path.repeated:
            return self._pairs_again(path.repeated, path.mark, nodes)
        if path.inverse and not path.inverse.predicate:
            return self.pairs(reverse(path.inverse), nodes)
        return self._single(path, nodes)

    def _single(self, path: Path, nodes: Numbers) -> Pairs:
        """Those of a single triple, or of none."""
        predicate = path.inverse.predicate if path.inverse else path.predicate
        if predicate is None:
            return np.arange(len(nodes)), nodes
        column = self.columns.column(node_of(predicate)) or Column.of(*3 * (np.empty(0, dtype=np.int64),))
        return (column.reverse if path.inverse else column).spread(nodes)

    def _reaches_again(self, path: Path, mark: str, nodes: Numbers, holds: Holds) -> Bools:
        if mark == "?":
            return self._of(nodes, holds) | self.reaches(path, nodes, holds)
        if mark == "+":
            return self.reaches(path, nodes, lambda found: self._reaches_again(path, "*", found, holds))
        # All that is reached; then, from where it holds, back along the same steps.
        known = new = np.unique(nodes)
        while len(new):
            new = np.setdiff1d(self.pairs(path, new)[1], known)
            known = np.union1d(known, new)
        starts, ends = self.pairs(path, known)
        ends = np.searchsorted(known, ends)
        order = np.argsort(ends, kind="stable")
        back = Column(ends[order], starts[order], order)
        found = self._of(known, holds)
        new = np.flatnonzero(found)
        while len(new):
            before = np.unique(back.spread(new)[1])
            new = before[~found[before]]
            found[new] = True
        return found[np.searchsorted(known, nodes)]

    def _pairs_again(self, path: Path, mark: str, nodes: Numbers) -> Pairs:
        found = self.pairs(path, nodes)
        if mark != "+":
            found = self._joined((np.arange(len(nodes)), nodes), found)
        new = found if mark != "?" else (found[0][:0], found[1][:0])
        while len(new[0]):
            further = self._beyond(new, path)
            new = self._apart(np.setdiff1d(self._keys(*further), self._keys(*found)))
            found = self._joined(found, new)
        return found

    def _beyond(self, pairs: Pairs, path: Path) -> Pairs:
        """Where pairs lead when a path follows."""
        places, middle = pairs
        different, back = np.unique(middle, return_inverse=True)
        onward, ends = self.pairs(path, different)
        order = np.argsort(onward, kind="stable")
        column = Column(onward[order], ends[order], order)
        if np.bincount(onward, minlength=len(different))[back].sum() > _MOST:
            raise Unsearchable(f"a path leads to more than {_MOST:,} nodes")
        again, reached = column.spread(back)
        return self._joined((places[again], reached))

    def _joined(self, *pairs: Pairs) -> Pairs:
        """All of these pairs, each once."""
        return self._apart(np.unique(np.concatenate([self._keys(*each) for each in pairs])))

    def _keys(self, places: Numbers, values: Numbers) -> Numbers:
        return places * len(self.columns.terms) + values

    def _apart(self, keys: Numbers) -> Pairs:
        return keys // len(self.columns.terms), keys % len(self.columns.terms)

    @staticmethod
    def _of(nodes: Numbers, holds: Holds) -> Bools:
        """Of which nodes, in any order, something holds."""
        different, back = np.unique(nodes, return_inverse=True)
        return holds(different)[back].copy()
