"""Decides how a term is shown: its label, or a short form of its IRI, and where it leads."""

import re
from typing import Final, NamedTuple

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from almaty_graph.names import DATASET, DCTERMS, PREFIXES, RDFS, SKOS, document_path
from almaty_graph.release.record import Record
from almaty_graph.terms import Term, iri, iri_value, is_iri, literal_parts, text_of
from almaty_graph.web.protocol.languages import DEFAULT, page_language

_NAMING = (iri(SKOS + "prefLabel"), iri(RDFS + "label"), iri(DCTERMS + "title"))

_LONG: Final = 40
# The blocks of Unicode whose letters are written from right to left.
_LEFTWARD: Final = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


class Label(NamedTuple):
    """A text, and its language if it is in one."""

    text: str
    language: str | None = None


class Labels:
    """The labels of a record: in English for data, in the language of the page where a page shows them."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self._known: dict[tuple[Term, str], Label] = {}

    def of(self, term: Term) -> str:
        """What data say for a term: a literal's text, a thing's label, else its short name."""
        return self._of(term, DEFAULT).text

    @pass_context
    def shown(self, context: Context, term: Term) -> str:
        """What a template shows for a term, marked with its language where the page speaks another."""
        return _put(self._of(term, page_language()), context)

    @pass_context
    def short(self, context: Context, term: Term) -> str:
        """The label, or another name of the thing where the label would fill a line by itself."""
        language = page_language()
        label = self._of(term, language)
        others = [literal_parts(name) for name in self.record.values(term, iri(SKOS + "altLabel"))]
        ours = [Label(part.value, part.language) for part in others if part.language in (language, None)]
        return _put(min(ours, key=_length) if ours and len(label.text) > _LONG else label, context)

    def _of(self, term: Term, language: str) -> Label:
        if not is_iri(term):
            value, _, tag = literal_parts(term)
            return Label(value, tag)
        if (term, language) not in self._known:
            self._known[term, language] = self._find(term, language)
        return self._known[term, language]

    def _find(self, term: Term, language: str) -> Label:
        found = [literal_parts(value) for value in self.record.values(term, *_NAMING)]
        for wanted in (language, DEFAULT, None):
            for part in found:
                if part.language == wanted:
                    return Label(part.value, part.language)
        return Label(found[0].value, found[0].language) if found else Label(self.compact(term))

    def compact(self, term: Term) -> str:
        """The IRI as a prefixed name where a prefix fits."""
        value = iri_value(term)
        for prefix, namespace in sorted(PREFIXES.items(), key=lambda item: -len(item[1])):
            if value.startswith(namespace) and len(value) > len(namespace):
                return f"{prefix}:{value.removeprefix(namespace)}"
        return value

    def link(self, term: Term) -> str | None:
        """Where a term leads: a page of ours, or the IRI itself if it is on the web; None for a literal."""
        if not is_iri(term):
            return None
        value = iri_value(term)
        return document_path(value) or (value if value.startswith(("http://", "https://")) else None)


def mark(text: str, language: str | None) -> Markup:
    """A text for a page, marked with its language where the page speaks another; apart, if from the right."""
    if not language or language == page_language():
        return Markup("<bdi>{}</bdi>").format(text) if _LEFTWARD.search(text) else escape(text)
    return Markup('<span lang="{}" dir="auto">{}</span>').format(language, text)


def languages_of(record: Record) -> tuple[str, ...]:
    """The languages in which a dataset says that it has names."""
    return tuple(map(text_of, record.values(iri(DATASET), iri(DCTERMS + "language"))))


def _put(label: Label, context: Context) -> str:
    """Markup on a page; in a picture, where there is no span, the text."""
    return label.text if (context.name or "").endswith(".svg") else mark(*label)


def _length(label: Label) -> int:
    return len(label.text)
