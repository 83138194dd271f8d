"""Decides how a process of ours that listens at a socket is started, watched and ended by its owner.

Such a process is a module that is run with the address of its socket and more arguments. It says `ready` on
its standard output, and ends when its standard input does: when its owner is gone, however that died.
"""

import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import IO, Final, Self, cast

from almaty_graph.errors import EngineError

STARTING: Final = 600.0  # seconds to load a release in: ten million triples take a minute
STOPPING: Final = 8.0
# Of the folder for temporary files, so that the path of a socket in a folder there has 103 (Linux takes 107).
_PATH_BYTES: Final = 72


class OwnedProcess:
    """Runs a module of ours as long as the `with` block lasts; `complaint` begins what is said if it cannot.

    Raises EngineError, with what the process said, when it does not start. Nothing is left behind, neither
    processes nor files, not even when the owner is killed. `environment` is what the process finds set, where
    the owner has not set it otherwise.
    """

    def __init__(
        self,
        module: str,
        arguments: tuple[str, ...],
        complaint: str,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._module, self._arguments, self._complaint = module, arguments, complaint
        self._environment = environment

    @property
    def address(self) -> str:
        """Where the process listens."""
        return str(self._folder / "socket")

    def __enter__(self) -> Self:
        if len(os.fsencode(where := tempfile.gettempdir())) > _PATH_BYTES:
            raise EngineError(
                f"{self._complaint}: no socket fits below {where}; set TMPDIR to a shorter path"
            )
        self._folder = Path(tempfile.mkdtemp(prefix="almaty-graph-"))
        try:
            self._start()
        except BaseException:  # an interrupt too leaves nothing behind
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def stop(self) -> None:
        """Tell the process to take nothing more, and to end when nothing runs; does not wait for that."""
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
            Path(self.address).unlink(missing_ok=True)
            self._start()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None as long as the process runs, and what it ended with after that."""
        return self._process.poll()

    def _start(self) -> None:
        # -P: the working directory is not searched for modules.
        command = [sys.executable, "-P", "-m", self._module, self.address, *self._arguments]
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**self._environment, **os.environ},
                start_new_session=True,  # Ctrl-C in a terminal is for the owner, who then stops us in order
            )
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        output = cast("IO[bytes]", self._process.stdout)
        poll = select.poll()
        poll.register(output, select.POLLIN)
        if not poll.poll(STARTING * 1000):
            raise EngineError(f"{self._complaint} within {STARTING:g} seconds")
        if output.readline() != b"ready\n":
            self._process.wait(STOPPING)
            said = (self._folder / "log").read_text("utf-8", "replace").strip().rpartition("\n")[2]
            raise EngineError(f"{self._complaint}: {said}")

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOPPING)
        except subprocess.TimeoutExpired:
            self.kill()
        with self._process:  # waits, and closes its pipes
            pass
        shutil.rmtree(self._folder, ignore_errors=True)
