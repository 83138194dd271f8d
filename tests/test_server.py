"""What becomes of the processes of a real server, and of who is asking meanwhile."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest

from almaty_graph.release import Release
from conftest import PROCESSES, Serve
from process_tree import children, command_line, wait_until
from stores import free_port

NEVER_ENDING = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a != ?d && ?h != ?e) }"


def status_of(address: str, query: str) -> int:
    try:
        with urllib.request.urlopen(f"{address}/sparql?{urlencode({'query': query})}", timeout=30) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def children_named(pid: int, name: str) -> list[int]:
    """The living children of a process whose command line has that name; a dead one has none."""
    return [child for child in children(pid) if name in command_line(child)]


@pytest.mark.slow
def test_told_to_stop_a_server_answers_who_is_waiting_and_leaves_nothing(
    serve: Serve, release: Release
) -> None:
    address = serve(release.folder)
    process = PROCESSES[address]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(status_of, address, NEVER_ENDING)
        time.sleep(1)
        begun = children_named(process.pid, "almaty_graph")
        process.terminate()
        assert waiting.result(timeout=20) == 503
    assert process.wait(timeout=20) == 0
    assert len(begun) == 4  # two of the web, the engine, and who validates
    assert [pid for pid in begun if Path(f"/proc/{pid}").exists()] == []


@pytest.mark.slow
def test_told_to_stop_while_it_starts_a_server_stops_at_once(release: Release) -> None:
    command = [sys.executable, "-m", "almaty_graph", "serve", "--release", str(release.folder)]
    with subprocess.Popen([*command, "--port", str(free_port())], stdout=subprocess.DEVNULL) as process:
        wait_until(lambda: len(children_named(process.pid, "serve")) == 2, 10)
        time.sleep(0.1)  # in which the last of them begins to load
        process.terminate()
        assert process.wait(5) == 0


@pytest.mark.slow
def test_a_killed_engine_and_a_killed_web_worker_are_replaced(serve: Serve, release: Release) -> None:
    address = serve(release.folder)
    pid = PROCESSES[address].pid
    [engine] = children_named(pid, "supervisor")
    worker = children_named(pid, "serve")[0]
    os.kill(engine, signal.SIGKILL)
    os.kill(worker, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and len(children_named(pid, "almaty_graph")) < 4:
        time.sleep(0.1)
    time.sleep(1)
    assert {engine, worker}.isdisjoint(children_named(pid, "almaty_graph"))
    assert [status_of(address, "ASK {}") for _ in range(8)] == [200] * 8
