"""A copy of the source held against its graph by the command line: every line, every figure, every quote."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from almaty_graph.check.evidence import SourceGraph, hold_against
from almaty_graph.cli import main
from almaty_graph.sources import Sources, find_source

SLUG = "iom-almaty-process"
CLAIM, PASSAGE = (
    f"https://w3id.org/almaty-process/{part}" for part in (f"id/claim/{SLUG}/", f"source/{SLUG}#")
)
GRAPH, REGISTER = f"data/sources/{SLUG}.ttl", "data/register/sources.ttl"
# Passages whose quotes begin and end in each way that quotes do.
QUOTED = ("L3", "L10-list", "L19", "L20", "L86", "L90", "L102", "L108", "L112-date", "L125", "L129", "L131")
SPOILING: dict[str, Callable[[str], str]] = {
    "another first character": lambda quote: "X" + quote[1:],
    "another character inside": lambda quote: quote[:5] + "X" + quote[6:],
    "another last character": lambda quote: quote[:-1] + "X",
    "no first character": lambda quote: quote[1:],
    "no character inside": lambda quote: quote[:5] + quote[6:],
    "no last character": lambda quote: quote[:-1],
    "a character more": lambda quote: quote + "X",
}
FIGURES = {  # the claim, the property, what it says, what it is made to say, and what is said about that
    "the chair began a month later": (
        "chair-kyrgyzstan",
        "schema:startDate",
        ('"2016-10"', '"2016-11"'),
        "says 2016-11, but its quote says 2016-10",
    ),
    "the chair began a year earlier": (
        "chair-kyrgyzstan",
        "schema:startDate",
        ('"2016-10"', '"2015-10"'),
        "says 2015-10, but its quote says 2016-10",
    ),
    "the chair began in a year without a month": (
        "chair-kyrgyzstan",
        "schema:startDate",
        ('"2016-10"^^xsd:gYearMonth', '"2016"^^xsd:gYear'),
        "says 2016, but its quote says 2016-10",
    ),
    "the chair ended a month later": (
        "chair-kyrgyzstan",
        "schema:endDate",
        ('"2018-10"', '"2018-11"'),
        "says 2018-11, but its quote says 2018-10",
    ),
    "the chair ended when it began": (
        "chair-kyrgyzstan",
        "schema:endDate",
        ('"2018-10"', '"2016-10"'),
        "says 2016-10, but its quote says 2018-10",
    ),
    "the founding a year earlier": (
        "founded",
        "rdf:object",
        ('"2013"', '"2012"'),
        "says 2012, but its quote says 2013",
    ),
    "the first day of the meeting": (
        "workshop-start",
        "rdf:object",
        ('"2017-09-04"', '"2017-09-05"'),
        "says 2017-09-05, but its quote says 2017-09-04",
    ),
    "the last day of the meeting": (
        "workshop-end",
        "rdf:object",
        ('"2017-09-05"', '"2017-09-06"'),
        "says 2017-09-06, but its quote says 2017-09-05",
    ),
    "the announced number": (
        "participating-count",
        "def:holderCount",
        ("7", "8"),
        "says 8, but no quote of it has that number",
    ),
}


def cover(root: Path, copy: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["coverage", str(copy), "--root", str(root), *options])


def gaps(result: Result) -> list[str]:
    """The lines of the output that name a gap."""
    return [line for line in result.output.splitlines() if line.startswith("data/")]


def find_line(path: Path, line: str) -> int:
    """The number, counted from 1, of the first line that is that line."""
    return path.read_text(encoding="utf-8").split("\n").index(line) + 1


def lines_of(path: Path, subject: str) -> range:
    """The lines, counted from 1, of the statements about a subject."""
    lines = path.read_text(encoding="utf-8").split("\n")
    first = lines.index(subject) + 1
    return range(first, lines.index(".", first) + 1)


def spoil(path: Path, subject: str, predicate: str, change: tuple[str, str]) -> int:
    """Change what a statement says; its line, counted from 1."""
    lines = path.read_text(encoding="utf-8").split("\n")
    number = next(n for n in lines_of(path, subject) if lines[n - 1].startswith(f"    {predicate} "))
    changed = lines[number - 1].replace(*change)
    assert changed != lines[number - 1]
    lines[number - 1] = changed
    path.write_text("\n".join(lines), encoding="utf-8")
    return number


def test_every_line_of_the_seed_is_accounted_for(repository: Path, seed: Path) -> None:
    result = cover(repository, seed)
    assert result.output.splitlines()[-1] == (
        "iom-almaty-process: 82 of 82 lines covered (76 cited, 6 set aside), 0 gaps"
    )
    assert result.exit_code == 0


def test_each_line_is_shown_once_in_order_with_how_it_is_accounted_for(repository: Path, seed: Path) -> None:
    rows = [
        re.match(r" *(\d+)  (\d+ claims?|set aside: \S)", line)
        for line in cover(repository, seed).output.splitlines()
    ]
    text = seed.read_text(encoding="utf-8").split("\n")
    assert [int(row[1]) for row in rows if row] == [n for n, line in enumerate(text, start=1) if line.strip()]


@pytest.mark.slow
@pytest.mark.parametrize("how", SPOILING)
@pytest.mark.parametrize("passage", QUOTED)
def test_a_quote_that_differs_by_a_character_is_named_with_file_and_line(
    repository: Path, seed: Path, passage: str, how: str
) -> None:
    path = repository / GRAPH
    lines = path.read_text(encoding="utf-8").split("\n")
    quotes = [lines[n - 1] for n in lines_of(path, f"passage:{passage}") if " oa:exact " in lines[n - 1]]
    quote = quotes[0].partition('"')[2].rpartition('"')[0]
    line = spoil(path, f"passage:{passage}", "oa:exact", (f'"{quote}"', f'"{SPOILING[how](quote)}"'))
    result = cover(repository, seed)
    assert any(gap.startswith(f"{GRAPH}:{line}: {PASSAGE}{passage}: ") for gap in gaps(result)), result.output
    assert result.exit_code == 1


@pytest.mark.slow
def test_no_character_of_any_quote_can_be_changed_or_left_out_unnoticed(seed: Path, sources: Sources) -> None:
    text = seed.read_bytes()
    graph = SourceGraph(sources, find_source(sources, text))
    unnoticed = []
    for name, passage in list(graph.passages.items()):
        assert passage.quote
        for at in range(len(passage.quote)):
            for put in ("", "x" if passage.quote[at] != "x" else "y"):
                quote = passage.quote[:at] + put + passage.quote[at + 1 :]
                graph.passages[name] = replace(passage, quote=quote)
                if not hold_against(text, graph).gaps:
                    unnoticed.append((name, quote))
        graph.passages[name] = passage
    assert unnoticed == []


@pytest.mark.slow
@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_that_its_quote_does_not_give_is_named_with_file_and_line(
    repository: Path, seed: Path, figure: str
) -> None:
    claim, predicate, change, message = FIGURES[figure]
    line = spoil(repository / GRAPH, f"claim:{claim}", predicate, change)
    result = cover(repository, seed)
    assert gaps(result) == [f"{GRAPH}:{line}: {CLAIM}{claim}: {message}"]
    assert result.exit_code == 1


def test_a_name_that_its_quote_does_not_give_is_named_with_file_and_line(
    repository: Path, seed: Path
) -> None:
    line = spoil(repository / GRAPH, "claim:observer-iran", "def:nameAsWritten", ("Iran", "Iraq"))
    result = cover(repository, seed)
    message = "says 'Iraq', but no quote of it says that"
    assert gaps(result) == [f"{GRAPH}:{line}: {CLAIM}observer-iran: {message}"]
    assert result.exit_code == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("predicate", "change"),
    [
        ("def:firstLine", ("19", "18")),
        ("def:firstLine", ("19", "20")),
        ("def:firstLine", ("19", "9")),
        ("def:firstLine", ("19", "1")),
        ("def:firstLine", ("19", "119")),
        ("def:lastLine", ("19", "18")),
        ("def:lastLine", ("19", "20")),
        ("def:lastLine", ("19", "9")),
        ("def:lastLine", ("19", "199")),
    ],
)
def test_a_passage_with_another_line_number_is_named_with_file_and_line(
    repository: Path, seed: Path, predicate: str, change: tuple[str, str]
) -> None:
    spoil(repository / GRAPH, "passage:L19", predicate, change)
    block = lines_of(repository / GRAPH, "passage:L19")
    result = cover(repository, seed)
    named = [
        gap for line in block for gap in gaps(result) if gap.startswith(f"{GRAPH}:{line}: {PASSAGE}L19: ")
    ]
    assert len(named) >= 1, result.output
    assert result.exit_code == 1


def test_another_recorded_digest_is_named_with_file_and_line(repository: Path, seed: Path) -> None:
    digest = hashlib.sha256(seed.read_bytes()).hexdigest()
    other = digest[:-1] + ("0" if digest[-1] != "0" else "1")
    line = spoil(repository / REGISTER, f"source:{SLUG}", "schema:sha256", (digest, other))
    result = cover(repository, seed, "--source", SLUG)
    assert gaps(result) == [
        f"{REGISTER}:{line}: https://w3id.org/almaty-process/source/{SLUG}: "
        f"SHA-256 of the copy is {digest}, recorded is {other}"
    ]
    assert result.exit_code == 1


def test_a_source_without_a_recorded_digest_is_named(repository: Path, seed: Path) -> None:
    path = repository / REGISTER
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r'    schema:sha256 "ebd0[^\n]*\n', "", text), encoding="utf-8")
    result = cover(repository, seed, "--source", SLUG)
    line = lines_of(path, f"source:{SLUG}").start + 1
    assert gaps(result) == [
        f"{REGISTER}:{line}: https://w3id.org/almaty-process/source/{SLUG}: "
        "no SHA-256 is recorded (schema:sha256)"
    ]
    assert result.exit_code == 1


def test_a_copy_with_another_letter_is_named_by_its_digest_and_by_the_quote_that_cites_it(
    repository: Path, seed: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.txt"
    copy.write_bytes(seed.read_bytes().replace(b"Ynam (Turkmenistan)", b"Ynom (Turkmenistan)"))
    result = cover(repository, copy, "--source", SLUG)
    recorded, digest = (hashlib.sha256(path.read_bytes()).hexdigest() for path in (seed, copy))
    registered = find_line(repository / REGISTER, f'    schema:sha256 "{recorded}" ;')
    quoted = find_line(repository / GRAPH, '    oa:exact "Ynam (Turkmenistan)" ;')
    assert gaps(result) == [
        f"{REGISTER}:{registered}: https://w3id.org/almaty-process/source/{SLUG}: "
        f"SHA-256 of the copy is {digest}, recorded is {recorded}",
        f"{GRAPH}:{quoted}: {PASSAGE}L98: quote 'Ynam (Turkmenistan)' does not stand in line 98: "
        "'• Ynom (Turkmenistan)'",
    ]
    assert result.exit_code == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + b"\n",
        lambda text: text[:-1],
        lambda text: b"\n" + text,
        lambda text: text + b"\xff",
    ],
)
def test_a_copy_that_is_not_the_recorded_bytes_is_never_covered(
    repository: Path, seed: Path, tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    copy = tmp_path / "copy.txt"
    copy.write_bytes(change(seed.read_bytes()))
    result = cover(repository, copy, "--source", SLUG)
    assert "SHA-256 of the copy is" in gaps(result)[0]
    assert result.exit_code == 1


def test_a_line_that_is_neither_cited_nor_set_aside_is_named(
    repository: Path, seed: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.txt"
    copy.write_bytes(seed.read_bytes() + b"\nNew Chair: Tajikistan")
    number = copy.read_bytes().count(b"\n") + 1
    result = cover(repository, copy, "--source", SLUG)
    message = "is neither cited by a claim nor set aside with a reason: 'New Chair: Tajikistan'"
    assert gaps(result)[-1] == f"{GRAPH}: line {number}: {message}"
    assert f"  {number}  GAP           New Chair: Tajikistan" in result.output
    assert result.exit_code == 1


def test_a_line_whose_only_claim_is_withdrawn_is_named(repository: Path, seed: Path) -> None:
    path = repository / GRAPH
    block = lines_of(path, "claim:founded")
    lines = path.read_text(encoding="utf-8").split("\n")
    path.write_text("\n".join(lines[: block.start - 1] + lines[block.stop :]), encoding="utf-8")
    result = cover(repository, seed)
    message = "is neither cited by a claim nor set aside with a reason: 'Established 2013'"
    assert gaps(result) == [f"{GRAPH}: line 3: {message}"]
    assert result.exit_code == 1


def test_an_unknown_source_is_refused_with_those_there_are(repository: Path, seed: Path) -> None:
    result = cover(repository, seed, "--source", "nobody")
    assert result.output.startswith("almaty-graph: data/sources: no source 'nobody'; there are ")
    assert SLUG in result.output
    assert result.exit_code == 2
