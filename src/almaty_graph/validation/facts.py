"""Decides what has to be known of data before shapes become queries: classes, and turned literals."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import pyoxigraph as ox

from almaty_graph.names import XSD
from almaty_graph.terms import Term, is_literal, literal, literal_parts
from almaty_graph.validation.exact import EXACT, exact

_WHOLE: Final = frozenset(
    ("integer", "long", "int", "short", "byte", "nonNegativeInteger", "positiveInteger", "nonPositiveInteger",
     "negativeInteger", "unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte")
)  # fmt: skip
_MADE: Final = dict.fromkeys(_WHOLE, "integer") | {"dateTimeStamp": "dateTime"}


@dataclass(frozen=True)
class Facts:
    """What is known of the data: `find_subclasses` asks them; `datatypes` are those with turned literals.

    `parameters` are the predicates by which shapes use constraint components of their own (6.2.1).
    """

    find_subclasses: Callable[[Term], Iterable[Term]]
    datatypes: frozenset[str] = frozenset()
    parameters: frozenset[Term] = frozenset()

    @cached_property
    def _classes(self) -> dict[Term, tuple[Term, ...]]:
        return {}

    def subclasses(self, kind: Term) -> tuple[Term, ...]:
        """A class and all that are below it in the data."""
        if kind not in self._classes:
            self._classes[kind] = tuple(dict.fromkeys((kind, *sorted(self.find_subclasses(kind)))))
        return self._classes[kind]

    def turned(self, datatype: str) -> list[Term]:
        """The datatype of ours under which some literals of a datatype lie, if there are any."""
        return [f"<{EXACT}{datatype}>"] if datatype in self.datatypes else []

    def number(self, variable: str) -> str:
        """The value of a variable for comparisons, also where its literal was turned."""
        ways = []
        for datatype in sorted(self.datatypes):
            name = datatype.removeprefix(XSD)
            cast = f"<{XSD}{_MADE.get(name, name)}>(STR({variable}))"
            ways.append(f"IF(DATATYPE({variable}) = <{EXACT}{datatype}>, {cast}, 1/0)")
        return f"COALESCE({', '.join([*ways, variable])})" if ways else variable

    @staticmethod
    def stored(term: Term) -> Term:
        """A term as it lies in the store."""
        if not is_literal(term):
            return term
        value, datatype, language = literal_parts(term)
        if language:
            return literal(value, language=language.lower())
        return str(exact(ox.Literal(value, datatype=ox.NamedNode(datatype))))
