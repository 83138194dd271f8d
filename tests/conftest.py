"""What the tests share: the real repository, one release of it, and servers that end with the test run."""

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
import rdflib
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from almaty_graph.engine.embedded import Engine, EngineProcess, Limits
from almaty_graph.release import Release
from almaty_graph.release.building import build
from almaty_graph.sources import Sources
from almaty_graph.web import create_app
from given_up import release_with_names_given_up
from stores import free_port
from toy import Toy
from visits import chromium

ROOT = Path(__file__).parents[1]
PARTS = ("ontology", "data", "shapes", "queries")

# For tests whose witness is RDFLib: its parsers of quads call what it has itself deprecated.
READ_BY_RDFLIB = [
    pytest.mark.filterwarnings("ignore:Dataset.default_context is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
    pytest.mark.usefixtures("exact_literals"),
]


# Promises in seconds of the wall clock, of processes that share the machine with whatever else runs there:
# such a test has failed when it fails three times in a row.
AGAINST_THE_CLOCK = (
    "browser", "charts", "connections", "diagram", "endpoint", "engine", "export", "faults", "federation",
    "hostile", "languages", "line", "metrics", "pictures", "release", "remote", "server", "strange",
    "suggestions", "validation_service",
)  # fmt: skip

# Of these, what is promised of a server while as much is put to it as it bears: no other test runs meanwhile.
ALONE = ("connections", "faults", "hostile")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        module = item.path.stem.removeprefix("test_")
        if module in AGAINST_THE_CLOCK:
            item.add_marker(pytest.mark.flaky(reruns=2))
        if module in ALONE:
            item.add_marker(pytest.mark.alone)


@pytest.fixture
def exact_literals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)


def shared(path: str) -> Path:
    """A path of what lies beside the checkout; without it, skips, and fails where CI must have it."""
    found = ROOT.parent / "shared" / path
    if not found.exists():
        reason = f"needs ../shared/{path}, which is not part of the repository"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="session")
def seed() -> Path:
    return next(shared("seed").glob("*.txt"))


@pytest.fixture(scope="session")
def sources() -> Sources:
    return Sources.at(ROOT)


@pytest.fixture(scope="session")
def release(sources: Sources, tmp_path_factory: pytest.TempPathFactory) -> Release:
    return build(sources, tmp_path_factory.mktemp("release"))


@pytest.fixture(scope="session")
def engine(release: Release) -> Iterator[Engine]:
    with EngineProcess(release.folder / "dataset.nq", Limits()) as process:
        yield process.engine


@pytest.fixture(scope="session")
def client(release: Release, engine: Engine) -> FlaskClient:
    return create_app(release, engine).test_client()


@pytest.fixture(scope="session")
def given_up_release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release in which one name was merged into another, and one withdrawn."""
    root, target = tmp_path_factory.mktemp("given-up"), tmp_path_factory.mktemp("given-up-release")
    return release_with_names_given_up(root, [ROOT / part for part in PARTS], target)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as launched:
        yield launched


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A copy of the repository that a test may spoil."""
    for part in PARTS:
        shutil.copytree(ROOT / part, tmp_path / part)
    return tmp_path


PROCESSES: dict[str, subprocess.Popen[bytes]] = {}
Serve = Callable[..., str]


@contextmanager
def serving(
    folder: Path, *options: str, before: tuple[str, ...] = ()
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address and the process of a server by the command line; `before` is what starts that."""
    port = str(free_port())
    command = (
        *before,
        sys.executable,
        "-m",
        "almaty_graph",
        "serve",
        "--release",
        str(folder),
        "--port",
        port,
    )
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL)
    try:
        wait_until_ready(address, process)
        yield address, process
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="session")
def serve() -> Iterator[Serve]:
    """A function that serves a release folder, and returns the address."""
    with ExitStack() as running:

        def start(folder: Path, *options: str) -> str:
            address, PROCESSES[address] = running.enter_context(serving(folder, *options))
            return address

        yield start


@pytest.fixture(scope="session")
def server(serve: Serve, release: Release) -> str:
    """The address of a real server of the real release."""
    return serve(release.folder)


def processes_of(pid: int) -> Iterator[int]:
    """A process and all that descend from it, but for what ends meanwhile."""
    yield pid
    for children in Path("/proc").glob(f"{pid}/task/*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):
            for child in children.read_text(encoding="ascii").split():
                yield from processes_of(int(child))


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def wait_until_ready(address: str, process: subprocess.Popen[bytes]) -> None:
    """Wait as long as a slow machine may take to build a release and to load it."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    raise AssertionError(f"no server at {address}; exit code {process.poll()}")


@pytest.fixture(scope="module")
def toy() -> Iterator[Toy]:
    toy = Toy()
    yield toy
    toy.listener.close()
