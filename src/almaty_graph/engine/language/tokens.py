"""Decides where the tokens of a SPARQL text begin and end, in one pass whose time grows with the text."""

import re
from typing import Final

_NAME: Final = r"[^\W\d_][\w·-]*+(?:\.++[\w·-]++)*+"
_LOCAL: Final = r"(?:[\w:%·-]|\\[_~.\-!$&'()*+,;=/?\#@%])"
_ESCAPED: Final = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"

# Every repetition is possessive (`*+`, `++`): nothing is read twice, however hostile the text.
TOKEN: Final = re.compile(
    rf"""
      (?P<gap>(?:[ \t\r\n]++|\#[^\r\n]*+)++)
    | (?P<variable>[?$]\w[\w·]*+)
    | (?P<iri><(?:[^<>"{{}}|^`\\\x00-\x20]++|{_ESCAPED})*+>)
    | (?P<name>(?:{_NAME})?:(?:{_LOCAL}++(?:\.++{_LOCAL}++)*+)?)
    | (?P<word>{_NAME})
    | (?P<number>(?:\d++(?:\.\d++)?|\.\d++)(?:[eE][+-]?\d++)?)
    | (?P<punctuation>[{{}}()\[\].;,])
    | (?P<string>'''(?:[^'\\]++|\\[\s\S]|'(?!''))*+'''
        | \"\"\"(?:[^"\\]++|\\[\s\S]|"(?!""))*+\"\"\"
        | '(?:[^'\\\r\n]++|\\[^\r\n])++' | "(?:[^"\\\r\n]++|\\[^\r\n])++" | ''(?!') | ""(?!"))
    | (?P<blank>_:\w[\w·-]*+(?:\.++[\w·-]++)*+)
    | (?P<tag>@[\w-]++)
    | (?P<typed>\^\^)
    | (?P<operator><<|>>|&&|\|\||[<>!]=|[-+*/|^!=<>?&~])
    | (?P<quote>["'])
    | (?P<other>[\s\S])
    """,
    re.VERBOSE,
)


def position(text: str, offset: int) -> tuple[int, int]:
    """The line and the column of an offset, both counted from 1."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
