"""Decides what a reply is: status, headers, a body that is whole; what all have; who has it already."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Any, Final

from werkzeug.http import parse_date

from almaty_graph.engine.wire import Limits

Headers = list[tuple[str, str]]

_POLICY: Final = "default-src 'self'; base-uri 'none'; frame-ancestors 'none'"
_POLICIES: Final = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "*"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)
SAFETY: Final = (*_POLICIES, ("Content-Security-Policy", _POLICY))
# Where queries are answered in the browser, it has to be allowed to run WebAssembly of ours.
SAFETY_OF_FILES: Final = (
    *_POLICIES,
    ("Content-Security-Policy", f"{_POLICY}; script-src 'self' 'wasm-unsafe-eval'"),
)
OK: Final = "200 OK"
NOT_MODIFIED: Final = "304 Not Modified"
# Kept by whoever likes, and asked for again with its ETag: the next release may say something else.
REVALIDATE: Final = "public, no-cache"
# Of what is of one release by its address, since a release does not change.
FOREVER: Final = "public, max-age=31536000, immutable"
NOT_KEPT: Final = "no-store"


@dataclass(frozen=True)
class Reply:
    """A reply: its body in bytes, or in a file if it is long, and its entity tag without quotes if any.

    What is sent as it is gets no content coding.
    """

    status: str
    headers: Headers
    body: bytes | IO[bytes] = b""
    etag: str | None = None
    as_it_is: bool = False


def tell_limits(limits: Limits) -> str:
    """The limits of a query as a header (a dictionary by RFC 8941): seconds, bytes, rows."""
    return (
        f"seconds={limits.seconds:g}, memory={limits.memory_bytes}, "
        f"rows={limits.rows}, bytes={limits.answer_bytes}"
    )


def header(headers: Iterable[tuple[str, str]], name: str) -> str | None:
    """The value of a header, whatever the case of its name."""
    name = name.lower()
    for key, value in headers:
        if key.lower() == name:
            return value
    return None


def is_current(if_none_match: str | None, *etags: str) -> bool:
    """Whether a client has one of these entity tags (RFC 9110, 13.1.2: weak comparison, lists, `*`)."""
    if if_none_match is None:
        return False
    if if_none_match.strip() == "*":
        return True
    known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return any(f'"{etag}"' in known for etag in etags)


def has_already(environ: dict[str, Any], etag: str, headers: Iterable[tuple[str, str]]) -> bool:
    """Whether a client has a reply: by its entity tags, or else by its date (RFC 9110, 13.2.2)."""
    if "HTTP_IF_NONE_MATCH" in environ:
        return is_current(environ["HTTP_IF_NONE_MATCH"], etag)
    since = parse_date(environ.get("HTTP_IF_MODIFIED_SINCE"))
    modified = parse_date(header(headers, "Last-Modified")) if since else None
    return since is not None and modified is not None and modified <= since
