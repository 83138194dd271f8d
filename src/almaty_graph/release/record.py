"""Decides what belongs on the page of a thing: its description, the claims about it, their evidence."""

from collections import defaultdict
from collections.abc import Iterable

from almaty_graph.names import CLAIM, PROV, SOURCE
from almaty_graph.terms import Quad, Term, iri

_DERIVED_FROM, _QUOTED_FROM = iri(PROV + "wasDerivedFrom"), iri(PROV + "wasQuotedFrom")


class Record:
    """The exact quads of a release, found by subject or by object without SPARQL."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        self.quads = tuple(quads)
        self._of: dict[Term, list[Quad]] = defaultdict(list)
        self._at: dict[Term, list[Quad]] = defaultdict(list)
        for quad in self.quads:
            self._of[quad.subject].append(quad)
            self._at[quad.object].append(quad)

    def __contains__(self, thing: Term) -> bool:
        return thing in self._of

    def of(self, thing: Term) -> list[Quad]:
        """The statements that describe a thing."""
        return self._of.get(thing, [])

    def values(self, thing: Term, *predicates: Term) -> list[Term]:
        """The values of a thing's properties, in the order of the properties."""
        return [quad.object for name in predicates for quad in self.of(thing) if quad.predicate == name]

    def subjects(self, predicate: Term, value: Term) -> list[Term]:
        """The things that have that value of that property, sorted."""
        return sorted({quad.subject for quad in self._at.get(value, ()) if quad.predicate == predicate})

    def claims_about(self, thing: Term) -> list[Term]:
        """The claims that mention a thing, or cite a passage, or stand in a source, sorted."""
        mentions = {quad.subject for quad in self._at.get(thing, ()) if quad.subject.startswith(f"<{CLAIM}")}
        for passage in self.passages_of(thing):
            mentions.update(self.subjects(_DERIVED_FROM, passage))
        return sorted(mentions)

    def passages_of(self, source: Term) -> list[Term]:
        """The passages quoted from a source, sorted."""
        return self.subjects(_QUOTED_FROM, source) if source.startswith(f"<{SOURCE}") else []

    def claims_about_passage(self, passage: Term) -> list[Term]:
        """The claims that cite a passage, sorted."""
        return self.subjects(_DERIVED_FROM, passage)

    def evidence_of(self, claim: Term) -> list[Term]:
        """The passages that a claim cites."""
        return self.values(claim, _DERIVED_FROM)

    def document(self, thing: Term) -> list[Quad]:
        """The quads of the document about a thing: itself, the claims about it, what they cite."""
        claims = self.claims_about(thing)
        passages = {p for claim in [thing, *claims] for p in self.evidence_of(claim)} | {
            *self.passages_of(thing)
        }
        return [quad for node in dict.fromkeys([thing, *claims, *sorted(passages)]) for quad in self.of(node)]

    def graph(self, name: Term) -> list[Quad]:
        """The quads of a named graph."""
        return [quad for quad in self.quads if quad.graph == name]
