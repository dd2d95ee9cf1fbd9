"""SOC: structure and definitions, crosswalks as SKOS mappings, made-up and real ones."""

from __future__ import annotations

import gzip
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from answers import count, values
from hypothesis import given, settings
from hypothesis import strategies as st
from workbooks import write_workbook

from careerkg.errors import SourceFileError
from careerkg.importers import Options, Summary, import_source
from careerkg.importers.archive import Archive
from careerkg.importers.log import Log
from careerkg.importers.soc.crosswalks import CROSSWALKS, write_crosswalk
from careerkg.importers.triples import TripleWriter
from careerkg.store import EmbeddedStore
from careerkg.validation import load_shapes, validate
from careerkg.vocabulary import SKOS

DATA = Path(__file__).parent / "data" / "soc"
REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "soc"
SHAPES = sorted((Path(__file__).resolve().parents[2] / "shapes").glob("*.ttl"))
ID = "https://w3id.org/careerkg/id/"

HEAD = ["Major Group", "Minor Group", "Broad Group", "Detailed Occupation", ""]
STRUCTURE: list[list[str | float]] = [
    ["U.S. Bureau of Labor Statistics"],
    [],
    list(HEAD),
    ["29-0000", "", "", "", "Healthcare Occupations"],
    ["", "29-2000", "", "", "Technicians"],
    ["", "", "29-2070", "", "Medical Records Specialists"],
    ["", "", "", "29-2072", "Medical Records Specialists"],
    ["", "29-9000", "", "", "Others"],
]
DEFINITIONS: list[list[str | float]] = [
    ["SOC Group", "SOC Code", "SOC Title", "SOC Definition"],
    ["Major", "29-0000", "Healthcare Occupations", ""],
    ["Minor", "29-2000", "Technicians", ""],
    ["Broad", "29-2070", "Medical Records Specialists", "The same as 29-2072."],
    ["Detailed", "29-2072", "Medical Records Specialists", "Keep records & code them."],
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a made-up structure and its definitions."""
    home = tmp_path / "soc"
    home.mkdir()
    write_workbook(home / "soc_structure_2018.xlsx", {"2018 Structure": STRUCTURE})
    write_workbook(home / "soc_2018_definitions.xlsx", {"2018 SOC": DEFINITIONS})
    return home


def imported(path: Path, home: Path) -> tuple[EmbeddedStore, tuple[Summary, ...]]:
    """Return a store into which a folder or file was imported, and the summaries."""
    summaries = import_source("soc", [path], home)
    return EmbeddedStore.open(home, read_only=True), summaries


# ---- Structure -----------------------------------------------------------------------------------


def test_structure_and_definitions_make_one_hierarchy(folder: Path, tmp_path: Path) -> None:
    store, (summary,) = imported(folder, tmp_path / "kg")
    assert summary.release.iri == "https://w3id.org/careerkg/source/soc-2018"
    assert {table.name: (table.read, table.imported) for table in summary.tables} == {
        "soc_2018_definitions": (4, 4),
        "soc_structure_2018": (5, 5),
    }
    assert values(store, "SELECT ?n ?b WHERE { ?c skos:notation ?n OPTIONAL { ?c skos:broader ?b } }") == [
        ("29-0000", ""),
        ("29-2000", f"{ID}soc/29-0000"),
        ("29-2070", f"{ID}soc/29-2000"),
        ("29-2072", f"{ID}soc/29-2070"),
        ("29-9000", f"{ID}soc/29-0000"),
    ]
    assert values(store, "SELECT ?p ?o WHERE { soc:29-2072 ?p ?o FILTER (isLiteral(?o)) }") == sorted(
        [
            ("http://www.w3.org/2000/01/rdf-schema#label", "Medical Records Specialists (SOC 29-2072)@en"),
            (SKOS.prefLabel, "Medical Records Specialists (SOC 29-2072)@en"),
            (SKOS.altLabel, "Medical Records Specialists@en"),
            (SKOS.notation, "29-2072"),
            (SKOS.definition, "Keep records & code them.@en"),
        ]
    )
    assert values(store, "SELECT ?c WHERE { scheme:soc-2018 skos:hasTopConcept ?c }") == [
        (f"{ID}soc/29-0000",)
    ]
    report = validate(store, load_shapes(SHAPES))
    assert [result for result in report.results if result.severity != "info"] == []


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["29-1", "", "", "", "x"], "'29-1' is not a SOC code like 29-2072"),
        (["29-0000", "", "", "", "Again"], "the code '29-0000' stands there twice"),
        (["31-0000", "31-1000", "", "", "x"], "2 codes where a row has one"),
        (["", "", "", "31-1111", "x"], "the detailed '31-1111' is in no broad group"),
        (["31-0000", "", "", "", " "], "an empty text"),
    ],
)
def test_rows_of_the_structure_that_are_rejected(tmp_path: Path, row: list[str], reason: str) -> None:
    book = write_workbook(tmp_path / "soc_structure_2018.xlsx", {"a": [*STRUCTURE, [*row]]})
    (summary,) = import_source("soc", [book], None)
    assert [(note.line, note.text) for note in summary.rejected] == [(9, reason)]


def test_level_that_is_none(tmp_path: Path) -> None:
    rows: list[list[str | float]] = [*DEFINITIONS, ["Huge", "30-0000", "x", ""]]
    book = write_workbook(tmp_path / "soc_2018_definitions.xlsx", {"a": rows})
    (summary,) = import_source("soc", [book], None)
    assert "'Huge' is none of the levels major, minor, broad, detailed" in summary.rejected[0].text


def test_definitions_of_2010_have_no_column_of_levels(tmp_path: Path) -> None:
    """The zeros of a code tell its level; minor groups may have two of them only (15-1100)."""
    rows: list[list[str | float]] = [
        ["SOC Code", "SOC Title", "SOC Definition"],
        ["15-0000", "Computers", ""],
        ["15-1100", "Computer Occupations", ""],
        ["15-1110", "Scientists", ""],
        ["15-1111", "Scientists", "Do research."],
    ]
    write_workbook(tmp_path / "soc_2010_definitions.xlsx", {"a": rows})
    store, (summary,) = imported(tmp_path, tmp_path / "kg")
    assert summary.release.key == "soc-2010"
    assert values(store, "SELECT ?n ?b WHERE { ?c skos:broader/skos:notation ?b ; skos:notation ?n }") == [
        ("15-1100", "15-0000"),
        ("15-1110", "15-1100"),
        ("15-1111", "15-1110"),
    ]


def test_nothing_of_soc(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(SourceFileError, match=r"neither a workbook of SOC"):
        import_source("soc", [tmp_path], None)


def test_the_name_of_a_release_is_not_heeded(folder: Path) -> None:
    (summary,) = import_source("soc", [folder], None, options=Options(release="2099"))
    assert summary.release.version == "2018"
    assert any("--release is not heeded" in note.text for note in summary.warnings)


# ---- Crosswalks -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crosswalks(tmp_path_factory: pytest.TempPathFactory) -> tuple[EmbeddedStore, dict[str, Summary]]:
    """Return a store with the made-up crosswalks, and their summaries by source."""
    store, summaries = imported(DATA, tmp_path_factory.mktemp("crosswalks") / "kg")
    return store, {summary.release.source: summary for summary in summaries}


def relations(store: EmbeddedStore, source: str, target: str) -> list[str]:
    """Return the mapping relations of a mapping, which must stand beside it as a triple, too."""
    rows = values(
        store,
        f"SELECT ?r WHERE {{ ?m ckg:mapsFrom {source} ; ckg:mapsTo {target} ; ckg:mappingRelation ?r ."
        f" FILTER EXISTS {{ {source} ?r {target} }} }}",
    )
    return [row[0].rpartition("#")[2] for row in rows]


def test_which_relation_a_row_states(crosswalks: tuple[EmbeddedStore, dict[str, Summary]]) -> None:
    store, _ = crosswalks
    assert relations(store, "onet-soc:29-1067.00", "onet-soc:29-1249.00") == ["exactMatch"]
    assert relations(store, "onet-soc:29-2071.00", "onet-soc:29-2072.00") == ["narrowMatch"]
    assert relations(store, "onet-soc:15-1131.00", "onet-soc:15-1251.00") == ["broadMatch"]
    assert relations(store, "onet-soc:29-2071.00", "onet-soc:29-9021.00") == ["relatedMatch"]
    assert relations(store, "soc:29-2071", "<http://data.europa.eu/esco/isco/C3252>") == ["closeMatch"]
    assert relations(store, "<https://w3id.org/careerkg/id/cip/51.0707>", "soc:29-2072") == ["relatedMatch"]


def test_a_code_that_stays_is_in_both_editions_and_maps_not_to_itself(
    crosswalks: tuple[EmbeddedStore, dict[str, Summary]],
) -> None:
    store, _ = crosswalks
    assert values(store, "SELECT ?s WHERE { onet-soc:11-1011.00 skos:inScheme ?s }") == [
        (f"{ID}scheme/onet-soc-2010",),
        (f"{ID}scheme/onet-soc-2019",),
    ]
    assert count(store, "?m ckg:mapsFrom ?c ; ckg:mapsTo ?c") == 0
    assert count(store, "?c ckg:supersededBy ?c") == 0


def test_only_codes_that_are_gone_are_superseded(
    crosswalks: tuple[EmbeddedStore, dict[str, Summary]],
) -> None:
    store, _ = crosswalks
    assert values(store, "SELECT ?a ?b WHERE { ?a ckg:supersededBy ?b }") == [
        (f"{ID}onet-soc/{old}", f"{ID}onet-soc/{new}")
        for old, new in (
            ("15-1131.00", "15-1251.00"),
            ("15-1134.00", "15-1251.00"),
            ("29-1067.00", "29-1249.00"),
            ("29-2071.00", "29-2072.00"),
            ("29-2071.00", "29-9021.00"),
        )
    ]


def test_maker_vintage_method_and_confidence(crosswalks: tuple[EmbeddedStore, dict[str, Summary]]) -> None:
    store, summaries = crosswalks
    scheme = f"{ID}scheme/onet-soc-2010"
    assert values(
        store,
        "SELECT ?c ?s ?v ?to WHERE { ?m ckg:confidence ?c ; ckg:similarity ?s ; ckg:vintage ?v ;"
        " ckg:toScheme ?to ; ckg:mappingMethod ?how ;"
        " dcterms:source/dcterms:isPartOf ckgsrc:esco-onet-2020-11 ;"
        " ckg:fromScheme <http://data.europa.eu/esco/concept-scheme/occupations> }",
    ) == [
        ("0.25", "0.6", "2020-11", scheme),
        ("0.5", "0.75", "2020-11", scheme),
        ("1", "0.81", "2020-11", scheme),
    ]
    assert summaries["esco-onet"].release.kind == "secondary"
    assert values(store, "SELECT ?n WHERE { ?m ckg:mapsFrom soc:19-2099 ; skos:scopeNote ?n }") == [
        ("matches to 3-digit ISCO@en",)
    ]


def test_a_field_without_occupations_is_skipped_by_rule(
    crosswalks: tuple[EmbeddedStore, dict[str, Summary]],
) -> None:
    _, summaries = crosswalks
    assert [(note.line, note.text) for note in summaries["cip-soc"].skipped] == [
        (4, "a row that says that there is no counterpart")
    ]
    assert sum(summary.totals.rejected for summary in summaries.values()) == 0


def test_crosswalks_conform_and_never_say_sameas(
    crosswalks: tuple[EmbeddedStore, dict[str, Summary]],
) -> None:
    store, _ = crosswalks
    assert count(store, "?a <http://www.w3.org/2002/07/owl#sameAs> ?b") == 0
    report = validate(store, load_shapes(SHAPES))
    assert [result for result in report.results if result.severity == "violation"] == []


@pytest.mark.parametrize(
    ("file", "row", "reason"),
    [
        ("editions.csv", "29-1;x;29-2072.00;y", "'29-1' is not an O*NET-SOC code"),
        ("isco.csv", "29-2071,x,32521,y,", "'32521' is not an ISCO-08 code"),
        ("esco-onet.csv", "4,x,1,11-1011.00,y,[],0.5,3,http://example.org/o", "'3' is not one of the levels"),
        ("esco-onet.csv", "4,x,1,11-1011.00,y,[],0.5,high,http://example.org/o", "'high' is not a level"),
        ("esco-onet.csv", "4,x,1,11-1011.00,y,[],0.5,1,o", "'o' is not an absolute IRI"),
        ("cip.csv", "51,x,29-20,y", "'29-20' is not a SOC code"),
    ],
)
def test_mappings_that_are_rejected(tmp_path: Path, file: str, row: str, reason: str) -> None:
    shutil.copy(DATA / file, tmp_path)
    line = (tmp_path / file).read_text(encoding="utf-8").count("\n") + 1
    with (tmp_path / file).open("a", encoding="utf-8") as stream:
        stream.write(f"{row}\n")
    (summary,) = import_source("soc", [tmp_path], None)
    assert [note.line for note in summary.rejected] == [line]
    assert reason in summary.rejected[0].text


def test_a_copy_of_a_mapping_is_skipped(tmp_path: Path) -> None:
    text = (DATA / "editions.csv").read_text(encoding="utf-8")
    (tmp_path / "editions.csv").write_text(text + text.splitlines()[1] + "\n", encoding="utf-8")
    (summary,) = import_source("soc", [tmp_path], None)
    assert [(note.line, note.text) for note in summary.skipped] == [(10, "an exact copy of a mapping")]


def test_files_of_others_that_are_damaged_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "holidays.xlsx").write_bytes(b"no workbook")
    (tmp_path / "notes.csv").write_bytes(b"caf\xe9;a\n")
    with pytest.raises(SourceFileError, match=r"holidays\.xlsx: not a readable workbook"):
        import_source("soc", [tmp_path], None)
    shutil.copy(DATA / "cip.csv", tmp_path)
    (summary,) = import_source("soc", [tmp_path], None)
    assert summary.ignored == ("holidays.xlsx", "notes.csv")
    assert any(note.text.startswith("passed over: not a readable workbook") for note in summary.warnings)


def test_one_crosswalk_twice_is_an_error(tmp_path: Path) -> None:
    shutil.copy(DATA / "cip.csv", tmp_path / "a.csv")
    shutil.copy(DATA / "cip.csv", tmp_path / "b.csv")
    with pytest.raises(SourceFileError, match=r"b\.csv: the same crosswalk as .*a\.csv"):
        import_source("soc", [tmp_path], None)


def test_crosswalks_in_workbooks_say_what_those_in_text_do(tmp_path: Path) -> None:
    """As the Bureau and the Center publish them: notes first, the table, then the same turned round."""
    for name, separator in (("isco", ","), ("cip", ",")):
        lines = (DATA / f"{name}.csv").read_text(encoding="utf-8").splitlines()
        rows = [line.split(separator) for line in lines]
        turned = [[*row[2:4], *row[:2], *row[4:]] for row in rows]
        notes: list[list[str | float]] = [["Made up"], []]
        notes += [[*row] for row in rows]
        back: list[list[str | float]] = [[*row] for row in turned]
        write_workbook(
            tmp_path / f"{name}.xlsx",
            {"Notes": [["x", "y"]], "A to B": notes, "B to A": back},
        )
        (book,) = import_source("soc", [tmp_path / f"{name}.xlsx"], tmp_path / f"{name}-book")
        (text,) = import_source("soc", [DATA / f"{name}.csv"], tmp_path / f"{name}-text")
        assert (book.release, book.totals) == (text.release, text.totals)
        key = f"{book.release.key}.nq.gz"
        dumps = [
            gzip.decompress((tmp_path / f"{name}-{kind}" / "releases" / key).read_bytes()).splitlines()
            for kind in ("book", "text")
        ]
        for dump in dumps:
            dump[:] = sorted(line for line in dump if b"sha256" not in line)
        assert dumps[0] == dumps[1]


def test_crosswalk_that_says_itself_which_match_it_is(tmp_path: Path) -> None:
    store, (summary,) = imported(DATA.with_name("soc-esco"), tmp_path / "kg")
    assert (summary.release.key, summary.totals[2:]) == ("onet-esco-2022", (3, 2, 1, 0))
    assert [(note.line, note.text.partition(":")[0]) for note in summary.rejected] == [
        (8, "'sameMatch' is not a kind of match")
    ]
    esco = "http://data.europa.eu/esco"
    assert relations(store, "onet-soc:29-2072.00", f"<{esco}/occupation/o1>") == ["broadMatch"]
    assert values(store, "SELECT ?t ?s WHERE { ?m ckg:mapsTo ?t ; ckg:toScheme ?s ; ckg:fromScheme ?f }") == [
        (f"{esco}/isco/C3252", f"{esco}/concept-scheme/isco"),
        (f"{esco}/occupation/o1", f"{esco}/concept-scheme/occupations"),
    ]
    report = validate(store, load_shapes(SHAPES))
    assert [result for result in report.results if result.severity == "violation"] == []


def test_editions_of_soc(tmp_path: Path) -> None:
    header = ["2010 SOC Code", "2010 SOC Title", "2018 SOC Code", "2018 SOC Title"]
    rows: list[list[str | float]] = [
        ["29-2071", "Records Technicians", "29-2072", "Records Specialists"],
        ["29-2071", "Records Technicians", "29-9021", "Registrars"],
        ["11-1011", "Chief Executives", "11-1011", "Chief Executives"],
    ]
    book = write_workbook(tmp_path / "soc_2010_to_2018_crosswalk.xlsx", {"A": [["x"], [*header], *rows]})
    store, (summary,) = imported(book, tmp_path / "kg")
    assert (summary.release.key, summary.totals.imported) == ("soc-editions-2010-to-2018", 3)
    assert relations(store, "soc:29-2071", "soc:29-2072") == ["narrowMatch"]
    gone = values(store, "SELECT ?l ?n WHERE { ?c ckg:supersededBy ?n ; rdfs:label ?l }")
    assert gone == [
        ("Records Technicians (SOC 29-2071)@en", f"{ID}soc/29-2072"),
        ("Records Technicians (SOC 29-2071)@en", f"{ID}soc/29-9021"),
    ]


CODES = [f"11-10{number}1.00" for number in range(1, 5)]


@settings(max_examples=150, deadline=None)
@given(st.sets(st.tuples(st.sampled_from(CODES), st.sampled_from(CODES)), min_size=1))
def test_relations_follow_from_the_table(
    tmp_path_factory: pytest.TempPathFactory, pairs: set[tuple[str, str]]
) -> None:
    """Against the definition, pair by pair: who else does the source map to, what else maps to the target."""
    file = tmp_path_factory.mktemp("random") / "editions.csv"
    lines = [f"{old};t{old};{new};t{new}" for old, new in sorted(pairs)]
    file.write_text(
        "\n".join(["soc2010_code;soc2010_title;soc2019_code;soc2019_title", *lines]), encoding="utf-8"
    )
    target = file.with_suffix(".nt")
    crosswalk = next(iter(CROSSWALKS))
    with Archive([file]) as archive, target.open("wb") as stream:
        writer = TripleWriter(stream)
        write_crosswalk(archive, archive.members[0], crosswalk, writer, Log())
        writer.flush()
    found = defaultdict(set)
    for quad in ox.parse(path=str(target), format=ox.RdfFormat.N_TRIPLES):
        name = quad.predicate.value.rpartition("#")[2]
        if name.endswith("Match"):
            found[quad.subject.value[-10:], quad.object.value[-10:]].add(name)
    expected = {}
    for old, new in pairs:
        if old == new:
            continue
        splits = any(source == old and other != new for source, other in pairs)
        merges = any(other == new and source != old for source, other in pairs)
        names = {(False, False): "exactMatch", (True, False): "narrowMatch", (False, True): "broadMatch"}
        expected[old, new] = {names.get((splits, merges), "relatedMatch")}
    assert found == expected


# ---- The real files --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[EmbeddedStore, dict[str, Summary]]]:
    """Return a store with the real structure and crosswalks, and their summaries by source."""
    if not REAL.is_dir():
        pytest.skip("the real files are not at hand (../shared/data/soc)")
    home = tmp_path_factory.mktemp("soc-real") / "kg"
    store, summaries = imported(REAL, home)
    yield store, {summary.release.source: summary for summary in summaries}
    shutil.rmtree(home)


def test_rows_of_the_real_files(real: tuple[EmbeddedStore, dict[str, Summary]]) -> None:
    _, summaries = real
    assert {source: (s.totals.read, s.totals.imported) for source, s in summaries.items()} == {
        "soc": (2 * 1447, 2 * 1447),
        "onet-soc": (1164, 1164),
        "isco-soc": (1125, 1125),
        "esco-onet": (1680, 1680),
        "cip-soc": (49, 49),
    }


def test_levels_of_the_real_structure(real: tuple[EmbeddedStore, dict[str, Summary]]) -> None:
    store, _ = real
    above = {row[0]: row[1] for row in values(store, "SELECT ?c ?b WHERE { ?c skos:broader ?b }")}
    tops = values(store, "SELECT ?c WHERE { scheme:soc-2018 skos:hasTopConcept ?c }")

    def depth(code: str) -> int:
        return 1 + depth(above[code]) if code in above else 0

    assert Counter(map(depth, [*above, *(top for (top,) in tops)])) == {0: 23, 1: 98, 2: 459, 3: 867}


def test_the_split_of_29_2071(real: tuple[EmbeddedStore, dict[str, Summary]]) -> None:
    store, _ = real
    assert values(store, "SELECT ?b WHERE { onet-soc:29-2071.00 ckg:supersededBy ?b }") == [
        (f"{ID}onet-soc/29-2072.00",),
        (f"{ID}onet-soc/29-9021.00",),
    ]
    assert values(
        store, "SELECT ?b WHERE { soc:29-2071 ?r ?b . ?m ckg:mapsFrom soc:29-2071 ; ckg:mapsTo ?b }"
    ) == [("http://data.europa.eu/esco/isco/C3252",)]


def test_the_real_files_conform_to_the_shapes(real: tuple[EmbeddedStore, dict[str, Summary]]) -> None:
    """What crosswalks lead to in ESCO is described by another release: warnings, and of these things only."""
    report = validate(real[0], load_shapes(SHAPES))
    assert report.counts.violation == report.counts.info == 0, report.to_table()
    assert all(str(result.focus).startswith("<http://data.europa.eu/esco/") for result in report.results)
