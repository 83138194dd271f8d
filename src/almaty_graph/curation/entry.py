"""Decides what a new entry consists of and which file it goes into; a file is changed whole or not at all."""

import os
from collections import Counter
from pathlib import Path

from almaty_graph import turtle
from almaty_graph.check.evidence import SourceGraph, find_gaps
from almaty_graph.curation.checks import Answers
from almaty_graph.curation.draft import CITES, END, NAME, START, TRUE, number, slugify
from almaty_graph.curation.forms import CLASSES, LANGUAGES
from almaty_graph.curation.register import Register
from almaty_graph.errors import SourceError
from almaty_graph.names import (
    CLAIM,
    DCTERMS,
    DEF,
    ID,
    OA,
    ORG,
    PREFIXES,
    PROV,
    RDF,
    SCHEMA,
    SKOS,
    SOURCE,
    XSD,
    prefixes_for,
)
from almaty_graph.sources import Sources, TurtleFile, read_turtle
from almaty_graph.terms import TYPE, Term, Triple, iri, literal

Rows = list[tuple[Term, Term | None]]


def source_entry(_: Register, answers: Answers) -> tuple[str, list[Triple]]:
    """The file and the triples of a new source."""
    publisher = answers["publisher"]
    sha256, note = answers["sha256"], answers["note"]
    if not publisher and not note:
        raise SourceError(
            "data/register/sources.ttl", None, "a source has a publisher, or a note that says why not"
        )
    rows: Rows = [
        (TYPE, iri(DEF + "Source")),
        (iri(DCTERMS + "title"), literal(answers["title"], language=answers["language"])),
        (iri(DCTERMS + "language"), literal(answers["language"])),
        (iri(DCTERMS + "publisher"), publisher and publisher.term),
        (iri(DCTERMS + "issued"), answers["issued"]),
        (iri(DEF + "undated"), None if answers["issued"] else TRUE),
        (iri(SCHEMA + "archivedAt"), answers["archived-at"] and iri(answers["archived-at"])),
        (iri(DEF + "archivedOn"), answers["archived-on"]),
        (iri(DCTERMS + "type"), answers["type"].term),
        (iri(DEF + "howRead"), literal(answers["how-read"], language="en")),
        (iri(SCHEMA + "sha256"), sha256 and literal(sha256)),
        (iri(SCHEMA + "url"), iri(answers["url"])),
        (iri(SKOS + "prefLabel"), literal(answers["label"], language="en")),
        _note(note),
    ]
    return "data/register/sources.ttl", _triples(iri(SOURCE + answers["slug"]), rows)


def entity_entry(register: Register, answers: Answers) -> tuple[str, list[Triple]]:
    """The file and the triples of a new thing of the register."""
    kind, name = answers["kind"], iri(f"{ID}{answers['kind']}/{answers['slug']}")
    classes = {answers["class"] or CLASSES[kind][0]} | ({CLASSES[kind][0]} if kind == "place" else set())
    rows: Rows = [(TYPE, _expand(short)) for short in classes]
    rows.append((iri(SKOS + "prefLabel"), literal(answers["name"], language="en")))
    translated = [(tag, answers[f"name-{tag}"]) for tag in LANGUAGES]
    rows += [(iri(SKOS + "prefLabel"), literal(text, language=tag)) for tag, text in translated if text]
    others = [other.strip() for other in (answers["other-names"] or "").split(";") if other.strip()]
    rows += [(iri(SKOS + "altLabel"), literal(other, language="en")) for other in others]
    rows.append((iri(DCTERMS + "type"), answers["type"] and answers["type"].term))
    rows.append((iri(DCTERMS + "source"), answers["cited"] and iri(answers["cited"])))
    rows.append(_note(answers["note"]))
    if kind == "topic":
        rows += [(iri(SKOS + key), iri(f"{ID}scheme/topics")) for key in ("inScheme", "topConceptOf")]
    return _file_of(kind, register.sources), _triples(name, rows)


def claim_entry(register: Register, answers: Answers) -> tuple[str, list[Triple]]:
    """The file and the triples of a new claim and its passage; SourceError if the evidence does not hold."""
    slug, path = answers["source"], f"data/sources/{answers['source']}.ttl"
    known = next((file for file in register.sources.of("sources") if file.slug == slug), None)
    rows = {"participation": _participation, "statement": _statement, "role-description": _description}[
        answers["kind"]
    ](answers)
    passage = _passage(slug, answers, known.lines if known else {})
    name = iri(f"{CLAIM}{slug}/{answers['slug']}")
    claim = _triples(name, [*rows, (CITES, passage[0].subject), _note(answers["note"])])
    lines = dict.fromkeys([*(known.lines if known else ()), *claim, *passage], 1)
    for gap in find_gaps(SourceGraph(register.sources, TurtleFile(path, b"", lines))):
        if gap.focus in (name, passage[0].subject):
            raise SourceError(path, None, f"{answers['slug']} {gap.message}")
    return path, claim + passage


def add(sources: Sources, path: str, triples: list[Triple]) -> None:
    """Add triples to a file of the repository, which is made if it is not there, in canonical form."""
    file = sources.root / path
    known = read_turtle(file, sources.root).lines if file.exists() else {}
    slug = file.stem if file.parent.name == "sources" else None
    write(file, turtle.write({*known, *triples}, prefixes_for(slug)))


def write(path: Path, text: str) -> None:
    """Write a file whole: aside first, then renamed into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        aside.write_text(text, encoding="utf-8")
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def _participation(answers: Answers) -> Rows:
    return [
        (TYPE, iri(DEF + "Participation")),
        (iri(ORG + "member"), answers["member"].term),
        (iri(ORG + "role"), answers["role"].term),
        (iri(ORG + "organization"), answers["process"].term),
        (START, answers["start"]),
        (END, answers["end"]),
        _name(answers),
    ]


def _statement(answers: Answers) -> Rows:
    return [
        (TYPE, iri(DEF + "Statement")),
        (iri(RDF + "subject"), answers["subject"].term),
        (iri(RDF + "predicate"), answers["property"]),
        (iri(RDF + "object"), answers["value"]),
        _name(answers),
    ]


def _description(answers: Answers) -> Rows:
    count, modality, provisional = (answers[name] for name in ("count", "modality", "provisional"))
    term = answers["term-of-office"]
    if count is None and not any((modality, provisional, term)):
        message = "says nothing: give a number, a modality, a term of office, or whether it is provisional"
        raise SourceError(f"data/sources/{answers['source']}.ttl", None, f"{answers['slug']} {message}")
    return [
        (TYPE, iri(DEF + "RoleDescription")),
        (iri(DEF + "describedRole"), answers["role"].term),
        (iri(DEF + "describedProcess"), answers["process"].term),
        (iri(DEF + "holderCount"), None if count is None else number(count)),
        (iri(DEF + "modality"), modality and modality.term),
        (iri(DEF + "termOfOffice"), term and literal(term, XSD + "duration")),
        (iri(DEF + "provisional"), provisional and literal(provisional, XSD + "boolean")),
    ]


def _passage(slug: str, answers: Answers, known: dict[Triple, int]) -> list[Triple]:
    """The triples of the passage: of the one that has this quote already, or of a new one."""
    lines, section = answers["line"], answers["section"]
    if lines:
        last = lines.stop - 1
        stem = f"L{lines.start}" if last == lines.start else f"L{lines.start}-{last}"
        place: Rows = [(iri(DEF + "firstLine"), number(lines.start)), (iri(DEF + "lastLine"), number(last))]
    else:
        stem, place = slugify(section) or answers["slug"], [(iri(DEF + "section"), literal(section))]
    quote, paraphrase = answers["quote"], answers["paraphrase"]
    if not quote and not paraphrase:
        raise SourceError(f"data/sources/{slug}.ttl", None, "a passage of known lines has a quote: give one")
    rows: Rows = [
        (TYPE, iri(DEF + "Passage")),
        (iri(OA + "exact"), quote and literal(quote)),
        (iri(DEF + "paraphrase"), paraphrase and literal(paraphrase, language="en")),
        (iri(PROV + "wasQuotedFrom"), iri(SOURCE + slug)),
        *place,
    ]
    for ending in ("", f"-{answers['slug']}", *(f"-{answers['slug']}-{n}" for n in range(2, 1000))):
        triples = _triples(iri(f"{SOURCE}{slug}#{stem}{ending}"), rows)
        there = {triple for triple in known if triple.subject == triples[0].subject}
        if not there or there == set(triples):
            break
    return triples


def _file_of(kind: str, sources: Sources) -> str:
    """The file that has most of that kind, or one named for it."""
    start = f"<{ID}{kind}/"
    found = Counter(
        file.path
        for file in sources.of("register")
        for triple in file.lines
        if triple.predicate == TYPE and triple.subject.startswith(start)
    )
    return found.most_common(1)[0][0] if found else f"data/register/{kind}s.ttl"


def _triples(subject: Term, rows: Rows) -> list[Triple]:
    return [Triple(subject, predicate, value) for predicate, value in rows if value]


def _expand(short: str) -> Term:
    prefix, _, local = short.partition(":")
    return iri(PREFIXES[prefix] + local)


def _name(answers: Answers) -> tuple[Term, Term | None]:
    return NAME, answers["name-as-written"] and literal(answers["name-as-written"])


def _note(text: str | None) -> tuple[Term, Term | None]:
    return iri(SKOS + "editorialNote"), text and literal(text, language="en")
