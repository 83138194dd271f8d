"""Decides where a result stands: at the triple that breaks the shape, else where its focus node is first."""

import io
import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import SimpleNamespace

import numpy as np
import pyoxigraph as ox

from almaty_graph.places import Place
from almaty_graph.validation.columns import Columns, Pattern
from almaty_graph.validation.documents import PLACED, Document

_LINE_FEED = ord("\n")


class Reading:
    """Documents, and of each of their statements after how many bytes of its document the parser had it.

    The parser gets one line a call, so it has read no further than the line that a statement ends on.
    """

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = documents
        self._ends = [array("q") for _ in documents]
        self._prefixes: list[dict[str, str]] = [{} for _ in documents]

    @property
    def prefixes(self) -> dict[str, str]:
        """The prefixes that all of them declare, those of the last where they differ."""
        return {name: iri for each in self._prefixes for name, iri in each.items()}

    def size(self, documents: int) -> int:
        """How many statements the first of the documents have."""
        return sum(map(len, self._ends[:documents]))

    def quads(self) -> Iterator[ox.Quad]:
        """Read the documents; SourceError, with the place, for one that cannot be read."""
        for document, ends, prefixes in zip(self.documents, self._ends, self._prefixes, strict=True):
            text, note = io.BytesIO(document.read()), ends.append
            tell, read = (text.tell, text.readline) if document.form in PLACED else (lambda: 0, text.read)
            for quad in document.parse(SimpleNamespace(read=read), prefixes):
                note(tell())
                yield quad

    def places(self, wanted: Iterable[Sequence[Pattern]], columns: Columns) -> list[Place | None]:
        """For each list of patterns, from the most fitting on, the place of the first that is found.

        `columns` were made of what was read. Documents of other formats than PLACED have no places.
        """
        found = [
            next(((place, each) for each in choices if (place := columns.place(each)) is not None), None)
            for choices in wanted
        ]
        begin, places = 0, dict[tuple[int, Pattern], Place | None]()
        for document, ends, prefixes in zip(self.documents, self._ends, self._prefixes, strict=True):
            end = begin + len(ends)
            own = [each for each in dict.fromkeys(found) if each and begin <= each[0] < end]
            if own and document.form in PLACED:
                text = document.read()
                breaks = np.flatnonzero(np.frombuffer(text, dtype=np.uint8) == _LINE_FEED)
                for number, pattern in own:
                    # The line that has the last byte read is the one after all that end before it.
                    line = int(np.searchsorted(breaks, ends[number - begin] - 1))
                    start = int(breaks[line - 1]) + 1 if line else 0
                    stop = int(breaks[line]) if line < len(breaks) else len(text)
                    shown = text[start:stop].decode(errors="replace")
                    places[number, pattern] = Place(
                        document.name, line + 1, _column(shown, pattern, prefixes)
                    )
            begin = end
        return [places.get(each) if each else None for each in found]


def _column(line: str, pattern: Pattern, prefixes: Mapping[str, str]) -> int:
    """The column, from 1, at which a term that is looked for stands, else that of the first character."""
    subject, predicate, value = pattern
    term = value or predicate or subject
    ways = "|".join(map(re.escape, sorted(_forms(term, prefixes), key=len, reverse=True)))
    # A prefixed name is not the beginning of a longer one.
    places = [found.start() for found in re.finditer(rf"(?:{ways})(?![\w-]|\.\w)", line)] if ways else []
    if not places:
        return len(line) - len(line.lstrip()) + 1
    return (places[0] if term is subject else places[-1]) + 1


def _forms(term: object, prefixes: Mapping[str, str]) -> list[str]:
    """How a term may be written."""
    if isinstance(term, ox.NamedNode):
        names = [f"{p}:{term.value[len(n) :]}" for p, n in prefixes.items() if term.value.startswith(n)]
        return [f"<{term.value}>", *names]
    if isinstance(term, ox.Literal):
        text = str(term).rpartition('"')[0][1:]
        return [f'"{text}"', f"'{text}'", *([f" {term.value}"] if term.value.isalnum() else [])]
    return []
