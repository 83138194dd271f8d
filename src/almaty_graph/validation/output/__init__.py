"""Decides in which formats a validation is told: the one table of outputs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from almaty_graph.validation.output import github, html, json_report, junit, rdf, sarif, text
from almaty_graph.validation.output.words import NO_PREFIXES
from almaty_graph.validation.report import Validation


@dataclass(frozen=True)
class Output:
    """One row: what the format is called, its media type and file suffix, and what writes it."""

    name: str
    media_type: str
    suffix: str
    write: Callable[[Validation, Mapping[str, str]], str]


OUTPUTS: Final = {
    each.name: each
    for each in (
        Output("text", "text/plain", "txt", text.write),
        Output("turtle", "text/turtle", "ttl", rdf.write_turtle),
        Output("jsonld", "application/ld+json", "jsonld", rdf.write_json_ld),
        Output("json", "application/json", "json", json_report.write),
        Output("sarif", "application/sarif+json", "sarif", sarif.write),
        Output("junit", "application/xml", "xml", junit.write),
        Output("github", "text/plain", "txt", github.write),
        Output("html", "text/html", "html", html.write),
    )
}


def write(validation: Validation, name: str, prefixes: Mapping[str, str] = NO_PREFIXES) -> bytes:
    """The validation in the format of that name, as UTF-8; ValueError if there is no such format."""
    if name not in OUTPUTS:
        raise ValueError(f"there is no output {name}: choose one of {', '.join(OUTPUTS)}")
    # Half of a surrogate pair is not UTF-8; so escaped it is still JSON.
    return OUTPUTS[name].write(validation, prefixes).encode(errors="backslashreplace")
