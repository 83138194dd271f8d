"""Decides how a report is shown beside the text that it is about: in plain words, with the lines marked."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from almaty_graph.names import PREFIXES, SHAPES
from almaty_graph.terms import Term, iri_value, is_iri
from almaty_graph.validation.documents import Document
from almaty_graph.validation.output.words import Words
from almaty_graph.web.portal.labels import Labels
from almaty_graph.web.portal.translations import gettext

_AROUND: Final = 2  # lines before and after one that is marked, where not all are shown
_WHOLE: Final = 1_000  # lines of a text that is shown whole
_LONG: Final = 400  # characters of a line
_PLACE: Final = re.compile(r"([^:]+):(\d+)(?::(\d+))?: (.*)", re.DOTALL)
_MEND: Final = "Mend the text at this place: until it can be read, no rule can be checked."
_WORDS: Final = Words(PREFIXES)

Line = tuple[int, str, list[int]]


@dataclass(frozen=True)
class Part:
    """A part of what a result is about: what it is to that, in words, and where it leads, if anywhere."""

    role: str
    text: str
    link: str | None


@dataclass(frozen=True)
class Marked:
    """A text by its lines, each with its number and the numbers of the results that stand there."""

    name: str
    anchor: str
    lines: list[Line]


def parts_of(result: dict[str, Any], labels: Labels, *, is_by_ours: bool) -> list[Part]:
    """What a result is about: the thing, its property and the value; and the rule, if that is one of ours."""
    found = [_part(gettext("About"), result["focus"], labels), _path(result["path"], labels)]
    if result["value"] != result["focus"]:
        found.append(_part(gettext("Value"), result["value"], labels))
    rule = result["constraint"] or result["shape"]
    if is_by_ours and rule and rule.startswith(f"<{SHAPES}"):
        found.append(
            Part(gettext("Rule"), labels.compact(rule), f"/shapes#{iri_value(rule).removeprefix(SHAPES)}")
        )
    return [each for each in found if each]


def problem_of(detail: str) -> dict[str, Any]:
    """What could not be read, told as a result: with its place, if the message begins with one."""
    told = _PLACE.fullmatch(detail)
    file, line, column, message = told.groups() if told else (None, None, None, detail)
    place = {"file": file, "line": int(line), "column": column and int(column)} if told and line else None
    message = message[:1].upper() + message[1:]
    return {"severity": "", "message": message, "place": place, "remedy": _MEND if place else ""}


def mark(documents: Iterable[Document], results: Sequence[dict[str, Any]]) -> list[Marked]:
    """The texts that results stand in: whole, or the lines about them if they are long."""
    found = []
    for document in documents:
        at: dict[int, list[int]] = {}
        for number, each in enumerate(results, start=1):
            place = each["place"] or {}
            if place.get("file") == document.name and place.get("line"):
                at.setdefault(place["line"], []).append(number)
        if at:
            found.append(Marked(document.name, anchor(document.name), list(_lines(document, at))))
    return found


def anchor(name: str) -> str:
    """The name of a document as part of an address within the page."""
    return re.sub(r"\s+", "-", name)


def text_of(document: Document) -> str:
    """The text of a document, whatever its bytes."""
    return document.text.decode(errors="replace")


def _lines(document: Document, at: dict[int, list[int]]) -> Iterable[Line]:
    lines = text_of(document).rstrip("\n").split("\n")
    near = {line + step for line in at for step in range(-_AROUND, _AROUND + 1)}
    for number, text in enumerate(lines, start=1):
        if len(lines) <= _WHOLE or number in near:
            yield number, text if len(text) <= _LONG else text[:_LONG] + "…", at.get(number, [])
    if len(lines) in (line - 1 for line in at):  # where something is missing at the end
        yield len(lines) + 1, "", at[len(lines) + 1]


def _part(role: str, term: Term | None, labels: Labels) -> Part | None:
    if not term:
        return None
    if not is_iri(term):
        return Part(role, _WORDS.term(term), None)
    compact, label = labels.compact(term), labels.of(term)
    is_known = label != compact
    return Part(
        role, f"{label} ({compact})" if is_known else compact, labels.link(term) if is_known else None
    )


def _path(path: str | None, labels: Labels) -> Part | None:
    """The property, by its label; of a longer path, each step by its prefixed name."""
    if path and re.fullmatch(r"<[^<>]*>", path):
        return _part(gettext("Property"), path, labels)
    return Part(gettext("Path"), _WORDS.path(path), None) if path else None
