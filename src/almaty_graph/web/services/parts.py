"""Decides which part of our graph a name stands for; nothing is fetched from elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from almaty_graph.errors import NotFound
from almaty_graph.formats import DOCUMENTS, TURTLE, by_suffix
from almaty_graph.linking.identifiers import expand
from almaty_graph.names import BASE, DCTERMS, DEF, GRAPH, ID, RDFS, SKOS, SOURCE
from almaty_graph.release import Release
from almaty_graph.release.dumps import print_triples
from almaty_graph.terms import Quad, Term, iri, iri_value, is_absolute, literal
from almaty_graph.validation.asking import RELEASE
from almaty_graph.validation.documents import Document
from almaty_graph.web.linked.vocabulary import Vocabulary
from almaty_graph.web.portal.labels import Labels, languages_of

_NAMING: Final = (
    *(iri(SKOS + name) for name in ("prefLabel", "altLabel")),
    iri(RDFS + "label"),
    iri(DCTERMS + "title"),
)
_TOLD: Final = 5  # of several things that have a name
_SHOWN: Final = 200  # characters of what was asked for


@dataclass(frozen=True)
class Part:
    """A part of our graph as Turtle, what of the rest is known (see Request), and how much is not judged."""

    document: Document
    known: str
    left_out: int


class Parts:
    """The things, the named graphs and the terms of the vocabulary of a release, by address or name."""

    def __init__(self, release: Release) -> None:
        self.release, self.record = release, release.record
        self._vocabulary, self._labels = Vocabulary(release), Labels(release.record)
        self._languages = (*languages_of(release.record), None)

    def find(self, asked: str, here: str) -> Part:
        """The part that is asked for; `here` is the address of this server, `/` last.

        Raises NotFound, which says what there is, for what is not ours, or is the name of several things.
        """
        asked = asked.strip()
        for term in (*_addressed(asked, here), *self._called(asked)):
            if quads := self._quads(term):
                judged = list(self.record.judged(quads))
                text = print_triples((quad.triple for quad in judged), TURTLE, self.release.context)
                document = Document("data.ttl", ox.RdfFormat.TURTLE, text=text)
                known = iri_value(term) if self.is_graph(term) else RELEASE
                return Part(document, known, len(quads) - len(judged))
        raise NotFound(
            f"nothing of this graph is called {asked[:_SHOWN]!r}: give the address of a page here, or a name "
            "such as state:kyrgyzstan, graph:register or Kyrgyzstan; nothing is fetched from elsewhere"
        )

    def is_graph(self, term: Term) -> bool:
        """Whether a term names a graph of the release."""
        return term in self.record.sizes

    def _quads(self, term: Term) -> list[Quad]:
        """What the document of a name says."""
        if self.is_graph(term):
            return self.record.graph(term)
        if term.startswith(f"<{DEF}") and self._vocabulary.is_term(term):
            return self._vocabulary.document(term)
        return self.record.document(term) if self.record.describes(term) else []

    def _called(self, name: str) -> list[Term]:
        """The one thing that has a name, letter for letter, in any language."""
        found = {
            quad.subject
            for language in self._languages
            for quad in self.record.mentions(literal(name, language=language))
            if quad.predicate in _NAMING and quad.subject.startswith(f"<{BASE}")
        }
        if len(found) > 1:
            some = ", ".join(map(self._labels.compact, sorted(found)[:_TOLD]))
            raise NotFound(f"several things are called {name[:_SHOWN]!r}: say which, such as {some}")
        return list(found)


def _addressed(asked: str, here: str) -> Iterator[Term]:
    """The names of ours that an address, a path, a prefixed name or the end of an address may stand for."""
    for place in (here, "/"):
        if asked.startswith(place):
            asked = BASE + asked.removeprefix(place)
            break
    whole = expand(asked)
    address, mark, fragment = whole.partition("#")
    address = address.partition("?")[0]
    stem, _, suffix = address.rpartition(".")
    # A fragment may lead to a place on a page, or be part of a name.
    names = [address + mark + fragment, address, *([stem] if by_suffix(suffix, DOCUMENTS) else [])]
    names += [name.replace(BASE + "def/", DEF, 1) for name in names]
    names = [GRAPH + "ontology" if name == BASE + "def" else name for name in names]
    if ":" not in asked:
        names += [space + asked for space in (GRAPH, ID, SOURCE, DEF)]
    yield from dict.fromkeys(iri(name) for name in names if is_absolute(name) and name.startswith(BASE))
