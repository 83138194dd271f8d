"""Decides what a feed reader gets: an entry for each release (Atom, RFC 4287)."""

from html import escape
from typing import Final
from xml.etree import ElementTree

from flask import Response, request

from almaty_graph.names import BASE, RELEASES
from almaty_graph.release.differences import Difference
from almaty_graph.release.log import Publication
from almaty_graph.terms import iri_value
from almaty_graph.web.feeds.changes import Changes
from almaty_graph.web.portal.labels import Labels
from almaty_graph.web.routes import origin_of

_ATOM: Final = "http://www.w3.org/2005/Atom"
_ENTRIES: Final = 50
_NAMED: Final = 50  # things in an entry


class Atom:
    """The feed of releases, the newest first."""

    def __init__(self, changes: Changes) -> None:
        self.changes = changes

    def feed(self) -> Response:
        """The last releases, each with what it changed."""
        here, kept = origin_of(request.environ), self.changes.archive.kept
        feed = ElementTree.Element("feed", xmlns=_ATOM)
        _add(feed, "id", f"{BASE}changes.atom")
        _add(feed, "title", "Changes of the Almaty Process graph")
        _add(feed, "updated", kept[-1].moment)
        _add(feed, "link", rel="self", type="application/atom+xml", href=f"{here}changes.atom")
        _add(feed, "link", rel="alternate", type="text/html", href=f"{here}release")
        _add(_add(feed, "author"), "name", "almaty-graph")
        for publication in reversed(kept[-_ENTRIES:]):
            self._entry(feed, publication, here)
        text = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
        return Response(text, content_type="application/atom+xml")

    def _entry(self, feed: ElementTree.Element, publication: Publication, here: str) -> None:
        difference = self.changes.difference(publication.release)
        added, removed = difference.statements
        entry, name = _add(feed, "entry"), publication.release
        _add(entry, "id", f"{RELEASES}/{name}")
        _add(entry, "title", f"Release {name}: {len(added):,} statements added, {len(removed):,} removed")
        _add(entry, "updated", publication.moment)
        page = f"{difference.older.name}..{name}" if difference.older else name
        _add(entry, "link", rel="alternate", type="text/html", href=f"{here}release/{page}")
        _add(entry, "content", _told(difference), type="html")


def _told(difference: Difference) -> str:
    """The things that differ, as HTML: each with what became of it."""
    labels = Labels(difference.newer.record)
    rows = [
        f'<li><a href="{escape(iri_value(each.name))}">{escape(labels.of(each.name))}</a>: {each.status}</li>'
        for each in difference.changes[:_NAMED]
    ]
    more = len(difference.changes) - len(rows)
    return f"<ul>{''.join(rows)}</ul>{f'<p>and {more:,} more</p>' if more else ''}"


def _add(parent: ElementTree.Element, name: str, text: str = "", **attributes: str) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, name, attributes)
    child.text = text or None
    return child
