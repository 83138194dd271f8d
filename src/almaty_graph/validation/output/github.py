"""Decides how a validation is told to GitHub Actions: each result is an annotation of its file."""

from collections.abc import Mapping
from typing import Final

from almaty_graph.validation.output.remedies import remedy
from almaty_graph.validation.output.words import NO_PREFIXES, Words, verdict, visible
from almaty_graph.validation.report import Result, Severity, Validation

_COMMANDS: Final = {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def write(validation: Validation, prefixes: Mapping[str, str] = NO_PREFIXES) -> str:
    """A command for each result and each note, and the verdict as a line of the log."""
    words = Words(prefixes)
    lines = [_command(each, words) for each in validation.results]
    lines += [f"::notice title=Note::{_data(note)}" for note in validation.notes]
    return "\n".join([*lines, verdict(validation)]) + "\n"


def _command(result: Result, words: Words) -> str:
    place = result.place
    properties: dict[str, object] = {}
    if place:
        properties |= {"file": place.path, "line": place.line, "col": place.column}
    properties["title"] = f"{words.component(result)} of {words.rule(result)}"
    told = ",".join(
        f"{name}={_property(str(value))}" for name, value in properties.items() if value is not None
    )
    text = f"{words.sentence(result)}\n{remedy(result, words)}"
    return f"::{_COMMANDS[result.severity]} {told}::{_data(text)}"


def _data(text: str) -> str:
    lines = text.replace("%", "%25").split("\n")
    return "%0A".join(visible(line.replace("\r", "%0D")) for line in lines)


def _property(text: str) -> str:
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return visible(escaped.replace(":", "%3A").replace(",", "%2C"))
