"""Decides how a list of identifiers comes with a request: in the address, as JSON, CSV, or by line."""

import csv
import io
from collections.abc import Callable
from typing import Final

from flask import request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType
from werkzeug.http import parse_options_header

from almaty_graph.formats import CSV
from almaty_graph.web.operations.peers import Connections
from almaty_graph.web.protocol.bodies import BODY_BYTES
from almaty_graph.web.protocol.coding import refuse_coded_body
from almaty_graph.web.services.requests import JSON_TYPE, decode, expect, read_json

ENTRIES: Final = 5_000
_CHARACTERS: Final = 2_000
_PLAIN: Final = "text/plain"
LISTS: Final = (JSON_TYPE, CSV.media_type, _PLAIN)
_HEADERS: Final = frozenset(("iri", "uri", "id", "identifier", "url", "asked"))


def is_list() -> bool:
    """Whether the body of the request is of a kind that lists have."""
    return _media_type() in LISTS


def read_list(connections: Connections) -> list[str]:
    """The list that the request brings, of at most ENTRIES; BadRequest for what is no list.

    In CSV it is the first column, with or without a header.
    """
    if request.method == "GET":
        return _bounded(request.args.getlist("iri"))
    if not is_list():
        raise UnsupportedMediaType(f"found {_media_type() or 'no Content-Type'}; send {', '.join(LISTS)}")
    refuse_coded_body(request.environ.get("HTTP_CONTENT_ENCODING"))
    text = decode(connections.read_body(request.environ, BODY_BYTES))
    entries = _bounded([each for each in map(str.strip, _READ[_media_type()](text)) if each])
    if not entries:
        raise BadRequest("found an empty list; at least one entry is needed")
    return entries


def _media_type() -> str:
    return parse_options_header(request.environ.get("CONTENT_TYPE"))[0].lower()


def _bounded(entries: list[str]) -> list[str]:
    expect(entries, list, "the list", ENTRIES)
    return [expect(each, str, "an entry of the list", _CHARACTERS) for each in entries]


def _from_json(text: str) -> list[str]:
    entries = expect(read_json(text, "the body"), list, "the body", ENTRIES)
    return [expect(each, str, "an entry of the list") for each in entries]


def _from_csv(text: str) -> list[str]:
    try:
        entries = [row[0] for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error as error:
        raise BadRequest(f"the body is not CSV: {error}") from error
    return entries[1:] if entries and entries[0].strip().lower() in _HEADERS else entries


_READ: Final[dict[str, Callable[[str], list[str]]]] = {
    JSON_TYPE: _from_json,
    CSV.media_type: _from_csv,
    _PLAIN: lambda text: text.splitlines(),
}
