"""The quality of a release is measured, told in DQV and EARL, and shown with its history."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from flask.testing import FlaskClient
from rdflib.compare import isomorphic
from rdflib.namespace import RDF

from almaty_graph.engine.client import Engine
from almaty_graph.engine.language.query import Query
from almaty_graph.formats import JSON
from almaty_graph.names import DATASET, DEF, DQV, EARL, GRAPH, PREFIXES, QUALITY, SHAPES
from almaty_graph.release import Release
from almaty_graph.release.archive import Archive
from almaty_graph.release.building import seal, write
from almaty_graph.release.quality import FILE, history, read_quality
from almaty_graph.sources import Sources
from almaty_graph.validation.sentences import tell_shapes
from almaty_graph.validation.shapes import Shapes

HEAD = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())
CLAIM = "?x a ?kind . ?kind rdfs:subClassOf def:Claim ."
THING = (
    f"GRAPH <{GRAPH}register> {{ ?x a ?kind FILTER(STRSTARTS(STR(?kind), '{DEF}') && ?kind != def:Source) }}"
)
LINKED = "FILTER EXISTS { ?link a def:Link ; rdf:subject ?x }"
# What an independent query counts: the measured, and of how many.
COUNTED = {
    "claims": (CLAIM, None),
    "sources": ("?x a def:Source", None),
    "things": (THING, None),
    "cited": (f"{CLAIM} FILTER EXISTS {{ ?x prov:wasDerivedFrom ?p }}", CLAIM),
    "quoted": ("?x a def:Passage ; oa:exact ?quote", "?x a def:Passage"),
    "placed": ("?x a def:Passage ; def:firstLine|def:section ?place", "?x a def:Passage"),
    "archived": ("?x a def:Source ; schema:archivedAt ?copy", "?x a def:Source"),
    "attested": (
        "?x a def:Conclusion ; def:supportedBy ?one , ?other . "
        "GRAPH ?g { ?one a ?k } GRAPH ?h { ?other a ?l } FILTER(?g != ?h)",
        "?x a def:Conclusion",
    ),
    "linked": (f"{THING} {LINKED}", THING),
    "linked-state": (f"{THING} {LINKED} FILTER(?kind = def:State)", f"{THING} FILTER(?kind = def:State)"),
    "in-russian": (f"{THING} ?x skos:prefLabel ?l FILTER(LANG(?l) = 'ru')", THING),
    "in-english": (f"{THING} ?x skos:prefLabel ?l FILTER(LANG(?l) = 'en')", THING),
    "disagreements": ("?x a def:Disagreement", None),
    "undisputed": (
        "?x a def:Conclusion FILTER NOT EXISTS { ?x def:contradictedBy ?c }",
        "?x a def:Conclusion",
    ),
    "settled": ("?x a def:Conclusion FILTER NOT EXISTS { ?x def:leavesOpen ?c }", "?x a def:Conclusion"),
}


@pytest.fixture(scope="module")
def told(release: Release) -> rdflib.Graph:
    return rdflib.Graph().parse(data=release.read(FILE), format="turtle")


def count(engine: Engine, pattern: str) -> int:
    query = Query.parse(f"{HEAD} SELECT (COUNT(DISTINCT ?x) AS ?n) {{ {pattern} }}")
    [row] = json.loads(engine.answer(query, JSON).read())["results"]["bindings"]
    return int(row["n"]["value"])


@pytest.mark.parametrize("name", COUNTED)
def test_a_figure_is_what_a_query_counts(engine: Engine, told: rdflib.Graph, name: str) -> None:
    pattern, whole = COUNTED[name]
    number, of = count(engine, pattern), count(engine, whole) if whole else None
    measured = rdflib.URIRef(f"{QUALITY}measured-{name}")
    value = told.value(measured, rdflib.URIRef(DQV + "value"))
    assert str(value) == (str(number) if of is None else f"{number / of:.4f}")
    said = told.value(measured, rdflib.RDFS.comment)
    assert (None if said is None else str(said)) == (None if of is None else f"{number:,} of {of:,}")


def test_dates_are_counted_by_their_precision(release: Release) -> None:
    figures = {each.name: float(each.value) for each in read_quality(release.read(FILE))}
    shares = [figures[f"to-the-{unit}"] for unit in ("day", "month", "year")]
    assert sum(shares) == pytest.approx(1, abs=0.001)
    assert min(shares) > 0


def test_each_measurement_is_of_a_metric_in_a_dimension_and_on_the_dataset(told: rdflib.Graph) -> None:
    dqv = rdflib.Namespace(DQV)
    measurements = set(told.subjects(RDF.type, dqv.QualityMeasurement))
    assert measurements == set(told.objects(rdflib.URIRef(DATASET), dqv.hasQualityMeasurement))
    assert len(measurements) > 20
    for each in measurements:
        metric = told.value(each, dqv.isMeasurementOf)
        dimension = told.value(metric, dqv.inDimension)
        value = told.value(each, dqv.value)
        assert (metric, RDF.type, dqv.Metric) in told
        assert (dimension, RDF.type, dqv.Dimension) in told
        assert isinstance(value, rdflib.Literal)
        assert value.datatype == told.value(metric, dqv.expectedDataType)
        assert told.value(each, dqv.computedOn) == rdflib.URIRef(DATASET)


def test_each_rule_has_an_outcome_that_the_report_bears_out(release: Release, told: rdflib.Graph) -> None:
    earl = rdflib.Namespace(EARL)
    report = rdflib.Graph().parse(data=release.read("report.ttl"), format="turtle")
    broken = set(map(str, report.objects(None, rdflib.DCTERMS.identifier)))
    outcomes = {
        str(told.value(each, earl.test)).removeprefix(SHAPES): told.value(
            told.value(each, earl.result), earl.outcome
        )
        for each in told.subjects(RDF.type, earl.Assertion)
    }
    assert len(outcomes) > 100
    assert {name for name, outcome in outcomes.items() if outcome == earl.failed} == broken & outcomes.keys()
    assert set(outcomes.values()) == {earl.passed, earl.failed}


def test_all_rules_of_the_shapes_are_asserted(sources: Sources, told: rdflib.Graph) -> None:
    rules = {rule.name[1:-1] for shape in tell_shapes(Shapes(sources.shapes)) for rule in shape.rules}
    tested = set(map(str, told.objects(None, rdflib.URIRef(EARL + "test"))))
    assert tested == {rule for rule in rules if rule.startswith(SHAPES)}


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:Dataset.default_context is deprecated:DeprecationWarning")
def test_quality_is_a_page_and_data(client: FlaskClient, release: Release, told: rdflib.Graph) -> None:
    page = client.get("/quality", headers={"Accept": "text/html"}).text
    for figure in read_quality(release.read(FILE)):
        assert re.search(rf'id="{figure.name}">.*?{re.escape(figure.shown)}</td>', page)
    for suffix, form in (("ttl", "turtle"), ("nt", "nt"), ("rdf", "xml"), ("jsonld", "json-ld")):
        assert isomorphic(rdflib.Graph().parse(data=client.get(f"/quality.{suffix}").data, format=form), told)


def test_releases_kept_together_have_their_figures_side_by_side(release: Release, tmp_path: Path) -> None:
    files = {name: release.read(name) for name in release.files}
    first = write(seal(files), tmp_path)
    measured = files[FILE].partition(b"\nquality:measured-linked-place")
    files[FILE] = b"".join((*measured[:2], measured[2].replace(b'"1.0000"', b'"0.5000"', 1)))
    second = write(seal(files), tmp_path)
    kept = history(Archive(second).folders)
    assert [name for name, _ in kept] == [first.folder.name, second.folder.name]
    assert [figures["linked-place"].value for _, figures in kept] == ["1.0000", "0.5000"]


@pytest.mark.slow
def test_the_command_line_measures_the_repository(release: Release) -> None:
    command = [sys.executable, "-m", "almaty_graph", "quality", "--output", "json"]
    rows = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    measured = {each.name: each.value for each in read_quality(release.read(FILE))}
    assert {row["name"]: row["value"] for row in rows} == measured


def test_its_vocabulary_is_that_of_dqv_and_earl(release: Release) -> None:
    terms = {
        "dqv": {"hasQualityMeasurement", "QualityMeasurement", "computedOn", "isMeasurementOf", "value",
                "Metric", "inDimension", "expectedDataType", "Dimension"},
        "earl": {"Assertion", "assertedBy", "subject", "test", "mode", "automatic", "result", "TestResult",
                 "outcome", "passed", "failed", "info", "Software"},
    }  # fmt: skip
    used = {"dqv": set[str](), "earl": set[str]()}
    for quad in ox.parse(release.read(FILE), format=ox.RdfFormat.TURTLE):
        for term in (quad.predicate, quad.object):
            for prefix, namespace in (("dqv", DQV), ("earl", EARL)):
                if isinstance(term, ox.NamedNode) and term.value.startswith(namespace):
                    used[prefix].add(term.value.removeprefix(namespace))
    assert used == terms
