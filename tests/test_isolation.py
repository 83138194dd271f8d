"""What a process has to itself: memory that its parent had filled, where there is enough."""

import os
import platform
import re
import sys
from pathlib import Path

import pytest

from almaty_graph.engine import isolation
from almaty_graph.engine.embedded import EngineProcess
from almaty_graph.release import Release
from process_tree import children, wait_until

KERNEL = tuple(map(int, re.findall(r"\d+", platform.release())[:2]))
pytestmark = pytest.mark.skipif(sys.platform != "linux" or KERNEL < (5, 14), reason="of Linux from 5.14 on")
MIB = 1 << 20


def shared_bytes(pid: int | str) -> int:
    """How much memory that a process may write to is still another's too."""
    text = Path(f"/proc/{pid}/smaps").read_text()
    areas = re.findall(r"rw-p \S+ 00:00 0 *(?:\[heap\])?\n(?:.*\n)*?Shared_Dirty: +(\d+) kB", text)
    return 1024 * sum(map(int, areas))


def shared_by_a_child(monkeypatch: pytest.MonkeyPatch, free: int) -> int:
    """How much a child shares with its parent, which has filled 64 MiB, once it has asked for its own."""
    filled = bytearray(b"x") * (64 * MIB)
    monkeypatch.setattr(isolation, "_free_bytes", lambda: free)
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        isolation.own_memory()
        os.write(writing, str(shared_bytes("self")).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert len(filled) == 64 * MIB
    return int(os.read(reading, 32))


def test_memory_is_copied_where_there_is_enough_for_many(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shared_by_a_child(monkeypatch, 1 << 50) < MIB
    assert shared_by_a_child(monkeypatch, 64 * MIB) >= 64 * MIB


def test_free_memory_is_that_of_the_machine_or_of_its_container(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"/proc/meminfo": "MemTotal: 9 kB\nMemAvailable:    4096 kB\n"}
    monkeypatch.setattr(isolation, "_read", lambda path: files.get(path, ""))
    assert isolation._free_bytes() == 4 * MIB
    files |= {"/sys/fs/cgroup/memory.max": "max\n", "/sys/fs/cgroup/memory.current": "5\n"}
    assert isolation._free_bytes() == 4 * MIB
    files["/sys/fs/cgroup/memory.max"] = f"{MIB}\n"
    assert isolation._free_bytes() == MIB - 5
    files.clear()
    assert isolation._free_bytes() == 0


def test_a_worker_has_the_data_to_itself_without_being_asked(release: Release) -> None:
    with EngineProcess(release.folder / "dataset.nq") as process:
        wait_until(lambda: all(shared_bytes(worker) < MIB for worker in children(process.pid)), 10)
        assert children(process.pid)
