"""Decides what the feeds are made of: the changes of each release, in pages that never change."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from almaty_graph.errors import NotFound
from almaty_graph.release.archive import Archive
from almaty_graph.release.differences import Change, Difference
from almaty_graph.release.log import Publication

PAGE: Final = 250  # changes
_COMPARED: Final = 16


@dataclass(frozen=True)
class Part:
    """One page of the changes of a release, counted from 1, and the pages before and after it."""

    publication: Publication
    number: int
    changes: tuple[Change, ...]
    before: tuple[str, int] | None
    after: tuple[str, int] | None


class Changes:
    """What every kept release changed against the one before it; the first made everything new."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.difference = lru_cache(_COMPARED)(self._difference)

    def pages(self) -> list[tuple[str, int]]:
        """All pages, the oldest first: release and number."""
        return list(self._pages())

    def part(self, name: str, number: int) -> Part:
        """A page; NotFound if there is none of that release and number."""
        publication, pages = self.archive.publication(name), self.pages()
        if (name, number) not in pages:
            raise NotFound(f"the changes of release {name} have no page {number}")
        place = pages.index((name, number))
        changes = self.difference(name).changes[(number - 1) * PAGE : number * PAGE]
        before = pages[place - 1] if place else None
        after = pages[place + 1] if place + 1 < len(pages) else None
        return Part(publication, number, changes, before, after)

    def total(self) -> int:
        """How many changes there are in all."""
        return sum(len(self.difference(each.release).changes) for each in self.archive.kept)

    def _pages(self) -> Iterator[tuple[str, int]]:
        for each in self.archive.kept:
            count = -(-len(self.difference(each.release).changes) // PAGE)
            yield from ((each.release, number) for number in range(1, count + 1))

    def _difference(self, name: str) -> Difference:
        before = self.archive.before(name)
        return Difference((before and self.archive.release(before)) or None, self.archive.release(name))
