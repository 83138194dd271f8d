"""What a server counts and writes down of requests: all of them, nothing that a client could forge."""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from almaty_graph.engine.client import Engine
from almaty_graph.engine.embedded import EngineProcess
from almaty_graph.errors import AnswerLimitReached, EngineBusy, QueryTooLong, TooManyQueries
from almaty_graph.release import Release
from almaty_graph.web.operations.accesslog import AccessLog
from almaty_graph.web.operations.metrics import CONTENT_TYPE, Figures, Metrics
from almaty_graph.web.operations.status import operation_routes
from almaty_graph.web.operations.telemetry import IS_KEPT, OUTCOME, Telemetry
from almaty_graph.web.operations.watch import HUNG_UP
from almaty_graph.web.problems import handle_errors
from almaty_graph.web.routes import register
from test_connections import get, watched_server

Environ = dict[str, Any]
REQUEST: Environ = {
    "REQUEST_METHOD": "GET",
    "PATH_INFO": "/sparql",
    "QUERY_STRING": "query=secret",
    "REMOTE_ADDR": "192.0.2.1",
    "HTTP_USER_AGENT": "test/1",
    "HTTP_REFERER": "https://secret.example/",
}


class App:
    """Answers as it is told, and leaves in the environ what it is told to."""

    def __init__(self, status: str, parts: Iterable[bytes] = (), **left: object) -> None:
        self.status, self.parts, self.left = status, parts, left

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        environ.update(self.left)
        start_response(self.status, [])
        return self.parts


def ask(telemetry: Telemetry, **request: str) -> None:
    """Send a request through, read its body to the end, and close it."""
    parts = telemetry(REQUEST | request, lambda *_: lambda _: None)
    for _ in parts:
        pass
    if hasattr(parts, "close"):
        parts.close()


def figures(text: bytes) -> dict[tuple[str, ...], float]:
    """The figures that Prometheus reads: by name, and the values of the labels."""
    families = text_string_to_metric_families(text.decode())
    return {
        (sample.name.removeprefix("almaty_graph_"), *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def counted(folder: Path, app: App, **request: str) -> dict[tuple[str, ...], float]:
    metrics = Metrics(folder)
    ask(Telemetry(app, metrics), **request)
    return figures(metrics.exposition())


def logged(tmp_path: Path, app: App, log: AccessLog | None = None, **request: str) -> dict[str, object]:
    log = log or AccessLog(str(tmp_path / "log"))
    ask(Telemetry(app, Metrics(tmp_path), log), **request)
    log.flush()
    [line] = (tmp_path / "log").read_bytes().splitlines()
    return dict(json.loads(line))


# Metrics


def test_a_request_is_counted_by_kind_method_and_status(tmp_path: Path) -> None:
    found = counted(tmp_path, App("200 OK", [b"12345"]))
    assert found["requests_total", "sparql", "GET", "200"] == 1
    assert found["reply_bytes_total", "sparql"] == 5
    assert found["request_seconds_count", "sparql"] == 1
    assert found["request_seconds_bucket", "sparql", "+Inf"] == 1
    assert found["requests_in_progress",] == 0


@pytest.mark.parametrize("path", ["/wp-login.php", "/sparqlx", "//", "/\n"])
def test_what_a_client_makes_up_makes_no_figures(tmp_path: Path, path: str) -> None:
    found = counted(tmp_path, App("404 Not Found"), PATH_INFO=path, REQUEST_METHOD="MADEUP")
    assert {key for key in found if key[0] == "requests_total"} <= {
        ("requests_total", "other", "other", "404"),
        ("requests_total", "home", "other", "404"),
    }


@pytest.mark.parametrize(
    ("status", "left", "result"),
    [
        ("200 OK", {IS_KEPT: True}, "hit"),
        ("200 OK", {IS_KEPT: False}, "miss"),
        ("304 Not Modified", {IS_KEPT: True}, "not modified"),
        ("304 Not Modified", {}, "not modified"),
    ],
)
def test_the_cache_is_counted(tmp_path: Path, status: str, left: dict[str, Any], result: str) -> None:
    found = counted(tmp_path, App(status, [b""], **left))
    assert {key: n for key, n in found.items() if key[0] == "cache_total"} == {("cache_total", result): 1}


@pytest.mark.parametrize(
    ("status", "left", "outcome"),
    [
        ("200 OK", {}, "answered"),
        ("413 Request Entity Too Large", {OUTCOME: QueryTooLong("long")}, "too long"),
        ("507 Insufficient Storage", {OUTCOME: AnswerLimitReached("large")}, "size"),
        ("503 Service Unavailable", {OUTCOME: EngineBusy("busy")}, "busy"),
        ("429 Too Many Requests", {OUTCOME: TooManyQueries("busy")}, "too many"),
        ("503 Service Unavailable", {OUTCOME: EngineBusy("gone"), HUNG_UP: True}, "abandoned"),
        ("405 Method Not Allowed", {}, "refused"),
        ("500 Internal Server Error", {OUTCOME: ValueError("ours")}, "fault"),
    ],
)
def test_queries_are_counted_by_outcome(
    tmp_path: Path, status: str, left: dict[str, Any], outcome: str
) -> None:
    found = counted(tmp_path, App(status, [b""], **left))
    assert {key: n for key, n in found.items() if key[0] == "queries_total"} == {
        ("queries_total", outcome): 1
    }


def test_a_reply_from_the_cache_is_no_query(tmp_path: Path) -> None:
    assert "queries_total" not in {
        key[0] for key in counted(tmp_path, App("200 OK", [b""], **{IS_KEPT: True}))
    }


def test_a_long_answer_is_counted_when_it_is_sent(tmp_path: Path) -> None:
    metrics = Metrics(tmp_path)
    parts = Telemetry(App("200 OK", iter([b"123", b"45"])), metrics)(
        REQUEST.copy(), lambda *_: lambda _: None
    )
    assert next(iter(parts)) == b"123"
    assert figures(metrics.exposition())["requests_in_progress",] == 1
    parts.close()  # type: ignore[attr-defined]  # the client has gone
    found = figures(metrics.exposition())
    assert (found["requests_in_progress",], found["reply_bytes_total", "sparql"]) == (0, 3)


def test_a_request_that_fails_is_counted(tmp_path: Path) -> None:
    def fail(*_: object) -> Iterable[bytes]:
        raise ZeroDivisionError

    metrics = Metrics(tmp_path)
    with pytest.raises(ZeroDivisionError):
        Telemetry(fail, metrics)(REQUEST.copy(), lambda *_: lambda _: None)
    assert figures(metrics.exposition())["requests_total", "sparql", "GET", "500"] == 1


def test_processes_tell_their_sum_whichever_is_asked(tmp_path: Path) -> None:
    processes = [Metrics(tmp_path), Metrics(tmp_path)]
    for metrics in processes:
        ask(Telemetry(App("200 OK", [b"1"]), metrics))
        metrics.publish()
    sums = [figures(metrics.exposition())["requests_total", "sparql", "GET", "200"] for metrics in processes]
    assert sums == [2, 2]


def test_what_a_process_counted_stays_when_it_is_killed_but_not_what_it_was_at(tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib, signal; from almaty_graph.web.operations.metrics import Metrics;"
        "m = Metrics(pathlib.Path(sys.argv[1])); m.begin(); m.begin();"
        "m.end(('sparql', 'GET', '200'), 1, 0.1); m.publish(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path], check=False)
    found = figures(Metrics(tmp_path).exposition())
    assert (found["requests_total", "sparql", "GET", "200"], found["requests_in_progress",]) == (1, 0)


def test_a_folder_that_cannot_be_written_breaks_nothing(tmp_path: Path) -> None:
    (tmp_path / "half.counts").write_text("[[")
    found = counted(tmp_path / "missing", App("200 OK", [b"1"]))
    assert found["requests_in_progress",] == 0
    assert counted(tmp_path, App("200 OK", [b"1"]))["requests_total", "sparql", "GET", "200"] == 1


@pytest.mark.parametrize(
    ("engine", "expected"),
    [
        (
            lambda: {"workers": 2, "running": 1, "ended TimeLimitReached": 3},
            {("engine_up",): 1, ("engine", "workers"): 2, ("engine", "running"): 1}
            | {("engine_ended_total", "TimeLimitReached"): 3},
        ),
        (lambda: {"": 1 / 0}, {("engine_up",): 0}),
    ],
)
def test_the_figures_of_the_engine_are_told(
    tmp_path: Path, engine: Figures, expected: dict[tuple[str, ...], float]
) -> None:
    found = figures(Metrics(tmp_path, engine).exposition())
    assert {key: value for key, value in found.items() if key[0].startswith("engine")} == expected


# The log


def test_a_line_says_who_got_what_and_neither_query_nor_referrer(tmp_path: Path) -> None:
    line = logged(tmp_path, App("200 OK", [b"12345"], **{IS_KEPT: True}))
    assert str(line.pop("time")).endswith("Z")
    assert 0 <= float(str(line.pop("milliseconds"))) < 1000
    assert line == {
        "client": "192.0.2.1",
        "method": "GET",
        "path": "/sparql",
        "status": 200,
        "bytes": 5,
        "cache": "hit",
        "agent": "test/1",
    }


def test_the_query_is_logged_if_it_is_to_be(tmp_path: Path) -> None:
    log = AccessLog(str(tmp_path / "log"), with_queries=True)
    assert logged(tmp_path, App("200 OK", [b""]), log)["query"] == "query=secret"


def test_the_client_is_whom_the_trusted_proxy_tells(tmp_path: Path) -> None:
    log = AccessLog(str(tmp_path / "log"), trusted_proxies=1)
    line = logged(tmp_path, App("200 OK", [b""]), log, HTTP_X_FORWARDED_FOR='x\n"y, 198.51.100.7')
    assert line["client"] == "198.51.100.7"


@pytest.mark.parametrize(
    "nasty", ['a\n{"status":200}', 'a"\\', "a\r\n\x00\x1b[2J", "\udcff\u2028", "x" * 5000]
)
def test_no_client_can_forge_a_line_or_swell_it(tmp_path: Path, nasty: str) -> None:
    line = logged(tmp_path, App("404 Not Found"), PATH_INFO=f"/{nasty}", HTTP_USER_AGENT=nasty)
    assert (line["path"], line["agent"]) == (f"/{nasty}"[:200], nasty[:100])
    assert (tmp_path / "log").read_bytes().isascii()
    assert (tmp_path / "log").stat().st_size < 4096


@pytest.mark.parametrize("path", ["/dev/full", "/missing/log"])
def test_a_log_that_cannot_be_written_breaks_nothing_and_is_told_once(
    path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = AccessLog(path)
    for _ in range(3):
        ask(Telemetry(App("200 OK", [b""]), Metrics(tmp_path), log))
        log.flush()
    assert capsys.readouterr().err.count("the access log cannot be written") == 1


def test_a_log_that_is_moved_away_begins_anew(tmp_path: Path) -> None:
    logged(tmp_path, App("200 OK", [b""]))
    (tmp_path / "log").rename(tmp_path / "log.1")
    assert logged(tmp_path, App("200 OK", [b""]))["status"] == 200


def test_standard_output_is_a_log(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    log = AccessLog("-")
    ask(Telemetry(App("200 OK", [b""]), Metrics(tmp_path), log))
    log.flush()
    assert json.loads(capfd.readouterr().out)["status"] == 200


@pytest.mark.slow
def test_two_processes_count_and_log_every_request_also_the_last_before_they_stop(tmp_path: Path) -> None:
    with watched_server(2, tmp_path) as port:
        before = len([get(port, f"/sparql?{number}") for number in range(100)])
        found = figures(get(port, "/metrics"))
    lines = [json.loads(line) for line in (tmp_path / "log").read_bytes().splitlines()]
    assert [line["path"] for line in lines].count("/sparql") == before
    assert found["requests_total", "sparql", "GET", "200"] <= before
    after = figures(Metrics(tmp_path).exposition())
    assert after["requests_total", "sparql", "GET", "200"] == before


# Probes


def probes(engine: Engine, folder: Path) -> FlaskClient:
    app = Flask(__name__)
    register(app, operation_routes(engine, Metrics(folder)))
    handle_errors(app)
    return app.test_client()


def test_a_server_is_ready_when_its_engine_answers(engine: Engine, tmp_path: Path) -> None:
    reply = probes(engine, tmp_path).get("/readyz")
    assert (reply.status_code, reply.headers["Cache-Control"]) == (200, "no-store")


def test_a_server_whose_engine_is_gone_is_not_ready(release: Release, tmp_path: Path) -> None:
    with EngineProcess(f"memory:{release.folder}/dataset.nq") as process:
        engine = process.engine
    reply = probes(engine, tmp_path).get("/readyz")
    assert (reply.status_code, reply.headers["Retry-After"]) == (503, "1")
    assert reply.json is not None
    assert reply.json["detail"].startswith("not ready: the engine is not there")


def test_figures_are_prometheus_text_and_not_kept(engine: Engine, tmp_path: Path) -> None:
    reply = probes(engine, tmp_path).get("/metrics")
    assert (reply.content_type, reply.headers["Cache-Control"]) == (CONTENT_TYPE, "no-store")
    assert figures(reply.data)["engine_up",] == 1
