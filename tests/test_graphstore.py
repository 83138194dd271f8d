"""The Graph Store protocol, which reads here and writes nothing."""

import json
import tracemalloc
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pyld import jsonld
from rdflib import Graph

from almaty_graph.formats import N_TRIPLES, TURTLE
from almaty_graph.names import BASE, GRAPH
from almaty_graph.release import Release
from almaty_graph.release.building import seal, write
from almaty_graph.release.dumps import print_triples
from almaty_graph.terms import Quad, Triple, iri, literal, n_quads, n_triples
from almaty_graph.web.problems import handle_errors
from almaty_graph.web.protocol.graphstore import register_graph_store

REGISTER = f"/store?graph={GRAPH}register"
MEDIA_TYPES = ["text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json"]
TRIPLES = 60_000
ELSEWHERE = "http://example.org/graph?a=b&c=d"


def served(release: Release) -> FlaskClient:
    app = Flask(__name__)
    handle_errors(app)
    register_graph_store(app, release)
    return app.test_client()


def same(data: bytes, media_type: str, triples: set[Triple]) -> bool:
    """Whether a document holds these triples and no others, by a parser that is not ours."""
    if media_type == "application/ld+json":
        options = {"format": "application/n-quads"}
        return set(jsonld.to_rdf(json.loads(data), options).splitlines(keepends=True)) == set(
            n_triples(triples).splitlines(keepends=True)
        )
    graph = Graph().parse(data=data, format=media_type)
    return set(graph) == set(Graph().parse(data=n_triples(triples), format="nt"))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A release of nothing but its dataset: two graphs that share triples, one too large to be printed."""
    shared = [
        Quad(iri("http://example.org/s"), iri("http://example.org/p"), literal(value, language=tag), graph)
        for value, tag in (("a", None), ("a", "en"), ("a b", None), ("", None))
        for graph in (iri(f"{GRAPH}large"), iri(ELSEWHERE))
    ]
    many = [
        Quad(
            iri(f"http://example.org/{n}"), iri("http://example.org/p"), literal(str(n)), iri(f"{GRAPH}large")
        )
        for n in range(TRIPLES)
    ]
    files = {"dataset.nq": n_quads([*shared, *many]).encode(), "context.jsonld": b'{"@context": {}}'}
    return served(write(seal(files), tmp_path_factory.mktemp("large")))


@pytest.fixture(scope="module")
def store(release: Release) -> FlaskClient:
    return served(release)


@pytest.mark.usefixtures("exact_literals")
@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_a_graph_is_what_the_record_says_in_every_format(
    store: FlaskClient, release: Release, media_type: str
) -> None:
    reply = store.get(REGISTER, headers={"Accept": media_type})
    assert (reply.status_code, reply.mimetype) == (200, media_type)
    quads = release.record.graph(iri(f"{GRAPH}register"))
    assert same(reply.data, media_type, {quad.triple for quad in quads})


@pytest.mark.slow
@pytest.mark.usefixtures("exact_literals")
@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_the_default_graph_is_the_merge_of_all_in_every_format(
    store: FlaskClient, release: Release, media_type: str
) -> None:
    reply = store.get("/store?default", headers={"Accept": media_type})
    assert (reply.status_code, reply.mimetype) == (200, media_type)
    assert same(reply.data, media_type, {quad.triple for quad in release.record})


def test_turtle_is_what_a_client_gets_that_does_not_choose(store: FlaskClient, release: Release) -> None:
    assert store.get(REGISTER).data == release.read("graph/register.ttl")
    assert store.get("/store?default").data == release.read("dataset.ttl")


def test_every_graph_of_the_release_is_there_with_the_bytes_of_its_file(
    store: FlaskClient, release: Release
) -> None:
    graphs = {quad.graph for quad in release.record}
    assert len(graphs) > 5
    for graph in graphs:
        reply = store.get("/store", query_string={"graph": graph[1:-1]})
        assert reply.data == release.read(f"graph/{graph[1:-1].removeprefix(GRAPH)}.ttl")


def test_lines_are_the_canonical_ones(large: FlaskClient, store: FlaskClient, release: Release) -> None:
    accept = {"Accept": "application/n-triples"}
    for path, quads in (
        (REGISTER, release.record.graph(iri(f"{GRAPH}register"))),
        ("/store?default", list(release.record)),
    ):
        printed = print_triples((quad.triple for quad in quads), N_TRIPLES, release.context)
        assert store.get(path, headers=accept).data == printed
    merged = large.get("/store?default", headers=accept).data
    assert merged.count(b"\n") == TRIPLES + 4
    assert merged.decode() == "".join(sorted(merged.decode().splitlines(keepends=True)))


def test_a_graph_of_another_name_is_printed(large: FlaskClient) -> None:
    reply = large.get("/store", query_string={"graph": ELSEWHERE})
    assert (reply.status_code, reply.content_type) == (200, TURTLE.content_type)
    assert reply.text == "<http://example.org/s>\n" + "".join(
        f"    <http://example.org/p> {value} ;\n" for value in ('""', '"a b"', '"a"', '"a"@en')
    ) + ".\n"  # fmt: skip


@pytest.mark.slow
def test_a_graph_that_is_too_large_to_be_printed_comes_line_by_line(large: FlaskClient) -> None:
    path = f"/store?graph={GRAPH}large"
    tracemalloc.start()
    try:
        reply = large.get(path, headers={"Accept": "*/*"}, buffered=False)
        size = sum(len(chunk) for chunk in reply.iter_encoded())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert reply.mimetype == "application/n-triples"
    assert size > 3_000_000
    assert peak < 2_000_000


@pytest.mark.slow
@pytest.mark.parametrize("path", [REGISTER, "/store?default"])
@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_head_says_what_get_would(store: FlaskClient, path: str, media_type: str) -> None:
    got = store.get(path, headers={"Accept": media_type})
    head = store.head(path, headers={"Accept": media_type})
    assert (head.status_code, head.content_type, head.data) == (200, got.content_type, b"")


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("", "found 0 parameters 'graph' and 0 'default'"),
        ("?query=ASK{}", "found 0 parameters 'graph' and 0 'default'"),
        (f"?default&graph={GRAPH}register", "found 1 parameters 'graph' and 1 'default'"),
        (f"?graph={GRAPH}register&graph={GRAPH}view", "found 2 parameters 'graph' and 0 'default'"),
        ("?default&default", "found 0 parameters 'graph' and 2 'default'"),
    ],
)
def test_one_graph_is_needed(store: FlaskClient, query: str, detail: str) -> None:
    reply = store.get(f"/store{query}")
    assert (reply.status_code, reply.content_type) == (400, "application/problem+json")
    asked = "exactly one of them is needed: ?graph=<IRI> or ?default"
    assert reply.get_json(force=True)["detail"] == f"{detail}; {asked}"


@pytest.mark.parametrize("name", ["", "graph/register", "/graph/register", "http://example.org/a b", "x<y"])
def test_a_graph_is_named_by_an_absolute_iri(store: FlaskClient, name: str) -> None:
    reply = store.get("/store", query_string={"graph": name})
    assert reply.status_code == 400
    assert (
        reply.get_json(force=True)["detail"] == f"a graph is named by an absolute IRI, and {name!r} is none"
    )


@pytest.mark.parametrize(
    "name",
    [f"{GRAPH}nobody", GRAPH, BASE, "file:///etc/passwd", f"{GRAPH}../../../../etc/passwd", "urn:\ufffd"],
)
def test_a_graph_that_is_not_there_is_not_found(store: FlaskClient, name: str) -> None:
    reply = store.get("/store", query_string={"graph": name})
    assert reply.status_code == 404
    assert reply.get_json(force=True)["detail"] == f"there is no graph {name}"


def test_an_iri_is_decoded_once(large: FlaskClient) -> None:
    assert large.get(f"/store?graph={quote(ELSEWHERE, safe='')}").status_code == 200
    assert large.get(f"/store?graph={quote(quote(ELSEWHERE, safe=''), safe='')}").status_code == 400
    assert large.get(f"/store?graph={ELSEWHERE}").status_code == 404  # `&c=d` is a parameter of its own


def test_a_format_that_is_not_on_offer_is_refused_with_the_offer(
    store: FlaskClient, large: FlaskClient
) -> None:
    reply = store.get(REGISTER, headers={"Accept": "text/csv"})
    assert (reply.status_code, reply.get_json(force=True)["offer"]) == (406, MEDIA_TYPES)
    reply = large.get(f"/store?graph={GRAPH}large", headers={"Accept": "application/ld+json, text/turtle"})
    assert (reply.status_code, reply.get_json(force=True)["offer"]) == (406, ["application/n-triples"])


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/store", "/store?default", REGISTER, f"/store?graph={GRAPH}new"])
def test_nothing_is_written(store: FlaskClient, method: str, path: str) -> None:
    reply = store.open(path, method=method, data=b"<a:s> <a:p> <a:o> .", content_type="text/turtle")
    assert (reply.status_code, reply.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    told = "the graphs are read-only: they change with a new release"
    assert reply.get_json(force=True)["detail"] == told


def test_a_preflight_is_told_what_may_be_read(store: FlaskClient) -> None:
    reply = store.options(REGISTER)
    assert (reply.status_code, reply.data) == (204, b"")
    assert {name: reply.headers[name] for name in ("Allow", "Access-Control-Allow-Methods")} == dict.fromkeys(
        ("Allow", "Access-Control-Allow-Methods"), "GET, HEAD, OPTIONS"
    )
    assert reply.headers["Access-Control-Allow-Headers"] == "Accept, If-None-Match"
    assert reply.headers["Access-Control-Max-Age"] == "86400"
