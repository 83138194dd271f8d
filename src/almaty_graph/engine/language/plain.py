"""Decides which queries are so short and simple that the lexical pass would find nothing in them.

Most are. They are seen through in a tenth of the time of that pass.
"""

import re
from typing import Final

from almaty_graph.engine.language.lexical import Form

# In so few characters, without collections and sequence paths, and with so few of what separates patterns,
# there cannot be more patterns than the limit.
_LENGTH: Final = 1_000
_SEPARATORS: Final = 80
_DEPTH: Final = 4

_IRI: Final = r"<[^<>()\[\]{}\s\"|\\^`]*+>"
_TOKEN: Final = rf"[\w \t\r\n?$:.;,^+*|!=&%@~-]++|{_IRI}|<(?!<)|>|\"[^\"\\\r\n]*+\"|'[^'\\\r\n]*+'"


def _nested() -> str:
    """What stands in a group: brackets in brackets, of the round ones those of FILTER alone."""
    expression = group = rf"(?:{_TOKEN})*+"
    for _ in range(_DEPTH):
        expression = rf"(?:{_TOKEN}|/|\({expression}\))*+"
    filtered = rf"(?:(?<=[\s.}}]FILTER)|(?<=[\s.}}]FILTER ))\({expression}\)"
    for _ in range(_DEPTH):
        group = rf"(?:{_TOKEN}|\{{{group}\}}|\[{group}\]|{filtered})*+"
    return group


_PLAIN: Final = re.compile(
    rf"(?:[ \t\r\n]++|PREFIX[ \t\r\n]++[\w.-]*+:[ \t\r\n]*+{_IRI}|BASE[ \t\r\n]++{_IRI})*+"
    rf"(SELECT|ASK|CONSTRUCT|DESCRIBE)\b(?:[\w \t\r\n?$:.*-]++|{_IRI})*+"
    rf"(?:\{{{_nested()}\}}[\w \t\r\n?$]*+){{0,2}}+",
    re.IGNORECASE,
)


def plain_form(text: str) -> Form | None:
    """The form of a plain query; None if it takes a lexical pass to know."""
    if len(text) > _LENGTH or "service" in text.lower() or sum(map(text.count, ".,;{[(")) > _SEPARATORS:
        return None
    found = _PLAIN.fullmatch(text)
    return Form[found[1].upper()] if found else None
