"""What can be attained at all, and what one thing more opens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from careerkg.routes.compile import Graph
from careerkg.routes.find import DEFAULT, ask_items
from careerkg.routes.model import RouteOptions
from careerkg.routes.problem import forward
from careerkg.routes.values import days
from careerkg.store import Store

__all__ = ["Reachable", "Unlocked", "reachable", "unlocks"]


@dataclass(frozen=True)
class Reachable:
    """An item that can be attained, and the least time that it takes."""

    id: str
    min_days: float

    def to_dict(self) -> dict[str, Any]:
        """Return the item as JSON has it."""
        return {"id": self.id, "minDays": self.min_days}


@dataclass(frozen=True)
class Unlocked:
    """An item that one thing more opens, and in how many steps from it."""

    id: str
    hops: int

    def to_dict(self) -> dict[str, Any]:
        """Return the item as JSON has it."""
        return {"id": self.id, "hops": self.hops}


def reachable(
    store: Store, holding: Iterable[str] = (), *, options: RouteOptions = DEFAULT
) -> tuple[Reachable, ...]:
    """Return everything that can be attained from what is held, soonest first, then by IRI.

    Raises UnknownName for an IRI that occurs nowhere, MalformedValue for a value that cannot be read.
    """
    graph, held, excluded = ask_items(store, holding, options)
    held |= graph.completed(held).keys()
    reached = forward(graph.network(), graph, held, excluded)
    names = graph.facts.names
    found = [
        Reachable(names[node], days(when))
        for node, when in reached.items()
        if graph.item[node] and node not in held
    ]
    if options.max_time is not None:
        found = [one for one in found if one.min_days <= options.max_time]
    return tuple(sorted(found, key=lambda one: (one.min_days, one.id)))


def unlocks(
    store: Store,
    item: str,
    *,
    hops: int | None = None,
    holding: Iterable[str] = (),
    options: RouteOptions = DEFAULT,
) -> tuple[Unlocked, ...]:
    """Return what an item newly opens through recorded conditions alone, by hops, then IRI.

    Items of which no conditions are recorded count only if they are held: they are open to everybody anyway.
    One hop leads to what the item opens itself, two hops to what that opens, and so on; ``hops`` is how far
    to look. Raises UnknownName.
    """
    graph, before, excluded = ask_items(store, holding, options)
    before |= graph.completed(before).keys()
    (asked,) = ask_items(store, (item,), options)[1]
    if asked in before:
        return ()
    closed = excluded | _entries(graph)
    nodes = graph.network()
    open_before = set(forward(nodes, graph, before, closed - before, _no_time))
    base = {node for node in open_before if graph.item[node]} | before | {asked}
    levels = forward(nodes, graph, base, closed - base, lambda _: 1)
    names = graph.facts.names
    found = [
        Unlocked(names[node], level)
        for node, level in levels.items()
        if graph.item[node] and node not in base and (hops is None or level <= hops)
    ]
    return tuple(sorted(found, key=lambda one: (one.hops, one.id)))


def _entries(graph: Graph) -> set[int]:
    return {
        node
        for node in graph.network()
        if graph.item[node] and not graph.recorded[node] and not graph.kids[node]
    }


def _no_time(_: int) -> int:
    return 0
