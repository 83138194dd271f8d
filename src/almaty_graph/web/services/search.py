"""Decides how the record is searched: a page and its data, and what is suggested as a reader types."""

from typing import Any, Final

from flask import Response, render_template, request

from almaty_graph.formats import HTML, Format, Kind, negotiate
from almaty_graph.names import DCTERMS, OA, PROV, SOURCE, path_of
from almaty_graph.search.index import Found
from almaty_graph.search.spellings import Evidence
from almaty_graph.search.text import MOST
from almaty_graph.terms import Term, iri, iri_value, text_of
from almaty_graph.web.routes import Routes
from almaty_graph.web.services.requests import JSON_TYPE, count, parameter, told
from almaty_graph.web.services.things import Things

_DATA: Final = Format("JSON", JSON_TYPE, "json", Kind.TABLE)
_LEAST: Final = 35.0  # of 100
_PAGE: Final = 20
_MOST: Final = 100
_FARTHEST: Final = 10_000
_SUGGESTED: Final = 8


class Search:
    """The answers at `/search`."""

    def __init__(self, things: Things) -> None:
        self.things, self.record = things, things.record

    def page(self) -> Response:
        """What is found for the text `q`: a page, or its data."""
        return self._answer(negotiate(request.headers.get("Accept"), (HTML, _DATA)))

    def data(self) -> Response:
        """The data of the page, whatever the header says."""
        return self._answer(_DATA)

    def suggest(self) -> Response:
        """The first few that are found for what has been typed so far."""
        return told({"query": (text := _asked()), "results": self._rows(text)[:_SUGGESTED]})

    def _answer(self, form: Format) -> Response:
        text, kind = _asked(), parameter("class", MOST, "")
        rows = self._rows(text)
        classes = sorted({(each["id"], each["name"]) for row in rows for each in row["classes"]})
        rows = [row for row in rows if not kind or kind in [each["id"] for each in row["classes"]]]
        offset = count(parameter("offset", 20, "0"), "the parameter 'offset'", _FARTHEST)
        limit = count(parameter("limit", 20, str(_PAGE)), "the parameter 'limit'", _MOST) or _PAGE
        part = rows[offset : offset + limit]
        found = {"query": text, "class": kind, "total": len(rows), "offset": offset, "results": part}
        if form is _DATA:
            return told(found)
        following = offset + limit if offset + limit < len(rows) else None
        shown = {"classes": classes, "following": following, "limit": limit}
        finders = {"named": self._named, "kind": self._kind}
        page = render_template("search.html", found=found, **shown, **finders)
        return Response(page, content_type=HTML.content_type)

    def _rows(self, text: str) -> list[dict[str, Any]]:
        if not text:
            return []
        return [
            self._row(each) for each in self.things.index.find(text, lambda _: True, _LEAST, is_part=True)
        ]

    def _row(self, found: Found) -> dict[str, Any]:
        thing, spelling = found.thing, found.spelling
        is_quote = spelling.evidence is Evidence.QUOTE
        named = self._source(thing) if is_quote else thing
        return {
            "iri": iri_value(thing),
            "label": self.things.labels.of(named),
            "classes": [self.things.tell(kind) for kind in self.things.own_kinds(thing)[:2]],
            "score": found.score,
            "evidence": spelling.evidence.words,
            "matched": spelling.text,
            "language": spelling.language
            or (self._written_in(spelling.text, thing, named) if is_quote else None),
            "link": self._link(thing),
        }

    def _named(self, row: dict[str, Any]) -> Term:
        """What a row is called by: the thing, or the source of a quote."""
        thing = iri(row["iri"])
        return self._source(thing) if row["evidence"] == Evidence.QUOTE.words else thing

    def _kind(self, name: str) -> Term:
        """The class of an id: of one that is not ours, that is its IRI."""
        return self.things.find_class(name) or iri(name)

    def _source(self, passage: Term) -> Term:
        return next(iter(self.record.values(passage, iri(PROV + "wasQuotedFrom"))), passage)

    def _written_in(self, text: str, passage: Term, source: Term) -> str | None:
        """The language of a quote, which is its source's; None of a paraphrase, or of several languages."""
        languages = self.record.values(source, iri(DCTERMS + "language"))
        is_exact = text in map(text_of, self.record.values(passage, iri(OA + "exact")))
        return text_of(languages[0]) if is_exact and len(languages) == 1 else None

    def _link(self, thing: Term) -> str | None:
        """Where a thing leads on this server; a passage to its place on the page of its source."""
        return path_of(iri_value(thing)) if thing.startswith(f"<{SOURCE}") else self.things.labels.link(thing)


def search_routes(things: Things) -> Routes:
    """The routes of the search."""
    search = Search(things)
    return {"/search": search.page, "/search.json": search.data, "/search/suggest": search.suggest}


def _asked() -> str:
    return " ".join(parameter("q", MOST, "").split())
