"""Decides what the terms in a query stand for, and how a term is written with its prefixes."""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Self
from urllib.parse import urljoin

from almaty_graph.engine.emptiness.patterns import Outline, Part, Span, Token
from almaty_graph.names import BASE, XSD
from almaty_graph.terms import Term, iri, iri_value, is_iri, literal, literal_parts

_LOCAL_ESCAPE: Final = re.compile(r"\\(.)")
_BARE_QUOTE: Final = re.compile(r'\\.|"', re.DOTALL)
_PLAIN_LOCAL: Final = re.compile(r"[^\W\d][\w-]*")
_LOCAL_NAME: Final = re.compile(r"[^/#:]*[/#:]?\Z")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_INTEGER: Final = re.compile(r"-?\d+")


@dataclass(frozen=True)
class Constant:
    """An IRI or a literal of a query as an N-Triples term, and where it stands."""

    span: Span
    term: Term
    prefix: str | None = None  # of a prefixed name


@dataclass(frozen=True)
class Prefixes:
    """The prefixes that a query declares, each with its IRI and where that IRI stands; and its base."""

    declared: dict[str, tuple[str, Span]]
    base: str

    @classmethod
    def of(cls, query: Outline) -> Self:
        """Those of a query; relative IRIs are ours unless it says otherwise."""
        declared, base = dict[str, tuple[str, Span]](), BASE
        tokens = query.tokens_in(query.prologue)
        for before, token in pairwise(tokens):
            if token.kind == "iri" and before.kind == "name":
                declared[before.text[:-1]] = _resolve(base, token.text), Span(token.start, token.end)
            elif token.kind == "iri":
                base = _resolve(base, token.text)
        return cls(declared, base)

    def constants(self, query: Outline, span: Span) -> list[Constant]:
        """The IRIs and literals in a part of the query, without the names of functions."""
        tokens, found = query.tokens_in(span), list[Constant]()
        datatype = False
        for index, token in enumerate(tokens):
            following = tokens[index + 1] if index + 1 < len(tokens) else Token("", "", 0)
            if token.kind in {"iri", "name"} and not datatype and following.text != "(":
                prefix = token.text.partition(":")[0] if token.kind == "name" else None
                found.append(Constant(Span(token.start, token.end), self._iri(token), prefix))
            elif token.kind == "number":
                found.append(Constant(Span(token.start, token.end), _number(token.text)))
            elif token.kind == "string":
                found.append(self._literal(token, tokens[index + 1 : index + 3]))
            datatype = token.kind == "typed"
        return found

    def in_place(self, query: Outline, pattern: Part, place: int) -> list[Constant]:
        """Subject (0), predicates (1, several in a path) or object (2) of a triple pattern, if constant."""
        span = pattern.spans[place]
        return [each for each in self.constants(query, span) if place == 1 or each.span == span]

    def _iri(self, token: Token) -> Term:
        if token.kind == "iri":
            return iri(_resolve(self.base, token.text))
        prefix, _, local = token.text.partition(":")
        return iri(self.declared.get(prefix, ("", None))[0] + _LOCAL_ESCAPE.sub(r"\1", local))

    def _literal(self, token: Token, after: tuple[Token, ...]) -> Constant:
        quotes = 3 if token.text[:3] in {'"""', "'''"} else 1
        inner = token.text[quotes:-quotes]
        value = literal_parts(
            '"' + _BARE_QUOTE.sub(lambda m: m[0] if m[0] != '"' else '\\"', inner) + '"'
        ).value
        if after and after[0].kind == "tag":
            return Constant(Span(token.start, after[0].end), literal(value, language=after[0].text[1:]))
        if len(after) > 1 and after[0].kind == "typed":
            return Constant(Span(token.start, after[1].end), literal(value, iri_value(self._iri(after[1]))))
        return Constant(Span(token.start, token.end), literal(value))

    def write(self, term: Term) -> str:
        """A term as a query with these prefixes can hold it."""
        if is_iri(term):
            value = iri_value(term)
            for prefix, (namespace, _) in self.declared.items():
                local = value.removeprefix(namespace)
                if local != value and _PLAIN_LOCAL.fullmatch(local):
                    return f"{prefix}:{local}"
            return term
        value, datatype, language = literal_parts(term)
        if datatype == XSD + "integer" and _INTEGER.fullmatch(value):
            return value
        plain = literal(value)
        return term if language or term == plain else f"{plain}^^{self.write(iri(datatype))}"


def local_name(value: str) -> str:
    """What follows the namespace of an IRI."""
    found = _LOCAL_NAME.search(value)
    return found[0] if found else value


def _resolve(base: str, reference: str) -> str:
    value = reference[1:-1]
    # What is absolute stays as it is: joining drops the `#` of a namespace.
    return value if _SCHEME.match(value) else urljoin(base, value) + "#" * value.endswith("#")


def _number(text: str) -> Term:
    kind = "double" if "e" in text.lower() else "decimal" if "." in text else "integer"
    return literal(text, XSD + kind)
