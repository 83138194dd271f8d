"""Decides how a condition is told in SPARQL: by what is surely so, and by what surely is not."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Expressions:
    """Two SPARQL expressions about a node: `yes` is true only if it conforms, `no` only if it does not.

    An error in one counts as false: nothing is sure then.
    """

    yes: str
    no: str

    def __invert__(self) -> "Expressions":
        return Expressions(self.no, self.yes)

    def __and__(self, other: "Expressions") -> "Expressions":
        return Expressions(joined([self.yes, other.yes], " && "), joined([self.no, other.no], " || "))

    def __or__(self, other: "Expressions") -> "Expressions":
        return ~(~self & ~other)


ALWAYS: Final = Expressions("true", "false")
UNSURE: Final = Expressions("false", "false")


def exactly(expression: str) -> Expressions:
    """The condition of an expression that tells both, and raises no error."""
    return Expressions(expression, negated(expression))


def negated(expression: str) -> str:
    """Whether an expression is false; it must raise no error."""
    return {"true": "false", "false": "true"}.get(expression, f"!({expression})")


def surely(expression: str) -> str:
    """An expression that is false where the other raises an error."""
    return expression if expression in ("true", "false") else f"COALESCE({expression}, false)"


def joined(expressions: list[str], operator: str) -> str:
    """Expressions joined by ` && ` or ` || `, without those that make no difference."""
    deciding, neutral = ("false", "true") if operator == " && " else ("true", "false")
    if deciding in expressions:
        return deciding
    kept = list(dict.fromkeys(each for each in expressions if each != neutral))
    return operator.join(f"({each})" for each in kept) if len(kept) > 1 else (kept or [neutral])[0]
