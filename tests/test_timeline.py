"""Who chaired, and when: the picture and the table say what the graph says, and where its sources differ."""

import csv
import io
import re
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient

from almaty_graph.dates import Bounds
from almaty_graph.release import Release
from almaty_graph.terms import iri
from almaty_graph.web.pictures.timeline import WIDTH, Dated, Tenure, draw, tell_span
from almaty_graph.web.portal.claims import ClaimRow

SVG = "{http://www.w3.org/2000/svg}"
SOURCE = iri("http://example.org/source")


def dated(*days: str | None, source: str | None = SOURCE) -> Dated:
    row = ClaimRow("<http://example.org/claim>", "<http://example.org/someone>", None, None, (), None, (), ())
    return Dated(row, source, Bounds(*days))


def of(first: str, last: str, source: str | None = SOURCE) -> Dated:
    """What begins and ends on days that are known."""
    return dated(first, first, last, last, source=source)


def day(text: str) -> int:
    possible = of(text, text).possible
    assert possible is not None
    return possible[0]


def test_what_is_certain_lies_within_what_is_possible() -> None:
    one = dated("2016-10-01", "2016-10-31", "2018-09-01", "2018-10-31")
    assert one.possible == (day("2016-10-01"), day("2018-10-31"))
    assert one.certain == (day("2016-10-31"), day("2018-09-01"))
    assert not one.is_open


@pytest.mark.parametrize(
    "days",
    [
        ("2016-10-01", "2016-10-31", None, None),
        (None, "2016-10-31", "2016-12-01", None),
        (None, None, None, "2016-10-01"),
    ],
)
def test_where_an_end_is_not_said_a_bar_goes_on_for_a_while(days: tuple[str | None, ...]) -> None:
    one = dated(*days)
    known = [day(each) for each in days if each]
    assert one.is_open
    assert one.possible is not None
    assert one.possible[0] <= min(known)
    assert one.possible[1] >= max(known)
    assert one.possible[1] - one.possible[0] < 3 * 366


def test_of_what_nothing_is_known_there_is_no_bar() -> None:
    nothing = dated(None, None, None, None)
    assert (nothing.possible, nothing.certain) == (None, None)
    assert draw([Tenure(nothing, [nothing])]) is None
    assert draw([]) is None


def test_days_are_disputed_that_one_source_has_certainly_and_another_certainly_not() -> None:
    view = of("2016-10-01", "2018-10-31", source=None)
    early, late = of("2016-10-01", "2018-09-30"), of("2016-12-01", "2018-10-31")
    assert Tenure(view, [early, early]).disputed == []
    assert Tenure(view, [early, late]).disputed == [
        (day("2016-10-01"), day("2016-11-30")),
        (day("2018-10-01"), day("2018-10-31")),
    ]
    vague = dated("2016-01-01", "2016-12-31", "2018-01-01", "2018-12-31")
    assert Tenure(view, [early, vague]).disputed == []
    assert Tenure(view, [early, dated("2016-12-01", "2016-12-01", None, None)]).disputed == []


def test_a_bar_is_as_long_as_its_time() -> None:
    picture = draw([Tenure(of("2016-01-01", "2016-12-31", source=None), [of("2017-01-01", "2018-12-31")])])
    assert picture is not None
    [band] = picture.bands
    one, two = (bar.possible for bar in band.bars)
    assert two[1] == pytest.approx(2 * one[1], rel=0.01)
    assert one[0] + one[1] == pytest.approx(two[0], abs=0.2)
    assert [year for year, _ in picture.years] == [2016, 2017, 2018]
    assert two[0] + two[1] <= WIDTH + 1


def test_times_meet_unless_both_are_known_to_be_apart() -> None:
    one, next_one, later = (
        of("2016-01-01", "2016-12-31"),
        of("2016-12-31", "2018-01-01"),
        of("2019-01-01", "2019-01-02"),
    )
    nothing = dated(None, None, None, None)
    assert one.meets(next_one)
    assert next_one.meets(one)
    assert not one.meets(later)
    assert not later.meets(one)
    assert one.meets(nothing)


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (("2016-10-01", "2016-10-01"), "2016-10-01"),
        (("2016-10-01", "2016-10-31"), "2016-10-01 to 2016-10-31"),
        (("2016-10-01", None), "not before 2016-10-01"),
        ((None, "2016-10-01"), "not after 2016-10-01"),
        ((None, None), "not said"),
    ],
)
def test_a_span_is_told_in_words(days: tuple[str | None, str | None], told: str) -> None:
    assert tell_span(*days) == told


# On the web


def test_the_table_has_the_recorded_chairs_and_every_claim_on_them(
    client: FlaskClient, release: Release
) -> None:
    reply = client.get("/timeline.csv")
    assert reply.content_type == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(reply.text)))
    [recorded] = [each.answer or "" for each in release.questions if each.slug == "chairs-in-short"]
    wanted = [row["chair"] for row in csv.DictReader(io.StringIO(recorded))]
    assert [row["holder"] for row in rows if row["accordingTo"] == "the view"] == wanted
    claims = [row["claim"] for row in rows]
    assert len(claims) == len(set(claims)), "each stands with the term of its time"
    assert sum(bool(row["source"]) for row in rows) > 20
    page = client.get("/timeline").text
    assert all(client.get(f"/doc/{claim.partition('/id/')[2]}").status_code == 200 for claim in claims)
    assert all(f'href="/doc/{claim.partition("/id/")[2]}"' in page for claim in claims)


def test_the_picture_has_each_dated_line_of_the_table_and_stays_in_its_frame(client: FlaskClient) -> None:
    reply = client.get("/timeline.svg")
    assert reply.mimetype == "image/svg+xml"
    root = ET.fromstring(reply.data)  # noqa: S314 - our own
    rows = list(csv.DictReader(io.StringIO(client.get("/timeline.csv").text)))
    known = [row for row in rows if any(row[each] for each in row if each.endswith(("Start", "End")))]
    assert len(root.findall(f".//{SVG}a")) == len(known)
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    for rect in root.findall(f"{SVG}a/{SVG}rect"):
        x, y, wide, high = (float(rect.attrib[each]) for each in ("x", "y", "width", "height"))
        assert 0 <= x < x + wide <= width + 1
        assert 0 <= y < y + high <= height
    assert [each.text for each in root.findall(f"{SVG}text[@class='holder']")] == [
        row["holder"] for row in rows if row["accordingTo"] == "the view"
    ]
    assert root.findall(f"{SVG}rect[@class='disputed']"), "sources disagree on when chairs changed"
    assert "style=" not in reply.text, "the policy forbids styles in the document"


def test_home_shows_the_picture_and_leads_to_a_day(client: FlaskClient) -> None:
    home = client.get("/").text
    assert '<svg xmlns="http://www.w3.org/2000/svg" class="drawing"' in home
    [action] = re.findall(r'<form class="day" action="([^"]*)"', home)
    answer = client.get(f"{action}?asOf=2018-05-01").text
    assert "Kyrgyzstan" in answer
    assert client.get(f"{action}?asOf=May").status_code == 400
