"""Decides what is found for a text: things, the best first, each with the spelling that was met and why."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Self

from rapidfuzz import fuzz, process

from almaty_graph.linking.identifiers import key_for
from almaty_graph.release.record import Record
from almaty_graph.search.scoring import Words, likeness
from almaty_graph.search.spellings import Evidence, Spelling, collect
from almaty_graph.search.text import fold, shorten
from almaty_graph.terms import Term

_SHORTENED: Final = 0.98  # for a text without its brackets
_LETTERS: Final = 70  # of 100: below, spellings that share no word are not compared
_NEAR: Final = 50  # spellings that are compared by letters alone
Accept = Callable[[Term], bool]


@dataclass(frozen=True)
class Found:
    """A thing that was found: by which spelling, how alike that is (0 to 1), and its score (0 to 100).

    The score is the likeness, weighed by what the spelling is to the thing.
    """

    spelling: Spelling
    likeness: float
    score: float

    @property
    def thing(self) -> Term:
        """The thing."""
        return self.spelling.thing

    @property
    def reason(self) -> str:
        """Why it was found, in words."""
        language = f" ({self.spelling.language})" if self.spelling.language else ""
        return f"{self.spelling.evidence.words}{language}: {self.spelling.text}"


class Index:
    """The spellings of a record, to be searched; the same text always finds the same, in the same order."""

    def __init__(self, spellings: Iterable[Spelling]) -> None:
        found = list(spellings)
        self.identified: dict[str, list[Spelling]] = {}
        for spelling in found:
            if spelling.evidence is Evidence.IDENTIFIER:
                self.identified.setdefault(spelling.folded, []).append(spelling)
        self.spellings = [each for each in found if each.evidence is not Evidence.IDENTIFIER]
        self._words = Words([each.folded for each in self.spellings])
        self._joined = [
            each.folded.replace(" ", "") if each.evidence.rank < Evidence.INITIALS.rank else ""
            for each in self.spellings
        ]

    @classmethod
    def of(cls, record: Record) -> Self:
        """The index of a record."""
        return cls(collect(record))

    def find(self, text: str, accept: Accept, least: float, is_part: bool = False) -> list[Found]:
        """The accepted things whose score is at least so much, the best first.

        If the text may be part of a name, its last word may be begun, and quotes are found too.
        """
        best: dict[Term, Found] = {}
        for found in self._all(text, is_part):
            if found.score < least or not accept(found.thing):
                continue
            if found.thing not in best or _order(found) < _order(best[found.thing]):
                best[found.thing] = found
        return sorted(best.values(), key=_order)

    def _all(self, text: str, is_part: bool) -> Iterable[Found]:
        for spelling in self.identified.get(key_for(text), ()):
            yield Found(spelling, 1.0, 100.0)
        for folded, weight in _readings(text).items():
            by_words = self._words.compare(folded, is_part)
            for number in {*by_words, *self._alike(folded)}:
                spelling = self.spellings[number]
                if _is_too_loose(spelling, folded, is_part):
                    continue
                alike = likeness(folded, spelling.folded, by_words.get(number, 0.0)) * weight
                yield Found(spelling, alike, round(100 * alike * spelling.evidence.weight, 1))

    def _alike(self, folded: str) -> list[int]:
        """The names that are written nearly so if spaces do not count."""
        near = process.extract(
            folded.replace(" ", ""), self._joined, scorer=fuzz.ratio, score_cutoff=_LETTERS, limit=_NEAR
        )
        return [number for _, _, number in near]


def _readings(text: str) -> dict[str, float]:
    """The folded texts that a text may stand for, and how much a match with each weighs."""
    readings = {fold(each): _SHORTENED for each in shorten(text)} | {fold(text): 1.0}
    return {folded: weight for folded, weight in readings.items() if folded}


def _is_too_loose(spelling: Spelling, folded: str, is_part: bool) -> bool:
    """Whether a spelling of its kind has to be met more exactly, or is not looked for."""
    if spelling.evidence is Evidence.INITIALS:
        return spelling.folded != folded
    return spelling.evidence is Evidence.QUOTE and not is_part


def _order(found: Found) -> tuple[float, int, int, str, str]:
    spelling = found.spelling
    return -found.score, spelling.evidence.rank, len(spelling.text), spelling.text, spelling.thing
