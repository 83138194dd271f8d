"""Decides who has a worker to itself: callers with lookups, as long as these are quick."""

import os
import select
import signal
import socket
from functools import partial
from typing import Final

from almaty_graph.engine import wire
from almaty_graph.engine.index.opening import Index
from almaty_graph.engine.index.remote import RemoteIndex
from almaty_graph.engine.loop import Loop
from almaty_graph.engine.queue import Job
from almaty_graph.engine.worker import serve_line

_MOST: Final = 16


class Lines:
    """The workers that answer one caller each, on that caller's connection, until either ends."""

    def __init__(self, index: Index, limits: wire.Limits, loop: Loop) -> None:
        self.index, self.limits, self.loop = index, limits, loop
        # Elsewhere, a query that is given up here goes on, and would be put twice.
        self._most = 0 if isinstance(index, RemoteIndex) else _MOST
        # By process: what closes when it ends, and the caller's connection.
        self._alive: dict[int, tuple[socket.socket, socket.socket]] = {}

    def __len__(self) -> int:
        return len(self._alive)

    def open(self, job: Job) -> None:
        """Give a caller a worker of its own, or hang up if there are enough."""
        self.loop.forget(job.connection.fileno())
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                pid = os.fork() if len(self) < self._most else None
            except OSError:
                pid = None
            if pid == 0:
                serve_line(self.index, job.connection.fileno(), theirs.fileno(), self.limits)
        if pid is None:
            ours.close()
            job.connection.close()
            return
        self._alive[pid] = ours, job.connection
        self.loop.watch(ours.fileno(), select.POLLIN, partial(self._bury, pid))
        # Nobody waits for what it may still be at; and a worker that is stopped would never notice.
        self.loop.watch(job.connection.fileno(), 0, partial(os.kill, pid, signal.SIGKILL))

    def end(self) -> None:
        """Kill them all, and wait until they are gone."""
        for pid in list(self._alive):
            os.kill(pid, signal.SIGKILL)
            self._bury(pid)

    def _bury(self, pid: int) -> None:
        for each in self._alive.pop(pid):
            self.loop.forget(each.fileno())
            each.close()
        os.waitpid(pid, 0)
