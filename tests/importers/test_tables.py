"""Tables: columns by name in any order, ragged rows rejected with their line, sheets of workbooks."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careerkg.errors import SourceFileError, UnsafeArchive
from careerkg.importers.archive import Archive, Limits
from careerkg.importers.log import Log
from careerkg.importers.tables import Layout, Table, read_sheet, read_table


def table(tmp_path: Path, text: str, layout: Layout) -> tuple[Table, list[tuple[int, list[str]]], Log]:
    path = tmp_path / "t.txt"
    path.write_bytes(text.encode())
    log = Log()
    with Archive([path]) as archive:
        found = read_table(archive, archive.members[0], layout, log)
        rows = [(line, list(cells)) for line, cells in found]
    return found, rows, log


def test_columns_are_taken_by_name_in_the_order_of_the_layout(tmp_path: Path) -> None:
    layout = Layout(("A", "B"), ("C",), aliases={"Bee": "B"})
    found, rows, log = table(tmp_path, "\ufeffc\tX\ta \tBEE\r\n3\tx\t1\t2\r\n\r\n6\ty\t4\t5\r\n", layout)
    assert rows == [(2, ["1", "2", "3"]), (4, ["4", "5", "6"])]
    assert found.extra == ("X",)
    assert [note.text for note in log.warnings] == ["columns that are not imported: 'X'"]


def test_absent_columns_give_empty_cells_and_a_note_if_they_are_missed(tmp_path: Path) -> None:
    found, rows, log = table(tmp_path, "A\n1\n", Layout(("A",), ("B",), possible=("C",)))
    assert rows == [(2, ["1", "", ""])]
    assert found.absent == ("B",)
    assert [note.text for note in log.warnings] == ["optional columns that are absent: B"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A\tC\n1\t2\n", r"t\.txt:1: the column 'B' is missing; there are: 'A', 'C'"),
        ("A\tB\ta\n1\t2\t3\n", r"t\.txt:1: the column 'a' stands there twice"),
        ("", r"t\.txt: an empty file"),
    ],
)
def test_header_that_cannot_be_used(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SourceFileError, match=message):
        table(tmp_path, text, Layout(("A", "B")))


def test_ragged_rows_are_rejected_with_their_line(tmp_path: Path) -> None:
    found, rows, log = table(tmp_path, "A\tB\n1\t2\n3\n4\t5\t6\n7\t8\n", Layout(("A", "B")))
    assert rows == [(2, ["1", "2"]), (5, ["7", "8"])]
    assert [(note.line, note.text) for note in log.rejected] == [
        (3, "1 fields where the header has 2"),
        (4, "3 fields where the header has 2"),
    ]
    assert (found.tally.read, found.tally.rejected) == (4, 2)


def test_short_rows_are_filled_up_where_the_layout_says_so(tmp_path: Path) -> None:
    layout = Layout(("A", "B"), separator=",", ragged="pad")
    _, rows, log = table(tmp_path, "A,B\n1\n1,2,3\n", layout)
    assert rows == [(2, ["1", ""])]
    assert [note.line for note in log.rejected] == [3]


def test_csv_rows_span_lines_and_have_the_line_where_they_begin(tmp_path: Path) -> None:
    text = 'A,B\n"one\ntwo","say ""x"""\n\n3,4\n'
    _, rows, _ = table(tmp_path, text, Layout(("A", "B"), separator=","))
    assert next((line, cells) for line, cells in rows if line != 4) == (2, ["one\ntwo", 'say "x"'])
    assert rows[-1][1] == ["3", "4"]


def test_malformed_csv_is_told_with_its_line(tmp_path: Path) -> None:
    layout = Layout(("A", "B"), separator=",")
    _, rows, log = table(tmp_path, 'A,B\n1,2\n"x"y,2\n3,4\n', layout)
    assert rows == [(2, ["1", "2"]), (4, ["3", "4"])]
    assert [(note.line, note.text[:7]) for note in log.rejected] == [(3, "not CSV")]
    with pytest.raises(SourceFileError, match=r"t\.txt:3: not CSV: unexpected end of data"):
        table(tmp_path, 'A,B\n1,2\n"x,2\n3,4\n', layout)


@pytest.mark.parametrize(("separator", "header"), [("\t", "A\tB"), (",", "A,B")])
def test_row_that_is_not_utf_8_is_rejected(
    tmp_path: Path, separator: Literal["\t", ","], header: str
) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes(f"{header}\n1{separator}caf".encode() + b"\xe9\n" + f"3{separator}4\n".encode())
    log = Log()
    layout = Layout(("A", "B"), separator=separator)
    with Archive([path]) as archive:
        found = read_table(archive, archive.members[0], layout, log)
        assert list(found) == [(3, ["3", "4"])]
    assert [(note.line, note.text) for note in log.rejected] == [(2, "not UTF-8: byte 0xe9 at position 6")]
    assert (found.tally.read, found.tally.rejected) == (2, 1)
    path.write_bytes(b"A\xe9" + f"{separator}B\n1{separator}2\n".encode())
    with Archive([path]) as archive, pytest.raises(SourceFileError, match=r":1: not UTF-8: byte 0xe9"):
        read_table(archive, archive.members[0], layout, Log())


def test_tab_separated_text_that_a_spreadsheet_saved_again(tmp_path: Path) -> None:
    text = 'A\tB\n"Sort, ""file"""\tx\n"Hot" items\tsay "x"\n"a\tb"\t"c"\n'
    _, rows, _ = table(tmp_path, text, Layout(("A", "B")))
    assert [cells for _, cells in rows] == [
        ['Sort, "file"', "x"],
        ['"Hot" items', 'say "x"'],
        ["a\tb", "c"],
    ]


cells = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\r\ufeff"), max_size=8)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=6))
def test_csv_is_read_as_the_standard_library_writes_it(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([["A", "B", "C"], *rows])
    layout = Layout(("A", "B", "C"), separator=",")
    _, found, _ = table(tmp_path_factory.mktemp("csv"), stream.getvalue(), layout)
    assert [cells for _, cells in found] == rows


# ---- Workbooks -------------------------------------------------------------------------------------


def workbook(path: Path, rows: list[list[str | float]], *, padding: bytes = b"") -> Path:
    """Write a workbook of one sheet by hand: the parts that Office Open XML demands."""

    def cell(value: str | float) -> str:
        if isinstance(value, str):
            return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
        return f"<c><v>{value}</v></c>"

    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    package = "http://schemas.openxmlformats.org/package/2006"
    sheet = "".join(
        f'<row r="{number}">{"".join(map(cell, row))}</row>' for number, row in enumerate(rows, 1) if row
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{kind}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{kind}"><sheets>'
        '<sheet name="Wages" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship '
        f'Id="r1" Type="{kind}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        archive.writestr("xl/media/picture.bin", padding)
    return path


def sheet(path: Path, layout: Layout, name: str | int = 0, *, limits: Limits | None = None) -> list[object]:
    with Archive([path], limits=limits) as archive:
        return [
            (line, list(cells))
            for line, cells in read_sheet(archive, archive.members[0], layout, Log(), sheet=name)
        ]


def test_sheet_header_is_the_first_row_with_the_columns(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "w.xlsx",
        [["A title"], [], ["Code", "Wage", "Note"], ["11-1011", 12.0, "x"], ["#", 1.5, ""]],
    )
    layout = Layout(("Wage", "Code"))
    expected = [(4, ["12", "11-1011"]), (5, ["1.5", "#"])]
    assert sheet(path, layout) == sheet(path, layout, "Wages") == expected


def test_sheet_that_is_not_there(tmp_path: Path) -> None:
    path = workbook(tmp_path / "w.xlsx", [["Code"], ["1"]])
    with pytest.raises(SourceFileError, match="not a readable workbook or sheet"):
        sheet(path, Layout(("Code",)), "Other")
    with pytest.raises(SourceFileError, match="no row has the columns 'Wage'"):
        sheet(path, Layout(("Wage",)))
    path.write_bytes(b"nothing")
    with pytest.raises(SourceFileError, match="not a readable workbook"):
        sheet(path, Layout(("Code",)))


def test_workbook_that_is_a_bomb_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "w.xlsx", [["Code"], ["1"]], padding=b"\0" * 2_000_000)
    with pytest.raises(UnsafeArchive, match="grows beyond all measure"):
        sheet(path, Layout(("Code",)), limits=Limits(free=1_000_000, ratio=100))
