"""Decides what is written down of each request: one JSON object a line, without the query unless told so."""

import json
import os
import sys
import time
from collections import deque
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from almaty_graph.web.operations.clients import address_of

STANDARD_OUTPUT: Final = "-"
_KEPT: Final = 100_000  # lines that wait to be written; if they cannot be, the oldest go
_TOGETHER: Final = 4096  # bytes that go into a pipe in one piece, also beside another process (PIPE_BUF)
_METHOD, _PATH, _QUERY, _AGENT = 20, 200, 2_000, 100  # characters


class Sent(NamedTuple):
    """What a request got: how many bytes, after how many seconds, and what the cache had to do with it."""

    status: int
    size: int
    seconds: float
    cache: str | None


class _Entry(NamedTuple):
    time: float  # seconds since 1970
    client: str
    method: str
    path: str
    sent: Sent
    agent: str
    query: str


class AccessLog:
    """Entries on their way to a file, or to standard output if it is called `-`."""

    def __init__(self, path: str, trusted_proxies: int = 0, with_queries: bool = False) -> None:
        self.path, self.trusted_proxies, self.with_queries = path, trusted_proxies, with_queries
        self._entries: deque[_Entry] = deque(maxlen=_KEPT)
        self._complained = False

    def add(self, environ: Mapping[str, Any], sent: Sent) -> None:
        """One more line, to be written at the next flush, about a request by its environ (PEP 3333)."""
        client = address_of(environ, self.trusted_proxies)
        agent = environ.get("HTTP_USER_AGENT", "")[:_AGENT]
        method, path = environ["REQUEST_METHOD"][:_METHOD], environ["PATH_INFO"][:_PATH]
        query = environ["QUERY_STRING"][:_QUERY] if self.with_queries else ""
        self._entries.append(_Entry(time.time(), client, method, path, sent, agent, query))

    def flush(self) -> None:
        """Write what waits; what cannot be written is lost, and that is said once."""
        entries = [self._entries.popleft() for _ in range(len(self._entries))]
        if not entries:
            return
        try:
            # Opened each time, so that whoever moves the file away gets a new one.
            is_file = self.path != STANDARD_OUTPUT
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            target = os.open(self.path, flags, 0o640) if is_file else 1
            try:
                for piece in _pieces(map(self._line, entries)):
                    os.write(target, piece)
            finally:
                if is_file:
                    os.close(target)
            self._complained = False
        except OSError as error:
            if not self._complained:
                self._complained = True
                sys.stderr.write(f"almaty-graph: the access log cannot be written: {error}\n")

    def _line(self, entry: _Entry) -> bytes:
        """ASCII without line breaks, whatever the client has sent."""
        moment, sent = datetime.fromtimestamp(entry.time, UTC), entry.sent
        told = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "client": entry.client,
            "method": entry.method,
            "path": entry.path,
            "status": sent.status,
            "bytes": sent.size,
            "milliseconds": round(sent.seconds * 1000, 3),
            "cache": sent.cache,
            "agent": entry.agent,
        }
        if self.with_queries:
            told["query"] = entry.query
        return json.dumps(told, separators=(",", ":")).encode() + b"\n"


def _pieces(lines: Iterable[bytes]) -> list[bytes]:
    pieces = [b""]
    for line in lines:
        if len(pieces[-1]) + len(line) > _TOGETHER:
            pieces.append(b"")
        pieces[-1] += line
    return pieces
