"""Decides how a query is put to the engine process, and how its answer or its error comes back."""

import socket
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from functools import cache, partial
from typing import IO, Final, NoReturn, Protocol

from almaty_graph import errors
from almaty_graph.engine import wire
from almaty_graph.engine.language.query import Query
from almaty_graph.engine.line import Line
from almaty_graph.engine.wire import Limits
from almaty_graph.errors import EngineBusy, EngineError, NotAcceptable, QueryError, QueryTooLong
from almaty_graph.formats import GRAPHS, TABLES, Format, Kind

# How long a query may wait for its turn, be killed, and reply, over what it may run.
PATIENCE: Final = 15.0
IN_MEMORY: Final = 1 << 20  # bytes of an answer above which it goes to a file

Data = bytes | IO[bytes]
Watch = Callable[[Callable[[], None]], AbstractContextManager[None]]
_Reply = tuple[wire.Header, Data]


@dataclass(frozen=True)
class Wish:
    """How a query is to be answered.

    `seconds` may lower the time limit, never raise it. `client` is whom fairness counts for. With an `offset`
    the answer is a page, from that row on. `watch` is given what ends the query, for as long as it may run.
    """

    seconds: float | None = None
    client: str = ""
    offset: int | None = None
    explain: bool = False
    watch: Watch | None = None


@dataclass(frozen=True)
class Answer:
    """An answer, whole: bytes, or a file if they are many; `next` is the row where the next page begins."""

    data: Data
    is_empty: bool = False
    next: int | None = None

    def read(self) -> bytes:
        """All of it."""
        return self.data if isinstance(self.data, bytes) else self.data.read()


class Engine(Protocol):
    """Answers queries."""

    def answer(self, query: Query, form: Format, wish: Wish = ...) -> Answer:
        """The whole answer in that format, or the page of it that is wished for.

        Raises NotAcceptable for a format that cannot carry the answer, QueryError for what is wrong with the
        query, LimitReached for what it needs too much of, and EngineError when there is nobody to answer.
        """
        ...

    def status(self) -> Mapping[str, float]:
        """Figures of the engine by name; raises EngineError when there is nobody to tell them."""
        ...


@dataclass(frozen=True)
class EmbeddedEngine:
    """The engine process that listens at an address; may be pickled, and used from any thread."""

    address: str
    seconds: float = Limits.seconds

    def answer(self, query: Query, form: Format, wish: Wish = Wish()) -> Answer:
        """The answer in that format: see Engine."""
        if form.kind is not query.kind:
            offer = TABLES if query.kind is Kind.TABLE else GRAPHS
            raise NotAcceptable(form.media_type, tuple(each.media_type for each in offer))
        seconds = self.seconds if wish.seconds is None else max(0.001, min(wish.seconds, self.seconds))
        request = wire.Request(
            query.text, query.form.name, form.media_type, query.default_graphs, query.named_graphs,
            seconds, wish.client, wish.offset, wish.explain, query.asks_others and not wish.explain,
        ).frame()  # fmt: skip
        if len(request) > wire.REQUEST_BYTES:
            raise QueryTooLong(
                f"the query and its graphs have {len(request):,} bytes; they may have {wire.REQUEST_BYTES:,}"
            )
        header, data = self._ask_quickly(query, wish, request) or self._exchange(
            request, time.monotonic() + seconds + PATIENCE, wish.watch
        )
        if "error" in header:
            _raise(header)
        return Answer(data, header.get("rows") == 0, header.get("next"))

    def status(self) -> Mapping[str, float]:
        """How many workers there are, what they are at, and what ended queries so far, by name."""
        header, _ = self._exchange(wire.frame({"task": wire.STATUS}), time.monotonic() + 2, None)
        return header

    def _ask_quickly(self, query: Query, wish: Wish, request: bytes) -> _Reply | None:
        ordinary = wish.seconds is None and wish.offset is None and not wish.explain
        reply = line_to(self.address).ask(request) if ordinary and query.is_lookup else None
        return wire.unframe(reply) if reply is not None else None

    def _exchange(self, request: bytes, deadline: float, watch: Watch | None) -> _Reply:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE)
            try:
                connection.connect(self.address)
                with watch(partial(_hang_up, connection)) if watch else nullcontext():
                    with suppress(BrokenPipeError):  # refused unread, and the reply says why
                        connection.sendall(request)
                    return _receive(connection, deadline)
            except BlockingIOError:
                raise EngineBusy("too many callers are connected; ask again later") from None
            except TimeoutError:
                raise EngineError("the engine did not answer in time") from None
            except OSError as error:
                raise EngineError(f"the engine is not there: {error}") from None


@cache
def line_to(address: str) -> Line:
    """The line of this process to the engine at an address."""
    return Line(address)


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):  # closed already
        connection.shutdown(socket.SHUT_RDWR)


def _receive(connection: socket.socket, deadline: float) -> _Reply:
    message = bytearray()
    while len(message) < wire.START or len(message) < (size := wire.frame_size(message)):
        if len(message) > IN_MEMORY:
            return _spool(connection, deadline, message, size)
        message += _receive_some(connection, deadline)
    return wire.unframe(message)


def _receive_some(connection: socket.socket, deadline: float) -> bytes:
    connection.settimeout(max(0.001, deadline - time.monotonic()))
    chunk = connection.recv(wire.CHUNK)
    if not chunk:
        raise EngineError("the engine broke off")
    return chunk


def _spool(connection: socket.socket, deadline: float, start: bytearray, size: int) -> _Reply:
    """The rest of a long reply, its answer in a file."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    header, body = wire.unframe(start)
    file.write(body)
    left = size - len(start)
    while left:
        left -= file.write(_receive_some(connection, deadline))
    file.seek(0)
    return header, file


def _raise(header: wire.Header) -> NoReturn:
    kind = getattr(errors, header["error"])
    if issubclass(kind, QueryError):
        raise kind(header["message"], header["line"], header["column"])
    raise kind(header["message"])
