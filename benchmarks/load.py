"""Decides how a server is put under load: by wrk, that asks a template's queries again or never again."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from urllib.parse import quote

from benchmarks.engines import TABLE, Server, program
from benchmarks.processes import cost
from benchmarks.queries import Asked

_SCRIPT: Final = Path(__file__).with_name("load.lua")
_AGAIN: Final = 100  # different queries, asked again and again
_PATIENCE: Final = 30  # seconds until wrk counts a request as failed


@dataclass(frozen=True)
class Load:
    """What one run of wrk found: latencies in milliseconds, processor time in microseconds a request, bytes.

    `failures` are answers other than 2xx and 3xx, broken connections, and requests without an answer.
    """

    engine: str
    size: str
    mode: str
    connections: int
    round: int
    requests: int
    per_second: float
    p50: float
    p99: float
    failures: int
    cpu: float
    engine_cpu: float
    rss: int
    pss: int


@dataclass(frozen=True)
class Mode:
    """What is asked under load: queries of a template, each new, or a hundred again and again."""

    name: str
    template: str
    again: bool


@dataclass(frozen=True)
class LoadGenerator:
    """Asks a server the queries of a template: each a new one, or a hundred again and again."""

    server: Server
    asked: Asked
    again: bool
    constants: Path

    @classmethod
    def make(cls, server: Server, asked: Asked, again: bool, folder: Path) -> Self:
        """The generator, with its file in a folder: a line of pieces, then one of constants a placeholder."""
        rows = [asked.template.pieces, *asked.values]
        assert len(rows[0]) == len(rows), "the script fills each placeholder once"
        file = folder / f"{asked.template.name}-{asked.population.people}"
        file.write_text("".join("\t".join(quote(text, safe="") for text in row) + "\n" for row in rows))
        return cls(server, asked, again, file)

    def run(self, connections: int, seconds: int) -> dict[str, float]:
        """The figures of one run of wrk, by the names of Load."""
        before = cost(self.server.pid, memory=False)
        found = self._wrk(connections, seconds)
        after = cost(self.server.pid)
        requests = int(found["requests"])
        if not self.again:
            self.asked.take(requests + connections)  # and those on their way when time was up
        share = 1e6 / max(1, requests)
        return {
            "requests": requests,
            "per_second": (requests - found["failures"]) / found["seconds"],
            "p50": found["p50"],
            "p99": found["p99"],
            "failures": int(found["failures"]),
            "cpu": share * (after.seconds - before.seconds),
            "engine_cpu": share * (after.engine_seconds - before.engine_seconds),
            "rss": after.rss,
            "pss": after.pss,
        }

    def _wrk(self, connections: int, seconds: int) -> dict[str, float]:
        first, period = (0, _AGAIN) if self.again else (self.asked.next, 0)
        run = subprocess.run(
            [program("wrk", "wrk of Debian"), "--threads", "1", "--connections", str(connections),
             "--duration", f"{seconds}s", "--timeout", f"{_PATIENCE}s", "--script", str(_SCRIPT),
             f"http://127.0.0.1:{self.server.port}", "--",
             str(self.constants), self.server.path, TABLE, str(first), str(period)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        found: dict[str, float] = json.loads(run.stdout.strip().rpartition("\n")[2])
        return found
