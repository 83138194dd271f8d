"""Parts of our graph are found by address or name, and shown with what is said of their lines."""

import json
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from almaty_graph import turtle
from almaty_graph.engine.embedded import Engine
from almaty_graph.errors import NotFound
from almaty_graph.names import BASE, DEF, GRAPH, ID, SOURCE
from almaty_graph.release import Release
from almaty_graph.terms import iri, iri_value
from almaty_graph.validation.asking import RELEASE, Limits, Reply, Request, ValidationProcess, Validator
from almaty_graph.validation.documents import Document
from almaty_graph.web import Serving, create_app
from almaty_graph.web.portal.labels import Labels
from almaty_graph.web.services.marking import anchor, mark, parts_of, problem_of
from almaty_graph.web.services.parts import Parts

HERE = "http://portal.example:8000/"
HTML = {"Accept": "text/html"}
KYRGYZSTAN = ID + "state/kyrgyzstan"


@pytest.fixture(scope="module")
def parts(release: Release) -> Parts:
    return Parts(release)


@pytest.mark.parametrize(
    "name",
    [
        KYRGYZSTAN,
        KYRGYZSTAN.replace("https:", "http:"),
        BASE + "doc/state/kyrgyzstan",
        HERE + "doc/state/kyrgyzstan",
        HERE + "doc/state/kyrgyzstan.ttl?frame=x",
        HERE + "doc/state/kyrgyzstan?asOf=2018-05-01#rules",
        "/doc/state/kyrgyzstan",
        "/id/state/kyrgyzstan",
        " state:kyrgyzstan ",
        "state/kyrgyzstan",
        "Kyrgyzstan",
        "Кыргызстан",
    ],
)
def test_a_thing_is_found_by_all_that_it_may_be_called(parts: Parts, release: Release, name: str) -> None:
    part = parts.find(name, HERE)
    said = {triple for triple, _ in turtle.parse(part.document.text, "data.ttl")}
    assert said == {quad.triple for quad in release.record.judged(release.record.document(iri(KYRGYZSTAN)))}
    assert part.known == RELEASE


@pytest.mark.parametrize(
    ("name", "graph"),
    [
        ("graph:register", "register"),
        ("register", "register"),
        (GRAPH + "register", "register"),
        (HERE + "graph/links.ttl", "links"),
        ("/graph/iom-almaty-process", "iom-almaty-process"),
        ("iom-almaty-process", "iom-almaty-process"),
        ("/def", "ontology"),
        (HERE + "def.ttl", "ontology"),
    ],
)
def test_a_graph_is_found_as_a_whole(parts: Parts, release: Release, name: str, graph: str) -> None:
    part = parts.find(name, HERE)
    said = {triple for triple, _ in turtle.parse(part.document.text, "data.ttl")}
    assert said == {quad.triple for quad in release.record.graph(iri(GRAPH + graph))}
    assert (part.known, part.left_out) == (GRAPH + graph, 0)


@pytest.mark.parametrize(
    ("name", "said_of"),
    [
        (SOURCE + "iom-almaty-process", SOURCE + "iom-almaty-process"),
        (SOURCE + "iom-almaty-process#L20", SOURCE + "iom-almaty-process#L20"),
        ("/def/State", DEF + "State"),
        (HERE + "def/State", DEF + "State"),
        (DEF + "State", DEF + "State"),
        ("/def#State", DEF + "State"),
        ("/doc/claim/iom-almaty-process/chair-kyrgyzstan", ID + "claim/iom-almaty-process/chair-kyrgyzstan"),
    ],
)
def test_sources_passages_claims_and_terms_are_found(parts: Parts, name: str, said_of: str) -> None:
    document = parts.find(name, HERE).document
    assert iri(said_of) in {triple.subject for triple, _ in turtle.parse(document.text, "data.ttl")}


@pytest.mark.parametrize(
    "name",
    [
        "nowhere",
        "",
        "/",
        "/nowhere",
        "https://example.org/",
        "http://portal.example/doc/state/kyrgyzstan",
        "file:///etc/passwd",
        "graph:none",
        "<>",
        '"',
        "x" * 10_000,
        "//example.org/doc/state/kyrgyzstan",
    ],
)
def test_what_is_not_ours_is_told_in_one_sentence(parts: Parts, name: str) -> None:
    with pytest.raises(NotFound, match=r"nothing of this graph is called .* nothing is fetched") as told:
        parts.find(name, HERE)
    assert len(str(told.value)) < 500


def test_of_several_things_with_a_name_it_is_asked_which(parts: Parts) -> None:
    with pytest.raises(NotFound, match=r"several things are called 'role': say which, such as \S+, \S+"):
        parts.find("role", HERE)


# How results and lines are shown


def result(**more: Any) -> dict[str, Any]:
    plain = {"focus": iri(KYRGYZSTAN), "path": None, "value": None, "shape": "_:b0", "constraint": None}
    return {**plain, "place": {"file": "data.ttl", "line": 2, "column": 1}, **more}


def document(*lines: str, name: str = "data.ttl") -> Document:
    return Document(name, ox.RdfFormat.TURTLE, text="\n".join(lines).encode())


def test_a_result_is_told_by_labels_and_leads_to_what_is_ours(release: Release) -> None:
    labels = Labels(release.record)
    told = parts_of(
        result(
            path=iri(DEF + "nameAsWritten"), value='"x"@en', shape=iri(BASE + "shapes#Claim-nameAsWritten")
        ),
        labels,
        is_by_ours=True,
    )
    assert [(each.role, each.text, each.link) for each in told] == [
        ("About", "Kyrgyzstan (state:kyrgyzstan)", "/doc/state/kyrgyzstan"),
        ("Property", "name as written (def:nameAsWritten)", "/def#nameAsWritten"),
        ("Value", '"x"@en', None),
        ("Rule", "shapes:Claim-nameAsWritten", "/shapes#Claim-nameAsWritten"),
    ]
    elsewhere = iri("http://example.org/a")
    told = parts_of(result(focus=elsewhere, value=elsewhere, path="<x:a>/<x:b>"), labels, is_by_ours=False)
    assert [(each.role, each.text, each.link) for each in told] == [
        ("About", "http://example.org/a", None),
        ("Path", "<x:a>/<x:b>", None),
    ]


def test_lines_are_marked_by_the_numbers_of_their_results() -> None:
    results = [result(), result(place=None), result(), result(place={"file": "other.ttl", "line": 1})]
    [text] = mark([document("a", "b", "c"), document("x", name="shapes.ttl")], results)
    assert text.lines == [(1, "a", []), (2, "b", [1, 3]), (3, "c", [])]
    assert mark([document("a", "b")], []) == []


def test_of_a_long_text_the_lines_about_results_are_shown_and_long_lines_are_cut() -> None:
    lines = ["x" * 1000, *("y" for _ in range(3000))]
    [text] = mark([document(*lines)], [result(), result(place={"file": "data.ttl", "line": 2000})])
    assert [number for number, _, _ in text.lines] == [1, 2, 3, 4, 1998, 1999, 2000, 2001, 2002]
    assert text.lines[0][1] == "x" * 400 + "…"


def test_a_mistake_at_the_end_has_a_line_of_its_own() -> None:
    [text] = mark([document("a", "")], [problem_of("data.ttl:2:1: not Turtle: unexpected end")])
    assert text.lines == [(1, "a", []), (2, "", [1])]


def test_the_place_of_a_problem_is_taken_from_its_message() -> None:
    told = problem_of("my data.ttl:3:7: not Turtle: no: such")
    assert (told["message"], told["place"]) == (
        "Not Turtle: no: such",
        {"file": "my data.ttl", "line": 3, "column": 7},
    )
    assert anchor("my data.ttl") == "my-data.ttl"
    assert (problem_of("x:y")["place"], problem_of("x:y")["remedy"]) == (None, "")


# The routes


class Recording:
    """Validates nothing, and tells what it was asked."""

    limits = Limits(document_bytes=400_000)

    def __init__(self) -> None:
        self.asked: list[Request] = []

    def ask(self, request: Request, _watch: object = None) -> Reply:
        self.asked.append(request)
        report = {"conforms": True, "counts": {"violations": 0, "warnings": 0, "infos": 0}}
        return Reply(json.dumps(report | {"notes": [], "results": []}).encode(), {}, conforms=True)


def client_of(release: Release, engine: Engine, validator: Validator) -> FlaskClient:
    return create_app(release, engine, Serving(validator=validator)).test_client()


@pytest.fixture
def recording() -> Recording:
    return Recording()


@pytest.fixture
def asking(release: Release, engine: Engine, recording: Recording) -> FlaskClient:
    return client_of(release, engine, recording)


def test_a_part_is_put_into_the_text_and_validated(asking: FlaskClient, recording: Recording) -> None:
    page = asking.get("/validate", query_string={"from": "state:kyrgyzstan"}, headers=HTML)
    assert page.status_code == 200
    [asked] = recording.asked
    assert (asked.known, asked.shapes, [each.name for each in asked.data]) == (RELEASE, (), ["data.ttl"])
    assert asked.data[0].text.decode().partition("\n")[0] in unescape(page.text)
    assert '<option value="release" selected>' in page.text
    page = asking.get("/validate", query_string={"from": "graph:register"}, headers=HTML)
    assert recording.asked[-1].known == GRAPH + "register"
    assert f'<option value="{GRAPH}register" selected>all of our graph, but for graph:register' in page.text


def test_a_form_says_whether_it_is_the_text_or_the_part(asking: FlaskClient, recording: Recording) -> None:
    both = {"data": "<x:a> <x:b> <x:c> .", "from": "state:kyrgyzstan", "shapes": "<x:s> <x:p> <x:o> ."}
    assert asking.post("/validate", data=both | {"use": "data"}).status_code == 200
    assert recording.asked[-1].data[0].text == b"<x:a> <x:b> <x:c> ."
    assert recording.asked[-1].known == "register"
    assert asking.post("/validate", data=both | {"use": "from", "known": ""}).status_code == 200
    assert b"kyrgyzstan" in recording.asked[-1].data[0].text
    assert recording.asked[-1].shapes[0].text == b"<x:s> <x:p> <x:o> ."
    assert recording.asked[-1].known == RELEASE
    stale = {"use": "from", "from": "graph:links", "known": RELEASE}
    assert asking.post("/validate", data=stale).status_code == 200
    assert recording.asked[-1].known == GRAPH + "links", "not what the form had from the part before"
    kept = both | {"use": "from", "known": "register"}
    assert asking.post("/validate", data=kept).status_code == 200
    assert recording.asked[-1].known == "register"


@pytest.mark.parametrize(
    ("given", "status", "detail"),
    [
        ({"from": "nowhere"}, 404, "nothing of this graph is called 'nowhere'"),
        ({"from": "https://example.org/a.ttl"}, 404, "nothing is fetched from elsewhere"),
        ({"from": "", "use": "from"}, 400, "found no name"),
        ({"from": "graph:register", "data": "<x:a> <x:b> <x:c> ."}, 400, "found both data and from"),
        ({"from": "graph:register", "known": "none"}, 400, "found known='none'"),
        ({"from": "graph:contents"}, 400, "too many to be validated here"),
        ({"from": ""}, 400, "found no data"),
    ],
)
def test_what_cannot_be_taken_is_told_to_readers_and_to_programs(
    asking: FlaskClient, recording: Recording, given: dict[str, str], status: int, detail: str
) -> None:
    for accept in ("application/json", "text/html"):
        reply = asking.post("/validate", data=given, headers={"Accept": accept})
        assert reply.status_code == status
        if accept == "text/html":
            assert reply.text.count("<h2>Not checked</h2>") == 1
            assert detail.casefold() in unescape(reply.text).casefold()
        else:
            assert detail in json.loads(reply.data)["detail"]
    assert recording.asked == []


def test_pages_lead_to_the_check_of_what_they_show(asking: FlaskClient, recording: Recording) -> None:
    paths = ["/doc/state/kyrgyzstan", "/source/iom-almaty-process", "/graph/register", "/def/State"]
    for path in paths:
        page = asking.get(path, headers=HTML).text
        link = "/validate?" + urlencode({"from": path}, safe="/")
        assert f'href="{link}" rel="nofollow"' in page
        assert asking.get(link, headers=HTML).status_code == 200
    assert len(recording.asked) == len(paths)


def test_pages_do_not_lead_there_where_nobody_validates(client: FlaskClient) -> None:
    assert "Check this" not in client.get("/doc/state/kyrgyzstan", headers=HTML).text


def test_files_do_not_lead_where_only_a_server_answers(release: Release, engine: Engine) -> None:
    client = create_app(release, engine, Serving(as_files=True)).test_client()
    assert "/validate" not in client.get("/doc/state/kyrgyzstan", headers=HTML).text


# With the process that validates


@pytest.fixture(scope="module")
def validating(release: Release, engine: Engine) -> Iterator[FlaskClient]:
    with ValidationProcess(release.folder) as process:
        yield client_of(release, engine, process.validator)


def told(client: FlaskClient, **form: str) -> dict[str, Any]:
    reply = client.post("/validate", data=form, headers={"Accept": "application/json"})
    assert reply.status_code == 200, reply.text
    report = json.loads(reply.data)
    assert isinstance(report, dict)
    return report


@pytest.mark.slow
@pytest.mark.parametrize("name", ["state:kyrgyzstan", "graph:register", "graph:view", "graph:links", "/def"])
def test_a_part_stands_as_it_does_in_the_check_of_the_release(validating: FlaskClient, name: str) -> None:
    assert told(validating, **{"from": name})["results"] == []


@pytest.mark.slow
def test_what_the_check_of_the_release_found_is_found_again(
    validating: FlaskClient, release: Release
) -> None:
    found = {
        (each["focus"], each["constraint"] or each["shape"])
        for each in told(validating, **{"from": "graph:iom-almaty-process"})["results"]
    }
    kept = release.read("report.ttl").decode()
    assert found
    assert all(iri_value(focus).rpartition("/")[2] in kept for focus, _ in found)


@pytest.mark.slow
def test_an_edited_part_is_judged_in_place_of_what_the_release_says(
    validating: FlaskClient, parts: Parts
) -> None:
    text = parts.find("graph:register", HERE).document.text.decode()
    without = "\n".join(line for line in text.split("\n") if '"Kyrgyzstan"@en' not in line)
    assert without != text
    report = told(validating, data=without, known=GRAPH + "register")
    assert iri(KYRGYZSTAN) in {each["focus"] for each in report["results"]}
    assert told(validating, data=text, known=GRAPH + "register")["conforms"]
    thing = parts.find("state:kyrgyzstan", HERE).document.text.decode()
    without = "\n".join(line for line in thing.split("\n") if '"Kyrgyzstan"@en' not in line)
    assert iri(KYRGYZSTAN) in {
        each["focus"] for each in told(validating, data=without, known=RELEASE)["results"]
    }


@pytest.mark.slow
def test_a_part_is_held_against_shapes_that_are_sent(validating: FlaskClient) -> None:
    shapes = (
        "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix def: <https://w3id.org/almaty-process/def#> .\n"
        "@prefix prov: <http://www.w3.org/ns/prov#> .\n"
        "<x:S> sh:targetClass def:Passage ; sh:property [ sh:path prov:wasQuotedFrom ; sh:class def:{} ] ."
    )
    part = {"from": "/doc/claim/iom-almaty-process/chair-kyrgyzstan"}
    assert told(validating, shapes=shapes.replace("{}", "Source"), **part)["conforms"]
    assert told(validating, shapes=shapes.replace("{}", "State"), **part)["counts"]["violations"] > 0
    report = told(validating, shapes=shapes.replace("{}", "Source"), known="register", **part)
    assert not report["conforms"], "the source is not in the text"


@pytest.mark.slow
def test_of_a_blank_node_in_the_text_results_are_told(validating: FlaskClient) -> None:
    report = told(validating, data="[] a <https://w3id.org/almaty-process/def#Claim> .", known=RELEASE)
    assert report["results"]
    assert {each["focus"][:2] for each in report["results"]} == {"_:"}
    assert report["results"][0]["place"]["line"] == 1
