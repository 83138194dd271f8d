"""Decides how the command line shows what takes a while, and what takes a table."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from almaty_graph.check.evidence import Coverage


def print_coverage(coverage: Coverage) -> None:
    """Print a row for each line of the source, each gap with its place, and the figures."""
    for line in coverage.lines:
        claims = f"{line.claims} claim{'s' * (line.claims != 1)}"
        state = claims if line.claims else f"set aside: {line.aside}" if line.aside else "GAP"
        click.echo(f"{line.number:>5}  {state:<12}  {line.text[:100]}")
    for gap in coverage.gaps:
        click.echo(f"{gap.place}: {gap.focus.strip('<>')}: {gap.message}")
    covered = sum(line.covered for line in coverage.lines)
    cited = sum(line.claims > 0 for line in coverage.lines)
    click.echo(
        f"{coverage.slug}: {covered} of {len(coverage.lines)} lines covered "
        f"({cited} cited, {covered - cited} set aside), {len(coverage.gaps)} gaps"
    )


@contextmanager
def progress(what: str) -> Iterator[Callable[[str], None]]:
    """Tell on stderr, for as long as it takes over a second, which step is being done."""
    begun = time.monotonic()
    width = 0

    def tell(step: str) -> None:
        nonlocal width
        if sys.stderr.isatty() and time.monotonic() - begun > 0.5:
            line = f"{what}: {step} ..."
            click.echo("\r" + line.ljust(width), nl=False, err=True)
            width = len(line)

    if not sys.stderr.isatty():
        click.echo(f"{what} ...", err=True)
    yield tell
    if width:
        click.echo("\r" + " " * width + "\r", nl=False, err=True)
