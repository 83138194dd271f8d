"""Decides how our validator is measured beside others: processor seconds of whole processes, in turn."""

import os
import re
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

SHARED: Final = Path(__file__).parents[2] / "shared" / "bench"  # the generator, and the shapes
SIZES: Final = {"10k": 10_000, "100k": 100_000, "1M": 1_000_000}
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
_SHIFTY: Final = f"""
import sys, rdflib, shifty
_, report, _ = shifty.validate(*sys.argv[1:3], infer=False)
print(len(set(report.objects(None, rdflib.URIRef("{_RESULTS}")))))
"""
_RUDOF: Final = """
import sys, pyrudof
rudof = pyrudof.Rudof(pyrudof.RudofConfig())
rudof.read_data(sys.argv[1])
rudof.read_shacl(sys.argv[2])
print(len(rudof.validate_shacl()))
"""
PROGRAMS: Final = {
    "ours": _OURS,
    "pySHACL": _PYSHACL.format("pyshacl"),
    "pyshacl-turbo": _PYSHACL.format("pyshacl_turbo"),
    "pyshifty": _SHIFTY,
    "pyrudof": _RUDOF,
    "shacl": "import sys, shacl; print(len(shacl.validate(*sys.argv[1:3]).results))",
    "shacl-rust": "import sys, shacl_rust; print(len(shacl_rust.validate_file(*sys.argv[1:3])['results']))",
}


@dataclass(frozen=True)
class Run:
    """A validation: who, processor seconds, the most memory in MB, how many results; None if stopped."""

    engine: str
    seconds: float
    memory: int
    results: int | None


@dataclass(frozen=True)
class Plan:
    """Whom to measure, how often, and the processor seconds after which one is stopped.

    `core` leaves out the constraints in SPARQL; in `clean` data nothing is spoilt, else one thing of 100.
    """

    engines: Sequence[str]
    rounds: int
    seconds: int
    core: bool = False
    clean: bool = False


def measure(folder: Path, size: str, plan: Plan) -> list[Run]:
    """The runs, in turn, over data of a size."""
    folder.mkdir(parents=True, exist_ok=True)
    kind = "clean" if plan.clean else "validated"
    data, shapes = folder / f"{kind}-{size}.ttl", folder / ("core.ttl" if plan.core else "shapes.ttl")
    if not data.exists():
        command = [
            sys.executable,
            str(SHARED / "shacl_gen.py"),
            "--triples",
            str(SIZES[size]),
            "--bad",
            "0" if plan.clean else "0.01",
        ]
        with data.open("wb") as file:
            subprocess.run(command, stdout=file, check=True)
    text = (SHARED / "shacl_shapes.ttl").read_text()
    shapes.write_text(_without_sparql(text) if plan.core else text)
    return [
        _run(engine, [str(data), str(shapes)], plan.seconds)
        for _ in range(plan.rounds)
        for engine in plan.engines
    ]


def _without_sparql(text: str) -> str:
    """The shapes without the lines that refer to SPARQL constraints, each of which ends its shape."""
    return re.sub(r";\s*sh:sparql [^;]*?\.\n", ".\n", text)


def _run(engine: str, files: list[str], most: int) -> Run:
    reading, writing = os.pipe()
    command = [sys.executable, "-c", PROGRAMS[engine], *files]
    limit = partial(resource.setrlimit, resource.RLIMIT_CPU, (most, most))
    with subprocess.Popen(
        command,
        stdout=writing,
        stderr=subprocess.DEVNULL,
        preexec_fn=limit,  # noqa: PLW1509 - one thread
    ) as process:
        os.close(writing)
        with os.fdopen(reading, "rb") as output:
            said = output.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = usage.ru_utime + usage.ru_stime
    stopped = process.returncode != 0 and seconds > 0.9 * most
    assert process.returncode == 0 or stopped, f"{engine} failed"
    return Run(engine, seconds, usage.ru_maxrss >> 10, None if stopped else int(said.split()[-1]))


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
        over = "> " if own[0].results is None else ""
        found = "stopped" if own[0].results is None else own[0].results
        lines.append(
            f"| {name} | {over}{median(seconds):.2f} ({min(seconds):.2f} – {max(seconds):.2f}) "
            f"| {over}{ratio:.1f} | {max(run.memory for run in own)} | {found} |"
        )
    return [*lines, ""]
