"""Decides what a release says of how its vocabulary is used: counts by class, property and kind of value."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Final

from almaty_graph.names import BASE, DATASET, DEF, RDFS, VOID, VOID_EXT
from almaty_graph.release.record import Record
from almaty_graph.terms import TYPE, Term, iri, text_of

_CLASS, _PROPERTY, _DATATYPE = iri(VOID + "class"), iri(VOID + "property"), iri(VOID_EXT + "datatype")
_ENTITIES, _TRIPLES = iri(VOID + "entities"), iri(VOID + "triples")
_BY_CLASS, _BY_PROPERTY = iri(VOID + "classPartition"), iri(VOID + "propertyPartition")
_SUBCLASS = iri(RDFS + "subClassOf")
_BY_DATATYPE = iri(VOID_EXT + "datatypePartition")
_TRIED: Final = 1000  # things of a class among which one with a property is looked for


@dataclass(frozen=True)
class Use:
    """A property of the things of a class: how often, and with how many values of each class and datatype."""

    property: Term
    count: int
    classes: Mapping[Term, int]
    datatypes: Mapping[Term, int]


def has_page(term: Term) -> bool:
    """Whether a term has a page of its own: no part of the dataset has, nor a version of the vocabulary."""
    return not term.startswith((f"<{DATASET}#", f"<{BASE}def/"))


class Usage:
    """The counts that a record holds of itself (VoID); none where it holds no such counts."""

    def __init__(self, record: Record) -> None:
        self.record = record

    def instances(self, kind: Term) -> int:
        """How many things are of a class."""
        return self._number(self._classes.get(kind), _ENTITIES)

    def instances_below(self, kind: Term) -> dict[Term, int]:
        """How many things are of a class and of each class below it, that first."""
        found = [kind]
        for each in found:
            found += [term for term in self.record.subjects(_SUBCLASS, each) if term not in found]
        return {each: self.instances(each) for each in found}

    def uses(self, term: Term) -> int:
        """How many statements have a property."""
        return self._number(self._parts(iri(DATASET), _BY_PROPERTY, _PROPERTY).get(term), _TRIPLES)

    def of(self, kind: Term) -> list[Use]:
        """The properties of the things of a class, by name."""
        part = self._classes.get(kind)
        if part is None:
            return []
        return [self._use(term, each) for term, each in self._parts(part, _BY_PROPERTY, _PROPERTY).items()]

    def example(self, term: Term) -> tuple[Term, Term] | None:
        """A thing that has a property, and the value: of the class that has it most often, ours first."""
        for kind in self._having.get(term, ()):
            for thing in islice(self.record.subjects(TYPE, kind), _TRIED):
                for value in self.record.values(thing, term):
                    if has_page(thing) and has_page(value):
                        return thing, value
        return None

    @cached_property
    def _classes(self) -> dict[Term, Term]:
        return self._parts(iri(DATASET), _BY_CLASS, _CLASS)

    @cached_property
    def _having(self) -> dict[Term, list[Term]]:
        """The classes whose things have a property."""
        found: dict[Term, list[tuple[bool, int, Term]]] = {}
        for kind in self._classes:
            for use in self.of(kind):
                found.setdefault(use.property, []).append((not kind.startswith(f"<{DEF}"), -use.count, kind))
        return {term: [kind for *_, kind in sorted(kinds)] for term, kinds in found.items()}

    def _use(self, term: Term, part: Term) -> Use:
        classes, datatypes = (
            {value: self._number(each, _TRIPLES) for value, each in self._parts(part, by, sort).items()}
            for by, sort in ((_BY_CLASS, _CLASS), (_BY_DATATYPE, _DATATYPE))
        )
        return Use(term, self._number(part, _TRIPLES), classes, datatypes)

    def _parts(self, whole: Term, by: Term, sort: Term) -> dict[Term, Term]:
        """The parts of a data set, by what they are parts for."""
        return dict(sorted(self._named(self.record.values(whole, by), sort)))

    def _named(self, parts: list[Term], sort: Term) -> Iterator[tuple[Term, Term]]:
        return ((term, part) for part in parts for term in self.record.values(part, sort))

    def _number(self, part: Term | None, name: Term) -> int:
        return next((int(text_of(value)) for value in self.record.values(part or "", name)), 0)
