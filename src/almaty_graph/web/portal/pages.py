"""Decides which pages there are besides those of things, such as home, sources, disagreements, questions."""

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from flask import Response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from almaty_graph.engine.client import Engine
from almaty_graph.engine.language.query import Query
from almaty_graph.errors import NotFound
from almaty_graph.formats import DOCUMENTS, HTML, JSON, content_type_of, negotiate
from almaty_graph.names import BASE, CLAIM, DCTERMS, GRAPH, ID, ORG
from almaty_graph.questions import Question, as_of, takes_day
from almaty_graph.release import MANIFEST, Release
from almaty_graph.release.archive import Archive
from almaty_graph.release.differences import Difference
from almaty_graph.release.log import Publication
from almaty_graph.release.media import media_type_of
from almaty_graph.terms import Term, iri, text_of
from almaty_graph.web.linked.signposts import Signposts, print_header
from almaty_graph.web.pictures.choosing import fitting
from almaty_graph.web.pictures.gallery import gallery_routes
from almaty_graph.web.portal.claims import Writing
from almaty_graph.web.portal.incumbents import incumbents
from almaty_graph.web.portal.labels import Labels
from almaty_graph.web.portal.parts import Parts
from almaty_graph.web.portal.periods import asked_day
from almaty_graph.web.portal.tables import Table, read_csv, read_table
from almaty_graph.web.portal.translations import gettext
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

_COMPARED = 200_000  # statements
_CHAIR = iri(ID + "role/chair")


@dataclass(frozen=True)
class SourceRow:
    """One source as a reader sees it in the table of sources."""

    name: Term
    slug: str
    publishers: list[Term]
    written: Writing
    claims: int
    disagreements: int


class Pages:
    """The pages that readers start from."""

    def __init__(self, release: Release, signposts: Signposts, engine: Engine, archive: Archive) -> None:
        self.release, self.record, self.engine, self.archive = release, release.record, engine, archive
        self.views, self.signposts = Views(release), signposts
        self.labels = Labels(release.record)
        self.by_slug = {question.slug: question for question in release.questions}

    def home(self) -> str:
        """What this is, who chairs, and everything that has a page."""
        said = self.record.subjects(iri(ORG + "role"), _CHAIR)
        claims = sorted((name for name in said if name.startswith(f"<{CLAIM}")), key=self.views.claims.key)
        published = self._published
        day = published.at.date().isoformat() if published else None
        return render_template(
            "home.html",
            terms=self.views.conclusions.with_role(_CHAIR),
            chairs=Parts(1).of(claims).each(self.views.claims.row),
            chair=_CHAIR,
            incumbents=incumbents(self.views.lists, _CHAIR, day) if day else [],
            groups=things_by_class(self.record, _CLASSES),
            sources=self.views.disagreements.sources,
            disagreements=len(self.views.disagreements.all),
            questions=self.release.questions,
            size=len(self.record),
            **self.views.gallery.overview(),
            published=published,
            news=self._news,
        )

    @property
    def _published(self) -> Publication | None:
        """When this release was published, if that is known."""
        return next((each for each in self.archive.kept if each.release == self.release.name), None)

    @cached_property
    def _news(self) -> Difference | None:
        """What this release changed; None for the first, and if it is too large to compare for a page."""
        before = self.archive.before(self.release.name)
        if before is None or len(self.record) > _COMPARED:
            return None
        return Difference(self.archive.release(before), self.release)

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
        found, parts = self.views.disagreements, Parts.asked()
        groups = found.grouped(kind, source)
        part = parts.of([(name, len(group), one) for name, group in groups for one in group])
        parts.check()
        return render_template(
            "disagreements.html",
            groups=groupby(part, lambda each: each[:2]),
            parts=parts,
            shown=part.total,
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
        more = {"takes_day": takes_day(text), "day": day, "text": text, "fitting": fitting(table)}
        path, name = f"/questions/{slug}", iri(f"{BASE}questions/{slug}")
        page = render_template("question.html", question=found, table=table, term=name, **more)
        return Response(page, headers={"Link": print_header(self.signposts.of_document(path, name, HTML))})

    def question_file(self, slug: str) -> Response:
        """The query or the answer of a recorded question, as a file."""
        return self._file(f"queries/{self._find(slug).slug}.{request.path.rpartition('.')[2]}")

    def dumps(self) -> str:
        """The files of the release."""
        files = [file for name, file in self.release.files.items() if not name.endswith((".gz", ".zst"))]
        starts = [start for _, _, start in _groups_of_files() if start] + ["queries/"]
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
            for title, lead, start in _groups_of_files()
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


def _groups_of_files() -> tuple[tuple[str, str, str], ...]:
    """Of each group its title, what to know of it, and how its names begin; the rest is the last group."""
    return (
        (
            gettext("The whole dataset"),
            gettext("One file in any format; N-Quads, TriG and JSON-LD keep the named graphs apart."),
            "dataset.",
        ),
        (
            gettext("Tables"),
            gettext("One for each class, as CSV and as Parquet. “ ‖ ” parts the values of a cell."),
            "tables/",
        ),
        (gettext("Named graphs"), gettext("What one source says, or what rules made of it."), "graph/"),
        (
            gettext("About the release"),
            gettext("What is in it, what was checked, how it is cited."),
            "",
        ),
    )


def page_routes(release: Release, signposts: Signposts, engine: Engine, archive: Archive) -> Routes:
    """The routes of the pages that readers start from, pictures among them."""
    pages = Pages(release, signposts, engine, archive)
    return {
        **gallery_routes(pages.views.gallery),
        "/": pages.home,
        "/source": pages.sources,
        "/disagreements": pages.disagreements,
        "/questions": pages.questions,
        "/questions/<slug>": pages.question,
        "/questions/<slug>.rq": pages.question_file,
        "/questions/<slug>.csv": pages.question_file,
        "/dump": pages.dumps,
        "/dump/<path:name>": pages.dump,
    }
