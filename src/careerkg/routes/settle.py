"""What a search leaves open is settled by an integer program, one component of the key after the other.

The components that add up are minimized, as many at once as numbers can hold; each optimum is then a row of
the next program. A time that stands between them is settled by asking for plans that are faster, until there
are none. Upper ends of times are left to the search.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd, inf
from time import monotonic

from careerkg.routes.incumbent import Outcome
from careerkg.routes.program import Bounds, Optimum, least
from careerkg.routes.search import Search
from careerkg.routes.weights import Part, order_of

__all__ = ["settle"]

HOLDS = 1 << 30
"""Components are minimized together as long as their sums stay below it, for the sake of precision."""

TIE_SECONDS = 30.0
"""So long ties are settled, at most: the objective itself is proven by then."""

BATCH = 20
"""So many items are told apart by IRI in one program."""

SHOWN_LANDMARKS = 300
"""How many of the landmarks that a search has met, the smallest, are rows of its programs."""


class _Open(Exception):
    """The clock stopped a program, or a component cannot be settled by programs."""

    def __init__(self, bound: float = 0.0) -> None:
        super().__init__()
        self.bound = bound


class _Nothing(Exception):
    """What is left of the problem has no plan that is better than the best one known."""


def settle(search: Search, outcome: Outcome, until: float | None) -> Outcome:
    """Return the best plan of a search that ended without proof, with what is proven of it now."""
    try:
        _Settling(search, until).run()
    except _Open as stop:
        return search.best.outcome(max(stop.bound, outcome.bound), proven=False)
    except _Nothing:
        pass
    return search.best.outcome(inf, proven=True)


class _Settling:
    """The programs of one search."""

    def __init__(self, search: Search, until: float | None) -> None:
        self.search, self.until = search, until
        self.ties_until: float | None = None
        """When the clock stops what only settles ties."""
        self.problem = search.problem
        self.rows = search.landmarks(SHOWN_LANDMARKS)
        self.limit = search.limit
        budget = search.budget
        self.sums: list[tuple[Sequence[int], int]] = (
            [] if budget is None else [(self.problem.cost_low, budget)]
        )

    def least(
        self, weight: Sequence[int], limit: int | None, others: Sequence[frozenset[int]] = ()
    ) -> Optimum:
        """Solve one program, and offer what it finds to the search."""
        known = self.search.best.inside() if limit == self.limit and not others else None
        if known is not None and any(sum(w[v] for v in known) > most for w, most in self.sums):
            known = None
        found = least(
            self.problem,
            self.search.marks,
            weight,
            Bounds(limit, tuple(self.sums), tuple(others)),
            rows=self.rows,
            known=known,
            until=min((end for end in (self.until, self.ties_until) if end is not None), default=None),
        )
        if found.items is not None:
            self.search.best.offer(set(found.items))
        elif found.bound == inf:
            raise _Nothing
        return found

    def run(self) -> None:
        """Settle all components. Raises _Open or _Nothing."""
        parts = list(self.search.weights.order)
        # Where the first component is decided before the search, its bound is no matter any more.
        leading = parts[0] == order_of(self.search.ranking)[0]
        if (
            self.search.best.items is None
            and self.least([0] * len(self.problem.need), self.limit).items is None
        ):
            raise _Open
        while parts:
            if not leading and self.ties_until is None:
                self.ties_until = monotonic() + TIE_SECONDS
            if parts[0] == "time":
                self._time()
                leading = False
                parts.pop(0)
                continue
            if parts[0] == "cost_high" and parts[0] not in self.search.weights.fields:
                self._open_costs()
                parts.pop(0)
                continue
            group, weight, (over, times) = self._group(parts)
            if not group:
                raise _Open(inf if not leading else 0.0)
            found = self.least(weight, self.limit)
            total = sum(weight[v] for v in found.items) if found.items is not None else inf
            if found.bound < total:
                raise _Open(inf if not leading else found.bound // over * times)
            if tuple(self.search.best.value(part) for part in group) < self._values(found, group):
                raise _Nothing
            for part in group:
                self.sums.append((self._column(part), int(self.search.best.value(part))))
            leading = False
            del parts[: len(group)]
            if group[-1] == "tail":
                break
        self.ties_until = self.ties_until or monotonic() + TIE_SECONDS
        self._names()

    def _column(self, part: Part) -> Sequence[int]:
        if part == "tail":
            return [int(flag) for flag in self.problem.item]
        shift, mask = self.search.weights.fields[part]
        return [(packed >> shift) & mask for packed in self.search.packed]

    def _group(self, parts: list[Part]) -> tuple[list[Part], list[int], tuple[int, int]]:
        """Return the next components that can be minimized at once, and weights that compare like them.

        The last value tells how to read the first component of a sum: divided by the one, times the other.
        """
        group: list[Part] = []
        weight: list[int] = []
        over, times = 1, 1
        for part in parts:
            if part != "tail" and part not in self.search.weights.fields:
                break
            column = self._column(part)
            scale = gcd(*column) or 1
            column = [value // scale for value in column]
            room = sum(column) + 1
            if group and sum(weight) * room > HOLDS:
                break
            if not group:
                weight, times = column, scale
            else:
                weight = [high * room + low for high, low in zip(weight, column, strict=True)]
                over *= room
            group.append(part)
        return group, weight, (over, times)

    def _values(self, found: Optimum, group: list[Part]) -> tuple[float, ...]:
        assert found.items is not None
        return tuple(float(sum([self._column(part)[v] for v in found.items])) for part in group)

    def _time(self) -> None:
        """Settle the time of the plans that are equal in all that comes before."""
        nothing = [0] * len(self.problem.need)
        while self.problem.soonest[0] < self.search.best.time:
            try:
                found = self.least(nothing, self.search.best.time - 1)
            except _Nothing:
                break
            if found.items is None:
                raise _Open(inf)
        self.limit = self.search.best.time

    def _open_costs(self) -> None:
        """Settle the upper ends of costs where some are open: one of them makes the sum open."""
        highs = self.problem.cost_high
        is_open = [int(flag and high is None) for flag, high in zip(self.problem.item, highs, strict=True)]
        before = list(self.sums)
        self.sums.append((is_open, 0))
        try:
            found = self.least([high or 0 for high in highs], self.limit)
        except _Nothing:
            # No plan without an open end: they are all equal in this.
            self.sums = before
            return
        if found.items is None or found.bound < sum(highs[v] or 0 for v in found.items):
            raise _Open(inf)
        self.sums.append(([high or 0 for high in highs], int(self.search.best.value("cost_high"))))

    def _names(self) -> None:
        """Settle ties by IRI: of plans that are equal in all numbers, the first in the order of IRIs.

        Items are decided from the first IRI on, so many at once as powers of two can tell apart.
        """
        size = len(self.problem.need)
        mine = self.search.best.inside()
        if mine is not None and self.least([0] * size, self.limit, [mine]).items is None:
            raise _Open(inf)
        names, origin = self.search.names, self.problem.origin
        items = [v for v, is_item in enumerate(self.problem.item) if is_item]
        items.sort(key=lambda v: names[origin[v]])
        decided = 0
        for start in range(0, len(items), BATCH):
            batch = items[start : start + BATCH]
            weight = [int(is_item) << BATCH for is_item in self.problem.item]
            for place, v in enumerate(batch):
                weight[v] -= 1 << (BATCH - 1 - place)
            found = self.least(weight, self.limit)
            if found.items is None:
                raise _Open(inf)
            total = sum(weight[v] for v in found.items)
            if found.bound < total:
                raise _Open(inf)
            self.sums.append((weight, total))
            decided += len(found.items.intersection(batch))
            if decided == len(found.items):
                return
