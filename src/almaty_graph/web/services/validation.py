"""Decides how RDF is validated over HTTP: what may be sent, how it is told, and who has to wait."""

import json
from functools import partial
from http import HTTPStatus
from typing import Any, Final, cast

from flask import Flask, Response, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

from almaty_graph.errors import InputError, NotFound
from almaty_graph.formats import HTML, TURTLE, Format, Kind, negotiate
from almaty_graph.names import document_path
from almaty_graph.release import Release
from almaty_graph.terms import iri, is_absolute
from almaty_graph.validation.asking import REGISTER, RELEASE, Limits, Reply, Request, Validator
from almaty_graph.validation.output import OUTPUTS
from almaty_graph.validation.report import Severity
from almaty_graph.web.operations.peers import Connections
from almaty_graph.web.portal.labels import Labels
from almaty_graph.web.portal.rules import Outcome, Rules
from almaty_graph.web.protocol.replies import NOT_KEPT
from almaty_graph.web.routes import origin_of
from almaty_graph.web.services.marking import anchor, mark, parts_of, problem_of, text_of
from almaty_graph.web.services.parts import Parts
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
_FIELDS: Final = ("data", "shapes")


class Validation:
    """The answers at `/validate`."""

    def __init__(self, validator: Validator, connections: Connections, release: Release) -> None:
        self.validator, self.connections, self.rules = validator, connections, Rules(release)
        self.parts, self.labels = Parts(release), Labels(release.record)
        self._turns = Turns()

    def show(self) -> str | Response:
        """The form; or how the part of our graph that `from` names, or the thing of `focus`, stands."""
        if "from" in request.args:
            return self._answer(Upload(MultiDict(), {}))
        if "focus" not in request.args:
            return self._page(Upload(MultiDict(), {}), None)
        thing = request.args["focus"]
        if not (is_absolute(thing) and self.rules.record.describes(iri(thing))):
            raise NotFound(f"nothing is published under {thing[:200]}")
        form = negotiate(request.headers.get("Accept"), (_STATUS, HTML))
        if form is HTML:
            return cast("Response", redirect(f"{document_path(thing) or '/'}#rules", 303))
        return Response(_status(thing, self.rules.of(iri(thing))), content_type=_STATUS.content_type)

    def validate(self) -> Response:
        """What was sent, held against the shapes sent with it or ours."""
        most = self.validator.limits.document_bytes
        return self._answer(read_upload(request.environ, self.connections, most, _FIELDS))

    def _answer(self, upload: Upload) -> Response:
        given = upload.parameters
        given.update(request.args)
        output = choose_output(given)
        try:
            self._prove_known(given.get("known"))
            upload = self._with_part(upload)
            asked = _request(upload, "json" if output == _PAGE else output, self.validator.limits)
            with self._turns.taken(self.connections.client(request.environ)):
                reply = self.validator.ask(asked, partial(self.connections.watching, request.environ))
        except (BadRequest, InputError, NotFound) as error:
            if output != _PAGE:
                raise
            return self._explain(upload, error)
        if output == _PAGE:
            report = json.loads(read_all(reply))
            return tell_report(self._page(upload, report).encode(), HTML.content_type, reply)
        return tell_report(read_all(reply), f"{OUTPUTS[output].media_type}; charset=utf-8", reply)

    def _with_part(self, upload: Upload) -> Upload:
        """What is sent, or in its place the part of our graph that is asked for."""
        given, sent = upload.parameters, upload.documents.get("data")
        name, use = given.get("from", "").strip(), given.get("use", "from")
        if use != "from" or not (name or "use" in given):
            return upload
        if not name:
            raise BadRequest("found no name: write which part of our graph is to be validated")
        if sent and "use" not in given:
            raise BadRequest(
                "found both data and from: send one of them, or say which with use=data or use=from"
            )
        part = self.parts.find(name, origin_of(request.environ))
        document = part.document
        if len(document.text) > self.validator.limits.document_bytes:
            raise BadRequest(f"{name[:200]} has {len(document.text):,} bytes, too many to be validated here")
        # What was known of another part may still stand in the form.
        given["known"] = REGISTER if given.get("known") == REGISTER else part.known
        given["format"] = TURTLE.suffix
        return Upload(given, {**upload.documents, "data": (document,)}, part.left_out)

    def _prove_known(self, known: str | None) -> None:
        if known and known not in (REGISTER, RELEASE) and not self.parts.is_graph(iri(known)):
            raise BadRequest(
                f"found known={known[:100]!r}; {REGISTER}, {RELEASE} or a graph of ours is needed"
            )

    def _explain(self, upload: Upload, error: BadRequest | InputError | NotFound) -> Response:
        """The page with what is wrong, and all that was sent."""
        detail = error.description or "" if isinstance(error, BadRequest) else str(error)
        status = HTTPStatus.NOT_FOUND if isinstance(error, NotFound) else HTTPStatus.BAD_REQUEST
        page = self._page(upload, {"problem": True, "results": [problem_of(detail)]})
        return Response(page, status, {"Cache-Control": NOT_KEPT}, content_type=HTML.content_type)

    def _page(self, upload: Upload, report: dict[str, Any] | None) -> str:
        documents = [each for field in _FIELDS for each in upload.documents.get(field, ())]
        results = report["results"][:_SHOWN] if report else []
        is_by_ours = not upload.documents.get("shapes")
        return render_template(
            "validate.html",
            report=report,
            results=results,
            parts=partial(parts_of, labels=self.labels, is_by_ours=is_by_ours),
            texts=mark(documents, results),
            anchor=anchor,
            left_out=upload.left_out,
            given={
                **upload.parameters,
                **{field: "\n".join(map(text_of, upload.documents.get(field, ()))) for field in _FIELDS},
            },
            limits_here=self.validator.limits,
            media_types=MEDIA_TYPES,
        )


def register_validation(app: Flask, release: Release, validator: Validator, connections: Connections) -> None:
    """Answer at `/validate`."""
    validation = Validation(validator, connections, release)
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


def _request(upload: Upload, output: str, limits: Limits) -> Request:
    given = upload.parameters
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
        known=given.get("known") or REGISTER,
        seconds=limits.seconds,
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
