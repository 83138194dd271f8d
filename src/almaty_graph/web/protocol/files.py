"""Decides how the files of a release are sent: whole, compressed as they lie there, or by ranges."""

import base64
import io
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import IO, Any, Final, cast

from almaty_graph.formats import content_type_of
from almaty_graph.release import Release
from almaty_graph.release.description import DumpFile
from almaty_graph.web.protocol.coding import GZIP, ZSTD, choose, is_worthwhile
from almaty_graph.web.protocol.replies import OK, REVALIDATE, Headers, Reply, is_current

DUMP: Final = "/dump/"
_SMALL: Final = 1 << 20  # bytes that are sent at once, and kept
# Codings in which a file may lie beside itself, by its further suffix.
_BESIDE: Final = {"zstd": ".zst", "gzip": ".gz"}
_RANGE: Final = re.compile(r"bytes=\s*(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))\s*\Z")


class Files:
    """The files of a release below `/dump/`, each with its digest, and the links that its reply has."""

    def __init__(self, release: Release, modified: str, links: Mapping[str, str]) -> None:
        self.release, self.modified, self.links = release, modified, links

    def answer(self, environ: dict[str, Any]) -> Reply | None:
        """A file, whole; None where there is none of that name."""
        file = self._find(environ)
        if file is None:
            return None
        coding = choose(environ.get("HTTP_ACCEPT_ENCODING"), (ZSTD, GZIP))
        beside = self.release.files.get(file.name + _BESIDE.get(coding.name if coding else "", "/"))
        if coding is None or beside is None or not is_worthwhile(file.size, file.media_type):
            return Reply(OK, self._headers(file, file), self._body(file, 0, file.size), _tag(file))
        headers = [*self._headers(file, beside), ("Content-Encoding", coding.name)]
        return Reply(OK, headers, self._body(beside, 0, beside.size), coding.tag(_tag(file)))

    def part(self, environ: dict[str, Any]) -> Reply | None:
        """The range of a file that a GET asks for, or 416 (RFC 9110, 14); None if it is to be sent whole.

        That is so for several ranges, for what is no range of bytes, and for who has another state of it.
        """
        file, wanted = self._find(environ), _RANGE.match(environ.get("HTTP_RANGE", ""))
        if file is None or wanted is None or environ["REQUEST_METHOD"] != "GET":
            return None
        held, tag = environ.get("HTTP_IF_RANGE", "").strip(), _tag(file)
        if held and held not in (f'"{tag}"', self.modified):
            return None
        if is_current(environ.get("HTTP_IF_NONE_MATCH"), tag):
            return None
        begin, end = _bounds(wanted, file.size)
        if begin >= end:
            status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
            return Reply(f"{status.value} {status.phrase}", [("Content-Range", f"bytes */{file.size}")])
        told = ("Content-Range", f"bytes {begin}-{end - 1}/{file.size}")
        headers = [*self._headers(file, file), told]
        return Reply("206 Partial Content", headers, self._body(file, begin, end), tag, as_it_is=True)

    def _find(self, environ: dict[str, Any]) -> DumpFile | None:
        path = environ["PATH_INFO"]
        is_read = environ["REQUEST_METHOD"] in {"GET", "HEAD"} and path.startswith(DUMP)
        return self.release.files.get(path.removeprefix(DUMP)) if is_read else None

    def _headers(self, file: DumpFile, sent: DumpFile) -> Headers:
        """The headers of a file, with the digest of what is sent for it (RFC 9530, 3: as it is coded)."""
        digest = base64.b64encode(bytes.fromhex(sent.sha256)).decode()
        return [
            ("Content-Type", content_type_of(file.media_type)),
            ("Accept-Ranges", "bytes"),
            ("Cache-Control", REVALIDATE),
            ("Last-Modified", self.modified),
            ("Link", self.links.get(file.name, self.links[""])),
            ("Repr-Digest", f"sha-256=:{digest}:"),
        ]

    def _body(self, file: DumpFile, begin: int, end: int) -> bytes | IO[bytes]:
        opened = (self.release.folder / file.name).open("rb")
        if end - begin > _SMALL:
            return cast("IO[bytes]", _Window(opened, begin, end))
        with opened:
            opened.seek(begin)
            return opened.read(end - begin)


class _Window(io.RawIOBase):
    """A part of a file, as a file."""

    def __init__(self, file: IO[bytes], begin: int, end: int) -> None:
        self._file, self._begin, self._end = file, begin, end
        file.seek(begin)

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(min(len(buffer), self._end - self._file.tell()))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: self._begin, io.SEEK_CUR: self._file.tell(), io.SEEK_END: self._end}[whence]
        return self._file.seek(base + offset) - self._begin

    def close(self) -> None:
        self._file.close()
        super().close()


def _tag(file: DumpFile) -> str:
    """The entity tag of a file as it lies there, without quotes: it is strong, being a digest."""
    return file.sha256[:24]


def _bounds(wanted: re.Match[str], size: int) -> tuple[int, int]:
    """Where a range begins and ends within a file; nothing lies in between if it cannot be satisfied."""
    first, last, suffix = wanted.groups()
    if suffix is not None:
        return max(0, size - int(suffix)), size
    return int(first), min(size, int(last) + 1) if last else size
