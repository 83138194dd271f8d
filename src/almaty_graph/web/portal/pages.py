"""Decides which pages there are besides those of things, such as home, sources, disagreements, questions."""

from dataclasses import dataclass

from flask import Response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from almaty_graph.engine.client import Engine
from almaty_graph.engine.language.query import Query
from almaty_graph.errors import NotFound
from almaty_graph.formats import CSV, DOCUMENTS, HTML, JSON, content_type_of, negotiate
from almaty_graph.names import BASE, CLAIM, DCTERMS, GRAPH, ID, ORG
from almaty_graph.questions import Question, as_of, takes_day
from almaty_graph.release import MANIFEST, Release
from almaty_graph.release.media import media_type_of
from almaty_graph.terms import Term, iri, text_of
from almaty_graph.web.linked.signposts import Signposts, print_header
from almaty_graph.web.portal.labels import Labels
from almaty_graph.web.portal.periods import asked_day
from almaty_graph.web.portal.tables import Table, read_csv, read_table
from almaty_graph.web.portal.timeline import Timeline, draw, tell_span
from almaty_graph.web.portal.views import Views, things_by_class
from almaty_graph.web.routes import Routes

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

# The groups of files: title, what to know of them, how their names begin; the rest is the last group.
_FILES = (
    (
        "The whole dataset",
        "One file in any format; N-Quads, TriG and JSON-LD keep the named graphs apart.",
        "dataset.",
    ),
    (
        "Tables",
        "One for each class, as CSV and as Parquet. “ ‖ ” parts the values of a cell.",
        "tables/",
    ),
    ("Named graphs", "What one source says, or what rules made of it.", "graph/"),
    ("About the release", "What is in it, what was checked, how it is cited.", ""),
)
_CHAIR = iri(ID + "role/chair")
_OF_A_DAY = "chair-on-a-day-by-source"


@dataclass(frozen=True)
class SourceRow:
    """One source as a reader sees it in the table of sources."""

    name: Term
    slug: str
    publishers: list[Term]
    written: str
    claims: int
    disagreements: int


class Pages:
    """The pages that readers start from."""

    def __init__(self, release: Release, signposts: Signposts, engine: Engine) -> None:
        self.release, self.record, self.engine = release, release.record, engine
        self.views, self.signposts = Views(release), signposts
        self.labels, self._timeline = Labels(release.record), Timeline(release.record)
        self._tenures = self._timeline.tenures(_CHAIR)
        self.by_slug = {question.slug: question for question in release.questions}

    def home(self) -> str:
        """What this is, who chairs, and everything that has a page."""
        said = self.record.subjects(iri(ORG + "role"), _CHAIR)
        return render_template(
            "home.html",
            terms=self.views.conclusions.with_role(_CHAIR),
            chairs=self.views.claims.rows([name for name in said if name.startswith(f"<{CLAIM}")]),
            groups=things_by_class(self.record, _CLASSES),
            sources=self.views.disagreements.sources,
            disagreements=len(self.views.disagreements.all),
            questions=self.release.questions,
            size=len(self.record),
            **self._pictured(),
        )

    def timeline(self) -> str:
        """Who chaired, and when, according to whom: a picture, and the same as a table."""
        return render_template("timeline.html", tenures=self._tenures, **self._pictured())

    def timeline_file(self) -> Response:
        """The picture as SVG, or the table as CSV."""
        if request.path.endswith(".csv"):
            return Response(self._timeline.table(self._tenures), content_type=CSV.content_type)
        pictured = self._pictured()
        if pictured["picture"] is None:
            raise NotFound("nothing is known of when anybody chaired, so there is no picture of it")
        return Response(render_template("timeline.svg", **pictured), content_type="image/svg+xml")

    def _pictured(self) -> dict[str, object]:
        """What the picture needs."""
        return {
            "picture": draw(self._tenures),
            "title": "Who chaired, and when",
            "span": tell_span,
            "takes_day": _OF_A_DAY in self.by_slug,
            "of_a_day": _OF_A_DAY,
        }

    def sources(self) -> str:
        """The sources, with how much each says, and the graphs that no source has for itself."""
        disagreements, claims = self.views.disagreements, self.views.claims
        rows = [
            SourceRow(
                name=name,
                slug=slug,
                publishers=self.record.values(name, iri(DCTERMS + "publisher")),
                written=claims.written(name),
                claims=len(self.record.claims_about(name)),
                disagreements=disagreements.per_source[name],
            )
            for slug, name in disagreements.sources.items()
        ]
        others = [graph for graph in self._graphs() if graph not in disagreements.sources]
        return render_template("sources.html", rows=rows, graphs=others)

    def disagreements(self) -> str:
        """The disagreements, of one class or with one source if the request names one."""
        kind, source = (request.args.get(name, "") for name in ("class", "source"))
        found = self.views.disagreements
        groups = found.grouped(kind, source)
        return render_template(
            "disagreements.html",
            groups=groups,
            shown=sum(len(group) for _, group in groups),
            sources=sorted((self.labels.of(term), slug, term) for slug, term in found.sources.items()),
            found=found,
            kind=kind,
            source=source,
            has_graph="disagreements" in self._graphs(),
            question=self.by_slug.get("disagreements"),
            formats=[form for form in DOCUMENTS if form != HTML],
        )

    def questions(self) -> str:
        """The recorded questions."""
        return render_template("questions.html", questions=self.release.questions)

    def question(self, slug: str) -> BaseResponse:
        """A recorded question with its answer; asked of a day, with the answer that it has now."""
        found, day = self._find(slug), asked_day()
        form = negotiate(request.headers.get("Accept"), DOCUMENTS)
        if form != HTML:
            return redirect(f"/questions/{slug}.{form.suffix}", 303)
        text = found.text if day is None else as_of(found.text, day)
        table = read_csv(found.answer or "") if day is None else self._ask(text)
        more = {"takes_day": takes_day(text), "day": day, "text": text}
        path, name = f"/questions/{slug}", iri(f"{BASE}questions/{slug}")
        page = render_template("question.html", question=found, table=table, term=name, **more)
        return Response(page, headers={"Link": print_header(self.signposts.of_document(path, name, HTML))})

    def question_file(self, slug: str) -> Response:
        """The query or the answer of a recorded question, as a file."""
        return self._file(f"queries/{self._find(slug).slug}.{request.path.rpartition('.')[2]}")

    def dumps(self) -> str:
        """The files of the release."""
        files = [file for name, file in self.release.files.items() if not name.endswith((".gz", ".zst"))]
        starts = [start for _, _, start in _FILES if start] + ["queries/"]
        groups = [
            (
                title,
                lead,
                [
                    f
                    for f in files
                    if (f.name.startswith(start) if start else not f.name.startswith(tuple(starts)))
                ],
            )
            for title, lead, start in _FILES
        ]
        return render_template("dumps.html", groups=groups)

    def dump(self, name: str) -> Response:
        """One file of the release."""
        if name not in {MANIFEST, *self.release.files}:
            raise NotFound(f"this release has no file {name}")
        return self._file(name)

    def _ask(self, text: str) -> Table:
        return read_table(self.engine.answer(Query.parse(text), JSON).read())

    def _graphs(self) -> list[str]:
        """The short names of the graphs."""
        return sorted(text_of(name).removeprefix(GRAPH) for name in self.record.sizes)

    def _find(self, slug: str) -> Question:
        if slug not in self.by_slug:
            raise NotFound(f"there is no recorded question {slug}")
        return self.by_slug[slug]

    def _file(self, name: str) -> Response:
        return Response(self.release.read(name), content_type=content_type_of(media_type_of(name)))


def page_routes(release: Release, signposts: Signposts, engine: Engine) -> Routes:
    """The routes of the pages that readers start from."""
    pages = Pages(release, signposts, engine)
    return {
        "/": pages.home,
        "/timeline": pages.timeline,
        "/timeline.csv": pages.timeline_file,
        "/timeline.svg": pages.timeline_file,
        "/source": pages.sources,
        "/disagreements": pages.disagreements,
        "/questions": pages.questions,
        "/questions/<slug>": pages.question,
        "/questions/<slug>.rq": pages.question_file,
        "/questions/<slug>.csv": pages.question_file,
        "/dump": pages.dumps,
        "/dump/<path:name>": pages.dump,
    }
