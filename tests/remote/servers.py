"""Servers that the tests start on free ports of this machine, and stop."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import urllib3

__all__ = ["VIRTUOSO_ROWS", "careerkg_server", "oxigraph_server", "virtuoso_server"]

VIRTUOSO_ROWS = 4_000
"""Rows after which the Virtuoso of the tests cuts its answers: fewer than the data have."""

_INI = """
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
ErrorLogLevel = 7
FileExtend = 200
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
ServerThreads = 10
NumberOfBuffers = {buffers}
MaxDirtyBuffers = {dirty}
DirsAllowed = .
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = .
ServerThreads = 10
MaxClientConnections = 10
[SPARQL]
ResultSetMaxRows = {rows}
"""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _running(command: Sequence[str], folder: Path, url: str) -> Iterator[None]:
    """Run a server until the end of the block, from when it answers."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "output.txt").open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        try:
            for _ in range(600):
                try:
                    urllib3.request("GET", url, retries=False, timeout=1)
                    break
                except urllib3.exceptions.HTTPError:
                    assert process.poll() is None, (folder / "output.txt").read_text()
                    time.sleep(0.1)
            else:
                raise AssertionError(f"{command[0]} does not answer")
            yield
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _program(name: str) -> str | None:
    """Return where a program is: beside this Python, or on the path."""
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.is_file() else shutil.which(name)


@contextmanager
def oxigraph_server(folder: Path, *, location: Path | None = None) -> Iterator[str | None]:
    """Run an Oxigraph server, in memory or in a folder, and yield its URL; None if it is not installed."""
    program = _program("oxigraph")
    if program is None:
        yield None
        return
    port = free_port()
    command = [program, "serve", "--bind", f"127.0.0.1:{port}"]
    if location is not None:
        command += ["--location", str(location)]
    with _running(command, folder, f"http://127.0.0.1:{port}/"):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def careerkg_server(folder: Path, store: Path, *, row_cap: int) -> Iterator[str]:
    """Serve a store on disk and yield the URL of the server."""
    port = free_port()
    command = [sys.executable, "-m", "careerkg", "serve", "--store", str(store), "--port", str(port)]
    with _running([*command, "--row-cap", str(row_cap)], folder, f"http://127.0.0.1:{port}/health"):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def virtuoso_server(folder: Path, *, rows: int = VIRTUOSO_ROWS, buffers: int = 8_000) -> Iterator[str | None]:
    """Run an empty Virtuoso and yield its SPARQL endpoint; None if the program is not installed.

    ``rows`` are those after which answers are cut; a buffer takes 8 KiB of memory.
    """
    program = _program("virtuoso-t")
    if program is None:
        yield None
        return
    sql, http = free_port(), free_port()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "virtuoso.ini").write_text(
        _INI.format(sql=sql, http=http, rows=rows, buffers=buffers, dirty=buffers * 3 // 4)
    )
    url = f"http://127.0.0.1:{http}/sparql"
    with _running([program, "-f", "-c", "virtuoso.ini"], folder, url):
        yield url
