"""Decides how a release is put into a triple store from the command line."""

import os
from pathlib import Path
from typing import Final

import click

from almaty_graph.commands.repository import released, root_option
from almaty_graph.console import progress
from almaty_graph.release.publishing import publish
from almaty_graph.release.store import Store

PASSWORD: Final = "ALMATY_GRAPH_PASSWORD"  # noqa: S105 - the name of a variable of the environment


@click.command("publish")
@root_option
@click.option("--to", "updates", required=True, metavar="URL", help="Where the store takes updates.")
@click.option("--queries", default="", metavar="URL", help="Where it takes queries.  [default: by custom]")
@click.option("--user", default="", help=f"As whom; the password is {PASSWORD} in the environment.")
@click.option(
    "--release",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The release to publish.  [default: one built of the repository]",
)
@click.option("--prune", is_flag=True, help="Drop the releases that were there before.")
def publish_command(root: Path, release: Path | None, *, prune: bool, **store: str) -> None:
    """Put a release into a triple store, and make it the current one there.

    \b
    almaty-graph publish --to http://127.0.0.1:7878/update
    almaty-graph publish --to http://127.0.0.1:8890/sparql-auth --user dba --release build/current
    """  # noqa: D301 - click keeps the lines of a paragraph that begins with \b
    there = Store(store["updates"], store["queries"], store["user"], os.environ.get(PASSWORD, ""))
    with released(root, release) as published, progress("publishing") as tell:
        name = publish(published, there, tell, prune=prune)
    click.echo(f"{there.queries} answers from <{name}>")
