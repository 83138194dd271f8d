"""Decides what shapes say: statements by subject, which of them aim at data, and which words are known."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import chain
from typing import Final

from rdflib.namespace import SH as SH_TERMS

from almaty_graph.engine.language.tokens import TOKEN
from almaty_graph.errors import InputError
from almaty_graph.names import RDF, RDFS, SH
from almaty_graph.terms import TYPE, Term, Triple, iri, iri_value, is_iri, is_literal, literal_parts

_FIRST, _REST, _NIL = iri(RDF + "first"), iri(RDF + "rest"), iri(RDF + "nil")
_CLASS, _SUBCLASS = iri(RDFS + "Class"), iri(RDFS + "subClassOf")
_TARGETS: Final = ("targetNode", "targetClass", "targetSubjectsOf", "targetObjectsOf")
_AIMING: Final = frozenset(iri(SH + name) for name in _TARGETS)
_REFERRING: Final = frozenset(iri(SH + name) for name in ("property", "node", "not", "qualifiedValueShape"))
_LISTING: Final = frozenset(iri(SH + name) for name in ("and", "or", "xone"))
# SHACL 1.0 is Core and SPARQL. Rules, functions, expressions, JavaScript and targets by query are other
# specifications, and would be passed over in silence.
_FURTHER: Final = frozenset(
    ("condition", "expression", "filterShape", "intersection", "js", "jsFunctionName", "jsLibrary",
     "jsLibraryURL", "nodes", "object", "predicate", "returnType", "rule", "subject", "target", "this",
     "union")
)  # fmt: skip
_LISTED: Final = frozenset((*SH_TERMS.__annotations__, "and", "class", "in", "not", "or"))
_KNOWN: Final = frozenset(
    name for name in _LISTED - _FURTHER if not re.search("JS|Rule|Function|Expression|Target(?:Type)?$", name)
)


class ShapesError(InputError):
    """The shapes themselves are ill-formed, or say what nobody here understands: nothing can be judged."""


class Unsearchable(Exception):
    """Why a shape cannot be searched with."""


def sh(name: str) -> Term:
    """A term of the SHACL vocabulary."""
    return iri(SH + name)


class Shapes:
    """A shapes graph, by subject."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self.triples = tuple(triples)
        rows: dict[Term, dict[Term, list[Term]]] = defaultdict(lambda: defaultdict(list))
        for subject, predicate, value in self.triples:
            rows[subject][predicate].append(value)
        self._rows: dict[Term, dict[Term, list[Term]]] = {each: dict(row) for each, row in rows.items()}

    def row(self, subject: Term) -> dict[Term, list[Term]]:
        """What is said of a subject."""
        return self._rows.get(subject, {})

    def prove_known(self) -> None:
        """Raise ShapesError for a term of the SHACL namespace that is not of SHACL 1.0."""
        for triple in self.triples:
            for term in triple if triple.subject in self._shapes else ():
                if term.startswith(f"<{SH}") and iri_value(term).removeprefix(SH) not in _KNOWN:
                    raise ShapesError(
                        f"the shapes are ill-formed: found sh:{iri_value(term).removeprefix(SH)} at "
                        f"{triple.subject}, which is not of SHACL 1.0 (Core and SPARQL) and would be ignored"
                    )

    def prove_closed(self) -> None:
        """Raise ShapesError for a query of the shapes that would ask others, or read other graphs."""
        for subject, predicate, value in self.triples:
            if predicate not in (sh("select"), sh("ask")) or not is_literal(value):
                continue
            for token in TOKEN.finditer(literal_parts(value).value):
                if token.lastgroup == "word" and token[0].lower() in ("service", "from"):
                    raise ShapesError(
                        f"found {token[0].upper()} in a query at {subject}: shapes ask of the data alone"
                    )

    def values(self, subject: Term, name: str) -> list[Term]:
        """The values that a subject has for a term of SHACL."""
        return self.row(subject).get(sh(name), [])

    def value(self, subject: Term, name: str) -> Term | None:
        """The only value; ShapesError if there are several."""
        found = self.values(subject, name)
        if len(found) > 1:
            raise ShapesError(f"found {len(found)} values of sh:{name} at {subject}, which may have one")
        return found[0] if found else None

    def number(self, subject: Term, name: str) -> int | None:
        """The whole number that a subject has for a term of SHACL; Unsearchable for what is none."""
        value = self.value(subject, name)
        text = literal_parts(value).value if value is not None and is_literal(value) else ""
        if value is not None and not (text.isascii() and text.isdigit()):
            raise Unsearchable(f"sh:{name} of {subject} is {value}, which is no number")
        return None if value is None else int(text)

    def constants(self, subject: Term, name: str) -> list[Term]:
        """Values that a query can name; Unsearchable for a blank node."""
        found = self.values(subject, name)
        if any(each.startswith("_:") for each in found):
            raise Unsearchable(f"sh:{name} of {subject} is a blank node")
        return found

    def items(self, head: Term) -> list[Term]:
        """The members of an RDF list; ShapesError if it is none."""
        found, seen = [], set()
        while head != _NIL:
            first, rest = self.row(head).get(_FIRST, []), self.row(head).get(_REST, [])
            if head in seen or len(first) != 1 or len(rest) != 1:
                raise ShapesError(
                    f"found no list at {head}: each of its nodes has one rdf:first and one rdf:rest"
                )
            seen.add(head)
            found.append(first[0])
            head = rest[0]
        return found

    def allowed(self, shape: Term) -> list[Term]:
        """The properties that a closed shape allows (4.8.1), sorted."""
        lists = map(self.items, self.values(shape, "ignoredProperties"))
        paths = (self.values(each, "path") for each in self.values(shape, "property"))
        return sorted({each for each in chain(*lists, *paths) if is_iri(each)})

    def siblings(self, shape: Term) -> list[Term]:
        """Of a property shape that is to be apart from them, the qualified value shapes beside it (4.7.3)."""
        if not self.is_true(shape, "qualifiedValueShapesDisjoint"):
            return []
        parents = [t.subject for t in self.triples if t[1:] == (sh("property"), shape)]
        beside = [each for parent in parents for each in self.values(parent, "property")]
        return [value for each in beside for value in self.values(each, "qualifiedValueShape")]

    def prove_finite(self, shape: Term, within: tuple[Term, ...] = ()) -> None:
        """Raise Unsearchable for a shape that refers to itself, or to one that does."""
        if shape in within:
            raise Unsearchable(f"{shape} refers to itself")
        if self.is_true(shape, "deactivated"):
            return
        row = self.row(shape)
        named = chain.from_iterable(row.get(each, ()) for each in _REFERRING)
        listed = (self.items(head) for each in _LISTING for head in row.get(each, ()))
        for other in {*named, *chain.from_iterable(listed), *self.siblings(shape)}:
            self.prove_finite(other, (*within, shape))

    def is_true(self, subject: Term, name: str) -> bool:
        """Whether a flag is set."""
        value = self.value(subject, name)
        return value is not None and literal_parts(value)[0] in ("true", "1")

    def is_property(self, shape: Term) -> bool:
        """Whether a shape is a property shape (2.3): whether it has a path."""
        return bool(self.values(shape, "path"))

    @cached_property
    def aiming(self) -> tuple[Term, ...]:
        """The shapes that aim at data (2.1.3), in the order of the graph."""
        return tuple(shape for shape in self._rows if any(True for _ in self.targets(shape)))

    @cached_property
    def aimed(self) -> tuple[Term, ...]:
        """Those of them that are not deactivated."""
        return tuple(shape for shape in self.aiming if not self.is_true(shape, "deactivated"))

    @cached_property
    def parameters(self) -> frozenset[Term]:
        """The predicates by which shapes use constraint components of the graph's own (6.2.1)."""
        named = (triple.object for triple in self.triples if triple.predicate == sh("parameter"))
        return frozenset(path for each in named for path in self.values(each, "path"))

    def targets(self, shape: Term) -> Iterator[tuple[str, Term]]:
        """The targets of a shape, each with its kind; a shape that is a class aims at its instances."""
        for kind in _TARGETS:
            for value in self.values(shape, kind):
                yield kind, value
        if self._is_implicit(shape):
            yield "targetClass", shape

    def _is_implicit(self, shape: Term) -> bool:
        types = self.row(shape).get(TYPE, [])
        return not self._classes.isdisjoint(types) and shape in self._shapes

    @cached_property
    def _shapes(self) -> frozenset[Term]:
        """Every shape by its type, its targets, or what refers to it."""
        found = set()
        for subject, predicate, value in self.triples:
            if (
                predicate == TYPE and value in (sh("NodeShape"), sh("PropertyShape"))
            ) or predicate in _AIMING:
                found.add(subject)
            elif predicate in _REFERRING:
                found |= {subject, value}
            elif predicate in _LISTING:
                found |= set(self.items(value))
        return frozenset(found)

    @cached_property
    def _classes(self) -> frozenset[Term]:
        made = (t.subject for t in self.triples if t.predicate == _SUBCLASS and t.object == _CLASS)
        return frozenset((_CLASS, *made))

    def is_aim(self, triple: Triple) -> bool:
        """Whether a statement makes a shape aim at data, be it by making it a class."""
        subject, predicate, value = triple
        implicit = predicate == TYPE and value in self._classes and self._is_implicit(subject)
        return predicate in _AIMING or implicit

    def aimed_at(self, found: dict[Term, Iterable[Term]]) -> Iterator[Triple]:
        """The same shapes, but each aims at the nodes that were found for it, and at nothing else."""
        yield from (triple for triple in self.triples if not self.is_aim(triple))
        for shape, nodes in found.items():
            for node in nodes:
                yield Triple(shape, sh("targetNode"), node)
