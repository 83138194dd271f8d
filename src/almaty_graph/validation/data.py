"""Decides how data lie while they are held against shapes: in the engine, each term as it was written."""

from collections.abc import Iterable, Iterator
from typing import Any, Final, Protocol, cast

import pyoxigraph as ox

from almaty_graph.bridge import Node
from almaty_graph.names import RDFS
from almaty_graph.terms import Term
from almaty_graph.validation.exact import exact, is_turned, written
from almaty_graph.validation.predicates import predicates_of

Row = dict[str, Node | None]
_Graph = ox.NamedNode | ox.BlankNode | ox.DefaultGraph

_PLAIN: Final = ox.DefaultGraph()
_AS_WRITTEN: Final = ox.NamedNode("urn:almaty-graph:as-written")
_AS_TURNED: Final = ox.NamedNode("urn:almaty-graph:as-turned")


class Blanks:
    """Blank nodes in the order in which they come, so that a second reading of a text finds them again."""

    def __init__(self) -> None:
        self._numbers: dict[ox.BlankNode, int] = {}
        self._nodes: list[ox.BlankNode] = []

    def note(self, node: ox.BlankNode) -> int:
        """The number of a blank node, which it gets when it first comes."""
        number = self._numbers.setdefault(node, len(self._nodes))
        if number == len(self._nodes):
            self._nodes.append(node)
        return number

    def same(self, node: Any, first: "Blanks") -> Any:
        """What a node was called in the first reading."""
        return first._nodes[self.note(node)] if isinstance(node, ox.BlankNode) else node


class Statements(Protocol):
    """What data are asked: those at hand (Data), and those behind an endpoint (RemoteData).

    `turned` literals, of those `datatypes`, are not stored as they were written. `blanks` are in the order in
    which they came.
    """

    prefixes: dict[str, str]
    turned: int
    datatypes: frozenset[str]
    blanks: Blanks

    def select(self, query: str) -> Iterator[list[Node]]:
        """The rows of a SELECT that binds all its variables, over the triples as they are stored."""
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

    def __init__(self, quads: Iterable[ox.Quad], prefixes: dict[str, str] | None = None) -> None:
        self.store, self.prefixes = ox.Store(), {} if prefixes is None else prefixes
        turned: list[ox.Quad] = []
        self.blanks = Blanks()
        self.store.extend(_plain(quads, turned, self.blanks))
        for quad in turned:
            literal = cast("ox.Literal", quad.object)
            self.store.add(ox.Quad(quad.subject, quad.predicate, exact(literal), _AS_WRITTEN))
            self.store.add(ox.Quad(quad.subject, quad.predicate, literal, _AS_TURNED))
        self.turned = len(turned)
        self._turned_by = frozenset(quad.predicate.value for quad in turned)
        self.datatypes = frozenset(cast("ox.Literal", quad.object).datatype.value for quad in turned)
        self._graphs: list[_Graph] = [_PLAIN, _AS_WRITTEN] if turned else [_PLAIN]
        self._values: list[_Graph] = [_PLAIN, _AS_TURNED] if turned else [_PLAIN]

    def select(self, query: str) -> Iterator[list[Node]]:
        """The rows of a SELECT over the triples as they are stored: see `exact`."""
        rows = self.store.query(query, default_graph=self._graphs if len(self._graphs) > 1 else None)
        return (list(row) for row in cast("ox.QuerySolutions", rows))

    def rows(self, query: str) -> Iterator[Row]:
        """The rows of somebody's SELECT over values as the engine has them; SyntaxError if malformed."""
        answer = self.store.query(query, default_graph=self._values if len(self._values) > 1 else None)
        solutions = cast("ox.QuerySolutions", answer)
        names = [variable.value for variable in solutions.variables]
        for solution in solutions:
            yield dict(zip(names, cast("Iterable[Node | None]", solution), strict=True))

    def is_told_by_values(self, query: str) -> bool:
        """Whether a query gets the same rows where literals have other forms of the same value.

        So it does if it meets none that the engine would turn: if it names its predicates, and none of those.
        """
        if not self.turned:
            return True
        found = predicates_of(query)
        return found is not None and self._turned_by.isdisjoint(found)

    def triples(self, subject: Any, predicate: Any, value: Any) -> Iterator[tuple[Node, Node, Node]]:
        """The triples of a pattern as they were written; None stands for any term."""
        value = exact(value) if isinstance(value, ox.Literal) else value
        for graph in self._graphs:
            for quad in self.store.quads_for_pattern(subject, predicate, value, graph):
                yield cast("Node", quad.subject), quad.predicate, written(cast("Node", quad.object))

    def expect(self, nodes: Iterable[Node]) -> None:
        """Nothing: all is at hand."""

    def has(self, node: Node) -> bool:
        """Whether a term is the subject or the object of a triple."""
        as_subject = () if isinstance(node, ox.Literal) else self.triples(node, None, None)
        return any(True for _ in as_subject) or any(True for _ in self.triples(None, None, node))

    def __len__(self) -> int:
        told_twice = self.store.quads_for_pattern(None, None, None, _AS_TURNED)
        return len(self.store) - sum(1 for _ in told_twice)

    def subclasses(self, kind: Term) -> list[Term]:
        """The classes below a class, itself left out."""
        rows = self.select(f"SELECT DISTINCT ?c {{ ?c <{RDFS}subClassOf>+ {kind} FILTER(!isLiteral(?c)) }}")
        return [str(node) for [node] in rows if str(node) != kind]


def _plain(quads: Iterable[ox.Quad], turned: list[ox.Quad], blanks: Blanks) -> Iterator[ox.Quad]:
    """The quads without their graphs; those whose literals the engine would turn are put aside."""
    literal, blank = ox.Literal, ox.BlankNode
    for quad in quads:
        term = quad.object
        if type(quad.subject) is blank:
            blanks.note(quad.subject)
        if type(term) is blank:
            blanks.note(term)
        if type(term) is literal and is_turned(term):
            turned.append(quad)
        elif quad.graph_name == _PLAIN:
            yield quad
        else:
            yield ox.Quad(quad.subject, quad.predicate, term)
