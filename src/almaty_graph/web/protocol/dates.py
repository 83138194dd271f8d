"""Decides when a release was last modified: when its dataset says that it was, for builds have no clock."""

from datetime import UTC, datetime

from flask import Response, request
from werkzeug.http import http_date

from almaty_graph.names import DATASET, DCTERMS
from almaty_graph.release.record import Record
from almaty_graph.terms import iri, text_of
from almaty_graph.web.protocol.replies import NOT_KEPT

_EPOCH = "1970-01-01"


def modified_at(record: Record) -> datetime:
    """When a dataset says that it was modified, or else issued."""
    stated = record.values(iri(DATASET), iri(DCTERMS + "modified"), iri(DCTERMS + "issued"))
    moment = datetime.fromisoformat(text_of(stated[0]) if stated else _EPOCH)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def last_modified(record: Record) -> str:
    """The date for Last-Modified (RFC 9110, 8.8.2): the dataset's dcterms:modified, else dcterms:issued."""
    return http_date(modified_at(record))


def tell_modified(modified: str, response: Response) -> Response:
    """A reply with that date, if it is of the release: a style sheet is not, nor are other releases."""
    response.headers.pop("Last-Modified", None)
    is_kept = response.headers.get("Cache-Control") != NOT_KEPT
    if response.status_code == 200 and is_kept and not request.path.startswith(("/static/", "/release")):
        response.headers["Last-Modified"] = modified
    return response
