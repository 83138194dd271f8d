"""Decides where each answer lies as a file, and what a server is told besides: types, headers, redirects."""

import gzip
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Final

from almaty_graph.box.crawl import Answer
from almaty_graph.box.rules import File, Folded, fold
from almaty_graph.errors import ExportRefused

TYPE: Final = "Content-Type"
GONE: Final = 410
_ELSEWHERE: Final = 303  # as every thing answers whose document is there, which each server is told as a rule
NOT_FOUND: Final = "/404.html"
# What a server of files knows better: from the file itself, or from how it sends it.
_THEIRS: Final = frozenset(
    ("Accept-Ranges", "Content-Disposition", "Content-Length", "Date", "ETag", "Last-Modified", "Location")
)
# Of what is sent as it lies there there is no saying here whether it is compressed.
_NOT_TOLD: Final = frozenset(("Query-Limits", "Repr-Digest", "Vary"))
_VARY: Final = "Accept, Accept-Language, Accept-Encoding"
_WORTHWHILE: Final = 1024  # bytes, from which on a file is compressed besides
_PACKED: Final = frozenset((".gz", ".zst", ".parquet"))


@dataclass
class Site:
    """The files of a site below a folder, and what is told of them.

    `unnamed` are suffixes that files have and addresses have not.
    """

    folder: Path
    languages: tuple[str, ...]
    moment: float
    files: dict[File, Mapping[str, str]] = field(default_factory=dict)
    redirects: dict[str, tuple[int, str]] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    unnamed: set[str] = field(default_factory=set)

    def add(self, answers: Iterable[Answer]) -> None:
        """Write what is answered, and note how; raises ExportRefused for an answer that is an error."""
        for answer in answers:
            if "Location" in answer.headers:
                if answer.status != _ELSEWHERE:
                    self.redirects[answer.path] = answer.status, answer.headers["Location"]
                continue
            if answer.status == GONE:
                if not answer.language:  # in others it is gone too
                    self.gone.append(answer.path)
            elif answer.status != HTTPStatus.OK:
                raise ExportRefused(f"{answer.path} answers {answer.status}, so the site would not be whole")
            if not answer.path.startswith("/id/"):  # of what is gone: its document says the same
                file = place(answer)
                if not answer.is_page and file.path != answer.path:
                    self.unnamed.add(file.suffix)
                self.write(file, answer.body, answer.headers)

    def write(self, file: File, body: bytes, headers: Mapping[str, str]) -> None:
        """Write a file, and beside it the same compressed."""
        self.files[file] = headers
        path = self.folder / file.path[1:]
        path.parent.mkdir(parents=True, exist_ok=True)
        self._put(path, body)
        if len(body) >= _WORTHWHILE and path.suffix not in _PACKED:
            self._put(path.with_name(path.name + ".gz"), gzip.compress(body, mtime=0))

    def _put(self, path: Path, body: bytes) -> None:
        path.write_bytes(body)
        os.utime(path, (self.moment, self.moment))

    @cached_property
    def headers(self) -> Mapping[str, Folded]:
        """Each header that is told, with the rules for its values."""
        known = {name for headers in self.files.values() for name in headers} - _THEIRS - _NOT_TOLD
        told = {
            name: fold({file: headers.get(name, "") for file, headers in self.files.items()})
            for name in sorted(known)
        }
        return told | {"Vary": Folded(_VARY, [], {})}


def place(answer: Answer) -> File:
    """Where an answer lies: with the suffix of its kind, behind the query and language of a page."""
    if not answer.is_page:
        is_named = "." in answer.path.rpartition("/")[2]
        return File(answer.path if is_named else f"{answer.path}.{_kind(answer)}")
    stem = "/index" if answer.path == "/" else answer.path
    query = f"@{answer.query}" if answer.query else ""
    language = f".{answer.language}" if answer.language else ""
    return File(f"{stem}{query}{language}.html", answer.language)


def _kind(answer: Answer) -> str:
    """A suffix for what has none in its address, of its media type: `turtle`, `activity-json`."""
    return answer.media_type.partition("/")[2].replace("+", "-")
