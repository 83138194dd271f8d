"""Decides what each constraint component asks of many values, of each by itself (SHACL 4.1 to 4.4, 4.8)."""

import re
from collections.abc import Callable
from operator import ge, le
from typing import Any, Final

import numpy as np
import pyoxigraph as ox

from almaty_graph.bridge import node_of
from almaty_graph.names import RDF, RDFS, SH, XSD
from almaty_graph.terms import Term, iri_value, is_iri, is_literal, literal_parts
from almaty_graph.validation.columns import BLANK, IRI, LITERAL, Bools, Columns, Numbers
from almaty_graph.validation.shapes import Shapes
from almaty_graph.validation.suspects.comparing import SIGNS, is_ordered, is_well_formed, key_of
from almaty_graph.validation.suspects.knowledge import ALWAYS, UNSURE, Known, exactly

_KINDS: Final = {
    "IRI": (IRI,),
    "BlankNode": (BLANK,),
    "Literal": (LITERAL,),
    "BlankNodeOrIRI": (BLANK, IRI),
    "BlankNodeOrLiteral": (BLANK, LITERAL),
    "IRIOrLiteral": (IRI, LITERAL),
}
_ANY_TEXT: Final = (XSD + "string", RDF + "langString", XSD + "anyURI")
_Component = Callable[[str, Term, Term, Numbers], Known]


class Components:
    """What the statements of shapes ask of nodes, which are sorted numbers of terms."""

    def __init__(self, columns: Columns, shapes: Shapes) -> None:
        self.columns, self.shapes = columns, shapes
        self._known: dict[str, _Component] = {
            "class": self._class,
            "datatype": self._datatype,
            "nodeKind": self._node_kind,
            "minLength": self._length,
            "maxLength": self._length,
            "pattern": self._pattern,
            "languageIn": self._language,
            "in": self._in,
            **dict.fromkeys(SIGNS, self._bounded),
        }

    def told(self, name: str, shape: Term, value: Term, nodes: Numbers) -> Known | None:
        """What a component of a shape asks of nodes; None if it asks nothing of each alone."""
        component = self._known.get(name)
        return component(name, shape, value, nodes) if component else None

    def _class(self, _name: str, _shape: Term, value: Term, nodes: Numbers) -> Known:
        return exactly(lambda: self.columns.instances(value)[nodes])

    def _datatype(self, _name: str, _shape: Term, value: Term, nodes: Numbers) -> Known:
        name = iri_value(value)
        if name.startswith(RDFS):  # of which pySHACL has a reading of its own
            return UNSURE
        names, datatypes = self.columns.datatypes
        same = datatypes[nodes] == names.get(name, len(names))
        if not name.startswith(XSD) or name in _ANY_TEXT:
            return exactly(lambda: same)
        return Known(lambda: same & self._each(nodes, same, is_well_formed), lambda: ~same)

    def _node_kind(self, _name: str, _shape: Term, value: Term, nodes: Numbers) -> Known:
        kinds = _KINDS.get(iri_value(value).removeprefix(SH))
        return exactly(lambda: np.isin(self.columns.kinds[nodes], kinds)) if kinds else UNSURE

    def _bounded(self, name: str, _shape: Term, value: Term, nodes: Numbers) -> Known:
        bound = node_of(value)
        key = key_of(bound) if isinstance(bound, ox.Literal) else None
        if key is None:
            return UNSURE
        literals = self.columns.kinds[nodes] == LITERAL

        def holds(literal: ox.Literal) -> bool:
            return is_ordered(key_of(literal), key, SIGNS[name])

        return Known(lambda: self._each(nodes, literals, holds), lambda: np.zeros(len(nodes), dtype=bool))

    def _length(self, name: str, _shape: Term, value: Term, nodes: Numbers) -> Known:
        number = literal_parts(value).value if is_literal(value) else ""
        if not (number.isascii() and number.isdigit()):
            return UNSURE
        bound, compare = int(number), ge if name == "minLength" else le
        if bound == 0 and compare is ge:  # which a blank node has too
            return ALWAYS
        return exactly(lambda: self._texts(nodes, lambda text: compare(len(text), bound)))

    def _pattern(self, _name: str, shape: Term, value: Term, nodes: Numbers) -> Known:
        flags = [literal_parts(each).value for each in self.shapes.values(shape, "flags") if is_literal(each)]
        if not is_literal(value) or len(flags) > 1 or not set(flags) <= {"", "i"}:
            return UNSURE
        try:
            search = re.compile(literal_parts(value).value, re.IGNORECASE if "i" in flags else 0).search
        except re.error:
            return UNSURE
        return exactly(lambda: self._texts(nodes, lambda text: search(text) is not None))

    def _language(self, _name: str, _shape: Term, value: Term, nodes: Numbers) -> Known:
        tags = [literal_parts(each).value.lower() for each in self.shapes.items(value) if is_literal(each)]
        if not all(re.fullmatch(r"[a-z]{1,8}(?:-[a-z0-9]{1,8})*", tag) for tag in tags):
            return UNSURE
        names, languages = self.columns.languages
        # pySHACL takes a narrower tag only where the range has no subtag.
        certain = [each for name, each in names.items() if {name, name.partition("-")[0]} & set(tags)]
        wide = tuple(f"{tag}-" for tag in tags)
        possible = [each for name, each in names.items() if name in tags or name.startswith(wide)]
        of = languages[nodes]
        return Known(lambda: np.isin(of, certain), lambda: ~np.isin(of, possible))

    def _in(self, _name: str, _shape: Term, value: Term, nodes: Numbers) -> Known:
        members = self.shapes.items(value)
        if not all(is_iri(each) or is_literal(each) for each in members):
            return UNSURE
        numbers = [self.columns.numbers.get(node_of(each), -1) for each in members]
        return exactly(lambda: np.isin(nodes, numbers))

    def _texts(self, nodes: Numbers, holds: Callable[[str], bool]) -> Bools:
        """The IRIs and literals, of whose text something holds."""
        return self._each(
            nodes, np.isin(self.columns.kinds[nodes], (IRI, LITERAL)), lambda term: holds(term.value)
        )

    def _each(self, nodes: Numbers, asked: Bools, holds: Callable[[Any], bool]) -> Bools:
        """Of which of some nodes something holds, where that is asked."""
        terms, found = self.columns.terms, np.zeros(len(nodes), dtype=bool)
        numbers = nodes[asked].tolist()
        found[asked] = np.fromiter((holds(terms[each]) for each in numbers), dtype=bool, count=len(numbers))
        return found
