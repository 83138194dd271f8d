"""A release is the same bytes everywhere, whole or not there, and says what was written."""

import gzip
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
import pytest
import rdflib
import zstandard
from pyld import jsonld
from rdflib.namespace import VOID

from almaty_graph.check import check
from almaty_graph.check.report import Report
from almaty_graph.check.rules import lexical_forms
from almaty_graph.engine.embedded import Engine
from almaty_graph.engine.language.query import Query
from almaty_graph.errors import Rejected, ReleaseError
from almaty_graph.formats import CSV, JSON_LD, N_QUADS, N_TRIPLES, RDF_XML, TRIG, TURTLE, Format
from almaty_graph.names import DATASET, GRAPH, ID, XSD
from almaty_graph.release import MANIFEST, Release
from almaty_graph.release.building import build, press, write
from almaty_graph.release.log import LOG
from almaty_graph.release.media import DUMPS
from almaty_graph.sources import Sources
from almaty_graph.terms import literal
from almaty_graph.web import create_app
from conftest import PARTS, ROOT

Files = dict[str, bytes]
QUADS = (N_QUADS, TRIG, JSON_LD)
RAPPER = {N_QUADS: "nquads", TRIG: "trig", TURTLE: "turtle", N_TRIPLES: "ntriples", RDF_XML: "rdfxml"}
RDFLIB = {
    N_QUADS: "nquads",
    TRIG: "trig",
    TURTLE: "turtle",
    N_TRIPLES: "nt",
    RDF_XML: "xml",
    JSON_LD: "json-ld",
}

# Writes the release whose files stand in a folder, and dies before the step of that number; tells the steps.
WRITER = """
import os, signal, sys
from pathlib import Path
from almaty_graph.release.building import write

folder, target, last = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
steps = []

def watch(event, arguments):
    if event in ("open", "os.mkdir", "os.rename", "os.symlink", "os.remove", "os.rmdir"):
        if len(steps) == last:
            os.kill(os.getpid(), signal.SIGKILL)
        steps.append(event)

sys.addaudithook(watch)
write(files, target)
sys.stdout.write(" ".join(steps))
"""

# A clock that is ten years ahead, for the interpreter that finds this on its path.
LATER = """
import datetime, time

SECONDS = 10 * 365 * 86_400
now, now_ns, Day, Moment = time.time, time.time_ns, datetime.date, datetime.datetime

class LaterMoment(Moment):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(time.time(), tz)

    @classmethod
    def today(cls):
        return cls.now()

class LaterDay(Day):
    @classmethod
    def today(cls):
        return cls.fromtimestamp(time.time())

time.time = lambda: now() + SECONDS
time.time_ns = lambda: now_ns() + SECONDS * 10**9
datetime.datetime, datetime.date = LaterMoment, LaterDay
"""


def seeded() -> random.Random:
    """The same numbers in every run."""
    return random.Random(20130601)  # noqa: S311 - moments and places, no secrets


def read_files(folder: Path) -> Files:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def start_build(
    root: Path, target: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "almaty_graph", "build", "--root", str(root), "--to", str(target)]
    return subprocess.Popen(
        command,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def start_writer(release: Release, target: Path, last_step: int = -1) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", WRITER, str(release.folder), str(target), str(last_step)]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def finish(process: subprocess.Popen[bytes]) -> tuple[int, bytes]:
    output, _ = process.communicate(timeout=120)
    return process.returncode, output


def left_in(target: Path) -> set[str]:
    return {path.name for path in target.iterdir()}


def whole(*releases: Release) -> set[str]:
    """What a target holds after these were written there, and nothing was interrupted."""
    return {".lock", "current", LOG, *(release.folder.name for release in releases)}


@pytest.fixture
def folder(release: Release, tmp_path: Path) -> Path:
    """A copy of the release that a test may spoil."""
    return shutil.copytree(release.folder, tmp_path / "release")


@pytest.fixture(scope="session")
def newer_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository with a word more."""
    root = tmp_path_factory.mktemp("newer")
    for part in PARTS:
        shutil.copytree(ROOT / part, root / part)
    path = root / "data/register/dataset.ttl"
    text = path.read_text(encoding="utf-8")
    changed = text.replace("each claim with its source", "every claim with its source")
    assert changed != text
    path.write_text(changed, encoding="utf-8")
    return root


@pytest.fixture(scope="session")
def newer(newer_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Release:
    return write(press(Sources.at(newer_root), Report(())), tmp_path_factory.mktemp("newer-release"))


# Determinism


@pytest.mark.slow
def test_two_builds_in_different_folders_times_zones_and_locales_are_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "a longer name, ünd älter"
    paths = [p for part in PARTS for p in sorted((ROOT / part).rglob("*")) if p.is_file()]
    for root, ordered in ((first, paths), (second, paths[::-1])):
        for path in ordered:
            copy = root / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    clock = tmp_path / "clock" / "sitecustomize.py"
    clock.parent.mkdir()
    clock.write_text(LATER, encoding="utf-8")
    plain = {
        "LC_ALL": "C",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONUTF8": "0",
        "PYTHONHASHSEED": "1",
        "TZ": "AAA-14",
    }
    other = {"LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "4242", "TZ": "BBB+12", "PYTHONPATH": str(clock.parent)}
    builds = [
        start_build(first, tmp_path / "one", plain),
        start_build(second, tmp_path / "elsewhere" / "two", other),
    ]
    assert [finish(process)[0] for process in builds] == [0, 0]
    one, two = (tmp_path / name / "current" for name in ("one", "elsewhere/two"))
    assert one.resolve().name == two.resolve().name
    assert read_files(one.resolve()) == read_files(two.resolve())


def test_the_clock_of_the_test_above_is_another_one(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(LATER, encoding="utf-8")
    code = "import time, datetime as d; print(int(time.time()), d.date.today().year, d.datetime.now().year)"
    shown = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(tmp_path), "TZ": "UTC"},
        capture_output=True,
        check=True,
        text=True,
    )
    seconds, day, moment = map(int, shown.stdout.split())
    assert seconds - time.time() > 9 * 365 * 86_400
    assert day == moment == time.gmtime(seconds).tm_year


@pytest.mark.slow
def test_the_same_sources_press_to_the_same_files(sources: Sources, release: Release) -> None:
    pressed, kept = press(sources, check(sources)), read_files(release.folder)
    assert pressed.keys() == kept.keys()
    assert [name for name in kept if kept[name] != pressed[name]] == []


# Crash safety


@pytest.mark.slow
def test_after_a_kill_at_any_moment_of_a_build_current_is_the_old_release_or_the_new_one(
    tmp_path: Path, newer_root: Path
) -> None:
    target = tmp_path / "target"
    begun = time.monotonic()
    assert finish(start_build(ROOT, target))[0] == 0
    duration = time.monotonic() - begun
    older = write(read_files((target / "current").resolve()), tmp_path / "older")
    newer = build(Sources.at(newer_root), tmp_path / "newer")
    moments, killed, number = seeded(), 0, -1
    while killed < 20:
        number += 1
        old, new, root = (older, newer, newer_root) if number % 2 == 0 else (newer, older, ROOT)
        begun = time.monotonic()
        process = start_build(root, target)
        # Half of the kills fall into the last tenth, where files are written.
        time.sleep(duration * moments.uniform(0.9 if number % 4 < 2 else 0, 1))
        os.killpg(process.pid, signal.SIGKILL)
        if finish(process)[0] == -signal.SIGKILL:
            killed += 1
        else:  # it was quicker than the first
            duration = min(duration, time.monotonic() - begun) * 0.97
        assert Release.open(target / "current").name in (old.name, new.name)
        assert write(read_files(new.folder), target).name == new.name
        assert Release.open(target / "current").name == new.name
        assert left_in(target) == whole(older, newer)
        shutil.rmtree(target / old.folder.name)


@pytest.mark.slow
def test_after_a_kill_at_any_step_of_writing_current_is_the_old_release_or_the_new_one(
    tmp_path: Path, release: Release, newer: Release
) -> None:
    status, output = finish(start_writer(newer, tmp_path / "measured"))
    steps = output.decode().split()
    assert status == 0
    assert steps.count("os.rename") == 2
    assert steps.count("os.symlink") == 1
    around = {n + d for n, step in enumerate(steps) if step in ("os.rename", "os.symlink") for d in (0, 1)}
    moments = sorted({0, 1, 2, *around, *seeded().sample(range(len(steps)), 14)})
    target, seen = tmp_path / "target", set()
    for number in moments:
        write(read_files(release.folder), target)
        assert finish(start_writer(newer, target, number))[0] == -signal.SIGKILL
        seen.add(Release.open(target / "current").name)
        write(read_files(release.folder), target)
        assert left_in(target) - {newer.folder.name} == whole(release)
        assert finish(start_writer(newer, target))[0] == 0
        assert Release.open(target / "current").name == newer.name
        assert left_in(target) == whole(release, newer)
        shutil.rmtree(target / newer.folder.name)
        (target / "current").unlink()
    assert seen == {release.name, newer.name}


@pytest.mark.slow
@pytest.mark.parametrize("same", [True, False], ids=["of one repository", "of two repositories"])
def test_builds_at_once_do_not_mix(tmp_path: Path, release: Release, newer: Release, same: bool) -> None:
    releases = [newer, newer, newer] if same else [release, newer, release]
    writers = [start_writer(each, tmp_path / "target") for each in releases]
    assert [finish(writer)[0] for writer in writers] == [0, 0, 0]
    assert left_in(tmp_path / "target") == whole(*releases)
    for each in releases:
        assert read_files(tmp_path / "target" / each.folder.name) == read_files(each.folder)
    assert Release.open(tmp_path / "target" / "current").name in {each.name for each in releases}


def test_a_release_that_is_there_but_spoilt_is_written_again(tmp_path: Path, release: Release) -> None:
    files = read_files(release.folder)
    first = write(files, tmp_path)
    (first.folder / "dataset.nq").write_bytes(b"")
    (first.folder / "more").write_bytes(b"")
    assert read_files(write(files, tmp_path).folder) == files
    assert left_in(tmp_path) == whole(release)


@pytest.mark.slow
def test_a_repository_with_an_error_is_rejected_and_changes_nothing(
    repository: Path, tmp_path: Path, release: Release
) -> None:
    target = tmp_path / "target"
    write(read_files(release.folder), target)
    before = read_files(target), left_in(target)
    path = repository / "data/register/dataset.ttl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"2026-', '"2O26-'), encoding="utf-8")
    with pytest.raises(Rejected, match=r"no release: \d+ errors") as caught:
        build(Sources.at(repository), target)
    assert "data/register/dataset.ttl:" in str(caught.value)
    assert (read_files(target), left_in(target)) == before


# What a folder must be to be opened


def refusal(folder: Path) -> str:
    with pytest.raises(ReleaseError) as caught:
        Release.open(folder)
    return str(caught.value)


def test_a_release_opens_from_any_folder_as_what_it_is(release: Release, folder: Path) -> None:
    opened = Release.open(folder)
    assert (opened.name, opened.version, opened.dataset_sha256) == (
        release.name,
        release.version,
        release.dataset_sha256,
    )
    assert opened.files == release.files
    assert list(opened.record) == list(release.record)


@pytest.mark.slow
def test_a_flipped_bit_in_any_file_is_refused_by_its_name(release: Release, folder: Path) -> None:
    where = seeded()
    for name in release.files:
        data = (folder / name).read_bytes()
        assert data, name
        for at in (0, where.randrange(len(data)), len(data) - 1):
            spoilt = bytearray(data)
            spoilt[at] ^= 1
            (folder / name).write_bytes(spoilt)
            assert refusal(folder).startswith(f"{folder}: {name} is not what the manifest says")
        (folder / name).write_bytes(data)
    assert Release.open(folder).name == release.name


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"{}", b"null", b'{"files": 1}', b"\xff\xfe"])
def test_a_manifest_that_is_none_is_refused_by_its_name(folder: Path, data: bytes) -> None:
    (folder / MANIFEST).write_bytes(data)
    assert refusal(folder).startswith(f"{folder}: no release here: {MANIFEST} cannot be read: ")


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda m: m.update(version="9.9.9"), id="version"),
        pytest.param(lambda m: m.update(quads=m["quads"] + 1), id="quads"),
        pytest.param(lambda m: m.update(datasetSha256="0" * 64), id="digest of the dataset"),
        pytest.param(lambda m: m["files"]["dataset.nq"].update(bytes=1), id="size of a file"),
        pytest.param(lambda m: m["files"]["dataset.nq"].pop("mediaType"), id="a file without a type"),
        pytest.param(lambda m: m["files"]["dataset.nq"].update(sha256="0" * 64), id="digest of a file"),
        pytest.param(lambda m: m.update(more=1), id="a field more"),
        pytest.param(lambda m: m.pop("quads"), id="a field less"),
        pytest.param(lambda m: m.update(files=list(m["files"])), id="files by name alone"),
        pytest.param(lambda m: m["files"].clear(), id="no files"),
        pytest.param(lambda m: m["files"].pop("dataset.nq"), id="a file less"),
        pytest.param(lambda m: m["files"].update(more=m["files"]["dataset.nq"]), id="a file more"),
    ],
)
def test_a_manifest_that_says_something_else_is_refused(
    folder: Path, spoil: Callable[[dict[str, object]], object]
) -> None:
    manifest = json.loads((folder / MANIFEST).read_bytes())
    spoil(manifest)
    (folder / MANIFEST).write_text(
        json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    assert refusal(folder).startswith(f"{folder}: ")


@pytest.mark.parametrize("name", ["dataset.nq", "description.ttl", "graph/register.ttl", "dataset.ttl.gz"])
def test_a_missing_file_is_refused_by_its_name(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert refusal(folder) == f"{folder}: {name} is missing"


@pytest.mark.parametrize("name", ["more.txt", "graph/more.ttl", "a/b/c", ".hidden"])
def test_an_extra_file_is_refused_by_its_name(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"")
    assert refusal(folder) == f"{folder}: {name} is not in the manifest"


def test_a_folder_without_a_manifest_is_no_release(folder: Path, tmp_path: Path) -> None:
    (folder / MANIFEST).unlink()
    assert refusal(folder).startswith(f"{folder}: no release here: {MANIFEST} cannot be read: ")
    assert refusal(tmp_path / "nowhere").startswith(
        f"{tmp_path}/nowhere: no release here: {MANIFEST} cannot be read: "
    )


def test_a_folder_with_an_empty_list_of_files_is_no_release(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text('{\n "files": {}\n}\n', encoding="utf-8")
    assert refusal(tmp_path).startswith(f"{tmp_path}: ")


# What a release says of itself


def test_the_hash_of_the_dataset_is_that_of_another_implementation_of_rdfc_1_0(release: Release) -> None:
    data = release.read("dataset.nq")
    quads = ox.Dataset(ox.parse(data, format=ox.RdfFormat.N_QUADS))
    assert '"@en-' not in data.decode()  # this implementation lower-cases language tags
    quads.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    canonical = "".join(sorted(f"{quad} .\n" for quad in quads))
    assert release.dataset_sha256 == hashlib.sha256(canonical.encode()).hexdigest()


def test_every_dump_has_a_compressed_twin_of_the_same_content(release: Release) -> None:
    starts, ends = ("dataset.", "graph/", "tables/"), (".gz", ".zst", ".parquet")
    dumps = {name for name in release.files if name.startswith(starts) and not name.endswith(ends)}
    for suffix in (".gz", ".zst"):
        twins = {name for name in release.files if name.endswith(suffix)}
        assert twins == {f"{name}{suffix}" for name in dumps}
    assert len(dumps) >= len(DUMPS) + 3
    for name in dumps:
        assert gzip.decompress(release.read(f"{name}.gz")) == release.read(name), name
        packed = zstandard.ZstdDecompressor().stream_reader(release.read(f"{name}.zst"))
        assert packed.read() == release.read(name), name


def test_the_manifest_gives_size_digest_and_type_of_every_file(release: Release) -> None:
    manifest = json.loads(release.read(MANIFEST))
    assert manifest["quads"] == release.read("dataset.nq").count(b"\n") == len(release.record)
    for name, entry in manifest["files"].items():
        data = release.read(name)
        assert (entry["bytes"], entry["sha256"]) == (len(data), hashlib.sha256(data).hexdigest()), name
    types = {name.rpartition(".")[2]: set[str]() for name in manifest["files"]}
    for name, entry in manifest["files"].items():
        types[name.rpartition(".")[2]].add(entry["mediaType"])
    assert types == {form.suffix: {form.media_type} for form in DUMPS} | {
        "cff": {"application/yaml"},
        "csv": {"text/csv"},
        "gz": {"application/gzip"},
        "json": {"application/csvm+json", "application/ld+json"},
        "parquet": {"application/vnd.apache.parquet"},
        "rq": {"application/sparql-query"},
        "zst": {"application/zstd"},
    }


def statements(text: bytes, form: Format) -> set[str]:
    """Statements in a line-based format, each written in one way; language tags in lower case."""
    parser = ox.RdfFormat.N_QUADS if form in QUADS else ox.RdfFormat.N_TRIPLES
    return {str(statement) for statement in ox.parse(text, format=parser)}


def refuse_to_load(url: str, _options: object) -> None:
    raise AssertionError(f"a reader of a dump would fetch {url}")


def read_with_another_parser(path: Path, form: Format) -> bytes:
    """A dump as N-Quads, or as N-Triples if its format has no graphs, by a parser that is not ours."""
    if form == JSON_LD:
        options = {"format": "application/n-quads", "documentLoader": refuse_to_load}
        text: str = jsonld.to_rdf(json.loads(path.read_bytes()), options)
        return text.encode()
    rapper = shutil.which("rapper")
    if rapper is None:
        reason = "needs rapper, an RDF parser (Debian: raptor2-utils)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    output = "nquads" if form in QUADS else "ntriples"
    command = [rapper, "-q", "-i", RAPPER[form], "-o", output, str(path)]
    done = subprocess.run(command, capture_output=True, check=True)
    assert done.stderr == b""
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("form", DUMPS, ids=lambda form: form.suffix)
def test_another_parser_finds_in_every_dump_what_is_in_the_record(release: Release, form: Format) -> None:
    read = read_with_another_parser(release.folder / f"dataset.{form.suffix}", form)
    exact = N_QUADS if form in QUADS else N_TRIPLES
    quads = len(release.record)
    assert quads == len({quad.triple for quad in release.record})
    assert len(read.splitlines()) == quads
    assert statements(read, form) == statements(release.read(f"dataset.{exact.suffix}"), form)


@pytest.mark.slow
def test_another_parser_finds_in_every_graph_what_is_in_the_record(release: Release) -> None:
    graphs = {quad.graph for quad in release.record}
    for graph in graphs:
        path = release.folder / "graph" / f"{graph[1:-1].removeprefix(GRAPH)}.ttl"
        read = statements(read_with_another_parser(path, TURTLE), TURTLE)
        assert read == {" ".join(quad.triple) for quad in release.record.graph(graph)}
    assert {f"graph/{graph[1:-1].removeprefix(GRAPH)}.ttl" for graph in graphs} == {
        name for name in release.files if name.startswith("graph/") and name.endswith(".ttl")
    }


# VoID


def count(engine: Engine, select: str) -> list[tuple[str, ...]]:
    """The rows of an answer, without its head."""
    answer = engine.answer(Query.parse(f"SELECT {select}"), CSV).read().decode()
    return sorted(tuple(row.rsplit(",", 1)) for row in answer.splitlines()[1:])


@pytest.fixture(scope="session")
def description(release: Release) -> rdflib.Graph:
    return rdflib.Graph().parse(data=release.read("description.ttl"), format="turtle")


@pytest.mark.parametrize(
    ("name", "counted"),
    [
        ("triples", "(COUNT(*) AS ?n) { SELECT DISTINCT ?s ?p ?o { ?s ?p ?o } }"),
        ("distinctSubjects", "(COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }"),
        ("distinctObjects", "(COUNT(DISTINCT ?o) AS ?n) { ?s ?p ?o }"),
        ("classes", "(COUNT(DISTINCT ?c) AS ?n) { ?s a ?c }"),
        ("properties", "(COUNT(DISTINCT ?p) AS ?n) { ?s ?p ?o }"),
    ],
)
def test_a_count_in_the_description_is_what_the_engine_counts(
    engine: Engine, description: rdflib.Graph, name: str, counted: str
) -> None:
    said = [str(value) for value in description.objects(rdflib.URIRef(DATASET), VOID[name])]
    assert count(engine, counted) == [tuple(said)]


@pytest.mark.parametrize(
    ("what", "number", "counted"),
    [
        ("class", "entities", "?c (COUNT(DISTINCT ?s) AS ?n) { ?s a ?c } GROUP BY ?c"),
        ("property", "triples", "?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p"),
    ],
)
def test_the_partitions_in_the_description_are_what_the_engine_counts(
    engine: Engine, description: rdflib.Graph, what: str, number: str, counted: str
) -> None:
    said = sorted(
        (str(description.value(node, VOID[what])), str(description.value(node, VOID[number])))
        for node in description.objects(rdflib.URIRef(DATASET), VOID[f"{what}Partition"])
    )
    assert count(engine, counted) == said
    assert len(said) > 10


def test_the_graphs_in_the_description_are_what_the_engine_counts(
    engine: Engine, description: rdflib.Graph
) -> None:
    said = sorted(
        (str(graph), str(description.value(graph, VOID.triples)))
        for graph in description.objects(rdflib.URIRef(DATASET), VOID.subset)
        if str(graph).startswith(GRAPH)
    )
    assert count(engine, "?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g") == said
    assert len(said) >= 3


def test_the_dumps_in_the_description_are_those_of_the_release(
    release: Release, description: rdflib.Graph
) -> None:
    spdx, dcat = (
        rdflib.Namespace("http://spdx.org/rdf/terms#"),
        rdflib.Namespace("http://www.w3.org/ns/dcat#"),
    )
    said = {}
    for node in description.objects(rdflib.URIRef(DATASET), dcat.distribution):
        checksum = description.value(description.value(node, spdx.checksum), spdx.checksumValue)
        name = str(node).removeprefix("https://w3id.org/almaty-process/dump/")
        said[name] = (int(str(description.value(node, dcat.byteSize))), str(checksum))
    graphs = [name for name in release.files if name.startswith(("graph/", "tables/"))]
    dumps = [name for name in graphs if not name.endswith((".gz", ".zst"))]
    dumps += [name for name in release.files if name.startswith("dataset.")]
    assert said == {
        name: (len(release.read(name)), hashlib.sha256(release.read(name)).hexdigest()) for name in dumps
    }


# What was written comes out unchanged


class Written(NamedTuple):
    """A literal as somebody wrote it."""

    value: str
    datatype: str | None = None
    language: str | None = None


ODD = "odd"
PROPERTIES = (
    "http://www.w3.org/2004/02/skos/core#note",
    "http://schema.org/endDate",
    "http://purl.org/dc/terms/title",
)
WRITTEN = (
    Written("1.50", XSD + "decimal"),
    Written("007", XSD + "nonNegativeInteger"),
    Written("+7", XSD + "integer"),
    Written("7", XSD + "integer"),
    Written("2020-01-01T00:00:00+00:00", XSD + "dateTime"),
    Written("2020-01-01T00:00:00.000Z", XSD + "dateTime"),
    Written("2018-10", XSD + "gYearMonth"),
    Written("true", XSD + "boolean"),
    Written("1", XSD + "boolean"),
    Written("0a0B", XSD + "hexBinary"),
    Written("tekst", language="nl-BE"),
    Written("نص", language="ar"),
    Written(""),
    Written(" spaces  around "),
    Written("true"),
    Written("7"),
    Written('he says "no", and ends with a quote"'),
    Written('two\nlines, with "quotes"'),
    Written('"""\nthree quotes and a line"""'),
    Written("a\ttab, a back\\slash, and \\n that is no line"),
    Written("a line\nand \\u0000 that is no character"),
    Written("emoji 😀 and a family 👨‍👩‍👧"),
    Written("שלום \u200f(עולם)\u200e"),
    Written("e\u0301 is not é"),
    Written("<a href='&amp;'>]]></a>"),
    Written("a mail to 'me'@EN and \"me\"@EN"),
    Written("a line\u2028separator, a paragraph\u2029separator, a next\u0085line"),
    Written("a carriage\r\nreturn"),
)


@pytest.fixture(scope="session")
def odd_release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of the repository and of literals that a careless writer would change."""
    root = tmp_path_factory.mktemp("odd")
    for part in PARTS:
        shutil.copytree(ROOT / part, root / part)
    lines = []
    for value, datatype, language in WRITTEN:
        suffix = f"@{language}" if language else f"^^<{datatype}>" if datatype else ""
        written = json.dumps(value, ensure_ascii=False) + suffix
        lines += [f"<{ID}state/{ODD}> <{name}> {written} .\n" for name in PROPERTIES]
    (root / "data/register/odd.ttl").write_bytes("".join(lines).encode())
    return write(press(Sources.at(root), Report(())), tmp_path_factory.mktemp("odd-release"))


def read_written(data: bytes, form: Format, monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, Written]]:
    """What a dump or a document says of the odd thing, exactly."""
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)
    dataset = rdflib.Dataset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of RDFLib, by RDFLib
        dataset.parse(data=data, format=RDFLIB[form])
    found = set()
    for _, predicate, value, _ in dataset.quads((rdflib.URIRef(f"{ID}state/{ODD}"), None, None, None)):
        assert isinstance(value, rdflib.Literal)
        datatype = None if value.datatype in (None, rdflib.XSD.string) else str(value.datatype)
        found.add((str(predicate), Written(str(value), datatype, value.language)))
    return found


EXPECTED = {(name, written) for name in PROPERTIES for written in WRITTEN}


@pytest.mark.slow
@pytest.mark.parametrize("form", DUMPS, ids=lambda form: form.suffix)
def test_what_was_written_comes_out_of_every_dump_unchanged(
    odd_release: Release, form: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_written(odd_release.read(f"dataset.{form.suffix}"), form, monkeypatch) == EXPECTED


@pytest.mark.slow
def test_what_was_written_comes_out_of_the_dump_of_its_graph_unchanged(
    odd_release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_written(odd_release.read("graph/register.ttl"), TURTLE, monkeypatch) == EXPECTED


@pytest.mark.parametrize("form", [TURTLE, JSON_LD, N_TRIPLES, RDF_XML], ids=lambda form: form.suffix)
def test_what_was_written_comes_out_of_every_document_unchanged(
    odd_release: Release, engine: Engine, form: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply = create_app(odd_release, engine).test_client().get(f"/doc/state/{ODD}.{form.suffix}")
    assert reply.status_code == 200
    assert read_written(reply.data, form, monkeypatch) == EXPECTED


@pytest.mark.slow
@pytest.mark.parametrize("form", DUMPS, ids=lambda form: form.suffix)
def test_another_parser_finds_what_was_written_in_every_dump(odd_release: Release, form: Format) -> None:
    read = statements(read_with_another_parser(odd_release.folder / f"dataset.{form.suffix}", form), form)
    about = {statement for statement in read if statement.startswith(f"<{ID}state/{ODD}> ")}
    graph = f" <{GRAPH}register>" if form in QUADS else ""
    lowered = [
        written._replace(language=written.language and written.language.lower()) for written in WRITTEN
    ]
    assert about == {
        f"<{ID}state/{ODD}> <{name}> {literal(*written)}{graph}" for name in PROPERTIES for written in lowered
    }


def test_the_record_of_a_release_is_what_was_written(odd_release: Release) -> None:
    about = odd_release.record.of(f"<{ID}state/{ODD}>")
    assert {(quad.predicate[1:-1], quad.object) for quad in about} == {
        (name, literal(*written)) for name, written in EXPECTED
    }


@pytest.mark.slow
@pytest.mark.parametrize("character", ["\x00", "\x01", "\x0b", "\x1f", "\ufffe", "\uffff"])
def test_a_character_that_one_of_the_formats_cannot_carry_is_found_with_file_and_line(
    repository: Path, character: str
) -> None:
    text = f'\n<{ID}state/{ODD}> <{PROPERTIES[0]}> "a\\u{ord(character):04X}b" .\n'
    (repository / "data/register/odd.ttl").write_text(text, encoding="utf-8")
    found = list(lexical_forms(Sources.at(repository)))
    assert [(str(finding.place), finding.focus) for finding in found] == [
        ("data/register/odd.ttl:2", f"{ID}state/{ODD}")
    ]
