"""Decides what a calendar shows of the meetings: those whose days the view knows (iCalendar, RFC 5545)."""

from datetime import date, timedelta
from typing import Final

import icalendar
from flask import Response

from almaty_graph.names import DEF, SCHEMA
from almaty_graph.release.archive import Archive
from almaty_graph.terms import TYPE, Term, iri, iri_value, text_of
from almaty_graph.web.portal.labels import Labels

_START, _END, _PLACE = (iri(SCHEMA + name) for name in ("startDate", "endDate", "location"))
_ABOUT, _PROPERTY = iri(DEF + "about"), iri(DEF + "property")
_DAY: Final = len("2016-09-19")


class Calendar:
    """The meetings of the newest release, as events of whole days."""

    def __init__(self, archive: Archive) -> None:
        self.record, self.published = archive.newest.record, archive.kept[-1].at
        self.labels = Labels(self.record)

    def events(self) -> Response:
        """The calendar; a meeting of which only the month is known is not in it, since an event has days."""
        calendar = icalendar.Calendar()
        calendar.add("prodid", "-//almaty-graph//meetings//EN")
        calendar.add("version", "2.0")
        calendar.add("x-wr-calname", "Meetings of the Almaty Process")
        for meeting in self.record.subjects(TYPE, iri(DEF + "Meeting")):
            if self._day(meeting, _START):
                calendar.add_component(self._event(meeting))
        return Response(calendar.to_ical(), content_type="text/calendar; charset=utf-8")

    def _event(self, meeting: Term) -> icalendar.Event:
        event, first = icalendar.Event(), self._day(meeting, _START)
        last = self._day(meeting, _END) or first
        event.add("uid", iri_value(meeting))
        event.add("dtstamp", self.published)
        event.add("summary", self.labels.of(meeting))
        event.add("dtstart", first)
        event.add("dtend", last and last + timedelta(days=1))  # which is the first day after it (3.8.2.2)
        event.add("url", iri_value(meeting))
        if places := self.record.values(meeting, _PLACE):
            event.add("location", ", ".join(map(self.labels.of, places)))
        if told := self._disagreements(meeting):
            event.add("description", f"Sources disagree on this meeting ({told}): see {iri_value(meeting)}")
        return event

    def _day(self, meeting: Term, end: Term) -> date | None:
        days = [text_of(value) for value in self.record.values(meeting, end)]
        return next((date.fromisoformat(day) for day in days if len(day) == _DAY), None)

    def _disagreements(self, meeting: Term) -> str:
        kind = iri(DEF + "Disagreement")
        found = (
            name for name in self.record.subjects(_ABOUT, meeting) if kind in self.record.values(name, TYPE)
        )
        points = {self.labels.of(value) for name in found for value in self.record.values(name, _PROPERTY)}
        return ", ".join(sorted(points))
