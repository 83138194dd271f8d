"""Decides which changes are offered for a query without rows: those that were tried, and match."""

from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from almaty_graph.engine.emptiness.candidates import Candidate, Candidates
from almaty_graph.engine.emptiness.diagnosis import Blame
from almaty_graph.engine.emptiness.probe import Probe, Spent
from almaty_graph.engine.emptiness.writing import Prefixes

_OFFERED: Final = 5
_KEPT: Final = 4 * _OFFERED  # questions, to try with what was found


@dataclass(frozen=True)
class Suggestion:
    """A change that was tried.

    `matches` counts the solutions that the part at fault has with it, up to COUNTED, other terms that occur
    nowhere left open; `answers` says whether the whole query has rows with it, as it stands in `query`.
    """

    sentence: str
    replacement: str
    matches: int
    answers: bool
    query: str


def suggest(blame: Blame, probe: Probe, prefixes: Prefixes) -> list[Suggestion]:
    """What mends the part to blame, best first; the less alike only if nothing mends the whole query."""
    candidates: list[Candidate] = []
    found: list[tuple[Candidate, Suggestion]] = []
    several = len(blame.unknown) > 1  # faults, so that no one change mends the query
    with suppress(Spent):
        sought = Candidates(blame, probe, prefixes).all()
        candidates.extend(takewhile(lambda _: probe.left > _KEPT, sought))
    with suppress(Spent):
        for candidate in sorted(candidates, key=lambda candidate: candidate.unlikeness):
            if len(found) == _OFFERED:
                break
            if any(_is_better(*each, candidate, several=several) for each in found):
                continue
            if matches := probe.count(candidate.setting, candidate.edit):
                answers, mended = probe.answers(candidate.edit), probe.mended(candidate.edit)
                suggestion = Suggestion(candidate.sentence, candidate.replacement, matches, answers, mended)
                found.append((candidate, suggestion))
    found.sort(key=lambda each: (not each[1].answers, each[0].unlikeness, -each[1].matches))
    return [suggestion for _, suggestion in found]


def _is_better(tried: Candidate, suggestion: Suggestion, other: Candidate, *, several: bool) -> bool:
    """Whether a change that matches leaves nothing to be gained by another: the same, or one less alike."""
    mends = suggestion.answers or (several and tried.edit.span == other.edit.span)
    return tried.replacement == other.replacement or (mends and tried.unlikeness < other.unlikeness)
