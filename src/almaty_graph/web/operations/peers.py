"""Decides what is known of clients: who asks, whether they are there still, and what they send."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

Environ = Mapping[str, Any]


class Connections(Protocol):
    """What is known of clients: who asks, whether they are still there, and what they send."""

    def client(self, environ: Environ) -> str:
        """Whom fairness counts for."""

    def watching(self, environ: Environ, cancel: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `cancel` if the client hangs up meanwhile."""

    def read_body(self, environ: Environ, limit: int) -> bytes:
        """The whole body."""

    def sending(self, environ: Environ, size: int, chunks: Iterator[bytes]) -> Iterable[bytes]:
        """The chunks of a long answer, as long as the client takes them."""


class Unwatched:
    """Clients of whom nothing is known, as under a server that is not ours."""

    def client(self, environ: Environ) -> str:
        """The address of the peer."""
        return str(environ.get("REMOTE_ADDR", ""))

    def watching(self, _environ: Environ, _cancel: Callable[[], None]) -> AbstractContextManager[None]:
        """Nothing is watched."""
        return nullcontext()

    def read_body(self, environ: Environ, limit: int) -> bytes:
        """The whole body; raises BadRequest if it ends early, and RequestEntityTooLarge above the limit."""
        length = environ.get("CONTENT_LENGTH", "")
        if not (length.isascii() and length.isdigit()):
            raise BadRequest(f"found Content-Length {length!r}; a number of bytes is needed")
        if int(length) > limit:
            raise RequestEntityTooLarge(f"the body is larger than {limit:,} bytes, the limit")
        body: bytes = environ["wsgi.input"].read(int(length))
        if len(body) < int(length):
            raise BadRequest(f"the body ended after {len(body):,} of {int(length):,} bytes")
        return body

    def sending(self, _environ: Environ, _size: int, chunks: Iterator[bytes]) -> Iterable[bytes]:
        """The chunks."""
        return chunks
