"""The figures of the statistical office in the graph are those of its files: every one, and no other.

The spreadsheets stand beside the repository on the maintainers' machines; without them the tests skip.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

import pyoxigraph as ox
import pytest

from careerkg.store import EmbeddedStore
from careerkg.vocabulary import SOURCE
from ontology_files import FACTS, SCHEMES, SHARED, TERMS

WAGES = SHARED / "data" / "bls" / "national_M2024_dl.xlsx"
PROJECTIONS = SHARED / "data" / "bls" / "occupation.xlsx"
CODES = ("29-1292", "29-2072", "29-9021")

needs_the_files = pytest.mark.skipif(
    not WAGES.is_file() or not PROJECTIONS.is_file(),
    reason="needs the spreadsheets in the shared folder beside the repository",
)

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@cache
def sheet(path: Path, number: int) -> tuple[tuple[str, ...], ...]:
    """Return the cells of a sheet as text, row by row (ECMA-376 part 1, 18.3 and 18.4)."""
    with zipfile.ZipFile(path) as archive:
        strings = [
            "".join(text.text or "" for text in item.iter(f"{_MAIN}t"))
            for item in ET.fromstring(archive.read("xl/sharedStrings.xml"))
        ]
        rows = ET.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml")).iter(f"{_MAIN}row")

        def text(cell: ET.Element) -> str:
            value = cell.findtext(f"{_MAIN}v") or ""
            return strings[int(value)] if cell.get("t") == "s" else value

        return tuple(tuple(text(cell) for cell in row) for row in rows)


def row_of(path: Path, number: int, code: str, header: int = 0) -> Mapping[str, str]:
    """Return the row of a code by the names of its columns."""
    rows = sheet(path, number)
    (row,) = (row for row in rows if code in row)
    return dict(zip(rows[header], row, strict=True))


@cache
def store() -> EmbeddedStore:
    return EmbeddedStore.trusted([TERMS, SCHEMES, *FACTS])


def figures(code: str, source: str) -> dict[tuple[str, ...], Decimal]:
    """Return the figures of a code, by statistic, unit and period, that a source's passages hold."""
    result = store().query(
        f"""SELECT ?statistic ?percentile ?unit ?pay ?period ?until ?value WHERE {{
          ?subject ckg:classifiedAs? ?class . ?class skos:notation "{code}" .
          GRAPH ?passage {{
            ?node ckg:about ?subject ; ckg:statistic ?kind ; ckg:value ?value ; ckg:unit ?in .
          }}
          ?passage dcterms:isPartOf <{SOURCE}{source}> .
          ?kind rdfs:label ?statistic . ?in rdfs:label ?unit .
          OPTIONAL {{ ?node ckg:percentile ?percentile }}
          OPTIONAL {{ ?node ckg:payPeriod/rdfs:label ?pay }}
          OPTIONAL {{ ?node ckg:referencePeriod ?period }}
          OPTIONAL {{ ?node ckg:targetYear ?until }}
        }}"""
    )
    assert isinstance(result, ox.QuerySolutions)
    names = ("statistic", "percentile", "unit", "pay", "period", "until")
    return {
        tuple(row[name].value for name in names if row[name] is not None): Decimal(row["value"].value)
        for row in result
    }


def rounded(text: str) -> Decimal:
    """Return a number of a spreadsheet, whose binary fractions are those of one decimal."""
    return Decimal(text).quantize(Decimal("0.1")).normalize()


@needs_the_files
@pytest.mark.parametrize("code", CODES)
def test_wages_of_may_2024_are_those_of_the_file(code: str) -> None:
    row = row_of(WAGES, 1, code)
    dollars, year = "US dollars", ("Per year", "2024-05")
    wanted = {
        ("Count", "Jobs", "2024-05"): row["TOT_EMP"],
        ("Mean", dollars, *year): row["A_MEAN"],
        ("Percentile", "10", dollars, *year): row["A_PCT10"],
        ("Percentile", "25", dollars, *year): row["A_PCT25"],
        ("Median", dollars, *year): row["A_MEDIAN"],
        ("Percentile", "75", dollars, *year): row["A_PCT75"],
        ("Percentile", "90", dollars, *year): row["A_PCT90"],
        ("Median", dollars, "Per hour", "2024-05"): row["H_MEDIAN"],
    }
    assert figures(code, "oews-2024") == {key: Decimal(value) for key, value in wanted.items()}


@needs_the_files
@pytest.mark.parametrize("code", CODES)
def test_projections_to_2034_are_those_of_the_file(code: str) -> None:
    (number,) = (n for n in range(1, 13) if sheet(PROJECTIONS, n)[0][0].startswith("Table 1.2 "))
    row = row_of(PROJECTIONS, number, code, header=1)
    thousands = {
        ("Count", "Jobs", "2024"): row["Employment, 2024"],
        ("Count", "Jobs", "2034"): row["Employment, 2034"],
        ("Change", "Jobs", "2034"): row["Employment change, numeric, 2024–34"],
        ("Count", "Openings per year", "2034"): row["Occupational openings, 2024–34 annual average"],
    }
    wanted = {key: rounded(value) * 1000 for key, value in thousands.items()}
    wanted[("Growth", "Percent", "2034")] = rounded(row["Employment change, percent, 2024–34"])
    assert figures(code, "projections-2024") == wanted


@needs_the_files
@pytest.mark.parametrize("code", CODES)
def test_what_is_typical_for_entry_is_that_of_the_file(code: str) -> None:
    (number,) = (n for n in range(1, 13) if sheet(PROJECTIONS, n)[0][0].startswith("Table 1.2 "))
    row = row_of(PROJECTIONS, number, code, header=1)
    levels = {
        "Associate's degree": "Associate degree level",
        "Postsecondary nondegree award": "Postsecondary nondegree award",
        "None": "None",
    }
    result = store().query(
        f"""SELECT ?education ?experience ?training WHERE {{
          ?subject ckg:classifiedAs? ?class . ?class skos:notation "{code}" .
          GRAPH ?passage {{
            ?subject ckg:typicalEntryEducation ?e ;
              ckg:typicalEntryExperience ?x ;
              ckg:typicalEntryTraining ?t .
          }}
          ?passage dcterms:isPartOf <{SOURCE}projections-2024> .
          ?e rdfs:label ?education . ?x rdfs:label ?experience . ?t rdfs:label ?training .
        }}"""
    )
    assert isinstance(result, ox.QuerySolutions)
    assert [tuple(term.value for term in row) for row in result] == [
        (
            levels[row["Typical education needed for entry"]],
            levels[row["Work experience in a related occupation"]],
            levels[row["Typical on-the-job training needed to attain competency in the occupation"]],
        )
    ]
