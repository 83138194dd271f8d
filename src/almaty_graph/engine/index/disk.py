"""Decides how an index lies on disk: a folder made whole or not at all, and from then on only read."""

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from almaty_graph.engine.index.merge import fill
from almaty_graph.engine.isolation import forbid_sockets
from almaty_graph.errors import EngineError
from almaty_graph.files import flush

_STORE: Final = "store"
_ABOUT: Final = "about.json"
_TABLES: Final = "*.sst"
_FILES: Final = (_TABLES, "CURRENT", "MANIFEST-*")  # what an index consists of; the rest are logs
_BROKEN: Final = "cannot be opened as an index (%s): delete it, and it is made again"


def index_folder(release: Path) -> Path:
    """Where the index of a release folder lies unless told otherwise: beside it, hidden."""
    return release.parent / f".index-{release.name}"


def build_disk_index(nquads: Path, folder: Path) -> None:
    """Make the index of an N-Quads file in a folder, unless it is there.

    The folder is made aside and renamed into place; of two who make it, one waits. Takes about 10 s, 1 GB of
    memory and 175 MB of disk for a million quads. Raises EngineError if the folder holds anything else, or if
    the index cannot be made.
    """
    digest = _digest(nquads)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone_at(folder) as (aside, lock):
        if folder.exists():
            if _read_about(folder).get("sha256") != digest:
                raise EngineError(f"{folder} is not the index of {nquads}: delete it, and it is made again")
            return
        # Who goes on when this process is killed keeps the lock, so that nobody else makes it meanwhile.
        if failure := _run("build", nquads, aside / _STORE, keeping=(lock,)):
            raise EngineError(f"{folder} cannot be made: {failure}")
        about = {"sha256": digest, "files": _sizes(aside)}
        (aside / _ABOUT).write_text(json.dumps(about), "utf-8")
        for path in sorted((*aside.rglob("*"), aside)):
            flush(path)
        aside.rename(folder)
        flush(folder.parent)


def prove_readable(folder: Path) -> None:
    """Raise EngineError unless an index can be opened there, which a process of its own tries."""
    listed = _read_about(folder).get("files")
    if listed != _sizes(folder):
        raise EngineError(f"{folder} {_BROKEN % f'its files are not those of {_ABOUT}'}")
    if failure := _run("prove", folder / _STORE):
        raise EngineError(f"{folder} {_BROKEN % failure}")


def _run(task: str, *paths: Path, keeping: tuple[int, ...] = ()) -> str:
    """Why a task failed, or nothing; in a process of its own, since who opens an index may fork no more."""
    done = subprocess.run(  # noqa: S603 - our own module, no shell
        [sys.executable, "-P", "-m", "almaty_graph.engine.index.disk", task, *map(str, paths)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        pass_fds=keeping,
        check=False,
    )
    said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
    return (said or f"the engine ended with {done.returncode}") if done.returncode else ""


def open_store(folder: Path) -> tuple[ox.Store, int]:
    """The index in a folder, to be read only, and how many files it may still open while it answers.

    The engine opens sixteen of its files at once, and others when it needs them. Where there are others they
    need descriptors; so the kernel is told that this thread opens no socket from here on, and a SERVICE that
    got past all checks finds no way out. Raises EngineError for a folder that cannot be opened.
    """
    try:
        store = ox.Store.read_only(str(folder / _STORE))
    except (OSError, RuntimeError) as error:
        raise EngineError(f"{folder} {_BROKEN % error}") from error
    tables = {path.name for path in (folder / _STORE).glob(_TABLES)}
    opened = {path.resolve().name for path in Path("/proc/self/fd").glob("*")}
    if tables <= opened:
        return store, 0
    forbid_sockets()
    return store, len(tables - opened)


def _digest(nquads: Path) -> str:
    with nquads.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_about(folder: Path) -> dict[str, object]:
    try:
        about = json.loads((folder / _ABOUT).read_text("utf-8"))
    except (OSError, ValueError):
        about = None
    return about if isinstance(about, dict) else {}


def _sizes(folder: Path) -> dict[str, int]:
    # The engine takes half a manifest for an older one, and shows fewer data without a word.
    return {path.name: path.stat().st_size for name in _FILES for path in (folder / _STORE).glob(name)}


@contextmanager
def _alone_at(folder: Path) -> Iterator[tuple[Path, int]]:
    """A folder to make it in, for one at a time, and the lock; what a killed one left is cleared away."""
    aside = folder.with_name(f"{folder.name}.new")
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir()
        try:
            yield aside, lock.fileno()
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def _main(task: str, *paths: str) -> None:
    try:
        if task == "build":
            nquads, folder = paths
            store = ox.Store(folder)
            fill(store, nquads, on_disk=True)
            store.optimize()
            store.flush()
        else:
            next(ox.Store.read_only(*paths).quads_for_pattern(None, None, None), None)
    except (OSError, RuntimeError, SyntaxError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    _main(*sys.argv[1:])
