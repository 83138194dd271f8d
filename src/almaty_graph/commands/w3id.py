"""Decides what w3id.org is told, so that our IRIs lead to the server of whoever deploys this."""

import re

import click

from almaty_graph.names import BASE

_HOST = re.compile(r"https://[A-Za-z0-9.-]+(:\d+)?(/[A-Za-z0-9._~/-]*)?")

RULES = """\
# {base} leads to {target}
# A folder of perma-id/w3id.org: put this file there as {folder}/.htaccess, with a README.md that names who
# maintains it. The server does the rest: things answer with 303, documents by Accept header or suffix.
# 307, not 301: who has been here asks again next time, so the server may move; and a query that is posted
# stays posted.
Options -MultiViews
RewriteEngine on
Header always set Access-Control-Allow-Origin *
RewriteRule ^(.*)$ {target}/$1 [R=307,NE,L]
"""


@click.command("w3id")
@click.argument("target", metavar="URL")
def w3id_command(target: str) -> None:
    r"""Print the file that makes w3id.org redirect our IRIs to a server.

    \b
    almaty-graph w3id https://graph.example.org > .htaccess
    """
    if not _HOST.fullmatch(target):
        raise click.BadParameter(
            f"{target} is not an address like https://graph.example.org", param_hint="URL"
        )
    folder = BASE.rstrip("/").rpartition("/")[2]
    click.echo(RULES.format(base=BASE, target=target.rstrip("/"), folder=folder), nl=False)
