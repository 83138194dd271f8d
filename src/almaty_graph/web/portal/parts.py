"""Decides how what is too long for one page is parted: pages show parts of lists, and lead to the next."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Generic, TypeVar
from urllib.parse import quote, urlencode

from flask import request

from almaty_graph.errors import NotFound, QueryError
from almaty_graph.web.portal.translations import gettext

PAGE: Final = "page"
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,5}")

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True)
class Part(Generic[T]):
    """What one page shows of a list, the number of the first of that, and how many there are in all."""

    shown: Sequence[T]
    first: int
    total: int

    def __iter__(self) -> Iterator[T]:
        return iter(self.shown)

    def __len__(self) -> int:
        return len(self.shown)

    def each(self, tell: Callable[[T], U]) -> "Part[U]":
        """The same part, each in another form."""
        return Part([tell(one) for one in self.shown], self.first, self.total)


class Parts:
    """The page that a request asks for, of as many as its longest list has."""

    size: ClassVar = 300

    def __init__(self, number: int) -> None:
        self.number, self.last = number, 1

    @classmethod
    def asked(cls) -> "Parts":
        """That of the parameter `page`, else the first; QueryError if it is no number, or two."""
        found = request.args.getlist(PAGE)
        if len(found) > 1:
            raise QueryError(f"found {len(found)} parameters '{PAGE}': one page at a time")
        if found and not _NUMBER.fullmatch(found[0]):
            raise QueryError(f"found {found[0]!r} for a page: pages are counted from 1")
        return cls(int(found[0]) if found else 1)

    def of(self, items: Sequence[T]) -> Part[T]:
        """What this page shows of a list."""
        self.last = max(self.last, -(-len(items) // self.size))
        return Part(self.on(self.number, items), self.size * (self.number - 1) + 1, len(items))

    def on(self, number: int, items: Sequence[T]) -> Sequence[T]:
        """What another page shows of it."""
        return items[self.size * (number - 1) : self.size * number]

    def check(self) -> None:
        """Raises NotFound if there is no such page, once all lists are parted."""
        if self.number > self.last:
            raise NotFound(f"there are {self.last} pages of {request.path}, and no page {self.number}")

    def address(self, number: int) -> str:
        """Where another page is: as this was asked for, but for its number."""
        kept = [each for each in request.args.items(multi=True) if each[0] != PAGE]
        told = urlencode([*kept, (PAGE, number)] if number > 1 else kept)
        return quote(request.path) + (f"?{told}" if told else "")

    @property
    def turns(self) -> list[tuple[str, str, str]]:
        """The ways to other pages: relation (as HTML has it, else empty), words, address."""
        back = (
            [("", gettext("First"), 1), ("prev", gettext("Previous"), self.number - 1)]
            if self.number > 1
            else []
        )
        on = (
            [("next", gettext("Next"), self.number + 1), ("", gettext("Last"), self.last)]
            if self.number < self.last
            else []
        )
        return [(relation, words, self.address(number)) for relation, words, number in [*back, *on]]
