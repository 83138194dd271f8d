"""Decides how the command line judges links to us: a list of IRIs one by one, RDF by a report."""

import csv
import sys
from functools import partial
from pathlib import Path

import click

from almaty_graph.commands.repository import root_option
from almaty_graph.errors import AlmatyError, LimitReached
from almaty_graph.linking.health import Status, find_health
from almaty_graph.linking.portal import shapes_for
from almaty_graph.release.record import Record
from almaty_graph.sources import Sources
from almaty_graph.validation.confined import Bounds, run_confined
from almaty_graph.validation.documents import Document, find_documents, format_of
from almaty_graph.validation.output import OUTPUTS, write
from almaty_graph.validation.validator import load, validate


@click.command("links")
@root_option
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--output", type=click.Choice(list(OUTPUTS)), default="text", show_default=True)
def links_command(root: Path, file: Path, output: str) -> None:
    """Judge the links in FILE to things of ours: whether their targets are there, are current, and fit.

    FILE is RDF, by its suffix, or else a list of our IRIs, one in a line. Exit code 1 if a link is not as it
    should be.

    \b
    almaty-graph links portal.ttl
    almaty-graph links iris.txt
    """  # noqa: D301 - click keeps the lines of a paragraph that begins with \b
    record = Record.of_quads(Sources.at(root).dataset)
    if format_of(file.name) is None:
        sys.exit(0 if _list(file, record) else 1)
    documents = find_documents([str(file)])
    try:
        sys.exit(0 if run_confined(partial(_judge, documents, record, output), Bounds()) else 1)
    except LimitReached as error:  # which is no limit of a query's
        raise AlmatyError(str(error)) from error


def _judge(documents: list[Document], record: Record, output: str) -> bool:
    loaded = load(documents, [shapes_for(documents, record)])
    validation = validate(loaded)
    sys.stdout.buffer.write(write(validation, output, loaded.prefixes))
    sys.stdout.buffer.flush()
    return validation.conforms


def _list(file: Path, record: Record) -> bool:
    """Print the status of each IRI, with what replaces it; whether all are active."""
    asked = [line.strip() for line in file.read_text("utf-8").splitlines() if line.strip()]
    found = [find_health(record, each) for each in asked]
    rows = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
    rows.writerows((each.asked, each.status.value, " ".join(each.replacements)) for each in found)
    return all(each.status is Status.ACTIVE for each in found)
