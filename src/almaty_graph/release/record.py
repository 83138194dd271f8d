"""Decides what belongs on the page of a thing: its description, the claims about it, their evidence."""

import mmap
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final, Self

from almaty_graph.names import CLAIM, GRAPH, PROV, SOURCE
from almaty_graph.terms import TYPE, Quad, Term, iri, n_quads, read_quad

_DERIVED_FROM, _QUOTED_FROM = iri(PROV + "wasDerivedFrom"), iri(PROV + "wasQuotedFrom")
_VIEW: Final = iri(GRAPH + "view")
_BUCKETS: Final = 1 << 16
_KEPT: Final = 8192

Lines = bytes | mmap.mmap


def mapped(path: Path) -> Lines:
    """The bytes of a file, which is read where they are looked at."""
    with path.open("rb") as file:
        # An empty file cannot be mapped.
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if path.stat().st_size else b""


class Record:
    """The exact quads of a release, found by subject or by object without SPARQL.

    It is made of canonical N-Quads, which stay in their file, sorted as it is: ten million quads take 170 MB
    of a process, not six gigabytes.
    """

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._next = 0  # where the lines of some subject begin
        # A page of a thing looks at the same few things hundreds of times.
        self._kept_of = lru_cache(_KEPT)(self._described)
        self._kept_with = lru_cache(_KEPT)(self._holding)

    @classmethod
    def of_quads(cls, quads: Iterable[Quad]) -> Self:
        """Quads that lie in no file."""
        return cls(n_quads(quads).encode())

    def __len__(self) -> int:
        return self.sizes.total()

    def __iter__(self) -> Iterator[Quad]:
        return (_read(line) for _, line in self._from(0))

    @cached_property
    def sizes(self) -> Counter[Term]:
        """How many quads each named graph has."""
        return Counter(line[line.rindex(b" <") + 1 : -3].decode() for _, line in self._from(0))

    def describes(self, thing: Term) -> bool:
        """Whether anything is said of a thing."""
        return bool(self.of(thing))

    def of(self, thing: Term) -> list[Quad]:
        """The statements that describe a thing."""
        return self._kept_of(thing)

    def values(self, thing: Term, *predicates: Term) -> list[Term]:
        """The values of a thing's properties, in the order of the properties."""
        described = self.of(thing)
        return [quad.object for name in predicates for quad in described if quad.predicate == name]

    def mentions(self, thing: Term) -> list[Quad]:
        """The statements whose object is a thing."""
        return self._kept_with(thing)

    def subjects(self, predicate: Term, value: Term) -> list[Term]:
        """The things that have that value of that property, sorted."""
        return sorted({quad.subject for quad in self._kept_with(value) if quad.predicate == predicate})

    def having(self, *predicates: Term) -> Iterator[Quad]:
        """The statements with one of those properties, in the order of the record."""
        wanted = {predicate.encode() for predicate in predicates}
        return (_read(line) for _, line in self._from(0) if line.split(b" ", 2)[1] in wanted)

    def claims_about(self, thing: Term) -> list[Term]:
        """The claims that mention a thing, or cite a passage, or stand in a source, sorted."""
        mentions = {quad.subject for quad in self._kept_with(thing) if quad.subject.startswith(f"<{CLAIM}")}
        for passage in self.passages_of(thing):
            mentions.update(self.subjects(_DERIVED_FROM, passage))
        return sorted(mentions)

    def passages_of(self, source: Term) -> list[Term]:
        """The passages quoted from a source, sorted."""
        return self.subjects(_QUOTED_FROM, source) if source.startswith(f"<{SOURCE}") else []

    def claims_about_passage(self, passage: Term) -> list[Term]:
        """The claims that cite a passage, sorted."""
        return self.subjects(_DERIVED_FROM, passage)

    def evidence_of(self, claim: Term) -> list[Term]:
        """The passages that a claim cites."""
        return self.values(claim, _DERIVED_FROM)

    def document(self, thing: Term) -> list[Quad]:
        """The quads of the document about a thing: itself, the claims about it, what they cite."""
        claims = self.claims_about(thing)
        passages = {p for claim in [thing, *claims] for p in self.evidence_of(claim)} | {
            *self.passages_of(thing)
        }
        return [quad for node in dict.fromkeys([thing, *claims, *sorted(passages)]) for quad in self.of(node)]

    def graph(self, name: Term) -> list[Quad]:
        """The quads of a named graph."""
        end = f" {name} .\n".encode()
        return [_read(line) for _, line in self._from(0) if line.endswith(end)]

    def judged(self, quads: Iterable[Quad]) -> Iterator[Quad]:
        """The quads that rules are asked of: the view says of things what their entries must not say."""
        return (quad for quad in quads if quad.graph != _VIEW or self._is_of_view(quad.subject))

    def _is_of_view(self, thing: Term) -> bool:
        return any(quad.graph == _VIEW for quad in self.of(thing) if quad.predicate == TYPE)

    def _described(self, thing: Term) -> list[Quad]:
        """The quads whose subject is a thing: they stand together.

        Things are often asked for in their order: then the next begins where the last ended.
        """
        lines, start, begin = self._lines, f"{thing} ".encode(), self._next
        size = len(start)
        if lines[begin : begin + size] != start:
            begin = self._find(start)
        end = begin
        while lines[end : end + size] == start:
            end = lines.find(b"\n", end) + 1
        self._next = end
        return [read_quad(line) for line in lines[begin:end].decode().split("\n")[:-1]]

    def _holding(self, value: Term) -> list[Quad]:
        """The quads whose object is a value."""
        places = self._by_object.get(_bucket(value.encode()), ())
        quads = (_read(self._lines[begin : self._lines.find(b"\n", begin) + 1]) for begin in places)
        return [quad for quad in quads if quad.object == value]

    @cached_property
    def _by_object(self) -> "dict[int, array[int]]":
        """Where the lines begin whose objects have a hash."""
        places: defaultdict[int, array[int]] = defaultdict(lambda: array("Q"))
        for begin, line in self._from(0):
            rest = line.split(b" ", 2)[2]
            places[_bucket(rest[: rest.rindex(b" <")])].append(begin)
        return places

    def _find(self, start: bytes) -> int:
        """Where the first line begins that does not come before some text."""
        low, high = 0, len(self._lines)
        while low < high:
            middle = (low + high) // 2
            begin = max(low, self._lines.rfind(b"\n", low, middle) + 1)
            end = self._lines.find(b"\n", middle) + 1
            if self._lines[begin:end] < start:
                low = end
            else:
                high = begin
        return low

    def _from(self, begin: int) -> Iterator[tuple[int, bytes]]:
        """Each line from a place on, and where it begins."""
        while end := self._lines.find(b"\n", begin) + 1:
            yield begin, self._lines[begin:end]
            begin = end


def _bucket(value: bytes) -> int:
    return hash(value) % _BUCKETS


def _read(line: bytes) -> Quad:
    return read_quad(line[:-1].decode())
