"""Decides what the reconciliation service answers (Entity Reconciliation 0.2) to batches and extensions."""

import json
from typing import Any, Final

from flask import Flask, Response, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

from almaty_graph.names import DEF, ID
from almaty_graph.search.text import MOST
from almaty_graph.terms import is_iri
from almaty_graph.web.operations.peers import Connections
from almaty_graph.web.routes import origin_of, register
from almaty_graph.web.services.batches import Reader
from almaty_graph.web.services.cards import card_routes
from almaty_graph.web.services.matching import Matcher
from almaty_graph.web.services.properties import Properties, Property, cell_of
from almaty_graph.web.services.requests import count, parameter, read_form_or_json, read_json, told
from almaty_graph.web.services.suggestions import suggestion_routes
from almaty_graph.web.services.things import Things

PATH: Final = "/reconcile"
_PROPOSED: Final = 100
_NAME: Final = "Almaty Process: states, organizations, meetings, places, topics, roles"
_PREVIEW: Final = {"width": 380, "height": 190}
_CALLBACK: Final = "callback"
_ASKED: Final = ("queries", "extend")
_BODY: Final = "body"
_DOCUMENTATION: Final = "https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/"


class Reconciliation:
    """The answers at `/reconcile`."""

    def __init__(self, things: Things, connections: Connections) -> None:
        self.things, self.connections = things, connections
        self.properties = Properties(things)
        self.matcher, self.reader = Matcher(things, self.properties), Reader(things, self.properties)

    def answer(self) -> Response:
        """The manifest, the candidates for a batch of queries, or the values of an extension."""
        given = read_form_or_json(self.connections, _BODY)
        if _CALLBACK in given:
            raise BadRequest(
                "found 'callback': JSONP is not spoken here; every reply may be read from anywhere"
            )
        asked = _asked(given)
        if asked is None:
            return told(self.manifest(origin_of(request.environ)))
        name, text = asked
        return told(
            self._reconcile(text) if name == "queries" else self._extend(text), request.method == "GET"
        )

    def manifest(self, origin: str) -> dict[str, Any]:
        """What the service can do, at an address (section 2.3)."""

        def suggesting(what: str) -> dict[str, str]:
            return {
                "service_url": origin.removesuffix("/"),
                "service_path": f"{PATH}/suggest/{what}",
                "flyout_service_url": origin.removesuffix("/"),
                "flyout_service_path": f"{PATH}/flyout/{what}?id=${{id}}",
            }

        limit = {
            "name": "limit",
            "label": "Limit",
            "type": "number",
            "default": 0,
            "help_text": "How many values at most (0: all)",
        }
        return {
            "versions": ["0.2"],
            "name": _NAME,
            "identifierSpace": ID,
            "schemaSpace": DEF,
            "documentation": _DOCUMENTATION,
            "logo": f"{origin}static/icon.svg",
            "view": {"url": f"{origin}id/{{{{id}}}}"},
            "preview": {"url": f"{origin}reconcile/preview?id={{{{id}}}}", **_PREVIEW},
            "suggest": {what: suggesting(what) for what in ("entity", "type", "property")},
            "extend": {
                "propose_properties": {
                    "service_url": origin.removesuffix("/"),
                    "service_path": f"{PATH}/properties",
                },
                "property_settings": [limit],
            },
            "defaultTypes": [self.things.tell(each) for each in self.things.classes],
        }

    def properties_of(self) -> Response:
        """The properties that are worth fetching for things of a class (section 7.1)."""
        name = parameter("type", MOST, "")
        kind = self.reader.kind(name, "the parameter 'type'") if name else None
        limit = count(parameter("limit", 20, str(_PROPOSED)), "the parameter 'limit'", _PROPOSED)
        found = self.properties.of_class(kind)[: limit or None]
        return told({"type": name, "limit": limit, "properties": [each.tell() for each in found]})

    def _reconcile(self, text: str) -> dict[str, Any]:
        queries = self.reader.queries(text)
        return {
            name: {"result": [self.matcher.tell(each) for each in self.matcher.candidates(query)]}
            for name, query in queries.items()
        }

    def _extend(self, text: str) -> dict[str, Any]:
        ids, wanted = self.reader.extension(text)
        return {
            "meta": [{"id": each.id, "name": each.name} for each, _ in wanted],
            "rows": {
                name: {each.id: self._cells(name, each, limit) for each, limit in wanted} for name in ids
            },
        }

    def _cells(self, name: str, wanted: Property, limit: int) -> list[dict[str, Any]]:
        thing = self.things.find(name)
        values = wanted.values(thing) if thing and is_iri(thing) else []
        return [cell_of(value, self.things) for value in values[: limit or None]]


def _asked(given: MultiDict[str, str]) -> tuple[str, str] | None:
    """What is asked and its text; in a body that is JSON, a batch or an extension may stand by itself."""
    asked = [(name, given[name]) for name in _ASKED if name in given]
    if _BODY in given:
        value = read_json(given[_BODY], "the body")
        members = value if isinstance(value, dict) else {}
        asked += [(name, json.dumps(members[name])) for name in _ASKED if name in members]
        asked = asked or [("extend" if "ids" in members else "queries", given[_BODY])]
    if len(asked) > 1 or (request.method == "POST" and not asked):
        raise BadRequest(f"found {len(asked) or 'neither'} of 'queries' and 'extend'; one of them is needed")
    return asked[0] if asked else None


def register_reconciliation(app: Flask, things: Things, connections: Connections) -> None:
    """Answer at `/reconcile` and below."""
    service = Reconciliation(things, connections)
    register(app, {PATH: service.answer}, "POST")
    register(app, {f"{PATH}/properties": service.properties_of})
    register(app, suggestion_routes(things, service.properties))
    register(app, card_routes(things, service.properties))
