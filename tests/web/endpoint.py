"""A server for tests: ``careerkg serve`` in a process of its own, on a free port."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(__file__).resolve().parents[2] / "src"
DATA = Path(__file__).parent / "data"


class Serving(NamedTuple):
    """A server that answers."""

    url: str
    port: int
    process: subprocess.Popen[str]

    def children(self) -> list[int]:
        """Return the processes that the server has started, and those that they have."""
        found: list[int] = []
        parents = {self.process.pid}
        for _ in range(3):
            parents = {
                int(entry.name)
                for entry in Path("/proc").iterdir()
                if entry.name.isdigit() and _parent(int(entry.name)) in parents
            }
            found += sorted(parents)
        return found


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a process that finds the package."""
    path = os.pathsep.join(filter(None, [str(SOURCE), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path, **more}


def _parent(pid: int) -> int:
    """Return the parent of a process; 0 if the process has ended."""
    try:
        return int((Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def resident(pid: int) -> int:
    """Return the memory of a process in bytes; 0 if the process has ended."""
    try:
        pages = int((Path("/proc") / str(pid) / "statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


@contextlib.contextmanager
def serving(*options: str | Path) -> Iterator[Serving]:
    """Yield a server with options of ``careerkg serve``; it is ended, as by Ctrl-C, afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "careerkg", "serve", "--port", "0", *map(str, options)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        assert found, f"{line!r} {process.stderr.read() if process.poll() is not None else ''}"
        yield Serving(found[0], int(found[1]), process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            _, errors = process.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            _, errors = process.communicate()
            raise
    assert "Traceback" not in errors, errors
