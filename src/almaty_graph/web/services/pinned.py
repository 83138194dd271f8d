"""Decides how a query is pinned: an address with query, release and hash gives the same for ever."""

import csv
import hashlib
import io
import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Final
from urllib.parse import urlencode

from flask import Response, redirect, render_template, request
from werkzeug.exceptions import BadRequest, Conflict
from werkzeug.wrappers import Response as BaseResponse

from almaty_graph.engine.client import Engine, Wish
from almaty_graph.engine.language.query import Query
from almaty_graph.formats import CSV, HTML, N_TRIPLES, Format, Kind, negotiate
from almaty_graph.release import Release
from almaty_graph.release.archive import Archive
from almaty_graph.release.catalogue.facts import Facts
from almaty_graph.terms import Term, iri, iri_value
from almaty_graph.web.operations.peers import Connections
from almaty_graph.web.portal.labels import Labels
from almaty_graph.web.portal.tables import read_csv
from almaty_graph.web.routes import Routes, origin_of
from almaty_graph.web.services.citing import Reference, sources_of

PATH: Final = "/pinned"
_TITLE: Final = re.compile(r"^\s*#\s*title:\s*(.*?)\s*$", re.MULTILINE)
_IRIS: Final = re.compile(r"<([^<>\"{}|^`\\\x00-\x20]+)>")
_JSON: Final = Format("JSON", "application/json", "json", Kind.PAGE)
_BIBTEX: Final = Format("BibTeX", "application/x-bibtex", "bib", Kind.PAGE)
_CSL: Final = Format("CSL-JSON", "application/vnd.citationstyles.csl+json", "csl", Kind.PAGE)


@dataclass(frozen=True)
class Pin:
    """A query, the hash of its answer in a release, and the answer."""

    query: str
    release: str
    form: Format
    answer: bytes

    @property
    def sha256(self) -> str:
        """The hash of the answer, of its bytes."""
        return hashlib.sha256(self.answer).hexdigest()

    @property
    def address(self) -> str:
        """The path that holds all of it."""
        held = {"query": self.query, "release": self.release, "sha256": self.sha256}
        return f"{PATH}?{urlencode(held)}"

    @property
    def rows(self) -> Counter[tuple[str, ...]]:
        """The rows of the answer, or its triples, each as often as it comes."""
        text = self.answer.decode()
        if self.form == N_TRIPLES:
            return Counter((line,) for line in text.splitlines())
        return Counter(map(tuple, csv.reader(io.StringIO(text, newline=""))))

    @property
    def named(self) -> set[Term]:
        """The IRIs in the answer."""
        if self.form == N_TRIPLES:
            return {iri(name) for name in _IRIS.findall(self.answer.decode())}
        cells = {cell for row in self.rows for cell in row}
        return {iri(cell) for cell in cells if _IRIS.fullmatch(f"<{cell}>")}


class Pinned:
    """Pins queries to one release, and says of what was pinned whether it still holds, and what is new since.

    `now` answers from the newest release, which is another one where this is an earlier.
    """

    def __init__(self, release: Release, engine: Engine, now: Engine, connections: Connections) -> None:
        self.release, self.engine, self.now, self.connections = release, engine, now, connections
        self.published = Archive(release).publication(release.name).moment
        self.labels = Labels(release.record)

    @cached_property
    def facts(self) -> Facts:
        """What the dataset says of itself, which is looked for in all of it."""
        return Facts.of(self.release.record)

    def pin(self) -> BaseResponse:
        """The pinned query in the form that is asked for; of one that is not pinned yet, where it would be.

        400 without a query; 409 if the answer has another hash, which of a release that is kept cannot be.
        """
        text, stated = request.args.get("query", ""), request.args.get("sha256")
        if not text.strip():
            raise BadRequest("found no query; ?query= has the one to be pinned")
        pin = self._answer(text, self.engine)
        if stated is None or "release" not in request.args:
            if self._answer(text, self.engine) != pin:
                raise BadRequest("this query cannot be pinned: asked twice, it has two answers")
            return redirect(pin.address, 303)
        if stated != pin.sha256:
            raise Conflict(f"the answer in release {pin.release} has SHA-256 {pin.sha256}, not {stated}")
        offer = (HTML, _JSON, pin.form, _BIBTEX, _CSL)
        return self._reply(pin, negotiate(request.headers.get("Accept"), offer))

    def _reply(self, pin: Pin, form: Format) -> Response:
        reference = self._reference(pin)
        if form == pin.form:
            reply = Response(pin.answer, content_type=form.content_type)
        elif form in (_BIBTEX, _CSL):
            text = reference.bibtex() if form == _BIBTEX else reference.csl()
            reply = Response(text, content_type=form.content_type)
        else:
            added, removed = self._changes(pin)
            if form == HTML:
                table = read_csv(pin.answer.decode()) if pin.form == CSV else None
                shown = {"table": table, "reference": reference, "added": added, "removed": removed}
                reply = Response(render_template("pinned.html", pin=pin, **shown))
            else:
                told = {
                    "query": pin.query,
                    "release": pin.release,
                    "published": self.published,
                    "sha256": pin.sha256,
                    "address": reference.url,
                    "sources": reference.sources,
                    "added": added,
                    "removed": removed,
                }
                text = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
                reply = Response(text, content_type=_JSON.media_type)
        reply.vary.add("Accept")
        return reply

    def _answer(self, text: str, engine: Engine) -> Pin:
        """The answer of an engine; BadRequest for what cannot be pinned, being of more than a release."""
        query = Query.parse(text)
        if query.asks_others:
            raise BadRequest(
                "a query with SERVICE cannot be pinned: what others answer is not of this release"
            )
        form = CSV if query.kind is Kind.TABLE else N_TRIPLES
        watch = partial(self.connections.watching, request.environ)
        wish = Wish(client=self.connections.client(request.environ), watch=watch)
        answer = engine.answer(query, form, wish).read()
        if form == N_TRIPLES:
            answer = b"".join(sorted(answer.splitlines(keepends=True)))
        return Pin(text, self.release.name, form, answer)

    def _reference(self, pin: Pin) -> Reference:
        title = _TITLE.search(pin.query)
        return Reference(
            key=f"almaty-process-{pin.sha256[:8]}",
            title=title[1] if title else f"Answer to a query of {self.facts.title}",
            author=self.facts.publisher,
            published=self.published,
            version=pin.release,
            url=origin_of(request.environ).rstrip("/") + pin.address,
            sha256=pin.sha256,
            sources=tuple(
                f"{self.labels.of(source)} ({iri_value(source)})"
                for source in sources_of(self.release.record, pin.named)
            ),
        )

    def _changes(self, pin: Pin) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
        """The rows that the newest release has more, and those that it has not."""
        if self.now is self.engine:
            return [], []
        then, now = pin.rows, self._answer(pin.query, self.now).rows
        return sorted((now - then).elements()), sorted((then - now).elements())


def pinned_routes(release: Release, engine: Engine, now: Engine, connections: Connections) -> Routes:
    """The route of pinned queries of a release, which are compared with what the newest answers."""
    return {PATH: Pinned(release, engine, now, connections).pin}
