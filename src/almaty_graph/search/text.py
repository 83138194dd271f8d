"""Decides when two spellings are the same text, and which shorter texts a spelling has in it."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from anyascii import anyascii

# As long as a name may be: the longest in the register has 150 characters.
MOST: Final = 300
_APOSTROPHES: Final = re.compile(r"['`]")
_DOTTED: Final = re.compile(r"\b(?:[A-Za-z]\.){2,}")
_WORDS: Final = re.compile(r"[a-z0-9]+")
_BRACKETS: Final = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]")
_ACRONYM: Final = re.compile(r"[A-ZА-ЯЁ][A-ZА-ЯЁ0-9&.\- ]{1,11}")
_INITIALS: Final = re.compile(r"(?<![^\W\d_])[^\W\d_]")


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """The words of a text in Latin letters, without case, accents, apostrophes and punctuation.

    `Қырғызстан` is `qyrghyzstan`, `U.N.H.C.R.` is `unhcr`, `Children's` is `childrens`.
    """
    latin = _APOSTROPHES.sub("", anyascii(unicodedata.normalize("NFKC", text[:MOST])))
    latin = _DOTTED.sub(lambda found: found[0].replace(".", ""), latin)
    return " ".join(_WORDS.findall(latin.casefold()))


def shorten(text: str) -> list[str]:
    """What a text is without its brackets, and the acronyms that stand in them."""
    inside = [found.strip() for found in _BRACKETS.findall(text)]
    without = _BRACKETS.sub("", text).strip()
    shorter = [without, *(each for each in inside if _ACRONYM.fullmatch(each))]
    return [each for each in shorter if each and each != text]


def initials(text: str) -> str:
    """The first letters of the words that begin with a capital; nothing if they are fewer than three."""
    letters = "".join(each for each in _INITIALS.findall(text) if each.isupper())
    return letters if len(letters) > 2 else ""
