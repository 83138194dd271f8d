"""Decides what can be asked for: the one table of formats, and which of them a client gets."""

import re
import textwrap
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final

from werkzeug.http import parse_list_header, parse_options_header

from almaty_graph.errors import NotAcceptable

_READ: Final = 8192  # characters of an Accept header that count
# RFC 9110, 12.4.2, and what clients make of it: Java has long sent `q=.2`.
_QUALITY: Final = re.compile(r"0?\.[0-9]+|0\.?|1(\.0*)?")


class Kind(Enum):
    """What a format can carry."""

    TABLE = "table"
    GRAPH = "graph"
    PAGE = "page"
    LINKS = "links"


@dataclass(frozen=True)
class Format:
    """One row of the table: how a format is named, typed, and abbreviated as a file suffix."""

    name: str
    media_type: str
    suffix: str
    kind: Kind
    aliases: tuple[str, ...] = ()

    def __hash__(self) -> int:
        """The hash of the one field that tells formats apart: offers are looked up at every request."""
        return hash(self.media_type)

    @property
    def content_type(self) -> str:
        """The value of a Content-Type header."""
        return content_type_of(self.media_type)


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
SVG: Final = Format("SVG", "image/svg+xml", "svg", Kind.PAGE)
LINKSET: Final = Format("linkset", "application/linkset", "linkset", Kind.LINKS)
LINKSET_JSON: Final = Format("linkset as JSON", "application/linkset+json", "linkset-json", Kind.LINKS)
# What stands against a page where there is no other data, as for an error.
_DATA: Final = Format("JSON", "application/json", "json", Kind.TABLE, ("application/problem+json",))

TABLES: Final = (JSON, XML, CSV, TSV)
GRAPHS: Final = (TURTLE, N_TRIPLES, N_QUADS, TRIG, RDF_XML, JSON_LD)
DOCUMENTS: Final = (HTML, TURTLE, JSON_LD, N_TRIPLES, RDF_XML)
LINKSETS: Final = (LINKSET, LINKSET_JSON)


def negotiate(accept: str | None, offer: tuple[Format, ...]) -> Format:
    """The format of the offer that an Accept header likes best, the first of the offer without a header.

    Raises NotAcceptable when the header excludes all of them (RFC 9110, 12.5.1). At equal quality, what is
    named wins over what a wildcard lets in, a media type over an alias (`application/json` finds a table as
    JSON), and then the order of the offer decides. Elements that cannot be read are ignored.
    """
    form = _choose((accept or "")[:_READ], offer)
    if form is None:
        raise NotAcceptable(textwrap.shorten(accept or "", 200), tuple(form.media_type for form in offer))
    return form


def prefers_page(accept: str | None) -> bool:
    """Whether an Accept header likes HTML better than data: a browser's does, `*/*` does not."""
    return _choose((accept or "")[:_READ], (_DATA, HTML)) is HTML


# A client has a handful of headers, and parsing one costs more than the rest of a cached reply.
@lru_cache(maxsize=1024)
def _choose(accept: str, offer: tuple[Format, ...]) -> Format | None:
    if not accept.strip(" \t,"):
        return offer[0]
    ranges = _read_ranges(accept)
    best = max(offer, key=lambda form: _liking(form, ranges))
    return best if _liking(best, ranges)[0] > 0 else None


def _read_ranges(accept: str) -> dict[str, tuple[int, float]]:
    """The quality of each media range in an Accept header, behind how well its parameters fit what we send.

    A parameter that our formats do not have (`profile`) is a wish that is left open, not a reason to refuse;
    with `q=0` it excludes only what is not on offer anyway.
    """
    ranges: dict[str, tuple[int, float]] = {}
    for element in parse_list_header(accept):
        name, parameters = parse_options_header(element)
        quality = parameters.pop("q", "1")
        fit = 1 if not parameters else 2 if _is_utf_8(parameters) else 0
        if _QUALITY.fullmatch(quality) and (fit or float(quality)):
            name = "*/*" if name == "*" else name.lower()
            ranges[name] = max(ranges.get(name, (0, 0.0)), (fit, float(quality)))
    return ranges


def _is_utf_8(parameters: dict[str, str]) -> bool:
    return [(name, value.lower()) for name, value in parameters.items()] == [("charset", "utf-8")]


def _liking(form: Format, ranges: dict[str, tuple[int, float]]) -> tuple[float, int, bool]:
    """How much a format is liked: its quality, how narrow the range is, whether its own name is meant."""
    names = (form.media_type, form.media_type.partition("/")[0] + "/*", "*/*")
    found = ((ranges[name][1], -width, True) for width, name in enumerate(names) if name in ranges)
    own = next(found, (0.0, 0, False))
    if own == (0.0, 0, True):  # what is excluded by name does not come in under another
        return own
    return max([own, *((ranges[alias][1], 0, False) for alias in form.aliases if alias in ranges)])


def content_type_of(media_type: str) -> str:
    """The value of a Content-Type header: text formats say that they are UTF-8."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def by_suffix(suffix: str, offer: tuple[Format, ...]) -> Format | None:
    """The format of the offer with that file suffix (no dot), or None."""
    return next((form for form in offer if form.suffix == suffix), None)


def by_name(name: str, offer: tuple[Format, ...]) -> Format | None:
    """The format of the offer with that file suffix or media type, or None."""
    return by_suffix(name, offer) or next((form for form in offer if form.media_type == name), None)
