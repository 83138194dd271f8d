"""Decides how a SPARQL constraint (SHACL 5) is put to the engine: once for all focus nodes if possible."""

import re
from collections import defaultdict
from typing import Final

import pyoxigraph as ox

from almaty_graph.bridge import Node
from almaty_graph.engine.language.tokens import TOKEN
from almaty_graph.validation.data import Row, Statements

# Where these stand, a variable that is bound beforehand is not one that is joined with (5.3.1).
_APART: Final = frozenset(
    ("minus", "values", "service", "group", "having", "count", "sum", "min", "max", "avg", "sample",
     "group_concat", "limit", "offset", "graph", "from", "bnode", "rand", "uuid", "struuid", "ask")
)  # fmt: skip
_KINDS: Final = ("", "optional", "filter")  # of the elements of a group; those without a word are triples
_UNFIT: Final = re.compile(r"[?$](?:shapesGraph|currentShape|failure)\b|\bAS\s+[?$]this\b", re.IGNORECASE)


def rows_of(data: Statements, query: str, node: Node) -> list[Row] | None:
    """The rows for one focus node, `$this` bound beforehand; None for what the engine cannot be asked so."""
    if isinstance(node, ox.BlankNode):
        return None
    try:
        return list(data.rows(_bound(query, str(node))))
    except SyntaxError:
        return None


def _bound(query: str, node: str) -> str:
    """A query with a term in the place of `$this`, wherever that stands (5.3.1)."""
    parts, depth, inside, before, clause = list[str](), 0, 0, "", ""
    for token in TOKEN.finditer(query):
        text, word = token[0], token[0].lower() if token.lastgroup == "word" else ""
        if text in ("?this", "$this"):
            if clause == "select" and inside == 0:
                text = f"({node} AS ?this)" if depth == 0 else ""
            else:
                text = f"({node})" if before == "by" or (depth == 0 and inside == 0) else node
        elif text in ("{", "}") and token.lastgroup == "punctuation":
            depth, clause = depth + (1 if text == "{" else -1), ""
        elif text in ("(", ")") and token.lastgroup == "punctuation":
            inside += 1 if text == "(" else -1
        elif word in ("select", "where"):
            clause = word
        before = word or (before if token.lastgroup == "gap" else "")
        parts.append(text)
    return "".join(parts)


def rows_at_once(data: Statements, query: str, target: str) -> dict[Node, list[Row]] | None:
    """The rows for each focus node of a target, which is a pattern; None if each has to be asked for.

    So they have if the query is not joinable, or a focus node is a literal, which may not be there as it was
    written. Raises SyntaxError for a malformed query.
    """
    place = _head(query)
    if place is None:
        return None
    found: dict[Node, list[Row]] = defaultdict(list)
    for row in data.rows(_joined(query, place, target)):
        if isinstance(row["this"], ox.Literal):
            return None
        if row["this"] is not None:
            found[row["this"]].append(row)
    return dict(found)


def _head(query: str) -> int | None:
    """Where the pattern of a query begins, if nothing in it is evaluated apart from what stands there."""
    place, groups, word, inside, is_selected = None, list[str](), "", 0, False
    for token in TOKEN.finditer(query):
        kind, text = token.lastgroup, token[0]
        if kind == "gap":
            continue
        if place is None:
            inside += (text == "(") - (text == ")")
            is_selected |= text in ("$this", "?this") and inside == 0
        if text == "{":
            place = place or token.end()
            # What is optional in what is optional does not see the node, nor does a group but by its triples.
            if groups and ("group" in groups or (word == "optional" and word in groups)):
                return None
            groups.append(word if word in ("optional", "exists") else "group" if groups else "where")
        elif text == "}" and groups:
            groups.pop()
        elif kind == "word" and _is_apart(text.lower(), groups):
            return None
        word = text.lower() if kind == "word" else ""
    return place if is_selected and not _UNFIT.search(query) else None


def _joined(query: str, place: int, target: str) -> str:
    """A query with a target at the head of its pattern, and what follows in an order that suits the engine.

    It has no statistics: a pattern after an OPTIONAL is evaluated for each row before it, and of triples it
    may begin with those that are far from the target. So sentences are joined one after the other, beginning
    with the target, each with a variable that is known by then. What is optional comes after them where that
    makes no difference: where it shares no variable with what comes later but those that stand before it too.
    """
    items, rest = _items(query[place:])
    sentences, optionals, filters = ([text for kind, text in items if kind == each] for each in _KINDS)
    seen = ""
    for number, (kind, text) in enumerate(items):
        later = " ".join(other for what, other in items[number:] if what == "")
        if kind == "optional" and not _variables(text) & _variables(later) <= _variables(seen):
            return f"{query[:place]} {target} {query[place:]}"
        seen += text if kind == "" else ""
    joined, known = target, {"this"}
    while sentences:
        following = next((each for each in sentences if _variables(each) & known), sentences[0])
        sentences.remove(following)
        known |= _variables(following)
        joined = f"{{ SELECT * {{ {joined} {following} }} }}"
    return " ".join((query[:place], joined, *optionals, *filters, rest))


def _variables(text: str) -> set[str]:
    return {token[0][1:] for token in TOKEN.finditer(text) if token.lastgroup == "variable"}


def _items(body: str) -> tuple[list[tuple[str, str]], str]:
    """The elements of a group up to its first BIND or its end, each with its kind, and the rest."""
    items, kind, start, depth = list[tuple[str, str]](), "", 0, 0
    for token in TOKEN.finditer(body):
        text, place = token[0], token.start()
        is_sign = token.lastgroup == "punctuation"
        if depth == 0 and (text == "}" or text.lower() == "bind"):
            items.append((kind, body[start:place]))
            return [each for each in items if each[1].strip(" \t\r\n.")], body[place:]
        if depth == 0 and kind == "" and (text.lower() in _KINDS[1:] or (is_sign and text == ".")):
            items.append((kind, body[start:place]))
            kind, start = ("", token.end()) if text == "." else (text.lower(), place)
        depth += (text in "({[") - (text in ")}]") if is_sign else 0
        if kind and depth == 0 and text in (")", "}"):
            items.append((kind, body[start : token.end()]))
            kind, start = "", token.end()
    return items, ""


def _is_apart(word: str, groups: list[str]) -> bool:
    if "group" in groups and word in ("filter", "bind", "optional"):
        return True
    return word in _APART or (word == "select" and bool(groups)) or (word == "bind" and "optional" in groups)
