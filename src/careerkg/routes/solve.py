"""Best plans, the next best ones, and the front of time and cost, on the exact core."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from math import inf
from time import monotonic

from careerkg.routes.compile import Graph
from careerkg.routes.cone import cut
from careerkg.routes.incumbent import Outcome
from careerkg.routes.problem import Problem
from careerkg.routes.program import available
from careerkg.routes.search import Search
from careerkg.routes.settle import settle
from careerkg.routes.weights import Ranking

__all__ = ["Limits", "Meter", "OutOfTime", "Solution", "best_solution", "next_solutions", "pareto_solutions"]

Rank = tuple[tuple[float, ...], tuple[str, ...]]


PATIENCE = 60
"""After so many rounds of a search in which only ties are left, they are settled in stages."""

EFFORT = 800_000
"""After so much work, about a second, a search goes on as an integer program, if HiGHS is there."""

TIE_EFFORT = 30_000_000
"""After so much work, about half a minute, what is left are ties: the objective itself is proven."""


class OutOfTime(Exception):
    """The clock stopped a search before it found any plan that keeps the limits; none may exist."""


@dataclass(slots=True)
class Meter:
    """How much work several searches may still do together: about so many microseconds, on any machine."""

    left: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What a plan must keep: time in microseconds and cost in millionths at most; when to stop."""

    time: int | None = None
    cost: int | None = None
    until: float | None = None
    meter: Meter | None = field(default=None, compare=False)

    @property
    def passed(self) -> bool:
        """Whether it is time to stop."""
        return (self.until is not None and monotonic() > self.until) or (
            self.meter is not None and self.meter.left < 0
        )


@dataclass(frozen=True, slots=True)
class Solution:
    """A plan as nodes of the graph, with its rank among plans and what is proven of it."""

    items: frozenset[int]
    rank: Rank
    time: int
    cost: int
    currency: str | None
    bound: float
    """No plan that was still to be found is better than this in the objective."""
    proven: bool
    """Whether no other plan that was still to be found ranks before it, ties included."""


def best_solution(
    graph: Graph,
    goal: int,
    held: frozenset[int],
    excluded: frozenset[int],
    objective: Ranking,
    limits: Limits = Limits(),
    ceiling: float = inf,
) -> Solution | None:
    """Return the plan that ranks first, or None if none keeps the limits. Raises OutOfTime.

    None, too, if every plan's first component is above a ceiling.
    """
    early = objective == "time" and limits.cost is None and graph.exact_times()
    problem = cut(graph, goal, held, excluded, soonest_only=early)
    if problem is None or (limits.time is not None and problem.soonest[0] > limits.time):
        return None
    names = graph.facts.names
    limit = limits.time
    if objective == "time":
        if problem.soonest[0] > ceiling:
            return None
        fastest = _fastest(problem, names, limits)
        if fastest == inf or fastest > ceiling:
            return None
        limit = int(fastest)
    solver = available()
    effort = EFFORT if solver else TIE_EFFORT if objective == "time" else None
    if limits.meter is not None:
        effort = limits.meter.left
    search = Search(
        problem,
        names,
        objective,
        limit=limit,
        budget=limits.cost,
        until=limits.until,
        patience=PATIENCE,
        effort=effort,
        ceiling=None if ceiling == inf or objective == "time" else int(ceiling),
    )
    outcome = search.run()
    if limits.meter is not None:
        limits.meter.left -= search.work + len(problem.need)
    if not outcome.proven and not limits.passed:
        if solver:
            outcome = settle(search, outcome, limits.until)
        if not outcome.proven and not search.tired:
            outcome = _by_stages(problem, names, objective, limit, limits)
    if outcome.items is None:
        if not outcome.proven:
            raise OutOfTime
        return None
    if outcome.key[0] > ceiling:
        return None
    return _solution(graph, problem, objective, outcome, outcome.items)


def _by_stages(
    problem: Problem, names: list[str], objective: Ranking, limit: int | None, limits: Limits
) -> Outcome:
    """Return the best plan where many plans are equal in what leads: the least of that first, then the least
    time that such a plan takes, then all the rest within that time.

    The times of plans do not add up, so bounds settle ties badly as long as they stand in between.
    """
    budget, until = limits.cost, limits.until
    leading: dict[Ranking, Ranking] = {"cost": "least cost", "steps": "least steps"}
    lead = leading.get(objective)
    if lead is not None:
        first = Search(problem, names, lead, limit=limit, budget=budget, until=until).run()
        # An upper end of cost that is open for some does not add up: then there are no stages.
        if first.items is not None and first.proven and (lead != "least cost" or _costs_end(problem)):
            time = first.time
            while True:
                if problem.soonest[0] > time - 1:
                    break
                less = Search(problem, names, lead, limit=time - 1, budget=budget, until=until).run()
                if not less.proven or less.items is None or less.key != first.key:
                    break
                time = less.time
            return Search(
                problem,
                names,
                objective,
                limit=time,
                budget=budget,
                until=until,
                effort=TIE_EFFORT,
                fixed_time=True,
            ).run()
    return Search(problem, names, objective, limit=limit, budget=budget, until=until).run()


def _costs_end(problem: Problem) -> bool:
    """Tell whether upper ends of cost add up, or are decided by the lower ones."""
    return all(
        unknown or high is not None
        for unknown, high in zip(problem.cost_unknown, problem.cost_high, strict=True)
    )


def _fastest(problem: Problem, names: list[str], limits: Limits) -> float:
    """Return the least time in which the goal can be reached within the budget; inf if it cannot."""
    limit: float = problem.soonest[0]
    if limits.cost is None:
        return limit

    def within(time: float | None, *, enough: bool) -> float:
        search = Search(
            problem,
            names,
            "cost",
            limit=None if time is None else int(time),
            budget=limits.cost,
            until=limits.until,
            enough=enough,
            effort=EFFORT if available() else None,
        )
        outcome = search.run()
        if not outcome.proven and search.tired and not (enough and outcome.items):
            outcome = settle(search, outcome, limits.until)
        if outcome.items is None and not outcome.proven:
            raise OutOfTime
        return inf if outcome.items is None else outcome.time

    if within(limit, enough=True) < inf:
        return limit
    # From the slow side: the cheapest plan, then ever faster ones that the budget still allows.
    time = within(limits.time, enough=False)
    while time < inf:
        faster = within(time - 1, enough=True)
        if faster == inf:
            break
        time = faster
    return time


def _solution(
    graph: Graph, problem: Problem, objective: Ranking, outcome: Outcome, items: frozenset[int]
) -> Solution:
    """Return an outcome with the rank that compares it across problems."""
    names = graph.facts.names
    numbers = outcome.key if objective == "steps" else (*outcome.key, float(len(items)))
    return Solution(
        items,
        (numbers, tuple(sorted(names[node] for node in items))),
        outcome.time,
        outcome.cost,
        problem.currency,
        outcome.bound,
        outcome.proven,
    )


def next_solutions(
    graph: Graph,
    goal: int,
    held: frozenset[int],
    excluded: frozenset[int],
    objective: Ranking,
    limits: Limits = Limits(),
    wanted: int | None = None,
) -> Iterator[Solution]:
    """Yield plans, best first; no plan contains another one that ranks before it.

    A plan that does not contain an earlier one lacks one of its items; so after each plan the rest of the
    search space falls into one region for each of its items (Lawler 1972), which may overlap. Where only so
    many plans are ``wanted``, a region is searched no further than up to the last of those already known.
    """
    first = best_solution(graph, goal, held, excluded, objective, limits)
    if first is None:
        return
    heap: list[tuple[Rank, int, frozenset[int], Solution]] = [(first.rank, 0, excluded, first)]
    seen_regions = {excluded}
    shown: set[frozenset[int]] = set()
    number = 0
    open_regions = False
    while heap:
        _, _, without, solution = heappop(heap)
        late = limits.passed
        if solution.items not in shown:
            shown.add(solution.items)
            # Regions that were not searched to the end may have held a better one.
            yield replace(solution, proven=False) if open_regions else solution
            if len(shown) == wanted:
                return
        open_regions = open_regions or late or not solution.proven
        if late:
            continue
        for node in sorted(solution.items, key=graph.facts.names.__getitem__):
            region = without | {node}
            if node == goal or region in seen_regions:
                continue
            seen_regions.add(region)
            ceiling = inf
            if wanted is not None:
                ahead = {one.items: one.rank[0][0] for _, _, _, one in heap if one.items not in shown}
                still = wanted - len(shown)
                if len(ahead) >= still > 0:
                    ceiling = sorted(ahead.values())[still - 1]
            try:
                found = best_solution(graph, goal, held, region, objective, limits, ceiling)
            except OutOfTime:
                open_regions = True
                continue
            if found is not None:
                number += 1
                heappush(heap, (found.rank, number, region, found))


def pareto_solutions(
    graph: Graph, goal: int, held: frozenset[int], excluded: frozenset[int], limits: Limits = Limits()
) -> list[Solution]:
    """Return the plans that no other plan beats in time without costing more, fastest first.

    The cheapest plan first, then the cheapest of those that are faster, until there is no faster one.
    """
    front: list[Solution] = []
    time = limits.time
    while True:
        try:
            found = best_solution(
                graph, goal, held, excluded, "front", Limits(time, limits.cost, limits.until)
            )
        except OutOfTime:
            if not front:
                raise
            return [replace(one, proven=False) for one in front[::-1]]
        if found is None:
            return front[::-1]
        front.append(found)
        if limits.passed:
            return [replace(one, proven=False) for one in front[::-1]]
        time = found.time - 1
        if time < 0:
            return front[::-1]
