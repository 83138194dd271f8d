"""A server of nothing but what the tests of its rim ask: it waits, reads bodies, and sends long answers."""

import json
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer
from werkzeug.exceptions import HTTPException

from almaty_graph.web.operations.accesslog import AccessLog
from almaty_graph.web.operations.metrics import Metrics
from almaty_graph.web.operations.telemetry import Telemetry
from almaty_graph.web.operations.watch import Watch

THREADS = 32
Start = Callable[..., object]
Environ = dict[str, Any]


class App:
    """`ended` are the names of the requests whose clients were found to have hung up."""

    def __init__(self, body_seconds: float, metrics: Metrics) -> None:
        self.watch, self.metrics, self.ended = Watch(THREADS, body_seconds), metrics, list[str]()
        self.watch.start()

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        try:
            return self.answer(environ, start)
        except HTTPException as error:
            retry = str(getattr(error, "retry_after", ""))
            start(f"{error.code} {error.name}", [("Retry-After", retry)] if retry else [])
            return [b""]

    def answer(self, environ: Environ, start: Start) -> Iterable[bytes]:
        name, reply = environ["QUERY_STRING"], b""
        match environ["PATH_INFO"]:
            case "/wait":
                reply = self.wait(environ, *name.split(","))
            case "/body":
                reply = str(len(self.watch.read_body(environ, 100_000))).encode()
            case "/long":
                size = int(name)
                sending = self.watch.sending(environ, size, iter([bytes(1 << 16)] * (size >> 16)))
                start("200 OK", [("Content-Length", str(size))])
                return sending
            case "/ended":
                reply = json.dumps(self.ended).encode()
            case "/metrics":
                reply = self.metrics.exposition()
            case "/descriptors":
                reply = str(sum(1 for _ in Path("/proc/self/fd").iterdir())).encode()
        start("200 OK", [])
        return [reply]

    def wait(self, environ: Environ, name: str, seconds: str) -> bytes:
        cancelled = threading.Event()
        with self.watch.watching(environ, cancelled.set):
            if cancelled.wait(float(seconds)):
                self.ended.append(name)
        return name.encode()


def load(body_seconds: float, folder: Path) -> Telemetry:
    metrics = Metrics(folder)
    telemetry = Telemetry(App(body_seconds, metrics), metrics, AccessLog(str(folder / "log")))
    telemetry.start()
    return telemetry


def main(port: str, processes: str, body_seconds: str, folder: str) -> None:
    server = MPServer(
        "watched",
        address="127.0.0.1",
        port=int(port),
        interface=Interfaces.WSGI,
        workers=int(processes),
        blocking_threads=THREADS,
        http=HTTPModes.http1,
        log_level=LogLevels.error,
    )
    server.serve(target_loader=lambda: load(float(body_seconds), Path(folder)), wrap_loader=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
