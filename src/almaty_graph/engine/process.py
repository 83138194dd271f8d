"""Decides what a worker is to whoever has it: a process, the way to it, and what it is at."""

import os
import socket
import time
from dataclasses import dataclass, field

from almaty_graph.engine import wire
from almaty_graph.engine.index.opening import Index
from almaty_graph.engine.queue import Job
from almaty_graph.engine.worker import serve


@dataclass(eq=False)
class Worker:
    """One process, and what it is at."""

    pid: int
    control: socket.socket
    job: Job | None = None
    since: float = field(default_factory=time.monotonic)
    deadline: float = 0.0
    sending: bool = False
    verdict: wire.Header | None = None  # why we killed it


def fork(index: Index, limits: wire.Limits, *, once: bool) -> Worker | None:
    """A new worker, for one query or for many; None if the system has no room for it."""
    parent = os.getpid()
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * wire.REQUEST_BYTES)
    with theirs:
        try:
            pid = os.fork()
        except OSError:
            ours.close()
            return None
        if pid == 0:
            serve(index, theirs.fileno(), parent, limits, once=once)
    return Worker(pid, ours)
