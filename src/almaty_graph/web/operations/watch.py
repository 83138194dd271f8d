"""Decides what becomes of clients that hang up, and of those that send or read too slowly.

The server lends a thread to each request, also while its body is read and while a long answer is sent. One
more thread looks four times a second at those that have been at it for a while.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from typing import Any, Final, Self

from werkzeug.exceptions import (
    BadRequest,
    LengthRequired,
    RequestEntityTooLarge,
    RequestTimeout,
    ServiceUnavailable,
    TooManyRequests,
)

from almaty_graph.web.operations.callers import LATE, Callers
from almaty_graph.web.operations.clients import address_of, party_of
from almaty_graph.web.operations.connections import Connection, Identity, are_told, open_connections, shut

Environ = Mapping[str, Any]
HUNG_UP: Final = "almaty_graph.hung_up"  # in the environ, once the client was found to have
_READERS_LOOK: Final = 2.0  # seconds between looks at who reads slowly
_AGAIN: Final = 10  # seconds after which to ask again
# How slowly an answer may be read, in bytes a second, after some seconds: one that holds a thread, and any.
_SLOWEST: Final = 64 << 10
_TRICKLE: Final = 4 << 10
_GRACE: Final = 10.0


class Watch:
    """The clients of this process, which has so many `threads`. A body may take `body_seconds`."""

    def __init__(self, threads: int = 64, body_seconds: float = 10.0, trusted_proxies: int = 0) -> None:
        self.body_seconds, self.trusted_proxies = body_seconds, trusted_proxies
        each = max(1, threads // 16)
        self._bodies = Places("bodies are sent", max(1, threads // 4), each, LATE)
        self._answers = Places("answers are read", max(1, threads * 3 // 4), each, _READERS_LOOK)
        self._callers, self._slow, self._due = Callers(), SlowReaders(), 0.0

    def start(self) -> None:
        """Look from now on, in a thread of this process; without it, nobody is ever found gone or late."""
        if are_told():
            threading.Thread(target=self._look_forever, name="watch", daemon=True).start()

    def client(self, environ: Environ) -> str:
        """Whom fairness counts for."""
        return party_of(address_of(environ, self.trusted_proxies))

    def watching(self, environ: Environ, cancel: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `cancel` if the client hangs up within the `with` block: once, from another thread.

        A client that may still be there is not taken for gone.
        """
        return self._callers.waiting(environ, partial(_abandon, environ, cancel))

    def read_body(self, environ: Environ, limit: int) -> bytes:
        """The whole body of a request, as long as its Content-Length says.

        Raises LengthRequired without one, RequestEntityTooLarge above the limit, BadRequest for a body that
        ends early, RequestTimeout for one that is late, and TooManyRequests or ServiceUnavailable, with
        nothing read, while too many come slowly.
        """
        length = _length(environ, limit)
        if not length:
            return b""
        with self._bodies.taken(self.client(environ)):
            deadline = time.monotonic() + self.body_seconds
            with self._callers.waiting(environ, deadline=deadline):
                body: bytes = environ["wsgi.input"].read(length)
        if len(body) == length:
            return body
        if time.monotonic() > deadline:
            raise RequestTimeout(f"the body did not come within {self.body_seconds:g} seconds, the limit")
        raise BadRequest(f"the body ended after {len(body):,} of {length:,} bytes")

    def sending(self, environ: Environ, size: int, chunks: Iterator[bytes]) -> Iterable[bytes]:
        """The chunks of an answer of so many bytes; TimeoutError in their midst if they are read too slowly.

        Raises TooManyRequests or ServiceUnavailable, at once, while too many long answers are read slowly.
        """
        with ExitStack() as held:
            held.enter_context(self._answers.taken(self.client(environ)))
            return _Sending(chunks, time.monotonic() + _GRACE + size / _SLOWEST, held.pop_all())

    def _look_forever(self) -> None:
        while True:
            time.sleep(LATE)
            try:
                self._look(time.monotonic())
            except Exception as error:  # a watch that ends unseen would be worse than a look missed
                sys.stderr.write(f"almaty-graph: fault in the watch: {type(error).__name__}: {error}\n")

    def _look(self, now: float) -> None:
        late, is_due = self._callers.late(now), now >= self._due
        if not late and not is_due:
            return
        connections = list(open_connections())
        findings = self._callers.follow(late, connections, now)
        slow = self._slow.among(connections, now) if is_due else []
        self._due = now + _READERS_LOOK if is_due else self._due
        for caller in findings.gone:
            cancel, caller.cancel = caller.cancel, None
            if cancel:
                cancel()
        for connection in (*findings.overdue, *slow):
            shut(connection)


class Places:
    """So many at once, waited for a moment; refused while all of them, or `each` of one client, are slow.

    What takes longer than `patience` in seconds is slow.
    """

    def __init__(self, what: str, places: int, each: int, patience: float) -> None:
        self.what, self.places, self.each, self.patience = what, places, each, patience
        self._held: dict[object, tuple[str, float]] = {}
        self._free = threading.Condition()

    @contextmanager
    def taken(self, client: str) -> Iterator[None]:
        """Hold a place; raises TooManyRequests or ServiceUnavailable if there is none."""
        place = object()
        with self._free:
            now = time.monotonic()
            slow = [each for each, since in self._held.values() if now - since > self.patience]
            if slow.count(client) >= self.each:
                raise TooManyRequests(f"too many {self.what} slowly from where you are", retry_after=_AGAIN)
            is_full = len(slow) >= self.places
            if is_full or not self._free.wait_for(lambda: len(self._held) < self.places, LATE):
                raise ServiceUnavailable(f"too many {self.what} slowly", retry_after=_AGAIN)
            self._held[place] = client, time.monotonic()
        try:
            yield
        finally:
            with self._free:
                del self._held[place]
                self._free.notify()


class SlowReaders:
    """The connections on which something waits to be read."""

    def __init__(self) -> None:
        self._seen: dict[Identity, tuple[float, int]] = {}

    def among(self, connections: Iterable[Connection], now: float) -> list[Connection]:
        """Those whose peers have read next to nothing for a while."""
        seen, slow = {}, []
        for each in connections:
            if not each.unsent_bytes:
                continue
            since, bytes_then = self._seen.get(each.identity, (now, each.acknowledged_bytes))
            if now - since > _GRACE:
                if each.acknowledged_bytes - bytes_then < _TRICKLE * (now - since):
                    slow.append(each)
                since, bytes_then = now, each.acknowledged_bytes
            seen[each.identity] = since, bytes_then
        self._seen = seen
        return slow


class _Sending:
    """An answer on its way, which holds its place until it is closed, or forgotten."""

    def __init__(self, chunks: Iterator[bytes], deadline: float, held: ExitStack) -> None:
        self._chunks, self._deadline, self._held = chunks, deadline, held

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        if time.monotonic() > self._deadline:
            raise TimeoutError("the answer was read too slowly")
        return next(self._chunks)

    def close(self) -> None:
        """Let go of the place."""
        self._held.close()
        if hasattr(self._chunks, "close"):
            self._chunks.close()

    __del__ = close


def _abandon(environ: Environ, cancel: Callable[[], None]) -> None:
    if isinstance(
        environ, MutableMapping
    ):  # it is one (PEP 3333), but who only reads it may be given another
        environ[HUNG_UP] = True
    cancel()


def _length(environ: Environ, limit: int) -> int:
    told = environ.get("CONTENT_LENGTH") or ""
    if not told:
        raise LengthRequired("a body without Content-Length could be cut short unseen: send its length")
    if not (told.isascii() and told.isdigit()):
        raise BadRequest(f"found Content-Length {told!r}; a number of bytes is needed")
    if int(told[:20]) > limit:
        raise RequestEntityTooLarge(f"the body is larger than {limit:,} bytes, the limit")
    return int(told)
