"""Stores elsewhere: what HTTP costs, and how load and query times grow with the number of triples.

    python benchmarks/run.py remote                      # ratios, 10^5 triples
    python benchmarks/bench_remote.py 100000 1000000     # the curves of docs/scale.md

Starts an Oxigraph server and, where it is installed, Virtuoso, on free ports of this machine.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median

import pyoxigraph as ox
import urllib3
from common import Row, best_of

from careerkg import CareerGraph
from careerkg.remote import connect, push
from careerkg.store import RawResult

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests" / "remote"))

from servers import oxigraph_server, virtuoso_server

CKG, ID = "https://w3id.org/careerkg/ontology#", "https://w3id.org/careerkg/id"
PREFIXES = f"""@prefix ckg: <{CKG}> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
PER_OCCUPATION = 100
JOIN = """SELECT ?label (COUNT(?other) AS ?n) {
  <%s> ckg:needsSkill ?skill . ?other ckg:needsSkill ?skill ; rdfs:label ?label
} GROUP BY ?label ORDER BY DESC(?n) ?label LIMIT 10"""
ROWS = "SELECT ?s ?label { ?s a ckg:Occupation ; rdfs:label ?label } LIMIT 10000"
COUNTS = "SELECT ?kind (COUNT(?s) AS ?n) { ?s a ?kind } GROUP BY ?kind"


def turtle(triples: int) -> Iterator[str]:
    """Yield occupations with tasks, skills and figures, as Turtle: about so many triples."""
    yield PREFIXES
    for number in range(triples // PER_OCCUPATION):
        occupation = f"<{ID}/occupation/o{number}>"
        skills = ", ".join(f"<{ID}/skill/s{(number * 7 + step * step) % 5000}>" for step in range(40))
        tasks = "".join(
            f"<{ID}/task/t{number}-{step}> a ckg:Task ; rdfs:label 'Task {step} of occupation {number}'@en ; "
            f"skos:notation '{number}.{step}' .\n"
            for step in range(14)
        )
        done = ", ".join(f"<{ID}/task/t{number}-{step}>" for step in range(14))
        yield (
            f"{occupation} a ckg:Occupation ; rdfs:label 'Occupation {number}'@en ; "
            f"skos:notation 'X-{number}' ; ckg:hasTask {done} ; ckg:needsSkill {skills} .\n{tasks}"
        )


def occupation_of(number: int) -> str:
    """Return the IRI of an occupation."""
    return f"{ID}/occupation/o{number}"


def timed(function: Callable[[], object]) -> float:
    """Return how long a call takes, in seconds."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def count(result: RawResult) -> int:
    """Return the number of rows of a result."""
    assert isinstance(result, ox.QuerySolutions)
    return len(list(result))


def middle(graph: CareerGraph, function: Callable[[CareerGraph, str], object], runs: int = 9) -> float:
    """Return the median time of a question about different occupations, nothing remembered, in seconds."""
    times = []
    for number in range(runs):
        refresh = getattr(graph.store, "refresh", None)
        if refresh is not None:
            refresh()
            graph.store.state()
        times.append(timed(partial(function, graph, occupation_of(number * 97))))
    return median(times)


def load(folder: Path, triples: int) -> tuple[CareerGraph, float]:
    """Return a store on disk with so many triples, and how long the engine took to load them."""
    path = folder / "data.ttl"
    with path.open("w") as stream:
        stream.writelines(turtle(triples))

    def bulk() -> None:
        store = ox.Store(str(folder / "kg"))
        store.bulk_load(path=str(path), format=ox.RdfFormat.TURTLE)
        store.optimize()

    seconds = timed(bulk)
    return CareerGraph.open(folder / "kg", read_only=True), seconds


def rows() -> Iterator[Row]:
    """Yield the measurements."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        graph, _ = load(folder, 100_000)
        with oxigraph_server(folder / "server") as url:
            if url is None:
                return
            data = b"".join(
                ox.serialize((quad.triple,), format=ox.RdfFormat.N_TRIPLES) or b""
                for quad in graph.store.quads(graph=ox.DefaultGraph())
            )
            headers = {"Content-Type": "application/n-triples"}
            whole = timed(lambda: urllib3.request("PUT", f"{url}/store?default", body=data, headers=headers))
            urllib3.request("DELETE", f"{url}/store?default")
            ours = timed(lambda: push(graph.store, connect(url), notes=folder / "notes.json"))
            yield Row("push of 10^5 triples, Oxigraph server", ours, "one PUT of the text", whole, "<= 3")
            there = CareerGraph.connect(url)
            text = f"PREFIX ckg: <{CKG}> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> {ROWS}"

            def raw() -> int:
                answer = urllib3.request(
                    "POST",
                    f"{url}/query",
                    body=text.encode(),
                    headers={
                        "Content-Type": "application/sparql-query",
                        "Accept": "application/sparql-results+json",
                    },
                )
                return count(ox.parse_query_results(answer.data, format=ox.QueryResultsFormat.JSON))

            first, _ = best_of(5, lambda: count(there.query(ROWS).raw))
            second, _ = best_of(5, raw)
            yield Row("rows over HTTP", first, "raw HTTP and engine", second, "<= 3")
            shown = middle(there, lambda one, iri: one.describe(iri))
            yield Row("show of an entity over HTTP", shown, "the goal, 100 ms", 0.1, "<= 1")


def curve(sizes: list[int]) -> None:
    """Print a table of load and query times for several numbers of triples."""
    columns = ("triples", "load s", "triples/s", "show ms", "join ms", "counts ms")
    print(f"{'store':<16} {' '.join(f'{column:>10}' for column in columns)}")
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            graph, seconds = load(folder, size)
            line("embedded", graph, seconds)
            with oxigraph_server(folder / "oxigraph", location=folder / "oxigraph" / "data") as url:
                if url is not None:
                    elsewhere("Oxigraph server", graph, url, folder)
            buffers = min(max(size // 40, 8_000), 600_000)
            with virtuoso_server(folder / "virtuoso", rows=100_000_000, buffers=buffers) as url:
                if url is not None:
                    elsewhere("Virtuoso", graph, url, folder)


def elsewhere(name: str, graph: CareerGraph, url: str, folder: Path) -> None:
    """Fill a server and print its line."""
    remote = connect(url, user="dba", password="dba", timeout=600)
    seconds = timed(lambda: push(graph.store, remote, notes=folder / f"{name}.json"))
    line(name, CareerGraph.connect(url, timeout=600), seconds)


def line(name: str, graph: CareerGraph, seconds: float) -> None:
    """Print the line of a store."""
    size = len(graph)
    show = middle(graph, lambda one, iri: one.describe(iri))
    join = middle(graph, lambda one, iri: len(one.query(JOIN % iri)))
    counts = middle(graph, lambda one, _: len(one.query(COUNTS)), runs=3)
    print(
        f"{name:<16} {size:>10,} {seconds:>10.1f} {size / seconds:>10,.0f} {show * 1000:>10.1f} "
        f"{join * 1000:>10.1f} {counts * 1000:>10.1f}",
        flush=True,
    )


if __name__ == "__main__":
    curve([int(argument) for argument in sys.argv[1:]] or [100_000, 1_000_000])
