"""Decides which processes serve a release: one engine process, and web workers that share its address."""

import gc
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from almaty_graph.engine.embedded import EmbeddedEngine, EngineProcess
from almaty_graph.engine.index.disk import build_disk_index, index_folder
from almaty_graph.engine.isolation import die_with_parent
from almaty_graph.errors import AddressTaken, EngineError, ReleaseError
from almaty_graph.owned import OwnedProcess
from almaty_graph.release import Release
from almaty_graph.release.archive import Archive
from almaty_graph.settings import Settings
from almaty_graph.validation.asking import SocketValidator, ValidationProcess
from almaty_graph.web import Serving, create_app
from almaty_graph.web.operations.accesslog import AccessLog
from almaty_graph.web.operations.metrics import Metrics
from almaty_graph.web.operations.telemetry import Telemetry
from almaty_graph.web.operations.watch import Watch

_ENVIRONMENT: Final = frozenset(("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TZ"))
_CONNECTIONS: Final = 4096  # of a web process, idle ones too, which take 4 to 20 kB each
_LOOK: Final = 0.5  # seconds between looks at whether the engine lives
_SILENCES: Final = 2  # looks in a row, of two seconds each, after which a silent engine is taken for dead


@dataclass(frozen=True)
class _Backs:
    """What a web process leans on: who answers queries and validates, and the folder where all count.

    `past` are the engines of earlier releases by their names.
    """

    engine: EmbeddedEngine
    past: Mapping[str, EmbeddedEngine]
    validator: SocketValidator
    counts: Path


def run(release: Release, settings: Settings, ready: Callable[[], None]) -> None:
    """Serve a release until SIGTERM or SIGINT; `ready` is called when all processes answer.

    Raises AddressTaken if the address cannot be had, and EngineError if the engine cannot answer from there.
    """
    _prove_free(settings.host, settings.port)
    reading, writing = os.pipe()
    with (
        TemporaryDirectory(prefix="almaty-counts-") as counts,
        EngineProcess(index_of(release, settings), settings.limits) as process,
        ValidationProcess(release.folder, settings.validation_limits) as validation,
        ExitStack() as stack,
    ):
        past = {
            name: stack.enter_context(EngineProcess(index, settings.limits))
            for name, index in queried_of(release, settings)
        }
        server = _server(settings)
        server.engine_process = process
        threading.Thread(
            target=_mind, args=(process, [validation, *past.values()], server.stopped), daemon=True
        ).start()
        threading.Thread(target=_tell, args=(reading, settings.processes, ready), daemon=True).start()
        engines = {name: each.engine for name, each in past.items()}
        backs = _Backs(process.engine, engines, validation.validator, Path(counts))
        load = partial(_load, release, backs, settings, writing)
        try:
            server.serve(target_loader=load, wrap_loader=False)
        finally:
            server.stopped.set()


def _server(settings: Settings) -> "_Server":
    return _Server(
        "almaty_graph",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.processes,
        blocking_threads=settings.threads,
        # Once there are so many, nobody else is let in until one of them goes.
        backpressure=_connections(settings.threads),
        # One request at a time on a connection: so it can be told whose client has hung up.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=round(1000 * settings.body_seconds)),
        respawn_failed_workers=True,
        respawn_interval=0.1,
        workers_kill_timeout=10,
        log_level=LogLevels.error,
    )


def _connections(threads: int) -> int:
    """How many connections a web process may hold; raises the limit of descriptors for them if it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    others = 2 * threads + 64  # a way to the engine and a file for each thread, and what is always open
    limit = max(soft, min(hard, _CONNECTIONS + others))
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    return max(16, min(_CONNECTIONS, limit - others))


def index_of(release: Release, settings: Settings) -> str:
    """What the engine process is to open for a release: see `open_index`."""
    nquads = release.folder / "dataset.nq"
    if settings.engine == "memory":
        return f"memory:{nquads}"
    if settings.engine == "disk":
        folder = settings.index or index_folder(release.folder)
        build_disk_index(nquads, folder)
        return f"disk:{folder}"
    return f"{settings.engine}#{release.name}"


def queried_of(release: Release, settings: Settings) -> Iterator[tuple[str, str]]:
    """The earlier releases that can be queried besides one, with what their engines open: see `index_of`.

    A damaged one cannot, and none where a store answers.
    """
    if settings.engine not in ("memory", "disk"):
        return
    archive, index = Archive(release), settings.index
    earlier = [each.release for each in archive.kept if each.release != release.name]
    for name in earlier[-settings.past :] if settings.past else ():
        beside = replace(settings, index=index and index.with_name(f"{index.name}-{name}"))
        try:
            yield name, index_of(archive.release(name), beside)
        except ReleaseError as error:
            sys.stderr.write(f"almaty-graph: {error}, and cannot be queried\n")


def _tell(reading: int, processes: int, ready: Callable[[], None]) -> None:
    for _ in range(processes):
        os.read(reading, 1)
    ready()


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


def _mind(process: EngineProcess, others: Sequence[OwnedProcess], stopped: threading.Event) -> None:
    """Start a process again that has ended, or an engine that has long said nothing, until all is to stop."""
    silent = 0
    while not stopped.wait(_LOOK):
        try:
            silent = silent + 1 if process.exit_code is None and not _is_well(process) else 0
            if silent == _SILENCES:
                sys.stderr.write("almaty-graph: the engine says nothing, and is started again\n")
                process.kill()
            process.revive()
            for each in others:
                each.revive()
        except (EngineError, OSError) as error:
            sys.stderr.write(f"almaty-graph: {error}\n")


def _is_well(process: EngineProcess) -> bool:
    try:
        process.engine.status()
    except EngineError:
        return False
    return True


def _load(release: Release, backs: _Backs, settings: Settings, writing: int) -> Telemetry:
    """The application, made in each web process, which does not outlive the process that minds it."""
    die_with_parent()
    # Its parent's handlers, which it has until it has its own, would not end this process.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    # The server hands the environment on with every request, where HTTP_ACCEPT would pass for a header.
    for name in os.environ.keys() - _ENVIRONMENT:
        del os.environ[name]
    watch = Watch(settings.threads, settings.body_seconds, settings.trusted_proxies)
    metrics = Metrics(backs.counts, backs.engine.status)
    serving = Serving(settings.limits, watch, settings.cache << 20, metrics, backs.validator, backs.past)
    app = create_app(release, backs.engine, serving)
    log = settings.access_log
    front = Telemetry(
        app.wsgi_app, metrics, AccessLog(log, settings.trusted_proxies, settings.log_queries) if log else None
    )
    watch.start()
    front.start()
    backs.engine.prepare()
    # What a release holds stays: looking through it for garbage takes 20 ms, each time within some request.
    gc.collect()
    gc.freeze()
    os.write(writing, b".")
    return front


def _prove_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise AddressTaken(f"cannot listen on {host}:{port}: {error.strerror}; try --port") from error
