"""Decides how a release is put on the web: one application, one shape of error, headers on every reply."""

import json
from http import HTTPStatus

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from almaty_graph.engine.embedded import Engine
from almaty_graph.errors import (
    AlmatyError,
    EngineError,
    LimitReached,
    NotAcceptable,
    NotFound,
    QueryError,
    QueryTooLong,
    TimeLimitReached,
)
from almaty_graph.formats import HTML, prefers_page
from almaty_graph.release import Release
from almaty_graph.web.documents import document_routes
from almaty_graph.web.endpoint import create_endpoint
from almaty_graph.web.labels import Labels
from almaty_graph.web.pages import page_routes
from almaty_graph.web.routes import register

# The first class that fits decides: subclasses stand before their bases.
_STATUS: tuple[tuple[type[AlmatyError], HTTPStatus], ...] = (
    (QueryTooLong, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (QueryError, HTTPStatus.BAD_REQUEST),
    (NotFound, HTTPStatus.NOT_FOUND),
    (NotAcceptable, HTTPStatus.NOT_ACCEPTABLE),
    (TimeLimitReached, HTTPStatus.GATEWAY_TIMEOUT),
    (LimitReached, HTTPStatus.INSUFFICIENT_STORAGE),
    (EngineError, HTTPStatus.SERVICE_UNAVAILABLE),
    (AlmatyError, HTTPStatus.INTERNAL_SERVER_ERROR),
)
_BODY_BYTES = 256 * 1024
_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def create_app(release: Release, engine: Engine) -> Flask:
    """The WSGI application that publishes a release, its queries answered by an engine."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = _BODY_BYTES
    app.url_map.strict_slashes = False
    labels = Labels(release.record)
    app.jinja_env.globals.update(release=release, label=labels.of, short=labels.short)
    app.jinja_env.globals.update(name=labels.compact, link=labels.link)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.register_blueprint(create_endpoint(engine))
    register(app, document_routes(release))
    register(app, page_routes(release, engine))
    app.register_error_handler(AlmatyError, _explain)
    app.register_error_handler(HTTPException, _explain_http)
    app.register_error_handler(Exception, _explain_fault)
    app.after_request(_finish)
    return app


def _explain(error: AlmatyError) -> Response:
    status = next(status for kind, status in _STATUS if isinstance(error, kind))
    known = {name: getattr(error, name, None) for name in ("line", "column", "offer")}
    response = _problem(status, str(error), {name: value for name, value in known.items() if value})
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = "1"
    return response


def _explain_http(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return Response(error.get_body(), error.code, error.get_headers())
    detail = error.description or error.name
    if error.code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        detail = f"the body is larger than {_BODY_BYTES:,} bytes, the limit"
    response = _problem(HTTPStatus(error.code), detail, {})
    for name, value in error.get_headers():
        if name == "Allow":
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


def _finish(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.vary.add("Accept")
    return response
