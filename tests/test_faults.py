"""What becomes of a server whose processes are killed or stopped, whose means run out, or whose store fails.

Each test tells its figures (`pytest -s` shows them), and holds the server to a bound.
"""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import datetime
from itertools import count
from pathlib import Path

import pytest

from almaty_graph.errors import AnswerLimitReached, EngineBusy, QueryError, RemoteError, TimeLimitReached
from almaty_graph.release import Release
from hostile.attack import exchange, request
from hostile.load import ENDLESS
from hostile.target import BOUND_BYTES, PROMISE, SECONDS, WORKERS, Target, attacked
from process_tree import is_alive, processor_seconds, wait_until
from stores import free_port, needed
from test_remote import FAULTS
from toy import Toy, reply

YEAR = 365 * 24 * 60 * 60
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"

pytestmark = pytest.mark.slow


@pytest.fixture
def target(release: Release) -> Iterator[Target]:
    with attacked(release.folder) as target:
        yield target


def tell(what: str, seconds: float) -> None:
    sys.stdout.write(f"\n{what}: {seconds:.3f} s\n")


def busiest(target: Target) -> int | None:
    """The worker that has run for a tenth of a second."""
    busy = [worker for worker in target.workers() if processor_seconds(worker) > 0.1]
    return max(busy, key=processor_seconds, default=None)


def answered_again(target: Target, seconds: float) -> float:
    """The seconds until a query is answered, whatever came before."""

    def answered() -> bool:
        with suppress(OSError, http.client.HTTPException, AssertionError):
            return target.ask(timeout=seconds) < PROMISE
        return False

    return wait_until(answered, seconds)


def status_of_a_page(target: Target) -> int:
    [page] = exchange(target, request("GET", "/id/state/kyrgyzstan"))
    return page.status


def test_a_worker_killed_in_mid_query_is_told_and_replaced(release: Release) -> None:
    with attacked(release.folder, "--seconds", "60") as target, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(target.get, ENDLESS, 90)
        wait_until(lambda: busiest(target), 5)
        killed, begun = busiest(target) or 0, time.monotonic()
        os.kill(killed, signal.SIGKILL)
        status, body = waiting.result(5)
        tell("a worker killed: its client told after", time.monotonic() - begun)
        wait_until(lambda: killed not in target.workers() and len(target.workers()) >= WORKERS, 1)
        target.ask()
        replaced = time.monotonic() - begun
        tell("a worker killed: another in its place, and a query answered, after", replaced)
        assert (status, b"SIGKILL" in body) == (503, True)
        assert replaced < 1
        assert target.processes() == target.lasting


def test_a_web_process_that_is_killed_is_replaced_and_the_other_answers_meanwhile(target: Target) -> None:
    killed, other = target.lasting["web"]
    os.kill(killed, signal.SIGKILL)
    waits = []

    def is_replaced() -> bool:
        waits.append(answered_again(target, PROMISE))
        web = target.processes()["web"]
        return len(web) == 2 and killed not in web

    tell("a web process killed: another begun in its place after", wait_until(is_replaced, 5))
    for _ in range(50):
        waits.append(target.ask())
        time.sleep(0.02)
    tell("a web process killed: the longest that anybody waited meanwhile", max(waits))
    assert max(waits) < PROMISE
    assert other in target.processes()["web"]
    assert target.processes()["engine"] == target.lasting["engine"]


def test_an_engine_that_is_killed_is_replaced_and_meanwhile_all_are_told_to_come_back(target: Target) -> None:
    [killed] = target.lasting["engine"]
    workers = target.workers()
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: not any(map(is_alive, [killed, *workers])), 1)
    [refusal] = exchange(target, request("GET", "/sparql?query=ASK%7B?s?p?o%7D"))
    page = status_of_a_page(target)
    seconds = answered_again(target, 5)
    tell("an engine killed: queries answered again after", seconds)
    assert (refusal.status, refusal.header("Retry-After"), page) == (503, "1", 303)
    assert seconds < 3
    assert target.processes()["web"] == target.lasting["web"]


def test_workers_that_are_stopped_are_found_out_and_replaced(target: Target) -> None:
    target.ask()
    stopped = target.workers()
    for worker in stopped:
        os.kill(worker, signal.SIGSTOP)
    begun = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(target.get, [f"{COUNT} # {number}" for number in range(8)]))
    tell("all workers stopped: the last of eight queries told or answered after", time.monotonic() - begun)
    waits = []

    def are_replaced() -> bool:
        waits.append(target.ask())
        return set(target.workers()).isdisjoint(stopped)

    wait_until(are_replaced, 3)
    seconds = time.monotonic() - begun
    tell("all workers stopped: all of them replaced after", seconds)
    assert {status for status, _ in replies} <= {200, 503, 504}
    assert seconds < SECONDS + 2
    assert max(waits) < PROMISE
    assert target.processes() == target.lasting


def test_an_engine_that_is_stopped_is_found_out_and_replaced(target: Target) -> None:
    [stopped] = target.lasting["engine"]
    os.kill(stopped, signal.SIGSTOP)
    begun = time.monotonic()
    status, _ = target.get(COUNT, 60)
    told = time.monotonic() - begun
    tell("an engine stopped: a client told so after", told)
    page = status_of_a_page(target)
    seconds = answered_again(target, 10)
    tell("an engine stopped: queries answered again, after that, within", seconds)
    assert (status, page) == (503, 303)
    assert told + seconds < 10
    assert not is_alive(stopped)
    assert target.processes()["web"] == target.lasting["web"]


@contextmanager
def connections(target: Target, number: int) -> Iterator[None]:
    """So many connections, which nobody uses."""
    with ExitStack() as stack:
        for _ in range(number):
            stack.enter_context(target.connect(5))
        yield


def test_idle_connections_hold_up_nobody(release: Release) -> None:
    limited = (needed("prlimit"), "--nofile=1024:")  # what most machines give, which is less than is needed
    with attacked(release.folder, before=limited) as target:
        for number in (1_000, 2_000):
            with connections(target, number):
                waits = []
                for _ in range(40):
                    waits.append(target.ask())
                    time.sleep(0.02)
                tell(f"{number:,} idle connections: the longest that anybody waited", max(waits))
                assert max(waits) < PROMISE
        assert target.processes() == target.lasting


def test_a_server_without_descriptors_recovers(release: Release) -> None:
    with attacked(release.folder, before=(needed("prlimit"), "--nofile=256:256")) as target:
        with connections(target, 1_000):
            time.sleep(1)
        seconds = answered_again(target, 10)
        for _ in range(20):
            target.ask()
        tell("256 descriptors and 1,000 connections: answered again after they closed, within", seconds)
        assert seconds < PROMISE
        assert target.processes() == target.lasting


# A clock that is set


@pytest.fixture
def clock(tmp_path: Path) -> Callable[[int], tuple[str, ...]]:
    """Sets a clock to so many seconds ahead; returns the words that start a process which has that clock."""
    library, setting = tmp_path / "clock.so", tmp_path / "setting"
    source = Path(__file__).with_name("clock.c")
    setting.touch()
    subprocess.run(
        [needed("cc"), "-shared", "-fPIC", f'-DSETTING="{setting}"', "-o", library, source], check=True
    )

    def set_clock(seconds: int) -> tuple[str, ...]:
        os.utime(setting, (seconds, seconds))
        return ("env", f"LD_PRELOAD={library}")

    return set_clock


def seconds_ahead(target: Target) -> float:
    """How far the clock of a worker is ahead of ours."""
    _, body = target.get("SELECT (NOW() AS ?now) {}")
    [row] = json.loads(body)["results"]["bindings"]
    return datetime.fromisoformat(row["now"]["value"]).timestamp() - time.time()


@pytest.mark.parametrize("jump", [None, YEAR, 0], ids=["always", "from now on", "until now"])
def test_a_clock_that_is_a_year_ahead_changes_no_limit(
    release: Release, clock: Callable[[int], tuple[str, ...]], jump: int | None
) -> None:
    ahead = YEAR if jump is None else jump
    with attacked(release.folder, before=clock(YEAR - (jump or 0))) as target, ThreadPoolExecutor(1) as pool:
        for when in ("over which the clock may jump", "after that"):
            begun = time.monotonic()
            waiting = pool.submit(target.get, ENDLESS)
            time.sleep(SECONDS / 2)
            clock(ahead)
            status, _ = waiting.result(30)
            seconds = time.monotonic() - begun
            tell(f"a query that does not end, {when}, ended after", seconds)
            assert status == 504
            assert SECONDS * 0.9 < seconds < SECONDS + 1
        assert abs(seconds_ahead(target) - ahead) < 60
        assert target.ask() < PROMISE
        assert target.processes() == target.lasting


# A store elsewhere

# The answer to a query, and to the question before it whether the release is there.
HELD = reply(
    b'{"head":{"vars":["graph","turn"]},"results":{"bindings":[{"graph":{"type":"uri","value":"x:g"},'
    b'"turn":{"type":"literal","value":"1"}}]}}'
)
STATUSES = {
    AnswerLimitReached: 507,
    EngineBusy: 503,
    QueryError: 400,
    RemoteError: 502,
    TimeLimitReached: 504,
}
NUMBERS = count()


def ask_store(target: Target) -> int:
    """The status of a query that nobody has asked before."""
    return target.get(f"SELECT * {{ ?s ?p ?o }} # {next(NUMBERS)}")[0]


@pytest.fixture(scope="module")
def remote(release: Release) -> Iterator[tuple[Toy, Target]]:
    toy = Toy()
    toy.behaviour = HELD
    with closing(toy.listener), attacked(release.folder, "--engine", toy.url, "--answer", "1") as target:
        yield toy, target


@pytest.mark.parametrize("fault", FAULTS)
def test_a_store_that_fails_is_told_in_time_and_asked_again(remote: tuple[Toy, Target], fault: str) -> None:
    toy, target = remote
    toy.behaviour, kind, _ = FAULTS[fault]
    begun = time.monotonic()
    status = ask_store(target)
    told = time.monotonic() - begun
    page = status_of_a_page(target)
    toy.behaviour = HELD
    again = ask_store(target)
    tell(f"a store's fault ({fault}): a client told so after", told)
    target.weigh()
    assert (status, page, again) == (STATUSES[kind], 303, 200)
    assert told < SECONDS + 1
    assert target.peak_bytes < BOUND_BYTES
    assert target.processes() == target.lasting


def test_a_store_that_is_down_is_told_and_asked_as_soon_as_it_is_there(release: Release) -> None:
    port = free_port()
    with attacked(release.folder, "--engine", f"http://127.0.0.1:{port}/sparql") as target:
        statuses = [ask_store(target), status_of_a_page(target)]
        toy = Toy(port)
        toy.behaviour = HELD
        with closing(toy.listener):
            seconds = wait_until(lambda: ask_store(target) == 200, 5)
    tell("a store that was down: answers from it, once it was there, within", seconds)
    assert statuses == [502, 303]
    assert seconds < 1
