"""Decides how the SHACL test suite of the W3C is read, and when a report is the one that a test expects."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
from rdflib import BNode, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import RDF, SH
from rdflib.term import Node

from almaty_graph.bridge import rdflib_graph, term_of
from almaty_graph.terms import Triple

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
MANIFEST = Path(__file__).parents[2] / "shared" / "suites" / "shacl" / "manifest.ttl"


@dataclass(frozen=True)
class SuiteTest:
    """One test: its name, the files of its data and shapes, and the report expected; None for a failure."""

    name: str
    data: Path
    shapes: Path
    expected: Graph | None

    def read(self, path: Path) -> tuple[list[ox.Quad], dict[str, str]]:
        """The quads of a file and its prefixes; a file read once is the same graph wherever it is used."""
        parser = ox.parse(path=str(path), format=ox.RdfFormat.TURTLE, base_iri=path.as_uri())
        quads = list(parser)
        return quads, dict(parser.prefixes)


def triples_of(quads: list[ox.Quad]) -> list[Triple]:
    """The triples of quads as the record holds them."""
    return [Triple(*(term_of(term) for term in (q.subject, q.predicate, q.object))) for q in quads]  # type: ignore[arg-type]  # no triples in them


def read_suite() -> Iterator[SuiteTest]:
    """All tests, in the order of the manifests."""
    yield from _read(MANIFEST)


def _read(manifest: Path) -> Iterator[SuiteTest]:
    quads = list(ox.parse(path=str(manifest), format=ox.RdfFormat.TURTLE, base_iri=manifest.as_uri()))
    graph = rdflib_graph(triples_of(quads))
    for included in sorted(map(str, graph.objects(None, MF.include))):
        yield from _read(_path(included))
    for test in sorted(graph.subjects(RDF.type, SHT.Validate), key=str):
        action, result = graph.value(test, MF.action), graph.value(test, MF.result)
        data, shapes = graph.value(action, SHT.dataGraph), graph.value(action, SHT.shapesGraph)
        assert data
        assert shapes
        assert result
        expected = None if result == SHT.Failure else _told(graph, result)
        yield SuiteTest(f"{manifest.parent.name}/{manifest.stem}", _path(data), _path(shapes), expected)


def _path(iri: object) -> Path:
    return Path(str(iri).removeprefix("file://"))


def is_expected(report: Graph, expected: Graph) -> bool:
    """Whether a report says what is expected: all but messages and details, which tests leave open."""
    found = report.value(None, RDF.type, SH.ValidationReport)
    return found is not None and isomorphic(_told(report, found), expected)


def _told(graph: Graph, report: Node) -> Graph:
    told, left, seen = Graph(), [report], set[Node]()
    while left:
        node = left.pop()
        if node in seen:
            continue
        seen.add(node)
        for predicate, value in graph.predicate_objects(node):
            if predicate in (SH.resultMessage, SH.detail):
                continue
            is_path = predicate == SH.resultPath and isinstance(value, BNode)
            told.add((node, predicate, Literal(_path_text(graph, value)) if is_path else value))
            if isinstance(value, BNode) and not is_path:
                left.append(value)
    return told


def _path_text(graph: Graph, node: Node) -> str:
    if isinstance(node, URIRef):
        return str(node)
    parts = sorted(
        f"{predicate} {_path_text(graph, value)}" for predicate, value in graph.predicate_objects(node)
    )
    return f"[{'; '.join(parts)}]"
