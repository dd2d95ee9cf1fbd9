"""Plans from sets of items: when each step is taken, what it waits for and serves, and who says so."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from careerkg.routes.compile import Graph
from careerkg.routes.describe import Descriptions
from careerkg.routes.facts import FREE, Facts
from careerkg.routes.model import CostSpan, Details, Plan, Step, TimeSpan, Unverified
from careerkg.routes.problem import Objective, backward, forward
from careerkg.routes.solve import Solution
from careerkg.routes.values import days, money, parse_duration
from careerkg.vocabulary import CKG

__all__ = ["Support", "make_plan", "supports"]


@dataclass(frozen=True, slots=True)
class Support:
    """How one item of a plan comes to be attained."""

    start: int
    end: int
    after: frozenset[int]
    """Items of the plan that its conditions rest on."""
    texts: frozenset[int]
    """Free-text and person conditions that its conditions rest on."""
    links: tuple[tuple[int, int], ...]
    """(node, child) of the conditions that were used, the item's own among them."""


def supports(graph: Graph, items: Set[int], held: Set[int], *, upper: bool = False) -> dict[int, Support]:
    """Return how each item of a plan is attained: each condition is met by those of its children that come
    first, rather by an item than by a text that nobody checked.

    With ``upper``, times are the upper ends (an open end counts as the lower one).
    """

    def duration(node: int) -> int:
        time = graph.time(node)
        return time.high if upper and time.high is not None else time.low

    cone = backward(graph, items, lambda node: node in held or (bool(graph.item[node]) and node not in items))
    others = {node for node in cone if graph.item[node] and node not in items}
    reached = forward(cone, graph, held, others, duration)
    place = {node: number for number, node in enumerate(reached)}
    names, kinds = graph.facts.names, graph.facts.kinds
    chosen: dict[int, list[int]] = {}
    soft: dict[int, int] = {}
    for node in reached:
        if node in held:
            continue
        kids = [kid for kid in graph.kids[node] if kid in place and place[kid] < place[node]]
        if len(kids) > graph.need[node]:
            kids.sort(key=lambda kid: (reached[kid], soft.get(kid, 0), names[kid]))
            kids = kids[: graph.need[node]]
        chosen[node] = kids
        if kinds.get(node) == FREE:
            soft[node] = 1
        elif not graph.item[node]:
            soft[node] = sum(soft.get(kid, 0) for kid in kids)
    found: dict[int, Support] = {}
    for node in items:
        if node not in reached:
            continue
        after: set[int] = set()
        texts: set[int] = set()
        links: list[tuple[int, int]] = []
        seen = {node}
        stack = [node]
        while stack:
            parent = stack.pop()
            for kid in chosen[parent]:
                links.append((parent, kid))
                if kid in seen:
                    continue
                seen.add(kid)
                if kid in held:
                    continue
                if kinds.get(kid) == FREE:
                    texts.add(kid)
                elif graph.item[kid]:
                    after.add(kid)
                else:
                    stack.append(kid)
        end = reached[node]
        found[node] = Support(
            end - duration(node), end, frozenset(after), frozenset(texts), tuple(sorted(set(links)))
        )
    return found


def make_plan(
    graph: Graph,
    goal: int,
    held: frozenset[int],
    solution: Solution,
    objective: Objective,
    words: Descriptions,
) -> Plan:
    """Return a solution as a plan; labels and sources are read when somebody looks at its steps."""
    items, names = solution.items, graph.facts.names
    backed = supports(graph, items, held)
    order = _ordered(graph, backed)
    times = [graph.time(node) for node in items]
    costs = [graph.cost(node)[0] for node in items]
    high = None
    if not any(time.high is None for time in times):
        high = supports(graph, items, held, upper=True)[goal].end if goal in items else 0
    cost_highs = [cost.high for cost in costs]
    scale = {"time": days, "cost": money, "steps": float}[objective]
    return Plan(
        names[goal],
        tuple(names[node] for node in order),
        TimeSpan(
            days(solution.time), None if high is None else days(high), sum(time.unknown for time in times)
        ),
        CostSpan(
            money(sum(cost.low for cost in costs)),
            None if None in cost_highs else money(sum(high for high in cost_highs if high is not None)),
            solution.currency,
            sum(cost.unknown for cost in costs),
        ),
        scale(int(solution.bound)),
        solution.proven,
        lambda: _details(graph, held, order, backed, words),
        solution.proven or solution.bound >= solution.rank[0][0],
    )


def _ordered(graph: Graph, backed: dict[int, Support]) -> list[int]:
    """Return the steps, each after those that it waits for; otherwise by start, then IRI."""
    names = graph.facts.names
    waiting = {node: len(support.after) for node, support in backed.items()}
    serves: dict[int, list[int]] = {}
    for node, support in backed.items():
        for before in support.after:
            serves.setdefault(before, []).append(node)
    heap = [(backed[node].start, names[node], node) for node, count in waiting.items() if count == 0]
    heapify(heap)
    order = []
    while heap:
        node = heappop(heap)[2]
        order.append(node)
        for later in serves.get(node, ()):
            waiting[later] -= 1
            if waiting[later] == 0:
                heappush(heap, (backed[later].start, names[later], later))
    return order


def _details(
    graph: Graph, held: frozenset[int], order: list[int], backed: dict[int, Support], words: Descriptions
) -> Details:
    """Return the steps with labels and sources, and the conditions that nothing here can check."""
    facts, names = graph.facts, graph.facts.names
    satisfies: dict[int, set[int]] = {}
    for node, support in backed.items():
        for before in support.after:
            satisfies.setdefault(before, set()).add(node)
    if any(node not in satisfies for node in order[:-1]):
        # Here for the sake of the upper end of the time only.
        for node, support in supports(graph, set(order), held, upper=True).items():
            for before in support.after:
                satisfies.setdefault(before, set()).add(node)
    # One read for all that the steps show: the items, their conditions and their costs.
    words.read(
        names[node]
        for item in order
        for node in (item, *(parent for parent, _ in backed[item].links), *facts.cost.get(item, ()))
    )
    steps = []
    unverified: list[Unverified] = []
    for node in order:
        support = backed[node]
        cost, time = graph.cost(node)[0], graph.time(node)
        unknown = (["cost"] if cost.unknown else []) + (["duration"] if time.unknown else [])
        steps.append(
            Step(
                names[node],
                words.label(names[node]),
                words.kind(names[node]),
                tuple(sorted(names[before] for before in support.after)),
                days(support.start),
                days(support.end),
                recorded_duration(facts, node),
                None if cost.unknown else money(cost.low),
                None if cost.high is None else money(cost.high),
                tuple(sorted(names[later] for later in satisfies.get(node, ()))),
                evidence(graph, node, support.links, words),
                tuple(unknown),
                None if graph.recorded[node] else "none recorded",
            )
        )
        unverified.extend(Unverified(names[node], words.text(names[text])) for text in sorted(support.texts))
    unverified.sort(key=lambda entry: (entry.item, entry.text))
    return Details(tuple(steps), tuple(unverified))


def recorded_duration(facts: Facts, node: int) -> str | None:
    """Return the recorded time of an item: ``P2Y``, ``P1Y/P2Y``, ``P2Y/..``; hours as ``PT1950H``."""
    exact = facts.duration.get(node, [])
    lows, highs = exact + facts.min_duration.get(node, []), exact + facts.max_duration.get(node, [])
    if not lows and not highs:
        hours = sorted(facts.hours.get(node, ()), key=float)
        if not hours:
            return None
        texts = [f"PT{hour.strip().removesuffix('.0')}H" for hour in (hours[0], hours[-1])]
        return texts[0] if texts[0] == texts[1] else "/".join(texts)
    # An engine that keeps durations by value writes zero as PT0S; the recorded form is P0D.
    lows, highs = ([text if parse_duration(text) else "P0D" for text in texts] for texts in (lows, highs))
    low = min(lows, key=lambda text: (parse_duration(text), text)) if lows else ".."
    high = max(highs, key=lambda text: (parse_duration(text), text)) if highs else ".."
    return low if low == high else f"{low}/{high}"


def evidence(
    graph: Graph, node: int, links: tuple[tuple[int, int], ...], words: Descriptions
) -> tuple[str, ...]:
    """Return the graphs that hold the statements used for a step, or else the sources that the item names."""
    facts = graph.facts
    found: set[str] = set()
    for parent, kid in links:
        for predicate, table in (
            (CKG.requires, facts.requires),
            (CKG.operand, facts.operand),
            (CKG.condition, facts.condition),
            (CKG.inRole, facts.in_role),
        ):
            # As written: a renamed thing stands there under its old name.
            spelled = [facts.names[old] for old in table.get(parent, ()) if graph.current(old) == kid]
            if spelled:
                found |= words.graphs(facts.names[parent], predicate, *spelled)
    name = facts.names[node]
    for predicate in (
        CKG.estimatedDuration,
        CKG.minDuration,
        CKG.maxDuration,
        CKG.hours,
    ):
        found |= words.graphs(name, predicate)
    costs = graph.counted_costs(node)
    if costs:
        found |= words.graphs(name, CKG.estimatedCost, *(facts.names[cost] for cost in costs))
        for cost in costs:
            for predicate in (CKG.amount, CKG.minAmount, CKG.maxAmount):
                found |= words.graphs(facts.names[cost], predicate)
    return tuple(sorted(found or words.sources(name)))
