"""Decides what of a request's wishes a server of files understands: the first format and language it has."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from almaty_graph.formats import DOCUMENTS, HTML

# Which suffix is sent to whom asks for a media type; a page has none.
SUFFIXES: Final[Mapping[str, str]] = {
    media_type: "" if form == HTML else f".{form.suffix}"
    for form in reversed(DOCUMENTS)
    for media_type in (*form.aliases, form.media_type)
}
_ELEMENT: Final = r"^(?:[^,]*,)*?\s*"
_END: Final = r"\s*(?:;[^,]*)?(?:,|$)"


def accepted() -> str:
    """A regular expression for an Accept header, whose one group is the first media type that there is."""
    return f"{_ELEMENT}({'|'.join(map(re.escape, SUFFIXES))}){_END}"


def spoken(languages: Iterable[str]) -> str:
    """One for an Accept-Language header, whose one group is the first language that there is."""
    return rf"{_ELEMENT}({'|'.join(languages)})(?:-[A-Za-z0-9-]*)?{_END}"


def searched(
    unnamed: Collection[str], stem: str, query: str, suffix: str, languages: Collection[str]
) -> list[str]:
    """The files that are looked for at an address, the best first, in the words of a server.

    `languages` are the one that the reader likes best, and the one of those that pages speak.

    `unnamed` are suffixes that a file may have where its address has none.
    """
    return [
        f"{stem}{suffix}",
        *(f"{stem}@{query}{language}.html" for language in languages),
        f"{stem}@{query}.html",
        *(f"{stem}{language}.html" for language in languages),
        f"{stem}.html",
        *(f"{stem}{each}" for each in sorted(unnamed)),
    ]
