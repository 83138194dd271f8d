"""Decides how a release describes what is in it: VoID."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from almaty_graph.contents import CONTENTS, is_question, number, short_name
from almaty_graph.names import BASE, DATASET, DCTERMS, DEF, ID, RDF, VOID
from almaty_graph.terms import TYPE, Quad, Term, Triple, iri, iri_value, is_iri, is_literal, literal

_DATASET = iri(DATASET)
_LAST_SEGMENT = re.compile(r"[^/]+/?\Z")


@dataclass(frozen=True)
class DumpFile:
    """A file of a release: its name, media type, size in bytes, and SHA-256 in hexadecimal."""

    name: str
    media_type: str
    size: int
    sha256: str


def describe(dataset: Sequence[Quad], catalogued: Iterable[Triple]) -> list[Triple]:
    """The description of a dataset (VoID 1.0), with what a catalogue says of it and its dumps."""
    about = {
        quad.triple
        for quad in dataset
        if (quad.subject == _DATASET and not _is_tag(quad.triple))
        or (quad.graph == CONTENTS and not is_question(quad.subject))
    }
    space = Triple(_DATASET, iri(VOID + "uriSpace"), literal(ID))
    endpoint = Triple(_DATASET, iri(VOID + "sparqlEndpoint"), iri(BASE + "sparql"))
    return sorted({*about, space, endpoint, *_linksets(dataset), *catalogued})


def _is_tag(triple: Triple) -> bool:
    """Whether a statement tells a language by its tag: the catalogue has it as an IRI, as portals want."""
    return triple.predicate == iri(DCTERMS + "language") and is_literal(triple.object)


def _linksets(dataset: Sequence[Quad]) -> Iterator[Triple]:
    """A linkset for each property by which links lead into each data set elsewhere (VoID, section 5)."""
    for (predicate, space), count in Counter(_find_links(dataset)).items():
        name = re.sub(r"[^a-z0-9]+", "-", space.partition("://")[2].lower()).strip("-")
        linkset, target = (
            iri(f"{DATASET}#links-{short_name(predicate)}-{name}"),
            iri(f"{DATASET}#target-{name}"),
        )
        yield Triple(_DATASET, iri(VOID + "subset"), linkset)
        yield Triple(linkset, TYPE, iri(VOID + "Linkset"))
        yield Triple(linkset, iri(VOID + "subjectsTarget"), _DATASET)
        yield Triple(linkset, iri(VOID + "objectsTarget"), target)
        yield Triple(linkset, iri(VOID + "linkPredicate"), predicate)
        yield Triple(linkset, iri(VOID + "triples"), number(count))
        yield Triple(target, TYPE, iri(VOID + "Dataset"))
        yield Triple(target, iri(VOID + "uriSpace"), literal(space))


def _find_links(dataset: Sequence[Quad]) -> Iterator[tuple[Term, str]]:
    """The property of each link to an entry elsewhere, and the namespace of that entry; a code is none."""
    links = {quad.subject for quad in dataset if quad.predicate == TYPE and quad.object == iri(DEF + "Link")}
    linked: dict[Term, dict[Term, Term]] = {link: {} for link in links}
    for quad in dataset:
        if quad.subject in links:
            linked[quad.subject][quad.predicate] = quad.object
    for parts in linked.values():
        entry = parts[iri(RDF + "object")]
        if is_iri(entry):
            yield parts[iri(RDF + "predicate")], _LAST_SEGMENT.sub("", iri_value(entry))
