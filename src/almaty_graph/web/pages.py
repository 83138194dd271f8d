"""Decides which pages there are besides those of things: home, sources, questions, dumps, health."""

from flask import Response, render_template, request

from almaty_graph.engine.embedded import Engine
from almaty_graph.engine.query import Query
from almaty_graph.errors import NotFound
from almaty_graph.formats import CSV
from almaty_graph.names import DEF, ID, ORG
from almaty_graph.questions import Question
from almaty_graph.release import MANIFEST, Release, media_type_of
from almaty_graph.terms import TYPE, iri
from almaty_graph.web.routes import Routes
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


class Pages:
    """The pages that readers start from."""

    def __init__(self, release: Release, engine: Engine) -> None:
        self.release, self.record, self.engine = release, release.record, engine
        self.views = Views(release)
        self.by_slug = {question.slug: question for question in release.questions}

    def home(self) -> str:
        """What this is, who chairs, and everything that has a page."""
        chairs = self.record.subjects(iri(ORG + "role"), iri(ID + "role/chair"))
        return render_template(
            "home.html",
            chairs=[self.views.claim(claim) for claim in chairs],
            groups=things_by_class(self.record, _CLASSES),
            sources=self._sources(),
            questions=self.release.questions,
            size=len(self.record.quads),
        )

    def health(self) -> Response:
        """`ok` if the engine answers; else the error that says why not."""
        self.engine.answer(Query.parse("ASK {}"), CSV, seconds=2)
        return Response("ok\n", content_type="text/plain; charset=utf-8")

    def sources(self) -> str:
        """The sources, with how much each says."""
        counts = {source: len(self.record.claims_about(source)) for source in self._sources()}
        return render_template("sources.html", sources=self._sources(), counts=counts, record=self.record)

    def questions(self) -> str:
        """The recorded questions."""
        return render_template("questions.html", questions=self.release.questions)

    def question(self, slug: str) -> str:
        """A recorded question with its answer."""
        found = self._find(slug)
        return render_template("question.html", question=found, table=read_csv(found.answer or ""))

    def question_file(self, slug: str) -> Response:
        """The query or the answer of a recorded question, as a file."""
        return self._file(f"queries/{self._find(slug).slug}.{request.path.rpartition('.')[2]}")

    def dumps(self) -> str:
        """The files of the release."""
        return render_template("dumps.html")

    def dump(self, name: str) -> Response:
        """One file of the release."""
        if name not in {MANIFEST, *self.release.files}:
            raise NotFound(f"this release has no file {name}")
        return self._file(name)

    def _sources(self) -> list[str]:
        return self.record.subjects(TYPE, iri(DEF + "Source"))

    def _find(self, slug: str) -> Question:
        if slug not in self.by_slug:
            raise NotFound(f"there is no recorded question {slug}")
        return self.by_slug[slug]

    def _file(self, name: str) -> Response:
        return Response(self.release.read(name), content_type=media_type_of(name))


def page_routes(release: Release, engine: Engine) -> Routes:
    """The routes of the pages that readers start from."""
    pages = Pages(release, engine)
    return {
        "/": pages.home,
        "/healthz": pages.health,
        "/source": pages.sources,
        "/questions": pages.questions,
        "/questions/<slug>": pages.question,
        "/questions/<slug>.rq": pages.question_file,
        "/questions/<slug>.csv": pages.question_file,
        "/dump": pages.dumps,
        "/dump/<path:name>": pages.dump,
    }
