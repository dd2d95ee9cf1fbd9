"""O*NET: every table of a made-up release, dirty ones, other layouts; and the real release, if at hand.

The oracle of the tables with many rows reads the files anew with the standard library and compares all cells.
"""

from __future__ import annotations

import csv
import gzip
import json
import shutil
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pyoxigraph as ox
import pytest
from made_up import MADE, MODERN, SHARED

from careerkg import CareerGraph
from careerkg.cli import main
from careerkg.errors import SourceFileError
from careerkg.importers import Options, Summary, import_source
from careerkg.vocabulary import ID, compact

REAL = SHARED / "onet" / "db_29_3_text"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Return a copy of the made-up O*NET release, to be changed at will."""
    return Path(shutil.copytree(MADE, tmp_path / "small"))


def imported(folder: Path, *paths: Path, **options: str) -> Summary:
    (summary,) = import_source("onet", list(paths), folder, options=Options(**options))  # type: ignore[arg-type]
    return summary


def ask(kg: CareerGraph, sparql: str) -> list[tuple[str, ...]]:
    """Return the rows of a query, sorted: IRIs as CURIEs, literals as their text, "" where unbound."""
    result = kg.store.query(sparql)
    assert isinstance(result, ox.QuerySolutions)
    return sorted(
        tuple(
            ""
            if term is None
            else compact(term.value)
            if isinstance(term, ox.NamedNode)
            else term.value
            if isinstance(term, ox.Literal)
            else str(term)
            for term in row
        )
        for row in result
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[CareerGraph, Summary]:
    folder = tmp_path_factory.mktemp("made") / "kg"
    summary = imported(folder, MADE)
    return CareerGraph.open(folder, read_only=True), summary


# ---- The made-up release --------------------------------------------------------------------------


def test_release_is_described_with_the_attribution_that_its_licence_asks_for(
    made: tuple[CareerGraph, Summary],
) -> None:
    kg, summary = made
    assert (summary.release.key, summary.release.issued) == ("onet-29-9", "2025-11")
    (source,) = [source for source in kg.stats().sources if source.id.endswith("source/onet-29-9")]
    assert source.title == "O*NET 29.9 Database"
    assert source.licence == "https://creativecommons.org/licenses/by/4.0/"
    assert source.attribution is not None
    for part in ("O*NET 29.9 Database", "USDOL/ETA", "CC BY 4.0", "trademark", "modified", "not approved"):
        assert part in source.attribution
    assert source.triples == summary.triples


def test_rows_add_up_and_say_what_is_missing(made: tuple[CareerGraph, Summary]) -> None:
    _, summary = made
    for table in (*summary.tables, summary.totals):
        assert table.read == table.imported + table.rejected + table.skipped
    assert summary.rejected == ()
    assert [(note.line, note.text) for note in summary.skipped] == [
        (3, "a title that the occupation has already")
    ]
    assert set(summary.absent) == {
        "Abilities",
        "Abilities to Work Activities",
        "Abilities to Work Context",
        "Basic Interests to RIASEC",
        "Knowledge",
        "Skills to Work Context",
        "Work Activities",
        "Work Styles",
        "Work Values",
    }
    assert summary.ignored == ("Read Me.txt", "Survey Booklet Locations.txt")


def test_occupation(made: tuple[CareerGraph, Summary]) -> None:
    kg, _ = made
    found = ask(kg, "SELECT ?p ?o { onet-soc:11-1011.03 ?p ?o }")
    assert found == [
        ("dcterms:source", "https://w3id.org/careerkg/source/onet-29-9/occupation-data"),
        ("dcterms:title", "Lamp Inspectors"),
        ("rdf:type", "ckg:Occupation"),
        ("rdf:type", "ckg:OccupationCode"),
        ("rdfs:label", "Lamp Inspectors (O*NET-SOC 11-1011.03)"),
        ("skos:altLabel", "Lamp Inspectors"),
        ("skos:broadMatch", "soc:11-1011"),
        ("skos:definition", "Inspect lamps along a coast."),
        ("skos:inScheme", "scheme:onet-soc-2019"),
        ("skos:notation", "11-1011.03"),
        ("skos:prefLabel", "Lamp Inspectors (O*NET-SOC 11-1011.03)"),
    ]
    assert ("skos:exactMatch", "soc:11-1011") in ask(kg, "SELECT ?p ?o { onet-soc:11-1011.00 ?p ?o }")
    (definition,) = ask(kg, "SELECT ?o { onet-soc:29-2099.01 skos:definition ?o }")
    assert definition == ('Keep sea charts in order. Say "aye" when asked \\ answer.',)
    titles = ask(kg, "SELECT ?o { onet-soc:11-1011.00 skos:altLabel ?o }")
    assert titles == [("BO",), ("Beacon Officer (BO)",), ("Lighthouse Keepers",), ("Wickie",)]
    assert ask(kg, "SELECT ?s ?o { ?s ckg:reportedTitle ?o }") == [("onet-soc:11-1011.00", "Wickie")]


def test_tasks(made: tuple[CareerGraph, Summary]) -> None:
    kg, _ = made
    assert ask(
        kg,
        "SELECT ?task ?label ?type ?n ?date ?from ?activity { "
        "?work ckg:hasTask ?task . ?task rdfs:label ?label "
        "OPTIONAL { ?task ckg:taskType/rdfs:label ?type } OPTIONAL { ?task ckg:sampleSize ?n } "
        "?task dcterms:date ?date ; ckg:collectedFrom/rdfs:label ?from "
        "OPTIONAL { ?task ckg:workActivity/skos:broader/skos:broader/rdfs:label ?activity } }",
    ) == [
        ("onet-task:21001", "Mend torn charts.", "", "", "2024-07", "Analyst", ""),
        ("onet-task:8823", "Trim the wick.", "Core", "95", "2023-08", "Incumbent", ""),
        (
            "onet-task:8824",
            "Log ships that pass.",
            "Supplemental",
            "94",
            "2023-08",
            "Incumbent",
            "Watching the Sea",
        ),
    ]
    assert ask(
        kg,
        "SELECT ?label ?kind ?old { ?work ckg:emergingTask ?task . ?task rdfs:label ?label ; "
        "ckg:taskType/rdfs:label ?kind OPTIONAL { ?task ckg:revisesTask ?old } }",
    ) == [
        ("Answer mail from visitors.", "New", ""),
        ("Watch the automatic lamp.", "Revision", "onet-task:8823"),
    ]


RATING = (
    "SELECT ?value ?n ?error ?lower ?upper ?suppressed ?irrelevant ?period ?from ?unit ?statistic ?label {{ "
    "<{node}> a ckg:RatingObservation ; ckg:about onet-soc:11-1011.00 ; ckg:ratedElement {element} ; "
    "ckg:scale {scale} ; ckg:value ?value ; ckg:unit ?unit ; ckg:statistic ?statistic ; rdfs:label ?label "
    "OPTIONAL {{ <{node}> ckg:sampleSize ?n }} OPTIONAL {{ <{node}> ckg:standardError ?error }} "
    "OPTIONAL {{ <{node}> ckg:lowerBound ?lower ; ckg:upperBound ?upper }} "
    "OPTIONAL {{ <{node}> ckg:suppressed ?suppressed }} OPTIONAL {{ <{node}> ckg:notRelevant ?irrelevant }} "
    "OPTIONAL {{ <{node}> ckg:referencePeriod ?period }} "
    "OPTIONAL {{ <{node}> ckg:collectedFrom/rdfs:label ?from }} }}"
)


@pytest.mark.parametrize(
    ("place", "element", "scale", "row"),
    [
        (
            "2.A.1.a/LV",
            f"<{ID}onet-element/2.A.1.a>",
            "onet-scale:LV",
            (
                "4.62",
                "8",
                "0.183",
                "4.2664",
                "4.9836",
                "true",
                "true",
                "2023-08",
                "Analyst",
                "unit:scale-points",
                "statistic:rating",
                "Reading Signals: Level",
            ),
        ),
        (
            "1.B.1.a/OI",
            f"<{ID}onet-element/1.B.1.a>",
            "onet-scale:OI",
            (
                "6.5",
                "",
                "",
                "",
                "",
                "",
                "",
                "2023-11",
                "Machine Learning",
                "unit:scale-points",
                "statistic:rating",
                "Realistic: Occupational Interests",
            ),
        ),
        (
            "2.D.1/RL/2",
            f"<{ID}onet-element/2.D.1>",
            "onet-scale:RL",
            (
                "60.5",
                "28",
                "4.1428",
                "50.6307",
                "70.5524",
                "",
                "",
                "2023-08",
                "Incumbent",
                "unit:percent",
                "statistic:share",
                "Required Level of Education: Harbour school",
            ),
        ),
        (
            "task-8823/FT/2",
            "onet-task:8823",
            "onet-scale:FT",
            (
                "75",
                "95",
                "2.1",
                "",
                "",
                "",
                "",
                "2023-08",
                "Incumbent",
                "unit:percent",
                "statistic:share",
                "Task 8823: Daily or more",
            ),
        ),
    ],
)
def test_rating(
    made: tuple[CareerGraph, Summary], place: str, element: str, scale: str, row: tuple[str, ...]
) -> None:
    node = f"{ID}rating/onet-29-9/11-1011.00/{place}"
    assert ask(made[0], RATING.format(node=node, element=element, scale=scale)) == [row]


def test_shares_belong_to_a_complete_distribution(made: tuple[CareerGraph, Summary]) -> None:
    kg, _ = made
    assert ask(
        kg,
        "SELECT ?about (COUNT(?share) AS ?n) (SUM(?value) AS ?total) { ?d a ckg:Distribution ; "
        "ckg:complete true ; ckg:about ?about . ?share ckg:distribution ?d ; ckg:value ?value ; "
        "ckg:category/skos:notation ?category } GROUP BY ?d ?about",
    ) == [
        ("onet-soc:11-1011.00", "2", "100"),
        ("onet-soc:11-1011.00", "3", "100"),
        ("onet-soc:11-1011.00", "3", "100"),
    ]


def test_technology_and_tools(made: tuple[CareerGraph, Summary]) -> None:
    kg, _ = made
    assert ask(
        kg,
        "SELECT ?work ?label ?hot ?class { ?work ckg:usesTechnology ?t . ?t rdfs:label ?label "
        "OPTIONAL { ?t ckg:hotTechnology ?hot } ?t ckg:commodity/skos:broader/rdfs:label ?class }",
    ) == [
        ("onet-soc:11-1011.00", "ShipLog", "true", "Office software"),
        ("onet-soc:11-1011.00", "ShipLog++", "", "Office software"),
        ("onet-soc:29-2099.01", "ShipLog", "true", "Office software"),
    ]
    assert ask(kg, "SELECT ?s ?o { ?s ckg:inDemandTechnology ?o }") == [
        ("onet-soc:29-2099.01", "onet-technology:ShipLog")
    ]
    assert ask(kg, "SELECT ?s ?o { ?s ckg:usesTool ?o }") == [
        ("onet-soc:11-1011.00", "onet-technology:Telescopes")
    ]


def test_job_zones_of_a_release_with_four_are_not_those_of_one_with_five(
    made: tuple[CareerGraph, Summary],
) -> None:
    kg, _ = made
    assert ask(kg, "SELECT ?s ?o ?n { ?s ckg:jobZone ?o . ?o skos:notation ?n ; skos:inScheme ?x }") == [
        ("onet-soc:11-1011.00", "onet-job-zone:4-3", "3"),
        ("onet-soc:29-2099.01", "onet-job-zone:4-2", "2"),
    ]


def test_related_occupations(made: tuple[CareerGraph, Summary]) -> None:
    kg, _ = made
    assert ask(
        kg,
        "SELECT ?a ?b ?tier ?index { ?r a ckg:OccupationRelation ; ckg:relationSubject ?a ; "
        "ckg:relationObject ?b ; ckg:relatednessTier/rdfs:label ?tier ; ckg:relatednessIndex ?index . "
        "?a skos:related ?b }",
    ) == [
        ("onet-soc:11-1011.00", "onet-soc:11-1011.03", "Primary-Short", "1"),
        ("onet-soc:11-1011.00", "onet-soc:29-2099.01", "Supplemental", "2"),
    ]


def test_content_model_is_one_skos_hierarchy(made: tuple[CareerGraph, Summary]) -> None:
    kg, _ = made
    tops = ask(kg, "SELECT ?top { ?top skos:topConceptOf scheme:onet-content-model }")
    assert tops == [("onet-element:1",), ("onet-element:2",), ("onet-element:4",)]
    reached = ask(
        kg,
        "SELECT DISTINCT ?e { ?top skos:topConceptOf scheme:onet-content-model . ?e skos:broader* ?top . "
        "?e skos:inScheme scheme:onet-content-model }",
    )
    assert len(reached) == 18
    assert ask(kg, "SELECT ?e { ?e a ckg:Skill ; skos:notation ?n FILTER(STRLEN(?n) = 7) }") == [
        ("onet-element:2.A.1.a",)
    ]


def test_every_fact_leads_to_its_table_and_release(made: tuple[CareerGraph, Summary]) -> None:
    kg, _ = made
    entities = "?x a ?c FILTER(?c IN (ckg:Occupation, ckg:Task, ckg:EmergingTask, ckg:RatingObservation, "
    entities += "ckg:Technology, ckg:OccupationRelation, ckg:Skill, ckg:Distribution))"
    without = ask(
        kg,
        f"SELECT ?x {{ {entities} FILTER NOT EXISTS {{ ?x dcterms:source/dcterms:isPartOf "
        "<https://w3id.org/careerkg/source/onet-29-9> } }",
    )
    assert without == []
    (evidence, *_) = kg.why("onet-task:8823", "rdfs:label")
    assert evidence.source == "https://w3id.org/careerkg/source/onet-29-9"
    assert evidence.graph == "https://w3id.org/careerkg/source/onet-29-9/task-statements"


def test_import_conforms_to_the_shapes(made: tuple[CareerGraph, Summary]) -> None:
    report = made[0].validate()
    assert [f"{result.focus} {result.message}" for result in report.results] == []


# ---- Other layouts and places ------------------------------------------------------------------------


def triples(folder: Path) -> set[str]:
    kg = CareerGraph.open(folder, read_only=True)
    return {str(quad) for quad in kg.store.quads() if "sha256" not in str(quad.predicate)}


def test_zip_with_packed_members_and_other_line_ends_gives_the_same(small: Path, tmp_path: Path) -> None:
    imported(tmp_path / "plain", small)
    path = tmp_path / "db_29_9_text.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in small.iterdir():
            content = b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n")
            if file.name == "Skills.txt":
                archive.writestr(f"db_29_9_text/{file.name}.gz", gzip.compress(content))
            else:
                archive.writestr(f"db_29_9_text/{file.name}", content)
    imported(tmp_path / "zip", path)

    def named(folder: Path) -> set[str]:
        return {line for line in triples(folder) if "BlankNode" not in line}

    assert named(tmp_path / "zip") == named(tmp_path / "plain")


def rewrite(path: Path, change: Callable[[list[list[str]]], list[list[str]]]) -> None:
    """Change the rows of a table, header and all."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    path.write_text("\n".join("\t".join(row) for row in change(rows)) + "\n", encoding="utf-8")


def test_columns_may_change_places_and_be_more(small: Path, tmp_path: Path) -> None:
    imported(tmp_path / "plain", small)
    for path in small.glob("*.txt"):
        if path.name != "Read Me.txt":
            rewrite(path, lambda rows: [[f"new {index}", *reversed(row)] for index, row in enumerate(rows)])
    summary = imported(tmp_path / "shuffled", small)
    assert summary.totals.rejected == 0
    assert {note.text for note in summary.warnings} == {"columns that are not imported: 'new 0'"}

    def named(folder: Path) -> set[str]:
        return {line for line in triples(folder) if "BlankNode" not in line}

    assert named(tmp_path / "shuffled") == named(tmp_path / "plain")


def test_release_30_rates_work_styles_without_errors_and_bounds(small: Path, tmp_path: Path) -> None:
    header = [
        "O*NET-SOC Code",
        "Element ID",
        "Element Name",
        "Scale ID",
        "Data Value",
        "Date",
        "Domain Source",
    ]
    row = ["11-1011.00", "1.B.1.a", "Realistic", "IM", "4.00", "08/2025", "Machine Learning"]
    (small / "Work Styles.txt").write_text("\t".join(header) + "\n" + "\t".join(row) + "\n")
    summary = imported(tmp_path / "kg", small, release="30.1")
    assert summary.release.key == "onet-30-1"
    assert [str(note).rpartition("/")[2] for note in summary.warnings] == [
        "Work Styles.txt:1: optional columns that are absent: N, Standard Error, Lower CI Bound, "
        "Upper CI Bound, Recommend Suppress"
    ]
    kg = CareerGraph.open(tmp_path / "kg", read_only=True)
    node = f"{ID}rating/onet-30-1/11-1011.00/1.B.1.a/IM"
    assert ask(kg, f"SELECT ?v {{ <{node}> ckg:value ?v }}") == [("4",)]


def test_table_of_ratings_that_is_not_known_by_name_is_imported(small: Path, tmp_path: Path) -> None:
    (small / "Skills.txt").rename(small / "Nautical Skills.txt")
    summary = imported(tmp_path / "kg", small)
    assert "Skills" in summary.absent
    assert next(table for table in summary.tables if table.name == "Nautical Skills").imported == 3


@pytest.fixture(scope="module")
def modern_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("modern") / "kg"


@pytest.fixture(scope="module")
def modern(modern_folder: Path) -> tuple[CareerGraph, Summary]:
    summary = imported(modern_folder, MODERN)
    return CareerGraph.open(modern_folder, read_only=True), summary


def test_layout_of_release_30_3_is_read_under_its_new_names(modern: tuple[CareerGraph, Summary]) -> None:
    kg, summary = modern
    assert (summary.release.key, summary.release.issued) == ("onet-31-9", "2026-08")
    assert (summary.rejected, summary.warnings, summary.ignored) == ((), (), ("Read Me.txt",))
    assert not {"Skills", "Alternate Titles", "Technology Skills", "DWA Reference"} & set(summary.absent)
    assert {"Abilities", "Training and Experience", "Work Styles to Work Context"} <= set(summary.absent)
    assert ask(kg, "SELECT ?e ?v { ?r ckg:ratedElement ?e ; ckg:scale ?s ; ckg:value ?v }") == [
        ("onet-element:1.B.1.a", "6.5"),
        ("onet-element:1.B.3.a", "1.03"),
        ("onet-element:2.A.1.a", "4.12"),
        ("onet-element:2.B.1.a", "2.5"),
        ("onet-element:2.D.1", "39.5"),
        ("onet-element:2.D.1", "60.5"),
    ]
    assert ask(kg, "SELECT ?l { ?r ckg:category/rdfs:label ?l }") == [("Academy",), ("Harbour school",)]
    titles = ask(kg, "SELECT ?o { onet-soc:11-1011.00 skos:altLabel ?o }")
    assert titles == [("BO",), ("Beacon Officer (BO)",), ("Lighthouse Keepers",), ("Wickie",)]
    assert ask(kg, "SELECT ?s ?o { ?s skos:related ?o . ?s skos:inScheme scheme:onet-content-model }") == [
        ("onet-element:1.B.3.a", "onet-element:1.B.1.a"),
        ("onet-element:2.A.1.a", "onet-element:4.A.1.a.1"),
    ]
    assert ask(kg, "SELECT ?o { ?s skos:notation '1.B.1.a' ; skos:hiddenLabel ?o }") == [("Rope",)]
    assert [str(result) for result in kg.validate().results] == []


def test_software_of_release_30_3_is_grouped_by_the_content_model(
    modern: tuple[CareerGraph, Summary],
) -> None:
    kg, _ = modern
    assert ask(kg, "SELECT ?s ?p ?o { ?s ?p ?o FILTER(?o = onet-technology:ShipLog) }") == [
        ("onet-soc:11-1011.00", "ckg:usesTechnology", "onet-technology:ShipLog"),
        ("onet-soc:29-2099.01", "ckg:inDemandTechnology", "onet-technology:ShipLog"),
        ("onet-soc:29-2099.01", "ckg:usesTechnology", "onet-technology:ShipLog"),
    ]
    assert ask(kg, "SELECT ?o ?h { onet-technology:ShipLog ckg:commodity ?o ; ckg:hotTechnology ?h }") == [
        ("onet-element:2.E.1.a", "true")
    ]


def test_activities_of_release_30_3_are_those_of_the_content_model(
    modern: tuple[CareerGraph, Summary], modern_folder: Path
) -> None:
    kg, _ = modern
    assert ask(kg, "SELECT ?t ?a ?above { ?t ckg:workActivity ?a . ?a skos:broader+ ?above }") == [
        ("onet-task:8824", "onet-element:4.A.1.a.1.a.1", f"onet-element:{above}")
        for above in ("4", "4.A", "4.A.1", "4.A.1.a", "4.A.1.a.1", "4.A.1.a.1.a")
    ]
    assert ask(kg, "SELECT ?s { ?s skos:prefLabel 'Watch ships.'@en }") == [("onet-element:4.A.1.a.1.a.1",)]
    with gzip.open(modern_folder / "releases" / "onet-31-9.nq.gz") as stream:
        lines = list(stream)
    assert [line for line, times in Counter(lines).items() if times > 1] == []


def test_lists_of_related_occupations_of_release_25(small: Path, tmp_path: Path) -> None:
    header = "O*NET-SOC Code\tRelated O*NET-SOC Code\tIndex\n"
    (small / "Related Occupations.txt").unlink()
    (small / "Career Changers Matrix.txt").write_text(f"{header}11-1011.00\t11-1011.03\t1\n")
    (small / "Career Starters Matrix.txt").write_text(f"{header}11-1011.00\t11-1011.03\t2\n")
    summary = imported(tmp_path / "kg", small, release="25.0")
    assert (summary.rejected, summary.totals.skipped) == ((), 1)
    kg = CareerGraph.open(tmp_path / "kg", read_only=True)
    query = "SELECT ?tier ?i { ?r ckg:relatednessTier/rdfs:label ?tier ; ckg:relatednessIndex ?i }"
    assert ask(kg, query) == [("Career Changers", "1"), ("Career Starters", "2")]


def test_two_releases_in_one_folder_are_refused(small: Path, tmp_path: Path) -> None:
    shutil.copytree(MADE, small / "db_29_8_text")
    with pytest.raises(SourceFileError, match=r"the same table as .*: import one release at a time"):
        imported(tmp_path / "kg", small)
    assert not (tmp_path / "kg").exists()


def test_files_that_are_not_read_are_not_recorded(small: Path, tmp_path: Path) -> None:
    (small / "photo.raw").write_bytes(b"x")
    imported(tmp_path / "kg", small)
    record = json.loads((tmp_path / "kg" / "releases" / "onet-29-9.json").read_text(encoding="utf-8"))
    names = {each["name"] for each in record["files"]}
    assert "Skills.txt" in names
    assert not names & {"photo.raw", "Read Me.txt", "Survey Booklet Locations.txt"}


def test_excel_edition_is_told_from_the_text_edition(tmp_path: Path) -> None:
    (tmp_path / "Occupation Data.xlsx").write_bytes(b"PK")
    with pytest.raises(SourceFileError, match="this is the Excel edition: get the text one"):
        imported(tmp_path / "kg", tmp_path)


def test_release_with_occupations_and_ratings_only(small: Path, tmp_path: Path) -> None:
    for path in small.glob("*.txt"):
        if path.name not in ("Occupation Data.txt", "Skills.txt"):
            path.unlink()
    with pytest.raises(SourceFileError, match=r"Occupation Data\.txt: nothing says which release"):
        imported(tmp_path / "kg", small)
    summary = imported(tmp_path / "kg", small, release="25.0")
    assert (summary.totals.read, summary.totals.imported) == (6, 6)
    kg = CareerGraph.open(tmp_path / "kg", read_only=True)
    assert ("scheme:onet-soc-2010",) in ask(kg, "SELECT ?o { onet-soc:11-1011.00 skos:inScheme ?o }")
    assert ask(kg, "SELECT ?l { ?e skos:notation '2.A.1.a' ; rdfs:label ?l }") == [("Reading Signals",)]
    assert kg.validate().conforms


def test_release_without_tasks_or_activities_has_rows_skipped_not_rejected(
    small: Path, tmp_path: Path
) -> None:
    (small / "Task Statements.txt").unlink()
    summary = imported(tmp_path / "kg", small)
    assert summary.rejected == ()
    assert ("Tasks to DWAs.txt", "about a task, and the release lacks Task Statements", 1) in {
        (Path(note.file).name, note.text, note.times) for note in summary.skipped
    }
    shutil.copy(MADE / "Task Statements.txt", small)
    for name in ("DWA Reference.txt", "IWA Reference.txt"):
        (small / name).unlink()
        assert imported(tmp_path / "kg", small).rejected == ()


def test_copies_of_rows_are_skipped_and_second_meanings_rejected(small: Path, tmp_path: Path) -> None:
    for path in small.glob("*.txt"):
        if path.name not in ("Read Me.txt", "Survey Booklet Locations.txt"):
            rewrite(path, lambda rows: [*rows, rows[-1]])
    again = {
        "Scales Reference": "IM\tWeight\t1\t5",
        "Task Categories": "FT\t1\tNever",
        "Job Zone Reference": "1\tJob Zone One: None\t\t\t\t\t",
        "Interests Illustrative Activities": "1.B.1.a\tRealistic\tOther\tPolish a lens.",
    }
    for name, row in again.items():
        with (small / f"{name}.txt").open("a", encoding="utf-8") as stream:
            stream.write(row + "\n")
    summary = imported(tmp_path / "kg", small)
    assert [(Path(note.file).stem, note.text) for note in summary.rejected] == [
        ("Scales Reference", "the scale 'IM' stands there twice"),
        ("Task Categories", "a second text for the answer '1' of the scale 'FT'"),
        ("Job Zone Reference", "the job zone '1' stands there twice"),
    ]
    assert summary.totals.skipped == len(summary.tables) + 2  # and a title that is there already, as ever
    with gzip.open(tmp_path / "kg" / "releases" / "onet-29-9.nq.gz") as stream:
        lines = list(stream)
    assert [line for line, times in Counter(lines).items() if times > 1] == []


def test_two_releases_stand_beside_each_other(small: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kg"
    imported(folder, small)
    rewrite(
        small / "Skills.txt",
        lambda rows: [[cell.replace("4.12", "4.50") for cell in row] for row in rows],
    )
    imported(folder, small, release="30.0")
    kg = CareerGraph.open(folder, read_only=True)
    assert ask(
        kg,
        "SELECT ?release ?value { ?r ckg:about onet-soc:11-1011.00 ; "
        "ckg:ratedElement/skos:notation '2.A.1.a' ; ckg:scale onet-scale:IM ; ckg:value ?value ; "
        "dcterms:source/dcterms:isPartOf/dcterms:title ?release }",
    ) == [("O*NET 29.9 Database", "4.12"), ("O*NET 30.0 Database", "4.5")]
    assert ask(kg, "SELECT (COUNT(*) AS ?n) { ?o a ckg:Occupation }") == [("3",)]


# ---- Dirty data ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "row", "reason"),
    [
        ("Occupation Data", "29-2072|Keepers|They keep.", "'29-2072' is not an O*NET-SOC code"),
        ("Occupation Data", "11-1011.00|Again|Twice.", "'11-1011.00' stands there twice"),
        ("Occupation Data", "11-1021.00| |No name.", "an empty text"),
        (
            "Task Statements",
            "99-9999.00|1|A task.|Core|1|08/2023|Incumbent",
            "'99-9999.00' is not in Occupation",
        ),
        ("Task Statements", "11-1011.00|8823|A task.|Core|1|08/2023|Incumbent", "'8823' stands there twice"),
        (
            "Task Statements",
            "11-1011.00|9|A task.|Core|many|08/2023|Incumbent",
            "'many' is not a whole number",
        ),
        ("Task Statements", "11-1011.00|9|A task.|Core|1|2023-08|Incumbent", "'2023-08' is not a month"),
        ("Tasks to DWAs", "11-1011.00|7|4.A.1.a.1.I01.D01|n/a|n/a", "'7' is not in Task Statements"),
        (
            "Tasks to DWAs",
            "11-1011.00|8823|4.A.9|n/a|n/a",
            "'4.A.9' is not in the table of detailed activities",
        ),
        ("Technology Skills", "11-1011.00|X|99|Y|N|N", "'99' is not in UNSPSC Reference"),
        ("Job Zones", "11-1011.00|2|08/2023|Analyst", "a second job zone"),
        ("Interests", "11-1011.00|9.Z|Nothing|OI|1.0|08/2023|Analyst", "'9.Z' is not in the Content Model"),
        ("Interests", "11-1011.00|1.B.1.a|Realistic|ZZ|1.0|08/2023|Analyst", "'ZZ' is not in Scales"),
        ("Interests", "11-1011.00|1.B.1.a|Realistic|OI|2.0|08/2023|Analyst", "a second value, 2.0"),
        ("Interests", "11-1011.03|1.B.1.a|Realistic|OI|1,5|08/2023|Analyst", "'1,5' is not a number"),
        ("Interests", "11-1011.03|1.B.1.a|Realistic|OI|n/a|08/2023|Analyst", "no value, and not said"),
        ("Interests", "11-1011.03|1.B.1.a", "2 fields where the header has 7"),
    ],
)
def test_row_that_cannot_be_imported_is_rejected_with_its_line(
    small: Path, table: str, row: str, reason: str
) -> None:
    path = small / f"{table}.txt"
    lines = path.read_text(encoding="utf-8").count("\n")
    path.write_text(path.read_text(encoding="utf-8") + row.replace("|", "\t") + "\n", encoding="utf-8")
    (summary,) = import_source("onet", [small], None)
    (note,) = summary.rejected
    assert (note.file, note.line) == (str(path), lines + 1)
    assert reason in note.text


def test_copies_are_skipped_by_rule(small: Path) -> None:
    path = small / "Skills.txt"
    last = path.read_text().splitlines()[-1]
    path.write_text(path.read_text() + f"{last}\n" * 2)
    (summary,) = import_source("onet", [small], None)
    (note,) = [note for note in summary.skipped if note.file == str(path)]
    assert (note.line, note.text, note.times) == (5, "an exact copy of a rating", 2)


def test_value_beyond_its_scale_is_imported_and_noted(small: Path) -> None:
    path = small / "Interests.txt"
    path.write_text(path.read_text() + "11-1011.03\t1.B.1.a\tRealistic\tOI\t9\t08/2023\tAnalyst\n")
    (summary,) = import_source("onet", [small], None)
    assert (summary.rejected, [note.text for note in summary.warnings]) == (
        (),
        ["values beyond the ends of the scale OI"],
    )


def test_table_without_a_required_column_is_refused(small: Path, tmp_path: Path) -> None:
    rewrite(small / "Skills.txt", lambda rows: [row[:3] + row[4:] for row in rows])
    with pytest.raises(SourceFileError, match=r"Skills\.txt:1: the column 'Scale ID' is missing"):
        imported(tmp_path / "kg", small)
    assert not (tmp_path / "kg" / "current").exists()


# ---- The command ---------------------------------------------------------------------------------------


def test_command(small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = ["--store", str(tmp_path / "kg")]
    assert main(["import", "onet", str(small), "--dry-run"]) == 0
    assert "checked, nothing written: O*NET 29.9 Database" in capsys.readouterr().out
    assert main(["import", "onet", str(small), *store]) == 0
    assert "show with it: This includes information from the O*NET 29.9" in capsys.readouterr().out
    skills = small / "Skills.txt"
    skills.write_text(skills.read_text() + "11-1011.00\n")
    assert main(["import", "onet", str(small), *store, "--max-errors", "0"]) == 2
    assert "Skills.txt:5: 1 fields where the header has 13" in capsys.readouterr().err
    assert main(["import", "onet", str(small), *store]) == 1
    output = capsys.readouterr()
    assert output.err == f"rejected {skills}:5: 1 fields where the header has 13\n"
    assert "replaced O*NET 29.9 Database" in output.out
    assert main(["stats", *store]) == 0
    assert "O*NET 29.9 Database" in capsys.readouterr().out
    assert main(["show", "11-1011.00", *store]) == 0
    assert "Trim the wick." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["onet", "nowhere", "--dry-run"], "nowhere: there is no such file or folder"),
        (["onet", "nowhere"], "say where to: --store DIR"),
        (["onet", "--dry-run"], "say what: the folder"),
    ],
)
def test_command_that_cannot_be_run(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CAREERKG_STORE", raising=False)
    assert main(["import", *words]) == 2
    assert message in capsys.readouterr().err


# ---- The real release -----------------------------------------------------------------------------------

NO_INTEREST = "FILTER NOT EXISTS { ?x ckg:scale ?scale VALUES ?scale { onet-scale:OI onet-scale:IH } }"
COUNTS = {
    "Alternate Titles": 56_560,
    "Content Model Reference": 627,
    "Education, Training, and Experience": 36_209,
    "Interests": 8_307,
    "Job Zones": 923,
    "Knowledge": 58_014,
    "Occupation Data": 1_016,
    "Related Occupations": 18_460,
    "Sample of Reported Titles": 7_796,
    "Skills": 61_530,
    "Task Statements": 18_796,
    "Tasks to DWAs": 23_233,
    "Technology Skills": 32_681,
    "Tools Used": 41_662,
    "Work Styles": 14_064,
    "Work Values": 7_866,
}


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> tuple[CareerGraph, Summary]:
    if not REAL.is_dir():
        pytest.skip("no copy of O*NET 29.3 beside the repository")
    folder = tmp_path_factory.mktemp("real") / "kg"
    summary = imported(folder, REAL)
    return CareerGraph.open(folder, read_only=True), summary


def test_real_rows(real: tuple[CareerGraph, Summary]) -> None:
    _, summary = real
    assert {table.name: table.read for table in summary.tables if table.name in COUNTS} == COUNTS
    assert (summary.totals.rejected, summary.totals.skipped) == (0, 3)
    assert summary.absent == ("Abilities", "Work Activities", "Work Context", "Task Ratings")


@pytest.mark.parametrize(
    ("pattern", "count"),
    [
        ("?x a ckg:Occupation", 1_016),
        ("?x a ckg:Task . ?work ckg:hasTask ?x", 18_796),
        ("?x ckg:jobZone ?zone", 923),
        ("?x a ckg:EmergingTask", 295),
        ("?x a ckg:OccupationRelation", 18_460),
        ("onet-soc:29-2072.00 ckg:hasTask ?x", 17),
        ("onet-soc:29-9021.00 ckg:hasTask ?x", 16),
        ("onet-soc:29-2072.00 ckg:usesTechnology ?x", 111),
        ("onet-soc:29-9021.00 ckg:usesTechnology ?x", 111),
        (f"?x ckg:about onet-soc:29-2072.00 {NO_INTEREST}", 0),
        (f"?x ckg:about onet-soc:29-9021.00 {NO_INTEREST}", 0),
    ],
)
def test_real_counts(real: tuple[CareerGraph, Summary], pattern: str, count: int) -> None:
    assert ask(real[0], f"SELECT (COUNT(DISTINCT ?x) AS ?n) {{ {pattern} }}") == [(str(count),)]


def test_real_unrated_occupations_have_their_zone(real: tuple[CareerGraph, Summary]) -> None:
    for code in ("29-2072.00", "29-9021.00"):
        assert ask(real[0], f"SELECT ?zone {{ onet-soc:{code} ckg:jobZone ?zone }}") == [
            ("onet-job-zone:5-3",)
        ]


def rows(name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a real table as the standard library reads them."""
    with gzip.open(REAL / f"{name}.txt.gz", "rt", encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)


FIELDS = {
    "ckg:value": "Data Value",
    "ckg:sampleSize": "N",
    "ckg:standardError": "Standard Error",
    "ckg:lowerBound": "Lower CI Bound",
    "ckg:upperBound": "Upper CI Bound",
}
FLAGS = {"ckg:suppressed": "Recommend Suppress", "ckg:notRelevant": "Not Relevant"}


@pytest.mark.parametrize("name", ["Skills", "Education, Training, and Experience"])
def test_real_ratings_are_the_cells_of_the_file(real: tuple[CareerGraph, Summary], name: str) -> None:
    expected: dict[str, dict[str, object]] = {}
    for row in rows(name):
        parts = [row["O*NET-SOC Code"], row["Element ID"], row["Scale ID"]]
        if row.get("Category", "n/a") != "n/a":
            parts.append(row["Category"])
        cells: dict[str, object] = {
            ours: Decimal(row[theirs]) for ours, theirs in FIELDS.items() if row[theirs] != "n/a"
        }
        cells |= {ours: "true" for ours, theirs in FLAGS.items() if row.get(theirs) == "Y"}
        month, year = row["Date"].split("/")
        cells["ckg:referencePeriod"] = f"{year}-{month}"
        expected["/".join(parts)] = cells
    kg, _ = real
    store = kg.store
    source = "".join(letter if letter.isalnum() else " " for letter in name.lower()).split()
    table = ox.NamedNode(f"https://w3id.org/careerkg/source/onet-29-3/{'-'.join(source)}")
    found: dict[str, dict[str, object]] = {}
    fields = [*FIELDS, *FLAGS, "ckg:referencePeriod"]
    wanted = {kg.prefixes["ckg"] + field.removeprefix("ckg:"): field for field in fields}
    start = f"{ID}rating/onet-29-3/"
    for quad in store.quads(None, ox.NamedNode("http://purl.org/dc/terms/source"), table):
        assert isinstance(quad.subject, ox.NamedNode)
        cells = {}
        for fact in store.quads(quad.subject, None, None):
            if fact.predicate.value in wanted:
                value = fact.object.value  # type: ignore[union-attr]
                field = wanted[fact.predicate.value]
                cells[field] = Decimal(value) if field in FIELDS else value
        if cells:  # a distribution has none
            found[quad.subject.value.removeprefix(start)] = cells
    assert found == expected


def test_real_tasks_and_titles_are_those_of_the_files(real: tuple[CareerGraph, Summary]) -> None:
    kg, _ = real
    assert set(
        ask(kg, "SELECT ?work ?id ?text { ?work ckg:hasTask ?t . ?t skos:notation ?id ; rdfs:label ?text }")
    ) == {
        (f"onet-soc:{row['O*NET-SOC Code']}", row["Task ID"], row["Task"].strip())
        for row in rows("Task Statements")
    }
    titles = {
        (f"onet-soc:{row['O*NET-SOC Code']}", title.strip())
        for row in rows("Alternate Titles")
        for title in (row["Alternate Title"], row["Short Title"])
        if title != "n/a"
    }
    found = set(ask(kg, "SELECT ?work ?title { ?work a ckg:Occupation ; skos:altLabel ?title }"))
    assert titles <= found
    assert found - titles <= set(ask(kg, "SELECT ?work ?title { ?work dcterms:title ?title }"))


def test_real_void_counts(real: tuple[CareerGraph, Summary]) -> None:
    kg, summary = real
    counted = {
        compact(name): int(number)
        for name, number in ask(
            kg,
            "SELECT ?c ?n { <https://w3id.org/careerkg/source/onet-29-3> void:classPartition ?p . "
            "?p void:class ?c ; void:entities ?n }",
        )
    }
    assert (counted["ckg:Occupation"], counted["ckg:Task"]) == (1_016, 18_796)
    assert counted["ckg:RatingObservation"] == sum(
        table.imported for table in summary.tables if "2.A.1" and table.name in RATED
    )
    assert Counter(counted)["ckg:OccupationRelation"] == 18_460


RATED = {
    "Education, Training, and Experience",
    "Interests",
    "Knowledge",
    "Skills",
    "Work Styles",
    "Work Values",
}


def test_the_real_release_conforms_to_the_shapes(real: tuple[CareerGraph, Summary]) -> None:
    report = real[0].validate()
    assert report.conforms, report.to_table()
