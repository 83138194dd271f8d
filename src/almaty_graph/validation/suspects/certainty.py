"""Decides what can be known of nodes: whether they surely conform to a shape, or surely do not.

Neither needs to hold. A node that does not surely conform is a suspect, and pySHACL judges it; so a condition
may be too strict, never too lax.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import combinations
from operator import and_, or_
from typing import Protocol, Self, TypeVar


class Condition(Protocol):
    """Something that nodes surely meet or surely do not, its opposite, and what it makes with others."""

    def __invert__(self) -> Self: ...

    def __and__(self, other: Self, /) -> Self: ...

    def __or__(self, other: Self, /) -> Self: ...


C = TypeVar("C", bound=Condition)


def every(conditions: Iterable[C], always: C) -> C:
    """Whether all of them are met; `always` is what none of them asks for."""
    return reduce(and_, conditions, always)


def some(conditions: Iterable[C], always: C) -> C:
    """Whether one of them is met."""
    return reduce(or_, conditions, ~always)


def one(conditions: Sequence[C], always: C) -> C:
    """Whether exactly one of them is met."""
    two = (a & b for a, b in combinations(conditions, 2))
    return some(conditions, always) & ~some(two, always)
