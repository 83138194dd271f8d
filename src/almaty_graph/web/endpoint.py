"""Decides what the SPARQL endpoint understands: SPARQL 1.1 Protocol, queries only, errors told apart."""

from urllib.parse import parse_qsl

from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import BadRequest, LengthRequired, MethodNotAllowed, UnsupportedMediaType

from almaty_graph.engine.embedded import Engine
from almaty_graph.engine.query import Query
from almaty_graph.formats import GRAPHS, HTML, JSON, TABLES, Format, Kind, negotiate, prefers_page
from almaty_graph.web.tables import read_table

_FORM, _DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"
_METHODS = ["GET", "HEAD", "OPTIONS", "POST"]
Parameters = list[tuple[str, str]]


def create_endpoint(engine: Engine) -> Blueprint:
    """The routes of the endpoint at `/sparql`."""
    endpoint = Blueprint("endpoint", __name__)

    @endpoint.route("/sparql", methods=["GET", "POST"], provide_automatic_options=False)
    def sparql() -> Response:
        parameters = _parameters()
        if not parameters and request.method != "POST" and prefers_page(request.headers.get("Accept")):
            return Response(render_template("sparql.html", query=None, table=None))
        query = _query(parameters)
        form = negotiate(request.headers.get("Accept"), _offer(query))
        data = engine.answer(query, JSON if form == HTML else form, _seconds(parameters))
        if form == HTML:
            return Response(render_template("sparql.html", query=query.text, table=read_table(data)))
        return Response(data, content_type=form.content_type)

    @endpoint.route("/sparql", methods=["OPTIONS", "PUT", "PATCH", "DELETE"])
    def others() -> Response:
        if request.method != "OPTIONS":
            raise MethodNotAllowed(_METHODS, "the endpoint answers queries and changes nothing")
        allowed = {"Allow": ", ".join(_METHODS), "Access-Control-Allow-Methods": ", ".join(_METHODS)}
        return Response(
            status=204, headers={**allowed, "Access-Control-Allow-Headers": "Accept, Content-Type"}
        )

    return endpoint


def _offer(query: Query) -> tuple[Format, ...]:
    """The formats for the kind of result; a table can be a page too, if it is asked for by name."""
    return (*TABLES, HTML) if query.kind is Kind.TABLE else GRAPHS


def _parameters() -> Parameters:
    """The parameters of the request, decoded once, wherever the protocol lets them stand (2.1.1 to 2.1.3)."""
    parameters = _decode(request.query_string)
    if request.method != "POST":
        return parameters
    if request.content_length is None:
        raise LengthRequired("a body without Content-Length could be cut short unseen: send its length")
    if request.mimetype == _FORM:
        return parameters + _decode(request.get_data(cache=False))
    if request.mimetype == _DIRECT:
        charset = request.mimetype_params.get("charset", "utf-8").lower()
        if charset not in ("utf-8", "utf8"):
            raise UnsupportedMediaType(f"the query is in {charset}; send UTF-8")
        try:
            return [*parameters, ("query", request.get_data(cache=False).decode("utf-8"))]
        except UnicodeDecodeError as error:
            raise BadRequest(f"the query is not UTF-8: {error.reason} at byte {error.start}") from error
    raise UnsupportedMediaType(
        f"found {request.mimetype or 'no Content-Type'}; send the query as {_FORM} or {_DIRECT}"
    )


def _decode(text: bytes) -> Parameters:
    try:
        return parse_qsl(text.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=100)
    except UnicodeDecodeError as error:
        raise BadRequest(f"the parameters are not UTF-8: {error.reason} at byte {error.start}") from error
    except ValueError as error:
        raise BadRequest(f"the parameters cannot be read: {error}") from error


def _query(parameters: Parameters) -> Query:
    if any(name == "update" for name, _ in parameters):
        raise BadRequest("found a parameter 'update': the endpoint answers queries and changes nothing")
    texts = [value for name, value in parameters if name == "query"]
    if len(texts) != 1:
        raise BadRequest(f"found {len(texts) or 'no'} parameters 'query'; exactly one is needed")
    return Query.parse(
        texts[0],
        tuple(value for name, value in parameters if name == "default-graph-uri"),
        tuple(value for name, value in parameters if name == "named-graph-uri"),
    )


def _seconds(parameters: Parameters) -> float | None:
    """The time that the client allows, in seconds; it can only lower the server's limit."""
    value = next((value for name, value in parameters if name == "timeout"), None)
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0
    if not 0 < seconds < float("inf"):
        raise BadRequest(f"found timeout={value!r}; a number of seconds above 0 is needed")
    return seconds
