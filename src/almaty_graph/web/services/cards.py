"""Decides what is shown of a thing in little room: the preview in a frame of others, and flyouts (5, 6.4)."""

from typing import Final

from flask import Response, render_template

from almaty_graph.errors import NotFound
from almaty_graph.formats import HTML
from almaty_graph.names import document_path
from almaty_graph.search.text import MOST
from almaty_graph.terms import Term, iri_value
from almaty_graph.web.protocol.languages import DEFAULT
from almaty_graph.web.routes import Routes
from almaty_graph.web.services.properties import Properties
from almaty_graph.web.services.requests import parameter, told
from almaty_graph.web.services.things import Things

# Clients show the card in a frame of their own page.
_FRAMED: Final = "default-src 'self'; base-uri 'none'; frame-ancestors *"
_SHOWN: Final = 6


class Cards:
    """The answers at `/reconcile/preview` and `/reconcile/flyout/…`."""

    def __init__(self, things: Things, properties: Properties) -> None:
        self.things, self.properties = things, properties

    def preview(self) -> Response:
        """A small page about a thing."""
        page = render_template("card.html", whole=True, **self._of_thing(self._asked_thing()))
        headers = {"Content-Security-Policy": _FRAMED, "Content-Language": DEFAULT}  # as data are
        return Response(page, headers=headers, content_type=HTML.content_type)

    def thing(self) -> Response:
        """The same as a piece of a page."""
        thing = self._asked_thing()
        card = render_template("card.html", whole=False, **self._of_thing(thing))
        return told({"id": parameter("id", MOST), "html": card})

    def kind(self) -> Response:
        """What a class means."""
        name = parameter("id", MOST)
        found = self.things.find_class(name)
        if found is None:
            raise NotFound(f"there is no class {name!r}")
        return self._flyout(name, self.things.labels.of(found), self.things.define(found) or "")

    def property(self) -> Response:
        """What a property means."""
        name = parameter("id", MOST)
        found = self.properties.find(name)
        if found is None:
            raise NotFound(f"there is no property {name!r}")
        return self._flyout(name, found.name, found.description)

    def _flyout(self, name: str, title: str, meaning: str) -> Response:
        card = render_template(
            "card.html", whole=False, title=title, kinds=meaning, names=[], facts=[], path=None
        )
        return told({"id": name, "html": card})

    def _asked_thing(self) -> Term:
        name = parameter("id", MOST)
        found = self.things.find(name)
        if found is None:
            raise NotFound(f"nothing is published under the id {name!r}")
        return found

    def _of_thing(self, thing: Term) -> dict[str, object]:
        labels, all_of = self.things.labels, self.properties.all
        names = [labels.of(each) for each in all_of["name"].values(thing)]
        told_of = [(all_of[name].name, all_of[name].values(thing)) for name in ("role", "country")]
        return {
            "title": labels.of(thing),
            "kinds": self.things.describe(thing),
            "names": [each for each in dict.fromkeys(names) if each != labels.of(thing)][:_SHOWN],
            "facts": [(name, list(map(labels.of, values))) for name, values in told_of if values],
            "path": document_path(iri_value(thing)),
        }


def card_routes(things: Things, properties: Properties) -> Routes:
    """The routes of cards."""
    cards = Cards(things, properties)
    return {
        "/reconcile/preview": cards.preview,
        "/reconcile/flyout/entity": cards.thing,
        "/reconcile/flyout/type": cards.kind,
        "/reconcile/flyout/property": cards.property,
    }
