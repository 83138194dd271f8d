"""Decides in which words a page speaks: those of its templates, or of the catalogue of its language."""

import gettext as catalogues
import io
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from flask import Flask

from almaty_graph.web.protocol.languages import DEFAULT, INTERFACE, page_language

FOLDER: Final = Path(__file__).parents[1] / "translations"


@cache
def catalogue(language: str) -> catalogues.NullTranslations:
    """What the messages are in a language; themselves, in English."""
    if language == DEFAULT:
        return catalogues.NullTranslations()
    with (FOLDER / f"{language}.po").open("rb") as text:
        messages = read_po(text, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return catalogues.GNUTranslations(compiled)


def gettext(message: str, **values: object) -> str:
    """A message in the language of the page, with its values in their places if there are any."""
    said = catalogue(page_language()).gettext(message)
    return said % values if values else said


def ngettext(one: str, many: str, number: int) -> str:
    """The form of a message that goes with a number, in the language of the page."""
    return catalogue(page_language()).ngettext(one, many, number)


def pgettext(context: str, message: str) -> str:
    """A message that means something else elsewhere."""
    return catalogue(page_language()).pgettext(context, message)


def npgettext(context: str, one: str, many: str, number: int) -> str:
    """The form that goes with a number, of a message that means something else elsewhere."""
    return catalogue(page_language()).npgettext(context, one, many, number)


def in_words(word: str) -> str:
    """A word that the program has for itself, such as `certainly`, in the language of the page."""
    return catalogue(page_language()).gettext(word) if word else ""


def tell_number(value: float) -> str:
    """A number in a sentence of the page."""
    return format_decimal(value, locale=page_language())


def speak(app: Flask) -> None:
    """Have the templates of an application speak the language of the page."""
    environment = app.jinja_env
    for language in INTERFACE:
        catalogue(language)  # a catalogue that cannot be read is found out now
    environment.add_extension("jinja2.ext.i18n")
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # by the extension
        gettext, ngettext, newstyle=True, pgettext=pgettext, npgettext=npgettext
    )
    environment.globals.update(page_language=page_language, number=tell_number, in_words=in_words)
