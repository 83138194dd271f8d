"""Decides how the view is shown: each conclusion in a line, and with the claims for and against it."""

from collections import defaultdict
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

    def about(self, thing: Term) -> list[tuple[Term | None, list[Line]]]:
        """The conclusions about a thing in lines, by the role or the property that they are about."""
        groups: dict[Term | None, list[Line]] = defaultdict(list)
        for name in self.record.subjects(_ABOUT, thing):
            if self.is_one(name):
                line = self._line(name, thing)
                groups[line.row.says].append(line)
        return sorted(groups.items(), key=lambda group: group[0] or "")

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
        return Line(
            row=row,
            other=row.object if row.subject == thing else row.subject,
            supporting=len(self.record.values(name, _FOR)),
            opposing=len(self.record.values(name, _AGAINST)),
        )
