"""Decides what the columns of an answer hold: numbers, dates, or what else may name a row."""

import math
import re
from calendar import monthrange
from datetime import date
from enum import Enum
from typing import Final

from almaty_graph.dates import DAY, MONTH, YEAR, is_partial_date
from almaty_graph.names import XSD
from almaty_graph.web.portal.tables import Cell, Table

Days = tuple[int, int]  # the first and the last, as ordinals

_NUMERIC: Final = frozenset(
    XSD + name
    for name in (
        "decimal", "double", "float", "integer", "long", "int", "short", "byte", "nonNegativeInteger",
        "positiveInteger", "nonPositiveInteger", "negativeInteger", "unsignedLong", "unsignedInt",
        "unsignedShort", "unsignedByte",
    )
)  # fmt: skip
_MOMENTS: Final = frozenset(XSD + name for name in ("dateTime", "dateTimeStamp"))
_DATED: Final = frozenset((DAY, MONTH, YEAR)) | _MOMENTS
_ZONE: Final = re.compile(r"(?:Z|[+-]\d\d:\d\d)\Z")
_LARGEST: Final = 1e300  # beyond, scales would overflow


class Kind(Enum):
    """What a column holds, the best to name rows by first."""

    TEXT = 0
    DATE = 1
    NUMBER = 2
    NOTHING = 3


def kinds_of(table: Table) -> dict[str, Kind]:
    """What each column holds; blank cells do not count."""
    return {
        name: _kind([row[n] for row in table.rows if row[n].text]) for n, name in enumerate(table.columns)
    }


def _kind(cells: list[Cell]) -> Kind:
    found = {each.datatype for each in cells}
    if not found:
        return Kind.NOTHING
    return Kind.NUMBER if found <= _NUMERIC else Kind.DATE if found <= _DATED else Kind.TEXT


def number_of(cell: Cell) -> float | None:
    """The number in a cell; None if there is none that can be drawn to scale."""
    if cell.datatype not in _NUMERIC or "_" in cell.text:
        return None
    try:
        number = float(cell.text)
    except ValueError:
        return None
    return number if number == 0 or 1 / _LARGEST < math.fabs(number) < _LARGEST else None


def days_of(cell: Cell) -> Days | None:
    """The days on which what is dated so may have been: of a year all of its days; None if it is no date."""
    value, datatype = _ZONE.sub("", cell.text), cell.datatype or ""
    if datatype in _MOMENTS:
        value, datatype = value.partition("T")[0], DAY
    if not is_partial_date(value, datatype):
        return None
    first = date.fromisoformat((value + "-01-01")[:10])
    month = 12 if datatype == YEAR else first.month
    last = first if datatype == DAY else date(first.year, month, monthrange(first.year, month)[1])
    return first.toordinal(), last.toordinal()
