"""Decides how a server is found: its sitemap, its word to robots, the well-known place of VoID."""

from collections.abc import Iterable
from html import escape
from typing import Final

from flask import Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from almaty_graph.errors import NotFound
from almaty_graph.names import DEF, GRAPH, ID, SOURCE, document_path
from almaty_graph.release import Release
from almaty_graph.terms import iri_value
from almaty_graph.web.protocol.languages import PARAMETER
from almaty_graph.web.routes import Routes, origin_of

_MOST: Final = 50_000  # addresses in one sitemap (sitemaps.org)
_OURS: Final = (f"<{ID}", f"<{SOURCE}", f"<{GRAPH}")
_PAGES: Final = (
    "/",
    "/timeline",
    "/meetings",
    "/map",
    "/matrix",
    "/network",
    "/source",
    "/disagreements",
    "/questions",
    "/dump",
    "/release",
    "/dataset",
    "/def",
    "/shapes",
    "/quality",
    "/sparql",
)
_SITEMAPS: Final = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_LINKS: Final = 'xmlns:xhtml="http://www.w3.org/1999/xhtml"'
_XML: Final = "application/xml"
# Whoever follows every link is not to put queries, nor to read all again as it was in each release; the pages
# of things have all answers in them.
_ROBOTS: Final = (
    "User-agent: *\nDisallow: /sparql?\nDisallow: /store?\nDisallow: /timegate/\nDisallow: /timemap/\n"
    "Disallow: /*?release=\nAllow: /\n\nSitemap: {}\n"
)


class Discovery:
    """What tells programs that know nothing of a release what there is."""

    def __init__(self, release: Release, languages: Iterable[str]) -> None:
        self.release, self.record, self.languages = release, release.record, tuple(languages)

    def sitemap(self) -> Response:
        """The pages of the release; or where there are too many for one file, the files that have them."""
        count = -(-len(self._paths()) // _MOST)
        if count == 1:
            return self.part(1)
        maps = "".join(
            f"<sitemap><loc>{_address(f'/sitemap-{n}.xml')}</loc></sitemap>\n" for n in range(1, count + 1)
        )
        return Response(f"<sitemapindex {_SITEMAPS}>\n{maps}</sitemapindex>\n", content_type=_XML)

    def part(self, number: int) -> Response:
        """One file of the sitemap: each page, and where it speaks which language."""
        paths = self._paths()[(number - 1) * _MOST : number * _MOST] if number else []
        if not paths:
            raise NotFound(f"the sitemap has no part {number}")
        urls = "".join(
            f"<url><loc>{address}</loc>{self._alternates(address)}</url>\n"
            for address in map(_address, paths)
        )
        return Response(f"<urlset {_SITEMAPS} {_LINKS}>\n{urls}</urlset>\n", content_type=_XML)

    def robots(self) -> Response:
        """What robots are asked to leave alone (RFC 9309)."""
        return Response(_ROBOTS.format(_address("/sitemap.xml")), content_type="text/plain; charset=utf-8")

    def well_known(self) -> BaseResponse:
        """Found: the description of the dataset (VoID, section 7.1)."""
        return redirect("/dataset", 302)

    def _alternates(self, address: str) -> str:
        return "".join(
            f'<xhtml:link rel="alternate" hreflang="{each}" href="{address}?{PARAMETER}={each}"/>'
            for each in self.languages
        )

    def _paths(self) -> list[str]:
        subjects = sorted({quad.subject for quad in self.record} | set(self.record.sizes))
        ours = (document_path(iri_value(s)) for s in subjects if s.startswith(_OURS) and "#" not in s)
        questions = (f"/questions/{question.slug}" for question in self.release.questions)
        terms = ("/def/" + iri_value(s).removeprefix(DEF) for s in subjects if s.startswith(f"<{DEF}"))
        return [*_PAGES, *questions, *terms, *filter(None, ours)]


def discovery_routes(release: Release, languages: Iterable[str]) -> Routes:
    """The routes of what tells programs what there is; pages can be asked for in each of the languages."""
    discovery = Discovery(release, languages)
    return {
        "/sitemap.xml": discovery.sitemap,
        "/sitemap-<int:number>.xml": discovery.part,
        "/robots.txt": discovery.robots,
        "/.well-known/void": discovery.well_known,
    }


def _address(path: str) -> str:
    return escape(origin_of(request.environ) + path[1:])
