"""A site of files, behind real servers that are told only what an export says, answers as the application."""

import csv
import gzip
import hashlib
import http.client
import io
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urldefrag, urlsplit

import pytest
from click.testing import CliRunner
from flask import Flask, Response
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect

from almaty_graph.box import RECORD, export
from almaty_graph.box.crawl import Answer, Crawl
from almaty_graph.box.rules import NAME, File, Folded, Rule, fold
from almaty_graph.box.site import Site
from almaty_graph.cli import main
from almaty_graph.errors import ExportRefused
from almaty_graph.formats import DOCUMENTS, LINKSETS
from almaty_graph.names import BASE
from almaty_graph.release import Release
from almaty_graph.web import Serving, create_app
from almaty_graph.web.past import Unasked
from almaty_graph.web.portal.parts import Parts
from file_servers import apache, caddy, nginx
from visits import View, visiting

pytestmark = pytest.mark.slow

ADDRESS = "https://graph.example.org/"
SERVERS: dict[str, Callable[[Path, Path], AbstractContextManager[str]]] = {
    "nginx": nginx,
    "caddy": caddy,
    "apache": apache,
}
# What a server says of itself and of a file, not of what the file is.
COMPARED = (
    "Access-Control-Allow-Origin",
    "Access-Control-Expose-Headers",
    "Cache-Control",
    "Content-Language",
    "Content-Location",
    "Content-Security-Policy",
    "Content-Type",
    "Link",
    "Referrer-Policy",
    "X-Content-Type-Options",
)
BROWSER = "text/html, */*;q=0.5"
LINK = re.compile(r"<([^>]*)>; rel=\"[^\"]*\"(?:; type=\"([^\"]*)\")?")
PAST = re.compile(r", <[^>]*>; rel=\"time(?:gate|map)\"(?:; type=\"[^\"]*\")?")
HREF = re.compile(r'(?:href|src)="([^"#]+)')


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    def told(self) -> dict[str, str | None]:
        return {name: self.headers.get(name.lower()) for name in COMPARED}


class Server:
    """A server of files, asked over one connection."""

    def __init__(self, address: str) -> None:
        self.address, self.connection = (
            address,
            http.client.HTTPConnection(urlsplit(address).netloc, timeout=15),
        )

    def ask(self, path: str, method: str = "GET", **headers: str) -> Reply:
        self.connection.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        reply = self.connection.getresponse()
        values: dict[str, str] = {}
        for name, value in reply.getheaders():
            known = values.get(name.lower())
            values[name.lower()] = f"{known}, {value}" if known else value
        return Reply(reply.status, values, reply.read())


@pytest.fixture(scope="module", autouse=True)
def short() -> Iterator[None]:
    """Pages short enough that some are parted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Parts, "size", 100)
        yield


@pytest.fixture(scope="module")
def exported(given_up_release: Release) -> Iterator[Path]:
    """An export where others may read it: servers give up what root may do."""
    with TemporaryDirectory(prefix="almaty-export-") as folder:
        Path(folder).chmod(0o755)
        export(given_up_release, Path(folder) / "site-of-files", ADDRESS)
        yield Path(folder) / "site-of-files"


@pytest.fixture(scope="module", params=SERVERS)
def site(
    request: pytest.FixtureRequest, exported: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with SERVERS[request.param](exported, tmp_path_factory.mktemp(request.param)) as address:
        server = Server(address)
        yield server
        server.connection.close()


@pytest.fixture(scope="module")
def as_files(given_up_release: Release) -> FlaskClient:
    """The application that the files were written by."""
    app = create_app(given_up_release, Unasked(given_up_release.name), Serving(as_files=True))
    return app.test_client()


@pytest.fixture(scope="module")
def live(given_up_release: Release) -> FlaskClient:
    return create_app(given_up_release, Unasked(given_up_release.name)).test_client()


# The crawl


def documents(release: Release) -> list[str]:
    """What the sitemap has, and what was given up is not among it."""
    app = create_app(release, Unasked(release.name)).test_client()
    found = re.findall("<loc>([^<]*)</loc>", app.get("/sitemap.xml", base_url=ADDRESS).text)
    return [each.removeprefix(ADDRESS[:-1]) for each in found]


def test_every_document_in_every_format_is_as_the_application_has_it(
    site: Server, live: FlaskClient, as_files: FlaskClient, given_up_release: Release
) -> None:
    """By Accept header, by GET and HEAD: data as the server of queries has it, pages without its services."""
    about = [
        each
        for each in documents(given_up_release)
        if each.startswith(("/doc/", "/source/", "/graph/", "/def", "/dataset"))
    ]
    assert len(about) > 1000
    for path in about:
        for form in DOCUMENTS:
            app = as_files if form.suffix == "html" else live
            wanted = app.get(path, headers={"Accept": form.media_type})
            got = site.ask(path, Accept=form.media_type)
            if wanted.status_code == 301:  # of which the server words the body
                moved = wanted.headers["Location"].removesuffix(f".{form.suffix}")
                assert (got.status, local(got.headers["location"], site)) == (301, moved), path
                continue
            assert (got.status, got.body) == (wanted.status_code, wanted.data), (path, form.name)
            expected = {name: wanted.headers.get(name) for name in COMPARED} | {
                "Content-Security-Policy": site_policy(as_files)
            }
            expected["Link"] = PAST.sub("", expected["Link"] or "") or None
            assert got.told() == expected, (path, form.name)
            assert "accept" in got.headers["vary"].lower()
            head = site.ask(path, "HEAD", Accept=form.media_type)
            assert (head.status, head.told(), head.body) == (got.status, got.told(), b""), (path, form.name)


def site_policy(app: FlaskClient) -> str:
    return app.get("/").headers["Content-Security-Policy"]


def test_whatever_links_lead_to_is_there_and_as_the_application_has_it(
    site: Server, as_files: FlaskClient
) -> None:
    """From the first page by all links of pages, headers and feeds: nothing is dead or differs by a byte."""
    seen: dict[str, str] = {}
    waiting = ["/"]
    while waiting:
        path = waiting.pop()
        got = site.ask(path, Accept=BROWSER)
        wanted = as_files.get(path, base_url=ADDRESS, headers={"Accept": BROWSER})
        if got.status in (301, 302, 303):
            assert (got.status, local(got.headers["location"], site)) == (
                wanted.status_code,
                wanted.headers["Location"],
            )
            found = [wanted.headers["Location"]]
        else:
            assert got.status == 200, path
            assert got.told() == {name: wanted.headers.get(name) for name in COMPARED} | {
                "Cache-Control": wanted.headers["Cache-Control"]
            }, path
            assert got.body == wanted.data, path
            found = [target for target, _ in LINK.findall(got.headers.get("link", ""))]
        text = got.body.decode(errors="replace")
        if "text/html" in got.headers.get("content-type", ""):
            found += map(unescape, HREF.findall(text))
        if path.startswith(("/ldes", "/activities", "/changes.atom", "/sitemap")):
            found += re.findall(re.escape(ADDRESS) + r'[^\s<>"]*', text)
        seen[path] = got.headers.get("content-type", "")
        for target in {urldefrag(local(each, site))[0] for each in found}:
            if target.startswith("/") and not target.startswith("/sparql?") and target not in seen:
                seen[target] = ""
                waiting.append(target)
    assert "/doc/process/almaty-process?page=2" in seen
    kinds = {path.split("/")[1].partition("?")[0] for path in seen}
    assert {
        "doc",
        "id",
        "def",
        "source",
        "graph",
        "questions",
        "release",
        "dump",
        "ldes",
        "activities",
        "changes.atom",
        "meetings.ics",
        "disagreements",
    } <= kinds
    assert len(seen) > 10_000


def local(target: str, site: Server) -> str:
    for place in (ADDRESS, BASE, site.address + "/"):
        if target.startswith(place):
            return "/" + target.removeprefix(place)
    return target


# Names


def test_a_thing_is_elsewhere_and_what_was_never_named_is_not_found(site: Server) -> None:
    there = site.ask("/id/state/iran", Accept="text/turtle")
    assert (there.status, local(there.headers["location"], site)) == (303, "/doc/state/iran")
    for path in ("/id/state/nowhere", "/doc/state/nowhere", "/doc/state/iran.docx", "/doc/state", "/id/"):
        missing = site.ask(path)
        assert missing.status == 404, path
        assert b"<h1>Not Found" in missing.body, path
    for reply in (there, missing):
        assert reply.headers["access-control-allow-origin"] == "*"


def test_what_was_merged_leads_on_and_what_was_withdrawn_says_why(site: Server, live: FlaskClient) -> None:
    for path, target in (
        ("/id/state/persia", "/id/state/iran"),
        ("/doc/state/persia", "/doc/state/iran"),
        ("/doc/state/persia.ttl", "/doc/state/iran.ttl"),
    ):
        moved = site.ask(path)
        assert (moved.status, local(moved.headers["location"], site)) == (301, target)
    for path in ("/id/state/atlantis", "/doc/state/atlantis"):
        gone = site.ask(path, Accept="text/html")
        assert (gone.status, "Entered by mistake." in gone.body.decode()) == (410, True), path
    gone = site.ask("/doc/state/atlantis", Accept="text/html", Accept_Language="ru")
    assert (gone.status, "От этого имени отказались" in gone.body.decode()) == (410, True)
    gone = site.ask("/doc/state/atlantis.ttl")
    assert (gone.status, gone.body) == (410, live.get("/doc/state/atlantis.ttl").data)


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("ru", "ru"),
        ("ru-RU, en;q=0.5", "ru"),
        ("de, tk;q=0.9", "tk"),
        ("de", ""),
        ("en, ru;q=0.9", ""),
        ("", ""),
        ("de, ru;q=0.5", "ru"),
    ],
)
def test_a_page_is_in_the_first_language_that_it_has(
    site: Server, as_files: FlaskClient, asked: str, language: str
) -> None:
    wanted = as_files.get("/doc/state/iran", headers={"Accept-Language": language}).data
    assert site.ask("/doc/state/iran", Accept_Language=asked).body == wanted


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("*/*", "text/html"),
        ("text/turtle;q=0.9, application/rdf+xml;q=0.5", "text/turtle"),
        ("application/n-quads, application/ld+json", "application/ld+json"),
        ("application/json", "application/ld+json"),
        ("text/plain", "application/n-triples"),
        ("image/png", "text/html"),
    ],
)
def test_a_document_is_in_the_first_format_that_it_has(site: Server, accept: str, media_type: str) -> None:
    kind = site.ask("/doc/state/iran", Accept=accept).headers["content-type"]
    assert kind.partition(";")[0] == media_type


def test_a_page_of_a_query_is_the_one_that_was_asked_for(site: Server, as_files: FlaskClient) -> None:
    whole = site.ask("/disagreements").body
    some = site.ask("/disagreements?class=unsettled").body
    assert some == as_files.get("/disagreements?class=unsettled").data != whole


# What a client has already


def test_a_file_is_sent_once_and_in_parts(site: Server, given_up_release: Release) -> None:
    first = site.ask("/doc/state/iran.ttl")
    same = site.ask("/doc/state/iran.ttl", If_None_Match=first.headers["etag"])
    assert (same.status, same.body) == (304, b"")
    since = site.ask("/doc/state/iran.ttl", If_Modified_Since=first.headers["last-modified"])
    assert since.status == 304
    part = site.ask("/dump/dataset.nq", Range="bytes=100-199")
    whole = (given_up_release.folder / "dataset.nq").read_bytes()
    assert (part.status, part.body) == (206, whole[100:200])


def test_every_file_of_the_release_is_there_byte_for_byte(site: Server) -> None:
    manifest = json.loads(site.ask("/dump/manifest.json").body)
    assert len(manifest["files"]) > 100
    for name, entry in manifest["files"].items():
        assert hashlib.sha256(site.ask(f"/dump/{name}").body).hexdigest() == entry["sha256"], name


def test_what_is_compressed_besides_is_the_same(exported: Path) -> None:
    packed = [each for each in (exported / "site").rglob("*.gz") if each.with_suffix("").exists()]
    assert len(packed) > 5000
    for path in packed[::50]:
        assert gzip.decompress(path.read_bytes()) == path.with_suffix("").read_bytes()
        assert path.stat().st_mtime == path.with_suffix("").stat().st_mtime


# The page for queries


@pytest.fixture(scope="module")
def behind_nginx(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with nginx(exported, tmp_path_factory.mktemp("for-browser")) as address:
        yield address


@pytest.mark.parametrize("width", [320, 1280])
def test_a_recorded_question_is_answered_in_the_browser(
    browser: Browser, behind_nginx: str, given_up_release: Release, width: int
) -> None:
    with visiting(browser, behind_nginx, View(width, "light", script=True)) as visit:
        visit.go("/questions/chairs")
        visit.page.get_by_role("link", name="Run it now").click()
        expect(visit.page.locator("#status")).to_contain_text(" rows, in ", timeout=60_000)
        visit.look("the answer")
        visit.picture("sparql-here")
        rows = visit.page.locator("#answer tbody tr")
        [question] = [each for each in given_up_release.questions if each.slug == "chairs"]
        assert rows.count() == len(table_of(question.answer)) - 1
        with visit.page.expect_download() as download:
            visit.page.get_by_role("link", name="Download as answer.csv").click()
        assert sorted(table_of(download.value.path().read_text())) == sorted(table_of(question.answer))


def table_of(text: str | None) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text or "")))


ASK = """async query => {
  window.worker ??= new Worker("/static/sparql-here-worker.js", {type: "module"})
  window.worker.postMessage(query)
  return await new Promise(done => {
    window.worker.onmessage = ({data}) => { if (!data.state) done(data) }
  })
}"""


def test_every_recorded_question_has_its_recorded_answer_in_the_browser(
    browser: Browser, behind_nginx: str, given_up_release: Release
) -> None:
    with visiting(browser, behind_nginx, View(1280, "light", script=True)) as visit:
        visit.go("/sparql")
        for question in given_up_release.questions:
            said: dict[str, Any] = visit.page.evaluate(ASK, question.text)
            found = json.loads(said["text"])
            columns = found["head"]["vars"]
            rows = [
                [row.get(each, {}).get("value", "") for each in columns]
                for row in found["results"]["bindings"]
            ]
            assert sorted([columns, *rows]) == sorted(table_of(question.answer)), question.slug


def test_the_browser_tells_what_is_wrong_with_a_query_and_stops_one(
    browser: Browser, behind_nginx: str
) -> None:
    with visiting(browser, behind_nginx, View(1280, "dark", script=True)) as visit:
        status = visit.page.locator("#status")

        def ask(text: str) -> None:
            visit.go("/sparql")  # to type over what stands there, the browser would carry its style over
            visit.page.get_by_label("A query").fill(text)
            visit.page.keyboard.press("Control+Enter")

        ask("SELECT * { ?s ?p ")
        expect(status).to_contain_text("error at 1:", timeout=60_000)
        ask("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
        expect(status).to_have_text("Running …", timeout=60_000)
        visit.page.keyboard.press("Escape")
        expect(status).to_have_text("Cancelled.")
        visit.page.get_by_role("button", name="Run").click()
        expect(status).to_have_text("Running …", timeout=60_000)
        visit.page.get_by_role("button", name="Cancel").click()
        expect(status).to_have_text("Cancelled.")
        ask("ASK {}")
        expect(status).to_contain_text("Yes", timeout=60_000)
        ask("CONSTRUCT { ?s a ?t } WHERE { ?s a ?t } LIMIT 3")
        expect(visit.page.locator("#answer pre")).to_contain_text(" .", timeout=60_000)


def test_the_page_for_queries_speaks_the_language_of_its_reader(browser: Browser, behind_nginx: str) -> None:
    with visiting(browser, behind_nginx, View(320, "light", script=True, language="ru")) as visit:
        visit.go("/sparql?query=SELECT%20*%20%7B%20VALUES%20%3Fx%20%7B%201%202%20%7D%20%7D")
        expect(visit.page.locator("#status")).to_contain_text("2 строки, за ", timeout=60_000)
        visit.look("the answer")


def test_without_script_the_page_for_queries_says_what_to_do(browser: Browser, behind_nginx: str) -> None:
    with visiting(browser, behind_nginx, View(1280, "light", script=False)) as visit:
        visit.go("/sparql")
        expect(visit.page.locator("noscript p")).to_contain_text("take a dump")


# The folder


def test_a_folder_of_something_else_is_left_alone(given_up_release: Release, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ExportRefused, match="has what no export wrote"):
        export(given_up_release, tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]


def test_an_export_is_replaced_as_a_whole_and_says_of_what_it_is(
    exported: Path, given_up_release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = json.loads((exported / RECORD).read_text())
    assert told == {"release": given_up_release.name, "address": ADDRESS, "files": told["files"]}
    before = {path: path.stat().st_mtime_ns for path in exported.iterdir()}
    monkeypatch.setattr(
        "almaty_graph.box.crawl.Crawl.answers", lambda _: (_ for _ in ()).throw(OSError("full"))
    )
    with pytest.raises(OSError, match="full"):
        export(given_up_release, exported, ADDRESS)
    assert {path: path.stat().st_mtime_ns for path in exported.iterdir()} == before
    assert [each.name for each in exported.parent.iterdir()] == [exported.name]
    monkeypatch.setattr("almaty_graph.box.crawl.Crawl.answers", lambda _: iter(()))
    export(given_up_release, exported.parent / "another", ADDRESS)
    (exported.parent / "another" / "site" / "stale.html").write_text("stale")
    export(given_up_release, exported.parent / "another", ADDRESS)
    assert not (exported.parent / "another" / "site" / "stale.html").exists()


def test_two_exports_of_a_release_are_the_same(
    exported: Path, given_up_release: Release, tmp_path: Path
) -> None:
    again = tmp_path / "again"
    export(given_up_release, again, ADDRESS)
    names = {path.relative_to(exported) for path in exported.rglob("*") if path.is_file()}
    assert names == {path.relative_to(again) for path in again.rglob("*") if path.is_file()}
    for name in names:
        one, other = ((folder / name).read_bytes() for folder in (exported, again))
        assert one.replace(os.fsencode(exported), b"") == other.replace(os.fsencode(again), b""), name


def test_an_address_that_is_none_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["export", str(tmp_path / "new"), "--url", "graph.example.org"])
    assert result.exit_code == 2
    assert "is not an address like https://graph.example.org" in result.output
    assert not (tmp_path / "new").exists()


def test_an_answer_that_is_an_error_is_no_part_of_a_site(tmp_path: Path) -> None:
    site = Site(tmp_path, ("en",), 0)
    with pytest.raises(ExportRefused, match="/nowhere answers 404, so the site would not be whole"):
        site.add([Answer("/nowhere", "", "", 404, {"Content-Type": "text/html"}, b"")])
    assert list(tmp_path.iterdir()) == []


def test_a_file_has_the_name_that_its_address_writes_with_signs() -> None:
    app = Flask(__name__)
    app.add_url_rule("/sitemap.xml", "map", lambda: Response(f"{ADDRESS}caf%C3%A9.txt", mimetype="text/xml"))
    app.add_url_rule("/<path:name>", "any", lambda name: Response(name, mimetype="text/plain"))
    answers = {answer.path: answer for answer in Crawl(app.test_client(), ADDRESS, (), ()).answers()}
    assert answers["/café.txt"].body == "café.txt".encode()


# The rules


def test_what_differs_by_name_is_one_rule() -> None:
    told = {File(f"/doc/state/{name}.ttl"): f"</doc/state/{name}>" for name in ("iran", "in", "a.b")}
    told |= {
        File("/doc/state/odd.ttl"): "</elsewhere>",
        File("/robots.txt"): "",
        File("/doc/state/iran.nt"): "",
    }
    folded = fold(told)
    [rule] = folded.rules
    assert rule == Rule("/doc/", ".ttl", f"</doc/{NAME}>")
    assert folded.exact == {"/doc/state/odd.ttl": "</elsewhere>"}
    assert re.fullmatch(rule.pattern(["ru"]), "/doc/state/a.b.ttl")[1] == "state/a.b"  # type: ignore[index]  # or it fails


def test_a_narrower_folder_has_a_rule_of_its_own() -> None:
    told = {File(f"/doc/state/{n}.html"): "wide" for n in range(5)}
    told |= {File(f"/doc/claim/{n}.html"): "narrow" for n in range(3)} | {File("/x.ttl"): "other"}
    assert [(rule.folder, rule.value) for rule in fold(told).rules] == [
        ("/doc/claim/", "narrow"),
        ("", "wide"),
    ]


def test_what_differs_by_language_is_one_rule_for_each() -> None:
    told = {File(f"/doc/{n}.html"): "en" for n in range(5)} | {File("/x.ttl"): ""}
    told |= {File(f"/doc/{n}.ru.html", "ru"): "ru" for n in range(4)}
    folded = fold(told)
    assert folded.exact == {}
    assert folded.rules == [Rule("", ".ru.html", "ru"), Rule("", ".html", "en")]
    for file, value in told.items():
        found = (rule.value for rule in folded.rules if re.search(rule.pattern(["ru"]), file.path))
        assert next(found, "") == value, file


def test_what_all_files_have_needs_no_rule() -> None:
    assert fold({File("/a.html"): "x", File("/b.ttl"): "x"}) == Folded("x", [], {})


def test_formats_that_are_files_have_suffixes_that_no_address_lacks() -> None:
    """A language is told from a format by its suffix: none is both."""
    suffixes = {form.suffix for form in (*DOCUMENTS, *LINKSETS)}
    assert suffixes.isdisjoint({"en", "fa", "kk", "ky", "ru", "tg", "tk", "uz"})
