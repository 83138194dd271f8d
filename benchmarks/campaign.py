"""Decides in which order everything is measured: in rounds, engine after engine in each.

So a slow moment of the machine falls on all alike.
"""

import json
import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.answers import Check, check
from benchmarks.dataset import FOLDER, Dataset
from benchmarks.engines import ENGINES, Missing, Server
from benchmarks.latency import Client, Latency
from benchmarks.load import Load, LoadGenerator, Mode
from benchmarks.queries import JOIN, LOOKUP, Asked, read_mix

REPEATED: Final = Mode("repeated lookups", LOOKUP, again=True)
LOOKUPS: Final = Mode("lookups never repeated", LOOKUP, again=False)
JOINS: Final = Mode("joins never repeated", JOIN, again=False)
_WARMING: Final = 1  # seconds
_CELL: Final = 6.0  # seconds an engine may spend on a query of the mix before it is not asked again
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """What is measured over some sizes: each round, `seconds` of each load, `times` each query."""

    name: str
    sizes: Sequence[str]
    engines: Sequence[str] = tuple(ENGINES)
    modes: Sequence[Mode] = (REPEATED, LOOKUPS, JOINS)
    connections: Sequence[int] = (1, 8, 64)
    rounds: int = 5
    seconds: int = 3
    times: int = 3


@dataclass
class Findings:
    """What was found, and about what."""

    about: dict[str, Any]
    loading: dict[str, float] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    latencies: list[Latency] = field(default_factory=list)

    def keep(self) -> None:
        """Write it where `read` finds it."""
        path = _path(self.about["name"])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".new").write_text(json.dumps(asdict(self), indent=1))
        path.with_suffix(".new").rename(path)

    @classmethod
    def read(cls, name: str) -> "Findings | None":
        """What was found last under that name."""
        if not _path(name).exists():
            return None
        kept = json.loads(_path(name).read_text())
        kinds: dict[str, Callable[..., Any]] = {"checks": Check, "loads": Load, "latencies": Latency}
        return cls(**kept | {part: [kind(**each) for each in kept[part]] for part, kind in kinds.items()})


@dataclass(frozen=True)
class _Contestant:
    """An engine over a size: its server, what it was asked so far by template, and its loads by mode."""

    engine: str
    size: str
    server: Server
    asked: Mapping[str, Asked]
    loads: Mapping[str, LoadGenerator]

    @property
    def name(self) -> str:
        return f"{self.engine}, {self.size}"


def measure(plan: Plan, tell: Tell) -> Findings:
    """All figures of a plan; they are also kept after each round."""
    findings = Findings(_about(plan))
    begun = time.monotonic()

    def tell_time(text: str) -> None:
        tell(f"{text} ({time.monotonic() - begun:.0f} s so far)")

    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="benchmark-")))
        contestants = list(_start(plan, findings, stack, folder, tell_time))
        if plan.times:
            tell_time("answers of all engines held against each other")
            findings.checks = [found for size in plan.sizes for found in _check(contestants, size)]
        for generator in (each for one in contestants for each in one.loads.values()):
            generator.run(8, _WARMING)
        spent: dict[tuple[str, str], float] = {}
        for number in range(plan.rounds):
            first = number % len(contestants)
            ordered = contestants[first:] + contestants[:first]
            tell_time(f"round {number + 1} of {plan.rounds}")
            findings.loads += _load(plan, number, ordered)
            findings.latencies += _mix(plan, number, ordered, spent)
            findings.about["seconds"] = round(time.monotonic() - begun)
            findings.keep()
    return findings


def _path(name: str) -> Path:
    return FOLDER / "found" / f"{name}.json"


def _about(plan: Plan) -> dict[str, Any]:
    model = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "name": plan.name,
        "plan": {"rounds": plan.rounds, "seconds": plan.seconds, "times": plan.times},
        "processors": f"{os.cpu_count()} x {model[0].partition(': ')[2] if model else platform.machine()}",
        "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "versions": {name: version(name) for name in ("almaty-graph", "pyoxigraph", "granian")},
        "quads": {},
    }


def _start(
    plan: Plan, findings: Findings, stack: ExitStack, folder: Path, tell: Tell
) -> Iterator[_Contestant]:
    for size in plan.sizes:
        tell(f"{size}: data")
        dataset = Dataset(size)
        with dataset.n_quads().open("rb") as file:
            findings.about["quads"][size] = sum(1 for _ in file)
        for engine in plan.engines:
            tell(f"{size}: {engine}")
            try:
                server = stack.enter_context(ENGINES[engine](dataset))
            except Missing as reason:
                tell(f"without {engine}: {reason}")
                findings.missing[f"{engine}, {size}"] = str(reason)
                continue
            asked = {each.name: Asked(each, dataset.population) for each in read_mix()}
            loads = {
                mode.name: LoadGenerator.make(server, asked[mode.template], mode.again, folder)
                for mode in plan.modes
            }
            contestant = _Contestant(engine, size, server, asked, loads)
            findings.loading[contestant.name] = round(server.loading, 1)
            yield contestant


def _check(contestants: Sequence[_Contestant], size: str) -> Iterator[Check]:
    chosen = [each for each in contestants if each.size == size]
    for query in read_mix():
        [text, *_] = [each.asked[query.name].new() for each in chosen]
        yield from check({each.engine: each.server for each in chosen}, query, text)


def _load(plan: Plan, number: int, contestants: Sequence[_Contestant]) -> Iterator[Load]:
    for mode in plan.modes:
        for connections in plan.connections:
            for each in contestants:
                found = each.loads[mode.name].run(connections, plan.seconds)
                yield Load(each.engine, each.size, mode.name, connections, number, **found)  # type: ignore[arg-type]  # some are whole numbers


def _mix(
    plan: Plan, number: int, contestants: Sequence[_Contestant], spent: dict[tuple[str, str], float]
) -> Iterator[Latency]:
    with ExitStack() as stack:
        clients = {each.name: stack.enter_context(closing(Client(each.server))) for each in contestants}
        for query in (each.name for each in read_mix()):
            for _ in range(plan.times):
                for each in contestants:
                    cell = each.name, query
                    if spent.get(cell, 0) < _CELL:
                        took, failure = clients[each.name].time(each.asked[query])
                        spent[cell] = spent.get(cell, 0) + took / 1000
                        yield Latency(each.engine, each.size, query, number, took, failure)
