"""Decides which pictures there are of an answer, and which one a recorded question shows beside it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from almaty_graph.web.pictures.charts import draw_chart, why_no_chart
from almaty_graph.web.pictures.drawings import Picture
from almaty_graph.web.pictures.spans import draw_timeline, why_no_timeline
from almaty_graph.web.portal.tables import Table

# By view: why there is none of a table, and the picture of it.
PICTURES: Final[
    dict[str, tuple[Callable[[Table], str], Callable[[Table, Mapping[str, str]], Picture | None]]]
] = {
    "chart": (why_no_chart, draw_chart),
    "timeline": (why_no_timeline, draw_timeline),
}
_PREFERRED: Final = ("timeline", "chart")
# By what a row is asked for, sorted or found in a text: nothing that it says.
_ASIDE: Final = re.compile(r"asOf|rank|line|\w+Line")
_MOST: Final = 40  # lines: a longer picture would be all that a reader sees of a page


@dataclass(frozen=True)
class Fitting:
    """A picture that fits an answer, and by which view and columns it is drawn."""

    view: str
    picture: Picture

    @property
    def parameters(self) -> dict[str, str]:
        """What draws it where columns can be chosen."""
        return {"view": self.view, **{choice.name: choice.chosen for choice in self.picture.choices}}


def fitting(table: Table) -> Fitting | None:
    """The timeline of a table, else its chart; None unless short, with most rows, told apart."""
    kept = [n for n, name in enumerate(table.columns) if not _ASIDE.fullmatch(name)]
    rows = tuple(tuple(row[n] for n in kept) for row in table.rows)
    said = Table(tuple(table.columns[n] for n in kept), rows)
    for view in _PREFERRED:
        why, draw = PICTURES[view]
        picture = draw(said, {}) if not why(said) else None
        if picture and _tells(picture, len(rows)):
            return Fitting(view, picture)
    return None


def _tells(picture: Picture, rows: int) -> bool:
    different = {(line.cell, line.told) for line in picture.lines}
    return len(picture.lines) <= _MOST and 2 * len(different) > rows
