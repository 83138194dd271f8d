"""Decides how a release is made: of a clean report, put into its folder whole, or not at all."""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from almaty_graph import turtle
from almaty_graph.check import Progress, check
from almaty_graph.check.report import Report, report_triples
from almaty_graph.errors import Rejected, ReleaseError
from almaty_graph.files import flush
from almaty_graph.formats import TURTLE
from almaty_graph.names import GRAPH, PREFIXES
from almaty_graph.release import MANIFEST, RECORD, Release, as_json, facts_of, manifest_of, name_of
from almaty_graph.release.catalogue.citation import CITATION, cite
from almaty_graph.release.catalogue.crate import CRATE, describe_crate
from almaty_graph.release.catalogue.dcat import catalogue
from almaty_graph.release.catalogue.packing import pack
from almaty_graph.release.catalogue.sheets import table_files
from almaty_graph.release.description import DumpFile, describe
from almaty_graph.release.dumps import print_quads, print_triples
from almaty_graph.release.figures import measure
from almaty_graph.release.hashes import ENTITIES, entity_hashes
from almaty_graph.release.log import note
from almaty_graph.release.media import DUMPS, media_type_of
from almaty_graph.release.quality import FILE as QUALITY_FILE
from almaty_graph.release.quality import quality_triples
from almaty_graph.sources import Sources
from almaty_graph.terms import iri_value

CURRENT: Final = "current"


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
    files["context.jsonld"] = as_json({"@context": context})
    for question in sources.questions:
        files[f"queries/{question.slug}.rq"] = question.text.encode()
        files[f"queries/{question.slug}.csv"] = (question.answer or "").encode()
    files |= packed | {CITATION: cite(dataset).encode(), ENTITIES: entity_hashes(dataset)}
    files[CRATE] = describe_crate(dataset, [_entry(name, files[name]) for name in sorted(files)])
    return seal(files)


def seal(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files and their manifest: what is in the dataset, and size, type and SHA-256 of each file."""
    entries = {name: _entry(name, files[name]) for name in sorted(files)}
    return {**files, MANIFEST: manifest_of(facts_of(files[RECORD], entries[RECORD]), entries)}


def write(files: Mapping[str, bytes], target: Path) -> Release:
    """The release made of those files, put below the target in one step and pointed to by `current`."""
    manifest = json.loads(files[MANIFEST])
    name = name_of(manifest["version"], files[MANIFEST])
    target.mkdir(parents=True, exist_ok=True)
    with _alone_in(target):
        final, aside = target / name, target / f".new-{name}"
        if not _is_whole(final):
            _write_files(files, aside)
            shutil.rmtree(final, ignore_errors=True)
            aside.rename(final)
            flush(target)
        note(target, name)
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
    return DumpFile(name, media_type_of(name), len(data), hashlib.sha256(data).hexdigest())
