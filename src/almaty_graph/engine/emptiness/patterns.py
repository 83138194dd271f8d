"""Decides what the parts of a query are: its graph patterns, each with its place in the text.

Every part keeps its offsets, so that it can be asked about alone, and changed, in the words of its author.
"""

from bisect import bisect_left
from dataclasses import dataclass
from enum import Enum


class Unreadable(Exception):
    """The outline of a text is not that of a query that can be taken apart."""


class Kind(Enum):
    """What a part of a group graph pattern is (SPARQL 1.1 Query, 5.2 and 18.2.2)."""

    TRIPLE = "triple pattern"
    FILTER = "FILTER"
    EXISTS = "FILTER EXISTS"
    OPTIONAL = "OPTIONAL"
    MINUS = "MINUS"
    UNION = "UNION"
    GROUP = "group"
    GRAPH = "GRAPH"
    BIND = "BIND"
    VALUES = "VALUES"
    SELECT = "subquery"


@dataclass(frozen=True)
class Span:
    """Offsets in the text, the end not included; `stand_in` is the variable written for a blank node."""

    start: int
    end: int
    stand_in: str = ""


@dataclass(frozen=True)
class Token:
    """A lexeme of the text, its kind as TOKEN names it, and its offset."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """The offset after it."""
        return self.start + len(self.text)


@dataclass(frozen=True)
class Part:
    """One part of a group: its text in spans (subject, predicate and object of a triple pattern).

    `groups` are those that have to have solutions for the part to have any: branches, if it is a union.
    `graph` is `GRAPH <x>`, without the group.
    """

    kind: Kind
    spans: tuple[Span, ...]
    groups: tuple["Group", ...] = ()
    graph: Span | None = None
    select: "Select | None" = None

    @property
    def start(self) -> int:
        """Where the part begins, for people: what a blank node or a list hangs on comes first."""
        return min(span.start for span in self.spans)


@dataclass(frozen=True)
class Group:
    """A group graph pattern, with its braces."""

    span: Span
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Select:
    """A SELECT: `SELECT ?x`, its dataset if it has one, its WHERE, and its modifiers by their first word."""

    head: Span
    dataset: Span
    where: Group
    clauses: dict[str, Span]


@dataclass(frozen=True)
class Outline:
    """A whole query."""

    text: str
    tokens: tuple[Token, ...]
    prologue: Span
    select: Select

    def tokens_in(self, span: Span) -> tuple[Token, ...]:
        """The tokens of a part of the text."""
        first = bisect_left(self.tokens, span.start, key=lambda token: token.start)
        return self.tokens[first : bisect_left(self.tokens, span.end, key=lambda token: token.start)]
