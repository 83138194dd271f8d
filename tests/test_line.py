"""Lookups share a line to one worker; what does not fit it goes the ordinary way, and nobody is the wiser."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from almaty_graph.engine.client import line_to
from almaty_graph.engine.embedded import EmbeddedEngine, EngineProcess, Limits
from almaty_graph.engine.language.query import Query
from almaty_graph.engine.line import _KINDS, _MEMORY, _PAUSE
from almaty_graph.errors import EngineError, LimitReached, QueryError
from almaty_graph.formats import CSV, TSV
from process_tree import children

SUBJECT = "<http://example.org/s{}>"
# Looks like a lookup, and has 500 to the fourth rows.
SLOW = "SELECT ?a WHERE { ?a <http://example.org/p> ?b . ?c ?d ?e . ?f ?g ?h . ?i ?j ?k }"


@pytest.fixture
def process(tmp_path: Path) -> Iterator[EngineProcess]:
    path = tmp_path / "data.nq"
    lines = (
        f'{SUBJECT.format(n)} <http://example.org/p> "{n}" <http://example.org/g> .\n' for n in range(500)
    )
    path.write_text("".join(lines))
    with EngineProcess(path, Limits(seconds=5)) as running:
        yield running


def lookup(engine: EmbeddedEngine, number: int) -> str:
    query = Query.parse(f"SELECT ?o WHERE {{ {SUBJECT.format(number)} ?p ?o }}")
    assert query.is_lookup
    return engine.answer(query, TSV).read().decode()


def ask_for_much(engine: EmbeddedEngine, text: str) -> None:
    data = engine.answer(Query.parse(text), CSV).data
    assert not isinstance(data, bytes)
    data.close()


def lines(process: EngineProcess) -> float:
    return process.engine.status()["lines"]


def test_lookups_of_many_threads_get_their_own_answers_over_one_line(process: EngineProcess) -> None:
    wrong: list[str] = []

    def ask(start: int) -> None:
        for number in range(start, start + 40):
            answer = lookup(process.engine, number)
            if answer != f'?o\n"{number}"\n':
                wrong.append(answer)

    threads = [threading.Thread(target=ask, args=(10 * n,)) for n in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert lines(process) == 1


def test_a_line_can_be_there_before_anybody_asks(process: EngineProcess) -> None:
    process.engine.prepare()
    assert lines(process) == 1
    process.engine.prepare()
    assert lookup(process.engine, 7) == '?o\n"7"\n'
    assert lines(process) == 1


def test_queries_like_one_that_took_long_leave_the_line_to_others(process: EngineProcess) -> None:
    line = line_to(process.address)
    start = "SELECT * { ?a <http://example.org/p> ?b . ?c ?d ?e . ?f ?g ?h FILTER (?e != "
    long = [f"{start}{constant}) }} LIMIT 90000" for constant in ('"1"', '"27"', "<http://example.org/s1>")]
    assert all(Query.parse(text).is_lookup and line.suits(text) for text in long)
    ask_for_much(process.engine, long[0])
    assert not any(map(line.suits, long))
    assert line.suits(f"{start}?b) }} LIMIT 90000")
    time.sleep(_PAUSE)
    lookup(process.engine, 1)
    for text in long:
        ask_for_much(process.engine, text)
    assert lines(process) == 1


def test_what_took_long_is_forgotten_in_time_and_as_more_is_remembered(
    process: EngineProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = line_to(process.address)
    for number in range(_KINDS + 1):
        line.avoid("x" * number)
    assert line.suits("")
    assert not line.suits("x")
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + _MEMORY + 1)
    assert line.suits("x")


def test_an_error_comes_over_a_line_as_it_does_otherwise(process: EngineProcess) -> None:
    lookup(process.engine, 1)
    with pytest.raises(QueryError, match=r"line 1, column 40"):
        process.engine.answer(Query.parse("SELECT ?o { <http://example.org/s1> ?p }"), CSV)
    assert lines(process) == 1


def test_what_takes_too_long_for_a_line_is_answered_the_ordinary_way(process: EngineProcess) -> None:
    lookup(process.engine, 1)
    query = Query.parse(SLOW)
    assert query.is_lookup
    threading.Thread(target=give_up_on, args=(process.engine, query), daemon=True).start()
    deadline = time.monotonic() + 2
    while not process.engine.status()["running"]:
        assert time.monotonic() < deadline, "the query never came to an ordinary worker"
        time.sleep(0.01)
    assert lookup(process.engine, 2) == '?o\n"2"\n'


def test_a_line_whose_worker_was_killed_is_opened_again(process: EngineProcess) -> None:
    pid = open_line(process)
    os.kill(pid, signal.SIGKILL)
    assert [lookup(process.engine, n) for n in (1, 2)] == ['?o\n"1"\n', '?o\n"2"\n']
    time.sleep(0.3)
    lookup(process.engine, 3)
    assert lines(process) == 1


def test_a_line_whose_worker_hears_nothing_holds_up_nobody_and_is_ended(process: EngineProcess) -> None:
    pid = open_line(process)
    os.kill(pid, signal.SIGSTOP)
    begun = time.monotonic()
    assert lookup(process.engine, 4) == '?o\n"4"\n'
    assert time.monotonic() - begun < 1
    lookup(process.engine, 5)
    deadline = time.monotonic() + 10
    while pid in children(process.pid):
        assert time.monotonic() < deadline, "the worker that hears nothing was never ended"
        time.sleep(0.01)


def test_each_process_has_one_line(process: EngineProcess) -> None:
    assert line_to(process.engine.address) is line_to(process.engine.address)


def give_up_on(engine: EmbeddedEngine, query: Query) -> None:
    with suppress(LimitReached, EngineError):
        engine.answer(query, CSV)


def open_line(process: EngineProcess) -> int:
    """The worker that the first lookup is given."""
    before = set(children(process.pid))
    lookup(process.engine, 1)
    [pid] = set(children(process.pid)) - before
    return pid
