"""Decides what can be known of a node in SPARQL: whether it surely conforms to a shape, or surely does not.

Neither needs to hold. A node that does not surely conform is a suspect, and pySHACL judges it; so an
expression may be too strict, never too lax. An error in one counts as false: nothing is sure then.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Final


@dataclass(frozen=True)
class Condition:
    """Two SPARQL expressions about a node: `yes` is true only if it conforms, `no` only if it does not."""

    yes: str
    no: str

    def __invert__(self) -> "Condition":
        return Condition(self.no, self.yes)


ALWAYS: Final = Condition("true", "false")
UNSURE: Final = Condition("false", "false")


def exactly(expression: str) -> Condition:
    """The condition of an expression that tells both, and raises no error."""
    return Condition(expression, negated(expression))


def negated(expression: str) -> str:
    """Whether an expression is false; it must raise no error."""
    return {"true": "false", "false": "true"}.get(expression, f"!({expression})")


def surely(expression: str) -> str:
    """An expression that is false where the other raises an error."""
    return expression if expression in ("true", "false") else f"COALESCE({expression}, false)"


def every(conditions: Iterable[Condition]) -> Condition:
    """Whether all of them hold."""
    found = [each for each in conditions if each != ALWAYS]
    return Condition(joined([c.yes for c in found], " && "), joined([c.no for c in found], " || "))


def some(conditions: Iterable[Condition]) -> Condition:
    """Whether one of them holds."""
    return ~every(~each for each in conditions)


def one(conditions: list[Condition]) -> Condition:
    """Whether exactly one of them holds."""
    alone = [
        joined([each.yes, *(other.no for place, other in enumerate(conditions) if place != number)], " && ")
        for number, each in enumerate(conditions)
    ]
    two = [joined([a.yes, b.yes], " && ") for a, b in combinations(conditions, 2)]
    none = joined([each.no for each in conditions], " && ")
    return Condition(joined(alone, " || "), joined([none, *two], " || "))


def joined(expressions: list[str], operator: str) -> str:
    """Expressions joined by ` && ` or ` || `, without those that make no difference."""
    deciding, neutral = ("false", "true") if operator == " && " else ("true", "false")
    if deciding in expressions:
        return deciding
    kept = list(dict.fromkeys(each for each in expressions if each != neutral))
    return operator.join(f"({each})" for each in kept) if len(kept) > 1 else (kept or [neutral])[0]
