"""Decides what shapes ask of a node in SPARQL, for data that are asked where they live."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import count
from typing import Final

from almaty_graph.bridge import Node
from almaty_graph.names import RDFS
from almaty_graph.terms import TYPE, Term
from almaty_graph.validation.exact import stored
from almaty_graph.validation.paths import Path, sequence
from almaty_graph.validation.remote import RemoteData
from almaty_graph.validation.shapes import Shapes
from almaty_graph.validation.suspects.conditions import EMPTY, Conditions
from almaty_graph.validation.suspects.expressions import (
    ALWAYS,
    UNSURE,
    Expressions,
    exactly,
    joined,
    negated,
    surely,
)
from almaty_graph.validation.suspects.values import value_condition

_SEVERAL: Final = 4  # how many different values are told apart by patterns
_THIS: Final = "?this"
_OTHER: Final = "?almaty_graph_other"  # a variable that no query of a shape has


def focus_pattern(kind: str, value: Term, subclasses: Callable[[Term], Iterable[Term]]) -> Iterator[str]:
    """What binds the focus nodes of a target to `?this`, in one pattern or several."""
    if kind == "targetNode":
        yield f"VALUES {_THIS} {{ {stored(value)} }}"
    elif kind == "targetClass":
        kinds = [value, *subclasses(value)]
        if any(each.startswith("_:") for each in kinds):  # which a query cannot name
            yield f"{_THIS} {TYPE}/<{RDFS}subClassOf>* {value} ."
            return
        for each in kinds:
            yield f"{_THIS} {TYPE} {each} ."
    elif kind == "targetSubjectsOf":
        yield f"{_THIS} {value} {_OTHER} ."
    else:
        yield f"{_OTHER} {value} {_THIS} ."


class Patterns(Conditions[str, Expressions]):
    """The conditions of shapes in SPARQL; a node is a variable."""

    def __init__(self, data: RemoteData, shapes: Shapes) -> None:
        super().__init__(shapes, ALWAYS, UNSURE)
        self.data = data
        self._numbers = count()

    def focus(self, kind: str, value: Term) -> Iterator[Node]:
        """The focus nodes of a target."""
        for target in focus_pattern(kind, value, self.data.subclasses):
            yield from self._select(target)

    def suspects(self, shape: Term, kind: str, value: Term) -> Iterator[Node]:
        """Those of them that may break a shape: a query for each property shape, and one for what is left."""
        for target in focus_pattern(kind, value, self.data.subclasses):
            for body in self._bodies(shape):
                yield from self._select(body.replace("{target}", target))

    def _select(self, pattern: str) -> Iterator[Node]:
        return (node for [node] in self.data.select(f"SELECT DISTINCT {_THIS} {{ {pattern} }}"))

    def _bodies(self, shape: Term) -> Iterator[str]:
        """The patterns of queries that find suspects; `{target}` stands for what binds the focus nodes."""
        told = self.of_node(shape, _THIS)
        for each in self.property_shapes(shape):
            values = self.of_values(each, "?value")
            if values != ALWAYS:
                path = self.path(each).triple(_THIS, "?value")
                yield f"{{target}} {path} FILTER({negated(surely(values.yes))})"
            told &= self.together(each, _THIS, self.path(each))
        if told != ALWAYS:
            yield f"{{target}} FILTER({negated(surely(told.yes))})"

    def of_value(self, shape: Term, name: str, term: Term, node: str) -> Expressions | None:
        """See Conditions."""
        return value_condition(self.shapes, self._subclasses, (shape, name, term), node)

    def _subclasses(self, kind: Term) -> list[Term]:
        return [kind, *self.data.subclasses(kind)]

    def closed(self, allowed: list[Term], node: str) -> Expressions:
        """See Conditions."""
        predicate, value = (f"?{node[1:]}{name}" for name in "po")
        return exactly(
            f"!EXISTS {{ {node} {predicate} {value} FILTER({predicate} NOT IN ({', '.join(allowed)})) }}"
        )

    def at_all(self, path: Path, node: str, holds: Callable[[str], Expressions]) -> Expressions:
        """See Conditions."""
        bad = self._exists(path, node, lambda v: negated(surely(holds(v).yes)))
        certainly_bad = self._exists(path, node, lambda v: surely(holds(v).no))
        return Expressions(negated(bad), certainly_bad)

    def at_least(
        self, path: Path, node: str, number: int, holds: Callable[[str], Expressions]
    ) -> Expressions:
        """See Conditions."""
        if number > _SEVERAL:
            return UNSURE

        def several(others: tuple[str, ...], part: Callable[[Expressions], str]) -> Callable[[str], str]:
            def value(v: str) -> str:
                new = [f"!sameTerm({v}, {other})" for other in others]
                last = len(others) + 1 == number
                more = [] if last else [self._exists(path, node, several((*others, v), part))]
                return joined([*new, surely(part(holds(v))), *more], " && ")

            return value

        certain = self._exists(path, node, several((), lambda told: told.yes))
        possible = self._exists(path, node, several((), lambda told: negated(surely(told.no))))
        return Expressions(certain, negated(possible))

    def leads_to(self, path: Path, node: str, term: Term) -> Expressions:
        """See Conditions."""
        return exactly(self._exists(path, node, lambda v: f"sameTerm({v}, {stored(term)})"))

    def unique_languages(self, path: Path, node: str) -> Expressions:
        """See Conditions."""

        def repeated(value: str) -> str:
            def other(v: str) -> str:
                return f"!sameTerm({v}, {value}) && LANG({v}) = LANG({value})"

            return f'LANG({value}) != "" && {self._exists(path, node, other)}'

        return ~exactly(self._exists(path, node, repeated))

    def equals(self, path: Path, node: str, other: Term) -> Expressions:
        """See Conditions."""
        one_sided = self._exists(path, node, lambda v: f"!EXISTS {{ {node} {other} {v} }}")
        back = self._exists(
            Path(other, predicate=other), node,
            lambda v: negated(self._exists(path, node, lambda w: f"sameTerm({w}, {v})")),
        )  # fmt: skip
        return ~exactly(joined([one_sided, back], " || "))

    def disjoint(self, path: Path, node: str, other: Term) -> Expressions:
        """See Conditions."""
        return ~exactly(self._exists(path, node, partial(_leads, node, other)))

    def before(self, path: Path, node: str, sign: str, other: Term) -> Expressions:
        """See Conditions."""

        def late(v: str) -> str:
            def against(w: str) -> str:
                return negated(surely(f"{v} {sign} {w}"))

            # pySHACL refuses to compare anything else, be there something to compare it with or not.
            return f"!isLiteral({v}) || {self._exists(Path(other, predicate=other), node, against)}"

        return Expressions(negated(self._exists(path, node, late)), "false")

    def _exists(self, path: Path, node: str, holds: Callable[[str], str]) -> str:
        """Whether a path leads from a node to one of which something holds.

        Step by step, since the engine evaluates a sequence as a whole for each node.
        """
        if path == EMPTY:
            return holds(node)
        value = f"?n{next(self._numbers)}"
        if path.steps:
            first, *rest = path.steps
            return self._exists(
                first, node, lambda middle: self._exists(sequence(tuple(rest)), middle, holds)
            )
        expression = holds(value)
        if expression == "false":
            return "false"
        condition = "" if expression == "true" else f"FILTER({expression})"
        return f"EXISTS {{ {path.triple(node, value)}{condition} }}"


def _leads(node: str, predicate: Term, value: str) -> str:
    return f"EXISTS {{ {node} {predicate} {value} }}"
