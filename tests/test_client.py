"""A program asks by the client, of a real server: answers, releases, dumps; and of servers that are busy."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import almaty_graph
from almaty_graph import Client
from almaty_graph.errors import NotFound, QueryError, ReleaseError, RemoteError
from almaty_graph.names import DEF, ID
from almaty_graph.release import Release
from almaty_graph.release.log import LOG, note
from conftest import Serve
from test_archive import NEW_LABEL, edited

pytestmark = pytest.mark.slow  # it serves releases

VALUES = """PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
SELECT * { VALUES (?a ?b ?c ?d ?e ?f ?g) {
  (1 2.5 true "2018-05-01"^^xsd:date "текст"@ru <http://x.example/> UNDEF)
  ("x"^^xsd:integer 1e0 false "2018-05-01T10:00:00Z"^^xsd:dateTime "" "2018"^^xsd:gYear 7)
} }"""


@pytest.fixture(scope="module")
def graph(server: str) -> Client:
    return Client(server)


def test_values_are_those_of_python(graph: Client) -> None:
    table = graph.select(VALUES)
    first, second = table
    assert table.columns == ("a", "b", "c", "d", "e", "f", "g")
    assert first["a"] == 1
    assert str(first["b"]) == "2.5"
    assert (first["c"], first["d"], first["e"]) == (True, date(2018, 5, 1), "текст")
    assert (first["f"], first["g"]) == ("http://x.example/", None)
    assert (second["a"], second["b"], second["c"]) == ("x", 1.0, False)
    assert second["d"] == datetime(2018, 5, 1, 10, tzinfo=UTC)
    assert (second["e"], second["f"], second["g"]) == ("", "2018", 7)
    assert table.bindings[0]["e"] == {"type": "literal", "value": "текст", "xml:lang": "ru"}


def test_tables_are_those_of_pandas_and_polars(graph: Client) -> None:
    table = graph.select(VALUES)
    frame = table.to_pandas()
    assert list(frame.columns) == list(table.columns)
    assert frame["d"].iloc[0] == date(2018, 5, 1)
    assert frame["g"].iloc[1] == 7
    other = table.to_polars()
    assert tuple(other.columns) == table.columns
    assert other["a"].to_list() == ["1", "x"]
    assert other["g"].to_list() == [None, 7]
    empty = graph.select("SELECT ?a { FILTER(false) }")
    assert (len(empty), list(empty.to_pandas().columns), empty.to_polars().columns) == (0, ["a"], ["a"])


def test_questions_of_every_kind_are_answered(graph: Client, release: Release) -> None:
    assert graph.ask(f"ASK {{ <{ID}state/iran> a <{DEF}State> }}") is True
    assert graph.ask("ASK { FILTER(false) }") is False
    found = graph.construct(f"CONSTRUCT {{ ?s ?p ?o }} {{ ?s ?p ?o FILTER(?s = <{ID}state/iran>) }}")
    assert len(found) == len({quad.triple for quad in release.record.of(f"<{ID}state/iran>")})
    names = graph.questions()
    assert {question.slug: question.title for question in release.questions} == names
    chairs = graph.question("chairs")
    recorded = next(each for each in release.questions if each.slug == "chairs")
    assert len(chairs) == len((recorded.answer or "").splitlines()) - 1
    one, other = (graph.question("chair-on-a-day", day) for day in ("2014-05-01", "2018-05-01"))
    assert one.rows != other.rows
    with pytest.raises(NotFound, match=r"there is no recorded question nothing, but .*chairs"):
        graph.question("nothing")


def test_a_long_query_is_answered_too(graph: Client) -> None:
    values = " ".join(f'"{number}"' for number in range(3_000))
    assert graph.select(f"SELECT (COUNT(*) AS ?n) {{ VALUES ?x {{ {values} }} }}").rows == [{"n": 3000}]


def test_what_is_refused_is_told_in_the_words_of_the_server(graph: Client) -> None:
    with pytest.raises(QueryError, match=r"http://127\.0\.0\.1.*line 1"):
        graph.select("SELECT nonsense")
    with pytest.raises(RemoteError, match="410"):
        Client(graph.url, "0.1.0-000000000000").ask("ASK {}")
    with pytest.raises(RemoteError, match="refused"):
        Client("http://127.0.0.1:9").ask("ASK {}")


def test_a_dump_is_put_there_when_it_is_whole_and_proved(
    graph: Client, release: Release, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for client in (graph, graph.pinned()):
        for name in ("dataset.nq", "tables/State.csv"):
            path = client.dump(name, tmp_path, progress=client is graph)
            assert path == tmp_path / Path(name).name
            assert path.read_bytes() == release.read(name)
    assert capsys.readouterr().out == ""
    with pytest.raises(NotFound, match=r"no file nothing\.nq"):
        graph.dump("nothing.nq", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["State.csv", "dataset.nq"]


def test_a_client_stays_with_a_release_whatever_comes(serve: Serve, release: Release, tmp_path: Path) -> None:
    older = edited(release, set(release.record), tmp_path)
    newer = edited(release, set(release.record) | {NEW_LABEL}, tmp_path)
    (tmp_path / LOG).unlink()
    note(tmp_path, older.name, datetime(2026, 1, 1, tzinfo=UTC))
    note(tmp_path, newer.name, datetime(2026, 1, 3, tzinfo=UTC))
    now = Client(serve(tmp_path / "current"))
    query = f"ASK {{ {NEW_LABEL.subject} {NEW_LABEL.predicate} {NEW_LABEL.object} }}"
    then = now.as_of(datetime(2026, 1, 2))  # noqa: DTZ001 - one without a zone is of UTC
    assert (then.release, now.pinned().release) == (older.name, newer.name)
    assert (now.ask(query), now.pinned().ask(query), then.ask(query)) == (True, True, False)
    assert then.dump("dataset.nq", tmp_path, progress=False).read_bytes() == older.read("dataset.nq")
    with pytest.raises(NotFound, match="nothing was published"):
        now.as_of(datetime(2025, 1, 1, tzinfo=UTC))


Answers = list[tuple[int, dict[str, str], bytes]]


@contextmanager
def answering(answers: Answers) -> Iterator[tuple[str, list[str]]]:
    """A server that gives these answers in turn, and the last again and again; what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = answers[min(len(asked), len(answers) - 1)]
            asked.append(self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{httpd.server_address[1]}", asked
        finally:
            httpd.shutdown()


YES = (200, {"Content-Type": "application/sparql-results+json"}, b'{"head": {}, "boolean": true}')
PROBLEM = json.dumps({"title": "Service Unavailable", "detail": "too many"}).encode()


def busy(after: str) -> tuple[int, dict[str, str], bytes]:
    return 503, {"Content-Type": "application/problem+json", "Retry-After": after}, PROBLEM


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the client waited, which pass at once."""
    waited: list[float] = []
    clock = [0.0]

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr("almaty_graph.client.time.sleep", sleep)
    monkeypatch.setattr("almaty_graph.client.time.monotonic", lambda: clock[0])
    return waited


def test_a_busy_server_is_asked_again_when_it_says(waits: list[float]) -> None:
    with answering([busy("7"), (429, {"Retry-After": "3"}, b""), YES]) as (url, asked):
        assert Client(url).ask("ASK {}") is True
    assert waits == [7.0, 3.0]
    assert len(asked) == 3


@pytest.mark.parametrize(("after", "seconds"), [("Wed, 21 Oct 2015 07:28:00 GMT", 0.0), ("soon", 1.0)])
def test_a_date_is_understood_and_nonsense_is_a_second(
    waits: list[float], after: str, seconds: float
) -> None:
    with answering([busy(after), YES]) as (url, _):
        assert Client(url).ask("ASK {}") is True
    assert waits == [seconds]


def test_patience_ends(waits: list[float]) -> None:
    with answering([busy("25")]) as (url, asked), pytest.raises(RemoteError, match="503: too many"):
        Client(url, patience=60).ask("ASK {}")
    assert waits == [25.0, 25.0]
    assert len(asked) == 3


def test_a_dump_that_is_not_what_was_said_is_not_put_there(tmp_path: Path) -> None:
    manifest = json.dumps({"files": {"dataset.nq": {"bytes": 4, "sha256": "0" * 64}}}).encode()
    with (
        answering([(200, {}, manifest), (200, {}, b"text")]) as (url, _),
        pytest.raises(ReleaseError, match="is not what its manifest says"),
    ):
        Client(url).dump("dataset.nq", tmp_path, progress=False)
    assert list(tmp_path.iterdir()) == []


def test_the_package_does_not_load_the_client_before_it_is_asked_for() -> None:
    loaded = "'SPARQLWrapper' in sys.modules"
    code = f"import sys, almaty_graph; assert not {loaded}; almaty_graph.Client; assert {loaded}"
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError, match="has no attribute Nothing"):
        _ = almaty_graph.Nothing
