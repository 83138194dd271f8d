"""Decides how the record holds RDF: every term as its canonical N-Triples text, exactly as it was written.

The engine's own term types lose lexical forms and the case of language tags; text does not. Canonical means
RDF 1.1 N-Quads as RDFC-1.0 (section 6) wants it, so that sorting lines is all there is to hashing.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from almaty_graph.names import RDF, XSD

Term = str
TYPE: Term = f"<{RDF}type>"

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_ESCAPED = re.compile(r'[\\"\x00-\x1f\x7f]')
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]*")
_UNESCAPED = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_NAMED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"(?:@([A-Za-z0-9-]+)|\^\^<([^>]*)>)?\Z', re.DOTALL)
_LINE = re.compile(
    r'(<[^>]*>|_:\S+) (<[^>]*>) (<[^>]*>|_:\S+|"(?:[^"\\]|\\.)*"(?:@[A-Za-z0-9-]+|\^\^<[^>]*>)?) (<[^>]*>) \.'
)


class Triple(NamedTuple):
    """Subject, predicate and object as canonical N-Triples text."""

    subject: Term
    predicate: Term
    object: Term


class Quad(NamedTuple):
    """A triple and the graph that holds it; graphs of ours always have a name."""

    subject: Term
    predicate: Term
    object: Term
    graph: Term

    @property
    def triple(self) -> Triple:
        """The triple without its graph."""
        return Triple(self.subject, self.predicate, self.object)


class Literal(NamedTuple):
    """The parts of a literal: its lexical form, its datatype IRI, and its language tag or None."""

    value: str
    datatype: str
    language: str | None


def iri(value: str) -> Term:
    """The term of an IRI."""
    return f"<{value}>"


def literal(value: str, datatype: str | None = None, language: str | None = None) -> Term:
    """The term of a literal: a plain string unless a datatype IRI or a language tag is given."""
    text = '"' + _ESCAPED.sub(lambda m: _ESCAPES.get(m[0]) or f"\\u{ord(m[0]):04X}", value) + '"'
    if language:
        return f"{text}@{language}"
    return text if datatype in (None, XSD + "string") else f"{text}^^<{datatype}>"


def is_absolute(text: str) -> bool:
    """Whether a text is an absolute IRI, as far as RDF cares: with a scheme, and nothing that it excludes."""
    return _ABSOLUTE.fullmatch(text) is not None


def is_iri(term: Term) -> bool:
    """Whether the term is an IRI."""
    return term.startswith("<")


def is_literal(term: Term) -> bool:
    """Whether the term is a literal."""
    return term.startswith('"')


def iri_value(term: Term) -> str:
    """The IRI that an IRI term holds."""
    return term[1:-1]


def literal_parts(term: Term) -> Literal:
    """The parts of a literal term."""
    match = _LITERAL.match(term)
    if match is None:
        raise ValueError(f"not a literal: {term}")
    text, language, datatype = match.groups()
    value = _UNESCAPED.sub(
        lambda m: chr(int(m[1] or m[2], 16)) if m[1] or m[2] else _NAMED.get(m[3], m[3]), text
    )
    return Literal(value, datatype or (RDF + "langString" if language else XSD + "string"), language)


def text_of(term: Term) -> str:
    """What a person reads of a term: the IRI or the lexical form."""
    return literal_parts(term).value if is_literal(term) else term.strip("<>")


def n_quads(quads: Iterable[Quad]) -> str:
    """The quads as canonical N-Quads: one line each, sorted by code point, no line twice."""
    return "".join(sorted({f"{' '.join(quad)} .\n" for quad in quads}))


def n_triples(triples: Iterable[Triple]) -> str:
    """The triples as canonical N-Triples: one line each, sorted by code point, no line twice."""
    return "".join(sorted({f"{' '.join(triple)} .\n" for triple in triples}))


def read_n_quads(text: str) -> Iterator[Quad]:
    """The quads of canonical N-Quads text; ValueError names the first line that is not canonical."""
    for number, line in enumerate(text.split("\n")[:-1], start=1):
        try:
            yield read_quad(line)
        except ValueError as error:
            raise ValueError(f"line {number} {error}") from None


def read_quad(line: str) -> Quad:
    """The quad of a line of canonical N-Quads, without its end; ValueError if it is none."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"is not a canonical N-Quads statement: {line[:80]}")
    return Quad._make(match.groups())
