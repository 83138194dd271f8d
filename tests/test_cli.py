"""What the commands promise: their exit codes, one line for what is wrong, and nothing left behind."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner, Result

from almaty_graph import __version__
from almaty_graph.cli import main
from almaty_graph.engine import embedded
from almaty_graph.engine.embedded import Limits
from almaty_graph.formats import CSV, GRAPHS, TABLES, TSV, Format
from almaty_graph.release import Release
from conftest import ROOT

pytestmark = pytest.mark.slow

# What works on a repository; how the others take what is wrong is in tests of their own.
COMMANDS = sorted(main.commands.keys() - {"shapes", "validate", "verify", "w3id"})
READING = {  # each command, with what it needs besides a repository
    "build": ["--to", "built"],
    "check": [],
    "coverage": [str(ROOT / "README.md")],
    "export": ["exported"],
    "format": [],
    "quality": [],
    "import": [str(ROOT / "README.md")],
    "links": [str(ROOT / "constraints.txt")],
    "new": ["entity", "--kind", "state"],
    "publish": ["--to", "http://127.0.0.1:9/update"],
    "query": ["ASK {}"],
    "serve": [],
}
REGISTER, QUESTION, ANSWER = "data/register/sources.ttl", "queries/sources.rq", "queries/sources.csv"
SMALL = {
    "data/sources/small.ttl": "",
    REGISTER: """PREFIX def: <https://w3id.org/almaty-process/def#>
PREFIX source: <https://w3id.org/almaty-process/source/>

source:small
    a def:Source ;
.
""",
    "shapes/sources.ttl": """PREFIX def: <https://w3id.org/almaty-process/def#>
PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX shapes: <https://w3id.org/almaty-process/shapes#>

shapes:Source
    a sh:NodeShape ;
    sh:nodeKind sh:IRI ;
    sh:targetClass def:Source ;
.
""",
    QUESTION: """# title: Which sources are there?
# description: Each source by its name.
# keywords: sources
SELECT ?source WHERE { ?source a <https://w3id.org/almaty-process/def#Source> }
""",
    ANSWER: "source\r\nhttps://w3id.org/almaty-process/source/small\r\n",
}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A repository of one source that says nothing: small, so that a check of it is quick."""
    root = tmp_path / "small"
    shutil.copytree(ROOT / "ontology", root / "ontology")
    for name, text in SMALL.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())
    return root


def run(*arguments: str | Path, text: str | bytes = "") -> Result:
    """The result of a command that ends as commands end: with an exit code, never with a traceback."""
    result = CliRunner().invoke(main, list(map(str, arguments)), input=text, prog_name="almaty-graph")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def complaint(result: Result) -> str:
    """The one line that says what is wrong, after lines that say what is being done."""
    lines = [line for line in result.stderr.splitlines() if not line.endswith(" ...")]
    assert len(lines) == 1, result.stderr
    return lines[0].removeprefix("almaty-graph: ")


def usage(result: Result) -> str:
    """What is said about a call that cannot be understood, in one line."""
    assert result.stderr.startswith("Usage: ")
    return result.stderr.partition("Error: ")[2].strip()


def replace(path: Path, old: str, new: str) -> int:
    """Replace the first occurrence of a text in a file; its line, counted from 1."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text.count("\n", 0, text.index(old)) + 1


@contextmanager
def taken_port() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def snapshot(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


# Help


def test_there_is_a_command_for_each_thing_to_be_done() -> None:
    first = ["build", "check", "coverage", "export", "format", "import", "links", "new", "publish"]
    assert [*first, "quality", "query", "serve"] == COMMANDS
    assert main.commands.keys() - COMMANDS == {"shapes", "validate", "verify", "w3id"}
    assert sorted(READING) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_every_command_has_an_example_in_its_help(command: str, option: str) -> None:
    result = run(command, option)
    assert re.findall(rf"^  almaty-graph {command}\b", result.stdout, re.MULTILINE)
    assert result.exit_code == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_the_examples_in_the_help_name_options_that_there_are(command: str) -> None:
    known = {name for parameter in main.commands[command].params for name in parameter.opts}
    for example in re.findall(rf"^  almaty-graph {command}\b(.*)$", run(command, "-h").stdout, re.MULTILINE):
        assert set(re.findall(r"(?<=\s)--[a-z-]+", example)) <= known, example


def test_the_help_lists_every_command_and_the_exit_codes() -> None:
    result = run("--help")
    assert [name for name in COMMANDS if re.search(rf"^  {name}  ", result.stdout, re.MULTILINE)] == COMMANDS
    assert (
        "Exit codes: 0 all is well, 1 something was found, 2 the call or a file cannot be used, "
        "3 a query reached a limit, or the engine did not answer." in " ".join(result.stdout.split())
    )
    assert result.exit_code == 0


def test_the_version_is_that_of_the_package() -> None:
    result = run("--version")
    assert result.stdout == f"almaty-graph, version {__version__}\n"


def test_an_unknown_command_is_refused_with_exit_code_2() -> None:
    result = run("promote")
    assert usage(result).startswith("No such command 'promote'.")
    assert result.exit_code == 2


# Files that cannot be used


@pytest.mark.parametrize("command", COMMANDS)
def test_malformed_turtle_is_one_line_with_file_and_line(small: Path, command: str) -> None:
    line = replace(small / REGISTER, "    a def:Source ;", "    a def:Source def:Source ;")
    result = run(command, *READING[command], "--root", small)
    assert complaint(result).startswith(f"{REGISTER}:{line}: not Turtle: ")
    assert (result.stdout, result.exit_code) == ("", 2)


@pytest.mark.parametrize("command", COMMANDS)
def test_turtle_that_is_not_utf_8_is_one_line_with_the_file(small: Path, command: str) -> None:
    path = small / REGISTER
    path.write_bytes(path.read_bytes().replace(b"a def:Source", b'def:howRead "\xff"'))
    result = run(command, *READING[command], "--root", small)
    assert complaint(result).startswith(f"{REGISTER}:")
    assert (result.stdout, result.exit_code) == ("", 2)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_that_is_no_repository_is_one_line(tmp_path: Path, command: str) -> None:
    result = run(command, *READING[command], "--root", tmp_path)
    assert complaint(result) == (
        f"ontology/*.ttl: no such file below {tmp_path}: is this a repository of this layout?"
    )
    assert (result.stdout, result.exit_code) == ("", 2)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_that_is_not_there_is_refused(tmp_path: Path, command: str) -> None:
    result = run(command, *READING[command], "--root", tmp_path / "nowhere")
    assert "nowhere' does not exist." in usage(result)
    assert (result.stdout, result.exit_code) == ("", 2)


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "format"])
def test_a_question_that_says_no_title_is_one_line_with_file_and_line(small: Path, command: str) -> None:
    replace(small / QUESTION, "# title:", "# name:")
    result = run(command, *READING[command], "--root", small)
    assert complaint(result) == f"{QUESTION}:1: says no title: begin the file with a line '# title: ...'"
    assert (result.stdout, result.exit_code) == ("", 2)


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "format"])
def test_a_question_that_is_not_utf_8_is_one_line_with_the_file(small: Path, command: str) -> None:
    (small / QUESTION).write_bytes(b"# title: \xff\n")
    result = run(command, *READING[command], "--root", small)
    assert QUESTION in complaint(result)
    assert (result.stdout, result.exit_code) == ("", 2)


@pytest.mark.parametrize("data", [b"", b"{", b"{}", b"[]", b"null", b"\xff"])
def test_a_context_that_is_none_is_one_line_with_the_file(small: Path, data: bytes) -> None:
    (small / "ontology/context.jsonld").write_bytes(data)
    result = run("check", "--root", small)
    assert complaint(result).startswith("ontology/context.jsonld: is not a JSON-LD context: ")
    assert (result.stdout, result.exit_code) == ("", 2)


def test_a_context_that_is_missing_is_one_line_with_the_file(small: Path) -> None:
    (small / "ontology/context.jsonld").unlink()
    result = run("check", "--root", small)
    assert complaint(result) == "ontology/context.jsonld: is missing"
    assert (result.stdout, result.exit_code) == ("", 2)


# format


def test_the_repository_is_in_canonical_form(repository: Path) -> None:
    result = run("format", "--check", "--root", repository)
    assert (result.output, result.exit_code) == ("", 0)


def test_format_rewrites_what_is_not_canonical_and_nothing_else(repository: Path) -> None:
    before = snapshot(repository)
    path = repository / "data/register/states.ttl"
    path.write_bytes(
        b"# a comment\n" + path.read_bytes().replace(b"    a def:State ;\n", b"a   def:State;", 1)
    )
    result = run("format", "--root", repository)
    assert (result.output, result.exit_code) == ("data/register/states.ttl: rewritten\n", 0)
    assert snapshot(repository) == before


def test_format_of_what_is_formatted_touches_no_file(repository: Path) -> None:
    times = {path: path.stat().st_mtime_ns for path in repository.rglob("*")}
    result = run("format", "--root", repository)
    assert (result.output, result.exit_code) == ("", 0)
    assert {path: path.stat().st_mtime_ns for path in repository.rglob("*")} == times


def test_format_check_names_what_is_not_canonical_and_changes_nothing(small: Path) -> None:
    path = small / REGISTER
    path.write_bytes(path.read_bytes() + b"# a comment\n")
    before = snapshot(small)
    result = run("format", "--check", "--root", small)
    assert (result.output, result.exit_code) == (f"{REGISTER}: is not canonical\n", 1)
    assert snapshot(small) == before


@pytest.mark.parametrize(
    "written",
    [
        '"1.50"^^<http://www.w3.org/2001/XMLSchema#decimal>',
        '"007"^^<http://www.w3.org/2001/XMLSchema#nonNegativeInteger>',
        "+7, 007, 7, -0",
        '"1"^^<http://www.w3.org/2001/XMLSchema#boolean>, true',
        '"tekst"@nl-BE',
        '"a line\\nand a back\\\\slash, \\\\u0000, a \\"quote\\", a\\ttab, a carriage\\rreturn"',
        '"a line\\n", "\\n", "\\"\\n\\"\\"\\"", "a \\u2028 separator, a \\u0085 next line"',
        "\"mail to '@EN', 'me'@EN\"@en",
    ],
)
def test_format_keeps_what_a_file_says(small: Path, written: str) -> None:
    text = f"<https://e.org/a> <https://e.org/p> {written} .\n"
    path = small / "data/register/more.ttl"
    path.write_text(text, encoding="utf-8")
    assert run("format", "--root", small).exit_code == 0
    said = [set(map(str, ox.parse(data, format=ox.RdfFormat.TURTLE))) for data in (text, path.read_bytes())]
    assert said[0] == said[1]
    assert ("@nl-BE" in text) == ("@nl-BE" in path.read_text(encoding="utf-8"))
    result = run("format", "--check", "--root", small)
    assert (result.output, result.exit_code) == ("", 0)


def test_format_refuses_a_blank_node_and_leaves_its_file(small: Path) -> None:
    path = small / "data/register/more.ttl"
    path.write_text('[] <https://e.org/p> "a" .\n', encoding="utf-8")
    before = snapshot(small)
    result = run("format", "--root", small)
    assert complaint(result) == (
        "data/register/more.ttl: a blank node that is not a list has <https://e.org/p>: give it an IRI"
    )
    assert (result.stdout, result.exit_code) == ("", 2)
    assert snapshot(small) == before


# check


@pytest.mark.slow
def test_check_finds_no_error_in_the_repository() -> None:
    result = run("check")
    assert re.fullmatch(r"0 errors, \d+ warnings, \d+ notes", result.stdout.splitlines()[-1])
    assert result.exit_code == 0


def test_check_of_a_repository_without_findings_says_so(small: Path) -> None:
    before = snapshot(small)
    result = run("check", "--root", small)
    assert (result.stdout, result.stderr) == ("0 errors, 0 warnings, 0 notes\n", "checking ...\n")
    assert result.exit_code == 0
    assert snapshot(small) == before


def test_check_prints_place_rule_focus_and_a_sentence_for_each_error(small: Path) -> None:
    (small / REGISTER).write_text(
        "PREFIX dcterms: <http://purl.org/dc/terms/>\n"
        "PREFIX def: <https://w3id.org/almaty-process/def#>\n"
        "PREFIX source: <https://w3id.org/almaty-process/source/>\n"
        "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
        "\n"
        "source:small\n"
        "    a <https://e.org/Sauce> ;\n"
        "    a def:Source ;\n"
        '    dcterms:issued "2016-13"^^xsd:gYearMonth ;\n'
        ".\n",
        encoding="utf-8",
    )
    result = run("check", "--root", small)
    focus = "https://w3id.org/almaty-process/source/small"
    assert result.stdout.splitlines() == [
        f"{REGISTER}:7: violation: declared-terms: {focus}: "
        "https://e.org/Sauce is not declared in ontology/: is it misspelt?",
        f"{REGISTER}:9: violation: lexical-forms: {focus}: '2016-13' is no xsd:gYearMonth",
        "2 errors, 0 warnings, 0 notes",
    ]
    assert result.exit_code == 1


def test_check_says_where_an_answer_is_another_than_the_recorded_one(small: Path) -> None:
    replace(small / ANSWER, "small", "large")
    result = run("check", "--root", small)
    assert result.stdout.splitlines() == [
        f"{ANSWER}: violation: recorded-answers: 1 recorded rows are gone and 1 rows are new, "
        "such as 'https://w3id.org/almaty-process/source/small'",
        "1 errors, 0 warnings, 0 notes",
    ]
    assert result.exit_code == 1


def test_check_record_writes_the_answers_there_are_now_and_nothing_else(small: Path) -> None:
    before = snapshot(small)
    (small / ANSWER).unlink()
    assert run("check", "--root", small).exit_code == 1
    assert run("check", "--record", "--root", small).exit_code == 0
    assert snapshot(small) == before


# build


def test_build_writes_a_release_that_opens_and_says_which(small: Path, tmp_path: Path) -> None:
    before = snapshot(small)
    result = run("build", "--root", small, "--to", tmp_path / "far" / "built")
    release = Release.open(tmp_path / "far/built/current")
    assert result.stdout == (
        f"{tmp_path}/far/built/{release.name}: {len(release.files)} files, dataset {release.dataset_sha256}\n"
    )
    assert (result.stderr, result.exit_code) == ("building ...\n", 0)
    assert snapshot(small) == before


def test_build_refuses_a_repository_with_an_error_and_leaves_nothing_behind(
    small: Path, tmp_path: Path
) -> None:
    replace(small / ANSWER, "small", "large")
    before = snapshot(tmp_path)
    result = run("build", "--root", small, "--to", tmp_path / "built")
    assert result.stderr.splitlines() == [
        "building ...",
        "almaty-graph: no release: 1 errors, 0 warnings, 0 notes",
        f"{ANSWER}: violation: recorded-answers: 1 recorded rows are gone and 1 rows are new, "
        "such as 'https://w3id.org/almaty-process/source/small'",
    ]
    assert (result.stdout, result.exit_code) == ("", 1)
    assert snapshot(tmp_path) == before
    assert not (tmp_path / "built").exists()


def test_build_to_what_is_no_folder_is_one_line(small: Path, tmp_path: Path) -> None:
    (tmp_path / "built").write_bytes(b"")
    result = run("build", "--root", small, "--to", tmp_path / "built")
    assert str(tmp_path / "built") in complaint(result)
    assert (result.stdout, result.exit_code) == ("", 2)


# query

SOURCE = "https://w3id.org/almaty-process/source/small"
SELECT = f"SELECT ?type WHERE {{ <{SOURCE}> a ?type }}"
CONSTRUCT = "CONSTRUCT { <https://e.org/a> <https://e.org/p> 'o' } WHERE {}"
TABLE = "type\r\nhttps://w3id.org/almaty-process/def#Source\r\n"


def test_a_query_is_answered(small: Path) -> None:
    result = run("query", SELECT, "--root", small)
    assert (result.stdout_bytes.decode(), result.exit_code) == (TABLE, 0)


def test_a_query_is_read_from_standard_input(small: Path) -> None:
    result = run("query", "-", "--root", small, text=SELECT)
    assert (result.stdout_bytes.decode(), result.exit_code) == (TABLE, 0)


def test_a_recorded_question_has_its_recorded_answer(small: Path) -> None:
    result = run("query", "--question", "sources", "--root", small)
    assert (result.stdout_bytes.decode(), result.exit_code) == (SMALL[ANSWER], 0)


@pytest.mark.slow
def test_a_question_about_the_process_is_answered_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    result = run("query", "--question", "chairs")
    assert result.stdout_bytes == (ROOT / "queries/chairs.csv").read_bytes()
    assert (result.stderr, result.exit_code) == ("building a release ...\n", 0)
    assert list(tmp_path.iterdir()) == []


def test_a_query_of_an_endpoint_is_answered_by_it(server: str, small: Path) -> None:
    query = "SELECT (COUNT(*) AS ?n) WHERE { <https://w3id.org/almaty-process/id/state/iran> a ?type }"
    result = run("query", query, "--endpoint", f"{server}/sparql", "--root", small)
    assert (result.stdout_bytes, result.stderr, result.exit_code) == (b"n\r\n1\r\n", "", 0)


def test_an_endpoint_that_does_not_answer_is_one_line_and_exit_code_3(small: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/sparql"
        result = run("query", SELECT, "--endpoint", address, "--root", small)
    assert complaint(result).startswith(f"{address} is not there: ")
    assert (result.stdout, result.exit_code) == ("", 3)


def test_an_unknown_question_is_refused_with_those_there_are(small: Path) -> None:
    (small / "queries/all.rq").write_text(SMALL[QUESTION], encoding="utf-8")
    result = run("query", "--question", "nobody", "--root", small)
    assert usage(result) == "there is no recorded question 'nobody'; there are all, sources"
    assert (result.stdout, result.exit_code) == ("", 2)


DAYS = 'SELECT ?asOf { VALUES ?asOf { "2018-05-01"^^<http://www.w3.org/2001/XMLSchema#date> } }'


def test_a_query_and_a_question_are_asked_of_another_day(small: Path) -> None:
    (small / QUESTION).write_text(f"{SMALL[QUESTION].rpartition('SELECT')[0]}{DAYS}", encoding="utf-8")
    (small / ANSWER).write_bytes(b"asOf\r\n2018-05-01\r\n")
    for asked in (["--question", "sources"], [DAYS], ["-"]):
        result = run("query", *asked, "--as-of", "2016-02-29", "--root", small, text=DAYS)
        assert (result.stdout_bytes, result.exit_code) == (b"asOf\r\n2016-02-29\r\n", 0)


@pytest.mark.parametrize(
    ("query", "day", "message"),
    [
        (DAYS, "2018-02-29", "found '2018-02-29' for a day: write a day of the calendar as 2018-05-01"),
        (
            "ASK {}",
            "2018-05-01",
            "the query asks of no day: to ask it as of 2018-05-01, "
            'give it a line VALUES ?asOf { "2018-05-01"^^xsd:date }',
        ),
    ],
)
def test_what_is_no_day_and_what_asks_of_none_is_one_line(
    small: Path, query: str, day: str, message: str
) -> None:
    result = run("query", query, "--as-of", day, "--root", small)
    assert (complaint(result), result.stdout, result.exit_code) == (message, "", 2)


@pytest.mark.parametrize("arguments", [[], ["ASK {}", "--question", "sources"]])
def test_a_call_with_no_query_or_with_two_is_refused(small: Path, arguments: list[str]) -> None:
    result = run("query", *arguments, "--root", small)
    assert usage(result) == "give either TEXT or --question"
    assert (result.stdout, result.exit_code) == ("", 2)


@pytest.mark.parametrize("form", TABLES, ids=lambda form: form.suffix)
def test_a_table_is_had_in_every_format_of_tables(small: Path, form: Format) -> None:
    result = run("query", SELECT, "--format", form.suffix, "--root", small)
    kind = "https://w3id.org/almaty-process/def#Source"
    if form in (CSV, TSV):
        wanted = TABLE if form == CSV else f"?type\n<{kind}>\n"
        assert (result.stdout_bytes.decode(), result.exit_code) == (wanted, 0)
    else:
        media_type = ox.QueryResultsFormat.from_media_type(form.media_type)
        solutions = ox.parse_query_results(result.stdout_bytes, media_type)
        assert isinstance(solutions, ox.QuerySolutions)
        assert ([row["type"] for row in solutions], result.exit_code) == ([ox.NamedNode(kind)], 0)


@pytest.mark.parametrize("form", GRAPHS, ids=lambda form: form.suffix)
def test_a_graph_is_had_in_every_format_of_graphs(small: Path, form: Format) -> None:
    result = run("query", CONSTRUCT, "--format", form.suffix, "--root", small)
    parsed = ox.parse(result.stdout_bytes, format=ox.RdfFormat.from_media_type(form.media_type))
    assert list(map(str, parsed)) == ['<https://e.org/a> <https://e.org/p> "o"']
    assert result.exit_code == 0


def test_a_graph_is_turtle_unless_another_format_is_named(small: Path) -> None:
    plain, turtle = (run("query", CONSTRUCT, *more, "--root", small) for more in ([], ["--format", "ttl"]))
    assert plain.stdout_bytes == turtle.stdout_bytes
    assert plain.exit_code == 0


@pytest.mark.parametrize(
    ("query", "suffix", "message"),
    [
        (SELECT, "ttl", "Turtle cannot hold the answer to a SELECT"),
        ("ASK {}", "nt", "N-Triples cannot hold the answer to a ASK"),
        (CONSTRUCT, "csv", "CSV cannot hold the answer to a CONSTRUCT"),
        ("DESCRIBE <https://e.org/a>", "srj", "JSON cannot hold the answer to a DESCRIBE"),
    ],
)
def test_a_format_that_cannot_hold_the_answer_is_refused(
    small: Path, query: str, suffix: str, message: str
) -> None:
    result = run("query", query, "--format", suffix, "--root", small)
    assert usage(result) == message
    assert (result.stdout, result.exit_code) == ("", 2)


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("SELECT * WHERE { ?s ?p }", "(line 1, column 24)"),
        ("SELECT *\nWHERE { ?s ?p ?o ) }", "(line 2, column 18)"),
        ("SELECT *\nWHERE {\n  ?s ex:p ?o\n}", "(line 3, column 6)"),
        ("", "(line 1, column 1)"),
        ("INSERT DATA { <a:a> <a:b> <a:c> }", "(line 1, column 1)"),
    ],
    ids=["an object missing", "a bracket too many", "a prefix undeclared", "nothing", "an update"],
)
def test_what_is_no_query_is_one_line_with_its_place(small: Path, query: str, place: str) -> None:
    result = run("query", "-", "--root", small, text=query)
    assert complaint(result).endswith(place)
    assert (result.stdout, result.exit_code) == ("", 2)


def test_a_query_that_is_not_utf_8_is_one_line(small: Path) -> None:
    result = run("query", "-", "--root", small, text=b"SELECT * WHERE { ?s ?p '\xff' }")
    assert len(complaint(result)) > 10
    assert (result.stdout, result.exit_code) == ("", 2)


def test_a_query_over_the_time_limit_is_one_line_and_exit_code_3(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "Limits", lambda: Limits(seconds=0.2))
    query = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    result = run("query", query, "--root", small)
    assert re.search(r"\b0\.2 s", complaint(result))
    assert (result.stdout, result.exit_code) == ("", 3)


def test_an_answer_over_its_limit_is_one_line_and_exit_code_3_and_no_half_answer(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "Limits", lambda: Limits(answer_bytes=1000))
    result = run("query", "SELECT * WHERE { ?s ?p ?o }", "--root", small)
    assert "1,000 bytes" in complaint(result)
    assert (result.stdout, result.exit_code) == ("", 3)


def test_a_query_of_a_repository_with_an_error_is_refused_with_exit_code_1(small: Path) -> None:
    replace(small / ANSWER, "small", "large")
    result = run("query", SELECT, "--root", small)
    assert "almaty-graph: no release: 1 errors, 0 warnings, 0 notes" in result.stderr.splitlines()
    assert (result.stdout, result.exit_code) == ("", 1)


# serve


def test_serve_on_a_port_that_is_taken_is_one_line(release: Release) -> None:
    with taken_port() as port:
        result = run("serve", "--release", release.folder, "--port", str(port))
    assert complaint(result) == f"cannot listen on 127.0.0.1:{port}: Address already in use; try --port"
    assert result.exit_code == 2


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_serve_on_a_host_that_is_not_ours_is_one_line(release: Release, host: str) -> None:
    result = run("serve", "--release", release.folder, "--host", host, "--port", "8999")
    assert complaint(result).startswith(f"cannot listen on {host}:8999: ")
    assert result.exit_code == 2


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_serve_on_what_is_no_port_is_refused(release: Release, port: str) -> None:
    result = run("serve", "--release", release.folder, "--port", port)
    assert usage(result).startswith("Invalid value for '--port': ")
    assert result.exit_code == 2


@pytest.mark.parametrize("seconds", ["0", "-1", "inf"])
def test_serve_with_a_time_limit_that_is_none_is_refused(release: Release, seconds: str) -> None:
    with taken_port() as port:  # so that a server that should not start does not
        result = run("serve", "--release", release.folder, "--port", str(port), "--seconds", seconds)
    assert usage(result).startswith("Invalid value for '--seconds': ")
    assert result.exit_code == 2


def test_serve_refuses_a_release_that_was_tampered_with_and_names_the_file(
    release: Release, tmp_path: Path
) -> None:
    folder = shutil.copytree(release.folder, tmp_path / "release")
    with (folder / "dataset.nq").open("ab") as file:
        file.write(b"\n")
    result = run("serve", "--release", folder)
    assert complaint(result).startswith(f"{folder}: dataset.nq is not what the manifest says")
    assert (result.stdout, result.exit_code) == ("", 2)


def test_serve_refuses_a_folder_that_is_no_release(tmp_path: Path) -> None:
    result = run("serve", "--release", tmp_path)
    assert complaint(result).startswith(f"{tmp_path}: no release here: manifest.json cannot be read: ")
    assert (result.stdout, result.exit_code) == ("", 2)


def test_serve_refuses_a_repository_with_an_error(small: Path) -> None:
    replace(small / ANSWER, "small", "large")
    result = run("serve", "--root", small)
    assert "almaty-graph: no release: 1 errors, 0 warnings, 0 notes" in result.stderr.splitlines()
    assert (result.stdout, result.exit_code) == ("", 1)


# As a program


def test_the_program_and_the_module_are_the_same_command() -> None:
    commands: list[list[str | Path]] = [
        [Path(sys.executable).with_name("almaty-graph")],
        [sys.executable, "-m", "almaty_graph"],
    ]
    shown = [
        subprocess.run([*command, "--version"], capture_output=True, check=True, text=True).stdout
        for command in commands
    ]
    assert [text.partition(", ")[2] for text in shown] == [f"version {__version__}\n"] * 2


def test_an_answer_goes_out_byte_for_byte_in_any_locale(small: Path) -> None:
    query = "SELECT ('Алматинский процесс' AS ?name) WHERE {}"
    plain = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "almaty_graph", "query", "-", "--root", str(small)],
        input=query.encode(),
        env={**os.environ, **plain},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout.decode()) == (0, "name\r\nАлматинский процесс\r\n"), done.stderr
