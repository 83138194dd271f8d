"""Decides what a partial date is: how XSD and sentences write it, and whether a period holds on a day."""

import datetime
import re
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from babel.dates import get_month_names

from almaty_graph.errors import QueryError
from almaty_graph.names import XSD

YEAR: Final = XSD + "gYear"
MONTH: Final = XSD + "gYearMonth"
DAY: Final = XSD + "date"

_LANGUAGES = ("en", "ru")
_MONTHS = {
    name.lower(): number
    for language in _LANGUAGES
    for context in ("format", "stand-alone")
    for number, name in get_month_names("wide", context, language).items()
}
_NAMES = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAYS = r"(\d{1,2})(?:\s*[-–]\s*(\d{1,2}))?"
_WRITTEN = re.compile(
    # "28 September" of "28 September - 2 October 2018", whose year stands further on
    rf"(?:\b(\d{{1,2}})\s+)?\b({_NAMES})\s*[-–]\s*(?=(?:\d{{1,2}}\s+)?(?:{_NAMES})\s+(\d{{4}})\b)"
    # "2 October 2018", "4 - 5 September 2017", "March 15-16, 2011", "October 2016"
    rf"|(?:\b{_DAYS}\s+)?\b({_NAMES})(?:\s+{_DAYS},)?\s+(\d{{4}})\b"
    # "2013"
    r"|\b((?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_LEXICAL = {
    YEAR: re.compile(r"\d{4}\Z"),
    MONTH: re.compile(r"\d{4}-(?:0[1-9]|1[0-2])\Z"),
    DAY: re.compile(r"\d{4}-\d\d-\d\d\Z"),
}


class PartialDate(NamedTuple):
    """A year, a month or a day: the lexical form and the XSD datatype of that precision."""

    value: str
    datatype: str


class Answer(Enum):
    """Whether something held on a day, as far as its bounds tell."""

    CERTAINLY = "certainly"
    POSSIBLY = "possibly"
    NOT = "not"


@dataclass(frozen=True)
class Bounds:
    """The days between which a period began and ended, as XSD writes days; None where nothing is known."""

    earliest_start: str | None = None
    latest_start: str | None = None
    earliest_end: str | None = None
    latest_end: str | None = None

    def answer_on(self, day: str) -> Answer:
        """Whether the period holds on a day; the first and the last day belong to it."""
        return self.answer_within(day, day)

    def answer_within(self, first: str, last: str) -> Answer:
        """Whether the period holds on a day of those from the first to the last."""
        if self.earliest_start is not None and last < self.earliest_start:
            return Answer.NOT
        if self.latest_end is not None and first > self.latest_end:
            return Answer.NOT
        if self.latest_start is None or self.earliest_end is None or self.latest_start > self.earliest_end:
            return Answer.POSSIBLY
        return (
            Answer.CERTAINLY if self.latest_start <= last and first <= self.earliest_end else Answer.POSSIBLY
        )

    @property
    def known(self) -> tuple[str, ...]:
        """The days that are known, in order."""
        each = (self.earliest_start, self.latest_start, self.earliest_end, self.latest_end)
        return tuple(sorted(filter(None, each)))


def parse_day(text: str) -> str:
    """The text, if it is a day of the calendar; QueryError says what was found and what would be right."""
    if not text.isascii() or not is_partial_date(text, DAY):
        raise QueryError(f"found {text!r} for a day: write a day of the calendar as 2018-05-01")
    return text


def is_partial_date(value: str, datatype: str) -> bool:
    """Whether the value is a date of that datatype, with a year of four digits (XSD 1.1, 3.3.9 to 3.3.12)."""
    if datatype not in _LEXICAL or not _LEXICAL[datatype].match(value):
        return False
    try:
        datetime.date.fromisoformat((value + "-01-01")[:10])
    except ValueError:
        return False
    return True


def read_dates(text: str) -> list[PartialDate]:
    """The dates that a text in English or Russian gives, in its order and at its precision.

    "4 - 5 September 2017" gives two days, "October 2016" a month, "2013" a year.
    """
    found = []
    for match in _WRITTEN.finditer(text):
        early, early_month, early_year, first, last, month, us_first, us_last, year, alone = match.groups()
        if alone:
            found.append(PartialDate(alone, YEAR))
            continue
        stem = f"{early_year or year}-{_MONTHS[(early_month or month).lower()]:02}"
        days = [int(day) for day in (early or first or us_first, last or us_last) if day]
        found += [PartialDate(f"{stem}-{day:02}", DAY) for day in days] or [PartialDate(stem, MONTH)]
    return [date for date in found if is_partial_date(*date)]
