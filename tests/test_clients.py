"""Clients that somebody else wrote, put to the real server, their answers held to what another tool finds.

SPARQLWrapper is in test_endpoint. What CI has is decided in `.ci/run`; there, a missing one is a failure.
"""

import csv
import gzip
import io
import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
from rdflib import Dataset, Graph, Literal, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from rdflib.term import Node

from almaty_graph.formats import GRAPHS, Format
from almaty_graph.names import DEF, GRAPH, ID, RDF, SKOS
from almaty_graph.release import Release
from almaty_graph.terms import TYPE, Triple, iri, literal_parts, n_triples
from conftest import READ_BY_RDFLIB

pytestmark = READ_BY_RDFLIB

STATES = f"""PREFIX skos: <{SKOS}> PREFIX def: <{DEF}>
SELECT ?state ?name WHERE {{ ?state a def:State ; skos:prefLabel ?name }} ORDER BY ?state ?name"""
THING = f"{ID}state/kyrgyzstan"
CONSTRUCT = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o . FILTER (?s = <{THING}>) }}"
Row = tuple[str, str, str]


def run(*command: str, package: str, text: str = "") -> str:
    """What a program writes; without it, skips, and fails where CI installs the package that has it."""
    if shutil.which(command[0]) is None:
        reason = f"needs {command[0]} (Debian: {package})"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@pytest.fixture(scope="module")
def endpoint(server: str) -> str:
    return f"{server}/sparql"


@pytest.fixture(scope="module")
def states(release: Release) -> set[Row]:
    """State, name and language by the record, without SPARQL."""
    record = release.record
    found = {
        (state[1:-1], part.value, (part.language or "").lower())
        for state in record.subjects(TYPE, iri(f"{DEF}State"))
        for part in map(literal_parts, record.values(state, iri(f"{SKOS}prefLabel")))
    }
    assert len(found) > 100
    return found


@pytest.fixture(scope="module")
def description(release: Release) -> set[tuple[Node, ...]]:
    """The triples of one thing, by the record."""
    triples = {quad.triple for quad in release.record.of(iri(THING))}
    assert len(triples) > 10
    return nodes(triples)


def nodes(triples: set[Triple]) -> set[tuple[Node, ...]]:
    return set(Graph().parse(data=n_triples(triples), format="nt"))


def texts(rows: set[Row]) -> list[tuple[str, str]]:
    """The rows without their languages, as formats have them that keep none."""
    return sorted((state, name) for state, name, _ in rows)


def pairs(text: str, delimiter: str = ",") -> list[tuple[str, str]]:
    """State and name of each row below the names of the columns."""
    [head, *rows] = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    assert [name.lstrip("?") for name in head] == ["state", "name"]
    return sorted((state, name) for state, name in rows)


# RDFLib


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
@pytest.mark.parametrize("form", ["json", "xml", "csv", "tsv"])
def test_rdflib_reads_a_table(endpoint: str, states: set[Row], method: str, form: str) -> None:
    graph = Graph(store=SPARQLStore(endpoint, method=method, returnFormat=form))
    found = [(row[0], row[1]) for row in graph.query(STATES) if isinstance(row, tuple)]
    assert {type(state) for state, _ in found} == {URIRef}
    if form == "csv":
        assert sorted((str(state), str(name)) for state, name in found) == texts(states)
    else:
        languages = [(str(s), str(n), (n.language or "").lower()) for s, n in found if isinstance(n, Literal)]
        assert sorted(languages) == sorted(states)


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_reads_a_yes_or_no_and_a_graph(
    endpoint: str, description: set[tuple[Node, ...]], method: str
) -> None:
    graph = Graph(store=SPARQLStore(endpoint, method=method))
    assert graph.query(f"ASK {{ <{THING}> ?p ?o }}").askAnswer is True
    assert graph.query("ASK { <urn:nobody> ?p ?o }").askAnswer is False
    assert set(graph.query(CONSTRUCT)) == description


def test_rdflib_finds_triples_as_in_a_graph_of_its_own(
    endpoint: str, release: Release, description: set[tuple[Node, ...]]
) -> None:
    graph = Graph(store=SPARQLStore(endpoint))
    assert set(graph.triples((URIRef(THING), None, None))) == description
    register = Graph(store=SPARQLStore(endpoint), identifier=f"{GRAPH}register")
    quads = release.record.graph(iri(f"{GRAPH}register"))
    assert set(register) == nodes({quad.triple for quad in quads})


@pytest.mark.parametrize(
    "path", [f"/sparql?query={quote(CONSTRUCT)}", f"/sparql?query={quote(f'DESCRIBE <{THING}>')}"]
)
def test_rdflib_reads_a_graph_at_an_address(
    server: str, description: set[tuple[Node, ...]], path: str
) -> None:
    assert set(Graph().parse(f"{server}{path}")) == description


@pytest.mark.parametrize("path", ["/id/state/kyrgyzstan", "/doc/state/kyrgyzstan"])
def test_rdflib_follows_the_name_of_a_thing(server: str, release: Release, path: str) -> None:
    triples = {quad.triple for quad in release.record.document(iri(THING))}
    assert set(Graph().parse(f"{server}{path}")) == nodes(triples)


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/store?default", f"/store?graph={GRAPH}register", "/graph/register"])
def test_rdflib_reads_a_graph_of_the_store(server: str, release: Release, path: str) -> None:
    quads = release.record if "default" in path else release.record.graph(iri(f"{GRAPH}register"))
    assert set(Graph().parse(f"{server}{path}")) == nodes({quad.triple for quad in quads})


def test_rdflib_asks_the_endpoint_in_the_middle_of_a_query(endpoint: str, states: set[Row]) -> None:
    prefixes, _, select = STATES.partition("SELECT ?state ?name WHERE ")
    pattern = select.partition(" ORDER BY")[0]
    rows = Dataset().query(f"{prefixes} SELECT ?state ?name WHERE {{ SERVICE <{endpoint}> {pattern} }}")
    assert sorted((str(row[0]), str(row[1])) for row in rows if isinstance(row, tuple)) == texts(states)


# Tables


@pytest.mark.parametrize("reader", ["read_csv", "read_table"])
def test_pandas_reads_a_table(endpoint: str, states: set[Row], reader: str) -> None:
    pandas = pytest.importorskip("pandas", reason="needs pandas")
    accept = {"read_csv": "text/csv", "read_table": "text/tab-separated-values"}[reader]
    url = f"{endpoint}?query={quote(STATES)}"
    frame = getattr(pandas, reader)(url, storage_options={"Accept": accept}, quoting=csv.QUOTE_MINIMAL)
    rows = sorted(zip(frame.iloc[:, 0], frame.iloc[:, 1], strict=True))
    if reader == "read_csv":
        assert (list(frame.columns), rows) == (["state", "name"], texts(states))
    else:
        assert list(frame.columns) == ["?state", "?name"]
        assert [state.strip("<>") for state, _ in rows] == [state for state, _ in texts(states)]


def test_the_standard_library_reads_a_table(endpoint: str, states: set[Row]) -> None:
    request = Request(
        f"{endpoint}?query={quote(STATES)}", headers={"Accept": "text/csv", "Accept-Encoding": "gzip"}
    )
    with urlopen(request, timeout=30) as reply:
        assert reply.headers["Content-Encoding"] == "gzip"
        assert pairs(gzip.decompress(reply.read()).decode()) == texts(states)


# Redland


def test_roqet_finds_at_the_endpoint_what_it_finds_in_the_dump(
    endpoint: str, release: Release, states: set[Row]
) -> None:
    here = run("roqet", "-q", "-r", "csv", "-p", endpoint, "-e", STATES, package="rasqal-utils")
    dump = str(release.folder / "dataset.nt")
    there = run("roqet", "-q", "-r", "csv", "-D", dump, "-e", STATES, package="rasqal-utils")
    assert pairs(here) == pairs(there) == texts(states)


@pytest.mark.parametrize(
    "path",
    [
        f"/sparql?query={quote(CONSTRUCT)}",
        "/id/state/kyrgyzstan",
        "/doc/state/kyrgyzstan",
        "/graph/register",
        f"/store?graph={GRAPH}register",
    ],
)
def test_rapper_guesses_the_format_and_reads_the_same(server: str, release: Release, path: str) -> None:
    quads = (
        release.record.graph(iri(f"{GRAPH}register"))
        if "register" in path
        else release.record.of(iri(THING))
        if "sparql" in path
        else release.record.document(iri(THING))
    )
    read = run("rapper", "-q", "-o", "ntriples", "-g", f"{server}{path}", package="raptor2-utils")
    found = set(Graph().parse(data=read, format="nt"))
    assert found == nodes({quad.triple for quad in quads})


# curl


@pytest.fixture(scope="module")
def graph_url(endpoint: str) -> str:
    return f"{endpoint}?query={quote(f'CONSTRUCT WHERE {{ ?s <{RDF}type> ?class }}')}"


@pytest.mark.parametrize("form", GRAPHS, ids=lambda form: form.name)
def test_curl_unpacks_what_was_compressed(graph_url: str, tmp_path: Path, form: Format) -> None:
    head, accept = tmp_path / "head", f"Accept: {form.media_type}"
    plain = run("curl", "-sSf", "-H", accept, graph_url, package="curl")
    packed = run("curl", "-sSf", "--compressed", "-D", str(head), "-H", accept, graph_url, package="curl")
    assert packed == plain
    assert len(plain) > 10_000
    assert "content-encoding:" in head.read_text().lower()


def test_curl_is_not_sent_again_what_it_has(graph_url: str, tmp_path: Path) -> None:
    etag, data = tmp_path / "etag", tmp_path / "data"
    command = ["curl", "-sSf", "--compressed", "--etag-save", str(etag), "--etag-compare", str(etag)]
    written = [*command, "-o", str(data), "-w", "%{http_code} %{size_download}", graph_url]
    first, second = (run(*written, package="curl").split() for _ in range(2))
    assert (first[0], int(first[1]) > 1000) == ("200", True)
    assert second == ["304", "0"]


def test_curl_asks_in_every_way(endpoint: str, states: set[Row]) -> None:
    accept, direct = ["-H", "Accept: text/csv"], ["-H", "Content-Type: application/sparql-query"]
    for how in (
        ["-G", "--data-urlencode", "query@-"],
        ["--data-urlencode", "query@-"],
        [*direct, "--data-binary", "@-"],
        [*direct, "-X", "QUERY", "--data-binary", "@-"],
        [*direct, "--http1.0", "--data-binary", "@-"],
    ):
        answer = run("curl", "-sSf", *accept, *how, endpoint, package="curl", text=STATES)
        assert pairs(answer) == texts(states)


def test_curl_follows_the_name_of_a_thing(server: str, release: Release) -> None:
    accept = ["-H", "Accept: application/n-triples"]
    answer = run("curl", "-sSfL", *accept, f"{server}/id/state/kyrgyzstan", package="curl")
    assert answer == n_triples({quad.triple for quad in release.record.document(iri(THING))})


# Comunica


@pytest.mark.slow
@pytest.mark.parametrize("source", ["sparql@{}/sparql", "{}/doc/state/kyrgyzstan"])
def test_comunica_finds_the_names_of_a_state(server: str, states: set[Row], source: str) -> None:
    """Comunica is no dependency: `npm install @comunica/query-sparql`, and its `.bin` on the PATH."""
    if shutil.which("comunica-sparql") is None:
        pytest.skip("needs comunica-sparql (npm: @comunica/query-sparql)")
    query = f"SELECT ?state ?name {{ VALUES ?state {{ <{THING}> }} ?state <{SKOS}prefLabel> ?name }}"
    answer = run("comunica-sparql", source.format(server), "-t", "text/csv", query, package="npm")
    assert pairs(answer.replace("\r\n", "\n")) == texts({row for row in states if row[0] == THING})
