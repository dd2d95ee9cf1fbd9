"""SHACL validation with the shapes of careerkg, against pySHACL on an in-memory rdflib graph.

The data are the bundled graph many times over: each copy has its own entities, sources and passages, while
vocabulary and concept schemes are shared; so every shape has work to do, and the copies conform. Faults of
several kinds are put into one entity in a hundred. Results must be the same, one by one, or the row fails.

Where the releases stand beside the repository (``shared/data``), the same for real data: O*NET and ESCO
whole, and against pySHACL what some of their occupations lead to: all of it would take pySHACL half a day.

    python benchmarks/run.py validation
    python benchmarks/bench_validation.py docs/validation-growth.svg   # time over size, to 5 x 10^6 triples
"""

from __future__ import annotations

import json
import math
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pyoxigraph as ox
from common import Row, best_of

from careerkg import CareerGraph, resources
from careerkg.importers import import_source
from careerkg.store import EmbeddedStore
from careerkg.validation import Report, Result, Shapes, load_shapes, validate
from careerkg.validation.rdflib_terms import from_rdflib, quiet, to_graph, to_rdflib
from careerkg.vocabulary import CKG, ID, RDF, RDFS, SKOS, SOURCE

REFERENCE, SMALL, LARGE = 5, 35, 350
"""Copies: about 2 x 10^4 triples, as much as pySHACL does in a minute or two, 10^5 and 10^6."""

GROWTH = (35, 110, 350, 1100, 1750)
"""Copies of which the growth is drawn: to 5 x 10^6 triples, in a folder."""

INCREMENTAL = 0.020
"""The goal for one changed entity, in seconds."""

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
RELEASES = {"esco": SHARED / "esco" / "v1.1.1_en", "onet": SHARED / "onet" / "db_29_3_text"}
OCCUPATIONS = ("onet-soc/11", "http://data.europa.eu/esco/occupation/0")
"""How the IRIs of the occupations begin that slices are made of, in their order."""

SLICES = (2, 6)
"""How many of either kind: about 3 x 10^4 and 6 x 10^4 triples."""

PACE = 2.0
"""The goal for 10^5 real triples, in seconds of the processor."""

MEMORY = """
import gzip, json, sys
from pathlib import Path
import pyoxigraph as ox
from careerkg import resources
from careerkg.store import EmbeddedStore
from careerkg.validation import load_shapes, validate

def resident(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))

inner = ox.Store()
for path in sys.argv[1:]:
    with gzip.open(path) as stream:
        inner.bulk_load(input=stream, format=ox.RdfFormat.N_QUADS, lenient=True)
before = resident("VmRSS:")
validate(EmbeddedStore(inner), load_shapes(resources.shapes_files()))
print(json.dumps([before, resident("VmHWM:")]))
"""


def triples(copies: int, *, faults: bool = False) -> Iterator[ox.Triple]:
    """Yield the triples of the graph and of some copies of what its files of facts say."""
    shared = EmbeddedStore.in_memory(resources.ontology_files())
    kept = {quad.subject for quad in shared.quads(graph=ox.DefaultGraph())}
    facts = [
        quad.triple
        for quad in CareerGraph().store.quads(graph=ox.DefaultGraph())
        if isinstance(quad.subject, ox.NamedNode) and quad.subject not in kept
    ]
    own = {triple.subject for triple in facts}
    yield from (quad.triple for quad in shared.quads(graph=ox.DefaultGraph()))

    def copied(term: ox.NamedNode, copy: int) -> ox.NamedNode:
        # A passage's name begins with that of its source: the copy's number goes into the first part.
        for start in (str(ID), str(SOURCE)):
            if term in own and term.value.startswith(start):
                return ox.NamedNode(f"{start}{term.value[len(start) :]}-{copy}")
        return term

    number = 0
    for copy in range(copies):
        for triple in facts:
            subject, object_ = triple.subject, triple.object
            assert isinstance(subject, ox.NamedNode)
            node = copied(subject, copy)
            value = copied(object_, copy) if isinstance(object_, ox.NamedNode) else object_
            yield ox.Triple(node, triple.predicate, value)
            if faults and triple.predicate.value == RDF.type:
                number += 1
                if number % 100 == 0:
                    yield from fault(node, number // 100)


def fault(node: ox.NamedNode, number: int) -> Iterator[ox.Triple]:
    """Yield a wrong triple about a node: of another kind each time."""
    label = ox.NamedNode(RDFS.label)
    yield (
        ox.Triple(node, label, ox.Literal("without a language")),
        ox.Triple(node, ox.NamedNode(CKG.isuedBy), node),
        ox.Triple(node, ox.NamedNode(CKG.validFrom), ox.Literal("yesterday")),
        ox.Triple(node, ox.NamedNode(CKG.rank), ox.NamedNode(f"{ID}rank/unheard-of")),
        ox.Triple(node, ox.NamedNode(CKG.requires), ox.NamedNode(f"{ID}condition/nowhere")),
        ox.Triple(node, ox.NamedNode(RDF.type), ox.NamedNode(CKG.Occupatoin)),
    )[number % 6]


def store_of(graph: Iterator[ox.Triple], folder: Path | None = None) -> EmbeddedStore:
    """Return a store in a folder, or in memory."""
    inner = ox.Store() if folder is None else ox.Store(str(folder))
    inner.bulk_extend(ox.Quad(t.subject, t.predicate, t.object) for t in graph)
    inner.optimize()
    return EmbeddedStore(inner)


def keys(results: Iterator[Result]) -> Counter[tuple[object, ...]]:
    """Return results as what must be the same; literals in the form that rdflib gives them."""
    with quiet():
        return Counter(
            (
                result.focus,
                str(result.path),
                None if result.value is None else from_rdflib(to_rdflib(result.value)),
                result.component,
                result.shape,
                result.severity,
            )
            for result in results
        )


def pyshacl_time(store: EmbeddedStore, shapes: Shapes, report: Report) -> float:
    """Return how long pySHACL takes for the same; raises AssertionError if its results are not the same."""
    import pyshacl

    from careerkg.validation.reference import results_of_graph

    with quiet():
        data = to_graph(quad.triple for quad in store.quads(graph=ox.DefaultGraph()))
        shacl = to_graph(shapes.graph.triples)
        start = time.perf_counter()
        _, graph, _ = pyshacl.validate(data, shacl_graph=shacl, inference="none")
        taken = time.perf_counter() - start
    theirs = keys(iter(results_of_graph(graph)))
    ours = keys(iter(report.results))
    assert ours == theirs, [*(ours - theirs), *(theirs - ours)][:3]
    return taken


def rows() -> Iterator[Row]:
    """Yield the measurements."""
    shapes = load_shapes(resources.shapes_files())
    for faults in (False, True):
        store = store_of(triples(REFERENCE, faults=faults))
        ours, report = best_of(3, partial(validate, store, shapes))
        theirs = pyshacl_time(store, shapes, report)
        kind = f"{int(report.counts)} results" if faults else "clean"
        yield Row(f"validate {len(store):,} triples, {kind}", ours, "pySHACL, same results", theirs, ">= 30")
    for place in ("memory", "a folder"):
        with tempfile.TemporaryDirectory() as folder:
            stores = [
                store_of(triples(copies), None if place == "memory" else Path(folder) / str(copies))
                for copies in (SMALL, LARGE)
            ]
            (few, before), (many, after) = (
                (len(store), best_of(2, partial(validate, store, shapes))[0]) for store in stores
            )
            yield Row(
                f"validate {many:,} triples in {place}: time per 10^5",
                1e5 * after / many,
                f"of {few:,} triples",
                1e5 * before / few,
                "<= 1.2",
            )
            del stores
    large = store_of(triples(LARGE))
    yield from of_real_data(shapes)
    changed = [ox.NamedNode(f"{ID}credential/rhit-3")]
    ours, _ = best_of(20, lambda: validate(large, shapes, changed=changed))
    yield Row(f"one changed entity of {len(large):,} triples", ours, "goal", INCREMENTAL, "<= 1")


def of_real_data(shapes: Shapes) -> Iterator[Row]:
    """Yield the measurements over real releases; none where they are not at hand."""
    if not all(path.is_dir() for path in RELEASES.values()):
        return
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "kg"
        for source, path in RELEASES.items():
            import_source(source, [path], home)
            store = EmbeddedStore.open(home, read_only=True)
            start = time.process_time()
            report = validate(store, shapes)
            taken = time.process_time() - start
            assert report.conforms, report.to_table()
            size = len(store)
            what = f"{size:,} real triples: processor time per 10^5 triples"
            yield Row(what, 1e5 * taken / size, "goal", PACE, "<= 1")
        script = [sys.executable, "-c", MEMORY, *map(str, sorted((home / "releases").glob("*.nq.gz")))]
        before, peak = json.loads(subprocess.run(script, check=True, capture_output=True).stdout)
        yield Row("memory with validation, bytes", peak, "of the store alone", before, "<= 1.5")
        for occupations in SLICES:
            for faults in (False, True):
                part = slice_of(store, occupations)
                if faults:
                    spoil(part)
                small = EmbeddedStore(part)
                ours, report = best_of(3, partial(validate, small, shapes))
                theirs = pyshacl_time(small, shapes, report)
                what = f"{len(small):,} real triples, {int(report.counts)} results"
                yield Row(what, ours, "pySHACL, same results", theirs, ">= 30")
        changed = [ox.NamedNode(f"{ID}onet-soc/29-2072.00")]
        ours, _ = best_of(20, lambda: validate(store, shapes, changed=changed))
        yield Row(f"one changed occupation of {size:,} real triples", ours, "goal", INCREMENTAL, "<= 1")


def slice_of(store: EmbeddedStore, occupations: int) -> ox.Store:
    """Return what some occupations and the figures about them lead to, with the vocabulary."""
    default = ox.DefaultGraph()
    part = ox.Store()
    part.extend(EmbeddedStore.in_memory(resources.ontology_files()).quads(graph=default))
    pending: list[ox.NamedNode] = []
    typed = store.quads(None, ox.NamedNode(RDF.type), ox.NamedNode(CKG.Occupation), default)
    found = sorted((quad.subject for quad in typed if isinstance(quad.subject, ox.NamedNode)), key=str)
    for start in OCCUPATIONS:
        pending += [node for node in found if start in str(node)][:occupations]
    for node in pending[:]:
        for name in (CKG.about, CKG.relationSubject):
            about = store.quads(None, ox.NamedNode(name), node, default)
            pending += (quad.subject for quad in about if isinstance(quad.subject, ox.NamedNode))
    passed = {CKG.relationObject, SKOS.related, SKOS.hasTopConcept}
    seen = set()
    while pending:
        node = pending.pop()
        if node in seen:
            continue
        seen.add(node)
        for quad in store.quads(node, None, None, default):
            part.add(quad)
            follow = quad.predicate.value not in passed and "/esco/model#" not in quad.predicate.value
            if follow and isinstance(quad.object, ox.NamedNode):
                pending.append(quad.object)
    return part


def spoil(part: ox.Store) -> None:
    """Put faults into one entity in a hundred: wrong triples, removed ones, and those of other entities."""
    chance = random.Random(1)
    quads = sorted(part, key=str)
    nodes = sorted({quad.subject for quad in quads if quad.predicate.value == RDF.type}, key=str)
    for number, node in enumerate(chance.sample(nodes, len(nodes) // 100)):
        if not isinstance(node, ox.NamedNode):
            continue
        for triple in fault(node, number):
            part.add(ox.Quad(triple.subject, triple.predicate, triple.object))
        own = chance.choice(sorted(part.quads_for_pattern(node, None, None), key=str))
        other = chance.choice(quads)
        if number % 3 == 0:
            part.remove(own)
        elif number % 3 == 1:
            part.add(ox.Quad(node, own.predicate, other.object))
        else:
            part.add(ox.Quad(node, other.predicate, other.object))


def draw_growth(path: Path) -> None:
    """Write a picture of how the time grows with the size of a graph, beside pySHACL's in the same run."""
    shapes = load_shapes(resources.shapes_files())
    theirs, ours = [], []
    for copies in (REFERENCE, 3 * REFERENCE):
        store = store_of(triples(copies))
        theirs.append((len(store), pyshacl_time(store, shapes, validate(store, shapes))))
    for copies in GROWTH:
        with tempfile.TemporaryDirectory() as folder:
            store = store_of(triples(copies), Path(folder) / "kg")
            seconds, _ = best_of(2, partial(validate, store, shapes))
            ours.append((len(store), seconds))
            print(f"{len(store):>9,} triples  {seconds:7.2f} s  {1e5 * seconds / len(store):.2f} s per 10^5")
            del store
    path.write_text(picture(ours, theirs), encoding="utf-8")


def picture(ours: list[tuple[int, float]], theirs: list[tuple[int, float]]) -> str:
    """Return times over sizes as SVG, both axes logarithmic, with the line of linear growth."""

    def at(size: float, seconds: float) -> tuple[float, float]:
        return 60 + 180 * (math.log10(size) - 4), 290 - 65 * (math.log10(seconds) + 1)

    def curve(points: list[tuple[int, float]], colour: str) -> str:
        places = [at(*point) for point in points]
        dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in places)
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        return f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>{dots}'

    def text(x: float, y: float, words: str, anchor: str = "start") -> str:
        return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{words}</text>'

    (size, seconds), last = ours[0], ours[-1][0]
    (x1, y1), (x2, y2) = at(size, seconds), at(last, seconds * last / size)
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 340" font-family="sans-serif"'
        ' font-size="13">',
        '<rect width="640" height="340" fill="white"/>',
        *(f'<path d="M60 {290 - 65 * n}H600" stroke="#ddd"/>' for n in range(5)),
        *(text(52, 294 - 65 * n, f"{10 ** (n - 1):g} s", "end") for n in range(5)),
        *(text(60 + 180 * n, 308, f"10{power}", "middle") for n, power in enumerate("⁴⁵⁶⁷")),
        text(330, 328, "triples", "middle"),
        f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="#777" stroke-dasharray="5 4"/>',
        curve(theirs, "#b3541e"),
        curve(ours, "#1b5e8a"),
        text(at(*theirs[-1])[0] + 10, at(*theirs[-1])[1] + 4, "pySHACL, rdflib in memory"),
        text(at(*ours[-2])[0] - 10, at(*ours[-2])[1] - 8, "careerkg, store in a folder", "end"),
        text(x2 + 8, y2 + 16, "linear"),
        "</svg>\n",
    ]
    return "\n".join(parts)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("name the file for the picture, as in: bench_validation.py docs/validation-growth.svg")
    draw_growth(Path(sys.argv[1]))
