"""SERVICE asks whom it may, and nobody else; whatever they send, the answer is right or an error."""

import json
import os
import re
import socket
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.message import Message
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import pytest
from rdflib import RDFS

from almaty_graph import __version__
from almaty_graph.engine.embedded import EmbeddedEngine, EngineProcess, Limits, Wish
from almaty_graph.engine.federation import CHARACTERS, ROWS
from almaty_graph.engine.index.disk import build_disk_index
from almaty_graph.engine.index.merge import Results
from almaty_graph.engine.language.lexical import Form
from almaty_graph.engine.language.query import Query
from almaty_graph.engine.language.services import SERVICES, as_graphs, find_services
from almaty_graph.engine.wire import Request, unframe
from almaty_graph.engine.worker import serve as serve_queries
from almaty_graph.errors import (
    AlmatyError,
    AnswerLimitReached,
    EngineBusy,
    QueryError,
    RemoteError,
    TimeLimitReached,
)
from almaty_graph.formats import CSV, HTML, JSON, TURTLE
from almaty_graph.names import BASE, DEF
from almaty_graph.release import Release
from almaty_graph.sources import Sources
from almaty_graph.terms import iri
from almaty_graph.web import Serving, create_app
from conftest import Serve, shared
from stores import oxigraph
from toy import CHUNKED, GOOD, TABLE, Behaviour, Toy, chunk, endless, raw, reply
from toy import ROWS as MANY_ROWS

pytestmark = pytest.mark.slow  # it starts servers that ask each other

X = "http://example.org/"
HERE = f'<{X}a> <{X}p> "here" <{X}g> .\n<{X}b> <{X}p> "here too" <{X}g> .\n<{X}g> <{X}p> <{X}g> <{X}g> .\n'
THERE = f"""
    <{X}a> <{X}q> "there"@en , 1.5 .
    <{X}c> <{X}q> "only \\"there\\"\\n" .
"""
ALLOWED = "http://allowed.example/sparql"


# By the text alone.


def where(text: str, *allowed: str) -> tuple[str, int | None, int | None]:
    with pytest.raises(QueryError) as caught:
        Query.parse(text, services=allowed or (ALLOWED,))
    return caught.value.message, caught.value.line, caught.value.column


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT * {{ SERVICE <{ALLOWED}> {{ ?s ?p ?o }} }}",
        f"SELECT * {{ ?s ?p ?o service\n# why\n silent<{ALLOWED}>{{ ?s ?p ?o }} ?s ?p ?o }}",
        "PREFIX : <http://allowed.example/> ASK { SERVICE :sparql { { ?s ?p ?o } } }",
        "BASE <http://allowed.example/a/> ASK { SERVICE <../sparql> {} FILTER(?a < 3) }",
        "PREFIX : <http://allowed.example/sparql> ASK{SERVICE :{}}",
        "ASK { SERVICE <http://allowed.example/\\u0073parql> {} }",
    ],
)
def test_an_endpoint_that_is_allowed_may_be_written_in_any_way_of_sparql(text: str) -> None:
    query = Query.parse(text, services=("http://a.example/", ALLOWED))
    assert (query.asks_others, query.is_volatile, query.is_lookup) == (True, True, False)
    [service] = find_services(text, (ALLOWED,))
    assert service.endpoint == ALLOWED
    assert text[service.opening] + text[service.end - 1] == "{}"
    graphs = as_graphs(text, [service])
    assert (len(graphs), graphs[service.name :]) == (len(text), text[service.name :])


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://allowed.example/",
        "http://allowed.example/sparql/",
        "http://allowed.example/sparql?x=1",
        "http://allowed.example/Sparql",
        "http://allowed.example./sparql",
        "http://allowed.example:80/sparql",
        "http://allowed.example@evil.example/sparql",
        "http://user@allowed.example/sparql",
        "http://allowed.example%2eevil.example/sparql",
        "http://allowed.example.evil.example/sparql",
        "http://ALLOWED.example/sparql",
        "http://evil.example/http://allowed.example/sparql",
        "https://allowed.example/sparql",
        "HTTP://allowed.example/sparql",
        "http://allowed.example\\u002eevil.example/sparql",
        "http://127.0.0.1/sparql",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "http://[allowed.example/sparql",
        "http://allowed.example℀/sparql",
        "urn:x",
    ],
)
def test_an_endpoint_that_differs_by_anything_is_refused(endpoint: str) -> None:
    message, line, column = where(f"SELECT *\n{{ SERVICE <{endpoint}> {{ ?s ?p ?o }} }}")
    resolved = endpoint.replace("\\u002e", ".")
    assert message == f"SERVICE is not allowed to ask <{resolved}>, but <{ALLOWED}>"
    assert (line, column) == (2, 3)


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        (
            "ASK { SERVICE ?x { ?s ?p ?o } }",
            "SERVICE asks whom an IRI names, not a variable: ?x",
            7,
        ),
        (
            f"ASK {{ SERVICE <{ALLOWED}> {{ SERVICE <{ALLOWED}> {{}} }} }}",
            "a SERVICE in a SERVICE is not allowed",
            49,
        ),
        ("ASK { SERVICE", "SERVICE takes an IRI and a block: SERVICE <IRI> { ... }", 7),
        (f"ASK {{ SERVICE <{ALLOWED}> ?s", "SERVICE takes an IRI and a block: SERVICE <IRI> { ... }", 7),
        (f"ASK {{ SERVICE <{ALLOWED}> {{ ?s }}", "'{' is never closed", 5),
        (f"ASK {{ SERVICE <{ALLOWED}> {{ ?s", "SERVICE takes an IRI and a block: SERVICE <IRI> { ... }", 7),
        (f"ASK {{ SERVICE <{ALLOWED}> {{ ( }} }}", "'}' does not close the '(' of line 1, column 49", 51),
    ],
)
def test_what_may_not_be_asked_is_told_with_its_place(text: str, message: str, column: int) -> None:
    assert where(text) == (message, 1, column)


@pytest.mark.parametrize(
    "disguise",
    [
        "?s ?p 5SERVICE?x{}",
        "?s ?p trueSERVICESILENT<http://x/>{}",
        "?s ?p true.SERVICE<http://x/>{}",
        "SERVICE:x {}",
        "SERVICESILENTex:x {}",
        "FILTER(1<2)SERVICE?x#>\n{}",
    ],
)
def test_no_service_hides_in_a_disguise_beside_one_that_is_allowed_or_in_it(disguise: str) -> None:
    for text in (
        f"ASK {{ SERVICE <{ALLOWED}> {{}} {disguise} }}",
        f"ASK {{ SERVICE <{ALLOWED}> {{ {disguise} }} }}",
    ):
        with pytest.raises(QueryError, match="SERVICE"):
            Query.parse(text, services=(ALLOWED,))


def test_one_service_too_many_is_refused() -> None:
    block = f"SERVICE <{ALLOWED}> {{}} "
    assert Query.parse(f"ASK {{ {block * SERVICES} }}", services=(ALLOWED,)).asks_others
    message, *_ = where(f"ASK {{ {block * (SERVICES + 1)} }}")
    assert message == "a query may ask 5 times with SERVICE"


def test_what_a_block_holds_counts_for_the_limits_of_the_query() -> None:
    with pytest.raises(QueryError, match="200 triple patterns"):
        Query.parse(f"ASK {{ SERVICE <{ALLOWED}> {{ {'?s ?p ?o . ' * 201} }} }}", services=(ALLOWED,))


def test_the_syntax_of_the_w3c_suite_is_taken() -> None:
    for path in sorted(shared("suites/sparql11/syntax-fed").glob("*.rq")):
        text = f"BASE <http://allowed.example/> {path.read_text('utf-8')}"
        assert Query.parse(text, services=("http://allowed.example/g",)).asks_others, path


# With endpoints.


@pytest.fixture(scope="module")
def nquads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("here") / "data.nq"
    path.write_text(HERE, "utf-8")
    return path


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server that has THERE."""
    with oxigraph(tmp_path_factory.mktemp("there")) as store:
        store.update(f"INSERT DATA {{ {THERE} }}")
        yield store.queries


@pytest.fixture(scope="module")
def engine(nquads: Path, there: str, toy: Toy) -> Iterator[EmbeddedEngine]:
    with EngineProcess(nquads, limits(there, toy.url)) as process:
        yield process.engine


def limits(*endpoints: str) -> Limits:
    return Limits(seconds=3, workers=1, service_endpoints=endpoints)


def ask(engine: EmbeddedEngine, text: str, *endpoints: str) -> list[dict[str, str]]:
    """The rows of a query, without types."""
    query = Query.parse(text, services=endpoints)
    found = json.loads(engine.answer(query, JSON).read())
    return [{name: term["value"] for name, term in row.items()} for row in found["results"]["bindings"]]


QUERIES = {
    "joined": (
        f"SELECT ?o ?x {{ ?s <{X}p> ?o SERVICE <%s> {{ ?s <{X}q> ?x }} }} ORDER BY ?x",
        [{"o": "here", "x": "1.5"}, {"o": "here", "x": "there"}],
    ),
    "optional": (
        f"SELECT ?s ?x {{ ?s <{X}p> [] OPTIONAL {{ SERVICE <%s> {{ ?s <{X}q> ?x FILTER ISNUMERIC(?x) }} }} "
        "FILTER(STRLEN(STR(?s)) > 0) } ORDER BY ?s",
        [{"s": f"{X}a", "x": "1.5"}, {"s": f"{X}b"}, {"s": f"{X}g"}],
    ),
    "unbound there": (
        f"PREFIX x: <{X}> SELECT ?t ?n {{ SERVICE <%s> {{ ?t x:q ?x FILTER(LANG(?x) = 'en' || ?t = x:c) "
        "OPTIONAL { ?t x:q ?n FILTER ISNUMERIC(?n) } } } ORDER BY ?t",
        [{"t": f"{X}a", "n": "1.5"}, {"t": f"{X}c"}],
    ),
    "alone and escaped": (
        f"SELECT * {{ SERVICE <%s> {{ <{X}c> <{X}q> ?x }} }}",
        [{"x": 'only "there"\n'}],
    ),
    "twice": (
        f"SELECT ?n ?x {{ SERVICE <%s> {{ ?s <{X}q> ?n FILTER ISNUMERIC(?n) }} "
        f"SERVICE <%s> {{ ?s <{X}q> ?x FILTER(LANG(?x) = 'en') }} }}",
        [{"n": "1.5", "x": "there"}],
    ),
    "minus": (f"SELECT ?s {{ ?s <{X}p> 'here' MINUS {{ SERVICE <%s> {{ ?s <{X}q> ?x }} }} }}", []),
    "exists": (
        f"SELECT ?s {{ ?s <{X}p> ?o FILTER EXISTS {{ SERVICE <%s> {{ ?s <{X}q> ?x }} }} }}",
        [{"s": f"{X}a"}],
    ),
    "union": (
        f"SELECT ?o {{ {{ <{X}a> <{X}p> ?o }} UNION {{ SERVICE <%s> {{ <{X}c> <{X}q> ?o }} }} }} ORDER BY ?o",
        [{"o": "here"}, {"o": 'only "there"\n'}],
    ),
    "a query in it": (
        f"SELECT ?n {{ SERVICE <%s> {{ SELECT (COUNT(*) AS ?n) {{ ?s <{X}q> ?o }} }} }}",
        [{"n": "3"}],
    ),
    "in a query": (
        f"SELECT ?n {{ {{ SELECT (COUNT(*) AS ?n) {{ SERVICE <%s> {{ ?s <{X}q> ?o }} }} }} }}",
        [{"n": "3"}],
    ),
    "no variable": (
        f"SELECT ?o {{ <{X}a> <{X}p> ?o SERVICE <%s> {{ <{X}c> <{X}q> [] }} }}",
        [{"o": "here"}],
    ),
    "nothing": (f"SELECT * {{ ?s <{X}p> ?o SERVICE <%s> {{ ?s <{X}none> ?x }} }}", []),
    "dollars": (f"SELECT ?x {{ SERVICE <%s> {{ <{X}c> <{X}q> $x }} }}", [{"x": 'only "there"\n'}]),
    "a comment and a quote": (
        f"SELECT ?x {{ SERVICE <%s> {{ # }} '\n <{X}c> <{X}q> ?x FILTER(?x != ' }} # ') }} }}",
        [{"x": 'only "there"\n'}],
    ),
}


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_over_two_stores_has_the_rows_of_both(engine: EmbeddedEngine, there: str, name: str) -> None:
    text, expected = QUERIES[name]
    assert ask(engine, text.replace("%s", there), there) == expected


def test_a_relative_iri_is_ours_there_too(engine: EmbeddedEngine, there: str) -> None:
    [row] = ask(engine, f"SELECT * {{ SERVICE <{there}> {{ BIND(<id/x> AS ?x) }} }}", there)
    assert row == {"x": "https://w3id.org/almaty-process/id/x"}


def test_terms_come_back_as_they_are(engine: EmbeddedEngine, there: str) -> None:
    text = (
        f"SELECT * {{ SERVICE <{there}> {{ VALUES ?x {{ '\\\\u0041\\n\\'\"' 'a'@en-GB '1.50'^^<{X}type> "
        "'\\u0085\\u2028' <http://a.example/%7D?a=(b)> } } }"
    )
    local = text.replace(f"SERVICE <{there}>", "")
    query = Query.parse(text, services=(there,))
    assert engine.answer(query, JSON).read() == engine.answer(Query.parse(local), JSON).read()


def test_graphs_and_booleans_are_answered_too(engine: EmbeddedEngine, there: str) -> None:
    block = f"SERVICE <{there}> {{ <{X}c> <{X}q> ?x }}"
    construct = Query.parse(f"CONSTRUCT {{ <{X}s> <{X}p> ?x }} WHERE {{ {block} }}", services=(there,))
    assert engine.answer(construct, TURTLE).read().decode() == (f'<{X}s> <{X}p> "only \\"there\\"\\n" .\n')
    asked = Query.parse(f"ASK {{ {block} FILTER(?x = '') }}", services=(there,))
    assert json.loads(engine.answer(asked, JSON).read()) == {"head": {}, "boolean": False}


def test_the_disk_asks_too(nquads: Path, there: str, tmp_path: Path) -> None:
    build_disk_index(nquads, tmp_path / "index")
    text, expected = QUERIES["joined"]
    with EngineProcess(f"disk:{tmp_path / 'index'}", limits(there)) as process:
        assert ask(process.engine, text.replace("%s", there), there) == expected


def test_so_does_a_store_elsewhere(there: str, toy: Toy) -> None:
    toy.behaviour = reply(GOOD)
    text = f"SELECT ?x ?n {{ <{X}c> <{X}q> ?x SERVICE <{toy.url}> {{ ?s ?p ?n }} }}"
    with EngineProcess(there, limits(toy.url)) as process:
        assert ask(process.engine, text, toy.url) == [{"x": 'only "there"\n', "n": "1"}]


BAD: dict[str, tuple[Behaviour, type[AlmatyError], str]] = {
    "slow": (lambda _: time.sleep(60), TimeLimitReached, "did not answer within 1.5 s"),
    "HTML": (reply(b"<html>", b"Content-Type: text/html\r\n"), RemoteError, "sent text/html"),
    "half an answer": (raw(CHUNKED, chunk(GOOD)), RemoteError, "broke off"),
    "hangs up": (raw(), RemoteError, "broke off"),
    "a redirect": (
        reply(b"", b"Location: http://127.0.0.1:9/\r\n", b"307 Temporary Redirect"),
        RemoteError,
        "redirects to http://127.0.0.1:9/, where nobody follows",
    ),
    "500": (reply(b"Oh", b"Content-Type: text/plain\r\n", b"500 Error"), RemoteError, "answered 500: Oh"),
    "busy": (reply(b"", b"Retry-After: 9\r\n", b"503 Busy"), EngineBusy, "ask again after 9"),
    "not understood": (
        reply(b"Oh", b"Content-Type: text/plain\r\n", b"400 No"),
        QueryError,
        r"answered 400: Oh \(line 1, column 12\)",
    ),
    "no term": (
        reply(GOOD.replace(b'"literal","value":"1"', b'"uri","value":"a:b> } SERVICE <x> {"')),
        RemoteError,
        "sent what is no application/sparql-results.json",
    ),
    "a boolean": (reply(b'{"head":{},"boolean":true}'), RemoteError, "another form than SELECT"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_fault_of_an_endpoint_is_an_error_and_silent_forgives_it(
    toy: Toy, engine: EmbeddedEngine, fault: str
) -> None:
    toy.behaviour, kind, message = BAD[fault]
    begun = time.monotonic()
    with pytest.raises(AlmatyError, match=message) as raised:
        ask(engine, f"SELECT * {{ SERVICE <{toy.url}> {{ ?s ?p ?n }} }}", toy.url)
    assert type(raised.value) is kind
    silent = f"SELECT * {{ ?s <{X}p> 'here' SERVICE SILENT <{toy.url}> {{ ?s ?p ?n }} }}"
    assert ask(engine, silent, toy.url) == [{"s": f"{X}a"}]
    assert time.monotonic() - begun < 4


def test_an_endpoint_that_is_not_there_is_an_error(nquads: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        nobody = f"http://127.0.0.1:{probe.getsockname()[1]}/"
    with (
        EngineProcess(nquads, limits(nobody)) as process,
        pytest.raises(RemoteError, match="is not there: Connection refused"),
    ):
        ask(process.engine, f"ASK {{ SERVICE <{nobody}> {{}} }}", nobody)


def test_one_that_sends_drop_by_drop_ends_with_the_time_of_the_query(
    toy: Toy, engine: EmbeddedEngine
) -> None:
    toy.behaviour = endless(CHUNKED, chunk(b" "))
    begun = time.monotonic()
    with pytest.raises((TimeLimitReached, AnswerLimitReached)):
        ask(engine, f"ASK {{ SERVICE <{toy.url}> {{}} }}", toy.url)
    assert time.monotonic() - begun < 5


def rows(*each: str) -> Behaviour:
    return reply(f'{{"head":{{"vars":["n"]}},"results":{{"bindings":[{",".join(each)}]}}}}'.encode())


ONE = '{"n":{"type":"literal","value":"1"}}'
LONG = '{"n":{"type":"literal","value":"' + "x" * 1000 + '"}}'
BLANK = '{"n":{"type":"bnode","value":"b"}}'
BEYOND: dict[str, tuple[Behaviour, type[AlmatyError], str]] = {
    "rows": (rows(*[ONE] * (ROWS + 1)), AnswerLimitReached, "more than 2,000 rows, the limit"),
    "characters": (rows(*[LONG] * 60), AnswerLimitReached, "more than 60,000 characters, the limit"),
    "bytes": (
        endless(CHUNKED + chunk(TABLE), chunk(MANY_ROWS + b",")),
        AnswerLimitReached,
        "more than 4,194,304 bytes, the limit",
    ),
    "blank nodes": (rows(BLANK), QueryError, r"sent _:b for \?n, .* \(line 1, column 12\)"),
    "an IRI that no query may have": (
        rows('{"n":{"type":"uri","value":"http://' + "x" * 2000 + '"}}'),
        RemoteError,
        "SERVICE gave what cannot stand in a query: an IRI may have 2,000 characters",
    ),
}


@pytest.mark.parametrize("what", BEYOND)
@pytest.mark.parametrize("silent", ["", "SILENT"])
def test_what_is_beyond_a_limit_is_an_error_that_names_it_and_silent_changes_nothing(
    toy: Toy, engine: EmbeddedEngine, what: str, silent: str
) -> None:
    toy.behaviour, kind, message = BEYOND[what]
    with pytest.raises(AlmatyError, match=message) as raised:
        ask(engine, f"SELECT * {{ SERVICE {silent} <{toy.url}> {{ ?s ?p ?n }} }}", toy.url)
    assert type(raised.value) is kind


def test_as_many_rows_as_may_be_are_answered(toy: Toy, engine: EmbeddedEngine) -> None:
    toy.behaviour = rows(*[ONE] * ROWS)
    text = f"SELECT (COUNT(*) AS ?c) {{ SERVICE <{toy.url}> {{ ?s ?p ?n }} }}"
    assert ask(engine, text, toy.url) == [{"c": "2000"}]


def test_a_column_that_was_not_asked_for_is_left_out(toy: Toy, engine: EmbeddedEngine) -> None:
    toy.behaviour = rows(ONE)
    text = f"SELECT * {{ ?s <{X}p> 'here' BIND(2 AS ?n) SERVICE <{toy.url}> {{ ?s ?p ?o }} }}"
    assert ask(engine, text, toy.url) == [{"s": f"{X}a", "n": "2"}]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("SELECT * {\n SERVICE <%s> { ?s ?p ?n } ?s ?p }", 2, None),
        ("SELECT *\nSERVICE <%s> { ?s ?p ?n }", 2, 1),
        ("SELECT * {} SERVICE <%s> { ?s ?p ?n }", 1, 13),
        ("SELECT * {\n OPTIONAL SERVICE <%s> { ?s ?p ?n } }", 2, 11),
        ("SELECT * {\n { SELECT * {} SERVICE <%s> { ?s ?p ?n } } }", 2, 16),
        ("SELECT * {\n SERVICE <%s> { ?s ?p\n } }", 3, 2),
    ],
)
def test_a_malformed_query_is_told_with_its_place_and_asks_nobody(
    toy: Toy, engine: EmbeddedEngine, text: str, line: int, column: int | None
) -> None:
    before, text = toy.connections, text.replace("%s", toy.url)
    with pytest.raises(QueryError) as caught:
        ask(engine, text, toy.url)
    assert caught.value.line == line
    assert caught.value.column == (column or text.splitlines()[line - 1].rindex("}") + 1)
    assert toy.connections == before


SPELLINGS = [
    "127.0.0.1:%d",
    "localhost:%d",
    "localhost.:%d",
    "LOCALHOST:%d",
    "0.0.0.0:%d",
    "0:%d",
    "127.1:%d",
    "2130706433:%d",
    "0x7f000001:%d",
    "0177.0.0.1:%d",
    "[::1]:%d",
    "[::ffff:127.0.0.1]:%d",
    "127.0.0.1.:%d",
    "%%31%%32%%37.0.0.1:%d",
    "127。0。0。1:%d",
    "ip6-localhost:%d",
    "a@127.0.0.1:%d",
    "allowed@127.0.0.1:%d",
    "localtest.me:%d",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_who_is_not_allowed_is_never_called_by_any_name(
    engine: EmbeddedEngine, toy: Toy, spelling: str
) -> None:
    toy.behaviour = reply(GOOD)
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as canary:
        canary.settimeout(0.05)
        authority = spelling % canary.getsockname()[1]
        for scheme in ("http", "https", "HTTP"):
            for path in ("/", "/sparql", f"/?{toy.url}"):
                block = f"SERVICE SILENT <{scheme}://{authority}{path}> {{ ?s ?p ?n }}"
                for text in (f"SELECT * {{ {block} }}", f"SELECT * {{ SERVICE <{toy.url}> {{}} {block} }}"):
                    with pytest.raises(QueryError, match="SERVICE is not allowed to ask"):
                        Query.parse(text, services=(toy.url,))
                    # Nor by an engine that is asked without that look at it.
                    for asks_others in (True, False):
                        with pytest.raises(AlmatyError):
                            engine.answer(
                                Query(text.replace("SILENT", ""), Form.SELECT, asks_others=asks_others), JSON
                            )
        with pytest.raises(TimeoutError):
            canary.accept()


@pytest.mark.parametrize("status", [b"301 Moved", b"302 Found", b"303 See Other", b"307 Again", b"308 Gone"])
def test_no_redirect_leads_to_who_is_not_allowed(engine: EmbeddedEngine, toy: Toy, status: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(0.05)
        toy.behaviour = reply(GOOD, b"Location: http://127.0.0.1:%d/\r\n" % canary.getsockname()[1], status)
        with pytest.raises(RemoteError, match="where nobody follows"):
            ask(engine, f"ASK {{ SERVICE <{toy.url}> {{}} }}", toy.url)
        with pytest.raises(TimeoutError):
            canary.accept()


class Prober:
    """An index that tries to open a socket."""

    descriptors = 0

    def open(self) -> None:
        pass

    def settle(self) -> Iterator[None]:
        raise AssertionError("it answers one query")

    def query(self, request: Request) -> Results:
        assert "SERVICE" not in request.text
        socket.socket()
        raise AssertionError("a socket was opened")


def test_who_evaluates_what_came_back_opens_no_socket(toy: Toy) -> None:
    toy.behaviour, before, parent = reply(GOOD), toy.connections, os.getpid()
    request = Request(f"ASK {{ SERVICE <{toy.url}> {{}} }}", "ASK", JSON.media_type, asks_others=True)
    ours, theirs = socket.socketpair()
    answer, connection = socket.socketpair()
    if (child := os.fork()) == 0:
        serve_queries(Prober(), theirs.fileno(), parent, limits(toy.url), once=True)
    with ours, theirs, answer, connection:
        socket.send_fds(ours, [request.frame()], [connection.fileno()])
        header, _ = unframe(answer.recv(65536))
        os.waitpid(child, 0)
    assert header["message"] == "the engine failed: [Errno 24] Too many open files"
    assert toy.connections == before + 1


def test_quick_queries_are_answered_while_as_many_as_may_be_wait_for_an_endpoint(
    nquads: Path, toy: Toy
) -> None:
    toy.behaviour = lambda _: time.sleep(60)
    slow = Query.parse(f"ASK {{ SERVICE <{toy.url}> {{}} }}", services=(toy.url,))
    with EngineProcess(nquads, limits(toy.url)) as process, ThreadPoolExecutor(12) as threads:
        waiting = [threads.submit(process.engine.answer, slow, JSON) for _ in range(12)]
        time.sleep(0.3)
        begun = time.monotonic()
        process.engine.answer(Query.parse("ASK {}"), JSON, Wish(seconds=2.5))
        assert time.monotonic() - begun < 2
        kinds = {type(each.exception()) for each in waiting}
        assert kinds <= {TimeLimitReached, EngineBusy}
        assert ask(process.engine, "SELECT (1 AS ?n) {}") == [{"n": "1"}]


def test_after_a_service_the_workers_are_as_many_as_before(engine: EmbeddedEngine, there: str) -> None:
    for _ in range(20):
        ask(engine, f"SELECT * {{ SERVICE <{there}> {{ ?s ?p ?o }} }}", there)
    deadline = time.monotonic() + 15
    while engine.status()["workers"] > 1 and time.monotonic() < deadline:
        time.sleep(0.1)
    status = engine.status()
    assert (status["workers"], status["running"], status["waiting"]) == (1, 0, 0)


def test_a_query_that_asks_others_is_not_explained(engine: EmbeddedEngine, toy: Toy) -> None:
    before = toy.connections
    query = Query.parse(f"SELECT * {{ SERVICE <{toy.url}> {{ ?s <{X}none> ?o }} }}", services=(toy.url,))
    found = json.loads(engine.answer(query, JSON, Wish(explain=True)).read())
    assert found["detail"].startswith("this query could not be taken apart")
    assert toy.connections == before


def test_who_is_asked_is_told_the_block_and_who_asks(toy: Toy, engine: EmbeddedEngine) -> None:
    toy.behaviour = reply(GOOD)
    text = f"PREFIX x: <{X}> SELECT ?s {{ ?s x:own ?o SERVICE <{toy.url}> {{ ?s x:p ?n }} }} LIMIT 1"
    ask(engine, text, toy.url)
    head, _, body = toy.request.partition(b"\r\n\r\n")
    assert f"User-Agent: almaty-graph/{__version__}".encode() in head.splitlines()
    assert parse_qs(body.decode()) == {"query": [f"BASE <{BASE}> PREFIX x: <{X}>  SELECT * {{ ?s x:p ?n }}"]}


# Over HTTP, both ends ours.


@pytest.fixture(scope="module")
def pair(serve: Serve, release: Release) -> tuple[str, str]:
    """The address of a server, and the endpoint that it may ask."""
    endpoint = f"{serve(release.folder)}/sparql"
    return serve(release.folder, "--service-endpoints", endpoint), endpoint


def fetch(server: str, text: str, accept: str = JSON.media_type) -> tuple[int, Message, str]:
    wanted = urllib.request.Request(
        f"{server}/sparql?{urlencode({'query': text})}", headers={"Accept": accept}
    )
    try:
        with urllib.request.urlopen(wanted, timeout=20) as response:
            return response.status, response.headers, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode()


STATE = "https://w3id.org/almaty-process/id/state/iran"


@pytest.mark.parametrize("accept", [JSON.media_type, CSV.media_type, HTML.media_type])
def test_one_server_asks_another_each_time(pair: tuple[str, str], accept: str) -> None:
    server, endpoint = pair
    text = f"SELECT ?t {{ SERVICE <{endpoint}> {{ <{STATE}> a ?t }} <{STATE}> a ?t }}"
    for _ in range(2):
        status, headers, body = fetch(server, text, accept)
        assert (status, headers["Cache-Control"], headers["ETag"]) == (200, "no-store", None)
        assert "State" in body


def test_a_server_says_of_another_what_is_wrong(pair: tuple[str, str]) -> None:
    server, endpoint = pair
    status, _, body = fetch(server, f"ASK {{ SERVICE <{server}/sparql> {{}} }}")
    told = json.loads(body)
    assert (status, told["line"], told["column"]) == (400, 1, 7)
    assert told["detail"].startswith(f"SERVICE is not allowed to ask <{server}/sparql>, but <{endpoint}> (")
    status, _, body = fetch(server, f"ASK {{\n SERVICE <{endpoint}> {{ ?s ?p ?o ?s }} }}")
    told = json.loads(body)
    assert (status, told["line"]) == (400, 2)
    # The other has no one to ask.
    status, _, body = fetch(endpoint.removesuffix("/sparql"), f"ASK {{ SERVICE <{endpoint}> {{}} }}")
    assert (status, json.loads(body)["detail"]) == (
        400,
        "SERVICE is not allowed: this endpoint asks no other (line 1, column 7)",
    )


@pytest.mark.parametrize(("fault", "status"), [("HTML", 502), ("slow", 504), ("busy", 503)])
def test_a_fault_has_the_status_of_a_gateway(
    release: Release, engine: EmbeddedEngine, toy: Toy, fault: str, status: int
) -> None:
    toy.behaviour, *_ = BAD[fault]
    client = create_app(release, engine, Serving(limits(toy.url))).test_client()
    response = client.get("/sparql", query_string={"query": f"ASK {{ SERVICE <{toy.url}> {{}} }}"})
    assert (response.status_code, response.content_type) == (status, "application/problem+json")


def test_the_description_says_that_others_may_be_asked_and_how_much(
    pair: tuple[str, str], sources: Sources
) -> None:
    server, endpoint = pair
    limits = {"serviceCallLimit": SERVICES, "serviceCharacterLimit": CHARACTERS, "serviceRowLimit": ROWS}
    for address, expected in ((server, limits), (endpoint.removesuffix("/sparql"), {})):
        wanted = urllib.request.Request(f"{address}/sparql", headers={"Accept": "application/n-triples"})
        with urllib.request.urlopen(wanted, timeout=20) as response:
            text = response.read().decode()
        found = re.findall(r'def#(service\w+)> "(\d+)"', text)
        assert {name: int(count) for name, count in found} == expected
        assert ("#BasicFederatedQuery>" in text) is bool(expected)
    labels = Counter(quad.subject for quad in sources.asserted if quad.predicate == iri(str(RDFS.label)))
    assert {labels[iri(DEF + name)] for name in limits} == {2}


def test_the_page_of_the_endpoint_names_whom_service_may_ask(pair: tuple[str, str]) -> None:
    server, endpoint = pair
    wanted = urllib.request.Request(f"{server}/sparql", headers={"Accept": "text/html"})
    with urllib.request.urlopen(wanted, timeout=20) as response:
        assert f"SERVICE may ask <code>{endpoint}</code>." in response.read().decode()
