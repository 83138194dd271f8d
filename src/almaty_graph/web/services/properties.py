"""Decides which properties of things are told, and compared, when tables are reconciled and extended."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final, Self

from rapidfuzz import fuzz, process

from almaty_graph.linking.identifiers import SCHEMES, Scheme, identify, key_for, keys_of
from almaty_graph.names import DEF, GRAPH, ID, ORG, SCHEMA, SKOS, XSD
from almaty_graph.search.text import fold
from almaty_graph.terms import TYPE, Term, iri, iri_value, is_iri, literal_parts, text_of
from almaty_graph.web.services.things import Things, short_id

_LINKING: Final = tuple(iri(SKOS + name) for name in ("exactMatch", "closeMatch", "notation"))
_TOLD_IN: Final = frozenset(iri(GRAPH + name) for name in ("register", "links", "view", "ontology"))
_LEFT_OUT: Final = frozenset((TYPE, iri(SKOS + "editorialNote"), *_LINKING))
_PLACES: Final = (iri(SCHEMA + "location"), iri(SCHEMA + "containedInPlace"), iri(SCHEMA + "areaServed"))
_NAMES: Final = (iri(SKOS + "prefLabel"), iri(SKOS + "altLabel"), iri(SKOS + "hiddenLabel"))
_STATE: Final = iri(DEF + "State")
_NUMBERS: Final = frozenset((XSD + "integer", XSD + "nonNegativeInteger"))
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_REMEMBERED: Final = 8_192
_LOOKED_AT: Final = 5_000  # things, to know which properties there are
_SHORT: Final = 3  # letters of what is itself or something else
_FUZZY: Final = 0.95
_ALIKE: Final = 70  # of 100: below, two values have nothing to do with each other
Values = Callable[[Term], list[Term]]


@dataclass(frozen=True)
class Property:
    """A property: its id, what it is called and means, and the values that a thing has of it."""

    id: str
    name: str
    description: str
    values: Values

    def tell(self) -> dict[str, str]:
        """The property as the protocol has it."""
        return {"id": self.id, "name": self.name, "description": self.description}


@dataclass(frozen=True)
class Forms:
    """In what forms the values of a thing may be given: ids of entities, exact texts, names to be near to."""

    entities: frozenset[str]
    exact: frozenset[str]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Wanted:
    """A value of a table: the id of an entity, or else the texts that would be exact, and the folded one."""

    entity: str | None
    exact: frozenset[str] = frozenset()
    folded: str = ""

    @classmethod
    def of(cls, value: object) -> Self:
        """What is given as text, a number, a truth value, or an entity with its id."""
        if isinstance(value, dict):
            return cls(value["id"])
        text = str(value).lower() if isinstance(value, bool) else str(value).strip()
        return cls(None, frozenset(filter(None, (text, key_for(text), fold(text)))), fold(text))


class Properties:
    """The properties of a record's things: some with names of their own, and all that are stated directly."""

    def __init__(self, things: Things) -> None:
        self.things, self.record = things, things.record
        # A batch asks for the same values of the same things again and again.
        self.forms = lru_cache(_REMEMBERED)(self._forms)

    @cached_property
    def all(self) -> dict[str, Property]:
        """The properties by id, in the order in which they are proposed."""
        found = [*self._derived(), *map(self._of_scheme, SCHEMES), *self._stated()]
        return {each.id: each for each in found}

    def find(self, name: str) -> Property | None:
        """The property of that id; a whole IRI is an id too."""
        return self.all.get(name) or self.all.get(self.things.labels.compact(iri(name)))

    def of_class(self, kind: Term | None) -> list[Property]:
        """The properties that things of a class have values of; of any thing without one."""
        looked_at = self.things.all[:_LOOKED_AT]
        things = [each for each in looked_at if kind is None or kind in self.things.kinds(each)]
        return [each for each in self.all.values() if any(map(each.values, things))]

    def _forms(self, asked: Property, thing: Term) -> Forms:
        """The forms of a thing's values of a property."""
        entities: set[str] = set()
        exact: set[str] = set()
        names: set[str] = set()
        for value in asked.values(thing):
            exact.update((text_of(value), *keys_of(identify(value))))
            if is_iri(value):
                entities.update((short_id(value), iri_value(value)))
            names.update(self.things.names_of(value) if is_iri(value) else (fold(text_of(value)),))
        exact |= entities | names
        return Forms(
            frozenset(entities),
            frozenset(exact - {""}),
            tuple(sorted(each for each in names if len(each) > _SHORT)),
        )

    def _derived(self) -> Iterator[Property]:
        yield Property("name", "any name", "Every name in the register, in any language.", self._names)
        yield Property(
            "role",
            "role",
            "A role that the view gives it in a process.",
            lambda thing: self._held(thing, "role"),
        )
        yield Property(
            "process",
            "process",
            "A process in which the view gives it a role.",
            lambda thing: self._held(thing, "organization"),
        )
        yield Property(
            "country", "country", "The state in which it is, or itself if it is one.", self._countries
        )
        yield Property("identifier", "identifier", "Any identifier elsewhere.", self._identifiers)
        yield Property("class", "class", "Its classes.", self.things.own_kinds)

    def _of_scheme(self, scheme: Scheme) -> Property:
        def values(thing: Term) -> list[Term]:
            return [each for each in self._identifiers(thing) if identify(each).scheme is scheme]

        return Property(scheme.name, scheme.title, f"Its identifier in {scheme.title}.", values)

    def _stated(self) -> Iterator[Property]:
        """The properties that are stated of things outside of claims, by IRI."""
        stated = {
            quad.predicate
            for thing in self.things.all[:_LOOKED_AT]
            for quad in self.record.of(thing)
            if quad.graph in _TOLD_IN and quad.predicate not in _LEFT_OUT
        }
        for predicate in sorted(stated):
            labels = self.things.labels
            description = self.things.define(predicate) or iri_value(predicate)
            yield Property(
                labels.compact(predicate), labels.of(predicate), description, self._values_of(predicate)
            )

    def _values_of(self, predicate: Term) -> Values:
        return lambda thing: list(dict.fromkeys(self.record.values(thing, predicate)))

    def _names(self, thing: Term) -> list[Term]:
        return self.record.values(thing, *_NAMES)

    def _identifiers(self, thing: Term) -> list[Term]:
        return self.record.values(thing, *_LINKING)

    def _held(self, thing: Term, part: str) -> list[Term]:
        held = self.record.subjects(iri(ORG + "member"), thing)
        of_the_view = [each for each in held if each.startswith(f"<{ID}conclusion/")]
        return sorted({value for each in of_the_view for value in self.record.values(each, iri(ORG + part))})

    def _countries(self, thing: Term) -> list[Term]:
        """The states that a thing is in, at one or two steps."""
        near = self.record.values(thing, *_PLACES)
        around = [thing, *near, *(each for place in near for each in self.record.values(place, *_PLACES))]
        return sorted({each for each in around if is_iri(each) and _STATE in self.things.kinds(each)})


def compare(wanted: Wanted, forms: Forms) -> float:
    """How alike a value of a table and those of a thing are, from 0 to 1: by id, identifier, or any name."""
    if wanted.entity is not None:
        return float(wanted.entity in forms.entities)
    if not wanted.exact.isdisjoint(forms.exact):
        return 1.0
    if len(wanted.folded) <= _SHORT:
        return 0.0
    near = process.extractOne(wanted.folded, forms.names, scorer=fuzz.token_sort_ratio, score_cutoff=_ALIKE)
    return _FUZZY * near[1] / 100 if near else 0.0


def cell_of(value: Term, things: Things) -> dict[str, Any]:
    """A value as data extension has it: an entity, a date, a number, or text."""
    if is_iri(value):
        return things.tell(value) if value.startswith(f"<{ID}") else {"str": iri_value(value)}
    part = literal_parts(value)
    # The protocol has no date without a day: what is less precise stays text.
    if part.datatype == XSD + "date" and _DAY.fullmatch(part.value):
        return {"date": f"{part.value}T00:00:00Z"}
    if part.datatype in _NUMBERS:
        return {"int": int(part.value)}
    return {"str": part.value}
