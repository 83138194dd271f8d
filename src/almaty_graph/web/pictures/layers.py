"""Decides where the boxes of a diagram stand: in columns, so that most arrows lead to the right."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

_SWEEPS: Final = 12
_SETTLING: Final = 60
_GAP: Final = 16  # between boxes one above the other
_LANE: Final = 8  # height of an arrow that passes a column

Edge = tuple[str, str]
Node = str | tuple[str, str, int]  # a box, or where an arrow passes a column


@dataclass(frozen=True)
class Arrangement:
    """The column and the top of each box; for each arrow, the middle at which it passes each column."""

    columns: dict[str, int]
    tops: dict[str, float]
    lanes: dict[Edge, list[float]]
    height: float


def arrange(heights: Mapping[str, int], edges: Mapping[Edge, int]) -> Arrangement:
    """The arrangement of boxes of these heights, for arrows of these weights."""
    columns = _columns(heights, edges)
    chains = {edge: _chain(edge, columns) for edge in sorted(edges)}
    links = sorted({link for chain in chains.values() for link in pairwise(chain)}, key=str)
    order: list[list[Node]] = [[] for _ in range(max(columns.values(), default=-1) + 1)]
    for box in sorted(heights):
        order[columns[box]].append(box)
    for chain in chains.values():
        for node in chain[1:-1]:
            if node not in (column := order[_column(node, columns)]):
                column.append(node)
    tops = _place(_untangle(order, links), links, heights)
    lanes = {edge: [tops[node] + _LANE / 2 for node in chain[1:-1]] for edge, chain in chains.items()}
    height = max((tops[box] + heights[box] for box in heights), default=0)
    return Arrangement(columns, {box: tops[box] for box in heights}, lanes, height)


def _columns(boxes: Iterable[str], edges: Mapping[Edge, int]) -> dict[str, int]:
    """The column of each box: one after the last of those that lead to it."""
    order = {box: place for place, box in enumerate(_ordered(boxes, edges))}
    columns = dict.fromkeys(order, 0)
    for box in list(columns):
        for edge in sorted(edges):
            if box in edge:
                other = edge[edge[0] == box]
                if order[other] > order[box]:
                    columns[other] = max(columns[other], columns[box] + 1)
    return columns


def _ordered(boxes: Iterable[str], edges: Mapping[Edge, int]) -> list[str]:
    """The boxes so that little weight leads back (Eades, Lin and Smyth 1993)."""
    left, first, last = sorted(boxes), list[str](), list[str]()

    def weight(box: str, end: int) -> int:
        return sum(n for edge, n in edges.items() if edge[end] == box and edge[1 - end] in left)

    while left:
        if sinks := [box for box in left if not weight(box, 0)]:
            last.insert(0, sinks[0])
            left.remove(sinks[0])
        else:
            box = max(left, key=lambda each: weight(each, 0) - weight(each, 1))
            first.append(box)
            left.remove(box)
    return first + last


def _chain(edge: Edge, columns: Mapping[str, int]) -> list[Node]:
    """An arrow from left to right, with the columns that it passes."""
    left, right = sorted(edge, key=lambda box: columns[box])
    first, second = sorted(edge)
    passed = range(columns[left] + 1, columns[right])
    return [left, *((first, second, column) for column in passed), right]


def _column(node: Node, columns: Mapping[str, int]) -> int:
    return columns[node] if isinstance(node, str) else node[2]


def _untangle(order: list[list[Node]], links: list[tuple[Node, Node]]) -> list[list[Node]]:
    """The columns, each in the order in which the fewest arrows cross, as far as sweeping finds it."""
    best, fewest = order, _crossings(order, links)
    for sweep in range(_SWEEPS):
        side = sweep % 2
        order = [list(column) for column in order]
        for column in order if side == 0 else reversed(order):
            at = {node: place / len(each) for each in order for place, node in enumerate(each)}
            column.sort(key=lambda node: (_mean(_beside(node, links, side), at, at[node]), str(node)))
        if (crossings := _crossings(order, links)) < fewest:
            best, fewest = order, crossings
    return best


def _beside(node: Node, links: list[tuple[Node, Node]], side: int) -> list[Node]:
    """What a node is linked with on its left (0) or on its right (1)."""
    return [link[side] for link in links if link[1 - side] == node]


def _mean(nodes: list[Node], at: Mapping[Node, float], otherwise: float) -> float:
    return sum(at[node] for node in nodes) / len(nodes) if nodes else otherwise


def _crossings(order: list[list[Node]], links: list[tuple[Node, Node]]) -> int:
    at = {node: place for column in order for place, node in enumerate(column)}
    column_of = {node: number for number, column in enumerate(order) for node in column}
    return sum(
        (at[a] - at[c]) * (at[b] - at[d]) < 0
        for n, (a, b) in enumerate(links)
        for c, d in links[:n]
        if column_of[a] == column_of[c]
    )


def _place(
    order: list[list[Node]], links: list[tuple[Node, Node]], heights: Mapping[str, int]
) -> dict[Node, float]:
    """The top of each node: near what it is linked with, none over another."""
    high = {node: heights[node] if isinstance(node, str) else _LANE for column in order for node in column}
    tops: dict[Node, float] = dict.fromkeys(high, 0)
    beside = {node: _beside(node, links, 0) + _beside(node, links, 1) for node in high}
    for sweep in range(_SETTLING):
        for column in order if sweep % 2 == 0 else reversed(order):
            middles = {node: tops[node] + high[node] / 2 for node in high}
            wished = {node: _mean(beside[node], middles, middles[node]) - high[node] / 2 for node in column}
            tops |= _apart(wished, high)
    least = min(tops.values(), default=0)
    return {node: round(top - least, 1) for node, top in tops.items()}


def _apart(wished: Mapping[Node, float], high: Mapping[Node, int]) -> dict[Node, float]:
    """The tops of a column in its order, as near to those wished as can be: what meets moves together."""
    blocks, below = list[tuple[float, list[Node]]](), dict[Node, float]()
    deep: float = 0
    for node, top in wished.items():
        below[node] = deep
        deep += high[node] + (_GAP if isinstance(node, str) else 0)
        begin, nodes = top - below[node], [node]
        while blocks and blocks[-1][0] >= begin:
            before, others = blocks.pop()
            begin = (before * len(others) + begin * len(nodes)) / (len(others) + len(nodes))
            nodes = others + nodes
        blocks.append((begin, nodes))
    return {node: begin + below[node] for begin, nodes in blocks for node in nodes}
