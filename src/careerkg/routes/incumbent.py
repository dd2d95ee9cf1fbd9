"""The best plan of a search so far, and how sets of items that reach the goal become plans."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from math import inf

from careerkg.routes.landmarks import Landmarks, Times
from careerkg.routes.problem import Problem
from careerkg.routes.reduce import prices
from careerkg.routes.weights import Part, Ranking, Weights, order_of

__all__ = ["Incumbent", "Key", "Outcome"]

Key = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The best set of items found (None: there is none), its key, and what is proven of the optimum."""

    items: frozenset[int] | None
    """As nodes of the graph."""
    key: Key
    """Without the last component, steps and IRIs."""
    time: int
    cost: int
    bound: float
    """No plan has a smaller first component."""
    proven: bool
    """Whether the items are optimal in every component."""


class Incumbent:
    """The best plan that was found within limits of time and cost, of a problem that may shrink meanwhile."""

    def __init__(self, ranking: Ranking, limit: int | None, budget: int | None) -> None:
        self.ranking, self.limit, self.budget = ranking, limit, budget
        self.items: frozenset[int] | None = None
        """As nodes of the graph."""
        self.key: Key = ()
        self.packed = 0
        self.time = self.cost = 0
        self._offers = 0

    def enter(self, problem: Problem, weights: Weights, marks: Landmarks) -> None:
        """Go on with a problem, given its weights and what its items reach."""
        self.problem, self.weights, self.marks = problem, weights, marks
        if self.items is not None:
            self.packed = self._weight()

    def _weight(self) -> int:
        """Return the weight of the best plan; items that the problem has lost weigh as they did."""
        mine = self.inside()
        if mine is not None:
            return sum(self.weights.packed[v] for v in mine)
        # The problem cannot contain this plan any more; what is compared is what leads.
        packed = 0
        for part, value in zip(order_of(self.ranking), self.key, strict=False):
            if part in self.weights.fields:
                shift, mask = self.weights.fields[part]
                packed |= min(int(value), mask) << shift
        return packed | (1 << self.weights.fields["tail"][0]) - 1 | self.weights.fields["tail"][1]

    def key_of(self, chosen: Iterable[int], times: Times) -> Key | None:
        """Return the key of a set of items that reaches the goal, or None if it breaks the limits."""
        p = self.problem
        chosen = list(chosen)
        time = times[0]
        cost = sum(p.cost_low[v] for v in chosen)
        if (self.limit is not None and time > self.limit) or (self.budget is not None and cost > self.budget):
            return None
        parts: dict[Part, float] = {
            "time": time,
            "time_unknown": sum(p.time_unknown[v] for v in chosen),
            "time_high": self._time_high(chosen),
            "cost": cost,
            "cost_unknown": sum(p.cost_unknown[v] for v in chosen),
            "cost_high": self.cost_high(chosen),
            "steps": len(chosen),
        }
        return tuple(parts[part] for part in order_of(self.ranking) if part != "tail")

    def cost_high(self, chosen: Iterable[int]) -> float:
        """Return the most that some items cost, infinite where nobody says."""
        highs = [self.problem.cost_high[v] for v in chosen]
        return inf if None in highs else sum(high for high in highs if high is not None)

    def _time_high(self, chosen: Iterable[int]) -> float:
        p = self.problem
        if any(p.high[v] is None for v in chosen):
            return inf
        return self.marks.clock(set(chosen), [high or 0 for high in p.high])[0]

    def _used(self, times: Times) -> set[int]:
        """Return items, of a set whose times are given, that reach the goal as early as all of it does."""
        p = self.problem
        place = {v: number for number, v in enumerate(times)}
        used = {0}
        stack = [0]
        while stack:
            v = stack.pop()
            count, before = p.need[v], place[v]
            some = [kid for kid in p.kids[v] if place.get(kid, before) < before]
            if count < len(some):
                some.sort(key=place.__getitem__)
                some = some[:count]
            for kid in some:
                if kid not in used:
                    used.add(kid)
                    stack.append(kid)
        return {v for v in used if p.item[v]}

    def offer(self, chosen: set[int]) -> None:
        """Make a plan of items that reach the goal, and keep it if it is the best so far."""
        low = self.problem.low
        times = self.marks.clock(chosen, low)
        rest = self._used(times)
        limit = inf if self.limit is None else self.limit
        # Trying each item in turn is dear: only for what could become the best.
        weight = sum(self.weights.packed[v] for v in rest) >> self.weights.shift
        self._offers += 1
        near = 8 if self._offers < 30 else 32
        near = self.items is None or weight * (near - 1) <= (self.packed >> self.weights.shift) * near
        if len(rest) <= 200 and near:
            needed = self.marks.needed(rest, times)
            for v in sorted(rest, key=lambda v: (-self.weights.packed[v], v)):
                if v in rest and not needed(v):
                    fewer = rest - {v}
                    less = self.marks.clock(fewer, low)
                    if 0 in less and less[0] <= limit:
                        rest = self._used(less)
                        needed = self.marks.needed(rest, less)
        self.keep(rest)

    def keep(self, chosen: Iterable[int]) -> None:
        """Keep a set of items if it is the best so far."""
        items = frozenset(chosen)
        times = self.marks.clock(items, self.problem.low)
        key = self.key_of(items, times)
        if key is None:
            return
        packed = sum(self.weights.packed[v] for v in items)
        if self.items is not None:
            if key > self.key:
                return
            if key == self.key and (
                self.weights.read(packed, "tail") >= self.weights.read(self.packed, "tail")
            ):
                return
        self.items = frozenset(self.problem.origin[v] for v in items)
        self.key, self.packed = key, packed
        self.time, self.cost = times[0], sum(self.problem.cost_low[v] for v in items)

    def improve(self, rounds: int = 8, patience: int = 3) -> None:
        """Look for a better plan: buy everything at the lowest price, again and again, where what has several
        uses in the last plan has its price divided among them.

        (Slope scaling, as for networks with fixed costs. Only a try: nothing is proven by it.)
        """
        start = self.inside()
        if start is None:
            return
        p = self.problem
        weight = [value << 6 for value in self.weights.leading()]
        used: Set[int] = self.marks.clock(start, p.low).keys()
        idle = 0
        for _ in range(rounds):
            uses: dict[int, int] = {}
            for v in used:
                for kid in p.kids[v]:
                    if kid in used:
                        uses[kid] = uses.get(kid, 0) + 1
            shared = weight.copy()
            for v, count in uses.items():
                shared[v] //= count
            rank = prices(p, shared)[2]
            used = self._bought(rank)
            before = self.packed
            self.offer({v for v in used if p.item[v]})
            idle = 0 if self.packed < before else idle + 1
            if idle == patience:
                return

    def _bought(self, rank: dict[int, int]) -> set[int]:
        """Return the nodes that are used if every node rests on what comes first in a ranking."""
        p = self.problem
        used = {0}
        stack = [0]
        while stack:
            v = stack.pop()
            place = rank[v]
            some = [kid for kid in p.kids[v] if rank[kid] < place]
            if len(some) > p.need[v]:
                some = sorted(some, key=rank.__getitem__)[: p.need[v]]
            for kid in some:
                if kid not in used:
                    used.add(kid)
                    stack.append(kid)
        return used

    def inside(self) -> frozenset[int] | None:
        """Return the best plan in numbers of the problem, None if there is none or it is not part of it."""
        if self.items is None:
            return None
        numbers = {node: v for v, node in enumerate(self.problem.origin)}
        if not all(node in numbers for node in self.items):
            return None
        return frozenset(numbers[node] for node in self.items)

    def value(self, part: Part) -> float:
        """Return a component of the key of the best plan, infinite without one; the tail is its steps."""
        if self.items is None:
            return inf
        if part == "tail":
            return float(len(self.items))
        return self.key[order_of(self.ranking).index(part)]

    def outcome(self, bound: float, *, proven: bool) -> Outcome:
        """Return the best plan with what is proven of it; nothing is better in the first component."""
        if self.items is None:
            return Outcome(None, (), 0, 0, bound, proven)
        return Outcome(self.items, self.key, self.time, self.cost, min(bound, self.key[0]), proven)
