"""What is still to be brought: minimal sets of entry items that open the goal through recorded conditions."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from careerkg.routes.compile import NEVER, Graph
from careerkg.routes.components import components
from careerkg.routes.problem import backward, forward
from careerkg.routes.solve import Limits, next_solutions
from careerkg.routes.values import Interval

__all__ = ["entry_items", "locked_cycles", "minimal_sets"]


def entry_items(graph: Graph, goal: int, held: Set[int], excluded: Set[int]) -> tuple[set[int], set[int]]:
    """Return the entry items behind a goal: neither held nor to be had through recorded conditions.

    First those that can only be brought: items without recorded conditions, and excluded ones. Then those
    that are locked in a cycle: once something opens the cycle, their conditions count. The goal is an entry
    item only if no conditions of it are recorded, or if it is excluded.
    """
    entries, cycles = _entries(graph, goal, held, excluded)
    locked = {node for cycle in cycles for node in cycle if graph.need[node] < NEVER}
    return entries, locked - {goal}


def locked_cycles(graph: Graph, goal: int, held: Set[int], excluded: Set[int]) -> list[list[int]]:
    """Return the cycles behind a goal that nothing leads into, each as its items, by name."""
    names = graph.facts.names
    cycles = [sorted(cycle, key=names.__getitem__) for cycle in _entries(graph, goal, held, excluded)[1]]
    return sorted(cycles, key=lambda cycle: names[cycle[0]])


def _entries(graph: Graph, goal: int, held: Set[int], excluded: Set[int]) -> tuple[set[int], list[list[int]]]:
    """Return the items that can only be brought, and the cycles that stay locked even if all of them are."""
    cone = backward(graph, [goal], lambda node: node in held)
    entries = {
        node
        for node in cone
        if graph.item[node]
        and node not in held
        and (node in excluded or not (graph.recorded[node] or graph.kids[node]))
    }
    return entries, _cycles(graph, cone, held | entries)


def _cycles(graph: Graph, cone: list[int], brought: Set[int]) -> list[list[int]]:
    """Return the items of each cycle that stays locked whatever is brought."""
    reached = forward(cone, graph, brought, frozenset(), lambda _: 0)
    stuck = {
        node: [kid for kid in graph.kids[node] if kid not in reached] for node in cone if node not in reached
    }
    found = []
    for component in components(stuck, stuck):
        items = [node for node in component if graph.item[node]]
        if items and (len(component) > 1 or component[0] in stuck[component[0]]):
            found.append(items)
    return found


def minimal_sets(
    graph: Graph,
    goal: int,
    held: frozenset[int],
    excluded: frozenset[int],
    limit: int | None,
    stop: Limits,
) -> tuple[list[tuple[str, ...]], bool]:
    """Return the minimal sets, smallest first, then by IRI, and whether these are all.

    At most ``limit`` sets, and those that are proven to come next before ``stop`` says that it is time.

    They are the plans with the fewest steps of a graph in which bringing an entry item is the only kind of
    step, all else being conditions that are met by themselves. No set at all: nothing that could be brought
    opens the goal. One empty set: nothing needs to be brought.
    """
    entries, locked = entry_items(graph, goal, held, excluded)
    names = list(graph.facts.names)
    need, kids = list(graph.need), list(graph.kids)
    bring: dict[int, int] = {}

    def node(name: str, threshold: int, some: tuple[int, ...]) -> int:
        names.append(name)
        need.append(threshold)
        kids.append(some)
        return len(names) - 1

    for entry in entries:
        bring[node(names[entry], 0, ())] = entry
        need[entry], kids[entry] = 1, (len(names) - 1,)
    for entry in locked:
        conditions = node("", need[entry], kids[entry])
        bring[node(names[entry], 0, ())] = entry
        need[entry], kids[entry] = 1, (len(names) - 1, conditions)
    item = bytearray(len(names))
    for step in bring:
        item[step] = 1
    nothing = Interval(0, 0)
    shadow = replace(
        graph,
        facts=replace(graph.facts, names=names),
        need=need,
        kids=kids,
        item=item,
        _times=dict.fromkeys(bring, nothing),
        _costs=dict.fromkeys(bring, (nothing, None)),
        cones={},
    )
    cone = backward(shadow, [goal], lambda node: node in held)
    if goal in forward(cone, shadow, held, bring.keys()):
        return [()], True
    sets: list[tuple[str, ...]] = []
    # One more than asked for tells whether there are more.
    wanted = None if limit is None else limit + 1
    for solution in next_solutions(shadow, goal, held, frozenset(), "steps", stop, wanted):
        if not solution.proven or (limit is not None and len(sets) == limit):
            return sets, False
        sets.append(tuple(sorted(names[step] for step in solution.items)))
    return sets, True
