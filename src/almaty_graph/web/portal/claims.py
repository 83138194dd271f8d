"""Decides how a claim is shown: who, says what, of whom, when, in which source, and by which words of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from almaty_graph.names import DCTERMS, DEF, OA, ORG, PROV, RDF, SCHEMA, SKOS
from almaty_graph.release.record import Record
from almaty_graph.terms import Term, iri, text_of

PERIOD = (iri(SCHEMA + "startDate"), iri(SCHEMA + "endDate"))
SUBJECT = (iri(ORG + "member"), iri(RDF + "subject"), iri(DEF + "describedProcess"))
SAYS = (iri(RDF + "predicate"), iri(ORG + "role"))
OBJECT = (iri(RDF + "object"), iri(ORG + "organization"), iri(DEF + "describedRole"))
_MORE = (
    iri(SCHEMA + "location"),
    *(
        iri(DEF + name)
        for name in (
            "holderCount",
            "holderKind",
            "modality",
            "provisional",
            "termOfOffice",
            "inCapacityOf",
            "representedBy",
        )
    ),
)
_NOTES = (iri(SKOS + "editorialNote"), iri(SKOS + "note"))
_QUOTED_FROM = iri(PROV + "wasQuotedFrom")
_WRITING = (iri(DEF + "earliestWriting"), iri(DEF + "latestWriting"))


@dataclass(frozen=True)
class Evidence:
    """One passage as a reader sees it: the source, the place in words, the quote or what it says in ours."""

    name: Term
    source: Term
    anchor: str
    place: str
    quote: str
    paraphrase: str
    aside: str


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


class Claims:
    """The claims of a record, and what has the form of one: a conclusion of the view."""

    def __init__(self, record: Record) -> None:
        self.record = record

    def row(self, claim: Term) -> ClaimRow:
        """A claim as a reader sees it."""
        values = self.record.values
        period = tuple("".join(text_of(value) for value in values(claim, name)) for name in PERIOD)
        subject, says, obj = self._said(claim)
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

    def rows(self, claims: Iterable[Term]) -> list[ClaimRow]:
        """Claims as a reader sees them, in order."""
        return [self.row(claim) for claim in sorted(claims, key=self.key)]

    def key(self, claim: Term) -> tuple[Term, ...]:
        """By what claims are ordered: those that say the same of the same stand beside each other."""
        subject, says, obj = self._said(claim)
        return says or "", subject or claim, obj or "", claim

    def _said(self, claim: Term) -> Iterator[Term | None]:
        """The subject, what is said of it, and the object."""
        quads, names = self.record.of(claim), (SUBJECT, SAYS, OBJECT)
        return (
            next((q.object for name in each for q in quads if q.predicate == name), None) for each in names
        )

    def evidence(self, passage: Term) -> Evidence:
        """A passage as a reader sees it."""
        return Evidence(
            name=passage,
            source=iri(self._text(passage, PROV + "wasQuotedFrom")),
            anchor=text_of(passage).partition("#")[2],
            place=self._place(passage)[1],
            quote=self._text(passage, OA + "exact"),
            paraphrase=self._text(passage, DEF + "paraphrase"),
            aside=self._text(passage, DEF + "setAsideBecause"),
        )

    def in_place(self, passages: Iterable[Term]) -> list[tuple[Term, str]]:
        """Passages as they follow each other in their source, each with its place in words."""
        found = sorted((self._place(passage)[0], passage, self._place(passage)[1]) for passage in passages)
        return [(passage, place) for _, passage, place in found]

    def _place(self, passage: Term) -> tuple[int, str]:
        first, last = self._text(passage, DEF + "firstLine"), self._text(passage, DEF + "lastLine")
        if not first:
            return 0, self._text(passage, DEF + "section")
        return int(first), f"line {first}" if first == last else f"lines {first} to {last}"

    def sources_of(self, claim: Term) -> list[Term]:
        """The sources of a claim, by the passages that it cites: one, if all is well."""
        passages = self.record.evidence_of(claim)
        return sorted({source for p in passages for source in self.record.values(p, _QUOTED_FROM)})

    def written(self, source: Term) -> str:
        """When a source was written, in words: its date, or that it has none and what is known."""
        issued = self._text(source, DCTERMS + "issued")
        if issued:
            return issued
        first, last = (self._text(source, text_of(name)) for name in _WRITING)
        known = [f"not before {first}"] * bool(first) + [f"not after {last}"] * bool(last)
        return ", ".join(["undated", " and ".join(known)] if known else ["undated"])

    def _text(self, thing: Term, name: str) -> str:
        return next((text_of(value) for value in self.record.values(thing, iri(name))), "")
