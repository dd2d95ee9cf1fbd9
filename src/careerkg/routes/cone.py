"""What a goal depends on, read off the graph once, and the problem that is left for what somebody holds.

What is held, and what is met without any item (free text, an empty AllOf), is gone from a problem: the
thresholds are lowered by it. Every node left can be reached, and an alternative that is only a wrapper around
one node is that node.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from heapq import heappop, heappush

from careerkg.errors import CareerGraphError, MixedCurrencies
from careerkg.routes.compile import NEVER, Graph
from careerkg.routes.problem import Problem, backward, compact, parents_of

__all__ = ["Cone", "cone_of", "cut"]

KEPT_NODES = 2_000_000
"""About how many nodes of cones are kept for further questions on a graph."""


@dataclass(slots=True, eq=False)
class Cone:
    """The nodes that a goal depends on, as a problem with some nodes that nothing may reach."""

    whole: Problem
    number: dict[int, int]
    """The number of a node of the graph."""
    currency: list[str | None]
    currencies: frozenset[str]
    open_conditions: list[int]
    """Conditions that ask for nothing."""
    open_items: list[int]
    """Items that ask for nothing."""
    errors: dict[int, CareerGraphError]
    bare: Problem | None = None
    """The problem of somebody who holds nothing of all this, once somebody asked."""

    def __len__(self) -> int:
        return len(self.whole.need)


def cone_of(graph: Graph, goal: int) -> Cone:
    """Return the cone of a goal, from the cache of the graph if it was asked for before."""
    cones = graph.cones
    cone = cones.get(goal)
    if cone is None:
        cone = _read(graph, goal)
        if sum(map(len, cones.values())) + len(cone) > KEPT_NODES:
            cones.clear()
        cones[goal] = cone
    return cone


def _read(graph: Graph, goal: int) -> Cone:
    origin = backward(graph, [goal], lambda _: False)
    number = {node: place for place, node in enumerate(origin)}
    kids = [[number[kid] for kid in graph.kids[node]] for node in origin]
    size = len(origin)
    whole = Problem(
        origin,
        [graph.need[node] for node in origin],
        kids,
        parents_of(kids),
        [bool(graph.item[node]) for node in origin],
        [0] * size,
        [0] * size,
        [False] * size,
        [0] * size,
        [0] * size,
        [False] * size,
        None,
    )
    cone = Cone(whole, number, [None] * size, frozenset(), [], [], {})
    currencies: set[str] = set()
    for place, node in enumerate(origin):
        if node in graph.errors:
            cone.errors[place] = graph.errors[node]
        if graph.need[node] == 0:
            (cone.open_items if whole.item[place] else cone.open_conditions).append(place)
        if not whole.item[place]:
            continue
        try:
            time = graph.time(node)
            cost, currency = graph.cost(node)
        except CareerGraphError as error:
            cone.errors[place] = error
            continue
        whole.low[place], whole.high[place], whole.time_unknown[place] = time
        whole.cost_low[place], whole.cost_high[place], whole.cost_unknown[place] = cost
        if currency is not None:
            cone.currency[place] = currency
            currencies.update(currency.split(","))
    cone.currencies = frozenset(currencies)
    whole.currency = min((code for code in currencies if "," not in code), default=graph.gate.unit)
    return cone


def cut(
    graph: Graph, goal: int, held: Set[int], excluded: Set[int] = frozenset(), *, soonest_only: bool = False
) -> Problem | None:
    """Return the problem of attaining a goal, or None if it cannot be attained.

    With ``soonest_only``, what can only be had after the goal's earliest time is left out. Raises
    MalformedValue for a value of an item that the goal depends on, and MixedCurrencies if their costs cannot
    be added up.
    """
    cone = cone_of(graph, goal)
    number = cone.number
    mine = {number[node] for node in held if node in number}
    out = {number[node] for node in excluded if node in number}
    if cone.errors or len(cone.currencies) > 1:
        _refuse(cone, mine)
    whole = cone.whole
    if soonest_only:
        times = _forward(cone, mine, out)
        if times is None:
            return None
        free = _free(cone, mine, times.keys())
        return compact(whole, _in_time(cone, times, free), free, times)[0]
    bare = not mine and not out
    if bare and cone.bare is not None:
        return cone.bare
    reached = _within_reach(cone, mine, out)
    if 0 not in reached:
        return None
    free = _free(cone, mine, reached)
    kids: Sequence[Sequence[int]] = whole.kids
    if len(reached) < len(cone):
        kids = [[kid for kid in some if kid in reached] for some in kids]
    problem = compact(whole, kids, free)[0]
    if bare:
        cone.bare = problem
    return problem


def _refuse(cone: Cone, held: set[int]) -> None:
    """Raise what is wrong with what the goal depends on, as far as it matters to somebody who holds some."""
    seen = {0}
    queue = [0]
    currencies: set[str] = set()
    for node in queue:
        if node in held:
            continue
        if node in cone.errors:
            raise cone.errors[node]
        currency = cone.currency[node]
        if currency is not None:
            currencies.update(currency.split(","))
        for kid in cone.whole.kids[node]:
            if kid not in seen:
                seen.add(kid)
                queue.append(kid)
    if len(currencies) > 1:
        raise MixedCurrencies(sorted(currencies))


def _within_reach(cone: Cone, held: set[int], out: set[int]) -> Set[int]:
    """Return what can be reached at all."""
    parents = cone.whole.parents
    left = cone.whole.need.copy()
    for v in out:
        left[v] = NEVER
    reached = held.copy()
    reached.update(v for v in (*cone.open_items, *cone.open_conditions) if v not in out)
    queue = list(reached)
    for v in queue:
        for parent in parents[v]:
            left[parent] -= 1
            if left[parent] == 0 and parent not in reached:
                reached.add(parent)
                queue.append(parent)
    return reached


def _forward(cone: Cone, held: set[int], out: set[int]) -> dict[int, int] | None:
    """Return the earliest time of what can be reached by the time of the goal (Knuth 1977), in that order;
    None if the goal cannot."""
    item, low, parents = cone.whole.item, cone.whole.low, cone.whole.parents
    left = cone.whole.need.copy()
    heap = [(low[v], v) for v in cone.open_items if v not in out and v not in held]
    heap += [(0, v) for v in cone.open_conditions if v not in held]
    heap += [(0, v) for v in held]
    heap.sort()
    for v in out:
        left[v] = NEVER
    reached: dict[int, int] = {}
    last = None
    while heap:
        when, v = heappop(heap)
        if v in reached:
            continue
        if last is not None and when > last:
            break
        reached[v] = when
        if v == 0:
            last = when
        for parent in parents[v]:
            left[parent] -= 1
            if left[parent] == 0 and parent not in reached:
                heappush(heap, (when + low[parent] if item[parent] else when, parent))
    return reached if 0 in reached else None


def _free(cone: Cone, held: set[int], reached: Set[int]) -> set[int]:
    """Return what is held or met without attaining anything more."""
    free = set(held)
    free.update(v for v in cone.open_conditions if v in reached)
    if not free:
        return free
    left: dict[int, int] = {}
    queue = list(free)
    for v in queue:
        for parent in cone.whole.parents[v]:
            if cone.whole.item[parent] or parent in free:
                continue
            left[parent] = left.get(parent, cone.whole.need[parent]) - 1
            if left[parent] == 0:
                free.add(parent)
                queue.append(parent)
    return free


def _in_time(cone: Cone, reached: dict[int, int], free: set[int]) -> list[list[int]]:
    """Return for each node of use the children that can be had in time for the goal to be had as early as
    possible: by the last moment at which the node is of use, its own time taken off."""
    item, low = cone.whole.item, cone.whole.low
    kept: list[list[int]] = [[] for _ in item]
    seen = bytearray(len(item))
    heap = [(-reached[0], 0)]
    while heap:
        negative, node = heappop(heap)
        if seen[node]:
            continue
        seen[node] = 1
        by = -negative - (low[node] if item[node] and node not in free else 0)
        some = kept[node] = [kid for kid in cone.whole.kids[node] if kid in reached and reached[kid] <= by]
        if node in free:
            continue
        for kid in some:
            if not seen[kid]:
                heappush(heap, (-by, kid))
    return kept
