"""What shapes ask is said in sentences: of every component, in each language, of each thing."""

import json
import re
import subprocess
import sys
from collections import defaultdict

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from almaty_graph.bridge import term_of
from almaty_graph.formats import TURTLE
from almaty_graph.names import SHAPES
from almaty_graph.release import Release
from almaty_graph.sources import Sources
from almaty_graph.terms import Triple, iri
from almaty_graph.validation.phrases import ENGLISH, LANGUAGES
from almaty_graph.validation.report import Severity
from almaty_graph.validation.sentences import Told, tell_shapes
from almaty_graph.validation.shapes import Shapes, ShapesError
from conftest import ROOT
from test_validation import COMPONENTS

PREFIXES = {"x": "http://x/"}
HEAD = (
    "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix x: <http://x/> . "
    "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . x:S a sh:NodeShape ; sh:targetClass x:C ; "
)
# What a property shape on x:p says, by component.
SAID = {
    "Class": ("sh:class x:D", "Each x:p is of the class x:D."),
    "Datatype": ("sh:datatype xsd:date", "Each x:p has the datatype xsd:date."),
    "NodeKind": ("sh:nodeKind sh:BlankNodeOrIRI", "Each x:p is an IRI or a blank node."),
    "MinCount": ("sh:minCount 2", "Has at least 2 x:p."),
    "MaxCount": ("sh:maxCount 0", "Has no x:p."),
    "MinExclusive": ("sh:minExclusive 1", "Each x:p is more than 1."),
    "MinInclusive": ("sh:minInclusive 1", "Each x:p is at least 1."),
    "MaxExclusive": ("sh:maxExclusive 1", "Each x:p is less than 1."),
    "MaxInclusive": ("sh:maxInclusive 1", "Each x:p is at most 1."),
    "MinLength": ("sh:minLength 3", "Each x:p has at least 3 characters."),
    "MaxLength": ("sh:maxLength 3", "Each x:p has at most 3 characters."),
    "Pattern": ('sh:pattern "^a"', 'Each x:p fits the pattern "^a".'),
    "LanguageIn": ('sh:languageIn ( "en" )', 'Each x:p is text in one of the languages "en".'),
    "UniqueLang": ("sh:uniqueLang true", "Of all x:p, no two are in the same language."),
    "Equals": ("sh:equals x:q", "Each x:p is also a value of x:q, and the other way round."),
    "Disjoint": ("sh:disjoint x:q", "Each x:p is no value of x:q."),
    "LessThan": ("sh:lessThan x:q", "Each x:p is less than every value of x:q."),
    "LessThanOrEquals": ("sh:lessThanOrEquals x:q", "Each x:p is not more than any value of x:q."),
    "Not": ("sh:not x:T", "Each x:p does not fit x:T."),
    "And": ("sh:and ( x:T [ sh:nodeKind sh:IRI ] )", "Each x:p fits all of x:T, (is an IRI)."),
    "Or": ("sh:or ( x:T x:U )", "Each x:p fits at least one of x:T, x:U."),
    "Xone": ("sh:xone ( x:T x:U )", "Each x:p fits exactly one of x:T, x:U."),
    "Node": (
        "sh:node [ sh:property [ sh:path x:q ; sh:minCount 1 ] ]",
        "Each x:p fits (has at least 1 x:q).",
    ),
    "QualifiedMinCount": (
        "sh:qualifiedValueShape x:T ; sh:qualifiedMinCount 1 ; sh:minCount 1 ; sh:maxCount 3",
        "Has 1 to 3 x:p, at least 1 fit x:T.",
    ),
    "QualifiedMaxCount": (
        "sh:qualifiedValueShape x:T ; sh:qualifiedMaxCount 2",
        "Of all x:p, at most 2 fit x:T.",
    ),
    "Closed": ("sh:closed true ; sh:ignoredProperties ( x:q )", "Each x:p has no other properties than x:q."),
    "HasValue": ("sh:hasValue x:v", "Of all x:p, one is x:v."),
    "In": ("sh:in ( x:v 2 )", "Each x:p is one of x:v, 2."),
}
PATHS = {
    "x:p": "x:p",
    "( x:p x:q )": "x:q of its x:p",
    "[ sh:inversePath x:p ]": "thing that has it as x:p",
    "[ sh:alternativePath ( x:p x:q ) ]": "x:p or x:q",
    "[ sh:zeroOrMorePath x:p ]": "x:p (after any number of steps)",
    "[ sh:oneOrMorePath x:p ]": "x:p (after one step or more)",
    "[ sh:zeroOrOnePath x:p ]": "x:p (after one step or none)",
}


def told(text: str, language: str = "en") -> list[Told]:
    quads = ox.parse(HEAD + text, format=ox.RdfFormat.TURTLE)
    triples = (Triple(*map(term_of, (q.subject, q.predicate, q.object))) for q in quads)
    return tell_shapes(Shapes(triples), PREFIXES, language)


@pytest.mark.parametrize("component", sorted(name.removesuffix("ConstraintComponent") for name in COMPONENTS))
def test_every_component_of_core_is_said(component: str) -> None:
    stated, sentence = SAID[component]
    [shape, *_] = told(f"sh:property [ sh:path x:p ; {stated} ] . x:T a sh:NodeShape . x:U a sh:NodeShape .")
    assert [rule.sentence for rule in shape.rules] == [sentence]


@pytest.mark.parametrize(
    ("stated", "sentence"),
    [
        ('sh:pattern "^a" ; sh:flags "i"', 'Each x:p fits the pattern "^a" (with the flags "i").'),
        (
            "sh:qualifiedValueShape x:T ; sh:qualifiedMinCount 1 ; sh:qualifiedValueShapesDisjoint true",
            "Of all x:p, at least 1 fit x:T and none of the other shapes counted beside it.",
        ),
    ],
)
def test_what_changes_a_parameter_is_said_with_it(stated: str, sentence: str) -> None:
    [shape, *_] = told(f"sh:property [ sh:path x:p ; {stated} ] . x:T a sh:NodeShape .")
    assert [rule.sentence for rule in shape.rules] == [sentence]


def test_a_property_of_a_property_is_said_of_what_leads_there() -> None:
    last = "sh:property [ sh:path x:r ; sh:class x:D ]"
    second = f"sh:property [ sh:path x:q ; sh:maxCount 1 ; {last} ]"
    [shape] = told(f"sh:property [ sh:path x:p ; sh:minCount 1 ; {second} ] .")
    assert [rule.sentence for rule in shape.rules] == [
        "Has at least 1 x:p.",
        "Each x:p has at most 1 x:q.",
        "Each x:r of its x:q of its x:p is of the class x:D.",
    ]


@pytest.mark.parametrize("path", PATHS)
def test_every_path_is_said(path: str) -> None:
    [shape] = told(f"sh:property [ sh:path {path} ; sh:minCount 1 ] .")
    assert shape.rules[0].sentence == f"Has at least 1 {PATHS[path]}."


def test_what_is_asked_of_a_node_itself_is_said_and_whom_it_is_about() -> None:
    text = 'sh:nodeKind sh:IRI ; sh:pattern "^x" ; sh:targetSubjectsOf x:p ; sh:deactivated true .'
    [shape] = told(text)
    assert (shape.about, shape.is_off) == ("Each x:C or whatever has a value of x:p", True)
    assert shape.rules[0].sentence == 'Is an IRI and fits the pattern "^x".'


def test_the_words_of_its_author_and_its_severity_stand_beside_a_sentence() -> None:
    text = (
        "sh:property x:P . x:P sh:path x:p ; sh:class x:D ; sh:severity sh:Warning ; "
        'sh:message "Mend it."@en , "Почини."@ru .'
    )
    [rule] = told(text)[0].rules
    assert (rule.name, rule.severity, rule.message) == ("<http://x/P>", Severity.WARNING, "Mend it.")
    assert told(text, "ru")[0].rules[0].message == "Почини."


def test_shapes_that_are_referred_to_by_name_are_told_once_and_loops_end() -> None:
    shapes = told("sh:node x:T , x:S . x:T a sh:NodeShape ; sh:node x:T ; sh:nodeKind sh:IRI .")
    assert [(each.name, each.about) for each in shapes] == [
        ("<http://x/S>", "Each x:C"),
        ("<http://x/T>", "What is held against x:T"),
    ]


def test_a_property_that_holds_itself_is_told_once_and_what_is_switched_off_is_not_told() -> None:
    text = (
        "sh:property x:P ; sh:sparql [ sh:deactivated true ; sh:message 'No.' ] . "
        "x:P sh:path x:p ; sh:minCount 1 ; sh:property x:P ."
    )
    assert [rule.sentence for rule in told(text)[0].rules] == ["Has at least 1 x:p."]


def test_a_number_that_is_none_is_said() -> None:
    with pytest.raises(ShapesError, match="which is no number"):
        told('sh:property [ sh:path x:p ; sh:minCount "x" ] .')


def test_all_languages_have_the_same_phrases_with_the_same_places() -> None:
    for phrases in LANGUAGES.values():
        assert phrases.keys() == ENGLISH.keys()
        for name, phrase in phrases.items():
            assert set(re.findall(r"\{\w+\}", phrase)) == set(re.findall(r"\{\w+\}", ENGLISH[name]))


def test_each_of_our_rules_has_a_sentence_and_words_of_its_author_in_both_languages(sources: Sources) -> None:
    told = {language: tell_shapes(Shapes(sources.shapes), {}, language) for language in LANGUAGES}
    aiming = [shape for shape in told["en"] if not shape.about.startswith("What is held")]
    assert len(aiming) > 40
    assert [rule.name for shape in aiming for rule in shape.rules if not rule.message] == []
    russian = {rule.name: rule.message or "" for shape in told["ru"] for rule in shape.rules}
    for shape in aiming:
        for rule in shape.rules:
            assert re.search("[а-я]", russian[rule.name]), rule.name


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "begin"),
    [
        ((), "Each def:Claim (shapes:Claim-kind)\n"),
        (("--language", "ru"), "Каждый "),
        (("--output", "markdown"), "## Each def:Claim\n"),
        (("--output", "json"), "[\n"),
        ((str(ROOT / "shapes" / "headers.ttl"),), "Each "),
    ],
    ids=str,
)
def test_the_command_line_says_what_shapes_ask(options: tuple[str, ...], begin: str) -> None:
    command = [sys.executable, "-m", "almaty_graph", "shapes", *options]
    said = subprocess.run(command, capture_output=True, check=True, text=True, encoding="utf-8").stdout
    assert said.startswith(begin)


@pytest.mark.slow
def test_programs_are_told_names_as_they_are() -> None:
    command = [sys.executable, "-m", "almaty_graph", "shapes", "--output", "json"]
    told = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert {
        name.partition(":")[0] for shape in told for name in (shape["name"], shape["rules"][0]["name"])
    } <= {"https", "_"}


def test_shapes_that_cannot_be_read_are_one_line() -> None:
    command = [sys.executable, "-m", "almaty_graph", "shapes", "none.ttl"]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert (done.returncode, done.stderr) == (2, "almaty-graph: none.ttl: is not there\n")


def test_the_page_of_shapes_has_all_of_them_and_turtle_is_the_file(
    client: FlaskClient, release: Release
) -> None:
    page = client.get("/shapes", headers={"Accept": "text/html"}).text
    for shape in tell_shapes(Shapes(_shapes(release)), {}):
        assert f'id="{shape.name[1:-1].removeprefix(SHAPES)}"' in page
    for path in ("/shapes.ttl", "/shapes"):
        reply = client.get(path, headers={"Accept": TURTLE.media_type})
        assert reply.data == release.read("shapes.ttl")
    assert client.get("/shapes.nt").status_code == 404


def _shapes(release: Release) -> list[Triple]:
    quads = ox.parse(release.read("shapes.ttl"), format=ox.RdfFormat.TURTLE)
    return [Triple(*map(term_of, (q.subject, q.predicate, q.object))) for q in quads]


def test_a_thing_has_the_rules_that_it_is_held_against_and_what_was_found(
    client: FlaskClient, release: Release
) -> None:
    focus = "https://w3id.org/almaty-process/id/claim/iom-kz-global-meeting-2015/participating-count"
    status = json.loads(client.get("/validate", query_string={"focus": focus}).data)
    broken = {each["rule"].removeprefix(SHAPES): each for each in status["rules"] if not each["kept"]}
    assert not status["conforms"]
    assert "The source announces 7 holders" in next(iter(broken.values()))["messages"][0]
    kept = [each["rule"].removeprefix(SHAPES) for each in status["rules"] if each["kept"]]
    assert "Claim-wasDerivedFrom" in kept
    told = tell_shapes(Shapes(_shapes(release)), {})
    meetings = [rule for shape in told if shape.about == "Each <Meeting>" for rule in shape.rules]
    others = {rule.name[1:-1].removeprefix(SHAPES) for rule in meetings}
    assert "Meeting-before-founding" in others
    assert others.isdisjoint(kept)
    page = client.get(f"/doc/{focus.partition('/id/')[2]}", headers={"Accept": "text/html"}).text
    assert "The source announces 7 holders" in page
    assert f"Checked by {len(status['rules'])} rules" in page


def test_a_thing_without_results_keeps_its_rules_and_no_thing_is_not_found(client: FlaskClient) -> None:
    iran = {"focus": "https://w3id.org/almaty-process/id/state/iran"}
    status = json.loads(client.get("/validate", query_string=iran).data)
    assert status["conforms"] == all(each["kept"] for each in status["rules"])
    assert len(status["rules"]) > 3
    led = client.get("/validate", query_string=iran, headers={"Accept": "text/html"})
    assert (led.status_code, led.headers["Location"]) == (303, "/doc/state/iran#rules")
    for nothing in ("", "x", "https://w3id.org/almaty-process/id/state/nowhere", "> <x:y"):
        assert client.get("/validate", query_string={"focus": nothing}).status_code == 404


def test_every_result_of_the_report_is_told_of_its_thing(client: FlaskClient, release: Release) -> None:
    rows: dict[str, dict[str, str]] = defaultdict(dict)
    for quad in ox.parse(release.read("report.ttl"), format=ox.RdfFormat.TURTLE):
        name = re.split("[/#]", quad.predicate.value)[-1]
        rows[str(quad.subject)][name] = getattr(quad.object, "value", "")
    found = [row for row in rows.values() if release.record.describes(iri(row.get("focusNode", "")))]
    assert found
    for row in found:
        status = json.loads(client.get("/validate", query_string={"focus": row["focusNode"]}).data)
        broken = [each for each in status["rules"] if not each["kept"]]
        told = {each["rule"].removeprefix(SHAPES): each["messages"] for each in broken}
        assert row["resultMessage"] in told[row["identifier"]]
