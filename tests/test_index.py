"""Indexes: the same answers from memory and from disk, and a folder that is whole or not there."""

import multiprocessing
import os
import resource
import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from almaty_graph.engine.embedded import EngineProcess, Limits
from almaty_graph.engine.index.disk import build_disk_index, index_folder, open_store
from almaty_graph.engine.index.opening import DiskIndex, open_index
from almaty_graph.engine.isolation import forbid_sockets
from almaty_graph.engine.language.query import Query
from almaty_graph.errors import EngineError, MemoryLimitReached
from almaty_graph.formats import CSV, JSON
from almaty_graph.release import Release

# A child is forked here to try what must not be tried in the process of the tests.
pytestmark = pytest.mark.filterwarnings(
    "ignore:This process .* is multi-threaded, use of fork:DeprecationWarning"
)

MILLION = 1_000_000
X = "http://example.org/"
ONE = Limits(workers=1)
ASK = Query.parse("ASK { ?s ?p ?o }")


@pytest.fixture(scope="module")
def nquads(release: Release) -> Path:
    return release.folder / "dataset.nq"


@pytest.fixture(scope="module")
def folder(nquads: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("disk") / "index"
    build_disk_index(nquads, folder)
    return folder


def in_a_child(work: Callable[[], object]) -> str:
    """What the work returns, or the error it raises, in a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            said = str(work())
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(writing, said.encode()[:60_000])
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


@pytest.fixture
def canary() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        yield listener


def call(canary: socket.socket) -> str:
    return f"SELECT * {{ SERVICE <http://127.0.0.1:{canary.getsockname()[1]}/> {{ ?s ?p ?o }} }}"


def was_called(canary: socket.socket) -> bool:
    try:
        canary.accept()[0].close()
    except TimeoutError:
        return False
    return True


@pytest.mark.slow
def test_the_disk_gives_the_answers_that_memory_gives(nquads: Path, folder: Path, release: Release) -> None:
    with (
        EngineProcess(nquads, ONE) as memory,
        EngineProcess(f"disk:{folder}", ONE) as disk_,
    ):
        texts = [question.text for question in release.questions]
        texts += [
            "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
            "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }",
            "SELECT (COUNT(*) AS ?n) FROM <graph/register> { ?s ?p ?o }",
        ]
        for query in map(Query.parse, texts):
            # The engine's GROUP_CONCAT has no order; all else must be equal.
            here, there = (each.engine.answer(query, CSV).read() for each in (memory, disk_))
            assert sorted(here) == sorted(there)


def test_an_index_is_made_once(nquads: Path, folder: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.sst")}
    build_disk_index(nquads, folder)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.sst")} == before


def test_an_index_lies_beside_its_release(release: Release) -> None:
    assert index_folder(release.folder).parent == release.folder.parent


def test_an_index_of_other_data_is_refused_and_left_alone(tmp_path: Path, folder: Path) -> None:
    other = tmp_path / "other.nq"
    other.write_text(f"<{X}a> <{X}b> <{X}c> <{X}d> .\n")
    with pytest.raises(
        EngineError, match=f"{folder} is not the index of {other}: delete it, and it is made again"
    ):
        build_disk_index(other, folder)
    DiskIndex(folder)


def test_of_two_who_make_it_one_waits(nquads: Path, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=build_disk_index, args=(nquads, tmp_path / "index")) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert [each.exitcode for each in both] == [0, 0]
    DiskIndex(tmp_path / "index")


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.02, 0.1, 0.2, 0.4])
def test_a_killed_builder_leaves_nothing_that_looks_whole(
    nquads: Path, tmp_path: Path, seconds: float
) -> None:
    folder = tmp_path / "index"
    builder = multiprocessing.get_context("spawn").Process(target=build_disk_index, args=(nquads, folder))
    builder.start()
    time.sleep(seconds)
    os.kill(builder.pid or 0, signal.SIGKILL)
    builder.join()
    if folder.exists():
        DiskIndex(folder)
    build_disk_index(nquads, folder)
    DiskIndex(folder)
    assert not list(tmp_path.glob("*.new"))


def spoil_manifest(store: Path) -> None:
    [path] = store.glob("MANIFEST-*")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def spoil_tables(store: Path) -> None:
    for path in store.glob("*.sst"):
        path.write_bytes(b"")


def remove_tables(store: Path) -> None:
    for path in store.glob("*.sst"):
        path.unlink()


SPOILT: dict[str, Callable[[Path], object]] = {
    "no CURRENT": lambda store: (store / "CURRENT").unlink(),
    "half a manifest": spoil_manifest,
    "empty tables": spoil_tables,
    "no table": remove_tables,
    "no store": shutil.rmtree,
    "no word of what it is": lambda store: (store.parent / "about.json").unlink(),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_broken_index_is_one_line_that_says_what_to_do(folder: Path, tmp_path: Path, how: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    SPOILT[how](copy / "store")
    with pytest.raises(
        EngineError, match=rf"^{copy} cannot be opened as an index \(.*\): delete it"
    ) as raised:
        open_index(f"disk:{copy}")
    assert "\n" not in str(raised.value)


def ask(folder: Path, query: Query) -> bytes:
    with EngineProcess(f"disk:{folder}", ONE) as process:
        return process.engine.answer(query, JSON).read()


def test_a_flipped_byte_is_an_error_and_never_another_answer(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    for table in (copy / "store").glob("*.sst"):
        data = bytearray(table.read_bytes())
        data[len(data) // 3] ^= 0xFF
        table.write_bytes(data)
    query = Query.parse("SELECT (COUNT(?o) AS ?n) { ?s ?p ?o FILTER(STRLEN(STR(?o)) >= 0) }")
    with pytest.raises(EngineError, match="orruption"):
        ask(copy, query)


def test_a_query_that_needs_too_much_memory_ends_alone(folder: Path) -> None:
    bomb = Query.parse("SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f LIMIT 1")
    with EngineProcess(f"disk:{folder}", Limits(workers=1, memory_bytes=64 << 20)) as process:
        with pytest.raises(MemoryLimitReached):
            process.engine.answer(bomb, CSV)
        assert process.engine.answer(ASK, JSON).read() == b'{"head":{},"boolean":true}'


def test_a_killed_worker_is_replaced(folder: Path) -> None:
    with EngineProcess(f"disk:{folder}", ONE) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        for worker in children.read_text().split():
            os.kill(int(worker), signal.SIGKILL)
        assert process.engine.answer(ASK, JSON).read() == b'{"head":{},"boolean":true}'


def test_no_query_connects_when_all_files_are_open(folder: Path, canary: socket.socket) -> None:
    def work() -> object:
        canary.close()
        store, descriptors = open_store(folder)
        assert descriptors == 0
        free = os.dup(0)
        resource.setrlimit(resource.RLIMIT_NOFILE, (free + 1, free + 1))
        return list(store.query(text))  # type: ignore[arg-type]  # of solutions

    text = call(canary)
    assert in_a_child(work).startswith("OSError: Too many open files")
    assert not was_called(canary)


def test_no_query_connects_when_files_are_opened_as_they_are_needed(
    nquads: Path, tmp_path: Path, canary: socket.socket
) -> None:
    # A triple in a second graph has the merge made, which takes more tables than are opened at first.
    line = nquads.read_text("utf-8").partition("\n")[0]
    (tmp_path / "shared.nq").write_text(f"{nquads.read_text('utf-8')}{line.rpartition(' <')[0]} <x:g> .\n")
    build_disk_index(tmp_path / "shared.nq", folder := tmp_path / "index")

    def work() -> object:
        canary.close()
        # With so few descriptors the engine opens nine of its tables at first.
        resource.setrlimit(resource.RLIMIT_NOFILE, (96, 96))
        store, descriptors = open_store(folder)
        assert descriptors > 0
        assert len(list(store.quads_for_pattern(None, None, None))) > 10_000
        return list(store.query(text))  # type: ignore[arg-type]  # of solutions

    text = call(canary)
    assert in_a_child(work).startswith("PermissionError: Permission denied")
    assert not was_called(canary)


def test_a_process_without_sockets_keeps_those_it_has() -> None:
    def work() -> object:
        one, other = socket.socketpair()
        forbid_sockets()
        one.sendall(b"still here")
        said = other.recv(100)
        with pytest.raises(PermissionError):
            socket.socket()
        return said

    assert in_a_child(work) == "b'still here'"


@pytest.mark.parametrize("spec", ["", "data.nq", "ftp://example.org/", "memory"])
def test_what_is_no_index_is_refused(spec: str) -> None:
    with pytest.raises(EngineError, match="an index is memory:FILE, disk:FOLDER, or a URL"):
        open_index(spec)


@pytest.mark.slow
def test_a_million_quads_are_answered_from_disk_whatever_is_asked(tmp_path: Path) -> None:
    nquads = tmp_path / "million.nq"
    with nquads.open("w") as file:
        for number in range(MILLION):
            thing, graph = f"<{X}t{number // 20}>", f"<{X}g{number % 57}>"
            value = f'"{number}"' if number % 2 else f"<{X}t{number * 7919 % 50_000}>"
            file.write(f"{thing} <{X}p{number % 20}> {value} {graph} .\n")
    build_disk_index(nquads, tmp_path / "index")
    queries = {
        "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }": MILLION,
        "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }": MILLION,
        f"SELECT (COUNT(*) AS ?n) {{ <{X}t7> ?p ?o }}": 20,
        f"SELECT (COUNT(*) AS ?n) {{ ?s <{X}p3> ?o }}": 50_000,
        f"SELECT (COUNT(*) AS ?n) {{ ?s ?p <{X}t0> }}": 20,
        f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{X}g5> {{ ?s ?p ?o }} }}": 17_544,
        f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{X}g5> {{ ?s <{X}p3> ?o }} }}": 877,
        "SELECT (COUNT(DISTINCT ?g) AS ?n) { GRAPH ?g { ?s ?p ?o } }": 57,
    }
    with EngineProcess(f"disk:{tmp_path / 'index'}", ONE) as process:
        found = {text: process.engine.answer(Query.parse(text), CSV).read().split()[1] for text in queries}
    assert {text: int(number) for text, number in found.items()} == queries
