"""`almaty-graph validate`: what it says, with which exit code, and what it never does."""

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import zstandard

from almaty_graph.validation.output import OUTPUTS
from canary import Canary
from conftest import ROOT

pytestmark = pytest.mark.slow

SHAPES = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix x: <http://example.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
x:Person a sh:NodeShape ; sh:targetClass x:P ; sh:property x:Age , x:Name .
x:Age a sh:PropertyShape ; sh:path x:age ; sh:datatype xsd:integer .
x:Name a sh:PropertyShape ; sh:path x:name ; sh:minCount 1 ; sh:severity sh:Warning .
"""
GOOD = "@prefix x: <http://example.org/> .\nx:a a x:P ; x:name 'A' ; x:age 3 .\n"
BAD = f"{GOOD.splitlines()[0]}\nx:a a x:P ;\n  x:age 'three' .\nx:b a x:P ; x:name 'B' ; x:age 'four' .\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shapes.ttl").write_text(SHAPES)
    (tmp_path / "good.ttl").write_text(GOOD)
    (tmp_path / "bad.ttl").write_text(BAD)
    return tmp_path


def run(folder: Path, *arguments: str, text: bytes = b"") -> tuple[int, str, str]:
    """Exit code, standard output and standard error of the command, run in a folder."""
    done = subprocess.run(
        [sys.executable, "-m", "almaty_graph", "validate", *arguments],
        cwd=folder, input=text, capture_output=True, timeout=100, check=False,
    )  # fmt: skip
    error = done.stderr.decode().removeprefix("validating ...\n")
    assert "Traceback" not in error
    return done.returncode, done.stdout.decode(), error


def test_what_conforms_is_said_so(folder: Path) -> None:
    code, told, error = run(folder, "good.ttl", "--shapes", "shapes.ttl")
    assert (code, told, error) == (0, "Conforms: 0 violations, 0 warnings, 0 infos.\n", "")


def test_each_result_has_its_place_and_what_would_be_right(folder: Path) -> None:
    code, told, _ = run(folder, "bad.ttl", "--shapes", "shapes.ttl")
    assert code == 1
    assert 'bad.ttl:3:9: x:a: Value is not Literal with datatype xsd:integer ["three"]' in told
    assert "bad.ttl:2:1: x:a:" in told  # it has no name
    assert "To mend: Write the value of x:age with the datatype that is asked for" in told
    assert told.endswith("Does not conform: 2 violations, 1 warning, 0 infos.\n")


@pytest.mark.parametrize(
    ("options", "code", "number"),
    [
        ((), 1, 3),
        (("--severity", "violation"), 1, 2),
        (("--shape", "http://example.org/Person", "--focus", "http://example.org/b"), 1, 1),
        (("--focus", "http://example.org/nobody"), 0, 0),
        (("--max", "1"), 1, 2),
        (("--engine", "pyshacl"), 1, 3),
    ],
    ids=["all", "severity", "focus", "nobody", "max", "pyshacl"],
)
def test_what_is_judged_and_told_can_be_chosen(
    folder: Path, options: tuple[str, ...], code: int, number: int
) -> None:
    found, told, _ = run(folder, "bad.ttl", "--shapes", "shapes.ttl", "--output", "json", *options)
    report = json.loads(told)
    assert (found, len(report["results"])) == (code, number)
    assert bool(report["notes"]) == (options[:1] in [("--max",), ("--severity",)])


def test_with_a_baseline_only_what_is_new_is_told(folder: Path) -> None:
    run(folder, "bad.ttl", "--shapes", "shapes.ttl", "--output", "json", "--to", "before.json")
    again = run(folder, "bad.ttl", "--shapes", "shapes.ttl", "--baseline", "before.json")
    assert again[0] == 0
    (folder / "bad.ttl").write_text("# moved\n\n" + BAD + "x:c a x:P ; x:name 'C' ; x:age 'five' .\n")
    code, told, _ = run(
        folder, "bad.ttl", "--shapes", "shapes.ttl", "--baseline", "before.json", "--output", "json"
    )
    assert code == 1
    assert [each["focus"] for each in json.loads(told)["results"]] == ["<http://example.org/c>"]


@pytest.mark.parametrize("name", OUTPUTS)
def test_every_output_is_written_to_a_file(folder: Path, name: str) -> None:
    code, told, _ = run(folder, "bad.ttl", "--shapes", "shapes.ttl", "--output", name, "--to", "report")
    assert (code, told) == (1, "")
    assert "three" in (folder / "report").read_text("utf-8")


def test_folders_compressed_files_and_standard_input_are_read(folder: Path) -> None:
    data = folder / "data"
    data.mkdir()
    (data / "one.ttl.gz").write_bytes(gzip.compress(BAD.encode()))
    (data / "two.nt.zst").write_bytes(zstandard.compress(b"<x:z> <x:is> <x:y> .\n"))
    (data / "readme.txt").write_text("no RDF")
    code, told, _ = run(
        folder, "data", "-", "--shapes", "shapes.ttl", text=BAD.replace("x:b", "x:c").encode()
    )
    assert code == 1
    assert "data/one.ttl.gz:3:9" in told
    assert "<stdin>:4" in told


def test_a_portal_holds_its_own_data_against_our_shapes(folder: Path) -> None:
    state = "https://w3id.org/almaty-process/id/state/kyrgyzstan"
    (folder / "mine.ttl").write_text(
        "@prefix org: <http://www.w3.org/ns/org#> .\n@prefix def: <https://w3id.org/almaty-process/def#> .\n"
        f"<http://example.org/claim> a def:Participation ; org:member <{state}> .\n"
    )
    code, told, _ = run(folder, "mine.ttl", "--output", "json")
    assert code == 1
    assert {each["focus"] for each in json.loads(told)["results"]} == {"<http://example.org/claim>"}
    assert run(folder, "good.ttl")[0] == 0


READING = "SELECT $this FROM <file:///etc/passwd> { $this ?p ?o }"
REFUSED = {
    "nothing there": (("none.ttl",), "none.ttl: is not there"),
    "unknown suffix": (("shapes.xyz",), "its name does not tell its format"),
    "no RDF in a folder": (("empty",), "has no file of RDF"),
    "malformed": (("malformed.ttl",), "malformed.ttl:2:"),
    "half a gzip": (("half.ttl.gz",), "half.ttl.gz: cannot be read"),
    "20 MB in one line": (("long.ttl",), "has a term that is too long"),
    "entities of entities": (("laughs.rdf",), "its XML entities name each other"),
    "a context elsewhere": (("remote.jsonld",), "remote.jsonld: not JSON-LD"),
    "a term of SHACL 1.2": (("good.ttl", "--shapes", "new.ttl"), "found sh:someValue"),
    "a shape that asks others": (("good.ttl", "--shapes", "service.ttl"), "found SERVICE in a query"),
    "a shape that reads files": (("good.ttl", "--shapes", "from.ttl"), "found FROM in a query"),
    "a pattern without end": (
        ("regex.ttl", "--shapes", "backtrack.ttl", "--seconds", "2"),
        "more than 2 seconds",
    ),
    "no memory": (("many.nt", "--shapes", "shapes.ttl", "--memory", "9"), "more than 9 MiB of memory"),
    "no such shape": (("good.ttl", "--shapes", "shapes.ttl", "--shape", "x:none"), "no shape <x:none> aims"),
    "no baseline": (("good.ttl", "--shapes", "shapes.ttl", "--baseline", "good.ttl"), "is not a report"),
}


@pytest.fixture
def hostile(folder: Path) -> Path:
    prefixes = SHAPES.partition("@prefix xsd")[0]
    shape = f"{prefixes} x:S a sh:NodeShape ; sh:targetClass x:P ; "
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    namespaces = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="x:"'
    rdf = f"<rdf:RDF {namespaces}><x:P><x:p>&e11;</x:p></x:P></rdf:RDF>"
    texts = {
        "shapes.xyz": SHAPES,
        "many.nt": "".join(f"<x:{number}> <x:p> <x:o> .\n" for number in range(50_000)),
        "malformed.ttl": "@prefix x: <x:> .\nx:a x:b ,, x:c .\n",
        "long.ttl": f'<x:a> <x:b> "{"y" * 20_000_000}" .',
        "laughs.rdf": f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY e0 "lol">{entities}]>{rdf}',
        "regex.ttl": GOOD.replace("'A'", f"'{'a' * 60}!'"),
        "new.ttl": f"{shape} sh:property [ sh:path x:p ; sh:someValue x:S ] .",
        "from.ttl": f'{shape} sh:sparql [ sh:select "{READING}" ] .',
        "backtrack.ttl": f'{shape} sh:property [ sh:path x:name ; sh:pattern "^(a+)+$" ] .',
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    (folder / "half.ttl.gz").write_bytes(gzip.compress(BAD.encode() * 99)[:-20])
    (folder / "empty").mkdir()
    return folder


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_validated_is_said_in_one_line_and_nobody_is_called(hostile: Path, case: str) -> None:
    arguments, message = REFUSED[case]
    with Canary() as canary:
        there = f"http://127.0.0.1:{canary.port}/"
        (hostile / "remote.jsonld").write_text(json.dumps({"@context": there, "@id": "x:a", "p": 1}))
        asking = (hostile / "from.ttl").read_text().replace("FROM <file:///etc/passwd>", "")
        service = f"$this ?p ?o . #\\n SERVICE#\\n <{there}> {{{{ ?a ?b ?c }}}}".replace("{{{{", "{").replace(
            "}}}}", "}"
        )
        (hostile / "service.ttl").write_text(asking.replace("$this ?p ?o", service))
        code, told, error = run(hostile, *arguments)
        assert canary.calls == []
    assert (code, told) == (2, "")
    assert message in error
    assert error.startswith("almaty-graph: ")
    assert error.count("\n") == 1


def test_deep_nesting_and_shapes_that_refer_to_themselves_are_judged(folder: Path) -> None:
    (folder / "deep.ttl").write_text("<x:a> <x:p> " + "[ <x:p> " * 50_000 + "1" + "]" * 50_000 + " .")
    assert run(folder, "deep.ttl", "--shapes", "shapes.ttl")[0] == 0
    (folder / "loop.ttl").write_text(
        SHAPES + "x:Person sh:property [ sh:path x:knows ; sh:node x:Person ] .\n"
    )
    code, told, _ = run(folder, "bad.ttl", "--shapes", "loop.ttl", "--output", "json")
    report = json.loads(told)
    assert (code, len(report["results"])) == (1, 3)
    assert "refers to itself" in report["notes"][0]


def scripted(folder: Path, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What a shell makes of a line of a definition for other programs, with our command on its path."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-euc", script], cwd=folder, env=os.environ | {"PATH": path} | environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_hook_for_pre_commit_validates_the_files_that_it_is_given(folder: Path) -> None:
    hook = (ROOT / ".pre-commit-hooks.yaml").read_text()
    [entry] = re.findall(r"entry: (.*)", hook)
    [files] = re.findall(r"files: (.*)", hook)
    assert re.search(files, "data/bad.ttl")
    assert not re.search(files, "README.md")
    done = scripted(folder, f"{entry} --shapes shapes.ttl good.ttl bad.ttl")
    assert done.returncode == 1
    assert "bad.ttl:3:9" in done.stdout


def test_the_action_for_github_annotates_the_lines(folder: Path) -> None:
    [script] = re.findall(r"run: (almaty-graph validate .*)", (ROOT / "action.yml").read_text())
    done = scripted(folder, script, DATA="good.ttl bad.ttl", SHAPES="shapes.ttl", SEVERITY="violation")
    assert done.returncode == 1
    assert done.stdout.startswith("::error file=bad.ttl,line=3,col=9,")
    assert scripted(folder, script, DATA="good.ttl", SHAPES="", SEVERITY="info").returncode == 0
