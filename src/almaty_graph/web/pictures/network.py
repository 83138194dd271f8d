"""Decides how stakeholders and meetings are drawn as a network: what is related, and where each stands."""

import json
import math
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from almaty_graph.names import DEF
from almaty_graph.release.record import Record
from almaty_graph.terms import TYPE, Term, iri, iri_value
from almaty_graph.web.portal.claims import Claims
from almaty_graph.web.portal.labels import Labels
from almaty_graph.web.portal.tables import print_csv

SIZE: Final = 1040
# Around the process, from the inside: how far from it a ring is, how many letters of a name it has room
# for, and the classes that stand on it.
_RINGS: Final = (
    (170, 17, ("State",)),
    (300, 16, ("Meeting",)),
    (
        420,
        34,
        (
            "Process",
            "IntergovernmentalOrganization",
            "NationalAgency",
            "NonGovernmentalOrganization",
            "Organization",
            "Programme",
            "Office",
            "Post",
            "WorkingGroup",
        ),
    ),
)
_CONCLUSION = iri(DEF + "Conclusion")


@dataclass(frozen=True)
class Node:
    """One stakeholder or meeting: its class, its place, how its name is turned, how much of it fits.

    The one in the middle has room for all of it: `room` is 0.
    """

    name: Term
    kind: str
    x: float
    y: float
    angle: float
    room: int

    @property
    def is_left(self) -> bool:
        """Whether its name is read towards it."""
        return 90 < self.angle % 360 < 270


@dataclass(frozen=True)
class Edge:
    """One conclusion that relates two of them."""

    conclusion: Term
    start: Node
    relation: Term
    end: Node


class Network:
    """Who and what is related to whom."""

    title = "Who is related to whom"

    def __init__(self, record: Record) -> None:
        self.record, self.claims, self.labels = record, Claims(record), Labels(record)

    @cached_property
    def edges(self) -> list[Edge]:
        """The relations, by who is related, by which relation, to whom."""
        kinds = {
            name: kind
            for *_, classes in _RINGS
            for kind in classes
            for name in self.record.subjects(TYPE, iri(DEF + kind))
        }
        rows = [self.claims.row(name) for name in self.record.subjects(TYPE, _CONCLUSION)]
        related = [
            (row.claim, row.subject, row.says, row.object)
            for row in rows
            if row.says and row.object and row.subject in kinds and row.object in kinds
        ]
        degrees = Counter(end for _, start, _, other in related for end in (start, other))
        names = sorted(degrees, key=lambda name: (-degrees[name], name))
        nodes = {node.name: node for node in _place({name: kinds[name] for name in names})}
        edges = [Edge(claim, nodes[start], says, nodes[end]) for claim, start, says, end in related]
        return sorted(
            edges, key=lambda edge: (edge.start.name, edge.relation, edge.end.name, edge.conclusion)
        )

    @cached_property
    def nodes(self) -> list[Node]:
        """All that is related to anything."""
        return list({node.name: node for edge in self.edges for node in (edge.start, edge.end)}.values())

    def drawn(self) -> dict[str, object]:
        """What the picture shows."""
        relations = Counter(edge.relation for edge in self.edges)
        return {"picture": self if self.edges else None, "size": SIZE, "relations": relations.most_common()}

    def table(self) -> str:
        """The relations as CSV."""
        rows = [
            (
                self.labels.of(edge.start.name),
                self.labels.of(edge.relation),
                self.labels.of(edge.end.name),
                *map(iri_value, (edge.start.name, edge.relation, edge.end.name, edge.conclusion)),
            )
            for edge in self.edges
        ]
        columns = ("from", "relation", "to", "fromIri", "relationIri", "toIri", "conclusion")
        return print_csv(columns, rows)

    def elements(self) -> str:
        """The network in the JSON of Cytoscape: nodes where they stand, edges with what they say."""
        nodes = [
            {
                "data": {
                    "id": iri_value(node.name),
                    "label": self.labels.of(node.name),
                    "kind": node.kind,
                    "href": self.labels.link(node.name),
                },
                "position": {"x": node.x, "y": node.y},
            }
            for node in self.nodes
        ]
        edges = [
            {
                "data": {
                    "id": iri_value(edge.conclusion),
                    "source": iri_value(edge.start.name),
                    "target": iri_value(edge.end.name),
                    "relation": iri_value(edge.relation),
                    "label": self.labels.of(edge.relation),
                    "href": self.labels.link(edge.conclusion),
                }
            }
            for edge in self.edges
        ]
        return json.dumps({"elements": {"nodes": nodes, "edges": edges}}, ensure_ascii=False)


def _place(kinds: dict[Term, str]) -> list[Node]:
    """The process that comes first in the middle, everything else on the ring of its class, evenly."""
    middle = next((name for name, kind in kinds.items() if kind == "Process"), None)
    nodes = [Node(middle, kinds[middle], SIZE / 2, SIZE / 2, 0, 0)] if middle else []
    for radius, room, classes in _RINGS:
        ring = sorted(name for name, kind in kinds.items() if kind in classes and name != middle)
        ring.sort(key=lambda name: classes.index(kinds[name]))
        for number, name in enumerate(ring):
            turn = math.tau * (number + 0.5) / len(ring)
            x, y = (round(SIZE / 2 + radius * part, 1) for part in (math.cos(turn), math.sin(turn)))
            nodes.append(Node(name, kinds[name], x, y, round(math.degrees(turn), 1), room))
    return nodes
