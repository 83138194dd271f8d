"""Decides how the dataset tells what is in it: counts (VoID), prefixes, and questions to be run (SHACL).

All of it is in a graph of the dataset, where SPARQL editors look for what they complete and offer, and the
counts count that graph too.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from almaty_graph.errors import SourceError
from almaty_graph.names import (
    BASE,
    DATASET,
    DCTERMS,
    GRAPH,
    PREFIXES,
    RDF,
    RDFS,
    SCHEMA,
    SH,
    VOID,
    VOID_EXT,
    XSD,
)
from almaty_graph.questions import Question
from almaty_graph.terms import TYPE, Quad, Term, Triple, iri, iri_value, is_literal, literal

_DATASET: Final = iri(DATASET)
CONTENTS: Final = iri(GRAPH + "contents")
_QUESTIONS: Final = BASE + "questions/"
_ROUNDS: Final = 12
# The number of distinct objects, until it is known: it is an object itself, so it is counted last.
_OPEN: Final = Triple(_DATASET, iri(VOID + "distinctObjects"), literal("", XSD + "integer"))


def describe_contents(quads: Iterable[Quad], questions: Iterable[Question]) -> frozenset[Quad]:
    """What tells of some quads, itself included: the counts of one are those of both together.

    Each round counts what the one before has said, and they come to an end: the classes and properties that
    there are only grow, up to those of the quads and a few of VoID, and every count but one follows from
    them. The number of distinct objects is told if there is one that stays true when it is told. Raises
    SourceError if the quads state such counts themselves, and these contradict.
    """
    data = frozenset(quads)
    fixed = frozenset({*_prefixes(), *(triple for question in questions for triple in _question(question))})
    told = _settle(data, fixed | {_OPEN})
    objects = {quad.object for quad in data} | {triple.object for triple in told - {_OPEN}}
    if number(len(objects)) in objects:
        told = told - {_OPEN} | {_OPEN._replace(object=number(len(objects)))}
    elif number(len(objects) + 1) not in objects:
        told = told - {_OPEN} | {_OPEN._replace(object=number(len(objects) + 1))}
    else:  # either number would be false for being told
        told = _settle(data, fixed)
    return frozenset(Quad(*triple, CONTENTS) for triple in told)


def _settle(data: frozenset[Quad], fixed: frozenset[Triple]) -> frozenset[Triple]:
    told = fixed
    for _ in range(_ROUNDS):
        previous, told = told, frozenset({*fixed, *_count(data, told)})
        if told == previous:
            return told
    raise SourceError("data", None, "what is counted does not settle: leave the counts of VoID to be derived")


def number(count: int) -> Term:
    """A count as a term."""
    return literal(str(count), XSD + "integer")


def is_question(term: Term) -> bool:
    """Whether a term names a recorded question."""
    return term.startswith(f"<{_QUESTIONS}")


def short_name(term: Term) -> str:
    """A term's prefix and local name, joined for use in the IRI of what tells of it."""
    value = iri_value(term)
    prefix, namespace = max(
        ((p, n) for p, n in PREFIXES.items() if value.startswith(n)),
        key=lambda item: len(item[1]),
        default=("", ""),
    )
    return re.sub(r"[^\w.-]+", "-", f"{prefix}-{value.removeprefix(namespace)}")


def _count(data: frozenset[Quad], told: frozenset[Triple]) -> Iterator[Triple]:
    triples = {quad.triple for quad in data} | told
    types: dict[Term, set[Term]] = defaultdict(set)
    for subject, predicate, obj in triples:
        if predicate == TYPE:
            types[subject].add(obj)
    properties = Counter(triple.predicate for triple in triples)
    classes = Counter(kind for kinds in types.values() for kind in kinds)
    within, between = Counter[tuple[Term, Term]](), Counter[tuple[Term, Term, str, Term]]()
    for subject, predicate, obj in triples:
        for kind in types.get(subject, ()):
            within[kind, predicate] += 1
            if is_literal(obj):
                between[kind, predicate, "datatype", _datatype(obj)] += 1
            for value in types.get(obj, ()):
                between[kind, predicate, "class", value] += 1
    for name, count in {
        "triples": len(triples),
        "entities": len(types),
        "distinctSubjects": len({triple.subject for triple in triples}),
        "classes": len(classes),
        "properties": len(properties),
    }.items():
        yield Triple(_DATASET, iri(VOID + name), number(count))
    yield from _partitions(classes, properties, within, between)
    yield from _graphs(data, len(told))


def _partitions(
    classes: Counter[Term],
    properties: Counter[Term],
    within: Counter[tuple[Term, Term]],
    between: Counter[tuple[Term, Term, str, Term]],
) -> Iterator[Triple]:
    """A part for each class and property, each property of a class, and each kind of value that it has there.

    The last are partitions of the objects, not of the subjects: that is where editors look for them.
    """
    for term, count in properties.items():
        yield from _part(DATASET, "property", term, ("triples", count))
    for kind, count in classes.items():
        yield from _part(DATASET, "class", kind, ("entities", count))
    for (kind, term), count in within.items():
        yield from _part(_part_name(DATASET, "class", kind), "property", term, ("triples", count))
    for (kind, term, sort, value), count in between.items():
        outer = _part_name(_part_name(DATASET, "class", kind), "property", term)
        yield from _part(outer, sort, value, ("triples", count))


def _part(outer: str, kind: str, term: Term, counted: tuple[str, int]) -> Iterator[Triple]:
    name, vocabulary = iri(_part_name(outer, kind, term)), VOID_EXT if kind == "datatype" else VOID
    yield Triple(iri(outer), iri(f"{vocabulary}{kind}Partition"), name)
    yield Triple(name, TYPE, iri(VOID + "Dataset"))
    yield Triple(name, iri(vocabulary + kind), term)
    yield Triple(name, iri(VOID + counted[0]), number(counted[1]))


def _part_name(outer: str, kind: str, term: Term) -> str:
    return f"{outer}{'-' if '#' in outer else '#'}{kind}-{short_name(term)}"


def _datatype(term: Term) -> Term:
    """The datatype of a literal, told by its end, without reading all of it."""
    if term.endswith(">"):
        return term[term.rindex("^^") + 2 :]
    return iri(XSD + "string" if term.endswith('"') else RDF + "langString")


def _graphs(data: frozenset[Quad], told: int) -> Iterator[Triple]:
    for graph, count in {**Counter(quad.graph for quad in data), CONTENTS: told}.items():
        yield Triple(_DATASET, iri(VOID + "subset"), graph)
        yield Triple(graph, TYPE, iri(VOID + "Dataset"))
        yield Triple(graph, iri(DCTERMS + "title"), literal(iri_value(graph).removeprefix(GRAPH)))
        yield Triple(graph, iri(VOID + "triples"), number(count))


def _prefixes() -> Iterator[Triple]:
    """The prefixes as SHACL declares them (SHACL, 5.2.1)."""
    for prefix, namespace in PREFIXES.items():
        declaration = iri(f"{DATASET}#prefix-{prefix}")
        yield Triple(_DATASET, iri(SH + "declare"), declaration)
        yield Triple(declaration, TYPE, iri(SH + "PrefixDeclaration"))
        yield Triple(declaration, iri(SH + "prefix"), literal(prefix))
        yield Triple(declaration, iri(SH + "namespace"), literal(namespace, XSD + "anyURI"))


def _question(question: Question) -> Iterator[Triple]:
    """A question as a query that may be run (SHACL, 5.2 and 5.3)."""
    name = iri(_QUESTIONS + question.slug)
    yield Triple(name, TYPE, iri(SH + "SPARQLExecutable"))
    yield Triple(name, TYPE, iri(SH + "SPARQLSelectExecutable"))
    yield Triple(name, iri(RDFS + "label"), literal(question.title, language="en"))
    yield Triple(name, iri(RDFS + "comment"), literal(question.description, language="en"))
    yield Triple(name, iri(SH + "select"), literal(question.text))
    yield Triple(name, iri(SH + "prefixes"), _DATASET)
    yield Triple(name, iri(SCHEMA + "target"), iri(BASE + "sparql"))
    for keyword in question.keywords:
        yield Triple(name, iri(SCHEMA + "keywords"), literal(keyword, language="en"))
