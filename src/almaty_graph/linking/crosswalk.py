"""Decides which of our things are which entries elsewhere: each link and its evidence, from both ends."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Table
from dataclasses import dataclass
from typing import Any, Final, Self

from almaty_graph.linking.identifiers import Identifier, expand, identify, key_for, keys_of
from almaty_graph.names import BASE, DATASET, DCTERMS, DEF, ID, OWL, PREFIXES, RDF, SKOS
from almaty_graph.release.record import Record
from almaty_graph.terms import TYPE, Term, iri, iri_value, literal_parts, text_of

COLUMNS: Final = ("asked", "thing", "label", "relation", "scheme", "identifier", "value", "verifiedIn")
_LABEL: Final = iri(SKOS + "prefLabel")
_SEMAPV: Final = "https://w3id.org/semapv/vocab/"
_ABOUT: Final = {"mapping_set_version": iri(OWL + "versionInfo"), "license": iri(DCTERMS + "license")}
_SLOTS: Final = (
    "subject_id",
    "subject_label",
    "predicate_id",
    "object_id",
    "mapping_justification",
    "comment",
)


@dataclass(frozen=True)
class Mapping:
    """A link: our thing, how it is related, to which identifier, and in what data that was verified."""

    thing: str
    label: str
    relation: str
    identifier: Identifier
    verified_in: tuple[str, ...]

    def tell(self) -> dict[str, Any]:
        """The link by the names of the columns."""
        scheme = self.identifier.scheme
        return {
            "thing": self.thing,
            "label": self.label,
            "relation": self.relation,
            "scheme": scheme.name if scheme else None,
            "identifier": self.identifier.local,
            "value": self.identifier.value,
            "verifiedIn": list(self.verified_in),
        }


@dataclass(frozen=True)
class Answer:
    """What was asked, and the links that it is an end of."""

    asked: str
    mappings: tuple[Mapping, ...]

    def tell(self) -> dict[str, Any]:
        """The answer as JSON has it."""
        return {"asked": self.asked, "matches": [each.tell() for each in self.mappings]}


class Crosswalk:
    """The links of a record, by our IRI and by the identifier elsewhere, however either is written."""

    def __init__(self, mappings: Iterable[Mapping]) -> None:
        self.all = tuple(mappings)
        self._ends: dict[str, dict[Mapping, None]] = {}
        for mapping in self.all:
            for end in (mapping.thing, *keys_of(mapping.identifier)):
                self._ends.setdefault(end, {})[mapping] = None

    @classmethod
    def of(cls, record: Record) -> Self:
        """The links of a record, in the order of our IRIs."""
        links = record.subjects(TYPE, iri(DEF + "Link"))
        found = [each for link in links if (each := _mapping(record, link))]
        return cls(sorted(found, key=lambda each: (each.thing, each.relation, each.identifier.value)))

    def find(self, asked: str) -> Answer:
        """The links of a thing of ours, or to an identifier."""
        ours = expand(asked)
        end = ours if ours.startswith(BASE) else key_for(asked)
        return Answer(asked, tuple(self._ends.get(end, self._ends.get(ID + asked.strip(), ()))))


def _mapping(record: Record, link: Term) -> Mapping | None:
    """The link that a node describes, if it is whole."""
    parts = [record.values(link, iri(RDF + part)) for part in ("subject", "predicate", "object")]
    if not all(parts):
        return None
    [thing, *_], [relation, *_], [value, *_] = parts
    names = [literal_parts(each) for each in record.values(thing, _LABEL)]
    label = next((each.value for each in names if each.language == "en"), "")
    verified = tuple(map(iri_value, record.values(link, iri(DEF + "verifiedIn"))))
    return Mapping(iri_value(thing), label, iri_value(relation).removeprefix(SKOS), identify(value), verified)


def write_csv(answers: Sequence[Answer]) -> str:
    """The answers as CSV (RFC 4180): a row for each link, or one with nothing but what was asked."""
    text = io.StringIO(newline="")
    rows = csv.DictWriter(text, COLUMNS)
    rows.writeheader()
    for answer in answers:
        for mapping in answer.mappings or (None,):
            told = mapping.tell() | {"verifiedIn": " ".join(mapping.verified_in)} if mapping else {}
            rows.writerow({"asked": answer.asked, **told})
    return text.getvalue()


def write_sssom(mappings: Iterable[Mapping], record: Record) -> str:
    """The links between entities as SSSOM in TSV, with metadata; a code is no entity, so it has no row."""
    prefixes = {"skos": SKOS, "semapv": _SEMAPV}
    lines = [_row(each, prefixes) for each in mappings if each.identifier.value.startswith("http")]
    about = {slot: record.values(iri(DATASET), name) for slot, name in _ABOUT.items()}
    head = [
        f"#mapping_set_id: {BASE}crosswalk.sssom.tsv",
        *(f"#{slot}: {json.dumps(text_of(value))}" for slot, values in about.items() for value in values[:1]),
        "#curie_map:",
        *(f"#  {name}: {json.dumps(space)}" for name, space in sorted(prefixes.items())),
    ]
    return "\n".join([*head, "\t".join(_SLOTS), *lines]) + "\n"


def _row(mapping: Mapping, prefixes: dict[str, str]) -> str:
    """A line of SSSOM; the prefixes that it takes are added to those given."""
    cells = {
        "subject_id": _shorten(mapping.thing, PREFIXES, prefixes),
        "subject_label": mapping.label,
        "predicate_id": f"skos:{mapping.relation}",
        "object_id": _shorten(mapping.identifier.value, _spaces(mapping.identifier), prefixes),
        "mapping_justification": "semapv:ManualMappingCuration",
        "comment": "verified in " + ", ".join(each.rpartition("/")[2] for each in mapping.verified_in),
    }
    return "\t".join(" ".join(cells[slot].split()) for slot in _SLOTS)


def _spaces(identifier: Identifier) -> dict[str, str]:
    """The namespace of an identifier as our data write it, under the name of its scheme."""
    if identifier.scheme is None:
        return {}
    space = identifier.value.rstrip("/").removesuffix(identifier.local)
    return {identifier.scheme.name: space}


def _shorten(value: str, known: Table[str, str], used: dict[str, str]) -> str:
    fitting = [(space, name) for name, space in known.items() if value.startswith(space) and value != space]
    if not fitting:
        return value
    space, name = max(fitting, key=lambda each: len(each[0]))
    used[name] = space
    return f"{name}:{value.removeprefix(space)}"
