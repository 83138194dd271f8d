"""Decides how data are held against shapes where they live: behind a SPARQL endpoint, nothing copied."""

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any, Final, cast

import pyoxigraph as ox

from almaty_graph.bridge import Node, term_of
from almaty_graph.engine import wire
from almaty_graph.engine.index.remote import RemoteIndex
from almaty_graph.errors import InputError
from almaty_graph.names import RDFS
from almaty_graph.terms import Term
from almaty_graph.validation.data import Row

_TOGETHER: Final = 100  # nodes whose statements are asked for in one query
Pattern = tuple[Node | None, Node | None, Node | None]


class RemoteData:
    """The triples of the default graph of an endpoint, or of graphs of it: see Data.

    Blank nodes cannot be named in a query to somebody else: InputError where one would have to be.
    """

    turned = 0

    def __init__(self, url: str, graphs: tuple[str, ...] = ()) -> None:
        """Asks nothing yet; EngineError for what is no address of an endpoint."""
        self.url, self.graphs = url, graphs
        self.prefixes: dict[str, str] = {}
        self._index, self._answers = RemoteIndex(url), count()
        self._about: dict[Node, list[tuple[Node, Node, Node]]] = {}
        self._found: dict[Pattern, list[tuple[Node, Node, Node]]] = {}

    def select(self, query: str) -> Iterator[list[Node]]:
        """The rows of a SELECT that binds all its variables; raises what RemoteIndex.query does."""
        for row in self.rows(query):
            yield [node for node in row.values() if node is not None]

    def rows(self, query: str) -> Iterator[Row]:
        """The rows of a SELECT; raises what RemoteIndex.query does."""
        results = cast(
            "ox.QuerySolutions", self._index.query(wire.Request(query, "SELECT", "", default=self.graphs))
        )
        names, number = [variable.value for variable in results.variables], next(self._answers)
        for solution in results:
            yield {name: _named_apart(solution[name], number) for name in names}

    def is_told_by_values(self, _query: str) -> bool:
        """Always: there is nothing but what the endpoint tells."""
        return True

    def triples(self, subject: Any, predicate: Any, value: Any) -> Iterator[tuple[Node, Node, Node]]:
        """The triples of a pattern; None stands for any term."""
        if subject is not None:
            self.expect([subject])
            found = self._about[subject]
        else:
            pattern = (None, predicate, value)
            found = self._found[pattern] = self._found.get(pattern) or list(self._ask(pattern))
        return (
            triple
            for triple in found
            if (predicate is None or triple[1] == predicate) and (value is None or triple[2] == value)
        )

    def expect(self, nodes: Iterable[Node]) -> None:
        """Have what is said of these nodes at hand."""
        missing = [node for node in dict.fromkeys(nodes) if node not in self._about]
        for start in range(0, len(missing), _TOGETHER):
            some = missing[start : start + _TOGETHER]
            self._about |= {node: [] for node in some}
            subjects = [node for node in some if not isinstance(node, ox.Literal)]
            values = " ".join(self._name(node) for node in subjects)
            if values:
                for row in self.rows(f"SELECT ?s ?p ?o {{ VALUES ?s {{ {values} }} ?s ?p ?o }}"):
                    triple = (row["s"], row["p"], row["o"])
                    self._about[triple[0]].append(triple)  # type: ignore[index, arg-type]  # all are bound

    def has(self, node: Node) -> bool:
        """Whether a term is the subject or the object of a triple."""
        name = self._name(node)
        places = [f"?s ?p {name}"] if isinstance(node, ox.Literal) else [f"{name} ?p ?o", f"?s ?p {name}"]
        return any(any(self.select(f"SELECT ?p {{ {place} }} LIMIT 1")) for place in places)

    def __len__(self) -> int:
        [[number]] = self.select("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
        return int(number.value)

    def subclasses(self, kind: Term) -> list[Term]:
        """The classes below a class, itself left out."""
        rows = self.select(f"SELECT DISTINCT ?c {{ ?c <{RDFS}subClassOf>+ {kind} FILTER(isIRI(?c)) }}")
        return [term_of(node) for [node] in rows if term_of(node) != kind]

    def _ask(self, pattern: Pattern) -> Iterator[tuple[Node, Node, Node]]:
        places = dict(zip("spo", pattern, strict=True))
        told = " ".join(f"?{name}" if node is None else self._name(node) for name, node in places.items())
        for row in self.rows(f"SELECT * {{ {told} }}"):
            subject, predicate, value = ({**places, **row}[name] for name in places)
            yield subject, predicate, value  # type: ignore[misc]  # all are bound by now

    def _name(self, node: Node) -> str:
        if isinstance(node, ox.BlankNode):
            raise InputError(
                f"{self.url} has blank nodes that shapes are about, which cannot be named in a query to it: "
                "validate a dump of it instead"
            )
        return str(node)


def _named_apart(node: Any, number: int) -> Any:
    """A term of one answer; its blank nodes are no other answer's."""
    return ox.BlankNode(f"a{number}{node.value}") if isinstance(node, ox.BlankNode) else node
