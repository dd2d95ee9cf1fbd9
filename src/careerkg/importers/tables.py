"""Tables by the names of their columns: tab-separated text, CSV, and sheets of Excel workbooks.

Columns may stand in any order; more than are asked for are tolerated and noted; a required one that is
missing is an error. Rows come as ``(line, cells)``, the cells in the order of the layout, so that an importer
unpacks them by name: ``for line, (code, title) in table:``. The line is that of the row's first character.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from careerkg.errors import SourceFileError
from careerkg.importers.archive import Archive, Member
from careerkg.importers.log import Log, Tally

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

__all__ = ["Layout", "Row", "Table", "Workbook", "open_workbook", "read_sheet", "read_table"]

Row: TypeAlias = tuple[int, Sequence[str]]

csv.field_size_limit(16 * 1024**2)


class Layout(NamedTuple):
    """Which columns a table has, and how its cells are kept apart.

    ``aliases`` maps other names that releases give a column to the one used here. A row with too few or too
    many cells is rejected, or with ``ragged="pad"`` filled up with empty ones (and still rejected if it has
    too many). A column that is absent gives empty cells, and a note if it is ``optional``; that a
    ``possible`` one is absent is nothing to tell. Cells come in the order required, optional, possible.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    separator: Literal["\t", ",", ";"] = "\t"
    ragged: Literal["reject", "pad"] = "reject"
    aliases: Mapping[str, str] = MappingProxyType({})
    possible: tuple[str, ...] = ()


class Table:
    """The rows of a table, to be iterated once; ``tally`` counts those read and those rejected as ragged."""

    def __init__(
        self,
        place: str,
        tally: Tally,
        layout: Layout,
        header: Sequence[str],
        records: Iterator[tuple[int, Sequence[str]]],
        log: Log,
        header_line: int = 1,
        faults: list[str] | None = None,
    ) -> None:
        self.place, self.tally = place, tally
        # What is wrong with the row that comes next, told by what reads its lines.
        self._faults: list[str] = [] if faults is None else faults
        self._records, self._log, self._layout = records, log, layout
        self._width = len(header)
        aliases = {_key(other): _key(ours) for other, ours in layout.aliases.items()}
        keys = [aliases.get(_key(column), _key(column)) for column in header]
        twice = sorted({key for key in keys if key and keys.count(key) > 1})
        asked = [*layout.required, *layout.optional, *layout.possible]
        if twice and any(_key(column) in twice for column in asked):
            raise SourceFileError(place, header_line, f"the column {twice[0]!r} stands there twice")
        missing = [column for column in layout.required if _key(column) not in keys]
        if missing:
            raise SourceFileError(
                place,
                header_line,
                f"the column {missing[0]!r} is missing; there are: {', '.join(map(repr, header))}",
            )
        self.absent = tuple(column for column in layout.optional if _key(column) not in keys)
        """The optional columns that the table does not have."""
        self.extra = tuple(
            column for column, key in zip(header, keys, strict=True) if key not in set(map(_key, asked))
        )
        """The columns that the table has beyond the layout."""
        if self.extra:
            log.warn(place, header_line, f"columns that are not imported: {', '.join(map(repr, self.extra))}")
        if self.absent:
            log.warn(place, header_line, f"optional columns that are absent: {', '.join(self.absent)}")
        self._indexes = [keys.index(_key(column)) if _key(column) in keys else -1 for column in asked]

    def __iter__(self) -> Iterator[Row]:
        width, pad, tally, log = self._width, self._layout.ragged == "pad", self.tally, self._log
        straight = self._indexes == list(range(width))
        pick, faults = _picker(self._indexes), self._faults
        for line, cells in self._records:
            tally.read += 1
            if faults:
                log.reject(tally, line, faults[0])
                faults.clear()
                continue
            if len(cells) != width:
                if len(cells) > width or not pad:
                    log.reject(tally, line, f"{len(cells)} fields where the header has {width}")
                    continue
                cells = [*cells, *[""] * (width - len(cells))]
            yield line, cells if straight else pick(cells)
            if tally.read % 20000 == 0:
                log.progress(f"{tally.name}: {tally.read:,} rows")


def read_table(
    archive: Archive, member: Member, layout: Layout, log: Log, *, name: str = "", skip: int = 0
) -> Table:
    """Return the table in a text member, UTF-8; tab-separated cells are taken as they are, others as CSV.

    ``skip`` lines before the header are passed over. A row that is not UTF-8 or no CSV is rejected. Raises
    SourceFileError, with file and line, for a missing column, an empty file, or a header that cannot be read.
    """
    faults: list[str] = []
    lines = archive.lines(member, faults)
    tally = log.table(name or member.base, member.place)
    log.progress(f"{tally.name}")
    for _ in range(skip):
        next(lines, None)
    if layout.separator == "\t":
        records = _tab_separated(lines, skip + 1)
    else:
        records = _csv(lines, layout.separator, member, faults, skip)
    first = next(records, None)
    if first is None:
        raise SourceFileError(member.place, None, "an empty file: the header is missing")
    if faults:
        raise SourceFileError(member.place, first[0], faults[0])
    header = [cell.strip() for cell in first[1]]
    return Table(member.place, tally, layout, header, records, log, first[0], faults)


def read_sheet(
    archive: Archive,
    member: Member,
    layout: Layout,
    log: Log,
    *,
    sheet: str | int = 0,
    name: str = "",
) -> Table:
    """Return the table in a sheet of an Excel workbook, by its name or number from 0; cells as text.

    The header is the first row that has all required columns. Whole numbers are given without a point.
    Raises SourceFileError if there is no such sheet or header, or the workbook cannot be read.
    """
    rows = open_workbook(archive, member).rows(sheet)
    tally = log.table(name or member.base, member.place)
    wanted = {_key(column) for column in layout.required}
    aliases = {_key(other): _key(ours) for other, ours in layout.aliases.items()}
    for index, cells in enumerate(rows):
        texts = [" ".join(_cell(cell).split()) for cell in cells]
        if wanted <= {aliases.get(_key(text), _key(text)) for text in texts}:
            records = ((number, [_cell(cell) for cell in row]) for number, row in _numbered(rows, index + 1))
            return Table(member.place, tally, layout, texts, records, log, index + 1)
    raise SourceFileError(
        member.place, None, f"no row has the columns {', '.join(map(repr, layout.required))}"
    )


class Workbook:
    """An Excel workbook: the names of its sheets, and their rows."""

    def __init__(self, place: str, book: CalamineWorkbook) -> None:
        self._place, self._book = place, book
        self.sheets = tuple(book.sheet_names)

    def rows(self, sheet: str | int = 0) -> list[list[Any]]:
        """Return the rows of a sheet, by name or number from 0. Raises SourceFileError if there is none."""
        from python_calamine import CalamineError

        try:
            found = (
                self._book.get_sheet_by_index(sheet)
                if isinstance(sheet, int)
                else self._book.get_sheet_by_name(sheet)
            )
            return found.to_python(skip_empty_area=False)
        except CalamineError as error:
            raise SourceFileError(self._place, None, f"not a readable workbook or sheet: {error}") from None


def open_workbook(archive: Archive, member: Member) -> Workbook:
    """Return an Excel workbook.

    Raises SourceFileError if it cannot be read, UnsafeArchive if it is a decompression bomb.
    """
    import io

    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError:
        raise SourceFileError(
            member.place, None, "Excel is read with an extra: pip install 'careerkg[import]'"
        ) from None
    content = archive.content(member)
    _check_workbook(archive, member, content)
    try:
        return Workbook(member.place, CalamineWorkbook.from_filelike(io.BytesIO(content)))
    except CalamineError as error:
        raise SourceFileError(member.place, None, f"not a readable workbook or sheet: {error}") from None


def _numbered(rows: Sequence[Sequence[object]], start: int) -> Iterator[tuple[int, Sequence[object]]]:
    """Yield the rows from an index on that are not blank, numbered as Excel does."""
    for index in range(start, len(rows)):
        if any(cell != "" for cell in rows[index]):
            yield index + 1, rows[index]


def _check_workbook(archive: Archive, member: Member, content: bytes) -> None:
    """Refuse a workbook that is a decompression bomb: a workbook is a zip archive, too."""
    import io
    import zipfile

    from careerkg.errors import UnsafeArchive

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            sizes = [(each.file_size, each.compress_size) for each in opened.infolist()]
    except zipfile.BadZipFile:
        return  # an old .xls, or nothing: the reader says what
    limits = archive.limits
    if sum(size for size, _ in sizes) > limits.total or any(
        size > limits.free and size > packed * limits.ratio for size, packed in sizes
    ):
        raise UnsafeArchive(member.place, None, "grows beyond all measure when unpacked")


def _tab_separated(lines: Iterable[str], start: int) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the rows of tab-separated text; blank lines are no rows.

    Publishers do not quote, but spreadsheets that saved their files again do: quotes around a cell go.
    """
    for number, line in enumerate(lines, start):
        line = line.rstrip("\r\n")
        if not line:
            continue
        if line[0] == '"' or '\t"' in line:
            try:
                yield number, next(csv.reader([line], delimiter="\t", strict=True))
                continue
            except csv.Error:
                pass  # a cell that only begins with a quotation
        yield number, line.split("\t")


def _csv(
    lines: Iterator[str], separator: str, member: Member, faults: list[str], skipped: int
) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the rows of CSV by RFC 4180, which may span lines; blank lines are no rows.

    What is wrong with a row is put into ``faults``. Raises SourceFileError for quotes that nothing closes,
    because nobody can tell what they hold.
    """
    reader = csv.reader(lines, delimiter=separator, strict=True)
    start = skipped + 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "unexpected end" in str(error) or "limit" in str(error):
                raise SourceFileError(member.place, start, f"not CSV: {error}") from None
            faults.append(f"not CSV: {error}")
            cells = [""]
        if cells:
            yield start, cells
        start = skipped + reader.line_num + 1


def _key(column: str) -> str:
    """Return what tells columns apart: their name, without case and runs of white space."""
    return " ".join(column.casefold().split())


def _cell(value: object) -> str:
    """Return a cell of a workbook as text: 12.0 as 12, dates in ISO form."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


class _picker:  # noqa: N801 - a function with a state
    """Takes the asked cells out of a row; an index below 0 stands for an absent column."""

    def __init__(self, indexes: Sequence[int]) -> None:
        self._indexes = indexes
        self._get = itemgetter(*indexes) if len(indexes) > 1 and min(indexes) >= 0 else None

    def __call__(self, cells: Sequence[str]) -> Sequence[str]:
        if self._get is not None:
            return self._get(cells)  # type: ignore[no-any-return]
        return [cells[index] if index >= 0 else "" for index in self._indexes]
