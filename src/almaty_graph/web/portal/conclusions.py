"""Decides how the view is shown: each conclusion in a line, and with the claims for and against it."""

from dataclasses import dataclass

from almaty_graph.names import DEF, ORG
from almaty_graph.release.record import Record
from almaty_graph.terms import TYPE, Term, iri
from almaty_graph.web.portal.claims import ClaimRow, Claims

_CONCLUSION, _ABOUT = iri(DEF + "Conclusion"), iri(DEF + "about")
_ROLE = iri(ORG + "role")
_FOR, _AGAINST, _OPEN = (iri(DEF + name) for name in ("supportedBy", "contradictedBy", "leavesOpen"))


@dataclass(frozen=True)
class Line:
    """A conclusion in a line on the page of a thing: what it says beside the thing, and for and against."""

    row: ClaimRow
    other: Term | None
    supporting: int
    opposing: int


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

    def about(self, thing: Term) -> list[Term]:
        """The conclusions about a thing, by the role or the property that they are about."""
        found = [name for name in self.record.subjects(_ABOUT, thing) if self.is_one(name)]
        return sorted(found, key=lambda name: (self.claims.key(name)[0], name))

    def with_role(self, role: Term) -> list[Line]:
        """The conclusions by which somebody holds a role, the earliest beginning first."""
        lines = [self.line(name, role) for name in self.record.subjects(_ROLE, role) if self.is_one(name)]
        return sorted(lines, key=lambda line: (line.row.period or ("~", ""), line.row.claim))

    def weigh(self, name: Term) -> Weighed:
        """A conclusion with the claims for and against it."""
        supporting, opposing, undecided = self.bearing(name)
        return Weighed(
            row=self.claims.row(name),
            supporting=self.claims.rows(supporting),
            opposing=self.claims.rows(opposing),
            undecided=self.claims.rows(undecided),
            open=self.open(name),
        )

    def bearing(self, name: Term) -> tuple[list[Term], list[Term], list[Term]]:
        """The claims for a conclusion, those against it, and those that settle nothing, each in order."""
        supporting, opposing = self.record.values(name, _FOR), self.record.values(name, _AGAINST)
        undecided = {*self.record.claims_about(name)} - {*supporting, *opposing}
        key = self.claims.key
        return sorted(supporting, key=key), sorted(opposing, key=key), sorted(undecided, key=key)

    def open(self, name: Term) -> list[Term]:
        """What a conclusion leaves open."""
        return self.record.values(name, _OPEN)

    def line(self, name: Term, thing: Term) -> Line:
        """A conclusion in a line on the page of a thing."""
        row = self.claims.row(name)
        return Line(
            row=row,
            other=row.object if row.subject == thing else row.subject,
            supporting=len(self.record.values(name, _FOR)),
            opposing=len(self.record.values(name, _AGAINST)),
        )
