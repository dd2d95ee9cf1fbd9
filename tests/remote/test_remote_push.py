"""Filling stores elsewhere: whole, resumed, in place of what was there; and changing them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from careerkg import CareerGraph
from careerkg.cli import main
from careerkg.errors import QueryError, StoreError, UpdateRefused
from careerkg.remote import RemoteStore, connect, push
from careerkg.remote.terms import GENID

DATA = Path(__file__).parent / "data" / "unnamed.trig"
PIECE = 20
_numbers = count()


@pytest.fixture(params=["oxigraph", "virtuoso"])
def remote(request: pytest.FixtureRequest) -> Iterator[RemoteStore]:
    """Each of the servers, with a merge of its own for each test and no passages."""
    url = request.getfixturevalue(request.param)
    merge = f"http://example.org/merge-{next(_numbers)}"
    store = connect(url, default_graph=merge, user="dba", password="dba")
    yield store
    store = connect(url, default_graph=merge, user="dba", password="dba")
    for graph in [*store.graph_sizes(), merge]:
        if graph.startswith(("http://example.org/", GENID)):
            store.writer().remove(graph)


@pytest.fixture
def graph() -> CareerGraph:
    return CareerGraph.from_files(DATA)


def lines(store: Any, of: Any) -> list[str]:
    """Return the quads in those graphs that a store has, in order: others may be beside them."""
    graphs = {quad.graph_name for quad in of.quads()}
    return sorted(str(quad) for quad in store.quads() if quad.graph_name in graphs)


def push_interrupted(
    graph: CareerGraph, remote: RemoteStore, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Push over a connection that breaks at the fifth request with data."""
    request = remote.connection.request
    seen = count()

    def breaking(method: str, url: str, **named: Any) -> Any:
        is_data = method in ("PUT", "POST") and not (named.get("body") or b"").startswith(b"query=")
        if is_data and next(seen) >= 4:
            raise StoreError("the line is cut")
        return request(method, url, **named)

    with monkeypatch.context() as patch:
        patch.setattr(remote.connection, "request", breaking)
        with pytest.raises(StoreError, match="the line is cut"):
            push(graph.store, remote, piece=PIECE, notes=notes)


def test_all_arrives_and_comes_back(remote: RemoteStore, graph: CareerGraph, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    notes = tmp_path / "notes.json"
    done = push(graph.store, remote, piece=PIECE, notes=notes, progress=lambda *both: seen.append(both))
    assert lines(remote, graph.store) == lines(graph.store, graph.store)
    assert (done.triples, done.graphs, done.sent, done.removed) == (len(graph), 2, done.total, 0)
    assert seen[-1] == (done.total, done.total)
    assert [one for one, _ in seen] == sorted(one for one, _ in seen)
    assert not notes.exists()
    again = push(graph.store, remote, notes=notes)
    assert again.triples == done.triples
    assert lines(remote, graph.store) == lines(graph.store, graph.store)


def test_an_interrupted_push_goes_on(
    remote: RemoteStore, graph: CareerGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = tmp_path / "notes.json"
    push_interrupted(graph, remote, notes, monkeypatch)
    assert notes.is_file()
    done = push(graph.store, remote, piece=PIECE, notes=notes)
    assert 0 < done.sent < done.total
    assert lines(remote, graph.store) == lines(graph.store, graph.store)
    assert not notes.exists()


def test_other_data_after_an_interruption_start_anew(
    remote: RemoteStore, graph: CareerGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = tmp_path / "notes.json"
    push_interrupted(graph, remote, notes, monkeypatch)
    graph.update("DELETE WHERE { ?s a ckg:Course }")
    push(graph.store, remote, piece=PIECE, notes=notes)
    assert lines(remote, graph.store) == lines(graph.store, graph.store)


def test_what_was_there_stays_until_the_new_is_whole(
    remote: RemoteStore, graph: CareerGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = tmp_path / "notes.json"
    push(graph.store, remote, piece=PIECE, notes=notes)
    before = sorted(str(quad) for quad in remote.quads(graph=ox.DefaultGraph()))
    graph.update(
        "INSERT DATA { <http://example.org/new> rdfs:label 'new' } ; DELETE WHERE { ?s a ckg:Course }"
    )
    push_interrupted(graph, remote, notes, monkeypatch)
    remote.refresh()
    assert sorted(str(quad) for quad in remote.quads(graph=ox.DefaultGraph())) == before
    push(graph.store, remote, piece=PIECE, notes=notes)
    assert lines(remote, graph.store) == lines(graph.store, graph.store)


def test_passages_that_are_gone_are_removed(remote: RemoteStore, graph: CareerGraph, tmp_path: Path) -> None:
    notes = tmp_path / "notes.json"
    push(graph.store, remote, notes=notes)
    smaller = CareerGraph.from_files(Path(__file__).parents[1] / "data" / "registrar.ttl")
    done = push(smaller.store, remote, notes=notes)
    assert done.removed == 1
    assert len(remote) == len(smaller)
    assert "http://example.org/passage" not in remote.graph_sizes()


def test_counts_are_compared_at_the_end(remote: RemoteStore, graph: CareerGraph, tmp_path: Path) -> None:
    def meddle(done: int, total: int) -> None:
        if done == total:
            remote.writer().add(remote.default_graph, b"<u:a> <u:b> <u:c> .\n")

    with pytest.raises(StoreError, match=r"has \d+ triples and should have \d+: others write to it"):
        push(graph.store, remote, notes=tmp_path / "notes.json", progress=meddle)


def test_by_updates_where_there_is_no_graph_store(
    remote: RemoteStore, graph: CareerGraph, tmp_path: Path
) -> None:
    remote.graph_store_url = None
    if remote.dialect.name != "Virtuoso":  # its compiler takes only so much data in one update
        push(graph.store, remote, piece=PIECE, notes=tmp_path / "notes.json")
        assert lines(remote, graph.store) == lines(graph.store, graph.store)
    remote.update_url = None
    with pytest.raises(UpdateRefused, match="it is not known where this server takes changes"):
        push(graph.store, remote, notes=tmp_path / "notes.json")


def test_files_are_added_and_updates_keep_the_merge(remote: RemoteStore) -> None:
    there, here = CareerGraph(remote), CareerGraph.from_files(DATA)
    there.load(DATA)
    assert len(there) == len(here)
    assert there.resolve("diver") == here.resolve("diver") == "http://example.org/diver"
    for update in (
        "INSERT DATA { <http://example.org/a> rdfs:label 'one' }",
        "INSERT DATA { GRAPH <http://example.org/passage> { <http://example.org/a> rdfs:label 'two' } }",
        "DELETE { ?s rdfs:label 'one' } INSERT { ?s rdfs:label 'three' } WHERE { ?s rdfs:label 'one' }",
        "DELETE WHERE { <http://example.org/swim> ?p ?o }",
    ):
        for one in (there, here):
            one.update(update)
    query = "SELECT ?s ?l { ?s rdfs:label ?l FILTER(isIRI(?s)) } ORDER BY ?s ?l"
    assert there.query(query).serialize("csv") == here.query(query).serialize("csv")
    assert len(there) == len(here)
    assert [one.graph for one in there.why("http://example.org/a")] == ["http://example.org/passage"]
    with pytest.raises(QueryError):
        there.update("SELECT * { ?s ?p ?o }")


def test_blank_nodes_that_others_made(remote: RemoteStore) -> None:
    """Nobody gave them addresses: what can be answered is, the rest is told."""
    assert remote.graph_store_url is not None
    data = DATA.read_text().partition("_:graph {")[0].encode()
    address = f"{remote.graph_store_url}?graph={remote.default_graph}"
    remote.connection.request("PUT", address, body=data, headers={"Content-Type": "text/turtle"}).finish()
    here = CareerGraph.from_files(DATA)
    graph = CareerGraph(remote, prefixes=here.prefixes)
    assert len(graph.query("SELECT ?b { ?s ckg:requires ?b FILTER(isBlank(?b)) }")) == 1
    there = {(fact.property, fact.value_label, fact.detail) for fact in graph.describe("diver").facts}
    assert {(f.property, f.value_label, f.detail) for f in here.describe("diver").facts} == there
    plans = [graph.routes("diver").best, here.routes("diver").best]
    assert plans[0] is not None
    assert plans[1] is not None
    assert [step.id for step in plans[0].steps] == [step.id for step in plans[1].steps]
    if remote.dialect.node_prefix is None:
        with pytest.raises(StoreError, match="fill it with careerkg push"):
            list(remote.quads(ox.BlankNode("unaddressed-0-x")))


def test_the_verb(
    oxigraph: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    merge = "http://example.org/merge-of-the-verb"
    words = ["push", "--data", str(DATA), "--to", oxigraph, "--default-graph", merge]
    assert main([*words, "--piece", "10"]) == 0
    done = capsys.readouterr()
    assert "triples in <http://example.org/merge-of-the-verb> and 2 passages are at" in done.out
    assert done.err == ""
    assert main([*words, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["graphs"] == 2
    assert main([*words, "--piece", "0"]) == 2
    assert main(["push", "--to", f"{oxigraph}/nowhere"]) == 2
    assert "there is no such endpoint here" in capsys.readouterr().err
    assert list(tmp_path.rglob("*.json")) == []


def test_import_needs_a_folder(oxigraph: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "careerkg", "--store", oxigraph]) == 2
    assert "careerkg push" in capsys.readouterr().err


def test_a_store_elsewhere_is_a_side_of_a_comparison(
    filled: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", str(folder), filled]) == 0
    capsys.readouterr()
    assert main(["diff", str(folder), str(DATA)]) == 1
    here = capsys.readouterr().out
    assert main(["diff", filled, str(DATA)]) == 1
    assert capsys.readouterr().out.replace(filled, str(folder)) == here
