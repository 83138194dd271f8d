"""Decides which endpoints are compared, and how each is started over the same data, as its documents say.

All have the merge of the graphs as their default graph, and the graphs by name.
"""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import quote

from benchmarks.dataset import Dataset

_STARTING: Final = 900.0  # seconds: RDFLib loads a million triples in forty
_STOPPING: Final = 20.0
TABLE, GRAPH = "application/sparql-results+json", "application/n-triples"


class Missing(Exception):
    """An engine cannot be started here; the message says why."""


@dataclass(frozen=True)
class Server:
    """An endpoint that answers at a port of loopback, and the process that all of its own descend from."""

    port: int
    path: str
    pid: int
    loading: float = 0.0  # seconds from the start to the first answer

    def target(self, query: str) -> str:
        """The path and query string that ask a query."""
        return f"{self.path}?query={quote(query, safe='')}"

    def ask(self, query: str, accept: str = TABLE, timeout: float = 300) -> tuple[int, bytes]:
        """Status and body of the answer, on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request("GET", self.target(query), headers={"Accept": accept})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


Start = Callable[[Dataset], AbstractContextManager[Server]]


def program(name: str, package: str) -> str:
    """The path of a program, beside this Python or on the path; Missing names the package that has it."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if not found:
        raise Missing(f"{name} is not here: install {package}")
    return found


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], port: int, path: str, folder: Path) -> Iterator[Server]:
    """The server that a command starts in a folder, from when it answers until the block ends.

    Raises Missing, with the end of what it said, if it ends or does not answer in time.
    """
    begun = time.monotonic()
    log = folder / f"{Path(command[0]).name}.log"
    with log.open("wb") as said:
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said, start_new_session=True)
    server = Server(port, path, process.pid)
    try:
        while not _answers(server):
            if process.poll() is not None or time.monotonic() > begun + _STARTING:
                raise Missing(f"{' '.join(command)} does not answer: {log.read_text()[-500:].strip()}")
            time.sleep(0.05)
        yield Server(port, path, process.pid, time.monotonic() - begun)
    finally:
        _end(process)


def _answers(server: Server) -> bool:
    try:
        return server.ask("ASK {}", timeout=_STARTING)[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOPPING)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _ours(engine: str) -> Start:
    @contextmanager
    def start(dataset: Dataset) -> Iterator[Server]:
        port, release = free_port(), dataset.release()
        command = [sys.executable, "-P", "-m", "almaty_graph", "serve", "--release", str(release)]
        with TemporaryDirectory(prefix="ours-", dir=dataset.folder) as folder:
            command += ["--engine", engine, *(["--index", f"{folder}/index"] if engine == "disk" else [])]
            with running([*command, "--port", str(port)], port, "/sparql", Path(folder)) as server:
                yield server

    return start


@contextmanager
def _oxigraph_in_memory(dataset: Dataset) -> Iterator[Server]:
    port, begun = free_port(), time.monotonic()
    command = [program("oxigraph", "oxigraph of PyPI"), "serve", "--union-default-graph"]
    with (
        TemporaryDirectory(prefix="oxigraph-") as folder,
        running([*command, "--bind", f"127.0.0.1:{port}"], port, "/query", Path(folder)) as server,
    ):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        path = dataset.n_quads()
        headers = {"Content-Type": "application/n-quads", "Content-Length": str(path.stat().st_size)}
        with path.open("rb") as file:
            connection.request("POST", "/store", file, headers)
        response = connection.getresponse()
        said = response.read()
        assert response.status == 204, f"oxigraph took no data: {response.status} {said[:200]!r}"
        connection.close()
        yield Server(port, server.path, server.pid, time.monotonic() - begun)


@contextmanager
def _oxigraph_on_disk(dataset: Dataset) -> Iterator[Server]:
    port, begun = free_port(), time.monotonic()
    oxigraph = program("oxigraph", "oxigraph of PyPI")
    with TemporaryDirectory(prefix="oxigraph-", dir=dataset.folder) as folder:
        place = ["--location", f"{folder}/store"]
        for step in (["load", *place, "--file", str(dataset.n_quads())], ["optimize", *place]):
            subprocess.run([oxigraph, *step], check=True, capture_output=True)
        command = [oxigraph, "serve-read-only", "--union-default-graph", *place]
        with running([*command, "--bind", f"127.0.0.1:{port}"], port, "/query", Path(folder)) as server:
            yield Server(port, server.path, server.pid, time.monotonic() - begun)


@contextmanager
def _rdflib_endpoint(dataset: Dataset) -> Iterator[Server]:
    if dataset.size == "10M":
        raise Missing("it would need some 18 GB and ten minutes to load")
    port = free_port()
    command = [program("rdflib-endpoint", "rdflib-endpoint[cli] of PyPI"), "serve", str(dataset.n_quads())]
    with (
        TemporaryDirectory(prefix="rdflib-") as folder,
        running([*command, "--host", "127.0.0.1", "--port", str(port)], port, "/", Path(folder)) as server,
    ):
        yield server


_INI: Final = """
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
[TempDatabase]
DatabaseFile = temporary.db
TransactionFile = temporary.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
ServerThreads = 100
DirsAllowed = ., {folder}
NumberOfBuffers = {buffers}
MaxDirtyBuffers = {dirty}
CheckpointInterval = 0
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = .
MaxClientConnections = 100
ServerThreads = 100
KeepAliveTimeout = 60
MaxKeepAlives = 100
[SPARQL]
ResultSetMaxRows = 1000000
"""


@contextmanager
def _virtuoso(dataset: Dataset) -> Iterator[Server]:
    sql, port, begun = free_port(), free_port(), time.monotonic()
    virtuoso = program("virtuoso-t", "virtuoso-opensource-7 of Debian")
    isql = program("isql-vt", "virtuoso-opensource-7-bin of Debian")
    path = dataset.n_quads().resolve()
    # Pages of 8 kB that hold it all, as the comments of its own file want it: 340,000 for 4 GB of memory.
    buffers = 340_000 if dataset.size == "10M" else 100_000
    with TemporaryDirectory(prefix="virtuoso-", dir=dataset.folder) as folder:
        ini = _INI.format(sql=sql, http=port, folder=path.parent, buffers=buffers, dirty=buffers * 3 // 4)
        Path(folder, "virtuoso.ini").write_text(ini)
        command = [virtuoso, "+configfile", "virtuoso.ini", "+foreground"]
        with running(command, port, "/sparql", Path(folder)) as server:
            load = f"ld_dir('{path.parent}', '{path.name}', 'unused:'); rdf_loader_run(); checkpoint;"
            order = [isql, f"127.0.0.1:{sql}", "dba", "dba", f"exec={load}"]
            subprocess.run(order, check=True, capture_output=True)
            yield Server(port, server.path, server.pid, time.monotonic() - begun)


OURS, OURS_ON_DISK = "ours, memory", "ours, disk"
OXIGRAPH, OXIGRAPH_ON_DISK = "oxigraph, memory", "oxigraph, disk"
RDFLIB, VIRTUOSO = "rdflib-endpoint", "Virtuoso"
ENGINES: Final[Mapping[str, Start]] = {
    OURS: _ours("memory"),
    OURS_ON_DISK: _ours("disk"),
    OXIGRAPH: _oxigraph_in_memory,
    OXIGRAPH_ON_DISK: _oxigraph_on_disk,
    RDFLIB: _rdflib_endpoint,
    VIRTUOSO: _virtuoso,
}
