"""Decides what each line of a page is: drafted, set aside with a reason, or not understood; none is lost."""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from almaty_graph.curation import events
from almaty_graph.curation.draft import (
    CITES,
    MAX_QUOTE,
    Draft,
    QuoteTooLong,
    Unread,
    date_term,
    number,
    role_described,
)
from almaty_graph.curation.holders import List, draft_list, heading_passage
from almaty_graph.curation.register import Entry, Register
from almaty_graph.curation.sentences import draft_sentence
from almaty_graph.curation.template import (
    ASIDE,
    EMPTY_LIST,
    HEADING_ONLY,
    Found,
    Line,
    Reads,
    find_heading,
    read_lines,
)
from almaty_graph.dates import read_dates
from almaty_graph.names import DEF, SCHEMA
from almaty_graph.terms import iri


class Announced(NamedTuple):
    """A number that a heading announces, and how many are listed below it."""

    line: int
    announced: int
    listed: int
    what: str

    def __str__(self) -> str:
        are = "is" if self.listed == 1 else "are"
        return (
            f"line {self.line} announces {self.announced} {self.what}, {self.listed} {are} listed: "
            "look whether lines of the page are missing"
        )


@dataclass(frozen=True)
class Reading:
    """A page read: the draft, and how each line that is not blank is accounted for."""

    draft: Draft
    lines: tuple[Line, ...]
    drafted: frozenset[int]
    aside: dict[int, str]
    unread: tuple[Unread, ...]
    differences: tuple[Announced, ...]

    @property
    def understood(self) -> bool:
        """Whether nothing is left for a person to look up."""
        return not self.unread and not self.differences


def read_page(text: str, register: Register, source: str, process: Entry) -> Reading:
    """The page drafted into claims about the process that the source makes."""
    reader = _Reader(Draft(register, source, process))
    lines = read_lines(text)
    for line in lines:
        reader.read(line)
    return reader.finish(lines)


def title_of(text: str, register: Register) -> Entry | None:
    """The process that a page is named for by its first line."""
    return next((register.find(line.text, ("process",)) for line in read_lines(text)[:1]), None)


@dataclass
class _Reader:
    """Goes through a page line by line, and knows below which heading it is."""

    draft: Draft
    section: List | None = None
    lists: list[List] = field(default_factory=list)
    headings: list[List] = field(default_factory=list)
    aside: dict[int, tuple[str, str]] = field(default_factory=dict)
    contact: events.Contact | None = None
    meeting: Entry | None = None
    begun: bool = False

    def read(self, line: Line) -> None:
        section = self.section
        try:
            known = self._read_title(line) or self._read_aside(line) or self._read_heading(line)
            if not (known or draft_sentence(self.draft, line)):
                self._read_entry(line)
        except QuoteTooLong:
            self.draft.miss(line.number, line.text, f"needs a quote of more than {MAX_QUOTE} characters")
        if section is self.section and section is not None and line.number not in self.aside:
            section.below += 1

    def finish(self, lines: tuple[Line, ...]) -> Reading:
        """The reading; headings that nothing cites are set aside."""
        self.draft.drop_idle()
        cited = {value for rows in self.draft.rows.values() for key, value in rows if key == CITES}
        drafted = {int(re.findall(r"#L(\d+)", passage)[0]) for passage in cited}
        unread = {miss.line for miss in self.draft.unread}
        for items in self.headings:
            if items.line.number not in drafted | unread:
                why = HEADING_ONLY if items.below else EMPTY_LIST
                self.aside[items.line.number] = (items.line.text.rstrip(": "), why)
        for found, (quote, why) in self.aside.items():
            self.draft.set_aside(found, quote, why)
        announced = [
            Announced(items.line.number, items.announced, items.listed, _what(items))
            for items in self.lists
            if items.announced is not None and items.announced != items.listed
        ]
        reasons = {line: why for line, (_, why) in self.aside.items()}
        return Reading(
            self.draft, lines, frozenset(drafted), reasons, tuple(self.draft.unread), tuple(announced)
        )

    def _read_title(self, line: Line) -> bool:
        """Read the first line of the page as its title, if it is the name of the process."""
        first, self.begun = not self.begun, True
        title = first and self.draft.register.find(line.text, ("process",)) == self.draft.process
        if title:
            cites = [self.draft.passage(line.number, line.text)]
            self.draft.about_process("name", cites, SCHEMA + "name", self.draft.text(line.text))
        return title

    def _read_aside(self, line: Line) -> bool:
        for pattern, why in ASIDE:
            if match := re.fullmatch(pattern, line.text, re.IGNORECASE):
                self.aside[line.number] = (match["quote"], why)
                return True
        return False

    def _read_heading(self, line: Line) -> bool:
        found = find_heading(line.text)
        if found is None:
            return False
        items = List(found.heading, line)
        if found.heading.reads is Reads.FOUNDING:
            return self._read_founding(line, " ".join((*found.extras, found.inline)))
        if found.heading.reads is Reads.UNRECORDED:
            self.draft.miss(line.number, line.text, "nothing in the vocabulary holds it yet")
            return True
        if not self._read_extras(items, found.extras):
            return False
        self._open(items, found)
        return True

    def _open(self, items: List, found: Found) -> None:
        """Read what stands behind the colon, or take the heading for that of the lines below."""
        if found.heading.reads is Reads.HOLDERS:
            self.lists.append(items)
        if not found.inline:
            self.section, self.contact, self.meeting = items, None, None
            self.headings.append(items)
        elif found.heading.reads is Reads.HOLDERS:
            draft_list(self.draft, items, items.line, found.inline)
        else:
            self.draft.miss(items.line.number, found.inline, "a list of this kind stands below its heading")

    def _read_founding(self, line: Line, value: str) -> bool:
        dates = read_dates(value)
        if len(dates) != 1:
            return False
        cites = [self.draft.passage(line.number, line.text)]
        self.draft.about_process("founded", cites, SCHEMA + "foundingDate", date_term(dates[0]))
        return True

    def _read_extras(self, items: List, extras: tuple[str, ...]) -> bool:
        """Draft the number and the manner that a heading gives; False if it says something else as well."""
        draft, claims, inner = self.draft, [], []
        for words in extras:
            modality = draft.register.find(words, ("modality",))
            if count := re.fullmatch(r"(\d+)(?: (?:Member )?[A-Z][a-z]+)?", words):
                items.announced = int(count[1])
                claims.append((_count_slug(items), "holderCount", number(items.announced)))
            elif modality:
                claims.append((f"{items.stem}-modality", "modality", modality.term))
            elif (found := find_heading(words)) and found.inline:
                inner.append((List(found.heading, items.line), found.inline))
            elif not re.fullmatch(r"[A-Z]{2,}s?", words):
                return False
        for slug, predicate, value in claims:
            values = role_described(draft, items.role, predicate, value)
            if predicate == "holderCount" and items.heading.holder:
                values.append((iri(DEF + "holderKind"), iri(DEF + items.heading.holder)))
            draft.description(slug, [heading_passage(draft, items)], values)
        for other, inline in inner:
            draft_list(draft, other, items.line, inline)
        return True

    def _read_entry(self, line: Line) -> None:
        """Read a line as what stands below its heading."""
        draft, items = self.draft, self.section
        reads = items.heading.reads if items else Reads.PROSE
        if items is None or reads is Reads.PROSE:
            draft.miss(line.number, line.text, "no heading, field or sentence of the template")
            return
        before = len(draft.unread)
        if reads is Reads.HOLDERS:
            draft_list(draft, items, line)
            return
        if reads is Reads.TOPICS:
            events.draft_topic(draft, line)
        elif reads is Reads.MEETINGS:
            self.meeting = events.draft_meeting(draft, line, items.line, self.meeting)
        elif reads is Reads.CONTACTS:
            self.contact = events.draft_contact(draft, line, self.contact)
        items.listed += len(draft.unread) == before


def _count_slug(items: List) -> str:
    return "-".join(filter(None, (items.stem, items.heading.holder.lower(), "count")))


def _what(items: List) -> str:
    """What a heading counts, for a sentence about it."""
    label = re.sub(r"\([^()]*\)|[:\d]", "", items.line.text)
    return " ".join(label.split()).lower()
