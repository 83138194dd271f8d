"""Data are held against shapes where they are: behind an endpoint, or at an address of an allowed host."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyoxigraph as ox
import pytest

from almaty_graph.engine import wire
from almaty_graph.errors import InputError
from almaty_graph.release import Release
from almaty_graph.validation.data import Data
from almaty_graph.validation.judge import report_on
from almaty_graph.validation.remote import RemoteData
from almaty_graph.validation.report import read_results
from almaty_graph.validation.shapes import Shapes, ShapesError
from conftest import ROOT, shared
from shacl_suite import SuiteTest, triples_of
from stores import oxigraph
from test_validate_command import BAD, GOOD, SHAPES, run
from test_validation import SUITE

pytestmark = [
    pytest.mark.filterwarnings("ignore:Parsing weird boolean:UserWarning"),
    pytest.mark.filterwarnings("ignore::pyshacl.errors.ShapeRecursionWarning"),
]
COMPARED: set[str] = set()


class Store:
    """Answers as an endpoint over a store would."""

    def __init__(self, quads: list[ox.Quad]) -> None:
        self.store = ox.Store()
        self.store.extend(quads)

    def query(self, request: wire.Request) -> object:
        results = self.store.query(request.text)
        assert isinstance(results, ox.QuerySolutions)
        told = results.serialize(format=ox.QueryResultsFormat.JSON)
        assert told is not None
        return ox.parse_query_results(told, format=ox.QueryResultsFormat.JSON)


@pytest.mark.slow
@pytest.mark.parametrize("test", SUITE, ids=lambda test: test.name)
def test_an_endpoint_gets_the_results_that_its_data_get(
    test: SuiteTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    quads, prefixes = test.read(test.data)
    shapes = Shapes(triples_of(quads if test.shapes == test.data else test.read(test.shapes)[0]))
    here = Data(quads, dict(prefixes))
    there = RemoteData("http://127.0.0.1:9/")
    there.prefixes |= prefixes
    monkeypatch.setattr(there, "_index", Store(quads))
    try:
        expected = read_results(report_on(here, shapes, prefixes)[0])
    except ShapesError:
        return
    if here.turned:  # what is told of those is not what was written
        return
    try:
        found = read_results(report_on(there, shapes, prefixes)[0])
    except InputError as error:
        assert "has blank nodes that shapes are about" in str(error)  # noqa: PT017 - or it has none
        return
    assert sorted(each.identity for each in found) == sorted(each.identity for each in expected)
    COMPARED.add(test.name)


@pytest.mark.slow
def test_most_of_the_suite_can_be_held_over_an_endpoint() -> None:
    shared("suites/shacl")
    assert len(COMPARED) >= 80


@pytest.mark.slow
def test_a_real_endpoint_gets_the_report_of_its_dump(server: str, release: Release, tmp_path: Path) -> None:
    asked = ("--shapes", str(ROOT / "shapes"), "--output", "json")
    there = json.loads(run(tmp_path, "--endpoint", f"{server}/sparql", *asked)[1])
    here = json.loads(run(tmp_path, str(release.folder / "dataset.nq"), *asked)[1])
    found, expected = (sorted(each["identity"] for each in told["results"]) for told in (there, here))
    assert found == expected
    assert found
    assert there["results"][0]["place"] is None


@pytest.mark.slow
def test_graphs_of_a_store_of_somebody_else_are_validated(tmp_path: Path) -> None:
    (tmp_path / "shapes.ttl").write_text(SHAPES)
    with oxigraph(tmp_path) as store:
        for graph, text in (("x:good", GOOD), ("x:bad", BAD)):
            triples = " ".join(f"{quad.triple} ." for quad in ox.parse(text, format=ox.RdfFormat.TURTLE))
            store.update(f"INSERT DATA {{ GRAPH <{graph}> {{ {triples} }} }}")
        ask = partial(
            run, tmp_path, "--endpoint", store.updates.replace("/update", "/query"), "--shapes", "shapes.ttl"
        )
        assert ask("--graph", "x:good")[0] == 0
        assert ask("--graph", "x:bad")[1].endswith("Does not conform: 2 violations, 1 warning, 0 infos.\n")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "give either DATA or --endpoint"),
        (("x.ttl", "--endpoint", "http://127.0.0.1:9/"), "give either DATA or --endpoint"),
        (("--endpoint", "file:///etc/passwd"), "an endpoint is http://HOST/PATH"),
        (("--endpoint", "http://127.0.0.1:9/"), "http://127.0.0.1:9/ is not there"),
        (("http://127.0.0.1:9/x.ttl",), "the host 127.0.0.1 is not allowed: add --allow 127.0.0.1"),
        (("http://127.0.0.1:9/x.ttl", "--allow", "127.0.0.1"), "cannot be fetched: "),
    ],
    ids=str,
)
def test_who_is_not_there_or_not_allowed_is_said(tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "almaty_graph", "validate", *options],
        cwd=tmp_path, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert said in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


class Portal(BaseHTTPRequestHandler):
    """A portal with one document, a page, and a way that leads elsewhere."""

    def do_GET(self) -> None:
        body, media_type = (b"hello", "text/html") if self.path == "/page" else (BAD.encode(), "text/turtle")
        self.send_response(302 if self.path == "/away" else 200)
        self.send_header("Location", f"http://localhost:{self.headers['Host'].rpartition(':')[2]}/data")
        self.send_header("Content-Type", media_type)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def portal() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Portal) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()


@pytest.mark.slow
def test_a_document_of_an_allowed_host_is_validated_and_no_other(portal: str, tmp_path: Path) -> None:
    (tmp_path / "shapes.ttl").write_text(SHAPES)
    validate = partial(run, tmp_path, "--shapes", "shapes.ttl", "--allow", "127.0.0.1")
    code, told, _ = validate(f"{portal}/data")
    assert (code, f"{portal}/data:3:9: x:a:" in told) == (1, True)
    assert "is text/html, which is no RDF" in validate(f"{portal}/page")[2]
    away = validate(f"{portal}/away")[2]
    assert "leads to http://localhost:" in away
    assert "the host localhost is not allowed" in away
    assert validate(f"{portal}/away", "--allow", "localhost")[0] == 1
