"""Entity pages on a full store: how long a page takes that nobody asked for before, and p99 with 50 clients.

The store is the one in ``CAREERKG_BENCH_STORE`` (a folder that imports write to), or is made of the O*NET and
ESCO releases that stand beside the repository on the maintainers' machines; without either there are no rows.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from common import Row

from careerkg import CareerGraph
from careerkg.importers import import_source
from careerkg.web.pages.addresses import path_of

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
CLIENTS, SECONDS, PAGES, FRESH = 50, 30.0, 800, 200
GOAL = 0.1
"""Seconds in which 99 of 100 pages have to be there."""

SAMPLE = """SELECT ?thing WHERE {{ ?thing a ckg:{kind} FILTER(isIRI(?thing)) }} LIMIT 20000"""
KINDS = {"Occupation": 0.5, "Skill": 0.2, "Technology": 0.1, "Task": 0.1, "OccupationCode": 0.1}


def rows() -> Iterator[Row]:
    """Yield the measurements."""
    given = os.environ.get("CAREERKG_BENCH_STORE")
    if given is None and not DATA.is_dir():
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(given or scratch)
        if given is None:
            for name in ("onet", "esco"):
                import_source(name, [DATA / name], folder)
        paths = addresses(folder)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "careerkg", "serve", "--store", str(folder), "--port", str(port)]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            ready(port)
            alone = asyncio.run(load(port, paths[:FRESH], clients=1, seconds=None))
            many = asyncio.run(load(port, paths[FRESH:], clients=CLIENTS, seconds=SECONDS))
        finally:
            server.terminate()
            server.wait(20)
    for what, clients, times in (
        ("each for the first time", 1, alone),
        ("none kept at first", CLIENTS, many),
    ):
        times.sort()
        rate = len(times) / (sum(times) / clients)
        for name, share in (("p50", 0.5), ("p99", 0.99)):
            yield Row(
                f"entity page, {clients} client{'s'[: clients > 1]}, {what}: {name} ({rate:.0f}/s)",
                times[int(share * (len(times) - 1))],
                "100 ms",
                GOAL,
                "<= 1",
            )


def addresses(folder: Path) -> list[str]:
    """Return the addresses of pages of things of several kinds, the same each time."""
    graph = CareerGraph.open(folder, read_only=True)
    choice = random.Random(29)
    found = []
    for kind, share in KINDS.items():
        things = sorted(str(row.thing) for row in graph.query(SAMPLE.format(kind=kind)))
        found += [path_of(one) for one in choice.sample(things, min(len(things), int(PAGES * share)))]
    choice.shuffle(found)
    return found


def ready(port: int) -> None:
    """Wait until a server answers."""
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/static/site.css", timeout=5).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("the server did not start")


async def load(port: int, paths: list[str], *, clients: int, seconds: float | None) -> list[float]:
    """Return how long each answer took: pages at random for some seconds, or every page once."""
    times: list[float] = []
    waiting = list(paths)
    until = time.monotonic() + (seconds or 0)

    async def client(number: int) -> None:
        choice = random.Random(number)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while waiting if seconds is None else time.monotonic() < until:
            path = waiting.pop() if seconds is None else choice.choice(paths)
            start = time.perf_counter()
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            status = head.split(b" ", 2)[1]
            length = next(
                int(line.split(b":")[1])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length:")
            )
            await reader.readexactly(length)
            assert status == b"200", (status, path)
            times.append(time.perf_counter() - start)
        writer.close()

    await asyncio.gather(*(client(number) for number in range(clients)))
    return times
