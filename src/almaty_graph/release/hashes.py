"""Decides what proves a thing the same: the hash of what is said of it."""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter

from almaty_graph.terms import Quad, Term, Triple, n_triples

ENTITIES = "entities.csv"
_HEAD = "iri,sha256"


def hash_of(triples: Iterable[Triple]) -> str:
    """The hash (RDFC-1.0, SHA-256, hexadecimal) of triples without blank nodes, in any order."""
    return hashlib.sha256(n_triples(triples).encode()).hexdigest()


def entity_hashes(quads: Iterable[Quad]) -> bytes:
    """The table `entities.csv`: each IRI that is a subject, and the hash of its triples."""
    rows = (f"{name.strip('<>')},{digest}\n" for name, digest in _hashed(sorted(quads)))
    return f"{_HEAD}\n{''.join(rows)}".encode()


def read_hashes(table: bytes) -> dict[Term, str]:
    """The hashes of such a table by IRI; ValueError if it is none."""
    head, *rows = table.decode().splitlines()
    if head != _HEAD:
        raise ValueError(f"does not begin with {_HEAD}")
    return {f"<{name}>": digest for name, digest in (row.rsplit(",", 1) for row in rows)}


def _hashed(quads: Iterable[Quad]) -> Iterator[tuple[Term, str]]:
    for name, group in groupby(quads, key=attrgetter("subject")):
        yield name, hash_of(quad.triple for quad in group)
