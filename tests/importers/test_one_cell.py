"""One changed cell of a release is one entry when stores are compared, whatever the source."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from made_up import MADE, MODERN
from workbooks import write_workbook

from careerkg.diff import Change, compare, read_sides
from careerkg.importers import import_source

DATA = MADE.parent
CTDL = Path(__file__).parent / "ctdl" / "data"
CELLS = [
    ("onet", MADE, "Skills.txt", "4.12", "4.13", "rating/onet-29-9/11-1011.00/2.A.1.a/IM"),
    ("onet", MADE, "Occupation Data.txt", "Lighthouse Keepers", "Keepers", "onet-soc/11-1011.00"),
    ("onet", MADE, "Task Statements.txt", "Trim the wick.", "Trim it.", "onet-task/8823"),
    ("onet", MADE, "Job Zones.txt", "11-1011.00\t3", "11-1011.00\t4", "onet-soc/11-1011.00"),
    (
        "onet",
        MODERN,
        "Software Skills.txt",
        "log software\tY\tN",
        "log software\tY\tY",
        "onet-soc/11-1011.00",
    ),
    ("soc", DATA / "soc", "isco.csv", "matches to 3-digit ISCO", "matches", "mapping/isco-soc-2008-to-2010/"),
]


def between(source: str, old: Path, new: Path, home: Path) -> list[Change]:
    """Return how the stores of two imports differ."""
    for name, path in (("old", old), ("new", new)):
        import_source(source, [path], home / name)
    return list(compare(*read_sides(str(home / "old"), str(home / "new"))))


def changed(path: Path, file: str, old: str, new: str, home: Path) -> Path:
    """Return a copy of a release in which a text is another."""
    copy = Path(shutil.copytree(path, home / path.name))
    (found,) = copy.rglob(file)
    text = found.read_text(encoding="utf-8")
    assert old.casefold() in text.casefold()
    at = text.casefold().index(old.casefold())
    found.write_text(text[:at] + new + text[at + len(old) :], encoding="utf-8")
    return copy


@pytest.mark.parametrize(("source", "path", "file", "old", "new", "thing"), CELLS)
def test_cell_of_a_text_table(
    source: str, path: Path, file: str, old: str, new: str, thing: str, tmp_path: Path
) -> None:
    (change,) = between(source, path, changed(path, file, old, new, tmp_path), tmp_path)
    assert change.kind == "changed"
    assert thing in change.id


def test_cell_of_esco(tmp_path: Path) -> None:
    path = DATA / "esco" / "v1.1.1"
    copy = changed(path, "occupations_de.csv", "Registrator", "Aktenwart", tmp_path)
    (change,) = between("esco", path, copy, tmp_path)
    assert (change.kind, "/occupation/" in change.id) == ("changed", True)


Rows = list[list[str | float]]


def wages(home: Path, median: float) -> Path:
    """Write a workbook of wages; return its path."""
    rows: Rows = [
        ["OCC_CODE", "OCC_TITLE", "TOT_EMP", "A_MEDIAN"],
        ["29-2072", "Medical Records Specialists", 187910, median],
    ]
    home.mkdir()
    return write_workbook(home / "national_M2024_dl.xlsx", {"data": rows})


def projections(home: Path, openings: float) -> Path:
    """Write a workbook of projections; return its path."""
    years = "2024–34"
    head: list[str | float] = [
        "2024 National Employment Matrix title",
        "2024 National Employment Matrix code",
        "Employment, 2024",
        "Employment, 2034",
        f"Employment change, numeric, {years}",
        f"Employment change, percent, {years}",
        f"Occupational openings, {years} annual average",
    ]
    row: list[str | float] = ["Medical records specialists", "29-2072", 194.8, 208.6, 13.8, 7.1, openings]
    home.mkdir()
    title = "Table 1.2 Occupational projections, 2024–2034"
    return write_workbook(home / "occupation.xlsx", {"Table 1.2": [[title], head, row]})


def structure(home: Path, title: float) -> Path:
    """Write a workbook of SOC; return its path."""
    rows: Rows = [
        ["Major Group", "Minor Group", "Broad Group", "Detailed Occupation", ""],
        ["29-0000", "", "", "", f"Healthcare {title}"],
    ]
    home.mkdir()
    return write_workbook(home / "soc_structure_2018.xlsx", {"SOC": rows})


@pytest.mark.parametrize(
    ("source", "write", "thing"),
    [
        ("bls", wages, "observation/oews-2024/29-2072/a-median"),
        ("bls", projections, "observation/projections-2024/29-2072/openings"),
        ("soc", structure, "soc/29-0000"),
    ],
)
def test_cell_of_a_workbook(
    source: str, write: Callable[[Path, float], Path], thing: str, tmp_path: Path
) -> None:
    (change,) = between(source, write(tmp_path / "a", 1.5), write(tmp_path / "b", 2.5), tmp_path)
    assert (change.kind, change.id.endswith(thing)) == ("changed", True)


def test_value_of_ctdl(tmp_path: Path) -> None:
    path = CTDL / "today"
    copy = changed(path, "certification.jsonld", '"ceterms:price": 30', '"ceterms:price": 31', tmp_path)
    (change,) = between("ctdl", path, copy, tmp_path)
    assert change.kind == "changed"
