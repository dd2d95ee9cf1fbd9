"""careerkg.search: ranked, by kind, forgiving of slips, in step with the store."""

from __future__ import annotations

import gc
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careerkg import CareerGraph
from careerkg.errors import InvalidArgument
from careerkg.importers import import_source
from careerkg.search import open_index
from careerkg.spelling import distance as distance_up_to
from careerkg.vocabulary import compact

DATA = Path(__file__).parent / "data"


@pytest.mark.parametrize(
    ("words", "best"),
    [
        ("rhit", "credential:rhit"),
        ("Certified Tumor Registrar", "credential:ctr"),
        ("cancer registrar", "role:cancer-registrar"),
        ("medical coder", "role:medical-coder"),
        ("29-2072", "soc:29-2072"),
        ("AHIMA", "organization:ahima"),
        ("cancer data", "task:maintain-cancer-databases"),
        ("rejistrar", "role:cancer-registrar"),
        ("hygenist", "occupation:dental-hygienist"),
        ("oncology", "credential:ods-c"),
    ],
)
def test_best_hit(words: str, best: str, kg: CareerGraph) -> None:
    assert compact(kg.search(words)[0].id) == best


@pytest.mark.parametrize(
    ("words", "best"),
    [
        ("registered nurse", "nurses"),  # a name in another number
        ("how to become a nurse", "nurses"),  # words that tell nothing
        ("RN", "licence"),  # an abbreviation of its own, before another name of something else
        ("electrican", "electricians"),  # a slip of the pen, which a publisher makes, too
        ("web desinger", "designers"),  # two letters swapped
        ("excel", "excel"),  # the word itself, before one of the same stem
        ("help people with computers", "support"),  # telling words in the name, before all in a text
        ("sud anstreicher", "painter"),  # accents
    ],
)
def test_best_of_things_that_share_words(words: str, best: str) -> None:
    graph = CareerGraph.from_files(DATA / "search.ttl")
    assert graph.search(words)[0].id == f"http://example.org/{best}"


def test_code_is_no_label() -> None:
    (hit,) = CareerGraph.from_files(DATA / "search.ttl").search("7131")
    assert (hit.label, hit.matched) == ("Maler/in", "7131")


letters = st.text("abc", max_size=6)


@settings(max_examples=200, deadline=None)
@given(letters, letters, st.integers(0, 3))
def test_distance_counts_edits(left: str, right: str, most: int) -> None:
    @cache
    def distance(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        found = [distance(i - 1, j) + 1, distance(i, j - 1) + 1]
        found.append(distance(i - 1, j - 1) + (left[i - 1] != right[j - 1]))
        if i > 1 and j > 1 and left[i - 2 : i] == right[j - 1] + right[j - 2]:
            found.append(distance(i - 2, j - 2) + 1)
        return min(found)

    exact = distance(len(left), len(right))
    assert min(distance_up_to(left, right, most), most + 1) == min(exact, most + 1)


def test_kind_includes_subclasses(kg: CareerGraph) -> None:
    hits = kg.search("registrar", kind="credential")
    assert {hit.kind for hit in hits} == {"Certification"}
    assert {compact(hit.id) for hit in hits} >= {"credential:ctr"}


def test_unknown_kind_names_those_that_exist(kg: CareerGraph) -> None:
    with pytest.raises(InvalidArgument, match=r"kind 'Nope' is not one of: .*Credential, .*Role") as error:
        kg.search("registrar", kind="Nope")
    assert "Certification" in error.value.allowed
    # A class of the vocabulary that nothing is of is no error: there is just nothing.
    assert kg.search("registrar", kind="License") == []


def test_index_is_asked_from_several_threads(kg: CareerGraph) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(kg.search, ["rhit", "medical coder"] * 20))
    assert {compact(hits[0].id) for hits in found[::2]} == {"credential:rhit"}
    assert {compact(hits[0].id) for hits in found[1::2]} == {"role:medical-coder"}


def test_all_words_come_before_any_word(kg: CareerGraph) -> None:
    hits = kg.search("cancer data", limit=50)
    with_both = [("cancer" in h.label.lower() and "data" in h.label.lower()) for h in hits]
    assert with_both.index(True) == 0
    assert len(hits) > sum(with_both)


def test_scores_fall_and_limit_holds(kg: CareerGraph) -> None:
    hits = kg.search("health", limit=5)
    assert len(hits) == 5
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@pytest.mark.parametrize(
    "words", ["", "   ", '"', "*", "AND", "NEAR(", "xqzxqzxqz", "name:rhit", "-", "'; DROP"]
)
def test_odd_words_do_no_harm(words: str, kg: CareerGraph) -> None:
    assert isinstance(kg.search(words), list)


def test_other_languages_are_found_and_english_is_shown() -> None:
    (hit,) = CareerGraph.from_files(DATA / "registrar.ttl").search("agree")
    assert (hit.id, hit.label) == ("http://example.org/rhit", "Registered Technician")


def test_index_follows_the_store(tmp_path: Path) -> None:
    graph = CareerGraph.from_files(DATA / "registrar.ttl")
    assert graph.search("blacksmith") == []
    more = tmp_path / "more.ttl"
    more.write_text(
        "<http://example.org/b> <http://www.w3.org/2000/01/rdf-schema#label> 'Blacksmith'@en .",
        encoding="utf-8",
    )
    graph.load(more)
    assert [hit.id for hit in graph.search("blacksmith")] == ["http://example.org/b"]


@pytest.fixture
def imported(tmp_path: Path) -> Path:
    """Return a store on disk that imports write to, with the bundled facts."""
    folder = tmp_path / "store"
    import_source("careerkg", [], folder)
    return folder


def test_store_on_disk_keeps_its_index_until_it_changes(imported: Path) -> None:
    first = CareerGraph.open(imported, read_only=True)
    hits = first.search("cancer registrar")
    assert compact(hits[0].id) == "role:cancer-registrar"
    (index,) = imported.glob("search.*.sqlite")
    made = index.stat().st_mtime_ns
    assert CareerGraph.open(imported, read_only=True).search("cancer registrar") == hits
    assert index.stat().st_mtime_ns == made, "it is read, not made again"
    del first
    writable = CareerGraph.open(imported)
    writable.update("INSERT DATA { role:cancer-registrar skos:altLabel 'Tumour bookkeeper'@en }")
    assert compact(writable.search("tumour bookkeeper")[0].id) == "role:cancer-registrar"
    del writable
    assert (
        compact(CareerGraph.open(imported, read_only=True).search("bookkeeper")[0].id)
        == "role:cancer-registrar"
    )
    import_source("careerkg", [], imported)
    assert not list(imported.glob("search.*.sqlite"))


@pytest.mark.parametrize("content", [b"", b"no index", None])
def test_index_that_is_damaged_or_of_another_version_is_made_anew(
    imported: Path, content: bytes | None
) -> None:
    hits = CareerGraph.open(imported, read_only=True).search("cancer registrar")
    (index,) = imported.glob("search.*.sqlite")
    if content is None:
        with closing(sqlite3.connect(index)) as database:
            database.execute("PRAGMA user_version = 1")
            database.commit()
    else:
        index.write_bytes(content)
    assert CareerGraph.open(imported, read_only=True).search("cancer registrar") == hits


def test_index_is_made_whole_by_several_at_once(imported: Path) -> None:
    graphs = [CareerGraph.open(imported, read_only=True) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda graph: graph.search("cancer registrar"), graphs))
    assert all(hits == found[0] for hits in found)
    (index,) = imported.glob("search.*")
    assert index.suffix == ".sqlite"
    assert CareerGraph.open(imported, read_only=True).search("cancer registrar") == found[0]


def test_store_in_a_folder_that_cannot_be_written_is_searched_in_memory(
    imported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("read-only file system")

    monkeypatch.setattr("careerkg.search.build_index", refuse)
    assert CareerGraph.open(imported, read_only=True).search("rhit")[0].kind == "Certification"
    assert not list(imported.glob("search.*"))


def test_databases_are_closed_with_the_index(kg: CareerGraph) -> None:
    index = open_index(kg.store)
    databases = (index._database, index._stems)
    del index
    gc.collect()
    for database in databases:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            database.execute("SELECT 1")


def test_the_last_word_may_be_just_begun(kg: CareerGraph) -> None:
    begun = {hit.label for hit in kg.complete("registered health inf", limit=2)}
    assert begun == {
        "Registered Health Information Administrator",
        "Registered Health Information Technician",
    }
    # "code" is a word, and begins "coder".
    assert {"Medical coder"} <= {hit.label for hit in kg.complete("medical code")}
    assert kg.complete("") == []
    assert kg.complete("ahim")[0].kind == "Organization"
    assert {hit.kind for hit in kg.complete("ahim", kind="Credential")} == {"Certification"}
