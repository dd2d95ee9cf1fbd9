"""What an import of the small CTDL files made, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from careerkg import CareerGraph
from careerkg.importers import Summary

DATA = Path(__file__).parent / "data"


class Imported(NamedTuple):
    """A store with one release, and what the import said."""

    graph: CareerGraph
    summary: Summary
    store: Path

    def rows(self, query: str) -> set[tuple[str, ...]]:
        """Return the rows of a SELECT, values as text."""
        return {
            tuple("" if value is None else str(value) for value in row)
            for row in self.graph.query("PREFIX ex: <http://example.org/> " + query)
        }

    @property
    def warnings(self) -> set[str]:
        """What was found to be worth a warning."""
        return {note.text for note in self.summary.warnings}


Import = Callable[..., Imported]
