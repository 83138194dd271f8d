"""What the SPARQL endpoint promises over HTTP: formats, parameters, refusals, limits."""

import csv
import http.client
import io
import json
import re
import socket
import threading
import time
from contextlib import closing, suppress
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urlencode, urlsplit

import pytest
from flask.testing import FlaskClient
from pyld import jsonld
from rdflib import RDF, XSD, BNode, Dataset, Graph, Literal, URIRef, Variable
from rdflib.query import Result
from rdflib.term import Node
from SPARQLWrapper import CSV, GET, JSON, JSONLD, POST, RDFXML, TSV, TURTLE, XML, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed
from werkzeug.test import TestResponse

from almaty_graph.names import BASE, GRAPH, ID
from almaty_graph.release import Release
from almaty_graph.terms import iri, n_triples
from almaty_graph.web import create_app
from conftest import READ_BY_RDFLIB

FORM, DIRECT, PROBLEM = (
    "application/x-www-form-urlencoded",
    "application/sparql-query",
    "application/problem+json",
)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
TABLE_OFFER = [
    "application/sparql-results+json",
    "application/sparql-results+xml",
    "text/csv",
    "text/tab-separated-values",
    "text/html",
]
GRAPH_OFFER = [
    "text/turtle",
    "application/n-triples",
    "application/n-quads",
    "application/trig",
    "application/rdf+xml",
    "application/ld+json",
    "text/html",
]

# Every kind of term, an unbound cell, and the characters that formats escape. The view of the engine: its
# numbers are normalised and its language tags in lower case, so these are written so.
SELECT = r"""SELECT ?n ?v WHERE { VALUES (?n ?v) {
  (1 <http://example.org/a%20b?x=1&y=2>) (2 "plain, \"quoted\"\n\tand\\ <tags> & more")
  (3 "Алматы"@ru) (4 "zh"@zh-hans) (5 4.5) (6 true) (7 "2018-10"^^<http://www.w3.org/2001/XMLSchema#gYearMonth>)
  (8 UNDEF) (9 "") (10 1e3) } } ORDER BY ?n"""
VALUES: list[Node | None] = [
    URIRef("http://example.org/a%20b?x=1&y=2"),
    Literal('plain, "quoted"\n\tand\\ <tags> & more'),
    Literal("Алматы", lang="ru"),
    Literal("zh", lang="zh-hans"),
    Literal("4.5", datatype=XSD.decimal),
    Literal("true", datatype=XSD.boolean),
    Literal("2018-10", datatype=XSD.gYearMonth),
    None,
    Literal(""),
    Literal("1000", datatype=XSD.double, normalize=False),
]
CONSTRUCT = r"""PREFIX ex: <http://example.org/>
CONSTRUCT { ex:s a ex:Thing ; ex:p ?v . [] ex:q ex:s }
WHERE { VALUES ?v {
  <http://example.org/a%20b?x=1&y=2> "\"quoted\"\n\tand\\ <tags> & more" "Алматы"@ru 4.5 true } }"""
TRIPLES = {
    (URIRef("http://example.org/s"), RDF.type, URIRef("http://example.org/Thing")),
    (BNode("b"), URIRef("http://example.org/q"), URIRef("http://example.org/s")),
    *(
        (URIRef("http://example.org/s"), URIRef("http://example.org/p"), value)
        for value in (
            VALUES[0],
            Literal('"quoted"\n\tand\\ <tags> & more'),
            Literal("Алматы", lang="ru"),
            Literal("4.5", datatype=XSD.decimal),
            Literal("true", datatype=XSD.boolean),
        )
    ),
}
NEVER_ENDING = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


pytestmark = READ_BY_RDFLIB


def ask(client: FlaskClient, query: str, accept: str | None = None, **parameters: str) -> TestResponse:
    headers = {} if accept is None else {"Accept": accept}
    return client.get("/sparql", query_string={"query": query, **parameters}, headers=headers)


def parsed(response: TestResponse) -> Any:
    return json.loads(response.data)


def problem(response: TestResponse, status: int) -> str:
    """The sentence of a problem, once the response is one of that status in the one shape."""
    assert response.status_code == status, response.text
    assert response.content_type == PROBLEM
    said = parsed(response)
    assert said.keys() - {"line", "column", "offer"} == {"title", "status", "detail"}
    assert (said["status"], said["title"]) == (status, http.client.responses[status])
    assert isinstance(said["detail"], str)
    return str(said["detail"])


def triples(data: bytes, media_type: str) -> set[tuple[Node, Node, Node]]:
    """The triples of a document, by a parser that is not the engine's, with the one blank node renamed."""
    if media_type == "application/ld+json":
        data, media_type = read_json_ld(data).encode(), "application/n-quads"
    graph = Dataset(default_union=True)
    graph.parse(io.BytesIO(data), format=media_type)
    return {(_plain(s), p, _plain(o)) for s, p, o, _ in graph.quads()}


def _plain(term: Node) -> Node:
    return BNode("b") if isinstance(term, BNode) else term


def read_json_ld(data: bytes) -> str:
    def refuse(url: str, _options: object) -> None:
        raise AssertionError(f"the document needs {url}")

    quads = jsonld.to_rdf(json.loads(data), {"format": "application/n-quads", "documentLoader": refuse})
    assert isinstance(quads, str)
    return quads


class Cells(HTMLParser):
    """The text of the cells of a page's table, row by row."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the signature of the base class
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag not in ("th", "td")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.rows[-1][-1] += data


# Formats


@pytest.mark.parametrize(
    ("accept", "content_type", "form"),
    [
        ("application/sparql-results+json", "application/sparql-results+json", "json"),
        ("application/sparql-results+xml", "application/sparql-results+xml", "xml"),
        ("text/tab-separated-values", "text/tab-separated-values; charset=utf-8", "tsv"),
    ],
)
def test_a_table_is_the_same_for_every_parser(
    client: FlaskClient, accept: str, content_type: str, form: str
) -> None:
    response = ask(client, SELECT, accept)
    assert (response.status_code, response.content_type) == (200, content_type)
    result = Result.parse(io.BytesIO(response.data), format=form)
    assert [str(name) for name in result.vars or ()] == ["n", "v"]
    assert [row.get(Variable("v")) for row in result.bindings] == VALUES
    assert [row.get(Variable("n")) for row in result.bindings] == [
        Literal(str(number), datatype=XSD.integer) for number in range(1, 11)
    ]


def test_a_table_as_csv_holds_the_texts_of_the_terms(client: FlaskClient) -> None:
    response = ask(client, SELECT, "text/csv")
    assert (response.status_code, response.content_type) == (200, "text/csv; charset=utf-8")
    rows = list(csv.reader(io.StringIO(response.text, newline="")))
    texts = ["" if value is None else str(value) for value in VALUES]
    assert rows == [["n", "v"], *([str(n), text] for n, text in enumerate(texts, start=1))]


def test_a_table_as_a_page_holds_the_texts_of_the_terms(client: FlaskClient) -> None:
    response = ask(client, SELECT, BROWSER)
    assert (response.status_code, response.content_type) == (200, "text/html; charset=utf-8")
    texts = ["" if value is None else str(value) for value in VALUES]
    assert Cells(response.text).rows == [
        ["n", "v"],
        *([str(number), text] for number, text in enumerate(texts, start=1)),
    ]


@pytest.mark.parametrize(
    ("accept", "content_type", "bodies"),
    [
        ("application/sparql-results+json", "application/sparql-results+json", ["true", "false"]),
        ("application/sparql-results+xml", "application/sparql-results+xml", ["true", "false"]),
        ("text/csv", "text/csv; charset=utf-8", ["true", "false"]),
        ("text/tab-separated-values", "text/tab-separated-values; charset=utf-8", ["true", "false"]),
        ("text/html", "text/html; charset=utf-8", ["yes", "no"]),
    ],
)
def test_a_yes_or_no_is_the_same_in_every_format(
    client: FlaskClient, accept: str, content_type: str, bodies: list[str]
) -> None:
    for query, expected in zip(("ASK {}", "ASK { FILTER (false) }"), bodies, strict=True):
        response = ask(client, query, accept)
        assert (response.status_code, response.content_type) == (200, content_type)
        assert yes_or_no(response) == expected


def yes_or_no(response: TestResponse) -> str:
    if response.mimetype == "text/html":
        return Cells(response.text).rows[1][0]
    if response.mimetype == "application/sparql-results+json":
        return json.dumps(parsed(response)["boolean"])
    if response.mimetype == "application/sparql-results+xml":
        return json.dumps(Result.parse(io.BytesIO(response.data), format="xml").askAnswer)
    return response.text.strip()


@pytest.mark.parametrize("media_type", GRAPH_OFFER[:-1])
def test_a_constructed_graph_is_the_same_in_every_format(client: FlaskClient, media_type: str) -> None:
    response = ask(client, CONSTRUCT, media_type)
    content_type = media_type + "; charset=utf-8" * media_type.startswith("text/")
    assert (response.status_code, response.content_type) == (200, content_type)
    assert triples(response.data, media_type) == TRIPLES


@pytest.mark.parametrize("media_type", GRAPH_OFFER[:-1])
def test_a_description_is_what_the_record_says(
    client: FlaskClient, release: Release, media_type: str
) -> None:
    name = f"{ID}state/kyrgyzstan"
    response = ask(client, f"DESCRIBE <{name}>", media_type)
    assert response.status_code == 200
    said = n_triples(quad.triple for quad in release.record.of(iri(name)))
    assert said
    assert triples(response.data, media_type) == triples(said.encode(), "application/n-triples")


# What a client gets


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "application/sparql-results+json"),
        ("", "application/sparql-results+json"),
        ("*/*", "application/sparql-results+json"),
        ("application/*", "application/sparql-results+json"),
        ("text/*", "text/csv"),
        ("application/json", "application/sparql-results+json"),
        ("text/xml", "application/sparql-results+xml"),
        ("TEXT/CSV", "text/csv"),
        ("text/csv;q=0.4, application/sparql-results+xml;q=0.6", "application/sparql-results+xml"),
        ("text/csv, */*;q=0.1", "text/csv"),
        ("*/*, application/sparql-results+json;q=0", "application/sparql-results+xml"),
        ("image/png, text/tab-separated-values;q=0.001", "text/tab-separated-values"),
        (BROWSER, "text/html"),
    ],
)
def test_a_table_comes_in_the_format_that_is_liked_best(
    client: FlaskClient, accept: str | None, media_type: str
) -> None:
    response = ask(client, "SELECT (1 AS ?one) {}", accept)
    assert (response.status_code, response.mimetype) == (200, media_type)
    assert "Accept" in response.vary


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "text/turtle"),
        ("*/*", "text/turtle"),
        ("application/json", "application/ld+json"),
        ("application/rdf+xml;q=0.9, text/turtle;q=0.5", "application/rdf+xml"),
        ("text/plain, text/turtle;q=0.5", "application/n-triples"),
        (BROWSER, "text/html"),
    ],
)
def test_a_graph_comes_in_the_format_that_is_liked_best(
    client: FlaskClient, accept: str | None, media_type: str
) -> None:
    response = ask(client, CONSTRUCT, accept)
    assert (response.status_code, response.mimetype) == (200, media_type)


@pytest.mark.parametrize(
    ("query", "accept", "offer"),
    [
        ("SELECT * {}", "text/turtle", TABLE_OFFER),
        ("ASK {}", "application/ld+json", TABLE_OFFER),
        ("SELECT * {}", "image/png", TABLE_OFFER),
        ("SELECT * {}", "*/*;q=0", TABLE_OFFER),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "text/csv", GRAPH_OFFER),
        ("DESCRIBE <http://example.org/>", "application/sparql-results+json", GRAPH_OFFER),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "text/*;q=0, image/png", GRAPH_OFFER),
    ],
)
def test_a_format_that_cannot_carry_the_answer_is_refused_with_the_offer(
    client: FlaskClient, query: str, accept: str, offer: list[str]
) -> None:
    response = ask(client, query, accept)
    detail = problem(response, 406)
    assert parsed(response)["offer"] == offer
    assert detail == f"nothing on offer is accepted by {accept!r}; on offer: {', '.join(offer)}"


# How a query comes in


@pytest.mark.parametrize("query", [SELECT, CONSTRUCT, "ASK {}", f"DESCRIBE <{ID}state/kyrgyzstan>"])
def test_get_form_and_direct_post_answer_alike(client: FlaskClient, query: str) -> None:
    answers = [
        ask(client, query),
        client.post("/sparql", data={"query": query}),
        client.post("/sparql", data=query.encode(), content_type=DIRECT),
        client.post("/sparql", data=query.encode(), content_type=f"{DIRECT}; charset=UTF-8"),
        client.get("/sparql/", query_string={"query": query}),
    ]
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.content_type for answer in answers} == {answers[0].content_type}
    bodies = {frozenset(triples(a.data, "text/turtle")) if query == CONSTRUCT else a.data for a in answers}
    assert len(bodies) == 1


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("%41+b", "A b"),
        ("a%2Bb", "a+b"),
        ("a%2541b", "a%41b"),
        ("%D0%90%D0%BB%D0%BC%D0%B0", "Алма"),
        ("a%26query%3Db", "a&query=b"),
    ],
)
def test_a_parameter_is_decoded_once(client: FlaskClient, written: str, value: str) -> None:
    encoded = f"query=SELECT+(%22{written}%22+AS+%3Fv)+%7B%7D"
    for response in (
        client.get(f"/sparql?{encoded}"),
        client.post("/sparql", data=encoded, content_type=FORM),
    ):
        assert response.status_code == 200, response.text
        assert json.loads(response.data)["results"]["bindings"] == [
            {"v": {"type": "literal", "value": value}}
        ]


def test_an_iri_with_an_escaped_space_reaches_the_engine_as_it_is(client: FlaskClient) -> None:
    query = "SELECT (<http://example.org/a%20b> AS ?v) {}"
    for response in (
        ask(client, query),
        client.post("/sparql", data={"query": query}),
        client.post("/sparql", data=query, content_type=DIRECT),
    ):
        [row] = json.loads(response.data)["results"]["bindings"]
        assert row == {"v": {"type": "uri", "value": "http://example.org/a%20b"}}


def test_parameters_that_nobody_knows_are_ignored(client: FlaskClient) -> None:
    response = ask(client, "ASK {}", format="json", output="json", results="json", **{"": "x"})
    assert (response.status_code, response.mimetype) == (200, "application/sparql-results+json")


@pytest.mark.parametrize(("parameters", "number"), [("query=ASK{}&query=ASK{}", "2"), ("querry=ASK{}", "no")])
def test_exactly_one_query_is_needed(client: FlaskClient, parameters: str, number: str) -> None:
    sentence = f"found {number} parameters 'query'; exactly one is needed"
    assert problem(client.get(f"/sparql?{parameters}"), 400) == sentence
    assert problem(client.post("/sparql", data=parameters, content_type=FORM), 400) == sentence


def test_a_query_in_the_address_and_one_in_the_body_are_two(client: FlaskClient) -> None:
    for content_type, data in ((FORM, "query=ASK{}"), (DIRECT, "ASK {}")):
        response = client.post("/sparql?query=ASK{}", data=data, content_type=content_type)
        assert problem(response, 400) == "found 2 parameters 'query'; exactly one is needed"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_refused_with_those_allowed(client: FlaskClient, method: str) -> None:
    response = client.open("/sparql?query=ASK{}", method=method)
    assert problem(response, 405) == "the endpoint answers queries and changes nothing"
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST", "QUERY"}


@pytest.mark.parametrize(
    ("content_type", "found"),
    [
        (None, "no Content-Type"),
        ("text/plain", "text/plain"),
        ("application/json", "application/json"),
        ("multipart/form-data; boundary=x", "multipart/form-data"),
        ("application/sparql-update", "application/sparql-update"),
    ],
)
def test_other_types_of_body_are_refused(client: FlaskClient, content_type: str | None, found: str) -> None:
    detail = problem(client.post("/sparql", data=b"ASK {}", content_type=content_type), 415)
    assert detail == f"found {found}; send the query as {FORM} or {DIRECT}"


def test_what_is_not_utf_8_is_refused_with_the_place(client: FlaskClient) -> None:
    for response in (
        client.post("/sparql", data=b'SELECT ("\xe9" AS ?v) {}', content_type=DIRECT),
        client.post("/sparql", data=b"query=%E9", content_type=FORM),
        client.post("/sparql", data=b"query=\xe9", content_type=FORM),
        client.get("/sparql?query=%E9"),
        client.get("/sparql?query=%ED%A0%80"),
    ):
        assert re.fullmatch(
            r"the (query is|parameters are) not UTF-8: .+ at byte \d+", problem(response, 400)
        )
    utf_16 = client.post("/sparql", data="ASK {}".encode("utf-16"), content_type=f"{DIRECT}; charset=utf-16")
    assert problem(utf_16, 415) == "the query is in utf-16; send UTF-8"


def test_a_hundred_parameters_are_enough(client: FlaskClient) -> None:
    assert "parameters cannot be read" in problem(client.get("/sparql?query=ASK{}" + "&a=b" * 100), 400)


# What is refused, and what is reached


def test_an_update_is_refused_at_every_door(client: FlaskClient) -> None:
    update = "INSERT DATA { <http://example.org/s> <http://example.org/p> 1 }"
    told = "found a parameter 'update': the endpoint answers queries and changes nothing"
    assert problem(client.get("/sparql", query_string={"update": update}), 400) == told
    assert problem(client.post("/sparql", data={"update": update}), 400) == told
    assert problem(client.post("/sparql", data={"query": "ASK {}", "update": update}), 400) == told
    posted = client.post("/sparql?" + urlencode({"update": update}), data="ASK {}", content_type=DIRECT)
    assert problem(posted, 400) == told
    direct = client.post("/sparql", data=update, content_type="application/sparql-update")
    assert problem(direct, 415).startswith("found application/sparql-update; send the query as ")
    told = "INSERT is an update, and this endpoint is read-only (line 1, column 1)"
    assert problem(ask(client, update), 400) == told
    assert problem(client.post("/sparql", data={"query": update}), 400) == told
    assert problem(client.post("/sparql", data=update, content_type=DIRECT), 400) == told
    told = "one query at a time, and nothing after it: this endpoint is read-only (line 1, column 7)"
    assert problem(ask(client, f"ASK {{}}; {update}"), 400) == told
    assert parsed(ask(client, "ASK { <http://example.org/s> ?p ?o }")) == {"head": {}, "boolean": False}


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "SELECT * { SERVICE SILENT <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "ASK { { service ?g { ?s ?p ?o } } }",
    ],
)
def test_no_other_service_is_asked(client: FlaskClient, query: str) -> None:
    assert problem(ask(client, query), 400).startswith(
        "SERVICE is not allowed: this endpoint asks no other ("
    )


@pytest.mark.parametrize(
    "name", ["file:///etc/passwd", "file:{data}", "http://127.0.0.1:9/data.ttl", "https://example.org/nobody"]
)
def test_a_graph_that_the_release_has_not_is_empty_and_never_fetched(
    client: FlaskClient, tmp_path: Path, name: str
) -> None:
    data = tmp_path / "data.nt"
    data.write_text("<http://example.org/s> <http://example.org/p> <http://example.org/o> .\n")
    name = name.format(data=data)
    pattern, named = "{ ?s ?p ?o }", "{ GRAPH ?g { ?s ?p ?o } }"
    for response in (
        ask(client, f"ASK FROM <{name}> {pattern}"),
        ask(client, f"ASK FROM NAMED <{name}> {named}"),
        ask(client, f"ASK {pattern}", **{"default-graph-uri": name}),
        ask(client, f"ASK {named}", **{"named-graph-uri": name}),
    ):
        assert parsed(response) == {"head": {}, "boolean": False}


def count(client: FlaskClient, query: str, **parameters: str) -> int:
    response = ask(client, query, **parameters)
    assert response.status_code == 200, response.text
    [row] = parsed(response)["results"]["bindings"]
    return int(row["n"]["value"])


def test_the_graphs_that_the_request_names_are_the_dataset(client: FlaskClient, release: Release) -> None:
    sizes = {
        name: len(release.record.graph(iri(GRAPH + name)))
        for name in ("register", "ontology", "iom-almaty-process")
    }
    assert all(sizes.values())
    everything = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    union = len({quad.triple for quad in release.record})
    assert count(client, everything) == union
    for name, size in sizes.items():
        assert count(client, everything, **{"default-graph-uri": GRAPH + name}) == size
        in_text = everything.replace(" {", f" FROM <{GRAPH}register> {{")
        assert count(client, in_text, **{"default-graph-uri": GRAPH + name}) == size
    names = "SELECT (COUNT(DISTINCT ?g) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
    assert count(client, names) == len({quad.graph for quad in release.record})
    assert count(client, names, **{"named-graph-uri": f"{GRAPH}register"}) == 1
    assert count(client, names, **{"default-graph-uri": f"{GRAPH}register"}) == 0
    assert count(client, everything, **{"named-graph-uri": f"{GRAPH}register"}) == 0


def test_the_graphs_may_be_named_in_the_body_and_several_times(client: FlaskClient, release: Release) -> None:
    graphs = [f"{GRAPH}register", f"{GRAPH}ontology"]
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    union = len({q.triple for name in graphs for q in release.record.graph(iri(name))})
    form = client.post("/sparql", data={"query": query, "default-graph-uri": graphs})
    direct = client.post(
        "/sparql?" + urlencode({"default-graph-uri": graphs}, doseq=True), data=query, content_type=DIRECT
    )
    for response in (form, direct):
        assert parsed(response)["results"]["bindings"][0]["n"]["value"] == str(union)


@pytest.mark.parametrize("name", ["relative", "", "http://example.org/a b"])
def test_a_graph_is_named_by_an_absolute_iri(client: FlaskClient, name: str) -> None:
    for parameter in ("default-graph-uri", "named-graph-uri"):
        response = ask(client, "ASK {}", **{parameter: name})
        assert problem(response, 400) == f"a graph is named by an absolute IRI, and {name!r} is none"


@pytest.mark.parametrize("value", ["", "0", "-1", "soon", "nan", "inf", "1e999"])
def test_a_timeout_is_a_number_of_seconds(client: FlaskClient, value: str) -> None:
    detail = problem(ask(client, "ASK {}", timeout=value), 400)
    assert detail == f"found timeout={value!r}; a number of seconds above 0 is needed"


@pytest.mark.parametrize("value", ["1", "0.5", "1e3", "100000"])
def test_a_timeout_may_be_any_number_above_zero(client: FlaskClient, value: str) -> None:
    assert parsed(ask(client, "ASK {}", timeout=value)) == {"head": {}, "boolean": True}


def test_a_client_may_lower_the_time_limit(client: FlaskClient) -> None:
    begun = time.monotonic()
    detail = problem(ask(client, NEVER_ENDING, timeout="0.3"), 504)
    assert 0.25 < time.monotonic() - begun < 2
    assert "0.3" in detail


# Errors


@pytest.mark.parametrize(
    ("query", "line", "column"),
    [
        ("SELECT * WHERE {\n  ?s ?p\n}", 3, 1),
        ("SELECT * WHERE {\n  ?s ?p ?o", 1, 16),
        ("SELECT ?x\nWHERE { ?x a ex:Thing }", 2, 14),
        ("FOO", 1, 1),
        ('ASK {\n ?s ?p "open\n}', 2, 8),
    ],
)
def test_a_syntax_error_tells_line_and_column(
    client: FlaskClient, query: str, line: int, column: int
) -> None:
    response = ask(client, query)
    detail = problem(response, 400)
    assert (parsed(response)["line"], parsed(response)["column"]) == (line, column)
    assert detail.endswith(f"(line {line}, column {column})")


FAULTS = [
    (400, "GET", "/sparql?query=nonsense", None, b""),
    (400, "GET", "/sparql?update=x", None, b""),
    (404, "GET", "/nowhere", None, b""),
    (405, "DELETE", "/sparql", None, b""),
    (405, "POST", "/source", FORM, b"a=b"),
    (413, "POST", "/sparql", DIRECT, b"ASK {}" + b" " * 150_000),
    (413, "POST", "/sparql", DIRECT, b"ASK {}" + b" " * 300_000),
    (415, "POST", "/sparql", "text/plain", b"ASK {}"),
    (504, "GET", f"/sparql?timeout=0.1&query={quote(NEVER_ENDING)}", None, b""),
]


@pytest.mark.parametrize(("status", "method", "path", "content_type", "body"), FAULTS)
def test_every_error_has_one_shape_and_is_a_page_for_a_browser(  # noqa: PLR0913, PLR0917 - one row of the table
    client: FlaskClient, status: int, method: str, path: str, content_type: str | None, body: bytes
) -> None:
    def send(accept: str) -> TestResponse:
        headers = {"Accept": accept}
        return client.open(path, method=method, data=body, content_type=content_type, headers=headers)

    detail = problem(send("*/*"), status)
    assert detail[0] != "<"
    page = send(BROWSER)
    assert (page.status_code, page.content_type) == (status, "text/html; charset=utf-8")
    assert page.text.count("<h1>") == 1
    assert f'<span class="count">{status}</span>' in page.text


HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@pytest.mark.parametrize(("status", "method", "path", "content_type", "body"), FAULTS)
def test_the_headers_for_safety_are_on_every_error(  # noqa: PLR0913, PLR0917 - one row of the table
    client: FlaskClient, status: int, method: str, path: str, content_type: str | None, body: bytes
) -> None:
    headers = {"Accept": "text/csv" if status == 406 else "*/*"}
    response = client.open(path, method=method, data=body, content_type=content_type, headers=headers)
    assert response.status_code == status
    assert {name: response.headers.get(name) for name in HEADERS} == HEADERS


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/sparql?query=ASK{}"),
        ("HEAD", "/sparql?query=ASK{}"),
        ("OPTIONS", "/sparql"),
        ("GET", "/id/state/kyrgyzstan"),
        ("GET", "/doc/state/kyrgyzstan"),
        ("GET", "/doc/state/kyrgyzstan.ttl"),
        ("GET", "/dump/dataset.nq"),
        ("GET", "/static/style.css"),
        ("GET", "/healthz"),
        ("GET", "/"),
    ],
)
def test_the_headers_for_safety_are_on_every_reply(client: FlaskClient, method: str, path: str) -> None:
    response = client.open(path, method=method)
    assert response.status_code < 400
    assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
    response.close()


def test_a_fault_of_ours_is_a_500_that_tells_nothing_of_itself(release: Release) -> None:
    class Broken:
        def answer(self, *_: object) -> bytes:
            raise RuntimeError("a secret")

    log = io.StringIO()
    client = create_app(release, cast("Any", Broken())).test_client()
    response = client.get("/sparql?query=ASK{}", errors_stream=log)
    assert problem(response, 500) == "an error of ours, now in the log of the server"
    assert log.getvalue() == "fault in GET /sparql: RuntimeError: a secret\n"


def test_the_form_is_shown_to_a_browser_and_an_error_to_a_program(client: FlaskClient) -> None:
    page = client.get("/sparql", headers={"Accept": BROWSER})
    assert (page.status_code, page.content_type) == (200, "text/html; charset=utf-8")
    assert '<textarea id="query" name="query"' in page.text
    assert problem(client.get("/sparql?a=b", headers={"Accept": "application/json"}), 400)
    assert problem(client.post("/sparql", content_type=FORM), 400)


def test_a_query_is_shown_again_as_text(client: FlaskClient) -> None:
    query = 'SELECT ("</textarea><script>alert(1)</script>" AS ?v) {}'
    page = ask(client, query, BROWSER)
    assert page.status_code == 200
    assert "<script>" not in page.text
    assert page.text.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 2
    refused = ask(client, "<script>alert(1)</script>", BROWSER)
    assert refused.status_code == 400
    assert "<script>" not in refused.text


def test_head_is_get_without_the_body(client: FlaskClient) -> None:
    got, head = (client.open("/sparql?query=ASK{}", method=method) for method in ("GET", "HEAD"))
    assert (head.status_code, head.data) == (200, b"")
    assert dict(head.headers) == dict(got.headers)


# Over the wire


def send(
    server: str, method: str, target: str, body: bytes | None = None, content_type: str | None = None
) -> tuple[int, str, bytes]:
    """Status, media type and body of the response, also where it comes before the request was all sent."""
    headers = {"Content-Type": content_type} if content_type else {}
    with closing(http.client.HTTPConnection(urlsplit(server).netloc, timeout=60)) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request(method, target, body, headers)
        with connection.getresponse() as response:
            return response.status, response.headers.get_content_type(), response.read()


def wire_problem(reply: tuple[int, str, bytes], status: int) -> str:
    assert (reply[0], reply[1]) == (status, PROBLEM), reply[2]
    said = json.loads(reply[2])
    assert said.keys() - {"line", "column", "offer"} == {"title", "status", "detail"}
    assert said["status"] == status
    return str(said["detail"])


@pytest.fixture
def answering(server: str) -> str:
    """The real server, which answers before the test."""
    assert send(server, "GET", "/sparql?query=ASK{}")[2] == b'{"head":{},"boolean":true}'
    return server


def assert_still_answering(server: str) -> None:
    begun = time.monotonic()
    for _ in range(20):
        assert send(server, "GET", "/sparql?query=ASK{}") == (
            200,
            "application/sparql-results+json",
            b'{"head":{},"boolean":true}',
        )
    assert time.monotonic() - begun < 5


def test_queries_that_never_end_are_ended_and_hold_up_nobody(answering: str) -> None:
    replies: list[tuple[float, tuple[int, str, bytes]]] = []

    def never() -> None:
        begun = time.monotonic()
        reply = send(answering, "GET", f"/sparql?timeout=2&query={quote(NEVER_ENDING)}")
        replies.append((time.monotonic() - begun, reply))

    threads = [threading.Thread(target=never) for _ in range(6)]
    for thread in threads:
        thread.start()
    waits = []
    while any(thread.is_alive() for thread in threads):
        begun = time.monotonic()
        assert send(answering, "GET", "/sparql?query=ASK{}")[0] == 200
        waits.append(time.monotonic() - begun)
        time.sleep(0.05)
    for thread in threads:
        thread.join()
    assert len(replies) == 6
    for seconds, reply in replies:
        assert wire_problem(reply, 504)
        assert 1.9 < seconds < 6
    assert len(waits) > 5
    assert max(waits) < 2
    assert_still_answering(answering)


def test_nesting_that_would_end_the_engine_is_refused_in_a_sentence(answering: str) -> None:
    query = "ASK { " + "FILTER EXISTS { " * 5000 + "}" * 5001
    detail = wire_problem(send(answering, "POST", "/sparql", query.encode(), DIRECT), 400)
    assert detail == f"brackets are nested more than 100 deep (line 1, column {6 + 16 * 100 - 1})"
    assert 400 <= send(answering, "GET", f"/sparql?query={quote(query)}")[0] < 500
    assert_still_answering(answering)


def test_a_query_of_ten_megabytes_is_refused(answering: str) -> None:
    query = f'SELECT ("{"x" * 10_000_000}" AS ?v) {{}}'.encode()
    assert wire_problem(send(answering, "POST", "/sparql", query, DIRECT), 413)
    assert wire_problem(send(answering, "POST", "/sparql", b"query=" + quote(query).encode(), FORM), 413)
    assert 400 <= send(answering, "GET", f"/sparql?query={quote(query)}")[0] < 500
    assert_still_answering(answering)


def test_an_answer_that_is_too_large_is_an_error_and_never_a_part(answering: str) -> None:
    query = "SELECT ?a ?b ?c ?d ?e ?f { ?a ?b ?c . ?d ?e ?f }"
    reply = send(answering, "POST", "/sparql", query.encode(), DIRECT)
    assert wire_problem(reply, 507)
    assert_still_answering(answering)


# A client that somebody else wrote


QUESTION = f"""PREFIX org: <http://www.w3.org/ns/org#> PREFIX role: <{ID}role/>
SELECT ?who WHERE {{ ?claim org:role role:chair ; org:member ?who }} ORDER BY ?who"""


@pytest.fixture(scope="module")
def chairs(release: Release) -> list[str]:
    claims = release.record.subjects(iri("http://www.w3.org/ns/org#role"), iri(f"{ID}role/chair"))
    return sorted(
        who[1:-1]
        for claim in claims
        for who in release.record.values(claim, iri("http://www.w3.org/ns/org#member"))
    )


def converted(wrapper: SPARQLWrapper) -> Any:
    return wrapper.queryAndConvert()


@pytest.mark.parametrize("method", [GET, POST])
def test_sparqlwrapper_gets_the_right_table(server: str, chairs: list[str], method: str) -> None:
    assert chairs
    wrapper = SPARQLWrapper(f"{server}/sparql")
    wrapper.setMethod(method)
    wrapper.setQuery(QUESTION)
    wrapper.setReturnFormat(JSON)
    table = converted(wrapper)
    assert [row["who"] for row in table["results"]["bindings"]] == [
        {"type": "uri", "value": who} for who in chairs
    ]
    wrapper.setReturnFormat(XML)
    document = converted(wrapper)
    assert [node.firstChild.data for node in document.getElementsByTagName("uri")] == chairs
    wrapper.setReturnFormat(CSV)
    assert converted(wrapper).decode().splitlines() == ["who", *chairs]
    wrapper.setReturnFormat(TSV)
    assert converted(wrapper).decode().splitlines() == ["?who", *(f"<{who}>" for who in chairs)]


@pytest.mark.parametrize("method", [GET, POST])
@pytest.mark.parametrize("form", [TURTLE, JSONLD, RDFXML, XML])
def test_sparqlwrapper_gets_the_right_graph(server: str, release: Release, method: str, form: str) -> None:
    name = f"{ID}state/kyrgyzstan"
    wrapper = SPARQLWrapper(f"{server}/sparql")
    wrapper.setMethod(method)
    wrapper.setQuery(f"CONSTRUCT WHERE {{ <{name}> ?p ?o }}")
    wrapper.setReturnFormat(form)
    found = converted(wrapper)
    graph = Graph().parse(data=found, format="turtle") if form == TURTLE else found
    said = n_triples(quad.triple for quad in release.record.of(iri(name)))
    assert set(graph) == set(Graph().parse(data=said, format="nt"))


@pytest.mark.parametrize("method", [GET, POST])
def test_sparqlwrapper_gets_the_right_yes_or_no(server: str, method: str) -> None:
    wrapper = SPARQLWrapper(f"{server}/sparql", defaultGraph=f"{GRAPH}register")
    wrapper.setMethod(method)
    wrapper.setReturnFormat(JSON)
    for query, answer in (
        (f"ASK {{ <{ID}state/kyrgyzstan> ?p ?o }}", True),
        (f"ASK {{ <{BASE}x> ?p ?o }}", False),
    ):
        wrapper.setQuery(query)
        assert converted(wrapper) == {"head": {}, "boolean": answer}


def test_sparqlwrapper_is_told_what_is_wrong(server: str) -> None:
    wrapper = SPARQLWrapper(f"{server}/sparql")
    wrapper.setQuery("SELECT * WHERE { ?s ?p }")
    with pytest.raises(QueryBadFormed, match="line 1, column 24"):
        wrapper.query()


def test_a_body_without_a_length_is_refused_not_cut(server: str) -> None:
    """Sent at once: a server that refuses may close before the rest of a request has come."""
    chunks = (b"query=ASK%7B%7D&x=", b"x" * 3_000, b"&update=DROP", b"")
    head = b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    host, port = server.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n" + body)
        assert connection.recv(12) == b"HTTP/1.1 411"


def test_a_preflight_is_told_what_the_endpoint_understands(client: FlaskClient) -> None:
    reply = client.options("/sparql")
    assert reply.status_code == 204
    assert reply.headers["Allow"] == "GET, HEAD, OPTIONS, POST, QUERY"
    assert reply.headers["Access-Control-Allow-Methods"] == reply.headers["Allow"]
    assert reply.headers["Access-Control-Allow-Headers"] == "Accept, Content-Type, If-None-Match"


def test_a_cell_never_leads_elsewhere_than_it_says(client: FlaskClient) -> None:
    query = 'SELECT (IRI("https://w3id.org/almaty-process//evil.example/") AS ?x) {}'
    page = client.get("/sparql", query_string={"query": query}, headers={"Accept": "text/html"}).text
    assert 'href="//' not in page
    assert 'href="https://w3id.org/almaty-process//evil.example/"' in page


# Downloads from a page


@pytest.mark.parametrize(
    ("query", "name", "media_type"),
    [
        ("ASK {}", "csv", "text/csv"),
        ("ASK {}", "srx", "application/sparql-results+xml"),
        ("ASK {}", "application/sparql-results+json", "application/sparql-results+json"),
        ("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 1", "ttl", "text/turtle"),
        ("DESCRIBE <http://example.org/>", "application/n-triples", "application/n-triples"),
    ],
)
def test_a_format_in_the_address_counts_for_more_than_the_header(
    client: FlaskClient, query: str, name: str, media_type: str
) -> None:
    reply = ask(client, query, "text/html", download=name)
    assert (reply.status_code, reply.mimetype) == (200, media_type)
    assert reply.data == ask(client, query, media_type).data


def test_a_format_that_an_answer_cannot_have_is_refused_with_those_it_can(client: FlaskClient) -> None:
    reply = ask(client, "ASK {}", download="ttl")
    assert reply.status_code == 400
    assert reply.json["detail"] == "found download='ttl'; an answer to this query can be srj, srx, csv, tsv"  # type: ignore[index]  # or it fails


def test_a_page_offers_its_answer_in_every_format(client: FlaskClient) -> None:
    for query, suffixes in (("ASK {}", "srj srx csv tsv"), ("DESCRIBE <x:y>", "ttl nt nq trig rdf jsonld")):
        page = ask(client, query, "text/html").text
        assert re.findall(r"download=([a-z]+)\"", page) == suffixes.split()


def test_a_page_without_rows_says_why_and_what_would_have_some(client: FlaskClient) -> None:
    prefix = "PREFIX org: <http://www.w3.org/ns/org#> "
    page = ask(client, prefix + "SELECT * { ?s org:memer ?o }", "text/html").text
    assert "No triple has the property org:memer" in page
    assert quote("org:member ?o", safe="") in page.replace("+", "%20")
    assert (
        "Why there are no rows" not in ask(client, prefix + "SELECT * { ?s org:member ?o }", "text/html").text
    )


def test_what_an_editor_completes_is_of_this_graph(client: FlaskClient, release: Release) -> None:
    told = client.get("/completions.json").json
    assert told is not None
    by_name = {row["name"]: row for row in told["terms"]}
    assert by_name["org:member"] == {"name": "org:member", "label": "member", "kind": "property"}
    assert by_name["def:State"]["kind"] == "class"
    assert by_name["state:kyrgyzstan"] == {"name": "state:kyrgyzstan", "label": "Kyrgyzstan", "kind": "thing"}
    known = {term for q in release.record for term in q[:3]}
    for name in by_name:
        prefix, _, local = name.partition(":")
        assert iri(told["prefixes"][prefix] + local) in known, name
