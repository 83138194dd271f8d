"""Decides which graphs a query asks for by its text: those of its FROM clauses, and whether of any."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from almaty_graph.engine.language.tokens import TOKEN
from almaty_graph.names import BASE

_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})|\\(.)")
_VISIBLE: Final = re.compile(r"[^\n]")
_DEPTH: Final = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


@dataclass(frozen=True)
class Asked:
    """A query without its FROM clauses, each of its other tokens where it was, and what those clauses say."""

    text: str
    default: tuple[str, ...]
    named: tuple[str, ...]
    by_name: bool  # whether it may look into named graphs
    has_base: bool


def read_dataset(text: str) -> Asked:
    """The dataset that a query asks for (SPARQL 1.1 Query, 13.2), relative IRIs as ours."""
    graphs: dict[bool, list[str]] = {False: [], True: []}
    tokens = [match for match in TOKEN.finditer(text) if match.lastgroup != "gap"]
    words = [match[0].upper() if match.lastgroup == "word" else "" for match in tokens]
    prefixes, base = read_prologue(tokens)
    depth, kept, done = 0, "", 0
    for index, match in enumerate(tokens):
        depth += _DEPTH.get(match[0], 0)
        following = tokens[index + 1 : index + 3]
        if words[index] == "FROM" and depth == 0 and following:
            named = words[index + 1] == "NAMED"
            term = following[-1] if named else following[0]
            graphs[named].append(resolve(term[0], prefixes, base))
            kept += text[done : match.start()] + _VISIBLE.sub(" ", text[match.start() : term.end()])
            done = term.end()
    by_name = any("GRAPH" in word for word in words)
    return Asked(kept + text[done:], tuple(graphs[False]), tuple(graphs[True]), by_name, "BASE" in words)


def read_prologue(tokens: Sequence[re.Match[str]]) -> tuple[dict[str, str], str]:
    """The prefixes that the tokens of a query declare, each with its colon, and its base, by default ours."""
    prefixes, base = dict[str, str](), BASE
    for index, match in enumerate(tokens):
        word = match[0].upper() if match.lastgroup == "word" else ""
        following = tokens[index + 1 : index + 3]
        if word == "BASE" and following:
            base = _join(base, _unescape(following[0][0][1:-1]))
        elif word == "PREFIX" and len(following) == 2:
            prefixes[following[0][0]] = _join(base, _unescape(following[1][0][1:-1]))
    return prefixes, base


def resolve(term: str, prefixes: dict[str, str], base: str) -> str:
    """The IRI that a term of a query writes, in brackets or with a prefix (SPARQL 1.1 Query, 4.1.1)."""
    if term.startswith("<"):
        return _join(base, _unescape(term[1:-1]))
    prefix, colon, local = term.partition(":")
    return prefixes.get(prefix + colon, term) + _unescape(local)


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)) if not found[3] else found[3], text)


def _join(base: str, iri: str) -> str:
    try:
        return urljoin(base, iri)
    except ValueError:
        return iri  # half of an IPv6 address: it is nowhere, whatever the base
