"""Decides what a command works on: a repository, and a release that is given or built of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from almaty_graph.console import progress
from almaty_graph.release import Release
from almaty_graph.release.building import build
from almaty_graph.sources import Sources, repository_root

root_option = click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=repository_root,
    help="A folder with ontology/, data/, shapes/ and queries/.  [default: the one installed]",
)


@contextmanager
def released(root: Path, folder: Path | None = None) -> Iterator[Release]:
    """The release in the folder, or one built of the repository that is gone afterwards."""
    if folder is not None:
        yield Release.open(folder)
        return
    with TemporaryDirectory(prefix="almaty-graph-") as target:
        with progress("building a release") as tell:
            release = build(Sources.at(root), Path(target), tell)
        yield release
