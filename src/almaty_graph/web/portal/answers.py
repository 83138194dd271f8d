"""Decides how readers are shown what the endpoint has found: a table, a picture of it, a graph, an error."""

import re
from collections.abc import Mapping
from typing import Final

from flask import Response, render_template, request
from werkzeug.exceptions import BadRequest

from almaty_graph.formats import GRAPHS, JSON, SVG, TABLES
from almaty_graph.web.operations.telemetry import OUTCOME
from almaty_graph.web.pictures.choosing import PICTURES
from almaty_graph.web.portal.tables import read_table
from almaty_graph.web.protocol.replies import NOT_KEPT
from almaty_graph.web.protocol.shown import Page
from almaty_graph.web.routes import origin_of

# What only a picture has to do with, by parameter.
_OFPICTURES: Final = dict.fromkeys(("view", "label", "number", "begin", "end"))
_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def show_outcome() -> Response | None:
    """What the endpoint has found, if it was asked: an error for the handlers of errors, or a page."""
    outcome = request.environ.get(OUTCOME)
    if outcome is None:
        return None
    if isinstance(outcome, Exception):
        raise outcome
    headers = {} if outcome.is_kept else {"Cache-Control": NOT_KEPT}
    given = dict(reversed(outcome.parameters))
    if given.get("download") == SVG.suffix:
        return Response(_picture_file(outcome, given), headers=headers, content_type=SVG.content_type)
    return Response(_page(outcome, given), headers=headers)


def _page(page: Page, given: Mapping[str, str]) -> str:
    table = read_table(page.data) if page.query and page.form == JSON else None
    graph = page.data.decode() if page.query and table is None else None
    reasons = {name: why(table) for name, (why, _) in PICTURES.items()} if table else {}
    view = given["view"] if given.get("view") in reasons else ""
    picture = PICTURES[view][1](table, given) if table and view and not reasons[view] else None
    shown = {"table": table, "graph": graph, "empty": page.empty, "formats": TABLES if table else GRAPHS}
    pictured = {"view": view, "picture": picture, "reasons": reasons, "without_picture": _OFPICTURES}
    return render_template("sparql.html", page=page, query=page.query, **shown, **pictured)


def _picture_file(page: Page, given: Mapping[str, str]) -> str:
    """The picture as a file of its own; BadRequest says why there is none."""
    table, view = read_table(page.data), given.get("view", "")
    if view not in PICTURES:
        raise BadRequest(f"found view={view!r}; as SVG there is {' or '.join(PICTURES)}")
    why, draw = PICTURES[view]
    picture = draw(table, given) if not (reason := why(table)) else None
    if picture is None:
        raise BadRequest(f"there is no {view} of this answer: {reason or 'nothing in it can be drawn'}")
    here = origin_of(request.environ).rstrip("/")
    return _NOT_IN_XML.sub("\ufffd", render_template("answer.svg", picture=picture, view=view, here=here))
