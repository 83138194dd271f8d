"""Decides what a shape asks of a node, in SPARQL: all but what each value is asked by itself."""

from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Final

from almaty_graph.terms import Term
from almaty_graph.validation.certainty import (
    ALWAYS,
    UNSURE,
    Condition,
    every,
    exactly,
    joined,
    negated,
    one,
    some,
    surely,
)
from almaty_graph.validation.facts import Facts
from almaty_graph.validation.paths import Path, read_path
from almaty_graph.validation.shapes import Shapes, Unsearchable, sh
from almaty_graph.validation.values import value_condition

_SEVERAL: Final = 4  # how many different values are told apart by patterns


def _leads(node: str, predicate: Term, value: str) -> str:
    return f"EXISTS {{ {node} {predicate} {value} }}"


def _is_same(term: str, value: str) -> str:
    return f"sameTerm({value}, {term})"


class Conditions:
    """The conditions of the shapes of a graph, over data of which some facts are known."""

    def __init__(self, shapes: Shapes, facts: Facts) -> None:
        self.shapes, self.facts = shapes, facts
        self._numbers = count()
        self._within: list[Term] = []

    def shape(self, shape: Term, node: str) -> Condition:
        """Whether a node, which is a variable, conforms to a shape (3.4.2); raises Unsearchable."""
        if shape in self._within:
            raise Unsearchable(f"{shape} refers to itself")
        if self.shapes.is_true(shape, "deactivated"):
            return ALWAYS
        self._within.append(shape)
        try:
            unsure = [UNSURE] if self.shapes.values(shape, "sparql") else []
            if self.shapes.is_property(shape):
                return every([self.property(shape, node), *unsure])
            return every([*self.node(shape, node), *self._properties(shape, node), *unsure])
        finally:
            self._within.pop()

    def _properties(self, shape: Term, node: str) -> list[Condition]:
        return [self.shape(each, node) for each in self.shapes.values(shape, "property")]

    def node(self, shape: Term, node: str) -> list[Condition]:
        """What a shape asks of a node itself: all but its property shapes."""
        self._prove_searchable(shape)
        found = [*self._of_value(shape, node), *self._logical(shape, node), *self._closed(shape, node)]
        found += [
            exactly(f"sameTerm({node}, {self.facts.stored(x)})")
            for x in self.shapes.constants(shape, "hasValue")
        ]
        for other in self.shapes.values(shape, "equals"):
            strange = f"EXISTS {{ {node} {other} ?{node[1:]}e FILTER(!sameTerm(?{node[1:]}e, {node})) }}"
            found.append(exactly(f"EXISTS {{ {node} {other} {node} }} && !({strange})"))
        for other in self.shapes.values(shape, "disjoint"):
            found.append(exactly(f"!EXISTS {{ {node} {other} {node} }}"))
        return found

    def property(self, shape: Term, node: str) -> Condition:
        """Whether a node conforms to a property shape."""
        path = self.path(shape)
        bad = self.exists(path, node, lambda v: negated(surely(self.values(shape, v).yes)))
        certainly_bad = self.exists(path, node, lambda v: surely(self.values(shape, v).no))
        return every([Condition(negated(bad), certainly_bad), *self.about_values(shape, node)])

    def path(self, shape: Term) -> Path:
        """The path of a property shape."""
        nodes = self.shapes.values(shape, "path")
        if len(nodes) != 1:
            raise Unsearchable(f"{shape} has {len(nodes)} paths")
        return read_path(self.shapes, nodes[0])

    def values(self, shape: Term, value: str) -> Condition:
        """What a property shape asks of each value by itself."""
        self._prove_searchable(shape)
        return every(
            [*self._of_value(shape, value), *self._logical(shape, value), *self._closed(shape, value),
             *self._properties(shape, value)]
        )  # fmt: skip

    def about_values(self, shape: Term, node: str) -> list[Condition]:
        """What a property shape asks of the values of a node together."""
        shapes, path = self.shapes, self.path(shape)
        found = []
        if (least := self.shapes.number(shape, "minCount")) is not None:
            found.append(self._at_least(path, node, least))
        if (most := self.shapes.number(shape, "maxCount")) is not None:
            found.append(~self._at_least(path, node, most + 1))
        found += [
            exactly(self.exists(path, node, partial(_is_same, self.facts.stored(term))))
            for term in self.shapes.constants(shape, "hasValue")
        ]
        if shapes.is_true(shape, "uniqueLang"):
            found.append(~exactly(self.exists(path, node, partial(self._same_language, path, node))))
        found += [self._equals(path, node, other) for other in shapes.values(shape, "equals")]
        for other in shapes.values(shape, "disjoint"):
            found.append(~exactly(self.exists(path, node, partial(_leads, node, other))))
        for name, sign in (("lessThan", "<"), ("lessThanOrEquals", "<=")):
            found += [self._before(path, node, sign, other) for other in shapes.values(shape, name)]
        return [*found, *self._qualified(shape, path, node)]

    def exists(self, path: Path, node: str, holds: Callable[[str], str]) -> str:
        """Whether a path leads from a node to one of which something holds.

        Step by step, since the engine evaluates a sequence as a whole for each node.
        """
        value = f"?n{next(self._numbers)}"
        if path.steps:
            first, *rest = path.steps
            further = Path("", tuple(rest)) if len(rest) > 1 else rest[0]
            return self.exists(first, node, lambda middle: self.exists(further, middle, holds))
        expression = holds(value)
        if expression == "false":
            return "false"
        condition = "" if expression == "true" else f"FILTER({expression})"
        return f"EXISTS {{ {path.triple(node, value)}{condition} }}"

    def _at_least(
        self, path: Path, node: str, number: int, holds: Callable[[str], Condition] = lambda _: ALWAYS
    ) -> Condition:
        """Whether there are so many different values of which something holds."""
        if number > _SEVERAL:
            return UNSURE

        def several(others: tuple[str, ...], part: Callable[[Condition], str]) -> Callable[[str], str]:
            def value(v: str) -> str:
                new = [f"!sameTerm({v}, {other})" for other in others]
                more = (
                    []
                    if len(others) + 1 == number
                    else [self.exists(path, node, several((*others, v), part))]
                )
                return joined([*new, surely(part(holds(v))), *more], " && ")

            return value

        if number <= 0:
            return ALWAYS
        certain = self.exists(path, node, several((), lambda c: c.yes))
        possible = self.exists(path, node, several((), lambda c: negated(surely(c.no))))
        return Condition(certain, negated(possible))

    def _same_language(self, path: Path, node: str, value: str) -> str:
        def other(v: str) -> str:
            return f"!sameTerm({v}, {value}) && LANG({v}) = LANG({value})"

        return f'LANG({value}) != "" && {self.exists(path, node, other)}'

    def _equals(self, path: Path, node: str, other: Term) -> Condition:
        one_sided = self.exists(path, node, lambda v: f"!EXISTS {{ {node} {other} {v} }}")
        back = self.exists(
            Path(other, predicate=other), node,
            lambda v: negated(self.exists(path, node, lambda w: f"sameTerm({w}, {v})")),
        )  # fmt: skip
        return ~exactly(joined([one_sided, back], " || "))

    def _before(self, path: Path, node: str, sign: str, other: Term) -> Condition:
        def late(v: str) -> str:
            def against(w: str) -> str:
                return negated(surely(f"{self.facts.number(v)} {sign} {self.facts.number(w)}"))

            # pySHACL refuses to compare anything else, be there something to compare it with or not.
            return f"!isLiteral({v}) || {self.exists(Path(other, predicate=other), node, against)}"

        return Condition(negated(self.exists(path, node, late)), "false")

    def _qualified(self, shape: Term, path: Path, node: str) -> list[Condition]:
        found = []
        for qualified in self.shapes.values(shape, "qualifiedValueShape"):
            siblings = (
                self._siblings(shape) if self.shapes.is_true(shape, "qualifiedValueShapesDisjoint") else []
            )

            def holds(v: str, own: Term = qualified, others: list[Term] = siblings) -> Condition:
                return every([self.shape(own, v), *(~self.shape(each, v) for each in others if each != own)])

            if (least := self.shapes.number(shape, "qualifiedMinCount")) is not None:
                found.append(self._at_least(path, node, least, holds))
            if (most := self.shapes.number(shape, "qualifiedMaxCount")) is not None:
                found.append(~self._at_least(path, node, most + 1, holds))
        return found

    def _siblings(self, shape: Term) -> list[Term]:
        """The qualified value shapes of all property shapes beside this one (4.7.3)."""
        parents = [t.subject for t in self.shapes.triples if t[1:] == (sh("property"), shape)]
        beside = [each for parent in parents for each in self.shapes.values(parent, "property")]
        return [value for each in beside for value in self.shapes.values(each, "qualifiedValueShape")]

    def _of_value(self, shape: Term, node: str) -> list[Condition]:
        row = self.shapes.row(shape)
        found = []
        for predicate, terms in row.items():
            for term in terms:
                told = value_condition(self.shapes, self.facts, (shape, predicate, term), node)
                if told is not None:
                    found.append(told)
        return found

    def _logical(self, shape: Term, node: str) -> list[Condition]:
        shapes = self.shapes
        found = [self.shape(each, node) for each in shapes.values(shape, "node")]
        found += [~self.shape(each, node) for each in shapes.values(shape, "not")]
        for name, together in (("and", every), ("or", some), ("xone", one)):
            for head in shapes.values(shape, name):
                found.append(together([self.shape(each, node) for each in shapes.items(head)]))
        return found

    def _closed(self, shape: Term, node: str) -> list[Condition]:
        if not self.shapes.is_true(shape, "closed"):
            return []
        allowed = ", ".join(self.shapes.allowed(shape))
        name = node[1:]
        return [exactly(f"!EXISTS {{ {node} ?{name}p ?{name}o FILTER(?{name}p NOT IN ({allowed})) }}")]

    def _prove_searchable(self, shape: Term) -> None:
        if not self.facts.parameters.isdisjoint(self.shapes.row(shape)):
            raise Unsearchable(f"{shape} uses a constraint component of its own")
