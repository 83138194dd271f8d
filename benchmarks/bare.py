"""Decides nothing: the smallest application that there is, to know what a WSGI server itself costs."""

from collections.abc import Callable, Iterable
from typing import Any

_HEADERS = [("Content-Type", "text/plain"), ("Content-Length", "700")]
_BODY = b" " * 700  # as long as the answer to a lookup


def application(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The same answer to every request (PEP 3333)."""
    start_response("200 OK", list(_HEADERS))
    return [_BODY]
