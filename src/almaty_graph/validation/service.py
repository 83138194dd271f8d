"""Decides how validations are answered beside the web: each in a process forked for it.

The process is `python -m almaty_graph.validation.service SOCKET RELEASE LIMITS`: see `owned`. What is sent is
held against the shapes of the release, which know its ontology and register, or against shapes that are sent
with it.
"""

import gc
import json
import os
import select
import socket
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from socketserver import BaseRequestHandler, ForkingMixIn, UnixStreamServer
from typing import IO, Final

import pyoxigraph as ox

from almaty_graph.engine import wire
from almaty_graph.engine.isolation import die_with_parent
from almaty_graph.errors import AlmatyError
from almaty_graph.linking.portal import shapes_for
from almaty_graph.release.record import Record, mapped
from almaty_graph.terms import Term, iri
from almaty_graph.validation.asking import REGISTER, RELEASE, Limits, Request
from almaty_graph.validation.confined import Bounds, run_confined
from almaty_graph.validation.documents import Document
from almaty_graph.validation.judge import Choice
from almaty_graph.validation.output import write
from almaty_graph.validation.report import Severity
from almaty_graph.validation.validator import load, validate

_RECORD: Final = "dataset.nq"
_KNOWN: Final = ("ontology", "register")
_READING: Final = 10.0  # seconds that a caller has to send its request, and to take the reply
_NICENESS: Final = 10  # queries come first


@dataclass(frozen=True)
class _Own:
    """The shapes of a release, what these know of the world, and its record."""

    shapes: tuple[Document, ...]
    known: tuple[Document, ...]
    record: Record

    @classmethod
    def of(cls, folder: Path) -> "_Own":
        # A release may have no shapes, and say nothing in these graphs.
        names = ["shapes.ttl", *map(_file_of, _KNOWN)]
        texts = [(folder / name).read_bytes() if (folder / name).exists() else b"" for name in names]
        [shapes, *known] = map(_turtle, names, texts)
        return cls((shapes,), tuple(known), Record(mapped(folder / _RECORD)))

    def rest(self, request: Request) -> Document:
        """The release without what the data of a request take the place of."""
        subjects = set() if request.known != RELEASE else set(_subjects(request.data))
        judged = self.record.judged(self.record)
        kept = (q for q in judged if q.subject not in subjects and q.graph != iri(request.known))
        text = "".join(f"{' '.join(quad)} .\n" for quad in kept)
        return Document(_RECORD, ox.RdfFormat.N_QUADS, text=text.encode())


class _Service(ForkingMixIn, UnixStreamServer):
    """Forks a process for each caller, as many at once as the limits say; others wait in line."""

    block_on_close = False

    def __init__(self, address: str, own: _Own, limits: Limits) -> None:
        self.own, self.limits = own, limits
        self.max_children, self.request_queue_size = limits.workers, limits.waiting
        super().__init__(address, _Caller)

    def service_actions(self) -> None:
        """End when standard input does; and collect the processes that have ended."""
        super().service_actions()
        if select.select([sys.stdin], [], [], 0)[0] and not os.read(sys.stdin.fileno(), 4096):
            sys.exit(0)


class _Caller(BaseRequestHandler):
    """One caller, in the process forked for it."""

    server: _Service

    def handle(self) -> None:
        """Read a request, have it answered in a confined process, and send what that wrote."""
        die_with_parent()
        os.nice(_NICENESS)
        connection: socket.socket = self.request
        connection.settimeout(_READING)
        message = _receive(connection, self.server.limits.request_bytes)
        if message is None:
            return
        with tempfile.TemporaryFile() as file, suppress(OSError):  # the caller may have gone
            connection.sendall(self._reply(Request.read(message), file))

    def _reply(self, request: Request, file: IO[bytes]) -> bytes:
        limits = self.server.limits
        bounds = Bounds(min(request.seconds, limits.seconds), limits.memory_bytes)
        try:
            run_confined(partial(_answer, request, self.server.own, file), bounds, self.request.fileno())
        except AlmatyError as error:
            where = (getattr(error, "line", None), getattr(error, "column", None))
            return wire.frame(wire.failure(type(error).__name__, str(error), *where))
        file.seek(0)
        header = json.loads(file.readline())
        return wire.frame(header, file.read())


def _receive(connection: socket.socket, most: int) -> bytes | None:
    """One whole message, or None if there comes none of at most that size."""
    message = bytearray()
    while chunk := connection.recv(wire.CHUNK):
        message += chunk
        if len(message) >= wire.START and wire.frame_size(message) > most:
            return None
        if whole := wire.take_frame(message):
            return whole
    return None


def _answer(request: Request, own: _Own, reply: IO[bytes]) -> bool:
    """Write the counts of a validation in a line, and then the validation as it was wished for."""
    shapes, known = _shapes(request, own)
    focus = frozenset(map(iri, request.focus)) or None
    in_release = request.known != REGISTER
    if in_release:
        known = (own.rest(request),)
    loaded = load(request.data, shapes, known, only_subjects=in_release)
    choice = Choice(frozenset(map(iri, request.only)), focus, request.most)
    loaded.prove_aimed(choice.shapes)
    mildest = Severity(request.severity).rank
    validation = validate(loaded, choice).only(lambda each: each.severity.rank <= mildest)
    counts = {each.value: validation.count(each) for each in Severity}
    reply.write(json.dumps({"counts": counts, "conforms": validation.conforms}).encode() + b"\n")
    reply.write(write(validation, request.output, loaded.prefixes))
    reply.flush()
    return validation.conforms


def _shapes(request: Request, own: _Own) -> tuple[tuple[Document, ...], tuple[Document, ...]]:
    """The shapes that a request asks for, and what these know of the world."""
    if request.links:
        return (shapes_for(request.data, own.record),), ()
    return (request.shapes, ()) if request.shapes else (own.shapes, own.known)


def _subjects(documents: Iterable[Document]) -> Iterator[Term]:
    for document in documents:
        with closing(document.open()) as stream:
            yield from (str(quad.subject) for quad in document.parse(stream))


def _turtle(name: str, text: bytes) -> Document:
    return Document(name, ox.RdfFormat.TURTLE, text=text)


def _file_of(graph: str) -> str:
    return f"graph/{graph}.ttl"


def main(address: str, folder: str, limits: str) -> None:
    """Listen, and have each caller answered, until stopped."""
    die_with_parent()
    with _Service(address, _Own.of(Path(folder)), Limits(**json.loads(limits))) as service:
        gc.freeze()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        # From here on the owner's end of standard input decides; the thread that started us may end.
        die_with_parent(0)
        service.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
