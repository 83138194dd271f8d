"""Decides how our validator is measured beside others: processor seconds of whole processes, in turn."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

SHARED: Final = Path(__file__).parents[2] / "shared" / "bench"  # the generator, and the shapes
_SIZES: Final = {"10k": 10_000, "100k": 100_000, "1M": 1_000_000}
_RESULTS: Final = "http://www.w3.org/ns/shacl#result"
_PYSHACL: Final = f"""
import logging, sys, {{0}}, rdflib
logging.disable(logging.CRITICAL)
data, shapes = (rdflib.Graph().parse(name, format="turtle") for name in sys.argv[1:3])
_, report, _ = {{0}}.validate(data, shacl_graph=shapes)
print(len(set(report.objects(None, rdflib.URIRef("{_RESULTS}")))))
"""
_OURS: Final = """
import sys
from almaty_graph.validation.documents import find_documents
from almaty_graph.validation.validator import load, validate
data, shapes = (find_documents([name]) for name in sys.argv[1:3])
print(len(validate(load(data, shapes)).results))
"""
PROGRAMS: Final = {
    "ours": _OURS,
    "pySHACL": _PYSHACL.format("pyshacl"),
    "pyshacl-turbo": _PYSHACL.format("pyshacl_turbo"),
}


@dataclass(frozen=True)
class Run:
    """One validation: who, processor seconds, the most memory in MB, and how many results."""

    engine: str
    seconds: float
    memory: int
    results: int


def measure(folder: Path, size: str, engines: Sequence[str], rounds: int, *, core: bool) -> list[Run]:
    """The runs, in turn, over data of a size in which one thing in a hundred is spoilt.

    `core` leaves out the constraints in SPARQL.
    """
    folder.mkdir(parents=True, exist_ok=True)
    data, shapes = folder / f"validated-{size}.ttl", folder / ("core.ttl" if core else "shapes.ttl")
    if not data.exists():
        command = [
            sys.executable,
            str(SHARED / "shacl_gen.py"),
            "--triples",
            str(_SIZES[size]),
            "--bad",
            "0.01",
        ]
        with data.open("wb") as file:
            subprocess.run(command, stdout=file, check=True)
    text = (SHARED / "shacl_shapes.ttl").read_text()
    shapes.write_text(_without_sparql(text) if core else text)
    return [_run(engine, data, shapes) for _ in range(rounds) for engine in engines]


def _without_sparql(text: str) -> str:
    """The shapes without the lines that refer to SPARQL constraints, each of which ends its shape."""
    return re.sub(r";\s*sh:sparql [^;]*?\.\n", ".\n", text)


def _run(engine: str, data: Path, shapes: Path) -> Run:
    reading, writing = os.pipe()
    command = [sys.executable, "-c", PROGRAMS[engine], str(data), str(shapes)]
    with subprocess.Popen(command, stdout=writing, stderr=subprocess.DEVNULL) as process:
        os.close(writing)
        with os.fdopen(reading, "rb") as output:
            said = output.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{engine} failed"
    return Run(engine, usage.ru_utime + usage.ru_stime, usage.ru_maxrss >> 10, int(said))


def tell(runs: Sequence[Run], title: str) -> list[str]:
    """The lines of a table: medians, and how many times our time in the same round each one took."""
    names = list(dict.fromkeys(run.engine for run in runs))
    lines = [
        f"## {title}",
        "",
        "| validator | CPU s | times ours | MB | results |",
        "| --- | --- | --- | --- | --- |",
    ]
    ours = [run.seconds for run in runs if run.engine == "ours"]
    for name in names:
        own = [run for run in runs if run.engine == name]
        seconds = [run.seconds for run in own]
        ratio = median(theirs / mine for theirs, mine in zip(seconds, ours, strict=True))
        lines.append(
            f"| {name} | {median(seconds):.2f} ({min(seconds):.2f} – {max(seconds):.2f}) | {ratio:.1f} "
            f"| {max(run.memory for run in own)} | {own[0].results} |"
        )
    return [*lines, ""]
