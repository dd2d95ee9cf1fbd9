"""Imports of real releases: against Oxigraph's bulk load of the finished N-Quads, in a process each.

The releases are looked for beside the repository (``shared/data``); one that is not there is left out. Peak
memory of an import is held below 2 GiB. The peer loads the same triples, which it need not make first.
"""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import rdflib
from common import Row, best_of

from careerkg import CareerGraph
from careerkg.store import EmbeddedStore
from careerkg.vocabulary import CKG, ID, RDFS, SKOS

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
RELEASES = {"onet": SHARED / "onet" / "db_29_3_text", "esco": SHARED / "esco" / "v1.1.1_en"}
GIB = 1024**3

IMPORT = """
import json, resource, sys, time
from pathlib import Path
from careerkg.importers import import_source
start = time.perf_counter()
import_source(sys.argv[1], [Path(sys.argv[2])], Path(sys.argv[3]))
print(json.dumps([time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024]))
"""
BULK_LOAD = """
import json, resource, sys, time
import pyoxigraph as ox
start = time.perf_counter()
store = ox.Store(sys.argv[3])
for path in sys.argv[1:3]:
    store.bulk_load(path=path, format=ox.RdfFormat.N_QUADS)
store.flush()
print(json.dumps([time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024]))
"""

# From which health occupations of job zone 3 many technologies lead on to which occupations of zone 4.
SHARING = f"""
SELECT ?from ?to (COUNT(?technology) AS ?shared) WHERE {{
  ?from <{CKG.jobZone}> <{ID}onet-job-zone/5-3> ; <{SKOS.notation}> ?code FILTER(STRSTARTS(?code, "29-20"))
  ?from <{CKG.usesTechnology}> ?technology .
  ?to <{CKG.usesTechnology}> ?technology ; <{CKG.jobZone}> <{ID}onet-job-zone/5-4> .
}} GROUP BY ?from ?to HAVING(COUNT(?technology) >= 30)"""
USED = tuple(
    f" <{name}> ".encode()
    for name in (CKG.usesTechnology, CKG.jobZone, CKG.hasTask, RDFS.label, SKOS.notation, SKOS.altLabel)
)


def measured(code: str, *arguments: str) -> tuple[float, int]:
    """Run Python code that prints its time and memory, in a process of its own, and return them."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    seconds, peak = json.loads(done.stdout)
    return float(seconds), int(peak)


def rows() -> Iterator[Row]:
    """Yield the measurements."""
    with tempfile.TemporaryDirectory() as scratch:
        for source, path in RELEASES.items():
            if path.is_dir():
                yield from compare(source, path, Path(scratch) / source)


def compare(source: str, path: Path, scratch: Path) -> Iterator[Row]:
    """Yield the measurements of one release."""
    store, peer = scratch / "store", scratch / "peer"
    ours = theirs = float("inf")
    for _ in range(2):
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        seconds, peak = measured(IMPORT, source, str(path), str(store))
        assert peak < 2 * GIB, f"{source}: {peak / GIB:.2f} GiB"
        ours = min(ours, seconds)
        finished = [unpacked(dump, scratch) for dump in sorted((store / "releases").glob("*.nq.gz"))]
        theirs = min(theirs, measured(BULK_LOAD, *map(str, finished), str(peer))[0])
    triples = sum(file.read_bytes().count(b"\n") for file in finished)
    yield Row(
        f"import of {source}, {triples:,} triples", ours, "bulk load of finished N-Quads", theirs, "<= 2.5"
    )

    opening, _ = best_of(5, lambda: EmbeddedStore.open(store, read_only=True).query("ASK { ?s ?p ?o }"))
    yield Row(f"opening the store of {source} and asking it", opening, "50 ms", 0.05, "<= 1")
    if source == "onet":
        yield sharing(finished)


def unpacked(dump: Path, folder: Path) -> Path:
    """Return the N-Quads of a dump as a file."""
    target = folder / dump.name.removesuffix(".gz")
    with gzip.open(dump) as packed, target.open("wb") as stream:
        shutil.copyfileobj(packed, stream, 1 << 24)
    return target


def sharing(finished: list[Path]) -> Row:
    """Compare a query of an analyst on titles, tasks, technologies and job zones with rdflib on the same."""
    lines = b"".join(
        line for file in finished for line in file.open("rb") if any(name in line for name in USED)
    )
    memory = rdflib.Graph().parse(data=lines, format="nt")
    inner = ox.Store()
    inner.bulk_load(lines, format=ox.RdfFormat.N_TRIPLES)
    kg = CareerGraph(EmbeddedStore(inner))
    ours, found = best_of(5, lambda: sorted(map(str, kg.query(SHARING))))
    theirs, expected = best_of(1, lambda: sorted(map(str, memory.query(SHARING))))
    assert found == expected != []
    return Row(
        f"occupations that share technologies, {len(memory):,} triples",
        ours,
        "rdflib in memory",
        theirs,
        ">= 20 x",
    )
