"""The exact core against an integer program, and what must hold whatever the instance is."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from route_instances import EX, Instance, Thing, Tree, random_instance
from route_milp import Program
from test_routes_solve import OBJECTIVES, SEEDS, ask

from careerkg.routes import Routes


def larger_instance(seed: int, size: int) -> Instance:
    """Return a world like those of the benchmarks: alternatives of several members, shared ones, cycles."""
    r = random.Random(seed)
    names = [f"i{number:03}" for number in range(size)]
    things: dict[str, Thing] = {}
    fresh = 1
    for place, name in enumerate(names):
        requires: tuple[Tree | str, ...] = ()
        if fresh < size:
            alternatives: list[Tree | str] = []
            for _ in range(r.randint(1, 4)):
                members: list[Tree | str] = []
                for _ in range(r.randint(1, 5)):
                    if fresh < size and r.random() < 0.7:
                        members.append(names[fresh])
                        fresh += 1
                    else:
                        members.append(names[r.randrange(max(fresh, place))])
                kind = r.choice(("AllOf", "AllOf", "AllOf", "AtLeast"))
                alternatives.append(
                    Tree("AtLeast", tuple(members), r.randint(1, len(members)))
                    if kind == "AtLeast"
                    else Tree("AllOf", tuple(members))
                )
            requires = (Tree("AnyOf", tuple(alternatives)),)
        cost = None if r.random() < 0.05 else r.randint(0, 60)
        days = None if r.random() < 0.05 else r.randint(0, 60)
        things[name] = Thing(requires, (days, days), (cost, cost))
    return Instance(things, names[0], frozenset(r.sample(names[1:], size // 20)))


@pytest.mark.parametrize("seed", range(200))
def test_cost_and_steps_equal_an_integer_program(seed: int) -> None:
    highspy: Any = pytest.importorskip("highspy")
    instance = larger_instance(seed, 50 + (seed * 37) % 251 if seed % 10 == 0 else 50 + seed % 40)
    program = Program(instance, highspy)
    costs = {name: thing.cost[0] or 0 for name, thing in instance.things.items()}
    expected = {"cost": program.least(costs)}
    if seed % 4 == 0:
        expected["steps"] = program.least(dict.fromkeys(instance.things, 1))
    for objective in OBJECTIVES:
        if objective not in expected:
            continue
        best = ask(instance, objective).best
        if expected[objective] is None:
            assert best is None
        else:
            assert best is not None
            value = best.cost.min if objective == "cost" else float(len(best))
            assert value == pytest.approx(expected[objective])
            assert best.bound == pytest.approx(value)


@pytest.mark.parametrize("seed", range(60))
def test_the_cheapest_of_the_fastest_equals_an_integer_program(seed: int) -> None:
    highspy: Any = pytest.importorskip("highspy")
    instance = larger_instance(1000 + seed, 40 + seed)
    best = ask(instance, "time").best
    if best is None:
        return
    # Unknown times rank before cost.
    weight = {
        name: 10_000 * (thing.time[0] is None) + (thing.cost[0] or 0)
        for name, thing in instance.things.items()
    }
    value = Program(instance, highspy, best.time.min_days).least(weight)
    assert value == pytest.approx(10_000 * best.time.unknown_steps + best.cost.min)
    faster = Program(instance, highspy, best.time.min_days - 1).least(weight)
    assert faster is None


def first(routes: Routes, objective: str) -> float:
    """Return what a plan is best in, infinite if there is none; nothing to do is nothing."""
    if routes.status == "held":
        return 0.0
    if routes.best is None:
        return float("inf")
    plan = routes.best
    return {"time": plan.time.min_days, "cost": plan.cost.min, "steps": float(len(plan))}[objective]


@settings(max_examples=150, deadline=None)
@given(SEEDS, st.integers(4, 30))
def test_holding_more_never_worsens_and_excluding_never_improves(seed: int, size: int) -> None:
    instance = replace(random_instance(seed, size), max_time=None, max_cost=None)
    other = f"i{1 + seed % (size - 1)}"
    for objective in OBJECTIVES:
        plain = first(ask(instance, objective), objective)
        more = ask(replace(instance.with_held(other), excluded=instance.excluded - {other}), objective)
        assert first(more, objective) <= plain
        if other not in instance.held:
            less = ask(replace(instance, excluded=instance.excluded | {other}), objective)
            assert first(less, objective) >= plain


@settings(max_examples=100, deadline=None)
@given(SEEDS, st.integers(4, 25))
def test_other_names_change_nothing_but_ties(seed: int, size: int) -> None:
    instance = random_instance(seed, size)
    names = list(instance.things)
    shuffled = list(names)
    random.Random(seed).shuffle(shuffled)
    new = dict(zip(names, shuffled, strict=True))

    def renamed(tree: Tree | str) -> Tree | str:
        if isinstance(tree, str):
            return new[tree]
        return Tree(tree.kind, tuple(map(renamed, tree.operands)), tree.count)

    twin = Instance(
        {
            new[name]: Thing(tuple(map(renamed, thing.requires)), thing.time, thing.cost)
            for name, thing in instance.things.items()
        },
        new[instance.goal],
        frozenset(new[name] for name in instance.held),
        frozenset(new[name] for name in instance.excluded),
        instance.max_time,
        instance.max_cost,
    )
    for objective in OBJECTIVES:
        one, two = ask(instance, objective).best, ask(twin, objective).best
        assert (one is None) == (two is None)
        if one is not None and two is not None:
            assert (one.time, one.cost, len(one)) == (two.time, two.cost, len(two))


def test_the_same_question_has_the_same_answer() -> None:
    instance = larger_instance(3, 80)
    answers = [ask(instance, "cost", alternatives=3).to_dict() for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0]["plans"][0]["steps"][-1]["id"] == EX + instance.goal
