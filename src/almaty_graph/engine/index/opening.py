"""Decides what a query is asked of: an index in memory, on disk, or behind somebody else's endpoint.

An index has the named graphs of a dataset, and their merge as the default graph.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final, Protocol

import pyoxigraph as ox

from almaty_graph.engine import wire
from almaty_graph.engine.index import disk
from almaty_graph.engine.index.remote import RemoteIndex
from almaty_graph.errors import EngineError
from almaty_graph.names import BASE

Results = ox.QuerySolutions | ox.QueryBoolean | Iterable[ox.Triple]

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
    """An N-Quads file in memory, which the workers share with the process that read it."""

    descriptors = 0

    def __init__(self, path: str) -> None:
        self.store = load(path)

    def open(self) -> None:
        """Nothing: the memory is there."""

    def query(self, request: wire.Request) -> Results:
        """See Index."""
        return query_store(self.store, request)


class DiskIndex:
    """A folder made by `disk.build_disk_index`, which each worker opens: what is open has threads.

    Raises EngineError, with what to do about it, for a folder that cannot be opened.
    """

    descriptors = 0
    store: ox.Store

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        disk.prove_readable(folder)

    def open(self) -> None:
        """Open the folder; see `disk.open_store` for what this process may then open no more."""
        self.store, self.descriptors = disk.open_store(self.folder)

    def query(self, request: wire.Request) -> Results:
        """See Index."""
        return query_store(self.store, request)


def query_store(store: ox.Store, request: wire.Request) -> Results:
    """The results of a query in a store whose default graph is the merge of the others."""
    given = request.default or request.named
    return store.query(
        request.text,
        # A relative IRI is one of ours; without a base the engine refuses them.
        base_iri=BASE,
        # A graph that is not there is empty. Given one kind of graph, there are none of the other kind.
        default_graph=[ox.NamedNode(iri) for iri in request.default] if given else None,
        named_graphs=[ox.NamedNode(iri) for iri in request.named] if given else None,
    )


def load(path: str) -> ox.Store:
    """The quads of an N-Quads file in memory, and their merge as the default graph.

    The engine's own union of graphs counts a triple once for every graph that has it, and overrides FROM.
    """
    store = ox.Store()
    store.load(path=path, format=ox.RdfFormat.N_QUADS)
    return merged(store)


def merged(store: ox.Store) -> ox.Store:
    """The store, every triple of its named graphs now in its default graph too."""
    store.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }")
    return store
