"""Decides what a page says of a day: who held which role on it, certainly, possibly or not."""

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from flask import request

from almaty_graph.dates import Answer, Bounds, parse_day
from almaty_graph.errors import QueryError
from almaty_graph.names import DEF, ORG
from almaty_graph.release.record import Record
from almaty_graph.terms import TYPE, Term, iri, text_of
from almaty_graph.web.portal.claims import ClaimRow, Claims

_PLACES = (iri(ORG + "member"), iri(ORG + "organization"))
_VIEW, _CLAIM = iri(DEF + "Conclusion"), iri(DEF + "Participation")
_BOUNDS = [iri(DEF + name) for name in ("earliestStart", "latestStart", "earliestEnd", "latestEnd")]
_START, _BEGUN, _ENDS, _END = _BOUNDS
_ORDER = list(Answer)
_KEPT: Final = 64  # things


@dataclass(frozen=True)
class Held:
    """Whether a role was held on a day, by a claim or by the view."""

    row: ClaimRow
    answer: Answer
    is_view: bool


class Periods:
    """The participations of a record and the memberships of its view, by day."""

    def __init__(self, record: Record) -> None:
        self.record, self.claims = record, Claims(record)
        self._known = lru_cache(_KEPT)(self._all)

    def are_of(self, thing: Term) -> bool:
        """Whether there are any in which a thing is holder or process."""
        found = (name for place in _PLACES for name in self.record.subjects(place, thing))
        return any(self._kind(name) for name in found)

    def on(self, thing: Term, day: str) -> list[Term]:
        """All of those in order: the view first, and what is certain on a day before what is not."""
        ranked = [
            (is_claim, _ORDER.index(bounds.answer_on(day)), key)
            for is_claim, bounds, key in self._known(thing)
        ]
        return [key[-1] for *_, key in sorted(ranked)]

    def _all(self, thing: Term) -> list[tuple[bool, Bounds, tuple[Term, ...]]]:
        """Each of those, whatever the day: whether it is a claim, when it was so, its place and name."""
        found = {name for place in _PLACES for name in self.record.subjects(place, thing)}
        kinds = {name: self._kind(name) for name in found}
        return [
            (kind != _VIEW, self.bounds(name), self.claims.key(name)) for name, kind in kinds.items() if kind
        ]

    def bounds(self, name: Term) -> Bounds:
        """The bounds of a participation or a membership; the widest, if there are several."""
        days: dict[Term, list[str]] = defaultdict(list)
        for quad in self.record.of(name):
            if quad.predicate in _BOUNDS:
                days[quad.predicate].append(text_of(quad.object))
        return Bounds(
            earliest_start=min(days[_START], default=None),
            latest_start=max(days[_BEGUN], default=None),
            earliest_end=min(days[_ENDS], default=None),
            latest_end=max(days[_END], default=None),
        )

    def held(self, name: Term, day: str) -> Held:
        """One of them with its answer."""
        return Held(self.claims.row(name), self.bounds(name).answer_on(day), self._kind(name) == _VIEW)

    def _kind(self, name: Term) -> Term | None:
        """Whether it is of the view, or a claim."""
        types = self.record.values(name, TYPE)
        return next((kind for kind in (_VIEW, _CLAIM) if kind in types), None)


def asked_day() -> str | None:
    """The day that the request asks for by `asOf`, None if by none; QueryError if it is no day, or two."""
    days = request.args.getlist("asOf")
    if len(days) > 1:
        raise QueryError(f"found {len(days)} parameters 'asOf': one day at a time")
    return parse_day(days[0]) if days else None
