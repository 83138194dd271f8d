"""Decides how long a query takes: on one kept connection, from the first byte sent to the last received."""

import http.client
import time
from dataclasses import dataclass
from typing import Final

from benchmarks.engines import GRAPH, TABLE, Server
from benchmarks.queries import Asked

_PATIENCE: Final = 120.0  # seconds


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
    """A connection that is kept, and opened again when the server has closed it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_PATIENCE)

    def time(self, asked: Asked) -> tuple[float, str]:
        """The milliseconds in which a query never asked before is answered, and what went wrong."""
        accept = GRAPH if asked.template.is_graph else TABLE
        target = self.server.target(asked.new())
        begun = time.perf_counter()
        try:
            self._connection.request("GET", target, headers={"Accept": accept})
            response = self._connection.getresponse()
            response.read()
            failure = "" if response.status == 200 else f"status {response.status}"
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            failure = type(error).__name__
        return 1000 * (time.perf_counter() - begun), failure

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
