"""Decides how a table of results is shown to people: cells as text and links, from SPARQL 1.1 JSON or CSV."""

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from almaty_graph.dates import DAY, MONTH, YEAR, is_partial_date
from almaty_graph.names import XSD, document_path
from almaty_graph.web.portal.translations import gettext

_DECIMAL: Final = XSD + "decimal"
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")  # not 004, which is a code


@dataclass(frozen=True)
class Cell:
    """One cell: its text, where it leads if it is an IRI, and its datatype if it is told to have one."""

    text: str
    href: str | None = None
    datatype: str | None = None


@dataclass(frozen=True)
class Table:
    """Names of columns, and rows of cells."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def read_table(data: bytes) -> Table:
    """The table in an answer as SPARQL 1.1 JSON; an ASK is a table of one cell."""
    answer = json.loads(data)
    if "boolean" in answer:
        said = gettext("yes") if answer["boolean"] else gettext("no")
        return Table((gettext("answer"),), ((Cell(said),),))
    columns = tuple(answer["head"]["vars"])
    bindings = answer["results"]["bindings"]
    return Table(columns, tuple(tuple(_cell(row.get(name)) for name in columns) for row in bindings))


def read_csv(text: str) -> Table:
    """The table in a recorded answer.

    CSV tells no datatypes: a column is of dates, or of numbers, if all that is in it can be read so.
    """
    header, *rows = list(csv.reader(io.StringIO(text, newline="")))
    # A row of one blank cell is a blank line, and is read as a row without cells.
    columns = [_typed([_text_cell("".join(row[n : n + 1])) for row in rows]) for n in range(len(header))]
    return Table(tuple(header), tuple(zip(*columns, strict=True)))


def print_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table as CSV (RFC 4180)."""
    text = io.StringIO()
    csv.writer(text).writerows([columns, *rows])
    return text.getvalue()


def _typed(cells: list[Cell]) -> list[Cell]:
    """The cells of a column with their datatypes, if all that are not blank have one."""
    for datatype_of in (_date_type, _number_type):
        found = [datatype_of(cell.text) if cell.text else "" for cell in cells]
        if any(found) and None not in found:
            return [replace(cell, datatype=name or None) for cell, name in zip(cells, found, strict=True)]
    return cells


def _date_type(text: str) -> str | None:
    return next((datatype for datatype in (DAY, MONTH, YEAR) if is_partial_date(text, datatype)), None)


def _number_type(text: str) -> str | None:
    return _DECIMAL if _NUMBER.fullmatch(text) else None


def _cell(term: dict[str, str] | None) -> Cell:
    if term is None:
        return Cell("")
    if term["type"] == "uri":
        return _text_cell(term["value"])
    return Cell(term["value"], datatype=term.get("datatype"))


def _text_cell(value: str) -> Cell:
    is_link = value.startswith(("http://", "https://")) and " " not in value
    return Cell(value, (document_path(value) or value) if is_link else None)
