"""Decides how a term is shown: its label, or a short form of its IRI, and where it leads."""

from typing import Final

from almaty_graph.names import DATASET, DCTERMS, PREFIXES, RDFS, SKOS, document_path
from almaty_graph.release.record import Record
from almaty_graph.terms import Term, iri, iri_value, is_iri, literal_parts, text_of

_NAMING = (iri(SKOS + "prefLabel"), iri(RDFS + "label"), iri(DCTERMS + "title"))

_LONG: Final = 40


class Labels:
    """The labels of a record, in English where there are several."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self._known: dict[Term, str] = {}

    def of(self, term: Term) -> str:
        """What a reader sees for a term: a literal's text, a thing's label, else its short name."""
        if not is_iri(term):
            return text_of(term)
        if term not in self._known:
            self._known[term] = self._find(term)
        return self._known[term]

    def _find(self, term: Term) -> str:
        found = [literal_parts(value) for value in self.record.values(term, *_NAMING)]
        for wanted in ("en", None):
            for part in found:
                if part.language == wanted:
                    return part.value
        return self.compact(term)

    def short(self, term: Term) -> str:
        """The label, or another name of the thing where the label would fill a line by itself."""
        label = self.of(term)
        others = [literal_parts(name) for name in self.record.values(term, iri(SKOS + "altLabel"))]
        english = [part.value for part in others if part.language in ("en", None)]
        return min(english, key=len) if english and len(label) > _LONG else label

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


def languages_of(record: Record) -> tuple[str, ...]:
    """The languages in which a dataset says that it has names."""
    return tuple(map(text_of, record.values(iri(DATASET), iri(DCTERMS + "language"))))
