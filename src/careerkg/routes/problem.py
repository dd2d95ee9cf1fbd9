"""Compact hypergraphs to be searched, and reachability on the graph as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Literal

from careerkg.routes.compile import NEVER, Graph

__all__ = ["Objective", "Problem", "backward", "compact", "forward", "parents_of", "without"]

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
    times: list[int] | None = None
    """What ``soonest`` says, once somebody asked."""

    @property
    def soonest(self) -> list[int]:
        """The earliest time at which each node can be reached, whatever it costs (Knuth 1977)."""
        if self.times is None:
            self.times = _soonest(self)
        return self.times


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


def compact(
    problem: Problem,
    kids: Sequence[Sequence[int]],
    met: Set[int] = frozenset(),
    times: Sequence[int] | Mapping[int, int] | None = None,
) -> tuple[Problem, list[int]]:
    """Return what still matters of a problem in new numbers, and the old number of each node.

    ``kids`` are the children that each node may use, all within reach. What is ``met`` lowers the thresholds
    of its parents and is gone. An alternative that only wraps one node is that node. ``times`` are the
    earliest times by the old numbers, if they are known.
    """
    item, need = problem.item, problem.need
    alias: dict[int, int] = {}

    def wrapped(node: int) -> int:
        """Follow conditions that have but one thing to ask for."""
        start = node
        if start in alias:
            return alias[start]
        while not item[node] and need[node] == 1:
            rest = kids[node] if not met else [kid for kid in kids[node] if kid not in met]
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
        if node in met:
            children.append([])
            thresholds.append(0)
            continue
        rest = kids[node]
        asked = need[node]
        if met:
            some = [kid for kid in rest if kid not in met]
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
    return Problem(
        [problem.origin[node] for node in order],
        thresholds,
        children,
        parents_of(children),
        [item[node] for node in order],
        [problem.low[node] for node in order],
        [problem.high[node] for node in order],
        [problem.time_unknown[node] for node in order],
        [problem.cost_low[node] for node in order],
        [problem.cost_high[node] for node in order],
        [problem.cost_unknown[node] for node in order],
        problem.currency,
        None if times is None else [times[node] for node in order],
    ), order


def without(problem: Problem, gone: Set[int]) -> Problem:
    """Return a problem without some nodes, among them all that needs them; the goal is none of these."""
    return compact(problem, [[kid for kid in some if kid not in gone] for some in problem.kids])[0]


def _soonest(problem: Problem) -> list[int]:
    """Return the earliest time of each node."""
    low, parents = problem.low, problem.parents
    left = list(problem.need)
    heap = [(low[v], v) for v, count in enumerate(left) if count == 0]
    heap.sort()
    reached: dict[int, int] = {}
    while heap:
        when, v = heappop(heap)
        if v in reached:
            continue
        reached[v] = when
        for parent in parents[v]:
            left[parent] -= 1
            if left[parent] == 0:
                heappush(heap, (when + low[parent], parent))
    return [reached[v] for v in range(len(left))]
