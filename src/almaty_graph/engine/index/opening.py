"""Decides what a query is asked of: an index in memory, on disk, or behind somebody else's endpoint.

An index has the named graphs of a dataset, and their merge as the default graph.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

import pyoxigraph as ox

from almaty_graph.engine import wire
from almaty_graph.engine.index import disk
from almaty_graph.engine.index.merge import MergedStore, Results, fill
from almaty_graph.engine.index.remote import RemoteIndex
from almaty_graph.engine.moving import own_memory
from almaty_graph.errors import EngineError

MEMORY: Final = "memory:"
DISK: Final = "disk:"


class Index(Protocol):
    """What a worker asks.

    `descriptors` is how many it may open while it answers, and is known once it is open.
    """

    descriptors: int

    def open(self) -> None:
        """Make ready to answer in this process, which has been forked, and has no limits yet."""
        ...

    def settle(self) -> Iterator[None]:
        """The steps that make the queries to come quicker, for a process that is to answer many."""
        ...

    def query(self, request: wire.Request) -> Results:
        """The results of a query, over the dataset that the request gives it.

        Raises SyntaxError for a malformed query, and whatever else the engine raises.
        """
        ...


def open_index(spec: str) -> Index:
    """The index that `memory:N-QUADS`, `disk:FOLDER` or a URL stands for, to be opened in each worker.

    A URL may end in `#NAME`: the release that the store there is to hold. Raises EngineError for what cannot
    be used, and OSError or SyntaxError for an N-Quads file that cannot be read.
    """
    if spec.startswith(MEMORY):
        return MemoryIndex(spec.removeprefix(MEMORY))
    if spec.startswith(DISK):
        return DiskIndex(Path(spec.removeprefix(DISK)))
    if spec.startswith(("http://", "https://")):
        return RemoteIndex.find(spec)
    raise EngineError(f"an index is memory:FILE, disk:FOLDER, or a URL that begins with http, not {spec!r}")


class MemoryIndex:
    """An N-Quads file in memory, which workers have from the process that read it."""

    descriptors = 0

    def __init__(self, path: str) -> None:
        store = ox.Store()
        fill(store, path)
        self.store = MergedStore(store)

    def open(self) -> None:
        """Nothing: the memory is there."""

    def settle(self) -> Iterator[None]:
        """Those after which this process has the memory to itself."""
        return own_memory()

    def query(self, request: wire.Request) -> Results:
        """See Index."""
        return self.store.query(request)


class DiskIndex:
    """A folder made by `disk.build_disk_index`, which each worker opens: what is open has threads.

    Raises EngineError, with what to do about it, for a folder that cannot be opened.
    """

    descriptors = 0
    store: MergedStore

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        disk.prove_readable(folder)

    def open(self) -> None:
        """Open the folder; see `disk.open_store` for what this process may then open no more."""
        store, self.descriptors = disk.open_store(self.folder)
        self.store = MergedStore(store)

    def settle(self) -> Iterator[None]:
        """None: what it reads is its own."""
        return iter(())

    def query(self, request: wire.Request) -> Results:
        """See Index."""
        return self.store.query(request)
