"""Decides what belongs to a term of the vocabulary: what is said of it, where it is named, what binds it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from almaty_graph import turtle
from almaty_graph.names import DEF, GRAPH, RDFS, SH, SHAPES
from almaty_graph.release import Release
from almaty_graph.release.record import Record
from almaty_graph.terms import Quad, Term, iri, is_iri, literal_parts

_ONTOLOGY = iri(GRAPH + "ontology")
_SUBCLASS = iri(RDFS + "subClassOf")
_TARGET, _PATH, _MESSAGE, _SEVERITY = (
    iri(SH + name) for name in ("targetClass", "path", "message", "severity")
)
_HELD = tuple(iri(SH + name) for name in ("property", "sparql", "node"))
_VARIABLE = re.compile(r"\{[?$](\w+)\}")
# What names a term in the vocabulary, and is worth a line on its page.
NAMING = {iri(RDFS + name): name for name in ("domain", "range", "subClassOf")}


@dataclass(frozen=True)
class Constraint:
    """A rule that binds a term: its shape, its severity, and what it says by language."""

    shape: Term
    severity: str
    messages: dict[str, str]

    def told(self, language: str) -> str:
        """What it says of whatever it binds: `{?chair}`, which a result replaces, is written `[chair]`."""
        message = self.messages.get(language) or self.messages.get("en") or self.messages.get("", "")
        return without_variables(message)


class Vocabulary:
    """The terms of the vocabulary of a release, each with its shapes."""

    def __init__(self, release: Release) -> None:
        self.release, self.record = release, release.record

    def is_term(self, term: Term) -> bool:
        """Whether the vocabulary defines a term."""
        return any(quad.graph == _ONTOLOGY for quad in self.record.of(term))

    def document(self, term: Term) -> list[Quad]:
        """What is said of a term, of the terms that name it, and of the shapes that bind it.

        Of a shape no more than what needs no blank node: the rest is in the file of all shapes.
        """
        named = {quad.subject for quad in self.naming(term)}
        about = [quad for each in (term, *sorted(named)) for quad in self.record.of(each)]
        shapes = [quad for c in self.constraints(term) for quad in self._shapes.of(c.shape)]
        return [*about, *(quad for quad in shapes if not quad.object.startswith("_:"))]

    def naming(self, term: Term) -> list[Quad]:
        """The statements that tell a term's place: whose domain or range it is, what is below it."""
        return [quad for quad in self.record.mentions(term) if quad.predicate in NAMING]

    def constraints(self, term: Term) -> list[Constraint]:
        """The rules that bind what is of a class, or the values of a property; sorted by shape."""
        bound = {shape for each in self._above(term) for shape in self._naming_shapes(each, _TARGET)}
        held = {part for shape in bound for part in self._shapes.values(shape, *_HELD)}
        bound |= held | set(self._naming_shapes(term, _PATH))
        return [self._constraint(shape) for shape in sorted(bound) if self._shapes.values(shape, _MESSAGE)]

    @cached_property
    def _shapes(self) -> Record:
        parsed = turtle.parse(self.release.read("shapes.ttl"), "shapes.ttl")
        return Record.of_quads(Quad(*triple, iri(SHAPES)) for triple, _ in parsed)

    def _naming_shapes(self, term: Term, predicate: Term) -> Iterator[Term]:
        """The named shapes that have a term as the value of a property, be it within a list."""
        open_nodes = self._shapes.subjects(predicate, term)
        if predicate == _PATH:  # of a path of several steps, each step counts
            open_nodes += [quad.subject for quad in self._shapes.mentions(term) if not is_iri(quad.subject)]
        while open_nodes:
            node = open_nodes.pop()
            if is_iri(node):
                yield node
            else:
                open_nodes += [quad.subject for quad in self._shapes.mentions(node)]

    def _above(self, term: Term) -> list[Term]:
        found = [term]
        for each in found:
            found += [
                c for c in self.record.values(each, _SUBCLASS) if c not in found and c.startswith(_OURS)
            ]
        return found

    def _constraint(self, shape: Term) -> Constraint:
        [severity, *_] = [*self._shapes.values(shape, _SEVERITY), iri(SH + "Violation")]
        return Constraint(
            shape, severity[1:-1].removeprefix(SH), by_language(self._shapes.values(shape, _MESSAGE))
        )


_OURS = f"<{DEF}"


def without_variables(message: str) -> str:
    """A message for whatever a rule finds: `{?chair}`, which a result replaces, is written `[chair]`."""
    return _VARIABLE.sub(lambda found: "this" if found[1] == "this" else f"[{found[1]}]", message)


def by_language(values: Iterable[Term]) -> dict[str, str]:
    """Texts by their language, none under the empty one."""
    return {part.language or "": part.value for part in map(literal_parts, values)}
