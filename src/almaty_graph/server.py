"""Decides which processes serve a release: one engine process, and web workers that share its address."""

import socket
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from almaty_graph.engine.embedded import EmbeddedEngine, EngineProcess, Limits
from almaty_graph.engine.worker import die_with_parent
from almaty_graph.errors import AddressTaken, EngineError
from almaty_graph.release import Release
from almaty_graph.web import create_app

_WEB_WORKERS: Final = 2
# A query holds its thread until the engine has answered; waiting threads cost next to nothing.
_THREADS: Final = 64
_LOOK: Final = 0.5  # seconds between looks at whether the engine lives


def run(release: Release, limits: Limits, address: tuple[str, int]) -> None:
    """Serve a release until SIGTERM or SIGINT; AddressTaken if the address cannot be had."""
    host, port = address
    _prove_free(host, port)
    with EngineProcess(release.folder / "dataset.nq", limits) as process:
        server = _Server(
            "almaty_graph",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=_WEB_WORKERS,
            blocking_threads=_THREADS,
            respawn_failed_workers=True,
            respawn_interval=0.1,
            workers_kill_timeout=10,
            log_level=LogLevels.error,
        )
        server.engine_process = process
        threading.Thread(target=_mind, args=(process, server.stopped), daemon=True).start()
        try:
            server.serve(target_loader=partial(_load, release.folder, process.engine), wrap_loader=False)
        finally:
            server.stopped.set()


class _Server(MPServer):
    """Granian, but told to stop it tells the engine first: so queries end in an answer, not in silence."""

    engine_process: EngineProcess

    def __init__(self, target: str, **options: Any) -> None:
        super().__init__(target, **options)
        self.stopped = threading.Event()

    def signal_handler_interrupt(self, *args: object, **kwargs: object) -> None:
        """Stop the engine, which gives running queries some seconds; then the web."""
        self.stopped.set()
        self.engine_process.stop()
        super().signal_handler_interrupt(*args, **kwargs)  # type: ignore[no-untyped-call]  # it has no types


def _mind(process: EngineProcess, stopped: threading.Event) -> None:
    """Start the engine again whenever it has ended, until all is to stop."""
    while not stopped.wait(_LOOK):
        try:
            process.revive()
        except (EngineError, OSError) as error:
            sys.stderr.write(f"almaty-graph: {error}\n")


def _load(folder: Path, engine: EmbeddedEngine) -> Callable[..., Any]:
    """The application, made in each web worker, which does not outlive the process that minds it."""
    die_with_parent()
    return create_app(Release.open(folder), engine)


def _prove_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise AddressTaken(f"cannot listen on {host}:{port}: {error.strerror}; try --port") from error
