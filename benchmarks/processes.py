"""Decides what processes cost: the processor time and the memory of one and all that descend from it."""

import os
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_TICK: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Cost:
    """Seconds of processor time so far, those of them in the processes of our engine, and bytes.

    Memory that processes share counts once for each in `rss`, and in equal parts in `pss`.
    """

    seconds: float
    engine_seconds: float
    rss: int
    pss: int


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    children: dict[int, list[int]] = defaultdict(list)
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                children[int(_stat(int(folder.name))[1])].append(int(folder.name))
    found = [pid]
    for each in found:
        found += children[each]
    return found


def cost(pid: int, *, memory: bool = True) -> Cost:
    """What a process and its descendants have cost; memory is 0 unless wanted: to add it up takes time."""
    seconds = engine = 0.0
    rss = pss = 0
    for each in family(pid):
        with suppress(OSError):
            # Fields 14 to 17 of proc(5): user and system time, of it and of the children it has waited for.
            spent = sum(map(int, _stat(each)[11:15])) / _TICK
            seconds += spent
            engine += spent if b"engine.supervisor" in (_PROC / str(each) / "cmdline").read_bytes() else 0
            if memory:
                rss += int((_PROC / str(each) / "statm").read_text().split()[1]) * _PAGE
                pss += _pss(each)
    return Cost(seconds, engine, rss, pss)


def _stat(pid: int) -> list[str]:
    """The fields of stat from the third on: the second, a name in brackets, may hold anything."""
    return (_PROC / str(pid) / "stat").read_text().rpartition(") ")[2].split()


def _pss(pid: int) -> int:
    lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))
