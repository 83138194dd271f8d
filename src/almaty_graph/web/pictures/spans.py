"""Decides how the rows of an answer are drawn by their dates: a line of time for each."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from almaty_graph.web.pictures.columns import Days, Kind, days_of, kinds_of
from almaty_graph.web.pictures.drawings import MOST, Choice, Line, Part, Picture, chosen, scale, step_of
from almaty_graph.web.portal.tables import Cell, Table
from almaty_graph.web.portal.translations import gettext

_OPEN: Final = 183  # days by which a line goes on where one end is not said
_TICKS: Final = 12
_ENDING: Final = re.compile("end|until|last|finish|stop|clos", re.IGNORECASE)
_BEGINNING: Final = re.compile("start|begin|began|from|since|first", re.IGNORECASE)


def why_no_timeline(table: Table) -> str:
    """Why a table cannot be drawn as a timeline; "" if it can."""
    kinds = set(kinds_of(table).values())
    if len(table.rows) < 2:
        return gettext("a picture needs two rows or more")
    if Kind.DATE not in kinds:
        return gettext("no column has only dates (xsd:date, xsd:dateTime, xsd:gYearMonth or xsd:gYear)")
    return "" if len(kinds) > 1 else gettext("no other column names the lines")


def draw_timeline(table: Table, given: Mapping[str, str]) -> Picture | None:
    """A line of time for each row that can be drawn; `given` may name columns. None without a date.

    Where an end is a year or a month, what lies between its first and its last day is possible, not certain.
    """
    choices = _choose(table, given)
    label, begin, end = (each.chosen for each in choices)
    at, of = table.columns.index(label), table.columns.index(begin)
    to = table.columns.index(end) if end else of
    read = [(row, spans) for row in table.rows if (spans := _spans(row[of], row[to]))]
    if not read:
        return None
    drawn = read[:MOST]
    days = [day for _, (possible, _) in drawn for day in possible]
    ticks, until = _ticks(date.fromordinal(min(days)), date.fromordinal(max(days)))
    place = scale(ticks[0][1], until)
    lines = []
    for row, spans in drawn:
        is_open = not (row[of].text and row[to].text)
        parts = [
            Part(x := place(days[0]), round(max(2.0, place(days[1] + 1) - x), 1), n == 1, is_open and n == 0)
            for n, days in enumerate(spans)
            if days
        ]
        told = " – ".join(
            cell.text or gettext("not said") for cell in ((row[of], row[to]) if end else (row[of],))
        )
        lines.append(Line(row[at], tuple(parts), told))
    marks = [(mark, place(day)) for mark, day in ticks]
    left = len(table.rows) - len(read), len(read) - len(drawn)
    return Picture(f"{label}: {begin}" + (f" to {end}" if end else ""), lines, marks, choices, *left)


def _choose(table: Table, given: Mapping[str, str]) -> tuple[Choice, Choice, Choice]:
    kinds = kinds_of(table)
    named = sorted(
        (name for name in kinds if kinds[name] is not Kind.DATE), key=lambda name: kinds[name].value
    )
    dates = tuple(name for name in kinds if kinds[name] is Kind.DATE)
    ending = [name for name in dates if _ENDING.search(name)]
    beginning = sorted(
        (name for name in dates if name not in ending), key=lambda name: not _BEGINNING.search(name)
    )
    begin = chosen(given, "begin", [*beginning, *dates])
    # Of two dates that are not named so, the other is the end: what then ends before it begins is told.
    rest = [name for name in (*ending, *(dates if len(dates) == 2 else ())) if name != begin]
    end = chosen(given, "end", [*rest[:1], "", *dates])
    return (
        Choice(
            "label",
            gettext("Names"),
            tuple(name for name in kinds if name in named),
            chosen(given, "label", named),
        ),
        Choice("begin", gettext("Begins"), dates, begin),
        Choice("end", gettext("Ends"), ("", *dates), "" if end == begin else end),
    )


def _spans(begin: Cell, end: Cell) -> tuple[Days, Days | None] | None:
    """The days on which something may have been so, and those on which it was; None if that is not known."""
    first, last = days_of(begin), days_of(end)
    if (begin.text and not first) or (end.text and not last):
        return None
    if first and last:
        certain = first[1], last[0]
        return (
            ((first[0], last[1]), certain if certain[0] <= certain[1] else None)
            if first[0] <= last[1]
            else None
        )
    latest = date.max.toordinal()
    if first:
        return (first[0], min(latest, first[1] + _OPEN)), None
    return ((max(1, last[0] - _OPEN), last[1]), None) if last else None


def _ticks(first: date, last: date) -> tuple[list[tuple[str, int]], int]:
    """The first days of years, or of months if they are few, and the day after the last of those."""
    until = date(last.year, 12, 31).toordinal() + 1
    if last.year - first.year < 2:
        months = [
            date(year, month, 1) for year in range(first.year, last.year + 1) for month in range(1, 13, 3)
        ]
        return [(f"{day:%Y-%m}", day.toordinal()) for day in months], until
    step = max(1, int(step_of(last.year + 1 - first.year, _TICKS)))
    years = range(first.year, last.year + 1, step)
    return [(str(year), date(year, 1, 1).toordinal()) for year in years], until
