"""Decides what a query is asked of: the named graphs of a dataset, and their merge as the default graph."""

import pyoxigraph as ox


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
