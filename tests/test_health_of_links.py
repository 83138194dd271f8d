"""Links to us are judged: a list of IRIs one by one, a portal's RDF by a report, on a server or without."""

import json
from pathlib import Path
from typing import Any

import pytest
import rdflib
from click.testing import CliRunner
from flask.testing import FlaskClient

from almaty_graph.cli import main
from almaty_graph.engine.embedded import Engine
from almaty_graph.formats import TURTLE
from almaty_graph.linking.health import Status, find_health
from almaty_graph.names import BASE, DCTERMS, DEF, ID, OWL, SKOS, XSD
from almaty_graph.release import Release
from almaty_graph.release.building import seal, write
from almaty_graph.terms import Quad, iri, literal, n_quads, read_n_quads
from almaty_graph.web import create_app
from conftest import Serve
from test_validation_service import Answer, post

MERGED, WITHDRAWN, SPLIT = (f"{ID}organization/{name}" for name in ("old-iom", "withdrawn", "split"))
IOM, UNHCR, IRAN = f"{ID}organization/iom", f"{ID}organization/unhcr", f"{ID}state/iran"
REPLACED = {MERGED: (IOM,), WITHDRAWN: (), SPLIT: (IOM, UNHCR)}
REASON = "It was there twice."
PORTAL = f"""@prefix def: <{DEF}> . @prefix state: <{ID}state/> . @prefix x: <http://example.org/> .
@prefix org: <http://www.w3.org/ns/org#> . @prefix process: <{ID}process/> .
x:fine <{OWL}sameAs> <{IRAN}> ; org:memberOf process:almaty-process ; x:page <{BASE}doc/state/iran> .
x:unknown <{OWL}sameAs> state:atlantis .
x:old org:linkedTo <{MERGED}> .
x:range def:meetingOf state:iran .
state:iran def:meetingOf process:almaty-process .
x:word def:nothing 1 .
state:atlantis x:says "that it is there" ; a def:State .
"""


@pytest.fixture(scope="module")
def retiring(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The real release, with three names in its record that were given up."""
    graph = iri(BASE + "graph/register")
    told = []
    for name, replacements in REPLACED.items():
        told.append(Quad(iri(name), iri(OWL + "deprecated"), literal("true", XSD + "boolean"), graph))
        told.append(Quad(iri(name), iri(SKOS + "changeNote"), literal(REASON, language="en"), graph))
        told += [Quad(iri(name), iri(DCTERMS + "isReplacedBy"), iri(each), graph) for each in replacements]
    files = {name: release.read(name) for name in release.files}
    quads = [*read_n_quads(files["dataset.nq"].decode()), *told]
    files["dataset.nq"] = n_quads(quads).encode()
    return write(seal(files), tmp_path_factory.mktemp("retiring"))


@pytest.fixture(scope="module")
def portal(retiring: Release, engine: Engine) -> FlaskClient:
    return create_app(retiring, engine).test_client()


@pytest.fixture(scope="module")
def judging(retiring: Release, serve: Serve) -> str:
    return serve(retiring.folder)


def judge(judging: str, turtle: str, **headers: str) -> Answer:
    sent = {"Content-Type": TURTLE.media_type, "Accept": "application/json", **headers}
    return post(judging, turtle, sent, "/links")


def results(answer: Answer) -> list[dict[str, Any]]:
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = json.loads(answer.body)["results"]
    return found


def test_each_iri_has_its_status(portal: FlaskClient) -> None:
    asked = [
        IRAN,
        MERGED,
        WITHDRAWN,
        SPLIT,
        f"{ID}state/atlantis",
        "http://example.org/a",
        "no iri",
        DEF + "State",
    ]
    found = portal.post("/links", json=asked).get_json()["results"]
    assert [(each["asked"], each["status"], each["replacements"]) for each in found] == [
        (IRAN, "active", []),
        (MERGED, "merged", [IOM]),
        (WITHDRAWN, "deprecated", []),
        (SPLIT, "deprecated", [IOM, UNHCR]),
        (f"{ID}state/atlantis", "never existed", []),
        ("http://example.org/a", "not ours", []),
        ("no iri", "not ours", []),
        (DEF + "State", "active", []),
    ]
    assert found[1]["reasons"] == {"en": REASON}


def test_every_iri_of_the_release_is_active(release: Release) -> None:
    named = {quad.subject for quad in release.record} | set(release.record.sizes)
    ours = sorted(term for term in named if term.startswith(f"<{BASE}"))
    assert len(ours) > 1000
    assert {find_health(release.record, term[1:-1]).status for term in ours} == {Status.ACTIVE}


@pytest.mark.parametrize(
    "asked",
    [
        "state:iran",
        f"{BASE}doc/state/iran",
        IRAN.replace("https:", "http:"),
        f" {IRAN} ",
        f"{BASE}graph/register",
    ],
)
def test_an_iri_is_known_however_it_is_written(portal: FlaskClient, asked: str) -> None:
    reply = portal.get("/links", query_string={"iri": asked})
    assert [each["status"] for each in reply.get_json()["results"]] == ["active"]
    assert reply.headers["ETag"]


def test_lists_of_every_kind_are_taken_and_answers_not_kept(portal: FlaskClient) -> None:
    lists = {"text/plain": f"{IRAN}\n{MERGED}", "text/csv": f"iri\n{IRAN}\n{MERGED}\n"}
    for media_type, body in lists.items():
        reply = portal.post("/links", data=body, content_type=media_type)
        assert [each["status"] for each in reply.get_json()["results"]] == ["active", "merged"]
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers["Access-Control-Allow-Origin"] == "*"


def test_a_call_without_a_list_says_what_to_send(portal: FlaskClient) -> None:
    reply = portal.get("/links")
    assert reply.status_code == 400
    assert "text/turtle" in reply.get_json()["detail"]
    assert portal.post("/links", data="x", content_type="image/png").status_code == 415


def test_names_that_were_given_up_are_no_candidates(portal: FlaskClient) -> None:
    assert portal.get("/reconcile/flyout/entity?id=organization/withdrawn").status_code == 200
    batch = {"q": {"query": "withdrawn"}}
    found = portal.post("/reconcile", json=batch).get_json()["q"]["result"]
    assert "organization/withdrawn" not in [each["id"] for each in found]


@pytest.mark.slow
def test_rdf_is_reported_on_statement_by_statement(judging: str) -> None:
    answer = judge(judging, PORTAL)
    lines = PORTAL.splitlines()
    found = {
        (lines[each["place"]["line"] - 1].split()[0], each["severity"], each["message"])
        for each in results(answer)
    }
    never = "Nothing was ever published under this IRI."
    assert found == {
        ("x:unknown", "Violation", never),
        ("state:atlantis", "Violation", never),
        ("x:old", "Warning", f"This IRI was given up; it is now {IOM}. {REASON}"),
        ("x:range", "Violation", f"Here {DEF}meetingOf wants a thing of the class “consultative process”."),
        ("state:iran", "Violation", f"Here {DEF}meetingOf wants a thing of the class “meeting”."),
        ("x:word", "Violation", "Our vocabulary has no such property."),
    }
    assert answer.headers["Validation"].startswith("conforms=?0, violations=5, warnings=1")


@pytest.mark.slow
def test_what_a_portal_says_of_our_things_changes_nothing(judging: str) -> None:
    said = f"<{ID}state/atlantis> a <{DEF}State> . <{IRAN}> a <{DEF}Process> ."
    linked = f"<http://example.org/a> <{OWL}sameAs> <{ID}state/atlantis> ; <{DEF}meetingOf> <{IRAN}> ."
    assert {each["focus"] for each in results(judge(judging, said + linked))} == {
        f"<{ID}state/atlantis>",
        "<http://example.org/a>",
    }


@pytest.mark.slow
def test_the_report_is_shacl_in_rdf_too(judging: str) -> None:
    answer = judge(judging, PORTAL, Accept="text/turtle")
    graph = rdflib.Graph().parse(data=answer.body, format="turtle")
    assert len(list(graph.subjects(rdflib.RDF.type, rdflib.SH.ValidationResult))) == 6
    [report] = graph.subjects(rdflib.RDF.type, rdflib.SH.ValidationReport)
    assert graph.value(report, rdflib.SH.conforms) == rdflib.Literal(False)


@pytest.mark.slow
def test_our_own_data_links_to_us_as_it_should(judging: str, release: Release) -> None:
    for name in ("graph/iom-almaty-process.ttl", "graph/links.ttl", "graph/register.ttl"):
        answer = judge(judging, release.read(name).decode())
        assert (results(answer), answer.headers["Validation"]) == (
            [],
            "conforms=?1, violations=0, warnings=0, infos=0",
        ), name


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        ("<a> <b", "text/turtle", 400),
        ("", "text/turtle", 200),
        ("[" * 100_000, "application/ld+json", 400),
        ("<" * 9_000_000, "text/turtle", 413),
    ],
)
def test_bad_rdf_is_refused_and_the_server_lives(
    judging: str, body: str, media_type: str, status: int
) -> None:
    assert post(judging, body, {"Content-Type": media_type}, "/links").status == status
    assert judge(judging, "").status == 200


@pytest.mark.slow
def test_the_command_line_judges_without_a_server(tmp_path: Path) -> None:
    data, listed = tmp_path / "portal.ttl", tmp_path / "iris.txt"
    data.write_text(PORTAL.replace(MERGED, IOM))
    listed.write_text(f"{IRAN}\nstate:atlantis\n")
    run = CliRunner().invoke(main, ["links", str(listed)])
    assert (run.exit_code, run.stdout) == (1, f"{IRAN}\tactive\t\nstate:atlantis\tnever existed\t\n")
    listed.write_text(IRAN)
    assert CliRunner().invoke(main, ["links", str(listed)]).exit_code == 0
