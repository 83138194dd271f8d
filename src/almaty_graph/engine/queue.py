"""Decides who is next: which client's query, whose query makes room for it, and who has had enough."""

import socket
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from almaty_graph.engine import wire

_PATIENCE: Final = 0.5  # seconds that a query waits before it ends another, and runs before it may be ended
_ROUND: Final = 0.75  # seconds that all who wait have to share, however many they are
_MINUTE: Final = 60.0
_CLIENTS: Final = 10_000  # clients remembered


@dataclass(eq=False)
class Job:
    """One request, its caller's connection, and since when it waits or is being read."""

    connection: socket.socket
    message: bytes = b""
    seconds: float = 0.0
    client: str = ""
    asks_others: bool = False
    since: float = field(default_factory=time.monotonic)


class Queue:
    """Jobs that wait, the oldest first; a client that has less at work than another goes before it."""

    def __init__(self, limits: wire.Limits) -> None:
        self.limits = limits
        self._jobs: list[Job] = []
        self._used: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._jobs)

    def __iter__(self) -> Iterator[Job]:
        return iter(list(self._jobs))

    def __contains__(self, job: object) -> bool:
        return job in self._jobs

    def refusal(self, client: str, running: Counter[str]) -> wire.Header | None:
        """Why a client may have no further query, or None."""
        limits, waiting = self.limits, sum(job.client == client for job in self._jobs)
        if limits.client_queries and waiting + running[client] >= limits.client_queries:
            return _enough(f"{limits.client_queries} queries at once, the limit")
        if limits.client_seconds and self._spent(client) >= limits.client_seconds:
            return _enough(f"used {limits.client_seconds:g} seconds within a minute, the limit")
        return None

    def add(self, job: Job) -> None:
        """Let a job wait."""
        self._jobs.append(job)

    def take_excess(self, room: int = 0) -> tuple[Job, wire.Header] | None:
        """The newest job of the client that has most, and why it is not to wait, if more wait than may.

        There is room for some of those who wait: they will have their workers soon.
        """
        if len(self._jobs) <= self.limits.waiting + room:
            return None
        client, number = Counter(job.client for job in self._jobs).most_common(1)[0]
        job = next(job for job in reversed(self._jobs) if job.client == client)
        self._jobs.remove(job)
        if number > 1 and number * 2 > len(self._jobs):
            return job, _enough(f"most of the {self.limits.waiting} queries that may wait")
        return job, wire.failure("EngineBusy", "too many queries are waiting; ask again later")

    def put_back(self, job: Job) -> None:
        """Let a job that was taken wait again, before all others."""
        self._jobs.insert(0, job)

    def remove(self, job: Job) -> None:
        """Forget a job that waits."""
        self._jobs.remove(job)

    def take(self, running: Counter[str]) -> Job:
        """The job that is next; there has to be one."""
        job = min(self._jobs, key=_turn(running))
        self._jobs.remove(job)
        return job

    def clear(self) -> Sequence[Job]:
        """All jobs, which then wait no longer."""
        jobs, self._jobs = self._jobs, []
        return jobs

    def patience(self, workers: int) -> float:
        """The seconds that each of those who wait has to wait for one of so many workers, and then may run.

        The slices shorten as the queue grows, so that a newcomer's wait does not grow with it.
        """
        return min(_PATIENCE, _ROUND * workers / len(self._jobs))

    def overdue(self, before: float, running: Counter[str]) -> Sequence[Job]:
        """Those that have waited since before that time, the next first."""
        return sorted((job for job in self._jobs if job.since < before), key=_turn(running))

    def charge(self, client: str, seconds: float) -> None:
        """Remember what a client has used; what it used is forgotten evenly within a minute."""
        if self.limits.client_seconds:
            self._used[client] = (self._spent(client) + seconds, time.monotonic())
            self._used.move_to_end(client)
            if len(self._used) > _CLIENTS:
                self._used.popitem(last=False)

    def _spent(self, client: str) -> float:
        used, then = self._used.get(client, (0.0, 0.0))
        return max(0.0, used - (time.monotonic() - then) * self.limits.client_seconds / _MINUTE)


def _turn(running: Counter[str]) -> Callable[[Job], tuple[int, float]]:
    return lambda job: (running[job.client], job.since)


def _enough(what: str) -> wire.Header:
    return wire.failure("TooManyQueries", f"this client has {what}; ask again later")


def to_be_ended(
    jobs: Sequence[tuple[Job, float]], running: Counter[str], waiting: Sequence[Job]
) -> list[Job]:
    """Which of the jobs, each with the time it began, make room for those that wait, the next of them first.

    A job makes room for its own client, or for one that has less at work, never for one that has as much or
    more: of the client that has most, the longest.
    """
    left = [job for job, _ in sorted(jobs, key=lambda each: each[1])]
    at_work, chosen = running.copy(), list[Job]()
    for newcomer in waiting:
        share = at_work[newcomer.client]
        candidates = [job for job in left if job.client == newcomer.client or at_work[job.client] > share]
        if candidates:
            chosen.append(max(candidates, key=lambda job: at_work[job.client]))  # the first of the highest
            left.remove(chosen[-1])
            at_work[chosen[-1].client] -= 1
            at_work[newcomer.client] += 1
    return chosen
