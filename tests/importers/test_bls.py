"""BLS: made-up workbooks of wages and projections, and the real ones of May 2024 and 2024-34."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from answers import count, values
from hypothesis import given
from hypothesis import strategies as st
from workbooks import write_workbook

from careerkg.errors import SourceFileError, UnsafeArchive
from careerkg.importers import Limits, Summary, import_source
from careerkg.importers.bls.figures import thousands
from careerkg.importers.triples import BadTerm
from careerkg.store import EmbeddedStore
from careerkg.validation import load_shapes, validate

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "bls"
SHAPES = sorted((Path(__file__).resolve().parents[2] / "shapes").glob("*.ttl"))
ID = "https://w3id.org/careerkg/id/"

COLUMNS = [
    *("AREA", "AREA_TITLE", "AREA_TYPE", "NAICS", "OWN_CODE", "OCC_CODE", "OCC_TITLE", "O_GROUP", "TOT_EMP"),
    *("EMP_PRSE", "H_MEAN", "A_MEAN", "MEAN_PRSE", "H_PCT10", "H_PCT25", "H_MEDIAN", "H_PCT75", "H_PCT90"),
    *("A_PCT10", "A_PCT25", "A_MEDIAN", "A_PCT75", "A_PCT90", "ANNUAL", "HOURLY"),
]
CODER: dict[str, str | float] = {
    "AREA": "99",
    "AREA_TITLE": "U.S.",
    "AREA_TYPE": "1",
    "NAICS": "000000",
    "OWN_CODE": "1235",
    "OCC_CODE": "29-2072",
    "OCC_TITLE": "Medical Records Specialists",
    "TOT_EMP": 187910,
    "EMP_PRSE": 1.2,
    "A_MEAN": 55970,
    "MEAN_PRSE": 0.6,
    "H_MEDIAN": 24.16,
    "A_PCT25": 42210,
    "A_MEDIAN": 50250,
    "A_PCT90": "#",
}
CAP = [
    ["Field", "Description"],
    ["# = a wage equal to or greater than $115.00 per hour or $239,200 per year "],
]


def wages(path: Path, *rows: Mapping[str, str | float], cap: bool = True) -> Path:
    """Write a workbook of wages; return its path."""
    sheets: dict[str, list[list[str | float]]] = {
        "data": [list(COLUMNS), *([row.get(column, "") for column in COLUMNS] for row in rows)]
    }
    if cap:
        sheets["Field Descriptions"] = [list(row) for row in CAP]
    return write_workbook(path, sheets)


HEAD = [
    "2024 National Employment Matrix title",
    "2024 National Employment Matrix code",
    "Occupation type",
    "Employment, 2024",
    "Employment, 2034",
    "Employment change, numeric, 2024–34",
    "Employment change, percent, 2024–34",
    "Percent self employed, 2024",
    "Occupational openings, 2024–34 annual average",
    "Median annual wage, dollars, 2024[1]",
    "Typical education needed for entry",
    "Work experience in a related occupation",
    "Typical on-the-job training needed to attain competency in the occupation",
]
ROW: list[str | float] = [
    *("  Medical records specialists", "29-2072", "Line item", 194.8, 208.6, 13.8, 7.1, 0.5, 14.2, 50250),
    *("Postsecondary nondegree award", "None", "None"),
]
TITLE = "Table 1.2 Occupational projections, 2024–2034, and worker characteristics"


def projections(path: Path, *rows: list[str | float], title: str = TITLE) -> Path:
    """Write a workbook of projections; return its path."""
    note: list[str | float] = ["Footnotes:"]
    return write_workbook(path, {"Index": [["x"]], "Table 1.2": [[title], list(HEAD), *rows, note]})


def imported(path: Path, home: Path) -> tuple[EmbeddedStore, tuple[Summary, ...]]:
    """Return a store into which a folder or file was imported, and the summaries."""
    summaries = import_source("bls", [path], home)
    return EmbeddedStore.open(home, read_only=True), summaries


def figures(store: EmbeddedStore, about: str) -> dict[str, tuple[str, ...]]:
    """Return value, unit, statistic and flags of the observations about a code, by the end of their IRIs."""
    rows = values(
        store,
        f"""SELECT ?o ?value ?unit ?statistic ?capped ?withheld WHERE {{
            ?o ckg:about {about} ; ckg:unit/skos:prefLabel ?unit ; ckg:statistic/skos:prefLabel ?statistic .
            OPTIONAL {{ ?o ckg:value ?value }} OPTIONAL {{ ?o ckg:topCoded ?capped }}
            OPTIONAL {{ ?o ckg:suppressed ?withheld }} }}""",
    )
    return {row[0].rpartition("/")[2]: tuple(cell.removesuffix("@en") for cell in row[1:]) for row in rows}


# ---- Wages --------------------------------------------------------------------------------------


def test_estimates_become_observations(tmp_path: Path) -> None:
    store, (summary,) = imported(wages(tmp_path / "national_M2024_dl.xlsx", CODER), tmp_path / "kg")
    assert summary.release.iri == "https://w3id.org/careerkg/source/oews-2024"
    assert summary.totals[2:] == (1, 1, 0, 0)
    assert figures(store, "soc:29-2072") == {
        "employment": ("187910", "Jobs", "Count", "", ""),
        "a-mean": ("55970", "US dollars", "Mean", "", ""),
        "h-median": ("24.16", "US dollars", "Median", "", ""),
        "a-pct25": ("42210", "US dollars", "Percentile", "", ""),
        "a-median": ("50250", "US dollars", "Median", "", ""),
        "a-pct90": ("239200", "US dollars", "Percentile", "true", ""),
    }
    assert values(store, "SELECT ?o ?e WHERE { ?o ckg:relativeStandardError ?e }") == [
        (f"{ID}observation/oews-2024/29-2072/a-mean", "0.6"),
        (f"{ID}observation/oews-2024/29-2072/employment", "1.2"),
    ]
    assert values(store, "SELECT DISTINCT ?p ?g WHERE { ?o ckg:referencePeriod ?p ; ckg:geography ?g }") == [
        ("2024-05", f"{ID}place/united-states")
    ]
    assert values(store, "SELECT DISTINCT ?p WHERE { ?o ckg:percentile ?p }") == [("25",), ("90",)]
    report = validate(store, load_shapes(SHAPES))
    assert [result for result in report.results if result.severity == "violation"] == []


def test_what_is_not_available_is_withheld_and_what_is_empty_is_nothing(tmp_path: Path) -> None:
    row = {**CODER, "A_MEDIAN": "*", "TOT_EMP": "**", "A_MEAN": "", "H_MEDIAN": ""}
    store, _ = imported(wages(tmp_path / "national_M2024_dl.xlsx", row), tmp_path / "kg")
    found = figures(store, "soc:29-2072")
    assert found["a-median"] == ("", "US dollars", "Median", "", "true")
    assert found["employment"] == ("", "Jobs", "Count", "", "true")
    assert "a-mean" not in found


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"OCC_CODE": "292072"}, "'292072' is not a SOC code like 29-2072"),
        ({"A_MEDIAN": "many"}, "'many' is not a whole number"),
        ({"OCC_TITLE": " "}, "an empty text"),
    ],
)
def test_rows_that_are_rejected(tmp_path: Path, change: dict[str, str], reason: str) -> None:
    book = wages(tmp_path / "national_M2024_dl.xlsx", CODER, {**CODER, "OCC_CODE": "29-9021", **change})
    (summary,) = import_source("bls", [book], None)
    assert [(note.line, note.text) for note in summary.rejected] == [(3, reason)]


def test_an_occupation_that_stands_twice_is_rejected(tmp_path: Path) -> None:
    (summary,) = import_source("bls", [wages(tmp_path / "national_M2024_dl.xlsx", CODER, CODER)], None)
    assert [(note.line, note.text) for note in summary.rejected] == [
        (3, "29-2072 stands there twice for the same place")
    ]


def test_estimates_for_one_industry_are_skipped_by_rule(tmp_path: Path) -> None:
    rows = (CODER, {**CODER, "NAICS": "622000"}, {**CODER, "OWN_CODE": "5"})
    (summary,) = import_source("bls", [wages(tmp_path / "national_M2024_dl.xlsx", *rows)], None)
    assert (summary.totals.imported, summary.totals.skipped) == (1, 2)


def test_states_are_places(tmp_path: Path) -> None:
    row = {**CODER, "AREA": "18", "AREA_TITLE": "Indiana", "AREA_TYPE": "2"}
    store, _ = imported(wages(tmp_path / "state_M2024_dl.xlsx", CODER, row), tmp_path / "kg")
    assert values(
        store,
        "SELECT ?l ?v WHERE { ?o ckg:geography ?g ; ckg:statistic statistic:count ; ckg:value ?v ."
        " OPTIONAL { ?g rdfs:label ?l } }",
    ) == [("Indiana@en", "187910"), ("United States@en", "187910")]


@pytest.mark.parametrize("title", ["STATE", "AREA_NAME"])
def test_states_are_places_where_no_column_says_of_which_kind(tmp_path: Path, title: str) -> None:
    """Until 2018: no AREA_TYPE, and other names."""
    columns = ["AREA", "ST", title, "OCC_CODE", "OCC_TITLE", "OCC_GROUP", "TOT_EMP"]
    row: list[str | float] = ["18", "IN", "Indiana", "29-2071", "Medical Records", "detailed", 100]
    book = write_workbook(tmp_path / "state_M2018_dl.xlsx", {"State_M2018_dl": [list(columns), row]})
    store, (summary,) = imported(book, tmp_path / "kg")
    assert (summary.rejected, summary.totals.imported) == ((), 1)
    query = "SELECT ?l ?v WHERE { ?o ckg:geography/rdfs:label ?l ; ckg:value ?v }"
    assert values(store, query) == [("Indiana@en", "100")]


def test_national_and_state_estimates_stand_beside_each_other(tmp_path: Path) -> None:
    """The annual zips hold files of these names; all_data is one file for all areas."""
    row = {**CODER, "AREA": "18", "AREA_TITLE": "Indiana", "AREA_TYPE": "2"}
    for name in ("national_M2024_dl", "state_M2024_dl", "national_M2023_dl", "all_data_M_2024"):
        wages(tmp_path / f"{name}.xlsx", CODER, row)
    summaries = import_source("bls", [tmp_path], None)
    assert [summary.release.key for summary in summaries] == [
        "oews-2023",
        "oews-2024-all-data",
        "oews-2024",
        "oews-2024-state",
    ]


def test_a_cap_that_the_workbook_does_not_say(tmp_path: Path) -> None:
    (summary,) = import_source("bls", [wages(tmp_path / "national_M2019_dl.xlsx", CODER, cap=False)], None)
    assert any("taken as 100.00 an hour, 208000 a year" in note.text for note in summary.warnings)
    (later,) = import_source("bls", [wages(tmp_path / "national_M2031_dl.xlsx", CODER, cap=False)], None)
    assert "nothing says what the cap is" in later.rejected[0].text


# ---- Projections ----------------------------------------------------------------------------------


def test_projections_become_observations(tmp_path: Path) -> None:
    store, (summary,) = imported(projections(tmp_path / "occupation.xlsx", ROW), tmp_path / "kg")
    assert summary.release.iri == "https://w3id.org/careerkg/source/projections-2024"
    assert summary.totals[2:] == (2, 1, 0, 1)
    assert figures(store, "soc:29-2072") == {
        "employment": ("194800", "Jobs", "Count", "", ""),
        "projected": ("208600", "Jobs", "Count", "", ""),
        "change": ("13800", "Jobs", "Change", "", ""),
        "growth": ("7.1", "Percent", "Growth", "", ""),
        "openings": ("14200", "Openings per year", "Count", "", ""),
        "self-employed": ("0.5", "Percent", "Share", "", ""),
    }
    assert values(
        store,
        "SELECT ?e ?x ?t WHERE { soc:29-2072 ckg:typicalEntryEducation ?e ; ckg:typicalEntryExperience ?x ;"
        " ckg:typicalEntryTraining ?t }",
    ) == [(f"{ID}level/postsecondary-nondegree", f"{ID}level/none", f"{ID}level/none")]
    assert values(store, "SELECT DISTINCT ?b ?t WHERE { ?o ckg:baseYear ?b ; ckg:targetYear ?t }") == [
        ("2024", "2034")
    ]
    report = validate(store, load_shapes(SHAPES))
    assert [result for result in report.results if result.severity == "violation"] == []


@pytest.mark.parametrize(
    ("index", "cell", "reason"),
    [
        (1, "29", "'29' is not a SOC code like 29-2072"),
        (3, "few", "'few' is not a number"),
        (10, "Night school", "'Night school' is not one of the Bureau's levels of education"),
    ],
)
def test_projections_that_are_rejected(tmp_path: Path, index: int, cell: str, reason: str) -> None:
    row = [*ROW[:1], "29-9021", *ROW[2:]]
    row[index] = cell
    (summary,) = import_source("bls", [projections(tmp_path / "occupation.xlsx", ROW, row)], None)
    assert [(note.line, note.text) for note in summary.rejected] == [(4, reason)]


@pytest.mark.parametrize(
    "title", ["Table 1.2 Employment by detailed occupation, 2024 and projected 2034", "Table 1.2"]
)
def test_years_of_projections_in_other_editions(tmp_path: Path, title: str) -> None:
    (summary,) = import_source("bls", [projections(tmp_path / "occupation.xlsx", ROW, title=title)], None)
    assert (summary.release.title, summary.rejected) == ("Employment Projections 2024-34", ())


def test_dashes_are_absent(tmp_path: Path) -> None:
    row: list[str | float] = ["Total, all occupations", "00-0000", "Summary", 1.5, 1.6, 0.1, 6.7, *["—"] * 6]
    store, _ = imported(projections(tmp_path / "occupation.xlsx", row), tmp_path / "kg")
    assert set(figures(store, "soc:00-0000")) == {"employment", "projected", "change", "growth"}
    assert count(store, "?c ckg:typicalEntryEducation ?level") == 0
    assert values(store, "SELECT ?l WHERE { soc:00-0000 rdfs:label ?l }") == [
        ("All Occupations (SOC 00-0000)@en",)
    ]


def test_a_table_of_other_years_is_refused(tmp_path: Path) -> None:
    book = projections(tmp_path / "occupation.xlsx", ROW, title="Table 1.2, 2030–40")
    with pytest.raises(SourceFileError, match=r"no row with the columns 'Employment, 2030'"):
        import_source("bls", [book], None)


def test_a_workbook_that_is_a_bomb_is_refused(tmp_path: Path) -> None:
    """It is looked at before its sheets are read, even to see what it is."""
    padding: list[str | float] = ["x" * 2000]
    book = projections(tmp_path / "occupation.xlsx", *[padding * 13] * 40)
    with pytest.raises(UnsafeArchive):
        import_source("bls", [book], None, limits=Limits(free=1000, ratio=2))


def test_workbooks_of_others_that_are_damaged_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "holidays.xlsx").write_bytes(b"no workbook")
    (tmp_path / "~$national_M2024_dl.xlsx").write_bytes(b"left behind by a spreadsheet")
    with pytest.raises(SourceFileError, match=r"holidays\.xlsx: not a readable workbook"):
        import_source("bls", [tmp_path], None)
    wages(tmp_path / "national_M2024_dl.xlsx", CODER)
    (summary,) = import_source("bls", [tmp_path], None)
    assert summary.ignored == ("holidays.xlsx",)
    assert any(note.text.startswith("passed over: not a readable workbook") for note in summary.warnings)


@pytest.mark.parametrize("name", ["national_M2024_dl.xlsx", "occupation.xlsx"])
def test_the_same_release_twice_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    for path in (tmp_path / name, tmp_path / "again" / name):
        if name == "occupation.xlsx":
            projections(path, ROW)
        else:
            wages(path, CODER)
    with pytest.raises(SourceFileError, match=r"the same release as .*: import one of them"):
        import_source("bls", [tmp_path], None)


def test_nothing_of_the_bureau(tmp_path: Path) -> None:
    write_workbook(tmp_path / "x.xlsx", {"a": [["b"]]})
    with pytest.raises(SourceFileError, match=r"no workbook of OEWS"):
        import_source("bls", [tmp_path], None)


@given(st.decimals(min_value=0, max_value=10**6, places=1))
def test_thousands_are_exact(number: Decimal) -> None:
    assert Decimal(thousands(str(number))) == number * 1000
    assert "." not in thousands(str(number))
    assert "E" not in thousands(str(number))


def test_thousands_of_nothing() -> None:
    with pytest.raises(BadTerm, match="'n' is not a number"):
        thousands("n")


# ---- The real workbooks -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[EmbeddedStore, dict[str, Summary]]]:
    """Return a store with the real workbooks, and the summaries by source."""
    if not REAL.is_dir():
        pytest.skip("the real workbooks are not at hand (../shared/data/bls)")
    home = tmp_path_factory.mktemp("bls-real") / "kg"
    store, summaries = imported(REAL, home)
    yield store, {summary.release.source: summary for summary in summaries}
    shutil.rmtree(home)


def test_rows_of_the_real_workbooks(real: tuple[EmbeddedStore, dict[str, Summary]]) -> None:
    _, summaries = real
    assert summaries["oews"].totals[2:] == (854, 854, 0, 0)
    assert summaries["projections"].totals[2:] == (1117, 1113, 0, 4)  # four notes below the table


def test_medians_equal_those_of_another_copy(real: tuple[EmbeddedStore, dict[str, Summary]]) -> None:
    """The table by SOC level was taken from the Bureau by others, so it can be an oracle."""
    store, _ = real
    rows = values(
        store,
        "SELECT ?n ?v WHERE { ?o ckg:about ?c ; ckg:statistic statistic:median ; ckg:value ?v ;"
        " ckg:payPeriod pay-period:year . ?c skos:notation ?n FILTER NOT EXISTS { ?o ckg:topCoded true } }",
    )
    found = {row[0]: row[1] for row in rows}
    with (REAL / "oews_M2024_all_soc_levels.tsv").open(encoding="utf-8", newline="") as stream:
        table = list(csv.DictReader(stream, delimiter="\t"))
    other = {row["SOC (as stored)"][:7]: row["A_MEDIAN"] for row in table if row["A_MEDIAN"].strip("#*nNaA")}
    compared = {code for code in found.keys() & other.keys() if Decimal(found[code]) == Decimal(other[code])}
    assert compared == found.keys() & other.keys()
    assert len(compared) > 800


def test_percentiles_are_in_order(real: tuple[EmbeddedStore, dict[str, Summary]]) -> None:
    store, _ = real
    assert (
        count(
            store,
            "?a ckg:about ?c ; ckg:percentile 25 ; ckg:payPeriod ?p ; ckg:value ?x ."
            " ?b ckg:about ?c ; ckg:percentile 75 ; ckg:payPeriod ?p ; ckg:value ?y FILTER (?x > ?y)",
        )
        == 0
    )


def test_one_occupation_of_the_real_workbooks(real: tuple[EmbeddedStore, dict[str, Summary]]) -> None:
    store, _ = real
    found = figures(store, "soc:29-9021")
    assert {name: found[name][0] for name in ("a-median", "a-pct10", "growth", "openings", "projected")} == {
        "a-median": "67310",
        "a-pct10": "39120",
        "growth": "14.7",
        "openings": "3200",
        "projected": "48100",
    }


def test_the_real_workbooks_conform_to_the_shapes(real: tuple[EmbeddedStore, dict[str, Summary]]) -> None:
    report = validate(real[0], load_shapes(SHAPES))
    assert report.conforms, report.to_table()
