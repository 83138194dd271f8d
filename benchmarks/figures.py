"""Decides how figures are summed up: medians of rounds, and of ratios within a round, with their spread."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, log
from statistics import median
from typing import Final

from benchmarks.campaign import Findings
from benchmarks.engines import OXIGRAPH
from benchmarks.latency import Latency
from benchmarks.load import Load

_ENGINE_BOUND: Final = 5.0  # milliseconds


@dataclass(frozen=True)
class Spread:
    """The median of some figures, the least and the greatest of them."""

    middle: float
    least: float
    greatest: float

    @classmethod
    def of(cls, figures: Sequence[float]) -> "Spread | None":
        """The spread of figures; None if there are none."""
        return cls(median(figures), min(figures), max(figures)) if figures else None


@dataclass(frozen=True)
class Cell:
    """An engine over a size under one kind of load."""

    engine: str
    size: str
    mode: str
    connections: int


def loads(findings: Findings, cell: Cell) -> list[Load]:
    """The runs of a cell, by round."""
    wanted = (cell.engine, cell.size, cell.mode, cell.connections)
    return [
        each for each in findings.loads if (each.engine, each.size, each.mode, each.connections) == wanted
    ]


def spread(findings: Findings, cell: Cell, figure: Callable[[Load], float]) -> Spread | None:
    """The spread over the rounds of a figure."""
    return Spread.of([figure(each) for each in loads(findings, cell)])


def ratio(findings: Findings, cell: Cell, other: Cell, figure: Callable[[Load], float]) -> Spread | None:
    """How many times the other's figure a cell's is, in the same round."""
    others = {each.round: figure(each) for each in loads(findings, other)}
    pairs = [(figure(each), others.get(each.round, 0)) for each in loads(findings, cell)]
    return Spread.of([one / two for one, two in pairs if two])


def milliseconds(findings: Findings, engine: str, size: str, query: str) -> Spread | None:
    """The spread of the latencies of a query of the mix; None if it ever failed."""
    found = latencies(findings, engine, size, query)
    return None if any(each.failure for each in found) else Spread.of([each.milliseconds for each in found])


def latencies(findings: Findings, engine: str, size: str, query: str) -> list[Latency]:
    """Every time that a query of the mix was asked of an engine."""
    wanted = (engine, size, query)
    return [each for each in findings.latencies if (each.engine, each.size, each.query) == wanted]


def engine_bound(findings: Findings, size: str) -> list[str]:
    """The queries of the mix that keep an engine busy: five milliseconds or more of Oxigraph in memory."""
    found = {query: milliseconds(findings, OXIGRAPH, size, query) for query in _asked(findings)}
    return [query for query, figure in found.items() if figure and figure.middle >= _ENGINE_BOUND]


def _asked(findings: Findings) -> list[str]:
    return list(dict.fromkeys(each.query for each in findings.latencies))


def mix_ratio(
    findings: Findings, engine: str, peer: str, size: str, queries: list[str] | None = None
) -> tuple[float, int] | None:
    """How many times as long as an engine a peer takes: the geometric mean, and over how many queries.

    Queries that either failed or answered differently are left out.
    """
    different = {(each.engine, each.query) for each in findings.checks if each.difference}
    ratios = []
    for query in _asked(findings) if queries is None else queries:
        ours, theirs = (milliseconds(findings, name, size, query) for name in (engine, peer))
        if ours and theirs and not {(engine, query), (peer, query)} & different:
            ratios.append(theirs.middle / ours.middle)
    return (exp(sum(map(log, ratios)) / len(ratios)), len(ratios)) if ratios else None
