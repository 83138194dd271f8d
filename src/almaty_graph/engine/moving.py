"""Decides how a forked process comes to have its memory to itself: step by step, while nobody waits."""

import ctypes
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

_MADV_HUGEPAGE: Final = 14
_MADV_POPULATE_WRITE: Final = 23
_MADV_COLLAPSE: Final = 25
# Of the map of a process, what may be written and is of no file.
_OWN: Final = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) rw-p \S+ 00:00 0 *(?:\[heap\])?$", re.MULTILINE)
_HUGE: Final = 2 << 20  # bytes of a huge page, and of a step; copied in less than a millisecond
_COPIES: Final = 16  # processes that there may be, each with its own


def own_memory() -> Iterator[None]:
    """The steps by which this process copies the memory that it shares with its parent; on Linux.

    The engine counts references where its data are, so whoever reads them writes to them: page by page, that
    takes longer than most queries. And in huge pages, data that are read here and there are found sooner. An
    older kernel than 6.1 offers only the first, one older than 5.14 neither. There are no steps where there
    is not memory for many such processes. The map of the process is read at once, so the steps open nothing.
    """
    if sys.platform != "linux":
        return iter(())
    areas = [(int(start, 16), int(end, 16)) for start, end in _OWN.findall(_read("/proc/self/maps"))]
    if sum(end - start for start, end in areas) > _free_bytes() // _COPIES:
        return iter(())
    return _copy(ctypes.CDLL(None), areas)


def _copy(library: ctypes.CDLL, areas: Sequence[tuple[int, int]]) -> Iterator[None]:
    def advise(start: int, end: int, advice: int) -> bool:
        return bool(library.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), advice) == 0)

    for start, end in areas:
        advise(start, end, _MADV_HUGEPAGE)
        for page in range(start // _HUGE * _HUGE, end, _HUGE):
            part = max(start, page), min(end, page + _HUGE)
            if not (part == (page, page + _HUGE) and advise(*part, _MADV_COLLAPSE)):
                advise(*part, _MADV_POPULATE_WRITE)
            yield


def _free_bytes() -> int:
    """The memory that is there to be taken, by this machine or by this container."""
    free = 1024 * int(_read("/proc/meminfo").partition("MemAvailable:")[2].partition("kB")[0] or 0)
    most, used = (_read(f"/sys/fs/cgroup/memory.{name}").strip() for name in ("max", "current"))
    return min(free, int(most) - int(used)) if most.isdigit() and used.isdigit() else free


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""
