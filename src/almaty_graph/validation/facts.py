"""Decides what has to be known of data before shapes become queries: classes, and turned literals."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import pyoxigraph as ox

from almaty_graph.names import XSD
from almaty_graph.terms import Term, is_literal, literal, literal_parts
from almaty_graph.validation.exact import EXACT, exact

_SIGNED: Final = ("long", "int", "short", "byte")
_UNSIGNED: Final = ("unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte")
# The least and the greatest value of the datatypes that are made of xsd:integer.
_WHOLE: Final[dict[str, tuple[int | None, int | None]]] = {
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    **{name: (-(1 << bits), (1 << bits) - 1) for name, bits in zip(_SIGNED, (63, 31, 15, 7), strict=True)},
    **{name: (0, (1 << bits) - 1) for name, bits in zip(_UNSIGNED, (64, 32, 16, 8), strict=True)},
}


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
            made = "integer" if name in _WHOLE else "dateTime" if name == "dateTimeStamp" else name
            value = f"<{XSD}{made}>(STR({variable}))"
            least, greatest = _WHOLE.get(name, (None, None))
            is_one = f"DATATYPE({variable}) = <{EXACT}{datatype}>"
            is_one += f" && {value} >= {least}" if least is not None else ""
            is_one += f" && {value} <= {greatest}" if greatest is not None else ""
            ways.append(f"IF({is_one}, {value}, 1/0)")
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
