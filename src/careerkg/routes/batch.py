"""One goal, many holders: the compiled graph and every answer that comes up twice are shared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from careerkg.routes.find import DEFAULT, ask, ask_items, is_met
from careerkg.routes.model import Objective, RouteOptions, Status, as_objective
from careerkg.routes.problem import backward
from careerkg.routes.solve import best_solution
from careerkg.routes.values import days, money
from careerkg.store import Store

__all__ = ["HolderRoute", "routes_many"]


@dataclass(frozen=True, slots=True)
class HolderRoute:
    """The best plan of one holder in numbers; None where there is no plan."""

    status: Status
    min_days: float | None
    cost: float | None
    """Lower end."""
    steps: int | None


HELD = HolderRoute("held", 0.0, 0.0, 0)
UNREACHABLE = HolderRoute("unreachable", None, None, None)


def routes_many(
    store: Store,
    goal: str,
    holdings: Iterable[Iterable[str]],
    *,
    objective: Objective = "time",
    options: RouteOptions = DEFAULT,
) -> Iterator[HolderRoute]:
    """Yield the best plan of each holder, in numbers, in their order; each holds some items (IRIs).

    Two holders differ only in what the goal depends on, so each such set is solved once. Raises UnknownName
    for an IRI that occurs nowhere, and what :func:`find_routes` raises.
    """
    as_objective(objective)
    question = ask(store, goal, (), options, None)
    graph, excluded, limits = question.graph, question.excluded, question.limits
    relevant = frozenset(backward(graph, [question.goal], lambda _: False))
    nodes: dict[str, int] = {}
    answers: dict[frozenset[int], HolderRoute] = {}
    for holding in holdings:
        held = set()
        for name in holding:
            node = nodes.get(name)
            if node is None:
                ((node,), _) = ask_items(store, (name,), options)[1:]
                nodes[name] = node
            held.add(node)
        held.update(graph.completed(held))
        key = relevant & held
        found = answers.get(key)
        if found is None:
            if question.goal in key:
                found = HELD
            else:
                best = best_solution(graph, question.goal, key, excluded, objective, limits)
                if best is not None:
                    found = HolderRoute("optimal", days(best.time), money(best.cost), len(best.items))
                elif is_met(graph, question.goal, key, excluded):
                    found = HELD
                else:
                    found = UNREACHABLE
            answers[key] = found
        yield found
