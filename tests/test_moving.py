"""What a process has to itself: memory that its parent had filled, where there is enough."""

import os
import platform
import re
import sys
from pathlib import Path

import pytest

from almaty_graph.engine import moving
from almaty_graph.engine.embedded import EngineProcess
from almaty_graph.release import Release
from process_tree import children, wait_until

KERNEL = tuple(map(int, re.findall(r"\d+", platform.release())[:2]))
pytestmark = pytest.mark.skipif(sys.platform != "linux" or KERNEL < (5, 14), reason="of Linux from 5.14 on")
MIB = 1 << 20
HUGE_PAGES = re.findall(r"\[(.*)\]", moving._read("/sys/kernel/mm/transparent_hugepage/enabled"))


def bytes_of(what: str, pid: int | str = "self") -> int:
    """How much of the memory that a process may write to and that is of no file is so, by the kernel."""
    text = Path(f"/proc/{pid}/smaps").read_text()
    areas = re.findall(rf"rw-p \S+ 00:00 0 *(?:\[heap\])?\n(?:.*\n)*?{what}: +(\d+) kB", text)
    return 1024 * sum(map(int, areas))


def moved(monkeypatch: pytest.MonkeyPatch, free: int) -> tuple[int, int, int]:
    """What a child shares with its parent, which has filled 64 MiB, before and after it moved; its steps."""
    filled = bytearray(b"x") * (64 * MIB)
    monkeypatch.setattr(moving, "_free_bytes", lambda: free)
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        before = bytes_of("Shared_Dirty")
        steps = sum(1 for _ in moving.own_memory())
        os.write(writing, f"{before} {bytes_of('Shared_Dirty')} {steps}".encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert filled == b"x" * (64 * MIB)
    before, after, steps = map(int, os.read(reading, 100).split())
    return before, after, steps


def test_memory_is_copied_in_steps_where_there_is_enough_for_many(monkeypatch: pytest.MonkeyPatch) -> None:
    before, after, steps = moved(monkeypatch, 1 << 50)
    assert before >= 64 * MIB
    assert after < MIB
    assert steps > 32


def test_memory_is_left_where_it_is_if_there_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    before, after, steps = moved(monkeypatch, 64 * MIB)
    assert after >= 64 * MIB <= before
    assert steps == 0


@pytest.mark.skipif(KERNEL < (6, 1), reason="of Linux from 6.1 on")
@pytest.mark.skipif(HUGE_PAGES in ([], ["never"]), reason="huge pages are off")
def test_data_lie_in_huge_pages(release: Release) -> None:
    with EngineProcess(release.folder / "dataset.nq") as process:
        wait_until(lambda: all(bytes_of("AnonHugePages", each) for each in children(process.pid)), 10)


def test_free_memory_is_that_of_the_machine_or_of_its_container(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"/proc/meminfo": "MemTotal: 9 kB\nMemAvailable:    4096 kB\n"}
    monkeypatch.setattr(moving, "_read", lambda path: files.get(path, ""))
    assert moving._free_bytes() == 4 * MIB
    files |= {"/sys/fs/cgroup/memory.max": "max\n", "/sys/fs/cgroup/memory.current": "5\n"}
    assert moving._free_bytes() == 4 * MIB
    files["/sys/fs/cgroup/memory.max"] = f"{MIB}\n"
    assert moving._free_bytes() == MIB - 5
    files.clear()
    assert moving._free_bytes() == 0


def test_a_worker_has_the_data_to_itself_without_being_asked(release: Release) -> None:
    with EngineProcess(release.folder / "dataset.nq") as process:
        wait_until(
            lambda: all(bytes_of("Shared_Dirty", worker) < MIB for worker in children(process.pid)), 10
        )
        assert children(process.pid)
