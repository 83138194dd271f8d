"""Decides how it is told where something stands: a file, a line of it, a column of that."""

from typing import NamedTuple


class Place(NamedTuple):
    """A file, and a line of it and a column of that counted from 1, where they are known."""

    path: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in self if part is not None)
