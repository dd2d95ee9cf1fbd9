"""Best plans, next best ones and the front against the enumeration of all sets of items."""

from __future__ import annotations

from datetime import date
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from route_instances import EX, Candidate, Instance, Oracle, Thing, Tree, random_instance

from careerkg.routes import Objective, Plan, RouteOptions, Routes, check_plan, find_routes
from careerkg.routes.compile import Gate, compile_graph
from careerkg.routes.cone import cut
from careerkg.routes.facts import read_facts
from careerkg.routes.search import Search
from careerkg.routes.solve import Limits, _by_stages

OBJECTIVES: tuple[Objective, ...] = ("time", "cost", "steps")
SEEDS = st.integers(0, 2**32 - 1)


def ask(
    instance: Instance, objective: Objective = "time", *, alternatives: int = 1, pareto: bool = False
) -> Routes:
    """Put an instance to the planner."""
    return find_routes(
        instance.store(),
        EX + instance.goal,
        sorted(EX + name for name in instance.held),
        objective=objective,
        alternatives=alternatives,
        pareto=pareto,
        options=options_of(instance),
    )


def options_of(instance: Instance) -> RouteOptions:
    """Return the limits of an instance."""
    return RouteOptions(
        exclude=tuple(sorted(EX + name for name in instance.excluded)),
        max_time=instance.max_time,
        max_cost=instance.max_cost,
    )


def agrees(plan: Plan, candidate: Candidate) -> bool:
    """Tell whether a plan says of itself what the oracle says of the same set."""
    return (
        {EX + name for name in candidate.items} == set(plan.items)
        and plan.time.min_days == pytest.approx(candidate.time[0])
        and plan.time.unknown_steps == candidate.time[1]
        and (plan.time.max_days if plan.time.max_days is not None else inf)
        == pytest.approx(candidate.time[2])
        and plan.cost.min == candidate.cost[0]
        and plan.cost.unknown_steps == candidate.cost[1]
        and (plan.cost.max if plan.cost.max is not None else inf) == candidate.cost[2]
    )


@settings(max_examples=1500, deadline=None)
@given(SEEDS, st.integers(2, 9))
def test_all_objectives_and_alternatives_equal_enumeration(seed: int, size: int) -> None:
    instance = random_instance(seed, size)
    oracle = Oracle(instance)
    for objective in OBJECTIVES:
        expected = oracle.plans(objective)[:4]
        routes = ask(instance, objective, alternatives=4)
        assert [set(plan.items) for plan in routes] == [{EX + n for n in c.items} for c in expected]
        assert all(agrees(plan, candidate) for plan, candidate in zip(routes, expected, strict=True))
        assert routes.status == ("optimal" if expected else "unreachable")
        assert check_plan(instance.store(), routes.to_dict(), options=options_of(instance)) == []
    assert [(p.time.min_days, p.cost.min) for p in ask(instance, pareto=True)] == oracle.front()


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.integers(10, 12))
def test_twelve_items_equal_enumeration(seed: int, size: int) -> None:
    instance = random_instance(seed, size)
    oracle = Oracle(instance)
    for objective in OBJECTIVES:
        expected = oracle.plans(objective)[:1]
        routes = ask(instance, objective)
        assert [set(plan.items) for plan in routes] == [{EX + n for n in c.items} for c in expected]


@settings(max_examples=150, deadline=None)
@given(SEEDS, st.integers(3, 8))
def test_stages_settle_ties_as_one_search_does(seed: int, size: int) -> None:
    """Every question of a plan's time among equals, asked in stages, has the same answer."""
    instance = random_instance(seed, size)
    graph = compile_graph(
        read_facts(instance.store()), Gate(date(2026, 1, 1), frozenset(), frozenset(), 40.0, None)
    )
    ids = graph.facts.ids
    held = frozenset(ids[EX + name] for name in instance.held if EX + name in ids)
    problem = cut(graph, ids[EX + instance.goal], held)
    if problem is None:
        return
    names = graph.facts.names
    objectives: tuple[Objective, ...] = ("cost", "steps")
    for objective in objectives:
        whole = Search(problem, names, objective).run()
        stages = _by_stages(problem, names, objective, None, Limits())
        assert (stages.items, stages.key, stages.proven) == (whole.items, whole.key, True)


def test_electives_with_many_ties() -> None:
    """Twelve of twenty-four courses, equal or not: ten thousand ties are no search."""
    courses = [f"c{number:02}" for number in range(24)]
    for equal in (True, False):
        things = {
            name: Thing((), (days, days), (price, price))
            for number, name in enumerate(courses)
            for price, days in [(5, 5) if equal else (number * 7 % 13 + 1, number * 5 % 11)]
        }
        things["goal"] = Thing((Tree("AtLeast", tuple(courses), 12),), (0, 0), (0, 0))
        instance = Instance(things, "goal")
        prices = sorted(thing.cost[0] or 0 for name, thing in things.items() if name != "goal")
        days = sorted(thing.time[0] or 0 for name, thing in things.items() if name != "goal")
        best = {objective: ask(instance, objective) for objective in OBJECTIVES}
        assert all(routes.status == "optimal" for routes in best.values())
        cheap, quick, short = (best[objective].best for objective in ("cost", "time", "steps"))
        assert cheap is not None
        assert quick is not None
        assert short is not None
        assert cheap.cost.min == sum(prices[:12])
        assert quick.time.min_days == days[11]
        assert (len(short), short.time.min_days) == (13, days[11])
