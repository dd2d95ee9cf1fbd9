"""What a worker process may not do: take ever more memory, write files, open connections.

A query cannot name a file or ask for a connection once SERVICE is refused; this is the second wall. Each
measure is taken where the system has it.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import struct
import sys
from contextlib import suppress
from pathlib import Path

__all__ = ["confine", "die_with_parent", "no_connections"]

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 1, 38, 22, 2
_SOCKET_CALL = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""By machine: the audit number of the architecture and the number of the system call ``socket``."""


def confine(memory: int | None) -> None:
    """Limit this process: ``memory`` bytes beyond what it has now, no file written, no core dump."""
    import resource

    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if memory is not None:
        limit = _address_space() + memory
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _address_space() -> int:
    """Return the bytes of address space that this process has, 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def die_with_parent() -> None:
    """Have the system end this process when its parent ends, however that happens (Linux)."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def no_connections() -> bool:
    """Refuse the system call ``socket`` to this process and its children (Linux); tell whether that worked.

    A seccomp filter of six instructions: other architectures and calls pass, ``socket`` gets EPERM.
    Sockets that are open already keep working.
    """
    known = _SOCKET_CALL.get(platform.machine())
    if sys.platform != "linux" or known is None:
        return False
    architecture, call = known
    program = b"".join(
        struct.pack("=HBBI", *instruction)
        for instruction in (
            (0x20, 0, 0, 4),  # load the architecture
            (0x15, 0, 3, architecture),  # another: pass
            (0x20, 0, 0, 0),  # load the number of the call
            (0x15, 0, 1, call),  # not socket: pass
            (0x06, 0, 0, 0x00050001),  # fail with EPERM
            (0x06, 0, 0, 0x7FFF0000),  # pass
        )
    )
    instructions = ctypes.create_string_buffer(program, len(program))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))

    filter_ = Program(len(program) // 8, ctypes.addressof(instructions))
    try:
        prctl = ctypes.CDLL(None).prctl
        if prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
            return False
        return bool(prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(filter_)) == 0)
    except (OSError, AttributeError):
        return False
