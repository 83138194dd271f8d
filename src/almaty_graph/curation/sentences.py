"""Decides what a sentence of the template says: what the process is for, or who performs a role in it."""

import re

from almaty_graph.curation.draft import TRUE, Draft, membership, role_described
from almaty_graph.curation.holders import KINDS
from almaty_graph.curation.template import AREA_ENDS, SENTENCES, Line
from almaty_graph.names import DEF, ORG, SCHEMA
from almaty_graph.terms import Triple, iri

_PLACES = ("place", "state")


def draft_sentence(draft: Draft, line: Line) -> bool:
    """Draft what a line says, if it is a sentence of the template about this process; whether it is."""
    for pattern, role in SENTENCES:
        if match := re.fullmatch(pattern, line.text):
            words = {name: value for name, value in match.groupdict().items() if value}
            words.setdefault("role", role)
            process = words.get("process")
            if process and draft.register.find(process, ("process",)) != draft.process:
                continue
            drafter = _draft_purpose if "purpose" in words else _draft_role
            drafter(draft, line, words)
            return True
    return False


def _draft_purpose(draft: Draft, line: Line, words: dict[str, str]) -> None:
    cites = [draft.passage(line.number, words["purpose"])]
    if manner := words.get("manner"):
        cites.append(draft.passage(line.number, manner, "manner"))
    draft.about_process("purpose", cites, ORG + "purpose", draft.text(words["purpose"]))
    if area := words.get("area"):
        match = AREA_ENDS.fullmatch(area)
        place = match and draft.register.find(match["place"], _PLACES)
        if place:
            region = [draft.passage(line.number, words["region"], "region")]
            triple = Triple(draft.process.term, iri(SCHEMA + "areaServed"), place.term)
            draft.statement("area", region, triple, area)
        else:
            draft.miss(line.number, area, f"no place of the register{draft.register.hint(area, _PLACES)}")
    if examples := words.get("examples"):
        listed = [draft.passage(line.number, examples, "list")]
        draft.about_process("topics-are-examples", listed, DEF + "topicsAreExamples", TRUE)


def _draft_role(draft: Draft, line: Line, words: dict[str, str]) -> None:
    """Draft who performs a role; nothing of it if a name in it is not known."""
    role = draft.register.find(words["role"], ("role",))
    names = re.split(r",? and |, ", words["members"])
    members = [draft.register.find(name, KINDS) for name in names]
    place = draft.register.find(words.get("location", ""), _PLACES)
    if not role or None in members or bool(place) != ("location" in words):
        draft.miss(line.number, line.text, "a name in it is not in the register")
        return
    cites = [draft.passage(line.number, words["evidence"])]
    for member, name in zip(filter(None, members), names, strict=True):
        values = membership(draft, member, role.term, name)
        values += [(iri(SCHEMA + "location"), place.term)] if place else []
        draft.participation(f"{role.slug}-{member.slug}", cites, values)
    if status := words.get("provisional"):
        cites = [draft.passage(line.number, status, "status")]
        draft.description(f"{role.slug}-status", cites, role_described(draft, role.term, "provisional", TRUE))
