"""Decides where a result stands: at the triple that breaks the shape, else where its focus node is first."""

from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field

import pyoxigraph as ox

from almaty_graph.bridge import Node
from almaty_graph.lines import Lines
from almaty_graph.places import Place
from almaty_graph.validation.data import Blanks
from almaty_graph.validation.documents import PLACED, Document

# A triple that is looked for; None stands for any term.
Wanted = tuple[Node | None, Node | None, Node | None]


@dataclass
class _Index:
    """The first place of each triple that is looked for, and of its looser forms."""

    triples: set[Wanted] = field(default_factory=set)
    nodes: set[Node] = field(default_factory=set)
    places: dict[Wanted, Place] = field(default_factory=dict)


def locate(
    wanted: Iterable[list[Wanted]], documents: Iterable[Document], blanks: Blanks
) -> list[Place | None]:
    """For each list of triples, from the most fitting on, the place of the first that is found.

    The documents are read once more, line by line, in the order in which the data were made of them; blank
    nodes are told by the order in which they come. Documents of other formats have no places.
    """
    asked = list(wanted)
    index = _Index()
    for choices in asked:
        for choice in choices:
            index.triples.add(choice)
            index.nodes.update(each for each in (choice[0], choice[2]) if each is not None)
    again = Blanks()
    for document in documents:
        _read(document, index, blanks, again)
    return [next((index.places[each] for each in choices if each in index.places), None) for choices in asked]


def _read(document: Document, index: _Index, blanks: Blanks, again: Blanks) -> None:
    prefixes: dict[str, str] = {}
    with closing(document.open()) as stream:
        lines = Lines(stream)
        placed = document.form in PLACED
        for quad in document.parse(lines if placed else stream, prefixes):
            subject, value = again.same(quad.subject, blanks), again.same(quad.object, blanks)
            if not placed or (subject not in index.nodes and value not in index.nodes):
                continue
            looked_for = (
                (subject, quad.predicate, value), (subject, quad.predicate, None), (subject, None, None),
                (None, None, value),
            )  # fmt: skip
            for each in looked_for:
                if each in index.triples and each not in index.places:
                    column = _column(lines.line.decode(errors="replace"), quad, each, prefixes)
                    index.places[each] = Place(document.name, lines.number, column)


def _column(line: str, quad: ox.Quad, wanted: Wanted, prefixes: Mapping[str, str]) -> int:
    """The column, from 1, at which a term that is looked for stands, else that of the first character."""
    _, predicate, value = wanted
    term = quad.object if value is not None else quad.predicate if predicate is not None else quad.subject
    places = [line.rfind(form) for form in _forms(term, prefixes)]
    found = max(places, default=-1)
    return (found if found >= 0 else len(line) - len(line.lstrip())) + 1


def _forms(term: object, prefixes: Mapping[str, str]) -> list[str]:
    """How a term may be written."""
    if isinstance(term, ox.NamedNode):
        names = [f"{p}:{term.value[len(n) :]}" for p, n in prefixes.items() if term.value.startswith(n)]
        return [f"<{term.value}>", *names]
    if isinstance(term, ox.Literal):
        text = str(term).rpartition('"')[0][1:]
        return [f'"{text}"', f"'{text}'", *([f" {term.value}"] if term.value.isalnum() else [])]
    return []
