"""Decides what can be asked for: the one table of formats, and which of them a client gets."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from almaty_graph.errors import NotAcceptable


class Kind(Enum):
    """What a format can carry."""

    TABLE = "table"
    GRAPH = "graph"
    PAGE = "page"


@dataclass(frozen=True)
class Format:
    """One row of the table: how a format is named, typed, and abbreviated as a file suffix."""

    name: str
    media_type: str
    suffix: str
    kind: Kind
    aliases: tuple[str, ...] = ()

    @property
    def content_type(self) -> str:
        """The value of a Content-Type header: text formats say that they are UTF-8."""
        return f"{self.media_type}; charset=utf-8" if self.media_type.startswith("text/") else self.media_type


JSON: Final = Format("JSON", "application/sparql-results+json", "srj", Kind.TABLE, ("application/json",))
XML: Final = Format(
    "XML", "application/sparql-results+xml", "srx", Kind.TABLE, ("application/xml", "text/xml")
)
CSV: Final = Format("CSV", "text/csv", "csv", Kind.TABLE)
TSV: Final = Format("TSV", "text/tab-separated-values", "tsv", Kind.TABLE)
TURTLE: Final = Format("Turtle", "text/turtle", "ttl", Kind.GRAPH, ("application/x-turtle",))
JSON_LD: Final = Format("JSON-LD", "application/ld+json", "jsonld", Kind.GRAPH, ("application/json",))
N_TRIPLES: Final = Format("N-Triples", "application/n-triples", "nt", Kind.GRAPH, ("text/plain",))
RDF_XML: Final = Format("RDF/XML", "application/rdf+xml", "rdf", Kind.GRAPH, ("application/xml", "text/xml"))
N_QUADS: Final = Format("N-Quads", "application/n-quads", "nq", Kind.GRAPH)
TRIG: Final = Format("TriG", "application/trig", "trig", Kind.GRAPH)
HTML: Final = Format("HTML", "text/html", "html", Kind.PAGE)

TABLES: Final = (JSON, XML, CSV, TSV)
GRAPHS: Final = (TURTLE, N_TRIPLES, N_QUADS, TRIG, RDF_XML, JSON_LD)
DOCUMENTS: Final = (HTML, TURTLE, JSON_LD, N_TRIPLES, RDF_XML)


def negotiate(accept: str | None, offer: tuple[Format, ...]) -> Format:
    """The format of the offer that an Accept header likes best, the first of the offer without a header.

    Raises NotAcceptable when the header excludes all of them (RFC 9110, 12.5.1). Exact media types are
    tried before aliases, so that `application/json` finds a table of results as JSON but never wins over
    the registered type at equal quality.
    """
    if accept is None or not accept.strip():
        return offer[0]
    header = parse_accept_header(accept, MIMEAccept)
    names = {form.media_type: form for form in reversed(offer)}
    aliases = {alias: form for form in reversed(offer) for alias in form.aliases}
    choice = header.best_match(list(dict.fromkeys([form.media_type for form in offer] + list(aliases))))
    if choice is None:
        raise NotAcceptable(accept, tuple(form.media_type for form in offer))
    return names.get(choice) or aliases[choice]


def prefers_page(accept: str | None) -> bool:
    """Whether an Accept header likes HTML better than data: a browser's does, `*/*` does not."""
    header = parse_accept_header(accept, MIMEAccept)
    return header.best_match(["application/json", HTML.media_type]) == HTML.media_type


def by_suffix(suffix: str, offer: tuple[Format, ...]) -> Format | None:
    """The format of the offer with that file suffix (no dot), or None."""
    return next((form for form in offer if form.suffix == suffix), None)
