"""What the documents say is true."""

import re
import subprocess
import sys
import tomllib

import pytest
from click.testing import CliRunner

from almaty_graph.cli import main
from almaty_graph.sources import Sources
from linking_examples import DOCUMENT, with_answers
from module_table import ROOT, with_table

README = (ROOT / "README.md").read_text()


def test_the_table_of_modules_is_true() -> None:
    assert with_table(README) == README, "run `make format`"


@pytest.mark.slow
def test_the_answer_in_the_readme_is_what_the_command_prints() -> None:
    command, _, rest = README.partition("$ .venv/bin/almaty-graph ")[2].partition("\n")
    printed = CliRunner().invoke(main, command.split()).stdout
    assert rest.partition("```")[0].splitlines() == printed.splitlines()


def test_the_number_of_questions_is_true(sources: Sources) -> None:
    [stated] = re.findall(r"has (\d+) recorded\s+questions", README)
    assert int(stated) == len(sources.questions)


def test_every_command_is_in_the_changelog_or_readme() -> None:
    text = README + (ROOT / "CHANGELOG.md").read_text()
    assert all(f"`{name}`" in text or f"almaty-graph {name}" in text for name in main.commands)


def test_every_dependency_has_its_line() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    decisions = (ROOT / "DECISIONS.md").read_text()
    named = [re.split(r"[><=\[]", line)[0] for line in project["project"]["dependencies"]]
    assert [name for name in named if f"| {name} |" not in decisions] == []
    groups = project["dependency-groups"]
    lines = [line for line in groups["dev"] + groups["notebooks"] if isinstance(line, str)]
    tools = [re.split(r"[><=\[]", line)[0] for line in lines]
    assert [name for name in tools if name not in decisions.partition("For development:")[2]] == []


@pytest.mark.slow
def test_the_calls_in_the_page_on_linking_are_answered_as_it_says(server: str) -> None:
    text = DOCUMENT.read_text()
    assert text.count("$ curl") == 6
    assert with_answers(text, server) == text, "run `python tests/linking_examples.py ADDRESS`"


def test_every_constraint_is_a_pinned_name_without_an_address() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert lines
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*", line)] == []


def test_versions_agree(sources: Sources) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    stated = {q.object for q in sources.dataset if q.predicate.endswith("#versionInfo>")}
    assert stated == {f'"{project["version"]}"'}
    assert f"## {project['version']} (" in (ROOT / "CHANGELOG.md").read_text()


def test_the_engine_process_starts_without_the_web_and_the_judge() -> None:
    code = (
        "import sys, almaty_graph.engine.supervisor as s;"
        "print(sorted({'flask', 'werkzeug', 'rdflib', 'pyshacl', 'pyld', 'babel'} & sys.modules.keys()))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed == "[]\n"
