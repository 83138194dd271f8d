"""Decides how graphs are read by name: SPARQL 1.1 Graph Store HTTP Protocol, its reading half."""

from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from pathlib import Path
from typing import Final

from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest, MethodNotAllowed

from almaty_graph.errors import NotFound
from almaty_graph.formats import JSON_LD, N_TRIPLES, RDF_XML, TURTLE, Format, negotiate
from almaty_graph.names import GRAPH
from almaty_graph.release import Release
from almaty_graph.release.dumps import print_triples
from almaty_graph.terms import Quad, Term, iri, is_absolute

_READ: Final = ("GET", "HEAD", "OPTIONS")
_WRITE: Final = ("POST", "PUT", "PATCH", "DELETE")
_OFFER: Final = (TURTLE, N_TRIPLES, RDF_XML, JSON_LD)
# Triples of the largest graph that is printed on request. JSON-LD takes 65 µs and 2 kB a triple, RDF/XML half
# of that; what is larger comes as it lies on the disk, or line by line.
_PRINTED: Final = 50_000
_LINES: Final = 1000
_BYTES: Final = 64 << 10


class GraphStore:
    """The graphs of a release, named by `?graph=`; under `?default`, the merge of them all."""

    def __init__(self, release: Release) -> None:
        self.release = release

    def answer(self) -> Response:
        """The graph that the request names, as the record has it.

        Raises BadRequest if it names no graph or several, NotFound, NotAcceptable, and MethodNotAllowed for
        all that would write.
        """
        if request.method not in _READ:
            raise MethodNotAllowed(_READ, "the graphs are read-only: they change with a new release")
        if request.method == "OPTIONS":
            allowed = ", ".join(_READ)
            return Response(
                status=204,
                headers={
                    "Allow": allowed,
                    "Access-Control-Allow-Methods": allowed,
                    "Access-Control-Allow-Headers": "Accept, If-None-Match",
                    "Access-Control-Max-Age": "86400",
                },
            )
        graph = _asked()
        if graph is not None and graph not in self.release.record.sizes:
            raise NotFound(f"there is no graph {graph[1:-1]}")
        form = negotiate(request.headers.get("Accept"), self._offer(graph))
        return Response(self._body(graph, form), content_type=form.content_type)

    def _offer(self, graph: Term | None) -> tuple[Format, ...]:
        """The formats in which a graph can be had without more memory than one request may take."""
        record = self.release.record
        if (len(record) if graph is None else record.sizes[graph]) <= _PRINTED:
            return _OFFER
        return tuple(form for form in _OFFER if form is N_TRIPLES or self._file(graph, form))

    def _file(self, graph: Term | None, form: Format) -> Path | None:
        """The file of the release that holds a graph in a format, if there is one."""
        name = f"dataset.{form.suffix}"
        if graph is not None:
            name = f"graph/{graph[1:-1].removeprefix(GRAPH)}.{form.suffix}"
        # A dump as JSON-LD keeps the graphs apart.
        return self.release.folder / name if name in self.release.files and form is not JSON_LD else None

    def _body(self, graph: Term | None, form: Format) -> Iterator[bytes] | bytes:
        if file := self._file(graph, form):
            return _chunks(file)
        quads = (quad for quad in self.release.record if graph in (None, quad.graph))
        if form is N_TRIPLES:
            return _lines(quads)
        return print_triples((quad.triple for quad in quads), form, self.release.context)


def register_graph_store(app: Flask, release: Release) -> None:
    """Answer at `/store`, whatever the method."""
    app.add_url_rule(
        "/store",
        "graph_store",
        GraphStore(release).answer,
        methods=[*_READ, *_WRITE],
        provide_automatic_options=False,
    )


def _asked() -> Term | None:
    """The graph that the address names, None for the default graph (4.2)."""
    names, defaults = request.args.getlist("graph"), request.args.getlist("default")
    if len(names) + len(defaults) != 1:
        found = f"{len(names)} parameters 'graph' and {len(defaults)} 'default'"
        raise BadRequest(f"found {found}; exactly one of them is needed: ?graph=<IRI> or ?default")
    if names and not is_absolute(names[0]):
        raise BadRequest(f"a graph is named by an absolute IRI, and {names[0][:200]!r} is none")
    return iri(names[0]) if names else None


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_BYTES):
            yield chunk


def _lines(quads: Iterable[Quad]) -> Iterator[bytes]:
    """Quads of the record as canonical N-Triples: it is sorted, so what two graphs share stands together."""
    lines = (line for line, _ in groupby(f"{' '.join(quad.triple)} .\n" for quad in quads))
    while batch := "".join(islice(lines, _LINES)):
        yield batch.encode()
