"""Decides how a validation is told to programs: one JSON object.

    conforms    true if there is no result
    counts      how many results there are: {"violations", "warnings", "infos"}
    notes       what a reader has to know about how the results were found
    results     the worst first, then by place; each is an object with

        severity    "Violation", "Warning" or "Info"
        focus       the focus node
        shape       the shape that is broken
        constraint  the SPARQL constraint that is broken, or null
        component   the constraint component: the local name of one of SHACL's, the IRI of any other
        path        the path as SPARQL writes it, or null
        value       the value that is wrong, or null
        message     what is said of it, in one line
        messages    the same, as it was written: a string for each message
        remedy      what would be right, in one sentence
        identity    what stays the same of it when lines shift: with it, two reports can be compared
        place       where it stands: {"file", "line", "column"} counted from 1, null where not known; or null
        shapePlace  where the shape stands, likewise
        details     the results that led to it: objects like this one

Terms are N-Triples text (`<http://example.org/a>`, `_:b0`, `"5"^^<http://…#integer>`), never cut.
"""

import json
from collections.abc import Mapping
from typing import Any

from almaty_graph.places import Place
from almaty_graph.validation.output.remedies import remedy
from almaty_graph.validation.output.words import NO_PREFIXES, Words
from almaty_graph.validation.report import Result, Severity, Validation


def write(validation: Validation, prefixes: Mapping[str, str] = NO_PREFIXES) -> str:
    """The validation as one JSON object; prefixes shorten names in remedies, nowhere else."""
    words = Words(prefixes)
    report = {
        "conforms": validation.conforms,
        "counts": {f"{each.value.lower()}s": validation.count(each) for each in Severity},
        "notes": list(validation.notes),
        "results": [fields(each, words) for each in validation.results],
    }
    return json.dumps(report, ensure_ascii=False, indent=1) + "\n"


def fields(result: Result, words: Words) -> dict[str, Any]:
    """A result as the object that the module describes."""
    return {
        "severity": result.severity.value,
        "focus": result.focus,
        "shape": result.shape,
        "constraint": result.constraint,
        "component": result.component,
        "path": result.path,
        "value": result.value,
        "message": result.message,
        "messages": list(result.messages),
        "remedy": remedy(result, words),
        "identity": result.identity,
        "place": _place(result.place),
        "shapePlace": _place(result.shape_place),
        "details": [fields(each, words) for each in result.details],
    }


def _place(place: Place | None) -> dict[str, Any] | None:
    return None if place is None else {"file": place.path, "line": place.line, "column": place.column}
