"""Every change of three builds with known edits is told by each feed, and a replica can be made of one."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree

import icalendar
import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from almaty_graph.engine.client import Engine
from almaty_graph.names import BASE, DCTERMS, DEF, ID, LDES, RDF, RELEASES, SCHEMA, TREE
from almaty_graph.release import Release
from almaty_graph.release.archive import Archive
from almaty_graph.terms import TYPE, Quad, iri, text_of
from almaty_graph.web import create_app
from almaty_graph.web.feeds import changes
from test_archive import ADDED, NEW_LABEL, NEW_THING, STATE, edited

pytestmark = pytest.mark.slow  # it builds three releases

ATOM = "{http://www.w3.org/2005/Atom}"
HERE = "http://localhost/"


@pytest.fixture(scope="module")
def three(release: Release, tmp_path_factory: pytest.TempPathFactory) -> list[Release]:
    """All; then a label and a thing more; then that thing less."""
    target = tmp_path_factory.mktemp("fed")
    first = set(release.record)
    return [
        edited(release, quads, target)
        for quads in (first, first | {NEW_LABEL} | NEW_THING, first | {NEW_LABEL})
    ]


@pytest.fixture(scope="module")
def fed(three: list[Release], engine: Engine) -> FlaskClient:
    return create_app(three[-1], engine).test_client()


def names_of(release: Release) -> set[str]:
    return {quad.subject[1:-1] for quad in release.record if quad.subject.startswith(f"<{BASE}")}


def activity_pages(client: FlaskClient) -> Iterator[dict[str, Any]]:
    """The pages of activities from the first on, as links lead."""
    collection = json.loads(client.get("/activities").data)
    there = collection["first"]["id"]
    while True:
        page = json.loads(client.get(there.removeprefix(HERE.rstrip("/"))).data)
        yield page
        if page["id"] == collection["last"]["id"]:
            assert "next" not in page
            return
        there = page["next"]["id"]


def test_activities_say_what_was_created_changed_and_deleted(fed: FlaskClient, three: list[Release]) -> None:
    pages = list(activity_pages(fed))
    found = [activity for page in pages for activity in page["orderedItems"]]
    assert json.loads(fed.get("/activities").data)["totalItems"] == len(found)
    told = {
        release.name: {
            (each["type"], each["object"]["id"])
            for each in found
            if each["instrument"] == f"{RELEASES}/{release.name}"
        }
        for release in three
    }
    assert told == {
        three[0].name: {("Create", name) for name in names_of(three[0])},
        three[1].name: {("Update", STATE[1:-1]), ("Create", ADDED[1:-1])},
        three[2].name: {("Delete", ADDED[1:-1])},
    }
    assert [each["endTime"] for each in found] == sorted(each["endTime"] for each in found)
    assert len({each["id"] for each in found}) == len(found)
    assert [page["prev"]["id"] for page in pages[1:]] == [page["id"] for page in pages[:-1]]


def test_a_page_never_changes_once_there_is_a_next_one(
    fed: FlaskClient, three: list[Release], engine: Engine
) -> None:
    earlier = create_app(three[1], engine).test_client()
    for kind in ("activities", "ldes"):
        path = f"/{kind}/{three[0].name}/1"
        before, now = earlier.get(path), fed.get(path)
        assert before.data == now.data
        assert now.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        last = fed.get(f"/{kind}/{three[2].name}/1")
        assert "immutable" not in last.headers.get("Cache-Control", "")
        assert fed.get(f"/{kind}/{three[2].name}/2").status_code == 404
        assert fed.get(f"/{kind}/{three[2].name}/0").status_code == 404
        assert fed.get(f"/{kind}/0.1.0-000000000000/1").status_code == 404


def test_a_replica_is_made_of_the_event_stream(fed: FlaskClient, three: list[Release]) -> None:
    """By following relations, as an LDES client does: the last version of each is what the release says."""
    node, seen, versions = f"{HERE}ldes", set(), {}
    while node not in seen:
        seen.add(node)
        reply = fed.get(node.removeprefix(HERE.rstrip("/")), headers={"Accept": "application/n-triples"})
        graph = ox.Store()
        graph.bulk_load(reply.data, format=ox.RdfFormat.N_TRIPLES)
        if len(seen) == 1:
            stream = ox.NamedNode(f"{BASE}ldes")
            assert ox.Quad(stream, ox.NamedNode(RDF + "type"), ox.NamedNode(LDES + "EventStream")) in graph
        for quad in graph.quads_for_pattern(None, ox.NamedNode(TREE + "member"), None):
            assert isinstance(quad.object, ox.NamedNode)
            found = graph.quads_for_pattern(quad.object, None, None)
            said = {(str(each.predicate), str(each.object)) for each in found}
            about = dict(said)
            name, created = about[f"<{DCTERMS}isVersionOf>"], about[f"<{DCTERMS}created>"]
            versions[name] = said - {(f"<{DCTERMS}isVersionOf>", name), (f"<{DCTERMS}created>", created)}
        ahead = [str(q.object) for q in graph.quads_for_pattern(None, ox.NamedNode(TREE + "node"), None)]
        node = ahead[0][1:-1] if ahead else node
    assert versions.pop(ADDED) == {(TYPE, "<https://www.w3.org/ns/activitystreams#Tombstone>")}
    assert {name[1:-1] for name in versions} == names_of(three[2])
    for name in (STATE, iri(ID + "process/almaty-process"), iri(DEF + "State")):
        quads = three[2].record.of(name)
        assert {row[0] for row in versions[name]} == {quad.predicate for quad in quads}
        assert len(versions[name]) == len({quad.triple for quad in quads})


def test_a_feed_reader_gets_an_entry_for_each_release(fed: FlaskClient, three: list[Release]) -> None:
    reply = fed.get("/changes.atom")
    assert reply.content_type == "application/atom+xml"
    entries = ElementTree.fromstring(reply.data).findall(f"{ATOM}entry")  # noqa: S314 - our own
    assert [entry.findtext(f"{ATOM}id") for entry in entries] == [
        f"{RELEASES}/{each.name}" for each in reversed(three)
    ]
    titles = [(entry.findtext(f"{ATOM}title") or "").partition(": ")[2] for entry in entries]
    assert titles[:2] == ["0 statements added, 2 removed", "3 statements added, 0 removed"]
    links = [entry.find(f"{ATOM}link") for entry in entries]
    for link in links:
        assert link is not None
        assert fed.get(link.attrib["href"].removeprefix(HERE.rstrip("/"))).status_code == 200
    newest, older = (entry.findtext(f"{ATOM}content") or "" for entry in entries[:2])
    assert "added-by-a-test</a>: gone" in newest
    assert ">Kyrgyzstan</a>: changed" in older


def test_what_a_feed_shows_as_html_is_escaped(
    release: Release, engine: Engine, tmp_path_factory: Any
) -> None:
    target = tmp_path_factory.mktemp("hostile")
    hostile = {Quad(q.subject, q.predicate, '"<script>alert(1)</script>"@en', q.graph) for q in NEW_THING}
    edited(release, set(release.record), target)
    newer = edited(release, set(release.record) | hostile, target)
    feed = create_app(newer, engine).test_client().get("/changes.atom").text
    assert "&amp;lt;script&amp;gt;alert(1)" in feed
    assert "<script" not in feed
    assert "&lt;script" not in feed


def test_the_calendar_has_the_meetings_whose_days_are_known(client: FlaskClient, release: Release) -> None:
    reply = client.get("/meetings.ics")
    assert reply.content_type == "text/calendar; charset=utf-8"
    assert all(len(line) <= 75 for line in reply.data.split(b"\r\n"))
    calendar = icalendar.Calendar.from_ical(reply.data)
    events = {str(event["uid"]): event for event in calendar.walk("VEVENT")}
    record = release.record
    starts: dict[str, date] = {}
    for meeting in record.subjects(TYPE, iri(DEF + "Meeting")):
        days = [text_of(value) for value in record.values(meeting, iri(SCHEMA + "startDate"))]
        starts |= {meeting[1:-1]: date.fromisoformat(day) for day in days if len(day) == 10}
    assert {uid: event.decoded("dtstart") for uid, event in events.items()} == starts
    assert len(starts) > 10
    third = events[f"{ID}meeting/2016-09-senior-officials-3"]
    assert (third.decoded("dtstart"), third.decoded("dtend")) == (date(2016, 9, 19), date(2016, 9, 21))
    assert str(third["location"]) == "Astana"
    second = events[f"{ID}meeting/2015-09-22-senior-officials-2"]
    assert second.decoded("dtend") - second.decoded("dtstart") == timedelta(days=1)
    assert "Sources disagree on this meeting (location)" in str(second["description"])


def test_the_dates_of_feeds_are_those_of_the_log(fed: FlaskClient, three: list[Release]) -> None:
    kept = Archive(three[-1]).kept
    feed = ElementTree.fromstring(fed.get("/changes.atom").data)  # noqa: S314 - our own
    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}updated") for entry in entries] == [each.moment for each in reversed(kept)]
    assert len(names_of(three[0])) > changes.PAGE
