"""Decides how the command line proves copies of a release: each by itself, and that all are the same."""

import sys
from urllib.parse import urlsplit

import click

from almaty_graph.errors import ReleaseError
from almaty_graph.release.proof import Proof, prove
from almaty_graph.validation.fetching import fetch


@click.command("verify")
@click.argument("addresses", metavar="COPY...", nargs=-1, required=True)
@click.option("--release", "wanted", help="The name of the release that it has to be of.")
@click.option("--allow", "hosts", multiple=True, metavar="HOST", help="Follow redirects to this host, too.")
def verify_command(addresses: tuple[str, ...], wanted: str | None, hosts: tuple[str, ...]) -> None:
    """Prove that each COPY is what a release says it is, and that all of them are the same.

    A COPY is a release (its folder, or the address of a server or of /release/NAME), a file of one, or the
    document about a thing. Exit code 1 if one is changed, or differs from the others.

    \b
    almaty-graph verify build/current
    almaty-graph verify https://graph.example.org https://mirror.example.org
    almaty-graph verify https://graph.example.org/id/state/iran --release 0.1.0-4543a016e451
    """  # noqa: D301 - click keeps the lines of a paragraph that begins with \b
    try:
        proofs = [_prove(address, wanted, frozenset(hosts)) for address in addresses]
    except ReleaseError as error:
        click.echo(f"almaty-graph: {error}", err=True)
        sys.exit(1)
    for proof in proofs:
        click.echo(f"{proof.sha256}  {proof.address} (release {proof.release})")
    if len({proof.sha256 for proof in proofs}) > 1:
        click.echo("almaty-graph: these are not the same", err=True)
        sys.exit(1)


def _prove(address: str, wanted: str | None, hosts: frozenset[str]) -> Proof:
    allowed = hosts | {urlsplit(address).hostname or ""}
    proof = prove(address, lambda there, media_type: fetch(there, allowed, media_type)[0])
    if wanted not in {None, proof.release}:
        raise ReleaseError(f"{address} is of release {proof.release}, not {wanted}")
    return proof
