"""Times every recorded question on three engines in turn and prints medians and ratios.

The engines: ours (a killable worker behind a socket), the same engine in this process without limits, and
RDFLib. Rounds are interleaved, so that a slow moment of the machine falls on all of them alike.
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pyoxigraph as ox
from rdflib import Dataset

from almaty_graph.engine.embedded import EngineProcess, Limits
from almaty_graph.engine.index import load
from almaty_graph.engine.query import Query
from almaty_graph.formats import CSV
from almaty_graph.release import build
from almaty_graph.sources import Sources, repository_root

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 15


def main() -> None:
    """Print one row a question, and the median ratios."""
    with TemporaryDirectory() as folder:
        release = build(Sources.at(repository_root()), Path(folder))
        path = release.folder / "dataset.nq"
        store = load(str(path))
        graph = Dataset(default_union=True)
        graph.parse(path, format="nquads")
        with EngineProcess(path, Limits()) as process:
            engines: dict[str, Callable[[str], object]] = {
                "worker": lambda text: process.engine.answer(Query.parse(text), CSV),
                "in process": lambda text: _in_process(store, text),
                "rdflib": lambda text: graph.query(text).serialize(format="csv"),
            }
            _print(engines, {question.slug: question.text for question in release.questions})


def _in_process(store: ox.Store, text: str) -> bytes | None:
    answer = store.query(text)
    assert isinstance(answer, ox.QuerySolutions)
    return answer.serialize(format=ox.QueryResultsFormat.CSV)


def _print(engines: dict[str, Callable[[str], object]], questions: dict[str, str]) -> None:
    print(f"{'question':<32}" + "".join(f"{name:>14}" for name in engines) + "   (median ms)")
    ratios: dict[str, list[float]] = {name: [] for name in engines}
    for slug, text in questions.items():
        times: dict[str, list[float]] = {name: [] for name in engines}
        for _ in range(ROUNDS):
            for name, answer in engines.items():
                begun = time.perf_counter()
                answer(text)
                times[name].append(1000 * (time.perf_counter() - begun))
        medians = {name: statistics.median(values) for name, values in times.items()}
        for name, value in medians.items():
            ratios[name].append(value / medians["worker"])
        print(f"{slug:<32}" + "".join(f"{value:>14.2f}" for value in medians.values()))
    print(
        f"{'median ratio to worker':<32}" + "".join(f"{statistics.median(r):>14.2f}" for r in ratios.values())
    )


if __name__ == "__main__":
    main()
