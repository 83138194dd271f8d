"""Decides what is known of the TCP connections of this process: who is there, and when bytes came and went.

Linux tells it for each descriptor (tcp(7), TCP_INFO; linux/tcp.h); elsewhere nothing is known.
"""

import os
import socket
import stat
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from almaty_graph.web.operations.clients import plain

# state, tcpi_last_data_sent, tcpi_last_data_recv, tcpi_bytes_acked, tcpi_bytes_received, tcpi_notsent_bytes
_INFO: Final = struct.Struct("=B43xI4xI64xQQ8xI")
_ESTABLISHED, _CLOSE_WAIT = 1, 8

Identity = tuple[int, int]  # descriptor and inode: descriptors are used again, inodes are not


@dataclass(frozen=True)
class Connection:
    """A connection as it was at a look; times are of the monotonic clock, in steps of 1 to 10 ms.

    `sent` is when data last went out, or when the connection was made, and `received` when data last came.
    Two counts of bytes are from its beginning; `unsent_bytes` is what waits for the peer to read.
    """

    identity: Identity
    peer: str
    has_hung_up: bool
    sent: float
    received: float
    received_bytes: int
    acknowledged_bytes: int
    unsent_bytes: int


def are_told() -> bool:
    """Whether this system tells of connections: tried with one."""
    if sys.platform != "linux":
        return False
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = listening.getsockname()
        with socket.create_connection(address) as ours, listening.accept()[0] as theirs:
            ours.sendall(b"1")
            theirs.recv(1)
            with suppress(OSError):
                known = {each.identity[0]: each.received_bytes for each in open_connections()}
                return known.get(theirs.fileno()) == 1
    return False


def open_connections() -> Iterator[Connection]:
    """The connections of this process, in no order."""
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - a Path for each of a thousand is slow
        with suppress(OSError):  # closed meanwhile, or not of TCP
            yield from _read(int(name))


def shut(connection: Connection) -> None:
    """End a connection that is still the same, for both sides; whoever reads or writes it here is told."""
    with suppress(OSError):
        copy = os.dup(
            connection.identity[0]
        )  # holds the socket, so that its number is not used again meanwhile
        with socket.socket(fileno=copy) as held:
            if os.fstat(copy).st_ino == connection.identity[1]:
                held.shutdown(socket.SHUT_RDWR)


def _read(descriptor: int) -> Iterator[Connection]:
    status = os.fstat(descriptor)
    if not stat.S_ISSOCK(status.st_mode):
        return
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=descriptor)
    try:
        info = held.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO.size)
        now, peer = time.monotonic(), held.getpeername()[0]
    finally:
        held.detach()  # it is not ours to close
    if len(info) < _INFO.size or os.fstat(descriptor).st_ino != status.st_ino:
        return
    state, sent, received, acknowledged, received_bytes, unsent = _INFO.unpack(info)
    if state in {_ESTABLISHED, _CLOSE_WAIT}:
        yield Connection(
            identity=(descriptor, status.st_ino),
            peer=plain(peer),
            has_hung_up=state == _CLOSE_WAIT,
            sent=now - sent / 1000,
            received=now - received / 1000,
            received_bytes=received_bytes,
            acknowledged_bytes=acknowledged,
            unsent_bytes=unsent,
        )
