"""A visit to a page in a real browser, during which nothing may go wrong and no other host is asked."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

ROOT = Path(__file__).parents[1]
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


TITLES = {"en": "Almaty Process as a graph", "ru": "Алматинский процесс как граф"}
AXE = ROOT / "frontend/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# Every kind of page, by name: these are looked at in every way; besides them there are some that are not.
PAGES = {
    "home": "/",
    "thing": "/doc/state/kyrgyzstan",
    "process": "/doc/process/almaty-process",
    "day": "/doc/state/kyrgyzstan?asOf=2018-10-15",
    "claim": "/doc/claim/iom-almaty-process/chair-kyrgyzstan",
    "conclusion": "/doc/conclusion/almaty-process-chair-kyrgyzstan-2016",
    "disagreement": "/doc/disagreement/almaty-process-chair-kyrgyzstan-2016-end",
    "disagreements": "/disagreements",
    "rule": "/doc/rule/boundaries",
    "source": "/source/iom-almaty-process",
    "sources": "/source",
    "questions": "/questions",
    "question": "/questions/chairs",
    "question-of-a-day": "/questions/chair-on-a-day?asOf=2018-05-01",
    "sparql": "/sparql",
    "vocabulary": "/def",
    "dataset": "/dataset",
    "graph": "/graph/register",
    "dumps": "/dump",
    "timeline": "/timeline",
    "meetings": "/meetings",
    "map": "/map",
    "map-of-a-day": "/map?area=world&asOf=2018-05-01",
    "matrix": "/matrix",
    "network": "/network",
    "releases": "/release",
    "release": "/release/{release}",
    "difference": "/release/{release}..{release}",
    "not-found": "/nowhere",
}
COUNTED = "SELECT ?t (COUNT(*) AS ?n) { ?s a ?t } GROUP BY ?t ORDER BY ?t LIMIT 9"
DATED = "SELECT * { ?s <http://schema.org/startDate> ?d } ORDER BY ?s LIMIT 9"
ALL_PAGES = PAGES | {
    "answer": "/sparql?query=SELECT%20*%20%7B%20%3Fs%20a%20%3Ft%20%7D%20LIMIT%203",
    "chart": f"/sparql?view=chart&query={quote(COUNTED)}",
    "answer-timeline": f"/sparql?view=timeline&query={quote(DATED)}",
    "question-with-chart": "/questions/ngos-by-country",
    "no-rows": "/sparql?query=SELECT%20*%20%7B%20%3Fs%20%3Cx%3Ay%3E%20%3Ft%20%7D",
    "mistake": "/sparql?query=SELECT",
    "pinned": "/pinned?query=ASK%7B%7D",
    "quality": "/quality",
    "search": "/search?q=iom",
    "shapes": "/shapes",
    "term": "/def/State",
    "validate": "/validate",
    "validated": "/validate?from=graph:iom-almaty-process",
    "not-validated": "/validate?from=nowhere",
}


@dataclass(frozen=True)
class View:
    """One way to look at a page."""

    width: int
    scheme: Literal["light", "dark"]
    script: bool
    language: Literal["en", "ru"] = "en"

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}-{'script' if self.script else 'no-script'}"


@dataclass
class Visit:
    """A page, the address of its server, and what went wrong while it was looked at."""

    page: Page
    server: str
    view: View
    faults: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        self.page.goto(self.server + path)
        self.look(path)

    def follow(self, action: Callable[[], object], path: str | None = None) -> None:
        """Do what leads to another page, and look at that."""
        with self.page.expect_navigation():
            action()
        if path is not None:
            assert self.page.url.removeprefix(self.server) == path
        self.look(self.page.url)

    def look(self, what: str) -> None:
        """Hold the page against what every page promises."""
        page = self.page
        assert page.evaluate("document.documentElement.lang") == self.view.language, what
        assert re.fullmatch(rf"\S.* · {TITLES[self.view.language]}", page.title()), what
        levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => +h.tagName[1])")
        assert levels.count(1) == 1, (what, levels)
        assert levels[0] == 1, (what, levels)
        assert all(after <= before + 1 for before, after in pairwise(levels)), (what, levels)
        width, shown = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert width <= shown == self.view.width, (
            f"{what} is {width} wide in {shown}: {page.evaluate(WIDEST)}"
        )
        assert page.evaluate(CONTRAST) == [], what

    def picture(self, name: str) -> None:
        if not self.view.script:
            return  # there is no script: it looks the same
        folder = ROOT / "artifacts"
        folder.mkdir(exist_ok=True)
        is_short = self.page.evaluate("document.documentElement.scrollHeight") < TALLEST
        self.page.screenshot(path=folder / f"{name}-{self.view}.png", full_page=is_short)


# Of a page with more pixels than this the beginning is kept: a picture of it all takes a minute.
TALLEST = 20_000
# The elements that stick out to the right, outermost first.
WIDEST = """[...document.querySelectorAll('body *')]
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll, pre'))
  .slice(0, 3).map(e => e.outerHTML.slice(0, 120))"""

# Texts with less contrast than 4.5 to 1 (WCAG 2.2, 1.4.3) against the nearest background that is not clear.
CONTRAST = """(() => {
  const rgba = text => (text.match(/[\\d.]+/g) || []).map(Number)
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0)
  const ground = e => {
    for (; e; e = e.parentElement) {
      const colour = rgba(getComputedStyle(e).backgroundColor)
      if (colour.length === 3 || colour[3] === 1) return colour
    }
    return [255, 255, 255]
  }
  const faint = []
  for (const e of document.querySelectorAll('body *')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue
    const [a, b] = [light(rgba(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x)
    const ratio = (a + 0.05) / (b + 0.05)
    if (ratio < 4.5) faint.push(`${ratio.toFixed(2)}: ${e.outerHTML.slice(0, 80)}`)
  }
  return faint.slice(0, 5)
})()"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's; without it, skips, and fails where CI must have it."""
    if shutil.which(CHROMIUM) is None:
        reason = f"needs {CHROMIUM}, of the Debian package chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def axe_faults(page: Page) -> list[tuple[str, list[str]]]:
    """What a page breaks of the rules of WCAG 2.2 AA, and of those that axe calls best practice."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    assert len(found["passes"]) > 10
    return [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found["violations"]]


def failure(request: Request) -> list[str]:
    # The icon comes after the page, and what is still on its way when the reader leaves is called off.
    return [] if request.failure == "net::ERR_ABORTED" else [f"{request.failure}: {request.url}"]


@contextmanager
def visiting(browser: Browser, server: str, view: View) -> Iterator[Visit]:
    context = browser.new_context(
        viewport={"width": view.width, "height": 800},
        color_scheme=view.scheme,
        java_script_enabled=view.script,
        reduced_motion="reduce",
        locale=view.language,
    )
    page = context.new_page()
    visit = Visit(page, server, view)
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.on("console", lambda message: visit.faults.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: visit.faults.append(str(error)))
    page.on("requestfailed", lambda request: visit.faults.extend(failure(request)))
    yield visit
    context.close()
    assert hosts == {urlsplit(server).netloc}
    assert visit.faults == [], visit.faults
