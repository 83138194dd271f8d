"""Decides what is known of a literal by its text: whether it is well-formed, and what it is compared by.

Of the usual forms only, of which all readers of the datatype think alike; what is else is for pySHACL to say.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from operator import ge, gt, le, lt
from typing import Final

import pyoxigraph as ox

from almaty_graph.names import XSD

_SIGNED: Final = ("long", "int", "short", "byte")
_UNSIGNED: Final = ("unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte")
# The least and the greatest value of the datatypes that are made of xsd:integer.
_WHOLE: Final[dict[str, tuple[int | None, int | None]]] = {
    "integer": (None, None),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    **{name: (-(1 << bits), (1 << bits) - 1) for name, bits in zip(_SIGNED, (63, 31, 15, 7), strict=True)},
    **{name: (0, (1 << bits) - 1) for name, bits in zip(_UNSIGNED, (64, 32, 16, 8), strict=True)},
}
_ORDERS: Final = {"<": lt, "<=": le, ">": gt, ">=": ge}
# The components that bound values.
SIGNS: Final = {"minInclusive": ">=", "minExclusive": ">", "maxInclusive": "<=", "maxExclusive": "<"}
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}").fullmatch
_DECIMAL: Final = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,15})?").fullmatch
_DOUBLE: Final = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,15})?(?:[eE][+-]?[0-9]{1,2})?").fullmatch
_DATE: Final = re.compile(r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}").fullmatch
_TIME: Final = re.compile(r"(?:[01][0-9]|2[0-3])(?::[0-5][0-9]){2}(Z?)").fullmatch
_YEAR: Final = re.compile(r"[1-9][0-9]{3}").fullmatch
_MONTH: Final = re.compile(r"[1-9][0-9]{3}-(?:0[1-9]|1[0-2])").fullmatch

# What literals of one sort are ordered by: the sort, and the value.
Key = tuple[str, int | Decimal | float | str]


@lru_cache(1 << 16)
def key_of(literal: ox.Literal) -> Key | None:
    """What a literal is compared by with others of the same sort; None if that is not known here."""
    datatype = literal.datatype.value
    read = _KEYS.get(datatype.removeprefix(XSD)) if datatype.startswith(XSD) else None
    return read(literal.value) if read else None


def is_ordered(one: Key | None, other: Key | None, sign: str) -> bool:
    """Whether it is surely so that one is `<`, `<=`, `>` or `>=` another."""
    if one is None or other is None or one[0] != other[0]:
        return False
    holds: bool = _ORDERS[sign](one[1], other[1])
    return holds


def is_well_formed(literal: ox.Literal) -> bool:
    """Whether a literal is surely one of the values of its datatype, one of XML Schema."""
    name, text = literal.datatype.value.removeprefix(XSD), literal.value
    if name == "boolean":
        return text in ("true", "false")
    if name == "gYear":
        return _YEAR(text) is not None
    if name == "gYearMonth":
        return _MONTH(text) is not None
    if name == "time":
        return _TIME(text) is not None
    return key_of(literal) is not None


def _whole(least: int | None, greatest: int | None) -> Callable[[str], Key | None]:
    def read(text: str) -> Key | None:
        if not _INTEGER(text):
            return None
        value = int(text)
        fits = (least is None or value >= least) and (greatest is None or value <= greatest)
        return ("number", value) if fits else None

    return read


def _decimal(text: str) -> Key | None:
    return ("number", Decimal(text)) if _DECIMAL(text) else None


def _double(text: str) -> Key | None:
    return ("number", float(text)) if _DOUBLE(text) else None


def _date(text: str) -> Key | None:
    if not _DATE(text):
        return None
    try:
        date.fromisoformat(text)
    except ValueError:
        return None
    return "date", text


def _moment(text: str) -> Key | None:
    """Those with a time zone are compared with each other only, and so are those without."""
    day, mark, time = text.partition("T")
    found = _TIME(time)
    return (f"moment{found[1]}", text) if mark and found and _date(day) else None


def _text(text: str) -> Key:
    return "text", text


_KEYS: Final[dict[str, Callable[[str], Key | None]]] = {
    **{name: _whole(*bounds) for name, bounds in _WHOLE.items()},
    "decimal": _decimal,
    "double": _double,
    "float": _double,
    "date": _date,
    "dateTime": _moment,
    "string": _text,
}
