"""What is still to be brought: minimal sets of entry items that open the goal through recorded conditions."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from careerkg.routes.compile import NEVER, Graph
from careerkg.routes.problem import backward, forward
from careerkg.routes.solve import next_solutions
from careerkg.routes.values import Interval

__all__ = ["components", "entry_items", "minimal_sets"]


def components(nodes: list[int], links: dict[int, list[int]]) -> list[list[int]]:
    """Return the strongly connected components (Tarjan 1972, without recursion)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    on_stack: set[int] = set()
    stack: list[int] = []
    found: list[list[int]] = []
    for root in nodes:
        if root in index:
            continue
        work = [(root, 0)]
        while work:
            node, place = work.pop()
            if place == 0:
                index[node] = low[node] = len(index)
                stack.append(node)
                on_stack.add(node)
            kids = links.get(node, [])
            for position in range(place, len(kids)):
                kid = kids[position]
                if kid not in index:
                    work.append((node, position + 1))
                    work.append((kid, 0))
                    break
                if kid in on_stack:
                    low[node] = min(low[node], index[kid])
            else:
                if low[node] == index[node]:
                    component = []
                    while True:
                        member = stack.pop()
                        on_stack.discard(member)
                        component.append(member)
                        if member == node:
                            break
                    found.append(component)
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[node])
    return found


def entry_items(graph: Graph, goal: int, held: Set[int], excluded: Set[int]) -> set[int]:
    """Return the entry items behind a goal: neither held nor to be had through recorded conditions.

    These are items without recorded conditions, excluded ones, and ones locked in a cycle. The goal is one of
    them only if no conditions of it are recorded.
    """
    cone = backward(graph, [goal], lambda node: node in held)
    entries = {
        node
        for node in cone
        if graph.item[node]
        and node not in held
        and (node in excluded or not (graph.recorded[node] or graph.kids[node]))
    }
    reached = forward(cone, graph, held | entries, frozenset(), lambda _: 0)
    stuck = {
        node: [kid for kid in graph.kids[node] if kid not in reached] for node in cone if node not in reached
    }
    for component in components(list(stuck), stuck):
        if len(component) > 1 or component[0] in stuck[component[0]]:
            entries.update(
                node for node in component if graph.item[node] and node != goal and graph.need[node] < NEVER
            )
    return entries


def minimal_sets(
    graph: Graph, goal: int, held: frozenset[int], excluded: frozenset[int], limit: int | None
) -> tuple[list[tuple[str, ...]], bool]:
    """Return the minimal sets, smallest first, then by IRI, and whether these are all.

    They are the plans with the fewest steps of a graph in which entry items are the only steps, all other
    items being conditions that are met by themselves. No set at all: nothing that could be brought opens the
    goal. One empty set: nothing needs to be brought.
    """
    entries = entry_items(graph, goal, held, excluded)
    need, kids, item = list(graph.need), list(graph.kids), bytearray(len(graph.item))
    nothing = Interval(0, 0)
    for node in entries:
        need[node], kids[node], item[node] = 0, (), 1
    names = graph.facts.names
    shadow = replace(
        graph,
        need=need,
        kids=kids,
        item=item,
        _times=dict.fromkeys(entries, nothing),
        _costs=dict.fromkeys(entries, (nothing, None)),
        _parents=[],
        cones={},
    )
    cone = backward(shadow, [goal], lambda node: node in held)
    if goal in forward(cone, shadow, held, entries):
        return [()], True
    sets: list[tuple[str, ...]] = []
    for solution in next_solutions(shadow, goal, held, frozenset(), "steps"):
        if limit is not None and len(sets) == limit:
            return sets, False
        sets.append(tuple(sorted(names[node] for node in solution.items)))
    return sets, True
