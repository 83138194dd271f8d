"""Decides how the state of then is found: timegates, timemaps, and their links (Memento, RFC 7089)."""

import re
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from flask import Flask, Response, redirect, request
from werkzeug.exceptions import BadRequest
from werkzeug.http import http_date, parse_date
from werkzeug.wrappers import Response as BaseResponse

from almaty_graph.errors import NotFound
from almaty_graph.formats import DOCUMENTS, LINKSETS, by_suffix
from almaty_graph.names import BASE
from almaty_graph.release.archive import Archive
from almaty_graph.release.log import Publication
from almaty_graph.web.linked.signposts import LINK_FORMAT, TIMEGATE, TIMEMAP
from almaty_graph.web.routes import origin_of

Environ = dict[str, Any]
RELEASE: Final = "release"


class Mementos:
    """What is kept of each address: its states in the releases that have it."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive

    def gate(self, asked: str) -> BaseResponse:
        """Found: what was there at a moment, the newest without one (RFC 7089, 4.1)."""
        path, date = _path_of(asked), request.headers.get("Accept-Datetime")
        known = self._known(path)
        moment = parse_date(date) if date else known[-1].at
        if moment is None:
            right = http_date(known[0].at)
            raise BadRequest(f"found Accept-Datetime: {date}; a date such as {right} is right")
        before = [each for each in known if each.at <= moment]
        chosen = before[-1] if before else known[0]
        reply = redirect(with_release(quote(path), chosen.release, request.query_string.decode()))
        reply.headers["Link"] = links_of(path, request.environ)
        reply.vary.update(("Accept", "Accept-Datetime"))
        return reply

    def map(self, asked: str) -> Response:
        """All mementos of an address (RFC 7089, 5)."""
        path, here = _path_of(asked), origin_of(request.environ).rstrip("/")
        known, rows = self._known(path), [links_of(path, request.environ, here)]
        for each in known:
            ends = [name for name, end in (("first", known[0]), ("last", known[-1])) if each is end]
            there = with_release(quote(path), each.release, request.query_string.decode())
            relation = " ".join([*ends, "memento"])
            rows.append(f'<{here}{there}>; rel="{relation}"; datetime="{http_date(each.at)}"')
        return Response(",\n".join(rows) + "\n", content_type=LINK_FORMAT)

    def _known(self, path: str) -> list[Publication]:
        """The releases that have what is at a path, the oldest first; NotFound if none has.

        Of other paths than those of documents about things all are told to have it.
        """
        about = path.replace("/doc/", "/id/", 1)
        stem, _, suffix = about.rpartition(".")
        names = [about, stem] if by_suffix(suffix, (*DOCUMENTS, *LINKSETS)) else [about]
        is_thing = about.startswith(("/id/", "/source/"))
        known = [
            each
            for each in self.archive.kept
            if not is_thing or any(self.archive.names(each.release, BASE + name[1:]) for name in names)
        ]
        if not known:
            raise NotFound(f"no release that is kept has {path}")
        return known


def register_mementos(app: Flask, archive: Archive) -> None:
    """Answer at timegates and timemaps: there is one for each address, written whole or as a path."""
    mementos = Mementos(archive)
    for place, view in ((TIMEGATE, mementos.gate), (TIMEMAP, mementos.map)):
        app.add_url_rule(f"{place}/<path:asked>", place[1:], view, merge_slashes=False)


def with_release(address: str, release: str, query: str = "") -> str:
    """A path with its query, or with another one, and the release besides."""
    parts = urlsplit(address)
    kept = [each for each in parse_qsl(query or parts.query, keep_blank_values=True) if each[0] != RELEASE]
    return urlunsplit(parts._replace(query=urlencode([*kept, (RELEASE, release)])))


def address_of_now(path: str, query: str) -> str:
    """The path with its query, but for the release: the state of now is there."""
    kept = [each for each in parse_qsl(query, keep_blank_values=True) if each[0] != RELEASE]
    return quote(path) + (f"?{urlencode(kept)}" if kept else "")


def links_of(path: str, environ: Environ, here: str = "") -> str:
    """Links to the state of now, and to where those of then are found."""
    asked = address_of_now(path, environ["QUERY_STRING"])
    return (
        f'<{here}{asked}>; rel="original", <{here}{TIMEGATE}{asked}>; rel="timegate", '
        f'<{here}{TIMEMAP}{asked}>; rel="timemap"; type="{LINK_FORMAT}"'
    )


def _path_of(asked: str) -> str:
    """The path that a timegate is asked for, as a path or whole; NotFound for what is elsewhere.

    It has one slash at its beginning: with two it would lead to another host.
    """
    asked = re.sub(r"^(https?):/+", r"\1://", asked)  # a server on the way may have made one slash of two
    here = origin_of(request.environ)
    for place in (BASE, here):
        asked = asked.removeprefix(place)
    if re.match("https?:", asked):
        raise NotFound(f"{asked} is not here: only what begins with {here} or {BASE} is")
    return "/" + asked.lstrip("/\\")
