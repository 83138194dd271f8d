"""Decides how RDF is validated over HTTP: what may be sent, how it is told, and who has to wait."""

import json
from functools import partial
from typing import Any, Final, cast

from flask import Flask, Response, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

from almaty_graph.errors import NotFound
from almaty_graph.formats import HTML, Format, Kind, negotiate
from almaty_graph.names import document_path
from almaty_graph.release import Release
from almaty_graph.terms import iri, is_absolute
from almaty_graph.validation.asking import Reply, Request, Validator
from almaty_graph.validation.documents import Document
from almaty_graph.validation.output import OUTPUTS
from almaty_graph.validation.report import Severity
from almaty_graph.web.operations.peers import Connections
from almaty_graph.web.portal.rules import Outcome, Rules
from almaty_graph.web.protocol.replies import NOT_KEPT
from almaty_graph.web.services.turns import Turns
from almaty_graph.web.services.uploads import MEDIA_TYPES, Upload, read_upload

_PAGE: Final = "html"  # of the portal's own making; the rest is written by the validation
# Of two outputs with one media type, the first is meant by that.
_OFFER: Final = (
    *(
        Format(name, each.media_type, each.suffix, Kind.GRAPH)
        for name, each in OUTPUTS.items()
        if name not in (_PAGE, "github")
    ),
    HTML,
)
_STATUS: Final = Format("JSON", "application/json", "json", Kind.TABLE)
_MOST: Final = 10_000  # nodes judged of each shape
_SHOWN: Final = 200  # results on a page


class Validation:
    """The answers at `/validate`."""

    def __init__(self, validator: Validator, connections: Connections, rules: Rules) -> None:
        self.validator, self.connections, self.rules = validator, connections, rules
        self._turns = Turns()

    def show(self) -> str | Response:
        """How the thing that `focus` names stands before the shapes; without one, the form."""
        if "focus" not in request.args:
            return render_template("validate.html", **self._page(Upload(MultiDict(), {}), None))
        thing = request.args["focus"]
        if not (is_absolute(thing) and self.rules.record.describes(iri(thing))):
            raise NotFound(f"nothing is published under {thing[:200]}")
        form = negotiate(request.headers.get("Accept"), (_STATUS, HTML))
        if form is HTML:
            return cast("Response", redirect(f"{document_path(thing) or '/'}#rules", 303))
        return Response(_status(thing, self.rules.of(iri(thing))), content_type=_STATUS.content_type)

    def validate(self) -> Response:
        """What was sent, held against the shapes sent with it or ours."""
        limits = self.validator.limits
        upload = read_upload(request.environ, self.connections, limits.document_bytes, ("data", "shapes"))
        given = upload.parameters
        given.update(request.args)
        output = choose_output(given)
        asked = _request(upload, given, "json" if output == _PAGE else output, limits.seconds)
        with self._turns.taken(self.connections.client(request.environ)):
            reply = self.validator.ask(asked, partial(self.connections.watching, request.environ))
        if output == _PAGE:
            page = render_template("validate.html", **self._page(upload, reply))
            return tell_report(page.encode(), HTML.content_type, reply)
        return tell_report(read_all(reply), f"{OUTPUTS[output].media_type}; charset=utf-8", reply)

    def _page(self, upload: Upload, reply: Reply | None) -> dict[str, Any]:
        report = json.loads(read_all(reply)) if reply else None
        documents = upload.documents.get("data", ())
        return {
            "report": report,
            "texts": [(each.name, _lines(each, report)) for each in documents],
            "given": {
                field: "\n".join(map(_text, upload.documents.get(field, ()))) for field in ("data", "shapes")
            },
            "limits_here": self.validator.limits,
            "media_types": MEDIA_TYPES,
            "severities": [each.value for each in Severity],
            "shown": _SHOWN,
        }


def register_validation(app: Flask, release: Release, validator: Validator, connections: Connections) -> None:
    """Answer at `/validate`."""
    validation = Validation(validator, connections, Rules(release))
    app.get("/validate")(validation.show)
    app.post("/validate")(validation.validate)


def _status(thing: str, outcomes: list[Outcome]) -> str:
    """How a thing stands, as JSON: each rule that it is held against, and what was found of it."""
    told = {
        "focus": thing,
        "conforms": not any(each.found for each in outcomes),
        "rules": [
            {
                "rule": each.rule.name[1:-1],
                "severity": each.rule.severity.value,
                "asks": each.rule.sentence,
                "kept": not each.found,
                "messages": list(each.found),
            }
            for each in outcomes
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def choose_output(given: MultiDict[str, str]) -> str:
    """The output that a parameter names, or that the header likes best; BadRequest for one that is none."""
    named = given.get("output")
    if named is None:
        accepted = negotiate(request.headers.get("Accept"), _OFFER)
        return _PAGE if accepted is HTML else accepted.name
    if named not in OUTPUTS:
        raise BadRequest(f"found output={named[:100]!r}; one of {', '.join(OUTPUTS)} is needed")
    return named


def _request(upload: Upload, given: MultiDict[str, str], output: str, seconds: float) -> Request:
    if not upload.documents.get("data"):
        raise BadRequest("found no data: send them as the body, or in the field 'data' of a form")
    severity = given.get("severity", Severity.INFO.value).capitalize()
    if severity not in {each.value for each in Severity}:
        raise BadRequest(f"found severity={severity[:100]!r}; violation, warning or info is needed")
    most = given.get("max", str(_MOST))
    if not (most.isascii() and most.isdigit() and 0 < int(most[:9]) <= _MOST):
        raise BadRequest(f"found max={most[:100]!r}; a number from 1 to {_MOST:,} is needed")
    return Request(
        data=upload.documents["data"],
        shapes=upload.documents.get("shapes", ()),
        output=output,
        severity=severity,
        only=tuple(filter(None, given.getlist("shape"))),
        focus=tuple(filter(None, given.getlist("focus"))),
        most=int(most),
        seconds=seconds,
    )


def read_all(reply: Reply) -> bytes:
    """The bytes of a validation, whether they lie in a file or not."""
    if isinstance(reply.data, bytes):
        return reply.data
    with reply.data as file:
        return file.read()


def tell_report(body: bytes, content_type: str, reply: Reply) -> Response:
    """A report, which is a success whatever it says; a header tells that in short (RFC 8941)."""
    counts = ", ".join(f"{name.lower()}s={number}" for name, number in reply.counts.items())
    headers = {"Cache-Control": NOT_KEPT, "Validation": f"conforms=?{int(reply.conforms)}, {counts}"}
    return Response(body, headers=headers, content_type=content_type)


def _lines(document: Document, report: dict[str, Any] | None) -> list[tuple[int, str, list[dict[str, Any]]]]:
    """The lines of a document that results stand at, and those around them, each with its results."""
    results: dict[int, list[dict[str, Any]]] = {}
    for each in report["results"] if report else ():
        place = each["place"] or {}
        if place.get("file") == document.name and place.get("line"):
            results.setdefault(place["line"], []).append(each)
    near = {line + step for line in results for step in (-2, -1, 0, 1, 2)}
    text = dict(enumerate(_text(document).split("\n"), start=1))
    return [(number, text[number], results.get(number, [])) for number in sorted(near & text.keys())]


def _text(document: Document) -> str:
    return document.text.decode(errors="replace")
