"""Decides how the repository is held against its shapes, which are judged too; each result has its rule."""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

import pyoxigraph as ox

from almaty_graph.bridge import node_of, term_of
from almaty_graph.names import SH, SHAPES
from almaty_graph.terms import Term, Triple, iri
from almaty_graph.validation.data import Data
from almaty_graph.validation.judge import report_on
from almaty_graph.validation.report import Result, read_results
from almaty_graph.validation.shapes import Shapes, ShapesError


def validate(data: Iterable[Triple], shapes: Iterable[Triple]) -> tuple[Result, ...]:
    """The validation results of the data under the shapes, sorted; none of them if it conforms.

    The shapes are themselves validated (SHACL-SHACL); ShapesError says what is wrong with them. Nothing is
    imported, nothing is inferred.
    """
    judged = tuple(shapes)
    wrong = _results(judged, _shapes_of_shapes())
    if wrong:
        raise ShapesError("the shapes are ill-formed: " + "; ".join(map(str, wrong)))
    return _results(data, judged)


def _results(data: Iterable[Triple], shapes: Iterable[Triple]) -> tuple[Result, ...]:
    quads = (ox.Quad(*map(node_of, triple)) for triple in data)  # type: ignore[arg-type]  # no literal is a subject
    report, _ = report_on(Data(quads), Shapes(shapes))
    return tuple(sorted(read_results(report), key=repr))


@cache
def _shapes_of_shapes() -> tuple[Triple, ...]:
    """SHACL for SHACL (appendix C of SHACL), which comes with pySHACL."""
    text = files("pyshacl").joinpath("assets", "shacl-shacl.ttl").read_bytes()
    parsed = ox.parse(text, format=ox.RdfFormat.TURTLE)
    return tuple(Triple(term_of(q.subject), term_of(q.predicate), term_of(q.object)) for q in parsed)


def rule_of(result: Result) -> Term:
    """The rule that a result is of: a SPARQL constraint, whose shape is only the node shape, or the shape."""
    named = (result.constraint or "", result.shape)
    return next((name for name in named if name.startswith(f"<{SHAPES}")), result.shape)


def named_constraints(shapes: Iterable[Triple]) -> frozenset[Term]:
    """The names of the rules: whatever has a message that a result can carry."""
    return frozenset(t.subject for t in shapes if t.predicate == iri(SH + "message"))
