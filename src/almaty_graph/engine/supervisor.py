"""Decides who is heard by the engine process: callers, its owner, and SIGTERM.

The engine process is `python -m almaty_graph.engine.supervisor SOCKET INDEX LIMITS`. It holds the data,
evaluates nothing itself, and forks workers that do. It says `ready` on its standard output, and ends when
its standard input does: when its owner is gone, however that died.
"""

import gc
import os
import select
import shutil
import signal
import socket
import sys
import time
from functools import partial
from pathlib import Path
from typing import Final

from almaty_graph.engine import wire
from almaty_graph.engine.index.opening import open_index
from almaty_graph.engine.isolation import die_with_parent
from almaty_graph.engine.loop import Loop
from almaty_graph.engine.pool import Pool
from almaty_graph.engine.queue import Job

READING: Final = 5.0  # seconds that a caller has to send its request
CONNECTIONS: Final = 256  # callers that may be sending one
BACKLOG: Final = 1024
GRACE: Final = 5.0  # seconds that running queries have when the process is told to stop
_TICK: Final = 50  # milliseconds

_BUSY: Final = wire.failure("EngineBusy", "too many callers are connected; ask again later")


class Supervisor:
    """One loop with callers on one side and workers on the other, in which nothing waits for either."""

    def __init__(self, listener: socket.socket, pool: Pool, loop: Loop) -> None:
        self.listener, self.pool, self.loop = listener, pool, loop
        self.reading: set[Job] = set()
        self.stop_at: float | None = None
        self.orphaned = False
        loop.watch(listener.fileno(), select.POLLIN, self._accept)

    def run(self) -> None:
        """Answer until the owner is gone, or until what runs at a stop has ended."""
        while not self._finished():
            unsettled = self.pool.unsettled or self.reading or self.stop_at is not None
            self.loop.turn(_TICK if unsettled else None)
            now = time.monotonic()
            for job in [job for job in self.reading if now > job.since + READING]:
                self.reading.remove(job)
                self.pool.close(job)
            self.pool.dispatch()
            self.pool.look(now)
        self.stop()
        self.pool.end()

    def _finished(self) -> bool:
        if self.orphaned or self.stop_at is None:
            return self.orphaned
        return not self.pool.busy or time.monotonic() > self.stop_at

    def hear_owner(self) -> None:
        """Stop at once when standard input has ended."""
        self.orphaned = not os.read(sys.stdin.fileno(), 4096)
        if self.orphaned:
            self.loop.forget(sys.stdin.fileno())

    def hear_signal(self, woken: int) -> None:
        """Stop when a signal is told on that descriptor, which tells it again until it is read."""
        os.read(woken, 4096)
        self.stop()

    def stop(self) -> None:
        """Take no more queries, and let those that run come to an end within the grace time."""
        if self.stop_at is not None:
            return
        self.stop_at = time.monotonic() + GRACE
        self.loop.forget(self.listener.fileno())
        self.listener.close()
        for job in [*self.reading, *self.pool.waiting.clear()]:
            self.pool.refuse(job, wire.failure("EngineError", "the engine is stopping"))
        self.reading.clear()
        self.pool.lines.end()
        self.pool.ending = True

    def _accept(self) -> None:
        try:
            connection, _ = self.listener.accept()
        except OSError:
            return  # the caller has gone, or we are out of descriptors for now
        job = Job(connection)
        if len(self.reading) >= CONNECTIONS:
            self.pool.refuse(job, _BUSY)
            return
        self.reading.add(job)
        self.loop.watch(connection.fileno(), select.POLLIN, lambda: self._read(job))
        self._read(job)

    def _read(self, job: Job) -> None:
        try:
            data = job.connection.recv(wire.CHUNK, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        job.message += data
        size = wire.frame_size(job.message) if len(job.message) >= wire.START else wire.REQUEST_BYTES
        if not data or size > wire.REQUEST_BYTES or size < len(job.message):
            self.reading.remove(job)
            self.pool.close(job)
        elif size == len(job.message):
            self.reading.remove(job)
            self._enqueue(job)

    def _enqueue(self, job: Job) -> None:
        pool = self.pool
        try:
            header, _ = wire.unframe(job.message)
            if header.get("task") == wire.LINE:
                pool.lines.open(job)
                return
            if header.get("task") == wire.STATUS:
                pool.refuse(job, pool.status())
                return
            job.seconds = min(float(header["seconds"]), pool.limits.seconds)
            job.client = str(header.get("client", ""))
            job.asks_others = bool(header.get("asks_others"))
        except (ValueError, KeyError, TypeError):
            pool.close(job)
            return
        job.since = time.monotonic()
        pool.enqueue(job)


def main(address: str, spec: str, limits: str) -> None:
    """Load, listen, and answer until stopped."""
    die_with_parent()
    loop = Loop()
    woken, waker = os.pipe()
    os.set_blocking(waker, False)
    index = open_index(spec)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(BACKLOG)
        # What is frozen is not written to by the collector, and so stays shared with the workers.
        gc.freeze()
        supervisor = Supervisor(listener, Pool(index, wire.Limits.read(limits), loop), loop)
        loop.watch(sys.stdin.fileno(), select.POLLIN, supervisor.hear_owner)
        loop.watch(woken, select.POLLIN, partial(supervisor.hear_signal, woken))
        signal.set_wakeup_fd(waker)
        signal.signal(signal.SIGTERM, lambda *_: None)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        # From here on the owner's end of standard input decides; the thread that started us may end.
        die_with_parent(0)
        supervisor.run()
    Path(address).unlink(missing_ok=True)
    if supervisor.orphaned:
        # Nobody else is left to clear away the folder that was made for this process.
        shutil.rmtree(Path(address).parent, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
