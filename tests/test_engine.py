import os
import pickle
import re
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from almaty_graph.engine.embedded import EmbeddedEngine, EngineProcess, Limits, Wish
from almaty_graph.engine.language.lexical import Form
from almaty_graph.engine.language.query import Query
from almaty_graph.engine.wire import Request
from almaty_graph.errors import (
    AlmatyError,
    AnswerLimitReached,
    EngineBusy,
    EngineError,
    MemoryLimitReached,
    NotAcceptable,
    QueryError,
    QueryTooLong,
    TimeLimitReached,
)
from almaty_graph.formats import (
    CSV,
    JSON,
    JSON_LD,
    N_QUADS,
    N_TRIPLES,
    RDF_XML,
    TRIG,
    TSV,
    TURTLE,
    XML,
    Format,
)
from process_tree import children, is_alive, processor_seconds, wait_until

X = "http://example.org/"
# Two triples, one of them in two graphs; and enough of others for a query that never ends.
NQUADS = "".join(
    f"{line} .\n"
    for line in (
        f'<{X}a> <http://schema.org/name> "Almaty"@en <{X}one>',
        f'<{X}a> <http://schema.org/name> "Almaty"@en <{X}two>',
        f"<{X}a> <http://schema.org/url> <{X}a> <{X}two>",
        *(f'<{X}n{number}> <{X}p> "{number}" <{X}many>' for number in range(3000)),
    )
)
ASK = Query.parse("ASK {}")
YES = b'{"head":{},"boolean":true}'
NAMES = f"{{ <{X}a> schema:name ?name }}"
PREFIX = "PREFIX schema: <http://schema.org/> "
BOMB = Query.parse("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }")
MEMORY_BOMB = Query.parse("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f ?i LIMIT 1")
ONE_WORKER = Limits(workers=1)


@pytest.fixture(scope="module")
def nquads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("engine") / "data.nq"
    path.write_text(NQUADS, "utf-8")
    return path


@pytest.fixture(scope="module")
def process(nquads: Path) -> Iterator[EngineProcess]:
    with EngineProcess(nquads, Limits(workers=2, memory_bytes=64 << 20, answer_bytes=100_000)) as process:
        yield process


@pytest.fixture
def engine(process: EngineProcess) -> EmbeddedEngine:
    return process.engine


class Asking(threading.Thread):
    """Asks in a thread of its own, and keeps the answer or the error."""

    def __init__(self, engine: EmbeddedEngine, query: Query, seconds: float | None = None) -> None:
        super().__init__()
        self.engine, self.query, self.seconds = engine, query, seconds
        self.outcome: bytes | AlmatyError | None = None
        self.start()

    def run(self) -> None:
        try:
            self.outcome = self.engine.answer(self.query, JSON, Wish(seconds=self.seconds)).read()
        except AlmatyError as error:
            self.outcome = error

    def result(self, seconds: float) -> bytes | AlmatyError | None:
        self.join(seconds)
        assert not self.is_alive()
        return self.outcome


@pytest.mark.parametrize(
    ("text", "form", "answer"),
    [
        ("ASK {}", JSON, '{"head":{},"boolean":true}'),
        ("ASK {}", CSV, "true"),
        ("ASK {}", TSV, "true"),
        (
            "ASK {}",
            XML,
            '<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head></head>'
            "<boolean>true</boolean></sparql>",
        ),
        (
            f"SELECT ?name {NAMES}",
            JSON,
            '{"head":{"vars":["name"]},"results":{"bindings":'
            '[{"name":{"type":"literal","value":"Almaty","xml:lang":"en"}}]}}',
        ),
        (f"SELECT ?name {NAMES}", CSV, "name\r\nAlmaty\r\n"),
        (f"SELECT ?name {NAMES}", TSV, '?name\n"Almaty"@en\n'),
        (
            f"SELECT ?name {NAMES}",
            XML,
            '<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head>'
            '<variable name="name"/></head><results><result><binding name="name">'
            '<literal xml:lang="en">Almaty</literal></binding></result></results></sparql>',
        ),
        (
            f"CONSTRUCT WHERE {NAMES}",
            TURTLE,
            f'@prefix schema: <http://schema.org/> .\n<{X}a> schema:name "Almaty"@en .\n',
        ),
        (
            f"DESCRIBE <{X}n7>",
            TRIG,
            f'<{X}n7> <{X}p> "7" .\n',
        ),
        (f"CONSTRUCT WHERE {NAMES}", N_TRIPLES, f'<{X}a> <http://schema.org/name> "Almaty"@en .\n'),
        (f"CONSTRUCT WHERE {NAMES}", N_QUADS, f'<{X}a> <http://schema.org/name> "Almaty"@en .\n'),
        (
            f"CONSTRUCT WHERE {NAMES}",
            RDF_XML,
            '<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF'
            ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:schema="http://schema.org/">\n'
            f'\t<rdf:Description rdf:about="{X}a">\n\t\t<schema:name xml:lang="en">Almaty</schema:name>\n'
            "\t</rdf:Description>\n</rdf:RDF>",
        ),
        (
            f"CONSTRUCT WHERE {NAMES}",
            JSON_LD,
            f'[{{"@id":"{X}a","http://schema.org/name":[{{"@language":"en","@value":"Almaty"}}]}}]',
        ),
        (f"CONSTRUCT {{}} WHERE {NAMES}", TURTLE, ""),
    ],
)
def test_every_format_carries_the_whole_answer(
    engine: EmbeddedEngine, text: str, form: Format, answer: str
) -> None:
    assert engine.answer(Query.parse(PREFIX + text), form).read().decode() == answer


def test_a_triple_in_two_graphs_counts_once(engine: EmbeddedEngine) -> None:
    query = Query.parse(f"{PREFIX} SELECT (COUNT(*) AS ?n) {NAMES}")
    assert engine.answer(query, CSV).read() == b"n\r\n1\r\n"


def test_the_triples_of_each_graph_stay_in_it(engine: EmbeddedEngine) -> None:
    query = Query.parse(f"SELECT ?g ?p {{ GRAPH ?g {{ <{X}a> ?p ?o }} }} ORDER BY ?g ?p")
    lines = [
        f"{X}one,http://schema.org/name",
        f"{X}two,http://schema.org/name",
        f"{X}two,http://schema.org/url",
    ]
    assert engine.answer(query, CSV).read().decode().split() == ["g,p", *lines]


BOTH = f"SELECT ?g ?p {{ {{ <{X}a> ?p ?o }} UNION {{ GRAPH ?g {{ <{X}a> ?p ?o }} }} }} ORDER BY ?g ?p"


@pytest.mark.parametrize(
    ("default", "named", "rows"),
    [
        ((f"{X}one",), (), [",http://schema.org/name"]),
        ((), (f"{X}one",), [f"{X}one,http://schema.org/name"]),
        (
            (f"{X}one",),
            (f"{X}two",),
            [",http://schema.org/name", f"{X}two,http://schema.org/name", f"{X}two,http://schema.org/url"],
        ),
        ((f"{X}nowhere",), (f"{X}nowhere",), []),
    ],
    ids=["default", "named", "both", "unknown"],
)
@pytest.mark.parametrize("how", ["by the text", "by the request", "by the request over the text"])
def test_a_dataset_is_what_it_says_and_no_more(
    engine: EmbeddedEngine, how: str, default: tuple[str, ...], named: tuple[str, ...], rows: list[str]
) -> None:
    clauses = "".join([f" FROM <{iri}>" for iri in default] + [f" FROM NAMED <{iri}>" for iri in named])
    if how == "by the text":
        query = Query.parse(BOTH.replace(" {", clauses + " {", 1))
    else:
        other = f" FROM <{X}many> FROM NAMED <{X}many>" if "over" in how else ""
        query = Query.parse(BOTH.replace(" {", other + " {", 1), default, named)
    assert engine.answer(query, CSV).read().decode().split() == ["g,p", *rows]


def test_a_graph_that_is_a_file_is_not_read(engine: EmbeddedEngine, nquads: Path) -> None:
    query = Query.parse(f"ASK FROM <{nquads.as_uri()}> {{ ?s ?p ?o }}")
    assert engine.answer(query, CSV).read() == b"false"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT * {\n  ?s ?p }", "unexpected here: '}' (line 2, column 9)"),
        ("SELECT *\n{ ?s x:p ?o }", "Prefix not found: 'x:p' (line 2, column 6)"),
        ("SELECT", "the query ends too early (line 1, column 7)"),
        ("ASK { ?s ?p ?o } LIMIT many", "unexpected here: 'many' (line 1, column 24)"),
    ],
)
def test_a_syntax_error_is_told_with_its_place(engine: EmbeddedEngine, text: str, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        engine.answer(Query.parse(text), JSON)
    assert str(caught.value) == message


def test_a_format_of_the_wrong_kind_is_not_acceptable(engine: EmbeddedEngine) -> None:
    with pytest.raises(NotAcceptable, match="text/turtle"):
        engine.answer(ASK, TURTLE)


@pytest.mark.parametrize(
    ("text", "form", "message"),
    [
        (f"CONSTRUCT {{ ?s <{X}1> 1 }} {NAMES}", RDF_XML, f"cannot write the property <{X}1>"),
        (f"CONSTRUCT {{ ?s schema: 1 }} {NAMES}", RDF_XML, "cannot write the property <http://schema.org/>"),
        ('CONSTRUCT { [] schema:name "\\u0001" } {}', RDF_XML, "control character"),
        ('SELECT ("\\uFFFF" AS ?x) {}', XML, "control character"),
    ],
)
def test_what_xml_cannot_carry_is_an_error(
    engine: EmbeddedEngine, text: str, form: Format, message: str
) -> None:
    query = Query.parse(PREFIX + text.replace("?s", f"<{X}a>"))
    with pytest.raises(QueryError, match=message):
        engine.answer(query, form)


def test_a_carriage_return_is_still_one_for_who_reads_xml(engine: EmbeddedEngine) -> None:
    table = engine.answer(Query.parse('SELECT ("a\\r\\nb\\r" AS ?x) {}'), XML).read()
    graph = engine.answer(Query.parse(f'CONSTRUCT {{ <{X}a> <{X}b> "a\\r\\nb\\r" }} {{}}'), RDF_XML).read()
    texts = [element.text for reply in (table, graph) for element in ET.fromstring(reply).iter()]  # noqa: S314 - our own
    assert texts.count("a\r\nb\r") == 2


def test_an_answer_over_the_limit_is_an_error_and_not_half_an_answer(engine: EmbeddedEngine) -> None:
    with pytest.raises(AnswerLimitReached, match="larger than 100,000 bytes"):
        engine.answer(Query.parse("SELECT * { ?s ?p ?o }"), JSON)
    assert len(engine.answer(Query.parse("SELECT ?s { ?s ?p ?o }"), TSV).read()) > 64 << 10


def test_a_query_that_runs_too_long_ends_and_others_do_not_wait_for_it(engine: EmbeddedEngine) -> None:
    started = time.monotonic()
    bomb = Asking(engine, BOMB, seconds=1)
    while bomb.is_alive():
        asked = time.monotonic()
        assert engine.answer(ASK, JSON).read() == YES
        assert time.monotonic() - asked < 1
    outcome = bomb.result(1)
    assert isinstance(outcome, TimeLimitReached)
    assert str(outcome) == "the query ran for more than 1 seconds, the limit"
    assert 1 <= time.monotonic() - started < 2


def test_a_client_may_lower_the_time_limit_and_not_raise_it(nquads: Path) -> None:
    with (
        EngineProcess(nquads, Limits(seconds=0.2, workers=1)) as process,
        pytest.raises(TimeLimitReached, match=r"0\.2 seconds"),
    ):
        EmbeddedEngine(process.engine.address, seconds=60).answer(BOMB, JSON, Wish(seconds=60))


def test_a_query_that_needs_too_much_memory_ends(engine: EmbeddedEngine) -> None:
    with pytest.raises(MemoryLimitReached) as caught:
        engine.answer(MEMORY_BOMB, JSON)
    assert str(caught.value) == "the query needed more than 64 MiB, the limit"


def test_a_query_that_breaks_the_engine_breaks_it_for_nobody_else(engine: EmbeddedEngine) -> None:
    text = "ASK { " + "FILTER EXISTS {" * 5000 + "}" * 5001
    with pytest.raises(QueryError, match="nested more than 100 deep"):
        Query.parse(text)
    with pytest.raises(EngineError, match="SIGSEGV"):
        engine.answer(Query(text, Form.ASK), JSON)
    assert engine.answer(ASK, JSON).read() == YES


def test_no_service_is_called_even_by_a_query_that_was_not_parsed(engine: EmbeddedEngine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        text = f"SELECT * {{ SERVICE <{address}> {{ ?s ?p ?o }} }}"
        with pytest.raises(QueryError, match="SERVICE is not allowed"):
            Query.parse(text)
        with pytest.raises(EngineError, match="Too many open files"):
            engine.answer(Query(text, Form.SELECT), JSON)
        with pytest.raises(TimeoutError):
            listener.accept()


def test_a_request_with_too_many_graphs_is_too_long(engine: EmbeddedEngine) -> None:
    graphs = tuple(f"{X}{number}" for number in range(10_000))
    with pytest.raises(QueryTooLong, match="they may have 150,000"):
        engine.answer(Query.parse("ASK {}", graphs), JSON)


def test_the_longest_query_is_answered(engine: EmbeddedEngine) -> None:
    text = "ASK { " + "#" * 99_990 + "\n}"
    assert engine.answer(Query.parse(text), JSON).read() == YES


def test_an_engine_can_be_sent_to_another_process(engine: EmbeddedEngine) -> None:
    copy = pickle.loads(pickle.dumps(engine))  # noqa: S301 - our own bytes
    assert copy.answer(ASK, JSON).read() == YES


@pytest.mark.parametrize("garbage", [b"GET / HTTP/1.1\r\n\r\n", b"\0" * 12, b"\0\0\0\2" + b"\0" * 8 + b"[]"])
def test_garbage_is_hung_up_on(engine: EmbeddedEngine, garbage: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(2)
        connection.connect(engine.address)
        connection.sendall(garbage)
        assert connection.recv(100) == b""
    assert engine.answer(ASK, JSON).read() == YES


def test_a_worker_killed_in_mid_query_is_told_and_replaced_at_once(nquads: Path) -> None:
    with EngineProcess(nquads, ONE_WORKER) as process:
        [worker] = children(process.pid)
        bomb = Asking(process.engine, BOMB)
        wait_until(lambda: processor_seconds(worker) > 0.1, 5)
        os.kill(worker, signal.SIGKILL)
        killed = time.monotonic()
        outcome = bomb.result(1)
        assert isinstance(outcome, EngineError)
        assert str(outcome) == "the query ended the process that answered it (SIGKILL)"
        assert process.engine.answer(ASK, JSON).read() == YES
        assert time.monotonic() - killed < 1
        assert children(process.pid) != [worker]


def test_a_worker_killed_while_idle_is_replaced_when_it_is_needed(nquads: Path) -> None:
    with EngineProcess(nquads, ONE_WORKER) as process:
        [worker] = children(process.pid)
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: not children(process.pid), 1)
        assert process.engine.answer(ASK, JSON).read() == YES
        assert children(process.pid) != [worker]


def test_a_worker_that_hears_nothing_is_killed_by_the_watchdog(nquads: Path) -> None:
    with EngineProcess(nquads, ONE_WORKER) as process:
        [worker] = children(process.pid)
        os.kill(worker, signal.SIGSTOP)
        asked = time.monotonic()
        with pytest.raises(TimeLimitReached, match=r"0\.5 seconds"):
            process.engine.answer(ASK, JSON, Wish(seconds=0.5))
        assert 1.4 < time.monotonic() - asked < 2.5
        assert not is_alive(worker)
        assert process.engine.answer(ASK, JSON).read() == YES


def test_a_caller_that_hangs_up_frees_its_worker(nquads: Path) -> None:
    script = textwrap.dedent("""
        import sys
        from almaty_graph.engine.embedded import EmbeddedEngine
        from almaty_graph.formats import JSON
        from almaty_graph.engine.language.lexical import Form
        from almaty_graph.engine.language.query import Query
        EmbeddedEngine(sys.argv[1]).answer(Query(sys.argv[2], Form.SELECT), JSON)
    """)
    with EngineProcess(nquads, ONE_WORKER) as process:
        [worker] = children(process.pid)
        command = [sys.executable, "-c", script, process.engine.address, BOMB.text]
        with subprocess.Popen(command) as caller:
            wait_until(lambda: processor_seconds(worker) > 0.1, 5)
            caller.kill()
        wait_until(lambda: not is_alive(worker), 1)
        wait_until(lambda: children(process.pid), 1)
        assert process.engine.answer(ASK, JSON).read() == YES


def test_a_caller_that_hangs_up_as_its_worker_dies_harms_nobody(nquads: Path) -> None:
    request = Request(BOMB.text, "SELECT", JSON.media_type).frame()
    with EngineProcess(nquads, ONE_WORKER) as process, ExitStack() as callers:
        # The second has a worker made for it, so that its hang-up is heard before that ends.
        for _ in range(2):
            caller = callers.enter_context(socket.socket(socket.AF_UNIX))
            caller.connect(process.engine.address)
            caller.sendall(request)
        wait_until(lambda: process.engine.status()["running"] == 2, 2)
        os.kill(process.pid, signal.SIGSTOP)
        workers = children(process.pid)
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        wait_until(lambda: not any(map(is_alive, workers)), 1)
        callers.close()
        os.kill(process.pid, signal.SIGCONT)
        assert process.engine.answer(ASK, JSON).read() == YES
        assert process.exit_code is None


@pytest.mark.slow
def test_a_worker_that_took_much_memory_is_replaced_after_its_answer(nquads: Path) -> None:
    with EngineProcess(nquads, Limits(workers=1, memory_bytes=256 << 20)) as process:
        [worker] = children(process.pid)
        query = Query.parse("SELECT * { ?a ?b ?c . ?d ?e ?f FILTER(STR(?f) < '11') } ORDER BY ?c ?f LIMIT 1")
        assert process.engine.answer(query, CSV).read().count(b"\n") == 2
        wait_until(lambda: not is_alive(worker), 2)
        assert process.engine.answer(ASK, JSON).read() == YES


@pytest.mark.slow
def test_an_overload_ends_the_longest_queries_so_that_all_are_let_in(nquads: Path) -> None:
    with EngineProcess(nquads, Limits(workers=2)) as process, ThreadPoolExecutor(24) as pool:
        bombs = [pool.submit(Asking, process.engine, BOMB, 4) for _ in range(24)]
        time.sleep(0.2)
        for _ in range(3):
            asked = time.monotonic()
            assert process.engine.answer(ASK, JSON).read() == YES
            assert time.monotonic() - asked < 2
        outcomes = [bomb.result().result(6) for bomb in bombs]
        assert {type(outcome) for outcome in outcomes} == {EngineBusy, TimeLimitReached}
        assert {str(each) for each in outcomes} == {
            "ended to let others in; ask again later",
            "the query ran for more than 4 seconds, the limit",
        }


def test_quick_queries_wait_for_one_another_and_long_ones_have_their_worker_replaced(nquads: Path) -> None:
    with EngineProcess(nquads, Limits(workers=2)) as process, ThreadPoolExecutor(32) as threads:
        answers = [threads.submit(process.engine.answer, ASK, JSON, Wish(seconds=20)) for _ in range(200)]
        assert {answer.result(20).read() for answer in answers} == {b'{"head":{},"boolean":true}'}
        assert len(children(process.pid)) == 2
        bombs = [Asking(process.engine, BOMB, seconds=2) for _ in range(2)]
        wait_until(lambda: process.engine.status()["running"] == 2, 2)
        assert process.engine.answer(ASK, JSON, Wish(seconds=20)).read() == b'{"head":{},"boolean":true}'
        assert len(children(process.pid)) == 3
        for bomb in bombs:
            assert isinstance(bomb.result(4), TimeLimitReached)


def test_more_than_may_wait_are_refused_at_once(nquads: Path) -> None:
    with EngineProcess(nquads, Limits(workers=1, waiting=0)) as process:
        bombs = [Asking(process.engine, BOMB, seconds=1) for _ in range(4)]
        wait_until(lambda: len(children(process.pid)) == 4, 2)
        time.sleep(0.1)
        with pytest.raises(EngineBusy, match="too many queries are waiting"):
            process.engine.answer(Query.parse("SELECT (COUNT(*) AS ?n) {}"), JSON)
        assert {type(bomb.result(3)) for bomb in bombs} == {TimeLimitReached}


def test_told_to_stop_it_lets_running_queries_finish(nquads: Path) -> None:
    with EngineProcess(nquads, ONE_WORKER) as process:
        [worker] = children(process.pid)
        query = Query.parse(
            "SELECT (COUNT(*) AS ?n) { { SELECT * { ?a ?b ?c } LIMIT 1000 } ?d ?e ?f FILTER(?c != ?f) }"
        )
        assert process.engine.answer(ASK, JSON).read() == YES  # on a line, which then is open
        asking = Asking(process.engine, query)
        wait_until(lambda: processor_seconds(worker) > 0.1, 5)
        os.kill(process.pid, signal.SIGTERM)
        with pytest.raises(EngineError):
            wait_until(lambda: process.engine.answer(ASK, JSON).read() != YES, 2)
        assert isinstance(asking.result(5), bytes)
        wait_until(lambda: not is_alive(process.pid), 1)
    assert process.exit_code == 0


def test_told_to_stop_it_waits_idly(nquads: Path) -> None:
    with EngineProcess(nquads, ONE_WORKER) as process:
        bomb = Asking(process.engine, BOMB, seconds=1)
        wait_until(lambda: process.engine.status()["running"], 2)
        os.kill(process.pid, signal.SIGTERM)
        before = processor_seconds(process.pid)
        time.sleep(0.7)
        assert processor_seconds(process.pid) - before < 0.2
        assert isinstance(bomb.result(2), TimeLimitReached)


def test_nothing_is_left_behind(nquads: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with EngineProcess(nquads, Limits(workers=2)) as process:
        processes = [process.pid, *children(process.pid)]
        assert len(processes) == 3
        assert list(tmp_path.iterdir())
    assert not any(map(is_alive, processes))
    assert not list(tmp_path.iterdir())
    with pytest.raises(EngineError, match="the engine is not there"):
        process.engine.answer(ASK, JSON)


def test_it_ends_with_its_owner_however_that_ends(nquads: Path, tmp_path: Path) -> None:
    script = textwrap.dedent("""
        import sys, time
        from pathlib import Path
        from almaty_graph.engine.embedded import EngineProcess, Limits
        with EngineProcess(Path(sys.argv[1]), Limits(workers=2)) as process:
            print(process.pid, flush=True)
            time.sleep(60)
    """)
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", script, str(nquads)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        processes = [pid, *children(pid)]
        assert len(processes) == 3
        [folder] = tmp_path.iterdir()
        bomb = Asking(EmbeddedEngine(str(folder / "socket")), BOMB)
        time.sleep(0.1)
        owner.kill()
        wait_until(lambda: not any(map(is_alive, processes)), 2)
        assert str(bomb.result(1)) == "the engine was stopped"


def test_a_file_that_is_not_n_quads_is_told_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        path = Path(folder, "data.nq")
        path.write_text("<a> <b> nothing .\n", "utf-8")
        with pytest.raises(EngineError, match=f"did not load {path}: SyntaxError"), EngineProcess(path):
            pass
        assert list(Path(folder).iterdir()) == [path]


def test_a_folder_in_which_no_socket_fits_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / ("x" * 100)
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    told = f"no socket fits below {folder}; set TMPDIR to a shorter path"
    with pytest.raises(EngineError, match=re.escape(told)), EngineProcess(tmp_path / "dataset.nq"):
        pass
    assert list(folder.iterdir()) == []


def test_an_engine_that_was_killed_can_be_revived_at_its_address(tmp_path: Path) -> None:
    nquads = tmp_path / "data.nq"
    nquads.write_text("<a:s> <a:p> <a:o> <a:g> .\n")
    with EngineProcess(nquads) as process:
        process.revive()
        first = process.pid
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: process.exit_code is not None, 5)
        with pytest.raises(EngineError):
            process.engine.answer(Query.parse("ASK {}"), CSV)
        process.revive()
        assert process.engine.answer(Query.parse("ASK {}"), TSV).read() == b"true"
        assert process.pid != first
