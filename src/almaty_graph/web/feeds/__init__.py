"""Decides what is told to who follows the graph: each change of each thing, from the one log of releases."""

from almaty_graph.release.archive import Archive
from almaty_graph.web.feeds.activities import Activities
from almaty_graph.web.feeds.atom import Atom
from almaty_graph.web.feeds.calendar import Calendar
from almaty_graph.web.feeds.changes import Changes
from almaty_graph.web.feeds.stream import Stream
from almaty_graph.web.routes import Routes


def feed_routes(archive: Archive) -> Routes:
    """The routes of the feeds of changes, and of the calendar of the meetings."""
    changes = Changes(archive)
    activities, stream = Activities(changes), Stream(changes)
    return {
        "/changes.atom": Atom(changes).feed,
        "/activities": activities.collection,
        "/activities/<name>/<int:number>": activities.page,
        "/ldes": stream.view,
        "/ldes/<name>/<int:number>": stream.page,
        "/meetings.ics": Calendar(archive).events,
    }
