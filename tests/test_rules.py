"""Each rule about files finds what it is for, at its place; the real repository breaks none."""

from pathlib import Path

import pytest

from almaty_graph.check import check
from almaty_graph.check.answers import answer_all, check_answers
from almaty_graph.check.report import Severity
from almaty_graph.check.rules import RULES
from almaty_graph.sources import Sources

pytestmark = pytest.mark.slow

SOURCE = "data/sources/iom-almaty-process.ttl"
GOVERNANCE = "data/sources/unhcr-members-and-governance.ttl"
SEVEN = "data/sources/astana-times-2015.ttl"
TREND = "data/sources/trend-2025.ttl"  # paraphrases stand beside its quotes
CLAIM = "https://w3id.org/almaty-process/id/claim/iom-almaty-process/"

# rule, file, what stands there, what is put instead, where it is found, what is said
CASES = [
    ("canonical-form", SOURCE, '"Kyrgyzstan" ;', '"Kyrgyzstan";', SOURCE, "run 'almaty-graph format'"),
    ("canonical-form", SOURCE, "org:member state:china ;", "org:member [] ;", SOURCE, "give it an IRI"),
    ("declared-terms", SOURCE, "schema:startDate", "schema:startDat", SOURCE, "startDat is not declared"),
    ("declared-terms", SOURCE, "schema:telephone", "schema:telephon", SOURCE, "telephon is not declared"),
    ("declared-terms", SOURCE, "a def:Statement ;", "a def:Statment ;", SOURCE, "Statment is not declared"),
    ("declared-terms", "shapes/processes.ttl", "sh:targetClass def:Process", "sh:targetClass def:Proces",
     "shapes/processes.ttl", "def#Proces is not declared"),
    ("declared-terms", "queries/chairs.rq", "org:role", "def:rol ", "queries/chairs.rq", "def:rol is not"),
    ("shacl-terms", "shapes/processes.ttl", "sh:targetClass", "sh:targetClas", "shapes/processes.ttl",
     "not a term of SHACL 1.0"),
    ("lexical-forms", SOURCE, '"2016-10"^^xsd:gYearMonth', '"2016-13"^^xsd:gYearMonth', SOURCE,
     "'2016-13' is no xsd:gYearMonth"),
    ("lexical-forms", SOURCE, '"2013"^^xsd:gYear', '"2013"^^xsd:float', SOURCE, "none of those"),
    ("described-things", SOURCE, "state:china", "state:chnia", SOURCE, "which no file describes"),
    ("graph-discipline", SOURCE, "claim:founded\n", "state:china\n", SOURCE, "is not a claim or passage"),
    ("graph-discipline", "data/register/states.ttl", "state:china\n",
     "<https://w3id.org/almaty-process/id/claim/x/y>\n", "data/register/states.ttl", "its place is the file"),
    ("graph-discipline", "data/register/sources.ttl", "source:iom-almaty-process\n", "source:iom\n", SOURCE,
     "describe the source there"),
    ("one-graph-a-triple", "data/register/states.ttl", "state:china\n",
     '<https://w3id.org/almaty-process/id/role/guest> skos:prefLabel "guest"@en .\n\nstate:china\n',
     "ontology/concepts.ttl", "is said alike in"),
    ("one-version", "data/register/dataset.ttl", '"0.1.0"', '"0.1.1"', "data/register/dataset.ttl",
     "is version 0.1.1, the rest is 0.1.0"),
    ("context-terms", "ontology/context.jsonld", "schema:startDate", "schema:start",
     "ontology/context.jsonld", "add one for http://schema.org/startDate"),
    ("evidence", SOURCE, '"2016-10"^^xsd:gYearMonth', '"2016-11"^^xsd:gYearMonth', SOURCE,
     "says 2016-11, but its quote says 2016-10"),
    ("evidence", SOURCE, "def:holderCount 7", "def:holderCount 8", SOURCE, "no quote of it has that number"),
    ("evidence", SOURCE, 'def:nameAsWritten "China"', 'def:nameAsWritten "Chine"', SOURCE,
     "says 'Chine', but no quote of it says that"),
    ("evidence", SOURCE, '"05000"', '"05001"', SOURCE, "no quote of it says that"),
    ("evidence", SOURCE, "7172 790347", "7172 790349", SOURCE, "no quote of it says that"),
    ("evidence", GOVERNANCE, 'def:representedBy "Биржан', 'def:representedBy "Бауржан', GOVERNANCE,
     "says 'Бауржан Нурымбетов', but no quote of it says that"),
    ("evidence", SEVEN, "def:holderCount 7", "def:holderCount 8", SEVEN, "no quote of it has that number"),
    ("evidence", TREND, '"2025-04-24"^^xsd:date', '"2025-04-25"^^xsd:date', TREND,
     "says 2025-04-25, but its quote says 2025-04-24"),
    ("evidence", TREND, 'oa:exact "BAKU', 'oa:exact "- BAKU', TREND, "must begin and end with a word"),
]  # fmt: skip


def named(name: str) -> str:
    return name.replace("-", "_")


@pytest.mark.parametrize(
    ("name", "path", "before", "after", "place", "says"),
    CASES,
    ids=[f"{c[0]}-{c[3].strip()[:24]}" for c in CASES],
)
def test_a_rule_finds_what_it_is_for(  # noqa: PLR0913, PLR0917 - one row of the table
    repository: Path, name: str, path: str, before: str, after: str, place: str, says: str
) -> None:
    text = (repository / path).read_text()
    assert before in text
    (repository / path).write_text(text.replace(before, after, 1))
    [rule] = [rule for rule in RULES if rule.__name__ == named(name)]
    found = list(rule(Sources.at(repository)))
    assert found, f"{name} found nothing"
    assert {finding.rule for finding in found} == {name}
    assert any(says in f.message and f.place and f.place.path == place for f in found), list(map(str, found))


def test_every_rule_has_a_case() -> None:
    assert RULES
    assert {rule.__name__ for rule in RULES} == {named(case[0]) for case in CASES}


def test_the_repository_breaks_no_rule_but_says_what_its_source_leaves_open(sources: Sources) -> None:
    report = check(sources)
    assert report.ok
    assert [f.focus for f in report.findings if f.severity is Severity.WARNING] == [
        CLAIM + "participating-count",
        CLAIM.replace("iom-almaty-process", "iom-kz-global-meeting-2015") + "participating-count",
    ]


def test_an_error_names_file_line_rule_focus_and_what_would_be_right(repository: Path) -> None:
    path = repository / SOURCE
    lines = path.read_text().splitlines(keepends=True)
    line = next(n for n, text in enumerate(lines, start=1) if '"2016-10"' in text)
    path.write_text("".join(lines).replace('"2016-10"', '"2016-11"'))
    [finding] = [f for f in check(Sources.at(repository)).findings if f.rule == "evidence"]
    assert str(finding) == (
        f"{SOURCE}:{line}: violation: evidence: {CLAIM}chair-kyrgyzstan: "
        "says 2016-11, but its quote says 2016-10"
    )


def test_a_faulty_question_is_named_with_its_line_and_hides_no_other(repository: Path) -> None:
    chairs = repository / "queries/chairs.rq"
    chairs.write_text(chairs.read_text() + "SELECT ?x {\n")
    line = len(chairs.read_text().splitlines())
    (repository / "queries/guests.csv").unlink()
    found = [str(f.place) for f in check_answers(Sources.at(repository))]
    assert found == [f"queries/chairs.rq:{line}", "queries/guests.csv"]


def test_an_answer_is_recorded_of_the_graphs_that_the_question_names(repository: Path) -> None:
    graph = "https://w3id.org/almaty-process/graph/register"
    lines = [
        "# title: t",
        "# description: d",
        "# keywords: k",
        "SELECT (COUNT(*) AS ?n)",
        f"FROM <{graph}>",
        "{ ?s ?p ?o }",
    ]
    (repository / "queries/a.rq").write_text("\n".join(lines))
    sources = Sources.at(repository)
    size = sum(quad.graph == f"<{graph}>" for quad in sources.dataset)
    [answer] = [answer for question, answer in answer_all(sources) if question.slug == "a"]
    assert answer == f"n\r\n{size}\r\n"


def test_a_changed_answer_is_found(repository: Path) -> None:
    path = repository / "queries/chairs.csv"
    path.write_bytes(path.read_bytes().replace(b"2018-10", b"2018-11"))
    (repository / "queries/guests.csv").unlink()
    found = {
        str(f.place): f.message
        for f in check(Sources.at(repository)).findings
        if f.rule == "recorded-answers"
    }
    assert found.keys() == {"queries/chairs.csv", "queries/guests.csv"}
    assert "1 recorded rows are gone and 1 rows are new" in found["queries/chairs.csv"]
    assert "no answer is recorded" in found["queries/guests.csv"]
