"""Another validator agrees with ours, on what is published and on data made to break shapes."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pyshacl_turbo
import pytest
from rdflib import Graph
from rdflib.namespace import RDF, SH

from almaty_graph.bridge import node_of, rdflib_graph
from almaty_graph.names import GRAPH
from almaty_graph.sources import Sources
from almaty_graph.terms import Triple, iri
from almaty_graph.validation.data import Data
from almaty_graph.validation.judge import report_on
from almaty_graph.validation.shapes import Shapes
from conftest import shared
from shacl_suite import triples_of

Told = Counter[tuple[str | None, ...]]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of its own making
]


def told(report: Graph) -> Told:
    """Each result: its focus node, path, value, shape, component and severity."""
    tops = report.objects(report.value(None, RDF.type, SH.ValidationReport), SH.result)
    parts = (SH.focusNode, SH.value, SH.sourceShape, SH.sourceConstraintComponent, SH.resultSeverity)
    return Counter(tuple(str(report.value(each, part)) for part in parts) for each in tops)


def ours_and_theirs(data: list[Triple], shapes: list[Triple]) -> tuple[Told, Told]:
    quads = (ox.Quad(*map(node_of, triple)) for triple in data)  # type: ignore[arg-type]  # no literal is a subject
    ours, _ = report_on(Data(quads), Shapes(shapes))
    _, theirs, _ = pyshacl_turbo.validate(
        rdflib_graph(data, {}), shacl_graph=rdflib_graph(shapes, {}), inference="none", advanced=False
    )
    return told(ours), told(theirs)


def test_what_is_published_is_judged_alike(sources: Sources) -> None:
    things = {quad.subject for quad in sources.asserted}
    view = iri(GRAPH + "view")
    judged = [quad.triple for quad in sources.dataset if quad.graph != view or quad.subject not in things]
    ours, theirs = ours_and_theirs(judged, list(sources.shapes))
    assert ours == theirs
    assert ours.total() >= 2


def test_data_that_break_shapes_are_judged_alike(tmp_path: Path) -> None:
    generator = shared("bench/shacl_gen.py")
    made = subprocess.run(
        [sys.executable, str(generator), "--triples", "10000", "--bad", "0.03"],
        capture_output=True, check=True,
    )  # fmt: skip
    (tmp_path / "data.ttl").write_bytes(made.stdout)
    data, shapes = (
        triples_of(list(ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)))
        for path in (tmp_path / "data.ttl", shared("bench/shacl_shapes.ttl"))
    )
    ours, theirs = ours_and_theirs(data, shapes)
    assert ours == theirs
    assert ours.total() > 20
