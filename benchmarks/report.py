"""Decides how figures are told: Markdown, with ratios against each peer, and promises with what was found."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from benchmarks.campaign import Findings
from benchmarks.engines import OURS
from benchmarks.figures import Cell, Spread, latencies, loads, milliseconds, mix_ratio, ratio, spread
from benchmarks.layers import Layer
from benchmarks.load import Load
from benchmarks.promises import Promise

_MARKS: Final = {True: "kept", False: "**not kept**", None: "–"}


def report(findings: Findings, size: str, promises: Sequence[Promise], layers: Sequence[Layer]) -> str:
    """The report on one size."""
    parts = [
        [f"# {size}: {findings.about['quads'][size]:,} quads", "", *_about(findings)],
        ["## Promises", "", *_promises(promises)],
        ["## Requests a second", "", *_throughput(findings, size)],
        ["## Latency, processors and memory under load", "", *_costs(findings, size)],
        ["## The mix", "", *_mix(findings, size)],
        ["## Answers that differ", "", *_differences(findings)],
        ["## Where the time of a lookup goes", "", *_layers(layers)],
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _about(findings: Findings) -> Iterator[str]:
    about, plan = findings.about, findings.about["plan"]
    versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    yield f"{about['processors']}, {about['memory'] / 2**30:.0f} GiB; {versions}."
    yield (
        f"{plan['rounds']} rounds of {plan['seconds']:g} s each load and {plan['times']} times each query; "
        f"{about['seconds'] / 60:.0f} minutes in all. Cells are medians of the rounds; in brackets, the "
        "least and the greatest. Ratios are of the same round, ours to the peer."
    )
    yield ""
    yield f"Seconds from the start, with loading: {_join(f'{k} {v:g}' for k, v in findings.loading.items())}."
    if findings.missing:
        yield f"Not measured: {_join(f'{k} ({v})' for k, v in findings.missing.items())}."


def _promises(promises: Sequence[Promise]) -> Iterator[str]:
    yield from _head("promise", "bound", "found", "")
    for each in promises:
        yield _row(each.text, each.bound, each.found, _MARKS[each.kept])


def _engines(findings: Findings, size: str) -> list[str]:
    return list(dict.fromkeys(each.engine for each in findings.loads if each.size == size))


def _throughput(findings: Findings, size: str) -> Iterator[str]:
    engines = _engines(findings, size)
    yield from _head("asked", "connections", *engines)
    for mode, connections in _kinds(findings):
        cells = []
        for engine in engines:
            cell, ours = (Cell(name, size, mode, connections) for name in (engine, OURS))
            found = spread(findings, cell, lambda load: load.per_second)
            times = ratio(findings, ours, cell, lambda load: load.per_second)
            failed = sum(each.failures for each in loads(findings, cell))
            told = f"{_whole(found)}" + (f"<br>ours {_times(times)}" if engine != OURS and times else "")
            cells.append(told + (f"<br>{failed} failed" if failed else ""))
        yield _row(mode, str(connections), *cells)


def _kinds(findings: Findings) -> list[tuple[str, int]]:
    return list(dict.fromkeys((each.mode, each.connections) for each in findings.loads))


def _costs(findings: Findings, size: str) -> Iterator[str]:
    yield "p50 / p99 in ms; µs of processors a request; MiB: PSS / RSS, which counts shared memory twice."
    yield ""
    engines = _engines(findings, size)
    yield from _head("asked", "connections", *engines)
    for mode, connections in _kinds(findings):
        runs = [loads(findings, Cell(engine, size, mode, connections)) for engine in engines]
        yield _row(mode, str(connections), *(_cost([run for run in each if run.requests]) for each in runs))


def _cost(runs: Sequence[Load]) -> str:
    def middle(name: str) -> float:
        found = Spread.of([getattr(run, name) for run in runs])
        return found.middle if found else 0.0

    if not runs:
        return "no answer in time"
    memory = " / ".join(f"{middle(name) / 2**20:,.0f}" for name in ("pss", "rss"))
    return f"{middle('p50'):.2f} / {middle('p99'):.1f}<br>{middle('cpu'):,.0f} µs<br>{memory}"


def _mix(findings: Findings, size: str) -> Iterator[str]:
    yield "Median ms on one connection, no query twice; in brackets, how many times ours in memory that is."
    yield ""
    engines = list(dict.fromkeys(each.engine for each in findings.latencies if each.size == size))
    different = {(each.engine, each.query) for each in findings.checks if each.difference}
    yield from _head("query", *engines)
    for query in dict.fromkeys(each.query for each in findings.latencies):
        base, cells = milliseconds(findings, OURS, size, query), []
        for engine in engines:
            found = milliseconds(findings, engine, size, query)
            times = f" ({found.middle / base.middle:.2g})" if found and base and engine != OURS else ""
            mark = " †" if (engine, query) in different else ""
            told = f"{found.middle:.3g}{times}" if found else _failures(findings, engine, size, query)
            cells.append(told + mark)
        yield _row(query, *cells)
    means = [mix_ratio(findings, OURS, engine, size) for engine in engines]
    yield _row(
        "**geometric mean** (queries)", *(f"{mean[0]:.2f} ({mean[1]})" if mean else "–" for mean in means)
    )
    yield ""
    yield "† answered differently, see below: not in the mean."


def _failures(findings: Findings, engine: str, size: str, query: str) -> str:
    asked = latencies(findings, engine, size, query)
    failed = [each.failure for each in asked if each.failure]
    return f"{len(failed)} of {len(asked)} failed: {', '.join(sorted(set(failed)))}"


def _differences(findings: Findings) -> Iterator[str]:
    found = [each for each in findings.checks if each.difference]
    yield f"{len(findings.checks)} answers held against ours in memory, {len(found)} differ."
    if found:
        yield ""
        yield from _head("engine", "query", "difference")
        for each in found:
            yield _row(each.engine, each.query, each.difference.replace("\n", " ").replace("|", "/"))


def _layers(layers: Sequence[Layer]) -> Iterator[str]:
    if not layers:
        yield "Not measured: `python -m benchmarks layers` does."
        return
    yield from _head("layer", "measured", "µs of processors", "µs until answered")
    for each in layers:
        where = f"{each.at} connection{'s' * (each.at > 1)}" if each.at else "in one process"
        yield _row(
            each.name, where, f"{each.cpu:.0f}", f"{each.microseconds:,.0f}" if each.microseconds else ""
        )


def _whole(found: Spread | None) -> str:
    return f"{found.middle:,.0f} ({found.least:,.0f} – {found.greatest:,.0f})" if found else "–"


def _times(found: Spread) -> str:
    return f"{found.middle:.2f}× ({found.least:.2f} – {found.greatest:.2f})"


def _join(parts: Iterable[str]) -> str:
    return "; ".join(parts)


def _head(*names: str) -> list[str]:
    return [_row(*names), _row(*("---" for _ in names))]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
