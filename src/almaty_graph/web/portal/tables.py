"""Decides how a table of results is shown to people: cells as text and links, from SPARQL 1.1 JSON."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from almaty_graph.names import document_path
from almaty_graph.web.portal.translations import gettext


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
    """The table in a recorded answer."""
    header, *rows = list(csv.reader(io.StringIO(text, newline="")))
    return Table(tuple(header), tuple(tuple(_text_cell(value) for value in row) for row in rows))


def print_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table as CSV (RFC 4180)."""
    text = io.StringIO()
    csv.writer(text).writerows([columns, *rows])
    return text.getvalue()


def _cell(term: dict[str, str] | None) -> Cell:
    if term is None:
        return Cell("")
    if term["type"] == "uri":
        return _text_cell(term["value"])
    return Cell(term["value"], datatype=term.get("datatype"))


def _text_cell(value: str) -> Cell:
    is_link = value.startswith(("http://", "https://")) and " " not in value
    return Cell(value, (document_path(value) or value) if is_link else None)
