"""Decides which language a reader gets: by the address if it says one, else the one liked best (RFC 9110)."""

from collections.abc import Collection
from functools import lru_cache
from typing import Final

from flask import has_request_context, request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

_READ = 512  # characters of an Accept-Language header that count
DEFAULT = "en"
# The languages that pages speak, each by its own name.
INTERFACE: Final = {"en": "English", "ru": "Русский"}
PARAMETER: Final = "lang"


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


def chosen_language() -> str | None:
    """The language that the address of the request says, None if it says none that pages speak."""
    said = request.args.get(PARAMETER) if has_request_context() else None
    return said if said in INTERFACE else None


def liked_languages(known: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the known languages that the request asks for, the best first."""
    if chosen := chosen_language():
        return (chosen,)
    header = request.headers.get("Accept-Language") if has_request_context() else None
    return rank_languages(header, known)


def page_language() -> str:
    """The language that the page of the request speaks; English where there is no request."""
    return choose_language(liked_languages(tuple(INTERFACE)), INTERFACE)
