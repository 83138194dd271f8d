"""Decides how things are told to other programs: which there are, their short ids, classes, and names."""

from functools import cached_property, lru_cache
from typing import Any, Final

from almaty_graph.linking.identifiers import expand
from almaty_graph.linking.retired import find_retired
from almaty_graph.names import DCTERMS, DEF, ID, OWL, RDFS, SKOS
from almaty_graph.release.record import Record
from almaty_graph.search.index import Index
from almaty_graph.search.text import fold
from almaty_graph.terms import TYPE, Term, iri, iri_value, is_literal, literal_parts
from almaty_graph.web.portal.labels import Labels

_SUBCLASS: Final = iri(RDFS + "subClassOf")
_CLASS: Final = iri(OWL + "Class")
_DEFINITION: Final = iri(SKOS + "definition")
_NAMED: Final = (
    *(iri(SKOS + name) for name in ("prefLabel", "altLabel", "hiddenLabel")),
    iri(RDFS + "label"),
    iri(DCTERMS + "title"),
)
_CODED: Final = (iri(SKOS + "notation"),)
_REMEMBERED: Final = 8_192


class Things:
    """What can be found in a record, under short ids: `state/iran` below `id/`, `State` below `def#`.

    The index is made when it is first asked for.
    """

    def __init__(self, record: Record) -> None:
        self.record, self.labels = record, Labels(record)
        self.names_of = lru_cache(_REMEMBERED)(self._names_of)

    @cached_property
    def index(self) -> Index:
        """What they are called."""
        return Index.of(self.record)

    @cached_property
    def all(self) -> list[Term]:
        """The things that can be reconciled, which are those of the register and the concepts, by IRI."""
        named = {spelling.thing for spelling in self.index.spellings}
        return sorted(thing for thing in named if self.is_one(thing))

    @cached_property
    def classes(self) -> list[Term]:
        """Their classes, and what these are subclasses of, in our vocabulary."""
        return sorted({kind for thing in self.all for kind in self.kinds(thing) if self.is_class(kind)})

    def is_one(self, thing: Term) -> bool:
        """Whether a thing that was found has a name of its own, and is not given up."""
        return thing.startswith(f"<{ID}") and find_retired(self.record, thing) is None

    def _names_of(self, thing: Term) -> tuple[str, ...]:
        """What a thing, or anything else, is called in any language, and its codes, folded to be compared."""
        codes = [each for each in self.record.values(thing, *_CODED) if is_literal(each)]
        return tuple(
            fold(literal_parts(each).value) for each in (*self.record.values(thing, *_NAMED), *codes)
        )

    def is_class(self, term: Term) -> bool:
        """Whether a term is a class of our vocabulary."""
        return term.startswith(f"<{DEF}") and _CLASS in self.record.values(term, TYPE)

    def own_kinds(self, thing: Term) -> list[Term]:
        """The classes that are stated of a thing, those of our vocabulary first."""
        stated = dict.fromkeys(self.record.values(thing, TYPE))
        return sorted(stated, key=lambda kind: (not self.is_class(kind), kind))

    def kinds(self, thing: Term) -> set[Term]:
        """The classes of a thing, those above its own included."""
        found, above = set[Term](), set(self.record.values(thing, TYPE))
        while above:
            found |= above
            above = {each for kind in above for each in self.record.values(kind, _SUBCLASS)} - found
        return found

    def parents(self, kind: Term) -> list[Term]:
        """The classes of our vocabulary that a class is directly below."""
        return [each for each in self.record.values(kind, _SUBCLASS) if self.is_class(each)]

    def find(self, name: str) -> Term | None:
        """The thing of that id; whole IRIs and prefixed names are ids too."""
        return next((each for each in _terms(name, ID) if self.record.describes(each)), None)

    def find_class(self, name: str) -> Term | None:
        """The class of that id."""
        return next((each for each in _terms(name, DEF) if self.is_class(each)), None)

    def tell(self, thing: Term) -> dict[str, Any]:
        """Id and name of a thing or a class."""
        return {"id": short_id(thing), "name": self.labels.of(thing)}

    def describe(self, thing: Term) -> str:
        """What a thing is, in a few words: its classes."""
        return ", ".join(map(self.labels.of, self.own_kinds(thing)[:2]))

    def define(self, term: Term) -> str | None:
        """What a term of the vocabulary means, in English."""
        found = [literal_parts(value) for value in self.record.values(term, _DEFINITION)]
        return next((each.value for each in found if each.language == "en"), None)


def short_id(term: Term) -> str:
    """The id of a thing or a class: its IRI without what all of ours have in common."""
    value = iri_value(term)
    return value.removeprefix(ID).removeprefix(DEF)


def _terms(name: str, space: str) -> list[Term]:
    return [iri(each) for each in (expand(name), space + name)]
