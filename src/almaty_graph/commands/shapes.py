"""Decides how the command line says what shapes ask: as text, Markdown or JSON."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict

import click

from almaty_graph.sources import repository_root
from almaty_graph.terms import text_of
from almaty_graph.validation.documents import FORMATS, find_documents
from almaty_graph.validation.output.words import Words
from almaty_graph.validation.phrases import LANGUAGES
from almaty_graph.validation.sentences import Told, tell_shapes
from almaty_graph.validation.validator import load_shapes


@click.command("shapes")
@click.argument("files", nargs=-1)
@click.option(
    "--format", "form", type=click.Choice(FORMATS), help="Of standard input, and of unknown suffixes."
)
@click.option("--language", type=click.Choice(list(LANGUAGES)), default="en", show_default=True)
@click.option("--output", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True)
def shapes_command(files: tuple[str, ...], form: str | None, language: str, output: str) -> None:
    """Say what each shape asks, in one sentence, and whom it asks it of.

    FILES are files or folders of SHACL shapes, or - for standard input; ours if there are none.

    \b
    almaty-graph shapes
    almaty-graph shapes shapes.ttl --output markdown
    almaty-graph shapes --language ru
    """  # noqa: D301 - click keeps the lines of a paragraph that begins with \b
    loaded = load_shapes(find_documents(files or [str(repository_root() / "shapes")], form))
    told = tell_shapes(loaded.shapes, loaded.prefixes, language)
    click.echo("\n".join(_WRITERS[output](told, Words(loaded.prefixes))))


def _text(told: list[Told], words: Words) -> Iterator[str]:
    for number, shape in enumerate(told):
        yield ("\n" if number else "") + f"{shape.about} ({words.term(shape.name)}{_off(shape)})"
        for rule in shape.rules:
            yield f"  {rule.severity.value}: {rule.sentence} ({words.term(rule.name)})"
            if rule.message:
                yield f"    {rule.message}"


def _markdown(told: list[Told], words: Words) -> Iterator[str]:
    for shape in told:
        yield f"## {shape.about}\n\n`{words.term(shape.name)}`{_off(shape)}\n"
        for rule in shape.rules:
            message = f" *{rule.message}*" if rule.message else ""
            yield f"- **{rule.severity.value}**: {rule.sentence}{message} (`{words.term(rule.name)}`)"
        yield ""


def _off(shape: Told) -> str:
    return ", switched off" if shape.is_off else ""


def _json(told: list[Told], _words: Words) -> Iterator[str]:
    plain = [asdict(each) for each in told]
    for each in (*plain, *(rule for shape in plain for rule in shape["rules"])):
        each["name"] = text_of(each["name"])
    yield json.dumps(plain, ensure_ascii=False, indent=1, default=lambda severity: severity.value)


_WRITERS: dict[str, Callable[[list[Told], Words], Iterator[str]]] = {
    "text": _text,
    "markdown": _markdown,
    "json": _json,
}
