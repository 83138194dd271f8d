"""Decides what a query is: its text, form and dataset, and what its text tells about it without being run."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Self

from almaty_graph.engine.language.lexical import Form, read_form
from almaty_graph.engine.language.plain import plain_form
from almaty_graph.engine.language.services import Service, as_graphs, find_services
from almaty_graph.engine.language.tokens import position
from almaty_graph.errors import QueryError, QueryTooLong
from almaty_graph.formats import Kind

QUERY_BYTES: Final = 100_000

_ABSOLUTE_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]*")
_WORD: Final = re.compile(r"[a-z]+")
# What reads much however little it answers; the name of a property with `+` or `*` is a path of any length.
_SCANS: Final = frozenset(
    ("avg", "bind", "contains", "count", "distinct", "exists", "group", "max", "min", "minus", "order",
     "reduced", "regex", "sample", "sum")
)  # fmt: skip
_LONG_PATH: Final = re.compile(r"[\w>)][+*]")
_LOOKUP_BYTES: Final = 1_000
# What gives another answer each time: some functions, and the blank nodes that a CONSTRUCT makes.
_FRESH: Final = frozenset(("now", "rand", "uuid", "struuid", "bnode"))
_VOLATILE: Final = re.compile(r"\b(?:NOW|RAND|(?:STR)?UUID|BNODE)\s*\(", re.IGNORECASE)


@dataclass(frozen=True)
class Query:
    """A query, its form, and the dataset that the request gives it.

    If either tuple of graphs has an entry, the two replace the FROM and FROM NAMED of the text (SPARQL 1.1
    Protocol, 2.1.4).
    """

    text: str
    form: Form
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    asks_others: bool = field(default=False, compare=False)  # with SERVICE

    @cached_property
    def words(self) -> frozenset[str]:
        """Every run of Latin letters in the text, in lower case, whatever it is part of."""
        return frozenset(_WORD.findall(self.text.lower()))

    @property
    def canonical(self) -> str:
        """The text, its white space made one where that cannot change its meaning."""
        return self.text if any(mark in self.text for mark in "\"'#\\") else " ".join(self.text.split())

    @property
    def is_volatile(self) -> bool:
        """Whether it may answer differently each time, with the same data."""
        fresh = self.form is Form.CONSTRUCT and ("[" in self.text or "_:" in self.text)
        renewed = not _FRESH.isdisjoint(self.words) and _VOLATILE.search(self.text) is not None
        return fresh or self.asks_others or renewed

    @property
    def is_lookup(self) -> bool:
        """Whether it looks like one that takes less than a millisecond; a guess."""
        if self.asks_others or len(self.text) > _LOOKUP_BYTES or not _SCANS.isdisjoint(self.words):
            return False
        return not (("*" in self.text or "+" in self.text) and _LONG_PATH.search(self.text))

    @property
    def kind(self) -> Kind:
        """What carries the answer: a table (SELECT, ASK) or a graph (CONSTRUCT, DESCRIBE)."""
        return Kind.TABLE if self.form in (Form.SELECT, Form.ASK) else Kind.GRAPH

    @classmethod
    def parse(
        cls,
        text: str,
        default_graphs: tuple[str, ...] = (),
        named_graphs: tuple[str, ...] = (),
        services: tuple[str, ...] = (),
    ) -> Self:
        """The query that a text holds, proven no update, to ask these services only, and to keep the limits.

        Raises QueryTooLong above QUERY_BYTES of UTF-8, and QueryError with the line and the column of
        anything else. Its syntax is for the engine to judge.
        """
        try:
            size = len(text.encode())
        except UnicodeEncodeError as error:
            raise QueryError("the query holds half a surrogate pair", *position(text, error.start)) from None
        if size > QUERY_BYTES:
            raise QueryTooLong(f"the query has {size:,} bytes; a query may have {QUERY_BYTES:,}")
        for iri in (*default_graphs, *named_graphs):
            if not _ABSOLUTE_IRI.fullmatch(iri):
                raise QueryError(f"a graph is named by an absolute IRI, and {iri!r} is none")
        asked: tuple[Service, ...] = ()
        if (form := plain_form(text)) is None:
            asked = find_services(text, services) if services else ()
            form = read_form(as_graphs(text, asked))
        return cls(text, form, default_graphs, named_graphs, bool(asked))
