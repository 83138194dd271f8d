"""Decides what an attack is: a name, what goes over the wire, and what may come back."""

import http.client
import io
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode

from hostile.target import Target

HUNG_UP = 0  # the status of no reply at all
NO_HTTP = -1  # and of one in another protocol
CANARY = "VWXYZ"  # where an attack has this, the canary's port is put, which has as many characters
# A query that needs too much: ended by its time, its memory or the size of its answer.
ENDED = frozenset((504, 507))
REFUSED = frozenset((400,))
SILENCE = 0.4  # seconds without a byte after which nothing more is expected


@dataclass(frozen=True)
class Reply:
    """One response; of status HUNG_UP if the server said nothing."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str:
        """The values of a header, joined; nothing if it is not there."""
        return ", ".join(value for each, value in self.headers if each.lower() == name.lower())


@dataclass(frozen=True)
class Attack:
    """Bytes for one connection or a campaign over many; each reply has a status that is expected.

    `harmless` is told the replies, and asserts that they do no harm to whoever reads them.
    """

    name: str
    group: str
    expected: frozenset[int]
    wire: bytes = b""
    campaign: Callable[[Target], Iterable[int]] | None = None
    harmless: Callable[[Reply], None] = lambda _: None

    def launch(self, target: Target, canary: int) -> list[Reply]:
        """What came back, in order."""
        if self.campaign:
            return [Reply(status) for status in self.campaign(target)]
        wire = self.wire.replace(CANARY.encode(), str(canary).encode())
        return exchange(target, wire.replace(b"%(port)s", str(target.port).encode()))


def exchange(target: Target, wire: bytes) -> list[Reply]:
    """All replies to some bytes on a connection of their own, until it is closed or silent."""
    received = _Received()
    with target.connect() as connection:
        with suppress(ConnectionError):  # refused unread
            connection.sendall(wire)
        closing = b"onnection: close" in wire
        deadline = time.monotonic() + 15
        with suppress(TimeoutError, ConnectionError):
            while time.monotonic() < deadline:
                connection.settimeout(10 if closing else SILENCE)
                chunk = connection.recv(1 << 16)
                if not chunk:
                    break
                received.write(chunk)
    received.seek(0)
    return list(received.replies()) or [Reply(HUNG_UP)]


class _Received(io.BytesIO):
    """What was received; for http.client a socket, of which it reads one response after the other."""

    def makefile(self, *_: object) -> Self:
        return self

    def close(self) -> None:  # each response would
        pass

    def replies(self) -> Iterable[Reply]:
        while rest := self.getvalue()[self.tell() :]:
            socket: Any = self
            response = http.client.HTTPResponse(socket)
            try:
                response.begin()
            except http.client.HTTPException:  # told to go on, or no HTTP at all
                yield Reply(100 if rest.startswith(b"HTTP/1.1 100 ") else NO_HTTP, (), rest)
                return
            try:
                body = response.read()
            except http.client.IncompleteRead as error:
                body = error.partial
            yield Reply(response.status, tuple(response.getheaders()), body)


def request(method: str, target: str, *headers: str, body: bytes | str = b"") -> bytes:
    """The bytes of a request, which closes its connection."""
    data = body.encode() if isinstance(body, str) else body
    length = [f"Content-Length: {len(data)}"] if data or method in {"POST", "PUT", "PATCH", "QUERY"} else []
    lines = [
        f"{method} {target} HTTP/1.1",
        "Host: 127.0.0.1:%(port)s",
        "Connection: close",
        *length,
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + data


def get(query: str, *headers: str, **parameters: str) -> bytes:
    """A query by GET; `_` in the name of a parameter stands for `-`."""
    named = {name.replace("_", "-"): value for name, value in parameters.items()}
    return request("GET", "/sparql?" + urlencode({"query": query, **named}), *headers)


def post(query: str, *headers: str) -> bytes:
    """A query as the body of a POST."""
    return request("POST", "/sparql", "Content-Type: application/sparql-query", *headers, body=query)


def statuses(*expected: int) -> frozenset[int]:
    """What may come back."""
    return frozenset(expected)
