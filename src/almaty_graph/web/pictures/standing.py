"""Decides which state had which standing in the process, and when, as the view has it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from almaty_graph.dates import Answer, Bounds
from almaty_graph.names import DEF, ID, ORG
from almaty_graph.release.record import Record
from almaty_graph.terms import TYPE, Term, iri
from almaty_graph.web.portal.claims import ClaimRow
from almaty_graph.web.portal.conclusions import Conclusions, Line
from almaty_graph.web.portal.periods import Periods

_ROLE, _STATE = iri(ORG + "role"), iri(DEF + "State")
# Roles from the closest to the process outwards, each with the group that is drawn alike; others come last.
_ROLES: Final = {
    iri(f"{ID}role/{name}"): group
    for group, names in {
        "chair": ("chair", "co-chair", "incoming-chair"),
        "member": ("participating-state", "member", "founding-member"),
        "joining": ("acceding-member", "aspiring-member", "candidate", "candidate-observer"),
        "observer": ("observer",),
        "guest": ("participant", "guest", "invitee"),
    }.items()
    for name in names
}
_ORDER: Final = list(_ROLES)
OTHER: Final = "other"


@dataclass(frozen=True)
class Standing:
    """One conclusion that a state had a role: its line, and when it was so."""

    line: Line
    bounds: Bounds

    @property
    def row(self) -> ClaimRow:
        """The conclusion."""
        return self.line.row

    @property
    def role(self) -> Term:
        """The role."""
        return self.row.says or ""

    @property
    def group(self) -> str:
        """How near the role is to the process: roles of one group are drawn alike."""
        return _ROLES.get(self.role, OTHER)


class Standings:
    """The roles of states in a record."""

    def __init__(self, record: Record) -> None:
        self.record, self.conclusions, self.periods = record, Conclusions(record), Periods(record)

    def all(self) -> list[Standing]:
        """Each conclusion that a state had a role, by state; the closest role first."""
        found = [
            Standing(line, self.periods.bounds(line.row.claim))
            for role in sorted({quad.object for quad in self.record.having(_ROLE)})
            for line in self.conclusions.with_role(role)
            if _STATE in self.record.values(line.row.subject, TYPE)
        ]
        return sorted(found, key=lambda each: (each.row.subject, _rank(each)))


def held_on(standings: Iterable[Standing], day: str | None) -> dict[Term, list[tuple[Standing, Answer]]]:
    """The roles that each state certainly or possibly had on a day, or at any time; certain ones first."""
    found: dict[Term, list[tuple[Standing, Answer]]] = {}
    for each in standings:
        answer = each.bounds.answer_on(day) if day else Answer.CERTAINLY
        if answer is not Answer.NOT:
            found.setdefault(each.row.subject, []).append((each, answer))
    for roles in found.values():
        roles.sort(key=lambda pair: (pair[1] is not Answer.CERTAINLY, _rank(pair[0])))
    return found


def _rank(standing: Standing) -> int:
    return _ORDER.index(standing.role) if standing.role in _ROLES else len(_ORDER)
