"""Decides what a page about a thing says: its description, and each claim about it with its evidence."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template

from almaty_graph.formats import DOCUMENTS, HTML
from almaty_graph.names import DEF, GRAPH, OA, ORG, OWL, PROV, RDF, RDFS, SCHEMA, SKOS, SOURCE
from almaty_graph.release import Release
from almaty_graph.release.record import Record
from almaty_graph.terms import TYPE, Quad, Term, iri, literal_parts, text_of

_PASSAGE_PROPERTIES = {
    name: iri(space + name)
    for space, name in (
        (OA, "exact"),
        (DEF, "firstLine"),
        (DEF, "lastLine"),
        (DEF, "section"),
        (DEF, "setAsideBecause"),
        (PROV, "wasQuotedFrom"),
    )
}
_PERIOD = (iri(SCHEMA + "startDate"), iri(SCHEMA + "endDate"))
_SUBJECT = (iri(ORG + "member"), iri(RDF + "subject"), iri(DEF + "describedProcess"))
_OBJECT = (iri(RDF + "object"), iri(ORG + "organization"), iri(DEF + "describedRole"))
_SAYS = (iri(RDF + "predicate"), iri(ORG + "role"))
_MORE = tuple(iri(DEF + name) for name in ("holderCount", "modality", "provisional", "inCapacityOf"))
_NOTES = (iri(SKOS + "editorialNote"), iri(SKOS + "note"))
_NAMES = (iri(SKOS + "prefLabel"), iri(RDFS + "label"), iri(SKOS + "definition"))


@dataclass(frozen=True)
class Evidence:
    """One quoted passage as a reader sees it: the source, the place in words, the quote."""

    name: Term
    source: Term
    anchor: str
    place: str
    first: int
    quote: str
    aside: str | None


@dataclass(frozen=True)
class ClaimRow:
    """One claim as a reader sees it: who or what, says what, of whom or what, when, and by which evidence."""

    claim: Term
    subject: Term
    says: Term | None
    object: Term | None
    more: tuple[tuple[Term, Term], ...]
    period: tuple[str, str] | None
    evidence: tuple[Evidence, ...]
    notes: tuple[str, ...]


class Views:
    """The pages about things, made from the record of a release."""

    def __init__(self, release: Release) -> None:
        self.release, self.record = release, release.record

    def thing(self, term: Term, path: str) -> str:
        """The page of anything in the record."""
        passages = self.record.passages_of(term)
        # A source would list every claim it makes a second time: its passages lead to them.
        claims = [] if passages else [self.claim(claim) for claim in self.record.claims_about(term)]
        own = [self.claim(term)] if self.record.evidence_of(term) else []
        described = [q for q in self.record.of(term) if not own and q.predicate not in (TYPE, *_NAMES)]
        return render_template(
            "thing.html",
            term=term,
            path=path,
            types=self.record.values(term, TYPE),
            definition=self._english(term, iri(SKOS + "definition")),
            names=[text_of(name) for name in self.record.values(term, iri(SKOS + "prefLabel"))],
            own=own,
            claims=sorted(claims, key=lambda row: (row.says or "", row.subject, row.object or "")),
            described=_grouped(described),
            passages=sorted((self.evidence(p) for p in passages), key=lambda e: (e.first, e.name)),
            citing={p: self.record.claims_about_passage(p) for p in passages},
            formats=[form for form in DOCUMENTS if form != HTML],
        )

    def graph(self, name: Term, quads: Sequence[Quad]) -> str:
        """The page of a named graph: what kinds of things it describes."""
        kinds = Counter(quad.object for quad in quads if quad.predicate == TYPE)
        source = iri(SOURCE + text_of(name).removeprefix(GRAPH))
        return render_template(
            "graph.html",
            term=name,
            size=len(quads),
            kinds=sorted(kinds.items(), key=lambda item: (-item[1], item[0])),
            source=source if source in self.record else None,
            formats=[form for form in DOCUMENTS if form != HTML],
        )

    def ontology(self) -> str:
        """The page of the vocabulary: our terms, the roles and other concepts, and the terms reused."""
        kinds = {"Class": "classes", "ObjectProperty": "properties", "DatatypeProperty": "properties"}
        terms: dict[str, list[Term]] = {"classes": [], "properties": [], "reused": []}
        for kind, group in kinds.items():
            for term in self.record.subjects(TYPE, iri(OWL + kind)):
                terms[group if text_of(term).startswith(DEF) else "reused"].append(term)
        schemes = {
            scheme: self.record.subjects(iri(SKOS + "inScheme"), scheme)
            for scheme in self.record.subjects(TYPE, iri(SKOS + "ConceptScheme"))
        }
        return render_template("ontology.html", terms=terms, schemes=schemes, record=self.record, views=self)

    def claim(self, claim: Term) -> ClaimRow:
        """A claim as a reader sees it."""
        values = self.record.values
        period = tuple("".join(text_of(value) for value in values(claim, name)) for name in _PERIOD)
        subject, obj, says = (next(iter(values(claim, *names)), None) for names in (_SUBJECT, _OBJECT, _SAYS))
        return ClaimRow(
            claim=claim,
            subject=subject or claim,
            says=says,
            object=obj,
            more=tuple((name, value) for name in _MORE for value in values(claim, name)),
            period=(period[0], period[1]) if any(period) else None,
            evidence=tuple(self.evidence(passage) for passage in sorted(self.record.evidence_of(claim))),
            notes=tuple(text_of(note) for note in values(claim, *_NOTES)),
        )

    def evidence(self, passage: Term) -> Evidence:
        """A passage as a reader sees it."""
        text = {
            name: next((text_of(value) for value in self.record.values(passage, term)), "")
            for name, term in _PASSAGE_PROPERTIES.items()
        }
        first, last = text["firstLine"], text["lastLine"]
        lines = f"line {first}" if first == last else f"lines {first} to {last}"
        return Evidence(
            name=passage,
            source=iri(text["wasQuotedFrom"]),
            anchor=text_of(passage).partition("#")[2],
            place=lines if first else text["section"],
            first=int(first or 0),
            quote=text["exact"],
            aside=text["setAsideBecause"] or None,
        )

    def in_language(self, term: Term, language: str) -> tuple[str, str]:
        """The label and the definition of a term in a language, empty where there is none."""
        label, definition = (
            next(
                (
                    p.value
                    for p in map(literal_parts, self.record.values(term, *names))
                    if p.language == language
                ),
                "",
            )
            for names in ((iri(RDFS + "label"), iri(SKOS + "prefLabel")), (iri(SKOS + "definition"),))
        )
        return label, definition

    def _english(self, term: Term, predicate: Term) -> str:
        parts = [literal_parts(value) for value in self.record.values(term, predicate)]
        return next((part.value for part in parts if part.language in ("en", None)), "")


def _grouped(quads: Sequence[Quad]) -> list[tuple[Term, list[Term]]]:
    groups: dict[Term, list[Term]] = defaultdict(list)
    for quad in quads:
        groups[quad.predicate].append(quad.object)
    return [(predicate, sorted(values)) for predicate, values in sorted(groups.items())]


def things_by_class(record: Record, classes: Sequence[str]) -> list[tuple[Term, list[Term]]]:
    """The things of each class of our ontology that has any, in the order of the classes."""
    found = ((iri(DEF + name), record.subjects(TYPE, iri(DEF + name))) for name in classes)
    return [(cls, things) for cls, things in found if things]
