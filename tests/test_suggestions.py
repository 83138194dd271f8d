"""What is suggested as a reader types into a search field, by keyboard and pointer; and without script."""

import re
from collections.abc import Iterator
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Locator, Page, Route, expect

from almaty_graph.engine.client import Engine
from almaty_graph.release import Release
from almaty_graph.web import Serving, create_app
from conftest import ROOT
from visits import View, Visit, visiting

PLACES = ("/", "/search")
AXE = ROOT / "frontend/node_modules/axe-core/axe.min.js"


@pytest.fixture(params=(320, 1280))
def visit(browser: Browser, server: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    with visiting(browser, server, View(request.param, "light", script=True)) as visit:
        yield visit


def field(page: Page) -> Locator:
    return page.locator("form[action='/search'] input[name=q]")


def typed(visit: Visit, path: str, text: str) -> Locator:
    """The options when a text has been typed into the field of a page."""
    visit.go(path)
    field(visit.page).press_sequentially(text)
    options = visit.page.get_by_role("option")
    expect(options.first).to_be_visible()
    return options


@pytest.mark.slow
@pytest.mark.parametrize("path", PLACES)
def test_suggestions_are_chosen_by_keyboard_and_their_number_is_told(visit: Visit, path: str) -> None:
    page = visit.page
    options = typed(visit, path, "iom")
    box = page.get_by_role("combobox")
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("listbox", name="Suggestions")).to_be_visible()
    expect(page.locator("form[action='/search'] [role=status]")).to_contain_text(
        f"{options.count()} suggestions"
    )
    expect(options.first).to_contain_text("International Organization for Migration")
    expect(options.first).to_contain_text("intergovernmental organization")
    expect(options.first).to_contain_text("other name: IOM")
    expect(page.get_by_role("option", selected=True)).to_have_count(0)
    visit.look(f"{path} with suggestions")
    visit.picture(f"suggestions{path.replace('/', '-')}")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", selected=True)).to_have_id(options.nth(1).get_attribute("id") or "")
    expect(box).to_have_attribute("aria-activedescendant", options.nth(1).get_attribute("id") or "")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("End")  # back in the text
    expect(box).not_to_have_attribute("aria-activedescendant", re.compile("."))
    page.keyboard.press("ArrowDown")
    expect(box).to_be_focused()
    visit.follow(lambda: page.keyboard.press("Enter"), "/doc/organization/iom")


@pytest.mark.slow
def test_escape_closes_first_and_empties_then_and_enter_searches(visit: Visit) -> None:
    page = visit.page
    options = typed(visit, "/", "kazakh")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    expect(field(page)).to_have_value("kazakh")
    expect(field(page)).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowDown")  # opens again
    expect(options.first).to_be_visible()
    visit.follow(lambda: page.keyboard.press("Enter"), "/search?q=kazakh")
    typed(visit, "/", "kazakh")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(field(page)).to_have_value("")


@pytest.mark.slow
def test_a_pointer_opens_a_suggestion_and_a_click_elsewhere_closes(visit: Visit) -> None:
    page = visit.page
    options = typed(visit, "/search", "unhcr")
    page.get_by_role("heading", level=1).click()
    expect(options).to_have_count(0)
    options = typed(visit, "/search", "unhcr")
    visit.follow(options.first.click, "/doc/organization/unhcr")


@pytest.mark.slow
def test_what_matched_is_in_its_language_and_a_quote_is_told_to_be_one(visit: Visit) -> None:
    options = typed(visit, "/", "Председательство в Алматинском")
    quote = options.filter(has_text="quote: Председательство").first
    expect(quote.locator("[lang=ru]")).to_have_attribute("dir", "auto")
    expect(options.filter(has_text="other name: ").first.locator("[lang=ru]")).to_have_attribute(
        "dir", "auto"
    )
    expect(typed(visit, "/", "Q813").first).to_have_text("Kyrgyzstan state identifier: wikidata:Q813")


@pytest.mark.slow
def test_only_the_last_of_what_is_typed_is_asked_and_shown(visit: Visit) -> None:
    page, asked, held = visit.page, [], []

    def hold(route: Route) -> None:
        asked.extend(parse_qs(urlsplit(route.request.url).query)["q"])
        if len(asked) == 1:
            held.append(route)  # and is never answered
        else:
            route.continue_()

    page.route("**/search/suggest?*", hold)
    visit.go("/")
    field(page).press_sequentially("kaz", delay=10)
    page.wait_for_timeout(400)
    assert asked == ["kaz"]
    with page.expect_event("requestfailed") as failed:
        field(page).press_sequentially("akhstan", delay=10)
    assert failed.value.failure == "net::ERR_ABORTED"
    expect(page.get_by_role("option").first).to_contain_text("Kazakhstan")
    assert asked == ["kaz", "kazakhstan"]
    assert len(held) == 1


@pytest.mark.slow
def test_nothing_found_is_told_and_a_server_that_fails_leaves_the_field_as_it_was(visit: Visit) -> None:
    page = visit.page
    visit.go("/")
    field(page).press_sequentially("qqqqzzzz")
    expect(page.locator("form[action='/search'] [role=status]")).to_have_text("No suggestions.")
    expect(page.get_by_role("listbox")).to_have_count(0)
    page.route("**/search/suggest?*", lambda route: route.abort())
    field(page).fill("kyrgyzstan")
    page.wait_for_timeout(400)
    expect(page.get_by_role("listbox")).to_have_count(0)
    assert [fault for fault in visit.faults if "ERR_FAILED" in fault] == visit.faults
    visit.faults.clear()
    page.unroute("**/search/suggest?*")
    visit.follow(lambda: page.keyboard.press("Enter"), "/search?q=kyrgyzstan")


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_an_open_list(
    browser: Browser, server: str, scheme: Literal["light", "dark"]
) -> None:
    with visiting(browser, server, View(1280, scheme, script=True)) as visit:
        typed(visit, "/", "iom")
        visit.page.keyboard.press("ArrowDown")
        visit.look("an open list")
        visit.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = visit.page.evaluate("axe.run(document)")
        assert [each["id"] for each in found["violations"]] == []


@pytest.mark.slow
@pytest.mark.parametrize("width", [320, 1280])
def test_without_script_the_field_searches(browser: Browser, server: str, width: int) -> None:
    with visiting(browser, server, View(width, "light", script=False)) as visit:
        for path in PLACES:
            visit.go(path)
            expect(visit.page.get_by_role("combobox")).to_have_count(0)
            field(visit.page).fill("iom")
            visit.follow(visit.page.get_by_role("button", name="Search").first.click, "/search?q=iom")


def test_only_pages_with_a_search_field_load_it_and_a_site_of_files_never(
    release: Release, engine: Engine, client: FlaskClient
) -> None:
    pages = ("/", "/search", "/sparql", "/disagreements", "/doc/state/kyrgyzstan")
    loading = [
        path for path in pages if "suggest.js" in client.get(path, headers={"Accept": "text/html"}).text
    ]
    assert loading == ["/", "/search"]
    as_files = create_app(release, engine, Serving(as_files=True)).test_client()
    assert not [
        path for path in pages if "suggest" in as_files.get(path, headers={"Accept": "text/html"}).text
    ]
