"""What is installed is all that is needed: the package publishes its graph from an empty folder."""

import os
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from flask.testing import FlaskClient

from almaty_graph import __version__
from conftest import PARTS, ROOT, is_alive, processes_of, wait_until_ready

pytestmark = pytest.mark.slow

PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    # With the build backend at hand, nothing is downloaded.
    options = ["--no-build-isolation"] if find_spec("hatchling") else []
    subprocess.run([*PIP, "wheel", "--no-deps", *options, "--wheel-dir", folder, ROOT], check=True)
    [built] = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program in an environment that has the wheel, and what it depends on from the one of the tests."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin/python"
    install = [
        *PIP,
        "--python",
        str(python),
        "install",
        "--no-deps",
        "--no-index",
        "--no-compile",
        str(wheel),
    ]
    subprocess.run(install, check=True)
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = subprocess.run([python, "-c", code], capture_output=True, check=True, text=True).stdout.strip()
    ours = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    Path(packages, "dependencies.pth").write_text("".join(f"{path}\n" for path in ours), encoding="utf-8")
    return folder / "bin/almaty-graph"


@pytest.fixture
def environment() -> Iterator[dict[str, str]]:
    """The variables of somebody who never saw the checkout, and a folder of its own for temporary files."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with TemporaryDirectory() as folder:  # of a short name, which those of pytest are not: sockets lie in it
        yield inherited | {"TMPDIR": folder}


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def test_the_wheel_holds_the_repository_and_the_package_byte_for_byte(wheel: Path) -> None:
    parts = {part: ROOT / part for part in PARTS}
    wanted = {
        f"almaty_graph/repository/{part}/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for part, folder in parts.items()
        for path in folder.rglob("*")
        if path.is_file()
    }
    package = ROOT / "src/almaty_graph"
    wanted |= {
        f"almaty_graph/{path.relative_to(package).as_posix()}": path.read_bytes()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as file:
        held = {name: file.read(name) for name in file.namelist() if ".dist-info/" not in name}
    assert held == wanted
    for folder in (
        "web/templates/",
        "web/static/",
        "web/translations/",
        *(f"repository/{part}/" for part in PARTS),
    ):
        assert any(name.startswith(f"almaty_graph/{folder}") for name in held), folder


def test_the_wheel_holds_both_licences_and_its_type_marker(wheel: Path) -> None:
    info = f"almaty_graph-{__version__}.dist-info"
    with zipfile.ZipFile(wheel) as file:
        names = file.namelist()
    assert {f"{info}/licenses/{name}" for name in ("LICENSE", "LICENSE-DATA")} <= set(names)
    assert "almaty_graph/py.typed" in names


def test_the_installed_program_uses_what_it_was_installed_with(
    installed: Path, environment: dict[str, str], empty: Path
) -> None:
    code = "import almaty_graph.sources as s; print(s.__file__); print(s.repository_root())"
    shown = subprocess.run(
        [installed.with_name("python"), "-c", code],
        env=environment,
        cwd=empty,
        capture_output=True,
        check=True,
        text=True,
    )
    assert all(line.startswith(str(installed.parents[1])) for line in shown.stdout.splitlines()), shown.stdout


def test_the_installed_program_answers_a_recorded_question_from_an_empty_folder(
    installed: Path, environment: dict[str, str], empty: Path
) -> None:
    command = [str(installed), "query", "--question", "chairs"]
    done = subprocess.run(command, env=environment, cwd=empty, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, (ROOT / "queries/chairs.csv").read_bytes()), done.stderr


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=lambda how: how.name)
def test_the_installed_program_serves_from_an_empty_folder_and_ends_without_a_trace(
    installed: Path, environment: dict[str, str], empty: Path, client: FlaskClient, how: signal.Signals
) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [str(installed), "serve", "--port", str(port)]
    process = subprocess.Popen(
        command, env=environment, cwd=empty, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        wait_until_ready(address, process)
        style = (ROOT / "src/almaty_graph/web/static/style.css").read_bytes()
        for path, expected in {
            "/doc/state/iran.ttl": client.get("/doc/state/iran.ttl").data,
            "/doc/state/iran.jsonld": client.get("/doc/state/iran.jsonld").data,
            "/static/style.css": style,
        }.items():
            with urllib.request.urlopen(address + path, timeout=20) as reply:
                assert (reply.status, reply.read()) == (200, expected), path
        with urllib.request.urlopen(f"{address}/healthz", timeout=20) as reply:
            assert reply.status == 200
        started = list(processes_of(process.pid))
        assert len(started) >= 4  # the program, the engine, and two web workers
        process.send_signal(how)
        _, said = process.communicate(timeout=30)
        assert process.returncode == 0, said
        assert [pid for pid in started if is_alive(pid)] == []
    finally:
        process.kill()
        process.communicate()
    assert list(Path(environment["TMPDIR"]).iterdir()) == []
    assert list(empty.iterdir()) == []


def test_a_server_that_is_killed_takes_its_processes_with_it(
    installed: Path, environment: dict[str, str], empty: Path
) -> None:
    port = free_port()
    command = [str(installed), "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, cwd=empty, stdout=subprocess.DEVNULL)
    try:
        wait_until_ready(f"http://127.0.0.1:{port}", process)
        started = list(processes_of(process.pid))
    finally:
        process.kill()
        process.wait()
    deadline = time.monotonic() + 15
    while any(map(is_alive, started)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [pid for pid in started if is_alive(pid)] == []
