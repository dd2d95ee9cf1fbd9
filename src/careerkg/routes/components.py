"""Strongly connected parts of a graph: where conditions go in circles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

__all__ = ["components"]


def components(nodes: Iterable[int], links: Mapping[int, Sequence[int]]) -> list[list[int]]:
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
            kids = links.get(node, ())
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
