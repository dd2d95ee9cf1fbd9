"""The exact core: branch and bound over sets of items, with landmarks.

A *landmark* is a set of items of which every plan has one. Given the items chosen so far, what they reach is
known; walking back from the goal through what is not reached, at each node into just enough children that it
cannot be reached without one of them, ends at items not chosen: these are a landmark, in the presence of
cycles and thresholds, too. (Were the first node of the walk to be reached by a plan without any of them, too
few of its children would have been reached before it.) With a latest time for the goal, the walk carries
latest times along and the landmark holds for all plans that are fast enough.

Bounds: the cheapest item of a landmark is paid for, its price is taken off all of its items (the cost
partitioning of LM-cut), and items that are free by then are added until the goal is reached. What is then
chosen contains a plan: each bound brings its own upper bound. The search branches on the items of the first
landmark. Lexicographic keys: all that adds up is packed into one integer per item; the longest paths, for
times, are compared only when all before them is equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf
from time import monotonic
from typing import Literal

from careerkg.routes.problem import Objective, Problem

__all__ = ["Key", "Outcome", "Ranking", "Search"]

Key = tuple[float, ...]

EXACT_TIES = 4096
"""Up to so many items, plans that are equal in all numbers are told apart by IRI exactly."""

Ranking = Objective | Literal["front"]
"""What comes first in a key; "front" compares cost, then time, and unknown parts only after both."""

_ORDER: dict[Ranking, tuple[str, ...]] = {
    "time": ("time", "time_unknown", "time_high", "cost", "cost_unknown", "cost_high", "tail"),
    "cost": ("cost", "cost_unknown", "cost_high", "time", "time_unknown", "time_high", "tail"),
    "steps": ("steps", "time", "time_unknown", "time_high", "cost", "cost_unknown", "cost_high", "tail"),
    "front": ("cost", "time", "cost_unknown", "cost_high", "time_unknown", "time_high", "tail"),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The best set of items found (None: there is none), its key, and what is proven of the optimum."""

    items: frozenset[int] | None
    key: Key
    bound: float
    """No plan has a smaller first component."""
    proven: bool
    """Whether the items are optimal in every component."""


class Search:
    """The best plan of a problem; ``run`` may be called once."""

    def __init__(
        self,
        problem: Problem,
        names: list[str],
        objective: Ranking,
        *,
        limit: int | None = None,
        budget: int | None = None,
        until: float | None = None,
        enough: bool = False,
    ) -> None:
        self.problem, self.objective = problem, objective
        self.limit, self.budget, self.until, self.enough = limit, budget, until, enough
        self.best: frozenset[int] | None = None
        self.best_key: Key = ()
        self.sources = [v for v, need in enumerate(problem.need) if need == 0]
        self._order = _ORDER[objective]
        self._pack(names)
        self._kids = self._by_price()
        self._soonest_high: list[float] | None = None

    # ---- keys ----

    def _pack(self, names: list[str]) -> None:
        """Pack what adds up into one integer per item, the first component in the highest bits."""
        p = self.problem
        items = [v for v, is_item in enumerate(p.item) if is_item]
        finite = all(p.cost_high[v] is not None for v in items)
        columns: dict[str, list[int]] = {
            "time_unknown": [int(flag) for flag in p.time_unknown],
            "cost": p.cost_low,
            "cost_unknown": [int(flag) for flag in p.cost_unknown],
            "steps": [int(flag) for flag in p.item],
        }
        if finite:
            columns["cost_high"] = [high or 0 for high in p.cost_high]
        # Of two sets of equal size, the one with the smallest item of their difference comes first by IRI:
        # the order of binary numbers with the first IRI in the highest bit, which adds up as well.
        tail = [0] * len(p.item)
        if len(items) <= EXACT_TIES:
            size = len(items)
            for rank, v in enumerate(sorted(items, key=lambda v: names[p.origin[v]])):
                tail[v] = (1 << size) - (1 << (size - 1 - rank))
        else:
            tail = columns["steps"]
        columns["tail"] = tail
        self._columns = columns
        self.weight = [0] * len(p.item)
        self._fields: dict[str, tuple[int, int]] = {}
        shift = 0
        for name in reversed([name for name in self._order if name in columns]):
            column = columns[name]
            width = max(1, sum(column[v] for v in items).bit_length())
            self._fields[name] = (shift, (1 << width) - 1)
            for v in items:
                self.weight[v] |= column[v] << shift
            shift += width

    def _field(self, packed: int, name: str) -> int:
        shift, mask = self._fields[name]
        return (packed >> shift) & mask

    def key(self, chosen: frozenset[int] | set[int]) -> Key | None:
        """Return the key of a set of items, or None if it does not reach the goal within the limits."""
        p = self.problem
        times = self.clock(chosen, p.low)
        time = times.get(0)
        if time is None or (self.limit is not None and time > self.limit):
            return None
        cost = sum(p.cost_low[v] for v in chosen)
        if self.budget is not None and cost > self.budget:
            return None
        packed = sum(self.weight[v] for v in chosen)
        parts: list[float] = []
        for name in self._order:
            if name == "time":
                parts.append(time)
            elif name == "time_high":
                parts.append(self._time_high(chosen))
            elif name == "cost_high" and name not in self._fields:
                parts.append(self._cost_high(chosen))
            else:
                parts.append(self._field(packed, name))
        return tuple(parts)

    def _cost_high(self, chosen: Iterable[int]) -> float:
        highs = [self.problem.cost_high[v] for v in chosen]
        return inf if None in highs else sum(high for high in highs if high is not None)

    def _time_high(self, chosen: frozenset[int] | set[int]) -> float:
        p = self.problem
        if any(p.high[v] is None for v in chosen):
            return inf
        return self.clock(chosen, [high or 0 for high in p.high])[0]

    # ---- what is reached ----

    def clock(self, chosen: frozenset[int] | set[int], durations: list[int]) -> dict[int, int]:
        """Return the earliest time of all that a set of items reaches, in the order reached."""
        p = self.problem
        item, parents = p.item, p.parents
        left: dict[int, int] = {}
        heap = [(durations[v], v) for v in self.sources if v in chosen]
        heap.sort()
        reached: dict[int, int] = {}
        while heap:
            when, v = heappop(heap)
            if v in reached:
                continue
            reached[v] = when
            for parent in parents[v]:
                rest = left.get(parent, p.need[parent]) - 1
                left[parent] = rest
                if rest == 0:
                    if not item[parent]:
                        heappush(heap, (when, parent))
                    elif parent in chosen:
                        heappush(heap, (when + durations[parent], parent))
        return reached

    def fastest(self, excluded: frozenset[int], durations: list[int | None]) -> float:
        """Return the earliest time of the goal without some items; inf if there is none."""
        allowed = {
            v
            for v, is_item in enumerate(self.problem.item)
            if is_item and v not in excluded and durations[v] is not None
        }
        return self.clock(allowed, [duration or 0 for duration in durations]).get(0, inf)

    def _by_price(self) -> list[list[int]]:
        """Return the children of each node, the dearest first: walks go where landmarks are dear."""
        p, weight = self.problem, self.weight
        price: dict[int, int] = {}
        left = list(p.need)
        total = [0] * len(left)
        heap = [(weight[v], v) for v in self.sources]
        heap.sort()
        while heap:
            paid, v = heappop(heap)
            if v in price:
                continue
            price[v] = paid
            for parent in p.parents[v]:
                left[parent] -= 1
                total[parent] += paid
                if left[parent] == 0:
                    heappush(heap, (total[parent] + weight[parent], parent))
        self.price = price
        return [
            kids if len(kids) < 2 else sorted(kids, key=lambda kid: (-price[kid], kid)) for kids in p.kids
        ]

    # ---- landmarks ----

    def _walk(
        self, left: list[int], reached: bytearray, chosen: set[int], excluded: frozenset[int]
    ) -> list[int]:
        """Return the items, not excluded, of a landmark: empty if the goal cannot be reached."""
        item, kids = self.problem.item, self._kids
        landmark: list[int] = []
        seen = {0}
        stack = [0]
        while stack:
            v = stack.pop()
            if item[v] and v not in chosen:
                if v not in excluded:
                    landmark.append(v)
                continue
            rest = [kid for kid in kids[v] if not reached[kid]]
            take = len(rest) - left[v] + 1
            if take < len(rest):
                # Into excluded and visited ones first: they cost the landmark nothing.
                known = [kid for kid in rest if kid in seen or kid in excluded]
                if len(known) >= take:
                    rest = known[:take]
                else:
                    others = [kid for kid in rest if kid not in seen and kid not in excluded]
                    rest = known + others[: take - len(known)]
            for kid in rest:
                if kid not in seen:
                    seen.add(kid)
                    stack.append(kid)
        return landmark

    def _walk_by(
        self,
        latest: float,
        times: dict[int, int],
        chosen: set[int] | frozenset[int],
        excluded: frozenset[int],
        durations: list[int | None],
        soonest: list[int] | list[float],
    ) -> list[int]:
        """Return the items of a landmark of all plans that reach the goal at the latest by a time."""
        p = self.problem
        item, kids, need = p.item, self._kids, p.need
        landmark: list[int] = []
        if soonest[0] > latest:
            return landmark
        done: set[int] = set()
        best: dict[int, float] = {0: latest}
        heap: list[tuple[float, int]] = [(-latest, 0)]
        while heap:
            negative, v = heappop(heap)
            if v in done:
                continue
            done.add(v)
            by = -negative
            if item[v]:
                if v not in chosen:
                    landmark.append(v)
                    continue
                duration = durations[v]
                assert duration is not None
                by -= duration
            met = 0
            dead = 0
            rest = []
            for kid in kids[v]:
                if times.get(kid, inf) <= by:
                    met += 1
                elif soonest[kid] > by or (item[kid] and (kid in excluded or durations[kid] is None)):
                    # No plan of this branch has it in time.
                    dead += 1
                else:
                    rest.append(kid)
            take = len(rest) + dead - (need[v] - met) + 1 - dead
            if take <= 0:
                continue
            if take < len(rest):
                rest.sort(key=lambda kid: best.get(kid, -inf) < by)
                rest = rest[:take]
            for kid in rest:
                if best.get(kid, -inf) < by:
                    best[kid] = by
                    heappush(heap, (-by, kid))
        return landmark

    # ---- bounds ----

    def _relax(self, chosen: set[int], excluded: frozenset[int]) -> tuple[int, set[int], list[int]] | None:
        """Return a lower bound of all that adds up, items that reach the goal, and a landmark to branch on.

        Items without which nothing goes are added to ``chosen``. The landmark is empty if the chosen items
        reach the goal by themselves. Returns None if no plan contains the chosen items and no excluded one.
        """
        weight = self.weight
        bound = sum(weight[v] for v in chosen)
        paid = set(chosen)
        residual: dict[int, int] = {}
        branch: list[int] = []
        walk = self._stepwise(paid, excluded) if self.limit is None else self._timed(paid, excluded)
        while True:
            landmark = walk()
            if landmark is None:
                return bound, paid, branch
            if not landmark:
                return None
            if len(landmark) == 1 and not branch:
                # Still nothing but what must be: this one must be, too.
                only = landmark[0]
                chosen.add(only)
                bound += weight[only]
                paid.add(only)
                continue
            if not branch:
                branch = landmark
            least = min(residual.get(v, weight[v]) for v in landmark)
            bound += least
            for v in landmark:
                rest = residual.get(v, weight[v]) - least
                residual[v] = rest
                if rest == 0:
                    paid.add(v)
            if self.best is not None and self._surpassed(bound):
                return bound, paid, branch

    def _stepwise(self, paid: set[int], excluded: frozenset[int]) -> Callable[[], list[int] | None]:
        """Return a function that gives the next landmark of the items paid, None once they reach the goal."""
        p = self.problem
        left = list(p.need)
        reached = bytearray(len(left))
        known: set[int] = set()
        item, parents = p.item, p.parents

        def step() -> list[int] | None:
            queue = [v for v in paid if v not in known and left[v] == 0]
            known.update(paid)
            for v in queue:
                reached[v] = 1
            for v in queue:
                for parent in parents[v]:
                    left[parent] -= 1
                    if left[parent] == 0 and not reached[parent] and (not item[parent] or parent in paid):
                        reached[parent] = 1
                        queue.append(parent)
            if reached[0]:
                return None
            return self._walk(left, reached, paid, excluded)

        return step

    def _timed(self, paid: set[int], excluded: frozenset[int]) -> Callable[[], list[int] | None]:
        """Return the same for plans that keep the time limit."""
        p = self.problem
        limit = self.limit
        assert limit is not None
        durations: list[int | None] = list(p.low)

        def step() -> list[int] | None:
            times = self.clock(paid, p.low)
            if times.get(0, inf) <= limit:
                return None
            return self._walk_by(limit, times, paid, excluded, durations, p.soonest)

        return step

    def _surpassed(self, bound: int) -> bool:
        """Tell whether the leading components that add up are already worse than the best plan's."""
        for name, value in zip(self._order, self.best_key, strict=True):
            if name == "time" and self.limit is not None and value == self.limit and self.objective == "time":
                continue
            if name not in self._fields:
                return False
            mine = self._field(bound, name)
            if mine != value:
                return mine > value
        return True

    def _beaten(self, bound: int, chosen: set[int], excluded: frozenset[int]) -> bool:
        """Tell whether no plan with the chosen and without the excluded items is better than the best."""
        p = self.problem
        if self.budget is not None and sum(p.cost_low[v] for v in chosen) > self.budget:
            return True
        if self.best is None:
            return False
        for name, value in zip(self._order, self.best_key, strict=True):
            mine: float
            if name in self._fields:
                mine = self._field(bound, name)
            elif name == "time":
                mine = p.soonest[0]
                if mine < value:
                    mine = self.fastest(excluded, list(p.low))
            elif name == "time_high":
                # An unknown part has no upper end; all before being equal, the bound on unknowns holds.
                open_end = self._field(bound, "time_unknown") or any(p.high[v] is None for v in chosen)
                mine = inf if open_end else self.fastest(excluded, p.high)
            else:
                mine = self._cost_high(chosen)
                if self._field(bound, "cost_unknown"):
                    mine = inf
            if mine != value:
                return mine > value
        return True

    # ---- upper bounds ----

    def _used(self, chosen: set[int]) -> set[int]:
        """Return items of a set that reach the goal as early as all of it does."""
        p = self.problem
        order = self.clock(chosen, p.low)
        place = {v: number for number, v in enumerate(order)}
        used = {0}
        stack = [0]
        while stack:
            v = stack.pop()
            some = sorted((kid for kid in p.kids[v] if kid in place), key=place.__getitem__)
            for kid in [kid for kid in some if place[kid] < place[v]][: p.need[v]]:
                if kid not in used:
                    used.add(kid)
                    stack.append(kid)
        return {v for v in used if p.item[v]}

    def _offer(self, chosen: set[int]) -> None:
        """Make a plan of items that reach the goal, and keep it if it is the best so far."""
        rest = self._used(chosen)
        limit = inf if self.limit is None else self.limit
        low = self.problem.low
        if len(rest) <= 200:
            for v in sorted(rest, key=lambda v: (-self.weight[v], v)):
                if v in rest and v != 0:
                    fewer = rest - {v}
                    time = self.clock(fewer, low).get(0)
                    if time is not None and time <= limit:
                        rest = self._used(fewer)
        self._keep(frozenset(rest))

    def _keep(self, chosen: frozenset[int]) -> None:
        key = self.key(chosen)
        if key is not None and (self.best is None or key < self.best_key):
            self.best, self.best_key = chosen, key

    # ---- search ----

    def run(self) -> Outcome:
        """Return the best plan, with proof unless the deadline came first."""
        p = self.problem
        if self.limit is not None and p.soonest[0] > self.limit:
            return Outcome(None, (), inf, True)
        stack: list[tuple[frozenset[int], frozenset[int], int]] = [(frozenset(), frozenset(), 0)]
        rounds = 0
        while stack:
            if self.enough and self.best is not None:
                break
            rounds += 1
            if self.until is not None and rounds > 1 and monotonic() > self.until:
                break
            some, excluded, least = stack.pop()
            if self._surpassed(least) if self.best is not None else False:
                continue
            chosen = set(some)
            relaxed = self._relax(chosen, excluded)
            if relaxed is None:
                continue
            bound, paid, branch = relaxed
            if self.best is not None and self._surpassed(bound):
                continue
            if (
                self.budget is not None
                and self._order[0] == "cost"
                and self._field(bound, "cost") > self.budget
            ):
                continue
            self._offer(paid)
            if not branch:
                self._keep(frozenset(chosen))
            if self._beaten(bound, chosen, excluded):
                continue
            if not branch:
                branch = self._sooner(chosen, excluded)
            fixed = frozenset(chosen)
            weight, best = self.weight, self.best or frozenset()
            branch.sort(key=lambda v: (v not in best, weight[v], v))
            stack.extend(
                (fixed | {v}, excluded | frozenset(branch[:place]), bound)
                for place, v in reversed(list(enumerate(branch)))
            )
        if not stack:
            first = self.best_key[0] if self.best is not None else inf
            return Outcome(self.best, self.best_key, first, True)
        return self._stopped(stack)

    def _sooner(self, chosen: set[int], excluded: frozenset[int]) -> list[int]:
        """Return a landmark of all plans that contain the chosen items and are faster than these alone.

        The chosen items reach the goal: more items make a plan no better in any sum, but may in its times.
        """
        p = self.problem
        if self.objective == "steps":
            return []
        times = self.clock(chosen, p.low)
        low: list[int | None] = list(p.low)
        found = dict.fromkeys(self._walk_by(times[0] - 1, times, chosen, excluded, low, p.soonest))
        if not any(p.high[v] is None for v in chosen):
            if self._soonest_high is None:
                allowed = {v for v, flag in enumerate(p.item) if flag and p.high[v] is not None}
                all_times = self.clock(allowed, [high or 0 for high in p.high])
                self._soonest_high = [all_times.get(v, inf) for v in range(len(p.item))]
            high_times = self.clock(chosen, [high or 0 for high in p.high])
            found |= dict.fromkeys(
                self._walk_by(high_times[0] - 1, high_times, chosen, excluded, p.high, self._soonest_high)
            )
        return list(found)

    def _stopped(self, stack: list[tuple[frozenset[int], frozenset[int], int]]) -> Outcome:
        """Return what is known when the deadline came before the end."""
        name = self._order[0]
        if name in self._fields:
            bound: float = min(self._field(least, name) for _, _, least in stack)
        else:
            bound = self.problem.soonest[0]
        if self.best is not None:
            bound = min(bound, self.best_key[0])
        return Outcome(self.best, self.best_key, bound, False)
