"""Decides what becomes of a name that was given up: it leads to what replaces it, or says why not."""

from dataclasses import dataclass

from almaty_graph.names import DCTERMS, OWL, SKOS, XSD
from almaty_graph.release.record import Record
from almaty_graph.terms import Term, iri, literal, literal_parts

_DEPRECATED, _TRUE = iri(OWL + "deprecated"), literal("true", XSD + "boolean")
_REPLACED_BY, _REASON = iri(DCTERMS + "isReplacedBy"), iri(SKOS + "changeNote")


@dataclass(frozen=True)
class Retired:
    """A name that was given up: what has replaced it, and why, by language."""

    term: Term
    replacements: tuple[Term, ...]
    reasons: dict[str, str]

    @property
    def replacement(self) -> Term | None:
        """What it is now, if it was merged: one thing has taken its place."""
        return self.replacements[0] if len(self.replacements) == 1 else None


def find_retired(record: Record, term: Term) -> Retired | None:
    """What became of a name, if it was given up (owl:deprecated)."""
    if _TRUE not in record.values(term, _DEPRECATED):
        return None
    reasons = map(literal_parts, record.values(term, _REASON))
    replacements = tuple(record.values(term, _REPLACED_BY))
    return Retired(term, replacements, {reason.language or "": reason.value for reason in reasons})
