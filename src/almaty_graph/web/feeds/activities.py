"""Decides what a harvester gets: each change as an activity (Activity Streams 2.0), the oldest first."""

import json
from typing import Any, Final

from flask import Response, request

from almaty_graph.names import RELEASES
from almaty_graph.release.differences import CHANGED, GONE, NEW, Change
from almaty_graph.release.log import Publication
from almaty_graph.terms import iri_value
from almaty_graph.web.feeds.changes import PAGE, Changes
from almaty_graph.web.protocol.replies import FOREVER
from almaty_graph.web.routes import origin_of

_CONTEXT: Final = "https://www.w3.org/ns/activitystreams"
_TYPE: Final = "application/activity+json"
_VERBS: Final = {NEW: "Create", CHANGED: "Update", GONE: "Delete"}


class Activities:
    """The collection of all changes, as IIIF Change Discovery 1.0 has it: pages from the oldest on."""

    def __init__(self, changes: Changes) -> None:
        self.changes = changes

    def collection(self) -> Response:
        """How many activities there are, the first page and the last."""
        pages, here = self.changes.pages(), origin_of(request.environ)
        found: dict[str, Any] = {
            "@context": _CONTEXT,
            "id": f"{here}activities",
            "type": "OrderedCollection",
            "totalItems": self.changes.total(),
        }
        if pages:
            found |= {"first": _page(here, pages[0]), "last": _page(here, pages[-1])}
        return _reply(found)

    def page(self, name: str, number: int) -> Response:
        """One page of the activities of a release; the last of all may yet get a next one."""
        part, here = self.changes.part(name, number), origin_of(request.environ)
        found: dict[str, Any] = {
            "@context": _CONTEXT,
            **_page(here, (name, number)),
            "partOf": {"id": f"{here}activities", "type": "OrderedCollection"},
        }
        if part.before:
            found["prev"] = _page(here, part.before)
        if part.after:
            found["next"] = _page(here, part.after)
        found["orderedItems"] = [
            _activity(change, part.publication, f"{here}activities/{name}/{number}#{place}")
            for place, change in enumerate(part.changes, start=(number - 1) * PAGE + 1)
        ]
        return _reply(found, FOREVER if part.after else "")


def _page(here: str, page: tuple[str, int]) -> dict[str, str]:
    return {"id": f"{here}activities/{page[0]}/{page[1]}", "type": "OrderedCollectionPage"}


def _activity(change: Change, publication: Publication, name: str) -> dict[str, Any]:
    thing = {"id": iri_value(change.name)} | ({"type": iri_value(change.kind)} if change.kind else {})
    return {
        "id": name,
        "type": _VERBS[change.status],
        "endTime": publication.moment,
        "object": thing,
        "instrument": f"{RELEASES}/{publication.release}",
    }


def _reply(found: dict[str, Any], cached: str = "") -> Response:
    headers = {"Cache-Control": cached} if cached else {}
    return Response(json.dumps(found, indent=1) + "\n", content_type=_TYPE, headers=headers)
