"""Decides where pictures are: a page for each, the drawing alone as SVG, and its data as CSV."""

from pathlib import PurePosixPath
from typing import Protocol

from flask import Response, render_template, request

from almaty_graph.errors import NotFound
from almaty_graph.formats import CSV
from almaty_graph.release.record import Record
from almaty_graph.terms import Term
from almaty_graph.web.pictures.matrix import Matrix
from almaty_graph.web.pictures.meetings import Meetings
from almaty_graph.web.pictures.network import Network
from almaty_graph.web.pictures.timeline import Timeline
from almaty_graph.web.pictures.worldmap import WorldMap
from almaty_graph.web.portal.translations import gettext, in_words
from almaty_graph.web.routes import Routes


class Picture(Protocol):
    """What is drawn of a record, and the data that are drawn."""

    @property
    def title(self) -> str:
        """What the picture answers."""

    def drawn(self) -> dict[str, object]:
        """What its templates need; `picture` is None if nothing is drawn; `asked` is what was asked."""

    def table(self) -> str:
        """Its data as CSV (RFC 4180)."""


class Gallery:
    """The pictures of a record."""

    def __init__(self, record: Record) -> None:
        self.timeline, self.map = Timeline(record), WorldMap(record)
        self.matrix, self.network = Matrix(record), Network(record)
        self.pictures: dict[str, Picture] = {
            "timeline": self.timeline,
            "meetings": Meetings(record),
            "map": self.map,
            "matrix": self.matrix,
            "network": self.network,
        }

    def shown(self, slug: str) -> dict[str, object]:
        """What a template needs to show a picture."""
        return self._named(slug, self.pictures[slug].drawn())

    def overview(self) -> dict[str, dict[str, object]]:
        """What home shows, whatever its address asks for."""
        return {"timeline": self.shown("timeline"), "map": self._named("map", self.map.drawn_on())}

    def of(self, thing: Term) -> dict[str, object] | None:
        """The picture that the page of a thing shows: the roles of a state, the one term of a chair."""
        if drawn := self.matrix.drawn_of(thing):
            return {**self._named("matrix", drawn), "title": gettext("Its roles, year by year")}
        if drawn := self.timeline.drawn_of(thing):
            return {**self._named("timeline", drawn), "title": gettext("When, according to whom")}
        return None

    def _named(self, slug: str, drawn: dict[str, object]) -> dict[str, object]:
        return {"slug": slug, "title": in_words(self.pictures[slug].title), "asked": "", **drawn}

    def page(self) -> str:
        """A picture with its data as a table."""
        slug = _asked().stem
        return render_template(f"pictures/{slug}.html", **self.shown(slug))

    def file(self) -> Response:
        """A picture as SVG, its data as CSV."""
        asked = _asked()
        if asked.suffix == ".csv":
            return Response(self.pictures[asked.stem].table(), content_type=CSV.content_type)
        shown = self.shown(asked.stem)
        if shown["picture"] is None:
            raise NotFound(f"there is nothing to draw for: {shown['title']}")
        return Response(render_template(f"pictures/{asked.stem}.svg", **shown), content_type="image/svg+xml")

    def elements(self) -> Response:
        """The network as JSON of Cytoscape."""
        return Response(self.network.elements(), content_type="application/json")


def gallery_routes(gallery: Gallery) -> Routes:
    """The routes of pictures."""
    return {
        **{f"/{slug}": gallery.page for slug in gallery.pictures},
        **{f"/{slug}.{suffix}": gallery.file for slug in gallery.pictures for suffix in ("svg", "csv")},
        "/network.json": gallery.elements,
    }


def _asked() -> PurePosixPath:
    return PurePosixPath(request.path)
