"""Decides how a release is written as a site of files from the command line."""

import re
from pathlib import Path

import click

from almaty_graph.box import export
from almaty_graph.commands.repository import released, root_option
from almaty_graph.names import BASE

_ADDRESS = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?/?")


@click.command("export")
@root_option
@click.argument("target", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--release",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The release to export.  [default: one built of the repository]",
)
@click.option("--url", "address", default=BASE, show_default=True, help="Where the site will be.")
def export_command(root: Path, target: Path, release: Path | None, address: str) -> None:
    """Write the whole site into DIR, for any web server: pages, every format of every IRI, dumps, feeds.

    DIR/site has the files; the rest of DIR tells nginx, Caddy and Apache what they are, each as a file to
    include. Queries are answered in the reader's browser. An earlier export in DIR is replaced as a whole.

    \b
    almaty-graph export /srv/almaty --url https://graph.example.org
    almaty-graph export /srv/almaty --release build/current
    """  # noqa: D301 - click keeps the lines of a paragraph that begins with \b
    if address != BASE and not _ADDRESS.fullmatch(address):
        raise click.BadParameter(
            f"{address} is not an address like https://graph.example.org", param_hint="--url"
        )
    with released(root, release) as found:
        site = export(found, target, address.rstrip("/") + "/")
    click.echo(f"{target}: {len(site.files):,} files of release {found.name}, for {address}")
