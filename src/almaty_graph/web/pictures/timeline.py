"""Decides how terms of a role are drawn over time: the certain, the possible, and what sources dispute."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Final

from almaty_graph.dates import Bounds
from almaty_graph.names import ID
from almaty_graph.release.record import Record
from almaty_graph.terms import Term, iri, iri_value
from almaty_graph.web.portal.claims import ClaimRow
from almaty_graph.web.portal.conclusions import Conclusions
from almaty_graph.web.portal.labels import Labels
from almaty_graph.web.portal.periods import Periods
from almaty_graph.web.portal.tables import print_csv
from almaty_graph.web.portal.translations import gettext

WIDTH: Final = 1040
_ROLE: Final = iri(ID + "role/chair")
_LEFT: Final = 250  # where time begins; names stand before it
_TOP: Final = 28
_LINE: Final = 14
_BETWEEN: Final = 12
_OPEN: Final = 183  # days by which a bar goes on where nobody says how long
_COLUMNS: Final = (
    "holder",
    "accordingTo",
    "source",
    "earliestStart",
    "latestStart",
    "earliestEnd",
    "latestEnd",
    "claim",
)

Days = tuple[int, int]  # the first and the last, as ordinals


@dataclass(frozen=True)
class Dated:
    """When a source, or the view without one, has somebody hold a role."""

    row: ClaimRow
    source: Term | None
    bounds: Bounds

    @property
    def possible(self) -> Days | None:
        """The days on which it may have been so, for some time on where it is open; None if none is known."""
        known = [_day(each) for each in self.bounds.known]
        if not known:
            return None
        first, last = _day(self.bounds.earliest_start), _day(self.bounds.latest_end)
        return first or known[0] - _OPEN, last or known[-1] + _OPEN

    @property
    def certain(self) -> Days | None:
        """The days on which it was so."""
        first, last = _day(self.bounds.latest_start), _day(self.bounds.earliest_end)
        return (first, last) if first and last and first <= last else None

    def meets(self, other: "Dated") -> bool:
        """Whether both may have been so on one day, as far as is known."""
        mine, theirs = self.possible, other.possible
        return not (mine and theirs) or (mine[0] <= theirs[1] and theirs[0] <= mine[1])

    @property
    def is_open(self) -> bool:
        """Whether nothing is said of when it began, or of when it ended."""
        return not (self.bounds.earliest_start and self.bounds.latest_end)


@dataclass(frozen=True)
class Tenure:
    """One conclusion that somebody held a role, and what each source says of when."""

    view: Dated
    claims: list[Dated]

    @property
    def holder(self) -> Term:
        """Who held the role."""
        return self.view.row.subject

    @property
    def disputed(self) -> list[Days]:
        """The days on which one source has it certainly so, and another certainly not."""
        found = []
        for one in self.claims:
            for other in self.claims:
                if one.certain and other.possible and not other.is_open:
                    (first, last), (begun, ended) = one.certain, other.possible
                    found += [(first, min(last, begun - 1)), (max(first, ended + 1), last)]
        return _merged(days for days in found if days[0] <= days[1])


@dataclass(frozen=True)
class Bar:
    """A line of the picture: its middle, and where its parts begin and how wide they are."""

    dated: Dated
    y: int
    possible: tuple[float, float]
    certain: tuple[float, float] | None


@dataclass(frozen=True)
class Band:
    """The lines of one tenure: where they begin, how high they are, and what is disputed in them."""

    tenure: Tenure
    y: int
    height: int
    bars: list[Bar]
    disputed: list[tuple[float, float]]


@dataclass(frozen=True)
class Picture:
    """All bands, the first days of years with where they stand, and the size."""

    bands: list[Band]
    years: list[tuple[int, float]]
    height: int
    width: int = WIDTH


class Timeline:
    """Who chaired, and when."""

    title = "Who chaired, and when"

    def __init__(self, record: Record) -> None:
        self.conclusions, self.periods, self.labels = Conclusions(record), Periods(record), Labels(record)

    @cached_property
    def tenures(self) -> list[Tenure]:
        """The conclusions that somebody held the role, the earliest first, each with the claims on it.

        A claim that bears on several terms of one holder stands with those of its own time.
        """
        found = [self._tenure(line.row) for line in self.conclusions.with_role(_ROLE)]
        often = Counter(each.row.claim for tenure in found for each in tenure.claims)
        return [
            replace(
                tenure, claims=[d for d in tenure.claims if often[d.row.claim] == 1 or d.meets(tenure.view)]
            )
            for tenure in found
        ]

    def _tenure(self, row: ClaimRow) -> Tenure:
        weighed = self.conclusions.weigh(row.claim)
        claims = [*weighed.supporting, *weighed.opposing, *weighed.undecided]
        return Tenure(self._dated(row), [self._dated(each) for each in claims])

    def _dated(self, row: ClaimRow) -> Dated:
        source = row.evidence[0].source if row.evidence else None
        return Dated(row, source, self.periods.bounds(row.claim))

    def drawn(self) -> dict[str, object]:
        """What the picture shows."""
        return {"picture": draw(self.tenures), "tenures": self.tenures, "span": tell_span}

    def drawn_of(self, conclusion: Term) -> dict[str, object] | None:
        """What the picture shows of the one term that a conclusion is about; None if it is about none."""
        own = [each for each in self.tenures if each.view.row.claim == conclusion]
        return {"picture": draw(own), "span": tell_span} if own else None

    def table(self) -> str:
        """The tenures as CSV: the view's line of each first, then a line for each claim."""
        rows = [
            (
                self.labels.of(tenure.holder),
                self.labels.of(each.source) if each.source else "the view",
                iri_value(each.source) if each.source else "",
                *(day or "" for day in _each(each.bounds)),
                iri_value(each.row.claim),
            )
            for tenure in self.tenures
            for each in (tenure.view, *tenure.claims)
        ]
        return print_csv(_COLUMNS, rows)


def draw(tenures: Sequence[Tenure]) -> Picture | None:
    """The picture of tenures; None if nothing is known of when any of them was."""
    spans = [each.possible for tenure in tenures for each in (tenure.view, *tenure.claims) if each.possible]
    if not spans:
        return None
    first = date.fromordinal(min(span[0] for span in spans)).year
    last = date.fromordinal(max(span[1] for span in spans)).year + 1
    begin, end = date(first, 1, 1).toordinal(), date(last, 1, 1).toordinal()

    def place(days: Days) -> tuple[float, float]:
        scale = (WIDTH - _LEFT) / (end - begin)
        return round(_LEFT + scale * (days[0] - begin), 1), round(max(2, scale * (days[1] + 1 - days[0])), 1)

    bands, y = [], _TOP
    for tenure in tenures:
        dated = [each for each in (tenure.view, *tenure.claims) if each.possible]
        bars = [
            Bar(each, y + _LINE * n, place(each.possible), place(each.certain) if each.certain else None)
            for n, each in enumerate(dated)
            if each.possible
        ]
        height = max(_LINE * len(bars), _LINE)
        bands.append(Band(tenure, y, height, bars, [place(days) for days in tenure.disputed]))
        y += height + _BETWEEN
    years = [(year, place((date(year, 1, 1).toordinal(),) * 2)[0]) for year in range(first, last)]
    return Picture(bands, years, y)


def tell_span(first: str | None, last: str | None) -> str:
    """When something was, in words, that was not before a day and not after another."""
    if first == last:
        return first or gettext("not said")
    if first and last:
        return gettext("%(first)s to %(last)s", first=first, last=last)
    if first:
        return gettext("not before %(day)s", day=first)
    return gettext("not after %(day)s", day=last)


def _each(bounds: Bounds) -> tuple[str | None, ...]:
    return bounds.earliest_start, bounds.latest_start, bounds.earliest_end, bounds.latest_end


def _day(text: str | None) -> int:
    """The ordinal of a day; 0 for none."""
    return date.fromisoformat(text).toordinal() if text else 0


def _merged(spans: Iterable[Days]) -> list[Days]:
    merged: list[Days] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged
