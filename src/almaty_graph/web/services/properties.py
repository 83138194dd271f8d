"""Decides which properties of things are told, and compared, when tables are reconciled and extended."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from rapidfuzz import fuzz

from almaty_graph.linking.identifiers import SCHEMES, Scheme, identify, key_for, keys_of
from almaty_graph.names import DCTERMS, DEF, GRAPH, ID, ORG, RDFS, SCHEMA, SKOS, XSD
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
_LOOKED_AT: Final = 5_000  # things, to know which properties there are
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


class Properties:
    """The properties of a record's things: some with names of their own, and all that are stated directly."""

    def __init__(self, things: Things) -> None:
        self.things, self.record = things, things.record

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


def compare(wanted: object, value: Term, things: Things) -> float:
    """How alike a value of a table and one of ours are, from 0 to 1: by id, identifier, or any name."""
    if isinstance(wanted, dict):
        return float(is_iri(value) and wanted["id"] in (short_id(value), iri_value(value)))
    text = str(wanted).lower() if isinstance(wanted, bool) else str(wanted).strip()
    if text == text_of(value) or (is_iri(value) and text == short_id(value)):
        return 1.0
    if key_for(text) in keys_of(identify(value)):
        return 1.0
    return max((_alike(fold(text), fold(each)) for each in _texts(value, things)), default=0.0)


def _texts(value: Term, things: Things) -> list[str]:
    if not is_iri(value):
        return [text_of(value)]
    names = things.record.values(value, *_NAMES, iri(RDFS + "label"), iri(DCTERMS + "title"))
    codes = [each for each in things.record.values(value, *_LINKING) if not is_iri(each)]
    return [literal_parts(each).value for each in (*names, *codes)]


def _alike(text: str, other: str) -> float:
    if text == other:
        return 1.0
    alike = fuzz.token_sort_ratio(text, other)
    return 0.95 * alike / 100 if alike >= _ALIKE and min(len(text), len(other)) > 3 else 0.0


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
