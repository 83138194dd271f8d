"""Meetings, the map, the matrix, the network: each says what the graph says, drawn and as a table."""

import csv
import html
import io
import re
from collections import Counter
from itertools import combinations_with_replacement, product
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect

from almaty_graph.dates import Answer, Bounds
from almaty_graph.release import Release
from almaty_graph.terms import iri
from almaty_graph.web import create_app
from almaty_graph.web.pictures.matrix import Row
from almaty_graph.web.pictures.meetings import Meeting, draw
from almaty_graph.web.pictures.standing import Standing
from visits import View, visiting

SVG = "{http://www.w3.org/2000/svg}"
PICTURES = ("timeline", "meetings", "map", "matrix", "network")
NAMES = "PREFIX def: <https://w3id.org/almaty-process/def#> PREFIX org: <http://www.w3.org/ns/org#> "
NAMES += "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> "


def rows_of(client: FlaskClient, path: str) -> list[dict[str, str]]:
    reply = client.get(path)
    assert reply.status_code == 200
    assert reply.content_type == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(reply.text)))


def ask(client: FlaskClient, query: str) -> list[tuple[str, ...]]:
    reply = client.get(f"/sparql?query={quote(NAMES + query)}", headers={"Accept": "text/csv"})
    assert reply.status_code == 200
    return [tuple(row) for row in list(csv.reader(io.StringIO(reply.text)))[1:]]


def drawing(client: FlaskClient, path: str) -> ET.Element:
    reply = client.get(path)
    assert (reply.status_code, reply.mimetype) == (200, "image/svg+xml")
    assert "style=" not in reply.text, "the policy forbids styles in the document"
    return ET.fromstring(reply.data)  # noqa: S314 - our own


@pytest.mark.parametrize("slug", PICTURES)
def test_each_picture_has_a_page_with_a_name_a_table_and_files(client: FlaskClient, slug: str) -> None:
    page, root = client.get(f"/{slug}"), drawing(client, f"/{slug}.svg")
    title = root.findtext(f"{SVG}title")
    assert title
    assert root.findtext(f"{SVG}desc")
    assert f"<h1>{title}</h1>" in page.text
    for suffix in ("svg", "csv"):
        assert f'href="/{slug}.{suffix}"' in page.text
    assert page.text.count("<tr>") > 5
    others = [each for each in PICTURES if each != slug]
    assert all(f'<a href="/{each}">' in page.text for each in others)
    for link in root.iter(f"{SVG}a"):
        assert link.findtext(f"{SVG}title"), "each link says where it leads"


# Years


def test_a_period_holds_within_days_if_it_holds_on_one_of_them() -> None:
    days = ("2001-01-01", "2002-01-01", "2003-01-01", "2004-01-01")
    order = {Answer.NOT: 0, Answer.POSSIBLY: 1, Answer.CERTAINLY: 2}
    told = Counter[Answer]()
    for bounds in product((None, *days), repeat=4):
        known = [day for day in bounds if day]
        if known != sorted(known):
            continue
        for first, last in combinations_with_replacement(days, 2):
            within = [Bounds(*bounds).answer_on(day) for day in days if first <= day <= last]
            best = max(within, key=order.__getitem__)
            answer = Bounds(*bounds).answer_within(first, last)
            # Days between the four may be certain where none of these is.
            assert answer is best or (answer is Answer.CERTAINLY and best is Answer.POSSIBLY)
            told[answer] += 1
    assert min(told[each] for each in Answer) > 50


def test_what_may_have_ended_before_it_began_is_never_certain() -> None:
    guest = Bounds(latest_start="2018-10-31", earliest_end="2017-09-05")
    assert guest.answer_within("2017-01-01", "2018-12-31") is Answer.POSSIBLY
    assert guest.known == ("2017-09-05", "2018-10-31")


def test_years_in_a_row_are_told_as_one() -> None:
    cells = tuple(
        (year, Answer.CERTAINLY if year in {2013, 2015, 2016, 2017, 2020, 2021} else Answer.NOT)
        for year in range(2013, 2023)
    )
    row = Row(Standing.__new__(Standing), 0, True, cells)
    assert row.years("certainly") == "2013, 2015–2017, 2020–2021"
    assert row.years("possibly") == ""


def test_the_matrix_has_each_dated_role_of_a_state_in_the_view(client: FlaskClient) -> None:
    wanted = ask(
        client,
        "SELECT DISTINCT ?membership { ?membership a org:Membership, def:Conclusion ; org:member ?state . "
        "?state a def:State . ?membership ?bound ?day FILTER (?bound IN "
        "(def:earliestStart, def:latestStart, def:earliestEnd, def:latestEnd)) }",
    )
    rows = rows_of(client, "/matrix.csv")
    assert sorted(row["conclusion"] for row in rows) == sorted(name for (name,) in wanted)
    assert len(rows) > 30
    chair = [row for row in rows if (row["state"], row["role"]) == ("Kyrgyzstan", "chair")]
    assert [(year, chair[0][year]) for year in ("2015", "2016", "2018", "2019")] == [
        ("2015", "not"),
        ("2016", "certainly"),
        ("2018", "certainly"),
        ("2019", "not"),
    ]
    root = drawing(client, "/matrix.svg")
    told = Counter(value for row in rows for value in row.values() if value in {"certainly", "possibly"})
    cells = Counter((each.get("class") or "").removeprefix("cell ") for each in root.iter(f"{SVG}rect"))
    assert cells == told


def test_the_page_of_a_state_has_its_rows_and_that_of_a_chairmanship_its_bars(client: FlaskClient) -> None:
    page = client.get("/doc/state/kyrgyzstan").text
    drawn = page.partition("<h2>Its roles, year by year</h2>")[2].partition("</figure>")[0]
    rows = [row for row in rows_of(client, "/matrix.csv") if row["state"] == "Kyrgyzstan"]
    assert drawn.count("<a href=") == len(rows) > 3
    assert "Tajikistan" not in drawn
    chair = client.get("/doc/conclusion/almaty-process-chair-kyrgyzstan-2016").text
    bars = chair.partition("<h2>When, according to whom</h2>")[2].partition("</figure>")[0]
    timeline = rows_of(client, "/timeline.csv")
    assert bars.count("<a href=") == sum(row["holder"] == "Kyrgyzstan" for row in timeline) > 3
    assert "year by year" not in client.get("/doc/meeting/2011-03-regional-conference").text


def test_a_page_says_from_its_own_side_what_others_are_related_by(client: FlaskClient) -> None:
    page = client.get("/doc/state/kyrgyzstan").text
    attended = page.partition(">attended</a></dt>")[2].partition("</div>")[0]
    days = re.findall(r'<span class="when">(\d{4}-\d\d-\d\d)</span>', attended)
    assert days == sorted(days)
    assert days[0] == "2011-03-15"
    assert ">attended by</a></dt>" not in page
    assert ">attended by</a></dt>" in client.get("/doc/meeting/2011-03-regional-conference").text
    assert ">is a topic of</a></dt>" in client.get("/doc/topic/irregular-migration").text


def test_a_page_says_how_it_is_cited(client: FlaskClient, release: Release) -> None:
    page = client.get("/doc/claim/iom-almaty-process/chair-kyrgyzstan").text
    cited = html.unescape(page.partition('<p class="cite">“')[2].partition("</p>")[0])
    name = "https://w3id.org/almaty-process/id/claim/iom-almaty-process/chair-kyrgyzstan"
    assert f"release {release.name}, <{name}>, after " in cited
    assert "line" in cited


# The map


def test_the_map_has_the_roles_of_a_day(client: FlaskClient) -> None:
    rows = rows_of(client, "/map.csv?asOf=2018-05-01")
    assert {row["state"] for row in rows if (row["role"], row["held"]) == ("chair", "certainly")} == {
        "Kyrgyzstan"
    }
    assert {row["m49"] for row in rows if row["state"] == "Kyrgyzstan"} == {"417"}
    [link] = [
        each
        for each in drawing(client, "/map.svg?asOf=2018-05-01").iter(f"{SVG}a")
        if "Kyrgyzstan" in str(each.findtext(f"{SVG}title"))
    ]
    assert (link.get("class"), link.get("href")) == ("chair certainly", "/doc/state/kyrgyzstan")
    later = {row["state"] for row in rows_of(client, "/map.csv?asOf=2019-06-01") if row["role"] == "chair"}
    assert later == {"Tajikistan"}


@pytest.mark.parametrize("query", ["", "?asOf=2018-05-01", "?area=world", "?area=world&asOf=2025-05-01"])
def test_each_state_with_a_role_is_on_the_map_or_named_beside_it(client: FlaskClient, query: str) -> None:
    states = {row["state"] for row in rows_of(client, f"/map.csv{query}")}
    drawn = {
        str(each.findtext(f"{SVG}title")).partition(":")[0]
        for each in drawing(client, f"/map.svg{query}").iter(f"{SVG}a")
    }
    assert drawn <= states
    beside = client.get(f"/map{query}").text.partition("Outside of this map:")[2].partition("</p>")[0]
    assert all(f">{state}</a>" in beside for state in states - drawn)
    assert ("France" in drawn) is ("world" in query)
    assert {"Kazakhstan", "Uzbekistan", "Iran"} <= drawn


@pytest.mark.parametrize(("query", "told"), [("area=moon", "region or world"), ("asOf=May", "2018-05-01")])
def test_a_map_of_nowhere_or_of_no_day_is_refused(client: FlaskClient, query: str, told: str) -> None:
    for path in ("/map", "/map.svg", "/map.csv"):
        reply = client.get(f"{path}?{query}")
        if (path, query[:4]) != ("/map.csv", "area"):
            assert reply.status_code == 400
            assert told in reply.text


def test_home_shows_the_map_at_any_time_whatever_its_address_asks(client: FlaskClient) -> None:
    one, other = (client.get(path).text for path in ("/", "/?asOf=2018-05-01&area=moon"))
    drawn = '<svg xmlns="http://www.w3.org/2000/svg" class="drawing map"'
    assert one.partition(drawn)[1:] == other.partition(drawn)[1:] != ("", "")


def test_without_outlines_there_is_the_table_alone(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("almaty_graph.web.pictures.worldmap._areas", dict)
    # No engine: none of these pages asks it anything.
    client = create_app(release, None).test_client()  # type: ignore[arg-type]  # no page here asks the engine
    page = client.get("/map").text
    assert "<svg" not in page
    assert "Outside of this map" not in page
    assert ">Kyrgyzstan</a>" in page
    assert client.get("/map.svg").status_code == 404
    assert 'class="drawing map"' not in client.get("/").text


# Meetings


def test_the_meetings_are_those_of_the_graph_in_order(client: FlaskClient, release: Release) -> None:
    rows = rows_of(client, "/meetings.csv")
    [recorded] = [each.answer or "" for each in release.questions if each.slug == "meetings-in-order"]
    wanted = [(row["meeting"], row["start"]) for row in csv.DictReader(io.StringIO(recorded))]
    assert [(row["meeting"], row["from"]) for row in rows if row["from"]] == [
        each for each in wanted if each[1]
    ]
    assert {row["meeting"] for row in rows} == {name for name, _ in wanted}
    first = rows[0]
    assert "Kyrgyzstan" in first["attended"].split(" ‖ ")
    assert first["disagreements"] == "1"
    root = drawing(client, "/meetings.svg")
    assert len(list(root.iter(f"{SVG}a"))) == sum(bool(row["from"]) for row in rows)
    hatched = [each for each in root.iter(f"{SVG}rect") if each.get("fill") == "url(#hatch-meetings)"]
    assert hatched, "sources name other days for the conference of 2011"


def test_a_meeting_stands_at_its_days() -> None:
    def on(first: str | None, last: str | None, *days: str) -> Meeting:
        return Meeting(iri(f"http://example.org/{first}"), first, last, {}, days, 1, [])

    assert draw([]) is None
    assert draw([on(None, None)]) is None
    meetings = [
        on("2015-01-01", "2015-12-31"),
        on("2016-01-01", None, "2016-01-01", "2016-06"),
        on(None, None),
    ]
    picture = draw(meetings)
    assert picture is not None
    long, short = picture.marks
    assert (long.x, long.width) == pytest.approx((0, 519), abs=1)
    assert short.x == pytest.approx(519, abs=1)
    assert (long.disputed, short.disputed is not None) == (None, True)
    assert [year for year, _ in picture.years] == [2015, 2016]


# The network


def test_the_network_has_what_the_view_relates(client: FlaskClient) -> None:
    kinds = "State Meeting Process IntergovernmentalOrganization NationalAgency NonGovernmentalOrganization "
    kinds += "Organization Programme Office Post WorkingGroup"
    values = " ".join(f"def:{kind}" for kind in kinds.split())
    wanted = ask(
        client,
        "SELECT DISTINCT ?c { ?c a def:Conclusion ; org:member|rdf:subject ?from ; "
        "org:organization|rdf:object ?to . "
        f"?from a ?one . ?to a ?other . VALUES ?one {{ {values} }} VALUES ?other {{ {values} }} }}",
    )
    rows = rows_of(client, "/network.csv")
    assert sorted(row["conclusion"] for row in rows) == sorted(name for (name,) in wanted)
    elements = client.get("/network.json").get_json()["elements"]
    assert sorted(edge["data"]["id"] for edge in elements["edges"]) == sorted(
        row["conclusion"] for row in rows
    )
    nodes = {node["data"]["id"]: node["position"] for node in elements["nodes"]}
    assert nodes.keys() == {row[end] for row in rows for end in ("fromIri", "toIri")}
    places = {(round(place["x"]), round(place["y"])) for place in nodes.values()}
    assert len(places) == len(nodes), "no two of them stand in one place"
    assert len(list(drawing(client, "/network.svg").iter(f"{SVG}circle"))) == len(nodes)


@pytest.mark.slow
@pytest.mark.parametrize("width", [320, 1280])
def test_the_network_can_be_explored_by_keyboard(browser: Browser, server: str, width: int) -> None:
    with visiting(browser, server, View(width, "light", True)) as visit:
        visit.go("/network")
        visit.page.get_by_label("Pick out").select_option(label="Kyrgyzstan")
        told = visit.page.get_by_role("status")
        expect(told).to_have_text("Kyrgyzstan: 11 relations")
        visit.page.get_by_text("Relations that are shown").click()
        box = visit.page.get_by_label("attended by")
        box.focus()
        visit.page.keyboard.press("Space")
        visit.page.get_by_label("Pick out").select_option(label="Kazakhstan")
        visit.page.get_by_label("Pick out").select_option(label="Kyrgyzstan")
        expect(told).to_have_text("Kyrgyzstan: 8 relations")
        visit.picture("network-explored")
        told.get_by_role("link").click()
        expect(visit.page.get_by_role("heading", level=1)).to_have_text("Kyrgyzstan")


def test_without_a_script_nothing_is_offered_that_needs_one(browser: Browser, server: str) -> None:
    with visiting(browser, server, View(1280, "light", False)) as visit:
        visit.go("/network")
        expect(visit.page.locator("#network")).to_be_hidden()
        expect(visit.page.locator("svg.network")).to_be_visible()
