"""Decides what a validation may take: time, memory, and no way to anybody, in a process of its own."""

import os
import resource
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass

from almaty_graph.engine.isolation import forbid_sockets, limit_memory
from almaty_graph.errors import AlmatyError, EngineError, MemoryLimitReached, TimeLimitReached

_FAILED = 3  # exit code of a process that has said why


@dataclass(frozen=True)
class Bounds:
    """What a validation may take: seconds, and bytes of memory."""

    seconds: float = 600.0
    memory_bytes: int = 8 << 30


def run_confined(work: Callable[[], bool], bounds: Bounds) -> bool:
    """What the work returns, done in a process of its own that is ended when it takes too much.

    Whatever shapes and data hold, nothing is asked of anybody: the process can open no socket. Raises
    TimeLimitReached, MemoryLimitReached, and, for what the work itself says is wrong, AlmatyError.
    """
    sys.stdout.flush()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _work(work, bounds, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as said:
        message = said.read().decode(errors="replace")
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if message:
        raise AlmatyError(message)
    if code == -signal.SIGALRM:
        raise TimeLimitReached(f"validating took more than {bounds.seconds:g} seconds, the limit")
    if code < 0 or code == _FAILED:
        limit = bounds.memory_bytes >> 20
        raise MemoryLimitReached(
            f"validating needed more than {limit:,} MiB of memory, the limit, or broke down"
        )
    return code == 0


def _work(work: Callable[[], bool], bounds: Bounds, writing: int) -> None:
    code = _FAILED
    try:
        _silence_the_engine()
        try:
            forbid_sockets()
        except EngineError as error:
            sys.stderr.write(f"almaty-graph: {error}\n")
        limit_memory(bounds.memory_bytes)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, bounds.seconds)
        code = 0 if work() else 1
        sys.stdout.flush()
    except (AlmatyError, OSError) as error:
        os.write(writing, str(error).encode(errors="replace"))
    except MemoryError:
        pass
    finally:
        os._exit(code)


def _silence_the_engine() -> None:
    """Standard error is for what we say: the engine, out of memory, would print its stack there."""
    ours = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    sys.stderr = os.fdopen(ours, "w", buffering=1)
