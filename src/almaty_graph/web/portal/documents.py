"""Decides how IRIs answer: things by 303, documents in the format that is asked for by header or suffix."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from flask import Response, redirect, render_template, request
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from almaty_graph import turtle
from almaty_graph.errors import NotFound
from almaty_graph.formats import DOCUMENTS, HTML, JSON_LD, LINKSETS, TURTLE, Format, by_suffix, negotiate
from almaty_graph.linking.retired import Retired, find_retired
from almaty_graph.names import BASE, DATASET, DEF, GRAPH, ID, OWL, SOURCE, path_of
from almaty_graph.release import Release
from almaty_graph.release.dumps import print_framed, print_triples
from almaty_graph.release.media import media_type_of
from almaty_graph.release.quality import FILE as QUALITY_FILE
from almaty_graph.terms import Quad, Term, iri, iri_value
from almaty_graph.web.linked.frames import Frames
from almaty_graph.web.linked.signposts import Signposts, print_header
from almaty_graph.web.linked.vocabulary import without_variables
from almaty_graph.web.portal.periods import asked_day
from almaty_graph.web.portal.views import Views
from almaty_graph.web.protocol.languages import page_language
from almaty_graph.web.routes import Routes

_KEPT = {"/report": "report.ttl", "/context.jsonld": "context.jsonld"}
# A context says nothing new to who has it: its terms may be added to, and are never given another meaning.
_LONG = "public, max-age=604800"
_DATA = (*(form for form in DOCUMENTS if form != HTML), *LINKSETS)
_WITHOUT = (HTML, *LINKSETS)  # forms in which no statement is printed
_VARY = "Accept, Accept-Language"
_FRAMED_TRIPLES = 5_000  # PyLD takes 3 s for 3,800
_FRAMED = f'{JSON_LD.media_type};profile="http://www.w3.org/ns/json-ld#framed"'


@dataclass(frozen=True)
class _Asked:
    """What is asked for: the path without a suffix that names a format, the format, the class to frame."""

    path: str
    form: Format
    frame: str = ""


class Documents:
    """The answers that a release gives at its IRIs."""

    def __init__(self, release: Release, signposts: Signposts) -> None:
        self.release, self.record, self.views = release, release.record, Views(release)
        self.signposts, self.frames = signposts, Frames(release.record, release.context)

    def thing(self, name: str) -> BaseResponse:
        """See other: a thing is not a document (RFC 9110, 15.4.4)."""
        term = iri(ID + name)
        if not self.record.describes(term):
            raise NotFound(f"nothing is published under {ID}{name}")
        if retired := find_retired(self.record, term):
            return self._given_up(_asked(f"/doc/{name}"), retired, suffix="")
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
        if term not in self.record.sizes:
            raise NotFound(f"there is no graph {term[1:-1]}")
        quads = [] if asked.form in _WITHOUT else self.record.graph(term)
        return self._reply(asked, term, quads, lambda: self.views.graph(term))

    def dataset(self, suffix: str = "") -> Response:
        """The description of the dataset (VoID, DCAT); its page for people."""
        asked = _asked(f"/dataset{suffix}", "/dataset")
        described = turtle.parse(self.release.read("description.ttl"), "description.ttl")
        quads = [Quad(*triple, iri(DATASET)) for triple, _ in described]
        return self._reply(asked, iri(DATASET), quads, lambda: self.views.thing(iri(DATASET), asked.path))

    def ontology(self, suffix: str = "") -> Response:
        """The vocabulary."""
        asked, term = _asked(f"/def{suffix}", "/def"), iri(BASE + "def")
        return self._reply(asked, term, self.record.graph(iri(GRAPH + "ontology")), self.views.ontology)

    def diagram(self) -> Response:
        """The classes of the vocabulary and what connects them, as a picture."""
        return Response(self.views.diagram(), content_type="image/svg+xml")

    def term(self, name: str) -> BaseResponse:
        """The document about a term of the vocabulary; a version of it is the one that is here."""
        if self.record.subjects(iri(OWL + "versionIRI"), iri(f"{BASE}def/{name}")):
            return redirect("/def", 303)
        asked = _asked(f"/def/{name}")
        term, vocabulary = iri(DEF + asked.path.removeprefix("/def/")), self.views.vocabulary
        if not vocabulary.is_term(term):
            raise NotFound(f"the vocabulary has no term {term[1:-1]}")
        quads = vocabulary.document(term)
        return self._reply(asked, term, quads, lambda: self.views.term(term, asked.path))

    def question_data(self, name: str) -> Response:
        """A recorded question as data; its page is another's."""
        asked, term = _asked(request.path), iri(BASE + f"questions/{name}")
        if not self.record.describes(term):
            raise NotFound(f"there is no recorded question {name}")
        return self._reply(asked, term, self.record.of(term), lambda: "")

    def shapes(self, suffix: str = "") -> Response:
        """The shapes; what each of them asks, for people."""
        asked = _asked(f"/shapes{suffix}", "/shapes", (HTML, TURTLE))
        if asked.form == HTML:
            shapes = self.views.rules.told(page_language())
            return Response(render_template("shapes.html", shapes=shapes, plain=without_variables))
        return Response(self.release.read("shapes.ttl"), content_type=TURTLE.content_type)

    def quality(self, suffix: str = "") -> Response:
        """The figures of the release and the outcome of each rule (DQV, EARL)."""
        asked = _asked(f"/quality{suffix}", "/quality")
        parsed = turtle.parse(self.release.read(QUALITY_FILE), QUALITY_FILE)
        quads = [Quad(*triple, iri(DATASET)) for triple, _ in parsed]
        return self._reply(asked, iri(BASE + "quality"), quads, self.views.quality)

    def kept_file(self) -> Response:
        """A file of the release that has a name of its own on the web."""
        name = _KEPT[request.path]
        content_type = TURTLE.content_type if name.endswith(".ttl") else media_type_of(name)
        headers = {"Cache-Control": _LONG} if name == "context.jsonld" else {}
        return Response(self.release.read(name), content_type=content_type, headers=headers)

    def _about(self, folder: str, namespace: str, name: str) -> Response:
        asked = _asked(folder + name)
        term = iri(namespace + asked.path.removeprefix(folder))
        if not self.record.describes(term):
            raise NotFound(f"nothing is published under {term[1:-1]}")
        if retired := find_retired(self.record, term):
            return self._given_up(asked, retired, name.removeprefix(asked.path.removeprefix(folder)))
        quads = [] if asked.form in _WITHOUT else self.record.document(term)
        return self._reply(asked, term, quads, lambda: self.views.thing(term, asked.path, asked_day()))

    def _reply(self, asked: _Asked, term: Term, quads: list[Quad], page: Callable[[], str]) -> Response:
        if asked.form in LINKSETS:
            linkset = self.signposts.linkset(asked.path, term, asked.form)
            return Response(linkset, content_type=asked.form.media_type)
        triples = [quad.triple for quad in quads]
        if asked.frame:
            if len(triples) > _FRAMED_TRIPLES:
                raise BadRequest(
                    f"{asked.path} has {len(triples):,} statements, too many to frame: take it as it is"
                )
            framed = print_framed(triples, self.frames.frame(asked.frame, term))
            response = Response(framed, content_type=_FRAMED)
        else:
            is_page = asked.form == HTML
            data = page() if is_page else print_triples(triples, asked.form, self.release.context)
            response = Response(data, content_type=asked.form.content_type)
            if not is_page:
                response.headers["Content-Location"] = f"{asked.path}.{asked.form.suffix}"
        response.headers["Vary"] = _VARY
        links = self.signposts.of_document(asked.path, term, asked.form)
        response.headers["Link"] = print_header(links)
        return response

    def _given_up(self, asked: _Asked, retired: Retired, suffix: str) -> Response:
        """Moved permanently to what replaces it, or gone (RFC 9110, 15.4.2, 15.5.11); the body says why."""
        quads = self.record.of(retired.term)
        response = self._reply(
            asked,
            retired.term,
            quads,
            lambda: render_template("retired.html", retired=retired, path=asked.path),
        )
        response.status_code = HTTPStatus.GONE
        if retired.replacement is not None:
            path = path_of(iri_value(retired.replacement)) or ""
            is_document = request.path.startswith("/doc/")
            response.status_code = HTTPStatus.MOVED_PERMANENTLY
            response.headers["Location"] = (
                path.replace("/id/", "/doc/", 1) if is_document else path
            ) + suffix
        return response


def document_routes(release: Release, signposts: Signposts) -> Routes:
    """The routes at which the IRIs of a release are answered."""
    documents = Documents(release, signposts)
    return {
        "/id/<path:name>": documents.thing,
        "/doc/<path:name>": documents.document,
        "/source/<path:name>": documents.source,
        "/graph/<path:name>": documents.graph,
        "/dataset": documents.dataset,
        "/dataset<suffix>": documents.dataset,
        "/def": documents.ontology,
        "/def/diagram.svg": documents.diagram,
        "/def/<name>": documents.term,
        "/def<suffix>": documents.ontology,
        "/quality": documents.quality,
        "/quality<suffix>": documents.quality,
        "/shapes": documents.shapes,
        "/shapes<suffix>": documents.shapes,
        **{f"/questions/<name>.{form.suffix}": documents.question_data for form in _DATA},
        **dict.fromkeys(_KEPT, documents.kept_file),
    }


def _asked(path: str, only: str | None = None, offer: tuple[Format, ...] = DOCUMENTS) -> _Asked:
    """What a path asks for, by suffix or else by header; NotFound if it must be one path and is another."""
    stem, dot, suffix = path.rpartition(".")
    form = by_suffix(suffix, (*offer, *LINKSETS)) if dot else None
    frame = request.args.get("frame", "")
    if frame:
        offer = (JSON_LD,)
    asked = (
        _Asked(stem, form, frame)
        if form
        else _Asked(path, negotiate(request.headers.get("Accept"), offer), frame)
    )
    if frame and asked.form != JSON_LD:
        raise BadRequest(f"{asked.form.name} cannot be framed: ask for JSON-LD")
    if only is not None and asked.path != only:
        raise NotFound(f"nothing is published under {BASE}{path.removeprefix('/')}")
    return asked
