"""Decides what becomes of SERVICE: each endpoint is asked first, and its rows take the place of the block.

So the engine has no SERVICE to evaluate, and may be kept from the network as ever.
"""

import time
from contextlib import closing
from dataclasses import dataclass
from typing import Final, cast

import pyoxigraph as ox

from almaty_graph.engine import wire
from almaty_graph.engine.index.remote import RemoteIndex
from almaty_graph.engine.language import syntax
from almaty_graph.engine.language.lexical import Form, read_form
from almaty_graph.engine.language.services import Service, as_graphs, find_services
from almaty_graph.engine.language.tokens import TOKEN, position
from almaty_graph.errors import AlmatyError, AnswerLimitReached, QueryError, RemoteError
from almaty_graph.names import BASE

# Of all blocks of a query together: rows, and characters of them written into the query.
ROWS: Final = 2_000
CHARACTERS: Final = 60_000
REPLY_BYTES: Final = 4 << 20  # what one endpoint may send
_NOTHING_BOUND: Final = "VALUES () { () }"


def judge(request: wire.Request, limits: wire.Limits) -> None:
    """Raise QueryError, with line and column, unless the query is well-formed; asks nobody."""
    text = as_graphs(request.text, find_services(request.text, limits.service_endpoints))
    read_form(text)
    try:
        ox.Store().query(text, base_iri=BASE)
    except SyntaxError as error:
        raise QueryError(*syntax.explain(text, str(error))) from None
    except (OSError, RuntimeError, ValueError):
        return  # what is wrong with it but its syntax is for its index to tell


def ask_services(request: wire.Request, limits: wire.Limits) -> wire.Request:
    """The request with the rows of each SERVICE in its place.

    An endpoint may be silent for half of the time that is left. Raises what RemoteIndex.query does, which
    SILENT forgives (SPARQL 1.1 Federated Query, 2.3); AnswerLimitReached for more than ROWS or CHARACTERS,
    and QueryError for blank nodes, which SILENT does not.
    """
    text, until = request.text, time.monotonic() + request.seconds
    written, done, room = "", 0, _Room()
    for service in find_services(text, limits.service_endpoints):
        rows = _ask(text, service, (until - time.monotonic()) / 2)
        values = _NOTHING_BOUND if rows is None else _write(rows, text, service, room)
        written += f"{text[done : service.start]} {values} "
        done = service.end
    written += text[done:]
    try:
        read_form(written)
    except QueryError as error:
        raise RemoteError(f"SERVICE gave what cannot stand in a query: {error.message}") from None
    return request._replace(text=written, asks_others=False)


@dataclass
class _Room:
    """What the blocks that are still to come may take."""

    rows: int = ROWS
    characters: int = CHARACTERS


def _ask(text: str, service: Service, seconds: float) -> ox.QuerySolutions | None:
    """What an endpoint says of a block; None if it fails and SILENT forgives that."""
    form = next(
        each
        for each in TOKEN.finditer(text)
        if each.lastgroup == "word" and each[0].upper() in Form.__members__
    )
    block = f"BASE <{BASE}> {text[: form.start()]} SELECT * {text[service.opening : service.end]}"
    index = RemoteIndex(service.endpoint, seconds=max(0.001, round(seconds, 3)), reply_bytes=REPLY_BYTES)
    try:
        with closing(index):
            return cast("ox.QuerySolutions", index.query(wire.Request(block, Form.SELECT.value, "")))
    except AnswerLimitReached:
        raise
    except AlmatyError as error:
        if service.is_silent:
            return None
        if isinstance(error, QueryError):
            raise QueryError(error.message, *position(text, service.start)) from None
        raise


def _write(rows: ox.QuerySolutions, text: str, service: Service, room: _Room) -> str:
    block = text[service.opening : service.end]
    mentioned = {f"?{each[0][1:]}" for each in TOKEN.finditer(block) if each.lastgroup == "variable"}
    columns = [(n, str(name)) for n, name in enumerate(rows.variables) if str(name) in mentioned]
    lines = [f"VALUES ({' '.join(name for _, name in columns)}) {{"]
    for row in rows:
        cells = [_cell(row[n], name, text, service) for n, name in columns]
        lines.append(f"({' '.join(cells)})")
        room.rows -= 1
        room.characters -= len(lines[-1]) + 1
        if min(room.rows, room.characters) < 0:
            limit = f"{ROWS:,} rows" if room.rows < 0 else f"{CHARACTERS:,} characters"
            raise AnswerLimitReached(
                f"what SERVICE brings into a query has more than {limit}, the limit; "
                f"ask <{service.endpoint}> for less"
            )
    return " ".join([*lines, "}"])


def _cell(term: object, name: str, text: str, service: Service) -> str:
    if term is None:
        return "UNDEF"
    if isinstance(term, ox.NamedNode | ox.Literal):
        return str(term)
    raise QueryError(
        f"<{service.endpoint}> sent {term} for {name}, which names nothing outside of its answer; "
        "leave that out with FILTER(!ISBLANK(...))",
        *position(text, service.start),
    )
