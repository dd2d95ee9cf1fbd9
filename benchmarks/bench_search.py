"""Search over real imports, O*NET and ESCO in one store: p50 of a query, and the index against the import.

Needs the releases that stand beside the repository on the maintainers' machines; without them there are no
rows.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from common import Row

from careerkg import CareerGraph
from careerkg.importers import import_source
from careerkg.search import open_index

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
WORDS = (
    "nurse",
    "medical records",
    "data analysis",
    "welder",
    "registered nurse",
    "software developper",
    "cancer",
    "manager",
    "python",
    "teaching assistant special education",
    "29-2072",
    "health",
    "electronic health records system",
)


def rows() -> Iterator[Row]:
    """Yield the measurements."""
    releases = [("onet", DATA / "onet/db_29_3_text"), ("esco", DATA / "esco/v1.1.1_en")]
    if not all(path.is_dir() for _, path in releases):
        return
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "kg"
        start = time.perf_counter()
        for source, path in releases:
            import_source(source, [path], store)
        imported = time.perf_counter() - start
        graph = CareerGraph.open(store, read_only=True)
        start = time.perf_counter()
        index = open_index(graph.store)
        yield Row("search index, O*NET and ESCO", time.perf_counter() - start, "import", imported, "<= 0.5")
        times = []
        for words in WORDS:
            start = time.perf_counter()
            found = index.search(words)
            times.append(time.perf_counter() - start)
            assert found
        yield Row("search p50, O*NET and ESCO", median(times), "the goal, 10 ms", 0.010, "<= 1")
