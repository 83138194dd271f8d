"""Decides how quick queries share one way to one worker, so that what asking costs is paid once for many.

A caller that finds the line free asks for all who wait, itself included, in one message, and hands out the
replies. A query that takes longer than a line is for, or ends its worker, ends the line with it: the ones
without a reply are then asked again the ordinary way, with all its limits, and a new line is opened. Queries
like one that took long, by its worker's account, go the ordinary way at once.
"""

import re
import socket
import struct
import threading
import time
from collections import deque
from contextlib import suppress
from typing import Final

from almaty_graph.engine import wire
from almaty_graph.engine.worker import LINE_SECONDS

_TOGETHER: Final = 32  # requests in one message
_OPENING: Final = 0.5  # seconds for a worker to be made; 80 ms with ten million triples
_PAUSE: Final = 0.2  # seconds until a line that was lost is opened anew
_MEMORY: Final = 600.0  # seconds for which queries like one that took long are kept away
_KINDS: Final = 1_000  # kinds of queries that are remembered
# What differs between queries of a kind: IRIs in full, texts, numbers.
_CONSTANT: Final = re.compile(r"<[^<>\s]*>|\"[^\"]*\"|'[^']*'|\d+")


def _kind(text: str) -> str:
    return _CONSTANT.sub("", text)


class _Call:
    """One request, its reply, and the lock by which its caller is woken."""

    __slots__ = ("asking", "reply", "request", "woken")

    def __init__(self, request: bytes) -> None:
        self.request, self.asking = request, False
        self.reply: bytes | None = None
        self.woken = threading.Lock()
        self.woken.acquire()


class Line:
    """A connection to a worker of this process, for any number of threads."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._waiting: deque[_Call] = deque()
        self._turn, self._learning = threading.Lock(), threading.Lock()
        self._connection: socket.socket | None = None
        self._closed_at = -_PAUSE
        self._long: dict[str, float] = {}  # until when which kinds are kept away

    def ask(self, request: bytes) -> bytes | None:
        """The reply to a framed request; None if it has to be asked in the ordinary way."""
        call = _Call(request)
        self._waiting.append(call)
        if not self._turn.acquire(blocking=False):
            call.woken.acquire()
            if not call.asking:
                return call.reply
        # It is our turn. Whoever finds it taken has joined the queue before we let go of it, and is seen then
        call.asking, done = True, False
        while not done:
            calls = self._take()
            self._ask_for(calls)
            done = call in calls
        self._turn.release()
        self._pass_on()
        return call.reply

    def suits(self, text: str) -> bool:
        """Whether no query like this one has taken long of late."""
        return not self._long or self._long.get(_kind(text), 0.0) < time.monotonic()

    def avoid(self, text: str) -> None:
        """Remember for a while that queries like this one take too long."""
        with self._learning:
            self._long[_kind(text)] = time.monotonic() + _MEMORY
            if len(self._long) > _KINDS:
                del self._long[next(iter(self._long))]

    def open(self) -> None:
        """Open the line if it is free, so that who asks first has a worker that is ready."""
        if self._turn.acquire(blocking=False):
            self._connection = self._connection or self._open()
            self._turn.release()
            self._pass_on()

    def _take(self) -> list[_Call]:
        calls: list[_Call] = []
        with suppress(IndexError):
            while len(calls) < _TOGETHER:
                calls.append(self._waiting.popleft())
        return calls

    def _pass_on(self) -> None:
        if self._waiting and self._turn.acquire(blocking=False):
            try:
                following = self._waiting[0]
            except IndexError:
                self._turn.release()
                self._pass_on()
            else:
                following.asking = True
                following.woken.release()

    def _ask_for(self, calls: list[_Call]) -> None:
        left = deque(calls)
        connection = self._connection or self._open()
        if connection is not None:
            try:
                connection.sendall(b"".join([call.request for call in calls]))
                self._hand_out(connection, left)
            except OSError:
                self.close()
        for call in left:
            if not call.asking:
                call.woken.release()

    def _hand_out(self, connection: socket.socket, left: deque[_Call]) -> None:
        replies = bytearray()
        while left:
            chunk = connection.recv(wire.CHUNK)  # or BlockingIOError, when it takes longer than a line is for
            if not chunk:
                raise ConnectionError
            replies += chunk
            while reply := wire.take_frame(replies):
                call = left.popleft()
                call.reply = reply
                if not call.asking:
                    call.woken.release()

    def _open(self) -> socket.socket | None:
        if time.monotonic() < self._closed_at + _PAUSE:
            return None
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(_OPENING)
            connection.connect(self._address)
            connection.sendall(wire.frame({"task": wire.LINE}))
            if not connection.recv(wire.START + 2):
                raise ConnectionError
            # A time limit of the kernel's own costs no call; one of the socket module's costs a poll.
            connection.settimeout(None)
            timeval = struct.pack("ll", 0, round(1e6 * LINE_SECONDS))
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeval)
        except OSError:
            connection.close()
            self._closed_at = time.monotonic()
            return None
        self._connection = connection
        return connection

    def close(self) -> None:
        """Hang up; the next lookup but for those of a moment opens it anew."""
        if self._connection is not None:
            self._connection.close()
        self._connection, self._closed_at = None, time.monotonic()
