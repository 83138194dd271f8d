"""Decides how RDF is held against shapes from the command line, and what is told of it."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from almaty_graph.console import progress
from almaty_graph.errors import AlmatyError, EngineError, LimitReached, SourceError
from almaty_graph.sources import repository_root
from almaty_graph.terms import iri
from almaty_graph.validation.confined import Bounds, run_confined
from almaty_graph.validation.documents import FORMATS, Document, find_documents
from almaty_graph.validation.judge import Choice
from almaty_graph.validation.output import OUTPUTS, write
from almaty_graph.validation.remote import RemoteData
from almaty_graph.validation.report import Result, Severity, Validation
from almaty_graph.validation.validator import Loaded, load, load_shapes, validate

_SEVERITIES = {each.value.lower(): each for each in Severity}
_OWN_SHAPES, _KNOWN = "shapes", ("ontology", "data/register")
_LOOK = 0.5  # seconds between looks at files that are watched


@dataclass(frozen=True)
class _Told:
    """What is told of a validation, how, and where: standard output if nowhere else."""

    output: str
    to: Path | None
    severity: Severity
    known: frozenset[str]

    def tell(self, validation: Validation, prefixes: dict[str, str]) -> Validation:
        """Write what is new and bad enough, and return it."""
        told = validation.only(self._counts)
        text = write(told, self.output, prefixes)
        if self.to:
            self.to.write_bytes(text)
        else:
            sys.stdout.buffer.write(text)
            sys.stdout.buffer.flush()
        return told

    def _counts(self, result: Result) -> bool:
        return result.severity.rank <= self.severity.rank and result.identity not in self.known


@dataclass(frozen=True)
class _Inputs:
    """The documents of data, of shapes, and of what these know; or, instead of data, an endpoint."""

    data: list[Document]
    shapes: list[Document]
    known: list[Document]
    endpoint: RemoteData | None

    @property
    def paths(self) -> list[Path]:
        """The files among them that may change."""
        return [each.path for each in (*self.data, *self.shapes) if each.path]

    def load(self) -> Loaded:
        """All of it."""
        if self.endpoint:
            return load_shapes(self.shapes, self.endpoint)
        return load(self.data, self.shapes, self.known)


@click.command("validate")
@click.argument("data", nargs=-1)
@click.option("--endpoint", metavar="URL", help="Validate what is behind a SPARQL endpoint, copying nothing.")
@click.option("--graph", "graphs", multiple=True, metavar="IRI", help="A graph of it; may be repeated.")
@click.option("--allow", "hosts", multiple=True, metavar="HOST", help="A host that may be asked for DATA.")
@click.option(
    "--shapes", multiple=True, help="Files or folders of shapes.  [default: ours, with our ontology]"
)
@click.option(
    "--format", "form", type=click.Choice(FORMATS), help="Of standard input, and of unknown suffixes."
)
@click.option("--output", type=click.Choice(list(OUTPUTS)), default="text", show_default=True)
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
@click.option("--severity", type=click.Choice(list(_SEVERITIES)), default="info", show_default=True)
@click.option("--shape", "only", multiple=True, metavar="IRI", help="Only this shape; may be repeated.")
@click.option("--focus", multiple=True, metavar="IRI", help="Only this focus node; may be repeated.")
@click.option("--max", "most", type=click.IntRange(1), help="Judge at most so many nodes a shape.")
@click.option("--baseline", type=click.File("rb"), help="An earlier report (json): tell only what is new.")
@click.option("--engine", type=click.Choice(["search", "pyshacl"]), default="search", show_default=True)
@click.option("--seconds", default=600.0, show_default=True, help="The time it may take.")
@click.option("--memory", default=8192, show_default=True, help="The memory it may take, in MiB.")
@click.option("--watch", is_flag=True, help="Validate again whenever a file changes.")
def validate_command(data: tuple[str, ...], **options: object) -> None:
    """Hold RDF against SHACL shapes, each result with file, line, and what would be right.

    Turtle, TriG, N-Triples, N-Quads, RDF/XML, JSON-LD; files, folders, or - for standard input; .gz and .zst.
    pySHACL judges; the engine finds what it has to look at. Nothing is inferred, and nothing is fetched but
    addresses that are DATA, at hosts that are allowed.
    Exit code 0: conforms; 1: it does not; 2: could not be validated.

    \b
    almaty-graph validate mine.ttl
    almaty-graph validate data/ --shapes shapes.ttl --severity violation
    almaty-graph validate mine.nq.gz --shapes shapes.ttl --output sarif --to report.sarif
    almaty-graph validate mine.ttl --output json --to before.json
    almaty-graph validate mine.ttl --baseline before.json
    almaty-graph validate https://example.org/data.ttl --allow example.org
    almaty-graph validate --endpoint https://example.org/sparql --shapes shapes.ttl
    """  # noqa: D301 - click keeps the lines of a paragraph that begins with \b
    told = _told(options)
    choice = _choice(options)
    inputs = _inputs(data, options)

    def once() -> bool:
        with progress("validating") as tell:
            loaded = inputs.load()
            loaded.prove_aimed(choice.shapes)
            validation = validate(loaded, choice, tell)
        return told.tell(validation, loaded.prefixes).conforms

    seconds, memory = float(str(options["seconds"])), int(str(options["memory"])) << 20
    bounds = Bounds(seconds, memory, is_alone=inputs.endpoint is None)
    if options["watch"]:
        _watch(inputs.paths, lambda: run_confined(once, bounds))
    try:
        sys.exit(0 if run_confined(once, bounds) else 1)
    except LimitReached as error:  # which is no limit of a query's
        raise AlmatyError(str(error)) from error


def _several(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else ()


def _choice(options: dict[str, object]) -> Choice:
    return Choice(
        shapes=frozenset(map(iri, _several(options["only"]))),
        focus=frozenset(map(iri, _several(options["focus"]))) or None,
        most=options["most"] if isinstance(options["most"], int) else None,
        searching=options["engine"] == "search",
    )


def _told(options: dict[str, object]) -> _Told:
    known = frozenset[str]()
    if options["baseline"]:
        name, text = options["baseline"].name, options["baseline"].read()  # type: ignore[attr-defined]  # a file
        try:
            known = frozenset(each["identity"] for each in json.loads(text)["results"])
        except (ValueError, KeyError, TypeError) as error:
            message = "is not a report that --output json has written"
            raise SourceError(name, None, message) from error
    to = options["to"] if isinstance(options["to"], Path) else None
    return _Told(str(options["output"]), to, _SEVERITIES[str(options["severity"])], known)


def _inputs(data: tuple[str, ...], options: dict[str, object]) -> _Inputs:
    """What is validated; with shapes of our own, also what these know of the world."""
    endpoint, hosts = options["endpoint"], frozenset(_several(options["hosts"]))
    if bool(data) == bool(endpoint):
        raise click.UsageError("give either DATA or --endpoint")
    form = str(options["form"]) if options["form"] else None
    documents = find_documents(data, form, hosts)
    try:
        remote = RemoteData(str(endpoint), _several(options["graphs"])) if endpoint else None
    except EngineError as error:
        raise click.UsageError(str(error)) from error
    if shapes := _several(options["shapes"]):
        return _Inputs(documents, find_documents(shapes, form, hosts), [], remote)
    root = repository_root()
    known = [str(path) for folder in _KNOWN for path in sorted((root / folder).glob("*.ttl"))]
    return _Inputs(documents, find_documents([str(root / _OWN_SHAPES)]), find_documents(known), remote)


def _watch(paths: list[Path], once: Callable[[], bool]) -> None:
    seen: list[float] = []
    while True:
        times = [path.stat().st_mtime if path.exists() else 0.0 for path in paths]
        if times != seen:
            seen = times
            try:
                once()
            except AlmatyError as error:
                click.echo(f"almaty-graph: {error}", err=True)
        time.sleep(_LOOK)
