"""Decides how long a query takes: on one kept connection, from the first byte sent to the last received."""

import http.client
import time
from dataclasses import dataclass
from typing import Final

from benchmarks.engines import GRAPH, TABLE, Server
from benchmarks.queries import Asked

_PATIENCE: Final = 120.0  # seconds
_IDLE: Final = 1.0  # seconds after which a server may be about to close a connection


@dataclass(frozen=True)
class Latency:
    """One query answered in so many milliseconds, or why it was not."""

    engine: str
    size: str
    query: str
    round: int
    milliseconds: float
    failure: str = ""


class Client:
    """A connection that is kept while it is used, and opened anew, untimed, when it was idle."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_PATIENCE)
        self._used = 0.0

    def time(self, asked: Asked) -> tuple[float, str]:
        """The milliseconds in which a query never asked before is answered, and what went wrong."""
        accept = GRAPH if asked.template.is_graph else TABLE
        target = self.server.target(asked.new())
        if time.monotonic() > self._used + _IDLE:
            self._connection.close()
            self._connection.connect()
        begun = time.perf_counter()
        try:
            self._connection.request("GET", target, headers={"Accept": accept})
            response = self._connection.getresponse()
            response.read()
            failure = "" if response.status == 200 else f"status {response.status}"
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            failure = type(error).__name__
        self._used = time.monotonic()
        return 1000 * (time.perf_counter() - begun), failure

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
