"""Decides what the page of the vocabulary says of each term: its place, an example, its rules, its uses."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from almaty_graph.names import DEF, GRAPH, OWL, RDF, RDFS, SKOS
from almaty_graph.release import Release
from almaty_graph.terms import TYPE, Term, iri, iri_value
from almaty_graph.web.linked.usage import Usage, has_page
from almaty_graph.web.linked.vocabulary import Constraint, Vocabulary
from almaty_graph.web.pictures.diagram import Anatomy, Connection, Diagram
from almaty_graph.web.portal.labels import Labels

_KINDS: Final = {
    OWL + "Class": "classes",
    OWL + "ObjectProperty": "properties",
    OWL + "DatatypeProperty": "properties",
    OWL + "AnnotationProperty": "properties",
    RDF + "Property": "properties",
    RDFS + "Datatype": "datatypes",
}
_PLACE: Final = tuple(iri(RDFS + name) for name in ("subClassOf", "domain", "range"))
_ONTOLOGY = iri(GRAPH + "ontology")
_BROADER, _IN_SCHEME = iri(SKOS + "broader"), iri(SKOS + "inScheme")


@dataclass(frozen=True)
class Entry:
    """A term: what it is below or between, who uses it and how often, and the rules that bind it.

    `example` is a thing of a class, with nothing; or one that has a property, with the value.
    """

    term: Term
    place: list[tuple[Term, list[Term]]]
    count: int
    example: tuple[Term, Term | None] | None
    constraints: list[Constraint]

    @property
    def anchor(self) -> str:
        """Its place on the page, if it is ours."""
        value = iri_value(self.term)
        return value.partition("#")[2] if value.startswith(DEF) else value.rpartition("/id/")[2]


class Glossary:
    """The terms of the vocabulary of a release."""

    def __init__(self, release: Release, vocabulary: Vocabulary) -> None:
        self.record, self.vocabulary = release.record, vocabulary
        self._usage, self._labels = Usage(release.record), Labels(release.record)

    @cached_property
    def entries(self) -> dict[str, list[Entry]]:
        """Our classes, properties and datatypes, and the terms that are reused, which are used themselves."""
        found: dict[str, dict[Term, Entry]] = {name: {} for name in [*_KINDS.values(), "reused"]}
        for kind, group in _KINDS.items():
            for term in self.record.subjects(TYPE, iri(kind)):
                is_ours = iri_value(term).startswith(DEF)
                found[group if is_ours else "reused"][term] = self._entry(term, group)
        return {group: [terms[term] for term in sorted(terms)] for group, terms in found.items()}

    @cached_property
    def schemes(self) -> dict[Term, list[Entry]]:
        """The concepts of each scheme."""
        return {
            scheme: [self._entry(term, "concepts") for term in self.record.subjects(_IN_SCHEME, scheme)]
            for scheme in self.record.subjects(TYPE, iri(SKOS + "ConceptScheme"))
        }

    @cached_property
    def connections(self) -> list[Connection]:
        """What leads from one class to another."""
        return Anatomy(self.record, self._usage).connections()

    @cached_property
    def diagram(self) -> Diagram:
        """The classes and their connections as a picture."""
        return Anatomy(self.record, self._usage).draw(self._labels.of)

    def _entry(self, term: Term, group: str) -> Entry:
        count, example = self._use(term, group)
        place = [(each, self.record.values(term, each)) for each in (*_PLACE, _BROADER)]
        constraints = self.vocabulary.constraints(term) if group in ("classes", "properties") else []
        return Entry(term, [row for row in place if row[1]], count, example, constraints)

    def _use(self, term: Term, group: str) -> tuple[int, tuple[Term, Term | None] | None]:
        """How often a term is used, and an example: of a class, what is below it counts too."""
        if group == "classes":
            things = self._usage.instances_below(term)
            found = (thing for kind in things for thing in self.record.subjects(TYPE, kind))
            return sum(things.values()), next(((thing, None) for thing in found if has_page(thing)), None)
        if group == "properties":
            return self._usage.uses(term), self._usage.example(term)
        mentions = [quad for quad in self.record.mentions(term) if quad.graph != _ONTOLOGY]
        return len(mentions), next(((quad.subject, None) for quad in mentions), None)
