"""Decides what is said to the process that validates: data, shapes, and how it is to be told."""

import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Protocol, Self

import pyoxigraph as ox

from almaty_graph.engine import wire
from almaty_graph.engine.calls import PATIENCE, Data, Watch, exchange, raise_failure
from almaty_graph.errors import EngineError
from almaty_graph.owned import OwnedProcess
from almaty_graph.validation.documents import Document

REGISTER: Final = "register"
RELEASE: Final = "release"
_ROOM: Final = 64 << 10  # bytes of a request besides its documents


@dataclass(frozen=True)
class Limits:
    """What one validation may have, and how many may be at work.

    `workers` run at once and `waiting` wait for one of them.
    """

    seconds: float = 30.0
    memory_bytes: int = 1 << 30
    document_bytes: int = 8 << 20
    workers: int = 2
    waiting: int = 8

    @property
    def request_bytes(self) -> int:
        """The size that a request may have, documents included."""
        return self.document_bytes + _ROOM


@dataclass(frozen=True)
class Request:
    """What is to be validated, by which shapes (those of the release if none), and how it is to be told.

    `severity` is the mildest that counts. `only` are the shapes and `focus` the nodes that count alone, if
    there are any; of each shape at most so many nodes are judged. With `links`, only what is said of our
    things is judged, by shapes made for it. What is `known` besides the data is the register and vocabulary,
    with the shapes of the release, or the release: but for what it says of the same subjects, or but for a
    named graph, if that is named here.
    """

    data: tuple[Document, ...]
    shapes: tuple[Document, ...] = ()
    output: str = "json"
    severity: str = "Info"
    only: tuple[str, ...] = ()
    focus: tuple[str, ...] = ()
    most: int | None = None
    links: bool = False
    known: str = REGISTER
    seconds: float = Limits.seconds

    def frame(self) -> bytes:
        """The bytes of the message."""
        documents = (*self.data, *self.shapes)
        header = {name: getattr(self, name) for name in self.__dataclass_fields__} | {
            "data": [_told(each) for each in self.data],
            "shapes": [_told(each) for each in self.shapes],
        }
        return wire.frame(header, b"".join(each.text for each in documents))

    @classmethod
    def read(cls, message: bytes) -> Self:
        """The request in one whole message."""
        header, body = wire.unframe(message)
        begin = 0
        for part in ("data", "shapes"):
            documents = []
            for name, media_type, size in header[part]:
                form = ox.RdfFormat.from_media_type(media_type) or ox.RdfFormat.TURTLE
                documents.append(Document(name, form, text=body[begin : begin + size]))
                begin += size
            header[part] = documents
        lists = {name: tuple(value) for name, value in header.items() if isinstance(value, list)}
        return cls(**header | lists)


def _told(document: Document) -> tuple[str, str, int]:
    return document.name, document.form.media_type, len(document.text)


@dataclass(frozen=True)
class Reply:
    """A validation as it was wished for; how many results count, by severity; whether there are none."""

    data: Data
    counts: dict[str, int]
    conforms: bool


class Validator(Protocol):
    """Answers requests for validations."""

    @property
    def limits(self) -> Limits:
        """What a validation may have."""
        ...

    def ask(self, request: Request, watch: Watch | None = None) -> Reply:
        """The validation; `watch` is given what ends it.

        Raises InputError for data and shapes that cannot be used, LimitReached for what takes too much, and
        EngineError when there is nobody to answer.
        """
        ...


@dataclass(frozen=True)
class SocketValidator:
    """The process that validates, at an address; may be pickled, and used from any thread."""

    address: str
    limits: Limits = field(default_factory=Limits)

    def ask(self, request: Request, watch: Watch | None = None) -> Reply:
        """The validation: see Validator."""
        # Those before it in line may each take their time.
        turns = 1 + self.limits.waiting / self.limits.workers
        deadline = time.monotonic() + self.limits.seconds * turns + PATIENCE
        header, data = exchange(self.address, request.frame(), deadline, watch, "the validator")
        if "error" in header:
            raise_failure(header)
        return Reply(data, header["counts"], header["conforms"])


class Nobody:
    """Nobody to validate, as where an application is served without the process that does."""

    limits = Limits()

    def ask(self, _request: Request, _watch: Watch | None = None) -> Reply:
        """Raises EngineError."""
        raise EngineError("this server has no process that validates")


class ValidationProcess(OwnedProcess):
    """Runs the process that validates, for the release in a folder: see OwnedProcess."""

    def __init__(self, release: Path, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        arguments = (str(release), json.dumps(asdict(self.limits)))
        super().__init__("almaty_graph.validation.service", arguments, "the validator did not start")

    @property
    def validator(self) -> SocketValidator:
        """Who answers."""
        return SocketValidator(self.address, self.limits)
