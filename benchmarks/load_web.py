"""Load: many clients for a minute, cheap queries and impossible ones; every answer counted, memory watched.

    python benchmarks/load_web.py [SECONDS [CLIENTS [STORE]]]

Exit code 1 if a status other than 200, 303, 400 (for the malformed ones), 429 or 503 comes, if a connection
breaks, or if the memory of all processes together has grown by more than a quarter in the second half.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import httpx

CHEAP = (
    "SELECT ?p ?o {{ <https://w3id.org/careerkg/id/role/medical-coder> ?p ?o }} OFFSET {0} LIMIT 20",
    "SELECT ?s ?l {{ ?s a ckg:Task ; rdfs:label ?l }} OFFSET {0} LIMIT 50",
    "ASK {{ credential:rhit a ckg:Certification FILTER({0} > 0) }}",
    "CONSTRUCT {{ ?s rdfs:label ?l }} WHERE {{ ?s a ckg:Credential ; rdfs:label ?l }} OFFSET {0} LIMIT 20",
)
IMPOSSIBLE = (
    "SELECT (COUNT(*) AS ?n) {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER({0} >= 0) }}",
    "SELECT * {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }} ORDER BY ?c ?f ?i OFFSET {0}",
)
MALFORMED = "SELECT * {{ ?s {0} }}"
PAGES = ("/", "/sparql", "/health", "/.well-known/void", "/doc/role/medical-coder")


def processes(pid: int) -> list[int]:
    """Return a process and all below it."""
    found, level = [pid], {pid}
    while level:
        level = {
            int(entry.name)
            for entry in Path("/proc").iterdir()
            if entry.name.isdigit() and parent(int(entry.name)) in level
        }
        found += level
    return found


def parent(pid: int) -> int:
    """Return the parent of a process; 0 if it has ended."""
    try:
        return int((Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def memory(pid: int) -> int:
    """Return the bytes that a process and all below it have for themselves: what they share counts once."""
    total = 0
    for one in processes(pid):
        try:
            lines = (Path("/proc") / str(one) / "smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024
    return total


async def client(
    number: int, url: str, end: float, statuses: Counter[int], times: list[float], broken: list[str]
) -> None:
    """Ask until the end."""
    async with httpx.AsyncClient(base_url=url, timeout=120) as asking:
        turn = 0
        while time.monotonic() < end:
            turn += 1
            case = (number * 7 + turn) % 100
            start = time.monotonic()
            try:
                if case < 2:
                    query = IMPOSSIBLE[case].format(turn)
                    status = (await asking.post("/sparql", data={"query": query})).status_code
                elif case < 5:
                    query = MALFORMED.format(turn)
                    status = (await asking.get("/sparql", params={"query": query})).status_code
                elif case < 15:
                    status = (await asking.get(PAGES[case % len(PAGES)])).status_code
                else:
                    query = CHEAP[case % len(CHEAP)].format(number * 100_000 + turn)
                    status = (await asking.get("/sparql", params={"query": query})).status_code
                    times.append(time.monotonic() - start)
                statuses[status] += 1
            except httpx.HTTPError as error:
                broken.append(f"{type(error).__name__}: {error}")


async def load(url: str, seconds: float, clients: int, pid: int) -> int:
    """Send the load, print what came of it, and return the exit code."""
    statuses: Counter[int] = Counter()
    times: list[float] = []
    broken: list[str] = []
    sizes: list[int] = []
    end = time.monotonic() + seconds
    tasks = [
        asyncio.ensure_future(client(number, url, end, statuses, times, broken)) for number in range(clients)
    ]
    while time.monotonic() < end:
        await asyncio.sleep(seconds / 12)
        sizes.append(memory(pid))
    await asyncio.gather(*tasks)
    await asyncio.sleep(1)
    sizes.append(memory(pid))
    times.sort()
    print(f"{sum(statuses.values()):,} answers: {dict(sorted(statuses.items()))}")
    for name, share in (("median", 0.5), ("p99", 0.99), ("longest", 1.0)):
        print(f"cheap queries, {name}: {times[min(int(len(times) * share), len(times) - 1)] * 1000:.1f} ms")
    print("memory of all processes, MB:", " ".join(str(size >> 20) for size in sizes))
    print(f"broken connections: {len(broken)} {broken[:3]}")
    unexpected = set(statuses) - {200, 303, 400, 429, 503}
    grown = sizes[-1] > 1.25 * sizes[len(sizes) // 2]
    return 1 if unexpected or broken or grown else 0


def main(words: list[str]) -> int:
    """Start a server, send the load, end the server."""
    seconds = float(words[0]) if words else 60.0
    clients = int(words[1]) if len(words) > 1 else 50
    store = ["--store", words[2]] if len(words) > 2 else []
    server = subprocess.Popen(
        [sys.executable, "-m", "careerkg", "serve", "--port", "0", "--deadline", "2", *store],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    url = server.stdout.readline().split()[3].rstrip("/")
    try:
        return asyncio.run(load(url, seconds, clients, server.pid))
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
