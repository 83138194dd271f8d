"""Decides what a validation may take: time, memory, and no way to anybody, in a process of its own."""

import os
import resource
import select
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from almaty_graph.engine import wire
from almaty_graph.engine.calls import raise_failure
from almaty_graph.engine.isolation import die_with_parent, forbid_sockets, limit_memory
from almaty_graph.errors import (
    AlmatyError,
    EngineError,
    InputError,
    MemoryLimitReached,
    SourceError,
    TimeLimitReached,
)

_FAILED: Final = 3  # exit code of a process that has said why


@dataclass(frozen=True)
class Bounds:
    """What a validation may take: seconds, and bytes of memory; and whether it has nobody to ask."""

    seconds: float = 600.0
    memory_bytes: int = 8 << 30
    is_alone: bool = True


def run_confined(work: Callable[[], bool], bounds: Bounds, caller: int | None = None) -> bool:
    """What the work returns, done in a process of its own that is ended when it takes too much.

    It is ended too when the `caller`, a descriptor of a socket, hangs up. If it is to be alone, nothing is
    asked of anybody, whatever shapes and data hold: it can open no socket. Raises TimeLimitReached,
    MemoryLimitReached, InputError for shapes and data that cannot be used, and AlmatyError for whatever else
    the work says.
    """
    sys.stdout.flush()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _work(work, bounds, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as said:
        if caller is not None and _hangs_up(caller, reading):
            os.kill(child, signal.SIGKILL)
        message = said.read()
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if message:
        raise_failure(wire.unframe(message)[0])
    if code == -signal.SIGALRM:
        raise TimeLimitReached(f"validating took more than {bounds.seconds:g} seconds, the limit")
    if code < 0 or code == _FAILED:
        limit = bounds.memory_bytes >> 20
        raise MemoryLimitReached(
            f"validating needed more than {limit:,} MiB of memory, the limit, or broke down"
        )
    return code == 0


def _hangs_up(caller: int, working: int) -> bool:
    """Whether the caller has gone before the work has ended."""
    poll = select.poll()
    poll.register(working, 0)  # hung up when the process ends
    poll.register(caller, select.POLLRDHUP)
    return dict(poll.poll()).keys() == {caller}


def _work(work: Callable[[], bool], bounds: Bounds, writing: int) -> None:
    code = _FAILED
    try:
        die_with_parent()
        _silence_the_engine()
        if bounds.is_alone:
            _keep_alone()
        limit_memory(bounds.memory_bytes)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, bounds.seconds)
        code = 0 if work() else 1
        sys.stdout.flush()
    except (AlmatyError, OSError) as error:
        with suppress(OSError):  # nobody listens any longer
            os.write(writing, wire.frame(_failure(error)))
    except MemoryError:
        pass
    finally:
        os._exit(code)


def _keep_alone() -> None:
    try:
        forbid_sockets()
    except EngineError as error:
        sys.stderr.write(f"almaty-graph: {error}\n")


def _failure(error: AlmatyError | OSError) -> wire.Header:
    told = str(error).encode(errors="replace").decode()[:2000]  # less than a pipe takes at once
    if isinstance(error, SourceError | InputError):
        return wire.failure(
            InputError.__name__, told, getattr(error, "line", None), getattr(error, "column", None)
        )
    return wire.failure(AlmatyError.__name__, told)


def _silence_the_engine() -> None:
    """Standard error is for what we say: the engine, out of memory, would print its stack there."""
    ours = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    sys.stderr = os.fdopen(ours, "w", buffering=1)
