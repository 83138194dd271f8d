"""Decides which literals a store that keeps values, not texts, may turn into others.

The engine turns `"01"^^xsd:integer` into `1`, and `"5"^^xsd:byte` into an `xsd:integer`.
"""

import re
from typing import Final

import pyoxigraph as ox

from almaty_graph.names import XSD
from almaty_graph.terms import Term, is_literal, literal, literal_parts

_NOBODYS: Final = "urn:almaty-graph:exact:"  # datatypes of no literal
_ZONE: Final = r"(?:Z|[+-](?!00:00)\d\d:\d\d)?"
_SECONDS: Final = r"(?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d{0,5}[1-9])?"
# Of datatypes whose literals the engine may turn: the forms that it leaves as they are.
_KEPT: Final = {
    "boolean": r"true|false",
    "integer": r"0|-?[1-9]\d{0,17}",
    "decimal": r"0|-?[1-9]\d{0,9}|-?(?:0|[1-9]\d{0,7})\.\d{0,7}[1-9]",
    "double": r"0|-?[1-9]\d{0,9}|-?(?:0|[1-9]\d{0,6})\.\d{0,6}[1-9]|-?INF|NaN",
    "float": r"0|-?[1-9]\d{0,4}|-?(?:0|[1-9]\d?)\.\d{0,2}[1-9]|-?INF|NaN",
    "date": rf"[1-9]\d{{3}}-\d\d-\d\d{_ZONE}",
    "time": rf"{_SECONDS}{_ZONE}",
    "dateTime": rf"[1-9]\d{{3}}-\d\d-\d\dT{_SECONDS}{_ZONE}",
    "gYear": rf"[1-9]\d{{3}}{_ZONE}",
    "gYearMonth": rf"[1-9]\d{{3}}-\d\d{_ZONE}",
    "gMonth": rf"--\d\d{_ZONE}",
    "gDay": rf"---\d\d{_ZONE}",
    "gMonthDay": rf"--\d\d-\d\d{_ZONE}",
    "duration": r"P[1-9]Y|P(?:[1-9]|1[01])M|P[1-9]D",
} | dict.fromkeys(
    ("dayTimeDuration", "yearMonthDuration", "dateTimeStamp", "long", "int", "short", "byte",
     "nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger", "unsignedLong",
     "unsignedInt", "unsignedShort", "unsignedByte"),
    r"(?!)",
)  # fmt: skip
_FORMS: Final = {XSD + name: re.compile(form).fullmatch for name, form in _KEPT.items()}


def is_turned(term: ox.Literal) -> bool:
    """Whether the engine would make another literal of it."""
    kept = _FORMS.get(term.datatype.value)
    return kept is not None and not kept(term.value)


def stored(term: Term) -> Term:
    """A term as a query compares it; a literal that an engine may have turned is compared with nothing."""
    if not is_literal(term):
        return term
    value, datatype, language = literal_parts(term)
    if language:
        return literal(value, language=language.lower())
    turned = is_turned(ox.Literal(value, datatype=ox.NamedNode(datatype)))
    return literal(value, _NOBODYS + datatype if turned else datatype)
