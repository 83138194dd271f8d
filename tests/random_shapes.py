"""Decides what random shapes and data look like: all of Core, paths, nesting, and values that break them."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from almaty_graph.names import RDF, RDFS, SH, XSD
from almaty_graph.terms import TYPE, Term, Triple, iri, literal

X = "http://example.org/"
NODES = [iri(X + name) for name in "abcdef"] + ["_:x", "_:y"]
CLASSES = [iri(X + name) for name in ("C", "D", "E")]
PROPERTIES = [iri(X + name) for name in ("p", "q", "r")]
# No value that RDFLib compares or spells in a way of its own: see DECISIONS.md.
LITERALS = [
    literal("a"), literal("abc"), literal(""), literal("Almaty Process"),
    literal("a", language="en"), literal("b", language="en"), literal("a", language="en-gb"),
    literal("a", language="ru"),
    *(literal(str(number), XSD + "integer") for number in (-1, 0, 1, 2, 5)),
    literal("1.5", XSD + "decimal"), literal("abc", XSD + "integer"), literal("5", XSD + "byte"),
    literal("300", XSD + "byte"), literal("7", XSD + "nonNegativeInteger"),
    *(literal(day, XSD + "date") for day in ("2020-01-01", "2021-06-30", "2020-02-30")),
    literal("2020-01-01T00:00:00", XSD + "dateTime"), literal("true", XSD + "boolean"),
    literal("x", X + "datatype"),
]  # fmt: skip
DATATYPES = [XSD + name for name in ("string", "integer", "decimal", "date", "dateTime", "boolean", "byte")]
DATATYPES += [RDF + "langString", X + "datatype"]
PATTERNS = ("^a", "b$", "^[a-c]+$", "A", "o.e", "(a|x)+", "a{2,3}", r"\d", "(?=a)")
KINDS = ("IRI", "BlankNode", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral")

# Languages often, since two of one are needed to be one too many.
terms = st.sampled_from(NODES + LITERALS + LITERALS[4:8] * 4)
constants = st.sampled_from(NODES[:6] + LITERALS)
predicates = st.sampled_from(PROPERTIES)


def _sh(name: str) -> Term:
    return iri(SH + name)


def _number(number: int) -> Term:
    return literal(str(number), XSD + "integer")


class Drawing:
    """A shapes graph that grows while shapes are drawn."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self.draw, self.triples, self.number = draw, list[Triple](), 0

    def name(self, kind: str) -> Term:
        self.number += 1
        return iri(f"{X}{kind}{self.number}") if self.draw(st.booleans()) else f"_:{kind}{self.number}"

    def say(self, subject: Term, name: str, value: Term) -> None:
        self.triples.append(Triple(subject, _sh(name), value))

    def list(self, members: list[Term]) -> Term:
        head = iri(RDF + "nil")
        for member in reversed(members):
            self.number += 1
            node = f"_:l{self.number}"
            self.triples += [Triple(node, iri(RDF + "first"), member), Triple(node, iri(RDF + "rest"), head)]
            head = node
        return head

    def path(self, depth: int = 2) -> Term:
        kind = (
            self.draw(st.sampled_from(("p", "p", "p", "p", "^", "/", "|", "*", "+", "?"))) if depth else "p"
        )
        if kind == "p":
            return str(self.draw(predicates))
        if kind == "/":
            return self.list([self.path(depth - 1), self.path(depth - 1)])
        self.number += 1
        node = f"_:path{self.number}"
        if kind == "|":
            self.say(node, "alternativePath", self.list([self.path(depth - 1), self.path(depth - 1)]))
            return node
        names = {"^": "inversePath", "*": "zeroOrMorePath", "+": "oneOrMorePath", "?": "zeroOrOnePath"}
        self.say(node, names[kind], self.path(depth - 1))
        return node

    def node_shape(self, depth: int) -> Term:
        shape = self.name("N")
        self.triples.append(Triple(shape, TYPE, _sh("NodeShape")))
        self.constraints(shape, depth, on_values=False)
        return shape

    def property_shape(self, depth: int) -> Term:
        shape = self.name("P")
        self.triples.append(Triple(shape, TYPE, _sh("PropertyShape")))
        self.say(shape, "path", self.path())
        self.constraints(shape, depth, on_values=True)
        return shape

    def any_shape(self, depth: int) -> Term:
        return self.property_shape(depth) if self.draw(st.booleans()) else self.node_shape(depth)

    def constraints(self, shape: Term, depth: int, *, on_values: bool) -> None:
        drawn = _OF_VALUES + (_OF_SHAPES if depth else ())
        if on_values:  # which are few, and need several values to be broken
            drawn += _OF_PROPERTIES * 3 + (("qualifiedValueShape",) * 3 if depth else ())
        for name in self.draw(st.lists(st.sampled_from(drawn), min_size=1, max_size=3, unique=True)):
            _COMPONENTS[name](self, shape, depth)
        if self.draw(st.integers(0, 9)) == 0:
            self.say(shape, "severity", _sh(self.draw(st.sampled_from(("Warning", "Info")))))
        if self.draw(st.integers(0, 14)) == 0:
            self.say(shape, "deactivated", literal("true", XSD + "boolean"))
        if self.draw(st.integers(0, 9)) == 0:
            self.say(shape, "message", literal("said", language="en"))

    def target(self, shape: Term) -> None:
        kind = self.draw(
            st.sampled_from(("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf"))
        )
        values = {"targetClass": st.sampled_from(CLASSES), "targetNode": constants}
        self.say(shape, kind, self.draw(values.get(kind, predicates)))


def _bound(name: str) -> Callable[[Drawing, Term, int], None]:
    bounds = st.sampled_from(
        [_number(1), _number(2), literal("1.5", XSD + "decimal"), literal("2020-06-01", XSD + "date")]
    )
    return lambda d, shape, _: d.say(shape, name, d.draw(bounds))


def _small(name: str) -> Callable[[Drawing, Term, int], None]:
    return lambda d, shape, _: d.say(shape, name, _number(d.draw(st.integers(0, 3))))


def _shapes(name: str) -> Callable[[Drawing, Term, int], None]:
    def state(d: Drawing, shape: Term, depth: int) -> None:
        members = [d.any_shape(depth - 1) for _ in range(d.draw(st.integers(1, 3)))]
        d.say(shape, name, d.list(members))

    return state


def _pattern(d: Drawing, shape: Term, _: int) -> None:
    d.say(shape, "pattern", literal(d.draw(st.sampled_from(PATTERNS))))
    if d.draw(st.booleans()):
        d.say(shape, "flags", literal("i"))


def _closed(d: Drawing, shape: Term, _: int) -> None:
    d.say(shape, "closed", literal("true", XSD + "boolean"))
    d.say(shape, "ignoredProperties", d.list([TYPE, *d.draw(st.lists(predicates, max_size=2, unique=True))]))


def _qualified(d: Drawing, shape: Term, depth: int) -> None:
    d.say(shape, "qualifiedValueShape", d.any_shape(depth - 1))
    name = d.draw(st.sampled_from(("qualifiedMinCount", "qualifiedMaxCount")))
    d.say(shape, name, _number(d.draw(st.integers(0, 2))))
    if d.draw(st.booleans()):
        d.say(shape, "qualifiedValueShapesDisjoint", literal("true", XSD + "boolean"))


_COMPONENTS: dict[str, Callable[[Drawing, Term, int], None]] = {
    "class": lambda d, s, _: d.say(s, "class", d.draw(st.sampled_from(CLASSES))),
    "datatype": lambda d, s, _: d.say(s, "datatype", iri(d.draw(st.sampled_from(DATATYPES)))),
    "nodeKind": lambda d, s, _: d.say(s, "nodeKind", _sh(d.draw(st.sampled_from(KINDS)))),
    "minInclusive": _bound("minInclusive"),
    "minExclusive": _bound("minExclusive"),
    "maxInclusive": _bound("maxInclusive"),
    "maxExclusive": _bound("maxExclusive"),
    "minLength": _small("minLength"),
    "maxLength": _small("maxLength"),
    "pattern": _pattern,
    "languageIn": lambda d, s, _: d.say(
        s, "languageIn", d.list([literal(d.draw(st.sampled_from(("en", "ru", "en-GB"))))])
    ),
    "in": lambda d, s, _: d.say(
        s, "in", d.list(d.draw(st.lists(constants, min_size=1, max_size=4, unique=True)))
    ),
    "hasValue": lambda d, s, _: d.say(s, "hasValue", d.draw(constants)),
    "equals": lambda d, s, _: d.say(s, "equals", d.draw(predicates)),
    "disjoint": lambda d, s, _: d.say(s, "disjoint", d.draw(predicates)),
    "closed": _closed,
    "minCount": _small("minCount"),
    "maxCount": _small("maxCount"),
    "uniqueLang": lambda d, s, _: d.say(s, "uniqueLang", literal("true", XSD + "boolean")),
    "lessThan": lambda d, s, _: d.say(s, "lessThan", d.draw(predicates)),
    "lessThanOrEquals": lambda d, s, _: d.say(s, "lessThanOrEquals", d.draw(predicates)),
    "node": lambda d, s, depth: d.say(s, "node", d.node_shape(depth - 1)),
    "property": lambda d, s, depth: d.say(s, "property", d.property_shape(depth - 1)),
    "not": lambda d, s, depth: d.say(s, "not", d.any_shape(depth - 1)),
    "and": _shapes("and"),
    "or": _shapes("or"),
    "xone": _shapes("xone"),
    "qualifiedValueShape": _qualified,
}
_OF_PROPERTIES = ("minCount", "maxCount", "uniqueLang", "lessThan", "lessThanOrEquals")
_SELDOM = ("uniqueLang", "lessThan", "lessThanOrEquals", "disjoint", "equals", "qualifiedValueShape")
_OF_SHAPES = ("node", "property", "not", "and", "or", "xone")
_OF_VALUES = tuple(
    name for name in _COMPONENTS if name not in (*_OF_PROPERTIES, *_OF_SHAPES, "qualifiedValueShape")
)


@st.composite
def shapes_graphs(draw: Callable[[st.SearchStrategy[Any]], Any]) -> tuple[Triple, ...]:
    """A shapes graph with one to three shapes that aim at something."""
    drawing = Drawing(draw)
    for _ in range(draw(st.integers(1, 3))):
        shape = drawing.node_shape(2) if draw(st.integers(0, 3)) else drawing.property_shape(2)
        if draw(st.integers(0, 3)) == 0 and not shape.startswith("_:"):
            drawing.triples.append(Triple(shape, TYPE, iri(RDFS + "Class")))
        drawing.target(shape)
    if draw(st.booleans()):  # what is seldom broken by chance
        shape, predicate = drawing.name("P"), draw(predicates)
        drawing.say(shape, "path", predicate)
        drawing.say(shape, "targetSubjectsOf", predicate)
        _COMPONENTS[draw(st.sampled_from(_SELDOM))](drawing, shape, 1)
    return tuple(drawing.triples)


@st.composite
def data_graphs(draw: Callable[[st.SearchStrategy[Any]], Any]) -> tuple[Triple, ...]:
    """Data over few names, so that shapes find something."""
    nodes, classes = st.sampled_from(NODES), st.sampled_from(CLASSES)
    found = set(draw(st.lists(st.builds(Triple, nodes, predicates, terms), max_size=40)))
    found |= set(draw(st.lists(st.builds(Triple, nodes, st.just(TYPE), classes), max_size=8)))
    crowded = draw(nodes), draw(predicates)
    found |= {Triple(*crowded, value) for value in draw(st.lists(terms, max_size=5))}
    if draw(st.booleans()):
        found |= {Triple(*crowded, literal(text, language="en")) for text in ("a", "b")}
    found |= set(
        draw(st.lists(st.builds(Triple, classes, st.just(iri(RDFS + "subClassOf")), classes), max_size=2))
    )
    return tuple(sorted(found))
