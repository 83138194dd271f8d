"""Decides what is suggested for the beginning of a name: things, classes and properties (section 6)."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from flask import Response
from rapidfuzz import fuzz

from almaty_graph.search.text import MOST, fold
from almaty_graph.terms import Term
from almaty_graph.web.routes import Routes
from almaty_graph.web.services.properties import Properties
from almaty_graph.web.services.requests import count, parameter, told
from almaty_graph.web.services.things import Things

_PAGE: Final = 20
_FARTHEST: Final = 10_000
_LEAST: Final = 35.0  # of 100: much of what is suggested has only been begun
_ALIKE: Final = 80  # of 100


class Suggestions:
    """The answers at `/reconcile/suggest/…`."""

    def __init__(self, things: Things, properties: Properties) -> None:
        self.things, self.properties = things, properties

    def entities(self) -> Response:
        """Things, by any of their names, the best first."""
        return _suggest(self._find_entities)

    def kinds(self) -> Response:
        """Classes, by what they are called."""
        return _suggest(
            lambda prefix: [
                self._told(each)
                for each in self.things.classes
                if _begins(self.things.labels.of(each), prefix)
            ]
        )

    def properties_like(self) -> Response:
        """Properties, by what they are called, or by their ids."""
        return _suggest(
            lambda prefix: [
                each.tell()
                for each in self.properties.all.values()
                if _begins(each.name, prefix) or _begins(each.id, prefix)
            ]
        )

    def _find_entities(self, prefix: str) -> list[dict[str, Any]]:
        found = self.things.index.find(prefix, self.things.is_one, _LEAST, is_part=True)
        return [
            {
                **self.things.tell(each.thing),
                "description": f"{self.things.describe(each.thing)}; {each.reason}",
                "notable": [self.things.tell(kind) for kind in self.things.own_kinds(each.thing)],
            }
            for each in found
        ]

    def _told(self, kind: Term) -> dict[str, Any]:
        told = self.things.tell(kind)
        if meaning := self.things.define(kind):
            told["description"] = meaning
        if parents := self.things.parents(kind):
            told["broader"] = [self.things.tell(each) for each in parents]
        return told


def suggestion_routes(things: Things, properties: Properties) -> Routes:
    """The routes of suggestions."""
    suggestions = Suggestions(things, properties)
    return {
        "/reconcile/suggest/entity": suggestions.entities,
        "/reconcile/suggest/type": suggestions.kinds,
        "/reconcile/suggest/property": suggestions.properties_like,
    }


def _suggest(find: Callable[[str], Sequence[dict[str, Any]]]) -> Response:
    """A page of what is found for the prefix, from the cursor on."""
    prefix = parameter("prefix", MOST)
    cursor = count(parameter("cursor", 20, "0"), "the parameter 'cursor'", _FARTHEST)
    return told({"result": list(find(prefix))[cursor : cursor + _PAGE]})


def _begins(name: str, prefix: str) -> bool:
    """Whether a word of a name begins as asked, or is nearly so written; everything begins with nothing."""
    name, prefix = fold(name), fold(prefix)
    return f" {name}".find(f" {prefix}") >= 0 or (len(prefix) > 3 and fuzz.ratio(name, prefix) >= _ALIKE)
