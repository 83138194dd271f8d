"""Decides what the engine process and its callers say to each other: requests, limits, frames, and failures.

A request is a frame whose header says what is asked for and whose body is the query; a reply is a frame whose
header tells of the answer and whose body is the answer, or whose header is a failure.
"""

import json
import os
import struct
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NamedTuple, Self

Header = dict[str, Any]

_print: Final = json.JSONEncoder(separators=(",", ":")).encode
_LENGTHS: Final = struct.Struct("!IQ")
START: Final = _LENGTHS.size
# One query of the longest kind and a long list of graphs; a socket takes this much at once without a reader.
REQUEST_BYTES: Final = 150_000
# Above 128 KiB, every buffer to receive in is mapped and unmapped by the allocator.
CHUNK: Final = 64 << 10
# Requests that are no queries: for a worker of the caller's own, and for figures.
LINE: Final = "line"
STATUS: Final = "status"
# Of lookups, one header is as the other, and JSON would cost more than all else here.
_recent: Final = lru_cache(32)


@dataclass(frozen=True)
class Limits:
    """What one query may have, and how many queries may be at work.

    `rows` counts the rows of a table and the triples of a graph. `workers` processes are kept, four times as
    many at most are used; `waiting` queries wait for one. A client may have `client_queries` at once, and use
    `client_seconds` of the engine in each minute; 0 is no limit. `service_endpoints` is whom SERVICE may ask.
    """

    seconds: float = 30.0
    memory_bytes: int = 1 << 30
    answer_bytes: int = 64 << 20
    rows: int = 100_000
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    waiting: int = 64
    client_queries: int = 0
    client_seconds: float = 0.0
    service_endpoints: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> Self:
        """The limits in an object of JSON, by these names."""
        given = json.loads(text)
        return cls(**given | {"service_endpoints": tuple(given["service_endpoints"])})


class Request(NamedTuple):
    """What is asked of the engine.

    `form` is the keyword of the query; `default` and `named` are the dataset that the protocol gives it. With
    an `offset` the answer is a page: what fits the limits from that row on. `explain` asks why it is empty.
    `asks_others` says that the text has SERVICE, which is asked first.
    """

    text: str
    form: str
    media_type: str
    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    seconds: float = Limits.seconds
    client: str = ""
    offset: int | None = None
    explain: bool = False
    asks_others: bool = False

    def frame(self) -> bytes:
        """The bytes of the message."""
        return _join(_printed(self[1:]), self.text.encode())

    @classmethod
    def read(cls, message: bytes | bytearray) -> Self:
        """The request in one whole message; raises ValueError or TypeError for what is none."""
        header, body = unframe(message)
        for name in ("default", "named"):
            header[name] = tuple(header.get(name, ()))
        return cls(body.decode(), **header)


def frame(header: Header, body: bytes = b"") -> bytes:
    """The bytes of one message."""
    return _join(_print(header).encode(), body)


def frame_size(start: bytes | bytearray) -> int:
    """How many bytes a message has, by its first START bytes."""
    head, body = _LENGTHS.unpack_from(start)
    return int(START + head + body)


def take_frame(messages: bytearray) -> bytes | None:
    """The first whole message, which is then no longer there; None if there is none."""
    if len(messages) < START or len(messages) < (size := frame_size(messages)):
        return None
    message = bytes(messages[:size])
    del messages[:size]
    return message


def unframe(message: bytes | bytearray) -> tuple[Header, bytes]:
    """The header and the body of one whole message; raises ValueError for what is none."""
    head, _ = _LENGTHS.unpack_from(message)
    text = bytes(message[START : START + head])
    return _parsed(text).copy(), bytes(message[START + head :])


def failure(name: str, message: str, line: int | None = None, column: int | None = None) -> Header:
    """The header of a reply that raises the error of that name (one of errors.py) at the caller."""
    return {"error": name, "message": message, "line": line, "column": column}


def _join(head: bytes, body: bytes) -> bytes:
    return b"".join((_LENGTHS.pack(len(head), len(body)), head, body))


@_recent
def _printed(fields: tuple[object, ...]) -> bytes:
    """The header of a request with these fields, but for its text; what has its default value is left out."""
    header = zip(Request._fields[1:], fields, strict=True)
    return _print({name: value for name, value in header if value or name == "offset"}).encode()


@_recent
def _parsed(head: bytes) -> Header:
    header = json.loads(head)
    if not isinstance(header, dict):
        raise ValueError("the header of a message is an object")  # noqa: TRY004 - one error for all malformed input
    return header
