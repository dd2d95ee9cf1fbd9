"""The same graph gives the same bytes, and a small change a small difference."""

from __future__ import annotations

import difflib
import os
import random
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
from cases import ALL_FORMATS, DATA, exported, loaded

from careerkg import export
from careerkg.export import blocks, dump, lines, runs
from careerkg.store import EmbeddedStore
from careerkg.vocabulary import XSD

FORMATS = [*ALL_FORMATS, "graphml"]
SCRIPT = """
import sys
from pathlib import Path
from careerkg import export
from careerkg.store import EmbeddedStore
store = EmbeddedStore.in_memory(Path(name) for name in sys.argv[2:])
sys.stdout.buffer.writelines(export.serialize(store, sys.argv[1]))
"""
FILES = ("blank.ttl", "passages.trig")


def shuffled(store: EmbeddedStore, seed: int) -> EmbeddedStore:
    """Return a store with the same graph, put in in another order and with other blank node names."""
    quads = list(store.quads())
    random.Random(seed).shuffle(quads)
    names: dict[str, ox.BlankNode] = {}

    def renamed(term: object) -> object:
        if isinstance(term, ox.BlankNode):
            return names.setdefault(term.value, ox.BlankNode(f"{seed}x{1000 - len(names)}"))
        return term

    other = EmbeddedStore(ox.Store())
    for quad in quads:
        other.inner.add(ox.Quad(*map(renamed, quad)))  # type: ignore[arg-type]
    return other


@pytest.mark.parametrize("format_", FORMATS)
def test_order_of_loading_and_names_of_blank_nodes_do_not_matter(format_: str) -> None:
    store = loaded(*FILES)
    document = exported(store, format_)
    for seed in (1, 2):
        assert exported(shuffled(store, seed), format_) == document


@pytest.mark.parametrize("format_", ["trig", "jsonld"])
def test_another_process_writes_the_same(format_: str) -> None:
    files = [str(DATA / name) for name in FILES]
    documents = set()
    for seed in ("1", "2"):
        command = [sys.executable, "-c", SCRIPT, format_, *files]
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        documents.add(subprocess.run(command, check=True, capture_output=True, env=environment).stdout)
    assert documents == {exported(loaded(*FILES), format_)}


@pytest.mark.parametrize("format_", ["ttl", "jsonld", "nt"])
def test_a_new_fact_in_one_blank_node_touches_only_its_lines(format_: str) -> None:
    store = loaded("blank.ttl")
    before = exported(store, format_).decode().splitlines()
    store.inner.update(
        "PREFIX ckg: <https://w3id.org/careerkg/ontology#> INSERT { ?cost ckg:currency 'USD' } "
        "WHERE { ?cost ckg:amount 1.0 }"
    )
    after = exported(store, format_).decode().splitlines()
    changed = [
        line for line in difflib.ndiff(before, after) if line[0] in "+-" and line[2:].strip(" ;,.{}[]")
    ]
    # The node is one of three siblings that are in the order of their names, so it may move.
    assert 0 < len(changed) <= 8


ESCAPED = """
@prefix ex: <http://example.org/> .
ex:s ex:p ex:b , <http://example.org/c,d> ; <http://example.org/p,q> ex:b ; ex:q ex:o ; ex:r _:x .
ex:t ex:r ex:o ; ex:text "a \\\\ b" ; ex:p <http://example.org/%41> , <http://example.org/a,a> , ex:aa .
_:x <http://example.org/p,q> ex:o .
"""


def test_names_with_escapes_have_one_place_in_the_order() -> None:
    triples = list(ox.parse(ESCAPED.encode(), format=ox.RdfFormat.TURTLE))
    prefixes = {"ex": "http://example.org/"}
    chance = random.Random(1)
    texts = set()
    for _ in range(200):
        chance.shuffle(triples)
        texts.add(export.rdf_bytes([quad.triple for quad in triples], "ttl", prefixes=prefixes))
        store = EmbeddedStore(ox.Store())
        for quad in triples:
            store.inner.add(quad)
        texts.add(b"".join(export.serialize(store, "ttl", prefixes=prefixes)))
    [text] = texts
    assert b"ex:p ex:b , <http://example.org/c,d> ;\n" in text


def test_prefixes_in_triple_terms_are_declared() -> None:
    def name(local: str) -> ox.NamedNode:
        return ox.NamedNode(f"http://example.org/{local}")

    label = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    for said in (name("b"), ox.Literal("1.5e0", datatype=ox.NamedNode(f"{XSD}double")), ox.Literal("skos:x")):
        triple = ox.Triple(name("s"), name("p"), ox.Triple(name("a"), label, said))
        text = export.rdf_bytes([triple], "ttl")
        assert [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)] == [triple]
        assert b"@prefix skos:" not in text


@pytest.mark.parametrize("format_", ALL_FORMATS)
def test_temporary_files_change_nothing(format_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = loaded(*FILES, "values.ttl")
    if format_ == "rdf":
        store.inner.update("DELETE WHERE { ?s <http://example.org/own> ?o }")
    expected = exported(store, format_)
    spilled = 0
    spill = runs.SortedLines._spill

    def counting(self: runs.SortedLines) -> None:
        nonlocal spilled
        spilled += 1
        spill(self)

    monkeypatch.setattr(runs.SortedLines, "_spill", counting)
    monkeypatch.setattr(runs.SortedLines.__init__, "__defaults__", (300,))
    monkeypatch.setattr(runs, "_BLOCK", 200)
    monkeypatch.setattr(blocks, "_LIMIT", 300)
    monkeypatch.setattr(blocks, "_PIECE", 200)
    monkeypatch.setattr(lines, "_PIECE", 200)
    monkeypatch.setattr(dump, "_CAPACITY", 200)
    assert exported(store, format_) == expected
    assert spilled > 2


def test_turtle_reads_like_a_person_wrote_it() -> None:
    expected = (DATA / "expected.ttl").read_text(encoding="utf-8").split("\n", 1)[1]
    assert exported(loaded("readable.ttl"), "ttl").decode() == expected


def test_json_ld_reads_like_a_person_wrote_it() -> None:
    expected = (DATA / "expected.jsonld").read_text(encoding="utf-8")
    assert exported(loaded("readable.ttl"), "jsonld").decode() == expected


def test_sorted_lines_are_sorted_whatever_goes_to_files() -> None:
    generator = random.Random(7)
    texts = ["".join(generator.choices("ab\u00e9-", k=generator.randrange(1, 9))) for _ in range(3000)]
    for limit in (10, 500, 5000, 10**6):
        kept = runs.SortedLines(limit)
        for start in range(0, len(texts), 97):
            piece = texts[start : start + 97]
            kept.extend(piece, sum(map(len, piece)))
        assert [line for batch in kept.batches() for line in batch] == sorted(texts)
        kept.close()


def test_only_used_prefixes_are_declared(tmp_path: Path) -> None:
    path = tmp_path / "one.ttl"
    path.write_text(
        '<http://example.org/a> a <https://w3id.org/careerkg/ontology#Item> , "ckg:no rdfs:no" .\n'
    )
    text = exported(
        EmbeddedStore.in_memory([path]),
        "ttl",
        prefixes={
            "ckg": "https://w3id.org/careerkg/ontology#",
            "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
            "ex": "http://example.com/",
        },
    ).decode()
    assert [line.split()[1] for line in text.splitlines() if line.startswith("@prefix")] == ["ckg:"]
    assert list(export.FORMATS)[:2] == ["ttl", "trig"]
