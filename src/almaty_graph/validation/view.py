"""Decides how pySHACL sees the data: an RDFLib store that reads the engine, and asks it what shapes ask."""

from collections.abc import Generator, Iterator, Mapping
from typing import Any

import pyoxigraph as ox
from rdflib import Graph, URIRef, Variable
from rdflib.query import Result
from rdflib.store import Store

from almaty_graph.bridge import Node, from_rdflib, to_rdflib
from almaty_graph.validation.constraints import rows_of
from almaty_graph.validation.data import Row, Statements

# The rows of a query for each node that `$this` may be, for queries that were put once for all of them.
Rows = Mapping[str, Mapping[Node, list[Row]]]


def graph_of(data: Statements, rows: Rows | None = None) -> Graph:
    """The data as an RDFLib graph to be read; a query in `rows` is answered from there."""
    graph = Graph(store=_View(data, rows or {}))
    for prefix, namespace in data.prefixes.items():
        graph.bind(prefix, namespace)
    return graph


class _View(Store):
    """See RDFLib's Store; nothing can be written."""

    context_aware = graph_aware = True  # pySHACL asks for one that is; there is one graph

    def __init__(self, data: Statements, rows: Rows) -> None:
        super().__init__()
        self.data, self.rows = data, rows
        self._prefixes: dict[str, URIRef] = {}
        self._length: int | None = None
        self._graphs = (Graph(store=self, identifier=URIRef("urn:almaty-graph:data")),)

    def contexts(self, triple: Any = None) -> Generator[Graph, None, None]:  # noqa: ARG002 - one graph
        yield from self._graphs

    def triples(self, triple_pattern: Any, context: Any = None) -> Iterator[Any]:  # noqa: ARG002 - one graph
        subject, predicate, value = (None if term is None else from_rdflib(term) for term in triple_pattern)
        if isinstance(subject, ox.Literal):
            return
        for found in self.data.triples(subject, predicate, value):
            yield tuple(map(to_rdflib, found)), iter(self._graphs)

    def __len__(self, context: Any = None) -> int:
        if self._length is None:
            self._length = len(self.data)
        return self._length

    def query(self, *asked: Any, **_: Any) -> Result:
        """The rows of a query in which one variable, `$this`, is bound; asked with that as RDFLib asks."""
        query, _ns, bindings = asked[:3]
        bound = {str(name): from_rdflib(term) for name, term in bindings.items()}
        if list(bound) != ["this"]:
            raise NotImplementedError  # RDFLib then answers it by itself
        # A node that was not asked of with all others is not among the rows.
        found = self.rows.get(query, {}).get(bound["this"])
        if found is None and self.data.is_told_by_values(query):
            found = rows_of(self.data, query, bound["this"])
        if found is None:
            raise NotImplementedError  # RDFLib then answers it by itself
        return _table(found)

    def bind(self, prefix: str, namespace: URIRef, override: bool = True) -> None:  # noqa: ARG002 - the last counts
        self._prefixes[prefix] = namespace

    def namespace(self, prefix: str) -> URIRef | None:
        return self._prefixes.get(prefix)

    def prefix(self, namespace: URIRef) -> str | None:
        return next((name for name, bound in self._prefixes.items() if bound == namespace), None)

    def namespaces(self) -> Iterator[tuple[str, URIRef]]:
        yield from list(self._prefixes.items())


def _table(rows: list[Row]) -> Result:
    result = Result("SELECT")
    result.vars = [Variable(name) for name in (rows[0] if rows else ())]
    result.bindings = [
        {Variable(name): to_rdflib(node) for name, node in row.items() if node is not None} for row in rows
    ]
    return result
