"""Decides which SERVICE blocks a query may have, and of whom they ask (SPARQL 1.1 Federated Query)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from almaty_graph.engine.language.dataset import read_prologue, resolve
from almaty_graph.engine.language.tokens import TOKEN, position
from almaty_graph.errors import QueryError

SERVICES: Final = 5
_VISIBLE: Final = re.compile(r"[^\n]")
_DEPTH: Final = {"{": 1, "}": -1}


@dataclass(frozen=True)
class Service:
    """One block, and where in the query are its keyword, its IRI, its `{`, and what follows its `}`."""

    endpoint: str
    is_silent: bool
    start: int
    name: int
    opening: int
    end: int


def find_services(text: str, allowed: Sequence[str]) -> tuple[Service, ...]:
    """The blocks of a query, in their order; the IRI of each, once resolved, is one of those allowed.

    Raises QueryError with line and column for any other IRI, for a variable, for a block in a block, and for
    more than SERVICES. What is a SERVICE to some parser only is not found here: `read_form` refuses it.
    """
    tokens = [match for match in TOKEN.finditer(text) if match.lastgroup != "gap"]
    prefixes, base = read_prologue(tokens)
    found: list[Service] = []
    for index, token in enumerate(tokens):
        if not _is_word(token, "service"):
            continue
        where = position(text, token.start())
        if found and token.start() < found[-1].end:
            raise QueryError("a SERVICE in a SERVICE is not allowed", *where)
        if len(found) == SERVICES:
            raise QueryError(f"a query may ask {SERVICES} times with SERVICE", *where)
        silent = _is_word(tokens[index + 1], "silent") if index + 1 < len(tokens) else False
        name, *block = tokens[index + 1 + silent :] or [token]
        if name.lastgroup == "variable":
            raise QueryError(f"SERVICE asks whom an IRI names, not a variable: {name[0]}", *where)
        depths = list(accumulate(_DEPTH.get(each[0], 0) for each in block))
        if name.lastgroup not in {"iri", "name"} or not depths or depths[0] != 1 or 0 not in depths:
            raise QueryError("SERVICE takes an IRI and a block: SERVICE <IRI> { ... }", *where)
        endpoint = resolve(name[0], prefixes, base)
        if endpoint not in allowed:
            listed = ", ".join(f"<{each}>" for each in allowed) or "nobody"
            raise QueryError(f"SERVICE is not allowed to ask <{endpoint}>, but {listed}", *where)
        end = block[depths.index(0)].end()
        found.append(Service(endpoint, silent, token.start(), name.start(), block[0].start(), end))
    return tuple(found)


def as_graphs(text: str, services: Sequence[Service]) -> str:
    """The query with GRAPH for SERVICE, which a grammar takes the same; each other token is where it was."""
    for each in services:
        blank = _VISIBLE.sub(" ", text[each.start : each.name])
        text = text[: each.start] + "GRAPH" + blank[5:] + text[each.name :]
    return text


def _is_word(token: re.Match[str], word: str) -> bool:
    return token.lastgroup == "word" and token[0].lower() == word
