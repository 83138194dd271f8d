"""Decides what a release is: an immutable folder of files, named by the hash of their manifest."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from almaty_graph.errors import ReleaseError
from almaty_graph.names import DATASET, OWL
from almaty_graph.questions import Question, read_question
from almaty_graph.release.description import DumpFile
from almaty_graph.release.record import Lines, Record, mapped

MANIFEST: Final = "manifest.json"
RECORD: Final = "dataset.nq"
_CHUNK: Final = 1 << 20


@dataclass(frozen=True)
class Release:
    """An immutable folder of dumps, description, shapes, questions and report; its digests are verified."""

    folder: Path
    name: str
    version: str
    dataset_sha256: str
    files: Mapping[str, DumpFile] = field(repr=False)

    @classmethod
    def open(cls, folder: Path) -> "Release":
        """The release in a folder; ReleaseError names the first file that is missing, extra or changed."""
        folder = folder.resolve()
        try:
            text = (folder / MANIFEST).read_bytes()
            listed: dict[str, Any] = json.loads(text)
            stated = {name: (entry["mediaType"], entry["sha256"]) for name, entry in listed["files"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ReleaseError(f"{folder}: no release here: {MANIFEST} cannot be read: {error}") from error
        present = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {MANIFEST}
        for name in sorted(present ^ stated.keys()):
            state = "is not in the manifest" if name in present else "is missing"
            raise ReleaseError(f"{folder}: {name} {state}")
        # A release keeps the media types of its time.
        files = {name: _read_entry(name, folder / name, stated[name][0]) for name in sorted(stated)}
        for name, file in files.items():
            if stated[name][1] != file.sha256:
                raise ReleaseError(f"{folder}: {name} is not what the manifest says (SHA-256 differs)")
        if RECORD not in files:
            raise ReleaseError(f"{folder}: no release here: {MANIFEST} lists no {RECORD}")
        facts = facts_of(mapped(folder / RECORD), files[RECORD])
        if text != manifest_of(facts, files):
            raise ReleaseError(f"{folder}: {MANIFEST} is not what the files make it")
        return cls(
            folder, name_of(listed["version"], text), listed["version"], listed["datasetSha256"], files
        )

    def read(self, name: str) -> bytes:
        """The bytes of one file."""
        return (self.folder / name).read_bytes()

    @cached_property
    def record(self) -> Record:
        """The quads of the dataset, exactly as written."""
        return Record(mapped(self.folder / RECORD))

    @cached_property
    def context(self) -> dict[str, Any]:
        """The JSON-LD context."""
        context: dict[str, Any] = json.loads(self.read("context.jsonld"))["@context"]
        return context

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """The recorded questions with their answers."""
        paths = sorted((self.folder / "queries").glob("*.rq"))
        return tuple(read_question(path, path.name) for path in paths)


def facts_of(record: Lines, file: DumpFile) -> dict[str, str | int]:
    """Version, size and hash of a dataset: sorted canonical N-Quads are what RDFC-1.0 hashes."""
    said = rf'^<{DATASET}> <{OWL}versionInfo> "([^"]*)" '.encode()
    version = re.search(said, record, re.MULTILINE)
    return {
        "version": version[1].decode() if version else "0",
        "quads": sum(record[at : at + _CHUNK].count(b"\n") for at in range(0, len(record), _CHUNK)),
        "datasetSha256": file.sha256,
    }


def manifest_of(facts: Mapping[str, str | int], files: Mapping[str, DumpFile]) -> bytes:
    """The manifest that lists files, after what is known of the dataset."""
    return as_json({**facts, "files": {name: _manifest_entry(file) for name, file in files.items()}})


def _read_entry(name: str, path: Path, media_type: str) -> DumpFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return DumpFile(name, media_type, path.stat().st_size, digest)


def _manifest_entry(file: DumpFile) -> dict[str, str | int]:
    return {"mediaType": file.media_type, "bytes": file.size, "sha256": file.sha256}


def as_json(value: object) -> bytes:
    """JSON as the files of a release have it: the same bytes for the same value."""
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def name_of(version: str, manifest: bytes) -> str:
    """The name of the release that has a manifest: no other release has it."""
    return f"{version}-{hashlib.sha256(manifest).hexdigest()[:12]}"
