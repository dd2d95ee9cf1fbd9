"""The endpoint: cheap queries from 50 clients against Oxigraph's own server; the time to a first answer.

Both servers have the bundled graph and get the same load from the same generator (``wrk``), in turns: 3,000
different queries about one thing each. Once with the memory for answers that ``careerkg serve`` has, which
then knows most of the queries, and once without it. Needs ``wrk`` (Debian: wrk) and the package ``oxigraph``.
"""

from __future__ import annotations

import contextlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import pyoxigraph as ox
from common import Row

from careerkg import CareerGraph
from careerkg.store import EmbeddedStore

QUERIES, CLIENTS, SECONDS, TURNS = 3000, 50, 5, 3
KINDS = (
    "SELECT ?p ?o WHERE {{ <{0}> ?p ?o }} LIMIT 20",
    "ASK {{ <{0}> a ?class }}",
    "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
    "SELECT ?s ?l {{ ?s ?p <{0}> . ?s rdfs:label ?l }} LIMIT 10",
)
SCRIPT = """
local queries = {}
for line in io.lines("%s") do queries[#queries + 1] = line end
local n = 0
request = function()
  n = n + 1
  return wrk.format("GET", wrk.path .. "?query=" .. queries[(n * 7) %% #queries + 1],
                    {["Accept"] = "application/sparql-results+json"})
end
"""
SERVE = """
import sys
from careerkg.web.server import bind, serve
from careerkg.web.settings import Settings
serve(Settings(cache=int(sys.argv[2])), bind("127.0.0.1", int(sys.argv[1])), lambda: None)
"""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.contextmanager
def running(*command: str) -> Iterator[None]:
    """Run a server while a block lasts."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until_answered(address: str) -> None:
    """Return when an address answers."""
    for _ in range(2000):
        try:
            with urlopen(address) as response:
                response.read()
        except OSError:
            time.sleep(0.005)
        else:
            return
    raise TimeoutError(address)


def seconds_per_request(address: str, script: Path) -> float:
    """Return the time in which one request is answered on the average, all clients together."""
    done = subprocess.run(
        ["wrk", "-t1", f"-c{CLIENTS}", f"-d{SECONDS}s", "-s", str(script), address],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Non-2xx" not in done.stdout, done.stdout
    found = re.search(r"Requests/sec:\s*([\d.]+)", done.stdout)
    assert found is not None
    return 1 / float(found[1])


def write_load(folder: Path, inner: ox.Store) -> Path:
    """Write the queries, and the script with which wrk sends them; return the script."""
    rows = inner.query("SELECT DISTINCT ?s { ?s ?p ?o FILTER(isIRI(?s)) } ORDER BY ?s")
    assert isinstance(rows, ox.QuerySolutions)
    things = [row["s"].value for row in rows]
    random.Random(1).shuffle(things)
    queries = [KINDS[n % len(KINDS)].format(things[n % len(things)]) for n in range(QUERIES)]
    listed = folder / "queries.txt"
    listed.write_text("\n".join(quote(query, safe="") for query in queries), encoding="utf-8")
    script = folder / "load.lua"
    script.write_text(SCRIPT % listed, encoding="utf-8")
    return script


def rows() -> Iterator[Row]:
    """Yield the measurements."""
    yield from first_answer()
    oxigraph = Path(sysconfig.get_path("scripts")) / "oxigraph"
    if shutil.which("wrk") is None or not oxigraph.exists():
        print("no throughput: wrk or oxigraph is not installed")
        return
    graph = CareerGraph()
    assert isinstance(graph.store, EmbeddedStore)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        script = write_load(folder, graph.store.inner)
        graph.store.inner.dump(str(folder / "all.nq"), ox.RdfFormat.N_QUADS)
        location = str(folder / "oxigraph")
        subprocess.run(
            [str(oxigraph), "load", "--location", location, "--file", str(folder / "all.nq")],
            check=True,
            capture_output=True,
        )
        for what, cache in (("answers kept", 64 << 20), ("no answer kept", 0)):
            ours_port, their_port = free_port(), free_port()
            ours_address = f"http://127.0.0.1:{ours_port}/sparql"
            their_address = f"http://127.0.0.1:{their_port}/query"
            with (
                running(sys.executable, "-c", SERVE, str(ours_port), str(cache)),
                running(
                    str(oxigraph),
                    "serve-read-only",
                    *("--location", location, "--bind", f"127.0.0.1:{their_port}"),
                ),
            ):
                until_answered(f"{ours_address}?query=ASK%7B%7D")
                until_answered(f"{their_address}?query=ASK%7B%7D")
                ours = theirs = float("inf")
                for _ in range(TURNS):
                    ours = min(ours, seconds_per_request(ours_address, script))
                    theirs = min(theirs, seconds_per_request(their_address, script))
            yield Row(
                f"cheap queries over HTTP, {CLIENTS} clients, {what}",
                ours,
                "oxigraph serve",
                theirs,
                ">= 0.5 x",
            )


def first_answer() -> Iterator[Row]:
    """Yield the time from the start of ``careerkg serve`` to its first answer."""
    best = float("inf")
    for _ in range(5):
        port = free_port()
        start = time.perf_counter()
        with running(sys.executable, "-m", "careerkg", "serve", "--port", str(port)):
            until_answered(f"http://127.0.0.1:{port}/sparql?query=ASK%7B%7D")
            best = min(best, time.perf_counter() - start)
    yield Row("careerkg serve, start to first answer", best, "one second", 1.0, "<= 1")
