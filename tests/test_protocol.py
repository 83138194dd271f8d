"""The SPARQL 1.1 Protocol as the W3C tests it: its manifest's requests, over HTTP, to the real server."""

import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from rdflib import RDFS, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from almaty_graph.release.building import seal, write
from almaty_graph.terms import Quad, iri, n_quads
from conftest import Serve, shared

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")

# What a read-only service must do: 13 operations that work ...
QUERIES = [
    "query_content_type_ask",
    "query_content_type_construct",
    "query_content_type_describe",
    "query_content_type_select",
    "query_dataset_default_graphs_get",
    "query_dataset_default_graphs_post",
    "query_dataset_full",
    "query_dataset_named_graphs_get",
    "query_dataset_named_graphs_post",
    "query_get",
    "query_multiple_dataset",
    "query_post_direct",
    "query_post_form",
]
# ... and 14 requests that are wrong whatever the service can do.
MALFORMED = [
    "bad_multiple_queries",
    "bad_multiple_updates",
    "bad_query_method",
    "bad_query_missing_direct_type",
    "bad_query_missing_form_type",
    "bad_query_non_utf8",
    "bad_query_syntax",
    "bad_query_wrong_media_type",
    "bad_update_dataset_conflict",
    "bad_update_get",
    "bad_update_missing_form_type",
    "bad_update_non_utf8",
    "bad_update_syntax",
    "bad_update_wrong_media_type",
]
# The other 7 expect a service that can be written to. This one cannot, so it has to say so.
UPDATES = [
    "update_base_uri",
    "update_dataset_default_graph",
    "update_dataset_default_graphs",
    "update_dataset_full",
    "update_dataset_named_graphs",
    "update_post_direct",
    "update_post_form",
]

MEDIA_TYPES = {
    "boolean": {"application/sparql-results+json", "application/sparql-results+xml"},
    "tabular": {
        "application/sparql-results+json",
        "application/sparql-results+xml",
        "text/csv",
        "text/tab-separated-values",
    },
    "RDF": {"application/rdf+xml", "text/turtle", "application/n-triples"},
}


@dataclass(frozen=True)
class Exchange:
    """A request of the manifest, and what is expected of its response."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes | None
    statuses: frozenset[str]
    form: str | None
    boolean: bool | None

    def send(self, server: str) -> tuple[int, str, bytes]:
        """Status, media type and body of the response; no header is sent that the manifest does not name."""
        with closing(http.client.HTTPConnection(urlsplit(server).netloc, timeout=30)) as connection:
            connection.request(self.method, self.target, self.body, self.headers)
            response = connection.getresponse()
            return response.status, response.headers.get_content_type(), response.read()


@pytest.fixture(scope="module")
def folder() -> Path:
    return shared("suites/sparql11/protocol")


@pytest.fixture(scope="module")
def manifest(folder: Path) -> dict[str, list[Exchange]]:
    """The requests of each entry, by the name of the entry, in the order of the manifest."""
    graph = Graph().parse(folder / "manifest.ttl", format="turtle", publicID=folder.as_uri() + "/")
    [head] = graph.objects(None, MF.entries)
    entries = list(Collection(graph, head))
    assert all(isinstance(entry, URIRef) for entry in entries)
    return {str(entry).rpartition("#")[2]: list(exchanges(graph, entry)) for entry in entries}


def exchanges(graph: Graph, entry: Node) -> Iterator[Exchange]:
    """The requests of one entry, as they go over the wire."""
    [connection] = graph.objects(entry, MF.action)
    [requests] = graph.objects(connection, HT.requests)
    for request in Collection(graph, requests):
        headers = graph.value(request, HT.headers)
        body, response = graph.value(request, HT.body), graph.value(request, HT.resp)
        form, boolean = graph.value(response, MF.expectedFormat), graph.value(response, MF.expectedBoolean)
        path = str(graph.value(request, HT.absolutePath))
        assert path.startswith("/sparql/")
        yield Exchange(
            method=str(graph.value(request, HT.methodName)),
            target="/sparql" + path.removeprefix("/sparql/"),
            headers={
                str(graph.value(header, HT.fieldName)): str(graph.value(header, HT.fieldValue))
                for header in (Collection(graph, headers) if headers else ())
            },
            body=encoded(graph, body) if body else None,
            statuses=frozenset(
                str(status).rpartition("StatusCode")[2][0]
                for status in graph.objects(response, MF.expectedStatus)
            ),
            form=str(form) if form else None,
            boolean=bool(boolean.value) if isinstance(boolean, Literal) else None,
        )


def encoded(graph: Graph, body: Node) -> bytes:
    return str(graph.value(body, CNT.chars)).encode(str(graph.value(body, CNT.characterEncoding)))


@pytest.fixture(scope="module")
def server(serve: Serve, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A server of a release that holds the graphs of the manifest, and nothing else."""
    graph = Graph().parse(folder / "manifest.ttl", format="turtle", publicID=folder.as_uri() + "/")
    quads = set()
    for described in set(graph.objects(None, UT.graphData)):
        name, file = str(graph.value(described, RDFS.label)), str(graph.value(described, UT.graph))
        text = (folder / file.rpartition("/")[2]).read_text()
        for line in text.splitlines():
            subject, predicate, value = line.removesuffix(" .").split(" ")
            quads.add(Quad(subject, predicate, value, iri(name)))
    assert len(quads) == 3
    files = {"dataset.nq": n_quads(quads).encode(), "context.jsonld": b'{"@context": {}}'}
    return serve(write(seal(files), tmp_path_factory.mktemp("protocol")).folder)


def test_every_entry_of_the_manifest_is_run(manifest: dict[str, list[Exchange]]) -> None:
    assert sorted(manifest) == sorted([*QUERIES, *MALFORMED, *UPDATES])
    assert (len(QUERIES), len(MALFORMED), len(UPDATES)) == (13, 14, 7)


@pytest.mark.parametrize("name", [*QUERIES, *MALFORMED])
def test_a_read_only_service_answers_as_the_w3c_expects(
    name: str, manifest: dict[str, list[Exchange]], server: str
) -> None:
    """The read-only part is 27 of the 34 entries: all that are named `query_*` or `bad_*`.

    `bad_update_*` are in it: what they ask for must be refused by a service that can be written to, and so
    all the more by one that cannot.
    """
    assert {status for exchange in manifest[name] for status in exchange.statuses} == (
        {"2", "3"} if name in QUERIES else {"4"}
    )
    for exchange in manifest[name]:
        status, media_type, body = exchange.send(server)
        assert str(status)[0] in exchange.statuses, body
        if exchange.form:
            assert media_type in MEDIA_TYPES[exchange.form]
        if exchange.boolean is not None:
            assert json.loads(body) == {"head": {}, "boolean": exchange.boolean}
        if status >= 400:
            assert_problem(status, media_type, body)


@pytest.mark.parametrize("name", UPDATES)
def test_an_update_is_refused_and_changes_nothing(
    name: str, manifest: dict[str, list[Exchange]], server: str
) -> None:
    """The other 7 of the 34 entries, `update_*`: the update must be refused, and its effect not be seen."""
    update, *witnesses = manifest[name]
    status, media_type, body = update.send(server)
    assert status in (400, 415)
    assert_problem(status, media_type, body)
    for witness in witnesses:
        status, _, body = witness.send(server)
        assert (status, json.loads(body)) == (200, {"head": {}, "boolean": False})
    everything = Exchange(
        "GET",
        "/sparql?query=SELECT%20*%20%7B%20GRAPH%20%3Fg%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D%20%7D",
        {},
        None,
        frozenset(),
        None,
        None,
    )
    status, _, body = everything.send(server)
    assert {row["g"]["value"] for row in json.loads(body)["results"]["bindings"]} == {
        f"http://kasei.us/2009/09/sparql/data/data{number}.rdf" for number in (1, 2, 3)
    }


def assert_problem(status: int, media_type: str, body: bytes) -> None:
    problem = json.loads(body)
    assert (media_type, problem["status"]) == ("application/problem+json", status)
    assert problem["detail"]
