"""Decides which pages there are besides those of things: home, sources, questions, dumps, health."""

from flask import Blueprint, Response, render_template, request

from almaty_graph.engine import Engine
from almaty_graph.errors import NotFound
from almaty_graph.formats import CSV
from almaty_graph.names import DEF, ID, ORG
from almaty_graph.query import Query
from almaty_graph.questions import Question
from almaty_graph.release import MANIFEST, Release, media_type_of
from almaty_graph.terms import TYPE, iri
from almaty_graph.web.tables import read_csv
from almaty_graph.web.views import Views, things_by_class

_CLASSES = (
    "Process",
    "State",
    "IntergovernmentalOrganization",
    "NonGovernmentalOrganization",
    "NationalAgency",
    "Organization",
    "Programme",
    "Office",
    "Meeting",
    "Topic",
)


def create_pages(release: Release, engine: Engine) -> Blueprint:
    """The routes of the pages that readers start from."""
    pages = Blueprint("pages", __name__)
    record, views = release.record, Views(release)
    questions = {question.slug: question for question in release.questions}

    @pages.get("/")
    def home() -> str:
        chairs = record.subjects(iri(ORG + "role"), iri(ID + "role/chair"))
        return render_template(
            "home.html",
            chairs=[views.claim(claim) for claim in chairs],
            groups=things_by_class(record, _CLASSES),
            sources=record.subjects(TYPE, iri(DEF + "Source")),
            questions=release.questions,
            size=len(record.quads),
        )

    @pages.get("/healthz")
    def health() -> Response:
        engine.answer(Query.parse("ASK {}"), CSV, seconds=2)
        return Response("ok\n", content_type="text/plain; charset=utf-8")

    @pages.get("/source")
    def sources() -> str:
        found = record.subjects(TYPE, iri(DEF + "Source"))
        counts = {source: len(record.claims_about(source)) for source in found}
        return render_template("sources.html", sources=found, counts=counts, record=record)

    @pages.get("/questions")
    def question_list() -> str:
        return render_template("questions.html", questions=release.questions)

    @pages.get("/questions/<slug>")
    def question(slug: str) -> str:
        found = _find(questions, slug)
        return render_template("question.html", question=found, table=read_csv(found.answer or ""))

    @pages.get("/questions/<slug>.rq")
    @pages.get("/questions/<slug>.csv")
    def question_file(slug: str) -> Response:
        name = f"{_find(questions, slug).slug}.{request.path.rpartition('.')[2]}"
        return Response(release.read(f"queries/{name}"), content_type=media_type_of(name))

    @pages.get("/dump")
    def dumps() -> str:
        return render_template("dumps.html")

    @pages.get("/dump/<path:name>")
    def dump(name: str) -> Response:
        if name not in {MANIFEST, *release.files}:
            raise NotFound(f"this release has no file {name}")
        return Response(release.read(name), content_type=media_type_of(name))

    return pages


def _find(questions: dict[str, Question], slug: str) -> Question:
    if slug not in questions:
        raise NotFound(f"there is no recorded question {slug}")
    return questions[slug]
