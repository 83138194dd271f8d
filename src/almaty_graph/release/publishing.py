"""Decides how a release gets into a triple store, and when it is the current one there.

First its merge and its graphs are loaded under names that are the release's own, and counted. Then one
request takes away the word that some release is current, changes the graphs of the plain names into the new
ones, and says that the new release is current. A store that runs a request as one transaction shows readers
the old release or the new one. In any other, none is current meanwhile, and that is what our servers look at.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final
from uuid import uuid4

from almaty_graph.engine.index.remote import (
    AS_WRITTEN,
    CURRENT,
    GRAPHS,
    HELD,
    TURN,
    release_iri,
)
from almaty_graph.errors import EngineError
from almaty_graph.names import DATASET, GRAPH, RELEASES, XSD
from almaty_graph.release import Release
from almaty_graph.release.store import Store
from almaty_graph.terms import Term, iri_value

# Virtuoso takes 400 kB of INSERT DATA, and not 1 MB; other stores take more.
CHUNK_BYTES: Final = 200_000

Progress = Callable[[str], None]
Graphs = Mapping[str, set[str]]  # the lines of N-Triples of each graph

_DATATYPE: Final = re.compile(rf'"\^\^<{XSD}(\w+)>$')
_PROBE: Final = RELEASES + "/probe"


def publish(
    release: Release, store: Store, progress: Progress = lambda _: None, *, prune: bool = False
) -> str:
    """Put a release into a store and make it the current one there; returns its IRI in the store.

    What an earlier run left half-done is put right. The releases before stay there, unless they are pruned.
    Raises EngineError if the store refuses something, or holds in the end what is not the release.
    """
    name = release_iri(release.name)
    progress("probe")
    refused = _find_refused(store, {quad.object for quad in release.record})
    plain: dict[str, set[str]] = {}
    for subject, predicate, obj, graph in release.record:
        line = f"{subject} {predicate} {_DATATYPE.sub(_stand_in(refused), obj)} .\n"
        plain.setdefault(iri_value(graph), set()).add(line)
    progress("load")
    kept = {_kept(name, graph): lines for graph, lines in plain.items()}
    _load(store, name, {name: set().union(*plain.values()), **kept})
    store.update(_hold(name, plain))
    progress("switch")
    obsolete = store.graphs(GRAPH) - plain.keys()
    store.update(_switch(name, plain, obsolete))
    _prove(store, plain, f"{GRAPH}…: publish again")
    if prune:
        progress("prune")
        _prune(store, name)
    return name


def _kept(name: str, graph: str) -> str:
    return f"{name}/graph/{graph.removeprefix(GRAPH)}"


def _find_refused(store: Store, objects: set[Term]) -> set[str]:
    """The datatypes of XML Schema that the store takes no literal of: Virtuoso 7 has no durations."""
    samples = {found[1]: term for term in sorted(objects) if (found := _DATATYPE.search(term))}
    refused = set()
    for datatype, term in samples.items():
        try:
            store.update(f"INSERT DATA {{ GRAPH <{_PROBE}> {{ <{_PROBE}> <{_PROBE}> {term} }} }}")
        except EngineError:
            refused.add(datatype)
    store.update(f"DROP SILENT GRAPH <{_PROBE}>")  # fails if the store refuses whatever it is told
    return refused


def _stand_in(refused: set[str]) -> Callable[[re.Match[str]], str]:
    return lambda found: f'"^^<{AS_WRITTEN}{found[1]}>' if found[1] in refused else found[0]


def _load(store: Store, name: str, graphs: Graphs) -> None:
    """Fill the graphs that do not have their number of triples yet, and prove that then all have it."""
    found = store.count(graphs)
    missing = {graph: lines for graph, lines in graphs.items() if found[graph] != len(lines)}
    if missing:
        store.update(f"DELETE WHERE {{ GRAPH <{RELEASES}> {{ <{name}> ?property ?value }} }}")
    for graph in missing:
        if found[graph]:
            store.update(f"DROP SILENT GRAPH <{graph}>")
    for chunk in _chunks(missing):
        blocks = (f"GRAPH <{graph}> {{\n{''.join(lines)}}}\n" for graph, lines in chunk.items())
        store.update(f"INSERT DATA {{\n{''.join(blocks)}}}")
    _prove(store, graphs, "the store changes what it is given")


def _chunks(graphs: Graphs) -> Iterator[Mapping[str, list[str]]]:
    chunk: dict[str, list[str]] = defaultdict(list)
    size = 0
    for graph, lines in graphs.items():
        for line in sorted(lines):
            size += len(line.encode())
            if size > CHUNK_BYTES and chunk:
                yield chunk
                chunk, size = defaultdict(list), len(line.encode())
            chunk[graph].append(line)
    if chunk:
        yield chunk


def _prove(store: Store, graphs: Graphs, otherwise: str) -> None:
    found = store.count(graphs)
    for graph, lines in graphs.items():
        if found[graph] != len(lines):
            numbers = f"{found[graph]:,} of {len(lines):,} triples"
            raise EngineError(f"{store.queries} has {numbers} in <{graph}>: {otherwise}")


def _hold(name: str, graphs: Graphs) -> str:
    """Says that the store holds the release from now on."""
    subsets = " , ".join(f"<{graph}>" for graph in sorted(graphs))
    return f"INSERT DATA {{ GRAPH <{RELEASES}> {{ <{name}> a <{HELD}> ; <{GRAPHS}> {subsets} }} }}"


def _switch(name: str, graphs: Graphs, obsolete: Iterable[str]) -> str:
    """Makes the release the current one: one request, in which only what differs is changed."""
    all_, said = "{ ?s ?p ?o }", f"DELETE WHERE {{ GRAPH <{RELEASES}> {{ <{DATASET}> %s ?was }} }}"
    steps = [said % f"<{CURRENT}>", said % f"<{TURN}>"]
    for graph in sorted(graphs):
        new = _kept(name, graph)
        for verb, there, here in (("DELETE", graph, new), ("INSERT", new, graph)):
            only = f"GRAPH <{there}> {all_} FILTER NOT EXISTS {{ GRAPH <{here}> {all_} }}"
            steps.append(f"{verb} {{ GRAPH <{graph}> {all_} }} WHERE {{ {only} }}")
    steps += [f"DROP SILENT GRAPH <{graph}>" for graph in sorted(obsolete)]
    now = f'<{DATASET}> <{CURRENT}> <{name}> ; <{TURN}> "{uuid4()}"'
    return " ;\n".join([*steps, f"INSERT DATA {{ GRAPH <{RELEASES}> {{ {now} }} }}"])


def _prune(store: Store, name: str) -> None:
    """Drop every release but one, after saying that the store does not hold them."""
    others = f"?other a <{HELD}> ; ?property ?value FILTER(?other != <{name}>)"
    gone = f"GRAPH <{RELEASES}> {{ ?other ?property ?value }}"
    store.update(f"DELETE {{ {gone} }} WHERE {{ GRAPH <{RELEASES}> {{ {others} }} }}")
    for graph in sorted(store.graphs(RELEASES + "/")):
        if graph != name and not graph.startswith(name + "/"):
            store.update(f"DROP SILENT GRAPH <{graph}>")
