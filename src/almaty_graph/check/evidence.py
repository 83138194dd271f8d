"""Decides whether evidence holds: a quote stands in its lines, a claim's figures stand in its quotes."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from almaty_graph.dates import DAY, MONTH, YEAR, PartialDate, read_dates
from almaty_graph.names import DEF, OA, PROV, RDF, SCHEMA, SOURCE, XSD
from almaty_graph.places import Place
from almaty_graph.sources import Sources, TurtleFile
from almaty_graph.terms import Term, Triple, iri, is_literal, literal_parts, text_of

_QUOTED_FROM, _DERIVED_FROM = iri(PROV + "wasQuotedFrom"), iri(PROV + "wasDerivedFrom")
_QUOTE, _PARAPHRASE = iri(OA + "exact"), iri(DEF + "paraphrase")
_FIRST, _LAST = iri(DEF + "firstLine"), iri(DEF + "lastLine")
_ASIDE, _DIGEST = iri(DEF + "setAsideBecause"), iri(SCHEMA + "sha256")
_NAME, _PERSON, _END = iri(DEF + "nameAsWritten"), iri(DEF + "representedBy"), iri(SCHEMA + "endDate")
_PREDICATE, _OBJECT = iri(RDF + "predicate"), iri(RDF + "object")
_PAIRS = {")": "(", "]": "[", "”": "“", "»": "«"}
# One space between words, and a word or a bracket at either end: what is missing there would not be missed.
_WHOLE = re.compile(r"(?=[\w(\[“«+])(?:\S+ )*\S+(?<=[\w)\]”»])")
_NAMES = (_NAME, _PERSON, _OBJECT)
_TEXTS = (XSD + "string", RDF + "langString")
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_FRAGMENT = re.compile(r"L(\d+)(?:-(\d+))?(?:-[a-z][a-z0-9-]*)?\Z")


@dataclass(frozen=True)
class Gap:
    """Evidence that does not hold: where it stands, what about, and a sentence."""

    place: Place | None
    focus: Term
    message: str
    line: int | None = None


@dataclass(frozen=True)
class Passage:
    """A passage: its quote, or else a paraphrase; its lines counted from 1 unless it has a section."""

    name: Term
    quote: str | None
    paraphrase: str | None
    lines: range | None
    aside: str | None

    @property
    def text(self) -> str:
        """What a claim that cites the passage may rest on."""
        return self.quote or self.paraphrase or ""


@dataclass(frozen=True)
class Line:
    """How one non-blank line of a source is accounted for: cited by so many claims, set aside, or a gap."""

    number: int
    text: str
    claims: int
    aside: str | None

    @property
    def covered(self) -> bool:
        """Whether the line is cited or set aside with a reason."""
        return bool(self.claims or self.aside)


@dataclass(frozen=True)
class Coverage:
    """A copy of a source held against its graph: every line, and every gap found."""

    slug: str
    lines: tuple[Line, ...]
    gaps: tuple[Gap, ...]


class SourceGraph:
    """The claims and passages in the graph of one source."""

    def __init__(self, sources: Sources, file: TurtleFile) -> None:
        self.sources, self.file = sources, file
        self.rows: dict[Term, list[tuple[Term, Term]]] = defaultdict(list)
        for subject, predicate, obj in file.lines:
            self.rows[subject].append((predicate, obj))

    def values(self, subject: Term, predicate: Term) -> list[Term]:
        """The values of a property of a thing in this graph."""
        return [value for name, value in self.rows[subject] if name == predicate]

    @cached_property
    def passages(self) -> dict[Term, Passage]:
        """The passages by name; lines that are not numbers are left to the shapes."""
        found = {}
        for name in [triple.subject for triple in self.file.lines if triple.predicate == _QUOTED_FROM]:
            text = {p: text_of(value) for p, value in self.rows[name]}
            first, last = text.get(_FIRST, ""), text.get(_LAST, "")
            lines = range(int(first), int(last) + 1) if first.isdecimal() and last.isdecimal() else None
            found[name] = Passage(name, text.get(_QUOTE), text.get(_PARAPHRASE), lines, text.get(_ASIDE))
        return found

    @cached_property
    def citations(self) -> dict[Term, list[Term]]:
        """The claims that cite each passage."""
        cited: dict[Term, list[Term]] = defaultdict(list)
        for subject, predicate, obj in self.file.lines:
            if predicate == _DERIVED_FROM:
                cited[obj].append(subject)
        return cited

    def gap(self, subject: Term, predicate: Term, value: Term | None, message: str) -> Gap:
        """A gap at the place where that statement stands."""
        return Gap(self.sources.locate(subject, predicate, value), subject, message)


def find_gaps(graph: SourceGraph) -> Iterator[Gap]:
    """What can be seen without a copy of the source: names against lines, figures against quotes."""
    for passage in graph.passages.values():
        match = _FRAGMENT.match(text_of(passage.name).partition("#")[2])
        if passage.lines and match:
            named = range(int(match[1]), int(match[2] or match[1]) + 1)
            if named != passage.lines:
                message = f"is named for line {_span(named)} but cites line {_span(passage.lines)}"
                yield graph.gap(passage.name, _FIRST, None, message)
        # A paraphrase is a sentence of ours: it has no form to keep, and no copy holds it.
        if passage.quote is not None and not (
            _WHOLE.fullmatch(passage.quote) and _is_balanced(passage.quote)
        ):
            message = f"quote {passage.quote!r} must begin and end with a word or a closed bracket"
            yield graph.gap(passage.name, _QUOTE, None, message)
    for triple in graph.file.lines:
        if is_literal(triple.object) and triple.predicate not in (_FIRST, _LAST):
            yield from _figure_gaps(graph, triple)


def _figure_gaps(graph: SourceGraph, triple: Triple) -> Iterator[Gap]:
    """A date must be the first in the quotes, an end the last; numbers and names must stand in them."""
    subject, predicate, obj = triple
    value, datatype, _ = literal_parts(obj)
    cited = [graph.passages[p].text for p in graph.values(subject, _DERIVED_FROM) if p in graph.passages]
    if datatype in (YEAR, MONTH, DAY):
        dates = [date for quote in cited for date in read_dates(quote)]
        is_end = _END in (predicate, *graph.values(subject, _PREDICATE))
        expected = dates[-1 if is_end else 0] if dates else None
        if expected != PartialDate(value, datatype):
            says = f"its quote says {expected.value}" if expected else "no quote of it gives a date"
            yield graph.gap(subject, predicate, obj, f"says {value}, but {says}")
    elif datatype == XSD + "integer" and not any(value in _numbers(quote) for quote in cited):
        yield graph.gap(subject, predicate, obj, f"says {value}, but no quote of it has that number")
    elif predicate in _NAMES and datatype in _TEXTS and not any(_says(q, value) for q in cited):
        yield graph.gap(subject, predicate, obj, f"says {value!r}, but no quote of it says that")


def _says(quote: str, value: str) -> bool:
    """Whether a quote has a value: as whole words in any case, or as a telephone number by its digits."""
    words = re.search(rf"(?<!\w){re.escape(_normal(value))}(?!\w)", _normal(quote), re.IGNORECASE)
    return bool(words) or (value.startswith("+") and re.sub(r"\D", "", value) in _telephone_numbers(quote))


def _numbers(quote: str) -> list[str]:
    """The whole numbers in a quote, in digits or, up to ten, in English words."""
    words = [word for word in re.findall(r"\w+", quote.lower()) if word in _NUMBERS]
    return re.findall(r"\d+", quote) + [str(_NUMBERS.index(word)) for word in words]


def _telephone_numbers(quote: str) -> list[str]:
    """The digits of each number in a quote like "+7 7 172 790345/46", where "/46" replaces the last two."""
    first, *endings = [re.sub(r"\D", "", part) for part in quote.split("/")]
    return [first] + [first[: -len(ending)] + ending for ending in endings if ending]


def hold_against(text: bytes, graph: SourceGraph) -> Coverage:
    """A copy of the source held against its graph: digest, quotes, and every line accounted for."""
    lines = text.decode("utf-8", errors="replace").split("\n")
    gaps = [*_digest_gaps(text, graph), *_quote_gaps(lines, graph), *find_gaps(graph)]
    rows = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        here = [p for p in graph.passages.values() if p.lines and number in p.lines]
        claims = {claim for passage in here for claim in graph.citations.get(passage.name, ())}
        aside = next((passage.aside for passage in here if passage.aside), None)
        row = Line(number, _normal(line), len(claims), aside)
        rows.append(row)
        if not row.covered:
            message = f"is neither cited by a claim nor set aside with a reason: {row.text[:60]!r}"
            gaps.append(Gap(Place(graph.file.path), f"line {number}", message, number))
    return Coverage(graph.file.slug, tuple(rows), tuple(gaps))


def _digest_gaps(text: bytes, graph: SourceGraph) -> Iterator[Gap]:
    source = iri(SOURCE + graph.file.slug)
    known = [row.object for row in graph.sources.dataset if row[:2] == (source, _DIGEST)]
    digest = hashlib.sha256(text).hexdigest()
    for recorded in known:
        if text_of(recorded) != digest:
            place = graph.sources.locate(source, _DIGEST)
            yield Gap(place, source, f"SHA-256 of the copy is {digest}, recorded is {text_of(recorded)}")
    if not known:
        yield Gap(graph.sources.locate(source), source, "no SHA-256 is recorded (schema:sha256)")


def _quote_gaps(lines: list[str], graph: SourceGraph) -> Iterator[Gap]:
    for passage in graph.passages.values():
        if passage.lines is None or passage.quote is None:
            continue
        cited = _normal("\n".join(lines[passage.lines.start - 1 : passage.lines.stop - 1]))
        # Whole words only: a quote cut short by one letter is still a substring.
        if not re.search(rf"(?<![\w+]){re.escape(passage.quote)}(?!\w)", cited):
            message = f"quote {passage.quote!r} does not stand in line {_span(passage.lines)}: {cited[:80]!r}"
            yield graph.gap(passage.name, _QUOTE, None, message)


def _is_balanced(text: str) -> bool:
    open_brackets: list[str] = []
    for character in text:
        if character in _PAIRS.values():
            open_brackets.append(character)
        elif character in _PAIRS and (not open_brackets or open_brackets.pop() != _PAIRS[character]):
            return False
    return not open_brackets


def _normal(text: str) -> str:
    """The text with each run of white space, no-break spaces included, as one space."""
    return " ".join(text.split())


def _span(lines: range) -> str:
    return str(lines.start) if len(lines) == 1 else f"{lines.start}-{lines.stop - 1}"
