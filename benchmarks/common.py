"""What the benchmarks share: a row of the table, and timing by the best of several runs."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Row(NamedTuple):
    """One measurement: ours and a named peer's in the same run, in seconds, and the goal for the ratio.

    ``ratio`` is what the goal speaks of: ours / peer where ``goal`` begins with ``<=`` (overheads, whole
    processes), peer / ours where it begins with ``>=`` (how many times faster).
    """

    what: str
    ours: float
    peer: str
    theirs: float
    goal: str

    @property
    def ratio(self) -> float:
        """The ratio that the goal speaks of."""
        return self.ours / self.theirs if self.goal.startswith("<=") else self.theirs / self.ours

    @property
    def reached(self) -> bool:
        """Whether the goal is reached."""
        bound = float(self.goal.split()[1])
        return self.ratio <= bound if self.goal.startswith("<=") else self.ratio >= bound


Benchmark = Callable[[], Iterator[Row]]


def best_of(runs: int, function: Callable[[], T]) -> tuple[float, T]:
    """Return the shortest wall time of several runs, in seconds, and the last run's value."""
    shortest = float("inf")
    for _ in range(runs):
        gc.collect()
        start = time.perf_counter()
        value = function()
        shortest = min(shortest, time.perf_counter() - start)
    return shortest, value


def alternating(runs: int, ours: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, float]:
    """Return the shortest wall times of two functions that take turns, so that noise hits both alike."""
    best = [float("inf"), float("inf")]
    for _ in range(runs):
        for index, function in enumerate((ours, theirs)):
            start = time.perf_counter()
            function()
            best[index] = min(best[index], time.perf_counter() - start)
    return best[0], best[1]
