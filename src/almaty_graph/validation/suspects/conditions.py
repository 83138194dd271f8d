"""Decides what a shape asks of nodes, constraint by constraint (SHACL 4), wherever the data are."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Final, Generic, TypeVar

from almaty_graph.names import SH
from almaty_graph.terms import Term, iri_value
from almaty_graph.validation.paths import Path, read_path
from almaty_graph.validation.shapes import Shapes, Unsearchable
from almaty_graph.validation.suspects.certainty import C, every, one, some

N = TypeVar("N")
EMPTY: Final = Path("")


class Conditions(ABC, Generic[N, C]):
    """What the shapes of a graph ask of nodes `N`, as conditions `C`; each kind of data has its own."""

    def __init__(self, shapes: Shapes, always: C, unsure: C) -> None:
        self.shapes, self.always, self.unsure = shapes, always, unsure

    # What differs with the data

    @abstractmethod
    def of_value(self, shape: Term, name: str, term: Term, node: N) -> C | None:
        """What a constraint asks of each value by itself; None if it asks nothing of it alone."""

    @abstractmethod
    def closed(self, allowed: list[Term], node: N) -> C:
        """Whether a node has no properties but these (4.8.1)."""

    @abstractmethod
    def at_all(self, path: Path, node: N, holds: Callable[[N], C]) -> C:
        """Whether something holds of all nodes at the end of a path."""

    @abstractmethod
    def at_least(self, path: Path, node: N, number: int, holds: Callable[[N], C]) -> C:
        """Whether something holds of so many different nodes at the end of a path."""

    @abstractmethod
    def leads_to(self, path: Path, node: N, term: Term) -> C:
        """Whether a term is at the end of a path."""

    @abstractmethod
    def unique_languages(self, path: Path, node: N) -> C:
        """Whether no two literals at the end of a path have the same language (4.4.5)."""

    @abstractmethod
    def equals(self, path: Path, node: N, other: Term) -> C:
        """Whether the nodes at the end of a path are those of a property (4.5.1)."""

    @abstractmethod
    def disjoint(self, path: Path, node: N, other: Term) -> C:
        """Whether no node at the end of a path is one of a property (4.5.2)."""

    @abstractmethod
    def before(self, path: Path, node: N, sign: str, other: Term) -> C:
        """Whether all values at the end of a path are less than those of a property (4.5.3, 4.5.4)."""

    # What does not

    def shape(self, shape: Term, node: N) -> C:
        """Whether a node conforms to a shape (3.4.2), none that refers to itself; raises Unsearchable."""
        if self.shapes.is_true(shape, "deactivated"):
            return self.always
        found = self._property(shape, node) if self.shapes.is_property(shape) else self._node(shape, node)
        return found & self.unsure if self.shapes.values(shape, "sparql") else found

    def focus_node(self, shape: Term, node: N) -> C:
        """What a shape asks of its focus nodes, but for the queries that they are held against."""
        properties = (self._property(each, node) for each in self.property_shapes(shape))
        return every(properties, self.of_node(shape, node))

    def of_node(self, shape: Term, node: N) -> C:
        """What a shape asks of a node itself, but for its property shapes: nothing, if it is one of those."""
        if self.shapes.is_property(shape):
            return self.always
        return self.values(shape, node) & self.together(shape, node, EMPTY)

    def property_shapes(self, shape: Term) -> list[Term]:
        """The property shapes that focus nodes of a shape are held against: itself, if it is one."""
        is_one = self.shapes.is_property(shape)
        found = [shape] if is_one else self.shapes.values(shape, "property")
        return [each for each in found if not self.shapes.is_true(each, "deactivated")]

    def _property(self, shape: Term, node: N) -> C:
        path = self.path(shape)
        alone = self.at_all(path, node, lambda value: self.of_values(shape, value))
        return alone & self.together(shape, node, path)

    def of_values(self, shape: Term, value: N) -> C:
        """What a property shape asks of each value by itself."""
        return self.values(shape, value) & self._properties(shape, value)

    def _node(self, shape: Term, node: N) -> C:
        return self.of_node(shape, node) & self._properties(shape, node)

    def path(self, shape: Term) -> Path:
        """The path of a property shape."""
        nodes = self.shapes.values(shape, "path")
        if len(nodes) != 1:
            raise Unsearchable(f"{shape} has {len(nodes)} paths")
        return read_path(self.shapes, nodes[0])

    def values(self, shape: Term, value: N) -> C:
        """What a shape asks of each value by itself, but for its property shapes."""
        row, shapes = self.shapes.row(shape), self.shapes
        if not shapes.parameters.isdisjoint(row):
            raise Unsearchable(f"{shape} uses a constraint component of its own")
        found = [
            self.of_value(shape, iri_value(predicate).removeprefix(SH), term, value)
            for predicate, terms in row.items()
            if predicate.startswith(f"<{SH}")
            for term in terms
        ]
        told = [each for each in found if each is not None]
        told += self._shapes(shapes.values(shape, "node"), value)
        told += [~each for each in self._shapes(shapes.values(shape, "not"), value)]
        for name, join in (("and", every), ("or", some), ("xone", one)):
            for head in shapes.values(shape, name):
                told.append(join(self._shapes(shapes.items(head), value), self.always))
        if shapes.is_true(shape, "closed"):
            told.append(self.closed(shapes.allowed(shape), value))
        return every(told, self.always)

    def together(self, shape: Term, node: N, path: Path) -> C:
        """What a shape asks of all its values together, those at the end of a path."""
        shapes, found = self.shapes, list[C]()
        for least, most, holds in self._counted(shape):
            if least is not None:
                found.append(self._number(path, node, least, holds))
            if most is not None:
                found.append(~self._number(path, node, most + 1, holds))
        found += [self.leads_to(path, node, term) for term in shapes.constants(shape, "hasValue")]
        if shapes.is_true(shape, "uniqueLang"):
            found.append(self.unique_languages(path, node))
        found += [self.equals(path, node, other) for other in shapes.values(shape, "equals")]
        found += [self.disjoint(path, node, other) for other in shapes.values(shape, "disjoint")]
        for name, sign in (("lessThan", "<"), ("lessThanOrEquals", "<=")):
            found += [self.before(path, node, sign, other) for other in shapes.values(shape, name)]
        return every(found, self.always)

    def _properties(self, shape: Term, node: N) -> C:
        return every(self._shapes(self.shapes.values(shape, "property"), node), self.always)

    def _shapes(self, shapes: Iterable[Term], node: N) -> list[C]:
        return [self.shape(each, node) for each in shapes]

    def _number(self, path: Path, node: N, number: int, holds: Callable[[N], C]) -> C:
        return self.always if number <= 0 else self.at_least(path, node, number, holds)

    def _counted(self, shape: Term) -> Iterable[tuple[int | None, int | None, Callable[[N], C]]]:
        """How many values of which a shape asks for: all of them, and those that conform to another one."""
        number = self.shapes.number
        yield number(shape, "minCount"), number(shape, "maxCount"), lambda _: self.always
        for qualified in self.shapes.values(shape, "qualifiedValueShape"):
            others = [each for each in self.shapes.siblings(shape) if each != qualified]

            def holds(value: N, own: Term = qualified, others: list[Term] = others) -> C:
                strange = self._shapes(others, value)
                return every([self.shape(own, value), *(~each for each in strange)], self.always)

            yield number(shape, "qualifiedMinCount"), number(shape, "qualifiedMaxCount"), holds
