"""Decides how the figures look: bars of requests a second for each kind of load, and points for the mix."""

from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.campaign import Findings
from benchmarks.engines import ENGINES
from benchmarks.figures import Cell, milliseconds, spread

# Okabe and Ito's, which the colour-blind tell apart; ours and theirs of a kind are neighbours.
_COLOURS: Final = dict(
    zip(ENGINES, ("#0072B2", "#56B4E9", "#D55E00", "#E69F00", "#999999", "#009E73"), strict=True)
)


def plot(findings: Findings, size: str, path: Path) -> None:
    """Write the plot of a size as SVG, the same bytes for the same figures."""
    modes = list(dict.fromkeys(each.mode for each in findings.loads))
    with mpl.rc_context(
        {"svg.hashsalt": size, "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9}
    ):
        figure = Figure(figsize=(11, 8), layout="constrained")
        axes = figure.subplot_mosaic([[*modes], ["mix" for _ in modes]])
        for mode in modes:
            _bars(axes[mode], findings, size, mode)
        _points(axes["mix"], findings, size)
        handles, labels = axes[modes[0]].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), frameon=False)
        figure.savefig(path, metadata={"Date": None})


def _bars(axes: Axes, findings: Findings, size: str, mode: str) -> None:
    connections = sorted({each.connections for each in findings.loads if each.mode == mode})
    engines = [name for name in _COLOURS if any(each.engine == name for each in findings.loads)]
    width = 0.85 / len(engines)
    for index, engine in enumerate(engines):
        cells = [
            spread(findings, Cell(engine, size, mode, each), lambda load: load.per_second)
            for each in connections
        ]
        found = [(place, cell) for place, cell in enumerate(cells) if cell and cell.middle]
        axes.bar(
            [place + (index - len(engines) / 2 + 0.5) * width for place, _ in found],
            [cell.middle for _, cell in found],
            width,
            yerr=[
                [cell.middle - cell.least for _, cell in found],
                [cell.greatest - cell.middle for _, cell in found],
            ],
            label=engine,
            color=_COLOURS[engine],
            error_kw={"linewidth": 0.7},
        )
    axes.set_yscale("log")
    axes.set_ylim(10, 100_000)  # the same in all, so that they can be compared
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.set_xticks(range(len(connections)), [str(each) for each in connections])
    axes.set(title=mode, xlabel="connections", ylabel="requests a second")
    axes.grid(axis="y", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


def _points(axes: Axes, findings: Findings, size: str) -> None:
    queries = list(dict.fromkeys(each.query for each in findings.latencies))
    for engine, colour in _COLOURS.items():
        found = [(place, milliseconds(findings, engine, size, query)) for place, query in enumerate(queries)]
        known = [(place, each.middle) for place, each in found if each]
        axes.plot([place for place, _ in known], [each for _, each in known], "o", color=colour, markersize=6)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:,g}")
    axes.set_xticks(range(len(queries)), queries, rotation=30, ha="right")
    axes.set(title=f"the mix over {findings.about['quads'][size]:,} quads, one connection", ylabel="ms")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
