"""Decides how a server is started from the command line, and what it is told."""

from pathlib import Path
from typing import Any

import click

from almaty_graph.commands.repository import released, root_option
from almaty_graph.server import run
from almaty_graph.settings import PREFIX, Settings, settings_options


@click.command("serve", context_settings={"auto_envvar_prefix": PREFIX})
@root_option
@click.option(
    "--release",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The release to serve.",
)
@settings_options
def serve(root: Path, release: Path | None, **given: Any) -> None:
    """Publish a release: pages, linked data, dumps, and a SPARQL endpoint at /sparql.

    Without --release, a release is built of the repository first and kept until the server stops. Each option
    may also stand in the environment (ALMATY_GRAPH_SERVE_PORT), or in the file of --config.

    \b
    almaty-graph serve
    almaty-graph serve --release build/current --host 0.0.0.0 --port 80
    almaty-graph serve --config serving.toml
    """  # noqa: D301 - click keeps the lines of a paragraph that begins with \b
    settings = Settings(**given)
    with released(root, release) as served:
        told = f"serving release {served.name} on http://{settings.host}:{settings.port}"
        run(served, settings, lambda: click.echo(told))
