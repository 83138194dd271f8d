"""Decides how the rows of an answer are drawn by their numbers: a bar for each, from zero."""

import math
from collections.abc import Mapping
from typing import Final

from almaty_graph.web.pictures.columns import Kind, kinds_of, number_of
from almaty_graph.web.pictures.drawings import MOST, Choice, Line, Part, Picture, chosen, scale, step_of
from almaty_graph.web.portal.tables import Table
from almaty_graph.web.portal.translations import gettext

_RIGHT: Final = 90  # for the number behind the longest bar
_TICKS: Final = 8


def why_no_chart(table: Table) -> str:
    """Why a table cannot be drawn as a chart; "" if it can."""
    kinds = list(kinds_of(table).values())
    if len(table.rows) < 2:
        return gettext("a picture needs two rows or more")
    if Kind.NUMBER not in kinds:
        return gettext("no column has only numbers")
    return "" if len(kinds) > 1 else gettext("no other column names the bars")


def draw_chart(table: Table, given: Mapping[str, str]) -> Picture | None:
    """A bar for each row of a table that can be drawn; `given` may name columns. None without a number."""
    label, number = (choices := _choose(table, given))[0].chosen, choices[1].chosen
    at, of = table.columns.index(label), table.columns.index(number)
    read = [(row, value) for row in table.rows if (value := number_of(row[of])) is not None]
    if not read:
        return None
    drawn = read[:MOST]
    ticks = _ticks([0.0, *(value for _, value in drawn)])
    place = scale(ticks[0], ticks[-1], _RIGHT)
    lines = []
    for row, value in drawn:
        first, last = sorted((place(0), place(value)))
        bar = Part(first, round(max(1.0, last - first), 1))
        lines.append(Line(row[at], (bar,), row[of].text, last + 4))
    marks = [(f"{tick:,.10g}", place(tick)) for tick in ticks]
    left = len(table.rows) - len(read), len(read) - len(drawn)
    return Picture(f"{number} by {label}", lines, marks, choices, *left)


def _choose(table: Table, given: Mapping[str, str]) -> tuple[Choice, Choice]:
    kinds = kinds_of(table)
    named = sorted(kinds, key=lambda name: kinds[name].value)
    # Where all columns are numbers, the first names the bars.
    numbers = tuple(name for name in named[1:] if kinds[name] is Kind.NUMBER)
    number = chosen(given, "number", numbers)
    label = chosen(given, "label", [name for name in named if name != number])
    return Choice("label", gettext("Names"), tuple(kinds), label), Choice(
        "number", gettext("Numbers"), numbers, number
    )


def _ticks(values: list[float]) -> list[float]:
    """Round numbers from below the least of the values to above the greatest."""
    low, high = min(values), max(values)
    step = step_of(high - low or 1, _TICKS)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [n * step for n in range(first, max(last, first + 1) + 1)]
