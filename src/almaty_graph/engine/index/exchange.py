"""Decides what of a server's reply is believed: what is whole, of the type asked for, and not too large."""

import http.client
import ssl
from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Final, NoReturn
from urllib.parse import urlencode, urlsplit

from almaty_graph import __version__
from almaty_graph.engine.index import virtuoso
from almaty_graph.errors import (
    AnswerLimitReached,
    EngineBusy,
    EngineError,
    QueryError,
    RemoteError,
    TimeLimitReached,
)

# JSON takes about four times the bytes of CSV, so an answer of ours that is not too large fits.
REPLY_BYTES: Final = 256 << 20
_CHUNK: Final = 64 << 10
_REASON_BYTES: Final = 4096


class Exchange:
    """A connection to one server, kept between requests and made again when the server has closed it."""

    def __init__(self, url: str, reply_bytes: int = REPLY_BYTES) -> None:
        """Connects to nothing yet; EngineError for what is no address of a server."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
            raise EngineError(
                f"an endpoint is http://HOST/PATH or https://HOST/PATH, without a user: not {url!r}"
            )
        self.url, self._host, self._reply_bytes = url, parts.hostname, reply_bytes
        try:
            self._port = parts.port
        except ValueError:
            raise EngineError(f"the port of {url!r} is no number up to 65535") from None
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        # Made once: it reads files, and takes a fiftieth of a second.
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._connection: http.client.HTTPConnection | None = None
        self.cuts_graphs = False  # whether the server cuts a graph without saying so: known after a reply

    def post(
        self, form: Sequence[tuple[str, str]], media_types: Sequence[str], seconds: float | None
    ) -> bytes:
        """The whole body of the reply to a form; the first of the media types is asked for, any will do.

        `seconds` is how long the server may be silent. Raises QueryError for what the server calls a fault of
        the query, EngineBusy when it asks to come later, TimeLimitReached and AnswerLimitReached, and
        EngineError for any other reply than a whole answer. No redirect is followed.
        """
        try:
            response = self._send(urlencode(form).encode(), media_types[0], seconds)
            self.cuts_graphs = virtuoso.is_it(response.headers)
            if response.status != HTTPStatus.OK:
                self._refuse(response)
            body = self._read(response, media_types)
        except TimeoutError:
            self.close()
            raise TimeLimitReached(f"{self.url} did not answer within {seconds:g} s") from None
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise RemoteError(f"{self.url} broke off its answer: {_told(error)}") from None
        except BaseException:  # whatever it is, half an answer may be left on the connection
            self.close()
            raise
        if response.will_close:
            self.close()
        return body

    def close(self) -> None:
        """Hang up, if there is a connection."""
        if self._connection:
            self._connection.close()
        self._connection = None

    def _send(self, body: bytes, media_type: str, seconds: float | None) -> http.client.HTTPResponse:
        headers = {"Accept": media_type, "Content-Type": "application/x-www-form-urlencoded"}
        # Public endpoints refuse who does not say who asks.
        headers["User-Agent"] = f"almaty-graph/{__version__}"
        # A server may close a kept connection at any time; a query may be put twice.
        if self._connection and self._connection.sock:
            self._connection.sock.settimeout(seconds)
            with suppress(http.client.RemoteDisconnected, ConnectionError):
                self._connection.request("POST", self._path, body, headers)
                return self._connection.getresponse()
            self.close()
        if self._tls:
            self._connection = http.client.HTTPSConnection(
                self._host, self._port, timeout=seconds, context=self._tls
            )
        else:
            self._connection = http.client.HTTPConnection(self._host, self._port, timeout=seconds)
        try:
            self._connection.connect()
        except OSError as error:
            raise RemoteError(f"{self.url} is not there: {_told(error)}") from None
        self._connection.request("POST", self._path, body, headers)
        return self._connection.getresponse()

    def _read(self, response: http.client.HTTPResponse, media_types: Sequence[str]) -> bytes:
        found = response.headers.get_content_type()
        coding = response.headers.get("Content-Encoding", "identity")
        if found not in media_types or coding != "identity":
            sent = found if coding == "identity" else f"{found} in {coding}"
            raise RemoteError(f"{self.url} was asked for {media_types[0]}, and sent {sent}")
        length = response.length
        if length is None and not response.chunked:
            raise RemoteError(f"{self.url} does not say how long its answer is: half of it would look whole")
        chunks, size = [], length or 0
        while size <= self._reply_bytes and (chunk := response.read(_CHUNK)):
            chunks.append(chunk)
            size += 0 if length else len(chunk)
        if size > self._reply_bytes:
            raise AnswerLimitReached(f"{self.url} sends more than {self._reply_bytes:,} bytes, the limit")
        body = b"".join(chunks)
        if length is not None and len(body) < length:
            raise RemoteError(f"{self.url} broke off its answer after {len(body):,} of {length:,} bytes")
        if cut := virtuoso.find_cut(response.headers):
            raise AnswerLimitReached(f"{self.url} sent a part of its answer only ({cut})")
        return body

    def _refuse(self, response: http.client.HTTPResponse) -> NoReturn:
        status, headers = response.status, response.headers
        page = headers.get_content_type() == "text/html"
        text = "" if page else response.read(_REASON_BYTES).decode("utf-8", "replace")
        reason = next((line.strip()[:300] for line in text.splitlines() if line.strip()), response.reason)
        told = f"{self.url} answered {status}: {reason}"
        if 300 <= status < 400:
            raise RemoteError(f"{self.url} redirects to {headers.get('Location')}, where nobody follows")
        if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
            after = headers.get("Retry-After")
            raise EngineBusy(told + (f" (ask again after {after})" if after else ""))
        if status == HTTPStatus.GATEWAY_TIMEOUT:
            raise TimeLimitReached(told)
        kind = QueryError if status == HTTPStatus.BAD_REQUEST else RemoteError
        raise (virtuoso.read_error(text) or kind)(told)


def _told(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
