"""Decides by what a thing can be found: which of its names, identifiers and quotes count, and how much."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Final

from almaty_graph.linking.identifiers import identify, keys_of
from almaty_graph.names import DCTERMS, DEF, GRAPH, ID, OA, ORG, RDF, RDFS, SCHEMA, SKOS, SOURCE
from almaty_graph.release.record import Record
from almaty_graph.search.text import fold, initials
from almaty_graph.terms import Term, iri, is_iri, is_literal, literal_parts


class Evidence(Enum):
    """What a spelling is to its thing, in words, and how much a match with it weighs; the best first."""

    PREFERRED = "preferred name", 1.0
    IDENTIFIER = "identifier", 1.0
    ALTERNATIVE = "other name", 1.0
    HIDDEN = "known misspelling", 0.99
    SUPERSEDED = "former name", 0.99
    WRITTEN = "name as a source writes it", 0.99
    INITIALS = "initials", 0.9
    QUOTE = "quote", 0.6

    def __init__(self, words: str, weight: float) -> None:
        self.words, self.weight = words, weight

    @cached_property
    def rank(self) -> int:
        """Where it stands among the others, the best first."""
        return list(Evidence).index(self)


@dataclass(frozen=True)
class Spelling:
    """One text by which a thing can be found, how it is compared, and what it is to the thing."""

    thing: Term
    text: str
    folded: str
    evidence: Evidence
    language: str | None = None


_NAMING: Final = {
    iri(SKOS + "prefLabel"): Evidence.PREFERRED,
    iri(RDFS + "label"): Evidence.PREFERRED,
    iri(DCTERMS + "title"): Evidence.ALTERNATIVE,
    iri(SKOS + "altLabel"): Evidence.ALTERNATIVE,
    iri(SCHEMA + "name"): Evidence.WRITTEN,
    iri(SKOS + "hiddenLabel"): Evidence.HIDDEN,
    iri(DEF + "supersededName"): Evidence.SUPERSEDED,
}
_LINKING: Final = tuple(iri(SKOS + name) for name in ("notation", "exactMatch", "closeMatch"))
_WRITTEN: Final = iri(DEF + "nameAsWritten")
_HOLDING: Final = (iri(ORG + "member"), iri(RDF + "object"))
_QUOTING: Final = (iri(OA + "exact"), iri(DEF + "paraphrase"))
_NAMED_IN: Final = frozenset(iri(GRAPH + name) for name in ("register", "ontology"))
_FOUND: Final = tuple(f"<{space}" for space in (ID, SOURCE, DEF))


def collect(record: Record) -> list[Spelling]:
    """The spellings of all that can be found, each once for a thing, with the best of what it is to that."""
    best: dict[tuple[Term, str], Spelling] = {}
    for spelling in _spellings(record):
        key = spelling.thing, spelling.folded
        if spelling.folded and (key not in best or _worth(spelling) < _worth(best[key])):
            best[key] = spelling
    return [best[key] for key in sorted(best)]


def _worth(spelling: Spelling) -> tuple[int, bool, str]:
    """Which of those that are compared alike is shown: the one that says most, in English if it can be."""
    return spelling.evidence.rank, spelling.language != "en", spelling.text


def _spellings(record: Record) -> Iterator[Spelling]:
    """What is said of the things of the register and the vocabulary, and of the passages of sources."""
    named: set[Term] = set()
    for quad in record.having(*_NAMING):
        if quad.graph in _NAMED_IN and quad.subject.startswith(_FOUND) and is_literal(quad.object):
            named.add(quad.subject)
            yield from _named(quad.subject, quad.object, _NAMING[quad.predicate])
    for quad in record.having(*_LINKING, _WRITTEN, iri(SCHEMA + "name"), *_QUOTING):
        if quad.predicate == _WRITTEN:
            for thing in record.values(quad.subject, *_HOLDING):
                if thing in named:
                    yield from _named(thing, quad.object, Evidence.WRITTEN)
        elif quad.predicate in _QUOTING:
            yield _spelling(quad.subject, quad.object, Evidence.QUOTE)
        elif quad.subject in named and quad.predicate in _LINKING:
            yield from _identified(quad.subject, quad.object)
        elif quad.subject in named and quad.graph not in _NAMED_IN:
            yield from _named(quad.subject, quad.object, Evidence.WRITTEN)


def _named(thing: Term, value: Term, evidence: Evidence) -> Iterator[Spelling]:
    yield _spelling(thing, value, evidence)
    name = literal_parts(value)
    if letters := initials(name.value):
        yield Spelling(thing, letters, fold(letters), Evidence.INITIALS, name.language)


def _spelling(thing: Term, value: Term, evidence: Evidence) -> Spelling:
    name = literal_parts(value)
    return Spelling(thing, name.value, fold(name.value), evidence, name.language)


def _identified(thing: Term, value: Term) -> Iterator[Spelling]:
    if not (is_iri(value) or is_literal(value)):
        return
    identifier = identify(value)
    for key in keys_of(identifier):
        yield Spelling(thing, identifier.curie, key, Evidence.IDENTIFIER)
