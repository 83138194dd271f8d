"""Decides how links to us are judged over HTTP: a list of our IRIs one by one, RDF by a report."""

from functools import partial
from typing import Final

from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest

from almaty_graph.linking.health import find_health
from almaty_graph.release.record import Record
from almaty_graph.validation.asking import Request, Validator
from almaty_graph.validation.output import OUTPUTS
from almaty_graph.web.operations.peers import Connections
from almaty_graph.web.routes import register
from almaty_graph.web.services.lists import LISTS, is_list, read_list
from almaty_graph.web.services.requests import told
from almaty_graph.web.services.turns import Turns
from almaty_graph.web.services.uploads import MEDIA_TYPES, read_upload
from almaty_graph.web.services.validation import choose_output, read_all, tell_report

_MOST: Final = 10_000  # nodes judged of each shape


class Links:
    """The answers at `/links`."""

    def __init__(self, record: Record, validator: Validator, connections: Connections) -> None:
        self.record, self.validator, self.connections = record, validator, connections
        self._turns = Turns()

    def answer(self) -> Response:
        """The status of each IRI that is listed; of RDF, a report on what it says of us (SHACL)."""
        if request.method == "POST" and not is_list():
            return self._judge()
        asked = read_list(self.connections)
        if not asked:
            raise BadRequest(
                f"found no parameter 'iri'; name IRIs of ours with it, or POST a list ({', '.join(LISTS)}) "
                f"or RDF ({', '.join(MEDIA_TYPES)})"
            )
        found = [find_health(self.record, each).tell() for each in asked]
        return told({"results": found}, request.method == "GET")

    def _judge(self) -> Response:
        limits = self.validator.limits
        upload = read_upload(request.environ, self.connections, limits.document_bytes)
        given = upload.parameters
        given.update(request.args)
        data = upload.documents.get("data", ())
        if not data:
            raise BadRequest("found no RDF: send it as the body, or in the field 'data' of a form")
        output = choose_output(given)
        asked = Request(data, output=output, most=_MOST, links=True, seconds=limits.seconds)
        with self._turns.taken(self.connections.client(request.environ)):
            reply = self.validator.ask(asked, partial(self.connections.watching, request.environ))
        return tell_report(read_all(reply), f"{OUTPUTS[output].media_type}; charset=utf-8", reply)


def register_links(app: Flask, record: Record, validator: Validator, connections: Connections) -> None:
    """Answer at `/links`."""
    register(app, {"/links": Links(record, validator, connections).answer}, "POST")
