"""Decides which thing a name means: the one whose label it is, letter for letter, or none."""

import difflib
import hashlib
from collections import defaultdict
from collections.abc import Collection
from functools import cached_property
from typing import NamedTuple

from almaty_graph.errors import SourceError
from almaty_graph.names import DCTERMS, DEF, ID, PREFIXES, SCHEMA, SKOS, SOURCE
from almaty_graph.sources import Sources
from almaty_graph.terms import TYPE, Term, iri, iri_value, is_literal, literal, text_of

_LABELS = {iri(SKOS + name) for name in ("prefLabel", "altLabel", "hiddenLabel")}
_LABELS.add(iri(DEF + "supersededName"))
_DIGEST, _LANGUAGE, _SOURCE = iri(SCHEMA + "sha256"), iri(DCTERMS + "language"), iri(DEF + "Source")


class Entry(NamedTuple):
    """A thing that has a name: its term, its kind (`state`), its slug (`iran`)."""

    term: Term
    kind: str
    slug: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.slug}"


class Register:
    """What exists in a repository, by name: the things of the register and the concepts of the vocabulary."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.rows = [row for file in sources.files if file.folder != "shapes" for row in file.lines]

    @cached_property
    def terms(self) -> dict[Term, set[Term]]:
        """Every thing that is described, with its types."""
        types: dict[Term, set[Term]] = defaultdict(set)
        for row in self.rows:
            if row.predicate == TYPE:
                types[row.subject].add(row.object)
        return types

    @cached_property
    def names(self) -> dict[str, set[Entry]]:
        """The things that each name stands for; case and runs of white space do not tell names apart."""
        names: dict[str, set[Entry]] = defaultdict(set)
        for row in self.rows:
            if row.predicate in _LABELS and is_literal(row.object) and (entry := _entry(row.subject)):
                names[_key(text_of(row.object))].add(entry)
        return names

    def find(self, name: str, kinds: Collection[str]) -> Entry | None:
        """The one thing of these kinds that has the name; None if there is none, or if there are two."""
        found = [entry for entry in self.names.get(_key(name), ()) if entry.kind in kinds]
        return found[0] if len(found) == 1 else None

    def nearest(self, name: str, kinds: Collection[str]) -> list[str]:
        """Up to three names of these kinds like the one given, each as `state:iran (Iran)`."""
        known = {
            label: entry for label, entries in self.names.items() for entry in entries if entry.kind in kinds
        }
        known |= {entry.slug: entry for entry in known.values()}
        close = difflib.get_close_matches(_key(name).rpartition(":")[2], known, n=6, cutoff=0.6)
        return list(dict.fromkeys(str(known[label]) for label in close))[:3]

    def term(self, text: str, kinds: Collection[str]) -> Entry:
        """The thing meant by `state:iran`, `iran` or its name; SourceError names the nearest if none is."""
        kinds = tuple(kinds)
        kind, _, slug = text.partition(":")
        entry = Entry(iri(f"{PREFIXES.get(kind, '')}{slug}"), kind, slug)
        if kind in kinds and entry.term in self.terms:
            return entry
        known = [Entry(iri(f"{ID}{kind}/{text}"), kind, text) for kind in kinds]
        bare = [entry for entry in known if entry.term in self.terms]
        if found := bare[0] if len(bare) == 1 else self.find(text, kinds):
            return found
        raise SourceError(
            "data/register", None, f"there is no {_either(kinds)} {text!r}{self.hint(text, kinds)}"
        )

    def hint(self, name: str, kinds: Collection[str]) -> str:
        """The end of a sentence about a name that is not known: what it may have meant."""
        both = sorted(str(entry) for entry in self.names.get(_key(name), ()) if entry.kind in kinds)
        if len(both) > 1:
            return f": it is the name of {' and of '.join(both)}"
        near = self.nearest(name, kinds)
        return f"; the nearest: {', '.join(near)}" if near else ""

    def source(self, slug: str) -> str:
        """The slug, if a source of that name is described; SourceError with the nearest if none is."""
        known = sorted(iri_value(term)[len(SOURCE) :] for term in self.of_type(_SOURCE))
        if slug not in known:
            near = difflib.get_close_matches(slug, known, n=3) or known[:3]
            message = f"there is no source {slug!r}; the nearest: {', '.join(near)}"
            raise SourceError("data/register", None, f"{message}; to add it: almaty-graph new source")
        return slug

    def source_of(self, text: bytes) -> str:
        """The slug of the source that the text is a copy of, by its digest; SourceError if none is."""
        digest = hashlib.sha256(text).hexdigest()
        for row in self.rows:
            if row.predicate == _DIGEST and row.object == literal(digest):
                return iri_value(row.subject)[len(SOURCE) :]
        message = f"there is no source of SHA-256 {digest}: name one with --source"
        raise SourceError("data/register", None, f"{message}, or add it: almaty-graph new source")

    def language(self, slug: str) -> str:
        """The language of a source; English if it does not say."""
        found = (q.object for q in self.rows if q[:2] == (iri(SOURCE + slug), _LANGUAGE))
        return next(map(text_of, found), "en")

    def of_type(self, kind: Term) -> list[Term]:
        """The things that are of a type by their own description."""
        return [term for term, types in self.terms.items() if kind in types]


def _entry(term: Term) -> Entry | None:
    value = iri_value(term)
    kind, _, slug = value.removeprefix(ID).partition("/")
    return Entry(term, kind, slug) if value.startswith(ID) and slug and "/" not in slug else None


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()


def _either(kinds: tuple[str, ...]) -> str:
    return " or ".join(filter(None, (", ".join(kinds[:-1]), kinds[-1])))
