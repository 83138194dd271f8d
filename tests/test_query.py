import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from almaty_graph.engine.language.lexical import NESTING, OPERATORS, PATTERNS, Form, read_form
from almaty_graph.engine.language.plain import plain_form
from almaty_graph.engine.language.query import QUERY_BYTES, Query
from almaty_graph.errors import QueryError, QueryTooLong
from almaty_graph.formats import Kind

BODY = "{ ?s ?p ?o }"


@pytest.mark.parametrize(
    ("text", "form", "kind"),
    [
        (f"SELECT * {BODY}", Form.SELECT, Kind.TABLE),
        (f"ask{BODY}", Form.ASK, Kind.TABLE),
        (f"CONSTRUCT WHERE {BODY}", Form.CONSTRUCT, Kind.GRAPH),
        ("DESCRIBE <http://example.org/>", Form.DESCRIBE, Kind.GRAPH),
        (f"# SELECT\nBASE <http://x/> PREFIX : <insert#> PREFIX a.b: <y>\nASK {BODY}", Form.ASK, Kind.TABLE),
        (f"SELECT * {BODY} # INSERT ' {{ (", Form.SELECT, Kind.TABLE),
    ],
)
def test_the_form_of_a_query_decides_what_carries_its_answer(text: str, form: Form, kind: Kind) -> None:
    query = Query.parse(text)
    assert query == Query(text, form)
    assert query.kind is kind


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s ?p 'SERVICE { ( [', \"\"\"it's \"quoted\" ) SERVICE\"\"\", '''}''' , '\\'' }",
        "SELECT ?service { ?service :service <http://example.org/SERVICE> } # SERVICE",
        "SELECT * FROM <http://example.org/service> { GRAPH service:x { ?s service:y _:service } }",
        "SELECT * { <http://en.wikipedia.org/wiki/Almaty_(city)> ?p ?o }",
        "SELECT (GROUP_CONCAT(?x; SEPARATOR=';') AS ?all) { ?s ?p ?x } GROUP BY ?s",
        "ASK { ?s ?p 1.5, .5, 1e5, -3 . ?o ?p true.?s ?p ?x FILTER(?a<?b && ?c>=4) }",
        "ASK { ?s ^:a/(:b|!(:c|^:d))*/:e? ?o }",
        "ASK { :a.b :c\\-d\\,e :f%20g }",
        "SELECT * { ?s ?p ?o } VALUES ?s { :a :b }",
    ],
)
def test_what_only_looks_forbidden_is_let_through(text: str) -> None:
    assert Query.parse(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT * {{ VALUES ?x {{ {' '.join(f':a{i}' for i in range(3000))} }} ?s ?p ?x }}",
        f"SELECT * {{ VALUES (?x ?y) {{ {' '.join(f'(:a{i} -{i}.5)' for i in range(2500))} }} ?s ?p ?x }}",
        f"SELECT * {{ ?s ?p ?x FILTER(?x IN ({', '.join(f':a{i}' for i in range(3000))})) }}",
        f"SELECT * {{ ?s ?p ?x FILTER({' || '.join(f'xsd:int(?x)={i}' for i in range(900))}) }}",
        f"SELECT * {{ {'?s ?p ?o . ' * PATTERNS} }}",
        f"SELECT * {{ ?s ?p {', '.join(['?o'] * PATTERNS)} }}",
    ],
    ids=["VALUES", "VALUES rows", "IN", "alternatives", "patterns", "objects"],
)
def test_long_lists_and_many_patterns_are_let_through(text: str) -> None:
    assert Query.parse(text).text == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "",
            "the query is empty; it starts with SELECT, ASK, CONSTRUCT or DESCRIBE (line 1, column 1)",
        ),
        (
            "\n  FOO {}",
            "a query starts with SELECT, ASK, CONSTRUCT or DESCRIBE (after PREFIX and BASE), not with 'FOO'"
            " (line 2, column 3)",
        ),
        (
            "<x> SELECT * {}",
            "a query starts with SELECT, ASK, CONSTRUCT or DESCRIBE (after PREFIX and BASE), not with '<x>'"
            " (line 1, column 1)",
        ),
        ("ASK {\n ?s ?p ( ?o }", "'}' does not close the '(' of line 2, column 8 (line 2, column 13)"),
        ("ASK { ?s ?p ?o } }", "'}' closes nothing (line 1, column 18)"),
        ("ASK {\n\t{ ?s ?p ?o }", "'{' is never closed (line 1, column 5)"),
        ("ASK { ?s ?p 'x }", "this string is never closed (line 1, column 13)"),
        ("ASK { ?s ?p '''x'' }", "this string is never closed (line 1, column 13)"),
        ("ASK { \x00 }", "'\\x00' is no SPARQL (line 1, column 7)"),
        ("ASK { \\u003Fs ?p ?o }", "'\\\\' is no SPARQL (line 1, column 7)"),
        ("ASK { '\ud800' }", "the query holds half a surrogate pair (line 1, column 8)"),
        (
            "ASK {} ; SELECT * {}",
            "one query at a time, and nothing after it: this endpoint is read-only (line 1, column 8)",
        ),
    ],
)
def test_what_is_no_query_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        Query.parse(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "keyword",
    ["INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH", "insert"],
)
def test_an_update_is_refused_because_the_endpoint_is_read_only(keyword: str) -> None:
    with pytest.raises(QueryError) as caught:
        Query.parse(f"PREFIX : <x>\n{keyword} {BODY}")
    message = f"{keyword.upper()} is an update, and this endpoint is read-only (line 2, column 1)"
    assert str(caught.value) == message


# The engine's parser needs no space around keywords, and reads some IRIs as comparisons: each of these
# (with its prefixes declared) makes it call a service.
@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("ASK { SERVICE <http://x/> {} }", 7),
        ("ASK { { ?s ?p ?o } service\n?x {} }", 20),
        ("ASK { ?s ?p 5SERVICE?x{} }", 14),
        ("ASK { ?s ?p trueSERVICESILENT<http://x/>{} }", 13),
        ("ASK { ?s ?p true.SERVICE<http://x/>{} }", 13),
        ("ASK { SERVICE:x {} }", 17),
        ("ASK { SERVICESILENTex:x {} }", 25),
        ("ASK { FILTER(1<2)SERVICE?x#>\n{} }", 15),
    ],
)
def test_a_service_is_refused_however_it_is_written(text: str, column: int) -> None:
    with pytest.raises(QueryError, match="SERVICE is not allowed") as caught:
        Query.parse(text)
    assert (caught.value.line, caught.value.column) == (1, column)


def test_a_query_longer_than_the_limit_in_bytes_is_refused_with_both_numbers() -> None:
    longest = "ASK {} #" + "é" * ((QUERY_BYTES - 8) // 2)
    assert Query.parse(longest).form is Form.ASK
    with pytest.raises(QueryTooLong) as caught:
        Query.parse(longest + "é")
    assert str(caught.value) == "the query has 100,002 bytes; a query may have 100,000"


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("ASK " + "{" * 101 + "}" * 101, f"brackets are nested more than {NESTING} deep", 105),
        ("ASK { FILTER(" + "1<(3)>(" * 200, f"brackets are nested more than {NESTING} deep", 706),
        ("ASK { FILTER(?a" + "<((#>\n" * 200, f"brackets are nested more than {NESTING} deep", 1),
        (
            "ASK { " + "FILTER EXISTS {" * 5000 + "}" * 5001,
            f"brackets are nested more than {NESTING} deep",
            1506,
        ),
        (
            "ASK { " + "?s ?p ?o . " * 201 + "}",
            "a query may have 200 triple patterns, filters and path steps",
            2207,
        ),
        ("ASK { ?s " + "/".join([":p"] * 201) + " ?o }", "a query may have 200 triple patterns", 609),
        ("ASK { ?s ?p (" + "1 " * 150 + ") }", "a query may have 200 triple patterns", 214),
        ("ASK { " + "<<" * 201 + "}", "a query may have 200 triple patterns", 407),
        ("SELECT " + "(1 AS ?x) " * 201 + "{}", "a query may have 200 triple patterns", 2011),
        ("ASK { FILTER(" + "!" * 2001 + "true) }", f"a query may have {OPERATORS:,} operators", 2014),
        ("ASK { FILTER(1" + "+1" * 2001 + ") }", f"a query may have {OPERATORS:,} operators", 4015),
        ("ASK { <http://" + "x" * 2000 + "> ?p ?o }", "an IRI may have 2,000 characters", 7),
    ],
)
def test_what_the_engine_cannot_bear_is_refused_before_it_sees_it(
    text: str, message: str, column: int
) -> None:
    with pytest.raises(QueryError) as caught:
        Query.parse(text)
    assert message in str(caught.value)
    assert caught.value.column == column


@pytest.mark.parametrize("iri", ["graph/view", "http://x/ y", "", "http://x/>"])
def test_a_graph_of_the_request_is_named_by_an_absolute_iri(iri: str) -> None:
    with pytest.raises(QueryError, match="a graph is named by an absolute IRI"):
        Query.parse(f"ASK {BODY}", named_graphs=(iri,))


UNITS = (
    r""" ' " < <a ''a '\ a. a- a· { ! : :%.. _:a. @a- ? # <\u00 1e ; {} '''\a ( [] ^^ <( <)service é 😀 """
)


@pytest.mark.parametrize("unit", [*UNITS.split(), " ", "# \n"])
@pytest.mark.parametrize("start", ["ASK {", "ASK { VALUES ?x {", "", "ASK { a", "ASK { ?x <", "ASK { '"])
def test_reading_takes_time_in_proportion_however_hostile_the_text(start: str, unit: str) -> None:
    text = start + unit * ((QUERY_BYTES - 40) // len(unit.encode()))
    started = time.process_time()
    with suppress(QueryError):
        Query.parse(text)
    assert time.process_time() - started < 1  # by the square of its length it is minutes


def test_the_queries_of_this_repository_are_let_through() -> None:
    folder = Path(__file__).parent.parent / "queries"
    texts = [path.read_text("utf-8") for path in folder.rglob("*.rq")]
    assert texts
    assert [Query.parse(text).text for text in texts] == texts


SOUP = """SELECT ASK CONSTRUCT DESCRIBE WHERE FILTER( FILTER BIND( VALUES OPTIONAL{ UNION AS FROM PREFIX BASE
p: <x:p> <x:p#> ?a $b "s" 'it' "" '' 1 .5 , ; . / | ^ + * = < > << && ! { } ( ) [ ] :p :FILTER a true LANG(
@en ^^ # {SELECT SERVICE"""


@pytest.mark.slow
@given(
    st.lists(st.sampled_from(SOUP.split()), max_size=60),
    st.sampled_from(["", "SELECT * { ", "ASK { ?s ?p ", "PREFIX p: <x:> SELECT ?a WHERE { FILTER ("]),
)
@settings(max_examples=2_000)
def test_what_is_plain_at_a_glance_is_so_token_by_token(soup: list[str], start: str) -> None:
    text = start + " ".join(soup) + " }"
    form = plain_form(text)
    assert form is None or form is read_form(text)


@pytest.mark.parametrize(
    "unit", [",1", ",?d", ";a 1", "?a?b?c.", "(1)", "[]", "{}", "FILTER(1)", "(?a?b?c?d)", "1 "]
)
def test_no_short_query_has_more_patterns_than_may_be_and_is_plain(unit: str) -> None:
    for number in range(1, 500):
        text = f"ASK {{ ?s ?p 1 {unit * number} }}"
        if plain_form(text):
            assert read_form(text) is Form.ASK
