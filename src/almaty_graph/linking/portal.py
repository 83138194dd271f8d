"""Decides what is asked of RDF that links to us: that its targets are there, current, and of the class.

The shapes are made for the RDF at hand: they name what of ours it mentions and should not, each with the
reason, so they are as short as it is, and what it says itself of our things changes nothing.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from almaty_graph.linking.health import Health, Status, find_health
from almaty_graph.names import BASE, DEF, RDFS, SHAPES
from almaty_graph.release.record import Record
from almaty_graph.terms import TYPE, Term, iri, iri_value, literal_parts
from almaty_graph.validation.documents import Document

_SUBCLASS: Final = iri(RDFS + "subClassOf")
_RANGE, _DOMAIN, _LABEL = (iri(RDFS + name) for name in ("range", "domain", "label"))
_PREFIXES: Final = f"PREFIX sh: <http://www.w3.org/ns/shacl#>\nPREFIX link: <{SHAPES}Link->"
_UNKNOWN: Final = (
    "Nothing was ever published under this IRI.",
    "Под этим IRI никогда ничего не публиковалось.",
)
_UNDEFINED: Final = "Our vocabulary has no such property.", "В нашем словаре нет такого свойства."
Mentions = defaultdict[Term, set[Term]]
Message = tuple[str, str]  # in English and Russian


@dataclass(frozen=True)
class _Wrong:
    """What must not stand somewhere, how bad it is, and why, in a sentence."""

    name: str
    terms: frozenset[Term]
    message: Message
    severity: str = "Violation"


def shapes_for(documents: Iterable[Document], record: Record) -> Document:
    """The shapes for documents that link to us; SourceError, with the place, for what cannot be read."""
    lines = [_PREFIXES, *_Shapes(*_mentions(documents), record).lines()]
    return Document("links.ttl", ox.RdfFormat.TURTLE, text="\n".join(lines).encode())


def _mentions(documents: Iterable[Document]) -> tuple[Mentions, Mentions]:
    """The IRIs of ours that stand as subjects and as objects, by the property with which they do."""
    subjects, objects = Mentions(set), Mentions(set)
    for document in documents:
        with closing(document.open()) as stream:
            for quad in document.parse(stream):
                predicate = iri(quad.predicate.value)
                subjects[predicate] |= _ours(quad.subject)
                objects[predicate] |= _ours(quad.object)
    return subjects, objects


def _ours(term: object) -> set[Term]:
    return {iri(term.value)} if isinstance(term, ox.NamedNode) and term.value.startswith(BASE) else set()


class _Shapes:
    """The shapes for IRIs of ours that stand as subjects and as objects of properties."""

    def __init__(self, subjects: Mentions, objects: Mentions, record: Record) -> None:
        self.subjects, self.objects, self.record = subjects, objects, record
        self.mentioned = sorted(set[Term]().union(*subjects.values(), *objects.values()))
        self.found = {term: find_health(record, iri_value(term)) for term in self.mentioned}

    def lines(self) -> Iterator[str]:
        """All of them, in Turtle."""
        named = frozenset[Term]().union(*self.subjects.values())
        for wrong in self._gone(named):
            targets = " , ".join(sorted(wrong.terms))
            yield _node_shape(f"link:subject-{wrong.name}", f"sh:targetNode {targets}", wrong)
        for number, predicate in enumerate(sorted(self.subjects)):
            yield from self._property(f"link:property{number}", predicate)

    def _property(self, name: str, predicate: Term) -> Iterator[str]:
        """What must not be a value, or a subject, of a property."""
        target = f"sh:targetSubjectsOf {predicate}"
        if values := list(self._of_values(name, predicate)):
            yield f"{name} a sh:NodeShape ; {target} ."
            yield from values
        for wrong in self._of_others(frozenset(self.subjects[predicate]), predicate, _DOMAIN):
            yield _node_shape(f"{name}-{wrong.name}", target, wrong)

    def _of_values(self, name: str, predicate: Term) -> Iterator[str]:
        """What must not be a value of a property; and that it is one of ours, if it is named so."""
        if predicate.startswith(f"<{DEF}") and not self.record.describes(predicate):
            undefined = f"{name}-undefined sh:path {predicate} ; sh:maxCount 0 ; {_told(_UNDEFINED)}"
            yield f"{name} sh:property {name}-undefined . {undefined} ."
        values = frozenset(self.objects[predicate])
        for wrong in (*self._gone(values), *self._of_others(values, predicate, _RANGE)):
            value = f"{name}-{wrong.name}"
            yield f"{name} sh:property {value} . {value} sh:path {predicate} ; {_not(wrong)} ."

    def _gone(self, terms: frozenset[Term]) -> Iterator[_Wrong]:
        """What was never there, and each that was given up."""
        if unknown := {term for term in terms if self.found[term].status is Status.NEVER_EXISTED}:
            yield _Wrong("unknown", frozenset(unknown), _UNKNOWN)
        for number, term in enumerate(self.mentioned):
            if term in terms and self.found[term].status in (Status.MERGED, Status.DEPRECATED):
                told = _given_up(self.found[term])
                yield _Wrong(f"given-up{number}", frozenset((term,)), told, "Warning")

    def _of_others(self, terms: frozenset[Term], predicate: Term, part: Term) -> Iterator[_Wrong]:
        """What is not of the class that the range or the domain of a property is."""
        for kind in self.record.values(predicate, part):
            if kind.startswith(f"<{DEF}"):
                active = (term for term in terms if self.found[term].status is Status.ACTIVE)
                others = frozenset(term for term in active if kind not in self._kinds(term))
                if others:
                    yield _Wrong(part.rpartition("#")[2][:-1], others, self._misfit(kind, predicate))

    def _kinds(self, thing: Term) -> set[Term]:
        found, above = set[Term](), set(self.record.values(thing, TYPE))
        while above:
            found |= above
            above = {each for kind in above for each in self.record.values(kind, _SUBCLASS)} - found
        return found

    def _misfit(self, kind: Term, predicate: Term) -> Message:
        names = {part.language: part.value for part in map(literal_parts, self.record.values(kind, _LABEL))}
        english = (
            f"Here {iri_value(predicate)} wants a thing of the class “{names.get('en', iri_value(kind))}”."
        )
        russian = f"Здесь {iri_value(predicate)} требует предмет класса «{names.get('ru', iri_value(kind))}»."
        return english, russian


def _given_up(health: Health) -> Message:
    reasons = dict(health.reasons)
    now = ", ".join(health.replacements)
    english = f"This IRI was given up{f'; it is now {now}' if now else ''}. {reasons.get('en', '')}"
    russian = f"Этот IRI отменён{f'; вместо него {now}' if now else ''}. {reasons.get('ru', '')}"
    return english.strip(), russian.strip()


def _node_shape(name: str, target: str, wrong: _Wrong) -> str:
    return f"{name} a sh:NodeShape ; {target} ; {_not(wrong)} ."


def _not(wrong: _Wrong) -> str:
    terms = " ".join(sorted(wrong.terms))
    return f"sh:not [ sh:in ( {terms} ) ] ; {_told(wrong.message)} ; sh:severity sh:{wrong.severity}"


def _told(message: Message) -> str:
    english, russian = (json.dumps(text, ensure_ascii=False) for text in message)
    return f"sh:message {english}@en , {russian}@ru"
