"""Decides how a query is put to the engine process, and what comes back: a whole answer, or an error."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from almaty_graph.engine import wire
from almaty_graph.engine.calls import PATIENCE, Data, Reply, Watch, exchange, raise_failure
from almaty_graph.engine.language.query import Query
from almaty_graph.engine.line import Line
from almaty_graph.engine.wire import Limits
from almaty_graph.errors import NotAcceptable, QueryTooLong
from almaty_graph.formats import GRAPHS, TABLES, Format, Kind


@dataclass(frozen=True)
class Wish:
    """How a query is to be answered.

    `seconds` may lower the time limit, never raise it. `client` is whom fairness counts for. With an `offset`
    the answer is a page, from that row on. `watch` is given what ends the query, for as long as it may run.
    """

    seconds: float | None = None
    client: str = ""
    offset: int | None = None
    explain: bool = False
    watch: Watch | None = None


@dataclass(frozen=True)
class Answer:
    """An answer, whole: bytes, or a file if they are many; `next` is the row where the next page begins."""

    data: Data
    is_empty: bool = False
    next: int | None = None

    def read(self) -> bytes:
        """All of it."""
        return self.data if isinstance(self.data, bytes) else self.data.read()


class Engine(Protocol):
    """Answers queries."""

    def answer(self, query: Query, form: Format, wish: Wish = ...) -> Answer:
        """The whole answer in that format, or the page of it that is wished for.

        Raises NotAcceptable for a format that cannot carry the answer, QueryError for what is wrong with the
        query, LimitReached for what it needs too much of, and EngineError when there is nobody to answer.
        """
        ...

    def status(self) -> Mapping[str, float]:
        """Figures of the engine by name; raises EngineError when there is nobody to tell them."""
        ...


@dataclass(frozen=True)
class EmbeddedEngine:
    """The engine process that listens at an address; may be pickled, and used from any thread."""

    address: str
    seconds: float = Limits.seconds

    def answer(self, query: Query, form: Format, wish: Wish = Wish()) -> Answer:
        """The answer in that format: see Engine."""
        if form.kind is not query.kind:
            offer = TABLES if query.kind is Kind.TABLE else GRAPHS
            raise NotAcceptable(form.media_type, tuple(each.media_type for each in offer))
        seconds = self.seconds if wish.seconds is None else max(0.001, min(wish.seconds, self.seconds))
        request = wire.Request(
            query.text, query.form.name, form.media_type, query.default_graphs, query.named_graphs,
            seconds, wish.client, wish.offset, wish.explain, query.asks_others and not wish.explain,
        ).frame()  # fmt: skip
        if len(request) > wire.REQUEST_BYTES:
            raise QueryTooLong(
                f"the query and its graphs have {len(request):,} bytes; they may have {wire.REQUEST_BYTES:,}"
            )
        quick = query.is_lookup and wish.seconds is None and wish.offset is None and not wish.explain
        header, data = (quick and self._ask_quickly(query, request)) or exchange(
            self.address, request, time.monotonic() + seconds + PATIENCE, wish.watch
        )
        if quick and "long" in header:
            line_to(self.address).avoid(query.text)
        if "error" in header:
            raise_failure(header)
        return Answer(data, header.get("rows") == 0, header.get("next"))

    def prepare(self) -> None:
        """Open the line of this process before anybody asks; what cannot be had now is opened when asked."""
        line_to(self.address).open()

    def status(self) -> Mapping[str, float]:
        """How many workers there are, what they are at, and what ended queries so far, by name."""
        header, _ = exchange(self.address, wire.frame({"task": wire.STATUS}), time.monotonic() + 2)
        return header

    def _ask_quickly(self, query: Query, request: bytes) -> Reply | None:
        line = line_to(self.address)
        reply = line.ask(request) if line.suits(query.text) else None
        return wire.unframe(reply) if reply is not None else None


@cache
def line_to(address: str) -> Line:
    """The line of this process to the engine at an address."""
    return Line(address)
