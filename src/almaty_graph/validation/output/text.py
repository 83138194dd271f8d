"""Decides how a validation is told to people: a block for each rule that is broken, then a verdict."""

from collections.abc import Mapping

from almaty_graph.validation.output.remedies import remedy_of_all
from almaty_graph.validation.output.words import (
    NO_PREFIXES,
    Words,
    counted,
    one_line,
    said_once,
    verdict,
    visible,
)
from almaty_graph.validation.report import Result, Validation


def write(validation: Validation, prefixes: Mapping[str, str] = NO_PREFIXES, limit: int = 10) -> str:
    """The results by rule, of each rule so many of them, then notes and the verdict."""
    words = Words(prefixes)
    blocks = [_group(group, words, limit) for group in validation.grouped()]
    blocks.append([f"Note: {one_line(note)}" for note in validation.notes])
    blocks.append([verdict(validation)])
    return "\n\n".join("\n".join(lines) for lines in blocks if lines) + "\n"


def _group(group: list[Result], words: Words, limit: int) -> list[str]:
    first, path = group[0], said_once(group)
    about = f" on {words.path(path)}" if path and not words.rule(first).endswith(words.path(path)) else ""
    place = f" (shape at {visible(str(first.shape_place))})" if first.shape_place else ""
    rule = f"{words.rule(first)}: {words.component(first)}{about}"
    return [
        f"{first.severity.value}: {rule}: {counted(len(group), 'result')}{place}",
        f"  To mend: {remedy_of_all(group, words)}",
        *_some(group, words, limit, path),
    ]


def _some(results: list[Result], words: Words, limit: int, path: str | None, depth: int = 1) -> list[str]:
    lines: list[str] = []
    for each in results[:limit]:
        place = f"{visible(str(each.place))}: " if each.place else ""
        mark = "- " if depth > 1 else place
        lines.append(f"{'  ' * depth}{mark}{words.sentence(each, path)}")
        lines += _some(list(each.details), words, limit, None, depth + 1)
    rest = len(results) - limit
    return [*lines, f"{'  ' * depth}... and {rest:,} more"] if rest > 0 else lines
