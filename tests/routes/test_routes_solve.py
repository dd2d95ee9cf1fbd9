"""Best plans, next best ones and the front against the enumeration of all sets of items."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from route_instances import EX, Candidate, Instance, Oracle, random_instance

from careerkg.routes import Objective, Plan, RouteOptions, Routes, check_plan, find_routes

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


@settings(max_examples=600, deadline=None)
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
