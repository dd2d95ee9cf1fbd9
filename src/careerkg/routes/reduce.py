"""What can be left out of a problem before the search, without losing its best plan.

- With a time limit: alternatives that are too late wherever they stand. ``latest`` is the last moment at
  which a node is of any use; a child that cannot be had by then, its parent's own time taken off, is none.
- *Dominated alternatives*: ``price`` is what a node costs at most (each part paid for wherever it is used),
  ``own`` what everybody who uses it pays for parts that serve nothing else. An alternative whose own cost is
  above the price of another is never used in a best plan: the other would be cheaper, even from nothing.
  Of "five of these" none is used whose own cost is above the price of five others, one of which is left. With
  a time limit the others must be there by the time that this one could be at the earliest, too.

Weights are integers that compare like the leading components of a key.
"""

from __future__ import annotations

from heapq import heappop, heappush

from careerkg.routes.problem import Problem, compact

__all__ = ["always_within", "prices", "reduced", "without_late"]


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
    if not late and len(latest) == len(problem.need):
        return problem
    # What comes soonest stays, so do the earliest times.
    return compact(problem, kept, times=soonest)[0]


def prices(problem: Problem, weight: list[int]) -> tuple[dict[int, int], dict[int, int], dict[int, int]]:
    """Return for each node, in the order of price: its price, the time of what it buys, and its rank."""
    need, parents, item, low = problem.need, problem.parents, problem.item, problem.low
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
        time[v] = end = begin[v] + (low[v] if item[v] else 0)
        for parent in parents[v]:
            open_ = left[parent] - 1
            left[parent] = open_
            if open_ < 0:
                continue
            total[parent] += paid
            if end > begin[parent]:
                begin[parent] = end
            if not open_:
                heappush(heap, (total[parent] + weight[parent], parent))
    return price, time, rank


def _own(problem: Problem, weight: list[int], kept: list[list[int]]) -> tuple[list[int], list[int]]:
    """Return what everybody pays who uses a node, for it and what serves it only, and how many use a node."""
    need = problem.need
    uses = [0] * len(need)
    uses[0] = 1
    order = [0]
    for node in order:
        for kid in kept[node]:
            if not uses[kid]:
                order.append(kid)
            uses[kid] += 1
    uses[0] -= 1
    own = weight.copy()
    # What serves one node only was found by that node, so it comes later in the order.
    for node in reversed(order):
        count, kids = need[node], kept[node]
        if count == len(kids):
            for kid in kids:
                if uses[kid] == 1:
                    own[node] += own[kid]
        elif count == 1:
            own[node] += min([own[kid] if uses[kid] == 1 else 0 for kid in kids])
        elif count:
            own[node] += sum(sorted([own[kid] if uses[kid] == 1 else 0 for kid in kids])[:count])
    return own, uses


def reduced(problem: Problem, weight: list[int], *, timed: bool) -> tuple[Problem, list[int], list[int]]:
    """Return a problem without dominated alternatives, and the weights and prices of what is left.

    Prices are those before: where alternatives have become one, lower ones may do.
    """
    price, time, rank = prices(problem, weight)
    soonest = problem.soonest if timed else []
    kept: list[list[int]] = list(problem.kids)
    # What is bought at the lowest price pays no more for itself than that, so it always stays, as prices do.
    ceiling: dict[int, int] = {}
    slowest: dict[int, int] = {}
    for node, count in enumerate(problem.need):
        if 0 < count < len(kept[node]):
            bought = sorted(kept[node], key=rank.__getitem__)[:count]
            ceiling[node] = price[bought[-1]]
            slowest[node] = max([time[kid] for kid in bought]) if timed else 0
    changed = True
    while changed:
        changed = False
        own, uses = _own(problem, weight, kept)
        for node, most in ceiling.items():
            if node and not uses[node]:
                continue
            kids = kept[node]
            some = [
                kid
                for kid in kids
                if own[kid] <= most or uses[kid] != 1 or (timed and slowest[node] > soonest[kid])
            ]
            if len(some) < len(kids):
                kept[node] = some
                changed = True
    if kept == problem.kids:
        return problem, weight, [price[v] for v in range(len(weight))]
    # What is bought at the lowest price stays, so everything stays within reach.
    problem, order = compact(problem, kept)
    return problem, [weight[v] for v in order], [price[v] for v in order]


def always_within(problem: Problem, limit: int) -> bool:
    """Tell whether any choice at all keeps a time limit."""
    left = [len(kids) for kids in problem.kids]
    slowest = [0] * len(left)
    ready = [v for v, count in enumerate(left) if count == 0]
    seen = 0
    for v in ready:
        seen += 1
        slowest[v] += problem.low[v]
        for parent in problem.parents[v]:
            slowest[parent] = max(slowest[parent], slowest[v])
            left[parent] -= 1
            if left[parent] == 0:
                ready.append(parent)
    return seen == len(left) and slowest[0] <= limit
