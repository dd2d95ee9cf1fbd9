"""What can be left out of a problem before the search, without losing its best plan.

- With a time limit: alternatives that are too late wherever they stand. ``latest`` is the last moment at
  which a node is of any use; a child that cannot be had by then, its parent's own time taken off, is none.
- *Dominated alternatives*: ``price`` is what a node costs at most (each part paid for wherever it is used),
  ``own`` what everybody who uses it pays for parts that serve nothing else. An alternative whose own cost is
  above the price of another is never used in a best plan: the other would be cheaper, even from nothing. With
  a time limit the other must be there by the time that this one could be at the earliest, too.

Weights are integers that compare like the leading components of a key.
"""

from __future__ import annotations

from heapq import heappop, heappush

from careerkg.routes.problem import Problem, rebuilt

__all__ = ["prices", "reduced", "without_late"]


def without_late(problem: Problem, limit: int) -> Problem | None:
    """Return a problem without the alternatives that are too late under a limit; None if the goal is."""
    soonest, item, low = problem.soonest, problem.item, problem.low
    if soonest[0] > limit:
        return None
    latest: dict[int, int] = {}
    heap = [(-limit, 0)]
    kept: list[list[int]] = [[] for _ in problem.need]
    late = False
    while heap:
        negative, node = heappop(heap)
        if node in latest:
            continue
        latest[node] = -negative
        by = -negative - (low[node] if item[node] else 0)
        for kid in problem.kids[node]:
            if soonest[kid] <= by:
                kept[node].append(kid)
                if kid not in latest:
                    heappush(heap, (-by, kid))
            else:
                late = True
    return rebuilt(problem, kept) if late or len(latest) < len(problem.need) else problem


def prices(problem: Problem, weight: list[int]) -> tuple[dict[int, int], dict[int, int], dict[int, int]]:
    """Return for each node, in the order of price: its price, the time of what it buys, and its rank."""
    need, kids_of, item, low = problem.need, problem.parents, problem.item, problem.low
    left = list(need)
    total = [0] * len(need)
    price: dict[int, int] = {}
    time: dict[int, int] = {}
    rank: dict[int, int] = {}
    heap = [(weight[v], v) for v, count in enumerate(need) if count == 0]
    begin = [0] * len(need)
    heap.sort()
    while heap:
        paid, v = heappop(heap)
        if v in price:
            continue
        price[v] = paid
        rank[v] = len(rank)
        time[v] = begin[v] + (low[v] if item[v] else 0)
        for parent in kids_of[v]:
            left[parent] -= 1
            if left[parent] < 0:
                continue
            total[parent] += paid
            begin[parent] = max(begin[parent], time[v])
            if left[parent] == 0:
                heappush(heap, (total[parent] + weight[parent], parent))
    return price, time, rank


def _own(problem: Problem, weight: list[int]) -> list[int]:
    """Return what everybody who uses a node pays for it and for what serves nothing else."""
    need, kids, parents = problem.need, problem.kids, problem.parents
    size = len(need)
    own: list[int] = [-1] * size
    single = [len(some) == 1 for some in parents]
    for root in range(size):
        if own[root] >= 0:
            continue
        stack = [root]
        entered = {root}
        while stack:
            node = stack[-1]
            inner = [k for k in kids[node] if single[k] and own[k] < 0 and k not in entered]
            if inner:
                entered.update(inner)
                stack.extend(inner)
                continue
            stack.pop()
            if own[node] >= 0:
                continue
            count = need[node]
            if count == 0:
                own[node] = weight[node]
                continue
            some = [max(own[k], 0) if single[k] else 0 for k in kids[node]]
            if count < len(some):
                some.sort()
                some = some[:count]
            own[node] = weight[node] + sum(some)
    return own


def reduced(problem: Problem, weight: list[int], *, timed: bool) -> Problem:
    """Return a problem without dominated alternatives."""
    price, time, rank = prices(problem, weight)
    own = _own(problem, weight)
    kept = list(problem.kids)
    changed = False
    for node, count in enumerate(problem.need):
        kids = problem.kids[node]
        if count != 1 or len(kids) < 2:
            continue
        best = min(kids, key=rank.__getitem__)
        ceiling = price[best]
        some = [
            kid
            for kid in kids
            if kid == best
            or len(problem.parents[kid]) > 1
            or own[kid] <= ceiling
            or (timed and time[best] > problem.soonest[kid])
        ]
        if len(some) < len(kids):
            kept[node] = some
            changed = True
    return rebuilt(problem, kept) or problem if changed else problem
