"""A validation says what pySHACL says, whatever the shapes and the data, and all that the W3C expects."""

import warnings
from collections import Counter
from collections.abc import Callable

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib import Graph, Literal
from rdflib.compare import isomorphic
from rdflib.namespace import SH as SH_TERMS

from almaty_graph.bridge import node_of, rdflib_graph
from almaty_graph.names import XSD
from almaty_graph.terms import Triple, iri, literal
from almaty_graph.validation.data import Data
from almaty_graph.validation.judge import Choice, judge, report_on
from almaty_graph.validation.shapes import Shapes, ShapesError
from conftest import shared
from random_shapes import X, data_graphs, shapes_graphs
from shacl_suite import MANIFEST, SuiteTest, is_expected, read_suite, triples_of

Maker = Callable[[], Graph]
SUITE = list(read_suite()) if MANIFEST.exists() else []
# What is not as the suite expects, and why.
MISSES = {
    "property/uniqueLang-002": 'pySHACL takes "1"^^xsd:boolean for true; by SHACL only true is',
    "pre-binding/shapesGraph-001": "pySHACL knows no $shapesGraph, and says so",
}
# PropertyConstraintComponent has results of the nested shape in its place.
NOT_CORE = ("JS", "SPARQL", "Expression", "Property", "Constraint", "source")
COMPONENTS = {
    name
    for name in SH_TERMS.__annotations__
    if name.endswith("ConstraintComponent") and not name.startswith(NOT_CORE)
}

pytestmark = [
    pytest.mark.filterwarnings("ignore:Parsing weird boolean:UserWarning"),
    pytest.mark.filterwarnings("ignore::pyshacl.errors.ShapeRecursionWarning"),
]


def data_of(triples: list[Triple] | tuple[Triple, ...]) -> Data:
    return Data(ox.Quad(*map(node_of, triple)) for triple in triples)  # type: ignore[arg-type]  # no literal is a subject


def told(report: Graph) -> Graph:
    """A report with its messages up to the order of what they list; those about blank nodes are left out."""
    found = Graph()
    for subject, predicate, value in report:
        if predicate != SH_TERMS.resultMessage:
            found.add((subject, predicate, value))
        elif "[ " not in str(value):
            found.add((subject, predicate, Literal("".join(sorted(str(value))))))
    return found


def both(data: tuple[Triple, ...], shapes: tuple[Triple, ...]) -> tuple[Graph | None, Graph | None]:
    """Our report and that of pySHACL by itself; None for shapes that it refuses."""
    reports: list[Graph | None] = []
    makers: tuple[Maker, ...] = (
        lambda: report_on(data_of(data), Shapes(shapes))[0],
        lambda: judge(rdflib_graph(data, {}), rdflib_graph(shapes, {})),
    )
    for make in makers:
        try:
            reports.append(make())
        except ShapesError:
            reports.append(None)
    return reports[0], reports[1]


def test_the_suite_is_there() -> None:
    shared("suites/shacl")
    assert len(SUITE) == 120


@pytest.mark.slow
@pytest.mark.parametrize("test", SUITE, ids=lambda test: test.name)
def test_a_report_is_as_the_w3c_expects(test: SuiteTest) -> None:
    data, prefixes = test.read(test.data)
    shapes = data if test.shapes == test.data else test.read(test.shapes)[0]
    reports: list[Graph | None] = []
    for searching in (True, False):
        try:
            report, _ = report_on(
                Data(data, dict(prefixes)), Shapes(triples_of(shapes)), prefixes, Choice(searching=searching)
            )
        except ShapesError:
            reports.append(None)
        else:
            reports.append(report)
    ours, reference = reports
    assert (ours is None) == (reference is None)
    assert ours is None or reference is None or isomorphic(told(ours), told(reference))
    as_expected = (
        ours is None if test.expected is None else ours is not None and is_expected(ours, test.expected)
    )
    assert as_expected == (test.name not in MISSES)


def test_every_miss_is_of_a_test() -> None:
    shared("suites/shacl")
    assert MISSES.keys() <= {test.name for test in SUITE}


SEEN: Counter[str] = Counter()
COMPARED: Counter[bool] = Counter()


def compare(shapes: tuple[Triple, ...], data: tuple[Triple, ...]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, reference = both(data, shapes)
    # Where pySHACL refuses to compare blank nodes, there is no report to be equal to.
    if reference is not None:
        assert ours is not None
        assert isomorphic(told(ours), told(reference))
        SEEN.update(component_of(each) for each in ours.objects(None, SH_TERMS.sourceConstraintComponent))
    COMPARED[reference is not None] += 1


def component_of(name: object) -> str:
    return str(name).rpartition("#")[2]


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(shapes_graphs(), data_graphs())
def test_random_shapes_are_judged_as_pyshacl_judges(
    shapes: tuple[Triple, ...], data: tuple[Triple, ...]
) -> None:
    compare(shapes, data)


@pytest.mark.slow
def test_two_thousand_random_shapes_are_judged_as_pyshacl_judges_and_break_every_component() -> None:
    # The same pairs each time, so that what they reach does not change by chance; the test above has others.
    @settings(max_examples=2100, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(shapes_graphs(), data_graphs())
    def run(shapes: tuple[Triple, ...], data: tuple[Triple, ...]) -> None:
        compare(shapes, data)

    COMPARED.clear()
    run()
    assert COMPARED[True] >= 2000
    assert len(COMPONENTS) == 28
    assert SEEN.keys() >= COMPONENTS


NUMBERS = r"[+-]?0{0,2}\d{0,3}(\.\d{0,3})?([eE]\d)?"
DATES = r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?"
FORMS = rf"{NUMBERS}|{DATES}|-?P\d[DMY]|true|1"
DATATYPES = [
    *(XSD + name for name in ("integer", "decimal", "double", "float", "boolean", "byte", "unsignedInt")),
    *(XSD + name for name in ("date", "dateTime", "time", "gYear", "duration", "dateTimeStamp")),
    *(XSD + name for name in ("yearMonthDuration", "string", "anyURI")),
    X + "d",
]
LITERALS = st.builds(
    literal,
    st.one_of(st.text(max_size=8), st.from_regex(FORMS, fullmatch=True)),
    st.sampled_from(DATATYPES),
)


@settings(max_examples=500, deadline=None)
@given(st.lists(LITERALS, min_size=1, max_size=5, unique=True))
def test_a_literal_is_had_back_as_it_was_written(literals: list[str]) -> None:
    data = data_of([Triple(iri(X + "a"), iri(X + "p"), each) for each in literals])
    found = [value for _, _, value in data.triples(None, None, None)]
    assert Counter(found) == Counter(map(node_of, literals))
    for each in literals:
        assert [value for _, _, value in data.triples(None, None, node_of(each))] == [node_of(each)]


SPARQL = """SELECT $this ?value WHERE {{ {} }}"""
OTHER = "OPTIONAL { ?value <x:q> ?n } ?other <x:p> ?value . FILTER(?other != $this)"
COUNTED = "{ SELECT $this (COUNT(?v) AS ?n) { $this <x:p> ?v } GROUP BY $this }"
QUERIES = {
    "plain": "$this <x:p> ?value . FILTER(?value > 2)",
    "variables by other names": "$this <x:p> ?any . ?other <x:q> ?any . BIND(?any AS ?value)",
    "optional before triples": f"$this <x:p> ?value . {OTHER}",
    "not well-designed": "OPTIONAL { $this <x:q> ?value } $this <x:p> ?value .",
    "union": "{ $this <x:p> ?value FILTER(?value = 1) } UNION { $this <x:q> ?value FILTER(isIRI($this)) }",
    "without": "$this <x:p> ?value . FILTER NOT EXISTS { $this <x:q> ?value }",
    "bound by BIND": "BIND($this AS ?that) ?that <x:p> ?value",
    "nested select": f"$this <x:p> ?value . {COUNTED} FILTER(?n > 1)",
    "filter alone": "$this <x:p> ?value . FILTER($this = <x:a>)",
    "optional twice": "OPTIONAL { $this <x:p> ?value OPTIONAL { ?value <x:q> ?y FILTER($this = <x:a>) }}",
}
FACTS = "a p 1|a p 2|a p 3|a q 2|b p 3|b p 1|b q 5|c p c|c q 1|d q d"


@pytest.mark.parametrize("pattern", QUERIES.values(), ids=QUERIES)
def test_a_query_of_a_shape_finds_what_it_finds_with_each_node_bound(pattern: str) -> None:
    def term(name: str) -> str:
        return literal(name, XSD + "integer") if name.isdigit() else iri(f"x:{name}")

    facts = tuple(Triple(*map(term, line.split())) for line in FACTS.split("|"))
    shapes = tuple(
        Triple(iri("x:S"), iri(str(SH_TERMS) + name), value)
        for name, value in (
            ("targetSubjectsOf", iri("x:p")),
            ("targetSubjectsOf", iri("x:q")),
            ("sparql", iri("x:C")),
        )
    )
    shapes += (Triple(iri("x:C"), iri(str(SH_TERMS) + "select"), literal(SPARQL.format(pattern))),)
    ours, reference = both(facts, shapes)
    assert ours is not None
    assert reference is not None
    assert isomorphic(told(ours), told(reference))


PREFIXES = """PREFIX sh: <http://www.w3.org/ns/shacl#> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX : <x:> """
K = ':K sh:select "SELECT $this ?value WHERE { $this <x:p> ?value }" .'
ABSENT = ':K sh:select "SELECT $this WHERE { FILTER NOT EXISTS { $this <x:p> ?value } }" .'
A_AND_B = ":a a :C ; :p 1 ; :s :b . :b a :D ; :p 2 ."
CASES = {
    "a target that no triple has": (f":S sh:targetClass :C ; sh:targetNode :z ; sh:sparql :K . {ABSENT}", A_AND_B),
    "literals": (f":S sh:targetClass :C ; sh:targetObjectsOf :p ; sh:sparql :K . {ABSENT}", A_AND_B),
    "literals of another shape": (
        f":S sh:targetClass :C ; sh:sparql :K . :T sh:targetObjectsOf :p ; sh:sparql :K . {ABSENT}", A_AND_B
    ),
    "nested elsewhere": (
        f":S sh:targetClass :C ; sh:sparql :K . :N a sh:NodeShape ; sh:sparql :K . "
        f":T sh:targetClass :C ; sh:property [ sh:path :s ; sh:node :N ] . {K}", A_AND_B
    ),
    "denied elsewhere": (
        f":S sh:targetClass :C ; sh:sparql :K . :N a sh:NodeShape ; sh:sparql :K . "
        f":T sh:targetClass :C ; sh:property [ sh:path :s ; sh:not :N ] . {K}", A_AND_B
    ),
    "of a shape that is aimed and referred to": (
        ":S a sh:NodeShape ; sh:targetClass :C ; sh:property :Q . :Q sh:path :s ; sh:sparql :K . "
        f":T sh:targetNode :a ; sh:property [ sh:path :s ; sh:node :S ] . {K}", A_AND_B
    ),
    "an expression of the node": (
        ':S sh:targetClass :C ; sh:sparql [ sh:select "SELECT ($this AS ?value) WHERE { $this <x:p> ?x }" ] .', A_AND_B
    ),
    "ill-typed octets": (
        ":S sh:targetSubjectsOf :p ; sh:property [ sh:path :p ; sh:datatype xsd:hexBinary ] .",
        ':a :p "0g"^^xsd:hexBinary . :b :p "0AFF"^^xsd:hexBinary .',
    ),
    "midnight at the end of a day": (
        ":S sh:targetSubjectsOf :p ; sh:property [ sh:path :p ; sh:datatype xsd:time ] .", ':a :p "24:00:00"^^xsd:time .'
    ),
    "a class without a name": (
        ":S sh:targetClass :V ; sh:nodeKind sh:Literal .", ":e a _:q . _:q rdfs:subClassOf :V . :f a :V ."
    ),
    "a duration": (
        ':S sh:targetObjectsOf :p ; sh:minInclusive "P1D"^^xsd:duration .', ':a :p "P2D"^^xsd:dayTimeDuration .'
    ),
    "the datatype of a byte": (
        f':S sh:targetSubjectsOf :p ; sh:sparql :K . {K[:-5]} FILTER(datatype(?value) = xsd:byte) }}" .'.replace(
            "xsd:byte) ", "<http://www.w3.org/2001/XMLSchema#byte>) "
        ),
        ':a :p "5"^^xsd:byte . :b :p 5 .',
    ),
    "the digits of a number": (
        f':S sh:targetSubjectsOf :p ; sh:sparql :K . {K[:-5]} FILTER(strlen(str(?value)) = 2) }}" .',
        ':a :p "01"^^xsd:integer . :b :p 5 .',
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_no_result_is_missed(case: str) -> None:
    shapes, data = (
        triples_of(list(ox.parse(PREFIXES + text, format=ox.RdfFormat.TURTLE))) for text in CASES[case]
    )
    ours, reference = both(tuple(data), tuple(shapes))
    assert ours is not None
    assert reference is not None
    assert len(list(reference.objects(None, SH_TERMS.result))) > 0
    assert isomorphic(told(ours), told(reference))
