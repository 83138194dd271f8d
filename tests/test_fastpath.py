"""What a release answered once is kept and told by its ETag; an answer too long comes in declared parts."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from almaty_graph.engine.embedded import Engine, EngineProcess, Limits
from almaty_graph.release import Release
from almaty_graph.web import Serving, create_app
from almaty_graph.web.protocol.cache import Cache

LABELS = "SELECT ?s ?l WHERE { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?l }"
LIMITS = Limits(rows=50, answer_bytes=6_000)


@pytest.fixture(scope="module")
def narrow(release: Release) -> Iterator[FlaskClient]:
    """A server whose answers have at most 50 rows, and 6,000 bytes."""
    with EngineProcess(release.folder / "dataset.nq", LIMITS) as process:
        yield create_app(release, process.engine, Serving(LIMITS)).test_client()


def ask(client: FlaskClient, query: str, accept: str | None = None, **parameters: object) -> TestResponse:
    headers = {"Accept": accept} if accept else {}
    return client.get("/sparql", query_string={"query": query, **parameters}, headers=headers)


def rows(response: TestResponse) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = json.loads(response.data)["results"]["bindings"]
    return found


# ETags


def test_an_answer_has_a_strong_etag_by_which_it_is_known_again(client: FlaskClient) -> None:
    first = ask(client, "SELECT (1 AS ?x) {}")
    tag = first.headers["ETag"]
    assert tag.startswith('"')
    for condition in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = client.get(
            "/sparql", query_string={"query": "SELECT (1 AS ?x) {}"}, headers={"If-None-Match": condition}
        )
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == tag
        assert again.headers["Vary"] == first.headers["Vary"] == "Accept, Accept-Encoding"
    assert ask(client, "SELECT (2 AS ?x) {}").headers["ETag"] != tag
    assert ask(client, "SELECT (1 AS ?x) {}", "text/csv").headers["ETag"] != tag


def test_a_known_answer_is_not_computed_to_say_so(release: Release, engine: Engine) -> None:
    tag = ask(create_app(release, engine).test_client(), LABELS).headers["ETag"]

    class Absent:
        def answer(self, *_: object) -> object:
            raise AssertionError("asked")

        def status(self) -> dict[str, float]:
            return {}

    without = create_app(release, Absent()).test_client()  # type: ignore[arg-type]  # answers nothing
    reply = without.get("/sparql", query_string={"query": LABELS}, headers={"If-None-Match": tag})
    assert (reply.status_code, reply.headers["ETag"]) == (304, tag)


def test_white_space_makes_no_other_answer_but_inside_a_string(client: FlaskClient) -> None:
    assert (
        ask(client, "SELECT  (1 AS ?x)\n{}").headers["ETag"]
        == ask(client, "SELECT (1 AS ?x) {}").headers["ETag"]
    )
    assert (
        ask(client, 'SELECT ("a  b" AS ?x) {}').headers["ETag"]
        != ask(client, 'SELECT ("a b" AS ?x) {}').headers["ETag"]
    )


@pytest.mark.parametrize("function", ["NOW()", "RAND()", "UUID()", "STRUUID()", "BNODE()"])
def test_what_answers_differently_each_time_is_not_kept(client: FlaskClient, function: str) -> None:
    first, second = (ask(client, f"SELECT ({function} AS ?x) {{}}") for _ in range(2))
    assert first.headers["Cache-Control"] == "no-store"
    assert "ETag" not in first.headers
    if function != "BNODE()":
        assert first.data != second.data


def test_blank_nodes_that_a_query_makes_are_new_each_time(client: FlaskClient) -> None:
    query = "CONSTRUCT { _:x a ?c } WHERE { ?s a ?c } LIMIT 1"
    assert ask(client, query).headers["Cache-Control"] == "no-store"


def test_each_coding_has_an_etag_of_its_own(client: FlaskClient) -> None:
    tags = {
        coding: client.get(
            "/sparql", query_string={"query": LABELS}, headers={"Accept-Encoding": coding}
        ).headers["ETag"]
        for coding in ("identity", "gzip", "br", "zstd")
    }
    assert len(set(tags.values())) == 4
    for coding, tag in tags.items():
        headers = {"Accept-Encoding": coding, "If-None-Match": tag}
        assert client.get("/sparql", query_string={"query": LABELS}, headers=headers).status_code == 304


@pytest.mark.parametrize(
    "path", ["/", "/doc/state/kyrgyzstan", "/doc/state/kyrgyzstan.ttl", "/questions", "/dump"]
)
def test_pages_and_documents_have_etags_too(client: FlaskClient, path: str) -> None:
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")


def test_whether_the_server_is_well_is_never_kept(client: FlaskClient) -> None:
    assert client.get("/healthz").headers["Cache-Control"] == "no-store"


def test_an_error_is_not_kept(client: FlaskClient) -> None:
    for _ in range(2):
        reply = ask(client, "SELECT nonsense")
        assert reply.status_code == 400
        assert "ETag" not in reply.headers


def test_a_cache_keeps_to_its_size_and_lets_go_what_was_not_asked_for() -> None:
    cache = Cache(30_000)
    keys = [("/sparql", str(n), None, None) for n in range(20)]
    for key in keys:
        cache.put(key, ("e", (), (), b"x" * 1_000))
        cache.get(keys[0])
    assert cache.size <= 30_000
    assert cache.get(keys[0]) is not None
    assert cache.get(keys[1]) is None
    assert cache.get(keys[19]) is not None


# Limits, and parts


def test_every_reply_tells_the_limits(narrow: FlaskClient) -> None:
    told = "seconds=30, memory=1073741824, rows=50, bytes=6000"
    for path in ("/", "/sparql", "/sparql?query=ASK{}", "/sparql?query=x", "/nowhere"):
        assert narrow.get(path).headers["Query-Limits"] == told


@pytest.mark.parametrize(
    "accept", [None, "application/sparql-results+xml", "text/csv", "text/tab-separated-values"]
)
def test_an_answer_of_too_many_rows_is_an_error_that_names_the_limit(
    narrow: FlaskClient, accept: str | None
) -> None:
    # Rows that look to a careless reader like more, or like fewer, than one.
    values = " ".join(['"},{\\"\\n<result>,\\n"'] * 50)
    assert ask(narrow, f"SELECT ?x {{ VALUES ?x {{ {values} }} }}", accept).status_code == 200
    reply = ask(narrow, f"SELECT ?x {{ VALUES ?x {{ {values} 1 }} }}", accept)
    assert reply.status_code == 507
    assert "the answer has more than 50 rows, the limit" in reply.get_json()["detail"]


def test_a_graph_of_too_many_triples_is_an_error_that_names_the_limit(narrow: FlaskClient) -> None:
    short = "CONSTRUCT { <x:s> <x:p> ?o } WHERE { ?s ?p ?o FILTER (STRLEN(STR(?o)) < 20) }"
    reply = ask(narrow, short, "application/n-triples")
    assert reply.status_code == 507
    assert "more than 50 triples, the limit" in reply.get_json()["detail"]


def follow(client: FlaskClient, response: TestResponse) -> Iterator[TestResponse]:
    """A response and the ones that its links lead to."""
    yield response
    while link := re.search(r'<([^>]*)>; rel="next"', response.headers.get("Link", "")):
        response = client.get(link[1], headers={"Accept": response.mimetype})
        yield response


def test_the_parts_of_a_table_make_the_whole(narrow: FlaskClient, client: FlaskClient) -> None:
    whole = rows(ask(client, LABELS))
    parts = list(follow(narrow, ask(narrow, LABELS, "application/sparql-results+json", partial=1)))
    assert len(parts) > 10
    assert [row for part in parts for row in rows(part)] == whole
    assert all(0 < len(rows(part)) <= 50 for part in parts)
    assert all(len(part.data) <= 6_000 for part in parts)
    first, second, last = (parts[n].headers["Partial-Answer"] for n in (0, 1, -1))
    assert first == f"?1; offset=0; next={len(rows(parts[0]))}"
    assert second.startswith(f"?1; offset={len(rows(parts[0]))}; next=")
    assert "next" not in last


def test_the_parts_of_a_graph_make_the_whole(narrow: FlaskClient, client: FlaskClient) -> None:
    query, form = "CONSTRUCT WHERE { ?s a <http://www.w3.org/ns/org#Role> }", "application/n-triples"
    whole = ask(client, query, form).text.splitlines()
    narrower = f"{query} LIMIT 1000"
    parts = list(follow(narrow, ask(narrow, narrower, form, partial=1)))
    assert sorted(line for part in parts for line in part.text.splitlines()) == sorted(whole)


@pytest.mark.parametrize(
    "accept", ["application/sparql-results+xml", "text/csv", "text/tab-separated-values"]
)
def test_a_part_is_well_formed_and_as_the_engine_writes_it(
    narrow: FlaskClient, client: FlaskClient, accept: str
) -> None:
    query = 'SELECT ?a ?b { VALUES (?a ?b) { (1 "x\\ty\\n") (<http://example.org/> UNDEF) ("д"@ru 1.50) } }'
    assert ask(narrow, query, accept, partial=1).data == ask(client, query, accept).data


def test_an_answer_that_fits_is_no_part(narrow: FlaskClient) -> None:
    reply = ask(narrow, "SELECT (1 AS ?x) {}", partial=1)
    assert "Partial-Answer" not in reply.headers
    assert "Link" not in reply.headers


def test_rows_without_columns_are_counted_too(narrow: FlaskClient) -> None:
    reply = ask(narrow, "SELECT * { VALUES () { () () () } }", partial=1)
    assert rows(reply) == [{}, {}, {}]


def test_parts_belong_to_their_release(narrow: FlaskClient) -> None:
    reply = ask(narrow, LABELS, partial=1, offset=50, release="0.0.1-000000000000")
    assert reply.status_code == 410
    assert "not 0.0.1-000000000000: begin again" in reply.get_json()["detail"]


def test_what_answers_differently_each_time_has_no_parts(narrow: FlaskClient) -> None:
    reply = ask(narrow, "SELECT (RAND() AS ?x) {}", partial=1)
    assert reply.status_code == 400
    assert "cannot come in parts" in reply.get_json()["detail"]


@pytest.mark.parametrize("offset", ["-1", "x", "1.5", "٣", "9" * 30])
def test_an_offset_is_a_number_of_rows(narrow: FlaskClient, offset: str) -> None:
    assert ask(narrow, LABELS, partial=1, offset=offset).status_code == 400


# Why an answer is empty


MISSPELT = "SELECT ?s WHERE { ?s <http://www.w3.org/ns/org#memberr> ?o }"


def test_a_table_without_rows_links_to_why(client: FlaskClient) -> None:
    link = ask(client, MISSPELT).headers["Link"]
    assert link.endswith('; rel="help"')
    told = client.get(link[1 : link.index(">")])
    assert (told.status_code, told.mimetype) == (200, "application/problem+json")
    assert told.get_json()["pattern"] == "?s <http://www.w3.org/ns/org#memberr> ?o"
    assert told.get_json()["line"] == 1
    assert "member" in told.get_json()["suggestions"][0]["replacement"]
    assert "memberr" in told.headers["Empty-Because"]


def test_a_table_with_rows_is_not_explained(client: FlaskClient) -> None:
    reply = ask(client, "SELECT (1 AS ?x) {}", explain=1)
    assert (reply.mimetype, rows(reply)[0]["x"]["value"]) == ("application/sparql-results+json", "1")
    assert "Link" not in reply.headers


def test_what_is_not_a_table_is_not_explained(client: FlaskClient) -> None:
    for query in ("ASK { ?s <http://example.org/p> ?o }", "CONSTRUCT WHERE { ?s <http://example.org/p> ?o }"):
        assert "Link" not in ask(client, query).headers
