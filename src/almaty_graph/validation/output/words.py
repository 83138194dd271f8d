"""Decides how results are put into words: IRIs by prefix, long values cut, nothing that a terminal obeys."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from almaty_graph.names import RDF, RDFS, SH, XSD
from almaty_graph.terms import Term, iri_value, is_iri, is_literal, literal, literal_parts, text_of
from almaty_graph.validation.report import Result, Severity, Validation

NO_PREFIXES: Final[Mapping[str, str]] = MappingProxyType({})
_KNOWN: Final = {"rdf": RDF, "rdfs": RDFS, "sh": SH, "xsd": XSD}
_LONG: Final = 200
_COMPONENT: Final = "ConstraintComponent"
_BARE: Final = {
    XSD + "integer": re.compile(r"[+-]?[0-9]+"),
    XSD + "decimal": re.compile(r"[+-]?[0-9]+\.[0-9]+"),
    XSD + "boolean": re.compile(r"true|false"),
}
# Bounded, since what a message quotes is anybody's.
_LITERAL: Final = re.compile(
    r'\bLiteral\("(.{0,1000}?)"(?: = [^,()]{0,100})?(?:, lang=[\w-]{1,50})?(?:, datatype=[^\s()]{1,200})?\)'
)
# Controls, line separators, halves of pairs, and what turns the direction of the text after it (bidi).
_UNSEEN: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")


def visible(text: str) -> str:
    """The text with what cannot be seen written as N-Triples escapes it."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04X}", text)


def one_line(text: str) -> str:
    """The text in one line, so that all of it can be seen."""
    return visible(" ".join(text.split()))


def shortened(text: str, length: int = _LONG) -> str:
    """The text, or its beginning and end if it is much longer than that."""
    if len(text) <= length:
        return text
    return f"{text[: length * 3 // 4]} … {text[len(text) - length // 5 :]}"


def is_bare(value: str, datatype: str) -> bool:
    """Whether a literal can be written without quotes, as in Turtle: `5`, `2.50`, `true`."""
    return datatype in _BARE and _BARE[datatype].fullmatch(value) is not None


def readable(message: str) -> str:
    """A message without pySHACL's way to write literals: `Literal("5", datatype=xsd:integer)`."""
    return _LITERAL.sub(r'"\1"', message)


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 result`, `1,200 results`."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def name_of(result: Result) -> Term | None:
    """The IRI of the constraint that is broken, or else of the shape; None if neither has one."""
    return next((each for each in (result.constraint, result.shape) if each and is_iri(each)), None)


def verdict(validation: Validation) -> str:
    """Whether it conforms, and how many results there are of each severity, in one line."""
    counts = ", ".join(counted(validation.count(each), each.value.lower()) for each in Severity)
    return f"{'Conforms' if validation.conforms else 'Does not conform'}: {counts}."


def said_once(group: list[Result]) -> str | None:
    """The path that all results of a group have, which need not be told with each, or None."""
    paths = {each.path for each in group}
    return paths.pop() if len(paths) == 1 else None


def with_known(prefixes: Mapping[str, str]) -> dict[str, str]:
    """The prefixes of a caller, and those that every reader of a report knows."""
    names = set(prefixes.values())
    known = {p: name for p, name in _KNOWN.items() if p not in prefixes and name not in names}
    return {**known, **prefixes}


def longest_first(prefixes: Mapping[str, str]) -> list[tuple[str, str]]:
    """Prefixes with their namespaces, those first that fit the fewest IRIs."""
    return sorted(((p, name) for p, name in prefixes.items() if name), key=lambda row: (-len(row[1]), row[0]))


def prefixed(iri: str, namespaces: list[tuple[str, str]]) -> str | None:
    """An IRI as a prefixed name by the first namespace that fits, or None if none does."""
    return next((f"{p}:{iri[len(name) :]}" for p, name in namespaces if iri.startswith(name)), None)


class Words:
    """Puts terms, paths and shapes into words, under a table of prefixes (prefix to namespace)."""

    def __init__(self, prefixes: Mapping[str, str] = NO_PREFIXES) -> None:
        self.namespaces = longest_first(with_known(prefixes))

    def term(self, term: Term) -> str:
        """A term as a person writes it; what is much longer than 200 characters is cut."""
        if is_iri(term):
            return self.iri(iri_value(term))
        if not is_literal(term):
            return visible(shortened(term))
        value, datatype, language = literal_parts(term)
        if is_bare(value, datatype):
            return shortened(value)
        text = visible(literal(shortened(value)))
        if language:
            return f"{text}@{language}"
        return text if datatype == XSD + "string" else f"{text}^^{self.iri(datatype)}"

    def iri(self, iri: str) -> str:
        """An IRI as a prefixed name, or else its last part in angle brackets."""
        prefixed = self.prefixed(iri)
        last = re.split(r"[/#]", iri.rstrip("/#"))[-1]
        return visible(shortened(prefixed or f"<{last or iri}>"))

    def prefixed(self, iri: str) -> str | None:
        """An IRI as a prefixed name, or None if no prefix fits."""
        return prefixed(iri, self.namespaces)

    def path(self, path: str) -> str:
        """A path with its IRIs shortened."""
        return visible(shortened(re.sub(r"<([^<>]*)>", lambda found: self.iri(found[1]), path)))

    def component(self, result: Result) -> str:
        """The constraint component, `MinCount` for one of SHACL's."""
        name = self.iri(result.component) if ":" in result.component else result.component
        return visible(name.removesuffix(_COMPONENT))

    def rule(self, result: Result) -> str:
        """What is broken: the constraint or the shape, or the path that a shape without a name is about."""
        if name := name_of(result):
            return self.term(name)
        return f"unnamed shape on {self.path(result.path)}" if result.path else "unnamed shape"

    def whole_message(self, result: Result) -> str:
        """What is said of a result, in one line."""
        if not result.messages:
            return f"breaks {self.component(result)} of {self.rule(result)}"
        return readable(result.message)

    def message(self, result: Result) -> str:
        """What is said of a result, in one line; a long value in it is cut."""
        message = self.whole_message(result)
        if result.value and len(value := " ".join(text_of(result.value).split())) > _LONG:
            message = message.replace(value, shortened(value))
        return visible(shortened(message, 2 * _LONG))

    def sentence(self, result: Result, path: str | None = None) -> str:
        """The focus node of a result, what is said of it, and what the message leaves out."""
        focus = f"{self.term(result.focus)}: " if result.focus else ""
        return f"{focus}{self.message(result)}{self.more(result, path)}"

    def more(self, result: Result, path: str | None = None) -> str:
        """The path and the value of a result, where its message or the path told before do not tell them."""
        message, parts = self.message(result), []
        if result.path and result.path != path and self.path(result.path) not in message:
            parts.append(self.path(result.path))
        if result.value and result.value != result.focus:
            shown, plain = self.term(result.value), " ".join(text_of(result.value).split())
            parts += [] if shown in message or (plain and plain in result.message) else [shown]
        return f" [{' '.join(parts)}]" if parts else ""
