"""Releases are kept and never change; any two differ by what was edited; copies prove themselves."""

import csv
import hashlib
import io
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from almaty_graph.engine.client import Engine
from almaty_graph.errors import InputError, NotFound, ReleaseError
from almaty_graph.names import DEF, GRAPH, ID, RDFS, RELEASES, SKOS
from almaty_graph.release import MANIFEST, RECORD, Release
from almaty_graph.release.archive import Archive
from almaty_graph.release.building import seal, write
from almaty_graph.release.differences import Difference
from almaty_graph.release.hashes import ENTITIES, entity_hashes, hash_of, read_hashes
from almaty_graph.release.log import LOG, note, read_log
from almaty_graph.release.proof import prove
from almaty_graph.terms import TYPE, Quad, iri, n_quads, read_quad
from almaty_graph.web import create_app

pytestmark = pytest.mark.slow  # it builds three releases
REGISTER = iri(GRAPH + "register")
STATE = iri(ID + "state/kyrgyzstan")
LABEL = iri(SKOS + "altLabel")
ADDED = iri(ID + "topic/added-by-a-test")
NEW_LABEL = Quad(STATE, LABEL, '"Kirgizia"@en', REGISTER)
NEW_THING = {
    Quad(ADDED, TYPE, iri(DEF + "Topic"), REGISTER),
    Quad(ADDED, iri(RDFS + "label"), '"added by a test"@en', REGISTER),
}


def edited(release: Release, quads: set[Quad], target: Path) -> Release:
    """The release with another dataset, published in a folder."""
    data = {RECORD: n_quads(quads).encode(), ENTITIES: entity_hashes(quads)}
    return write(seal({name: release.read(name) for name in release.files} | data), target)


@pytest.fixture(scope="module")
def three(release: Release, tmp_path_factory: pytest.TempPathFactory) -> tuple[Release, Release, Release]:
    """The release; then with a label more; then with a thing more, and a label of the first less."""
    target = tmp_path_factory.mktemp("three")
    first = set(release.record)
    second = first | {NEW_LABEL}
    third = (second | NEW_THING) - {min(q for q in first if q.subject == STATE and q.predicate == LABEL)}
    return tuple(edited(release, quads, target) for quads in (first, second, third))  # type: ignore[return-value]  # three


@pytest.fixture(scope="module")
def archived(three: tuple[Release, Release, Release], engine: Engine) -> FlaskClient:
    return create_app(three[2], engine).test_client()


def test_every_release_is_kept_in_the_order_of_publication(three: tuple[Release, ...]) -> None:
    kept = Archive(three[2]).kept
    assert [each.release for each in kept] == [each.name for each in three]
    assert all(abs((datetime.now(UTC) - each.at).total_seconds()) < 3600 for each in kept)
    assert Archive(three[2]).before(three[2].name) == three[1].name
    assert Archive(three[2]).before(three[0].name) is None


def test_the_difference_of_two_releases_is_what_was_edited(three: tuple[Release, ...]) -> None:
    one = Difference(three[0], three[1])
    assert one.statements == ((NEW_LABEL,), ())
    assert [(each.name, each.status, each.added, each.removed) for each in one.changes] == [
        (STATE, "changed", 1, 0)
    ]
    assert one.by_class == {iri(DEF + "State"): {"changed": 1}}
    two = Difference(three[1], three[2])
    assert set(two.statements[0]) == NEW_THING
    assert [quad.subject for quad in two.statements[1]] == [STATE]
    assert {each.name: (each.status, each.added, each.removed) for each in two.changes} == {
        STATE: ("changed", 0, 1),
        ADDED: ("new", 2, 0),
    }
    back = Difference(three[2], three[1])
    assert back.statements == two.statements[::-1]
    assert {each.name: each.status for each in back.changes} == {STATE: "changed", ADDED: "gone"}
    assert Difference(three[0], three[0]).changes == ()


def test_the_patch_makes_the_newer_of_the_older(archived: FlaskClient, three: tuple[Release, ...]) -> None:
    reply = archived.get(f"/release/{three[0].name}..{three[2].name}.rdfp")
    assert reply.content_type == "application/rdf-patch"
    rows = reply.text.splitlines()
    assert rows[:3] == [
        f"H id <{RELEASES}/{three[2].name}> .",
        f"H prev <{RELEASES}/{three[0].name}> .",
        "TX .",
    ]
    assert rows[-1] == "TC ."
    quads = set(three[0].record)
    for row in rows[3:-1]:
        letter, line = row.split(" ", 1)
        assert letter in "AD"
        (quads.add if letter == "A" else quads.remove)(read_quad(line))
    assert n_quads(quads).encode() == three[2].read(RECORD)


def test_the_things_that_differ_are_a_table(archived: FlaskClient, three: tuple[Release, ...]) -> None:
    reply = archived.get(f"/release/{three[1].name}..{three[2].name}.csv")
    rows = {row["iri"]: row for row in csv.DictReader(io.StringIO(reply.text))}
    assert {name: row["status"] for name, row in rows.items()} == {STATE[1:-1]: "changed", ADDED[1:-1]: "new"}
    for release, column in zip(three[1:], ("sha256-before", "sha256-after"), strict=True):
        hashes = read_hashes(release.read(ENTITIES))
        assert {name: row[column] for name, row in rows.items()} == {
            name: hashes.get(f"<{name}>", "") for name in rows
        }


def test_the_pages_tell_the_same(archived: FlaskClient, three: tuple[Release, ...]) -> None:
    listed = archived.get("/release", headers={"Accept": "text/html"}).text
    places = [listed.index(f'<td><a href="/release/{each.name}"') for each in three]
    page = archived.get(f"/release/{three[0].name}..{three[2].name}").text
    assert f"{len(NEW_THING) + 1} statements added, 1 removed, 2 things concerned" in " ".join(page.split())
    assert "+ state:kyrgyzstan skos:altLabel &#34;Kirgizia&#34;@en\n" in page
    rows = archived.get("/release.json").json
    assert isinstance(rows, list)
    assert [row["release"] for row in rows] == [each.name for each in reversed(three)]
    assert [row["datasetSha256"] for row in rows] == [each.dataset_sha256 for each in reversed(three)]
    assert rows[-1]["difference"] is None
    assert archived.get(rows[0]["difference"]).status_code == 200
    assert places == sorted(places, reverse=True)


def test_home_tells_what_the_newest_release_changed(
    archived: FlaskClient, client: FlaskClient, three: tuple[Release, ...]
) -> None:
    news = archived.get("/").text.partition("Newest changes")[2].partition("</section>")[0]
    assert f'href="/release/{three[1].name}..{three[2].name}"' in news
    rows = archived.get(f"/release/{three[1].name}..{three[2].name}.csv").text.splitlines()[1:]
    assert f"{len(rows)} thing" in news
    assert news.count("<li>") == min(6, len(rows)) > 0
    first = client.get("/").text.partition("Newest changes")[2].partition("</section>")[0]
    assert "since the one before" not in first
    assert "/changes.atom" in first


def test_each_file_of_a_kept_release_is_served_as_it_was(
    archived: FlaskClient, three: tuple[Release, ...]
) -> None:
    for kept in three:
        for name in (RECORD, MANIFEST, "shapes.ttl", "tables/State.csv"):
            reply = archived.get(f"/release/{kept.name}/{name}")
            assert (reply.status_code, reply.data) == (200, kept.read(name))
            assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert archived.get(f"/release/{kept.name}").status_code == 200
    assert archived.get("/release/current").location == f"/release/{three[2].name}"


@pytest.mark.parametrize(
    "path",
    [
        "0.1.0-000000000000",
        "../../etc/passwd",
        "..",
        "...csv",
        "0.1.0-000000000000..x.rdfp",
        "%2e%2e/.lock",
        LOG,
    ],
)
def test_what_is_not_kept_is_not_found(archived: FlaskClient, path: str) -> None:
    assert archived.get(f"/release/{path}").status_code == 404


def test_what_is_no_file_of_a_release_is_not_found(archived: FlaskClient, three: tuple[Release, ...]) -> None:
    for file in ("nothing.ttl", "../releases.jsonl", f"../{three[1].name}/{RECORD}"):
        assert archived.get(f"/release/{three[0].name}/{file}").status_code == 404


def test_a_damaged_release_is_told_without_the_path_of_the_machine(
    release: Release, engine: Engine, tmp_path: Path
) -> None:
    older, newer = (edited(release, quads, tmp_path) for quads in ({NEW_LABEL}, NEW_THING))
    (older.folder / "shapes.ttl").write_text("# changed")
    reply = create_app(newer, engine).test_client().get(f"/release/{older.name}/{RECORD}")
    assert reply.status_code == 500
    assert "is damaged here" in reply.text
    assert str(tmp_path) not in reply.text


def test_the_log_only_grows_and_outlasts_a_killed_writer(tmp_path: Path) -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    note(tmp_path, "one", moment)
    note(tmp_path, "one")
    before = (tmp_path / LOG).read_bytes()
    assert before == b'{"release": "one", "published": "2026-01-02T03:04:05Z"}\n'
    with (tmp_path / LOG).open("ab") as file:
        file.write(b'{"release": "tw')
    note(tmp_path, "two", moment)
    note(tmp_path, "one", moment)
    assert (tmp_path / LOG).read_bytes().startswith(before)
    assert [each.release for each in read_log(tmp_path)] == ["one", "two", "one"]


def test_a_folder_without_a_log_keeps_the_release_that_is_served(release: Release, tmp_path: Path) -> None:
    shutil.copytree(release.folder, tmp_path / release.folder.name)
    (tmp_path / LOG).write_text('{"release": "../..", "published": "2026-01-02T03:04:05Z"}\n[]\n')
    archive = Archive(Release.open(tmp_path / release.folder.name))
    assert [each.release for each in archive.kept] == [release.name]
    with pytest.raises(NotFound):
        archive.release("../..")


def test_a_release_keeps_the_media_types_of_its_time(release: Release, tmp_path: Path) -> None:
    files = {name: release.read(name) for name in release.files}
    text = seal(files)[MANIFEST].replace(b'"text/csv"', b'"text/comma-separated-values"')
    shutil.copytree(release.folder, tmp_path / "older")
    (tmp_path / "older" / MANIFEST).write_bytes(text)
    older = Release.open(tmp_path / "older")
    assert older.files["tables/State.csv"].media_type == "text/comma-separated-values"
    assert older.name != release.name


def test_the_hash_of_a_thing_is_that_of_its_canonical_triples(release: Release) -> None:
    """Held against RDFC-1.0 by another hand: pyoxigraph's canonicalization of what the record says."""
    hashes = read_hashes(release.read(ENTITIES))
    assert hashes.keys() == {quad.subject for quad in release.record}
    said = release.record.of(STATE)
    dataset = ox.Dataset(
        ox.Quad(q.subject, q.predicate, q.object)
        for q in ox.parse(n_quads(said).encode(), format=ox.RdfFormat.N_QUADS)
    )
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    lines = (ox.serialize(dataset, format=ox.RdfFormat.N_QUADS) or b"").splitlines(keepends=True)
    assert hashes[STATE] == hashlib.sha256(b"".join(sorted(lines))).hexdigest()
    assert hashes[STATE] == hash_of(reversed([quad.triple for quad in said]))


Copy = Callable[[str, str], bytes]


def asking(client: FlaskClient) -> Copy:
    def fetch(address: str, media_type: str) -> bytes:
        reply = client.get(
            address.removeprefix("http://copy"), headers={"Accept": media_type}, follow_redirects=True
        )
        assert reply.status_code == 200, address
        return bytes(reply.data)

    return fetch


PROVED = (
    "/",
    "/dump/dataset.ttl",
    "/dump/manifest.json",
    "/id/state/kyrgyzstan",
    "/source/iom-almaty-process",
)


@pytest.mark.parametrize("path", PROVED)
def test_a_copy_at_a_server_is_proved(client: FlaskClient, release: Release, path: str) -> None:
    proof = prove(f"http://copy{path}", asking(client))
    assert proof.release == release.name
    if path in {"/", "/dump/manifest.json"}:
        assert proof.sha256 == release.dataset_sha256
    if path == "/dump/dataset.ttl":
        assert proof.sha256 == hashlib.sha256(release.read("dataset.ttl")).hexdigest()


@pytest.mark.parametrize("path", PROVED)
@pytest.mark.parametrize("place", [0.2, 0.5, 0.9])
def test_one_flipped_byte_is_found(client: FlaskClient, path: str, place: float) -> None:
    """Of what is proved itself: of a whole release, of one of its files."""
    spoilt = {"/": "/dump/graph/register.ttl", "/dump/manifest.json": "/dump/shapes.ttl"}.get(path, path)
    honest = asking(client)

    def fetch(address: str, media_type: str) -> bytes:
        data = bytearray(honest(address, media_type))
        if address == f"http://copy{spoilt}":
            data[int(len(data) * place)] ^= 1
        return bytes(data)

    with pytest.raises(ReleaseError, match=re.escape(spoilt)):
        prove(f"http://copy{path}", fetch)


def test_what_is_no_copy_of_anything_is_said_to_be_none(client: FlaskClient) -> None:
    for path in ("/graph/register", "/def/State", "/sparql", "/dataset"):
        with pytest.raises(InputError, match=f"http://copy{path} is no release"):
            prove(f"http://copy{path}", asking(client))


def test_a_manifest_that_is_none_is_refuted() -> None:
    for text in (b"{}", b"[]", b"<html>", b'{"files": {"a": 1}, "version": "1", "datasetSha256": ""}'):
        with pytest.raises(ReleaseError, match="is not the manifest of a release"):
            prove("http://copy/", lambda *_, text=text: text)


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "almaty_graph", "verify", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_two_mirrors_prove_equal_and_a_third_does_not(
    server: str, release: Release, three: tuple[Release, ...], tmp_path: Path
) -> None:
    mirror = tmp_path / "mirror"
    shutil.copytree(release.folder, mirror)
    same = run(server, mirror)
    assert (same.returncode, same.stderr) == (0, "")
    assert [line.split()[0] for line in same.stdout.splitlines()] == [release.dataset_sha256] * 2
    other = run(server, three[1].folder)
    assert (other.returncode, other.stderr) == (1, "almaty-graph: these are not the same\n")
    wrong = run(server, "--release", three[1].name)
    assert wrong.returncode == 1
    assert f"is of release {release.name}, not {three[1].name}" in wrong.stderr
    data = bytearray((mirror / "dataset.trig").read_bytes())
    data[len(data) // 2] ^= 1
    (mirror / "dataset.trig").write_bytes(data)
    for copy in (mirror, mirror / "dataset.trig"):
        flipped = run(copy)
        assert flipped.returncode == 1
        assert "dataset.trig" in flipped.stderr
    assert run(mirror / "dataset.nq").returncode == 0
    assert run(f"{server}/id/state/iran", "--release", release.name).returncode == 0
    assert run("http://127.0.0.1:1/").returncode == 2
    assert run(tmp_path).returncode == 1
