"""Many clients at once, or slow ones, or ones that go away: while they are there, all others are answered."""

import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from urllib.parse import quote

from hostile.attack import ENDED, Attack, exchange, get, post, request, statuses
from hostile.target import Target
from process_tree import processor_seconds, wait_until

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
LARGE = "SELECT * { ?a ?b ?c . ?d ?b ?e } LIMIT 90000"
GREEDY = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f ?i LIMIT 1"
HEAD = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
# Told to come back: by the queue, by fairness, or because others were let in.
BUSY = statuses(429, 503)
NOTHING: frozenset[int] = frozenset()


@contextmanager
def _many(target: Target, number: int, first: bytes = b"") -> Iterator[list[socket.socket]]:
    """Connections that have all sent the same."""
    with ExitStack() as stack:
        connections = []
        for _ in range(number):
            with suppress(OSError):  # refused: as good as any answer
                connections.append(stack.enter_context(target.connect(5)))
                connections[-1].sendall(first)
        yield connections


def _asking(target: Target, seconds: float, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Ask all the time, as another client."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        meanwhile()
        target.ask()
        time.sleep(0.05)


def _at_once(target: Target, wires: list[bytes]) -> Iterator[int]:
    """The statuses of requests that are all sent at once, while another client asks."""
    with ThreadPoolExecutor(len(wires)) as pool:
        replies = [pool.submit(exchange, target, wire) for wire in wires]
        while not all(reply.done() for reply in replies):
            target.ask()
            time.sleep(0.02)
    for reply in replies:
        yield from (each.status for each in reply.result())


def _dripping(first: bytes, number: int, drop: bytes = b"x") -> Callable[[Target], Iterator[int]]:
    """Clients that send one byte at a time, and never enough."""

    def campaign(target: Target) -> Iterator[int]:
        with _many(target, number, first) as connections:

            def drip() -> None:
                for connection in random.sample(connections, min(20, len(connections))):
                    with suppress(OSError):  # hung up on
                        connection.send(drop)

            _asking(target, 1, drip)
        yield from ()

    return campaign


def _holding(first: bytes, number: int, seconds: float = 1) -> Callable[[Target], Iterator[int]]:
    """Clients that send something, and then neither read nor send."""

    def campaign(target: Target) -> Iterator[int]:
        with _many(target, number, first):
            _asking(target, seconds)
        yield from ()

    return campaign


def _abandoning(query: str, number: int, reset: bool = False) -> Callable[[Target], Iterator[int]]:
    """Clients that ask for much and hang up at once: their workers are free again long before the limit."""

    def campaign(target: Target) -> Iterator[int]:
        for _ in range(number):
            with target.connect() as connection:
                connection.sendall(post(query))
                time.sleep(0.01)
                if reset:
                    linger = struct.pack("ii", 1, 0)
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            target.ask()
        yield from ()

    return campaign


def _storm(number: int, sends: bytes = b"", reset: bool = False) -> Callable[[Target], Iterator[int]]:
    """Connections opened and closed as fast as can be, from eight sides."""

    def storm(target: Target) -> None:
        for _ in range(number // 8):
            with suppress(OSError), target.connect(5) as connection:
                connection.sendall(sends)
                if reset:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def campaign(target: Target) -> Iterator[int]:
        sides = [threading.Thread(target=storm, args=(target,)) for _ in range(8)]
        for side in sides:
            side.start()
        while any(side.is_alive() for side in sides):
            target.ask()
            time.sleep(0.02)
        yield from ()

    return campaign


def _pipelined(target: Target) -> Iterator[int]:
    """A thousand requests before the first reply is read."""
    one = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\n\r\n"
    yield from (
        reply.status for reply in exchange(target, one * 999 + request("GET", "/sparql?query=ASK%7B%7D"))
    )


def _trickled(target: Target) -> Iterator[int]:
    """Readers that take an answer of megabytes a few bytes at a time, with hardly a buffer."""
    with ExitStack() as stack:
        readers = []
        for number in range(150):
            reader = stack.enter_context(socket.socket())
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            reader.settimeout(5)
            reader.connect(("127.0.0.1", target.port))
            path = "/dump/dataset.nq" if number % 2 else f"/sparql?query={quote(LARGE)}"
            reader.sendall(request("GET", path))
            readers.append(reader)

        def sip() -> None:
            for reader in random.sample(readers, 10):
                with suppress(OSError):  # nothing there yet, or hung up on
                    reader.recv(10, socket.MSG_DONTWAIT)

        _asking(target, 2, sip)
    yield from ()


def _unlike(target: Target) -> Iterator[int]:
    """Two thousand queries of some kilobytes that nobody has asked before: what is kept of them is bounded."""
    text = 'SELECT ("%d' + "x" * 20_000 + '" AS ?x) {}'
    wires = [post(text % number) for number in range(2_000)]
    with ThreadPoolExecutor(8) as pool:
        for replies in pool.map(lambda wire: exchange(target, wire), wires):
            yield from (reply.status for reply in replies)


def _freed(target: Target) -> Iterator[int]:
    """After forty abandoned queries none runs any more, within a second."""
    yield from _abandoning(ENDLESS, 40)(target)
    before = {worker: processor_seconds(worker) for worker in target.workers()}
    wait_until(lambda: _idle(target, before), 1.0)


def _idle(target: Target, before: dict[int, float]) -> bool:
    time.sleep(0.2)
    now = {worker: processor_seconds(worker) for worker in target.workers()}
    idle = all(seconds - before.get(worker, seconds) < 0.1 for worker, seconds in now.items())
    before.clear()
    before.update(now)
    return idle


def _campaign(
    name: str, campaign: Callable[[Target], Iterator[int]], expected: frozenset[int] = NOTHING
) -> Attack:
    return Attack(name, "load", expected, campaign=campaign)


def _together(name: str, wires: list[bytes], expected: frozenset[int]) -> Attack:
    return Attack(name, "load", expected, campaign=lambda target: _at_once(target, wires))


OK = statuses(200)
ATTACKS = [
    _together("24 bombs", [post(ENDLESS)] * 24, ENDED | BUSY),
    _together("100 bombs", [post(ENDLESS)] * 100, ENDED | BUSY),
    _together("24 bombs that differ", [post(f"{ENDLESS} #{n}") for n in range(24)], ENDED | BUSY),
    _together("24 queries that eat memory", [post(f"{GREEDY} #{n}") for n in range(24)], ENDED | BUSY),
    _together("24 answers of megabytes", [post(f"{LARGE} #{n}") for n in range(24)], OK | ENDED | BUSY),
    _together("100 pages that are not there", [request("GET", f"/nowhere/{n}") for n in range(100)], statuses(404)),
    _together("100 pages", [request("GET", "/", "Accept: text/html")] * 100, OK),
    _together("50 bodies that are too long", [request("POST", "/sparql", "Content-Type: application/sparql-query", body="x" * 300_000)] * 50, statuses(0, 413)),
    _together("50 dumps", [request("GET", "/dump/dataset.nq")] * 50, OK),
    _together("100 bombs asked about only", [get(ENDLESS).replace(b"GET", b"HEAD", 1)] * 100, ENDED | BUSY),
    _campaign("200 heads that never end", _dripping(b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nX: ", 200)),
    _campaign("200 request lines that never end", _dripping(b"GET /", 200)),
    _campaign("200 bodies that never end", _dripping(HEAD + b"Content-Length: 1000\r\n\r\n", 200)),
    _campaign("200 bodies in chunks that never end", _dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", 200, b"1\r\nx\r\n")),
    _campaign("200 bodies that never begin", _holding(HEAD + b"Content-Length: 90000\r\n\r\n", 200)),
    _campaign("200 bodies of a gigabyte, as they say", _holding(HEAD + b"Content-Length: 1073741824\r\n\r\n", 200)),
    _campaign("200 bodies that are expected to be asked for", _holding(HEAD + b"Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n", 200)),
    _campaign("2,000 connections with half a head", _holding(b"GET / HTTP/1.1\r\nHo", 2_000)),
    _campaign("500 connections idle after an answer", _holding(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 500)),
    _campaign("150 readers of a dump that do not read", _holding(request("GET", "/dump/dataset.nq"), 150)),
    _campaign("150 readers of an answer that do not read", _holding(post(LARGE), 150, 2)),
    _campaign("150 readers that read ten bytes at a time", _trickled),
    _campaign("40 queries abandoned", _freed),
    _campaign("40 queries broken off", _abandoning(ENDLESS, 40, reset=True)),
    _campaign("40 large answers abandoned", _abandoning(LARGE, 40)),
    _campaign("3,000 connections opened and closed", _storm(3_000)),
    _campaign("3,000 connections broken off", _storm(3_000, reset=True)),
    _campaign("2,000 requests broken off", _storm(2_000, b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\n\r\n", reset=True)),
    _campaign("2,000 halves of requests", _storm(2_000, b"GET /sparql?query=AS")),
    _campaign("1,000 requests in one breath", _pipelined, OK),
    _campaign("2,000 queries that nobody has asked", _unlike, OK | BUSY),
]  # fmt: skip
