"""Decides how a request is put to a process of ours at a socket, and how its reply comes back."""

import socket
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from typing import IO, Final, NoReturn

from almaty_graph import errors
from almaty_graph.engine import wire
from almaty_graph.errors import EngineBusy, EngineError, InputError, QueryError

# How long a request may wait for its turn, be killed, and reply, over what it may run.
PATIENCE: Final = 15.0
IN_MEMORY: Final = 1 << 20  # bytes of an answer above which it goes to a file

Data = bytes | IO[bytes]
Watch = Callable[[Callable[[], None]], AbstractContextManager[None]]
Reply = tuple[wire.Header, Data]


def exchange(
    address: str, request: bytes, deadline: float, watch: Watch | None = None, who: str = "the engine"
) -> Reply:
    """The reply of who listens at an address, a failure perhaps; a long one is in a file.

    `watch` is given what ends the request, for as long as it may run. Raises EngineBusy if too many are
    connected, and EngineError if nobody is there, or does not answer by the deadline, in monotonic time.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        try:
            connection.connect(address)
            with watch(partial(_hang_up, connection)) if watch else nullcontext():
                with suppress(BrokenPipeError):  # refused unread, and the reply says why
                    connection.sendall(request)
                return _receive(connection, deadline, who)
        except BlockingIOError:
            raise EngineBusy("too many callers are connected; ask again later") from None
        except TimeoutError:
            raise EngineError(f"{who} did not answer in time") from None
        except OSError as error:
            raise EngineError(f"{who} is not there: {error}") from None


def raise_failure(header: wire.Header) -> NoReturn:
    """Raise the error that a failure is the header of: see `wire.failure`."""
    kind = getattr(errors, header["error"])
    if issubclass(kind, QueryError | InputError):
        raise kind(header["message"], header["line"], header["column"])
    raise kind(header["message"])


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):  # closed already
        connection.shutdown(socket.SHUT_RDWR)


def _receive(connection: socket.socket, deadline: float, who: str) -> Reply:
    message = bytearray()
    while len(message) < wire.START or len(message) < wire.frame_size(message):
        if len(message) > IN_MEMORY:
            return _spool(connection, deadline, message, who)
        message += _receive_some(connection, deadline, who)
    return wire.unframe(message)


def _receive_some(connection: socket.socket, deadline: float, who: str) -> bytes:
    connection.settimeout(max(0.001, deadline - time.monotonic()))
    chunk = connection.recv(wire.CHUNK)
    if not chunk:
        raise EngineError(f"{who} broke off")
    return chunk


def _spool(connection: socket.socket, deadline: float, start: bytearray, who: str) -> Reply:
    """The rest of a long reply, its answer in a file."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    header, body = wire.unframe(start)
    file.write(body)
    left = wire.frame_size(start) - len(start)
    while left:
        left -= file.write(_receive_some(connection, deadline, who))
    file.seek(0)
    return header, file
