"""What a goal depends on, read off the graph once, and the problem that is left for what somebody holds.

What is held, and what is met without any item (free text, an empty AllOf), is gone from a problem: the
thresholds are lowered by it. Every node left can be reached, and an alternative that is only a wrapper around
one node is that node.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from heapq import heappop, heappush

from careerkg.errors import CareerGraphError, MixedCurrencies
from careerkg.routes.compile import NEVER, Graph
from careerkg.routes.problem import Problem, backward, parents_of

__all__ = ["Cone", "cone_of", "cut"]

KEPT_NODES = 2_000_000
"""About how many nodes of cones are kept for further questions on a graph."""


@dataclass(slots=True, eq=False)
class Cone:
    """The nodes that a goal depends on, in numbers of its own: 0 is the goal; ``origin`` leads back."""

    origin: list[int]
    number: dict[int, int]
    need: list[int]
    kids: list[tuple[int, ...]]
    parents: list[list[int]]
    item: list[bool]
    low: list[int]
    high: list[int | None]
    time_unknown: list[bool]
    cost_low: list[int]
    cost_high: list[int | None]
    cost_unknown: list[bool]
    currency: list[str | None]
    currencies: frozenset[str]
    open_conditions: list[int]
    """Conditions that ask for nothing."""
    open_items: list[int]
    """Items that ask for nothing."""
    errors: dict[int, CareerGraphError]


def cone_of(graph: Graph, goal: int) -> Cone:
    """Return the cone of a goal, from the cache of the graph if it was asked for before."""
    cones = graph.cones
    cone = cones.get(goal)
    if cone is None:
        cone = _read(graph, goal)
        if sum(len(other.need) for other in cones.values()) + len(cone.need) > KEPT_NODES:
            cones.clear()
        cones[goal] = cone
    return cone


def _read(graph: Graph, goal: int) -> Cone:
    origin = backward(graph, [goal], lambda _: False)
    number = {node: place for place, node in enumerate(origin)}
    kids = [tuple(number[kid] for kid in graph.kids[node]) for node in origin]
    parents: list[list[int]] = [[] for _ in origin]
    for place, some in enumerate(kids):
        for kid in some:
            parents[kid].append(place)
    size = len(origin)
    item = [bool(graph.item[node]) for node in origin]
    cone = Cone(
        origin,
        number,
        [graph.need[node] for node in origin],
        kids,
        parents,
        item,
        [0] * size,
        [0] * size,
        [False] * size,
        [0] * size,
        [0] * size,
        [False] * size,
        [None] * size,
        frozenset(),
        [],
        [],
        {},
    )
    currencies: set[str] = set()
    for place, node in enumerate(origin):
        if node in graph.errors:
            cone.errors[place] = graph.errors[node]
        if graph.need[node] == 0:
            (cone.open_items if item[place] else cone.open_conditions).append(place)
        if not item[place]:
            continue
        try:
            time = graph.time(node)
            cost, currency = graph.cost(node)
        except CareerGraphError as error:
            cone.errors[place] = error
            continue
        cone.low[place], cone.high[place], cone.time_unknown[place] = time
        cone.cost_low[place], cone.cost_high[place], cone.cost_unknown[place] = cost
        if currency is not None:
            cone.currency[place] = currency
            currencies.update(currency.split(","))
    cone.currencies = frozenset(currencies)
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
    reached = _forward(cone, mine, out, soonest_only=soonest_only)
    if reached is None:
        return None
    free = _free(cone, mine, reached)
    if soonest_only:
        return _problem(graph, cone, reached, free, _in_time(cone, reached, free))
    kept = {v: [kid for kid in cone.kids[v] if kid in reached] for v in reached}
    return _problem(graph, cone, reached, free, kept)


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
        for kid in cone.kids[node]:
            if kid not in seen:
                seen.add(kid)
                queue.append(kid)
    if len(currencies) > 1:
        raise MixedCurrencies(sorted(currencies))


def _forward(cone: Cone, held: set[int], out: set[int], *, soonest_only: bool) -> dict[int, int] | None:
    """Return the earliest time of what can be reached (Knuth 1977), in that order; None: not the goal."""
    item, low, parents = cone.item, cone.low, cone.parents
    left = cone.need.copy()
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
        if v == 0 and soonest_only:
            last = when
        for parent in parents[v]:
            left[parent] -= 1
            if left[parent] == 0 and parent not in reached:
                heappush(heap, (when + low[parent] if item[parent] else when, parent))
    return reached if 0 in reached else None


def _free(cone: Cone, held: set[int], reached: dict[int, int]) -> set[int]:
    """Return what is held or met without attaining anything more."""
    free = set(held)
    free.update(v for v in cone.open_conditions if v in reached)
    if not free:
        return free
    left: dict[int, int] = {}
    queue = list(free)
    for v in queue:
        for parent in cone.parents[v]:
            if cone.item[parent] or parent in free:
                continue
            left[parent] = left.get(parent, cone.need[parent]) - 1
            if left[parent] == 0:
                free.add(parent)
                queue.append(parent)
    return free


def _in_time(cone: Cone, reached: dict[int, int], free: set[int]) -> dict[int, list[int]]:
    """Return for each node of use the children that can be had in time for the goal to be had as early as
    possible: by the last moment at which the node is of use, its own time taken off."""
    item, low = cone.item, cone.low
    kept: dict[int, list[int]] = {}
    heap = [(-reached[0], 0)]
    while heap:
        negative, node = heappop(heap)
        if node in kept:
            continue
        by = -negative - (low[node] if item[node] and node not in free else 0)
        some = kept[node] = [kid for kid in cone.kids[node] if kid in reached and reached[kid] <= by]
        if node in free:
            continue
        for kid in some:
            if kid not in kept:
                heappush(heap, (-by, kid))
    return kept


def _problem(
    graph: Graph, cone: Cone, reached: dict[int, int], free: set[int], kept: dict[int, list[int]]
) -> Problem:
    """Return what the goal can use, given the children that each node may use."""
    item, need = cone.item, cone.need
    alias: dict[int, int] = {}

    def wrapped(node: int) -> int:
        """Follow conditions that have but one thing to ask for."""
        start = node
        if start in alias:
            return alias[start]
        while not item[node] and need[node] == 1:
            rest = kept[node] if not free else [kid for kid in kept[node] if kid not in free]
            if len(rest) != 1:
                break
            node = rest[0]
        alias[start] = node
        return node

    numbers = {0: 0}
    order = [0]
    children: list[list[int]] = []
    thresholds: list[int] = []
    for node in order:
        if node in free:
            children.append([])
            thresholds.append(0)
            continue
        rest = kept[node]
        asked = need[node]
        if free:
            some = [kid for kid in rest if kid not in free]
            asked -= len(rest) - len(some)
            rest = some
        every = asked == len(rest)
        if every or asked == 1:
            # For other thresholds, two wrappers around one node count twice.
            rest = [kid if item[kid] else wrapped(kid) for kid in rest]
            if len(rest) > 1:
                rest = list(dict.fromkeys(rest))
        for kid in rest:
            if kid not in numbers:
                numbers[kid] = len(order)
                order.append(kid)
        children.append([numbers[kid] for kid in rest])
        thresholds.append(len(rest) if every else asked)
    parents = parents_of(children)
    return Problem(
        [cone.origin[node] for node in order],
        thresholds,
        children,
        parents,
        [item[node] for node in order],
        [cone.low[node] for node in order],
        [cone.high[node] for node in order],
        [cone.time_unknown[node] for node in order],
        [cone.cost_low[node] for node in order],
        [cone.cost_high[node] for node in order],
        [cone.cost_unknown[node] for node in order],
        min((code for code in cone.currencies if "," not in code), default=graph.gate.unit),
        [reached[node] for node in order],
    )
