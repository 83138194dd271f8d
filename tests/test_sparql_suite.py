"""The SPARQL 1.1 query language as the W3C tests it: its manifests' entries, over HTTP, to the real server.

Each file of data is a named graph of one release, and each entry asks for its own with `default-graph-uri`
and `named-graph-uri`: so the protocol makes the dataset of the entry, default and named graphs apart.
"""

import csv
import http.client
import io
import re
import sys
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pyoxigraph as ox
import pytest
from rdflib import RDF, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.compare import isomorphic
from rdflib.plugins.sparql.results.rdfresults import RDFResult
from rdflib.query import Result
from rdflib.term import Node

from almaty_graph.release.building import seal, write
from conftest import READ_BY_RDFLIB, Serve, shared

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
RS = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/result-set#")
X = Namespace("http://example.org/row#")

MANIFESTS = ("manifest-sparql11-query.ttl", "manifest-sparql11-results.ttl")
EVALUATION = (MF.QueryEvaluationTest, MF.CSVResultFormatTest)
NOWHERE = "http://example.org/empty"

# How each kind of expected result is asked for. A result in Turtle is a graph, or a table written as one.
MEDIA_TYPES = {
    ".srx": "application/sparql-results+xml",
    ".srj": "application/sparql-results+json",
    ".tsv": "text/tab-separated-values",
    ".csv": "text/csv",
    ".ttl": "text/turtle",
}
PARSERS = {".srx": "xml", ".srj": "json", ".tsv": "tsv"}
NUMBERS = (XSD.integer, XSD.decimal, XSD.double, XSD.float)
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")

# What is wrong, and why: the engine's own doing in every case, the same without a server around it.
_GRAPH = "binds no name of a graph to rows that match nothing in it, or loses the row"
_EMPTY = "a path of no length begins and ends only at terms that the data have"
FAILURES = {
    "aggregates/agg-empty-group-count-graph": _GRAPH,
    "aggregates/agg-groupconcat-04": "GROUP_CONCAT keeps a language tag that all its members have",
    "aggregates/agg-groupconcat-06": "GROUP_CONCAT keeps a language tag that all its members have",
    "bindings/graph": _GRAPH,
    "csv-tsv-res/tsv03": "xsd:negativeInteger becomes xsd:integer",
    "functions/bnode01": "BNODE(label) gives one blank node for the label, not one for each row",
    "negation/graph-minus": "MINUS sees the variable of the GRAPH around it",
    "property-path/zero_or_more_set_end": _EMPTY,
    "property-path/zero_or_more_set_start": _EMPTY,
    "property-path/zero_or_one_set_end": _EMPTY,
    "property-path/zero_or_one_set_start": _EMPTY,
}
# What is the same in value, but written otherwise: 1.0 as 1, 1E6 as 1000000, en-US as en-us, 0 as false.
REWRITTEN = {
    "aggregates/agg-avg-02",
    "aggregates/agg-err-02",
    "aggregates/agg-max-01",
    "aggregates/agg-max-02",
    "aggregates/agg-max-distinct",
    "aggregates/agg-min-01",
    "aggregates/agg-min-02",
    "aggregates/agg-min-distinct",
    "aggregates/agg-sum-02",
    "cast/cast-bool",
    "cast/cast-decimal",
    "cast/cast-double",
    "cast/cast-float",
    "cast/cast-int",
    "cast/cast-string",
    "csv-tsv-res/csv03",
    "functions/coalesce01",
    "functions/plus-1-corrected",
    "functions/plus-2-corrected",
    "functions/strlang02",
}
# A function that nobody here knows is told as the fault of the query.
UNKNOWN_FUNCTION = "syntax-query/test_4"

pytestmark = [*READ_BY_RDFLIB, pytest.mark.slow]


@dataclass(frozen=True)
class Entry:
    """One entry of a manifest."""

    name: str
    kind: Node
    query: Path
    result: Path | None
    data: tuple[Path, ...]
    named: tuple[Path, ...]

    @property
    def text(self) -> str:
        """The query, with the base that its file gives it (RFC 3986, 5.1.3)."""
        return f"BASE <{self.query.as_uri()}>\n{self.query.read_text('utf-8')}"

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """The query and its dataset, as the protocol names them."""
        default = [path.as_uri() for path in self.data] or [NOWHERE]
        graphs = [("default-graph-uri", name) for name in default]
        graphs += [("named-graph-uri", path.as_uri()) for path in self.named]
        # A query that names graphs itself brings its own dataset.
        itself = re.search(r"^FROM\b", self.text, re.MULTILINE)
        return [("query", self.text), *([] if itself else graphs)]


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    """The entries of all manifests, in their order."""
    folder = shared("suites/sparql11")
    lists = [_items(folder / name, MF.include) for name in MANIFESTS]
    return [
        _entry(graph, node)
        for manifests in lists
        for _, manifest in manifests
        for graph, node in _items(_path(manifest), MF.entries)
    ]


def _items(manifest: Path, member: URIRef) -> list[tuple[Graph, Node]]:
    graph = Graph().parse(manifest, format="turtle", publicID=manifest.as_uri())
    return [(graph, item) for head in graph.objects(None, member) for item in Collection(graph, head)]


def _entry(graph: Graph, node: Node) -> Entry:
    action, result = graph.value(node, MF.action), graph.value(node, MF.result)
    query = graph.value(action, QT.query) or action
    assert query is not None
    kind = graph.value(node, RDF.type)
    assert kind is not None
    folder = _path(query).parent.name
    return Entry(
        f"{folder}/{str(node).rpartition('#')[2]}",
        kind,
        _path(query),
        _path(result) if result else None,
        tuple(map(_path, graph.objects(action, QT.data))),
        tuple(map(_path, graph.objects(action, QT.graphData))),
    )


def _path(name: Node) -> Path:
    return Path(urlsplit(str(name)).path)


@pytest.fixture(scope="module")
def server(serve: Serve, entries: list[Entry], tmp_path_factory: pytest.TempPathFactory) -> str:
    """A server of a release that holds every file of data as a named graph of its address."""
    quads: list[ox.Quad] = []
    for number, path in enumerate(sorted({path for entry in entries for path in entry.data + entry.named})):
        name = ox.NamedNode(path.as_uri())
        for quad in ox.parse(path=path, base_iri=path.as_uri()):
            subject, value = _apart(quad.subject, number), _apart(quad.object, number)
            quads.append(ox.Quad(subject, quad.predicate, value, name))
    record = ox.serialize(quads, format=ox.RdfFormat.N_QUADS)
    assert record is not None
    files = {"dataset.nq": record, "context.jsonld": b'{"@context": {}}'}
    return serve(write(seal(files), tmp_path_factory.mktemp("suite")).folder)


def _apart(term: Any, number: int) -> Any:
    """The term; a blank node with a name that no other file has."""
    return ox.BlankNode(f"file{number}{term.value}") if isinstance(term, ox.BlankNode) else term


def ask(server: str, parameters: list[tuple[str, str]], accept: str = "*/*") -> tuple[int, bytes]:
    headers = {"Accept": accept, "Content-Type": "application/x-www-form-urlencoded"}
    with closing(http.client.HTTPConnection(urlsplit(server).netloc, timeout=60)) as connection:
        connection.request("POST", "/sparql", urlencode(parameters), headers)
        response = connection.getresponse()
        return response.status, response.read()


def likeness(server: str, entry: Entry) -> str:
    """How like the answer to an entry is to the expected one: "same", "same values", or what came instead."""
    assert entry.result
    kind = entry.result.suffix
    wanted = read(entry.result.read_bytes(), kind, entry)
    if kind == ".ttl" and (X.table, None, None) in wanted:
        kind = ".srj"
    status, body = ask(server, entry.parameters, MEDIA_TYPES[kind])
    if status != 200:
        return f"{status} {body.decode()}"
    found = read(body, kind, entry)
    if isomorphic(found, wanted):
        return "same"
    return "same values" if isomorphic(by_value(found), by_value(wanted)) else body.decode()


def read(body: bytes, kind: str, entry: Entry) -> Graph:
    """A result as a graph: equal graphs are equal results, whatever the blank nodes are called."""
    ordered = "ORDER BY" in entry.text.upper().rpartition("}")[2]
    if kind == ".csv":
        lines = list(csv.reader(io.StringIO(body.decode(), newline="")))
        cells = [[_cell(text) for text in row] for row in lines]
        return _table(lines[0], [dict(zip(lines[0], row, strict=True)) for row in cells[1:]], ordered)
    if kind == ".ttl":
        graph = Graph().parse(data=body, format="turtle", publicID=entry.query.as_uri())
        if (None, RDF.type, RS.ResultSet) not in graph:
            return graph
        result: Result = RDFResult(graph)
    else:
        result = Result.parse(io.BytesIO(body), format=PARSERS[kind])
    if result.type == "ASK":
        return _table([str(result.askAnswer)], [], ordered)
    rows = [{str(name): term for name, term in row.items()} for row in result.bindings]
    return _table(map(str, result.vars or ()), rows, ordered)


def _cell(text: str) -> Node:
    if text.startswith("_:"):
        return BNode(text)
    return Literal(text, datatype=XSD.double if NUMBER.fullmatch(text) else None)


def _table(names: Iterable[str], rows: Iterable[Mapping[str, Node]], ordered: bool) -> Graph:
    graph = Graph()
    for name in names:
        graph.add((X.table, X.has, Literal(name)))
    for index, row in enumerate(rows):
        node = BNode()
        graph.add((X.table, X[f"row{index}"] if ordered else X.row, node))
        for name, term in row.items():
            graph.add((node, X[name], term))
    return graph


def by_value(graph: Graph) -> Graph:
    """The graph, its numbers and language tags written in one way."""
    plain = Graph()
    for subject, predicate, term in graph:
        plain.add((subject, predicate, _plain(term) if isinstance(term, Literal) else term))
    return plain


def _plain(literal: Literal) -> Literal:
    if literal.language:
        return Literal(str(literal), lang=literal.language.lower())
    if literal.datatype == XSD.boolean:
        return Literal({"1": "true", "0": "false"}.get(str(literal), str(literal)), datatype=XSD.boolean)
    text = str(float(literal)) if literal.datatype in NUMBERS and NUMBER.fullmatch(literal) else str(literal)
    return Literal(text, datatype=literal.datatype)


def test_the_known_entries_fail_and_no_others(entries: list[Entry], server: str) -> None:
    run = [entry for entry in entries if entry.kind in EVALUATION]
    found = {entry.name: likeness(server, entry) for entry in run}
    rewritten = {name for name, how in found.items() if how == "same values"}
    wrong = {name: how for name, how in found.items() if how not in {"same", "same values"}}
    as_written = len(run) - len(wrong) - len(rewritten)
    sys.stdout.write(f"\n{as_written} as written, {len(rewritten)} in value, {len(wrong)} not\n")
    assert len(run) == 235
    assert wrong.keys() == FAILURES.keys(), wrong
    assert rewritten == REWRITTEN


def test_what_is_no_query_is_refused_and_what_is_one_is_not(entries: list[Entry], server: str) -> None:
    expected: dict[Node, int] = {MF.PositiveSyntaxTest11: 200, MF.NegativeSyntaxTest11: 400}
    run = [entry for entry in entries if entry.kind in expected]
    statuses = {entry.name: ask(server, [("query", entry.text)])[0] for entry in run}
    assert len(run) == 103
    assert statuses == {entry.name: expected[entry.kind] for entry in run} | {UNKNOWN_FUNCTION: 400}
