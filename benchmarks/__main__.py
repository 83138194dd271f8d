"""Decides what the command line of the benchmark offers."""

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click

from benchmarks import judged, pages, recorded, validation
from benchmarks.campaign import LOOKUPS, Findings, Plan, measure
from benchmarks.dataset import FOLDER, SIZES, Dataset
from benchmarks.engines import ENGINES, OURS, OURS_ON_DISK
from benchmarks.layers import Layer, measure_layers
from benchmarks.promises import judge
from benchmarks.report import report

_RESULTS: Final = Path(__file__).with_name("results")
_GROWTH: Final = "growth"

size_option = click.option("--size", type=click.Choice(list(SIZES)), default="1M", show_default=True)
rounds_option = click.option("--rounds", default=5, show_default=True)
seconds_option = click.option("--seconds", default=3, show_default=True, help="Of each load, whole.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    r"""Measure our endpoint and its peers, and write what was found to benchmarks/results.

    \b
    python -m benchmarks run                          a million quads, all engines: 22 minutes
    python -m benchmarks run --size 10k --rounds 2 --seconds 1 --times 2
    python -m benchmarks layers                       where the time of a lookup goes
    python -m benchmarks growth                       lookups at 10k and at 10M
    python -m benchmarks report                       write the report again
    python -m benchmarks pages                        pages and dumps beside nginx: 4 minutes
    python -m benchmarks lighthouse                   pages as Lighthouse judges them: 5 minutes
    python -m benchmarks validation --core --size 1M  our validator beside pySHACL

    The machine should do nothing else meanwhile.
    """


@main.command()
@size_option
@rounds_option
@seconds_option
@click.option("--times", default=3, show_default=True, help="How often a query of the mix is asked a round.")
@click.option("--engine", "engines", multiple=True, type=click.Choice(list(ENGINES)), help="[default: all]")
@click.option("--connections", multiple=True, type=int, help="[default: 1, 8 and 64]")
def run(size: str, engines: tuple[str, ...], connections: tuple[int, ...], **options: int) -> None:
    """Hold the answers of all engines against each other, then measure load and mix in rounds."""
    plan = Plan(
        size, [size], engines or tuple(ENGINES), connections=connections or (1, 8, 64),
        rounds=options["rounds"], seconds=options["seconds"], times=options["times"],
    )  # fmt: skip
    measure(plan, _tell)
    _report(size)


@main.command()
@click.option("--sizes", default="10k,10M", show_default=True, help="Of which all are served at once.")
@rounds_option
@seconds_option
@click.option("--disk", is_flag=True, help="Ours on disk too.")
def growth(sizes: str, rounds: int, seconds: int, *, disk: bool) -> None:
    """Measure how the latency of lookups grows with the data: our engine over several sizes."""
    engines = (OURS, OURS_ON_DISK) if disk else (OURS,)
    plan = Plan(_GROWTH, sizes.split(","), engines, [LOOKUPS], (1, 8), rounds, seconds, 0)
    findings = measure(plan, _tell)
    for each in findings.loads:
        click.echo(
            f"{each.engine}, {each.size}, {each.connections}: {each.p50:.3f} ms, {each.per_second:,.0f}/s"
        )
    for size in SIZES:
        if (_RESULTS / f"{size}.md").exists():
            _report(size)


@main.command()
@size_option
def layers(size: str) -> None:
    """Measure the layers of a lookup."""
    found = measure_layers(Dataset(size))
    _layers_path(size).parent.mkdir(parents=True, exist_ok=True)
    _layers_path(size).write_text(json.dumps([asdict(each) for each in found], indent=1))
    for each in found:
        click.echo(f"{each.name} ({each.at}): {each.cpu:.0f} µs of processors, {each.microseconds:.0f} µs")
    _report(size)


@main.command("report")
@size_option
def report_command(size: str) -> None:
    """Write the report of a size and its plot from what was found last."""
    _report(size)


@main.command()
@rounds_option
def questions(rounds: int) -> None:
    """Time the recorded questions on our worker, and on the same index in this process."""
    click.echo(recorded.tell(recorded.time_questions(rounds)))


@main.command("pages")
@rounds_option
@seconds_option
def pages_command(rounds: int, seconds: int) -> None:
    """Load our pages and dumps, and nginx with the same as files: results/pages.md."""
    lines = pages.tell_pages(pages.measure_pages(rounds, seconds))
    (_RESULTS / "pages.md").write_text("\n".join(lines) + "\n")
    click.echo("\n".join(lines))


@main.command()
@click.option("--rounds", default=3, show_default=True)
def lighthouse(rounds: int) -> None:
    """Have Lighthouse (npm, installed for this) judge home, a thing and SPARQL: results/lighthouse.md."""
    lines = judged.tell_judged(judged.judge_pages(rounds))
    (_RESULTS / "lighthouse.md").write_text("\n".join(lines).rstrip() + "\n")
    click.echo("\n".join(lines))


@main.command("validation")
@click.option("--size", "sizes", multiple=True, default=("10k", "100k"), show_default=True)
@click.option("--core", is_flag=True, help="Without the constraints in SPARQL.")
@click.option("--clean", is_flag=True, help="Data in which nothing is spoilt.")
@click.option("--engine", "engines", multiple=True, default=tuple(validation.PROGRAMS))
@click.option("--rounds", default=3, show_default=True)
@click.option("--seconds", default=120, show_default=True, help="Of the processor: then it is stopped.")
def validation_command(sizes: tuple[str, ...], **options: Any) -> None:
    """Time our validator beside others: results/validation.md; needs ../shared/bench."""
    plan = validation.Plan(**options)
    found = FOLDER / "found"
    found.mkdir(parents=True, exist_ok=True)
    for size in sizes:
        title = f"{size} triples, {'core' if plan.core else 'core and three SPARQL constraints'}"
        title += ", nothing spoilt" if plan.clean else ", one thing in a hundred spoilt"
        lines = validation.tell(validation.measure(FOLDER / "validation", size, plan), title)
        # Sorted by name, the pieces make one page: core first, the smaller first, the spoilt first.
        name = f"{int(not plan.core)}-{validation.SIZES[size]:08}-{int(plan.clean)}"
        (found / f"validation-{name}.md").write_text("\n".join(lines))
        click.echo("\n".join(lines))
    pieces = [path.read_text() for path in sorted(found.glob("validation-*.md"))]
    (_RESULTS / "validation.md").write_text("# Validation\n\n" + "\n".join(pieces))


def _report(size: str) -> None:
    from benchmarks.plot import plot  # noqa: PLC0415 - it takes a second to import, and its memory while measuring

    findings = Findings.read(size)
    if findings is None:
        click.echo(f"nothing was measured at {size} yet: python -m benchmarks run --size {size}")
        return
    _RESULTS.mkdir(exist_ok=True)
    found = (
        [Layer(**each) for each in json.loads(_layers_path(size).read_text())]
        if _layers_path(size).exists()
        else []
    )
    promises = judge(findings, size, Findings.read(_GROWTH))
    path = _RESULTS / f"{size}.md"
    path.write_text(f"{report(findings, size, promises, found)}\n![{size}]({size}.svg)\n")
    plot(findings, size, path.with_suffix(".svg"))
    for promise in promises:
        mark = {True: "kept", False: "NOT KEPT", None: "?"}[promise.kept]
        click.echo(f"{mark:>8}  {promise.text}: {promise.found} ({promise.bound})")
    click.echo(path)


def _layers_path(size: str) -> Path:
    return FOLDER / "found" / f"layers-{size}.json"


def _tell(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
