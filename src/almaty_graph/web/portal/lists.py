"""Decides of what on the page of a thing there may be thousands, and which part of that a page shows."""

from functools import lru_cache
from itertools import groupby
from typing import Final

from almaty_graph.release.record import Record
from almaty_graph.terms import Term
from almaty_graph.web.portal.claims import Claims
from almaty_graph.web.portal.conclusions import Conclusions
from almaty_graph.web.portal.disagreements import Disagreements
from almaty_graph.web.portal.parts import Parts
from almaty_graph.web.portal.periods import Periods
from almaty_graph.web.portal.translations import gettext

_KEPT: Final = 64


class Lists:
    """Claims, conclusions, disagreements and passages, by the thing that they are about."""

    def __init__(self, record: Record) -> None:
        self.record, self.claims, self.periods = record, Claims(record), Periods(record)
        self.conclusions, self.disagreements = Conclusions(record), Disagreements(record)
        # Who reads one page of many reads another.
        kept = lru_cache(_KEPT)
        self._ordered, self._placed = kept(self._in_order), kept(self._in_place)
        self._bearing = kept(self.conclusions.bearing)

    def of(self, term: Term, day: str | None, parts: Parts) -> dict[str, object]:
        """What one page shows, as its template knows it; NotFound if there is no such page."""
        shown = self._sources(term, parts) if self.record.passages_of(term) else self._claims(term, parts)
        lines = parts.of(self.conclusions.about(term)).each(lambda name: self.conclusions.line(name, term))
        shown |= {
            "concluded": [
                (*key, list(each))
                for key, each in groupby(lines, lambda line: (line.is_reversed, line.row.says))
            ],
            "disagreements": parts.of(self.disagreements.on(term)).each(self.disagreements.of),
        }
        if day:
            held = parts.of(self.periods.on(term, day))
            shown["held"] = held.each(lambda name: self.periods.held(name, day))
        if self.disagreements.is_one(term):
            shown["whole"] = self.disagreements.of(term)
            shown["sides"] = parts.of(self.disagreements.of(term).sides)
        parts.check()
        return shown

    def _sources(self, source: Term, parts: Parts) -> dict[str, object]:
        """The passages of a source, which lead to its claims: it does not list them a second time."""
        passages = self._placed(source)
        shown = parts.of(passages).each(lambda passage: self.claims.evidence(passage[0]))
        # The name of a passage leads to the first page, whichever it is shown on.
        others = range(2, parts.last + 1) if parts.number == 1 else ()
        return {
            "passages": shown,
            "citing": self.record.claims_about_passage,
            "elsewhere": [(parts.address(number), parts.on(number, passages)) for number in others],
        }

    def _claims(self, term: Term, parts: Parts) -> dict[str, object]:
        """The claims about a thing, or for and against what is concluded."""
        if not self.conclusions.is_one(term):
            return {"claims": parts.of(self._ordered(term)).each(self.claims.row)}
        titles = (gettext("For"), gettext("Against"), gettext("Undecided"))
        weighed = zip(titles, self._bearing(term), strict=True)
        return {
            "concludes": self.claims.row(term),
            "open": self.conclusions.open(term),
            "weighed": [(title, parts.of(names).each(self.claims.row)) for title, names in weighed],
        }

    def _in_order(self, term: Term) -> list[Term]:
        return sorted(self.record.claims_about(term), key=self.claims.key)

    def _in_place(self, source: Term) -> list[tuple[Term, str]]:
        return self.claims.in_place(self.record.passages_of(source))
