"""Decides how the view is shown: each conclusion in a line, and with the claims for and against it."""

from collections import defaultdict
from dataclasses import dataclass

from almaty_graph.names import DEF, ORG, RDF
from almaty_graph.release.record import Record
from almaty_graph.terms import TYPE, Term, iri, text_of
from almaty_graph.web.portal.claims import PERIOD, ClaimRow, Claims

_CONCLUSION, _ABOUT = iri(DEF + "Conclusion"), iri(DEF + "about")
_ROLE, _OBJECT = iri(ORG + "role"), iri(RDF + "object")
_FOR, _AGAINST, _OPEN = (iri(DEF + name) for name in ("supportedBy", "contradictedBy", "leavesOpen"))


@dataclass(frozen=True)
class Line:
    """A conclusion in a line on the page of a thing: what it says beside it, how many for and against.

    `day` is when that other thing was, if it is a meeting.
    """

    row: ClaimRow
    other: Term | None
    day: str
    supporting: int
    opposing: int


@dataclass(frozen=True)
class Group:
    """The conclusions about a thing by one role or property; `is_reversed` if they are on others."""

    says: Term | None
    is_reversed: bool
    lines: list[Line]


@dataclass(frozen=True)
class Weighed:
    """A conclusion with the claims for and against it, those that settle nothing, and what is left open."""

    row: ClaimRow
    supporting: list[ClaimRow]
    opposing: list[ClaimRow]
    undecided: list[ClaimRow]
    open: list[Term]


class Conclusions:
    """The conclusions of the view."""

    def __init__(self, record: Record) -> None:
        self.record, self.claims = record, Claims(record)

    def is_one(self, thing: Term) -> bool:
        """Whether a thing is a conclusion."""
        return _CONCLUSION in self.record.values(thing, TYPE)

    def about(self, thing: Term) -> list[Group]:
        """The conclusions about a thing in lines, those on itself first."""
        groups: dict[tuple[bool, str], list[Line]] = defaultdict(list)
        for name in sorted({*self.record.subjects(_ABOUT, thing), *self.record.subjects(_OBJECT, thing)}):
            if self.is_one(name):
                line = self._line(name, thing)
                # A role is told in the same words of who holds it and of where it is held.
                is_reversed = line.row.subject != thing and not self.record.values(name, _ROLE)
                groups[is_reversed, line.row.says or ""].append(line)
        return [
            Group(
                says or None, is_reversed, sorted(lines, key=lambda line: (line.day or "~", line.row.claim))
            )
            for (is_reversed, says), lines in sorted(groups.items())
        ]

    def with_role(self, role: Term) -> list[Line]:
        """The conclusions by which somebody holds a role, the earliest beginning first."""
        lines = [self._line(name, role) for name in self.record.subjects(_ROLE, role) if self.is_one(name)]
        return sorted(lines, key=lambda line: (line.row.period or ("~", ""), line.row.claim))

    def weigh(self, name: Term) -> Weighed:
        """A conclusion with the claims for and against it."""
        supporting, opposing = self.record.values(name, _FOR), self.record.values(name, _AGAINST)
        bearing = self.record.claims_about(name)
        weighed = {*supporting, *opposing}
        return Weighed(
            row=self.claims.row(name),
            supporting=self.claims.rows(supporting),
            opposing=self.claims.rows(opposing),
            undecided=self.claims.rows([claim for claim in bearing if claim not in weighed]),
            open=self.record.values(name, _OPEN),
        )

    def _line(self, name: Term, thing: Term) -> Line:
        row = self.claims.row(name)
        other = row.object if row.subject == thing else row.subject
        days = self.record.values(other, PERIOD[0]) if other else []
        return Line(
            row=row,
            other=other,
            day=min(map(text_of, days), default=""),
            supporting=len(self.record.values(name, _FOR)),
            opposing=len(self.record.values(name, _AGAINST)),
        )
