"""Decides what a picture of an answer is: lines with bars to a scale, and which columns it was made of."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from almaty_graph.web.portal.tables import Cell

MOST: Final = 200  # rows of a picture
WIDTH: Final = 1040
_LEFT: Final = 250  # names stand before it
_TOP: Final = 28
_LINE: Final = 18


@dataclass(frozen=True)
class Choice:
    """What a picture takes from a column: its parameter, its words, which columns could be, which is."""

    name: str
    title: str
    options: tuple[str, ...]
    chosen: str


@dataclass(frozen=True)
class Part:
    """A bar: where it begins, how wide it is, whether it is certain, and whether one end is not said."""

    x: float
    width: float
    is_certain: bool = True
    is_open: bool = False


@dataclass(frozen=True)
class Line:
    """A row: what names it, its bars, what it says in words, and where that stands if it is shown."""

    cell: Cell
    parts: tuple[Part, ...]
    told: str
    behind: float | None = None


@dataclass(frozen=True)
class Picture:
    """All lines, the marks of the scale with where they stand, and what became of the other rows."""

    title: str
    lines: Sequence[Line]
    ticks: Sequence[tuple[str, float]]
    choices: tuple[Choice, ...]
    unread: int
    beyond: int
    width: int = WIDTH

    @property
    def height(self) -> int:
        """How high it is."""
        return _TOP + _LINE * len(self.lines)

    @property
    def placed(self) -> Iterable[tuple[int, Line]]:
        """Each line with where it begins."""
        return ((_TOP + _LINE * n, line) for n, line in enumerate(self.lines))


def chosen(given: Mapping[str, str], name: str, options: Sequence[str]) -> str:
    """The column that a reader has named, if it is an option; else the first."""
    wanted = given.get(name)
    return wanted if wanted is not None and wanted in options else options[0]


def scale(first: float, last: float, right: float = 0) -> Callable[[float], float]:
    """Where values stand between the names and the right margin."""
    return lambda value: round(_LEFT + (WIDTH - right - _LEFT) * (value - first) / (last - first), 1)


def step_of(span: float, most: int) -> float:
    """The smallest 1, 2 or 5 times a power of ten that parts a span into at most so many."""
    power = 10.0 ** math.floor(math.log10(span / most))
    return next(factor * power for factor in (1, 2, 5, 10, 20) if span / (factor * power) <= most)
