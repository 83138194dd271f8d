"""Decides how identifiers elsewhere are turned into ours and back over HTTP: one, many, or all."""

from collections.abc import Iterable
from functools import cached_property
from typing import Final

from flask import Flask, Response, request

from almaty_graph.formats import CSV, TSV, Format, Kind, negotiate
from almaty_graph.linking.crosswalk import Answer, Crosswalk, write_csv, write_sssom
from almaty_graph.release.record import Record
from almaty_graph.web.operations.peers import Connections
from almaty_graph.web.protocol.replies import NOT_KEPT
from almaty_graph.web.routes import register
from almaty_graph.web.services.lists import read_list
from almaty_graph.web.services.requests import JSON_TYPE, told

_JSON: Final = Format("JSON", JSON_TYPE, "json", Kind.TABLE)
_OFFER: Final = (_JSON, CSV, TSV)  # TSV is SSSOM


class CrosswalkService:
    """The answers at `/crosswalk`."""

    def __init__(self, record: Record, connections: Connections) -> None:
        self.record, self.connections = record, connections

    @cached_property
    def crosswalk(self) -> Crosswalk:
        """The links, which are read when they are first asked for."""
        return Crosswalk.of(self.record)

    def answer(self) -> Response:
        """The links of what the request lists; all of them if it lists nothing."""
        form = negotiate(request.headers.get("Accept"), _OFFER)
        asked = read_list(self.connections)
        return self._write(map(self.crosswalk.find, asked), form) if asked else self._whole(form)

    def json(self) -> Response:
        """All of it as JSON."""
        return self._whole(_JSON)

    def csv(self) -> Response:
        """All of it as CSV."""
        return self._whole(CSV)

    def sssom(self) -> Response:
        """All of it as SSSOM."""
        return self._whole(TSV)

    def _whole(self, form: Format) -> Response:
        return self._write([Answer(each.thing, (each,)) for each in self.crosswalk.all], form)

    def _write(self, answers: Iterable[Answer], form: Format) -> Response:
        found, is_kept = list(answers), request.method == "GET"
        if form is _JSON:
            return told({"results": [each.tell() for each in found]}, is_kept)
        if form is CSV:
            text = write_csv(found)
        else:
            mappings = dict.fromkeys(mapping for each in found for mapping in each.mappings)
            text = write_sssom(mappings, self.record)
        headers = {} if is_kept else {"Cache-Control": NOT_KEPT}
        return Response(text, headers=headers, content_type=form.content_type)


def register_crosswalk(app: Flask, record: Record, connections: Connections) -> None:
    """Answer at `/crosswalk`, and at its files."""
    service = CrosswalkService(record, connections)
    register(app, {"/crosswalk": service.answer}, "POST")
    register(
        app,
        {
            "/crosswalk.json": service.json,
            "/crosswalk.csv": service.csv,
            "/crosswalk.sssom.tsv": service.sssom,
        },
    )
