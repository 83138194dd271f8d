"""Decides whether an IRI of ours can be relied on: active, merged into another, given up, or never there."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from almaty_graph.linking.identifiers import expand
from almaty_graph.linking.retired import find_retired
from almaty_graph.names import BASE, GRAPH
from almaty_graph.release.record import Record
from almaty_graph.terms import iri, iri_value, is_absolute


class Status(Enum):
    """What became of an IRI."""

    ACTIVE = "active"
    MERGED = "merged"
    DEPRECATED = "deprecated"
    NEVER_EXISTED = "never existed"
    NOT_OURS = "not ours"


@dataclass(frozen=True)
class Health:
    """An IRI as it was asked about and as it is published, its status, what replaces it, and why.

    An IRI is merged that one other has taken the place of; one that several have, or none, is deprecated.
    """

    asked: str
    iri: str
    status: Status
    replacements: tuple[str, ...] = ()
    reasons: tuple[tuple[str, str], ...] = ()

    def tell(self) -> dict[str, Any]:
        """All of it, by name."""
        return {
            "asked": self.asked,
            "iri": self.iri,
            "status": self.status.value,
            "replacements": list(self.replacements),
            "reasons": dict(self.reasons),
        }


def find_health(record: Record, asked: str) -> Health:
    """The health of an IRI, however it is written: whole, by prefix, or as the address of its page."""
    value = expand(asked)
    if not (value.startswith(BASE) and is_absolute(value)):
        return Health(asked, value, Status.NOT_OURS)
    term = iri(value)
    if not record.describes(term):
        is_graph = value.startswith(GRAPH) and term in record.sizes
        return Health(asked, value, Status.ACTIVE if is_graph else Status.NEVER_EXISTED)
    retired = find_retired(record, term)
    if retired is None:
        return Health(asked, value, Status.ACTIVE)
    status = Status.MERGED if retired.replacement else Status.DEPRECATED
    return Health(
        asked, value, status, tuple(map(iri_value, retired.replacements)), tuple(retired.reasons.items())
    )
