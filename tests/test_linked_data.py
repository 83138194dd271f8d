"""Every IRI of ours answers in every format by GET and HEAD, and every link that it sends leads somewhere."""

import base64
import hashlib
import json
import re
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import urldefrag

import pyoxigraph as ox
import pytest
import werkzeug
from flask.testing import FlaskClient
from werkzeug.http import parse_options_header
from werkzeug.test import TestResponse

from almaty_graph.engine.embedded import Engine, EngineProcess, Limits
from almaty_graph.names import BASE, DATASET, DCTERMS, DEF, GRAPH, ID, OWL, SH, SOURCE, document_path, path_of
from almaty_graph.release import Release
from almaty_graph.release.media import DUMPS
from almaty_graph.terms import TYPE, iri, iri_value, is_iri, text_of
from almaty_graph.validation.asking import SocketValidator
from almaty_graph.web import Serving, create_app

READERS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
}
SUFFIXES = {"text/turtle": "ttl", "application/ld+json": "jsonld", "application/n-triples": "nt"} | {
    "application/rdf+xml": "rdf"
}
LINKS = {"linkset": "application/linkset", "linkset-json": "application/linkset+json"}
# RFC 8288 with the parameters that we send.
LINK = re.compile(
    r'<(?P<href>[^>]*)>; rel="(?P<rel>[^"]*)"(?:; type="(?P<type>[^"]*)")?(?:; anchor="(?P<anchor>[^"]*)")?'
)
OURS = (ID, SOURCE, GRAPH, DEF, BASE + "questions/", DATASET)
Typed = set[tuple[str, str, str | None]]


def links(header: str) -> Typed:
    """The links of a header, none of which may be left over."""
    found = list(LINK.finditer(header))
    assert LINK.sub("", header).replace(",", "").strip() == "", header
    assert len({(m["rel"], m["href"]) for m in found}) == len(found), "a link twice"
    return {(m["rel"], m["href"], m["type"]) for m in found}


def by(found: Typed, relation: str) -> set[tuple[str, str | None]]:
    return {(href, kind) for rel, href, kind in found if rel == relation}


def address(path: str) -> str:
    """Where a document lies: a thing's is elsewhere."""
    return re.sub("^/id/", "/doc/", path)


def read(data: bytes, media_type: str) -> set[ox.Triple]:
    """The triples of a document, by readers that are not ours: none of them asks the network."""
    return {quad.triple for quad in ox.parse(data, format=READERS[media_type])}


@pytest.fixture(scope="module")
def paths(release: Release) -> list[str]:
    """The path of every IRI under our base that stands anywhere in the graph, without fragments."""
    terms = {term for quad in release.record for term in quad if is_iri(term)}
    found = {path_of(urldefrag(iri_value(term))[0]) for term in terms if term.startswith(f"<{BASE}")}
    return sorted(path for path in found if path)


@pytest.fixture(scope="module")
def documents(release: Release, paths: list[str]) -> list[str]:
    """The paths of all documents: those of all things, sources, graphs, questions, and terms."""
    terms = {
        "/def/" + quad.subject[1:-1].removeprefix(DEF)
        for quad in release.record
        if quad.subject.startswith(f"<{DEF}")
    }
    named = {address(path) for path in paths if path not in ("/", "/sparql", "/def/0.1.0", "/questions/")}
    assert len(named) > 1000
    return sorted(named | terms)


# The crawl


@pytest.mark.slow
def test_every_iri_answers_in_every_format_by_get_and_head(client: FlaskClient, documents: list[str]) -> None:
    """Right type, the same triples whatever the format, the same headers by HEAD."""
    for path in documents:
        said: dict[str, set[ox.Triple]] = {}
        for media_type in READERS:
            headers = {"Accept": media_type}
            got = client.get(path, headers=headers, follow_redirects=True)
            head = client.head(path, headers=headers, follow_redirects=True)
            assert (got.status_code, got.mimetype) == (200, media_type), path
            assert (head.status_code, head.headers, head.data) == (200, got.headers, b""), path
            said[media_type] = read(got.data, media_type)
        assert said["text/turtle"], path
        assert all(triples == said["text/turtle"] for triples in said.values()), path


@pytest.mark.slow
def test_no_link_of_any_document_is_dead(client: FlaskClient, documents: list[str]) -> None:
    kinds: dict[str, str] = {}
    wanted: set[tuple[str, str | None]] = set()
    for path in documents:
        for form in ("", ".ttl", ".jsonld", ".nt", ".rdf"):
            response = client.head(path + form)
            kinds[path + form] = response.mimetype or ""
            assert response.status_code == 200, path + form
            for _, href, kind in links(response.headers["Link"]):
                local = path_of(href) if href.startswith(BASE) else href
                if local and local.startswith("/"):
                    wanted.add((urldefrag(local)[0], kind))
    assert len(wanted) > 5 * len(documents)
    for target, kind in sorted(wanted, key=str):
        if target not in kinds:
            response = client.head(target, follow_redirects=True)
            assert response.status_code == 200, target
            kinds[target] = response.mimetype or ""
        assert kind in (None, kinds[target]), target


@pytest.mark.slow
def test_every_iri_of_the_graph_answers(client: FlaskClient, paths: list[str]) -> None:
    for path in paths:
        assert client.head(path, follow_redirects=True).status_code == 200, path


@pytest.mark.slow
def test_a_real_server_answers_as_the_application_does(
    server: str, release: Release, engine: Engine, documents: list[str]
) -> None:
    """A sample: what a server adds, it adds to all alike."""
    # Pages lead to a validator where there is one; none is asked.
    client = create_app(release, engine, Serving(validator=SocketValidator("nowhere"))).test_client()
    # A question redirects to its data, which urllib would then ask for by GET.
    for path in [path for path in documents if not path.startswith("/questions/")][::40]:
        for media_type in ("text/html", *READERS):
            for method in ("GET", "HEAD"):
                asked = urllib.request.Request(server + path, method=method, headers={"Accept": media_type})
                with urllib.request.urlopen(asked, timeout=15) as reply:
                    expected = client.open(
                        path, method=method, headers={"Accept": media_type}, follow_redirects=True
                    )
                    told = (reply.status, reply.headers["Content-Type"], reply.headers["Link"], reply.read())
                assert told == (200, expected.content_type, expected.headers["Link"], expected.data), path


# Links, one by one

EXAMPLES = [
    "/doc/state/kyrgyzstan",
    "/source/iom-almaty-process",
    "/graph/view",
    "/def",
    "/def/State",
    "/dataset",
]
EXAMPLES += ["/questions/chairs"]
each = pytest.mark.parametrize("path", EXAMPLES)


def name_of(path: str) -> str:
    return BASE + re.sub("^/doc/", "/id/", re.sub("^/def/", "/def#", path))[1:]


@each
def test_a_page_links_each_of_its_formats_with_its_type(client: FlaskClient, path: str) -> None:
    found = links(client.get(path).headers["Link"])
    formats: set[tuple[str, str | None]] = {(f"{path}.{suffix}", kind) for kind, suffix in SUFFIXES.items()}
    assert by(found, "alternate") == by(found, "describedby") == formats
    for target, kind in formats:
        response = client.get(target)
        assert (response.status_code, response.mimetype) == (200, kind)
        back = links(response.headers["Link"])
        assert by(back, "describes") == {(path, "text/html")}
        assert by(back, "alternate") == formats - {(target, kind)} | {(path, "text/html")}


@each
def test_a_document_is_cited_by_the_iri_of_what_it_is_about(client: FlaskClient, path: str) -> None:
    for form in ("", ".ttl"):
        [(target, kind)] = by(links(client.get(path + form).headers["Link"]), "cite-as")
        assert (target, kind) == (name_of(path), None)
    seen = client.get(path_of(target) or "", follow_redirects=True)
    assert seen.request.path in (path, urldefrag(path_of(target) or "")[0])


@each
def test_a_document_has_the_licence_of_its_dataset(client: FlaskClient, release: Release, path: str) -> None:
    stated = release.record.values(iri(DATASET), iri(DCTERMS + "license"))
    for form in ("", ".nt"):
        assert by(links(client.get(path + form).headers["Link"]), "license") == {
            (text_of(v), None) for v in stated
        }


@pytest.mark.parametrize(
    ("path", "kinds"),
    [
        ("/doc/state/kyrgyzstan", {"Country"}),
        ("/doc/organization/unhcr", {"Organization"}),
        ("/doc/process/almaty-process", {"Organization"}),
        ("/doc/claim/iom-almaty-process/chair-kyrgyzstan", {"Claim"}),
        ("/doc/role/chair", {"DefinedTerm"}),
        ("/source/iom-almaty-process", {"CreativeWork"}),
        ("/dataset", {"Dataset"}),
        ("/graph/view", {"Thing"}),
        ("/def", {"DefinedTermSet"}),
        ("/def/State", {"DefinedTerm"}),
        ("/questions/chairs", {"SoftwareSourceCode"}),
    ],
)
def test_a_page_says_what_it_is_and_what_it_is_about(client: FlaskClient, path: str, kinds: set[str]) -> None:
    expected = {(f"https://schema.org/{name}", None) for name in kinds | {"AboutPage"}}
    assert by(links(client.get(path).headers["Link"]), "type") == expected


def test_collections_and_items_lead_to_each_other(client: FlaskClient) -> None:
    whole = links(client.get("/dataset").headers["Link"])
    assert by(whole, "item") == {(f"/dump/dataset.{form.suffix}", form.media_type) for form in DUMPS}
    assert by(whole, "collection") == set()
    for target, kind in by(whole, "item"):
        response = client.head(target)
        assert (response.status_code, response.mimetype) == (200, kind)
        assert by(links(response.headers["Link"]), "collection") == {("/dataset", "text/html")}
    assert by(links(client.get("/def/State").headers["Link"]), "collection") == {("/def", "text/html")}
    for path in EXAMPLES[:3]:
        assert by(links(client.get(path).headers["Link"]), "collection") == {("/dataset", "text/html")}


@each
def test_a_linkset_says_in_both_formats_what_the_headers_say(client: FlaskClient, path: str) -> None:
    listed = by(links(client.get(path).headers["Link"]), "linkset")
    assert listed == {(f"{path}.{suffix}", kind) for suffix, kind in LINKS.items()}
    text, structured = client.get(f"{path}.linkset"), client.get(f"{path}.linkset-json")
    assert (text.mimetype, structured.mimetype) == tuple(LINKS.values())
    as_text = {(m["anchor"], m["rel"], m["href"], m["type"]) for m in LINK.finditer(text.text)}
    as_json = {
        (context["anchor"], relation, target["href"], target.get("type"))
        for context in json.loads(structured.data)["linkset"]
        for relation, targets in context.items()
        if relation != "anchor"
        for target in targets
    }
    assert as_text == as_json
    assert all(href.startswith("https://") and anchor.startswith(BASE) for anchor, _, href, _ in as_json)
    for form in ("", *(f".{suffix}" for suffix in SUFFIXES.values())):
        for relation, href, kind in links(client.get(path + form).headers["Link"]):
            absolute = BASE + href[1:] if href.startswith("/") else href
            assert (BASE + path[1:] + form, relation, absolute, kind) in as_json


def test_the_linkset_of_the_dataset_has_every_document(client: FlaskClient, documents: list[str]) -> None:
    [page, *_] = json.loads(client.get("/dataset.linkset-json").data)["linkset"]
    items = {path_of(link["href"]) for link in page["item"]}
    expected = {path for path in documents if path.startswith(("/doc/", "/source/", "/graph/"))}
    assert items == expected | {f"/dump/dataset.{form.suffix}" for form in DUMPS}


# What a client has already


@each
@pytest.mark.parametrize("suffix", ["", ".ttl", ".jsonld"])
def test_a_document_is_sent_once(client: FlaskClient, release: Release, path: str, suffix: str) -> None:
    first = client.get(path + suffix)
    tag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    [issued] = release.record.values(iri(DATASET), iri(DCTERMS + "issued"))
    assert tag[:1] == tag[-1:] == '"'
    assert modified == werkzeug.http.http_date(werkzeug.http.parse_date(modified))
    assert f"{werkzeug.http.parse_date(modified):%Y-%m-%d}" == text_of(issued)

    def status(**headers: str) -> int:
        return client.get(
            path + suffix, headers={k.replace("_", "-"): v for k, v in headers.items()}
        ).status_code

    assert status(If_None_Match=tag) == status(If_None_Match=f'"other", {tag}') == 304
    assert status(If_Modified_Since=modified) == 304
    assert status(If_Modified_Since="Fri, 01 Jan 2100 00:00:00 GMT") == 304
    assert status(If_Modified_Since="Sat, 01 Jan 2000 00:00:00 GMT") == 200
    assert status(If_Modified_Since="yesterday") == 200
    # An entity tag counts for more than a date (RFC 9110, 13.2.2).
    assert status(If_None_Match='"other"', If_Modified_Since=modified) == 200


def test_a_document_says_what_it_depends_on(client: FlaskClient) -> None:
    for path in EXAMPLES[:6]:
        for form in ("", ".ttl"):
            vary = client.get(path + form).headers["Vary"]
            assert vary == "Accept, Accept-Language, Accept-Encoding"


@pytest.mark.parametrize(
    ("path", "asked", "language", "heading"),
    [
        ("/doc/state/iran", "ru", "ru", "Иран"),
        ("/doc/state/iran", "ru-RU, en;q=0.5", "ru", "Иран"),
        ("/doc/state/iran", "de, tk;q=0.9", "tk", "Eýran"),
        ("/doc/state/iran", "de", "en", "Iran"),
        ("/doc/state/iran", "en, ru;q=0.9", "en", "Iran"),
        ("/doc/state/iran", "ru;q=0", "en", "Iran"),
        ("/doc/role/chair", "kk, ru;q=0.1", "ru", None),
        ("/def/State", "ru", "ru", "государство"),
        ("/def/State", "fr", "en", "state"),
    ],
)
def test_a_page_has_the_name_in_the_language_asked_for(
    client: FlaskClient, path: str, asked: str, language: str, heading: str | None
) -> None:
    text = client.get(path, headers={"Accept-Language": asked}).text
    [(attributes, words)] = re.findall(r"<h1([^>]*)>([^<]*)</h1>", text)
    assert heading in (None, words)
    if path.startswith("/doc/"):
        speaks = "ru" if "ru" in asked and language == "ru" else "en"
        assert f'<html lang="{speaks}">' in text
        assert attributes == ("" if language == speaks else f' lang="{language}"') + ' dir="auto"'
    else:
        assert f'<div lang="{language}">' in text


# JSON-LD


def test_json_ld_is_compacted_by_the_context_that_is_served(client: FlaskClient) -> None:
    context = client.get("/context.jsonld")
    assert (context.status_code, context.mimetype) == (200, "application/ld+json")
    assert context.headers["Cache-Control"] == "public, max-age=604800"
    document = json.loads(client.get("/doc/state/iran.jsonld").data)
    assert document["@context"] == json.loads(context.data)["@context"]


@pytest.mark.parametrize(
    ("path", "frame", "top"),
    [
        ("/doc/state/iran", "State", "state/iran"),
        ("/doc/organization/unhcr", "Organization", "organization/unhcr"),
        (
            "/doc/claim/iom-almaty-process/chair-kyrgyzstan",
            "Participation",
            "claim/iom-almaty-process/chair-kyrgyzstan",
        ),
    ],
)
def test_a_frame_puts_its_class_on_top_and_loses_nothing_of_it(
    client: FlaskClient, path: str, frame: str, top: str
) -> None:
    reply = client.get(f"{path}?frame={frame}", headers={"Accept": "*/*"})
    kind, parameters = parse_options_header(reply.headers["Content-Type"])
    assert (kind, parameters) == ("application/ld+json", {"profile": "http://www.w3.org/ns/json-ld#framed"})
    assert client.get(f"{path}.jsonld?frame={frame}").data == reply.data
    node = json.loads(reply.data)
    assert node["id"] in (f"almaty:id/{top}", ID + top)
    framed = read(reply.data, "application/ld+json")
    whole = read(client.get(f"{path}.nt").data, "application/n-triples")
    assert framed <= whole
    about = ox.NamedNode(ID + top)
    assert {t for t in whole if about in (t.subject, t.object)} <= framed


def test_every_class_that_has_things_has_a_frame(client: FlaskClient, release: Release) -> None:
    classes = {
        quad.object: quad.subject
        for quad in release.record
        if quad.predicate == TYPE and quad.object.startswith(f"<{DEF}") and "#" not in quad.subject
    }
    assert len(classes) > 15
    for kind, thing in classes.items():
        path = document_path(iri_value(thing))
        reply = client.get(f"{path}.jsonld?frame={iri_value(kind).removeprefix(DEF)}")
        assert reply.status_code == 200, kind
        assert ox.NamedNode(iri_value(thing)) in {t.subject for t in read(reply.data, "application/ld+json")}


@pytest.mark.parametrize(
    ("target", "status", "words"),
    [
        ("/doc/state/iran?frame=Nonsense", 400, "nothing is a def:Nonsense"),
        ("/doc/state/iran.ttl?frame=State", 400, "Turtle cannot be framed"),
        ("/graph/contents.jsonld?frame=State", 400, "too many to frame"),
    ],
)
def test_a_frame_that_there_is_not_is_told(client: FlaskClient, target: str, status: int, words: str) -> None:
    reply = client.get(target)
    assert reply.status_code == status
    assert words in json.loads(reply.data)["detail"]


# schema.org


def embedded(response: TestResponse) -> dict[str, Any]:
    [text] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', response.text, re.DOTALL)
    found: dict[str, Any] = json.loads(text)
    assert found["@context"] == "https://schema.org/"
    return found


def test_every_page_tells_search_engines_what_it_is(client: FlaskClient) -> None:
    for path in (*EXAMPLES, "/", "/source", "/questions", "/disagreements", "/dump", "/sparql"):
        node = embedded(client.get(path, headers={"Accept": "text/html"}))
        assert node["@id"] == node["url"] == BASE + path[1:]
        assert node["isPartOf"]["@id"] == DATASET
        assert node["name"]


def test_the_thing_of_a_page_is_described_in_schema_org(client: FlaskClient) -> None:
    node = embedded(client.get("/doc/state/iran"))["mainEntity"]
    assert (node["@type"], node["@id"]) == ("Country", ID + "state/iran")
    assert {"@value": "Иран", "@language": "ru"} in node["name"]
    assert {"@id": "http://www.wikidata.org/entity/Q794"} in node["sameAs"]
    claim = embedded(client.get("/doc/claim/iom-almaty-process/chair-kyrgyzstan"))["mainEntity"]
    assert claim["@type"] == "Claim"
    assert claim["appearance"]["@id"] == SOURCE + "iom-almaty-process"


# Names given up


@pytest.fixture(scope="module")
def given_up(given_up_release: Release) -> Iterator[FlaskClient]:
    """A client of a release in which one name was merged, and one withdrawn."""
    with EngineProcess(given_up_release.folder / "dataset.nq", Limits()) as process:
        yield create_app(given_up_release, process.engine).test_client()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/id/state/persia", "/id/state/iran"),
        ("/doc/state/persia", "/doc/state/iran"),
        ("/doc/state/persia.ttl", "/doc/state/iran.ttl"),
    ],
)
def test_a_merged_name_leads_to_what_replaces_it(given_up: FlaskClient, path: str, location: str) -> None:
    for method in (given_up.get, given_up.head):
        reply = method(path, headers={"Accept": "text/turtle"})
        assert (reply.status_code, reply.headers["Location"]) == (301, location)
    triples = read(given_up.get(path, headers={"Accept": "text/turtle"}).data, "text/turtle")
    assert {t.predicate.value for t in triples} == {DCTERMS + "isReplacedBy", OWL + "deprecated"} | {
        "http://www.w3.org/2004/02/skos/core#changeNote"
    }
    assert "The same state as state:iran." in given_up.get("/id/state/persia").text
    assert given_up.get(path, follow_redirects=True).status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/id/state/atlantis", "/doc/state/atlantis"])
def test_a_withdrawn_name_is_gone_and_says_why(given_up: FlaskClient, path: str) -> None:
    for media_type in READERS:
        reply = given_up.get(path, headers={"Accept": media_type})
        assert (reply.status_code, reply.mimetype) == (410, media_type)
        assert any("Entered by mistake." in str(t.object) for t in read(reply.data, media_type))
    page = given_up.get(path, headers={"Accept": "text/html"})
    assert (page.status_code, page.mimetype) == (410, "text/html")
    assert "Entered by mistake." in page.text
    assert "Внесено по ошибке." in page.text
    assert given_up.get("/doc/state/atlantis.ttl").status_code == 410


# Terms


def test_the_page_of_a_term_has_the_rules_that_bind_it(client: FlaskClient, release: Release) -> None:
    shapes = set(ox.parse(release.read("shapes.ttl"), format=ox.RdfFormat.TURTLE))
    path = ox.NamedNode(SH + "path")
    named = {
        q.subject for q in shapes if q.predicate == path and q.object == ox.NamedNode(DEF + "nameAsWritten")
    }
    assert named
    page = client.get("/def/nameAsWritten")
    for shape in named:
        assert isinstance(shape, ox.NamedNode)
        assert f'href="/{shape.value.removeprefix(BASE)}"' in page.text
    triples = read(client.get("/def/nameAsWritten.ttl").data, "text/turtle")
    assert (
        ox.Triple(
            ox.NamedNode(DEF + "nameAsWritten"),
            ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#isDefinedBy"),
            ox.NamedNode(BASE + "def"),
        )
        in triples
    )
    assert {t.subject for t in triples if t.predicate == path} >= named


def test_the_rules_of_a_class_are_those_of_the_classes_above_too(client: FlaskClient) -> None:
    assert "shapes:Claim-wasDerivedFrom" in client.get("/def/Participation").text
    assert "shapes:Participation-member" not in client.get("/def/Claim").text


# Files


def test_a_part_of_a_dump_is_sent_for_a_range(client: FlaskClient, release: Release) -> None:
    data, path = release.read("dataset.nq"), "/dump/dataset.nq"
    size = len(data)
    for asked, begin, end in [
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, size),
        ("bytes=-100", size - 100, size),
        (f"bytes=0-{size * 2}", 0, size),
        ("bytes=1000-2500000", 1000, 2_500_001),
    ]:
        reply = client.get(path, headers={"Range": asked, "Accept-Encoding": "gzip"})
        assert (reply.status_code, reply.data) == (206, data[begin:end]), asked
        assert reply.headers["Content-Range"] == f"bytes {begin}-{end - 1}/{size}"
        assert "Content-Encoding" not in reply.headers


def test_a_range_beyond_the_end_is_not_satisfiable(client: FlaskClient, release: Release) -> None:
    size = release.files["dataset.nq"].size
    for asked in (f"bytes={size}-", "bytes=-0", "bytes=9-3"):
        reply = client.get("/dump/dataset.nq", headers={"Range": asked})
        assert (reply.status_code, reply.headers["Content-Range"]) == (416, f"bytes */{size}")


def test_a_dump_is_sent_whole_where_no_one_range_is_asked_for(client: FlaskClient, release: Release) -> None:
    for asked in ("lines=1-2", "bytes=0-1,5-6", "bytes=", "bytes=a-b"):
        assert client.get("/dump/report.ttl", headers={"Range": asked}).data == release.read("report.ttl")
    head = client.head("/dump/report.ttl", headers={"Range": "bytes=0-1"})
    assert (head.status_code, head.headers["Accept-Ranges"]) == (200, "bytes")


def test_a_broken_download_goes_on_only_in_the_same_file(client: FlaskClient) -> None:
    path = "/dump/dataset.nq"
    first = client.head(path)
    for state, status in [
        (first.headers["ETag"], 206),
        (first.headers["Last-Modified"], 206),
        ('"another"', 200),
        (f"W/{first.headers['ETag']}", 200),
        ("Sat, 01 Jan 2000 00:00:00 GMT", 200),
        (client.head(path, headers={"Accept-Encoding": "gzip"}).headers["ETag"], 200),
    ]:
        reply = client.get(path, headers={"Range": "bytes=0-9", "If-Range": state})
        assert reply.status_code == status, state
        reply.close()


def test_a_dump_comes_as_it_lies_there_compressed(client: FlaskClient, release: Release) -> None:
    reply = client.get("/dump/dataset.ttl", headers={"Accept-Encoding": "gzip"})
    assert reply.headers["Content-Encoding"] == "gzip"
    assert reply.data == release.read("dataset.ttl.gz")
    assert reply.headers["ETag"] != client.head("/dump/dataset.ttl").headers["ETag"]


@pytest.mark.parametrize("coding", ["identity", "gzip", "zstd", "br"])
@pytest.mark.parametrize("name", ["dataset.ttl", "graph/view.ttl", "tables/State.csv", "dataset.nq.gz"])
def test_a_digest_is_of_the_bytes_that_are_sent(client: FlaskClient, name: str, coding: str) -> None:
    """As they are coded (RFC 9530, 3); what is compressed on the way has none."""
    reply = client.get(f"/dump/{name}", headers={"Accept-Encoding": coding})
    assert reply.status_code == 200
    digest = base64.b64encode(hashlib.sha256(reply.data).digest()).decode()
    assert reply.headers.get("Repr-Digest") in (
        {f"sha-256=:{digest}:"} | ({None} if coding == "br" else set())
    )


def test_a_dump_says_the_digest_that_the_manifest_has(client: FlaskClient, release: Release) -> None:
    for name, file in release.files.items():
        digest = client.head(f"/dump/{name}").headers["Repr-Digest"]
        assert digest == f"sha-256=:{base64.b64encode(bytes.fromhex(file.sha256)).decode()}:"
    assert hashlib.sha256(release.read(name)).hexdigest() == file.sha256
