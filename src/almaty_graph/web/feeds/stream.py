"""Decides what replicates the graph: every version of every thing (Linked Data Event Streams), in pages."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from flask import Response, request

from almaty_graph.formats import JSON_LD, N_TRIPLES, RDF_XML, TURTLE, negotiate
from almaty_graph.names import AS, BASE, DCTERMS, LDES, TREE, XSD
from almaty_graph.release.differences import GONE, Change
from almaty_graph.release.dumps import print_triples
from almaty_graph.terms import TYPE, Term, Triple, iri, iri_value, literal
from almaty_graph.web.feeds.changes import Changes, Part
from almaty_graph.web.protocol.replies import FOREVER
from almaty_graph.web.routes import origin_of

_FORMS: Final = (TURTLE, JSON_LD, N_TRIPLES, RDF_XML)
_STREAM: Final = iri(BASE + "ldes")
_CREATED, _VERSION_OF = iri(DCTERMS + "created"), iri(DCTERMS + "isVersionOf")


class Stream:
    """The event stream: its view leads to one page after another, and what is on them never changes."""

    def __init__(self, changes: Changes) -> None:
        self.changes = changes

    def view(self) -> Response:
        """The stream, and where its first page is."""
        here, pages = origin_of(request.environ), self.changes.pages()
        root = iri(f"{here}ldes")
        triples = {
            Triple(_STREAM, TYPE, iri(LDES + "EventStream")),
            Triple(_STREAM, iri(LDES + "timestampPath"), _CREATED),
            Triple(_STREAM, iri(LDES + "versionOfPath"), _VERSION_OF),
            _view(here),
            Triple(root, TYPE, iri(TREE + "Node")),
        }
        if pages:
            triples |= set(self._relation(root, _page(here, pages[0]), pages[0][0]))
        return self._reply(triples)

    def page(self, name: str, number: int) -> Response:
        """One page: the versions that a release made, and where there is more."""
        part, here = self.changes.part(name, number), origin_of(request.environ)
        node = _page(here, (name, number))
        triples = {
            Triple(node, TYPE, iri(TREE + "Node")),
            Triple(_STREAM, iri(TREE + "view"), iri(f"{here}ldes")),
        }
        if part.after:
            triples |= set(self._relation(node, _page(here, part.after), part.after[0]))
        for change in part.changes:
            triples |= set(self._member(part, change))
        return self._reply(triples, FOREVER if part.after else "")

    def _relation(self, node: Term, there: Term, release: str) -> Iterator[Triple]:
        """That there is more at a page, none of it older than its release."""
        relation = iri(f"{iri_value(node)}#next")
        yield Triple(node, iri(TREE + "relation"), relation)
        yield Triple(relation, TYPE, iri(TREE + "GreaterThanOrEqualToRelation"))
        yield Triple(relation, iri(TREE + "node"), there)
        yield Triple(relation, iri(TREE + "path"), _CREATED)
        yield Triple(relation, iri(TREE + "value"), _moment(self.changes.archive.publication(release).moment))

    def _member(self, part: Part, change: Change) -> Iterator[Triple]:
        """A version of a thing, with what its release says of it, or that it is gone."""
        release = part.publication.release
        name = quote(iri_value(change.name).removeprefix(BASE))
        version = iri(f"{BASE}ldes/{release}/{part.number}#{name}")
        yield Triple(_STREAM, iri(TREE + "member"), version)
        yield Triple(version, _VERSION_OF, change.name)
        yield Triple(version, _CREATED, _moment(part.publication.moment))
        if change.status == GONE:
            yield Triple(version, TYPE, iri(AS + "Tombstone"))
        for quad in self.changes.archive.release(release).record.of(change.name):
            yield Triple(version, quad.predicate, quad.object)

    def _reply(self, triples: set[Triple], cached: str = "") -> Response:
        form = negotiate(request.headers.get("Accept"), _FORMS)
        data = print_triples(triples, form, self.changes.archive.newest.context)
        reply = Response(data, content_type=form.content_type)
        reply.vary.add("Accept")
        if cached:
            reply.headers["Cache-Control"] = cached
        return reply


def _view(here: str) -> Triple:
    return Triple(_STREAM, iri(TREE + "view"), iri(f"{here}ldes"))


def _page(here: str, page: tuple[str, int]) -> Term:
    return iri(f"{here}ldes/{page[0]}/{page[1]}")


def _moment(text: str) -> Term:
    return literal(text, XSD + "dateTime")
