"""Decides what is known of the processes of a server, and how long one waits for what they do."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def children(pid: int) -> list[int]:
    """The children of a process, by whichever of its threads; none if it has gone."""
    found: list[int] = []
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (thread / "children").read_text().split())
    return sorted(found)


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    return [pid, *(each for child in children(pid) for each in tree(child))]


def command_line(pid: int) -> str:
    """The words that a process was started with; none if it has ended."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text()
    return ""


def is_alive(pid: int) -> bool:
    """Whether a process exists and has not ended."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    return False


def processor_seconds(pid: int) -> float:
    """The processor time that a process has used; 0 if it has gone."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def proportional_bytes(pid: int) -> int:
    """The memory of a process, with its part of what it shares; 0 if it has gone."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    return 0


def wait_until(condition: Callable[[], object], seconds: float) -> float:
    """The seconds until a condition held; asserts that they were not more."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() < begun + seconds, f"it did not happen within {seconds:g} seconds"
        time.sleep(0.01)
    return time.monotonic() - begun
