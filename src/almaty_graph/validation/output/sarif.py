"""Decides how a validation is told to code scanning: SARIF 2.1.0, a rule for each shape and component."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from almaty_graph import __version__
from almaty_graph.names import BASE
from almaty_graph.places import Place
from almaty_graph.terms import iri_value, text_of
from almaty_graph.validation.output.json_report import fields
from almaty_graph.validation.output.remedies import remedy, remedy_of_all
from almaty_graph.validation.output.words import NO_PREFIXES, Words, name_of
from almaty_graph.validation.report import Result, Severity, Validation

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


def write(validation: Validation, prefixes: Mapping[str, str] = NO_PREFIXES) -> str:
    """The validation as a log of one run."""
    words = Words(prefixes)
    rules: dict[str, dict[str, Any]] = {}
    for group in validation.grouped():
        rules.setdefault(_rule_id(group[0], words), _rule(group, words))
    numbers, seen = {name: number for number, name in enumerate(rules)}, Counter[str]()
    run = {
        "tool": {
            "driver": {
                "name": "almaty-graph",
                "version": __version__,
                "informationUri": BASE,
                "rules": list(rules.values()),
            }
        },
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": _notes(validation)}],
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, words, numbers, seen) for each in validation.results],
    }
    return (
        json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=1)
        + "\n"
    )


def _notes(validation: Validation) -> list[dict[str, Any]]:
    return [{"level": "note", "message": {"text": note}} for note in validation.notes]


def _rule_id(result: Result, words: Words) -> str:
    """The name of a rule: the same in every run, so without blank nodes and lines."""
    name = name_of(result)
    rule = words.prefixed(iri_value(name)) or iri_value(name) if name else words.rule(result)
    return f"{rule}/{words.component(result)}"


def _rule(group: list[Result], words: Words) -> dict[str, Any]:
    first = group[0]
    return {
        "id": _rule_id(first, words),
        "shortDescription": {"text": f"{words.component(first)} of {words.rule(first)}"},
        "help": {"text": remedy_of_all(group, words)},
        "defaultConfiguration": {"level": _LEVELS[first.severity]},
    }


def _result(result: Result, words: Words, numbers: Mapping[str, int], seen: Counter[str]) -> dict[str, Any]:
    told = fields(result, words)
    rule, mark = _rule_id(result, words), result.identity
    seen[mark] += 1
    location: dict[str, Any] = {}
    if result.place:
        location["physicalLocation"] = _physical(result.place)
    if result.focus:
        name = {
            "name": words.term(result.focus),
            "fullyQualifiedName": text_of(result.focus),
            "kind": "resource",
        }
        location["logicalLocations"] = [name]
    found: dict[str, Any] = {
        "ruleId": rule,
        "ruleIndex": numbers[rule],
        "level": _LEVELS[result.severity],
        "message": {"text": f"{_ended(words.whole_message(result))} {remedy(result, words)}"},
        "locations": [location] if location else [],
        # Results that nothing but their lines tells apart are numbered.
        "partialFingerprints": {"result/v1": f"{mark}:{seen[mark]}"},
        "properties": {
            k: told[k] for k in ("focus", "shape", "constraint", "component", "path", "value", "details")
        },
    }
    if result.shape_place:
        shape = {"physicalLocation": _physical(result.shape_place), "message": {"text": "the shape"}}
        found["relatedLocations"] = [shape]
    return found


def _ended(message: str) -> str:
    return message if message.endswith((".", "!", "?")) else f"{message}."


def _physical(place: Place) -> dict[str, Any]:
    uri = place.path if _SCHEME.match(place.path) else quote(place.path, errors="surrogateescape")
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    if place.line:
        physical["region"] = {"startLine": place.line}
        if place.column:
            physical["region"]["startColumn"] = place.column
    return physical
