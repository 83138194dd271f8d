"""Decides where the time of a lookup never asked before goes: into layers, each measured by itself."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import quote

from werkzeug.test import create_environ

from almaty_graph.engine.embedded import EngineProcess
from almaty_graph.engine.evaluation import evaluate
from almaty_graph.engine.index.opening import MEMORY, open_index
from almaty_graph.engine.language.query import Query
from almaty_graph.engine.wire import Limits, Request
from almaty_graph.formats import JSON
from almaty_graph.release import Release
from almaty_graph.web import create_app
from benchmarks.dataset import Dataset
from benchmarks.engines import ENGINES, OURS, OXIGRAPH, TABLE, Server, free_port, running
from benchmarks.load import LoadGenerator
from benchmarks.queries import LOOKUP, Asked, template

_ROUNDS: Final = 5
_QUERIES: Final = 2000
_NEVER: Final = "ours, never asked before"


@dataclass(frozen=True)
class Layer:
    """What a request costs up to a layer: microseconds of processors, and until the answer is there.

    `at` is the number of connections, or 0 for a call inside of one process.
    """

    name: str
    at: int
    cpu: float
    microseconds: float


def measure_layers(dataset: Dataset) -> list[Layer]:
    """Medians of five rounds, over HTTP and inside of a process."""
    asked = Asked(template(LOOKUP), dataset.population)
    found = _inside(dataset, asked)
    return [*found, *_over_http(dataset, asked)]


def _over_http(dataset: Dataset, asked: Asked) -> Iterator[Layer]:
    with (
        TemporaryDirectory(prefix="layers-") as folder,
        _bare(Path(folder)) as bare,
        ENGINES[OURS](dataset) as ours,
        ENGINES[OXIGRAPH](dataset) as oxigraph,
    ):
        loads = {
            name: LoadGenerator.make(server, asked, again, Path(folder))
            for name, server, again in (
                ("the HTTP server alone", bare, True),
                ("ours, answered before", ours, True),
                (_NEVER, ours, False),
                ("oxigraph serve in memory", oxigraph, False),
            )
        }
        for connections in (1, 64):
            rounds = [
                {name: load.run(connections, 1) for name, load in loads.items()} for _ in range(_ROUNDS)
            ]
            for name in loads:
                cpu, p50, engine = (
                    median(each[name][key] for each in rounds) for key in ("cpu", "p50", "engine_cpu")
                )
                yield Layer(name, connections, cpu, 1000 * p50)
                if name == _NEVER:
                    yield Layer("of it in the processes of the engine", connections, engine, 0)


@contextmanager
def _bare(folder: Path) -> Iterator[Server]:
    port = free_port()
    root = str(Path(__file__).parents[1])
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--workers",
        "2",
        "--blocking-threads",
        "64",
    ]
    command += ["--no-ws", "--log-level", "error", "--host", "127.0.0.1", "--port", str(port)]
    with running(
        [*command, "--working-dir", root, "benchmarks.bare:application"], port, "/", folder
    ) as server:
        yield server


def _inside(dataset: Dataset, asked: Asked) -> list[Layer]:
    """Reading a query, asking the engine process, and evaluating: each called from this process."""
    limits, form = Limits(), JSON
    index = open_index(f"{MEMORY}{dataset.n_quads()}")

    def evaluated(query: Query) -> None:
        evaluate(index, Request(query.text, query.form.name, form.media_type), limits)

    with EngineProcess(dataset.n_quads(), limits) as process:
        steps: dict[str, Callable[[Query], object]] = {
            "reading the query": lambda query: Query.parse(query.text),
            "evaluating it and writing the answer": evaluated,
            "asking the engine process to": lambda query: process.engine.answer(query, form),
            "the whole application, without HTTP": _application(dataset, process),
        }
        return [_time(name, step, asked) for name, step in steps.items()]


def _application(dataset: Dataset, process: EngineProcess) -> Callable[[Query], object]:
    application = create_app(Release.open(dataset.release()), process.engine)
    environ = create_environ("/sparql", headers={"Accept": TABLE})

    def answer(query: Query) -> object:
        asking = environ | {"QUERY_STRING": f"query={quote(query.text, safe='')}"}
        return list(application(asking, lambda *_: None))  # type: ignore[arg-type]  # nobody writes by it

    return answer


def _time(name: str, step: Callable[[Query], object], asked: Asked) -> Layer:
    cpu, took = [], []
    for _ in range(_ROUNDS):
        queries = [Query.parse(asked.new()) for _ in range(_QUERIES)]
        begun, spent = time.perf_counter(), time.process_time()
        for query in queries:
            step(query)
        cpu.append(time.process_time() - spent)
        took.append(time.perf_counter() - begun)
    share = 1e6 / _QUERIES
    return Layer(name, 0, share * median(cpu), share * median(took))
