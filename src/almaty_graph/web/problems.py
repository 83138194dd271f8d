"""Decides how an error is told: one shape (RFC 9457), the status that fits, a page for readers."""

import json
from http import HTTPStatus

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from almaty_graph.errors import (
    AlmatyError,
    EngineError,
    InputError,
    LimitReached,
    NotAcceptable,
    NotFound,
    QueryError,
    QueryTooLong,
    ReleaseGone,
    RemoteError,
    TimeLimitReached,
    TooManyQueries,
)
from almaty_graph.formats import HTML, prefers_page

# Seconds after which to ask again.
_AGAIN = {
    HTTPStatus.SERVICE_UNAVAILABLE: "1",
    HTTPStatus.BAD_GATEWAY: "5",
    HTTPStatus.TOO_MANY_REQUESTS: "5",
}
# The first class that fits decides: subclasses stand before their bases.
_STATUS: tuple[tuple[type[AlmatyError], HTTPStatus], ...] = (
    (QueryTooLong, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (QueryError, HTTPStatus.BAD_REQUEST),
    (InputError, HTTPStatus.BAD_REQUEST),
    (NotFound, HTTPStatus.NOT_FOUND),
    (ReleaseGone, HTTPStatus.GONE),
    (NotAcceptable, HTTPStatus.NOT_ACCEPTABLE),
    (TimeLimitReached, HTTPStatus.GATEWAY_TIMEOUT),
    (LimitReached, HTTPStatus.INSUFFICIENT_STORAGE),
    (TooManyQueries, HTTPStatus.TOO_MANY_REQUESTS),
    (RemoteError, HTTPStatus.BAD_GATEWAY),
    (EngineError, HTTPStatus.SERVICE_UNAVAILABLE),
    (AlmatyError, HTTPStatus.INTERNAL_SERVER_ERROR),
)


def handle_errors(app: Flask) -> None:
    """Have an application tell every error in this way."""
    app.register_error_handler(AlmatyError, _explain)
    app.register_error_handler(HTTPException, _explain_http)
    app.register_error_handler(Exception, _explain_fault)


def _explain(error: AlmatyError) -> Response:
    status = next(status for kind, status in _STATUS if isinstance(error, kind))
    known = {name: getattr(error, name, None) for name in ("line", "column", "offer")}
    response = _problem(status, str(error), {name: value for name, value in known.items() if value})
    if status in _AGAIN:
        response.headers["Retry-After"] = _AGAIN[status]
    return response


def _explain_http(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return Response(error.get_body(), error.code, error.get_headers())
    response = _problem(HTTPStatus(error.code), error.description or error.name, {})
    for name, value in error.get_headers():
        if name in {"Allow", "Accept-Encoding", "Retry-After"}:
            response.headers[name] = value
    return response


def _explain_fault(error: Exception) -> Response:
    request_line = f"{request.method} {request.path}"
    request.environ["wsgi.errors"].write(f"fault in {request_line}: {type(error).__name__}: {error}\n")
    return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "an error of ours, now in the log of the server", {})


def _problem(status: HTTPStatus, detail: str, more: dict[str, object]) -> Response:
    """An error (RFC 9457); as a page for clients that like HTML better than JSON."""
    problem = {"title": status.phrase, "status": status.value, "detail": detail} | more
    if prefers_page(request.headers.get("Accept")):
        page = render_template("problem.html", problem=problem)
        return Response(page, status, content_type=HTML.content_type)
    return Response(json.dumps(problem) + "\n", status, content_type="application/problem+json")
