"""Decides what is said of a shape: whom it is about, and what it asks of them, in one sentence a rule."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from almaty_graph.names import RDF, SH
from almaty_graph.terms import Term, iri, iri_value, is_iri, literal_parts
from almaty_graph.validation.output.words import NO_PREFIXES, Words, one_line
from almaty_graph.validation.phrases import LANGUAGES
from almaty_graph.validation.report import Severity
from almaty_graph.validation.shapes import Shapes, ShapesError, Unsearchable

_FIRST: Final = iri(RDF + "first")
# What is asked of each value, by how its parameter is said: a term, several, a list, a shape, shapes.
_OF_TERM: Final = (
    "class", "datatype", "nodeKind", "minExclusive", "minInclusive", "maxExclusive", "maxInclusive",
    "minLength", "maxLength", "equals", "disjoint", "lessThan", "lessThanOrEquals",
)  # fmt: skip
_OF_LIST: Final = ("in", "languageIn")
_OF_SHAPE: Final = ("node", "not")
_OF_SHAPES: Final = ("and", "or", "xone")


@dataclass(frozen=True)
class Rule:
    """What one shape or constraint asks: its name, a sentence made of it, and what its author says of it."""

    name: Term
    severity: Severity
    sentence: str
    message: str | None


@dataclass(frozen=True)
class Told:
    """A shape, whom it is about, and its rules; `is_off` if it is deactivated."""

    name: Term
    about: str
    rules: tuple[Rule, ...]
    is_off: bool = False


def tell_shapes(
    shapes: Shapes, prefixes: Mapping[str, str] = NO_PREFIXES, language: str = "en"
) -> list[Told]:
    """The shapes that aim at something, in the order of the graph, then those that these refer to by name.

    Raises ShapesError for what is ill-formed.
    """
    try:
        return _Teller(shapes, Words(prefixes), language).tell()
    except Unsearchable as reason:
        raise ShapesError(str(reason)) from reason


class _Teller:
    """Says what the shapes of a graph ask, in a language."""

    def __init__(self, shapes: Shapes, words: Words, language: str) -> None:
        self.shapes, self.words = shapes, words
        self.language, self.phrases = language, LANGUAGES[language]
        self._within: list[Term] = []
        self._referred: dict[Term, None] = {}

    def tell(self) -> list[Told]:
        """The shapes."""
        told = [self._told(each) for each in self.shapes.aiming]
        done = {*self.shapes.aiming}
        while further := [name for name in self._referred if name not in done]:
            told += [self._told(name) for name in further]
            done.update(further)
        return told

    def _told(self, shape: Term) -> Told:
        targets = [self._say(kind, self._term(value)) for kind, value in self.shapes.targets(shape)]
        about = self.phrases["or then"].join(targets) or self._say("untargeted", self._term(shape))
        return Told(
            shape, _capital(about), tuple(self._rules(shape)), self.shapes.is_true(shape, "deactivated")
        )

    def _rules(self, shape: Term, way: str = "") -> Iterator[Rule]:
        """The rules of a shape for what it is about, or for what a way, in words, leads to from there."""
        if self._asked(shape) or self.shapes.is_property(shape):
            said = _sentence(self._summary(shape, way))
            yield Rule(shape, self._severity(shape), said, self._message(shape))
        for each in self.shapes.values(shape, "sparql"):
            if not self.shapes.is_true(each, "deactivated"):
                said = _sentence(self._of_each(way, self._say("sparql", self._term(each))))
                yield Rule(each, self._severity(shape), said, self._message(each))
        if self.shapes.is_property(shape):
            way = self._further(way, shape)
        for each in self._properties(shape):
            self._within.append(each)
            yield from self._rules(each, way)
            self._within.pop()

    def _further(self, way: str, shape: Term) -> str:
        """Where the path of a property shape leads from where a way leads."""
        path = self._path(self.shapes.values(shape, "path")[0])
        return self.phrases["sequence"].format(x=way, y=path) if way else path

    def _of_each(self, way: str, said: str) -> str:
        return self.phrases["each"].format(path=way, x=said) if way else said

    def _properties(self, shape: Term) -> list[Term]:
        found = [each for each in self.shapes.values(shape, "property") if each not in self._within]
        return [each for each in found if not self.shapes.is_true(each, "deactivated")]

    def _summary(self, shape: Term, way: str = "") -> str:
        """What a shape asks of what a way leads to, without what its properties do if it has a path."""
        asked = self._asked(shape)
        if not self.shapes.is_property(shape):
            nested = [self._nested(each) for each in self._properties(shape)] if self._within else []
            return self._of_each(way, self._and([*asked, *nested]) or self.phrases["nothing"])
        path, counts = self._path(self.shapes.values(shape, "path")[0]), self._counts(shape)
        together, each = ", ".join(self._together(shape)), self._and(asked)
        if not counts and not together:
            return self._of_each(self._further(way, shape), each or self.phrases["nothing"])
        if counts:
            said = ", ".join([self.phrases["counted"].format(path=path, x=counts), *filter(None, [together])])
        else:
            said = self.phrases["together"].format(path=path, x=together)
        return self._of_each(way, said) + (self._say("and each", each) if each else "")

    def _nested(self, shape: Term) -> str:
        self._within.append(shape)
        try:
            return self._summary(shape)
        finally:
            self._within.pop()

    def _asked(self, shape: Term) -> list[str]:
        """What is asked of a node, or of each value, in phrases."""
        shapes, found = self.shapes, list[str]()
        for name in _OF_TERM:
            found += [self._say(name, self._term(value)) for value in shapes.values(shape, name)]
        flags = [self._say("flags", self._term(value)) for value in shapes.values(shape, "flags")]
        patterns = [self._term(value) for value in shapes.values(shape, "pattern")]
        found += [self._say("pattern", " ".join([pattern, *flags])) for pattern in patterns]
        for name in _OF_LIST:
            lists = [shapes.items(head) for head in shapes.values(shape, name)]
            found += [self._say(name, ", ".join(map(self._term, items))) for items in lists]
        for name in _OF_SHAPE:
            found += [self._say(name, self._shape(value)) for value in shapes.values(shape, name)]
        for name in _OF_SHAPES:
            lists = [shapes.items(head) for head in shapes.values(shape, name)]
            found += [self._say(name, ", ".join(map(self._shape, items))) for items in lists]
        if shapes.is_true(shape, "closed"):
            found.append(
                self._say("closed", ", ".join(map(self._term, shapes.allowed(shape))) or self.phrases["none"])
            )
        if not shapes.is_property(shape):
            found += [self._say("in", self._term(value)) for value in shapes.values(shape, "hasValue")]
        if any(
            predicate in shapes.parameters for predicate in shapes.row(shape)
        ):  # of components of its own (6.2)
            found.append(self._say("custom", self._term(shape)))
        return found

    def _together(self, shape: Term) -> list[str]:
        """What is asked of the values of a path together, but for their number."""
        shapes = self.shapes
        found = [self.phrases["uniqueLang"]] if shapes.is_true(shape, "uniqueLang") else []
        found += [self._say("hasValue", self._term(value)) for value in shapes.values(shape, "hasValue")]
        for qualified in shapes.values(shape, "qualifiedValueShape"):
            least, most = (shapes.value(shape, f"qualified{name}Count") for name in ("Min", "Max"))
            counts = [("Exactly", least)] if least == most else [("MinCount", least), ("MaxCount", most)]
            fitting = self._shape(qualified)
            if shapes.is_true(shape, "qualifiedValueShapesDisjoint"):
                fitting = self._say("alone", fitting)
            found += [
                self.phrases[f"qualified{name}"].format(x=self._term(number), y=fitting)
                for name, number in counts
                if number
            ]
        return found

    def _counts(self, shape: Term) -> str:
        """How many values there are to be; nothing if that is open."""
        least, most = self.shapes.number(shape, "minCount") or 0, self.shapes.number(shape, "maxCount")
        if most == 0:
            return self.phrases["none"]
        if most is None:
            return self._say("minCount", str(least)) if least else ""
        if least == most:
            return self._say("exactly", str(most))
        between = self.phrases["between"].format(x=least, y=most)
        return between if least else self._say("maxCount", str(most))

    def _shape(self, shape: Term) -> str:
        """A shape by its name, or by what it asks if it has none."""
        if is_iri(shape) or shape in self._within:
            if is_iri(shape):
                self._referred.setdefault(shape)
            return self._term(shape)
        return self._say("unnamed", self._nested(shape))

    def _path(self, node: Term) -> str:
        """A property path (2.3.1) in words."""
        if is_iri(node):
            return self._term(node)
        if _FIRST in self.shapes.row(node):
            first, *rest = map(self._path, self.shapes.items(node))
            for each in rest:
                first = self.phrases["sequence"].format(x=first, y=each)
            return first
        for head in self.shapes.values(node, "alternativePath"):
            return self.phrases["or then"].join(map(self._path, self.shapes.items(head)))
        for name, phrase in _PATHS.items():
            for inner in self.shapes.values(node, name):
                return self._say(phrase, self._path(inner))
        return self._term(node)

    def _severity(self, shape: Term) -> Severity:
        named = [iri_value(each).removeprefix(SH) for each in self.shapes.values(shape, "severity")]
        return next((each for each in Severity if each.value in named), Severity.VIOLATION)

    def _message(self, shape: Term) -> str | None:
        """What its author says of it, in the language or else in any."""
        names = ("message", "description")
        said = [literal_parts(each) for name in names for each in self.shapes.values(shape, name)]
        ranked = sorted(said, key=lambda each: (each.language != self.language, each.language is not None))
        return one_line(ranked[0].value) if ranked else None

    def _term(self, term: Term) -> str:
        if is_iri(term) and iri_value(term).startswith(SH):
            return self.phrases.get(iri_value(term).removeprefix(SH), self.words.term(term))
        return self.words.term(term)

    def _say(self, phrase: str, x: str) -> str:
        return self.phrases[phrase].format(x=x)

    def _and(self, parts: list[str]) -> str:
        *most, last = parts or [""]
        return self.phrases["and then"].join([", ".join(most), last]) if most else last


_PATHS: Final = {f"{name}Path": name for name in ("inverse", "zeroOrMore", "oneOrMore", "zeroOrOne")}


def _sentence(text: str) -> str:
    return f"{_capital(text)}."


def _capital(text: str) -> str:
    """The text as a sentence begins, unless that is a name."""
    return text if ":" in text.partition(" ")[0] else text[:1].upper() + text[1:]
