"""Decides how the lists of topics, meetings with their documents, and contacts are drafted."""

import re
from typing import NamedTuple

from almaty_graph.curation.draft import Draft, date_term, slugify
from almaty_graph.curation.register import Entry
from almaty_graph.curation.template import CONTACT, CONTACT_LABELS, DOCUMENT, DOCUMENTS, MEETING, Line
from almaty_graph.dates import read_dates
from almaty_graph.names import DCTERMS, DEF, ID, ORG, SCHEMA
from almaty_graph.terms import Term, Triple, iri, literal

_PARTS = {"office": (ORG + "unitOf", "unit"), "post": (ORG + "postIn", "organization")}


class Contact(NamedTuple):
    """Whom one turns to: the office or post, how the names of its claims begin, if its country is named."""

    entry: Entry
    stem: str
    located: bool


def draft_topic(draft: Draft, line: Line) -> None:
    """Draft the topic that a line names."""
    topic = draft.register.find(line.text, ("topic",))
    if topic is None:
        draft.miss(
            line.number, line.text, f"no topic of the register{draft.register.hint(line.text, ('topic',))}"
        )
        return
    triple = Triple(draft.process.term, iri(DCTERMS + "subject"), topic.term)
    draft.statement(f"topic-{topic.slug}", [draft.passage(line.number, line.text)], triple, line.text)


def draft_meeting(draft: Draft, line: Line, heading: Line, last: Entry | None) -> Entry | None:
    """Draft what a line says of a meeting, or of the documents of the last one; the meeting it is about."""
    if last and (documents := DOCUMENTS.fullmatch(line.text)):
        _draft_documents(draft, line, documents["documents"], last)
        return last
    match = MEETING.fullmatch(line.text)
    dates = read_dates(match["date"]) if match else []
    meeting = match and draft.register.find(match["name"], ("meeting",))
    if not match or not dates or not meeting:
        name = match["name"] if match else line.text
        why = "no meeting of the register with a date" + draft.register.hint(name, ("meeting",))
        draft.miss(line.number, name, why)
        return None
    stem = meeting_stem(meeting.slug)
    cites = [draft.passage(line.number, match["name"])]
    said = [(f"{stem}-name", cites, SCHEMA + "name", draft.text(match["name"]))]
    listed = [draft.passage(heading.number, heading.text.rstrip(": ")), *cites]
    said.append((f"{stem}-process", listed, DEF + "meetingOf", draft.process.term))
    day = [draft.passage(line.number, match["date"], "date")]
    for ending, found in zip(("start", "end"), dates[:1] + dates[1:][-1:], strict=False):
        said.append((f"{stem}-{ending}", day, f"{SCHEMA}{ending}Date", date_term(found)))
    for slug, passages, predicate, value in said:
        draft.statement(slug, passages, Triple(meeting.term, iri(predicate), value))
    if match["place"]:
        _draft_place(draft, line, meeting, match)
    return meeting


def meeting_stem(slug: str) -> str:
    """How the names of claims about a meeting begin: `workshop` for `2017-09-04-workshop-right-to-health`."""
    match = re.match(r"\d{4}(?:-\d\d){0,2}-([a-z]+)", slug)
    return match[1] if match else slug


def _draft_place(draft: Draft, line: Line, meeting: Entry, match: re.Match[str]) -> None:
    place = draft.register.find(match["city"], ("place",))
    state = draft.register.find(match["state"] or "", ("state",))
    if not place or bool(match["state"]) != bool(state):
        draft.miss(line.number, match["place"], "no place of the register")
        return
    cites = [draft.passage(line.number, match["place"], "place")]
    triple = Triple(meeting.term, iri(SCHEMA + "location"), place.term)
    draft.statement(f"{meeting_stem(meeting.slug)}-place", cites, triple, match["city"])
    if state:
        triple = Triple(place.term, iri(SCHEMA + "containedInPlace"), state.term)
        draft.statement(f"{place.slug}-country", cites, triple, match["state"])


def _draft_documents(draft: Draft, line: Line, words: str, meeting: Entry) -> None:
    for part in words.split("; "):
        match = DOCUMENT.fullmatch(part)
        kind = match and draft.register.find(match["type"], ("document-type",))
        languages = match["languages"].lower().split(" | ") if match else []
        names = {lang: iri(f"{ID}document/{meeting.slug}-{kind.slug}-{lang}") for lang in languages if kind}
        if not kind or not names or not set(names.values()) <= draft.register.terms.keys():
            draft.miss(line.number, part, f"no documents of the register named for {meeting}")
            continue
        cites = [draft.passage(line.number, part, kind.slug)]
        for lang, document in names.items():
            stem = f"document-{kind.slug}-{lang}"
            draft.statement(stem, cites, Triple(meeting.term, iri(SCHEMA + "subjectOf"), document))
            triple = Triple(document, iri(SCHEMA + "inLanguage"), literal(lang))
            draft.statement(f"{stem}-language", cites, triple)


def draft_contact(draft: Draft, line: Line, last: Contact | None) -> Contact | None:
    """Draft whom to turn to, or where the last one is reached; the contact that a line is about."""
    label, _, value = line.text.partition(":")
    if last and label.strip().lower() in CONTACT_LABELS:
        predicate, ending = CONTACT_LABELS[label.strip().lower()]
        reach = (SCHEMA + predicate, f"{last.stem}-{ending}")
        _DRAFTERS.get(predicate, _draft_plain)(draft, line, value.strip(), (last, *reach))
        return last
    match = CONTACT.fullmatch(line.text)
    whole = match["name"] if match else line.text
    name, _, country = whole.rpartition(", ")
    entry = draft.register.find(whole, _PARTS) or draft.register.find(name, _PARTS)
    state = draft.register.find(country, ("state",)) if entry and name else None
    body = entry and _body_of(draft, whole)
    if not entry or not body or (draft.register.find(whole, _PARTS) is None and not state):
        draft.miss(
            line.number, line.text, f"no office or post of the register{draft.register.hint(whole, _PARTS)}"
        )
        return None
    contact = Contact(entry, f"contact-{body[0].slug}", located=state is not None)
    cites = [draft.passage(line.number, whole)]
    predicate, ending = _PARTS[entry.kind]
    said = name if state else whole
    draft.statement(contact.stem, cites, _about(draft.process, SCHEMA + "contactPoint", entry.term), said)
    draft.statement(f"{contact.stem}-{ending}", cites, _about(entry, predicate, body[0].term), body[1])
    if state:
        located = _about(entry, SCHEMA + "location", state.term)
        draft.statement(f"{contact.stem}-country", cites, located, country)
    return contact


def _body_of(draft: Draft, name: str) -> tuple[Entry, str] | None:
    """The organization in whose name a name begins: "UNHCR Regional ..."."""
    words = name.split()
    starts = (" ".join(words[:length]) for length in range(len(words), 0, -1))
    found = ((draft.register.find(start, ("organization",)), start) for start in starts)
    return next(((entry, start) for entry, start in found if entry), None)


def _about(subject: Entry, predicate: str, value: Term) -> Triple:
    return Triple(subject.term, iri(predicate), value)


Reach = tuple[Contact, str, str]


def _draft_plain(draft: Draft, line: Line, value: str, reach: Reach) -> None:
    contact, predicate, slug = reach
    triple = _about(contact.entry, predicate, literal(value))
    draft.statement(slug, [draft.passage(line.number, value)], triple)


def _draft_numbers(draft: Draft, line: Line, value: str, reach: Reach) -> None:
    """A telephone number, or several: "790345/46" is the number ending in 45 and the one ending in 46."""
    contact, predicate, slug = reach
    first, *endings = value.split("/")
    if not endings:
        _draft_plain(draft, line, value, reach)
        return
    cites = [draft.passage(line.number, value)]
    for ending in (first[-len(endings[0]) :], *endings):
        triple = _about(contact.entry, predicate, literal(first[: -len(ending)] + ending))
        draft.note(draft.statement(f"{slug}-{ending}", cites, triple), "Several numbers stand in one line.")


def _draft_addresses(draft: Draft, line: Line, value: str, reach: Reach) -> None:
    """An address and its postal code, or several addresses, each named for its town."""
    contact, predicate, slug = reach
    addresses = value.split(" - ")
    for index, address in enumerate(addresses):
        parts = address.split(", ")
        town = next((p for p in reversed(parts) if not draft.register.find(p, ("state",))), address)
        town = slugify(re.sub(r"\d", "", town))
        passage = draft.passage(line.number, address, town if index else "")
        name = f"{slug}-{town}" if len(addresses) > 1 else slug
        claim = draft.statement(name, [passage], _about(contact.entry, predicate, literal(address)))
        if len(addresses) > 1:
            draft.note(claim, "Several addresses stand in one line, joined by a hyphen.")
            continue
        if code := re.search(r"(?<=, )\d{4,6}(?= )", address):
            triple = _about(contact.entry, SCHEMA + "postalCode", literal(code[0]))
            draft.statement(f"{contact.stem}-postal-code", [passage], triple)
        state = draft.register.find(parts[-1], ("state",))
        if state and not contact.located:
            triple = _about(contact.entry, SCHEMA + "location", state.term)
            draft.statement(f"{contact.stem}-country", [passage], triple, parts[-1])


_DRAFTERS = {"telephone": _draft_numbers, "address": _draft_addresses}
