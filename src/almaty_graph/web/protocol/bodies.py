"""Decides where the parameters of a request stand: in its address, a form, or a body that is a query."""

import re
from binascii import a2b_qp
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from werkzeug.exceptions import BadRequest, LengthRequired, UnsupportedMediaType
from werkzeug.http import parse_options_header

from almaty_graph.web.protocol.coding import refuse_coded_body
from almaty_graph.web.protocol.languages import PARAMETER as LANGUAGE

FORM: Final = "application/x-www-form-urlencoded"
DIRECT: Final = "application/sparql-query"
BODY_BYTES: Final = 256 * 1024
WITH_BODY: Final = ("POST", "QUERY")
_ONE: Final = re.compile(rb"([a-z-]++)=((?:[^&%\r\n]++|%[0-9A-Fa-f]{2})*+)")
Parameters = list[tuple[str, str]]
ReadBody = Callable[[Mapping[str, Any], int], bytes]


def read_parameters(environ: Mapping[str, Any], read_body: ReadBody) -> Parameters:
    """The parameters of a request, decoded once, wherever the protocol lets them stand (2.1.1 to 2.1.3).

    The one that says the language of a page asks nothing.
    """
    given = decode_form(environ.get("QUERY_STRING", "").encode("latin-1", "replace"))
    parameters = [each for each in given if each[0] != LANGUAGE]
    if environ["REQUEST_METHOD"] not in WITH_BODY:
        return parameters
    if environ.get("CONTENT_LENGTH") in (None, ""):
        raise LengthRequired("a body without Content-Length could be cut short unseen: send its length")
    media_type, options = parse_options_header(environ.get("CONTENT_TYPE"))
    refuse_coded_body(environ.get("HTTP_CONTENT_ENCODING"))
    if media_type == FORM:
        return parameters + decode_form(read_body(environ, BODY_BYTES))
    if media_type != DIRECT:
        raise UnsupportedMediaType(
            f"found {media_type or 'no Content-Type'}; send the query as {FORM} or {DIRECT}"
        )
    charset = options.get("charset", "utf-8").lower()
    if charset not in ("utf-8", "utf8"):
        raise UnsupportedMediaType(f"the query is in {charset}; send UTF-8")
    try:
        return [*parameters, ("query", read_body(environ, BODY_BYTES).decode("utf-8"))]
    except UnicodeDecodeError as error:
        raise BadRequest(f"the query is not UTF-8: {error.reason} at byte {error.start}") from error


def write_address(path: str, parameters: Parameters, changed: Mapping[str, object]) -> str:
    """The address of a request with some parameters changed, or left out where there is None instead."""
    kept = [(name, value) for name, value in parameters if name not in changed]
    return f"{path}?{urlencode([*kept, *((n, v) for n, v in changed.items() if v is not None)])}"


def decode_form(text: bytes) -> Parameters:
    """The parameters that a form, or the query of an address, has; BadRequest for what cannot be read."""
    try:
        # Most requests have one parameter. But for its sign its coding is that of mail, which is read in C.
        if one := _ONE.fullmatch(text):
            quoted = one[2].replace(b"=", b"=3D").replace(b"+", b" ").replace(b"%", b"=")
            return [(one[1].decode(), a2b_qp(quoted).decode())]
        return parse_qsl(text.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=100)
    except UnicodeDecodeError as error:
        raise BadRequest(f"the parameters are not UTF-8: {error.reason} at byte {error.start}") from error
    except ValueError as error:
        raise BadRequest(f"the parameters cannot be read: {error}") from error
