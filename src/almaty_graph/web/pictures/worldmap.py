"""Decides how states are put on a map: outlines of countries, each state in the colour of its standing."""

import json
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from flask import request

from almaty_graph.dates import Answer
from almaty_graph.errors import QueryError
from almaty_graph.names import DEF, SKOS
from almaty_graph.release.record import Record
from almaty_graph.terms import Term, iri, iri_value, literal_parts
from almaty_graph.web.pictures.standing import Standing, Standings, held_on
from almaty_graph.web.portal.labels import Labels
from almaty_graph.web.portal.periods import asked_day
from almaty_graph.web.portal.tables import print_csv

AREAS: Final = ("region", "world")
# Made from Natural Earth when the packages are set up; without it there is the table alone.
_OUTLINES: Final = Path(__file__).parents[1] / "static/packages/outlines.json"
_NOTATION, _M49 = iri(SKOS + "notation"), DEF + "m49"

Held = list[tuple[Standing, Answer]]


@dataclass(frozen=True)
class Area:
    """A part of the world on paper: its size, and each country by its number, its outline and its middle."""

    width: int
    height: int
    countries: dict[str, tuple[str, int, int]]


@dataclass(frozen=True)
class Shape:
    """One state on the map: its outline, where its name stands, and its roles; the first colours it."""

    state: Term
    path: str
    x: int
    y: int
    held: Held

    @property
    def group(self) -> str:
        """How near the role is to the process that colours it."""
        return self.held[0][0].group

    @property
    def answer(self) -> str:
        """Whether it certainly or possibly had that role."""
        return self.held[0][1].value


@dataclass(frozen=True)
class Chart:
    """One area: its size, the land of those that have no role, and the states that have one."""

    width: int
    height: int
    land: str
    shapes: list[Shape]


class WorldMap:
    """Who takes part, on a map."""

    title = "Who takes part, on a map"

    def __init__(self, record: Record) -> None:
        self.record, self._standings, self.labels = record, Standings(record), Labels(record)

    @cached_property
    def _all(self) -> list[Standing]:
        return self._standings.all()

    @cached_property
    def _codes(self) -> dict[Term, str]:
        """The number of each state (UN M49), by which outlines are found."""
        return {
            each.row.subject: part.value
            for each in self._all
            for part in map(literal_parts, self.record.values(each.row.subject, _NOTATION))
            if part.datatype == _M49
        }

    def drawn(self) -> dict[str, object]:
        """What the map shows of the day and the area that the request asks for."""
        return self.drawn_on(asked_day(), request.args.get("area", AREAS[0]))

    def drawn_on(self, day: str | None = None, name: str = AREAS[0]) -> dict[str, object]:
        """What the map of an area shows of a day, or of any time; QueryError if there is no such area."""
        if name not in AREAS:
            raise QueryError(f"found area={name!r}: it is {' or '.join(AREAS)}")
        asked = {"area": name} if name != AREAS[0] else {}
        asked |= {"asOf": day} if day else {}
        held, area = held_on(self._all, day), _areas().get(name)
        years = sorted({int(known[:4]) for each in self._all for known in each.bounds.known})
        return {
            "picture": self._draw(area, held) if area else None,
            "held": held,
            "day": day,
            "area": name,
            "asked": f"?{urlencode(asked)}" if asked else "",
            "years": range(years[0], years[-1] + 1) if years else range(0),
            "elsewhere": [each for each in held if area and self._codes.get(each) not in area.countries],
        }

    def table(self) -> str:
        """Who had which role on the day, as CSV."""
        rows = [
            (
                self.labels.of(state),
                self._codes.get(state, ""),
                self.labels.of(each.role),
                answer.value,
                iri_value(each.row.claim),
            )
            for state, roles in held_on(self._all, asked_day()).items()
            for each, answer in roles
        ]
        return print_csv(("state", "m49", "role", "held", "conclusion"), rows)

    def _draw(self, area: Area, held: dict[Term, Held]) -> Chart:
        codes = {self._codes[state]: state for state in held if self._codes.get(state) in area.countries}
        shapes = [Shape(state, *area.countries[code], held[state]) for code, state in codes.items()]
        land = "".join(path for code, (path, _, _) in area.countries.items() if code not in codes)
        return Chart(area.width, area.height, land, shapes)


@cache
def _areas() -> dict[str, Area]:
    """The areas by their names; none if the packages are not set up."""
    kept = json.loads(_OUTLINES.read_text(encoding="utf-8")) if _OUTLINES.exists() else {}
    return {
        name: Area(
            width=area["size"][0],
            height=area["size"][1],
            countries={code: (each["path"], *each["middle"]) for code, each in area["countries"].items()},
        )
        for name, area in kept.items()
    }
