"""ESCO: a made-up release in two languages, dirty rows, layouts of 1.2, and the real release 1.1.1."""

from __future__ import annotations

import csv
import io
import itertools
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import networkx
import pyoxigraph as ox
import pytest
from answers import count, values
from hypothesis import given, settings
from hypothesis import strategies as st

from careerkg.errors import SourceFileError, TooManyErrors
from careerkg.importers import Options, Summary, import_source
from careerkg.importers.archive import Archive
from careerkg.importers.esco import _cycles
from careerkg.importers.esco.context import Context, listed
from careerkg.importers.log import Log
from careerkg.importers.release import Release
from careerkg.importers.triples import TripleWriter
from careerkg.store import EmbeddedStore
from careerkg.validation import load_shapes, validate

DATA = Path(__file__).parent / "data" / "esco" / "v1.1.1"
REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "esco" / "v1.1.1_en"
ESCO = "http://data.europa.eu/esco/"
SHAPES = sorted((Path(__file__).resolve().parents[2] / "shapes").glob("*.ttl"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the made-up release, to be changed at will."""
    return Path(shutil.copytree(DATA, tmp_path / "esco-v1.1.1"))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[EmbeddedStore, Summary]:
    """Return a store with the made-up release, and its summary."""
    home = tmp_path_factory.mktemp("esco") / "kg"
    (summary,) = import_source("esco", [DATA], home)
    return EmbeddedStore.open(home, read_only=True), summary


def check(folder: Path, *, release: str | None = None, max_errors: int | None = None) -> Summary:
    """Return the summary of a dry run."""
    (summary,) = import_source(
        "esco", [folder], None, options=Options(release=release), max_errors=max_errors
    )
    return summary


def append(file: Path, *cells: str) -> int:
    """Append a row to a file; return its line."""
    line = file.read_text(encoding="utf-8").count("\n") + 1
    with file.open("a", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerow(cells)
    return line


# ---- The made-up release ------------------------------------------------------------------------


def test_every_row_is_imported(small: tuple[EmbeddedStore, Summary]) -> None:
    _, summary = small
    assert summary.release.iri == "https://w3id.org/careerkg/source/esco-1-1-1"
    assert summary.rejected == summary.skipped == ()
    assert {table.name: table.read for table in summary.tables} == {
        "conceptSchemes_en": 3,
        "ISCOGroups_en": 2,
        "skillGroups_en": 2,
        "occupations_de": 1,
        "occupations_en": 3,
        "skills_en": 4,
        "skillsHierarchy_en": 3,
        "broaderRelationsOccPillar": 4,
        "broaderRelationsSkillPillar": 3,
        "occupationSkillRelations": 4,
        "skillSkillRelations": 2,
        "greenSkillsCollection_en": 2,
    }
    assert all(table.read == table.imported for table in summary.tables)


def test_an_occupation_has_its_names_in_both_languages(small: tuple[EmbeddedStore, Summary]) -> None:
    store, _ = small
    assert values(
        store,
        f"SELECT ?p ?o WHERE {{ <{ESCO}occupation/o1> ?p ?o FILTER (?p != dcterms:source) }}",
    ) == sorted(
        (property_, value)
        for property_, *found in (
            ("http://www.w3.org/1999/02/22-rdf-syntax-ns#type", f"{ESCO}model#Occupation"),
            (
                "http://www.w3.org/1999/02/22-rdf-syntax-ns#type",
                "https://w3id.org/careerkg/ontology#Occupation",
            ),
            ("http://www.w3.org/2000/01/rdf-schema#label", "records clerk@en", "Aktenführer@de"),
            ("http://www.w3.org/2004/02/skos/core#prefLabel", "records clerk@en", "Aktenführer@de"),
            (
                "http://www.w3.org/2004/02/skos/core#altLabel",
                "clerk of records@en",
                "record keeper@en",
                "archive clerk, junior@en",
                "Registrator@de",
            ),
            ("http://www.w3.org/2004/02/skos/core#hiddenLabel", "clerck@en"),
            (
                "http://www.w3.org/2004/02/skos/core#definition",
                "Keeps records in order.@en",
                "Hält Akten in Ordnung.@de",
            ),
            ("http://www.w3.org/2004/02/skos/core#scopeNote", "Not file clerks.@en"),
            ("http://www.w3.org/2004/02/skos/core#note", "Excludes archivists.@en"),
            ("http://www.w3.org/2004/02/skos/core#notation", "3252.1"),
            ("http://www.w3.org/2004/02/skos/core#broader", f"{ESCO}isco/C3252"),
            (
                "http://www.w3.org/2004/02/skos/core#inScheme",
                f"{ESCO}concept-scheme/occupations",
                f"{ESCO}concept-scheme/member-occupations",
            ),
            ("http://purl.org/dc/terms/modified", "2022-01-01T10:00:00.5Z"),
            ("https://w3id.org/careerkg/ontology#classifiedAs", f"{ESCO}isco/C3252"),
            (f"{ESCO}model#memberOfISCOGroup", f"{ESCO}isco/C3252"),
            (f"{ESCO}model#regulatedProfessionNote", f"{ESCO}regulated-professions/unregulated"),
            ("https://w3id.org/careerkg/ontology#needsSkill", f"{ESCO}skill/s1"),
            (f"{ESCO}model#relatedEssentialSkill", f"{ESCO}skill/s1"),
            ("https://w3id.org/careerkg/ontology#mayNeedSkill", f"{ESCO}skill/s2"),
            (f"{ESCO}model#relatedOptionalSkill", f"{ESCO}skill/s2"),
        )
        for value in found
    )


def test_knowledge_is_told_from_skills(small: tuple[EmbeddedStore, Summary]) -> None:
    store, _ = small
    assert values(store, "SELECT ?s WHERE { ?s a ckg:Knowledge }") == [(f"{ESCO}skill/s2",)]
    assert count(store, "?s a ckg:Skill") == 3
    assert (
        values(
            store,
            f"SELECT ?l WHERE {{ <{ESCO}skill/s2> esco:skillReuseLevel ?l . ?l skos:inScheme ?any }}",
        )
        == []
    )
    assert values(store, f"SELECT ?l WHERE {{ <{ESCO}skill/s2> esco:skillType/rdfs:label ?l }}") == [
        ("knowledge@en",)
    ]


def test_skills_of_skills_are_in_the_terms_of_esco(small: tuple[EmbeddedStore, Summary]) -> None:
    store, _ = small
    assert values(
        store, "SELECT ?s ?t WHERE { ?s esco:relatedEssentialSkill ?t . ?s esco:skillType ?any }"
    ) == [(f"{ESCO}skill/s1", f"{ESCO}skill/s2")]
    assert count(store, "?s esco:skillType ?any ; ckg:needsSkill ?t") == 0


def test_a_group_that_only_the_hierarchy_describes(small: tuple[EmbeddedStore, Summary]) -> None:
    store, summary = small
    assert values(
        store,
        f"SELECT ?l ?n ?d ?b WHERE {{ <{ESCO}skill/g3> rdfs:label ?l ; skos:notation ?n ;"
        " skos:definition ?d ; skos:broader ?b }",
    ) == [("coding records@en", "S1.2", "Coding them.@en", f"{ESCO}skill/g1")]
    assert "skill groups that only the hierarchy describes" in {note.text for note in summary.warnings}


def test_quotes_and_line_ends_in_cells_are_kept(small: tuple[EmbeddedStore, Summary]) -> None:
    store, _ = small
    assert values(store, f"SELECT ?d WHERE {{ <{ESCO}occupation/o3> skos:definition ?d }}") == [
        ('Leads the "records" office.@en',)
    ]
    assert values(store, f"SELECT ?d WHERE {{ <{ESCO}isco/C3> skos:definition ?d }}") == [
        ("They do technical work.\nMore than one line.@en",)
    ]


def test_a_collection_is_a_scheme_and_each_membership_is_written_once(
    small: tuple[EmbeddedStore, Summary],
) -> None:
    store, _ = small
    assert values(store, f"SELECT ?s WHERE {{ ?s skos:inScheme <{ESCO}concept-scheme/green> }}") == [
        (f"{ESCO}skill/s1",),
        (f"{ESCO}skill/s2",),
    ]


def test_facts_lead_to_table_and_release(small: tuple[EmbeddedStore, Summary]) -> None:
    store, _ = small
    assert (
        values(
            store,
            f"SELECT ?t ?r WHERE {{ <{ESCO}occupation/o1> dcterms:source ?t . ?t dcterms:isPartOf ?r ."
            " ?r dcterms:rights ?text }",
        )[0][1]
        == "https://w3id.org/careerkg/source/esco-1-1-1"
    )


def test_no_sameas(small: tuple[EmbeddedStore, Summary]) -> None:
    assert count(small[0], "?a <http://www.w3.org/2002/07/owl#sameAs> ?b") == 0


def test_the_import_conforms_to_the_shapes(small: tuple[EmbeddedStore, Summary]) -> None:
    report = validate(small[0], load_shapes(SHAPES))
    assert [result for result in report.results if result.severity == "violation"] == []


def test_the_same_files_give_the_same_triples(tmp_path: Path) -> None:
    for name in ("one", "two"):
        import_source("esco", [DATA], tmp_path / name)
    first, second = (
        (tmp_path / name / "releases" / "esco-1-1-1.nq.gz").read_bytes() for name in ("one", "two")
    )
    assert first == second


# ---- Dirty data ----------------------------------------------------------------------------------

O1, S1, S2 = (f"{ESCO}occupation/o1", f"{ESCO}skill/s1", f"{ESCO}skill/s2")


@pytest.mark.parametrize(
    ("file", "cells", "reason"),
    [
        ("occupationSkillRelations.csv", (O1, "needed", "", S1), "the relation 'needed' is neither"),
        ("occupationSkillRelations.csv", (O1, "essential", "", "s 1"), "'s 1' is not an absolute IRI"),
        ("occupationSkillRelations.csv", (O1, "essential"), "2 fields where the header has 4"),
        ("occupationSkillRelations.csv", (O1, "essential", "", S1, "x"), "5 fields where the header has 4"),
        ("occupationSkillRelations.csv", (S1, "essential", "", S1), f"{S1} is a skill, not an occupation"),
        ("broaderRelationsOccPillar.csv", ("", O1, "", S1), f"{S1} is a skill, not an occupation or an ISCO"),
        ("ISCOGroups_en.csv", ("Group", f"{ESCO}isco/C9", "9", "x", "", "", "", ""), "the concept type 'Gro"),
        ("ISCOGroups_en.csv", ("ISCOGroup", f"{ESCO}isco/C9", "9", " ", "", "", "", ""), "the preferred lab"),
        ("ISCOGroups_en.csv", ("", f"{ESCO}isco/C3", "3", "Again", "", "", "", ""), "described twice"),
        ("skills_en.csv", ("", O1, "knowledge", "", "x", *[""] * 8), f"{O1} is an occupation and cannot"),
        ("skills_en.csv", ("", f"{ESCO}skill/s9", "art", "", "x", *[""] * 8), "the skill type 'art'"),
        ("skillsHierarchy_en.csv", ("", "nothing"), "the row names no group"),
    ],
)
def test_rows_that_are_rejected(folder: Path, file: str, cells: Sequence[str], reason: str) -> None:
    line = append(folder / file, *cells)
    summary = check(folder)
    assert [(Path(note.file).name, note.line) for note in summary.rejected] == [(file, line)]
    assert reason in summary.rejected[0].text
    assert summary.totals.read == summary.totals.imported + 1
    with pytest.raises(TooManyErrors):
        check(folder, max_errors=0)


@pytest.mark.parametrize(
    ("file", "cells", "rule"),
    [
        ("occupationSkillRelations.csv", (O1, "essential", "", S1), "an exact copy of a relation"),
        ("skillSkillRelations.csv", (S1, "", "essential", "", S2), "an exact copy of a relation"),
        ("skillSkillRelations.csv", (S1, "", "optional", "", S1), "a skill that is related to itself"),
        ("broaderRelationsOccPillar.csv", ("", O1, "", O1), "a concept that would be broader than itself"),
        ("broaderRelationsOccPillar.csv", ("", O1, "", f"{ESCO}isco/C3252"), "an exact copy of a relation"),
    ],
)
def test_rows_that_are_skipped_by_rule(folder: Path, file: str, cells: Sequence[str], rule: str) -> None:
    line = append(folder / file, *cells)
    summary = check(folder)
    assert [(Path(note.file).name, note.line, note.text) for note in summary.skipped] == [(file, line, rule)]
    assert summary.rejected == ()


@pytest.mark.parametrize(
    ("file", "cells", "note"),
    [
        (
            "occupationSkillRelations.csv",
            (O1, "optional", "", S1),
            f"the skill {S1} is both essential and optional for {O1}",
        ),
        (
            "occupationSkillRelations.csv",
            (f"{ESCO}occupation/gone", "optional", "", S1),
            f"{ESCO}occupation/gone is no occupation that the release describes",
        ),
        (
            "ISCOGroups_en.csv",
            ("", f"{ESCO}isco/C4", "4", "Records\u00a0technicians", "", "a\tb", "", ""),
            "labels with tabs or no-break spaces, written with plain spaces",
        ),
        (
            "ISCOGroups_en.csv",
            ("", f"{ESCO}isco/C4", "4", "Clerks ", "", "", "", ""),
            "labels with white space at their ends, which is dropped",
        ),
        (
            "ISCOGroups_en.csv",
            ("", f"{ESCO}isco/C4", "4", "Technicians", "", "", "", ""),
            "preferred labels that another concept of the same kind has, too",
        ),
        (
            "ISCOGroups_en.csv",
            ("", f"{ESCO}isco/C4", "4", "Clerks", "", "Typists\nTypists", "", ""),
            "alternative labels that a concept has twice, written once",
        ),
        (
            "ISCOGroups_en.csv",
            ("", f"{ESCO}isco/C4", "4", "Clerks", "", "Clerks", "", ""),
            "alternative labels that repeat another label of the concept, left out",
        ),
        (
            "ISCOGroups_en.csv",
            ("", f"{ESCO}isco/C4", "4", "Clerks", "draft", "", "", ""),
            "the status is 'draft', not released",
        ),
        (
            "skills_en.csv",
            ("", f"{ESCO}skill/s9", "", "", "x", "", "", "", "yesterday", *[""] * 4),
            "'yesterday' is not a date and time",
        ),
        (
            "broaderRelationsOccPillar.csv",
            ("", f"{ESCO}isco/C3", "", f"{ESCO}isco/C3252"),
            f"broader concepts in a circle: {ESCO}isco/C3252 < {ESCO}isco/C3 < {ESCO}isco/C3252",
        ),
    ],
)
def test_what_is_dirty_is_imported_and_told(folder: Path, file: str, cells: Sequence[str], note: str) -> None:
    line = append(folder / file, *cells)
    summary = check(folder)
    assert summary.rejected == summary.skipped == ()
    found = [each for each in summary.warnings if each.text == note]
    assert len(found) == 1
    if "circle" not in note:
        assert (Path(found[0].file).name, found[0].line) == (file, line)


def test_the_line_is_right_after_cells_that_span_lines(folder: Path) -> None:
    line = append(folder / "occupations_en.csv", "Occupation", "no IRI", *[""] * 12)
    assert line == 8
    assert [note.line for note in check(folder).rejected] == [8]


def test_labels_with_tabs_come_out_plain(folder: Path, tmp_path: Path) -> None:
    append(folder / "ISCOGroups_en.csv", "", f"{ESCO}isco/C4", "4", "Record\u00a0 clerks\t", "", "", "", "")
    import_source("esco", [folder], tmp_path / "kg")
    store = EmbeddedStore.open(tmp_path / "kg", read_only=True)
    assert values(store, f"SELECT ?l WHERE {{ <{ESCO}isco/C4> rdfs:label ?l }}") == [("Record clerks@en",)]


def test_relations_alone_are_no_release(folder: Path) -> None:
    for path in (*folder.glob("occupations_*.csv"), *folder.glob("skills_*.csv")):
        path.unlink()
    with pytest.raises(SourceFileError, match=r"neither 'occupations_en\.csv' nor 'skills_en\.csv'"):
        check(folder)


def test_optional_tables_may_be_absent(folder: Path) -> None:
    for path in folder.glob("*.csv"):
        if path.name != "occupations_en.csv":
            path.unlink()
    summary = check(folder)
    assert summary.totals.imported == 3
    assert "occupationSkillRelations" in summary.absent


def test_a_missing_column_is_an_error(folder: Path) -> None:
    file = folder / "occupations_en.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("preferredLabel", "name", 1), encoding="utf-8")
    with pytest.raises(SourceFileError, match=r"_en\.csv:1: the column 'preferredLabel' is missing"):
        check(folder)


# ---- Layouts and versions ---------------------------------------------------------------------------


def test_a_language_can_be_added_later(folder: Path, tmp_path: Path) -> None:
    """German after English: both stand, and importing German again replaces German alone."""
    german, home = tmp_path / "german" / "v1.1.1", tmp_path / "kg"
    german.mkdir(parents=True)
    (folder / "occupations_de.csv").rename(german / "occupations_de.csv")
    import_source("esco", [folder], home)
    for action in ("added", "replaced"):
        (summary,) = import_source("esco", [german], home)
        assert (summary.release.key, summary.action) == ("esco-1-1-1-de", action)
        assert summary.release.title == "ESCO classification, version 1.1.1 (de)"
        names = values(
            EmbeddedStore.open(home, read_only=True), f"SELECT ?l WHERE {{ <{O1}> skos:prefLabel ?l }}"
        )
        assert sorted(text[-3:] for (text,) in names) == ["@de", "@en"]


def test_layout_of_version_1_2(folder: Path, tmp_path: Path) -> None:
    """Relations with a language in the file name and labels, a NACE code of occupations."""
    later = tmp_path / "ESCO dataset - v1.2.0 - classification - en - csv"
    folder.rename(later)
    for name in ("broaderRelationsOccPillar", "broaderRelationsSkillPillar", "skillSkillRelations"):
        (later / f"{name}.csv").rename(later / f"{name}_en.csv")
    (later / "occupationSkillRelations.csv").unlink()
    (later / "occupationSkillRelations_en.csv").write_text(
        "occupationUri,occupationLabel,relationType,skillType,skillUri,skillLabel\n"
        f"{O1},records clerk,essential,skill/competence,{S1},keep records\n",
        encoding="utf-8",
    )
    for file in later.glob("occupations_*.csv"):
        rows = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8"))))
        with file.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(
                [*row, "naceCode" if not number else "http://data.europa.eu/ux2/nace2.1/86"]
                for number, row in enumerate(rows)
            )
    (summary,) = import_source("esco", [later], tmp_path / "kg")
    assert summary.release.version == "1.2.0"
    assert summary.rejected == ()
    store = EmbeddedStore.open(tmp_path / "kg", read_only=True)
    assert count(store, "?o esco:hasNACECode <http://data.europa.eu/ux2/nace2.1/86>") == 3
    assert count(store, f"<{O1}> ckg:needsSkill <{S1}>") == 1


def test_archives_as_downloaded(folder: Path, tmp_path: Path) -> None:
    archive = tmp_path / "ESCO dataset - v1.1.1 - classification - en - csv.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for path in sorted(folder.glob("*.csv")):
            opened.write(path, path.name)
    (summary,) = import_source("esco", [archive], None)
    assert summary.totals.imported == 33
    assert summary.release.version == "1.1.1"


def test_version_that_nothing_tells(folder: Path, tmp_path: Path) -> None:
    unnamed = folder.rename(tmp_path / "unnamed")
    with pytest.raises(SourceFileError, match=r"say so with --release 1\.1\.1"):
        check(unnamed)
    assert check(unnamed, release="v1.2.1").release.key == "esco-1-2-1"


def test_numbers_in_other_names_are_no_version(folder: Path) -> None:
    (folder / "notes 2.0.csv").write_text("a\n", encoding="utf-8")
    summary = check(folder)
    assert (summary.release.version, summary.ignored) == ("1.1.1", ("notes 2.0.csv",))


def test_two_versions_are_not_mixed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "both").mkdir()
    folder.rename(tmp_path / "both" / "v1.1.1")
    shutil.copytree(DATA, tmp_path / "both" / "v1.2.0")
    with pytest.raises(SourceFileError, match=r"files of the versions 1\.1\.1 and 1\.2\.0 lie together"):
        check(tmp_path / "both")


def test_the_same_table_twice_is_refused(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "again-v1.1.1")
    with pytest.raises(SourceFileError, match=r"the same table as .*conceptSchemes_en\.csv: import one"):
        import_source("esco", [folder, tmp_path / "again-v1.1.1"], None)


def test_a_file_without_language_is_taken_as_english(folder: Path) -> None:
    (folder / "skills_en.csv").rename(folder / "skills.csv")
    notes = [note for note in check(folder).warnings if "no language" in note.text]
    assert [Path(note.file).name for note in notes] == ["skills.csv"]


def test_lists_in_cells() -> None:
    assert list(listed("a,\nb\nc | d\n")) == ["a", "b", "c", "d"]


# ---- Against independent rules ---------------------------------------------------------------------

LABELS = st.lists(st.sampled_from(["a", "a ", "b", "a\tb", "a b", "\u00a0", "c", "C"]), max_size=6)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["a", "b", "a b"]), LABELS, LABELS)
def test_a_label_is_preferred_alternative_or_hidden(
    preferred: str, other: list[str], hidden: list[str]
) -> None:
    """SKOS S13: the three kinds of label do not overlap; none is lost and none comes from nowhere."""
    with Archive([DATA]) as archive:
        context = Context(archive, Release("esco", "1", "", "", "urn:x"), TripleWriter(None), Log())
    context.define("urn:c", "skill", "en")
    lines = context.names("urn:c", preferred, "\n".join(other), "\n".join(hidden), "en", 1)
    found: dict[str, list[str]] = {}
    for quad in ox.parse(lines.encode(), format=ox.RdfFormat.N_TRIPLES):
        found.setdefault(quad.predicate.value.rpartition("#")[2], []).append(quad.object.value)
    plain = [{" ".join(label.split()) for label in labels} - {""} for labels in ([preferred], other, hidden)]
    assert found["prefLabel"] == found["label"] == [preferred]
    assert sorted(found.get("altLabel", [])) == sorted(plain[1] - plain[0])
    assert sorted(found.get("hiddenLabel", [])) == sorted(plain[2] - plain[1] - plain[0])


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.integers(0, 7), st.sets(st.integers(0, 7), max_size=3), max_size=8))
def test_circles_are_found_where_there_are_some(edges: dict[int, set[int]]) -> None:
    broader = {str(node): {str(upper) for upper in above} for node, above in edges.items()}
    graph = networkx.DiGraph((node, upper) for node, above in broader.items() for upper in above)
    found = list(_cycles(broader))
    assert bool(found) != networkx.is_directed_acyclic_graph(graph)
    for circle in found:
        assert circle[0] == circle[-1]
        assert all(upper in broader[node] for node, upper in itertools.pairwise(circle))


# ---- The real release -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[EmbeddedStore, Summary]]:
    """Return a store with ESCO 1.1.1 as it was published, and the summary of the import."""
    if not REAL.is_dir():
        pytest.skip("the real release is not at hand (../shared/data/esco)")
    home = tmp_path_factory.mktemp("esco-real") / "kg"
    (summary,) = import_source("esco", [REAL], home)
    yield EmbeddedStore.open(home, read_only=True), summary
    shutil.rmtree(home)


def test_rows_of_the_real_release(real: tuple[EmbeddedStore, Summary]) -> None:
    _, summary = real
    assert {table.name: table.read for table in summary.tables} == {
        "conceptSchemes_en": 19,
        "ISCOGroups_en": 619,
        "skillGroups_en": 640,
        "occupations_en": 3007,
        "skills_en": 13896,
        "skillsHierarchy_en": 647,
        "broaderRelationsOccPillar": 3617,
        "broaderRelationsSkillPillar": 20656,
        "occupationSkillRelations": 123855,
        "skillSkillRelations": 5899,
        "digitalSkillsCollection_en": 1201,
        "researchOccupationsCollection_en": 122,
        "digCompSkillsCollection_en": 26,
        "greenSkillsCollection_en": 570,
        "languageSkillsCollection_en": 346,
        "researchSkillsCollection_en": 40,
        "transversalSkillsCollection_en": 96,
    }
    assert summary.rejected == ()
    assert [(note.line, note.text, note.times) for note in summary.skipped] == [
        (4645, "a skill that is related to itself", 1)
    ]


def test_what_is_dirty_in_the_real_release(real: tuple[EmbeddedStore, Summary]) -> None:
    notes = {note.text: note.times for note in real[1].warnings if "occupationSkill" in note.file}
    gone = f"{ESCO}occupation/a9e54177-a185-404d-b6e6-15663d31137e"
    assert notes == {f"{gone} is no occupation that the release describes": 67}
    labels = [note for note in real[1].warnings if "occupations_en" in note.file]
    assert ("labels with tabs or no-break spaces, written with plain spaces", 2579) in {
        (note.text, note.line) for note in labels
    }


def test_triples_of_the_real_release(real: tuple[EmbeddedStore, Summary]) -> None:
    """The numbers are those of the files, counted apart from the importer (shell and csv module)."""
    store, _ = real
    assert count(store, "?o a ckg:Occupation") == 3007
    assert count(store, "?o a ckg:Skill") == 10831 + 6
    assert count(store, "?o a ckg:Knowledge") == 3059
    assert count(store, "?o ckg:needsSkill ?s") == 64946
    assert count(store, "?o ckg:mayNeedSkill ?s") == 58909
    assert count(store, "?a skos:broader ?b") == 3617 + 20656
    assert count(store, "?o esco:regulatedProfessionNote ?n FILTER (STRENDS(STR(?n), '/regulated'))") == 15
    assert count(store, "?s skos:inScheme <http://data.europa.eu/esco/concept-scheme/green>") == 570


def test_one_occupation_of_the_real_release(real: tuple[EmbeddedStore, Summary]) -> None:
    coder = f"{ESCO}occupation/6219f0ef-6414-4d01-9221-41ac25dcb409"
    assert values(
        real[0],
        f"SELECT ?l ?n ?b WHERE {{ <{coder}> rdfs:label ?l ; skos:notation ?n ;"
        " skos:broader/rdfs:label ?b }",
    ) == [("clinical coder@en", "3252.1.1", "medical records clerk@en")]


def test_the_real_release_conforms_to_the_shapes(real: tuple[EmbeddedStore, Summary]) -> None:
    report = validate(real[0], load_shapes(SHAPES))
    assert report.conforms, report.to_table()
