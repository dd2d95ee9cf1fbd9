"""Sorted lines of text, in memory up to a limit and in temporary files beyond it."""

from __future__ import annotations

import tempfile
from bisect import bisect_right
from collections.abc import Iterator
from typing import IO

__all__ = ["SortedLines"]

_LIMIT = 32_000_000
"""Characters of lines that are held in memory before they go to a temporary file."""

_BLOCK = 1_000_000
"""Characters read at once from each temporary file."""


class SortedLines:
    """Lines that come out in order, held in memory up to a limit and in temporary files beyond it."""

    def __init__(self, limit: int = _LIMIT) -> None:
        self._limit = limit
        self._lines: list[str] = []
        self._size = 0
        self._runs: list[IO[str]] = []

    def extend(self, lines: list[str], size: int) -> None:
        """Add lines that have ``size`` characters in all."""
        self._lines += lines
        self._size += size
        if self._size > self._limit:
            self._spill()

    def _spill(self) -> None:
        """Move what is in memory to a temporary file."""
        self._lines.sort()
        run = tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n")  # noqa: SIM115 - closed by close()
        self._runs.append(run)
        for start in range(0, len(self._lines), 10_000):
            run.write("\n".join(self._lines[start : start + 10_000]) + "\n")
        self._lines, self._size = [], 0

    def batches(self) -> Iterator[list[str]]:
        """Yield all lines in order, some at a time, without line ends."""
        self._lines.sort()
        if not self._runs:
            if self._lines:
                yield self._lines
            return
        for run in self._runs:
            run.seek(0)
        waiting = [self._lines, *([] for _ in self._runs)]
        sources: list[IO[str] | None] = [None, *self._runs]
        while True:
            bounds = []
            for number, source in enumerate(sources):
                if source is None:
                    continue
                if not waiting[number]:
                    waiting[number] = [line[:-1] for line in source.readlines(_BLOCK)]
                if waiting[number]:
                    bounds.append(waiting[number][-1])
                else:
                    sources[number] = None
            if not bounds:
                rest = [line for lines in waiting for line in lines]
                if rest:
                    yield rest
                return
            # Whatever is not above the lowest end of a block cannot be preceded by anything still unread.
            bound = min(bounds)
            batch: list[str] = []
            for number, lines in enumerate(waiting):
                cut = bisect_right(lines, bound)
                batch += lines[:cut]
                waiting[number] = lines[cut:]
            batch.sort()
            yield batch

    def close(self) -> None:
        """Remove the temporary files."""
        for run in self._runs:
            run.close()
        self._runs = []
