"""Decides how an answer is written: whole or as a page, within a size, and well-formed in its format."""

import io
import json
import re
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, cast

import pyoxigraph as ox

from almaty_graph.engine import wire
from almaty_graph.engine.emptiness.explanation import explain
from almaty_graph.engine.index.merge import Results
from almaty_graph.engine.index.opening import Index
from almaty_graph.errors import AnswerLimitReached
from almaty_graph.names import PREFIXES

_NOT_XML: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_NAMELESS: Final = re.compile(rb'<([\w.-]+):[ />](?:xmlns:[\w.-]+="([^"]*)")?')
_DECLARATION: Final = re.compile(rb'((?:@prefix | xmlns:)([\w-]+)(?:: \S+ \.\n|="[^"]*"))')
_DECLARATIONS: Final = re.compile(rb"(<\?xml[^>]*>\s*<rdf:RDF)?(" + _DECLARATION.pattern + rb"+)")
_JSON_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_CSV_STRING: Final = re.compile(rb'"[^"]*+"')


class _Spool(io.BytesIO):
    """Takes an answer up to a size; an error raised while it is written ends the query."""

    def __init__(self, limit: int, media_type: str) -> None:
        super().__init__()
        self.limit = self.left = limit
        self.is_xml = media_type.endswith("xml")

    def write(self, data: bytes) -> int:  # type: ignore[override]  # the engine writes bytes, and no other buffers
        # As it stands, a carriage return is read as a line feed (XML 1.0, 2.11).
        written = data.replace(b"\r", b"&#13;") if self.is_xml else data
        self.left -= len(written)
        if self.left < 0:
            raise _too_large(f"is larger than {self.limit:,} bytes")
        super().write(written)
        return len(data)


def evaluate(index: Index, request: wire.Request, limits: wire.Limits) -> tuple[wire.Header, bytes]:
    """The answer to a request: its number of `rows` and, for a page, the row where the `next` one begins.

    Raises AnswerLimitReached for a whole answer above the limits, ValueError for what the format cannot
    carry, and whatever the index raises; SyntaxError for one.
    """
    results = index.query(request)
    if isinstance(results, ox.QueryBoolean):
        return {"rows": 1}, results.serialize(format=_table_format(request)) or b""
    if request.offset is not None:
        return _page(results, request, limits)
    spool = _Spool(limits.answer_bytes, request.media_type)
    if isinstance(results, ox.QuerySolutions):
        results.serialize(spool, format=_table_format(request))
        answer = spool.getvalue()
        rows = _count_rows(answer, request.media_type, limits.rows)
        if rows > limits.rows:
            raise _too_large(f"has more than {limits.rows:,} rows")
        return {"rows": rows}, _checked(answer, request)
    counted = _Counted(results, limits.rows)
    return {"rows": counted.number}, _graph(counted, spool, request)


def explain_emptiness(index: Index, request: wire.Request) -> bytes:
    """Why a query has no rows, as JSON: the members of a problem, and a `header` that says it in a line."""
    until = time.monotonic() + request.seconds / 2

    def put(text: str, form: str) -> Results:
        if time.monotonic() > until:
            raise TimeoutError
        return index.query(request._replace(text=text, form=form))

    def find(text: str) -> list[tuple[str, ...]]:
        rows = cast("ox.QuerySolutions", put(text, "SELECT"))
        return [tuple("" if term is None else str(term) for term in row) for row in rows]

    found = explain(request.text, lambda text: bool(put(text, "ASK")), find)
    return json.dumps(found.as_json() | {"header": found.as_header()}).encode()


def _too_large(how: str) -> AnswerLimitReached:
    return AnswerLimitReached(f"the answer {how}, the limit; ask for less, or for parts of it with partial=1")


class _Counted:
    """Triples, counted up to a limit while they are taken."""

    def __init__(self, triples: Iterable[ox.Triple], limit: int) -> None:
        self.triples, self.limit, self.number = triples, limit, 0

    def __iter__(self) -> Iterator[ox.Triple]:
        for triple in self.triples:
            self.number += 1
            if self.number > self.limit:
                raise _too_large(f"has more than {self.limit:,} triples")
            yield triple


def _page(
    results: ox.QuerySolutions | Iterable[ox.Triple], request: wire.Request, limits: wire.Limits
) -> tuple[wire.Header, bytes]:
    """The rows from an offset on: as many as the limits allow, which may be fewer than are left."""
    offset = request.offset or 0
    taken = list(islice(results, offset, offset + limits.rows))
    more = next(iter(results), None) is not None
    while True:
        spool = _Spool(limits.answer_bytes, request.media_type)
        try:
            if isinstance(results, ox.QuerySolutions):
                answer = _checked(_table(results.variables, taken, spool, request), request)
            else:
                answer = _graph(taken, spool, request)
        except AnswerLimitReached:
            if len(taken) < 2:
                raise
            taken, more = taken[: len(taken) // 2], True
        else:
            return {"rows": len(taken), "next": offset + len(taken) if more else None}, answer


def _table(
    variables: list[ox.Variable], rows: list[ox.QuerySolution], spool: _Spool, request: wire.Request
) -> bytes:
    """Some rows in the format asked for. The engine writes only what it has read: so it reads them as TSV."""
    lines = ["\t".join(map(str, variables))]
    lines += ("\t".join("" if term is None else str(term) for term in row) for row in rows)
    if variables:
        table = ox.parse_query_results("\n".join([*lines, ""]), format=ox.QueryResultsFormat.TSV)
    else:
        # A row of no columns has no form in TSV.
        bindings = ",".join("{}" for _ in rows)
        text = f'{{"head":{{"vars":[]}},"results":{{"bindings":[{bindings}]}}}}'
        table = ox.parse_query_results(text, format=ox.QueryResultsFormat.JSON)
    table.serialize(spool, format=_table_format(request))
    return spool.getvalue()


def _graph(triples: Iterable[ox.Triple], spool: _Spool, request: wire.Request) -> bytes:
    form = ox.RdfFormat.from_media_type(request.media_type)
    ox.serialize(triples, spool, format=form, prefixes=dict(PREFIXES))
    return _checked(_tidied(spool.getvalue()), request)


def _table_format(request: wire.Request) -> ox.QueryResultsFormat:
    form = ox.QueryResultsFormat.from_media_type(request.media_type)
    if form is None:
        raise ValueError(f"the engine writes no table as {request.media_type}")
    return form


def _count_rows(answer: bytes, media_type: str, limit: int) -> int:
    """How many rows a table has: none if it has none, exactly if above the limit, else at most so many."""
    if media_type == "application/sparql-results+xml":
        return answer.count(b"<result>")
    if media_type == "text/tab-separated-values":
        return answer.count(b"\n") - 1
    if media_type == "text/csv":
        rows = answer.count(b"\n") - 1
        return rows if rows <= limit else _CSV_STRING.sub(b"", answer).count(b"\n") - 1
    if answer.endswith(b'"bindings":[]}}'):
        return 0
    separators = answer.count(b"},{")
    return 1 + (separators if separators < limit else _JSON_STRING.sub(b"", answer).count(b"},{"))


def _tidied(answer: bytes) -> bytes:
    # The engine declares every prefix that it was given, in an order that changes from call to call.
    found = _DECLARATIONS.match(answer)
    if not found:
        return answer
    start, rest = found[1] or b"", answer[found.end() :]
    used = sorted(whole for whole, prefix in _DECLARATION.findall(found[2]) if prefix + b":" in rest)
    return b"".join((start, *used, rest))


def _checked(answer: bytes, request: wire.Request) -> bytes:
    # The engine writes what XML cannot carry all the same.
    if not request.media_type.endswith("xml"):
        return answer
    if _NOT_XML.search(answer):
        raise ValueError("the answer has a control character, which XML cannot carry; ask for another format")
    if nameless := _NAMELESS.search(answer):
        prefix, iri = nameless[1].decode(), (nameless[2] or b"").decode()
        raise ValueError(
            f"RDF/XML cannot write the property <{iri or PREFIXES.get(prefix)}>, "
            "whose IRI ends in no XML name; ask for another format"
        )
    return answer
