"""Columns hold triples, paths lead where the engine says, and values are read as pySHACL reads them."""

from functools import partial
from itertools import product

import numpy as np
import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyshacl.rdfutil.compare import compare_literal
from rdflib import Literal as RDFLibLiteral

from almaty_graph.bridge import to_rdflib
from almaty_graph.names import RDFS, XSD
from almaty_graph.terms import TYPE
from almaty_graph.validation.columns import Columns
from almaty_graph.validation.paths import Path, read_path, reverse
from almaty_graph.validation.shapes import Shapes, Unsearchable
from almaty_graph.validation.suspects import walks
from almaty_graph.validation.suspects.comparing import is_ordered, is_well_formed, key_of
from almaty_graph.validation.suspects.walks import Walks
from shacl_suite import triples_of

PREFIX = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix : <x:> . "
NODES = [ox.NamedNode(f"x:{name}") for name in "abcdef"]
PREDICATES = [ox.NamedNode(f"x:{name}") for name in "pqr"]
QUADS = st.lists(
    st.builds(ox.Quad, st.sampled_from(NODES), st.sampled_from(PREDICATES), st.sampled_from(NODES)),
    max_size=14,
)
PATHS = st.recursive(
    st.sampled_from([":p", ":q", ":r"]),
    lambda path: st.one_of(
        st.builds("[ sh:inversePath {} ]".format, path),
        st.builds("( {} {} )".format, path, path),
        st.builds("[ sh:alternativePath ( {} {} ) ]".format, path, path),
        st.builds("[ sh:{}Path {} ]".format, st.sampled_from(["zeroOrMore", "oneOrMore", "zeroOrOne"]), path),
    ),
    max_leaves=5,
)


def path_of(text: str) -> Path:
    shapes = Shapes(triples_of(list(ox.parse(f"{PREFIX} :s sh:path {text} .", format=ox.RdfFormat.TURTLE))))
    return read_path(shapes, shapes.values("<x:s>", "path")[0])


@given(QUADS)
def test_columns_have_the_triples_of_each_pattern_once(quads: list[ox.Quad]) -> None:
    columns = Columns(quads)
    said = {(quad.subject, quad.predicate, quad.object) for quad in quads}
    assert len(columns) == len(said)
    first = list(dict.fromkeys((quad.subject, quad.predicate, quad.object) for quad in quads))
    assert list(columns.statements()) == first
    for pattern in product((None, *NODES[:3]), (None, *PREDICATES), (None, *NODES[:3])):
        expected = [each for each in first if all(a in (None, b) for a, b in zip(pattern, each, strict=True))]
        found = list(columns.triples(pattern))
        assert sorted(found, key=str) == sorted(expected, key=str)
        stated = [(quad.subject, quad.predicate, quad.object) for quad in quads]
        assert columns.place(pattern) == (stated.index(expected[0]) if expected else None)


@settings(max_examples=200, deadline=None)
@given(QUADS, PATHS)
def test_paths_lead_where_the_engine_says(quads: list[ox.Quad], text: str) -> None:
    columns, path, store = Columns(quads), path_of(text), ox.Store()
    store.extend(quads)
    nodes = np.array(
        sorted(columns.numbers[each] for each in NODES if each in columns.numbers), dtype=np.int64
    )
    known = " ".join(str(columns.terms[each]) for each in nodes.tolist())
    rows = store.query(f"SELECT DISTINCT ?s ?o {{ VALUES ?s {{ {known} }} ?s {path.text} ?o }}")
    expected = {(row[0], row[1]) for row in rows}  # type: ignore[union-attr]  # a table
    for way in (path, reverse(reverse(path))):
        places, values = Walks(columns).pairs(way, nodes)
        pairs = zip(nodes[places].tolist(), values.tolist(), strict=True)
        found = [(columns.terms[start], columns.terms[end]) for start, end in pairs]
        assert len(found) == len(set(found))
        assert set(found) == expected
    for wanted in nodes.tolist():
        reached = Walks(columns).reaches(path, nodes, partial(np.equal, wanted))
        starts = {columns.terms[each] for each in nodes[reached].tolist()}
        assert starts == {start for start, end in expected if end == columns.terms[wanted]}


def test_a_path_that_leads_to_too_many_nodes_is_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walks, "_MOST", 8)
    columns = Columns(ox.Quad(*each) for each in product(NODES[:3], PREDICATES[:1], NODES[:3]))
    nodes = np.array([columns.numbers[each] for each in NODES[:3]])
    assert len(Walks(columns).pairs(path_of(":p"), nodes)[0]) == 9
    with pytest.raises(Unsearchable, match="a path leads to more than 8 nodes"):
        Walks(columns).pairs(path_of("( :p :p )"), nodes)


def test_classes_have_the_instances_of_those_below_them() -> None:
    a, below = ox.NamedNode(TYPE[1:-1]), ox.NamedNode(f"{RDFS}subClassOf")
    thing, other, kind, lower, round_ = NODES[:5]
    quads = [
        ox.Quad(thing, a, lower), ox.Quad(other, a, kind), ox.Quad(lower, below, round_),
        ox.Quad(round_, below, kind), ox.Quad(kind, below, lower),
    ]  # fmt: skip
    columns = Columns(quads)
    assert columns.subclasses(str(kind)) == [each for each in columns.terms if each in (lower, round_)]
    assert {columns.terms[each] for each in np.flatnonzero(columns.instances(str(kind))).tolist()} == {
        thing,
        other,
    }


FORMS = st.from_regex(
    r"[+-]?\d{1,4}(\.\d{1,3})?([eE]\d)?|[0-2]\d{3}(-[01]\d(-[0-3]\d)?)?|[12]\d{3}-0[1-9]-[0-3]\dT[0-2]\d:[0-6]\d:\d\dZ?"
    r"|[0-2]\d:[0-6]\d:00Z?|true|false|1|z",
    fullmatch=True,
)
NAMES = [
    "integer", "decimal", "double", "float", "byte", "unsignedShort", "negativeInteger", "boolean", "date",
    "dateTime", "time", "gYear", "gYearMonth", "string",
]  # fmt: skip
LITERALS = st.builds(
    lambda text, name: ox.Literal(text, datatype=ox.NamedNode(XSD + name)), FORMS, st.sampled_from(NAMES)
)


@pytest.mark.filterwarnings("ignore:Parsing weird boolean:UserWarning")
@settings(max_examples=400, deadline=None)
@given(LITERALS, LITERALS, st.sampled_from(["<", "<=", ">", ">="]))
def test_what_is_sure_of_values_is_so_for_pyshacl(one: ox.Literal, other: ox.Literal, sign: str) -> None:
    here, there = to_rdflib(one), to_rdflib(other)
    assert isinstance(here, RDFLibLiteral)
    assert isinstance(there, RDFLibLiteral)
    if is_well_formed(one):
        assert not here.ill_typed
        assert here.value is not None
    if is_ordered(key_of(one), key_of(other), sign):
        compared = compare_literal(here, there)  # type: ignore[no-untyped-call]  # of pySHACL
        assert {"<": compared < 0, "<=": compared <= 0, ">": compared > 0, ">=": compared >= 0}[sign]


@pytest.mark.parametrize(
    ("text", "name"),
    [("7", "integer"), ("-1.50", "decimal"), ("1e3", "double"), ("2024-02-29", "date"), ("12", "byte"),
     ("2024-02-29T23:59:59Z", "dateTime"), ("true", "boolean"), ("23:00:00", "time"), ("1999", "gYear")],
)  # fmt: skip
def test_usual_forms_are_known_to_be_well_formed(text: str, name: str) -> None:
    assert is_well_formed(ox.Literal(text, datatype=ox.NamedNode(XSD + name)))


@pytest.mark.parametrize(
    ("text", "name"),
    [("300", "byte"), ("-1", "unsignedShort"), ("2023-02-29", "date"), ("2024-01-01T24:00:00", "dateTime"),
     ("24:00:00", "time"), ("1999-13", "gYearMonth"), ("x", "integer"), ("0000", "gYear")],
)  # fmt: skip
def test_what_is_not_surely_well_formed_is_left_to_pyshacl(text: str, name: str) -> None:
    assert not is_well_formed(ox.Literal(text, datatype=ox.NamedNode(XSD + name)))
