"""Decides how the classes of the vocabulary are drawn: their boxes, and what leads from one to another."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from almaty_graph.names import DEF, OWL, RDFS, XSD
from almaty_graph.release.record import Record
from almaty_graph.terms import TYPE, Term, iri
from almaty_graph.web.linked.usage import Usage
from almaty_graph.web.pictures.layers import Arrangement, arrange

_LINE: Final = 15
_HEAD: Final = 24
_PADDING: Final = 6
_BETWEEN: Final = 38  # columns
_LETTER, _LETTER_OF_NAME, _NUMBER = 5.9, 7.4, 32  # widths
_MARGIN: Final = 8
_OFTEN: Final = 5  # statements: as many are drawn, though the vocabulary does not declare them
_SUBCLASS, _DOMAIN, _RANGE = (iri(RDFS + name) for name in ("subClassOf", "domain", "range"))
_DATES: Final = {iri(XSD + name) for name in ("date", "gYear", "gYearMonth")}
_OURS: Final = f"<{DEF}"


@dataclass(frozen=True)
class Connection:
    """A property that leads from things of one class to things of another; is it declared, and how often."""

    kind: Term
    property: Term
    value: Term
    count: int
    is_declared: bool


@dataclass(frozen=True)
class Kind:
    """A class without a class above it, those below it, each with its depth, and its properties."""

    term: Term
    count: int
    below: list[tuple[Term, int, int]]
    properties: list[Term]
    dates: list[Term]

    @property
    def height(self) -> int:
        """How high its box is."""
        lines = len(self.below) + len(self.properties) + len(self.dates)
        return _HEAD + _LINE * lines + (_PADDING if lines else 0)

    def width(self, label: Callable[[Term], str]) -> float:
        """How wide its box has to be."""
        widths = [len(label(term)) * _LETTER + 10 * depth + _NUMBER for term, depth, _ in self.below]
        widths += [len(label(term)) * _LETTER for term in (*self.properties, *self.dates)]
        return 2 * _MARGIN + max([len(label(self.term)) * _LETTER_OF_NAME + _NUMBER, *widths])


@dataclass(frozen=True)
class Box:
    """A class where it is drawn, the baselines of the lines in it, and the arrows that leave it."""

    kind: Kind
    x: float
    width: float
    y: float
    arrows: list[tuple[Connection, str]] = field(default_factory=list)

    def line(self, number: int) -> float:
        """The baseline of a line below the name."""
        return round(self.y + _HEAD + _LINE * number + 11, 1)


@dataclass(frozen=True)
class Diagram:
    """The boxes, and the size of the picture."""

    boxes: list[Box]
    width: float
    height: float


class Anatomy:
    """The classes of the vocabulary of a record, and what connects them."""

    def __init__(self, record: Record, usage: Usage) -> None:
        self.record, self.usage = record, usage
        terms = record.subjects(TYPE, iri(OWL + "Class"))
        self.classes = [term for term in terms if term.startswith(_OURS)]
        self._root = {term: self._root_of(term) for term in self.classes}

    def connections(self) -> list[Connection]:
        """What the vocabulary declares between two topmost classes, and what the data have between them."""
        counts, declared = Counter[tuple[Term, Term, Term]](), set(self._declared())
        for kind in self.classes:
            for use in self.usage.of(kind):
                for value, count in use.classes.items():
                    if value in self._root:
                        counts[self._root[kind], use.property, self._root[value]] += count
        return [Connection(*key, counts[key], key in declared) for key in sorted({*counts, *declared})]

    def draw(self, label: Callable[[Term], str]) -> Diagram:
        """The picture of the classes; connections that are neither declared nor frequent are left out."""
        shown = [each for each in self.connections() if each.is_declared or each.count >= _OFTEN]
        kinds = {term: self._kind(term, shown) for term in sorted(set(self._root.values()))}
        connected = {term for each in shown for term in (each.kind, each.value)}
        kinds = {term: kind for term, kind in kinds.items() if kind.count or term in connected}
        edges = Counter[tuple[str, str]]()
        for each in shown:
            if each.kind != each.value:
                edges[each.kind, each.value] += max(each.count, 1)
        placed = arrange({term: kind.height for term, kind in kinds.items()}, edges)
        columns = list(_columns(kinds, placed, label))
        boxes = {
            term: Box(kind, *columns[placed.columns[term]], placed.tops[term] + _MARGIN)
            for term, kind in kinds.items()
        }
        for each in shown:
            if each.kind != each.value:
                boxes[each.kind].arrows.append((each, _arrow(each, boxes, placed, columns)))
        width = sum(columns[-1]) + _MARGIN if columns else 0
        in_order = sorted(boxes.values(), key=lambda box: (box.x, box.y))
        return Diagram(in_order, width, round(placed.height) + 2 * _MARGIN)

    def _declared(self) -> Iterator[tuple[Term, Term, Term]]:
        for kind in self.classes:
            for term in self.record.subjects(_DOMAIN, kind):
                for value in self.record.values(term, _RANGE):
                    if value in self._root:
                        yield self._root[kind], term, self._root[value]

    def _kind(self, term: Term, shown: Sequence[Connection]) -> Kind:
        below = list(self._below(term, 1))
        dates = Counter[Term]()
        for kind in [term, *(each for each, _, _ in below)]:
            for use in self.usage.of(kind):
                if _DATES & use.datatypes.keys() and not use.classes and use.property not in dates:
                    dates[use.property] = use.count
        count = self.usage.instances(term) + sum(number for _, _, number in below)
        leading = Counter[Term]()
        for each in shown:
            if each.kind == term:
                leading[each.property] += each.count
        return Kind(term, count, below, _by_count(leading), _by_count(dates - leading))

    def _below(self, term: Term, depth: int) -> Iterator[tuple[Term, int, int]]:
        for each in self.record.subjects(_SUBCLASS, term):
            if each in self._root:
                yield each, depth, self.usage.instances(each)
                yield from self._below(each, depth + 1)

    def _root_of(self, term: Term) -> Term:
        above = [each for each in self.record.values(term, _SUBCLASS) if each.startswith(_OURS)]
        return self._root_of(min(above)) if above else term


def _by_count(terms: Counter[Term]) -> list[Term]:
    return sorted(terms, key=lambda term: (-terms[term], term))


def _columns(
    kinds: dict[Term, Kind], placed: Arrangement, label: Callable[[Term], str]
) -> Iterator[tuple[float, float]]:
    """Where each column begins, and how wide it is."""
    left: float = _MARGIN
    for column in range(max(placed.columns.values(), default=-1) + 1):
        width = max(kind.width(label) for term, kind in kinds.items() if placed.columns[term] == column)
        yield round(left, 1), round(width, 1)
        left += width + _BETWEEN


def _arrow(
    each: Connection, boxes: dict[Term, Box], placed: Arrangement, columns: Sequence[tuple[float, float]]
) -> str:
    """The path from the line of a property to the head of the box that it leads to, and its point."""
    box, to = boxes[each.kind], boxes[each.value]
    first, last = placed.columns[each.kind], placed.columns[each.value]
    step = 1 if first < last else -1
    lanes = [lane + _MARGIN for lane in placed.lanes[each.kind, each.value][::step]]
    line = box.line(len(box.kind.below) + box.kind.properties.index(each.property)) - 4
    heights = [line, *lanes, to.y + _HEAD / 2]
    path, after = "", (0.0, 0.0)
    for column, height in zip(range(first, last + step, step), heights, strict=True):
        left, width = columns[column]
        near, far = (left, left + width)[::step]
        if path:
            middle = (after[0] + near) / 2
            path += f"C{middle:g} {after[1]:g} {middle:g} {height:g} {near:g} {height:g}"
        if column != last:
            path += f"H{far:g}" if path else f"M{far:g} {height:g}"
        after = far, height
    return f"{path}m{-5 * step} -3l{5 * step} 3l{-5 * step} 3"
