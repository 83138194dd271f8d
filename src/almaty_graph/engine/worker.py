"""Decides how one query is answered: in a process of its own that may be killed, and that can reach nothing.

A worker is forked from the supervisor, which holds the data. It takes one request at a time together with the
caller's connection, and replies there itself, with a whole answer or a failure; or, for a caller that has a
line, whatever comes in on that, until a query takes longer than such a line is for. One that is to ask other
endpoints first lives for that query only, and is confined when they have answered.
"""

import fcntl
import os
import resource
import select
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn

from almaty_graph.engine import federation, wire
from almaty_graph.engine.evaluation import evaluate, explain_emptiness
from almaty_graph.engine.index.opening import Index
from almaty_graph.engine.isolation import die_with_parent, limit_memory
from almaty_graph.engine.language import syntax
from almaty_graph.errors import AlmatyError, QueryError

# What a worker tells the supervisor, a byte each.
SENDING: Final = b"s"  # a reply that may not fit the socket at once is on its way
DONE: Final = b"d"  # ready for the next request
RETIRING: Final = b"r"  # as DONE, but leaving: memory was used that no allocator gives back

# A reply of this size never waits for its reader.
UNWATCHED_BYTES: Final = 64 << 10
SENDING_SECONDS: Final = 10.0

# What a caller may have asked on its line is over within this time, or asked again elsewhere.
LINE_SECONDS: Final = 0.02

_CONTROL: Final = 3
# The supervisor comes first: with 24 endless queries over a million triples, the next one waited 2.4 s for
# its turn without this, and 1.7 s with it. Workers of a line never work for long.
_NICENESS: Final = 10


def serve(index: Index, control: int, parent: int, limits: wire.Limits, *, once: bool = False) -> NoReturn:
    """Answer the requests that come in on a descriptor, each with its connection; never returns.

    `once` is for one request that asks other endpoints first, and is confined only then.
    """
    status = 1
    try:
        _begin([control], parent)
        settling = iter(()) if once else _settle(index, limits, connections=1)
        grown, begun, spent = 0, 0.0, 0.0
        while (received := _receive(settling, spent)) is not None:
            message, connection = received
            peak, begun = _peak_bytes(), time.monotonic()
            request = wire.Request.read(message)
            signal.setitimer(signal.ITIMER_REAL, min(request.seconds, limits.seconds))
            reply = _reply(index, request, limits, unconfined=connection if once else None)
            grown += _peak_bytes() - peak
            retiring = once or grown > limits.memory_bytes // 8
            _send(connection, reply, RETIRING if retiring else DONE)
            if retiring:
                break
            spent = time.monotonic() - begun
        status = 0
    except Exception as error:  # whatever it is, this process ends with it, and another takes its place
        sys.stderr.write(f"a worker failed: {error!r}\n")
    finally:
        os._exit(status)


def serve_line(index: Index, connection: int, alive: int, limits: wire.Limits) -> NoReturn:
    """Answer what one caller asks on its connection, as long as no query takes long; never returns."""
    try:
        _begin([connection, alive], os.getppid())
        settling = _settle(index, limits, connections=0)
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, fileno=_CONTROL)
        line.sendall(wire.frame({}))  # ready
        messages, grown, spent = bytearray(), 0, 0.0
        while grown < limits.memory_bytes // 8:
            _spend(settling, spent)
            if not (chunk := line.recv(wire.CHUNK)):
                break
            messages += chunk
            peak, begun = _peak_bytes(), time.monotonic()
            replies, sent = list[bytes](), begun
            # Whoever waits gives up long before that.
            signal.setitimer(signal.ITIMER_REAL, 10 * LINE_SECONDS)
            while message := wire.take_frame(messages):
                replies.append(_reply(index, wire.Request.read(message), limits))
                # Together, since each sending costs a call; but whoever waits gives up on a silent line.
                if time.monotonic() > sent + LINE_SECONDS / 4:
                    line.sendall(b"".join(replies))
                    replies, sent = [], time.monotonic()
            signal.setitimer(signal.ITIMER_REAL, 0)
            line.sendall(b"".join(replies))
            grown, spent = grown + _peak_bytes() - peak, time.monotonic() - begun
    finally:
        os._exit(0)


def why_ended(status: int, seconds: float, limits: wire.Limits) -> wire.Header:
    """What a caller whose query ended its worker is told, by the status that `waitpid` gave."""
    code = -os.waitstatus_to_exitcode(status)
    if code == signal.SIGALRM:
        return time_limit(seconds)
    if code == signal.SIGABRT:
        limit = limits.memory_bytes >> 20
        return wire.failure("MemoryLimitReached", f"the query needed more than {limit:,} MiB, the limit")
    how = signal.Signals(code).name if code > 0 else f"exit code {-code}"
    return wire.failure("EngineError", f"the query ended the process that answered it ({how})")


def time_limit(seconds: float) -> wire.Header:
    """What a caller is told whose query was ended after its time."""
    return wire.failure("TimeLimitReached", f"the query ran for more than {seconds:g} seconds, the limit")


def _begin(kept: list[int], parent: int) -> None:
    """Leave this process of its parent's the descriptors that are kept, in order from 3 on."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    die_with_parent()
    if os.getppid() != parent:
        os._exit(1)
    if len(kept) == 1:
        os.nice(_NICENESS)
    # First out of each other's way: a descriptor that is kept may have the number that another is to get.
    moved = [fcntl.fcntl(each, fcntl.F_DUPFD, 64) for each in kept]
    for number, each in enumerate(moved, _CONTROL):
        os.dup2(each, number)
    os.closerange(_CONTROL + len(kept), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.close(nothing)


def _settle(index: Index, limits: wire.Limits, connections: int) -> Iterator[None]:
    """Make ready for many queries; the steps that make these quicker are still to be taken."""
    index.open()
    steps = index.settle()
    _confine(index, limits, connections)
    return steps


def _spend(steps: Iterator[None], seconds: float) -> None:
    """Take the steps that are left: for so many seconds, and then as long as nobody asks anything."""
    control = select.poll()
    control.register(_CONTROL, select.POLLIN)
    end = time.monotonic() + seconds
    for _ in steps:
        if time.monotonic() > end and control.poll(0):
            return


def _confine(index: Index, limits: wire.Limits, connections: int) -> None:
    """Leave this process what answering takes, and as many connections as it may still be given."""
    if sys.platform == "linux":
        # If memory runs out, the kernel is to take a worker, not the supervisor.
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    limit_memory(limits.memory_bytes)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Only connections of callers fit: nothing can be opened while a query runs, neither file nor socket,
    # but for what the index needs.
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free + connections + index.descriptors,) * 2)


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _receive(steps: Iterator[None], seconds: float) -> tuple[bytes, int] | None:
    """The next request and its connection; so many seconds, and the time until then, are spent on steps."""
    _spend(steps, seconds)
    control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, fileno=_CONTROL)
    try:
        data, descriptors, _, _ = socket.recv_fds(control, wire.CHUNK, 1)
        while data and len(data) < wire.frame_size(data):
            more = control.recv(wire.CHUNK)
            data = data + more if more else b""
        return (data, descriptors[0]) if data else None
    finally:
        control.detach()


def _send(connection: int, reply: bytes, marker: bytes) -> None:
    # The marker goes first where the reply cannot block: else a caller that has its answer and hangs up looks
    # to the supervisor as one that gave up.
    unwatched = len(reply) <= UNWATCHED_BYTES
    signal.setitimer(signal.ITIMER_REAL, 0 if unwatched else SENDING_SECONDS)
    os.write(_CONTROL, marker if unwatched else SENDING)
    view = memoryview(reply)
    with suppress(OSError):  # the caller may have gone
        while view:
            view = view[os.write(connection, view) :]
    os.close(connection)
    if not unwatched:
        signal.setitimer(signal.ITIMER_REAL, 0)
        os.write(_CONTROL, marker)


def _fetch(index: Index, request: wire.Request, limits: wire.Limits, connection: int) -> wire.Request:
    """The request when others have answered what it asks them; this process is confined from then on."""
    usual, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    # The engine looks at the syntax: meanwhile, whatever a text may hide from us opens nothing.
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, most))
    federation.judge(request, limits)
    resource.setrlimit(resource.RLIMIT_NOFILE, (usual, most))
    request = federation.ask_services(request, limits)
    os.closerange(connection + 1, usual)
    index.open()
    _confine(index, limits, connections=0)
    return request


def _reply(
    index: Index, request: wire.Request, limits: wire.Limits, *, unconfined: int | None = None
) -> bytes:
    """The framed reply, `long` if it took longer than a line is for.

    `unconfined` is the last descriptor of a process that is to ask others first.
    """
    begun = time.process_time()
    try:
        if unconfined is not None:
            request = _fetch(index, request, limits, unconfined)
        if request.explain:
            return wire.frame({}, explain_emptiness(index, request))
        header, answer = evaluate(index, request, limits)
        long = {"long": True} if time.process_time() > begun + LINE_SECONDS else {}
        return wire.frame(header | long, answer)
    except SyntaxError as error:
        return wire.frame(wire.failure("QueryError", *syntax.explain(request.text, str(error))))
    except ValueError as error:
        return wire.frame(wire.failure("QueryError", str(error)))
    except AlmatyError as error:
        where = (error.message, error.line, error.column) if isinstance(error, QueryError) else (str(error),)
        return wire.frame(wire.failure(type(error).__name__, *where))
    except MemoryError:
        os.abort()
    except BaseException as error:  # a panic of the engine is no Exception, and the caller is to know
        unknown = "is not supported" in str(error)  # a function that the engine has not
        kind, told = ("QueryError", str(error)) if unknown else ("EngineError", f"the engine failed: {error}")
        return wire.frame(wire.failure(kind, told))
