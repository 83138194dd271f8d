"""Decides what the command line offers; each command is a few lines over the library.

Exit codes: 0 all is well; 1 something was found (findings, gaps, differences, a rejected build); 2 the call
or a file cannot be used; 3 a query reached a limit, or the engine did not answer.
"""

import os
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from almaty_graph import __version__
from almaty_graph.check import check
from almaty_graph.check.answers import answer_all
from almaty_graph.check.evidence import SourceGraph, hold_against
from almaty_graph.commands.export import export_command
from almaty_graph.commands.links import links_command
from almaty_graph.commands.publish import publish_command
from almaty_graph.commands.quality import quality_command
from almaty_graph.commands.repository import released, root_option
from almaty_graph.commands.serve import serve
from almaty_graph.commands.shapes import shapes_command
from almaty_graph.commands.validate import validate_command
from almaty_graph.commands.verify import verify_command
from almaty_graph.commands.w3id import w3id_command
from almaty_graph.console import print_coverage, progress
from almaty_graph.curation.commands import import_page, new
from almaty_graph.engine.embedded import EngineProcess
from almaty_graph.engine.language.query import Query
from almaty_graph.errors import AlmatyError, EngineError, LimitReached, Rejected
from almaty_graph.formats import CSV, GRAPHS, TABLES, TURTLE, Kind
from almaty_graph.questions import as_of
from almaty_graph.release.building import build
from almaty_graph.sources import Sources, find_source, read_turtle, turtle_paths

_FORMATS = {form.suffix: form for form in (*TABLES, *GRAPHS)}


class _Commands(click.Group):
    """Turns what goes wrong into one line and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AlmatyError as error:
            click.echo(f"almaty-graph: {error}", err=True)
            limit = isinstance(error, LimitReached | EngineError)
            ctx.exit(3 if limit else 1 if isinstance(error, Rejected) else 2)
        except (OSError, UnicodeDecodeError) as error:
            click.echo(f"almaty-graph: {error}", err=True)
            ctx.exit(2)


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__)
def main() -> None:
    """The Almaty Process as a graph: check it, build it, serve it, ask it.

    \b
    almaty-graph serve                     publish the graph on http://127.0.0.1:8000
    almaty-graph query --question chairs   answer a recorded question
    almaty-graph check                     hold the repository against every rule
    almaty-graph validate mine.ttl         hold your own RDF against its shapes
    almaty-graph links mine.ttl            hold your links to it against what is there
    almaty-graph shapes                    say what these ask
    almaty-graph verify URL                prove a copy of a release
    almaty-graph export DIR                write it all as files for any web server

    Exit codes: 0 all is well, 1 something was found, 2 the call or a file cannot be used,
    3 a query reached a limit, or the engine did not answer.
    """
    # Told to stop, a command leaves by the door, so that what it made for itself is cleared away.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


main.add_command(export_command)
main.add_command(links_command)
main.add_command(new)
main.add_command(import_page)
main.add_command(publish_command)
main.add_command(quality_command)
main.add_command(serve)
main.add_command(shapes_command)
main.add_command(validate_command)
main.add_command(verify_command)
main.add_command(w3id_command)


@main.command("format")
@root_option
@click.option("--check", "only_check", is_flag=True, help="Change nothing; exit 1 if a file would change.")
def format_command(root: Path, only_check: bool) -> None:
    """Write every Turtle file in canonical form.

    \b
    almaty-graph format
    almaty-graph format --check --root ../another-process
    """
    changed = 0
    for path in turtle_paths(root):
        file = read_turtle(path, root)
        canonical = file.canonical().encode()
        if canonical != file.text:
            changed += 1
            click.echo(f"{file.path}: {'is not canonical' if only_check else 'rewritten'}")
            if not only_check:
                path.write_bytes(canonical)
    sys.exit(1 if only_check and changed else 0)


@main.command("check")
@root_option
@click.option("--record", is_flag=True, help="First record the answers that the questions have now.")
def check_command(root: Path, record: bool) -> None:
    """Hold the repository against shapes, rules about files, and recorded answers.

    Prints each finding with file, line, rule, focus node and a sentence; exit 1 if one is an error.

    \b
    almaty-graph check
    almaty-graph check --record     after adding a question: then read the answers it wrote
    """
    sources = Sources.at(root)
    if record:
        for question, answer in answer_all(sources):
            if isinstance(answer, str):
                (root / "queries" / f"{question.slug}.csv").write_bytes(answer.encode())
        sources = Sources.at(root)
    with progress("checking") as tell:
        report = check(sources, tell)
    for finding in report.findings:
        click.echo(str(finding))
    click.echo(report.summary())
    sys.exit(0 if report.ok else 1)


@main.command("build")
@root_option
@click.option("--to", "target", type=click.Path(path_type=Path), default=Path("build"), show_default=True)
def build_command(root: Path, target: Path) -> None:
    """Check the repository and write a release below a folder; `current` there points to it.

    Refuses a repository with errors (exit 1). A release is whole or it is not there.

    \b
    almaty-graph build
    almaty-graph build --to /srv/almaty
    """
    with progress("building") as tell:
        release = build(Sources.at(root), target, tell)
    click.echo(f"{release.folder}: {len(release.files)} files, dataset {release.dataset_sha256}")


@main.command("query")
@root_option
@click.argument("text", required=False)
@click.option("--question", help="The name of a recorded question.")
@click.option("--as-of", "day", help="The day to ask of, such as 2018-05-01, if the query has ?asOf.")
@click.option("--endpoint", help="The URL of a SPARQL endpoint to ask instead of the repository.")
@click.option(
    "--format", "suffix", type=click.Choice(sorted(_FORMATS)), help="[default: csv, or ttl for a graph]"
)
def query_command(root: Path, endpoint: str | None, suffix: str | None, **asked: str | None) -> None:
    """Answer a SPARQL query, or a recorded question, under the same limits as the server.

    \b
    almaty-graph query 'SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }'
    almaty-graph query --question chairs --format srj
    almaty-graph query --question chair-on-a-day --as-of 2018-05-01
    almaty-graph query --endpoint https://example.org/sparql - < chairs.rq
    """
    sources = Sources.at(root)
    query = Query.parse(_query_text(sources, **asked))
    form = _FORMATS[suffix] if suffix else CSV if query.kind is Kind.TABLE else TURTLE
    if form.kind is not query.kind:
        raise click.UsageError(f"{form.name} cannot hold the answer to a {query.form.name}")
    with ExitStack() as stack:
        index = endpoint or stack.enter_context(released(root)).folder / "dataset.nq"
        process = stack.enter_context(EngineProcess(index))
        sys.stdout.buffer.write(process.engine.answer(query, form).read())


@main.command("coverage")
@root_option
@click.argument("file", type=click.File("rb"))
@click.option("--source", "slug", help="Which source the file is a copy of, if its digest does not tell.")
def coverage_command(root: Path, file: Any, slug: str | None) -> None:
    """Hold a copy of a source against its graph: digest, quotes, dates, and every line accounted for.

    \b
    almaty-graph coverage page.txt
    almaty-graph coverage page.txt --source iom-almaty-process
    """
    text = file.read()
    sources = Sources.at(root)
    coverage = hold_against(text, SourceGraph(sources, find_source(sources, text, slug)))
    print_coverage(coverage)
    sys.exit(1 if coverage.gaps else 0)


def _query_text(sources: Sources, text: str | None, question: str | None, day: str | None) -> str:
    if (text is None) == (question is None):
        raise click.UsageError("give either TEXT or --question")
    if text is not None:
        # Bytes of the shell and of files are UTF-8, whatever the locale took them for.
        found = (sys.stdin.buffer.read() if text == "-" else os.fsencode(text)).decode()
    else:
        known = {known.slug: known.text for known in sources.questions}
        if question not in known:
            offer = ", ".join(known)
            raise click.UsageError(f"there is no recorded question {question!r}; there are {offer}")
        found = known[question]
    return found if day is None else as_of(found, day)
