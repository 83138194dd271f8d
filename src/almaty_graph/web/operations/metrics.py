"""Decides what is counted of requests, and how the processes of the web tell their sum.

The multiprocess mode of prometheus-client costs some fifteen microseconds a request; counts in a dictionary,
written to a file of the process now and then, cost two.
"""

import json
import os
import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS: Final = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0, 30.0, 60.0)
_COUNT, _BYTES, _SECONDS, _FIRST = 0, 1, 2, 3
_NAME: Final = "almaty_graph"

Key = tuple[str, str, str]  # kind of route, method, status
Figures = Callable[[], Mapping[str, float]]


@dataclass(frozen=True)
class Counts:
    """How many requests of each key, their bytes and seconds, how many took how long; and named events."""

    requests: dict[Key, list[float]] = field(default_factory=dict)
    events: Counter[tuple[str, str]] = field(default_factory=Counter)
    in_progress: int = 0

    def dump(self) -> str:
        """As text."""
        requests = [[*key, row] for key, row in self.requests.items()]
        events = [[*key, number] for key, number in self.events.items()]
        return json.dumps([requests, events, self.in_progress])

    @classmethod
    def load(cls, text: str) -> "Counts":
        """From text; ValueError for what is none."""
        requests, events, in_progress = json.loads(text)
        rows = {(kind, method, status): row for kind, method, status, row in requests}
        return cls(rows, Counter({(family, label): n for family, label, n in events}), in_progress)


class Metrics:
    """The counts of this process, in a folder that the processes of one server share.

    Counts stay when their process ends. `figures` tells of the engine, and may raise what it likes.
    """

    def __init__(self, folder: Path, figures: Figures = dict) -> None:
        self.folder, self.figures = folder, figures
        self._path = folder / f"{os.getpid()}-{time.monotonic_ns()}.counts"
        self._requests: dict[Key, list[float]] = {}
        self._events: Counter[tuple[str, str]] = Counter()
        self._in_progress = 0
        self._lock = threading.Lock()

    def begin(self) -> None:
        """A request came."""
        with self._lock:
            self._in_progress += 1

    def end(self, key: Key, size: int, seconds: float, *events: tuple[str, str]) -> None:
        """It was answered, with so many bytes, in so many seconds; events are a family and a label."""
        with self._lock:
            self._in_progress -= 1
            row = self._requests.get(key)
            if row is None:
                row = self._requests[key] = [0.0] * (_FIRST + len(_BUCKETS) + 1)
            row[_COUNT] += 1
            row[_BYTES] += size
            row[_SECONDS] += seconds
            row[_FIRST + bisect_left(_BUCKETS, seconds)] += 1
            for event in events:
                self._events[event] += 1

    def publish(self) -> None:
        """Write the counts of this process to where the others find them; does nothing if that fails."""
        with self._lock:
            text = Counts(self._requests, self._events, self._in_progress).dump()
        with suppress(OSError):
            draft = self._path.with_suffix(".draft")
            draft.write_text(text)
            draft.replace(self._path)

    def exposition(self) -> bytes:
        """The sum over all processes, as Prometheus reads it."""
        # From files only, this process's too: a sum of what is older here than there could shrink.
        self.publish()
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Sum(list(_read(self.folder)), self._engine()))
        return generate_latest(registry)

    def _engine(self) -> Mapping[str, float] | None:
        try:
            return self.figures()
        except Exception:  # whatever it is, there are no figures, and that is told
            return None


class _Sum(Collector):
    """The sum of counts, by family."""

    def __init__(self, counts: Iterable[Counts], engine: Mapping[str, float] | None) -> None:
        self.engine, self.in_progress = engine, 0
        self.requests: dict[Key, list[float]] = {}
        self.events: Counter[tuple[str, str]] = Counter()
        for each in counts:
            self.in_progress += each.in_progress
            self.events.update(each.events)
            for key, row in each.requests.items():
                known = self.requests.get(key, [0.0] * len(row))
                self.requests[key] = [a + b for a, b in zip(known, row, strict=True)]

    def collect(self) -> Iterator[Metric]:
        yield from self._of_requests()
        yield GaugeMetricFamily(f"{_NAME}_requests_in_progress", "Requests being answered.", self.in_progress)
        for family, label, told in (
            (
                "cache",
                "result",
                "Requests whose reply was kept (hit), was not (miss), or was not sent again.",
            ),
            ("queries", "outcome", "Queries by what became of them."),
        ):
            metric = CounterMetricFamily(f"{_NAME}_{family}", told, labels=[label])
            for (found, value), number in sorted(self.events.items()):
                if found == family:
                    metric.add_metric([value], number)
            yield metric
        yield from self._of_engine()

    def _of_requests(self) -> Iterator[Metric]:
        count = CounterMetricFamily(
            f"{_NAME}_requests", "Requests answered.", labels=["kind", "method", "status"]
        )
        size = CounterMetricFamily(f"{_NAME}_reply_bytes", "Bytes of bodies sent.", labels=["kind"])
        took = HistogramMetricFamily(
            f"{_NAME}_request_seconds", "Seconds until the reply was ready, or sent if long.", labels=["kind"]
        )
        by_kind: dict[str, list[float]] = {}
        for key, row in sorted(self.requests.items()):
            count.add_metric(key, row[_COUNT])
            known = by_kind.get(key[0], [0.0] * len(row))
            by_kind[key[0]] = [a + b for a, b in zip(known, row, strict=True)]
        for kind, row in by_kind.items():
            size.add_metric([kind], row[_BYTES])
            took.add_metric([kind], _cumulated(row[_FIRST:]), row[_SECONDS])
        yield from (count, size, took)

    def _of_engine(self) -> Iterator[Metric]:
        answers = self.engine is not None
        yield GaugeMetricFamily(f"{_NAME}_engine_up", "Whether the engine tells its figures.", int(answers))
        now = GaugeMetricFamily(f"{_NAME}_engine", "The engine: its workers and queries.", labels=["figure"])
        ended = CounterMetricFamily(f"{_NAME}_engine_ended", "Queries ended, by reason.", labels=["reason"])
        for name, value in sorted((self.engine or {}).items()):
            reason = name.removeprefix("ended ")
            (now if reason == name else ended).add_metric([reason], value)
        yield from (now, ended)


def _cumulated(buckets: list[float]) -> list[tuple[str, float]]:
    bounds = [*(str(bound) for bound in _BUCKETS), "+Inf"]
    return [(bound, sum(buckets[: number + 1])) for number, bound in enumerate(bounds)]


def _read(folder: Path) -> Iterator[Counts]:
    for path in folder.glob("*.counts"):
        with suppress(OSError, ValueError):
            counts = Counts.load(path.read_text())
            # What was in progress when a process was killed is not any more.
            is_alive = Path(f"/proc/{path.name.partition('-')[0]}").exists()
            yield counts if is_alive else Counts(counts.requests, counts.events)
