"""Shapes graphs: read from files of any RDF syntax."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from careerkg.validation.triples import TripleIndex

__all__ = ["Shapes", "load_shapes"]


@dataclass(frozen=True)
class Shapes:
    """A shapes graph that was read and checked."""

    graph: TripleIndex

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files it was read from."""
        return self.graph.paths


def load_shapes(paths: Iterable[Path]) -> Shapes:
    """Return the shapes of some RDF files. Raises ShapesError, with file and line where they can be found."""
    return Shapes(TripleIndex.read(paths))
