"""Every address has its state of then: documents, dumps, pages and queries, found by Memento (RFC 7089)."""

import json
import os
import re
import signal
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from werkzeug.http import http_date, parse_date
from werkzeug.test import Client

from almaty_graph.engine.client import Engine
from almaty_graph.errors import ReleaseError
from almaty_graph.names import BASE
from almaty_graph.release import Release
from almaty_graph.release.archive import Archive
from almaty_graph.release.log import LOG, note
from almaty_graph.web import create_app
from almaty_graph.web import past as past_module
from conftest import PROCESSES, Serve, is_alive, processes_of
from test_archive import ADDED, NEW_LABEL, NEW_THING, STATE, edited

pytestmark = pytest.mark.slow  # it builds three releases

DOCUMENT, THING = "/doc/state/kyrgyzstan", "/doc/topic/added-by-a-test"
DAYS = [datetime(2026, 1, day, 12, tzinfo=UTC) for day in (1, 2, 3)]
NEW = NEW_LABEL.object.partition('"@')[0][1:]


@pytest.fixture(scope="module")
def target(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three releases, of 1, 2 and 3 January: the second has a label more, the third a thing as well."""
    target = tmp_path_factory.mktemp("past")
    first = set(release.record)
    kept = [edited(release, first | more, target) for more in (set(), {NEW_LABEL}, {NEW_LABEL, *NEW_THING})]
    (target / LOG).unlink()
    for each, day in zip(kept, DAYS, strict=True):
        note(target, each.name, day)
    return target


@pytest.fixture(scope="module")
def names(target: Path) -> list[str]:
    return [each.release for each in Archive(Release.open(target / "current")).kept]


@pytest.fixture(scope="module")
def past(target: Path, engine: Engine) -> FlaskClient:
    return create_app(Release.open(target / "current"), engine).test_client()


def links_in(text: str) -> dict[str, str]:
    """Links by their relations."""
    return {relation: there for there, relation in re.findall(r'<([^>]*)>; rel="([^"]*)"', text)}


@pytest.mark.parametrize("suffix", ["", ".ttl", ".nt", ".jsonld", ".rdf"])
def test_a_document_is_as_it_was_in_the_release(
    past: FlaskClient, names: list[str], client: FlaskClient, suffix: str
) -> None:
    headers = {"Accept": "text/html" if not suffix else "*/*"}
    replies = [past.get(f"{DOCUMENT}{suffix}?release={name}", headers=headers) for name in names]
    assert [NEW in reply.text for reply in replies] == [False, True, True]
    assert [parse_date(reply.headers["Memento-Datetime"]) for reply in replies] == DAYS
    if suffix:
        assert replies[0].data == client.get(DOCUMENT + suffix).data
        assert replies[2].data == past.get(DOCUMENT + suffix).data
    assert links_in(replies[0].headers["Link"])["original"] == DOCUMENT + suffix


def test_the_state_of_now_never_claims_to_be_a_memento(past: FlaskClient) -> None:
    for path in (DOCUMENT, "/", "/dump/dataset.ttl", "/release", "/id/state/kyrgyzstan", "/questions"):
        assert "Memento-Datetime" not in past.get(path).headers


def test_what_came_later_was_not_there(past: FlaskClient, names: list[str]) -> None:
    replies = [past.get(f"{THING}?release={name}") for name in names]
    assert [reply.status_code for reply in replies] == [404, 404, 200]
    assert ["Memento-Datetime" in reply.headers for reply in replies] == [False, False, True]


def test_a_thing_leads_to_its_document_in_the_same_release(past: FlaskClient, names: list[str]) -> None:
    reply = past.get(f"/id/state/kyrgyzstan?release={names[0]}")
    assert (reply.status_code, reply.location) == (303, f"{DOCUMENT}?release={names[0]}")


def test_a_page_of_then_says_so_and_leads_to_that_of_now(past: FlaskClient, names: list[str]) -> None:
    page = past.get(f"{DOCUMENT}?release={names[0]}", headers={"Accept": "text/html"}).text
    assert f"This is how it was in release <code>{names[0]}</code>" in page
    assert f'<a href="{DOCUMENT}">As it is now</a>' in page
    dated = past.get(f"{DOCUMENT}?asOf=2018-05-01&release={names[0]}", headers={"Accept": "text/html"}).text
    assert f'<a href="{DOCUMENT}?asOf=2018-05-01">As it is now</a>' in dated
    for path in (DOCUMENT, f"{DOCUMENT}?release={names[2]}"):
        assert "This is how it was" not in past.get(path, headers={"Accept": "text/html"}).text


def test_dumps_are_those_of_the_release(past: FlaskClient, target: Path, names: list[str]) -> None:
    for name in names:
        for file in ("dataset.nq", "entities.csv"):
            reply = past.get(f"/dump/{file}?release={name}")
            assert reply.data == (target / name / file).read_bytes()
            assert "Memento-Datetime" in reply.headers
    whole = (target / names[0] / "dataset.nq").read_bytes()
    part = past.get(f"/dump/dataset.nq?release={names[0]}", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.data) == (206, whole[10:20])


def test_what_is_had_is_not_sent_again(past: FlaskClient, names: list[str]) -> None:
    path = f"{DOCUMENT}.ttl?release={names[0]}"
    tag = past.get(path).headers["ETag"]
    again = past.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert parse_date(again.headers["Memento-Datetime"]) == DAYS[0]
    assert past.get(f"{DOCUMENT}.ttl?release={names[1]}", headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        (DAYS[0] - timedelta(days=400), 0),
        (DAYS[0], 0),
        (DAYS[1] - timedelta(seconds=1), 0),
        (DAYS[1], 1),
        (DAYS[1] + timedelta(hours=5), 1),
        (DAYS[2] + timedelta(days=400), 2),
        (None, 2),
    ],
)
def test_a_timegate_leads_to_the_state_of_a_moment(
    past: FlaskClient, names: list[str], moment: datetime | None, number: int
) -> None:
    headers = {"Accept-Datetime": http_date(moment)} if moment else {}
    for asked in (DOCUMENT[1:], f"http://localhost{DOCUMENT}", f"{BASE}{DOCUMENT[1:]}"):
        reply = past.get(f"/timegate/{asked}", headers=headers)
        assert reply.status_code == 302
        assert "Accept-Datetime" in reply.headers["Vary"]
        assert reply.location == f"{DOCUMENT}?release={names[number]}"
    links = links_in(reply.headers["Link"])
    assert links["original"] == DOCUMENT
    assert past.get(links["timemap"]).status_code == 200
    kept = past.get("/timegate/sparql?query=ASK%7B%7D", headers=headers).location
    assert kept == f"/sparql?query=ASK%7B%7D&release={names[number]}"


def test_a_timemap_lists_the_states_of_an_address(past: FlaskClient, names: list[str]) -> None:
    reply = past.get(f"/timemap{DOCUMENT}")
    assert reply.content_type == "application/link-format"
    found = re.findall(r'<([^>]*)>; rel="([a-z ]*memento)"; datetime="([^"]*)"', reply.text)
    assert [there for there, _, _ in found] == [
        f"http://localhost{DOCUMENT}?release={name}" for name in names
    ]
    assert [relation for _, relation, _ in found] == ["first memento", "memento", "last memento"]
    assert [parse_date(day) for _, _, day in found] == DAYS
    links = links_in(reply.text)
    assert links["original"] == f"http://localhost{DOCUMENT}"
    only = past.get(f"/timemap{THING}").text
    assert re.findall(r'rel="([a-z ]*memento)"', only) == ["first last memento"]
    assert past.get(f"/timemap{THING}.ttl").text.count("memento") == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/timegate/doc/state/nowhere", 404),
        ("/timemap/doc/state/nowhere", 404),
        ("/timegate/http://evil.example/doc/state/iran", 404),
        ("/timegate/https:/evil.example/", 404),
    ],
)
def test_what_no_release_has_is_not_found(past: FlaskClient, path: str, status: int) -> None:
    reply = past.get(path)
    assert (reply.status_code, reply.content_type) == (status, "application/problem+json")


def test_a_timegate_leads_nowhere_else(past: FlaskClient) -> None:
    for path in ("/timegate//evil.example/", "/timegate///evil.example", "/timegate/\\evil.example"):
        location = Client(past.application).get(path).location or "/none"
        assert re.match(r"/[^/\\]", location), location


def test_a_date_that_is_none_is_refused(past: FlaskClient) -> None:
    reply = past.get(f"/timegate{DOCUMENT}", headers={"Accept-Datetime": "yesterday"})
    assert reply.status_code == 400
    assert "found Accept-Datetime: yesterday; a date such as Thu, 01 Jan 2026" in reply.text


@pytest.mark.parametrize("name", ["0.1.0-000000000000", "", "../x", "a/b", "x%0d%0aInjected: yes"])
def test_a_release_that_is_not_kept_is_not_found(past: FlaskClient, name: str) -> None:
    reply = past.get(f"{DOCUMENT}?release={name}")
    assert reply.status_code == 404
    assert "Injected" not in reply.headers


def test_a_query_of_a_release_without_an_engine_is_told_to_be_gone(
    past: FlaskClient, names: list[str]
) -> None:
    reply = past.get("/sparql", query_string={"query": "ASK {}", "release": names[0]})
    assert reply.status_code == 410
    assert "Memento-Datetime" not in reply.headers
    assert past.get("/sparql", query_string={"query": "ASK {}", "release": names[2]}).status_code == 200


def test_a_release_that_cannot_be_shown_is_an_error_even_where_its_page_is_kept(
    target: Path, engine: Engine, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(Release.open(target / "current"), engine)
    client, tried = app.test_client(), []

    def fail(release: Release) -> NoReturn:
        tried.append(release.name)
        raise ReleaseError("cannot be shown")

    monkeypatch.setattr(app.wsgi_app, "_make", fail)
    for path in (f"/release/{names[0]}", DOCUMENT, "/dump/dataset.nq"):
        assert client.get(path).status_code == 200
        for method in ("GET", "HEAD"):
            reply = client.open(f"{path}?release={names[0]}", method=method)
            assert (reply.status_code, "Memento-Datetime" in reply.headers) == (500, False)
    assert set(tried) == {names[0]}


def test_the_last_releases_that_were_opened_are_kept_ready(
    target: Path, engine: Engine, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past_module, "_MADE", 1)
    app = create_app(Release.open(target / "current"), engine)
    for name in (names[0], names[0], names[1], names[0]):
        assert app.test_client().get(f"{DOCUMENT}?release={name}").status_code == 200
        assert list(vars(app.wsgi_app)["_made"]) == [name]


def test_who_waits_too_long_for_another_release_is_asked_to_come_again(
    target: Path, engine: Engine, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past_module, "_PATIENCE", 0.05)
    app = create_app(Release.open(target / "current"), engine)
    with vars(app.wsgi_app)["_making"]:
        for path in (DOCUMENT, "/dump/dataset.nq", "/sparql?query=ASK%7B%7D"):
            sign = "&" if "?" in path else "?"
            reply = app.test_client().get(f"{path}{sign}release={names[0]}")
            assert (reply.status_code, reply.headers["Retry-After"]) == (503, "1")
    assert app.test_client().get(f"{DOCUMENT}?release={names[0]}").status_code == 200


def test_a_damaged_release_is_told_without_the_path_of_the_machine(
    release: Release, engine: Engine, tmp_path: Path
) -> None:
    older, newest = (edited(release, set(release.record) | more, tmp_path) for more in ({NEW_LABEL}, set()))
    (older.folder / "shapes.ttl").write_text("# changed")
    app = create_app(newest, engine).test_client()
    reply = app.get(f"{DOCUMENT}?release={older.name}")
    assert (reply.status_code, "is damaged here" in reply.text) == (500, True)
    assert str(tmp_path) not in reply.text
    assert app.get(DOCUMENT).status_code == 200


@pytest.fixture(scope="module")
def served(serve: Serve, target: Path) -> str:
    return serve(target / "current", "--past", "1")


def ask(server: str, query: str, **more: str) -> tuple[int, bytes, str | None]:
    address = f"{server}/sparql?{urllib.parse.urlencode({'query': query, **more})}"
    request = urllib.request.Request(address, headers={"Accept": "application/sparql-results+json"})
    try:
        with urllib.request.urlopen(request, timeout=20) as reply:
            return reply.status, reply.read(), reply.headers["Memento-Datetime"]
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers["Memento-Datetime"]


def test_queries_are_answered_by_the_release_that_is_asked(served: str, names: list[str]) -> None:
    query = f"ASK {{ {ADDED} ?p ?o }}"
    label = f"SELECT ?label {{ {STATE} ?p ?label FILTER(STR(?label) = '{NEW}') }}"
    now, then = ask(served, query), ask(served, query, release=names[1])
    assert [json.loads(each[1])["boolean"] for each in (now, then)] == [True, False]
    assert now[2] is None
    assert then[2] == http_date(DAYS[1])
    for name in names[1:]:
        status, data, _ = ask(served, label, release=name)
        assert (status, len(json.loads(data)["results"]["bindings"])) == (200, 1)
    gone = ask(served, query, release=names[0])
    assert (gone[0], gone[2]) == (410, None)
    assert names[0] in gone[1].decode()


def test_an_engine_of_the_past_that_is_killed_is_back(served: str, names: list[str]) -> None:
    query = "ASK {}"
    for pid in processes_of(PROCESSES[served].pid):
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
        if b"engine.supervisor" in line and names[1].encode() in line:
            os.kill(pid, signal.SIGKILL)
            break
    else:
        pytest.fail("no engine of the past")
    deadline = time.monotonic() + 20
    while (is_alive(pid) or ask(served, query, release=names[1])[0] != 200) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert ask(served, query, release=names[1])[0] == 200
    assert ask(served, query)[0] == 200


def test_a_dump_of_then_reads_as_the_record_of_then(
    past: FlaskClient, target: Path, names: list[str]
) -> None:
    for name in names:
        data = past.get(f"/dump/dataset.trig?release={name}").data
        assert data == (target / name / "dataset.trig").read_bytes()
        assert len(list(ox.parse(data, format=ox.RdfFormat.TRIG))) > 1000
