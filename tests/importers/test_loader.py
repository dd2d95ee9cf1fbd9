"""The loader: a release is in the store whole or not at all, come what may; replacing loses nothing else."""

from __future__ import annotations

import gzip
import json
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import EX, MADE, load, release

from careerkg import CareerGraph
from careerkg.errors import InvalidArgument, StoreError, TooManyErrors
from careerkg.importers import Options, import_source
from careerkg.importers.archive import Archive
from careerkg.importers.loader import load_releases, release_files
from careerkg.importers.log import Log
from careerkg.importers.release import Release
from careerkg.importers.triples import TripleWriter
from careerkg.importers.void import STORE
from careerkg.provenance import text
from careerkg.store import EmbeddedStore
from careerkg.vocabulary import SOURCE


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Return a copy of the made-up O*NET release, to be changed at will."""
    return Path(shutil.copytree(MADE, tmp_path / "small"))


def quads(folder: Path) -> set[str]:
    """Return all that a store holds, but for what describes the store; blank nodes without their names."""
    store = EmbeddedStore.open(folder, read_only=True)
    return {
        " ".join("_:" if isinstance(part, ox.BlankNode) else str(part) for part in quad)
        for quad in store.quads()
        if quad.subject != ox.NamedNode(STORE)
    }


def things(folder: Path) -> set[tuple[str, str]]:
    """Return names and versions of the things in a store."""
    store = EmbeddedStore.open(folder, read_only=True)
    return {
        (quad.subject.value.removeprefix(EX), quad.object.value)  # type: ignore[union-attr]
        for quad in store.quads(None, ox.NamedNode(f"{EX}in"), None, ox.DefaultGraph())
    }


def test_releases_stand_beside_each_other_and_one_is_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "kg"
    assert load(folder, "1", ["a", "b"]).action == "added"
    assert load(folder, "2", ["a", "c"]).action == "added"
    assert things(folder) == {("a", "1"), ("b", "1"), ("a", "2"), ("c", "2")}
    assert load(folder, "1", ["a", "d"]).action == "replaced"
    assert things(folder) == {("a", "1"), ("d", "1"), ("a", "2"), ("c", "2")}
    assert list(release_files(folder)) == ["careerkg-ontology", "test-1", "test-2"]


names = st.lists(st.sampled_from("abcdef"), unique=True, max_size=4)


@settings(max_examples=5, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("123"), names), min_size=1, max_size=4))
def test_any_imports_give_what_the_last_of_each_release_gives_alone(
    tmp_path_factory: pytest.TempPathFactory, imports: list[tuple[str, list[str]]]
) -> None:
    folder, fresh = tmp_path_factory.mktemp("kg"), tmp_path_factory.mktemp("fresh")
    for version, content in imports:
        load(folder, version, content)
    for version, content in dict(imports).items():
        load(fresh, version, content)
    assert quads(folder) == quads(fresh)


def test_importing_again_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "kg"
    load(folder, "1", ["a", "b"])
    before, dump = quads(folder), release_files(folder)["test-1"].read_bytes()
    load(folder, "1", ["a", "b"])
    assert (quads(folder), release_files(folder)["test-1"].read_bytes()) == (before, dump)


def test_what_was_added_by_hand_stays(tmp_path: Path) -> None:
    folder = tmp_path / "kg"
    load(folder, "1", ["a", "b"])
    mine = tmp_path / "mine.trig"
    mine.write_text(f'<{EX}mine> <{EX}in> "0" . <{EX}page> {{ <{EX}said> <{EX}in> "0" , [] }}')
    kg = CareerGraph.open(folder)
    kg.store.load([mine])
    kg.store.update(f'INSERT DATA {{ <{EX}more> <{EX}in> "0" }}')
    del kg
    load(folder, "2", ["c"])
    load(folder, "1", ["d"])
    assert things(folder) >= {("mine", "0"), ("said", "0"), ("more", "0"), ("c", "2"), ("d", "1")}
    assert not things(folder) & {("a", "1"), ("b", "1")}
    store = EmbeddedStore.open(folder, read_only=True)
    assert len(list(store.quads(graph=ox.NamedNode(f"{EX}page")))) == 2
    load(folder, "2", ["e"])
    assert things(folder) >= {("mine", "0"), ("said", "0"), ("more", "0"), ("e", "2"), ("d", "1")}


def test_dump_holds_exactly_what_the_release_brought(tmp_path: Path) -> None:
    folder = tmp_path / "kg"
    load(folder, "1", ["a"])
    without = quads(folder)
    load(folder, "2", ["b"])
    lines = gzip.decompress(release_files(folder)["test-2"].read_bytes())
    brought = {" ".join(map(str, quad)) for quad in ox.parse(lines, format=ox.RdfFormat.N_QUADS)}
    assert quads(folder) - without == brought
    assert len(lines.splitlines()) == len(brought), "a line stands there twice"


def test_void_counts_are_those_of_queries(tmp_path: Path) -> None:
    folder = tmp_path / "kg"
    load(folder, "1", ["a", "b"])
    import_source("careerkg", [], folder)
    store = EmbeddedStore.open(folder, read_only=True)

    def solutions(sparql: str) -> list[dict[str, str]]:
        result = store.query(sparql)
        assert isinstance(result, ox.QuerySolutions)
        names = [variable.value for variable in result.variables]
        return [{name: text(row[name]) for name in names} for row in result]

    def number(sparql: str) -> int:
        ((value,),) = (row.values() for row in solutions(sparql))
        return int(value)

    def void(node: str, name: str) -> int:
        return number(f"SELECT ?n {{ <{node}> void:{name} ?n }}")

    assert void(f"{SOURCE}test-1", "properties") == number(
        f'SELECT (COUNT(DISTINCT ?p) AS ?n) {{ ?s ?p ?o FILTER(STRSTARTS(STR(?s), "{EX}") || '
        f'(STRSTARTS(STR(?s), "{SOURCE}test-1") && !STRSTARTS(STR(?p), STR(void:)) '
        "&& ?o != void:Dataset)) }"
    )
    part = f"{SOURCE}test-1/void/property/"
    counted = {
        row["p"]: int(row["n"])
        for row in solutions(
            "SELECT ?p ?n { ?part void:property ?p ; void:triples ?n "
            f'FILTER(STRSTARTS(STR(?part), "{part}")) }}'
        )
    }
    assert counted[f"{EX}in"] == 2
    assert sum(counted.values()) == void(f"{SOURCE}test-1", "triples")
    about = number(f"SELECT (COUNT(*) AS ?n) {{ <{STORE}> ?p ?o }}")
    assert void(STORE, "triples") == len(store) - about
    subsets = {row["o"] for row in solutions(f"SELECT ?o {{ <{STORE}> void:subset ?o }}")}
    assert subsets == {f"{SOURCE}test-1", f"{SOURCE}careerkg-0-1-0"}
    beside = set(ox.parse(path=str(folder / "void.ttl"), format=ox.RdfFormat.TURTLE))
    assert beside <= set(store.quads(graph=ox.DefaultGraph()))
    for node in (STORE, f"{SOURCE}test-1", f"{part}rdf-type"):
        about_it = set(store.quads(ox.NamedNode(node), graph=ox.DefaultGraph()))
        assert about_it
        assert about_it <= beside


def test_record_beside_the_dump_says_what_and_whence(tmp_path: Path) -> None:
    folder = tmp_path / "kg"
    summary = load(folder, "1", ["a", "b"])
    record = json.loads((folder / "releases" / "test-1.json").read_text())
    assert (record["source"], record["version"], record["triples"]) == ("test", "1", summary.triples)
    assert record["attribution"] == "Made up."
    assert record["tables"] == [{"name": "Things", "read": 2, "imported": 2, "rejected": 0, "skipped": 0}]
    assert len(record["files"][0]["sha256"]) == 64


# ---- Nothing half-done ------------------------------------------------------------------------------


def files(folder: Path) -> set[str]:
    return {
        path.name for path in folder.rglob("*") if path.is_file() and "generation-" not in path.parent.name
    }


def test_dry_run_writes_nothing(tmp_path: Path) -> None:
    summary = load(None, "1", ["a", "b"])
    assert (summary.action, summary.tables[0].imported) == ("checked", 2)
    assert list(tmp_path.iterdir()) == []


def test_release_without_a_name_and_negative_limits_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="release '//' is not a name with letters or digits"):
        import_source("onet", [MADE], tmp_path / "kg", options=Options(release="//"))
    with pytest.raises(InvalidArgument, match="max_errors -1 is not a number from 0 on"):
        import_source("onet", [MADE], tmp_path / "kg", max_errors=-1)
    assert not (tmp_path / "kg").exists()


def test_error_in_the_middle_leaves_the_store_as_it_was(small: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kg"
    load(folder, "1", ["a"])
    before, there = quads(folder), files(folder)
    skills = small / "Skills.txt"
    skills.write_text(skills.read_text() + "11-1011.00\tshort\n" * 3)
    with pytest.raises(TooManyErrors, match=r"3 rows rejected, 2 allowed, .*Skills\.txt:7: 2 fields"):
        import_source("onet", [small], folder, max_errors=2)
    (summary,) = import_source("onet", [small], None, max_errors=3)
    assert len(summary.rejected) == 3
    assert quads(folder) == before
    assert files(folder) == there
    with pytest.raises(TooManyErrors):
        import_source("onet", [small], tmp_path / "new", max_errors=0)
    assert not (tmp_path / "new").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files")
@pytest.mark.parametrize("limit", [40_000, 120_000])
def test_files_that_cannot_grow_leave_the_store_as_it_was(tmp_path: Path, limit: int) -> None:
    # A limit on the size of files fails where a full disk would.
    folder = tmp_path / "kg"
    load(folder, "1", ["a"])
    before, there = quads(folder), files(folder)
    code = f"""
        import resource, sys
        from careerkg.cli import main
        resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
        sys.exit(main(["import", "onet", {str(MADE)!r}, "--store", {str(folder)!r}]))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    assert done.stderr.splitlines()[-1].startswith(f"careerkg: cannot write the store {folder}: ")
    assert quads(folder) == before
    assert files(folder) == there


KILLED_AT = {
    "while its triples are written": ("old", "careerkg.importers.loader.describe_release"),
    "before the new generation begins": ("old", "careerkg.importers.loader._start_generation"),
    "while the dump is packed": ("old", "careerkg.importers.loader._packed"),
    "before the store is described": ("old", "careerkg.importers.loader._describe"),
    "before the switch": ("old", "careerkg.importers.loader.switch"),
    "between writing the new name and renaming it": ("old", "os.fsync"),
    "after the switch": ("new", "careerkg.importers.loader._Pending.settle"),
    "before the old generation is removed": ("new", "shutil.rmtree"),
}


@pytest.fixture(scope="module")
def unharmed(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Return what a store holds into which three releases were imported in peace."""
    folder = tmp_path_factory.mktemp("unharmed")
    for version, content in (("1", ["a"]), ("2", ["new"]), ("3", ["c"])):
        load(folder, version, content)
    return quads(folder)


@pytest.mark.parametrize("when", KILLED_AT)
@pytest.mark.parametrize("replacing", [False, True], ids=["added", "replaced"])
def test_kill_minus_9_leaves_the_old_state_or_the_new(
    tmp_path: Path, when: str, replacing: bool, unharmed: set[str]
) -> None:
    """The process is killed, not stopped: no handler and no clean-up runs."""
    expected, place = KILLED_AT[when]
    folder = tmp_path / "kg"
    load(folder, "1", ["a"])
    if replacing:
        load(folder, "2", ["old"])
    old = things(folder)
    new = {("a", "1"), ("new", "2")}
    module, _, name = place.rpartition(".")
    code = f"""
        import os, signal, sys
        from pathlib import Path
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from made_up import load
        import careerkg.importers.loader, shutil
        target = {module}
        target.{name} = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
        load(Path({str(folder)!r}), "2", ["new"])
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert things(folder) == (old if expected == "old" else new)
    load(folder, "3", ["c"])
    assert things(folder) == (old if expected == "old" else new) | {("c", "3")}
    assert not [name for name in files(folder) if "partial" in name or "generation" in name]
    assert len(list(folder.glob("generation-*"))) == 1
    load(folder, "2", ["new"])
    assert quads(folder) == unharmed


def test_second_import_at_the_same_time_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "kg"

    def fill(_: Release, __: TripleWriter) -> None:
        with pytest.raises(StoreError, match="another import"):
            load(folder, "2", ["b"])

    with Archive([Path(__file__)]) as archive:
        load_releases(folder, [release("1")], fill, archive, Log())
    load(folder, "2", ["b"])


def test_store_that_is_open_for_writing_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "kg"
    load(folder, "1", ["a"])
    writing = EmbeddedStore.open(folder)
    with pytest.raises(StoreError, match="open for writing elsewhere"):
        load(folder, "2", ["b"])
    del writing
    load(folder, "2", ["b"])


def test_reader_goes_on_reading_what_it_opened(tmp_path: Path) -> None:
    folder = tmp_path / "kg"
    load(folder, "1", ["a"])
    reader = EmbeddedStore.open(folder, read_only=True)
    load(folder, "1", ["b"])
    load(folder, "1", ["c"])
    found = reader.quads(None, ox.NamedNode(f"{EX}in"))
    assert [str(quad.subject) for quad in found] == [f"<{EX}a>"]
    assert things(folder) == {("c", "1")}
    del reader, found
    load(folder, "1", ["d"])
    assert len(list(folder.glob("generation-*"))) == 1


@pytest.fixture
def occupied(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "occupied"
    folder.mkdir()
    (folder / "thesis.tex").touch()
    yield folder
    assert [path.name for path in folder.iterdir()] == ["thesis.tex"]


def test_folder_of_something_else_is_left_alone(occupied: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="not a store"):
        load(occupied, "1", ["a"])
    with pytest.raises(StoreError, match="it is a file"):
        load(occupied / "thesis.tex", "1", ["a"])
    plain = tmp_path / "plain"
    EmbeddedStore.open(plain, create=True).load([])
    with pytest.raises(StoreError, match="plain Oxigraph store"):
        load(plain, "1", ["a"])


def test_plain_store_still_opens(tmp_path: Path) -> None:
    store = EmbeddedStore.open(tmp_path / "plain", create=True)
    store.update(f"INSERT DATA {{ <{EX}a> <{EX}b> <{EX}c> }}")
    del store
    assert len(EmbeddedStore.open(tmp_path / "plain", read_only=True)) == 1


def test_bundled_facts_are_those_that_come_with_the_package(tmp_path: Path, kg: CareerGraph) -> None:
    folder = tmp_path / "kg"
    import_source("careerkg", [], folder, options=Options(release="0.1.0"))
    there = quads(folder)
    bundled = {
        " ".join("_:" if isinstance(part, ox.BlankNode) else str(part) for part in quad)
        for quad in kg.store.quads()
        if not isinstance(quad.subject, ox.BlankNode) and not isinstance(quad.object, ox.BlankNode)
    }
    assert bundled <= there
    opened = CareerGraph.open(folder, read_only=True)
    assert opened.resolve("rhit") == kg.resolve("rhit")
    shutil.rmtree(folder / "releases")
    assert opened.stats().sources
