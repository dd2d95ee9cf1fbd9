"""The exact core: branch and bound over sets of items, on landmarks.

Bounds: the cheapest item of a landmark is paid for, its price is taken off all of its items (the cost
partitioning of LM-cut), and items that are free by then are added until the goal is reached. What is then
chosen contains a plan: each bound brings its own upper bound. An item whose rest price would lift the bound
over the best plan is excluded from there on. The search branches on the items of the smallest landmark. Every
landmark holds for all plans, so it is kept and used again.
"""

from __future__ import annotations

from math import inf
from time import monotonic

from careerkg.routes.incumbent import Incumbent, Outcome
from careerkg.routes.landmarks import Landmark, Landmarks, pay
from careerkg.routes.problem import Problem, without
from careerkg.routes.reduce import always_within, prices, reduced, without_late
from careerkg.routes.weights import Ranking, exact_times, order_of, pack

__all__ = ["Search"]


class Search:
    """The best plan of a problem; ``run`` may be called once.

    ``limit`` and ``budget`` are the most time and cost, ``until`` when the clock stops the search,
    ``effort`` after how much work it stops (about so many microseconds, the same on every machine), and
    ``patience`` after how many rounds it does where only ties are left. With ``enough``, any plan will do.
    ``fixed_time`` promises that all plans within the limit that lead otherwise take the same time. Plans
    whose first component is above ``ceiling`` are of no interest: if none is below, any or none is found.
    """

    def __init__(
        self,
        problem: Problem,
        names: list[str],
        ranking: Ranking,
        *,
        limit: int | None = None,
        budget: int | None = None,
        until: float | None = None,
        enough: bool = False,
        patience: int | None = None,
        effort: int | None = None,
        fixed_time: bool = False,
        ceiling: int | None = None,
    ) -> None:
        self.names, self.ranking, self.patience, self.effort = names, ranking, patience, effort
        self.limit, self.budget, self.until, self.enough = limit, budget, until, enough
        self.fixed_time = (
            fixed_time or not any(problem.low) or (ranking == "time" and limit == problem.soonest[0])
        )
        self.ceiling = ceiling
        self.best = Incumbent(ranking, limit, budget)
        self.work = 0
        self._take(*self._smaller(problem))

    def _smaller(self, problem: Problem) -> tuple[Problem, list[int] | None]:
        """Return what is left of a problem without what no best plan uses, and prices if they are known."""
        weight: list[int] | None = None
        price: list[int] | None = None
        for _ in range(4):
            size = _size(problem)
            if self.limit is not None and exact_times(problem):
                # Otherwise what is too late by the lower ends may yet improve the upper end.
                less = without_late(problem, self.limit) or problem
                if less is not problem:
                    problem, weight, price = less, None, None
            if self.budget is None or self.ranking in ("cost", "front"):
                if weight is None:
                    weights = pack(problem, None, self.ranking, fixed_time=self.fixed_time)
                    if weights.total and any(
                        1 < n < len(k) for n, k in zip(problem.need, problem.kids, strict=True)
                    ):
                        # Of many equal ones a few are asked for: which these are, IRIs decide.
                        weights = pack(problem, self.names, self.ranking, fixed_time=self.fixed_time)
                    weight = weights.leading()
                problem, weight, price = reduced(problem, weight, timed=self.limit is not None)
            if self.limit is None or _size(problem)[1] * 10 > size[1] * 9:
                # Another round would hardly bring anything, or cost more than it brings.
                break
        return problem, price

    def _take(self, problem: Problem, price: list[int] | None) -> None:
        """Make a problem the one that is searched."""
        self.problem = problem
        self.weights = pack(problem, self.names, self.ranking, fixed_time=self.fixed_time)
        self.packed = self.weights.packed
        # Steps and IRIs settle ties only: bounds are first sought without them, in far fewer landmarks.
        self.low_bits = max(self.weights.shift, self.weights.fields["tail"][1].bit_length())
        self.coarse = [weight >> self.low_bits for weight in self.packed]
        self.timed = self.limit is not None and not always_within(problem, self.limit)
        if price is None:
            known = prices(problem, pack(problem, None, self.ranking, fixed_time=self.fixed_time).packed)[0]
            price = [known[v] for v in range(len(known))]
        self.marks = Landmarks(problem, price)
        self.clock = self.marks.clock
        self._soonest_high: list[float] | None = None
        self._rounds, self._improving = 0, 24
        self._pool: list[tuple[frozenset[int], int, int]] = []
        self.best.enter(problem, self.weights, self.marks)

    # ---- bounds ----

    def _relax(
        self, chosen: set[int], excluded: frozenset[int], weight: list[int], ceiling: int | None
    ) -> tuple[int, set[int], Landmark, list[int]] | None:
        """Return a bound of all that adds up, items that reach the goal, a landmark, and rest prices.

        Items without which nothing goes are added to ``chosen``. The landmark, to branch on, is the smallest
        that was met, and empty if the chosen items reach the goal by themselves. Returns None if no plan
        contains the chosen items and no excluded one; stops early with a bound above the ceiling.
        """
        while True:
            open_sets = self._open_landmarks(chosen, excluded)
            if open_sets is None:
                return None
            bound = sum(weight[v] for v in chosen)
            self.work += len(self._pool) + len(self.problem.need) // 4
            paid = set(chosen)
            residual = weight.copy()
            branch: Landmark = ([], 1)
            for known, count in open_sets:
                bound += pay(known, count, residual, paid)
            if open_sets:
                branch = (list(open_sets[0][0]), open_sets[0][1])
            if self.timed:
                assert self.limit is not None
                walk = self.marks.timed(paid, excluded, self.limit)
            else:
                walk = self.marks.stepwise(paid, excluded)
            forced = False
            while not forced and (ceiling is None or bound <= ceiling):
                found = walk()
                if found is None:
                    return bound, paid, branch, residual
                some, count = found
                self.work += 20 + 2 * len(some)
                least = min([self.coarse[v] for v in some], default=0)
                self._pool.append((frozenset(some), count, least))
                rest = [v for v in some if v not in excluded]
                if len(rest) < max(count, 1):
                    return None
                if len(rest) == count:
                    # All of these must be in every plan.
                    chosen.update(rest)
                    if branch[0]:
                        # What was paid for before may be met by them: from the start with more chosen.
                        forced = True
                        continue
                    bound += sum(weight[v] for v in rest)
                    paid.update(rest)
                    continue
                if not branch[0] or len(rest) - count < len(branch[0]) - branch[1]:
                    branch = rest, count
                bound += pay(rest, count, residual, paid)
            if not forced:
                return bound, paid, branch, residual

    def _open_landmarks(
        self, chosen: set[int], excluded: frozenset[int]
    ) -> list[tuple[frozenset[int], int]] | None:
        """Return the known landmarks that the chosen items do not hit, those with the least choice first.

        Items that must be are added to ``chosen``. Returns None if a landmark has too few items left.
        """
        sets = self._pool
        while True:
            found = []
            rest_of_pool = []
            must: set[int] = set()
            for place, entry in enumerate(sets):
                some, count, least = entry
                if not chosen.isdisjoint(some):
                    count -= len(chosen & some)
                    if count <= 0:
                        continue
                    some = some - chosen
                rest_of_pool.append(entry)
                rest = some if excluded.isdisjoint(some) else some - excluded
                if len(rest) <= count:
                    if len(rest) < count:
                        return None
                    must |= rest
                found.append((len(rest) - count, -least, place, rest, count))
            if not must:
                found.sort()
                return [(rest, count) for _, _, _, rest, count in found]
            chosen |= must
            sets = rest_of_pool

    def _surpassed(self, bound: int) -> bool:
        """Tell whether a bound on what leads is worse than the best plan, or no better if all adds up."""
        shift = self.weights.shift
        mine, best = bound >> shift, self.best.packed >> shift
        return mine > best or (self.weights.total and mine == best)

    def _beaten(self, bound: int, chosen: set[int], excluded: frozenset[int]) -> bool:
        """Tell whether no plan with the chosen and without the excluded items is better than the best."""
        p, weights = self.problem, self.weights
        if self.budget is not None and sum(p.cost_low[v] for v in chosen) > self.budget:
            return True
        if self.best.items is None:
            return False
        parts = dict(zip(order_of(self.ranking), self.best.key, strict=False))
        for part in weights.order:
            mine: float
            if part == "tail":
                if weights.read(bound, "tail") != weights.read(self.best.packed, "tail"):
                    return weights.read(bound, "tail") > weights.read(self.best.packed, "tail")
                continue
            value = parts[part]
            if part in weights.fields:
                mine = weights.read(bound, part)
            elif part == "time":
                mine = p.soonest[0]
                if mine < value:
                    mine = self.marks.fastest(excluded, list(p.low))
            elif part == "time_high":
                # An unknown part has no upper end; all before being equal, the bound on unknowns holds.
                open_end = weights.read(bound, "time_unknown") or any(p.high[v] is None for v in chosen)
                mine = inf if open_end else self.marks.fastest(excluded, p.high)
            else:
                mine = inf if weights.read(bound, "cost_unknown") else self.best.cost_high(chosen)
            if mine != value:
                return mine > value
        return True

    # ---- search ----

    def landmarks(self, count: int) -> list[tuple[frozenset[int], int]]:
        """Return so many of the landmarks that were met, those with the least choice."""
        found = dict.fromkeys((some, needed) for some, needed, _ in self._pool)
        return sorted(found, key=lambda mark: len(mark[0]) - mark[1])[:count]

    @property
    def tired(self) -> bool:
        """Whether the search has done as much work as it may."""
        return self.effort is not None and self.work > self.effort

    def run(self) -> Outcome:
        """Return the best plan, with proof unless the deadline came first."""
        if self.limit is not None and self.problem.soonest[0] > self.limit:
            return Outcome(None, (), 0, 0, inf, True)
        stack: list[tuple[frozenset[int], frozenset[int], int]] = [(frozenset(), frozenset(), 0)]
        rounds = 0
        while stack:
            if self.enough and self.best.items is not None:
                break
            rounds += 1
            if self.until is not None and rounds > 1 and monotonic() > self.until:
                return self._outcome(stack)
            if self.tired:
                return self._outcome(stack)
            if (
                self.patience is not None
                and rounds > self.patience
                and rounds % 16 == 0
                and self._tied(stack)
            ):
                return self._outcome(stack)
            some, excluded, least = stack.pop()
            if self.best.items is not None and self._surpassed(least):
                continue
            chosen = set(some)
            found = self._bounded(chosen, excluded)
            if found is None:
                continue
            bound, branch, excluded = found
            if not some and not stack and len(excluded) * 8 > sum(self.problem.item):
                # Still at the root: what is excluded is excluded for good.
                gone = self.marks.unreachable(excluded)
                if 0 in gone:
                    continue
                self._take(*self._smaller(without(self.problem, gone)))
                stack.append((frozenset(), frozenset(), 0))
                continue
            if self._beaten(bound, chosen, excluded):
                continue
            items, count = branch if branch[0] else (self._sooner(chosen, excluded), 1)
            items = [v for v in items if v not in excluded and v not in chosen]
            fixed = frozenset(chosen)
            weight = self.packed
            inside = self.best.items or frozenset()
            origin = self.problem.origin
            items.sort(key=lambda v: (origin[v] not in inside, weight[v], v))
            # The first item that a plan has comes early enough that the rest of its count can follow.
            stack.extend(
                (fixed | {v}, excluded | frozenset(items[:place]), bound)
                for place, v in reversed(list(enumerate(items[: len(items) - count + 1])))
            )
        return self._outcome([])

    def _bounded(
        self, chosen: set[int], excluded: frozenset[int]
    ) -> tuple[int, Landmark, frozenset[int]] | None:
        """Return a bound on all that adds up, a landmark, and what is excluded; None if there is nothing.

        Offers what the bounds pay for as plans. Ties with the best plan are looked into only where they are.
        """
        if excluded:
            excluded = self.marks.unreachable(excluded)
            if 0 in excluded or not chosen.isdisjoint(excluded):
                return None
        best = self._highest()
        relaxed = self._relax(chosen, excluded, self.coarse, best)
        if relaxed is None:
            return None
        bound, paid, branch, residual = relaxed
        if best is not None and bound > best:
            return None
        if self.budget is not None and self._over_budget(bound << self.low_bits):
            return None
        self.best.offer(paid)
        if not branch[0]:
            self.best.keep(chosen)
        best = self._highest()
        self._rounds += 1
        if self._rounds == self._improving and best is not None and not self.timed:
            # It is no easy problem: a better plan cuts off more.
            self._improving *= 4
            self.work += 8 * len(self.problem.need)
            self.best.improve()
            best = self._highest()
        if best is None:
            return bound << self.low_bits, branch, excluded
        excluded = self._fixed(bound, chosen, excluded, residual, best)
        if bound < best or self.best.items is None:
            return bound << self.low_bits, branch, excluded
        relaxed = self._relax(chosen, excluded, self.packed, self.best.packed | (1 << self.weights.shift) - 1)
        if relaxed is None or self._surpassed(relaxed[0]):
            return None
        bound, paid, branch, residual = relaxed
        self.best.offer(paid)
        if not branch[0]:
            self.best.keep(chosen)
        if self.weights.total:
            # Where everything that decides adds up, items that lift the bound to a tie are of no use either.
            excluded = self._fixed(bound, chosen, excluded, residual, self.best.packed - 1)
        return bound, branch, excluded

    def _highest(self) -> int | None:
        """Return the highest bound, without the lowest bits, at which there may be a plan of interest."""
        tops = [self.best.packed] if self.best.items is not None else []
        first = self.weights.order[0]
        if self.ceiling is not None and first in self.weights.fields:
            tops.append((self.ceiling + 1 << self.weights.fields[first][0]) - 1)
        return min(tops) >> self.low_bits if tops else None

    def _tied(self, stack: list[tuple[frozenset[int], frozenset[int], int]]) -> bool:
        """Tell whether nothing that is left to search can be better in what leads."""
        shift = self.weights.shift
        return self.best.items is not None and all(
            least >> shift >= self.best.packed >> shift for _, _, least in stack
        )

    def _over_budget(self, bound: int) -> bool:
        """Tell whether a bound on cost, where cost leads, is over the budget."""
        assert self.budget is not None
        return self.weights.order[0] == "cost" and self.weights.read(bound, "cost") > self.budget

    def _fixed(
        self,
        bound: int,
        chosen: set[int],
        excluded: frozenset[int],
        residual: list[int],
        ceiling: int,
    ) -> frozenset[int]:
        """Return the excluded items and those whose rest price lifts the bound above a ceiling."""
        room = ceiling - bound
        return excluded | {
            v
            for v, is_item in enumerate(self.problem.item)
            if is_item and v not in chosen and residual[v] > room
        }

    def _sooner(self, chosen: set[int], excluded: frozenset[int]) -> list[int]:
        """Return a landmark of all plans that contain the chosen items and are faster than these alone.

        The chosen items reach the goal: more items make a plan no better in any sum, but may in its times.
        """
        p = self.problem
        if self.ranking == "steps" or self.weights.total:
            return []
        times = self.clock(chosen, p.low)
        low: list[int | None] = list(p.low)
        found = dict.fromkeys(self.marks.walk_by(times[0] - 1, times, chosen, excluded, low, p.soonest)[0])
        if "time_high" in self.weights.order and not any(p.high[v] is None for v in chosen):
            if self._soonest_high is None:
                allowed = {v for v, flag in enumerate(p.item) if flag and p.high[v] is not None}
                all_times = self.clock(allowed, [high or 0 for high in p.high])
                self._soonest_high = [all_times.get(v, inf) for v in range(len(p.item))]
            high_times = self.clock(chosen, [high or 0 for high in p.high])
            walked = self.marks.walk_by(
                high_times[0] - 1, high_times, chosen, excluded, p.high, self._soonest_high
            )
            found |= dict.fromkeys(walked[0])
        return list(found)

    def _outcome(self, stack: list[tuple[frozenset[int], frozenset[int], int]]) -> Outcome:
        """Return what is known when the search ends, or when the deadline came before."""
        first = order_of(self.ranking)[0]
        bound = inf
        if stack and first in self.weights.fields:
            bound = min(self.weights.read(least, first) for _, _, least in stack)
        elif stack:
            bound = self.problem.soonest[0]
        return self.best.outcome(bound, proven=not stack)


def _size(problem: Problem) -> tuple[int, int]:
    return len(problem.need), sum(map(len, problem.kids))
