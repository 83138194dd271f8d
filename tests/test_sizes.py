"""What a browser loads for a page: how much, from where, and what search engines are told in it."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Request

from almaty_graph.release import Release
from test_markup import page_at
from visits import ALL_PAGES, View, visiting

pytestmark = pytest.mark.slow

THINGS = {
    "state": "/doc/state/kyrgyzstan",
    "organization": "/doc/organization/unhcr",
    "process": "/doc/process/almaty-process",
    "meeting": "/doc/meeting/2013-06-05-ministerial-conference",
    "source": "/source/iom-almaty-process",
    "long source": "/source/iom-profile",
    "claim": "/doc/claim/iom-almaty-process/chair-kyrgyzstan",
    "conclusion": "/doc/conclusion/almaty-process-chair-kyrgyzstan-2016",
    "disagreement": "/doc/disagreement/almaty-process-chair-kyrgyzstan-2016-end",
}
SCRIPTED = View(1280, "light", script=True)


@pytest.mark.parametrize("kind", THINGS)
def test_all_that_the_page_of_a_thing_needs_is_less_than_100_kb(
    browser: Browser, server: str, kind: str
) -> None:
    loaded: list[Request] = []
    with visiting(browser, server, SCRIPTED) as visit:  # with nothing kept from before
        visit.page.on("requestfinished", lambda request: loaded.append(request))  # noqa: PLW0108 - no method of C
        visit.page.goto(server + THINGS[kind], wait_until="networkidle")
        told = [each.sizes() for each in loaded]
    paths = {urlsplit(each.url).path for each in loaded}
    assert paths >= {THINGS[kind], "/static/style.css"}
    assert sum(each["responseHeadersSize"] + each["responseBodySize"] for each in told) < 100_000, paths


def test_no_page_asks_another_host(browser: Browser, server: str, release: Release) -> None:
    """By those that journeys do not look at, to the end of what they load."""
    with visiting(browser, server, SCRIPTED) as visit:
        for path in (ALL_PAGES | THINGS).values():
            visit.page.goto(server + path.format(release=release.name), wait_until="networkidle")
        visit.faults.clear()  # the browser tells of each error that is a page


def test_each_page_tells_search_engines_what_it_is(server: str, release: Release) -> None:
    told = {}
    for path in (ALL_PAGES | THINGS).values():
        page = page_at(server, path.format(release=release.name)).body.decode()
        [told[path]] = re.findall(r'<meta name="description" content="([^"]+)">', page)
    assert told[THINGS["state"]] != told[THINGS["meeting"]]
