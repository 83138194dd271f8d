"""Decides how the graph is told in tables: one for each class, for who wants no RDF."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from almaty_graph.contents import short_name
from almaty_graph.names import DCTERMS, DEF, OA, PREFIXES, PROV, RDFS, SH, SKOS
from almaty_graph.terms import TYPE, Quad, Term, Triple, iri, iri_value, is_iri, literal_parts, text_of

SEPARATOR: Final = " ‖ "  # quotes have had `|`
_SPLIT: Final = " || "  # what a value has in its place
_TARGET, _PROPERTY, _PATH = (iri(SH + name) for name in ("targetClass", "property", "path"))
_SUBCLASS: Final = iri(RDFS + "subClassOf")
_DERIVED, _QUOTED = iri(PROV + "wasDerivedFrom"), iri(PROV + "wasQuotedFrom")
_WORDS: Final = (iri(OA + "exact"), iri(DEF + "paraphrase"))
_NAMES: Final = (iri(SKOS + "prefLabel"), iri(RDFS + "label"), iri(DCTERMS + "title"))

Values = Mapping[Term, Mapping[Term, Sequence[Term]]]  # of each property, by subject


@dataclass(frozen=True, order=True)
class Column:
    """A column: a property, in one language or datatype of ours if it has several; or what explains one."""

    name: str
    property: Term = ""
    language: str = ""
    datatype: str = ""
    is_link: bool = False


@dataclass(frozen=True)
class Table:
    """What is of a class: a row for each thing, cells as the record has them, several values in one cell."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]

    def as_csv(self) -> bytes:
        """The table as CSV (RFC 4180), its first row the names of the columns."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow([column.name for column in self.columns])
        writer.writerows(self.rows)
        return text.getvalue().encode()


def make_tables(dataset: Iterable[Quad], shapes: Iterable[Triple], context: Mapping[str, Any]) -> list[Table]:
    """A table for each class of ours that has things; columns are what its shapes name, and what it uses.

    Shapes change with the vocabulary, data with every release: so a column stays when its last value goes.
    """
    values = _values(quad.triple for quad in dataset)
    maker = _Maker(values, _values(shapes), _names_by_property(context))
    classes = sorted(
        {kind for said in values.values() for kind in said.get(TYPE, ()) if kind[1:].startswith(DEF)}
    )
    return [maker.table(kind) for kind in classes]


class _Maker:
    def __init__(self, values: Values, shapes: Values, names: Mapping[Term, str]) -> None:
        self.values, self.names = values, names
        self.variants: dict[Term, set[tuple[str, str, bool]]] = defaultdict(set)
        self.labelled: set[Term] = set()
        self._label = lru_cache(None)(self._find_label)
        for said in values.values():
            for predicate, objects in said.items():
                self.variants[predicate].update(map(_variant, objects))
                if any(self._label(value) for value in objects):
                    self.labelled.add(predicate)
        self.stated: dict[Term, set[Term]] = defaultdict(set)
        for shape in shapes.values():
            paths = {
                path
                for part in shape.get(_PROPERTY, ())
                for path in shapes.get(part, {}).get(_PATH, ())
                if is_iri(path)
            }
            for target in shape.get(_TARGET, ()):
                self.stated[target] |= paths

    def table(self, kind: Term) -> Table:
        """The table of a class."""
        things = sorted(name for name, said in self.values.items() if kind in said.get(TYPE, ()))
        used = {predicate for name in things for predicate in self.values[name]}
        stated = {path for each in self._above(kind) for path in self.stated[each]}
        columns = [Column("iri", is_link=True)]
        for predicate in sorted((used | stated) - {TYPE}, key=lambda p: (p not in _NAMES, self._name(p))):
            columns += self._columns(predicate)
        if _DERIVED in used | stated:
            columns += [Column("source", is_link=True), Column("quote")]
        rows = [tuple(self._cell(name, column) for column in columns) for name in things]
        name = iri_value(kind).removeprefix(DEF)
        return Table(name, self._label(kind) or name, tuple(columns), tuple(rows))

    def _above(self, kind: Term) -> list[Term]:
        found = [kind]
        for each in found:
            found += [c for c in self.values.get(each, {}).get(_SUBCLASS, ()) if c not in found]
        return found

    def _columns(self, predicate: Term) -> Iterator[Column]:
        name, variants = self._name(predicate), self.variants.get(predicate, set())
        plain = {variant for variant in variants if not variant[0] and not variant[1].startswith(DEF)}
        if plain or not variants:
            is_link = any(link for _, _, link in plain)
            types = {datatype for _, datatype, _ in plain}
            yield Column(name, predicate, "", types.pop() if len(types) == 1 else "", is_link)
            if is_link and predicate in self.labelled:
                yield Column(f"{name}_label", predicate)
        for language, datatype, _ in sorted(variants - plain):
            suffix = language.replace("-", "_") or datatype.removeprefix(DEF)
            yield Column(f"{name}_{suffix}", predicate, language, datatype if not language else "")

    def _cell(self, name: Term, column: Column) -> str:
        said = self.values[name]
        if not column.property:
            evidence = {"source": self._source, "quote": self._quote}.get(column.name)
            return evidence(said) if evidence else iri_value(name)
        objects = said.get(column.property, ())
        if column.name.endswith("_label"):
            return _join(self._label(value) for value in objects if is_iri(value))
        return _join(text_of(value) for value in objects if _fits(column, value))

    def _source(self, said: Mapping[Term, Sequence[Term]]) -> str:
        passages = said.get(_DERIVED, ())
        return _join(sorted({text_of(s) for p in passages for s in self.values[p].get(_QUOTED, ())}))

    def _quote(self, said: Mapping[Term, Sequence[Term]]) -> str:
        passages = said.get(_DERIVED, ())
        return _join(text_of(w) for p in passages for words in _WORDS for w in self.values[p].get(words, ()))

    def _find_label(self, term: Term) -> str:
        said = self.values.get(term, {})
        parts = [literal_parts(value) for name in _NAMES for value in said.get(name, ())]
        return next((part.value for part in parts if part.language in ("en", None)), "")

    def _name(self, predicate: Term) -> str:
        return self.names.get(predicate) or short_name(predicate).replace("-", "_")


def _values(triples: Iterable[Triple]) -> Values:
    values: dict[Term, dict[Term, list[Term]]] = {}
    for subject, predicate, obj in sorted(set(triples)):
        values.setdefault(subject, {}).setdefault(predicate, []).append(obj)
    return values


@lru_cache(maxsize=1 << 16)
def _variant(value: Term) -> tuple[str, str, bool]:
    """Language, datatype, and whether it is a link: what tells the columns of one property apart."""
    if not value.startswith('"'):
        return "", "", True
    _, datatype, language = literal_parts(value)
    return language or "", "" if language else datatype, False


def _fits(column: Column, value: Term) -> bool:
    language, datatype, _ = _variant(value)
    of_ours = datatype if datatype.startswith(DEF) else ""
    return (language, of_ours) == (
        column.language,
        column.datatype if column.datatype.startswith(DEF) else "",
    )


def _join(values: Iterable[str]) -> str:
    return SEPARATOR.join(value.replace(SEPARATOR, _SPLIT) for value in values if value)


def _names_by_property(context: Mapping[str, Any]) -> dict[Term, str]:
    """The terms of a JSON-LD context by the property that each stands for."""
    found: dict[Term, str] = {}
    for name, definition in context.items():
        value = definition.get("@id", "") if isinstance(definition, dict) else definition
        prefix, colon, local = value.partition(":") if isinstance(value, str) else ("", "", "")
        namespace = PREFIXES.get(prefix)
        if colon and namespace and local and not local.startswith("//"):
            found[iri(namespace + local)] = name
    return found
