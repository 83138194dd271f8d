"""Decides which process answers which query, and what becomes of queries that take too much."""

import os
import select
import signal
import socket
import time
from collections import Counter
from contextlib import suppress
from typing import Final

from almaty_graph.engine import wire
from almaty_graph.engine.index.opening import Index
from almaty_graph.engine.lines import Lines
from almaty_graph.engine.loop import Loop
from almaty_graph.engine.process import Worker, fork
from almaty_graph.engine.queue import Job, Queue, to_be_ended
from almaty_graph.engine.worker import DONE, RETIRING, SENDING, SENDING_SECONDS, time_limit, why_ended

GROWTH: Final = 4  # times the workers kept are the workers used at most
LONG: Final = 0.05  # seconds after which a query has its worker replaced: short ones wait for one another
WATCHDOG: Final = 1.0  # seconds over its limit when a worker is taken for deaf
IDLE: Final = 10.0  # seconds after which a worker beyond those kept may leave


class Pool:
    """The workers. Nothing here waits for one: their replies go straight to the callers."""

    def __init__(self, index: Index, limits: wire.Limits, loop: Loop) -> None:
        self.index, self.limits, self.loop = index, limits, loop
        self.workers: list[Worker] = []
        self.idle: list[Worker] = []
        self.lines = Lines(index, limits, loop)
        self.waiting = Queue(limits)
        self.killed: Counter[str] = Counter()
        self.ending = False
        for _ in range(limits.workers):
            self._fork()

    @property
    def most(self) -> int:
        """How many workers there may be."""
        return GROWTH * self.limits.workers

    @property
    def busy(self) -> bool:
        """Whether a query runs, or a worker is on its way out."""
        return len(self.idle) < len(self.workers)

    @property
    def unsettled(self) -> bool:
        """Whether something may fall due without any event."""
        return self.busy or bool(self.waiting) or len(self.workers) > self.limits.workers

    @property
    def running(self) -> Counter[str]:
        """How many queries of each client run."""
        return Counter(worker.job.client for worker in self.workers if worker.job)

    def status(self) -> wire.Header:
        """Figures for those who watch."""
        at_work = {"running": self.running.total(), "waiting": len(self.waiting), "lines": len(self.lines)}
        return {"workers": len(self.workers), **at_work, **{f"ended {k}": n for k, n in self.killed.items()}}

    def enqueue(self, job: Job) -> None:
        """Let a job wait for its worker, or say why not."""
        self.loop.forget(job.connection.fileno())
        self.loop.watch(job.connection.fileno(), 0, lambda: self.cancel(job))
        if reason := self.waiting.refusal(job.client, self.running):
            self.refuse(job, reason)
            return
        self.waiting.add(job)
        self.dispatch()
        if excess := self.waiting.take_excess(max(0, self.most - len(self.workers))):
            self.refuse(*excess)

    def dispatch(self) -> None:
        """Give what waits to workers that are idle, or new as long as there may be more."""
        while len(self.waiting):
            job = self.waiting.take(self.running)
            if not (worker := self._worker_for(job)):
                self.waiting.put_back(job)
                return
            self._give(worker, job)

    def cancel(self, job: Job) -> None:
        """Forget the job of a caller that has hung up, and free its worker."""
        if job in self.waiting:
            self.waiting.remove(job)
            self.close(job)
            return
        for worker in [worker for worker in self.workers if worker.job is job]:
            self._hear(worker)
            if worker.job is job:
                self.loop.forget(job.connection.fileno())
                if not worker.sending:
                    self._kill(worker, {})

    def refuse(self, job: Job, reason: wire.Header) -> None:
        """Tell a caller why there is no answer, or nothing if there is no reason, and hang up."""
        if reason:
            with suppress(OSError):  # the caller may have gone
                job.connection.send(wire.frame(reason), socket.MSG_DONTWAIT)
        self.close(job)

    def close(self, job: Job) -> None:
        """Hang up."""
        self.loop.forget(job.connection.fileno())
        job.connection.close()

    def look(self, now: float) -> None:
        """Do what has fallen due: end the deaf, let the patient in, and let the superfluous go."""
        for worker in self.workers:
            if worker not in self.idle and now > worker.deadline:
                self._kill(worker, time_limit(worker.job.seconds if worker.job else 0))
        if self.waiting:
            self._evict(now)
        elif len(self.workers) > self.limits.workers and self.idle and now > self.idle[0].since + IDLE:
            self._dismiss(self.idle.pop(0))

    def end(self) -> None:
        """Let those go that are idle, kill all others, and wait until they are gone."""
        self.ending = True
        for worker in self.idle:
            self._dismiss(worker)  # and not kill it: it may be writing the reply that it has called done
        while any(time.monotonic() < worker.deadline for worker in self.idle):
            self.loop.turn(round(1000 * WATCHDOG))
        for worker in list(self.workers):
            self._kill(worker, wire.failure("EngineError", "the engine was stopped"))
            self._bury(worker)
        self.lines.end()

    def _evict(self, now: float) -> None:
        patience = self.waiting.patience(self.most)
        dying = sum(worker.verdict is not None for worker in self.workers)
        overdue = self.waiting.overdue(now - patience, running := self.running)[dying:]
        at_it = {w.job: w for w in self.workers if w.job and not w.sending and w.verdict is None}
        jobs = [(job, worker.since) for job, worker in at_it.items()]
        for worker in [at_it[job] for job in to_be_ended(jobs, running, overdue)]:
            if now > worker.since + patience:
                self._kill(worker, wire.failure("EngineBusy", "ended to let others in; ask again later"))

    def _worker_for(self, job: Job) -> Worker | None:
        """An idle one; a new one if there may be more, or if the job needs one that was not confined."""
        if job.asks_others or not self.idle:
            long = sum(each.job is not None and each.since + LONG < time.monotonic() for each in self.workers)
            if not job.asks_others and len(self.workers) >= self.limits.workers + long:
                return None
            if len(self.workers) >= self.most:
                if not self.idle:
                    return None
                self._dismiss(self.idle.pop(0))
            new = self._fork(once=job.asks_others)
            if job.asks_others or new is None:
                return new
        return self.idle.pop()

    def _dismiss(self, worker: Worker) -> None:
        worker.deadline = time.monotonic() + WATCHDOG
        worker.control.shutdown(socket.SHUT_WR)

    def _fork(self, *, once: bool = False) -> Worker | None:
        if worker := fork(self.index, self.limits, once=once):
            self.workers.append(worker)
            if not once:
                self.idle.append(worker)
            self.loop.watch(worker.control.fileno(), select.POLLIN, lambda: self._hear(worker))
        return worker

    def _give(self, worker: Worker, job: Job) -> None:
        worker.job, worker.since, worker.sending = job, time.monotonic(), False
        worker.deadline = worker.since + job.seconds + WATCHDOG
        try:
            sent = socket.send_fds(
                worker.control, [job.message], [job.connection.fileno()], socket.MSG_DONTWAIT
            )
        except OSError:
            # It was killed while it had nothing to do: the next one gets the job.
            worker.job = None
            self._kill(worker, {})
            self.waiting.put_back(job)
            return
        if sent < len(job.message):
            self._kill(worker, wire.failure("EngineError", "the engine takes no request of this size"))

    def _hear(self, worker: Worker) -> None:
        try:
            markers = worker.control.recv(16, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            markers = b""
        if not markers:
            self._bury(worker)
        for marker in (markers[index : index + 1] for index in range(len(markers))):
            now = time.monotonic()
            worker.sending = marker == SENDING
            worker.deadline = now + WATCHDOG + (SENDING_SECONDS if worker.sending else 0)
            if marker in {DONE, RETIRING} and worker.job:
                self._settle(worker)
                self.close(worker.job)
                worker.job, worker.since = None, now
            if marker == DONE and worker.verdict is None:
                self.idle.append(worker)

    def _kill(self, worker: Worker, verdict: wire.Header) -> None:
        if worker.verdict is None:
            worker.verdict = verdict
            os.kill(worker.pid, signal.SIGKILL)

    def _bury(self, worker: Worker) -> None:
        self.loop.forget(worker.control.fileno())
        worker.control.close()
        _, status = os.waitpid(worker.pid, 0)
        self.workers.remove(worker)
        if worker.job:
            self._settle(worker)
            reason = worker.verdict
            if reason is None:
                reason = why_ended(status, worker.job.seconds, self.limits)
            self.killed[reason.get("error", "cancelled")] += 1
            self.refuse(worker.job, {} if worker.sending else reason)
            worker.job = None  # or a caller that hangs up at this moment has it killed once more
        if worker in self.idle:
            # Not replaced until it is needed: it may be that no worker lives at all.
            self.idle.remove(worker)
        elif len(self.workers) < self.limits.workers and not self.ending:
            self._fork()

    def _settle(self, worker: Worker) -> None:
        if worker.job:
            self.waiting.charge(worker.job.client, time.monotonic() - worker.since)
