"""Decides how triples lie to be asked all at once: as numbers of terms, in a column for each predicate."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import count
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import pyoxigraph as ox

from almaty_graph.bridge import Node, node_of
from almaty_graph.names import RDFS
from almaty_graph.terms import TYPE, Term

Numbers = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
# A pattern of a triple; None stands for any term.
Pattern = tuple[Node | None, Node | None, Node | None]

IRI, BLANK, LITERAL, OTHER = range(4)
_TYPE, _SUBCLASS = node_of(TYPE), ox.NamedNode(RDFS + "subClassOf")
_KINDS: Final = {ox.NamedNode: IRI, ox.BlankNode: BLANK, ox.Literal: LITERAL}


class Terms(dict[Node, int]):
    """The number of each term, which it gets when it is first asked for."""

    def __missing__(self, term: Node) -> int:
        self[term] = number = len(self)
        return number


class Column:
    """The triples of a predicate: subjects and objects side by side, sorted, each pair once.

    `places` has, for each, the number of the first statement that says so.
    """

    def __init__(self, subjects: Numbers, objects: Numbers, places: Numbers) -> None:
        self.subjects, self.objects, self.places = subjects, objects, places

    @classmethod
    def of(cls, subjects: Numbers, objects: Numbers, places: Numbers) -> Self:
        """The column of pairs in any order, of which some may be there several times."""
        order = np.lexsort((places, objects, subjects))
        subjects, objects, places = subjects[order], objects[order], places[order]
        first = np.ones(len(subjects), dtype=bool)
        first[1:] = (subjects[1:] != subjects[:-1]) | (objects[1:] != objects[:-1])
        return cls(subjects[first], objects[first], places[first])

    @cached_property
    def reverse(self) -> "Column":
        """The same from the objects to the subjects."""
        order = np.lexsort((self.subjects, self.objects))
        return Column(self.objects[order], self.subjects[order], self.places[order])

    def rows(self, subject: int) -> slice:
        """Where the pairs of one subject are."""
        return slice(*np.searchsorted(self.subjects, (subject, subject + 1)))

    def spread(self, subjects: Numbers) -> tuple[Numbers, Numbers]:
        """The objects of all these subjects, and of each the place of its subject among them."""
        begin, end = (np.searchsorted(self.subjects, subjects, side) for side in ("left", "right"))
        number = end - begin
        places = np.repeat(np.arange(len(subjects)), number)
        within = np.arange(len(places)) - np.repeat(np.cumsum(number) - number, number)
        return places, self.objects[np.repeat(begin, number) + within]


class Columns:
    """Triples as columns; those that are there several times, once."""

    def __init__(self, quads: Iterable[Any]) -> None:
        """Of quads, whose graphs do not count."""
        numbers, flat = Terms(), list[int]()
        take = flat.append
        for subject, predicate, value, _ in quads:
            take(numbers[subject])
            take(numbers[predicate])
            take(numbers[value])
        self.numbers = numbers
        self._instances: dict[Term, Bools] = {}
        subjects, predicates, objects = np.array(flat, dtype=np.int64).reshape(-1, 3).T
        order = np.argsort(predicates, kind="stable")
        names, begins = np.unique(predicates[order], return_index=True)
        parts = np.split(order, begins[1:]) if len(names) else []
        self.of: dict[int, Column] = {
            int(name): Column.of(subjects[part], objects[part], part)
            for name, part in zip(names, parts, strict=True)
        }

    def __len__(self) -> int:
        return sum(len(column.subjects) for column in self.of.values())

    @cached_property
    def terms(self) -> Sequence[Node]:
        """The terms by their numbers."""
        return list(self.numbers)

    @cached_property
    def kinds(self) -> Numbers:
        """Of each term whether it is an IRI, a blank node or a literal."""
        return np.array([_KINDS.get(type(term), OTHER) for term in self.terms], dtype=np.int64)

    @cached_property
    def datatypes(self) -> tuple[dict[str, int], Numbers]:
        """The datatypes, each with its number, and the number of that of each term; -1 for what has none."""
        return self._told(lambda literal: literal.datatype.value)

    @cached_property
    def languages(self) -> tuple[dict[str, int], Numbers]:
        """The language tags, likewise."""
        return self._told(lambda literal: literal.language)

    def _told(self, of: Any) -> tuple[dict[str, int], Numbers]:
        names, number = dict[str, int](), count()
        told = np.full(len(self.terms), -1)
        for place in np.flatnonzero(self.kinds == LITERAL).tolist():
            if (name := of(self.terms[place])) is not None:
                told[place] = names[name] if name in names else names.setdefault(name, next(number))
        return names, told

    def instances(self, kind: Term) -> Bools:
        """Which terms are of a class, or of one below it."""
        if kind not in self._instances:
            found = self._instances[kind] = np.zeros(len(self.terms), dtype=bool)
            if types := self.column(_TYPE):
                for each in (node_of(kind), *self.subclasses(kind)):
                    found[types.reverse.objects[types.reverse.rows(self.numbers.get(each, -1))]] = True
        return self._instances[kind]

    def subclasses(self, kind: Term) -> list[Node]:
        """The classes below a class, itself left out."""
        below, first = self.column(_SUBCLASS), self.numbers.get(node_of(kind))
        found, new = set[int](), [] if below is None or first is None else [first]
        while below and new:
            each = new.pop()
            more = set(below.reverse.objects[below.reverse.rows(each)].tolist()) - found
            found |= more
            new += more
        return [self.terms[each] for each in sorted(found - {first})]

    def column(self, predicate: Node) -> Column | None:
        """The triples of a predicate, if there are any."""
        return self.of.get(self.numbers.get(predicate, -1))

    @cached_property
    def _all(self) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """The subjects, predicates, objects and places of all columns, one after the other."""
        columns = [Column(*3 * (np.empty(0, dtype=np.int64),)), *self.of.values()]
        subjects, objects, places = (
            np.concatenate([getattr(column, side) for column in columns])
            for side in ("subjects", "objects", "places")
        )
        names = np.repeat(np.array([0, *self.of]), [len(column.subjects) for column in columns])
        return subjects, names, objects, places

    @cached_property
    def about(self) -> Column:
        """The predicates that each subject has."""
        subjects, predicates, _, places = self._all
        return Column.of(subjects, predicates, places)

    @cached_property
    def into(self) -> Column:
        """The predicates that lead to each object."""
        _, predicates, objects, places = self._all
        return Column.of(objects, predicates, places)

    def has(self, node: Node) -> bool:
        """Whether a term is the subject or the object of a triple."""
        number = self.numbers.get(node, -1)
        return any(len(side.objects[side.rows(number)]) for side in (self.about, self.into))

    def matches(self, pattern: Pattern) -> Iterator[tuple[int, Column, slice | Numbers]]:
        """Where the triples of a pattern are: the predicate, its column or the reverse, and rows of that."""
        subject, predicate, value = (None if each is None else self.numbers.get(each, -1) for each in pattern)
        if predicate is not None:
            names = [predicate] if predicate in self.of else []
        elif subject is not None:
            names = self.about.objects[self.about.rows(subject)].tolist()
        elif value is not None:
            names = self.into.objects[self.into.rows(value)].tolist()
        else:
            names = list(self.of)
        for name in names:
            column = self.of[name]
            if subject is not None:
                rows: slice | Numbers = column.rows(subject)
                if value is not None:
                    rows = column.rows(subject).start + np.flatnonzero(column.objects[rows] == value)
                yield name, column, rows
            elif value is not None:
                yield name, column.reverse, column.reverse.rows(value)
            else:
                yield name, column, slice(None)

    def triples(self, pattern: Pattern) -> Iterator[tuple[Node, Node, Node]]:
        """The triples of a pattern."""
        terms = self.terms
        for name, column, rows in self.matches(pattern):
            sides = column.subjects[rows].tolist(), column.objects[rows].tolist()
            subjects, values = sides if column is self.of[name] else reversed(sides)
            predicate = terms[name]
            for subject, value in zip(subjects, values, strict=True):
                yield terms[subject], predicate, terms[value]

    def statements(self) -> Iterator[tuple[Node, Node, Node]]:
        """All triples in the order in which they were first stated."""
        *triples, places = self._all
        order = np.argsort(places)
        for each in zip(*(side[order].tolist() for side in triples), strict=True):
            subject, predicate, value = (self.terms[number] for number in each)
            yield subject, predicate, value

    def nodes(self, before: int, *, only_subjects: bool) -> list[Node]:
        """The subjects, and if so wished the objects, of the statements before one."""
        subjects, _, objects, places = self._all
        sides = (subjects,) if only_subjects else (subjects, objects)
        found = np.unique(np.concatenate([side[places < before] for side in sides]))
        return [self.terms[each] for each in found.tolist()]

    def place(self, pattern: Pattern) -> int | None:
        """The number of the first statement of a pattern, None if there is none."""
        places = [column.places[rows] for _, column, rows in self.matches(pattern)]
        return min((int(each.min()) for each in places if len(each)), default=None)
