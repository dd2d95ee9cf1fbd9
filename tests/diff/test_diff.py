"""Comparisons: nothing where nothing differs, one entry where one thing does, whatever nodes are called."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careerkg import CareerGraph
from careerkg.cli import main
from careerkg.diff import Change, Difference, compare, read_sides, steps
from careerkg.diff.sides import Side
from careerkg.diff.unnamed import fold
from careerkg.errors import RdfSyntaxError, StoreError
from careerkg.importers import Options, import_source
from careerkg.vocabulary import CKG, RDFS

DATA = Path(__file__).parent / "data"
EX = "http://example.org/"


def changes(left: str | Path, right: str | Path) -> list[Change]:
    """Return how two sides differ."""
    return list(compare(*read_sides(str(left), str(right))))


def test_a_file_does_not_differ_from_itself_by_any_labels() -> None:
    assert changes(DATA / "before.ttl", DATA / "before.ttl") == []
    assert changes(DATA / "before.ttl", DATA / "relabelled.ttl") == []


def test_one_changed_cell_is_one_entry() -> None:
    (change,) = changes(DATA / "before.ttl", DATA / "one-cell.ttl")
    assert (change.id, change.label, change.kind) == (f"{EX}exam", "Exam", "changed")
    (difference,) = change.differences
    assert difference.property == CKG.estimatedCost
    ((path, old, new),) = steps(difference.removed[0], difference.added[0])
    assert path == f"<{CKG.amount}>"
    assert (old or "").startswith('"299.00"')
    assert (new or "").startswith('"305.00"')


def test_things_that_come_and_go(tmp_path: Path) -> None:
    old, new = tmp_path / "old.nt", tmp_path / "new.nt"
    old.write_text(f'<{EX}a> <{RDFS.label}> "A" .\n<{EX}b> <{RDFS.label}> "B" .\n')
    new.write_text(f'<{EX}b> <{RDFS.label}> "B" .\n<{EX}c> <{RDFS.label}> "C" .\n')
    assert changes(old, new) == [
        Change(f"{EX}a", "A", "removed", (Difference(None, RDFS.label, ('"A"',), ()),)),
        Change(f"{EX}c", "C", "added", (Difference(None, RDFS.label, (), ('"C"',)),)),
    ]


def test_a_moved_marked_and_packed_file_says_the_same(tmp_path: Path) -> None:
    text = f'@base <x> . <#a> <{RDFS.label}> "A" ; <{EX}p> <b> , [ <{EX}q> <> ] .'
    old, new = tmp_path / "old.ttl", tmp_path / "elsewhere" / "new.ttl.gz"
    new.parent.mkdir()
    old.write_text(text.removeprefix("@base <x> . ").replace("<>", "<x>").replace("#a", "x#a"))
    new.write_bytes(gzip.compress(b"\xef\xbb\xbf" + text.encode()))
    assert changes(old, new) == []
    new.write_bytes(gzip.compress(text.replace('"A"', '"B"').encode()))
    (change,) = changes(old, new)
    assert change.id == "file:///x#a"


def test_parts_of_a_thing_are_shown_with_it(tmp_path: Path) -> None:
    files = []
    for price in (405, 425):
        path = tmp_path / f"{price}.nt"
        part = f"<https://w3id.org/careerkg/.well-known/genid/x/{'cost'}>"
        path.write_text(f'<{EX}a> <{EX}cost> {part} .\n{part} <{EX}price> "{price}" .\n')
        files.append(path)
    (change,) = changes(*files)
    assert change.id == f"{EX}a"
    assert [each.part for each in change.differences] == [
        "https://w3id.org/careerkg/.well-known/genid/x/cost"
    ]


def test_equal_nodes_without_name_are_counted(tmp_path: Path) -> None:
    one, two = tmp_path / "one.ttl", tmp_path / "two.ttl"
    one.write_text(f"<{EX}a> <{EX}p> [ <{EX}q> 1 ] . [] <{EX}r> 2 .")
    two.write_text(f"<{EX}a> <{EX}p> [ <{EX}q> 1 ] , [ <{EX}q> 1 ] . [] <{EX}r> 2 . [] <{EX}r> 2 .")
    assert {change.kind for change in changes(one, two)} == {"changed", "added"}
    assert changes(two, two) == []


def test_a_shared_node_is_not_two_equal_ones(tmp_path: Path) -> None:
    shared, apart = tmp_path / "shared.ttl", tmp_path / "apart.ttl"
    shared.write_text(f"<{EX}a> <{EX}p> _:x ; <{EX}q> _:x . _:x <{EX}r> 1 .")
    apart.write_text(f"<{EX}a> <{EX}p> _:x ; <{EX}q> _:y . _:x <{EX}r> 1 . _:y <{EX}r> 1 .")
    assert changes(shared, apart)


Triples = list[tuple[str, str, str]]

TRIPLES = st.lists(
    st.tuples(
        st.sampled_from([f"<{EX}a>", f"<{EX}b>", "_:1", "_:2", "_:3"]),
        st.sampled_from([f"<{EX}p>", f"<{EX}q>"]),
        st.sampled_from([f"<{EX}a>", '"x"', '"a ; [ b ]"@en', "_:1", "_:2", "_:3"]),
    ),
    max_size=7,
    unique=True,
)


def _lines(triples: Triples) -> list[str]:
    return [f"{subject} {predicate} {value} ." for subject, predicate, value in triples]


def _canonical(lines: list[str]) -> set[ox.Quad]:
    dataset = ox.Dataset(ox.parse("\n".join(lines).encode(), format=ox.RdfFormat.N_TRIPLES))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return set(dataset)


@settings(max_examples=300, deadline=None)
@given(TRIPLES, TRIPLES, st.randoms(use_true_random=False))
def test_equal_means_isomorphic(left: Triples, right: Triples, chance: random.Random) -> None:
    """By RDFC-1.0 of both whole graphs, which the comparison does not make."""
    names = ["_:k", "_:l", "_:m"]
    chance.shuffle(names)
    other = dict(zip(("_:1", "_:2", "_:3"), names, strict=True))
    relabelled = _lines([(other.get(s, s), p, other.get(o, o)) for s, p, o in left])
    chance.shuffle(relabelled)
    assert _differ(_lines(left), relabelled) is False
    assert _differ(_lines(left), _lines(right)) is (_canonical(_lines(left)) != _canonical(_lines(right)))


@settings(max_examples=300, deadline=None)
@given(TRIPLES, st.sampled_from(["_:1", "_:2", "_:3"]), st.booleans())
def test_a_copy_of_a_node_is_seen(left: Triples, node: str, deep: bool) -> None:
    """A graph and the same with a node doubled, alone or with all other nodes: equal only if isomorphic."""

    def copied(term: str) -> str:
        return f"{term}copy" if term == node or (deep and term.startswith("_:")) else term

    right = left + [(copied(s), p, copied(o)) for s, p, o in left]
    assert _differ(_lines(left), _lines(right)) is (_canonical(_lines(left)) != _canonical(_lines(right)))


def _differ(left: list[str], right: list[str]) -> bool:
    sides = (Side("", lambda: iter(left), 0), Side("", lambda: iter(right), 0))
    return bool(list(compare(*sides)))


@settings(max_examples=60, deadline=None)
@given(TRIPLES, TRIPLES)
def test_parts_on_disk_give_the_same_as_memory(left: Triples, right: Triples) -> None:
    def found(size: int) -> list[Change]:
        sides = (Side("", lambda: iter(_lines(left)), size), Side("", lambda: iter(_lines(right)), size))
        return sorted(compare(*sides))

    assert found(0) == found(1_000_000)


def test_folding_keeps_named_lines_as_they_are() -> None:
    line = f'<{EX}a> <{EX}p> "x" .'
    assert list(fold([line])) == [line]


def test_steps_of_plain_values() -> None:
    assert steps('"a"', '"b"') == [("", '"a"', '"b"')]
    assert steps('"a"', '"a"') == []
    assert steps("[ <p> [ <q> 1 ; <r> <x> ] ]".replace(" 1 ", ' "1" '), '[ <p> [ <q> "2" ; <r> <x> ] ]') == [
        ("<p> / <q>", '"1"', '"2"')
    ]


def test_releases_of_one_store_and_the_store_itself(tmp_path: Path) -> None:
    """Between two releases, what is only their name is no difference; one changed price is one entry."""
    folder, store = tmp_path / "files", tmp_path / "store"
    folder.mkdir()
    cost = {"@type": "ceterms:CostProfile", "ceterms:currency": "USD", "ceterms:price": 10.50}
    record = {
        "@id": f"{EX}a",
        "@type": "ceterms:Badge",
        "ceterms:name": {"en": "A"},
        "ceterms:estimatedCost": [cost],
    }
    (folder / "a.json").write_text(json.dumps(record))
    for release in ("2024.1", "2024.2"):
        import_source("ctdl", [folder], store, options=Options(release=release))
    assert changes(f"{store}#ctdl-2024.1", f"{store}#ctdl-2024.2") == []
    (folder / "a.json").write_text(json.dumps(record).replace("10.5", "11.25"))
    import_source("ctdl", [folder], store, options=Options(release="2024.3"))
    (change,) = changes(f"{store}#ctdl-2024.1", f"{store}#ctdl-2024.3")
    assert (change.id, change.label, change.kind) == (f"{EX}a", "A", "changed")
    names = {each.property.rpartition("/")[2].rpartition("#")[2] for each in change.differences}
    assert names == {"price", "amount"}
    assert changes(store, store) == []
    # A store gives 10.50 back as 10.5; what the store has beside the release is added.
    assert not [each for each in changes(f"{store}#ctdl-2024.1", store) if each.kind == "removed"]


def test_a_store_equals_its_export(tmp_path: Path) -> None:
    store, file = tmp_path / "store", tmp_path / "graph.nt"
    source = tmp_path / "source.ttl"
    source.write_text((DATA / "before.ttl").read_text(encoding="utf-8"), encoding="utf-8")
    graph = CareerGraph.open(store, create=True)
    graph.store.load([source])
    lines = [f"{quad.triple} ." for quad in graph.store.quads(None, None, None, ox.DefaultGraph())]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    del graph
    assert changes(store, file) == []
    assert changes(source, store) == []


@pytest.mark.parametrize("name", ["nothing", "nothing#onet-29.3"])
def test_a_side_that_is_not_there_is_an_error(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(StoreError):
        changes(name, DATA / "before.ttl")
    assert main(["diff", name, str(DATA / "before.ttl")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_file_that_does_not_parse_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.ttl"
    path.write_text("<http://example.org/a> <http://example.org/b>\n.\n")
    with pytest.raises(RdfSyntaxError, match=r"broken\.ttl:"):
        changes(path, path)


def test_verb_prints_for_people_and_programs(capsys: pytest.CaptureFixture[str]) -> None:
    before, after = str(DATA / "before.ttl"), str(DATA / "one-cell.ttl")
    assert main(["diff", before, before]) == 0
    assert capsys.readouterr().out == "no difference\n"
    assert main(["diff", before, after]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "~ Exam  http://example.org/exam",
        "    ckg:estimatedCost / ckg:amount: 299.00 → 305.00",
        "1 thing differs: 0 added, 0 removed, 1 changed",
    ]
    assert main(["diff", before, after, "--format", "json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["equal"] is False
    assert report["counts"] == {"added": 0, "removed": 0, "changed": 1}
    (entity,) = report["entities"]
    assert entity["id"] == f"{EX}exam"
    assert entity["properties"][0]["steps"][0]["path"] == f"<{CKG.amount}>"
    assert main(["diff", before, before, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "entities": [],
        "counts": {"added": 0, "removed": 0, "changed": 0},
        "equal": True,
    }
