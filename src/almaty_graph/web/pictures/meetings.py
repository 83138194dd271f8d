"""Decides how meetings are drawn over time: when each was, and when by sources that differ."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from almaty_graph.names import DEF, RDF, SCHEMA
from almaty_graph.release.record import Record
from almaty_graph.terms import TYPE, Term, iri, iri_value, literal_parts, text_of
from almaty_graph.web.portal.disagreements import Disagreements
from almaty_graph.web.portal.labels import Labels
from almaty_graph.web.portal.tables import print_csv

WIDTH: Final = 1040
_TOP: Final = 28
_ROW: Final = 22
_LEAST: Final = 7  # the width of what takes a day
_MEETING = iri(DEF + "Meeting")
_FROM, _UNTIL = iri(SCHEMA + "startDate"), iri(SCHEMA + "endDate")
_SAID = {
    name: iri(SCHEMA + term)
    for name, term in {
        "places": "location",
        "attended": "attendee",
        "organizers": "organizer",
        "documents": "subjectOf",
    }.items()
}
_COLUMNS: Final = ("meeting", "label", "from", "until", *_SAID, "claims", "disagreements")


@dataclass(frozen=True)
class Meeting:
    """A meeting as the view has it, and the days that its sources name for its beginning and its end."""

    name: Term
    first: str | None
    last: str | None
    said: dict[str, list[Term]]
    days: tuple[str, ...]
    claims: int
    disagreements: list[Term]

    @property
    def is_disputed(self) -> bool:
        """Whether a source has it begin or end on another day than the view."""
        return bool(self.days) and (self.days[0], self.days[-1]) != (self.first, self.last)


@dataclass(frozen=True)
class Mark:
    """A meeting in the picture: its line, where it begins and how wide it is; the days that sources name."""

    meeting: Meeting
    y: int
    x: float
    width: float
    disputed: tuple[float, float] | None

    @property
    def is_late(self) -> bool:
        """Whether its name has no room after it."""
        return self.x > WIDTH / 2


@dataclass(frozen=True)
class Row:
    """All marks, the years with where they stand, and the size."""

    marks: list[Mark]
    years: list[tuple[int, float]]
    height: int
    width: int = WIDTH


class Meetings:
    """When the meetings were."""

    title = "Meetings over time"

    def __init__(self, record: Record) -> None:
        self.record, self.labels, self.disputes = record, Labels(record), Disagreements(record)

    @cached_property
    def _all(self) -> list[Meeting]:
        """The earliest first; those without a date last."""
        found = [self._meeting(name) for name in self.record.subjects(TYPE, _MEETING)]
        return sorted(found, key=lambda each: (each.first or "~", each.name))

    def drawn(self) -> dict[str, object]:
        """What the picture shows."""
        return {"picture": draw(self._all), "meetings": self._all}

    def table(self) -> str:
        """The meetings as CSV; “ ‖ ” parts the values of a cell."""
        rows = [
            (
                iri_value(each.name),
                self.labels.of(each.name),
                each.first or "",
                each.last or "",
                *(" ‖ ".join(map(self.labels.of, values)) for values in each.said.values()),
                each.claims,
                len(each.disagreements),
            )
            for each in self._all
        ]
        return print_csv(_COLUMNS, rows)

    def _meeting(self, name: Term) -> Meeting:
        values, claims = self.record.values, self.record.claims_about(name)
        dated = [claim for claim in claims if {_FROM, _UNTIL} & {*values(claim, iri(RDF + "predicate"))}]
        days = (literal_parts(day).value for claim in dated for day in values(claim, iri(RDF + "object")))
        first, last = (min(map(text_of, values(name, term)), default=None) for term in (_FROM, _UNTIL))
        return Meeting(
            name=name,
            first=first,
            last=last,
            said={key: values(name, term) for key, term in _SAID.items()},
            days=tuple(sorted(days)),
            claims=len(claims),
            disagreements=self.disputes.on(name),
        )


def draw(meetings: list[Meeting]) -> Row | None:
    """The picture of the meetings that have a date; None if none has."""
    dated = [(each, _day(each.first), _day(each.last or each.first)) for each in meetings if each.first]
    if not dated:
        return None
    first, last = (date.fromordinal(day).year for day in (dated[0][1], max(end for _, _, end in dated)))
    begin, end = date(first, 1, 1).toordinal(), date(last + 1, 1, 1).toordinal()

    def place(day: int) -> float:
        return round(WIDTH * (day - begin) / (end - begin), 1)

    def span(start: int, finish: int) -> tuple[float, float]:
        return place(start), max(_LEAST, round(place(finish + 1) - place(start), 1))

    marks = [
        Mark(
            each,
            _TOP + _ROW * number,
            *span(start, finish),
            span(_day(each.days[0]), _day(each.days[-1])) if each.is_disputed else None,
        )
        for number, (each, start, finish) in enumerate(dated)
    ]
    years = [(year, place(date(year, 1, 1).toordinal())) for year in range(first, last + 1)]
    return Row(marks, years, _TOP + _ROW * len(marks))


def _day(text: str | None) -> int:
    """The first day of a date, of whatever precision, as an ordinal."""
    return date.fromisoformat(f"{text}-01-01"[:10]).toordinal()
