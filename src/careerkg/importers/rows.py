"""The loop that tables of any source go through: a row becomes lines, or is rejected, or skipped by rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from careerkg.importers.log import Log
from careerkg.importers.tables import Row, Table
from careerkg.importers.triples import BadTerm, TripleWriter

__all__ = ["MapRow", "Skipped", "import_rows"]

MapRow: TypeAlias = Callable[[Sequence[str], int], str]
"""Makes the lines of a row from its cells and its line number. Raises BadTerm or Skipped."""


class Skipped(Exception):
    """A rule by which a row is left out."""


def import_rows(
    table: Table, map_row: MapRow, writer: TripleWriter, log: Log, *, rows: Iterable[Row] | None = None
) -> None:
    """Write what the rows of a table say, and count them. Raises TooManyErrors.

    ``rows`` are given where the table had to be read as a whole before the first of them can be written.
    """
    tally, write = table.tally, writer.write
    for line, cells in table if rows is None else rows:
        try:
            lines = map_row(cells, line)
        except BadTerm as reason:
            log.reject(tally, line, str(reason))
            continue
        except Skipped as rule:
            log.skip(tally, line, str(rule))
            continue
        write(lines)
        tally.imported += 1
