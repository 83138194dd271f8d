"""Decides how IRIs answer: things by 303, documents in the format that is asked for by header or suffix."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from almaty_graph import turtle
from almaty_graph.errors import NotFound
from almaty_graph.formats import DOCUMENTS, HTML, TURTLE, Format, by_suffix, negotiate
from almaty_graph.names import BASE, DATASET, GRAPH, ID, SOURCE
from almaty_graph.release import Release, media_type_of
from almaty_graph.release.dumps import print_triples
from almaty_graph.release.quality import FILE as QUALITY_FILE
from almaty_graph.terms import Quad, iri
from almaty_graph.web.portal.periods import asked_day
from almaty_graph.web.portal.views import Views
from almaty_graph.web.routes import Routes

_KEPT = {"/report": "report.ttl", "/context.jsonld": "context.jsonld"}


@dataclass(frozen=True)
class _Asked:
    """What is asked for: the path without a suffix that names a format, and the format."""

    path: str
    form: Format


class Documents:
    """The answers that a release gives at its IRIs."""

    def __init__(self, release: Release) -> None:
        self.release, self.record, self.views = release, release.record, Views(release)

    def thing(self, name: str) -> BaseResponse:
        """See other: a thing is not a document (RFC 9110, 15.4.4)."""
        if not self.record.describes(iri(ID + name)):
            raise NotFound(f"nothing is published under {ID}{name}")
        return redirect(f"/doc/{name}", 303)

    def document(self, name: str) -> Response:
        """The document about a thing."""
        return self._about("/doc/", ID, name)

    def source(self, name: str) -> Response:
        """The document about a source, its passages included."""
        return self._about("/source/", SOURCE, name)

    def graph(self, name: str) -> Response:
        """A named graph."""
        asked = _asked(f"/graph/{name}")
        term = iri(GRAPH + asked.path.removeprefix("/graph/"))
        quads = self.record.graph(term)
        if not quads:
            raise NotFound(f"there is no graph {term[1:-1]}")
        return self._reply(asked, quads, lambda: self.views.graph(term, quads))

    def dataset(self, suffix: str = "") -> Response:
        """The description of the dataset (VoID, DCAT); its page for people."""
        asked = _asked(f"/dataset{suffix}", "/dataset")
        described = turtle.parse(self.release.read("description.ttl"), "description.ttl")
        quads = [Quad(*triple, iri(DATASET)) for triple, _ in described]
        return self._reply(asked, quads, lambda: self.views.thing(iri(DATASET), asked.path))

    def ontology(self, suffix: str = "") -> Response:
        """The vocabulary."""
        asked = _asked(f"/def{suffix}", "/def")
        return self._reply(asked, self.record.graph(iri(GRAPH + "ontology")), self.views.ontology)

    def shapes(self, suffix: str = "") -> Response:
        """The shapes; what each of them asks, for people."""
        asked = _asked(f"/shapes{suffix}", "/shapes", (HTML, TURTLE))
        if asked.form == HTML:
            return Response(render_template("shapes.html", shapes=self.views.rules.told))
        return Response(self.release.read("shapes.ttl"), content_type=TURTLE.content_type)

    def quality(self, suffix: str = "") -> Response:
        """The figures of the release and the outcome of each rule (DQV, EARL)."""
        asked = _asked(f"/quality{suffix}", "/quality")
        parsed = turtle.parse(self.release.read(QUALITY_FILE), QUALITY_FILE)
        quads = [Quad(*triple, iri(DATASET)) for triple, _ in parsed]
        return self._reply(asked, quads, self.views.quality)

    def kept_file(self) -> Response:
        """A file of the release that has a name of its own on the web."""
        name = _KEPT[request.path]
        content_type = TURTLE.content_type if name.endswith(".ttl") else media_type_of(name)
        return Response(self.release.read(name), content_type=content_type)

    def _about(self, folder: str, namespace: str, name: str) -> Response:
        asked = _asked(folder + name)
        term = iri(namespace + asked.path.removeprefix(folder))
        if not self.record.describes(term):
            raise NotFound(f"nothing is published under {term[1:-1]}")
        quads = self.record.document(term)
        return self._reply(asked, quads, lambda: self.views.thing(term, asked.path, asked_day()))

    def _reply(self, asked: _Asked, quads: list[Quad], page: Callable[[], str]) -> Response:
        data = (
            page()
            if asked.form == HTML
            else print_triples((quad.triple for quad in quads), asked.form, self.release.context)
        )
        response = Response(data, content_type=asked.form.content_type)
        if asked.form != HTML:
            response.headers["Content-Location"] = f"{asked.path}.{asked.form.suffix}"
        return response


def document_routes(release: Release) -> Routes:
    """The routes at which the IRIs of a release are answered."""
    documents = Documents(release)
    return {
        "/id/<path:name>": documents.thing,
        "/doc/<path:name>": documents.document,
        "/source/<path:name>": documents.source,
        "/graph/<path:name>": documents.graph,
        "/dataset": documents.dataset,
        "/dataset<suffix>": documents.dataset,
        "/def": documents.ontology,
        "/def<suffix>": documents.ontology,
        "/quality": documents.quality,
        "/quality<suffix>": documents.quality,
        "/shapes": documents.shapes,
        "/shapes<suffix>": documents.shapes,
        **dict.fromkeys(_KEPT, documents.kept_file),
    }


def _asked(path: str, only: str | None = None, offer: tuple[Format, ...] = DOCUMENTS) -> _Asked:
    """What a path asks for, by suffix or else by header; NotFound if it must be one path and is another."""
    stem, dot, suffix = path.rpartition(".")
    form = by_suffix(suffix, offer) if dot else None
    asked = _Asked(stem, form) if form else _Asked(path, negotiate(request.headers.get("Accept"), offer))
    if only is not None and asked.path != only:
        raise NotFound(f"nothing is published under {BASE}{path.removeprefix('/')}")
    return asked
