"""Decides what data are asked while they are held against shapes, and how those at hand lie: in columns."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, Protocol, cast

import numpy as np
import pyoxigraph as ox

from almaty_graph.bridge import Node, term_of
from almaty_graph.terms import Term
from almaty_graph.validation.columns import Columns
from almaty_graph.validation.exact import is_turned
from almaty_graph.validation.predicates import predicates_of

Row = dict[str, Node | None]


class Statements(Protocol):
    """What data are asked: those at hand (Data), and those behind an endpoint (RemoteData)."""

    prefixes: dict[str, str]

    @property
    def turned(self) -> int:
        """How many triples have a literal that the engine would turn into another."""
        ...

    def rows(self, query: str) -> Iterator[Row]:
        """The rows of somebody's SELECT over values; SyntaxError if malformed."""
        ...

    def is_told_by_values(self, query: str) -> bool:
        """Whether a query gets the same rows where literals have other forms of the same value."""
        ...

    def triples(self, subject: Any, predicate: Any, value: Any) -> Iterator[tuple[Node, Node, Node]]:
        """The triples of a pattern as they were written; None stands for any term."""
        ...

    def expect(self, nodes: Iterable[Node]) -> None:
        """Make ready for questions about these nodes."""
        ...

    def has(self, node: Node) -> bool:
        """Whether a term is the subject or the object of a triple."""
        ...

    def subclasses(self, kind: Term) -> list[Term]:
        """The classes below a class, itself left out."""
        ...

    def __len__(self) -> int: ...


class Data:
    """Triples, whatever graphs they came in: what is in several graphs is there once."""

    def __init__(self, quads: Iterable[Any], prefixes: dict[str, str] | None = None) -> None:
        self.columns, self.prefixes = Columns(quads), {} if prefixes is None else prefixes

    @cached_property
    def _store(self) -> ox.Store:
        """The same in the engine, for queries: which turns literals as it does."""
        store = ox.Store()
        store.extend(ox.Quad(*triple) for triple in self.columns.triples((None, None, None)))  # type: ignore[arg-type]  # terms in their places
        return store

    @cached_property
    def _turned(self) -> dict[int, int]:
        """By predicate, how many triples have a literal that the engine turns."""
        is_one = np.array([type(term) is ox.Literal and is_turned(term) for term in self.columns.terms], bool)
        numbers = {name: int(is_one[column.objects].sum()) for name, column in self.columns.of.items()}
        return {name: number for name, number in numbers.items() if number}

    @property
    def turned(self) -> int:
        """How many triples have a literal that the engine would turn into another."""
        return sum(self._turned.values())

    def rows(self, query: str) -> Iterator[Row]:
        """The rows of somebody's SELECT over values as the engine has them; SyntaxError if malformed."""
        solutions = cast("ox.QuerySolutions", self._store.query(query))
        names = [variable.value for variable in solutions.variables]
        for solution in solutions:
            yield dict(zip(names, cast("Iterable[Node | None]", solution), strict=True))

    def is_told_by_values(self, query: str) -> bool:
        """Whether a query gets the same rows where literals have other forms of the same value.

        So it does if it meets none that the engine would turn: if it names its predicates, and none of those.
        """
        if not self._turned:
            return True
        found = predicates_of(query)
        return found is not None and found.isdisjoint(self.columns.terms[name].value for name in self._turned)

    def triples(self, subject: Any, predicate: Any, value: Any) -> Iterator[tuple[Node, Node, Node]]:
        """The triples of a pattern as they were written; None stands for any term."""
        return self.columns.triples((subject, predicate, value))

    def expect(self, nodes: Iterable[Node]) -> None:
        """Nothing: all is at hand."""

    def has(self, node: Node) -> bool:
        """Whether a term is the subject or the object of a triple."""
        return self.columns.has(node)

    def __len__(self) -> int:
        return len(self.columns)

    def subclasses(self, kind: Term) -> list[Term]:
        """The classes below a class, itself left out."""
        return list(map(term_of, self.columns.subclasses(kind)))
