"""Decides how a claim is shown: who, says what, of whom, when, in which source, and by which words of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from almaty_graph.names import DCTERMS, DEF, OA, ORG, PROV, RDF, SCHEMA, SKOS
from almaty_graph.release.record import Record
from almaty_graph.terms import Term, iri, text_of
from almaty_graph.web.portal.translations import gettext

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
_WRITING = (DEF + "earliestWriting", DEF + "latestWriting")


@dataclass(frozen=True)
class Evidence:
    """One passage as a reader sees it: the source, the place in words, the quote or what it says in ours."""

    name: Term
    source: Term
    anchor: str
    section: str
    first: int
    last: int
    quote: str
    language: str
    paraphrase: Term | None
    aside: Term | None

    @property
    def place(self) -> str:
        """Where the passage stands in its source."""
        return tell_place(self.first, self.last, self.section)


@dataclass(frozen=True, order=True)
class Writing:
    """When a source was written: its date, or the days that it lies between, as far as they are known."""

    issued: str = ""
    first: str = ""
    last: str = ""

    def __str__(self) -> str:
        """The date, or in words of the page that there is none and what is known."""
        if self.issued:
            return self.issued
        if self.first and self.last:
            return gettext(
                "undated, not before %(first)s and not after %(last)s", first=self.first, last=self.last
            )
        if self.first:
            return gettext("undated, not before %(first)s", first=self.first)
        return gettext("undated, not after %(last)s", last=self.last) if self.last else gettext("undated")


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
    notes: tuple[Term, ...]


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
            notes=tuple(values(claim, *_NOTES)),
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
        first = {quad.predicate: quad.object for quad in reversed(self.record.of(claim))}
        return (next(filter(None, map(first.get, names)), None) for names in (SUBJECT, SAYS, OBJECT))

    def evidence(self, passage: Term) -> Evidence:
        """A passage as a reader sees it."""
        first, last = self._lines(passage)
        source = iri(self._text(passage, PROV + "wasQuotedFrom"))
        return Evidence(
            name=passage,
            source=source,
            anchor=text_of(passage).partition("#")[2],
            section=self._text(passage, DEF + "section"),
            first=first,
            last=last,
            quote=self._text(passage, OA + "exact"),
            language=self._text(source, DCTERMS + "language"),
            paraphrase=next(iter(self.record.values(passage, iri(DEF + "paraphrase"))), None),
            aside=next(iter(self.record.values(passage, iri(DEF + "setAsideBecause"))), None),
        )

    def in_place(self, passages: Iterable[Term]) -> list[tuple[Term, str]]:
        """Passages as they follow each other in their source, each with its place in words."""
        found = sorted((*self._lines(passage), passage) for passage in passages)
        section = DEF + "section"
        return [
            (passage, tell_place(first, last, "" if first else self._text(passage, section)))
            for first, last, passage in found
        ]

    def _lines(self, passage: Term) -> tuple[int, int]:
        """The first and the last line of a passage; 0 where it has none."""
        first, last = (self._text(passage, DEF + name) for name in ("firstLine", "lastLine"))
        return int(first or 0), int(last or 0)

    def sources_of(self, claim: Term) -> list[Term]:
        """The sources of a claim, by the passages that it cites: one, if all is well."""
        passages = self.record.evidence_of(claim)
        return sorted({source for p in passages for source in self.record.values(p, _QUOTED_FROM)})

    def written(self, source: Term) -> Writing:
        """When a source was written."""
        return Writing(*(self._text(source, name) for name in (DCTERMS + "issued", *_WRITING)))

    def _text(self, thing: Term, name: str) -> str:
        return next((text_of(value) for value in self.record.values(thing, iri(name))), "")


def tell_place(first: int, last: int, section: str) -> str:
    """Where a passage stands, in words of the page: its lines, else its section."""
    if not first:
        return section
    if first == last:
        return gettext("line %(number)s", number=first)
    return gettext("lines %(first)s to %(last)s", first=first, last=last)
