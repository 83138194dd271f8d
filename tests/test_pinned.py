"""A pinned query gives the same bytes for ever, says what has changed since, and is ready to be cited."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from almaty_graph.engine.embedded import EngineProcess
from almaty_graph.names import DEF, SKOS
from almaty_graph.release import RECORD, Release
from almaty_graph.release.log import LOG, note
from almaty_graph.terms import text_of
from almaty_graph.web import Serving, create_app
from test_archive import NEW_LABEL, STATE, edited

pytestmark = pytest.mark.slow  # it builds releases

TITLE = "# title: Names of a state & its \\ kin\n"
LABELS = f"{TITLE}SELECT ?name {{ {STATE} <{SKOS}altLabel> ?name }} ORDER BY ?name"
CLAIMS = f"SELECT ?claim {{ ?claim a <{DEF}RoleDescription> }} ORDER BY ?claim LIMIT 3"
GRAPH = f"CONSTRUCT {{ {STATE} <{SKOS}altLabel> ?name }} {{ {STATE} <{SKOS}altLabel> ?name }}"


@pytest.fixture(scope="module")
def kept(release: Release, tmp_path_factory: pytest.TempPathFactory) -> list[Release]:
    """A release, and a later one in which a state has a label more and another less."""
    target = tmp_path_factory.mktemp("pinned")
    first = set(release.record)
    gone = min(quad for quad in first if quad.subject == STATE and quad.predicate == NEW_LABEL.predicate)
    both = [edited(release, quads, target) for quads in (first, (first | {NEW_LABEL}) - {gone})]
    (target / LOG).unlink()
    for day, each in enumerate(both, start=1):
        note(target, each.name, datetime(2026, 1, day, tzinfo=UTC))
    return both


@pytest.fixture(scope="module")
def clients(kept: list[Release]) -> Iterator[list[FlaskClient]]:
    """The application as it was after each of the releases; the later one can query both."""
    with EngineProcess(kept[0].folder / RECORD) as older, EngineProcess(kept[1].folder / RECORD) as newer:
        past = Serving(past={kept[0].name: older.engine})
        yield [
            create_app(kept[0], older.engine).test_client(),
            create_app(kept[1], newer.engine, past).test_client(),
        ]


def pin(client: FlaskClient, query: str) -> str:
    """The address that a query is pinned at."""
    reply = client.get("/pinned", query_string={"query": query})
    assert reply.status_code == 303
    assert reply.location is not None
    return reply.location


def ask(client: FlaskClient, address: str, accept: str) -> TestResponse:
    reply = client.get(address, headers={"Accept": accept})
    assert reply.status_code == 200, reply.text
    return reply


@pytest.mark.parametrize(("query", "accept"), [(LABELS, "text/csv"), (GRAPH, "application/n-triples")])
def test_the_same_bytes_come_after_another_release(
    clients: list[FlaskClient], kept: list[Release], query: str, accept: str
) -> None:
    address = pin(clients[0], query)
    then, later = (ask(client, address, accept) for client in clients)
    assert then.data == later.data
    assert f"sha256={hashlib.sha256(then.data).hexdigest()}" in address
    assert f"release={kept[0].name}" in address
    assert ask(clients[1], pin(clients[1], query), accept).data != then.data


def test_it_says_what_has_changed_since(clients: list[FlaskClient], kept: list[Release]) -> None:
    address = pin(clients[0], LABELS)
    now, later = (json.loads(ask(client, address, "application/json").data) for client in clients)
    assert (now["added"], now["removed"]) == ([], [])
    said = [each.record.values(STATE, NEW_LABEL.predicate) for each in kept]
    names = [set(map(text_of, values)) for values in said]
    assert {row[0] for row in later["added"]} == names[1] - names[0]
    assert {row[0] for row in later["removed"]} == names[0] - names[1]
    assert (len(later["added"]), len(later["removed"])) == (1, 1)
    page = ask(clients[1], address, "text/html").text
    assert "1 row more and without 1 of these" in " ".join(page.split())
    assert "Nothing: the newest release" in ask(clients[0], address, "text/html").text


def test_an_answer_is_cited_with_the_sources_that_it_touches(
    clients: list[FlaskClient], kept: list[Release]
) -> None:
    address = pin(clients[0], CLAIMS)
    claims = [row[0] for row in csv.reader(io.StringIO(ask(clients[0], address, "text/csv").text))][1:]
    sources = {re.sub(r"/id/claim/([^/]*)/.*", r"/source/\1", claim) for claim in claims}
    item = json.loads(ask(clients[0], address, "application/vnd.citationstyles.csl+json").data)[0]
    assert set(re.findall(r"\((https://[^)]*/source/[^)]*)\)", item["note"])) == sources
    assert item["URL"] == f"http://localhost{address}"
    assert item["issued"] == {"date-parts": [[2026, 1, 1]]}
    assert item["version"] == kept[0].name
    entry = ask(clients[0], address, "application/x-bibtex").text
    assert entry.startswith("@misc{almaty-process-")
    assert "year = {2026}" in entry
    assert all(source in entry for source in sources)


def test_a_title_is_the_one_that_the_query_has_and_is_escaped(clients: list[FlaskClient]) -> None:
    entry = ask(clients[0], pin(clients[0], LABELS), "application/x-bibtex").text
    assert r"title = {{Names of a state \& its \textbackslash{} kin}}" in entry
    assert entry.count("{") == entry.count("}")


def test_a_hash_that_is_not_that_of_the_answer_is_a_conflict(clients: list[FlaskClient]) -> None:
    address = pin(clients[0], LABELS)
    for client in clients:
        reply = client.get(re.sub("sha256=.{4}", "sha256=0000", address))
        assert reply.status_code == 409
        assert re.search(r"has SHA-256 [0-9a-f]{64}, not 0000", reply.text)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("", "found no query"),
        ("SELECT (RAND() AS ?x) {}", "asked twice, it has two answers"),
        ("SELECT * { SERVICE <http://x.example/> { ?s ?p ?o } }", "SERVICE"),
        ("SELECT nonsense", "line 1"),
    ],
)
def test_what_cannot_be_pinned_is_refused(clients: list[FlaskClient], query: str, why: str) -> None:
    reply = clients[0].get("/pinned", query_string={"query": query})
    assert reply.status_code == 400
    assert why in reply.text


def test_an_ask_is_pinned_too(clients: list[FlaskClient]) -> None:
    query = f"ASK {{ {NEW_LABEL.subject} {NEW_LABEL.predicate} {NEW_LABEL.object} }}"
    later = json.loads(ask(clients[1], pin(clients[0], query), "application/json").data)
    assert (later["removed"], later["added"]) == ([["false"]], [["true"]])


def test_the_page_of_an_answer_leads_to_its_pin(clients: list[FlaskClient]) -> None:
    page = clients[0].get("/sparql", query_string={"query": LABELS}, headers={"Accept": "text/html"}).text
    found = re.search(r'href="(/pinned\?[^"]*)"', page)
    assert found is not None
    assert clients[0].get(found[1].replace("&amp;", "&")).location == pin(clients[0], LABELS)


def test_markup_in_a_query_is_text(clients: list[FlaskClient]) -> None:
    query = f"# title: <script>alert(1)</script>\n{LABELS.partition(chr(10))[2]}"
    page = ask(clients[0], pin(clients[0], query), "text/html").text
    assert "<script>alert" not in page
