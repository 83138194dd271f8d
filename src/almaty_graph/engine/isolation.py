"""Decides what keeps a process from taking more, or going further, than it may: the kernel."""

import ctypes
import errno
import platform
import resource
import signal
import sys
from pathlib import Path
from typing import Final

from almaty_graph.errors import EngineError

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_SET_SECCOMP: Final = 22
_SECCOMP_MODE_FILTER: Final = 2
_ALLOW: Final = 0x7FFF0000
_REFUSE: Final = 0x00050000 | errno.EACCES

# Of each machine: what the kernel calls it (linux/audit.h), and the number of the system call `socket`.
_MACHINES: Final = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
_OTHER_TABLE: Final = 0x40000000  # x86_64 has a second table of calls from this number on

# Instructions of the Berkeley packet filter (linux/bpf_common.h), over struct seccomp_data.
_LOAD: Final = 0x20
_JUMP_IF_EQUAL: Final = 0x15
_JUMP_IF_AT_LEAST: Final = 0x35
_RETURN: Final = 0x06
_NUMBER_AT: Final = 0
_MACHINE_AT: Final = 4


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("if_true", ctypes.c_uint8),
        ("if_false", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(_Instruction)))


def die_with_parent(signal_number: int = signal.SIGKILL) -> None:
    """Have the kernel end this process when its parent ends; 0 calls that off. Does nothing but on Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)


def limit_memory(growth: int) -> None:
    """Have the kernel refuse this process more than so many bytes beyond what it has; on Linux."""
    if sys.platform == "linux":
        size = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + growth,) * 2)


def forbid_sockets() -> None:
    """Have the kernel refuse this thread, for good, every new socket; those that are open go on.

    Raises EngineError where the kernel does not offer that (it takes Linux on x86_64 or aarch64).
    """
    machine, socket_call = _MACHINES.get(platform.machine(), (0, 0))
    if sys.platform != "linux" or not machine:
        raise EngineError(
            f"{sys.platform} on {platform.machine()} cannot keep a process from opening sockets"
        )
    program = (
        (_LOAD, 0, 0, _MACHINE_AT),
        (_JUMP_IF_EQUAL, 0, 4, machine),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_JUMP_IF_AT_LEAST, 2, 0, _OTHER_TABLE),
        (_JUMP_IF_EQUAL, 1, 0, socket_call),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    )
    instructions = (_Instruction * len(program))(*(_Instruction(*each) for each in program))
    library = ctypes.CDLL(None, use_errno=True)
    filtered = _Program(len(program), instructions)
    if library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or library.prctl(
        _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(filtered)
    ):
        raise EngineError(f"the kernel takes no filter of system calls: errno {ctypes.get_errno()}")
