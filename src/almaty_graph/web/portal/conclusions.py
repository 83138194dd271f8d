"""Decides how the view is shown: each conclusion in a line, and with the claims for and against it."""

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

    It `is_reversed` if it is on the other thing; `day` is when that was, if it is a meeting.
    """

    row: ClaimRow
    other: Term | None
    is_reversed: bool
    day: str
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
        """The conclusions about a thing: those on itself, then those on others; by what they say, by day."""
        names = {*self.record.subjects(_ABOUT, thing), *self.record.subjects(_OBJECT, thing)}
        return sorted(filter(self.is_one, names), key=lambda name: self._key(name, thing))

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
        other = row.object if row.subject == thing else row.subject
        return Line(
            row=row,
            other=other,
            is_reversed=self._is_reversed(name, thing),
            day=self._day(other),
            supporting=len(self.record.values(name, _FOR)),
            opposing=len(self.record.values(name, _AGAINST)),
        )

    def _key(self, name: Term, thing: Term) -> tuple[bool, str, str, Term]:
        says, subject, *_ = self.claims.key(name)
        is_reversed = self._is_reversed(name, thing)
        return is_reversed, says, (is_reversed and self._day(subject)) or "~", name

    def _is_reversed(self, name: Term, thing: Term) -> bool:
        """Whether a conclusion is on another thing; a role is told alike of who holds it, and where."""
        return self.claims.key(name)[1] != thing and not self.record.values(name, _ROLE)

    def _day(self, thing: Term | None) -> str:
        """When a thing began; empty if nothing says so."""
        return min(map(text_of, self.record.values(thing, PERIOD[0])), default="") if thing else ""
