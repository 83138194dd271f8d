"""Decides how the engine's syntax errors read: which token is wrong, in a sentence, without its grammar."""

import re
from bisect import bisect_left, bisect_right
from typing import Final

import pyoxigraph as ox

from almaty_graph.engine.language.tokens import TOKEN, position
from almaty_graph.names import BASE

# Longer than every keyword of SPARQL.
_PADDING: Final = " " * 24
_MESSAGE: Final = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
_UNEXPECTED: Final = "unexpected here"
_GRAMMAR: Final = re.compile(r"\[[^\]]*\]|\"(?:[^\"\\]|\\.)*\"")


def explain(text: str, message: str) -> tuple[str, int | None, int | None]:
    """What is wrong with a query, with line and column, by the error that the engine gave for it.

    The engine tells the furthest place that it looked at, and it looks a keyword's length ahead. So it is
    asked again with every gap widened, which keeps it from looking past the token that it fails on.
    """
    padded, starts, widened = "", [], []
    for match in TOKEN.finditer(text + "\n"):
        if match.lastgroup != "gap":
            starts.append(match.start())
            widened.append(len(padded))
        padded += match[0] + _PADDING * (match.lastgroup == "gap")
    try:
        ox.Store().query(padded, base_iri=BASE)
    except SyntaxError as error:
        message = str(error)
    found = _MESSAGE.match(message)
    if not found or not starts:
        return message, None, None
    before = padded.split("\n")[: int(found[1]) - 1]
    offset = sum(map(len, before)) + len(before) + int(found[2]) - 1
    parts = (part.strip() for part in _GRAMMAR.sub("", found[3]).split(", "))
    reason = next((part for part in parts if " " in part), _UNEXPECTED)
    if reason == _UNEXPECTED:
        if offset >= len(padded.rstrip()) + len(_PADDING):
            return "the query ends too early", *position(text, len(text.rstrip()))
        index = bisect_right(widened, offset) - 1
    else:
        # A sentence comes after its token was read.
        index = max(0, bisect_left(widened, offset) - 1)
    wrong = TOKEN.match(text, starts[index])
    lexeme = wrong[0][:40] if wrong else ""
    return f"{reason}: {lexeme!r}", *position(text, starts[index])
