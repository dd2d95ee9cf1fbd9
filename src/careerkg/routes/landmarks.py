"""Landmarks: sets of items of which every plan has one.

Given the items chosen so far, what they reach is known; walking back from the goal through what is not
reached, at each node into just enough children that it cannot be reached without one of them, ends at items
not chosen: these are a landmark, in the presence of cycles and thresholds, too. (Were the first node of the
walk to be reached by a plan without any of them, too few of its children would have been reached before it.)
With a latest time for the goal, the walk carries latest times along: the landmark holds for all plans that
are fast enough. Where the walk has not forked and comes to a threshold over items, every plan has as many of
them as are still needed: "at least twelve of these courses" is one landmark with the count twelve.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Set
from heapq import heappop, heappush
from math import inf

from careerkg.routes.problem import Problem

__all__ = ["Landmark", "Landmarks", "Times", "pay"]

Times = dict[int, int]

Landmark = tuple[list[int], int]
"""Items, and how many of them every plan has at least; no items: there is no plan."""


class Landmarks:
    """What sets of items of a problem reach, and the landmarks that this leaves."""

    def __init__(self, problem: Problem, price: list[int]) -> None:
        self.problem = problem
        self.sources = [v for v, need in enumerate(problem.need) if need == 0]
        # The dearest child first: walks go where landmarks are dear.
        self._kids = [
            kids if len(kids) < 2 else sorted(kids, key=lambda kid: (-price[kid], kid))
            for kids in problem.kids
        ]

    def clock(self, chosen: frozenset[int] | set[int], durations: list[int]) -> Times:
        """Return the earliest time of all that a set of items reaches, in the order reached."""
        p = self.problem
        item, parents, need = p.item, p.parents, p.need
        left: dict[int, int] = {}
        heap = [(durations[v], v) for v in self.sources if v in chosen]
        heap.sort()
        reached: Times = {}
        while heap:
            when, v = heappop(heap)
            if v in reached:
                continue
            reached[v] = when
            for parent in parents[v]:
                rest = left.get(parent, need[parent]) - 1
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

    def needed(self, items: set[int], times: Times) -> Callable[[int], bool]:
        """Return a function that tells of one of some items whether without it they surely miss the goal.

        ``times`` are those of a larger set. Whatever has too few children left is taken out, from the item
        upwards: if the goal goes, it is out of reach. If it stays, it may be held up by a cycle only.
        """
        p = self.problem
        item, kids, parents, need = p.item, p.kids, p.parents, p.need
        inside = {v for v in times if not item[v] or v in items}
        spare: dict[int, int] = {}

        def needed(start: int) -> bool:
            if start == 0:
                return True
            gone = {start}
            queue = [start]
            lost: dict[int, int] = {}
            for v in queue:
                for parent in parents[v]:
                    if parent not in inside or parent in gone:
                        continue
                    rest = spare.get(parent)
                    if rest is None:
                        rest = spare[parent] = sum([kid in inside for kid in kids[parent]]) - need[parent]
                    less = lost[parent] = lost.get(parent, 0) + 1
                    if less > rest:
                        if parent == 0:
                            return True
                        gone.add(parent)
                        queue.append(parent)
            return False

        return needed

    def unreachable(self, excluded: frozenset[int]) -> frozenset[int]:
        """Return the nodes that nothing reaches without some items, these among them."""
        p = self.problem
        parents = p.parents
        left = list(p.need)
        reached = bytearray(len(left))
        queue = [v for v in self.sources if v not in excluded]
        for v in queue:
            reached[v] = 1
        for v in queue:
            for parent in parents[v]:
                left[parent] -= 1
                if left[parent] == 0 and parent not in excluded:
                    reached[parent] = 1
                    queue.append(parent)
        return frozenset([v for v, flag in enumerate(reached) if not flag])

    def _walk(
        self, left: list[int], reached: bytearray, chosen: set[int], excluded: frozenset[int]
    ) -> Landmark:
        """Return a landmark; excluded items are among it: it holds for every plan."""
        item, kids = self.problem.item, self._kids
        v = 0
        seen = {0}
        # As long as the walk has not forked, every plan reaches the node it is at.
        while not item[v] or v in chosen:
            rest = [kid for kid in kids[v] if not reached[kid]]
            if left[v] > 1:
                several = self._several(rest, left, reached, chosen, excluded, left[v])
                if several[1] > 1:
                    return several
            if left[v] < len(rest):
                return self._below(v, left, reached, chosen, excluded), 1
            # Into an excluded or visited one first: it costs the landmark nothing.
            v = next((kid for kid in rest if kid in seen or kid in excluded), rest[0])
            if v in seen:
                return [], 1
            seen.add(v)
        return [v], 1

    def _several(
        self,
        rest: list[int],
        left: list[int],
        reached: bytearray,
        chosen: set[int],
        excluded: frozenset[int],
        count: int,
    ) -> Landmark:
        """Return a landmark of all that reach so many of some nodes.

        Where each node has a landmark below it that shares nothing with those of the others, every plan has
        an item of as many of them. A node whose landmark shares something may come for free.
        """
        item = self.problem.item
        found = [kid for kid in rest if item[kid] and kid not in chosen]
        others = len(rest) - len(found)
        if others and count < len(rest) and count - others < 2:
            mine = set(found)
            for kid in rest:
                if item[kid] and kid not in chosen:
                    continue
                below = self._below(kid, left, reached, chosen, excluded, mine)
                if mine.isdisjoint(below):
                    mine.update(below)
                    found += below
                    others -= 1
        return found, count - others

    def _below(
        self,
        start: int,
        left: list[int],
        reached: bytearray,
        chosen: set[int],
        excluded: frozenset[int],
        avoided: Set[int] = frozenset(),
    ) -> list[int]:
        """Return items of which one is needed to reach a node, rather none of those to be avoided."""
        item, kids = self.problem.item, self._kids
        landmark: list[int] = []
        seen = {start}
        stack = [start]
        while stack:
            v = stack.pop()
            if item[v] and v not in chosen:
                landmark.append(v)
                continue
            rest = [kid for kid in kids[v] if not reached[kid]]
            take = len(rest) - left[v] + 1
            if take < len(rest):
                # Into excluded and visited ones first: they cost the landmark nothing.
                known = [kid for kid in rest if kid in seen or kid in excluded]
                if len(known) >= take:
                    rest = known[:take]
                elif take == 1 and not avoided:
                    rest = rest[:1]
                else:
                    others = [kid for kid in rest if kid not in seen and kid not in excluded]
                    if avoided:
                        others.sort(key=avoided.__contains__)
                    rest = known + others[: take - len(known)]
            for kid in rest:
                if kid not in seen:
                    seen.add(kid)
                    stack.append(kid)
        return landmark

    def walk_by(
        self,
        latest: float,
        times: Times,
        chosen: set[int] | frozenset[int],
        excluded: frozenset[int],
        durations: list[int | None],
        soonest: list[int] | list[float],
    ) -> Landmark:
        """Return a landmark of all plans that reach the goal at the latest by a time."""
        p = self.problem
        item, kids, need = p.item, self._kids, p.need
        landmark: list[int] = []
        if soonest[0] > latest:
            return landmark, 1
        done: set[int] = set()
        best: dict[int, float] = {0: latest}
        heap: list[tuple[float, int]] = [(-latest, 0)]
        certain = True
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
            rest = []
            for kid in kids[v]:
                if times.get(kid, inf) <= by:
                    met += 1
                elif soonest[kid] <= by and not (item[kid] and durations[kid] is None):
                    # All others no plan has in time: they cost the landmark nothing.
                    rest.append(kid)
            left = need[v] - met
            if certain and left > 1:
                # Chosen ones count as others: they may be there too late, and in time by something more.
                direct = [kid for kid in rest if item[kid] and kid not in chosen]
                count = left - (len(rest) - len(direct))
                if count > 1:
                    return direct, count
            take = len(rest) - left + 1
            if take <= 0:
                # Not even all that could be in time is enough: no plan is fast enough.
                certain = False
                continue
            if take < len(rest):
                rest.sort(key=lambda kid: kid not in excluded and best.get(kid, -inf) < by)
                rest = rest[:take]
            certain = certain and len(rest) == 1 == take
            for kid in rest:
                if best.get(kid, -inf) < by:
                    best[kid] = by
                    heappush(heap, (-by, kid))
        return landmark, 1

    def stepwise(self, paid: set[int], excluded: frozenset[int]) -> Callable[[], Landmark | None]:
        """Return a function that gives the next landmark of the items paid, None once they reach the goal."""
        p = self.problem
        left = list(p.need)
        reached = bytearray(len(left))
        known: set[int] = set()
        item, parents = p.item, p.parents

        def step() -> Landmark | None:
            fresh = paid - known
            known.update(fresh)
            queue = [v for v in fresh if left[v] == 0]
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

    def timed(self, paid: set[int], excluded: frozenset[int], limit: int) -> Callable[[], Landmark | None]:
        """Return the same for plans that keep a time limit."""
        p = self.problem
        durations: list[int | None] = list(p.low)

        def step() -> Landmark | None:
            times = self.clock(paid, p.low)
            if 0 in times and times[0] <= limit:
                return None
            return self.walk_by(limit, times, paid, excluded, durations, p.soonest)

        return step


def pay(some: Collection[int], count: int, residual: list[int], paid: set[int]) -> int:
    """Return what a landmark adds to a bound, and take it off the rest prices of its items.

    Of its items, those that are paid already may be among the ``count`` that a plan has.
    """
    if count == 1:
        if not paid.isdisjoint(some):
            return 0
        least = min([residual[v] for v in some])
        for v in some:
            residual[v] -= least
            if not residual[v]:
                paid.add(v)
        return least
    live = [v for v in some if v not in paid]
    count -= len(some) - len(live)
    gain = 0
    while count > 0:
        least = min([residual[v] for v in live])
        gain += least * count
        rest = []
        for v in live:
            residual[v] -= least
            if residual[v]:
                rest.append(v)
            else:
                paid.add(v)
        count -= len(live) - len(rest)
        live = rest
    return gain
