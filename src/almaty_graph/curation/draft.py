"""Decides how drafted claims and passages are named and written: `guest-china`, which cites `L28-china`."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from almaty_graph import turtle
from almaty_graph.curation.register import Entry, Register
from almaty_graph.dates import PartialDate
from almaty_graph.names import CLAIM, DEF, OA, ORG, PROV, RDF, SCHEMA, SKOS, SOURCE, XSD, prefixes_for
from almaty_graph.terms import TYPE, Term, Triple, iri, literal

NAME, CITES = iri(DEF + "nameAsWritten"), iri(PROV + "wasDerivedFrom")
START, END = iri(SCHEMA + "startDate"), iri(SCHEMA + "endDate")
TRUE = literal("true", XSD + "boolean")
MAX_QUOTE = 180


class QuoteTooLong(Exception):
    """A claim would need a quote longer than a quote may be; never leaves this package."""


class Unread(NamedTuple):
    """A line that was not understood, or a part of it: its number, the words, and why."""

    line: int
    text: str
    why: str


Values = Iterable[tuple[Term, Term]]


class Draft:
    """The claims and passages drafted so far, each with its triples, and what was not understood."""

    def __init__(self, register: Register, source: str, process: Entry) -> None:
        self.register, self.source, self.process = register, source, process
        self.language = register.language(source)
        self.rows: dict[Term, set[tuple[Term, Term]]] = defaultdict(set)
        self.unread: list[Unread] = []

    def passage(self, line: int, quote: str, suffix: str = "") -> Term:
        """The passage of a line with that quote; two quotes of a line have two names."""
        if len(quote) > MAX_QUOTE:
            raise QuoteTooLong
        rows = {
            (TYPE, iri(DEF + "Passage")),
            (iri(DEF + "firstLine"), number(line)),
            (iri(DEF + "lastLine"), number(line)),
            (iri(OA + "exact"), literal(quote)),
            (iri(PROV + "wasQuotedFrom"), iri(SOURCE + self.source)),
        }
        begin = slugify(" ".join(quote.split()[:4])) or "more"
        for ending in (suffix, begin, *(f"{begin}-{n}" for n in range(2, 1000))):
            name = iri(f"{SOURCE}{self.source}#L{line}" + (f"-{ending}" if ending else ""))
            if rows <= self.rows.get(name, rows):
                break
        self.rows[name] |= rows
        return name

    def set_aside(self, line: int, quote: str, why: str) -> None:
        """Set a line aside with a reason."""
        name = self.passage(line, quote)
        self.rows[name].add((iri(DEF + "setAsideBecause"), literal(why, language="en")))

    def participation(self, slug: str, cites: Iterable[Term], values: Values) -> Term:
        """A claim that somebody has a role."""
        return self._claim(slug, "Participation", cites, values)

    def description(self, slug: str, cites: Iterable[Term], values: Values) -> Term:
        """A claim about a role as a whole."""
        return self._claim(slug, "RoleDescription", cites, values)

    def statement(self, slug: str, cites: Iterable[Term], triple: Triple, name: str | None = None) -> Term:
        """A claim that a thing has a property, with the name by which the page calls the value."""
        keys = (iri(RDF + "subject"), iri(RDF + "predicate"), iri(RDF + "object"))
        values = [*zip(keys, triple, strict=True)]
        if name:
            values.append((NAME, literal(name)))
        return self._claim(slug, "Statement", cites, values)

    def about_process(self, slug: str, cites: Iterable[Term], predicate: str, value: Term) -> Term:
        """A claim that the process has a property."""
        return self.statement(slug, cites, Triple(self.process.term, iri(predicate), value))

    def note(self, claim: Term, text: str) -> None:
        """Add a note for whoever reads the draft."""
        self.rows[claim].add((iri(SKOS + "editorialNote"), literal(text, language="en")))

    def text(self, value: str) -> Term:
        """Words of the page, in its language."""
        return literal(value, language=self.language)

    def miss(self, line: int, text: str, why: str) -> None:
        """Remember what was not understood."""
        self.unread.append(Unread(line, text, why))

    def drop_idle(self) -> None:
        """Take out passages that no claim cites: the claims they were for could not be drafted."""
        cited = {value for rows in self.rows.values() for key, value in rows if key == CITES}
        for name in [name for name in self.rows if name.startswith(f"<{SOURCE}") and name not in cited]:
            del self.rows[name]

    def write(self) -> str:
        """The draft as canonical Turtle."""
        return turtle.write(self.triples(), prefixes_for(self.source))

    def triples(self) -> list[Triple]:
        """All triples of the draft."""
        return [Triple(subject, *row) for subject, rows in self.rows.items() for row in rows]

    def _claim(self, slug: str, kind: str, cites: Iterable[Term], values: Values) -> Term:
        rows = {(TYPE, iri(DEF + kind)), *values, *((CITES, passage) for passage in cites)}
        years = sorted(value[1:5] for predicate, value in rows if predicate == START)
        for suffix in ("", *(f"-{year}" for year in years), *(f"-{n}" for n in range(2, 1000))):
            name = iri(f"{CLAIM}{self.source}/{slug}{suffix}")
            if self.rows.get(name, rows) == rows:
                break
        self.rows[name] = rows
        return name


def membership(draft: Draft, holder: Entry, role: Term, name: str) -> list[tuple[Term, Term]]:
    """What every participation in the process says: who, which role, by which name."""
    return [
        (iri(ORG + "member"), holder.term),
        (iri(ORG + "organization"), draft.process.term),
        (iri(ORG + "role"), role),
        (NAME, literal(name)),
    ]


def role_described(draft: Draft, role: Term, predicate: str, value: Term) -> list[tuple[Term, Term]]:
    """What every description of a role in the process says."""
    process, described = iri(DEF + "describedProcess"), iri(DEF + "describedRole")
    return [(process, draft.process.term), (described, role), (iri(DEF + predicate), value)]


def date_term(date: PartialDate) -> Term:
    """The term of a date at its precision."""
    return literal(date.value, date.datatype)


def number(value: int) -> Term:
    """The term of a whole number."""
    return literal(str(value), XSD + "integer")


def slugify(text: str) -> str:
    """The text as a slug: small letters, digits and hyphens; empty if it has none of them."""
    return "-".join(re.findall(r"[a-z0-9]+", text.lower()))
