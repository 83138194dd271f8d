"""Decides what a curator can ask for on the command line: a new entry, or a page read into a draft."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from almaty_graph.curation.checks import Answers
from almaty_graph.curation.entry import add, claim_entry, entity_entry, source_entry, write
from almaty_graph.curation.forms import CLAIM_FORM, ENTITY_FORM, SOURCE_FORM, Field
from almaty_graph.curation.page import Reading, read_page, title_of
from almaty_graph.curation.register import Entry, Register
from almaty_graph.errors import SourceError
from almaty_graph.sources import Sources, repository_root
from almaty_graph.terms import Triple

Form = tuple[Field, ...]
Builder = Callable[[Register, Answers], tuple[str, list[Triple]]]

_root_option = click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=repository_root,
    help="A folder with ontology/, data/, shapes/ and queries/.  [default: the one installed]",
)


@click.group("new")
def new() -> None:
    """Add a source, a claim or an entity: asks for what is needed, writes it where it belongs.

    What is asked can be given by options as well. Nothing that exists is overwritten.

    \b
    almaty-graph new source
    almaty-graph new entity
    almaty-graph new claim
    """  # noqa: D301 - click keeps the lines of a paragraph that begins with \b


@click.command("import")
@_root_option
@click.argument("page", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", "slug", help="Which source the page is, if its digest does not tell.")
@click.option("--process", help="Which process the page is about, if its first line does not tell.")
@click.option("--to", "target", default="-", show_default=True, help="A new file for the draft.")
def import_page(root: Path, page: Path, slug: str | None, process: str | None, target: str) -> None:
    """Read a page in a template of IOM's into a draft of claims, each with its line and quote.

    Prints the draft as Turtle, and on stderr what was not understood: exit 1 if anything was. A name that
    the register does not have is listed, never guessed.

    \b
    almaty-graph import page.txt
    almaty-graph import page.txt --source iom-prague-process --to draft.ttl
    """  # noqa: D301 - click keeps the lines of a paragraph that begins with \b
    if target != "-" and Path(target).exists():
        raise SourceError(target, None, "exists already: nothing is overwritten, name another file with --to")
    register, data = Register(Sources.at(root)), page.read_bytes()
    text = data.decode()
    source = register.source(slug.removeprefix("source:")) if slug else register.source_of(data)
    reading = read_page(text, register, source, _process(register, text, process))
    if target == "-":
        sys.stdout.buffer.write(reading.draft.write().encode())
    else:
        write(Path(target), reading.draft.write())
    _report(reading)
    sys.exit(0 if reading.understood else 1)


def _process(register: Register, text: str, process: str | None) -> Entry:
    if process:
        return register.term(process, ("process",))
    found = title_of(text, register)
    if found is None:
        raise click.UsageError("the first line of the page is not the name of a process: give --process")
    return found


def _report(reading: Reading) -> None:
    """Tell on stderr how each line was taken, and what is left for a person to look up."""
    unread = {miss.line for miss in reading.unread}
    click.echo(
        f"{len(reading.lines)} lines: {len(reading.drafted - unread)} drafted, "
        f"{len(reading.drafted & unread)} drafted in part, {len(reading.aside)} set aside, "
        f"{len(unread - reading.drafted)} not understood",
        err=True,
    )
    for number, why in sorted(reading.aside.items()):
        click.echo(f"line {number}: set aside: {why}", err=True)
    for miss in sorted(reading.unread):
        click.echo(f"line {miss.line}: not understood: {miss.text!r}: {miss.why}", err=True)
    for difference in reading.differences:
        click.echo(str(difference), err=True)


def _command(name: str, form: Form, build: Builder, about: str) -> None:
    """Make `new NAME` of a form: an option for each field, a prompt for each that is not given."""

    def run(root: Path, **given: str | None) -> None:
        register = Register(Sources.at(root))
        answers = _fill(form, register, given)
        path, triples = build(register, answers)
        add(register.sources, path, triples)
        click.echo(f"{path}: added {name} {answers['slug']}")
        click.echo("next: almaty-graph check")

    run.__doc__ = about
    command: Callable[..., None] = run
    for field in reversed(form):
        command = click.option(f"--{field.name}", field.name.replace("-", "_"), help=f"{field.question}.")(
            command
        )
    new.command(name)(_root_option(command))


def _fill(form: Form, register: Register, given: dict[str, str | None]) -> Answers:
    """An answer for each field of a form, from the options or by asking; None where none is needed."""
    answers: Answers = {}
    for field in form:
        text = given[field.name.replace("-", "_")]
        if not field.when(answers):
            if text is not None:
                raise click.UsageError(f"--{field.name} does not go with the other answers")
            answers[field.name] = None
        elif text == "" and field.optional:
            answers[field.name] = None
        elif text is not None:
            answers[field.name] = _checked(field, register, answers, text)
        else:
            answers[field.name] = _asked(field, register, answers)
    return answers


def _checked(field: Field, register: Register, answers: Answers, text: str) -> Any:
    try:
        return field.check(register, answers, text)
    except SourceError as error:
        raise click.UsageError(f"--{field.name}: {error.message}") from error
    except ValueError as error:
        raise click.UsageError(f"--{field.name}: {error}") from error


def _asked(field: Field, register: Register, answers: Answers) -> Any:
    default = field.default(answers)

    def read(text: str) -> Any:
        text = text.strip()
        if not text and field.optional:
            return None
        if not text:
            raise click.UsageError("an answer is needed")
        return _checked(field, register, answers, text)

    try:
        shown = f"{field.question}{' (empty for none)' if field.optional and not default else ''}"
        return click.prompt(
            shown,
            default=default or ("" if field.optional else None),
            value_proc=read,
            show_default=bool(default),
            err=True,
        )
    except click.Abort as abort:
        if sys.stdin.isatty():
            raise
        if default:
            return _checked(field, register, answers, default)
        if field.optional:
            return None
        raise click.UsageError(f"give --{field.name}: {field.question}") from abort


_command("source", SOURCE_FORM, source_entry, "Describe a source in data/register/sources.ttl.")
_command("entity", ENTITY_FORM, entity_entry, "Enter a thing in the register: its kind, its names.")
_command("claim", CLAIM_FORM, claim_entry, "Add a claim with its passage to the file of its source.")
