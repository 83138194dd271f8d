"""Decides what is known of the server under attack: its processes, its memory, and how fast it answers."""

import http.client
import resource
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import quote, urlsplit

from conftest import serving
from process_tree import children, command_line, proportional_bytes, tree, wait_until

SECONDS = 0.5
MEMORY = 128  # MiB
WORKERS = 2
# Not more than this is ever held: what all workers that may be have together, and the servers around them.
BOUND_BYTES = (4 * WORKERS * MEMORY + 512) << 20
PROMISE = 2.0  # seconds in which `ASK {}` is answered, whatever happens

ATTACKER, OTHER = "127.0.0.1", "127.0.0.2"  # whom fairness tells apart


@dataclass
class Target:
    """A server, as those see it who attack it, who use it meanwhile, and who operate it."""

    address: str
    process: subprocess.Popen[bytes]
    waits: list[float] = field(default_factory=list)
    peak_bytes: int = 0
    numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        wait_until(lambda: len(self.processes()["web"]) == 2, 5)
        self.lasting = self.processes()

    @property
    def port(self) -> int:
        """Where it listens."""
        return urlsplit(self.address).port or 80

    def processes(self) -> dict[str, list[int]]:
        """The processes that no client may end: the first, the engine's, who validates, and the web's."""
        below = children(self.process.pid)
        engine, validating = (
            [pid for pid in below if f"almaty_graph.{module}" in command_line(pid)]
            for module in ("engine.supervisor", "validation.service")
        )
        return {
            "first": [self.process.pid],
            "engine": engine,
            "validating": validating,
            "web": [pid for pid in below if pid not in (*engine, *validating)],
        }

    def workers(self) -> list[int]:
        """The processes that answer queries."""
        return [worker for engine in self.processes()["engine"] for worker in children(engine)]

    def connect(self, seconds: float = 10.0) -> socket.socket:
        """A connection to the server, whose operations may take so long."""
        return socket.create_connection(("127.0.0.1", self.port), seconds, (ATTACKER, 0))

    def get(self, query: str, timeout: float = 30.0) -> tuple[int, bytes]:
        """The status and the body of the answer to a query, for a client that attacks nobody."""
        host = http.client.HTTPConnection("127.0.0.1", self.port, timeout, (OTHER, 0))
        with closing(host) as connection:
            connection.request("GET", f"/sparql?query={quote(query)}", headers={"Connection": "close"})
            response = connection.getresponse()
            return response.status, response.read()

    def ask(self, timeout: float = 30.0) -> float:
        """The seconds that a query which nobody has asked before took to be answered; asserts the answer."""
        begun = time.monotonic()
        status, body = self.get(f"ASK {{}} # {next(self.numbers)}", timeout)
        waited = time.monotonic() - begun
        self.waits.append(waited)
        assert (status, body) == (200, b'{"head":{},"boolean":true}'), (status, body[:300])
        return waited

    def take_waits(self) -> list[float]:
        """The seconds of all answers since this was last asked."""
        taken, self.waits = self.waits, []
        return taken

    def weigh(self) -> None:
        """Note the memory that all processes hold together, what they share counted once."""
        self.peak_bytes = max(self.peak_bytes, sum(map(proportional_bytes, tree(self.process.pid))))


@contextmanager
def attacked(folder: Path, *options: str, before: tuple[str, ...] = ()) -> Iterator[Target]:
    """A server of a release with small limits, weighed ten times a second; `before` is what starts it."""
    limits = ("--seconds", str(SECONDS), "--memory", str(MEMORY), "--workers", str(WORKERS))
    ended = threading.Event()

    def weigh() -> None:
        while not ended.wait(0.1):
            target.weigh()

    with serving(folder, *limits, *options, before=before) as (address, process):
        # Those who attack it need descriptors too, and it shall not have its own from them.
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8192)), hard))
        target = Target(address, process)
        scales = threading.Thread(target=weigh)
        scales.start()
        try:
            yield target
        finally:
            ended.set()
            scales.join()
