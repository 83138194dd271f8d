"""Decides what a service takes from a request: values of the right kind, bounded, or a clear 400."""

import json
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from flask import Response, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, UnsupportedMediaType
from werkzeug.http import parse_options_header

from almaty_graph.web.operations.peers import Connections
from almaty_graph.web.protocol.bodies import BODY_BYTES, FORM, decode_form
from almaty_graph.web.protocol.coding import refuse_coded_body
from almaty_graph.web.protocol.replies import NOT_KEPT

JSON_TYPE: Final = "application/json"
_SHOWN: Final = 60
T = TypeVar("T")
_KINDS: Final = {
    dict: "an object",
    list: "a list",
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}


def read_json(text: str | bytes, where: str) -> Any:
    """What JSON text holds; BadRequest with the place for what is none."""
    try:
        value = json.loads(text, parse_constant=_refuse)
        json.dumps(value, ensure_ascii=False).encode()  # no half of a surrogate pair is in it
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"{where} is not JSON: {error}") from error
    return value


def _refuse(name: str) -> object:
    raise ValueError(f"{name} is not a number in JSON")


def expect(value: object, kind: type[T], where: str, most: int | None = None) -> T:
    """The value, which is of that kind and of at most that length or size; else BadRequest says where."""
    is_kind = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    if not is_kind:
        raise BadRequest(f"{where} is {_show(value)}; {_KINDS[kind]} is needed")
    if most is not None and isinstance(value, str | list | dict) and len(value) > most:
        unit = "characters" if isinstance(value, str) else "entries"
        raise BadRequest(f"{where} has {len(value):,} {unit}; at most {most:,} are taken")
    return value  # type: ignore[return-value]  # as was just proven


def expect_only(value: Mapping[str, object], names: tuple[str, ...], where: str) -> None:
    """Raise BadRequest if an object has members besides these."""
    if unknown := sorted(set(value) - set(names)):
        raise BadRequest(f"{where} has {_show(unknown[0])}; known are {', '.join(names)}")


def count(text: str, where: str, most: int) -> int:
    """A whole number from 0 up to a limit, in digits."""
    if not (text.isascii() and text.isdigit() and int(text[:9]) <= most):
        raise BadRequest(f"{where} is {_show(text)}; a whole number from 0 to {most:,} is needed")
    return int(text[:9])


def parameter(name: str, most: int, default: str | None = None) -> str:
    """A parameter of the address, of at most so many characters; BadRequest if it is needed and missing."""
    value = request.args.get(name, default)
    if value is None:
        raise BadRequest(f"found no parameter {name!r}, which is needed")
    return expect(value, str, f"the parameter {name!r}", most)


def read_form_or_json(connections: Connections, field: str) -> MultiDict[str, str]:
    """The parameters of the address and of a form; a body that is JSON is the value of a field."""
    given = MultiDict(request.args)
    if request.method != "POST":
        return given
    media_type, _ = parse_options_header(request.environ.get("CONTENT_TYPE"))
    refuse_coded_body(request.environ.get("HTTP_CONTENT_ENCODING"))
    if media_type not in (FORM, JSON_TYPE):
        raise UnsupportedMediaType(f"found {media_type or 'no Content-Type'}; send {FORM} or {JSON_TYPE}")
    body = connections.read_body(request.environ, BODY_BYTES)
    if media_type == JSON_TYPE:
        given.add(field, decode(body))
        return given
    for name, value in decode_form(body):
        given.add(name, value)
    return given


def decode(body: bytes) -> str:
    """The text of a body, which is UTF-8."""
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise BadRequest(f"the body is not UTF-8: {error.reason} at byte {error.start}") from error


def told(value: object, is_kept: bool = True, content_type: str = JSON_TYPE) -> Response:
    """A value as JSON; what was posted is not kept."""
    headers = {} if is_kept else {"Cache-Control": NOT_KEPT}
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
    return Response(text, headers=headers, content_type=content_type)


def _show(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
