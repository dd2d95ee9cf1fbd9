"""Where a worker finds its graph."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from careerkg.errors import StoreError
from careerkg.store import current_generation

if TYPE_CHECKING:
    from careerkg.graph import CareerGraph

__all__ = ["Source"]


@dataclass(frozen=True)
class Source:
    """A graph by its place: a store's folder, data files, both, or (neither) the graph of the package.

    Two processes that open the same source see the same graph; a value of this class goes from one to the
    other.
    """

    folder: str | None = None
    files: tuple[str, ...] = ()

    @classmethod
    def of(cls, folder: str | Path | None = None, files: Sequence[str | Path] = ()) -> Source:
        """Return the source that a folder and files name; relative paths are made absolute.

        Raises StoreError for the address of a store elsewhere, which workers without a network cannot ask.
        """
        if folder is not None and str(folder).lower().startswith(("http://", "https://")):
            raise StoreError(f"{folder} has a server of its own: what is served here is a folder")
        return cls(
            None if folder is None else str(Path(folder).absolute()),
            tuple(str(Path(path).absolute()) for path in files),
        )

    @property
    def in_memory(self) -> bool:
        """Whether the graph is loaded into memory, which processes that are forked then share."""
        return self.folder is None or bool(self.files)

    def open(self) -> CareerGraph:
        """Return the graph, to be read. Raises StoreError or RdfSyntaxError."""
        from careerkg.graph import CareerGraph

        if self.folder is None:
            return CareerGraph.from_files(*self.files) if self.files else CareerGraph()
        graph = CareerGraph.open(self.folder, read_only=True)
        return graph.with_files(*self.files) if self.files else graph

    def state(self) -> Hashable:
        """Return a value that differs after an import into the folder, or when a data file has changed."""
        found: list[Hashable] = []
        for name in self.files:
            with suppress(OSError):
                status = Path(name).stat()
                found.append((status.st_mtime_ns, status.st_size))
        if self.folder is not None:
            folder = Path(self.folder)
            generation = current_generation(folder)
            found.append(None if generation is None else generation.name)
            with suppress(OSError):
                found.append((folder / "edited").stat().st_mtime_ns)
        return tuple(found)
