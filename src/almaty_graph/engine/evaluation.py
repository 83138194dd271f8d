"""Decides how an answer is written: by the engine, whole, within a size, and well-formed in its format."""

import io
import re
from typing import Final

import pyoxigraph as ox

from almaty_graph.engine.wire import Header
from almaty_graph.names import BASE, PREFIXES

_NOT_XML: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_NAMELESS: Final = re.compile(rb'<([\w.-]+):[ />](?:xmlns:[\w.-]+="([^"]*)")?')
_DECLARATION: Final = re.compile(rb'((?:@prefix | xmlns:)([\w-]+)(?:: \S+ \.\n|="[^"]*"))')
_DECLARATIONS: Final = re.compile(rb"(<\?xml[^>]*>\s*<rdf:RDF)?(" + _DECLARATION.pattern + rb"+)")


class AnswerTooLarge(Exception):
    """The answer has more bytes than an answer may have."""


class _Spool(io.BytesIO):
    """Takes an answer up to a size; an error raised while it is written ends the query."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.left = limit

    def write(self, data: bytes) -> int:  # type: ignore[override]  # the engine writes bytes, and no other buffers
        self.left -= len(data)
        if self.left < 0:
            raise AnswerTooLarge
        return super().write(data)


def evaluate(store: ox.Store, text: str, header: Header, limit: int) -> bytes:
    """The whole answer to a query, in the media type and over the graphs that the header gives.

    Raises AnswerTooLarge above the limit, ValueError for what the format cannot carry, and whatever the
    engine raises; SyntaxError for one.
    """
    spool, media_type = _Spool(limit), header["type"]
    given = header["default"] or header["named"]
    results = store.query(
        text,
        # A relative IRI is one of ours; without a base the engine refuses them.
        base_iri=BASE,
        # A graph that is not there is empty. Given one kind of graph, there are none of the other kind.
        default_graph=[ox.NamedNode(iri) for iri in header["default"]] if given else None,
        named_graphs=[ox.NamedNode(iri) for iri in header["named"]] if given else None,
    )
    if isinstance(results, ox.QueryTriples):
        graph_format = ox.RdfFormat.from_media_type(media_type)
        ox.serialize(results, spool, format=graph_format, prefixes=dict(PREFIXES))
        answer = _tidied(spool.getvalue())
    else:
        results.serialize(spool, format=ox.QueryResultsFormat.from_media_type(media_type))
        answer = spool.getvalue()
    if media_type.endswith("xml"):
        _check_xml(answer)
    return answer


def _tidied(answer: bytes) -> bytes:
    # The engine declares every prefix that it was given, in an order that changes from call to call.
    found = _DECLARATIONS.match(answer)
    if not found:
        return answer
    start, rest = found[1] or b"", answer[found.end() :]
    used = sorted(whole for whole, prefix in _DECLARATION.findall(found[2]) if prefix + b":" in rest)
    return b"".join((start, *used, rest))


def _check_xml(answer: bytes) -> None:
    # The engine writes what XML cannot carry all the same.
    if _NOT_XML.search(answer):
        raise ValueError("the answer has a control character, which XML cannot carry; ask for another format")
    if nameless := _NAMELESS.search(answer):
        prefix, iri = nameless[1].decode(), (nameless[2] or b"").decode()
        raise ValueError(
            f"RDF/XML cannot write the property <{iri or PREFIXES.get(prefix)}>, "
            "whose IRI ends in no XML name; ask for another format"
        )
