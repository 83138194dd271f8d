"""Decides what the engine process and its callers say to each other: limits, frames, and failures.

A request is a frame whose header says what is asked for and whose body is the query; a reply is a frame whose
header is empty and whose body is the answer, or whose header is a failure.
"""

import json
import os
import struct
from dataclasses import dataclass, field
from typing import Any, Final

Header = dict[str, Any]

_LENGTHS: Final = struct.Struct("!IQ")
START: Final = _LENGTHS.size
# One query of the longest kind and a long list of graphs; a socket takes this much at once without a reader.
REQUEST_BYTES: Final = 150_000
# Above 128 KiB, every buffer to receive in is mapped and unmapped by the allocator.
CHUNK: Final = 64 << 10


@dataclass(frozen=True)
class Limits:
    """What one query may have, and how many queries may be at work.

    `workers` processes are kept, four times as many at most are used; `waiting` queries wait for one.
    """

    seconds: float = 30.0
    memory_bytes: int = 1 << 30
    answer_bytes: int = 64 << 20
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    waiting: int = 64


def frame(header: Header, body: bytes = b"") -> bytes:
    """The bytes of one message."""
    head = json.dumps(header, separators=(",", ":")).encode()
    return b"".join((_LENGTHS.pack(len(head), len(body)), head, body))


def frame_size(start: bytes | bytearray) -> int:
    """How many bytes a message has, by its first START bytes."""
    head, body = _LENGTHS.unpack_from(start)
    return int(START + head + body)


def unframe(message: bytes | bytearray) -> tuple[Header, bytes]:
    """The header and the body of one whole message; raises ValueError for what is none."""
    head, _ = _LENGTHS.unpack_from(message)
    header = json.loads(message[START : START + head])
    if not isinstance(header, dict):
        raise ValueError("the header of a message is an object")  # noqa: TRY004 - one error for all malformed input
    return header, bytes(message[START + head :])


def failure(name: str, message: str, line: int | None = None, column: int | None = None) -> Header:
    """The header of a reply that raises the error of that name (one of errors.py) at the caller."""
    return {"error": name, "message": message, "line": line, "column": column}
