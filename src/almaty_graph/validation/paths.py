"""Decides how a property path of SHACL (2.3.1) is followed in SPARQL."""

from dataclasses import dataclass
from typing import Final

from almaty_graph.names import RDF
from almaty_graph.terms import Term, iri, is_iri
from almaty_graph.validation.shapes import Shapes, ShapesError

_FIRST: Final = iri(RDF + "first")
_REPEATED: Final = {"zeroOrMorePath": "*", "oneOrMorePath": "+", "zeroOrOnePath": "?"}


@dataclass(frozen=True)
class Path:
    """A path as SPARQL writes it; `steps` of a sequence, `predicate` or `inverse` of a single triple."""

    text: str
    steps: tuple["Path", ...] = ()
    predicate: Term | None = None
    inverse: Term | None = None

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
        return Path("/".join(_grouped(each) for each in steps), steps)
    if inverse := shapes.value(node, "inversePath"):
        path = read_path(shapes, inverse, within)
        return Path("^" + _grouped(path), inverse=path.predicate)
    if alternatives := shapes.value(node, "alternativePath"):
        ways = [read_path(shapes, each, within) for each in shapes.items(alternatives)]
        return Path("|".join(map(_grouped, ways)))
    for name, mark in _REPEATED.items():
        if repeated := shapes.value(node, name):
            return Path(_grouped(read_path(shapes, repeated, within)) + mark)
    raise ShapesError(
        f"found no path at {node}: an IRI, a list, or one of the forms of SHACL 2.3.1 is needed"
    )


def _grouped(path: Path) -> str:
    return path.text if path.predicate else f"({path.text})"
