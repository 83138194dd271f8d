"""Decides how disagreements are shown: claims side by side, found by thing, claim, class or source."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from almaty_graph.errors import NotFound
from almaty_graph.names import DCTERMS, DEF, ID, RDF, SKOS, SOURCE
from almaty_graph.release.record import Record
from almaty_graph.terms import TYPE, Term, iri, text_of
from almaty_graph.web.portal.claims import ClaimRow, Claims, Writing

_DISAGREEMENT, _CLASS = iri(DEF + "Disagreement"), iri(DEF + "DisagreementClass")
_ABOUT, _INVOLVES, _PROPERTY = (iri(DEF + name) for name in ("about", "involves", "property"))
_NAME, _VALUE = iri(DEF + "nameAsWritten"), iri(RDF + "object")
_CALLED = iri(SKOS + "prefLabel")
_KEPT: Final = 1024


@dataclass(frozen=True)
class Side:
    """One claim of a disagreement: what it says in the matter, all of it, and the source with its date."""

    said: tuple[Term, ...]
    claim: Term
    source: Term | None
    written: Writing
    claims: Claims

    @property
    def row(self) -> ClaimRow:
        """The claim as a reader sees it, who sees only some of thousands."""
        return self.claims.row(self.claim)


@dataclass(frozen=True)
class Disagreement:
    """A disagreement as a reader sees it: its class, the things it is about, and its sides."""

    name: Term
    kind: Term | None
    about: tuple[Term, ...]
    sides: tuple[Side, ...]

    @property
    def sources(self) -> frozenset[Term]:
        """The sources that take part in it."""
        return frozenset(side.source for side in self.sides if side.source)


class Disagreements:
    """The disagreements of a record."""

    def __init__(self, record: Record) -> None:
        self.record, self.claims = record, Claims(record)
        self.of = lru_cache(_KEPT)(self._of)

    @cached_property
    def all(self) -> tuple[Disagreement, ...]:
        """All disagreements, by name."""
        return tuple(self.of(name) for name in self.record.subjects(TYPE, _DISAGREEMENT))

    @cached_property
    def per_source(self) -> Counter[Term]:
        """In how many disagreements each source takes part."""
        return Counter(source for found in self.all for source in found.sources)

    @cached_property
    def per_class(self) -> Counter[Term | None]:
        """How many disagreements there are of each class."""
        return Counter(found.kind for found in self.all)

    @cached_property
    def classes(self) -> dict[str, Term]:
        """The classes of disagreement by their short names."""
        return self._slugs(self.record.subjects(TYPE, _CLASS), f"{ID}disagreement-class/")

    @cached_property
    def sources(self) -> dict[str, Term]:
        """The sources by their short names, whether or not they disagree."""
        return self._slugs(self.record.subjects(TYPE, iri(DEF + "Source")), SOURCE)

    def per_class_with(self, source: str) -> Counter[Term | None]:
        """How many disagreements of each class there are with one source or all ("" is all)."""
        return Counter(one.kind for _, group in self.grouped("", source) for one in group)

    def per_source_of(self, kind: str) -> Counter[Term]:
        """In how many disagreements of one class or all ("" is all) each source takes part."""
        return Counter(each for _, group in self.grouped(kind, "") for one in group for each in one.sources)

    def on(self, thing: Term) -> list[Term]:
        """The disagreements about a thing, and those that it as a claim takes part in."""
        names = {*self.record.subjects(_ABOUT, thing), *self.record.subjects(_INVOLVES, thing)}
        return [name for name in sorted(names) if self.is_one(name)]

    def is_one(self, thing: Term) -> bool:
        """Whether a thing is a disagreement."""
        return _DISAGREEMENT in self.record.values(thing, TYPE)

    def _of(self, name: Term) -> Disagreement:
        """A disagreement as a reader sees it."""
        values = self.record.values
        matter = next(iter(values(name, _PROPERTY)), None)
        sides = [self._side(claim, matter) for claim in values(name, _INVOLVES)]
        return Disagreement(
            name=name,
            kind=next(iter(values(name, iri(DCTERMS + "type"))), None),
            about=tuple(values(name, _ABOUT)),
            sides=tuple(sorted(sides, key=lambda side: (side.said, side.written, side.claim))),
        )

    def grouped(self, kind: str, source: str) -> list[tuple[Term, list[Disagreement]]]:
        """The disagreements of one class or all, with one source or all ("" is all), by class.

        NotFound names the classes or the sources that there are.
        """
        wanted = _find(self.classes, kind, "class of disagreement")
        witness = _find(self.sources, source, "source")
        found = [one for one in self.all if witness is None or witness in one.sources]
        groups = [(name, [one for one in found if one.kind == name]) for name in self.classes.values()]
        return [(name, group) for name, group in groups if (name == wanted or wanted is None) and group]

    def _side(self, claim: Term, matter: Term | None) -> Side:
        values = self.record.values
        # Of the name of a thing, a claim says how its source writes it.
        own = values(claim, _NAME if matter == _CALLED else matter) if matter else []
        source = next(iter(self.claims.sources_of(claim)), None)
        return Side(
            said=tuple(own or values(claim, _VALUE)),
            claim=claim,
            source=source,
            written=self.claims.written(source) if source else Writing(),
            claims=self.claims,
        )

    @staticmethod
    def _slugs(terms: Sequence[Term], namespace: str) -> dict[str, Term]:
        return {text_of(term).removeprefix(namespace): term for term in terms}


def _find(known: dict[str, Term], slug: str, what: str) -> Term | None:
    if not slug:
        return None
    if slug not in known:
        raise NotFound(f"there is no {what} {slug!r}; there are {', '.join(known) or 'none'}")
    return known[slug]
