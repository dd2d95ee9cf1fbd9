"""One question cut out of the graph: only what the goal can use and what can be attained at all.

What is held, and what is met without any item (free text, an empty AllOf), is gone from a problem: the
thresholds are lowered by it. Every node left can be reached, and an alternative that is only a wrapper
around one node is that node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Literal

from careerkg.errors import MixedCurrencies
from careerkg.routes.compile import NEVER, Graph

__all__ = ["Objective", "Problem", "backward", "cut", "forward", "rebuilt"]

Objective = Literal["time", "cost", "steps"]


@dataclass(slots=True, eq=False)
class Problem:
    """A compact hypergraph with its own numbers; node 0 is the goal, ``origin`` leads back to the graph."""

    origin: list[int]
    need: list[int]
    kids: list[list[int]]
    parents: list[list[int]]
    item: list[bool]
    low: list[int]
    """Time in microseconds at least; 0 for conditions."""
    high: list[int | None]
    time_unknown: list[bool]
    cost_low: list[int]
    cost_high: list[int | None]
    cost_unknown: list[bool]
    currency: str | None
    soonest: list[int]
    """The earliest time at which a node can be reached, whatever it costs (Knuth 1977)."""


def backward(graph: Graph, goals: Iterable[int], stop: Callable[[int], bool]) -> list[int]:
    """Return the nodes that some goals depend on, the goals first; nothing is looked for behind a stop."""
    cone = list(dict.fromkeys(goals))
    seen = set(cone)
    kids = graph.kids
    for node in cone:
        if stop(node):
            continue
        for kid in kids[node]:
            if kid not in seen:
                seen.add(kid)
                cone.append(kid)
    return cone


def forward(
    nodes: list[int],
    graph: Graph,
    held: Set[int],
    excluded: Set[int],
    duration: Callable[[int], int] | None = None,
) -> dict[int, int]:
    """Return the earliest time of each node that can be reached from what is held, in the order reached.

    Knuth's generalization of Dijkstra's algorithm: a node is reached with the last of the children that it
    needs, and its own time on top (its lower end, unless told otherwise). Raises MalformedValue for a value
    or a count that cannot be read.
    """
    item, kids = graph.item, graph.kids
    if duration is None:
        time = graph.time

        def duration(node: int) -> int:
            return time(node).low

    left: dict[int, int] = {}
    parents: dict[int, list[int]] = {}
    heap: list[tuple[int, int]] = []
    errors = graph.errors
    for node in nodes:
        if node in errors:
            raise errors[node]
        if node in held:
            heap.append((0, node))
            continue
        if node in excluded:
            continue
        need = graph.need[node]
        left[node] = need
        if need == 0:
            heappush(heap, (duration(node) if item[node] else 0, node))
        elif need < NEVER:
            for kid in kids[node]:
                parents.setdefault(kid, []).append(node)
    heap.sort()
    reached: dict[int, int] = {}
    while heap:
        when, node = heappop(heap)
        if node in reached:
            continue
        reached[node] = when
        for parent in parents.get(node, ()):
            left[parent] -= 1
            if left[parent] == 0:
                heappush(heap, (when + duration(parent) if item[parent] else when, parent))
    return reached


def cut(graph: Graph, goal: int, held: Set[int], excluded: Set[int] = frozenset()) -> Problem | None:
    """Return the problem of attaining a goal, or None if it cannot be attained.

    Raises MalformedValue for a value of an item that the goal depends on, and MixedCurrencies if their costs
    cannot be added up.
    """
    cone = backward(graph, [goal], lambda node: node in held)
    item = graph.item
    currencies: set[str] = set()
    for node in cone:
        if item[node] and node not in held:
            currency = graph.cost(node)[1]
            if currency is not None:
                currencies.update(currency.split(","))
    if len(currencies) > 1:
        raise MixedCurrencies(sorted(currencies))
    reached = forward(cone, graph, held, excluded)
    if goal not in reached:
        return None
    free = _free(cone, graph, held, reached)
    kids, need = graph.kids, graph.need

    def wrapped(node: int) -> int:
        """Follow conditions that have but one thing to ask for."""
        while not item[node] and need[node] == 1:
            rest = [kid for kid in kids[node] if kid in reached and kid not in free]
            if len(rest) != 1:
                break
            node = rest[0]
        return node

    numbers = {goal: 0}
    origin = [goal]
    children: list[list[int]] = []
    thresholds: list[int] = []
    for node in origin:
        if node in free:
            children.append([])
            thresholds.append(0)
            continue
        rest = []
        met = 0
        for kid in kids[node]:
            if kid not in reached:
                continue
            if kid in free:
                met += 1
                continue
            rest.append(kid)
        target: dict[int, None] = {}
        # Two children that are wrappers around one node still count twice for a threshold above one.
        plain = need[node] - met == len(rest) or need[node] - met == 1
        for kid in rest:
            kid = wrapped(kid) if plain else kid
            if kid not in numbers:
                numbers[kid] = len(origin)
                origin.append(kid)
            target[numbers[kid]] = None
        children.append(list(target))
        thresholds.append(len(target) if need[node] - met == len(rest) else need[node] - met)
    parents: list[list[int]] = [[] for _ in origin]
    for number, some in enumerate(children):
        for kid in some:
            parents[kid].append(number)
    times = [graph.time(node) if item[node] else None for node in origin]
    costs = [graph.cost(node)[0] if item[node] else None for node in origin]
    return Problem(
        origin,
        thresholds,
        children,
        parents,
        [bool(item[node]) for node in origin],
        [0 if time is None else time.low for time in times],
        [0 if time is None else time.high for time in times],
        [time is not None and time.unknown for time in times],
        [0 if cost is None else cost.low for cost in costs],
        [0 if cost is None else cost.high for cost in costs],
        [cost is not None and cost.unknown for cost in costs],
        min(currencies, default=graph.gate.currency),
        [reached[node] for node in origin],
    )


def _free(cone: list[int], graph: Graph, held: Set[int], reached: dict[int, int]) -> set[int]:
    """Return what is held or met without attaining anything more."""
    free = {node for node in cone if node in held}
    left: dict[int, int] = {}
    queue = list(free)
    parents: dict[int, list[int]] = {}
    for node in cone:
        if graph.item[node] or node in free or node not in reached:
            continue
        left[node] = graph.need[node]
        if left[node] == 0:
            free.add(node)
            queue.append(node)
        for kid in graph.kids[node]:
            parents.setdefault(kid, []).append(node)
    for node in queue:
        for parent in parents.get(node, ()):
            left[parent] -= 1
            if left[parent] == 0:
                free.add(parent)
                queue.append(parent)
    return free


def rebuilt(problem: Problem, kids: list[list[int]], excluded: Set[int] = frozenset()) -> Problem | None:
    """Return a problem with fewer children and without some items: only what still matters, in new numbers.

    Returns None if the goal cannot be reached any more.
    """
    item, need, low = problem.item, problem.need, problem.low
    soonest = _soonest(problem, kids, excluded)
    if 0 not in soonest:
        return None
    numbers = {0: 0}
    order = [0]
    children: list[list[int]] = []
    alias: dict[int, int] = {}

    def usable(node: int) -> list[int]:
        return [kid for kid in kids[node] if kid in soonest]

    def wrapped(node: int) -> int:
        start = node
        if start in alias:
            return alias[start]
        while not item[node] and need[node] == 1:
            rest = usable(node)
            if len(rest) != 1:
                break
            node = rest[0]
        alias[start] = node
        return node

    thresholds = []
    for node in order:
        rest = usable(node)
        every = need[node] == len(problem.kids[node])
        if every or need[node] == 1:
            rest = list(dict.fromkeys(map(wrapped, rest)))
        for kid in rest:
            if kid not in numbers:
                numbers[kid] = len(order)
                order.append(kid)
        children.append([numbers[kid] for kid in rest])
        thresholds.append(len(rest) if every else need[node])
    parents: list[list[int]] = [[] for _ in order]
    for number, some in enumerate(children):
        for kid in some:
            parents[kid].append(number)
    return Problem(
        [problem.origin[node] for node in order],
        thresholds,
        children,
        parents,
        [item[node] for node in order],
        [low[node] for node in order],
        [problem.high[node] for node in order],
        [problem.time_unknown[node] for node in order],
        [problem.cost_low[node] for node in order],
        [problem.cost_high[node] for node in order],
        [problem.cost_unknown[node] for node in order],
        problem.currency,
        [soonest[node] for node in order],
    )


def _soonest(problem: Problem, kids: list[list[int]], excluded: Set[int]) -> dict[int, int]:
    """Return the earliest time of each node that can still be reached."""
    item, need, low = problem.item, problem.need, problem.low
    parents: list[list[int]] = [[] for _ in need]
    for node, some in enumerate(kids):
        for kid in some:
            parents[kid].append(node)
    left = list(need)
    heap = [(low[v], v) for v, count in enumerate(need) if count == 0 and v not in excluded]
    heap.sort()
    reached: dict[int, int] = {}
    while heap:
        when, v = heappop(heap)
        if v in reached:
            continue
        reached[v] = when
        for parent in parents[v]:
            left[parent] -= 1
            if left[parent] == 0 and parent not in excluded:
                heappush(heap, (when + (low[parent] if item[parent] else 0), parent))
    return reached
