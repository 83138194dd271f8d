"""Real triple stores for tests: a Virtuoso and an Oxigraph server, each with folder and ports of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from almaty_graph.release.store import Store

STARTING = 60.0
NEW = "dba"  # user and password of a new Virtuoso
VIRTUOSO = """
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
DirsAllowed = .
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
CheckpointInterval = 0
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = .
MaxClientConnections = 20
ServerThreads = 20
[SPARQL]
ResultSetMaxRows = {rows}
"""


def needed(program: str) -> str:
    """The path of a program; without it, skips, and fails where CI must have it."""
    beside = Path(sys.executable).with_name(program)
    found = str(beside) if beside.exists() else shutil.which(program)
    if found:
        return found
    if os.environ.get("CI"):
        pytest.fail(f"needs {program}")
    pytest.skip(f"needs {program}")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def virtuoso(folder: Path, rows: int = 10_000) -> Iterator[Store]:
    """A Virtuoso that answers so many rows at most, as its packages have it."""
    program, http = needed("virtuoso-t"), free_port()
    (folder / "virtuoso.ini").write_text(VIRTUOSO.format(sql=free_port(), http=http, rows=rows))
    address = f"http://127.0.0.1:{http}"
    with running([program, "+configfile", "virtuoso.ini", "+foreground"], folder, f"{address}/sparql"):
        yield Store(f"{address}/sparql-auth", user=NEW, password=NEW)


@contextmanager
def oxigraph(folder: Path, port: int | None = None) -> Iterator[Store]:
    """An Oxigraph server on disk."""
    address = f"127.0.0.1:{port or free_port()}"
    command = [needed("oxigraph"), "serve", "--location", str(folder / "store"), "--bind", address]
    with running(command, folder, f"http://{address}"):
        yield Store(f"http://{address}/update")


@contextmanager
def running(command: list[str], folder: Path, address: str, end: int = signal.SIGKILL) -> Iterator[None]:
    """A program that answers at an address, and that is ended by a signal."""
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said)
    try:
        _wait(address, process)
        yield
    finally:
        process.send_signal(end)
        process.wait(timeout=STARTING)


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + STARTING
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"{process.args!r} does not answer at {address}; exit code {process.poll()}")
