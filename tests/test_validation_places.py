"""A result names the line of the triple that breaks the shape, in each format that has lines."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from almaty_graph.validation.documents import find_documents
from almaty_graph.validation.validator import load, validate

ERRORS = 75  # in each of four formats
SHAPES = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix x: <http://example.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
x:Person a sh:NodeShape ; sh:targetClass x:P ; sh:property x:Age , x:Name , x:Friend , x:Street , x:Fan .
x:Age a sh:PropertyShape ; sh:path x:age ; sh:datatype xsd:integer .
x:Name a sh:PropertyShape ; sh:path x:name ; sh:minLength 2 .
x:Friend a sh:PropertyShape ; sh:path x:friend ; sh:class x:P .
x:Street a sh:PropertyShape ; sh:path ( x:home x:street ) ; sh:datatype xsd:string .
x:Fan a sh:PropertyShape ; sh:path [ sh:inversePath x:likes ] ; sh:nodeKind sh:IRI .
"""
X = "http://example.org/"
# What is wrong, by subject, predicate and object; `{}` is the number of a person.
WRONG = (
    ("p{}", "age", '"old"'),
    ("p{}", "name", '"y"'),
    ("p{}", "friend", "<http://example.org/rock{}>"),
    ("home{}", "street", "5"),
    ("_:b{}", "likes", "<http://example.org/p{}>"),
)


def term(name: str, number: int) -> str:
    name = name.replace("{}", str(number))
    if name == "5":
        return '"5"^^<http://www.w3.org/2001/XMLSchema#integer>'
    return name if name[0] in '_"<' else f"<{X}{name}>"


def statements(numbers: random.Random) -> tuple[list[tuple[str, str, str]], set[int]]:
    """The triples of some people, and which of them are wrong."""
    found: list[tuple[str, str, str]] = []
    wrong = set()
    spoilt = set(numbers.sample(range(ERRORS * 3), ERRORS))
    for number in range(ERRORS * 3):
        person = term("p{}", number)
        found += [
            (person, "a", f"<{X}P>"),
            (person, f"<{X}age>", f'"{number + 1}"^^<http://www.w3.org/2001/XMLSchema#integer>'),
            (person, f"<{X}name>", f'"name\\n {number}"'),
            (person, f"<{X}home>", term("home{}", number)),
        ]
        if number in spoilt:
            subject, predicate, value = WRONG[number % len(WRONG)]
            wrong.add(len(found))
            found.append((term(subject, number), f"<{X}{predicate}>", term(value, number)))
    return found, wrong


def lines(found: list[tuple[str, str, str]], end: str) -> list[str]:
    kind = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
    return [f"{s} {kind if p == 'a' else p} {o}{end} ." for s, p, o in found]


def turtle(found: list[tuple[str, str, str]]) -> list[str]:
    """Prefixed names, predicate lists, comments, and blank lines; still one triple a line."""
    told, last = [f"@prefix x: <{X}> .", "# people", ""], ""
    for number, (s, p, o) in enumerate(found):
        end = ";" if number + 1 < len(found) and found[number + 1][0] == s else "."
        short = p if p == "a" else "x:" + p[len(X) + 1 : -1]
        told.append(f"    {short} {o} {end}" if s == last else f"{s} {short} {o} {end}")
        last = s if end == ";" else ""
    return told


FORMATS: dict[str, Callable[[list[tuple[str, str, str]]], list[str]]] = {
    "nt": lambda found: lines(found, ""),
    "nq": lambda found: lines(found, f" <{X}g>"),
    "ttl": turtle,
    "trig": lambda found: [f"@prefix x: <{X}> .", "x:g {", *turtle(found)[1:], "}"],
}


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_error_is_at_its_line(tmp_path: Path, suffix: str) -> None:
    found, wrong = statements(random.Random(suffix))  # noqa: S311 - the same errors each time
    text = FORMATS[suffix](found)
    expected = {number for number, line in enumerate(text, start=1) if is_wrong(line, found, wrong)}
    (tmp_path / f"data.{suffix}").write_text("\n".join(text) + "\n", "utf-8")
    (tmp_path / "shapes.ttl").write_text(SHAPES, "utf-8")
    data, shapes = (find_documents([str(tmp_path / name)]) for name in (f"data.{suffix}", "shapes.ttl"))
    results = validate(load(data, shapes)).results
    assert len(results) == len(wrong) == len(expected) == ERRORS
    places = [each.place for each in results if each.place]
    assert {place.line for place in places} == expected
    for place in places:
        assert place.path.endswith(f"data.{suffix}")
        line = text[(place.line or 0) - 1]
        assert line[(place.column or 0) - 1 :].startswith(('"old"', '"y"', "<http", '"5"'))
    by_shape = {each.shape: each.shape_place.line for each in results if each.shape_place}
    assert by_shape == {
        f"<{X}{name}>": 4 + n for n, name in enumerate(("Age", "Name", "Friend", "Street", "Fan"))
    }


def is_wrong(line: str, found: list[tuple[str, str, str]], wrong: set[int]) -> bool:
    return (
        any(found[number][2] in line and found[number][1][len(X) + 1 : -1] in line for number in wrong)
        and any(mark in line for mark in ('"old"', '"y"', "rock", '"5"^^', "likes"))
        and not _is_age(line)
    )


def _is_age(line: str) -> bool:
    return "age" in line and '"old"' not in line


def test_blank_nodes_are_found_again_and_what_is_missing_is_at_its_subject(tmp_path: Path) -> None:
    (tmp_path / "data.ttl").write_text(
        f"@prefix x: <{X}> .\nx:a a x:P ;\n  x:name 'ok' .\n"
        "[] a x:P ;\n  x:age 'x' .\n[ a x:P ;\n x:name 'z' ] x:age 3 .\n"
    )
    (tmp_path / "shapes.ttl").write_text(SHAPES.replace("sh:minLength 2", "sh:minLength 2 ; sh:minCount 1"))
    data, shapes = (find_documents([str(tmp_path / name)]) for name in ("data.ttl", "shapes.ttl"))
    found = [
        (each.component, each.place and each.place.line) for each in validate(load(data, shapes)).results
    ]
    assert sorted(found) == [
        ("DatatypeConstraintComponent", 5),
        ("MinCountConstraintComponent", 4),
        ("MinLengthConstraintComponent", 7),
    ]


def test_a_prefixed_name_is_found_where_it_stands_and_not_as_the_beginning_of_another(tmp_path: Path) -> None:
    (tmp_path / "data.ttl").write_text(f"@prefix x: <{X}> .\nx:a a x:P ; x:friend x:b.c , x:b-c , x:b .\n")
    (tmp_path / "shapes.ttl").write_text(SHAPES)
    data, shapes = (find_documents([str(tmp_path / name)]) for name in ("data.ttl", "shapes.ttl"))
    found = {each.value: each.place and each.place.column for each in validate(load(data, shapes)).results}
    assert found == {f"<{X}b.c>": 22, f"<{X}b-c>": 30, f"<{X}b>": 38}
