"""Decides how the command line tells the quality of a repository: the figures that its release would have."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from almaty_graph.check import check
from almaty_graph.commands.repository import root_option
from almaty_graph.console import progress
from almaty_graph.release.figures import measure
from almaty_graph.sources import Sources


@click.command("quality")
@root_option
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def quality_command(root: Path, output: str) -> None:
    """Measure a repository: evidence, links, languages, agreement, precision, results of rules.

    \b
    almaty-graph quality
    almaty-graph quality --output json
    """  # noqa: D301 - click keeps the lines of a paragraph that begins with \b
    sources = Sources.at(root)
    with progress("measuring") as tell:
        figures = measure(sources.dataset, check(sources, tell))
    if output == "json":
        rows = [asdict(figure) | {"value": figure.value} for figure in figures]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for figure in figures:
        share = "" if figure.of is None else f"  {figure.number:,} of {figure.of:,}"
        shown = f"{figure.number:,}" if figure.of is None else f"{float(figure.value):.1%}"
        click.echo(f"{shown:>7}  {figure.title}{share}")
