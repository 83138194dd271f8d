"""Publishing into real triple stores: whole, countable, switched at once, and put right after a kill."""

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from almaty_graph.engine.index.opening import open_index
from almaty_graph.engine.index.remote import RemoteIndex, release_iri
from almaty_graph.engine.wire import Request
from almaty_graph.errors import EngineError
from almaty_graph.names import BASE, GRAPH, RELEASES, XSD
from almaty_graph.release import Release
from almaty_graph.release.building import seal, write
from almaty_graph.release.publishing import publish
from almaty_graph.release.store import Store
from stores import free_port, oxigraph, virtuoso

pytestmark = pytest.mark.slow  # it starts real stores
GRAPHS = 30
VERSIONS = f"SELECT DISTINCT ?version {{ GRAPH ?graph {{ ?thing <{BASE}version> ?version }} }}"
MERGED = f"SELECT DISTINCT ?version {{ ?thing <{BASE}version> ?version }}"


def make(folder: Path, version: str, graphs: int = GRAPHS, filler: int = 40) -> Release:
    """A release whose every graph tells its version, beside triples that all versions have."""
    day = f"^^<{XSD}date>"
    lines = [
        line
        for number in range(graphs)
        for line in (
            f'<{BASE}id/{number}> <{BASE}version> "{version}" <{GRAPH}g{number}> .\n',
            f'<{BASE}id/{number}> <{BASE}day> "2018-05-0{number % 9 + 1}"{day} <{GRAPH}g{number}> .\n',
            f'<{BASE}id/{number}> <{BASE}term> "P2Y"^^<{XSD}duration> <{GRAPH}g{number}> .\n',
            *(
                f'<{BASE}id/{number}> <{BASE}n> "\\"{n}\\"\\n"@en <{GRAPH}g{number}> .\n'
                for n in range(filler)
            ),
        )
    ]
    return write(seal({"dataset.nq": "".join(sorted(lines)).encode()}), folder / version)


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return make(tmp_path_factory.mktemp("releases"), "one")


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return make(tmp_path_factory.mktemp("releases"), "two", graphs=GRAPHS - 1)


@pytest.fixture(scope="module", params=[oxigraph, virtuoso], ids=["oxigraph", "virtuoso"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with request.param(tmp_path_factory.mktemp("store")) as store:
        yield store


def rows(index: RemoteIndex, query: str, named: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    results = index.query(Request(query, "SELECT", "text/csv", named=named))
    assert isinstance(results, ox.QuerySolutions)
    return sorted(tuple(term.value for term in row if term) for row in results)


def versions(store: Store) -> list[tuple[str, ...]]:
    """What a reader who knows nothing of releases sees in the plain graphs."""
    plain = [f"{GRAPH}g{number}" for number in range(GRAPHS)]
    with closing(RemoteIndex(store.queries)) as index:
        return rows(index, VERSIONS, tuple(plain))


@contextmanager
def index_of(release: Release, store: Store) -> Iterator[RemoteIndex]:
    index = open_index(f"{store.queries}#{release.name}")
    assert isinstance(index, RemoteIndex)
    with closing(index):
        yield index


def test_what_is_published_is_there_graph_by_graph(store: Store, one: Release) -> None:
    assert publish(one, store) == release_iri(one.name)
    expected = Counter(quad.graph.strip("<>") for quad in one.record)
    assert store.count(expected) == expected
    assert versions(store) == [("one",)]
    with index_of(one, store) as index:
        assert rows(index, MERGED) == rows(index, VERSIONS) == [("one",)]


def test_a_datatype_that_the_store_refuses_is_given_back(store: Store, one: Release) -> None:
    publish(one, store)
    with index_of(one, store) as index:
        results = index.query(Request(f"SELECT DISTINCT ?t {{ ?x <{BASE}term> ?t }}", "SELECT", ""))
        assert isinstance(results, ox.QuerySolutions)
        assert [row["t"] for row in results] == [ox.Literal("P2Y", datatype=ox.NamedNode(XSD + "duration"))]


def test_the_next_release_replaces_it_in_the_plain_graphs(store: Store, one: Release, two: Release) -> None:
    publish(one, store)
    publish(two, store)
    assert versions(store) == [("two",)]
    assert store.graphs(GRAPH) == {quad.graph.strip("<>") for quad in two.record}


def test_the_release_before_stays_until_it_is_pruned(store: Store, one: Release, two: Release) -> None:
    publish(one, store)
    with index_of(one, store) as index:
        publish(two, store)
        # What needs no named graph is answered from the release before as long as it is there.
        assert rows(index, MERGED) == [("one",)]
        absence = f"is to answer from <{release_iri(one.name)}>, and holds <{release_iri(two.name)}>"
        with pytest.raises(EngineError, match=absence):
            rows(index, VERSIONS)
        publish(two, store, prune=True)
        with pytest.raises(EngineError, match=absence):
            rows(index, MERGED)
    assert all(graph.startswith(release_iri(two.name)) for graph in store.graphs(RELEASES + "/"))


def test_no_index_opens_where_the_release_is_not(store: Store, one: Release, two: Release) -> None:
    publish(two, store, prune=True)
    with pytest.raises(EngineError, match=f"and holds <{release_iri(two.name)}>: publish it there"):
        open_index(f"{store.queries}#{one.name}")


def test_a_release_is_answered_from_again_when_it_is_current_again(
    store: Store, one: Release, two: Release
) -> None:
    publish(one, store)
    with index_of(one, store) as index:
        assert rows(index, VERSIONS) == [("one",)]
        publish(two, store)
        publish(one, store)
        assert rows(index, VERSIONS) == [("one",)]


def test_what_is_damaged_is_put_right_by_publishing_again(store: Store, one: Release) -> None:
    publish(one, store)
    store.update(f"CLEAR GRAPH <{release_iri(one.name)}>")
    store.update(f"CLEAR GRAPH <{GRAPH}g3>")
    store.update(f"INSERT DATA {{ GRAPH <{release_iri(one.name)}/graph/g4> {{ <a:a> <a:b> <a:c> }} }}")
    store.update(f"INSERT DATA {{ GRAPH <{GRAPH}g5> {{ <a:a> <a:b> <a:c> }} }}")
    test_what_is_published_is_there_graph_by_graph(store, one)


@contextmanager
def polling(look: Callable[[], object]) -> Iterator[Counter[str]]:
    """Counts what a reader sees who looks all the time."""
    seen: Counter[str] = Counter()
    done = threading.Event()

    def poll() -> None:
        while not done.is_set():
            try:
                seen[str(look())] += 1
            except EngineError as error:
                seen[type(error).__name__] += 1

    thread = threading.Thread(target=poll)
    thread.start()
    yield seen
    done.set()
    thread.join()


@pytest.mark.slow
def test_a_reader_of_one_release_never_sees_a_mixture(store: Store, one: Release, two: Release) -> None:
    publish(one, store)
    publish(two, store)
    publish(one, store)
    with index_of(one, store) as index, polling(lambda: rows(index, VERSIONS)) as seen:
        for _ in range(5):
            publish(two, store)
            publish(one, store)
    assert seen.keys() - {"EngineBusy"} == {"[('one',)]", "EngineError"}, seen


@pytest.mark.slow
def test_a_reader_who_knows_of_no_releases_sees_one_or_the_other(
    one: Release, two: Release, tmp_path: Path
) -> None:
    # Virtuoso runs the request as one transaction too, but its readers see the rows of one that just ends: of
    # some 4,600 readings over four changes of 9,000 triples, 4 had both versions.
    with oxigraph(tmp_path) as store:
        publish(one, store)
        with polling(lambda: versions(store)) as seen:
            for _ in range(5):
                publish(two, store)
                publish(one, store)
    assert seen.keys() == {"[('one',)]", "[('two',)]"}, seen


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.1, 0.3, 0.45, 0.6, 0.8, 1.0, 1.3])
def test_a_killed_publisher_leaves_the_old_release_or_the_new_one(
    store: Store, one: Release, two: Release, seconds: float
) -> None:
    publish(one, store, prune=True)
    command = [sys.executable, "-m", "almaty_graph", "publish", "--to", store.updates, "--user", store.user]
    environment = os.environ | {"ALMATY_GRAPH_PASSWORD": store.password}
    process = subprocess.Popen([*command, "--release", str(two.folder)], env=environment)
    time.sleep(seconds)
    process.kill()
    process.wait()
    current = [release for release in (one, two) if can_be_opened(release, store)]
    # Where a request is no transaction, none is current while the graphs change.
    assert len(current) == 1 or (not current and store.updates.endswith("/sparql-auth"))
    publish(two, store)
    assert versions(store) == [("two",)]
    with index_of(two, store) as index:
        assert rows(index, VERSIONS) == rows(index, MERGED) == [("two",)]


def can_be_opened(release: Release, store: Store) -> bool:
    """Whether the release is there; if it is, it is whole."""
    version = release.folder.parent.name
    try:
        with index_of(release, store) as index:
            assert rows(index, MERGED) == [(version,)]
            assert rows(index, VERSIONS) == [(version,)]
    except EngineError:
        return False
    return True


def test_the_command_publishes_and_says_what_answers(store: Store, one: Release) -> None:
    command = [sys.executable, "-m", "almaty_graph", "publish", "--to", store.updates, "--user", store.user]
    environment = os.environ | {"ALMATY_GRAPH_PASSWORD": store.password}
    done = subprocess.run(
        [*command, "--release", str(one.folder)], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{store.queries} answers from <{release_iri(one.name)}>\n"


def test_a_wrong_password_is_an_error(tmp_path: Path, one: Release) -> None:
    with virtuoso(tmp_path) as store, pytest.raises(EngineError, match=f"^{store.updates}: "):
        publish(one, replace(store, password="wrong"))  # noqa: S106 - it is none


def test_a_store_that_is_not_there_is_an_error(one: Release) -> None:
    with pytest.raises(EngineError, match="Connection refused"):
        publish(one, Store(f"http://127.0.0.1:{free_port()}/update"))


@pytest.mark.parametrize(
    ("updates", "queries"),
    [
        ("http://host:7878/update", "http://host:7878/query"),
        ("http://host:8890/sparql-auth", "http://host:8890/sparql"),
        ("http://host/repositories/x/statements", "http://host/repositories/x"),
        ("http://host/ds", "http://host/ds"),
    ],
)
def test_where_a_store_takes_queries_follows_from_where_it_takes_updates(updates: str, queries: str) -> None:
    assert Store(updates).queries == queries
