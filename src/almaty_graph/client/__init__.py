"""Decides how a program asks a server of the graph: by SPARQLWrapper, and again when it is told to wait."""

import ast
import hashlib
import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import click
from rdflib import Graph
from SPARQLWrapper import GET, JSON, POST, POSTDIRECTLY, TURTLE, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException

from almaty_graph.client.tables import Table
from almaty_graph.errors import NotFound, QueryError, ReleaseError, RemoteError
from almaty_graph.names import BASE, RDFS, SH
from almaty_graph.questions import as_of

_Found = TypeVar("_Found")
_LONG: Final = 4_000  # characters of a query that is posted, since not every server takes it in an address
_CHUNK: Final = 1 << 16
_REFUSED: Final = 400
_BUSY: Final = frozenset((429, 503))
_QUESTIONS: Final = f"""
PREFIX rdfs: <{RDFS}>
PREFIX sh: <{SH}>
SELECT ?question ?title ?text {{
  ?question a sh:SPARQLSelectExecutable ; rdfs:label ?title ; sh:select ?text .
}} ORDER BY ?question
"""


@dataclass(frozen=True)
class Client:
    """Asks the server at an address; of a kept release if one is named, else of what is there now.

    A server that is busy is asked again when it says (RFC 9110, 10.2.3), for `patience` seconds in all;
    `seconds` is how long it may be silent. Everything raises QueryError for a query that is refused, and
    RemoteError, with what the server said, for all else that is no answer.
    """

    url: str
    release: str | None = None
    patience: float = 60.0
    seconds: float = 120.0

    def select(self, query: str) -> Table:
        """The answer to a SELECT."""
        return Table(self._query(query, JSON))

    def ask(self, query: str) -> bool:
        """The answer to an ASK."""
        return bool(self._query(query, JSON)["boolean"])

    def construct(self, query: str) -> Graph:
        """The answer to a CONSTRUCT or DESCRIBE."""
        return Graph().parse(data=self._query(query, TURTLE), format="turtle")

    def questions(self) -> dict[str, str]:
        """The titles of the recorded questions by their names."""
        return {name: title for name, (title, _) in self._questions().items()}

    def question(self, name: str, day: str | None = None) -> Table:
        """The answer to a recorded question, of a day if one is given; NotFound if there is none."""
        known = self._questions()
        if name not in known:
            raise NotFound(f"there is no recorded question {name}, but {', '.join(known)}")
        return self.select(known[name][1] if day is None else as_of(known[name][1], day))

    def releases(self) -> list[dict[str, Any]]:
        """The kept releases, the newest first: `release`, `version`, `published`, `datasetSha256`."""
        listed: list[dict[str, Any]] = json.loads(self._get("/release.json"))
        return listed

    def pinned(self) -> "Client":
        """This client, but of the release that is there now, whatever is published later."""
        return self._of(self.releases()[0]["release"])

    def as_of(self, moment: datetime) -> "Client":
        """This client, but of the release that was there at a moment; NotFound if there was none yet."""
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        for each in self.releases():
            if datetime.fromisoformat(each["published"]) <= moment:
                return self._of(each["release"])
        raise NotFound(f"nothing was published at {self.url} by {moment.isoformat()}")

    def dump(self, name: str, folder: Path, *, progress: bool = True) -> Path:
        """A file of the release, such as `dataset.nq`, put into a folder when it is whole and proved.

        Raises ReleaseError if it is not what the manifest says (SHA-256). A bar shows how far it is.
        """
        there = f"/release/{self.release}" if self.release else "/dump"
        listed = json.loads(self._get(f"{there}/manifest.json"))["files"]
        if name not in listed:
            raise NotFound(f"the release has no file {name}, but {', '.join(sorted(listed))}")
        target, part, digest = folder / Path(name).name, folder / f".{Path(name).name}.part", hashlib.sha256()
        bar = _bar(listed[name]["bytes"], name) if progress else nullcontext()
        with self._open(f"{there}/{name}") as reply, part.open("wb") as file, bar as shown:
            while chunk := reply.read(_CHUNK):
                file.write(chunk)
                digest.update(chunk)
                if shown is not None:
                    shown.update(len(chunk))
        if digest.hexdigest() != listed[name]["sha256"]:
            part.unlink()
            raise ReleaseError(f"{self.url}{there}/{name} is not what its manifest says (SHA-256 differs)")
        return part.replace(target)

    def _of(self, release: str) -> "Client":
        return Client(self.url, release, self.patience, self.seconds)

    def _questions(self) -> dict[str, tuple[str, str]]:
        return {
            str(row["question"]).removeprefix(f"{BASE}questions/"): (str(row["title"]), str(row["text"]))
            for row in self.select(_QUESTIONS)
        }

    def _query(self, query: str, form: str) -> Any:
        wrapper = SPARQLWrapper(f"{self.url.rstrip('/')}/sparql", returnFormat=form)
        wrapper.setOnlyConneg(True)
        wrapper.setTimeout(int(self.seconds))
        wrapper.setMethod(POST if len(query) > _LONG else GET)
        wrapper.setRequestMethod(POSTDIRECTLY)
        if self.release:
            wrapper.addParameter("release", self.release)
        wrapper.setQuery(query)
        return self._patiently(lambda: wrapper.query().convert())

    def _get(self, path: str) -> bytes:
        with self._open(path) as reply:
            return reply.read()

    def _open(self, path: str) -> HTTPResponse:
        asked = urllib.request.Request(f"{self.url.rstrip('/')}{path}")  # noqa: S310 - the caller's own choice
        opened = self._patiently(lambda: urllib.request.urlopen(asked, timeout=self.seconds))  # noqa: S310 - see above
        return cast("HTTPResponse", opened)

    def _patiently(self, ask: Callable[[], _Found]) -> _Found:
        """What is asked for, as often as the server asks to come again and there is patience left."""
        until = time.monotonic() + self.patience
        while True:
            try:
                return ask()
            except (urllib.error.HTTPError, SPARQLWrapperException) as error:
                wait = _wait(error)
                if wait is None or time.monotonic() + wait > until:
                    raise _refusal(self.url, error) from error
                time.sleep(wait)
            except (OSError, HTTPException) as error:
                raise RemoteError(f"{self.url}: {getattr(error, 'reason', error)}") from error


def _wait(error: Exception) -> float | None:
    """After how many seconds to ask again; None if that helps nothing."""
    if not isinstance(error, urllib.error.HTTPError) or error.code not in _BUSY:
        return None
    said = error.headers.get("Retry-After", "1")
    if said.isdigit():
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except ValueError:
        return 1.0


def _refusal(url: str, error: Exception) -> QueryError | RemoteError:
    """What a server said against it (RFC 9457), as an error of ours."""
    if isinstance(error, urllib.error.HTTPError):
        status, text = error.code, error.read()
    else:  # SPARQLWrapper has read the body, and has it in its message
        status = getattr(error.__context__, "code", 0)
        text = ast.literal_eval(str(error).partition("Response:\n")[2] or "b''")
    try:
        detail = str(json.loads(text)["detail"])
    except (ValueError, KeyError, TypeError):
        detail = text.decode(errors="replace").strip()[:300] or type(error).__name__
    return QueryError(f"{url}: {detail}") if status == _REFUSED else RemoteError(f"{url}: {status}: {detail}")


def _bar(size: int, name: str) -> AbstractContextManager[Any]:
    return click.progressbar(length=size, label=name, file=sys.stderr)
