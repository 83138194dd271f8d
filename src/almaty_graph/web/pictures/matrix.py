"""Decides how the standing of states is drawn: a row for each role of a state, a cell for each year."""

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Final

from almaty_graph.dates import Answer
from almaty_graph.release.record import Record
from almaty_graph.terms import Term, iri_value
from almaty_graph.web.pictures.standing import Standing, Standings
from almaty_graph.web.portal.labels import Labels
from almaty_graph.web.portal.tables import print_csv

WIDTH: Final = 1040
_LEFT: Final = 320  # where years begin; the state and its role stand before them
_TOP: Final = 26
_ROW: Final = 16
_BETWEEN: Final = 6


@dataclass(frozen=True)
class Row:
    """One role of a state: its place, and the years in which it certainly or possibly had it."""

    standing: Standing
    y: int
    is_first: bool
    cells: tuple[tuple[int, Answer], ...]

    def years(self, answer: str) -> str:
        """The years in which the answer is this, in words; those in a row as one."""
        found = [year for year, given in self.cells if given.value == answer]
        # Years in a row are as far from each other as their places are.
        runs = [[*run] for _, run in groupby(found, key=lambda year: year - found.index(year))]
        return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


@dataclass(frozen=True)
class Grid:
    """All rows, the years with where they stand, how wide one is, and the height."""

    rows: list[Row]
    years: list[tuple[int, float]]
    step: float
    height: int
    width: int = WIDTH


class Matrix:
    """Which standing each state had in each year."""

    title = "States, their roles, year by year"

    def __init__(self, record: Record) -> None:
        self._standings, self.labels = Standings(record), Labels(record)

    @cached_property
    def _drawn(self) -> tuple[list[Standing], range]:
        """The roles of which any day is known, and the years from the first that is known to the last."""
        known = [each for each in self._standings.all() if each.bounds.known]
        years = [int(day[:4]) for each in known for day in each.bounds.known]
        return known, range(min(years), max(years) + 1) if years else range(0)

    def drawn(self) -> dict[str, object]:
        """What the picture shows."""
        standings, years = self._drawn
        undated = [each for each in self._standings.all() if not each.bounds.known]
        return {"picture": draw(standings, years) if standings else None, "undated": undated}

    def drawn_of(self, state: Term) -> dict[str, object] | None:
        """What the picture shows of one state; None if it has no role of which a day is known."""
        standings, years = self._drawn
        own = [each for each in standings if each.row.subject == state]
        return {"picture": draw(own, years)} if own else None

    def table(self) -> str:
        """The picture as CSV: a line for each role of a state, and whether it had it in each year."""
        standings, years = self._drawn
        rows = [
            (
                self.labels.of(each.row.subject),
                self.labels.of(each.role),
                *(answer.value for _, answer in _answers(each, years)),
                iri_value(each.row.claim),
            )
            for each in standings
        ]
        return print_csv(("state", "role", *map(str, years), "conclusion"), rows)


def draw(standings: list[Standing], years: range) -> Grid:
    """The picture of roles over years."""
    step = (WIDTH - _LEFT) / len(years)
    rows, y = [], _TOP
    for _, roles in groupby(standings, key=lambda each: each.row.subject):
        for number, standing in enumerate(roles):
            rows.append(Row(standing, y, number == 0, _answers(standing, years)))
            y += _ROW
        y += _BETWEEN
    return Grid(rows, [(year, round(_LEFT + step * n, 1)) for n, year in enumerate(years)], round(step, 1), y)


def _answers(standing: Standing, years: range) -> tuple[tuple[int, Answer], ...]:
    within = standing.bounds.answer_within
    return tuple((year, within(f"{year}-01-01", f"{year}-12-31")) for year in years)
