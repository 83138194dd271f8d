"""Decides which answers will do, each by a check that says in one sentence what is wrong: ValueError."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from almaty_graph.check.evidence import SourceGraph, find_gaps
from almaty_graph.curation.draft import MAX_QUOTE, date_term
from almaty_graph.curation.register import Register
from almaty_graph.dates import DAY, MONTH, YEAR, PartialDate, is_partial_date
from almaty_graph.names import CLAIM, ID, OA, OWL, PREFIXES, PROV, RDF, RDFS, SOURCE, XSD
from almaty_graph.sources import TurtleFile
from almaty_graph.terms import Term, Triple, iri, iri_value, is_literal, literal, literal_parts

Answers = dict[str, Any]
Check = Callable[[Register, Answers, str], Any]

MAX_PARAPHRASE = 200
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_PROPERTIES = {
    iri(RDF + "Property"),
    *(iri(OWL + k) for k in ("ObjectProperty", "DatatypeProperty", "AnnotationProperty")),
}


def text(_: Register, __: Answers, text: str) -> str:
    """The text with single spaces."""
    return " ".join(text.split())


def matching(pattern: str, what: str) -> Check:
    """A check that takes what fits a pattern."""

    def check(_: Register, __: Answers, text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"{text!r} is no {what}")
        return text

    return check


def one_of(choices: tuple[str, ...]) -> Check:
    """A check that takes these answers only."""
    return matching("|".join(map(re.escape, choices)), f"choice here: one of {', '.join(choices)}")


def thing(*kinds: str) -> Check:
    """A check that takes things of these kinds, by name or as `state:iran`."""
    return lambda register, _, text: register.term(text, kinds)


def _free(name: str, term: Term, register: Register) -> str:
    """The name, if nothing bears it yet."""
    if not _SLUG.fullmatch(name):
        raise ValueError(
            f"{name!r} is no slug: small letters, digits and hyphens, for example 'prague-process'"
        )
    if term in register.terms:
        place = register.sources.locate(term)
        raise ValueError(f"{name!r} exists already, at {place}: nothing is overwritten")
    return name


def source_slug(register: Register, _: Answers, text: str) -> str:
    """A slug that no source has."""
    return _free(text, iri(SOURCE + text), register)


def entity_slug(register: Register, answers: Answers, text: str) -> str:
    """A slug that nothing of its kind has."""
    return _free(text, iri(f"{ID}{answers['kind']}/{text}"), register)


def claim_slug(register: Register, answers: Answers, text: str) -> str:
    """A slug that no claim of the source has."""
    return _free(text, iri(f"{CLAIM}{answers['source']}/{text}"), register)


def new_name(register: Register, answers: Answers, text: str) -> str:
    """A name that nothing of its kind has."""
    if found := register.find(text, (answers["kind"],)):
        raise ValueError(f"{text!r} is the name of {found} already")
    return " ".join(text.split())


def date(_: Register, __: Answers, text: str) -> Term:
    """A date at the precision at which it is written."""
    for datatype in (YEAR, MONTH, DAY):
        if is_partial_date(text, datatype):
            return date_term(PartialDate(text, datatype))
    raise ValueError(f"{text!r} is no date: write 2018, 2018-10 or 2018-10-03, as exact as the source is")


def day(register: Register, answers: Answers, text: str) -> Term:
    """A day."""
    if not is_partial_date(text, DAY):
        raise ValueError(f"{text!r} is no day: write it as 2018-10-03")
    return date(register, answers, text)


def digest(_: Register, __: Answers, text: str) -> str:
    """A digest as it stands, or that of a file."""
    if re.fullmatch(r"[0-9a-f]{64}", text):
        return text
    try:
        return hashlib.sha256(Path(text).read_bytes()).hexdigest()
    except OSError as error:
        raise ValueError(f"{text!r} is neither a SHA-256 nor a file that can be read") from error


def lines(_: Register, __: Answers, text: str) -> range:
    """The lines from first to last."""
    match = re.fullmatch(r"([1-9]\d*)(?:-([1-9]\d*))?", text)
    lines = range(int(match[1]), int(match[2] or match[1]) + 1) if match else range(0)
    if not lines:
        raise ValueError(f"{text!r} is no line: write 20, or 12-17, counted from 1")
    return lines


def whole_number(_: Register, __: Answers, text: str) -> int:
    """A whole number."""
    if not re.fullmatch(r"0|[1-9]\d*", text):
        raise ValueError(f"{text!r} is no whole number")
    return int(text)


def quote(register: Register, _: Answers, text: str) -> str:
    """A quote by the rule that `check` holds quotes against."""
    if len(text) > MAX_QUOTE:
        raise ValueError(
            f"the quote has {len(text)} characters, {MAX_QUOTE} at most may be quoted: shorten it"
        )
    name = iri(SOURCE + "new#new")
    rows = {Triple(name, iri(PROV + "wasQuotedFrom"), iri(SOURCE + "new")): 1}
    rows[Triple(name, iri(OA + "exact"), literal(text))] = 1
    for gap in find_gaps(SourceGraph(register.sources, TurtleFile("data/sources/new.ttl", b"", rows))):
        raise ValueError(gap.message)
    return text


def paraphrase(_: Register, __: Answers, text: str) -> str:
    """What a passage says in words of ours."""
    if len(text) > MAX_PARAPHRASE:
        raise ValueError(f"the paraphrase has {len(text)} characters, {MAX_PARAPHRASE} at most: shorten it")
    return " ".join(text.split())


def property_term(register: Register, _: Answers, text: str) -> Term:
    """A property that the vocabulary declares, by its short name."""
    known = {_short(term): term for term, types in register.terms.items() if types & _PROPERTIES}
    if text not in known:
        near = ", ".join(
            sorted(name for name in known if name and text.rpartition(":")[2].lower() in name.lower())
        )
        raise ValueError(
            f"no property {text!r} is declared in ontology/" + (f"; the nearest: {near}" if near else "")
        )
    return known[text]


def _short(term: Term) -> str:
    for prefix, namespace in PREFIXES.items():
        if term.startswith(namespace, 1) and _SLUG.fullmatch(term[1 + len(namespace) : -1].lower()):
            return f"{prefix}:{term[1 + len(namespace) : -1]}"
    return ""


def value(register: Register, answers: Answers, text: str) -> Term:
    """The value of a property in the form in which other claims and the vocabulary have it."""
    name = answers["property"]
    if iri(OWL + "ObjectProperty") in register.terms[name]:
        kinds = {entry.kind for entries in register.names.values() for entry in entries}
        return register.term(text, tuple(sorted(kinds))).term
    datatype, language = _form_of(register, name)
    if datatype in (YEAR, MONTH, DAY):
        return date(register, answers, text)
    if datatype == XSD + "boolean" and text not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    if datatype == XSD + "integer" and not re.fullmatch(r"0|[1-9]\d*", text):
        raise ValueError(f"{text!r} is no whole number")
    return literal(text, datatype, register.language(answers["source"]) if language else None)


def _form_of(register: Register, name: Term) -> tuple[str, bool]:
    """The datatype that most values of a property have in claims, or its range; whether with language."""
    about = {row.subject for row in register.rows if row[1:] == (iri(RDF + "predicate"), name)}
    values = [
        row.object for row in register.rows if row.predicate == iri(RDF + "object") and row.subject in about
    ]
    forms = Counter(literal_parts(value)[1:] for value in values if is_literal(value))
    if forms:
        [((datatype, language), _)] = forms.most_common(1)
        return datatype, language is not None
    ranges = [iri_value(row.object) for row in register.rows if row[:2] == (name, iri(RDFS + "range"))]
    plain = YEAR if "date" in name.rpartition("/")[2].lower() else XSD + "string"
    return next(iter(ranges), plain), RDF + "langString" in ranges
