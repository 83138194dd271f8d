"""Decides what of each request goes into the metrics and the access log, whoever answers it."""

import threading
import time
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, Self

from almaty_graph.web.operations.accesslog import AccessLog, Sent
from almaty_graph.web.operations.metrics import Metrics
from almaty_graph.web.operations.watch import HUNG_UP

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

# What the application may leave in the environ: whether its reply was kept, and its error.
IS_KEPT: Final = "almaty_graph.is_kept"
OUTCOME: Final = "almaty_graph.outcome"
_FLUSH: Final = 0.5  # seconds
_KINDS: Final = frozenset(
    ("sparql", "id", "def", "doc", "source", "graph", "questions", "disagreements", "dump", "static",
     "healthz", "readyz", "metrics")
)  # fmt: skip
_METHODS: Final = frozenset(("GET", "HEAD", "POST", "OPTIONS", "QUERY", "PUT", "PATCH", "DELETE"))
_OUTCOMES: Final = {
    "QueryTooLong": "too long",
    "QueryError": "malformed",
    "TimeLimitReached": "time",
    "MemoryLimitReached": "memory",
    "AnswerLimitReached": "size",
    "EngineBusy": "busy",
    "TooManyQueries": "too many",
    "RemoteError": "remote",
    "EngineError": "engine",
}
Environ = dict[str, Any]
# Named here, since what annotates a function in a function is worked out each time that is made.
_Headers = list[tuple[str, str]]
_Write = Callable[[bytes], object]


class Telemetry:
    """The WSGI application in front of all others (PEP 3333)."""

    def __init__(self, inner: "WSGIApplication", metrics: Metrics, log: AccessLog | None = None) -> None:
        self.inner, self.metrics, self.log = inner, metrics, log

    def start(self) -> None:
        """Write counts and log every half second, and when the process ends, from a thread of its own."""
        # No daemon: the interpreter waits for its last flush.
        threading.Thread(target=self._flush_to_the_end, name="telemetry").start()

    def __call__(self, environ: Environ, start_response: "StartResponse") -> Iterable[bytes]:
        """What the application answers; it is counted when it is sent, or broken off."""
        begun = perf_counter()
        self.metrics.begin()
        told = ["500"]

        def start(status: str, headers: _Headers, error: Any = None) -> _Write:
            told[0] = status
            return start_response(status, headers, error)

        try:
            parts = self.inner(environ, start)
        except BaseException:  # counted whatever it is, and raised again
            self.note(environ, "500", 0, begun)
            raise
        if type(parts) is list:
            self.note(environ, told[0], sum(map(len, parts)), begun)
            return parts
        return _Counted(parts, lambda size: self.note(environ, told[0], size, begun))

    def note(self, environ: Environ, status: str, size: int, begun: float) -> None:
        """Count a request that is answered, and log it if it is to be."""
        seconds = perf_counter() - begun
        method, kind = environ["REQUEST_METHOD"], kind_of(environ["PATH_INFO"])
        is_kept = environ.get(IS_KEPT)
        if method not in _METHODS:
            method = "other"
        cache = None
        if status[:3] == "304":
            cache = "not modified"
        elif is_kept is not None:
            cache = "hit" if is_kept else "miss"
        events = [("cache", cache)] if cache else []
        if kind == "sparql" and not is_kept:
            events.append(("queries", _outcome(environ, status)))
        self.metrics.end((kind, method, status[:3]), size, seconds, *events)
        if self.log is not None:
            self.log.add(environ, Sent(int(status[:3]), size, seconds, cache))

    def _flush_to_the_end(self) -> None:
        is_last = False
        while not is_last:
            time.sleep(_FLUSH)
            is_last = not threading.main_thread().is_alive()
            self.metrics.publish()
            if self.log is not None:
                self.log.flush()


class _Counted:
    """A body on its way, which says how many bytes were sent when it is at its end, or given up."""

    def __init__(self, parts: Iterable[bytes], done: Callable[[int], None]) -> None:
        self._parts, self._whole, self._done, self._size = iter(parts), parts, done, 0
        self._is_done = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        part = next(self._parts)
        self._size += len(part)
        return part

    def close(self) -> None:
        """Let the body go."""
        if not self._is_done:
            self._is_done = True
            self._done(self._size)
            if hasattr(self._whole, "close"):
                self._whole.close()

    __del__ = close


def kind_of(path: str) -> str:
    """The kind of route of a path: its first part, if it is one of ours."""
    first = path[1:].partition("/")[0]
    return first if first in _KINDS else "other" if first else "home"


def _outcome(environ: Environ, status: str) -> str:
    if environ.get(HUNG_UP):
        return "abandoned"
    if status < "4":
        return "answered"
    for kind in type(environ.get(OUTCOME)).__mro__:
        if kind.__name__ in _OUTCOMES:
            return _OUTCOMES[kind.__name__]
    return "refused" if status < "5" else "fault"
