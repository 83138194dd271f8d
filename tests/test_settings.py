"""What a server is told, from wherever, is what it does; and what it cannot be told is one line."""

import tomllib
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from almaty_graph.cli import main
from almaty_graph.commands.serve import serve
from almaty_graph.engine.wire import Limits
from almaty_graph.settings import Settings
from settings_table import SERVING, with_settings

EVERY = """
host = "0.0.0.0"
port = 80
processes = 3
threads = 32
engine = "https://example.org/sparql"
index = "/srv/index"
seconds = 10
memory = 512
answer = 8
rows = 1000
workers = 3
waiting = 0
cache = 1
client-queries = 4
client-seconds = 20.5
service-endpoints = ["https://example.org/sparql", "http://127.0.0.1:7878/query?default"]
trusted-proxies = 1
access-log = "-"
log-queries = true
body-seconds = 2.5
"""
TOLD = Settings(
    host="0.0.0.0",  # noqa: S104 - nobody listens
    port=80,
    processes=3,
    threads=32,
    engine="https://example.org/sparql",
    index=Path("/srv/index"),
    seconds=10.0,
    memory=512,
    answer=8,
    rows=1000,
    workers=3,
    waiting=0,
    cache=1,
    client_queries=4,
    client_seconds=20.5,
    service_endpoints=("https://example.org/sparql", "http://127.0.0.1:7878/query?default"),
    trusted_proxies=1,
    access_log="-",
    log_queries=True,
    body_seconds=2.5,
)


def settings(*flags: str) -> Settings:
    """What the command would tell the server."""
    with context_of(*flags) as context:
        given = {name: value for name, value in context.params.items() if name not in ("root", "release")}
    return Settings(**given)


def context_of(*flags: str) -> click.Context:
    return serve.make_context("serve", list(flags), click.Context(main, **main.context_settings))


def complaint(*flags: str) -> str:
    result = CliRunner().invoke(main, ["serve", *flags])
    assert result.exit_code == 2
    return result.stderr.partition("Error: ")[2].strip()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "serving.toml"


def test_without_being_told_it_is_the_defaults() -> None:
    assert settings() == Settings()


def test_every_setting_can_be_a_flag() -> None:
    flags = [
        flag
        for name, value in tomllib.loads(EVERY).items()
        for flag in ((f"--{name}",) if value is True else (f"--{name}", text(value)))
    ]
    assert settings(*flags) == TOLD


def test_every_setting_can_be_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in tomllib.loads(EVERY).items():
        monkeypatch.setenv(f"ALMATY_GRAPH_SERVE_{name.upper().replace('-', '_')}", text(value))
    assert settings() == TOLD


def test_every_setting_can_be_in_a_file(config: Path) -> None:
    config.write_text(EVERY)
    assert settings("--config", str(config)) == TOLD


def text(value: object) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def test_a_flag_wins_over_the_environment_and_that_over_the_file(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text('host = "::1"\nport = 1\nseconds = 1')
    monkeypatch.setenv("ALMATY_GRAPH_SERVE_CONFIG", str(config))
    monkeypatch.setenv("ALMATY_GRAPH_SERVE_PORT", "2")
    monkeypatch.setenv("ALMATY_GRAPH_SERVE_SECONDS", "2")
    assert settings("--seconds", "3") == Settings(host="::1", port=2, seconds=3.0)


def test_the_release_can_be_in_the_file_and_in_the_environment(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text(f'release = "{tmp_path}"')
    with context_of("--config", str(config)) as context:
        assert context.params["release"] == tmp_path
    monkeypatch.setenv("ALMATY_GRAPH_SERVE_RELEASE", str(tmp_path.parent))
    with context_of("--config", str(config)) as context:
        assert context.params["release"] == tmp_path.parent


def test_other_commands_do_not_hear_what_is_set_of_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALMATY_GRAPH_SERVE_ROOT", "/missing")
    assert CliRunner().invoke(main, ["query", "--help"]).exit_code == 0
    assert "'/missing' does not exist" in complaint()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("secs = 3", "there is no setting 'secs'; the nearest is 'seconds'"),
        ("client_seconds = 3", "there is no setting 'client_seconds'; the nearest is 'client-seconds'"),
        ("config = 'a'", "there is no setting 'config'; the nearest is 'seconds'"),
        ("[serve]\nport = 1", "there is no setting 'serve'; the nearest is 'answer'"),
        ('port = "80"', "port: found '80'; a whole number is needed"),
        ("port = true", "port: found True; a whole number is needed"),
        ("port = 80.0", "port: found 80.0; a whole number is needed"),
        ("seconds = true", "seconds: found True; a number is needed"),
        ("host = 1", "host: found 1; text in quotes is needed"),
        ("log-queries = 1", "log-queries: found 1; true or false is needed"),
        ('service-endpoints = "a"', "service-endpoints: found 'a'; an array of URLs is needed"),
        (
            "service-endpoints = [1]",
            "service-endpoints: found 1; the URL of an endpoint is needed, such as https://example.org/sparql",
        ),
        ("port = 0", "port: 0 is not in the range 1<=x<=65535."),
        ("seconds = nan", "seconds: nan is not a number of seconds"),
    ],
)
def test_what_a_file_should_not_say_is_one_line_with_file_and_key(
    config: Path, written: str, said: str
) -> None:
    config.write_text(written)
    assert complaint("--config", str(config)) == f"{config}: {said}"


@pytest.mark.parametrize("written", [b"port = ", b"host = '\xff'"])
def test_what_is_no_toml_is_one_line_with_the_file(config: Path, written: bytes) -> None:
    config.write_bytes(written)
    assert complaint("--config", str(config)).startswith(f"Invalid value for '--config': {config}: ")


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("--engine", "mysql"),
        ("--engine", "file:///etc/passwd"),
        ("--engine", "http://"),
        ("--threads", "1"),
        ("--seconds", "nan"),
        ("--client-seconds", "nan"),
        ("--service-endpoints", "example.org"),
        ("--service-endpoints", "http://"),
        ("--service-endpoints", "http://user@example.org/"),
        ("--service-endpoints", "http://example.org:99999/"),
        ("--service-endpoints", "http://[example.org/"),
        ("--service-endpoints", "http://example.org/#here"),
        ("--service-endpoints", "http://example.org/<"),
        ("--service-endpoints", "http://example.org/,*"),
        ("--service-endpoints", "file:///etc/passwd"),
        ("--trusted-proxies", "-1"),
        ("--access-log", "/"),
    ],
)
def test_a_value_that_cannot_be_is_refused(flag: str, value: str) -> None:
    assert complaint(flag, value).startswith(f"Invalid value for '{flag}': ")


def test_a_limit_of_the_engine_is_what_was_set() -> None:
    expected = Limits(
        seconds=10.0,
        memory_bytes=512 << 20,
        answer_bytes=8 << 20,
        rows=1000,
        workers=3,
        waiting=0,
        client_queries=4,
        client_seconds=20.5,
        service_endpoints=("https://example.org/sparql", "http://127.0.0.1:7878/query?default"),
    )
    assert TOLD.limits == expected


def test_the_defaults_are_those_of_the_engine() -> None:
    assert Settings().limits == Limits()


def test_the_table_of_settings_is_true() -> None:
    page = SERVING.read_text()
    assert with_settings(page) == page, "run `make format`"


def test_the_example_in_the_page_can_be_told(config: Path) -> None:
    [example] = [part.partition("```")[0] for part in SERVING.read_text().split("```toml\n")[1:]]
    config.write_text(example.replace("/srv/almaty/current", str(config.parent)))
    assert settings("--config", str(config)).trusted_proxies == 1
