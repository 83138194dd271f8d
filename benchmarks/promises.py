"""Decides what is promised of the speed, and whether what was found keeps it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.campaign import JOINS, LOOKUPS, REPEATED, Findings
from benchmarks.engines import OURS, OURS_ON_DISK, OXIGRAPH, OXIGRAPH_ON_DISK, RDFLIB
from benchmarks.figures import Cell, engine_bound, mix_ratio, ratio


@dataclass(frozen=True)
class Promise:
    """What is promised, the bound, what was found, and whether that keeps it; None if it was not measured."""

    text: str
    bound: str
    found: str
    kept: bool | None


def judge(findings: Findings, size: str, growth: Findings | None) -> list[Promise]:
    """Each promise held against the figures of a size, and the last against those of how it grows."""
    return [
        *_throughput(
            findings, size, "repeated queries at 64 connections", (REPEATED.name, OXIGRAPH, 2.0), [64]
        ),
        *_mix(findings, size),
        *_throughput(findings, size, "lookups never repeated", (LOOKUPS.name, RDFLIB, 8.0), [1, 8, 64]),
        *_throughput(findings, size, "lookups never repeated", (LOOKUPS.name, OXIGRAPH, 0.35), [1, 8, 64]),
        *_throughput(findings, size, "joins never repeated", (JOINS.name, OXIGRAPH_ON_DISK, 2.0), [1, 8, 64]),
        _growth(growth),
    ]


def _throughput(
    findings: Findings, size: str, text: str, against: tuple[str, str, float], connections: Sequence[int]
) -> Iterator[Promise]:
    """One promise for each number of connections."""
    mode, peer, bound = against
    for each in connections:
        ours, theirs = (Cell(engine, size, mode, each) for engine in (OURS, peer))
        found = ratio(findings, ours, theirs, lambda load: load.per_second)
        where = "" if len(connections) == 1 else f", {each} connection{'s' * (each > 1)}"
        told = f"{found.middle:.2f} ({found.least:.2f} – {found.greatest:.2f})" if found else "not measured"
        yield Promise(
            f"requests a second of {text}{where}: ours to {peer}",
            f"at least {bound:g}",
            told,
            found.middle >= bound if found else None,
        )


def _mix(findings: Findings, size: str) -> Iterator[Promise]:
    queries = engine_bound(findings, size)
    for engine, peer in ((OURS, OXIGRAPH), (OURS, OXIGRAPH_ON_DISK), (OURS_ON_DISK, OXIGRAPH_ON_DISK)):
        found = mix_ratio(findings, engine, peer, size, queries)
        failed = sum(bool(each.failure) for each in findings.latencies if each.engine == engine)
        told = f"{found[0]:.2f} over {found[1]} queries" if found else "not measured"
        yield Promise(
            f"latency of the engine-bound mix, geometric mean: {peer} to {engine}",
            "at least 1" if peer == OXIGRAPH else "above 1",
            told + (f"; {failed} failed" if failed else ""),
            found[0] >= 1 and not failed if found else None,
        )


def _growth(findings: Findings | None) -> Promise:
    great, small = (Cell(OURS, size, LOOKUPS.name, 1) for size in ("10M", "10k"))
    found = ratio(findings, great, small, lambda load: load.p50) if findings else None
    return Promise(
        "median latency of lookups never repeated, 1 connection: ours at 10M to ours at 10k",
        "at most 2",
        f"{found.middle:.2f} ({found.least:.2f} – {found.greatest:.2f})" if found else "not measured",
        found.middle <= 2 if found else None,
    )
