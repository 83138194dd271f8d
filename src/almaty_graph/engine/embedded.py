"""Decides how the engine process is started, watched and ended by its owner."""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self, cast

from almaty_graph.engine.client import Answer, EmbeddedEngine, Engine, Wish, line_to
from almaty_graph.engine.wire import Limits
from almaty_graph.errors import EngineError

__all__ = ["Answer", "EmbeddedEngine", "Engine", "EngineProcess", "Limits", "Wish"]

STARTING: Final = 600.0  # seconds to load a release in: ten million triples take a minute
STOPPING: Final = 8.0


class EngineProcess:
    """Runs the engine process for an index as long as the `with` block lasts.

    The index is an N-Quads file to hold in memory, or what `open_index` takes.

    Raises EngineError, with what the process said, when it does not start. Nothing is left behind, neither
    processes nor files, not even when the owner is killed.
    """

    def __init__(self, index: Path | str, limits: Limits | None = None) -> None:
        self.index = f"memory:{index}" if isinstance(index, Path) else index
        self.limits = limits or Limits()

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="almaty-engine-"))
        self.engine = EmbeddedEngine(str(self._folder / "socket"), self.limits.seconds)
        try:
            self._start()
        except BaseException:  # an interrupt too leaves nothing behind
            self._stop()
            raise
        return self

    def stop(self) -> None:
        """Tell the process to take no more queries, and to end when none runs; does not wait for that."""
        self._process.terminate()

    def kill(self) -> None:
        """End the process at once, and all that it started."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def revive(self) -> None:
        """Start the process again, at the same address, if it has ended; EngineError if it does not start."""
        if self.exit_code is not None:
            with self._process:  # closes its pipes
                pass
            Path(self.engine.address).unlink(missing_ok=True)
            self._start()

    def _start(self) -> None:
        # -P: the working directory is not searched for modules.
        module = [sys.executable, "-P", "-m", "almaty_graph.engine.supervisor"]
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                [*module, self.index, self.engine.address, json.dumps(asdict(self.limits))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # Ctrl-C in a terminal is for the owner, who then stops us in order
            )
        self._wait_until_ready()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    @property
    def pid(self) -> int:
        """The process id of the supervisor, whose children are the workers."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None as long as the supervisor runs, and what it ended with after that."""
        return self._process.poll()

    def _wait_until_ready(self) -> None:
        output = cast("IO[bytes]", self._process.stdout)
        poll = select.poll()
        poll.register(output, select.POLLIN)
        if not poll.poll(STARTING * 1000):
            raise EngineError(
                f"the engine did not load {self.index.removeprefix('memory:')} within {STARTING:g} seconds"
            )
        if output.readline() != b"ready\n":
            self._process.wait(STOPPING)
            said = (self._folder / "log").read_text("utf-8", "replace").strip().rpartition("\n")[2]
            raise EngineError(f"the engine did not load {self.index.removeprefix('memory:')}: {said}")

    def _stop(self) -> None:
        line_to(self.engine.address).close()
        self._process.terminate()
        try:
            self._process.wait(STOPPING)
        except subprocess.TimeoutExpired:
            self.kill()
        with self._process:  # waits, and closes its pipes
            pass
        shutil.rmtree(self._folder, ignore_errors=True)
