"""The ontology, the shapes, the rules and the questions fit other processes as they are."""

import csv
import io
import re
import shutil
from pathlib import Path

import pytest

from almaty_graph.check import check
from almaty_graph.check.answers import answer_all
from almaty_graph.check.report import Severity
from almaty_graph.names import DEF, ID
from almaty_graph.sources import Sources
from almaty_graph.terms import TYPE, iri
from conftest import ROOT

EXAMPLES = Path(__file__).parent / "processes"
PROCESSES = sorted(path.name for path in EXAMPLES.iterdir())
OF_OURS = ("ontology", "shapes", "queries/derive")
HEADER = Path("data/register/dataset.ttl")
VERSION = re.compile(r'owl:versionInfo "[^"]*"')

CHAIRS = {"abu-dhabi-dialogue": {"Sri Lanka"}, "midwa": {"Liberia"}}
STAKEHOLDERS = {
    "abu-dhabi-dialogue": {
        ("chair", "Sri Lanka"),
        ("member", "Philippines"),
        ("member", "Saudi Arabia"),
        ("member", "Sri Lanka"),
        ("member", "United Arab Emirates"),
        ("observer", "Republic of Korea"),
    },
    "midwa": {
        ("chair", "Liberia"),
        ("participating state", "Burkina Faso"),
        ("participating state", "Cape Verde"),
        ("participating state", "Côte d'Ivoire"),
        ("participating state", "Sierra Leone"),
    },
}


@pytest.fixture(params=PROCESSES)
def process(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def other(process: str, tmp_path: Path) -> Path:
    """A repository about another process: its data, and of ours all that is not data."""
    shutil.copytree(EXAMPLES / process, tmp_path, dirs_exist_ok=True)
    header = (tmp_path / HEADER).read_text(encoding="utf-8")
    (version,) = VERSION.findall((ROOT / HEADER).read_text(encoding="utf-8"))
    (tmp_path / HEADER).write_text(VERSION.sub(version, header), encoding="utf-8")
    for part in OF_OURS:
        shutil.copytree(ROOT / part, tmp_path / part)
    for question in ("chairs", "stakeholders"):
        text = (ROOT / "queries" / f"{question}.rq").read_text(encoding="utf-8")
        assert "process:almaty-process" in text
        asked = text.replace("process:almaty-process", f"process:{process}")
        (tmp_path / "queries" / f"{question}.rq").write_text(asked, encoding="utf-8")
    for recorded, answer in answer_all(Sources.at(tmp_path)):
        assert isinstance(answer, str)
        (tmp_path / "queries" / f"{recorded.slug}.csv").write_text(answer, encoding="utf-8", newline="")
    return tmp_path


def test_there_are_two_other_processes() -> None:
    assert set(PROCESSES) == {"abu-dhabi-dialogue", "midwa"}


@pytest.mark.slow
def test_another_process_breaks_no_rule_but_that_its_lists_are_incomplete(other: Path) -> None:
    findings = [f for f in check(Sources.at(other)).findings if f.severity is not Severity.INFO]
    assert {(f.rule, f.severity) for f in findings} == {("RoleDescription-count-named", Severity.WARNING)}


def test_our_questions_answer_for_another_process(other: Path, process: str) -> None:
    answers = {question.slug: rows(answer) for question, answer in answer_all(Sources.at(other))}
    assert {row["chair"] for row in answers["chairs"]} == CHAIRS[process]
    assert {(row["role"], row["stakeholder"]) for row in answers["stakeholders"]} == STAKEHOLDERS[process]


def test_the_view_of_another_process_has_its_roles(other: Path, process: str) -> None:
    dataset = Sources.at(other).dataset
    conclusions = {q.subject for q in dataset if q.predicate == TYPE and q.object == iri(DEF + "Conclusion")}
    of_it = {q.subject for q in dataset if q.object == iri(f"{ID}process/{process}")}
    assert len(conclusions & of_it) >= len(STAKEHOLDERS[process])


def rows(answer: object) -> list[dict[str, str]]:
    assert isinstance(answer, str)
    return list(csv.DictReader(io.StringIO(answer)))
