"""What happened to the rows of a release: counted, and for those not imported, where and why.

For every table: rows read = imported + rejected + skipped by rule. The three are counted one by one, and
:meth:`Log.check` holds that they add up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from careerkg.errors import TooManyErrors

__all__ = ["Log", "Note", "Tally"]


class Note(NamedTuple):
    """A row that was rejected, or something else to know about a release: where, and what.

    ``times`` says how often it was found; ``line`` is then the first place.
    """

    file: str
    line: int | None
    text: str
    times: int = 1

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.text}" + (f" ({self.times:,} times)" if self.times > 1 else "")


class Tally:
    """The rows of one table: how many were read, imported, rejected, and skipped by rule."""

    __slots__ = ("file", "imported", "name", "read", "rejected", "skipped")

    def __init__(self, name: str, file: str) -> None:
        self.name, self.file = name, file
        self.read = self.imported = self.rejected = self.skipped = 0

    def __repr__(self) -> str:
        return (
            f"Tally({self.name!r}, read={self.read}, imported={self.imported}, "
            f"rejected={self.rejected}, skipped={self.skipped})"
        )


class Log:
    """What an import has to tell.

    >>> log = Log()
    >>> tally = log.table("Skills", "Skills.txt")
    >>> tally.read, tally.imported = 3, 1
    >>> log.reject(tally, 2, "no such occupation")
    >>> log.skip(tally, 3, "the occupation is retired")
    >>> log.check(); print(*log.rejected)
    Skills.txt:2: no such occupation
    """

    def __init__(
        self, *, max_errors: int | None = None, progress: Callable[[str], None] | None = None
    ) -> None:
        self.max_errors = max_errors
        self.tables: list[Tally] = []
        self.rejected: list[Note] = []
        self.absent: list[str] = []
        """Optional tables that the release lacks."""
        self.ignored: list[str] = []
        """Files of the release that are not read."""
        self._progress = progress
        self._skipped: dict[tuple[str, str], Note] = {}
        self._warnings: dict[tuple[str, str], Note] = {}

    @property
    def skipped(self) -> Sequence[Note]:
        """Rows skipped by rule: one note for each file and rule, with the count and the first place."""
        return tuple(self._skipped.values())

    @property
    def warnings(self) -> Sequence[Note]:
        """Other things to know: one note for each file and text, with the count and the first place."""
        return tuple(self._warnings.values())

    def table(self, name: str, file: str) -> Tally:
        """Return a new tally of the table ``name`` that lies in ``file``."""
        tally = Tally(name, file)
        self.tables.append(tally)
        return tally

    def reject(self, tally: Tally, line: int, reason: str) -> None:
        """Note a row that could not be imported. Raises TooManyErrors beyond ``max_errors``."""
        tally.rejected += 1
        note = Note(tally.file, line, reason)
        self.rejected.append(note)
        if self.max_errors is not None and len(self.rejected) > self.max_errors:
            raise TooManyErrors(len(self.rejected), self.max_errors, str(note))

    def skip(self, tally: Tally, line: int, rule: str) -> None:
        """Note a row that is left out by a rule, which ``rule`` states: an exact copy of another, say."""
        tally.skipped += 1
        _add(self._skipped, Note(tally.file, line, rule))

    def warn(self, file: str, line: int | None, text: str) -> None:
        """Note something that a person should know and that does not keep a row out."""
        _add(self._warnings, Note(file, line, text))

    def progress(self, text: str) -> None:
        """Tell what is being done, for a person who waits."""
        if self._progress is not None:
            self._progress(text)

    def check(self) -> None:
        """Hold that rows read = imported + rejected + skipped, table by table.

        Raises AssertionError otherwise: that is a fault of an importer, not of the data.
        """
        for tally in self.tables:
            parts = tally.imported + tally.rejected + tally.skipped
            if tally.read != parts:
                raise AssertionError(f"{tally.file}: {tally.read} rows read, {parts} accounted for: {tally}")


def _add(notes: dict[tuple[str, str], Note], note: Note) -> None:
    """Add a note, or count it if the same was found before."""
    key = (note.file, note.text)
    known = notes.get(key)
    notes[key] = note if known is None else known._replace(times=known.times + 1)
