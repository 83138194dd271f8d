"""Decides what Virtuoso means where it does not speak as the standards do."""

import re
from email.message import Message
from typing import Final

from almaty_graph.engine.language.tokens import TOKEN
from almaty_graph.errors import AlmatyError, AnswerLimitReached, QueryError, RemoteError, TimeLimitReached
from almaty_graph.names import XSD

# `Virtuoso 37000 Error SP030: SPARQL compiler, line 2: ...`
_ERROR: Final = re.compile(r"Virtuoso \w+ Error (?:(\w+): )?(.*)")
_KINDS: Final = (
    (re.compile(r"SR353"), AnswerLimitReached),  # more rows to sort than `ResultSetMaxRows`
    (re.compile(r".*(timed out|timeout|execution time)", re.IGNORECASE), TimeLimitReached),
    (re.compile(r"S[PQ]\d"), QueryError),
)
# On an answer that was cut, at `ResultSetMaxRows` or at a time. None is set when a CONSTRUCT is cut.
_CUT: Final = ("X-SPARQL-MaxRows", "X-SQL-State")

_PATTERN: Final = frozenset(("FROM", "WHERE", "{"))  # begins the pattern of a DESCRIBE

_ASK: Final = re.compile(rb'\s*\{ "head": \{ "link": \[\], "vars": \["__ASK_RETVAL"\] \}')
# A quotation mark inside of a literal has a backslash before it, so these are found outside of literals only.
_LABEL: Final = re.compile(rb'("type": "bnode", "value": ")nodeID://')
_TRUTH: Final = re.compile(rb'("datatype": "%b", "value": )"([01])"' % (XSD + "boolean").encode())


def is_it(headers: Message) -> bool:
    """Whether a reply is Virtuoso's."""
    return headers.get("Server", "").startswith("Virtuoso")


def read_json(body: bytes) -> bytes:
    """Results as the standard has them: ASK is answered by a boolean, labels are labels, true is `true`."""
    if _ASK.match(body):
        return b'{"head":{},"boolean":%b}' % (b"true" if b'"value": "1"' in body else b"false")
    body = _LABEL.sub(rb"\1", body)
    return _TRUTH.sub(lambda found: found[1] + (b'"true"' if found[2] == b"1" else b'"false"'), body)


def read_error(text: str) -> type[AlmatyError] | None:
    """What kind of error a refusal is, whatever its status says; None if it is none of Virtuoso's."""
    found = _ERROR.search(text)
    if not found:
        return None
    said = f"{found[1] or ''} {found[2]}".strip()
    return next((kind for pattern, kind in _KINDS if pattern.match(said)), RemoteError)


def find_cut(headers: Message) -> str | None:
    """What the headers say of an answer that is a part only."""
    return next((f"{name}: {headers[name]}" for name in _CUT if name in headers), None)


def count_solutions(text: str) -> str | None:
    """A SELECT with a row for each solution of a CONSTRUCT or DESCRIBE; None if the latter has no pattern.

    Its reply says whether it is cut, and then the other is.
    """
    tokens = [match for match in TOKEN.finditer(text) if match.lastgroup != "gap"]
    words = [match[0].upper() for match in tokens]
    start = next(index for index, word in enumerate(words) if word in {"CONSTRUCT", "DESCRIBE"})
    rest = start + 1
    if words[start] == "CONSTRUCT" and words[rest] == "{":
        rest = words.index("}", rest) + 1  # a template has no braces inside
    elif words[start] == "DESCRIBE":
        rest = next((index for index in range(rest, len(words)) if words[index] in _PATTERN), len(words))
    if rest == len(words):
        return None
    return f"{text[: tokens[start].start()]}SELECT (1 AS ?row) {text[tokens[rest].start() :]}"
