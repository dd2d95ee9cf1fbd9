"""Compact hypergraphs to be searched, and reachability on the graph as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Literal

from careerkg.routes.compile import NEVER, Graph

__all__ = ["Objective", "Problem", "backward", "forward", "parents_of", "rebuilt"]

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


def parents_of(kids: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return for each node the nodes that it is a child of, given the children of each."""
    parents: list[list[int]] = [[] for _ in kids]
    for node, some in enumerate(kids):
        for kid in some:
            parents[kid].append(node)
    return parents


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
    parents = parents_of(children)
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
