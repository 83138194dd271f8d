"""Answers as pictures: which fit, to which scale, what is left out; and how a query is called off."""

import html
import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import date
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect
from werkzeug.test import TestResponse

from almaty_graph.names import XSD
from almaty_graph.release import Release
from almaty_graph.web import Serving, create_app
from almaty_graph.web.past import Unasked
from almaty_graph.web.pictures.charts import draw_chart, why_no_chart
from almaty_graph.web.pictures.choosing import fitting
from almaty_graph.web.pictures.columns import Kind, days_of, kinds_of, number_of
from almaty_graph.web.pictures.drawings import MOST, WIDTH, Line, Picture, step_of
from almaty_graph.web.pictures.spans import draw_timeline, why_no_timeline
from almaty_graph.web.portal.tables import Cell, Table, read_csv
from visits import View, Visit, visiting

SVG = "{http://www.w3.org/2000/svg}"


def cell(value: str | float | None) -> Cell:
    """A number, a date by its form, or text."""
    if value is None or value == "":
        return Cell("")
    if isinstance(value, int | float):
        return Cell(str(value), datatype=XSD + ("integer" if isinstance(value, int) else "double"))
    kinds = {r"-?\d{4}": "gYear", r"\d{4}-\d\d": "gYearMonth", r"\d{4}-\d\d-\d\d\S{0,6}": "date"}
    found = [name for form, name in kinds.items() if re.fullmatch(form, value)]
    return Cell(value, datatype=XSD + (found[0] if found else "dateTime" if "T" in value else "string"))


def table(names: str, *rows: tuple[str | float | None, ...]) -> Table:
    return Table(tuple(names.split()), tuple(tuple(map(cell, row)) for row in rows))


def chart(names: str, *rows: tuple[str | float | None, ...], **given: str) -> Picture:
    drawn = draw_chart(table(names, *rows), given)
    assert drawn is not None
    return drawn


def timeline(names: str, *rows: tuple[str | float | None, ...], **given: str) -> Picture:
    drawn = draw_timeline(table(names, *rows), given)
    assert drawn is not None
    return drawn


def named(picture: Picture) -> list[str]:
    return [line.cell.text for line in picture.lines]


def widths(line: Line) -> list[float]:
    return [part.width for part in line.parts]


def chosen(picture: Picture) -> dict[str, str]:
    return {choice.name: choice.chosen for choice in picture.choices}


# What columns hold


def test_a_column_is_of_numbers_or_dates_if_all_that_is_in_it_is() -> None:
    found = kinds_of(
        table(
            "n d mixed blank t",
            (1, "2016", 1, None, "x"),
            (2.5, "2016-10-01", "x", None, "y"),
            (None, None, 2, None, "1"),
        )
    )
    assert found == {
        "n": Kind.NUMBER,
        "d": Kind.DATE,
        "mixed": Kind.TEXT,
        "blank": Kind.NOTHING,
        "t": Kind.TEXT,
    }


@pytest.mark.parametrize("text", ["NaN", "INF", "1_000", "many", "1e400", "1e-310", "٣"])
def test_what_cannot_be_drawn_to_scale_is_no_number(text: str) -> None:
    assert number_of(Cell(text, datatype=XSD + "double")) in (None, 3.0)
    assert number_of(Cell("3")) is None


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("2016", "2016-01-01", "2016-12-31"),
        ("2016-02", "2016-02-01", "2016-02-29"),
        ("2016-10-05", "2016-10-05", "2016-10-05"),
        ("2016-10-05Z", "2016-10-05", "2016-10-05"),
        ("2016-10-05T23:00:00+06:00", "2016-10-05", "2016-10-05"),
    ],
)
def test_a_date_is_all_the_days_that_it_may_be(value: str, first: str, last: str) -> None:
    assert days_of(cell(value)) == tuple(date.fromisoformat(each).toordinal() for each in (first, last))


@pytest.mark.parametrize("value", ["-0044", "2016-13-01", "2016-02-30", "2016-13", "May"])
def test_what_is_no_day_of_the_calendar_is_not_drawn(value: str) -> None:
    assert days_of(cell(value)) is None


# Which pictures fit


@pytest.mark.parametrize(
    ("names", "row", "no_chart", "no_timeline"),
    [
        ("name n", ("a", 1), "", "no column has only dates"),
        ("name day", ("a", "2016"), "no column has only numbers", ""),
        ("n", (1,), "no other column", "no column has only dates"),
        ("begin end", ("2016", "2017"), "no column has only numbers", "no other column"),
        ("n m", (1, 2), "", "no column has only dates"),
        ("year n", ("2016", 3), "", ""),
    ],
)
def test_a_picture_is_offered_where_it_fits_and_else_the_reason(
    names: str, row: tuple[str | float, ...], no_chart: str, no_timeline: str
) -> None:
    for why, draw, reason in (
        (why_no_chart, draw_chart, no_chart),
        (why_no_timeline, draw_timeline, no_timeline),
    ):
        found = why(table(names, row, row))
        assert found.startswith(reason)
        assert bool(found) == bool(reason)
        assert "two rows" in why(table(names, row))
        if not reason:
            assert draw(table(names, row, row), {}) is not None


# Charts


def test_bars_are_as_long_as_their_numbers_and_begin_at_zero() -> None:
    one, two, less = chart("name n", ("a", 10), ("b", 20), ("c", -5)).lines
    assert widths(two)[0] == pytest.approx(2 * widths(one)[0], abs=0.2)
    assert widths(less)[0] == pytest.approx(widths(one)[0] / 2, abs=0.2)
    assert one.parts[0].x == two.parts[0].x == pytest.approx(less.parts[0].x + widths(less)[0], abs=0.2)


@pytest.mark.parametrize(
    "values", [(0, 0), (-3, -1), (5, 5), (1e299, -1e299), (0.1, 0.35), (1e-290, 2e-290), (7, 1_000_000)]
)
def test_the_scale_has_few_round_marks_around_all_numbers(values: tuple[float, ...]) -> None:
    picture = chart("name n", *(("a", value) for value in values))
    marks = [float(mark.replace(",", "")) for mark, _ in picture.ticks]
    assert 0 in marks
    assert marks[0] <= min(values)
    assert max(values) <= marks[-1]
    assert 2 <= len(marks) <= 11
    for line in picture.lines:
        assert 0 < line.parts[0].x < line.parts[0].x + widths(line)[0] < WIDTH


@pytest.mark.parametrize(("span", "step"), [(8, 1), (9, 2), (33, 5), (0.9, 0.2), (100, 20)])
def test_steps_are_one_two_or_five(span: float, step: float) -> None:
    assert step_of(span, 8) == pytest.approx(step)


def test_a_reader_chooses_the_columns_and_nonsense_is_passed_over() -> None:
    rows = (("a", 1, 10), ("b", 2, 30))
    assert chosen(chart("name n m", *rows)) == {"label": "name", "number": "n"}
    picture = chart("name n m", *rows, number="m", label="n")
    assert (named(picture), picture.title) == (["1", "2"], "m by n")
    for wish in ({"number": "name"}, {"number": "x"}, {"label": "n"}, {"label": ""}):
        assert chosen(chart("name n m", *rows, **wish)) == {"label": "name", "number": "n"}
    assert chosen(chart("x y", (1, 2), (3, 4))) == {"label": "x", "number": "y"}


def test_what_is_not_drawn_is_counted() -> None:
    picture = chart("name n", *((f"r{n}", n) for n in range(MOST + 7)), ("none", None), ("odd", float("inf")))
    assert (len(picture.lines), picture.beyond, picture.unread) == (MOST, 7, 2)
    assert draw_chart(table("name n", ("a", float("nan")), ("b", float("nan"))), {}) is None


# Of recorded questions


@pytest.mark.parametrize(
    ("values", "datatypes"),
    [
        (("2013", "2013-06", "2013-06-05", ""), ("gYear", "gYearMonth", "date", None)),
        (("2013", "undated"), (None, None)),
        (("2013", "2013-13"), (None, None)),
        (("10", "0", "-2.5", ""), ("decimal", "decimal", "decimal", None)),
        (("2013", "17"), ("decimal", "decimal")),
        (("004", "31"), (None, None)),
        (("1 0017 6", "2"), (None, None)),
        (("٣", "2"), (None, None)),
        (("", ""), (None, None)),
        (("https://example.org/a", "b"), (None, None)),
    ],
)
def test_a_column_of_csv_is_of_dates_or_numbers_if_all_of_it_can_be(
    values: tuple[str, ...], datatypes: tuple[str | None, ...]
) -> None:
    read = read_csv("name,value\r\n" + "".join(f"x,{value}\r\n" for value in values))
    expected = [(value, name and XSD + name) for value, name in zip(values, datatypes, strict=True)]
    assert [(row[1].text, row[1].datatype) for row in read.rows] == expected


DRAWING = r'<svg[^>]* class="drawing".*?</svg>'


def test_a_blank_line_of_csv_is_a_row_of_a_blank_cell() -> None:
    assert read_csv("x\r\n1\r\n\r\n").rows == ((Cell("1", datatype=XSD + "decimal"),), (Cell(""),))


MANY = [(f"r{n}", n) for n in range(41)]


@pytest.mark.parametrize(
    ("names", "rows", "parameters"),
    [
        ("who n", [("a", 1), ("b", 2)], {"view": "chart", "label": "who", "number": "n"}),
        (
            "who n day",
            [("a", 1, "2016"), ("b", 2, "2017")],
            {"view": "timeline", "label": "who", "begin": "day", "end": ""},
        ),
        ("who n day", [("a", 1, "2016"), ("b", 2, None)], {"view": "chart", "label": "who", "number": "n"}),
        ("rank who n", [("1 2", "a", 1), ("1 3", "b", 2)], {"view": "chart", "label": "who", "number": "n"}),
        ("asOf who", [("2016-01-01", "a"), ("2016-01-01", "b")], None),
        ("who line firstLine", [("a", 1, 1), ("b", 2, 3)], None),
        ("who n", MANY[:40], {"view": "chart", "label": "who", "number": "n"}),
        ("who n", MANY, None),
        ("who day", [("a", "2016"), ("a", "2016"), ("a", "2016"), ("b", "2017")], None),
        ("who", [("a",), ("b",)], None),
        ("who n", [("a", 1)], None),
        ("who n", [], None),
    ],
)
def test_the_picture_beside_a_table_is_of_what_its_rows_say(
    names: str, rows: list[tuple[str | float | None, ...]], parameters: dict[str, str] | None
) -> None:
    found = fitting(table(names, *rows))
    assert (found and found.parameters) == parameters


def test_a_recorded_question_shows_the_picture_that_the_endpoint_draws(
    client: FlaskClient, release: Release
) -> None:
    """So its columns can be chosen there, and what is read in CSV is what the graph has."""
    views: dict[str, str] = {}
    for question in release.questions:
        page = client.get(f"/questions/{question.slug}", headers={"Accept": "text/html"}).text
        drawn = re.findall(DRAWING, page, re.DOTALL)
        leads = re.findall(r'href="(/sparql\?[^"]*view=(\w+)[^"]*)"', page)
        assert len(drawn) == len(leads) <= 1, question.slug
        for address, view in leads:
            there = client.get(html.unescape(address), headers={"Accept": "text/html"}).text
            [same] = re.findall(DRAWING, there, re.DOTALL)
            # An IRI as a string leads nowhere there, where there are datatypes.
            assert re.findall("<rect[^>]*>", drawn[0]) == re.findall("<rect[^>]*>", same), question.slug
            assert "Columns of the picture" not in page
            views[question.slug] = view
    assert views.items() >= {"chairs": "timeline", "holders-by-role": "chart"}.items()
    assert {"topics", "chair-on-a-day", "claims-by-source"}.isdisjoint(views)


def test_a_question_in_files_shows_its_picture_and_leads_to_no_endpoint(release: Release) -> None:
    client = create_app(release, Unasked(release.name), Serving(as_files=True)).test_client()
    page = client.get("/questions/holders-by-role", headers={"Accept": "text/html"}).text
    assert 'class="drawing"' in page
    assert "view=" not in page


# Timelines


def test_between_the_first_and_last_day_of_an_end_it_is_only_possible() -> None:
    rows = [("a", "2016", "2018"), ("b", "2016-01-01", "2018-12-31"), ("c", "2017-03-01", "2017-03-01")]
    line, exact, day = timeline("who start end", *rows).lines
    (possible, certain) = line.parts
    assert (possible.is_certain, certain.is_certain) == (False, True)
    assert possible.x < certain.x < certain.x + certain.width < possible.x + possible.width
    assert exact.parts[0].width == pytest.approx(exact.parts[1].width) == pytest.approx(possible.width)
    assert widths(day) == [2, 2]
    assert line.told == "2016 – 2018"


def test_where_an_end_is_not_said_a_line_goes_on_for_a_while_and_is_not_certain() -> None:
    picture = timeline(
        "who start end", ("a", "2016", None), ("b", None, "2018"), ("c", None, None), ("d", "2018", "2016")
    )
    assert named(picture) == ["a", "b"]
    assert [[(part.is_certain, part.is_open) for part in line.parts] for line in picture.lines] == [
        [(False, True)]
    ] * 2
    assert (picture.unread, picture.lines[0].told) == (2, "2016 – not said")


@pytest.mark.parametrize(
    ("names", "row", "given", "columns"),
    [
        ("who start end", ("a", "2016", "2017"), {}, ("start", "end")),
        ("who endDate startDate", ("a", "2017", "2016"), {}, ("startDate", "endDate")),
        ("asOf who start end", ("2015", "a", "2016", "2017"), {}, ("start", "end")),
        ("who x y", ("a", "2016", "2017"), {}, ("x", "y")),
        ("who x y", ("a", "2016", "2017"), {"end": ""}, ("x", "")),
        ("who x y", ("a", "2016", "2017"), {"begin": "y", "end": "y"}, ("y", "")),
        ("who x y z", ("a", "2016", "2017", "2018"), {}, ("x", "")),
        ("who x y z", ("a", "2016", "2017", "2018"), {"end": "z", "begin": "nonsense"}, ("x", "z")),
        ("who until", ("a", "2016"), {}, ("until", "")),
    ],
)
def test_begin_and_end_are_found_by_name_or_chosen(
    names: str, row: tuple[str, ...], given: dict[str, str], columns: tuple[str, str]
) -> None:
    found = chosen(timeline(names, row, row, **given))
    assert (found["begin"], found["end"], found["label"]) == (*columns, "who")


@pytest.mark.parametrize(
    ("first", "last", "marks"),
    [
        ("2016-03-01", "2017-04-01", [f"{y}-{month:02}" for y in (2016, 2017) for month in (1, 4, 7, 10)]),
        ("2011", "2014", ["2011", "2012", "2013", "2014"]),
        ("1900", "1999", [str(year) for year in range(1900, 2000, 10)]),
        ("0001-01-01", "9999-12-31", [str(year) for year in range(1, 10000, 1000)]),
    ],
)  # fmt: skip
def test_time_has_few_marks_and_no_line_leaves_the_frame(first: str, last: str, marks: list[str]) -> None:
    picture = timeline("who day", ("a", first), ("b", last))
    assert [mark for mark, _ in picture.ticks] == marks
    for line in picture.lines:
        for part in line.parts:
            assert 0 < part.x < part.x + part.width <= WIDTH + 2


# On the web

ROLES = (
    "SELECT ?role (COUNT(*) AS ?n) { ?c <http://www.w3.org/ns/org#role> ?role } GROUP BY ?role ORDER BY ?role"
)
DATES = """SELECT ?name ?d { VALUES (?name ?d) { ("a\\u0001<b>" "2016"^^<http://www.w3.org/2001/XMLSchema#gYear>)
("c" "2018-01-01"^^<http://www.w3.org/2001/XMLSchema#date>) } }"""


def ask(client: FlaskClient, query: str, **parameters: str) -> TestResponse:
    asked = {"query": query, **parameters}
    return client.get("/sparql", query_string=asked, headers={"Accept": "text/html"})


def test_the_page_offers_what_fits_and_says_why_the_rest_does_not(client: FlaskClient) -> None:
    page = ask(client, ROLES).text
    assert re.findall(r'<a href="[^"]*"( aria-current="page")?>(Table|Chart|Timeline)</a>', page) == [
        (' aria-current="page"', "Table"),
        ("", "Chart"),
    ]
    assert "Timeline: no column has only dates" in page
    assert 'class="drawing"' not in page
    assert "Chart" not in ask(client, "SELECT (1 AS ?n) {}").text
    assert "Chart" not in ask(client, "ASK {}").text
    for odd in ("nonsense", "timeline"):
        assert 'class="drawing"' not in ask(client, ROLES, view=odd).text
    assert "a picture needs two rows or more" in ask(client, "SELECT (1 AS ?n) {}", view="chart").text


def test_a_chart_stands_beside_its_table_and_keeps_what_was_asked(client: FlaskClient) -> None:
    page = ask(client, ROLES, view="chart", timeout="20").text
    [drawn] = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    rows = page.count("<tr>") - 1
    assert f"{rows} of {rows} rows are drawn." in page
    assert drawn.count("<rect") == drawn.count('<a href="/doc/role/') == rows
    assert "style=" not in drawn
    links = re.findall(r'href="(/sparql\?[^"]*)"', page)
    assert len(links) > 6
    assert all("timeout=20" in link for link in links)
    assert 'name="timeout" value="20"' in page


def test_the_picture_is_a_file_that_stands_alone(client: FlaskClient) -> None:
    reply = ask(client, ROLES, view="chart", download="svg")
    assert (reply.status_code, reply.mimetype) == (200, "image/svg+xml")
    root = ET.fromstring(reply.data)  # noqa: S314 - our own
    assert root.findtext(f"{SVG}title") == "n by role"
    assert all(each.attrib["href"].startswith("http://localhost/doc/") for each in root.iter(f"{SVG}a"))
    assert all("fill" in each.attrib for each in root.iter(f"{SVG}rect"))
    odd = ET.fromstring(ask(client, DATES, view="timeline", download="svg").data)  # noqa: S314 - our own
    assert "a\ufffd<b>" in [each.text for each in odd.iter(f"{SVG}text")]


@pytest.mark.parametrize(
    ("query", "parameters", "said"),
    [
        (ROLES, {}, "found view=''"),
        (ROLES, {"view": "map"}, "as SVG there is chart or timeline"),
        (ROLES, {"view": "timeline"}, "no timeline of this answer: no column has only dates"),
        ("ASK {}", {"view": "chart"}, "can be srj, srx, csv, tsv"),
        ("DESCRIBE <x:y>", {"view": "chart"}, "can be ttl"),
    ],
)
def test_a_file_that_there_is_not_is_refused_with_the_reason(
    client: FlaskClient, query: str, parameters: dict[str, str], said: str
) -> None:
    reply = client.get("/sparql", query_string={"query": query, "download": "svg", **parameters})
    assert reply.status_code == 400
    assert said in reply.get_json()["detail"]


def test_each_view_is_kept_for_itself_and_data_are_the_same_whatever_the_view(client: FlaskClient) -> None:
    charts: list[dict[str, str]] = [{}, {"label": "n"}, {"download": "svg"}]
    views = [{}, *({"view": "chart", **each} for each in charts)]
    for _ in range(2):
        replies = [ask(client, ROLES, **view) for view in views]
        assert len({reply.data for reply in replies}) == len(views)
        assert len({reply.headers["ETag"] for reply in replies}) == len(views)
    for view, reply in zip(views, replies, strict=True):
        for other in replies:
            headers = {"Accept": "text/html", "If-None-Match": other.headers["ETag"]}
            again = client.get("/sparql", query_string={"query": ROLES, **view}, headers=headers)
            assert again.status_code == (304 if other is reply else 200)
    data = [client.get("/sparql", query_string={"query": ROLES, **view}) for view in views[:3]]
    assert len({reply.data for reply in data}) == len({reply.headers["ETag"] for reply in data}) == 1


def test_what_is_posted_is_drawn_too(client: FlaskClient) -> None:
    reply = client.post("/sparql", data={"query": ROLES, "view": "chart"}, headers={"Accept": "text/html"})
    assert 'class="drawing"' in reply.text


# In a browser


@pytest.fixture(params=[(320, True), (320, False), (1280, True), (1280, False)], ids=str)
def visit(browser: Browser, server: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    width, script = request.param
    with visiting(browser, server, View(width, "light", script)) as visit:
        yield visit


@pytest.mark.slow
def test_a_reader_looks_at_an_answer_as_a_chart_and_as_a_timeline(visit: Visit) -> None:
    page = visit.page
    query = (
        "PREFIX s: <http://schema.org/> SELECT ?who ?start ?end (STRLEN(STR(?who)) AS ?n) "
        "{ ?who s:startDate ?start . OPTIONAL { ?who s:endDate ?end } } ORDER BY ?start LIMIT 12"
    )
    visit.go(f"/sparql?{urlencode({'query': query})}")
    views = page.get_by_role("navigation", name="Ways to look at the answer")
    visit.follow(views.get_by_role("link", name="Chart").click)
    expect(page.get_by_role("region", name="n by who").locator("svg")).to_be_visible()
    visit.picture("chart")
    page.get_by_label("Names").select_option("start")
    visit.follow(page.get_by_role("button", name="Draw").click)
    expect(page.get_by_role("region", name="n by start")).to_be_visible()
    visit.follow(views.get_by_role("link", name="Timeline").click)
    drawn = page.get_by_role("region", name="who: start to end")
    expect(drawn.locator("svg a")).to_have_count(12)
    drawn.focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.localName") == "a"
    expect(page.get_by_role("table")).to_be_visible()
    page.emulate_media(media="print")
    expect(views).to_be_hidden()
    box = page.locator("main svg").bounding_box()
    assert box
    assert box["x"] + box["width"] <= visit.view.width
    page.emulate_media(media="screen")
    visit.picture("answer-timeline")
    with page.expect_download() as download:
        page.get_by_role("link", name="SVG").click()
    assert download.value.suggested_filename == "timeline.svg"
    visit.follow(views.get_by_role("link", name="Table").click)
    expect(page.locator("main svg")).to_have_count(0)


ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER (?a != ?g) }"


# Where the button will be, and what the status says in `told`.
PLACE_AND_LOG = """(() => {
  const button = document.querySelector('.ask button[type=button]')
  button.hidden = false
  button.scrollIntoView({ block: 'center' })
  const { x, y, width, height } = button.getBoundingClientRect()
  button.hidden = true
  window.told = []
  const status = document.querySelector('.ask [role=status]')
  new MutationObserver(() => told.push(status.textContent)).observe(status, { childList: true })
  return [x + width / 2, y + height / 2]
})()"""


def running(server: str) -> float:
    with urllib.request.urlopen(f"{server}/metrics") as reply:
        [found] = re.findall(r'almaty_graph_engine\{figure="running"\} (\S+)', reply.read().decode())
    return float(found)


@pytest.mark.slow
@pytest.mark.parametrize(("path", "width"), [("/sparql", 320), ("/", 1280)])
def test_escape_and_a_button_call_a_query_off_and_the_server_ends_it(
    browser: Browser, server: str, width: int, path: str
) -> None:
    with visiting(browser, server, View(width, "light", script=True)) as visit:
        page = visit.page
        visit.go(path)
        if path == "/":
            page.get_by_label("A SPARQL query").fill(ENDLESS)
        else:
            page.get_by_label("A query").click()
            page.keyboard.insert_text(ENDLESS)
        cancel = page.get_by_role("button", name="Cancel", include_hidden=True)
        expect(cancel).to_be_hidden()
        x, y = page.evaluate(PLACE_AND_LOG)
        steps: list[Callable[[], None]] = [
            lambda: page.keyboard.press("Escape"),
            lambda: page.mouse.click(x, y),
        ]
        for step in steps:
            page.locator(".ask").get_by_role("button", name="Run").click(no_wait_after=True)
            # Until the next page has come or is called off, the browser answers nobody but the reader.
            time.sleep(1)  # by then the server knows by which connection the query came
            assert running(server) == 1
            step()
            until(lambda: running(server) == 0)
            expect(page.locator(".ask [role=status]")).to_have_text("Cancelled.")
            expect(cancel).to_be_hidden()
        assert page.evaluate("told") == ["Running … Escape cancels.", "Cancelled."] * 2
        assert page.url == server + path
        expect(page.locator("textarea[name=query]")).to_have_value(ENDLESS)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
