"""Decides what a release is: a folder that comes of a clean report, whole or not at all."""

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from almaty_graph import turtle
from almaty_graph.check import Progress, check
from almaty_graph.check.report import Report, report_triples
from almaty_graph.errors import Rejected, ReleaseError
from almaty_graph.files import flush
from almaty_graph.formats import TURTLE
from almaty_graph.names import DATASET, GRAPH, OWL, PREFIXES
from almaty_graph.questions import Question, read_question
from almaty_graph.release.catalogue.citation import CITATION, cite
from almaty_graph.release.catalogue.crate import CRATE, describe_crate
from almaty_graph.release.catalogue.dcat import catalogue
from almaty_graph.release.catalogue.packing import pack
from almaty_graph.release.catalogue.sheets import table_files
from almaty_graph.release.description import DumpFile, describe
from almaty_graph.release.dumps import print_quads, print_triples
from almaty_graph.release.figures import measure
from almaty_graph.release.media import DUMPS, media_type_of
from almaty_graph.release.quality import FILE as QUALITY_FILE
from almaty_graph.release.quality import quality_triples
from almaty_graph.release.record import Lines, Record, mapped
from almaty_graph.sources import Sources
from almaty_graph.terms import iri_value

MANIFEST: Final = "manifest.json"
CURRENT: Final = "current"
_RECORD: Final = "dataset.nq"
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
            stated = {name: entry["sha256"] for name, entry in listed["files"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ReleaseError(f"{folder}: no release here: {MANIFEST} cannot be read: {error}") from error
        present = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {MANIFEST}
        for name in sorted(present ^ stated.keys()):
            state = "is not in the manifest" if name in present else "is missing"
            raise ReleaseError(f"{folder}: {name} {state}")
        files = {name: _read_entry(name, folder / name) for name in sorted(stated)}
        for name, file in files.items():
            if stated[name] != file.sha256:
                raise ReleaseError(f"{folder}: {name} is not what the manifest says (SHA-256 differs)")
        if _RECORD not in files:
            raise ReleaseError(f"{folder}: no release here: {MANIFEST} lists no {_RECORD}")
        facts = _facts(mapped(folder / _RECORD), files[_RECORD])
        if text != _manifest(facts, files):
            raise ReleaseError(f"{folder}: {MANIFEST} is not what the files make it")
        return cls(folder, _name(text), listed["version"], listed["datasetSha256"], files)

    def read(self, name: str) -> bytes:
        """The bytes of one file."""
        return (self.folder / name).read_bytes()

    @cached_property
    def record(self) -> Record:
        """The quads of the dataset, exactly as written."""
        return Record(mapped(self.folder / _RECORD))

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


def build(sources: Sources, target: Path, progress: Progress = lambda _: None) -> Release:
    """The release of a repository, in a folder of its own below the target, which `current` then points to.

    Raises Rejected if the check finds errors. At every moment `current` is the old release or the new one,
    whole: files are written aside, flushed, and renamed into place.
    """
    report = check(sources, progress)
    progress("release")
    return write(press(sources, report), target)


def press(sources: Sources, report: Report) -> dict[str, bytes]:
    """The files of a release by name, manifest included: the same bytes for the same sources.

    Raises Rejected if the report has errors.
    """
    if not report.ok:
        errors = "\n".join(str(f) for f in report.findings if f.severity.value == "Violation")
        raise Rejected(f"no release: {report.summary()}\n{errors}")
    dataset, context = sources.dataset, sources.context
    files = {f"dataset.{form.suffix}": print_quads(dataset, form, context) for form in DUMPS}
    for graph in sorted({quad.graph for quad in dataset}):
        triples = [quad.triple for quad in dataset if quad.graph == graph]
        name = f"graph/{iri_value(graph).removeprefix(GRAPH)}.ttl"
        files[name] = print_triples(triples, TURTLE, context)
    files |= table_files(sources)
    packed = pack(files)
    listed = [*files, *(name for name in packed if name.startswith("dataset."))]
    dumps = [_entry(name, (files | packed)[name]) for name in listed]
    files["description.ttl"] = turtle.write(describe(dataset, catalogue(dataset, dumps)), PREFIXES).encode()
    files["shapes.ttl"] = turtle.write(sources.shapes, PREFIXES).encode()
    quality = quality_triples(measure(dataset, report), sources.shapes, report)
    files[QUALITY_FILE] = turtle.write(quality, PREFIXES).encode()
    files["report.ttl"] = turtle.write(report_triples(report), PREFIXES).encode()
    files["context.jsonld"] = _json({"@context": context})
    for question in sources.questions:
        files[f"queries/{question.slug}.rq"] = question.text.encode()
        files[f"queries/{question.slug}.csv"] = (question.answer or "").encode()
    files |= packed | {CITATION: cite(dataset).encode()}
    files[CRATE] = describe_crate(dataset, [_entry(name, files[name]) for name in sorted(files)])
    return seal(files)


def seal(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files and their manifest: what is in the dataset, and size, type and SHA-256 of each file."""
    entries = {name: _entry(name, files[name]) for name in sorted(files)}
    return {**files, MANIFEST: _manifest(_facts(files[_RECORD], entries[_RECORD]), entries)}


def _facts(record: Lines, file: DumpFile) -> dict[str, str | int]:
    """Version, size and hash of a dataset: sorted canonical N-Quads are what RDFC-1.0 hashes."""
    said = rf'^<{DATASET}> <{OWL}versionInfo> "([^"]*)" '.encode()
    version = re.search(said, record, re.MULTILINE)
    return {
        "version": version[1].decode() if version else "0",
        "quads": sum(record[at : at + _CHUNK].count(b"\n") for at in range(0, len(record), _CHUNK)),
        "datasetSha256": file.sha256,
    }


def _manifest(facts: Mapping[str, str | int], files: Mapping[str, DumpFile]) -> bytes:
    return _json({**facts, "files": {name: _manifest_entry(file) for name, file in files.items()}})


def write(files: Mapping[str, bytes], target: Path) -> Release:
    """The release made of those files, put below the target in one step and pointed to by `current`."""
    manifest = json.loads(files[MANIFEST])
    name = f"{manifest['version']}-{_name(files[MANIFEST])}"
    target.mkdir(parents=True, exist_ok=True)
    with _alone_in(target):
        final, aside = target / name, target / f".new-{name}"
        if not _is_whole(final):
            _write_files(files, aside)
            shutil.rmtree(final, ignore_errors=True)
            aside.rename(final)
            flush(target)
        link = target / f".{CURRENT}"
        link.symlink_to(name)
        link.replace(target / CURRENT)
        flush(target)
    return Release.open(final)


@contextmanager
def _alone_in(target: Path) -> Iterator[None]:
    """One writer at a time; what a killed one left half-written is cleared away."""
    with (target / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for leftover in target.glob(".new-*"):
            shutil.rmtree(leftover)
        (target / f".{CURRENT}").unlink(missing_ok=True)
        yield


def _is_whole(folder: Path) -> bool:
    try:
        Release.open(folder)
    except ReleaseError:
        return False
    return True


def _write_files(files: Mapping[str, bytes], folder: Path) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    for path in [folder, *(p for p in folder.rglob("*") if p.is_dir())]:
        flush(path)


def _entry(name: str, data: bytes) -> DumpFile:
    return DumpFile(name, media_type_of(name), len(data), _sha256(data))


def _read_entry(name: str, path: Path) -> DumpFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return DumpFile(name, media_type_of(name), path.stat().st_size, digest)


def _manifest_entry(file: DumpFile) -> dict[str, str | int]:
    return {"mediaType": file.media_type, "bytes": file.size, "sha256": file.sha256}


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _name(manifest: bytes) -> str:
    return _sha256(manifest)[:12]
