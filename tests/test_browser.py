"""What a reader meets in a browser: journeys at two widths, light and dark, with and without JavaScript."""

import re
from collections.abc import Iterator
from itertools import product
from typing import Literal
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from almaty_graph.release import Release
from visits import ALL_PAGES, PAGES, View, Visit, axe_faults, visiting

pytestmark = pytest.mark.slow

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
VIEWS = [
    View(width, scheme, script) for width, scheme, script in product((320, 1280), SCHEMES, (True, False))
]


@pytest.fixture(params=VIEWS, ids=str)
def view(request: pytest.FixtureRequest) -> View:
    chosen = request.param
    assert isinstance(chosen, View)
    return chosen


@pytest.fixture
def visit(browser: Browser, server: str, view: View) -> Iterator[Visit]:
    """A visit to the real server, during which nothing may go wrong and no other host is asked."""
    with visiting(browser, server, view) as visit:
        yield visit


def test_every_kind_of_page_keeps_what_all_pages_promise(visit: Visit, release: Release) -> None:
    for name, path in PAGES.items():
        visit.go(path.format(release=release.name))
        visit.picture(name)
        if name == "not-found":
            expect(visit.page.get_by_role("heading", level=1)).to_have_text("Not Found 404")
            # Chromium says of every page with such a status that it has it.
            assert [fault for fault in visit.faults if "404" in fault] == visit.faults
            visit.faults.clear()


def test_from_home_over_a_question_to_its_answer(visit: Visit) -> None:
    page = visit.page
    visit.go("/")
    visit.follow(page.get_by_role("navigation").get_by_role("link", name="Questions").click, "/questions")
    first = page.locator("main .cards a").first
    title = first.inner_text()
    visit.follow(first.click)
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    recorded = page.locator("main table tbody tr")
    assert recorded.count() > 0
    texts = [" ".join(text.split()) for text in recorded.all_inner_texts()]
    visit.follow(page.get_by_role("link", name="Run it now").click)
    assert urlsplit(page.url).path == "/sparql"
    now = page.locator("main table tbody tr").all_inner_texts()
    assert [" ".join(text.split()) for text in now] == texts
    visit.picture("answer")


def test_from_home_over_a_thing_and_a_claim_to_the_passage_of_its_source(visit: Visit) -> None:
    page = visit.page
    visit.go("/")
    visit.follow(page.locator(".groups").get_by_role("link", name="Kyrgyzstan", exact=True).click)
    assert page.url.removeprefix(visit.server) == "/doc/state/kyrgyzstan"
    expect(page.get_by_role("heading", level=1)).to_have_text("Kyrgyzstan")
    claim = "/doc/claim/iom-almaty-process/chair-kyrgyzstan"
    chair = page.locator("table.claims tr", has=page.locator(f"a[href='{claim}']"))
    expect(chair.locator("blockquote").first).to_be_visible()
    visit.follow(chair.get_by_role("link", name="cite this claim").click)
    assert page.url.removeprefix(visit.server) == claim
    quotation = page.locator("main blockquote").first.inner_text()
    visit.follow(page.locator("main figcaption a").first.click)
    address, _, fragment = page.url.removeprefix(visit.server).partition("#")
    assert address == "/source/iom-almaty-process"
    passage = page.locator(f"[id='{fragment}']")
    expect(passage).to_be_in_viewport()
    assert quotation in passage.inner_text()
    assert passage.evaluate("e => e.matches(':target')")
    visit.picture("passage")


def test_from_home_over_a_disagreement_to_the_view_and_to_a_day(visit: Visit) -> None:
    page = visit.page
    visit.go("/")
    visit.follow(page.get_by_role("navigation").get_by_role("link", name="Disagreements").click)
    page.get_by_label("Class").select_option("boundary-shift")
    page.get_by_label("Source").select_option("iom-profile")
    visit.follow(
        page.get_by_role("button", name="Show").click,
        "/disagreements?class=boundary-shift&source=iom-profile",
    )
    end = page.locator(
        ".disagreement", has=page.locator("a[href$='/almaty-process-chair-kyrgyzstan-2016-end']")
    )
    expect(end.locator(".sides")).to_contain_text("2018-09")
    expect(end.locator(".sides")).to_contain_text("2018-11")
    visit.follow(end.get_by_role("link", name="Kyrgyzstan", exact=True).last.click, "/doc/state/kyrgyzstan")
    page.get_by_label("Who held which role on").fill("2018-05-01")
    asked = "/doc/state/kyrgyzstan?asOf=2018-05-01"
    visit.follow(page.get_by_role("button", name="Show").click, asked)
    first = page.get_by_role("region", name="On 2018-05-01").get_by_role("row").nth(1)
    expect(first.get_by_role("cell")).to_have_text(
        ["Kyrgyzstan", "chair", "Almaty Process", "certainly", "the view", "claims for and against"]
    )
    conclusion = "/doc/conclusion/almaty-process-chair-kyrgyzstan-2016"
    visit.follow(first.get_by_role("link", name="claims for and against").click, conclusion)
    expect(page.get_by_role("heading", level=2).filter(has_text="Against")).to_be_visible()


def test_from_home_one_click_to_who_chaired_two_to_the_query_three_to_a_citation(visit: Visit) -> None:
    page = visit.page
    visit.go("/")
    expect(page.get_by_role("region", name="Who chaired, and when").locator("svg")).to_be_visible()
    page.get_by_label("Who chaired on").fill("2018-05-01")
    visit.follow(page.get_by_role("button", name="Show").click)
    rows = page.locator("main table tbody tr").all_inner_texts()
    assert any("Kyrgyzstan" in row and "certainly" in row for row in rows)
    assert len({row.split("\t")[-1] for row in rows}) > 1, "according to whom"
    visit.follow(page.get_by_role("link", name="Run it now").click)
    assert page.locator("main table tbody tr").count() == len(rows)
    visit.follow(page.get_by_role("link", name="Pin and cite this answer").click)
    expect(page.get_by_role("main")).to_contain_text("@misc")


def test_a_query_is_asked_by_the_form_and_answered_by_a_table(visit: Visit) -> None:
    page = visit.page
    visit.go("/")
    visit.follow(page.get_by_role("navigation").get_by_role("link", name="SPARQL").click, "/sparql")
    query = "SELECT ?n ?thing WHERE { VALUES (?n ?thing) { (1 <http://example.org/>) (2 'a < b') } }"
    page.get_by_label("A query").fill(query)
    visit.follow(page.get_by_role("button", name="Run").click)
    table = page.get_by_role("table")
    expect(table.get_by_role("columnheader")).to_have_text(["n", "thing"])
    expect(table.get_by_role("cell")).to_have_text(["1", "http://example.org/", "2", "a < b"])
    expect(page.locator("textarea[name=query]")).to_have_value(query)
    visit.picture("table")


def test_a_mistake_in_a_query_is_explained_on_a_page(visit: Visit) -> None:
    visit.page.goto(f"{visit.server}/sparql?query={quote('SELECT * WHERE { ?s ?p }')}")
    visit.look("the page of an error")
    expect(visit.page.get_by_role("heading", level=1)).to_have_text("Bad Request 400")
    expect(visit.page.get_by_role("main")).to_contain_text("line 1, column 24")
    visit.picture("error")
    assert all("400" in fault for fault in visit.faults)
    visit.faults.clear()
    visit.follow(visit.page.get_by_role("main").get_by_role("link", name="Home").click, "/")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", ALL_PAGES)
def test_axe_finds_nothing_on_any_kind_of_page(
    browser: Browser, server: str, release: Release, name: str, scheme: Literal["light", "dark"]
) -> None:
    """By the rules of WCAG 2.2 AA, and by those that axe calls best practice."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(server + ALL_PAGES[name].format(release=release.name))
    faults = axe_faults(page)
    context.close()
    assert faults == []


WRONG = """@prefix org: <http://www.w3.org/ns/org#> .
@prefix def: <https://w3id.org/almaty-process/def#> .
<http://example.org/claim> a def:Participation ;
  org:member <https://w3id.org/almaty-process/id/state/nowhere> .
"""


def test_wrong_turtle_is_pasted_and_each_result_leads_to_its_line(visit: Visit) -> None:
    page = visit.page
    visit.go("/validate")
    page.get_by_label("Data", exact=True).fill(WRONG)
    visit.follow(page.get_by_role("button", name="Validate", exact=True).click)
    report, text = page.locator("#report"), page.get_by_role("region", name="data.ttl")
    here, there = report.bounding_box(), text.bounding_box()
    assert here
    assert there
    if visit.view.width == 320:
        assert here["y"] + here["height"] <= there["y"]
    else:
        assert here["x"] + here["width"] <= there["x"]
        assert there["y"] < here["y"] + 200
    member = report.get_by_role("article").filter(has_text="Participation-member")
    expect(member).to_contain_text("What to do:")
    member.get_by_role("link", name="Line 4 of data.ttl").click()
    line = text.get_by_role("listitem").filter(has_text="org:member")
    expect(line).to_be_in_viewport()
    assert line.evaluate("e => e.matches('.marked:target') && e.value === 4")
    line.get_by_role("link", name="Violation").first.click()
    assert page.locator("article:target").count() == 1
    expect(page.get_by_label("Data", exact=True)).to_have_value(WRONG)
    visit.picture("validated")


def test_what_is_no_turtle_is_marked_where_it_goes_wrong(visit: Visit) -> None:
    page = visit.page
    visit.go("/validate")
    page.get_by_label("Data", exact=True).fill("@prefix x: <http://example.org/> .\nx:a x:b ,, x:c .")
    visit.follow(page.get_by_role("button", name="Validate", exact=True).click)
    expect(page.get_by_role("heading", name="Not checked")).to_be_visible()
    page.get_by_role("link", name="Line 2 of data.ttl").click()
    assert page.locator("li.marked:target").inner_text().startswith("x:a x:b ,, x:c .")
    assert all("400" in fault for fault in visit.faults)
    visit.faults.clear()


def test_from_a_thing_to_its_statements_which_conform(visit: Visit) -> None:
    page = visit.page
    visit.go("/doc/state/kyrgyzstan")
    visit.follow(page.get_by_role("link", name="Check this").click)
    expect(page.get_by_role("heading", name="Conforms")).to_be_visible()
    data = page.get_by_label("Data", exact=True)
    assert "state:kyrgyzstan" in data.input_value()
    data.fill(data.input_value().replace("skos:prefLabel", "skos:altLabel"))
    visit.follow(page.get_by_role("button", name="Validate", exact=True).click)
    expect(page.get_by_role("heading", name="result")).to_be_visible()
    part = page.get_by_label("or a part of our graph: its address or name")
    part.fill("graph:links")
    visit.follow(lambda: part.press("Enter"))
    expect(page.get_by_role("heading", name="Conforms")).to_be_visible()
    part.fill("https://example.org/elsewhere.ttl")
    visit.follow(page.get_by_role("button", name="Fetch and validate").click)
    expect(page.locator("#report")).to_contain_text("nothing is fetched from elsewhere")
    expect(part).to_have_value("https://example.org/elsewhere.ttl")
    assert all("404" in fault for fault in visit.faults)
    visit.faults.clear()


def test_a_box_of_the_diagram_leads_to_its_entry_by_keyboard(visit: Visit) -> None:
    page = visit.page
    visit.go("/def")
    boxes = page.get_by_role("region", name="Diagram of the classes").locator("a")
    assert boxes.count() > 20
    box = page.locator("svg.diagram a[href='/def#Claim']")
    box.focus()
    assert_focus_is_visible(page)
    page.keyboard.press("Enter")
    page.wait_for_url("**/def#Claim")
    entry = page.locator("[id='Claim']")
    expect(entry).to_be_in_viewport()
    entry.locator("summary").click()
    assert entry.locator("li").count() > 3
    page.get_by_text("Classes by name").click()
    page.get_by_role("navigation", name="Contents").get_by_role("link", name="state", exact=True).click()
    expect(page.locator("[id='State']")).to_be_in_viewport()


@pytest.fixture
def scripted(browser: Browser, server: str) -> Iterator[Visit]:
    with visiting(browser, server, View(1280, "light", script=True)) as visit:
        yield visit


def test_the_editor_completes_names_and_declares_their_prefix(scripted: Visit) -> None:
    page = scripted.page
    scripted.go("/sparql")
    written, options = page.locator("textarea[name=query]"), page.get_by_role("option")
    page.get_by_label("A query").click()
    page.keyboard.type("SELECT ?who { ?c org:mem")
    expect(options.first).to_contain_text("org:member")
    page.wait_for_timeout(200)  # for so long after it opened, a list takes no key for its own
    page.keyboard.press("Enter")
    expect(written).to_have_value("PREFIX org: <http://www.w3.org/ns/org#>\nSELECT ?who { ?c org:member}")
    page.keyboard.type(" kyrgyz")  # by a word of its label
    expect(options.first).to_contain_text("state:kyrgyzstan")
    page.wait_for_timeout(200)
    page.keyboard.press("Enter")
    expect(written).to_have_value(
        re.compile(r"^PREFIX state: .*\nPREFIX org: .*org:member state:kyrgyzstan}$", re.DOTALL)
    )
    scripted.picture("editor")
    scripted.follow(lambda: page.keyboard.press("Control+Enter"))
    assert page.locator("main table").count() == 1


def test_the_editor_marks_a_mistake_where_it_is(scripted: Visit) -> None:
    page = scripted.page
    page.goto(scripted.server + "/sparql?query=" + quote("SELECT *\nWHERE { ?s ?p }"))
    mark = page.locator(".cm-lintRange-error")
    expect(mark).to_have_text("}")
    mark.hover()
    expect(page.locator(".cm-diagnostic-error")).to_contain_text("line 2, column 15")
    scripted.picture("mistake")
    scripted.faults.clear()  # the browser tells of each 400


def test_one_click_puts_a_recorded_question_into_the_editor(scripted: Visit, release: Release) -> None:
    page = scripted.page
    scripted.go("/sparql")
    page.get_by_text("Begin with one of").click()
    [chairs] = [each for each in release.questions if each.slug == "chairs"]
    page.get_by_role("link", name=chairs.title, exact=True).click()
    expect(page.locator("textarea[name=query]")).to_have_value(chairs.text)
    scripted.follow(page.get_by_role("button", name="Run").click)
    assert page.locator("main table tbody tr").count() > 5


def test_no_rows_are_explained_and_a_click_mends_the_query(visit: Visit) -> None:
    page = visit.page
    query = "PREFIX org: <http://www.w3.org/ns/org#> SELECT * { ?s org:memer ?o }"
    visit.go(f"/sparql?query={quote(query)}")
    expect(page.get_by_role("heading", name="Why there are no rows")).to_be_visible()
    visit.picture("no-rows")
    visit.follow(page.get_by_role("link", name="Try it with").first.click)
    assert page.locator("main table tbody tr").count() > 10


def test_the_keyboard_reaches_the_content_first_and_shows_where_it_is(visit: Visit) -> None:
    page = visit.page
    for path in ("/", "/doc/state/kyrgyzstan", "/sparql"):
        visit.go(path)
        page.keyboard.press("Tab")
        skip = page.locator(":focus")
        expect(skip).to_have_text("To the content")
        expect(skip).to_be_in_viewport(ratio=1)
        assert_focus_is_visible(page)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{path}#main")
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
        reached = 0
        while reached < 12 and page.evaluate("document.activeElement !== document.body"):
            assert_focus_is_visible(page)
            reached += 1
            page.keyboard.press("Tab")
        assert reached > 4


def assert_focus_is_visible(page: Page) -> None:
    style, width, box = page.evaluate(
        """(() => { const e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect()
        return [s.outlineStyle, parseFloat(s.outlineWidth), b.width * b.height] })()"""
    )
    assert style == "solid"
    assert width >= 2
    assert box > 0


def test_what_scrolls_sideways_can_be_scrolled_by_keyboard(browser: Browser, server: str) -> None:
    with visiting(browser, server, View(320, "light", script=True)) as visit:
        for path in ("/dump", "/questions/chairs", "/doc/state/kyrgyzstan"):
            visit.go(path)
            unreachable = visit.page.evaluate(
                """[...document.querySelectorAll('main *')].filter(e => e.scrollWidth > e.clientWidth + 1
                && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX) && e.tabIndex < 0)
                .map(e => e.outerHTML.slice(0, 80))"""
            )
            assert unreachable == []


def test_a_page_is_read_without_its_style(browser: Browser, server: str) -> None:
    with visiting(browser, server, View(320, "light", script=False)) as visit:
        visit.page.route("**/*.css", lambda route: route.fulfill(body="", content_type="text/css"))
        visit.page.goto(f"{server}/doc/state/kyrgyzstan")
        order = visit.page.evaluate("[...document.body.children].map(e => e.localName)")
        assert order == ["a", "header", "main", "footer"]
        expect(visit.page.get_by_role("main")).to_be_visible()
