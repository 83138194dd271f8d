"""Decides which language a reader gets: of those that there are, the one liked best (RFC 9110, 12.5.4)."""

from collections.abc import Collection
from functools import lru_cache

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

_READ = 512  # characters of an Accept-Language header that count
DEFAULT = "en"


@lru_cache(maxsize=1024)
def rank_languages(accept_language: str | None, known: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the known languages that a header names, the best first; `ru-RU` names `ru`."""
    if not accept_language:
        return ()
    ranges = parse_accept_header(accept_language[:_READ].lower(), LanguageAccept)
    liked: dict[str, float] = {}
    for value, quality in ranges:
        language = value.partition("-")[0]
        if language in known and quality > 0:
            liked[language] = max(liked.get(language, 0), quality)
    return tuple(sorted(liked, key=lambda language: -liked[language]))


def choose_language(ranked: tuple[str, ...], offer: Collection[str]) -> str:
    """The first of the ranked languages that is on offer, else English."""
    return next((language for language in ranked if language in offer), DEFAULT)
