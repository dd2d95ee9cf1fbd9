"""What the search leaves open and an integer program settles: the same answers as by the search alone."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from route_instances import EX, Candidate, Instance, Oracle, Thing, Tree, random_instance
from test_routes_search import larger_instance
from test_routes_solve import OBJECTIVES, SEEDS, agrees, ask

from careerkg.routes import Objective, Routes, find_routes, solve
from careerkg.routes.program import available

pytestmark = pytest.mark.skipif(not available(), reason="HiGHS (highspy) is not installed")


def ask_after(effort: int, instance: Instance, objective: Objective, *, pareto: bool = False) -> Routes:
    """Put an instance to the planner, whose search may do so much work before a program takes over."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(solve, "EFFORT", effort)
        return ask(instance, objective, alternatives=1 if pareto else 3, pareto=pareto)


def _leading(candidate: Candidate, objective: Objective) -> float:
    """Return what an objective compares first."""
    values = {"time": candidate.time[0], "cost": candidate.cost[0], "steps": len(candidate.items)}
    return values[objective]


@settings(max_examples=150, deadline=None)
@given(SEEDS, st.integers(2, 8))
def test_programs_alone_equal_enumeration(seed: int, size: int) -> None:
    instance = random_instance(seed, size)
    oracle = Oracle(instance)
    for objective in OBJECTIVES:
        expected = oracle.plans(objective)[:3]
        found = ask_after(-1, instance, objective).plans
        assert len(found) == len(expected)
        for plan, candidate in zip(found, expected, strict=True):
            # Ties that programs do not settle (upper ends of times) are not called settled.
            assert agrees(plan, candidate) or not plan.proven
            assert (plan.time.min_days, plan.cost.min) == (candidate.time[0], candidate.cost[0]) or (
                not plan.proven and plan.bound <= _leading(candidate, objective)
            )
    front = [(plan.time.min_days, plan.cost.min) for plan in ask_after(-1, instance, "time", pareto=True)]
    assert front == oracle.front()


@pytest.mark.parametrize("seed", range(40))
def test_a_program_goes_on_where_the_search_stopped(seed: int) -> None:
    r = random.Random(seed)
    instance = larger_instance(seed, 30 + seed)
    if seed % 3 == 0:
        instance = replace(instance, max_cost=r.randint(100, 900), max_time=r.randint(60, 600))
    for objective in OBJECTIVES:
        alone = ask_after(10**9, instance, objective).plans
        together = ask_after(r.choice((500, 2000, 5000)), instance, objective).plans
        assert [plan.items for plan in alone] == [plan.items for plan in together]
        assert all(plan.proven for plan in together)
    fronts = [
        [(plan.time, plan.cost) for plan in ask_after(effort, instance, "time", pareto=True)]
        for effort in (10**9, 1000)
    ]
    assert fronts[0] == fronts[1]


def test_a_dense_cone_is_proven() -> None:
    """Four hundred items, half of the members shared: beyond the search alone."""
    instance = replace(larger_instance(11, 400), held=frozenset())
    routes = find_routes(instance.store(), EX + instance.goal, objective="cost", deadline=60)
    assert routes.status == "optimal"


@pytest.mark.parametrize("seed", range(2))
def test_nested_electives_equal_the_sum_of_the_cheapest(seed: int) -> None:
    """Three of six groups, in each five of twenty-three courses: nothing is enumerated."""
    r = random.Random(seed)
    courses = [[f"g{group}c{number:02}" for number in range(23)] for group in range(6)]
    values = [r.randint(1, 400) for _ in range(138)] if seed % 2 else [7] * 138
    things = {
        name: Thing((), (value % 31, value % 31), (value, value))
        for name, value in zip((name for group in courses for name in group), values, strict=True)
    }
    groups = tuple(Tree("AtLeast", tuple(group), 5) for group in courses)
    things["goal"] = Thing((Tree("AtLeast", groups, 3),), (0, 0), (0, 0))
    instance = Instance(things, "goal")
    cheapest = sorted(sum(sorted(things[name].cost[0] or 0 for name in group)[:5]) for group in courses)
    quickest = sorted(sorted(things[name].time[0] or 0 for name in group)[4] for group in courses)
    best = {objective: ask(instance, objective).best for objective in OBJECTIVES}
    assert all(plan is not None and plan.proven for plan in best.values())
    assert best["cost"] is not None
    assert best["time"] is not None
    assert best["steps"] is not None
    assert best["cost"].cost.min == sum(cheapest[:3])
    assert best["time"].time.min_days == quickest[2]
    assert len(best["steps"]) == 16


def test_ties_are_not_settled_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without HiGHS, too, a plan by time comes back: the least time is proven, its ties are not."""
    monkeypatch.setattr(solve, "available", lambda: False)
    instance = replace(larger_instance(11, 300), held=frozenset())
    whole = ask(instance, "time").best
    monkeypatch.setattr(solve, "TIE_EFFORT", 0)
    routes = ask(instance, "time")
    assert routes.status == "optimal"
    assert whole is not None
    assert routes.best is not None
    assert routes.best.time.min_days == routes.best.bound == whole.time.min_days
    assert routes.best.proven or routes.best.proof == "no plan is better; ties are not settled"
    assert whole.cost.min <= routes.best.cost.min
