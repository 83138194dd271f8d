"""Decides how a query is answered within its limits, by an engine process next door."""

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Final, NoReturn, Protocol, Self, cast

from almaty_graph import errors
from almaty_graph.engine import wire
from almaty_graph.engine.query import Query
from almaty_graph.engine.wire import Limits
from almaty_graph.errors import EngineBusy, EngineError, NotAcceptable, QueryError, QueryTooLong
from almaty_graph.formats import GRAPHS, TABLES, Format, Kind

__all__ = ["EmbeddedEngine", "Engine", "EngineProcess", "Limits"]

# How long a query may wait for its turn, be killed, and reply, over what it may run.
PATIENCE: Final = 15.0
STARTING: Final = 600.0  # seconds to load a release in: ten million triples take a minute
STOPPING: Final = 8.0


class Engine(Protocol):
    """Answers queries."""

    def answer(self, query: Query, form: Format, seconds: float | None = None) -> bytes:
        """The whole answer in that format.

        Raises NotAcceptable for a format that cannot carry the answer, QueryError for what is wrong with the
        query, LimitReached for what it needs too much of, and EngineError when there is nobody to answer.
        `seconds` may lower the time limit, never raise it.
        """
        ...


@dataclass(frozen=True)
class EmbeddedEngine:
    """The engine process that listens at an address; may be pickled, and used from any thread."""

    address: str
    seconds: float = Limits.seconds

    def answer(self, query: Query, form: Format, seconds: float | None = None) -> bytes:
        """The whole answer in that format: see Engine."""
        if form.kind is not query.kind:
            offer = TABLES if query.kind is Kind.TABLE else GRAPHS
            raise NotAcceptable(form.media_type, tuple(each.media_type for each in offer))
        seconds = self.seconds if seconds is None else max(0.001, min(seconds, self.seconds))
        header = {
            "type": form.media_type,
            "default": query.default_graphs,
            "named": query.named_graphs,
            "seconds": seconds,
        }
        request = wire.frame(header, query.text.encode())
        if len(request) > wire.REQUEST_BYTES:
            raise QueryTooLong(
                f"the query and its graphs have {len(request):,} bytes; they may have {wire.REQUEST_BYTES:,}"
            )
        header, body = wire.unframe(self._exchange(request, time.monotonic() + seconds + PATIENCE))
        if header:
            _raise(header)
        return body

    def _exchange(self, request: bytes, deadline: float) -> bytearray:
        # A connection for every call: a kept one saves some 35 of 165 microseconds, and goes stale.
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE)
            try:
                connection.connect(self.address)
                with suppress(BrokenPipeError):  # refused unread, and the reply says why
                    connection.sendall(request)
                return _receive(connection, deadline)
            except BlockingIOError:
                raise EngineBusy("too many callers are connected; ask again later") from None
            except TimeoutError:
                raise EngineError("the engine did not answer in time") from None
            except OSError as error:
                raise EngineError(f"the engine is not there: {error}") from None


def _receive(connection: socket.socket, deadline: float) -> bytearray:
    message = bytearray()
    while len(message) < wire.START or len(message) < wire.frame_size(message):
        connection.settimeout(max(0.001, deadline - time.monotonic()))
        chunk = connection.recv(wire.CHUNK)
        if not chunk:
            raise EngineError("the engine broke off")
        message += chunk
    return message


def _raise(header: wire.Header) -> NoReturn:
    kind = getattr(errors, header["error"])
    if issubclass(kind, QueryError):
        raise kind(header["message"], header["line"], header["column"])
    raise kind(header["message"])


class EngineProcess:
    """Runs the engine process for an N-Quads file as long as the `with` block lasts.

    Raises EngineError, with what the process said, when it does not start. Nothing is left behind, neither
    processes nor files, not even when the owner is killed.
    """

    def __init__(self, nquads: Path, limits: Limits | None = None) -> None:
        self.nquads, self.limits = nquads, limits or Limits()

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="almaty-engine-"))
        self.engine = EmbeddedEngine(str(self._folder / "socket"), self.limits.seconds)
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def stop(self) -> None:
        """Tell the process to take no more queries, and to end when none runs; does not wait for that."""
        self._process.terminate()

    def revive(self) -> None:
        """Start the process again, at the same address, if it has ended; EngineError if it does not start."""
        if self.exit_code is not None:
            with self._process:  # closes its pipes
                pass
            Path(self.engine.address).unlink(missing_ok=True)
            self._start()

    def _start(self) -> None:
        # -P: the working directory is not searched for modules.
        module = [sys.executable, "-P", "-m", "almaty_graph.engine.supervisor"]
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                [*module, str(self.nquads), self.engine.address, json.dumps(asdict(self.limits))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # Ctrl-C in a terminal is for the owner, who then stops us in order
            )
        self._wait_until_ready()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    @property
    def pid(self) -> int:
        """The process id of the supervisor, whose children are the workers."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None as long as the supervisor runs, and what it ended with after that."""
        return self._process.poll()

    def _wait_until_ready(self) -> None:
        output = cast("IO[bytes]", self._process.stdout)
        poll = select.poll()
        poll.register(output, select.POLLIN)
        if not poll.poll(STARTING * 1000):
            raise EngineError(f"the engine did not load {self.nquads} within {STARTING:g} seconds")
        if output.readline() != b"ready\n":
            self._process.wait(STOPPING)
            said = (self._folder / "log").read_text("utf-8", "replace").strip().rpartition("\n")[2]
            raise EngineError(f"the engine did not load {self.nquads}: {said}")

    def _stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOPPING)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        with self._process:  # waits, and closes its pipes
            pass
        shutil.rmtree(self._folder, ignore_errors=True)
