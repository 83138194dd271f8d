"""What the IRIs of a release answer, to programs and to people: every one of them, by every way."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest
from flask.testing import FlaskClient
from pyld import jsonld
from rdflib import Dataset, Graph
from rdflib.term import Node
from werkzeug.test import TestResponse

from almaty_graph.engine.embedded import Engine
from almaty_graph.names import BASE, GRAPH, ID, PREFIXES, SOURCE
from almaty_graph.release import MANIFEST, Release
from almaty_graph.release.building import seal, write
from almaty_graph.terms import Quad, Term, Triple, iri, literal, n_quads, n_triples, text_of
from almaty_graph.web import create_app
from conftest import READ_BY_RDFLIB

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
PROBLEM = "application/problem+json"
FORMATS = {
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
}
OFFER = ["text/html", *FORMATS.values()]
# What a passage says: a quote, or where its words are not at hand, ours.
WORDS = (iri(PREFIXES["oa"] + "exact"), iri(PREFIXES["def"] + "paraphrase"))
Triples = set[tuple[Node, Node, Node]]


pytestmark = READ_BY_RDFLIB


@pytest.fixture(scope="module")
def things(release: Release) -> list[str]:
    """The paths of our things and sources, as they stand in IRIs: `/id/…` and `/source/…`."""
    subjects = {quad.subject[1:-1] for quad in release.record}
    named = sorted(name for name in subjects if name.startswith((ID, SOURCE)) and "#" not in name)
    assert len(named) > 200
    return ["/" + name.removeprefix(BASE) for name in named]


def document(path: str) -> str:
    return re.sub("^/id/", "/doc/", path)


def read(data: bytes, media_type: str) -> Triples:
    """The triples of a document, by a parser that is not ours."""
    if media_type == "application/ld+json":
        dataset = jsonld.to_rdf(json.loads(data), {"documentLoader": refuse})
        # RDFLib's Graph and most other readers of documents see the default graph only.
        assert dataset.keys() == {"@default"}, "a document is one graph, and this has named graphs"
        data, media_type = jsonld.JsonLdProcessor.to_nquads(dataset).encode(), "application/n-triples"
    return set(Graph().parse(data=data, format=media_type))


def read_quads(data: bytes, media_type: str) -> set[tuple[Node | None, ...]]:
    return {tuple(quad) for quad in Dataset().parse(data=data, format=media_type).quads()}


def refuse(url: str, _options: object) -> None:
    raise AssertionError(f"the document needs {url}")


def read_by_raptor(data: bytes) -> Triples:
    """The triples of RDF/XML, by Raptor: RDFLib wrote it, so RDFLib is no witness."""
    if shutil.which("rapper") is None:
        reason = "needs rapper, of the Debian package raptor2-utils"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    command = ["rapper", "-q", "-i", "rdfxml", "-o", "ntriples", "-", BASE]
    done = subprocess.run(command, input=data, capture_output=True, check=True)
    assert done.stderr == b""
    return read(done.stdout, "application/n-triples")


def expected(quads: Iterable[Quad]) -> Triples:
    return read(n_triples(Triple(*quad[:3]) for quad in quads).encode(), "application/n-triples")


def problem(response: TestResponse, status: int) -> str:
    assert (response.status_code, response.content_type) == (status, PROBLEM), response.text
    said = json.loads(response.data)
    assert said.keys() - {"offer"} == {"title", "status", "detail"}
    assert said["status"] == status
    return str(said["detail"])


class Page(HTMLParser):
    """What a page links to, what can be linked to in it, its elements and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.titles: set[str] = set()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.scripts: list[str] = []
        self.title = ""
        self.text: list[str] = []
        self.structured: list[str] = []
        self.is_structured = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        # No browser runs that: it is read by search engines.
        self.is_structured = (tag, values.get("type")) == ("script", "application/ld+json")
        if self.is_structured:
            return
        self.tags.append(tag)
        if tag == "script":
            self.scripts.append(values.get("src") or "said in place")
        self.attributes |= values.keys()
        self.titles.add(values.get("title") or "")
        self.links += [value for name in ("href", "src", "action") if (value := values.get(name)) is not None]
        if anchor := values.get("id"):
            assert anchor not in self.anchors, f"id {anchor} twice"
            self.anchors.add(anchor)

    def handle_endtag(self, _tag: str) -> None:
        self.is_structured = False

    def handle_data(self, data: str) -> None:
        if self.is_structured:
            self.structured.append(data)
            return
        self.text.append(data)
        if self.tags[-1:] == ["title"] and not self.title:
            self.title = data

    @property
    def words(self) -> str:
        return " ".join("".join(self.text).split())


def page(client: FlaskClient, path: str) -> Page:
    response = client.get(path, headers={"Accept": BROWSER})
    assert (response.status_code, response.content_type) == (200, "text/html; charset=utf-8"), path
    return Page(response.text)


# Every IRI, every format


def test_a_thing_is_seen_other_at_its_document(client: FlaskClient, things: list[str]) -> None:
    for path in things:
        if path.startswith("/id/"):
            response = client.get(path)
            assert response.status_code == 303, path
            assert urlsplit(response.headers["Location"]).path == document(path)


@pytest.mark.slow
def test_a_document_is_a_page_for_a_browser_and_by_default(client: FlaskClient, things: list[str]) -> None:
    for path in map(document, things):
        for accept in (BROWSER, "*/*", None):
            response = client.get(path, headers={"Accept": accept} if accept else {})
            assert (response.status_code, response.content_type) == (200, "text/html; charset=utf-8"), path


@pytest.mark.slow
def test_a_document_says_the_same_in_all_formats_by_header_and_by_suffix(
    client: FlaskClient, release: Release, things: list[str]
) -> None:
    for path in things:
        said: dict[str, Triples] = {}
        for suffix, media_type in FORMATS.items():
            by_header = client.get(document(path), headers={"Accept": media_type})
            by_suffix = client.get(f"{document(path)}.{suffix}")
            assert (by_header.status_code, by_suffix.status_code) == (200, 200), path
            assert by_header.data == by_suffix.data
            assert by_header.mimetype == by_suffix.mimetype == media_type
            assert by_header.headers["Content-Location"] == f"{document(path)}.{suffix}"
            said[suffix] = read(by_header.data, media_type)
        assert said["nt"] == expected(release.record.document(iri(BASE + path[1:]))), path
        assert said == dict.fromkeys(FORMATS, said["nt"]), path


@pytest.mark.slow
def test_a_document_holds_its_thing_the_claims_about_it_and_their_passages(
    client: FlaskClient, release: Release, things: list[str]
) -> None:
    quads = release.record
    derived = iri(PREFIXES["prov"] + "wasDerivedFrom")
    cites = {quad.subject: quad.object for quad in quads if quad.predicate == derived}
    about: dict[Term, set[Triple]] = {}
    for quad in quads:
        about.setdefault(quad.subject, set()).add(quad.triple)
    for path in things:
        term = iri(BASE + path[1:])
        claims = {quad.subject for quad in quads if quad.object == term and quad.subject in cites}
        passages = {cites[claim] for claim in claims | {term} if claim in cites}
        whole = set().union(*(about[node] for node in {term} | claims | passages))
        said = client.get(f"{document(path)}.nt").text.splitlines()
        assert {f"{' '.join(triple)} ." for triple in whole} <= set(said), path


@pytest.mark.slow
def test_every_graph_answers_in_every_format_with_the_quads_of_the_record(
    client: FlaskClient, release: Release
) -> None:
    graphs = sorted({quad.graph for quad in release.record})
    assert graphs
    for graph in graphs:
        path = "/graph/" + graph[1:-1].removeprefix(GRAPH)
        said = expected(quad for quad in release.record if quad.graph == graph)
        for suffix, media_type in FORMATS.items():
            by_header = client.get(path, headers={"Accept": media_type})
            assert by_header.mimetype == media_type
            assert by_header.data == client.get(f"{path}.{suffix}").data
            assert read(by_header.data, media_type) == said, (path, suffix)
        assert read_by_raptor(client.get(f"{path}.rdf").data) == said
        kinds = page(client, path)
        assert f"A named graph of {sum(q.graph == graph for q in release.record):,} statements" in kinds.words


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "file"),
    [("/dataset", "description.ttl"), ("/def", "graph/ontology.ttl")],
    ids=["dataset", "def"],
)
def test_the_description_and_the_vocabulary_say_the_same_in_all_formats(
    client: FlaskClient, release: Release, path: str, file: str
) -> None:
    said = read(release.read(file), "text/turtle")
    assert said
    for suffix, media_type in FORMATS.items():
        by_header = client.get(path, headers={"Accept": media_type})
        assert by_header.mimetype == media_type
        assert read(by_header.data, media_type) == said
        assert client.get(f"{path}.{suffix}").data == by_header.data
    assert read_by_raptor(client.get(f"{path}.rdf").data) == said
    assert page(client, path).tags.count("h1") == 1


def test_a_term_of_the_vocabulary_has_its_place_on_the_page(client: FlaskClient, release: Release) -> None:
    names = {
        quad.subject[1:-1].partition("#")[2]
        for quad in release.record
        if quad.subject.startswith(f"<{BASE}def#")
    }
    assert names
    assert names <= page(client, "/def").anchors


# Files


def test_every_file_of_the_release_is_a_dump_as_it_was_written(client: FlaskClient, release: Release) -> None:
    listed = {link for link in page(client, "/dump").links if link.startswith("/dump/")}
    for name in (MANIFEST, *release.files):
        response = client.get(f"/dump/{name}")
        assert (response.status_code, response.data) == (200, release.read(name)), name
        if name != MANIFEST:
            assert response.mimetype == release.files[name].media_type
        if not name.startswith("queries/"):
            assert f"/dump/{name}" in listed


@pytest.mark.slow
def test_the_dumps_say_what_the_record_says(client: FlaskClient, release: Release) -> None:
    said = expected(release.record)
    for suffix in ("ttl", "nt", "rdf"):
        assert read(client.get(f"/dump/dataset.{suffix}").data, FORMATS[suffix]) == said
    assert read_by_raptor(client.get("/dump/dataset.rdf").data) == said
    assert client.get("/dump/dataset.nq").text == n_quads(release.record)
    trig = client.get("/dump/dataset.trig").data
    assert read_quads(trig, "application/trig") == read_quads(
        release.read("dataset.nq"), "application/n-quads"
    )
    document = json.loads(client.get("/dump/dataset.jsonld").data)
    quads = jsonld.to_rdf(document, {"format": "application/n-quads", "documentLoader": refuse})
    assert "".join(sorted(quads.splitlines(keepends=True))) == n_quads(release.record)


@pytest.mark.parametrize(
    ("path", "file", "content_type"),
    [
        ("/shapes.ttl", "shapes.ttl", "text/turtle; charset=utf-8"),
        ("/report", "report.ttl", "text/turtle; charset=utf-8"),
        ("/context.jsonld", "context.jsonld", "application/ld+json"),
    ],
)
def test_a_file_with_a_name_of_its_own_is_given_as_it_is(
    client: FlaskClient, release: Release, path: str, file: str, content_type: str
) -> None:
    response = client.get(path)
    assert (response.status_code, response.content_type) == (200, content_type)
    assert response.data == release.read(file)


@pytest.mark.slow
def test_every_question_is_a_page_with_its_recorded_answer_and_two_files(
    client: FlaskClient, release: Release
) -> None:
    assert release.questions
    listed = page(client, "/questions")
    for question in release.questions:
        assert f"/questions/{question.slug}" in listed.links
        shown = page(client, f"/questions/{question.slug}")
        assert question.answer
        header, *rows = csv.reader(io.StringIO(question.answer, newline=""))
        assert f"The recorded answer: {len(rows)} row{'s' * (len(rows) != 1)}" in shown.words
        for text in (question.title, question.description, *header):
            assert " ".join(text.split()) in shown.words
        # Of what has a page the label is shown, and the whole name when it is pointed at.
        for cell in (cell for row in rows for cell in row):
            assert " ".join(cell.split()) in shown.words or cell in shown.titles, cell
        for suffix, content_type in (("rq", "application/sparql-query"), ("csv", "text/csv")):
            response = client.get(f"/questions/{question.slug}.{suffix}")
            assert (response.status_code, response.mimetype) == (200, content_type)
            assert response.data == release.read(f"queries/{question.slug}.{suffix}")


# Links


@pytest.mark.slow
def test_every_link_leads_somewhere(client: FlaskClient, things: list[str]) -> None:
    """Every internal link of every page that is reached from the home page, and its fragment with it."""
    found: dict[str, Page | None] = {}
    wanted: dict[str, str] = {"/": "the start"}
    fragments: set[tuple[str, str, str]] = set()
    while wanted:
        path, origin = wanted.popitem()
        response = client.get(path, headers={"Accept": BROWSER}, follow_redirects=True)
        assert response.status_code < 400, f"{origin} links to {path}, which is {response.status}"
        shown = Page(response.text) if response.mimetype == "text/html" else None
        response.close()
        found[path] = shown
        for link in shown.links if shown else ():
            assert not link.startswith(BASE), f"{path} links to {link}, which a copy of ours should answer"
            target = urljoin(f"http://localhost{path}", link)
            assert urlsplit(target).scheme in ("http", "https"), f"{path} links to {link}"
            if urlsplit(target).netloc == "localhost":
                address, fragment = urldefrag(target.removeprefix("http://localhost"))
                if address not in found:
                    wanted[address] = path
                if fragment:
                    fragments.add((path, address, unquote(fragment)))
    assert len(fragments) > 100
    for path, address, fragment in sorted(fragments):
        goal = found[address]
        assert goal is None or fragment in goal.anchors, (
            f"{path} links to {address}#{fragment}: no such place"
        )
    assert set(map(document, things)) <= found.keys()


# Evidence


def test_a_page_shows_source_line_and_quote_of_each_claim(client: FlaskClient, release: Release) -> None:
    chair = f"{ID}claim/iom-almaty-process/chair-kyrgyzstan"
    [passage] = release.record.evidence_of(iri(chair))
    [quote] = release.record.values(passage, iri(PREFIXES["oa"] + "exact"))
    [line] = release.record.values(passage, iri(PREFIXES["def"] + "firstLine"))
    for path in ("/doc/state/kyrgyzstan", "/doc/claim/iom-almaty-process/chair-kyrgyzstan", "/"):
        shown = page(client, path)
        assert " ".join(text_of(quote).split()) in shown.words
        assert f"IOM, page of the Almaty Process, line {text_of(line)}" in shown.words
        assert f"/source/iom-almaty-process#{passage[1:-1].partition('#')[2]}" in shown.links
        assert path.startswith("/doc/claim/") or document("/" + chair.removeprefix(BASE)) in shown.links
        assert "2016-10 – 2018-10" in shown.words


@pytest.mark.slow
def test_no_claim_is_without_evidence_on_any_page(
    client: FlaskClient, release: Release, things: list[str]
) -> None:
    claims = {path: iri(BASE + path[1:]) for path in things if path.startswith("/id/claim/")}
    assert len(claims) > 100
    for path, claim in claims.items():
        shown = page(client, document(path))
        passages = release.record.evidence_of(claim)
        assert passages
        for passage in passages:
            [words] = release.record.values(passage, *WORDS)
            assert " ".join(text_of(words).split()) in shown.words, path
            assert document("/" + passage[1:-1].removeprefix(BASE)) in shown.links, path
    for path in things:
        if path.startswith("/id/claim/"):
            continue
        shown = page(client, document(path))
        for claim in release.record.claims_about(iri(BASE + path[1:])):
            assert document("/" + claim[1:-1].removeprefix(BASE)) in shown.links, (path, claim)


def test_a_source_shows_each_passage_and_who_cites_it(client: FlaskClient, release: Release) -> None:
    source = iri(f"{SOURCE}iom-almaty-process")
    shown = page(client, "/source/iom-almaty-process")
    passages = release.record.passages_of(source)
    assert passages
    for passage in passages:
        assert passage[1:-1].partition("#")[2] in shown.anchors
        for claim in release.record.claims_about_passage(passage):
            assert document("/" + claim[1:-1].removeprefix(BASE)) in shown.links


# What is not there, and what is not accepted


@pytest.mark.parametrize(
    "path",
    [
        "/id/state/atlantis",
        "/doc/state/atlantis",
        "/doc/state/atlantis.ttl",
        "/doc/state/kyrgyzstan.exe",
        "/doc/state/kyrgyzstan.nq",
        "/doc/state",
        "/id/",
        "/source/nobody",
        "/source/nobody.ttl",
        "/graph/nobody",
        "/graph/nobody.nt",
        "/dataset.exe",
        "/datasets",
        "/definition",
        "/def.xyz",
        "/dump/nothing.nq",
        "/dump/../manifest.json",
        "/dump/..%2F..%2Fetc%2Fpasswd",
        "/questions/nobody",
        "/questions/nobody.csv",
        "/questions/..%2Fmanifest.rq",
        "/static/../__init__.py",
        "/nowhere",
        "/%00",
        "/doc/state/%3Cscript%3E",
    ],
)
def test_an_unknown_name_is_a_404_of_the_right_kind(client: FlaskClient, path: str) -> None:
    assert problem(client.get(path), 404)
    assert problem(client.get(path, headers={"Accept": "text/turtle, */*;q=0.1"}), 404)
    shown = client.get(path, headers={"Accept": BROWSER})
    assert (shown.status_code, shown.content_type) == (404, "text/html; charset=utf-8")
    parsed = Page(shown.text)
    assert parsed.tags.count("h1") == 1
    assert "script" not in parsed.tags
    assert "Not Found 404" in parsed.words


@pytest.mark.parametrize(
    "path", ["/doc/state/kyrgyzstan", "/source/iom-almaty-process", "/graph/register", "/dataset", "/def"]
)
def test_a_format_that_is_not_on_offer_is_refused_with_the_offer(client: FlaskClient, path: str) -> None:
    for accept in ("image/png", "application/n-quads", "text/csv", "*/*;q=0"):
        response = client.get(path, headers={"Accept": accept})
        detail = problem(response, 406)
        assert detail == f"nothing on offer is accepted by {accept!r}; on offer: {', '.join(OFFER)}"
        assert json.loads(response.data)["offer"] == OFFER
        assert "Accept" in response.vary


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/id/state/kyrgyzstan",
        "/doc/state/kyrgyzstan",
        "/doc/state/kyrgyzstan.ttl",
        "/source",
        "/source/iom-almaty-process",
        "/doc/state/kyrgyzstan?asOf=2018-05-01",
        "/disagreements",
        "/graph/register",
        "/graph/view",
        "/dataset",
        "/def.rdf",
        "/shapes",
        "/dump",
        "/dump/dataset.nq",
        "/questions",
        "/questions/chairs",
        "/questions/chairs.csv",
        "/healthz",
        "/sparql?query=ASK%7B%7D",
        "/nowhere",
    ],
)
def test_head_is_get_without_the_body(client: FlaskClient, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.data) == (got.status_code, b"")
    assert dict(head.headers) == dict(got.headers)


# Hostile text


HOSTILE = """<script>alert(1)</script>"'><img src=x onerror=alert(1)>{{ 7 * 7 }} & co."""


@pytest.fixture(scope="module")
def hostile(release: Release, engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A client of the release after somebody put markup into every text and a trap into every link."""
    texts = [quad for quad in release.record if quad.object.startswith('"') and "^^" not in quad.object]
    language = {quad: quad.object.rpartition('"')[2].removeprefix("@") or None for quad in texts}
    quads = set(release.record) - set(texts)
    quads |= {
        Quad(q.subject, q.predicate, literal(HOSTILE + text_of(q.object), language=language[q]), q.graph)
        for q in texts
    }
    state, register = iri(f"{ID}state/kyrgyzstan"), iri(f"{GRAPH}register")
    for trap in ("javascript:alert(1)", "data:text/html,script", "http://example.org/'onmouseover='x"):
        quads.add(Quad(state, iri(PREFIXES["rdfs"] + "seeAlso"), iri(trap), register))
    files = {name: release.read(name) for name in release.files} | {"dataset.nq": n_quads(quads).encode()}
    hostile = write(seal(files), tmp_path_factory.mktemp("hostile"))
    return create_app(hostile, engine).test_client()


@pytest.mark.slow
def test_text_with_markup_is_shown_as_text_on_every_page(hostile: FlaskClient, things: list[str]) -> None:
    pages = ["/", "/source", "/disagreements", "/def", "/dataset", "/graph/register", "/graph/view"]
    pages += [*map(document, things), "/doc/process/almaty-process?asOf=2018-05-01"]
    shown_somewhere = 0
    for path in pages:
        shown = page(hostile, path)
        assert all(script.startswith("/static/") for script in shown.scripts), path
        assert [json.loads(data)["@context"] for data in shown.structured] == ["https://schema.org/"]
        assert not [name for name in shown.attributes if name.startswith("on")], path
        assert shown.tags.count("img") == 1, path  # the mark of the site
        assert all(urlsplit(link).scheme in ("", "http", "https") for link in shown.links), path
        shown_somewhere += HOSTILE in shown.words
    assert shown_somewhere > len(things)
    assert HOSTILE in page(hostile, "/doc/state/kyrgyzstan").title


def test_text_with_markup_survives_in_every_format(hostile: FlaskClient) -> None:
    said = {
        suffix: read(hostile.get(f"/doc/state/kyrgyzstan.{suffix}").data, media_type)
        for suffix, media_type in FORMATS.items()
    }
    assert said == dict.fromkeys(FORMATS, said["nt"])
    assert any(str(value).startswith(HOSTILE) for _, _, value in said["nt"])
