"""Decides which texts may reach the engine: read-only, bounded, and asking nobody else.

One lexical pass, before any parser: the engine's parser dies on deep nesting, its planner takes minutes over
long joins. What a lexical pass counts is approximate; the engine's limits hold whatever it lets through.
"""

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, NoReturn

from almaty_graph.engine.language.tokens import TOKEN, position
from almaty_graph.errors import QueryError

NESTING: Final = 100
PATTERNS: Final = 200
# The engine's stack ends at 6,656 chained `+`, and 2,000 chained `||` take it over a second to plan.
OPERATORS: Final = 2_000
IRI_CHARACTERS: Final = 2_000

_UPDATES: Final = frozenset(
    ("INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH")
)
_PROLOGUE: Final = frozenset(("BASE", "PREFIX", "VERSION"))
_PROLOGUE_KINDS: Final = frozenset(("iri", "name", "string"))
# Each of these words makes a step of the plan, as a triple pattern does. `AS` stands for BIND and for
# computed columns: some 4,000 of them end the engine's stack.
_STEPS: Final = frozenset(
    ("AS", "FILTER", "GRAPH", "LATERAL", "MINUS", "OPTIONAL", "SELECT", "UNION", "VALUES")
)
_TERMS: Final = frozenset(("variable", "iri", "name", "string", "number", "blank"))
_CALLABLE: Final = frozenset(("iri", "name"))
_TERM_WORDS: Final = frozenset(("A", "TRUE", "FALSE"))
_BEFORE_A_PATTERN: Final = frozenset("{}[.;,")
_OPENING: Final = {")": "(", "]": "[", "}": "{"}
# `?a<?b)SERVICE?x#>` looks like an IRI, and is a comparison, a SERVICE and a comment to a parser.
_SERVICE_IN_DISGUISE: Final = re.compile(r"\).*service.*#", re.IGNORECASE | re.DOTALL)


class Form(Enum):
    """The four forms of a query (SPARQL 1.1 Query, 16)."""

    SELECT = "SELECT"
    ASK = "ASK"
    CONSTRUCT = "CONSTRUCT"
    DESCRIBE = "DESCRIBE"


def read_form(text: str) -> Form:
    """The form of the query in a text that keeps the limits, asks nobody else, and changes nothing.

    Raises QueryError with the line and the column of the first fault in document order. The syntax is for the
    engine to judge.
    """
    return _Reader(text).read()


@dataclass(slots=True)
class _Reader:
    """One pass over the tokens of a text, which tells the first fault in document order."""

    text: str
    form: Form | None = None
    brackets: list[tuple[str, int, bool]] = field(default_factory=list)  # which, where, whether of a VALUES
    patterns: int = 0
    operators: int = 0
    hidden: int = 0  # brackets opened inside of what looks like an IRI
    values: bool = False  # a VALUES whose data are still to come
    before: str = ""  # the token before the previous one
    previous: str = ""
    after_term: bool = False
    after_callable: bool = False

    def read(self) -> Form:
        """The form of the query."""
        for match in TOKEN.finditer(self.text):
            kind = match.lastgroup or ""
            if kind == "gap":
                continue
            lexeme, at = match[0], match.start()
            if kind in {"quote", "other"}:
                self._refuse(
                    at, "this string is never closed" if kind == "quote" else f"{lexeme!r} is no SPARQL"
                )
            if self.form is None:
                self._read_prologue(kind, lexeme, at)
            else:
                self._read_body(kind, lexeme, at)
            self.before, self.previous, self.after_callable = self.previous, lexeme, kind in _CALLABLE
        if self.brackets:
            opening, at, _ = self.brackets[-1]
            self._refuse(at, f"{opening!r} is never closed")
        if self.form is None:
            self._refuse(
                len(self.text), "the query is empty; it starts with SELECT, ASK, CONSTRUCT or DESCRIBE"
            )
        return self.form

    def _refuse(self, at: int, message: str) -> NoReturn:
        raise QueryError(message, *position(self.text, at))

    def _read_prologue(self, kind: str, lexeme: str, at: int) -> None:
        word = lexeme.upper()
        if kind == "word" and word in Form.__members__:
            self.form = Form[word]
        elif kind == "word" and word in _UPDATES:
            self._refuse(at, f"{word} is an update, and this endpoint is read-only")
        elif not (word in _PROLOGUE if kind == "word" else self.previous and kind in _PROLOGUE_KINDS):
            self._refuse(
                at,
                "a query starts with SELECT, ASK, CONSTRUCT or DESCRIBE (after PREFIX and BASE), "
                f"not with {lexeme[:40]!r}",
            )

    def _read_body(self, kind: str, lexeme: str, at: int) -> None:
        if kind == "word":
            self._read_word(lexeme.upper(), at)
        elif kind == "punctuation":
            self._read_punctuation(lexeme, at)
        elif kind in _TERMS:
            if kind == "iri":
                self._read_iri(lexeme, at)
            self._read_term(at)
        elif kind != "tag":  # a language tag belongs to its string
            self._read_operator(lexeme, at)

    def _read_word(self, word: str, at: int) -> None:
        # The engine's parser needs no space after `true` or SERVICE: it takes `trueSERVICESILENT` for three.
        if "SERVICE" in word:
            self._refuse(at, "SERVICE is not allowed: this endpoint asks no other")
        word = word.rpartition(".")[2]
        if word in _TERM_WORDS:
            self._read_term(at)
            return
        if word in _STEPS:
            self._count_pattern(at)
            self.values = word == "VALUES"
        self.after_term = False

    def _read_term(self, at: int) -> None:
        if self.brackets and not self.values:
            opening, _, values = self.brackets[-1]
            if values:
                return
            if opening == "(":
                # Terms side by side make an RDF collection, which is two patterns an entry.
                if self.after_term:
                    self._count_pattern(at, 2)
            elif self.previous in _BEFORE_A_PATTERN:
                self._count_pattern(at)
        self.after_term = True

    def _read_iri(self, lexeme: str, at: int) -> None:
        if len(lexeme) > IRI_CHARACTERS:
            self._refuse(at, f"an IRI may have {IRI_CHARACTERS:,} characters, and this has {len(lexeme):,}")
        if "(" in lexeme or ")" in lexeme:
            if _SERVICE_IN_DISGUISE.search(lexeme):
                self._refuse(at, "SERVICE is not allowed; if this is a comparison, put spaces around '<'")
            # What looks like an IRI may be a comparison: `?a<((?b)>?c` opens one bracket.
            self.hidden += max(0, lexeme.count("(") - lexeme.count(")"))
            self._check_nesting(at)

    def _read_punctuation(self, lexeme: str, at: int) -> None:
        if lexeme in "([{":
            self._open(lexeme, at)
        elif lexeme in ")]}":
            if not self.brackets or self.brackets[-1][0] != _OPENING[lexeme]:
                self._refuse(at, self._mismatch(lexeme))
            self.brackets.pop()
            self.after_term = lexeme != "}"
        else:
            if lexeme == ";" and not self.brackets:
                self._refuse(at, "one query at a time, and nothing after it: this endpoint is read-only")
            self.after_term = False

    def _open(self, lexeme: str, at: int) -> None:
        # To the engine's parser, `SERVICE:x {` and `SERVICEex:x {` may call a service.
        prefix = self.previous.partition(":")[0].lower() if self.brackets and self.after_callable else ""
        if lexeme == "{" and "service" in prefix and self.before.upper() != "GRAPH":
            self._refuse(at, "SERVICE is not allowed: this endpoint asks no other")
        outer, _, values = self.brackets[-1] if self.brackets else ("", 0, False)
        if lexeme == "{" and self.values:
            values, self.values = True, False
        elif outer == "(" and self.after_term and not (values or self.values or self.after_callable):
            self._count_pattern(at, 2)
        elif outer and not values and self.previous in _BEFORE_A_PATTERN:
            self._count_pattern(at)
        self.brackets.append((lexeme, at, values))
        self.after_term = False
        self._check_nesting(at)

    def _mismatch(self, lexeme: str) -> str:
        if not self.brackets:
            return f"{lexeme!r} closes nothing"
        opening, at, _ = self.brackets[-1]
        line, column = position(self.text, at)
        return f"{lexeme!r} does not close the {opening!r} of line {line}, column {column}"

    def _read_operator(self, lexeme: str, at: int) -> None:
        self.after_term = False
        if lexeme == "^^" or (self.brackets and self.brackets[-1][2]):
            return
        self.operators += 1
        if self.operators > OPERATORS:
            self._refuse(at, f"a query may have {OPERATORS:,} operators; IN (...) and VALUES take long lists")
        # A step of a property path is a pattern; so is a reified triple, `<< s p o >>`, which nests.
        if lexeme in {"/", "<<"}:
            self._count_pattern(at)

    def _check_nesting(self, at: int) -> None:
        if len(self.brackets) + self.hidden > NESTING:
            self._refuse(at, f"brackets are nested more than {NESTING} deep")

    def _count_pattern(self, at: int, number: int = 1) -> None:
        self.patterns += number
        if self.patterns > PATTERNS:
            self._refuse(at, f"a query may have {PATTERNS} triple patterns, filters and path steps together")
