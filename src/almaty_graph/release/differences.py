"""Decides how two releases differ: by statement, by thing, by class, and as a whole."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from heapq import merge
from itertools import groupby
from typing import Final

from almaty_graph.names import BASE, RELEASES
from almaty_graph.release import Release
from almaty_graph.release.hashes import hash_of
from almaty_graph.release.record import Record
from almaty_graph.terms import TYPE, Quad, Term, n_quads

NEW: Final = "new"
CHANGED: Final = "changed"
GONE: Final = "gone"
STATUSES: Final = (NEW, CHANGED, GONE)
_COLUMNS: Final = ("iri", "class", "status", "added", "removed", "sha256-before", "sha256-after")


@dataclass(frozen=True)
class Change:
    """How one thing differs: how many statements of it were added and removed, its hash before and after."""

    name: Term
    kind: Term
    status: str
    added: int
    removed: int
    before: str
    after: str


@dataclass(frozen=True)
class Difference:
    """What the newer of two releases says that the older did not, and the other way round.

    Where there is no older one, everything is new.
    """

    older: Release | None
    newer: Release

    @cached_property
    def _before(self) -> Record:
        return self.older.record if self.older else Record(b"")

    @cached_property
    def statements(self) -> tuple[tuple[Quad, ...], tuple[Quad, ...]]:
        """The quads that were added, and those that were removed, in canonical order."""
        added: list[Quad] = []
        removed: list[Quad] = []
        for quad, is_new in _compare(self._before, self.newer.record):
            (added if is_new else removed).append(quad)
        return tuple(added), tuple(removed)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """The things of ours that differ, by IRI."""
        added, removed = (Counter(quad.subject for quad in quads) for quads in self.statements)
        names = sorted(name for name in added | removed if name.startswith(f"<{BASE}"))
        return tuple(self._change(name, added[name], removed[name]) for name in names)

    @cached_property
    def by_class(self) -> dict[Term, Counter[str]]:
        """How many things of each class are new, changed and gone; things without a class last, as ``."""
        counts: dict[Term, Counter[str]] = {}
        for change in sorted(self.changes, key=lambda each: (not each.kind, each.kind)):
            counts.setdefault(change.kind, Counter())[change.status] += 1
        return counts

    def _change(self, name: Term, added: int, removed: int) -> Change:
        before, after = self._before, self.newer.record
        status = CHANGED if before.of(name) and after.of(name) else NEW if after.of(name) else GONE
        kinds = after.values(name, TYPE) or before.values(name, TYPE)
        return Change(
            name, min(kinds, default=""), status, added, removed, _hash(before, name), _hash(after, name)
        )

    def table(self) -> bytes:
        """The things that differ, as CSV (RFC 4180)."""
        text = io.StringIO()
        rows = csv.writer(text)
        rows.writerow(_COLUMNS)
        for each in self.changes:
            named = (each.name.strip("<>"), each.kind.strip("<>"), each.status)
            rows.writerow((*named, each.added, each.removed, each.before, each.after))
        return text.getvalue().encode()

    def patch(self) -> bytes:
        """What makes the newer of the older: an RDF Patch of one transaction, which names both."""
        added, removed = self.statements
        named = {"id": self.newer, "prev": self.older}
        head = "".join(f"H {role} <{RELEASES}/{each.name}> .\n" for role, each in named.items() if each)
        return f"{head}TX .\n{_rows('D', removed)}{_rows('A', added)}TC .\n".encode()


def _hash(record: Record, name: Term) -> str:
    said = record.of(name)
    return hash_of(quad.triple for quad in said) if said else ""


def _rows(letter: str, quads: Iterable[Quad]) -> str:
    return "".join(f"{letter} {line}\n" for line in n_quads(quads).split("\n")[:-1])


def _compare(older: Iterable[Quad], newer: Iterable[Quad]) -> Iterator[tuple[Quad, bool]]:
    """What only one of two sorted records has, and whether that is the newer."""
    both = merge(((quad, False) for quad in older), ((quad, True) for quad in newer), key=_line)
    for _, found in groupby(both, key=_line):
        first, *rest = found
        if not rest:
            yield first


def _line(marked: tuple[Quad, bool]) -> str:
    return " ".join(marked[0])
