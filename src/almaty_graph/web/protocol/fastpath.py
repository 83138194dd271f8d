"""Decides what is answered without Flask: whatever was answered before in this release, and queries.

A release never changes, so a request has one answer: its bytes are kept, up to a size in all, and sent again
with a strong ETag; a client that has them is told so (304).
"""

import io
import tempfile
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from itertools import chain
from typing import IO, TYPE_CHECKING, Final

from werkzeug.exceptions import BadRequest, HTTPException

from almaty_graph.web.operations.telemetry import (  # of OUTCOME, Flask lays out a Page or an error
    IS_KEPT,
    OUTCOME,
)
from almaty_graph.web.protocol.cache import Cache, Environ, Fixed, Kept
from almaty_graph.web.protocol.coding import Coding, choose_for
from almaty_graph.web.protocol.endpoint import Endpoint
from almaty_graph.web.protocol.files import Files
from almaty_graph.web.protocol.replies import (
    NOT_KEPT,
    NOT_MODIFIED,
    OK,
    REVALIDATE,
    Headers,
    Reply,
    has_already,
    header,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

ENDPOINT: Final = "/sparql"
_KEPT_BYTES: Final = 1 << 20  # a longer answer is not kept
_CHUNK: Final = 64 << 10
_NOTHING: Final = [b""]
_OF_A_BODY: Final = frozenset(("Content-Type", "Content-Encoding"))
_OURS: Final = frozenset(("content-length", "etag", "date", "expires"))


class FastPath:
    """The WSGI application (PEP 3333) in front of Flask's."""

    def __init__(
        self, inner: "WSGIApplication", endpoint: Endpoint, files: Files, cache: Cache, always: Headers
    ) -> None:
        self.inner, self.endpoint, self.files, self.cache = inner, endpoint, files, cache
        self.always = always

    def __call__(self, environ: Environ, start_response: "StartResponse") -> Iterable[bytes]:
        """The body of the reply, whose status and headers go to `start_response`."""
        method = environ["REQUEST_METHOD"]
        if method not in {"GET", "HEAD"}:
            return self._send(self._answer(environ), environ, start_response)
        if not _is_host(environ):
            environ[OUTCOME] = BadRequest("a request names one host, in one Host header (RFC 9112, 3.2)")
            return self._send(self._ask_flask(environ), environ, start_response)
        if "HTTP_RANGE" in environ and (part := self.files.part(environ)) is not None:
            return self._send(part, environ, start_response)
        key = self.cache.key(environ)
        kept = self.cache.get(key)
        environ[IS_KEPT] = kept is not None
        if kept is None:
            reply = self._answer(environ)
            if not (reply.status == OK and reply.etag and isinstance(reply.body, bytes)):
                return self._send(reply, environ, start_response)
            kept = self._finished(reply, reply.body, environ)
            if len(kept[-1]) <= _KEPT_BYTES:
                self.cache.put(key, kept)
        etag, headers, unchanged, body = kept
        if has_already(environ, etag, headers):
            start_response(NOT_MODIFIED, list(unchanged))
            return _NOTHING
        start_response(OK, list(headers))
        return [body] if method == "GET" else _NOTHING

    def _answer(self, environ: Environ) -> Reply:
        if environ["PATH_INFO"].rstrip("/") == ENDPOINT:
            try:
                outcome = self.endpoint.answer(environ)
            except Exception as error:
                environ[OUTCOME] = error  # to be told as every error is, faults of ours included
            else:
                if isinstance(outcome, Reply):
                    return outcome
                environ[OUTCOME] = outcome
        return self.files.answer(environ) or self._ask_flask(environ)

    def _ask_flask(self, environ: Environ) -> Reply:
        begun: list[tuple[str, Headers]] = []

        def start(status: str, headers: Headers, _error: object = None) -> Callable[[bytes], object]:
            begun.append((status, headers))
            return lambda _: None

        # What is kept for GET answers HEAD and ranges too: so Flask is always asked for the whole.
        whole = environ | {"REQUEST_METHOD": "GET"} if environ["REQUEST_METHOD"] == "HEAD" else {**environ}
        whole.pop("HTTP_RANGE", None)
        parts = self.inner(whole, start)
        try:
            body, etag = _collect(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()
        status, headers = begun[0]
        headers = [(name, value) for name, value in headers if name.lower() not in _OURS]
        if status != OK or header(headers, "Cache-Control") == NOT_KEPT:
            return Reply(status, headers, body)
        if "max-age" not in (header(headers, "Cache-Control") or ""):
            headers = [each for each in headers if each[0].lower() != "cache-control"]
            headers.append(("Cache-Control", REVALIDATE))
        return Reply(status, headers, body, etag)

    def _head(self, reply: Reply, size: int, environ: Environ) -> tuple[str, Headers, Coding | None]:
        """The entity tag and the headers of a reply, and the content coding that its client likes best."""
        own = {name.lower() for name, _ in reply.headers}  # a card that others embed has a policy of its own
        etag, vary = reply.etag or "", header(reply.headers, "Vary") or "Accept"
        headers = [each for each in reply.headers if each[0] != "Vary"]
        headers += [each for each in self.always if each[0].lower() not in own]
        headers.append(("Vary", f"{vary}, Accept-Encoding"))
        media_type = header(headers, "Content-Type")
        chosen = None
        if not reply.as_it_is and header(headers, "Content-Encoding") is None:
            chosen = choose_for(environ.get("HTTP_ACCEPT_ENCODING"), size, media_type)
        if chosen is not None:
            headers = [each for each in headers if each[0] != "Repr-Digest"]  # which is of other bytes
            headers.append(("Content-Encoding", chosen.name))
            etag = etag and chosen.tag(etag)
        if etag:
            headers.append(("ETag", f'"{etag}"'))
        return etag, headers, chosen

    def _finished(self, reply: Reply, body: bytes, environ: Environ) -> Kept:
        etag, headers, chosen = self._head(reply, len(body), environ)
        body = chosen.encode(body) if chosen else body
        return etag, (*headers, ("Content-Length", str(len(body)))), _unchanged(headers), body

    def _send(self, reply: Reply, environ: Environ, start_response: "StartResponse") -> Iterable[bytes]:
        if not isinstance(reply.body, bytes):
            return self._stream(reply, reply.body, environ, start_response)
        _, headers, unchanged, body = self._finished(reply, reply.body, environ)
        has_body = reply.status[:3] not in {"204", "304"}
        start_response(reply.status, list(headers if has_body else unchanged))
        return [body] if has_body and environ["REQUEST_METHOD"] != "HEAD" else _NOTHING

    def _stream(
        self, reply: Reply, file: IO[bytes], environ: Environ, start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """A long reply, which is whole in its file, piece by piece."""
        size = file.seek(0, io.SEEK_END)
        etag, headers, chosen = self._head(reply, size, environ)
        if reply.status == OK and environ["REQUEST_METHOD"] != "POST" and has_already(environ, etag, headers):
            file.close()
            start_response(NOT_MODIFIED, list(_unchanged(headers)))
            return _NOTHING
        body: Iterable[bytes] = _NOTHING
        if environ["REQUEST_METHOD"] == "HEAD":
            file.close()
        else:
            chunks = _chunks(file)
            try:
                body = self.endpoint.connections.sending(
                    environ, size, chosen.encode_stream(chunks) if chosen else chunks
                )
            except HTTPException as error:
                file.close()
                environ[OUTCOME] = error
                return self._send(self._ask_flask(environ), environ, start_response)
        start_response(reply.status, headers if chosen else [*headers, ("Content-Length", str(size))])
        return body


def _unchanged(headers: Headers) -> Fixed:
    """The headers of a 304 (RFC 9110, 15.4.5)."""
    return tuple(each for each in headers if each[0] not in _OF_A_BODY)


def _is_host(environ: Environ) -> bool:
    host = environ.get("HTTP_HOST")
    return "," not in host if host else environ.get("SERVER_PROTOCOL") != "HTTP/1.1"


def _collect(parts: Iterable[bytes]) -> tuple[bytes | IO[bytes], str]:
    """All of a body, in bytes or, if it comes in several parts, in a file; and its digest."""
    parts = iter(parts)
    first, second = next(parts, b""), next(parts, None)
    digest = blake2b(first, digest_size=12)
    if second is None:
        return first, digest.hexdigest()
    file = tempfile.TemporaryFile()  # noqa: SIM115 - who sends it closes it
    file.write(first)
    for part in chain((second,), parts):
        file.write(part)
        digest.update(part)
    return file, digest.hexdigest()


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk
