"""Decides what the hop to a worker costs on real questions: each is asked of ours, and without the hop.

The engines: ours (a killable worker behind a socket), and the same index in this process without limits.
Rounds are interleaved, so that a slow moment of the machine falls on both alike.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from almaty_graph.engine.embedded import EngineProcess
from almaty_graph.engine.evaluation import evaluate
from almaty_graph.engine.index.opening import MEMORY, open_index
from almaty_graph.engine.language.query import Query
from almaty_graph.engine.wire import Limits, Request
from almaty_graph.formats import CSV
from almaty_graph.release.building import build
from almaty_graph.sources import Sources, repository_root

Times = Mapping[str, Mapping[str, float]]


def time_questions(rounds: int) -> Times:
    """The median milliseconds of each recorded question by engine."""
    with TemporaryDirectory() as folder:
        release = build(Sources.at(repository_root()), Path(folder))
        path = release.folder / "dataset.nq"
        index = open_index(f"{MEMORY}{path}")
        with EngineProcess(path) as process:
            engines: dict[str, Callable[[Query], object]] = {
                "worker": lambda query: process.engine.answer(query, CSV),
                "in process": lambda query: evaluate(
                    index, Request(query.text, query.form.name, CSV.media_type), Limits()
                ),
            }
            return {
                each.slug: _medians(engines, Query.parse(each.text), rounds) for each in release.questions
            }


def tell(times: Times) -> str:
    """One line a question, and the median difference."""
    lines = [f"{'question (median ms)':<36}{'worker':>12}{'in process':>12}"]
    for slug, row in times.items():
        lines.append(f"{slug:<36}{row['worker']:>12.2f}{row['in process']:>12.2f}")
    hop = median(row["worker"] - row["in process"] for row in times.values())
    return "\n".join([*lines, f"the worker takes {hop:.2f} ms longer (median)"])


def _medians(engines: Mapping[str, Callable[[Query], object]], query: Query, rounds: int) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(rounds):
        for name, answer in engines.items():
            begun = time.perf_counter()
            answer(query)
            times[name].append(1000 * (time.perf_counter() - begun))
    return {name: median(values) for name, values in times.items()}
