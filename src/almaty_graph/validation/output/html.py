"""Decides what a validation looks like as a page: one file that needs nothing else, a block for each rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from almaty_graph import __version__
from almaty_graph.terms import Term, text_of
from almaty_graph.validation.output.remedies import remedy_of_all
from almaty_graph.validation.output.words import (
    NO_PREFIXES,
    Words,
    counted,
    name_of,
    one_line,
    said_once,
    shortened,
    visible,
    with_known,
)
from almaty_graph.validation.report import Result, Severity, Validation

_OPEN: Final = 20  # a block of so few results need not be opened to be read


@dataclass(frozen=True)
class Name:
    """A term as it is shown, and the whole IRI if only its last part is."""

    shown: str
    full: str


@dataclass(frozen=True)
class Row:
    """A result as it is shown; `mark` names the component where that differs from the block's."""

    place: str
    focus: Name
    path: str
    value: Name | None
    message: str
    mark: str
    details: tuple["Row", ...]


@dataclass(frozen=True)
class Block:
    """The results of one rule."""

    number: int
    severity: Severity
    rule: Name
    component: str
    path: str
    place: str
    remedy: str
    open: bool
    rows: tuple[Row, ...]

    @property
    def columns(self) -> tuple[bool, bool, bool]:
        """Whether there is any place, path or value to be shown in a column."""
        rows = self.rows
        return any(r.place for r in rows), any(r.path for r in rows), any(r.value for r in rows)


def write(validation: Validation, prefixes: Mapping[str, str] = NO_PREFIXES) -> str:
    """The results as a page in HTML."""
    words = Words(prefixes)
    groups = validation.grouped()
    page = _ENVIRONMENT.get_template("report.html")
    return page.render(
        version=__version__,
        conforms=validation.conforms,
        counts=[(each, counted(validation.count(each), each.value.lower())) for each in Severity],
        notes=[one_line(note) for note in validation.notes],
        total=counted(len(validation.results), "result"),
        blocks=[_block(number, group, words) for number, group in enumerate(groups, start=1)],
        prefixes=sorted(with_known(prefixes).items()),
        counted=counted,
    )


_ENVIRONMENT: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _block(number: int, group: list[Result], words: Words) -> Block:
    first, path = group[0], said_once(group)
    name = words.rule(first)
    return Block(
        number=number,
        severity=first.severity,
        rule=Name(name, _full(name_of(first) or "", name)),
        component=words.component(first),
        path=words.path(path) if path else "",
        place=visible(str(first.shape_place or "")),
        remedy=remedy_of_all(group, words),
        open=len(group) <= _OPEN,
        rows=tuple(_row(each, words, path) for each in group),
    )


def _row(result: Result, words: Words, path: str | None, mark: str = "") -> Row:
    differs = result.value is not None and result.value != result.focus
    return Row(
        place=visible(str(result.place or "")),
        focus=_name(result.focus, words),
        path=words.path(result.path) if result.path and result.path != path else "",
        value=_name(result.value, words) if result.value is not None and differs else None,
        message=words.message(result),
        mark=mark,
        details=tuple(_row(each, words, None, words.component(each)) for each in result.details),
    )


def _name(term: Term, words: Words) -> Name:
    shown = words.term(term)
    return Name(shown, _full(term, shown))


def _full(term: Term, shown: str) -> str:
    full = visible(shortened(text_of(term)))
    return full if term.startswith("<") and shown.startswith("<") and full != shown[1:-1] else ""
