"""What ranks plans, as integers: everything that adds up packed into one number per item.

A key is compared component by component. Sums of the components that add up compare like sums of packed
integers, the first component in the highest bits; the longest paths (times) do not add up and are compared
when all before them is equal. Components that others decide are left out: the upper end of a time where every
recorded time is exact (then it is the lower end, or unknown if a part is unknown), and the same for costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from careerkg.routes.problem import Objective, Problem

__all__ = ["Part", "Ranking", "Weights", "exact_times", "order_of", "pack"]

Ranking = Objective | Literal["front", "least cost", "least steps"]
"""What comes first in a key; "front" compares cost, then time, and unknown parts only after both;
"least cost" and "least steps" compare no times."""

Part = Literal["time", "time_unknown", "time_high", "cost", "cost_unknown", "cost_high", "steps", "tail"]

_ORDER: dict[Ranking, tuple[Part, ...]] = {
    "time": ("time", "time_unknown", "time_high", "cost", "cost_unknown", "cost_high", "tail"),
    "cost": ("cost", "cost_unknown", "cost_high", "time", "time_unknown", "time_high", "tail"),
    "steps": ("steps", "time", "time_unknown", "time_high", "cost", "cost_unknown", "cost_high", "tail"),
    "least cost": ("cost", "cost_unknown", "cost_high", "tail"),
    "least steps": ("steps", "tail"),
    "front": ("cost", "time", "cost_unknown", "cost_high", "time_unknown", "time_high", "tail"),
}

EXACT_TIES = 4096
"""Up to so many items, plans that are equal in all numbers are told apart by IRI exactly."""


def order_of(ranking: Ranking) -> tuple[Part, ...]:
    """Return the components of a key, in order; the last, ``tail``, is steps and IRIs."""
    return _ORDER[ranking]


@dataclass(frozen=True, slots=True)
class Weights:
    """The packed weight of each node and how to read sums of them."""

    packed: list[int]
    fields: dict[Part, tuple[int, int]]
    """Shift and mask of each component that adds up."""
    order: tuple[Part, ...]
    """The components that decide, in order."""
    shift: int
    """Below it are the components that follow one that does not add up."""
    total: bool
    """Whether all that decides adds up."""

    def read(self, packed: int, part: Part) -> int:
        """Return one component of a sum."""
        shift, mask = self.fields[part]
        return (packed >> shift) & mask

    def leading(self) -> list[int]:
        """Return weights of the leading components only."""
        return [weight >> self.shift for weight in self.packed]


def exact_times(problem: Problem) -> bool:
    """Tell whether every time is recorded exactly or not at all."""
    return _exact(problem.time_unknown, problem.low, problem.high)


def _exact(unknown: Sequence[bool], low: Sequence[int], high: Sequence[int | None]) -> bool:
    return False not in [flag or least == most for flag, least, most in zip(unknown, low, high, strict=True)]


def pack(problem: Problem, names: list[str] | None, ranking: Ranking, *, fixed_time: bool) -> Weights:
    """Return the weights of a problem; with ``fixed_time``, time is the same for all plans to be compared.

    Without ``names``, plans are not told apart by IRI.
    """
    items = [v for v, is_item in enumerate(problem.item) if is_item]
    columns: dict[Part, list[int]] = {
        "time_unknown": list(map(int, problem.time_unknown)),
        "cost": problem.cost_low,
        "cost_unknown": list(map(int, problem.cost_unknown)),
        "steps": list(map(int, problem.item)),
    }
    decided: set[Part] = {"time"} if fixed_time else set()
    if exact_times(problem):
        decided.add("time_high")
    if _exact(problem.cost_unknown, problem.cost_low, problem.cost_high):
        decided.add("cost_high")
    elif all(problem.cost_high[v] is not None for v in items):
        columns["cost_high"] = [high or 0 for high in problem.cost_high]
    columns["tail"] = columns["steps"] if names is None else _tail(problem, names, items)
    order = tuple(part for part in _ORDER[ranking] if part not in decided)
    packed = [0] * len(problem.item)
    fields: dict[Part, tuple[int, int]] = {}
    shift = 0
    below = 0
    for part in reversed(order):
        if part not in columns:
            below = shift
            continue
        column = columns[part]
        total = sum([column[v] for v in items])
        width = max(1, total.bit_length())
        fields[part] = (shift, (1 << width) - 1)
        if total:
            for v in items:
                packed[v] |= column[v] << shift
        shift += width
    if order[0] not in columns:
        # Nothing that adds up leads: sums decide nothing by themselves.
        below = shift
    return Weights(packed, fields, order, below, all(part in columns for part in order))


def _tail(problem: Problem, names: list[str], items: list[int]) -> list[int]:
    """Return weights that compare plans by steps, then by IRIs.

    Of two sets of equal size, the one with the smallest item of their difference comes first by IRI: the
    order of binary numbers with the first IRI in the highest bit, which adds up as well.
    """
    size = len(items)
    tail = [int(flag) for flag in problem.item]
    if size <= EXACT_TIES:
        for rank, v in enumerate(sorted(items, key=lambda v: names[problem.origin[v]])):
            tail[v] = (1 << size) - (1 << (size - 1 - rank))
    return tail
