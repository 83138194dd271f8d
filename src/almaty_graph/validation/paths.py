"""Decides what a property path of SHACL (2.3.1) is made of, and how it is followed in SPARQL."""

from dataclasses import dataclass
from typing import Final

from almaty_graph.names import RDF
from almaty_graph.terms import Term, iri, is_iri
from almaty_graph.validation.shapes import Shapes, ShapesError

_FIRST: Final = iri(RDF + "first")
_REPEATED: Final = {"zeroOrMorePath": "*", "oneOrMorePath": "+", "zeroOrOnePath": "?"}


@dataclass(frozen=True)
class Path:
    """A path as SPARQL writes it, and what it is: a predicate, `steps`, `ways`, an inverse, a repetition.

    Without any of them it is the empty path, from a node to itself. The `mark` of what is repeated is one of
    `*`, `+` and `?`.
    """

    text: str
    predicate: Term | None = None
    steps: tuple["Path", ...] = ()
    ways: tuple["Path", ...] = ()
    inverse: "Path | None" = None
    repeated: "Path | None" = None
    mark: str = ""

    def triple(self, start: str, end: str) -> str:
        """The pattern of a path from one variable or term to another."""
        return f"{start} {self.text} {end} . "


def read_path(shapes: Shapes, node: Term, within: tuple[Term, ...] = ()) -> Path:
    """The path that a node of the shapes graph stands for; ShapesError for one that is none."""
    if node in within:
        raise ShapesError(f"the path at {node} contains itself")
    if is_iri(node):
        return Path(node, predicate=node)
    within = (*within, node)
    row = shapes.row(node)
    if _FIRST in row:
        steps = tuple(read_path(shapes, each, within) for each in shapes.items(node))
        if len(steps) < 2:
            raise ShapesError(f"the path at {node} is a sequence of {len(steps)} steps; it has two or more")
        return sequence(steps)
    if inverse := shapes.value(node, "inversePath"):
        path = read_path(shapes, inverse, within)
        return Path("^" + _grouped(path), inverse=path)
    if alternatives := shapes.value(node, "alternativePath"):
        ways = tuple(read_path(shapes, each, within) for each in shapes.items(alternatives))
        return Path("|".join(map(_grouped, ways)), ways=ways)
    for name, mark in _REPEATED.items():
        if repeated := shapes.value(node, name):
            path = read_path(shapes, repeated, within)
            return Path(_grouped(path) + mark, repeated=path, mark=mark)
    raise ShapesError(
        f"found no path at {node}: an IRI, a list, or one of the forms of SHACL 2.3.1 is needed"
    )


def sequence(steps: tuple[Path, ...]) -> Path:
    """The path of some steps, one after the other; of one step, that."""
    return steps[0] if len(steps) == 1 else Path("/".join(map(_grouped, steps)), steps=steps)


def reverse(path: Path) -> Path:
    """The path that leads back: inverse only where a single triple is."""
    if path.predicate:
        return Path("^" + path.text, inverse=path)
    if path.inverse:
        return path.inverse
    if path.steps:
        return sequence(tuple(map(reverse, reversed(path.steps))))
    if path.ways:
        ways = tuple(map(reverse, path.ways))
        return Path("|".join(map(_grouped, ways)), ways=ways)
    if path.repeated:
        back = reverse(path.repeated)
        return Path(_grouped(back) + path.mark, repeated=back, mark=path.mark)
    return path


def _grouped(path: Path) -> str:
    return path.text if path.predicate else f"({path.text})"
