"""Decides how alike a text and a spelling are: by words, of which rare ones weigh more, and by letters."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

# Below, two words are different words: `tajikistan` and `pakistan` are at 0.7, `kyrgyz` and `kyrgz` at 0.83.
_ALIKE: Final = 0.72
_SHORT: Final = 3  # letters of a word that is itself or another: IOM is not ILO
_BEGUN: Final = 0.95  # for a word of which only the beginning is there
_REORDERED: Final = 0.995
_FUZZY: Final = 0.98  # what is not the same can only be nearly so
# How much of a name that is only partly asked for must be asked for: the rest is in what the query says.
_WHOLE: Final = 0.5
_PART: Final = 0.15


class Words:
    """The words of some spellings, how rare each is, and which spellings have it."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.split = [tuple(dict.fromkeys(text.split())) for text in texts]
        self.holding: dict[str, list[int]] = {}
        for number, words in enumerate(self.split):
            for word in words:
                self.holding.setdefault(word, []).append(number)
        self._all = sorted(self.holding)
        self._weights = {
            word: math.log(1 + len(texts) / len(numbers)) for word, numbers in self.holding.items()
        }
        self._rarest = math.log(1 + len(texts))
        self._lengths = [self.weigh(words) for words in self.split]

    def weigh(self, words: Iterable[str]) -> float:
        """How much words say together; an unknown one as much as the rarest."""
        return sum(self._weights.get(word, self._rarest) for word in words)

    def like(self, word: str, is_begun: bool) -> Mapping[str, float]:
        """The known words that are like a word, or begin with it, and how much."""
        found = {word: 1.0} if word in self.holding else {}
        if is_begun:
            found |= {each: _BEGUN for each in self._all if each.startswith(word) and each != word}
        if len(word) > _SHORT:
            near = process.extract(
                word, self._all, scorer=OSA.normalized_similarity, score_cutoff=_ALIKE, limit=None
            )
            found |= {each: max(found.get(each, 0.0), score) for each, score, _ in near if len(each) > _SHORT}
        return found

    def compare(self, text: str, is_part: bool) -> dict[int, float]:
        """How alike a folded text and each spelling are that has a word like one of its words, from 0 to 1.

        If the text may be part of a name, its last word may be begun, and what else is in the name weighs
        little.
        """
        words = tuple(dict.fromkeys(text.split()))
        shared: Counter[int] = Counter()
        for position, word in enumerate(words):
            best: dict[int, float] = {}
            for known, likeness in self.like(word, is_part and position == len(words) - 1).items():
                worth = self._weights[known] * likeness**2
                for number in self.holding[known]:
                    best[number] = max(best.get(number, 0.0), worth)
            shared.update(best)
        asked, share = self.weigh(words), _PART if is_part else _WHOLE
        return {
            number: min(1.0, worth / asked) * (1 - share) + min(1.0, worth / self._lengths[number]) * share
            for number, worth in shared.items()
        }


def likeness(text: str, spelling: str, by_words: float) -> float:
    """How alike two folded texts are, from 0 to 1: the same, the same words, or nearly so."""
    if text == spelling:
        return 1.0
    if sorted(text.split()) == sorted(spelling.split()):
        return _REORDERED
    joined, other = text.replace(" ", ""), spelling.replace(" ", "")
    by_letters = (fuzz.ratio(joined, other) / 100) ** 2 if min(len(joined), len(other)) > _SHORT + 1 else 0.0
    return _FUZZY * max(by_words, by_letters)
