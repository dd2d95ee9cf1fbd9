"""Minimal unmet sets against enumeration, by their definition."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from route_instances import EX, Instance, Tree, random_instance, store_of_file
from test_routes_solve import SEEDS, options_of

from careerkg.routes import missing


def met(tree: Tree | str, had: set[str]) -> bool:
    """Tell whether a condition is met by what is had."""
    if isinstance(tree, str):
        return tree in had
    if tree.kind == "FreeTextCondition":
        return True
    names = {operand for operand in tree.operands if isinstance(operand, str)}
    kids = [*(name in had for name in names), *(met(o, had) for o in tree.operands if not isinstance(o, str))]
    return sum(kids) >= {"AllOf": len(kids), "AnyOf": 1, "AtLeast": tree.count}[tree.kind]


def opened(instance: Instance, brought: frozenset[str], closed: frozenset[str]) -> set[str]:
    """Return what is had through recorded conditions, given what is brought and what can only be brought."""
    had = set(instance.held | brought)
    while True:
        more = {
            name
            for name, thing in instance.things.items()
            if name not in had and name not in closed and all(met(tree, had) for tree in thing.requires)
        }
        if not more:
            return had
        had |= more


def entry_items(instance: Instance) -> tuple[frozenset[str], frozenset[str]]:
    """Return the items that can only be brought (without conditions, or excluded), and all that may be."""
    things = instance.things

    def behind(start: str, had: set[str]) -> set[str]:
        """Return the items that an item waits for, directly or not, in conditions that are not met."""
        seen: set[str] = set()
        queue: list[Tree | str] = list(things[start].requires)
        while queue:
            tree = queue.pop()
            if met(tree, had):
                continue
            if not isinstance(tree, str):
                queue.extend(tree.operands)
            elif tree not in seen:
                seen.add(tree)
                queue.extend(things[tree].requires)
        return seen

    cone = {instance.goal} | behind(instance.goal, set(instance.held)) - instance.held
    free = {n for n in cone if n in instance.excluded or not things[n].requires} - instance.held
    had = opened(instance, frozenset(free), frozenset(free))
    locked = {name for name in cone - had if name in behind(name, had)} - {instance.goal}
    return frozenset(free), frozenset(free | locked)


@settings(max_examples=600, deadline=None)
@given(SEEDS, st.integers(2, 8))
def test_minimal_sets_equal_enumeration(seed: int, size: int) -> None:
    instance = replace(random_instance(seed, size), max_time=None, max_cost=None)
    closed, entries = entry_items(instance)
    expected: list[frozenset[str]] = []
    for count in range(len(entries) + 1):
        for brought in combinations(sorted(entries), count):
            some = frozenset(brought)
            if not any(less <= some for less in expected) and instance.goal in opened(instance, some, closed):
                expected.append(some)
    found = missing(
        instance.store(),
        EX + instance.goal,
        [EX + name for name in instance.held],
        limit=None,
        options=options_of(instance),
    )
    assert [{name.removeprefix(EX) for name in items} for items in found.sets] == expected
    assert found.complete


@pytest.mark.parametrize(
    ("goal", "expected"),
    [
        ("farm", [["chicken"], ["egg"]]),
        ("chicken", [["egg"]]),
        ("itself", []),
        ("empty-any", []),
        ("empty-all", [[]]),
        ("a", [["a"]]),
    ],
)
def test_cycles_and_edges(goal: str, expected: list[list[str]]) -> None:
    found = missing(store_of_file("edges.ttl"), EX + goal)
    assert [[name.removeprefix(EX) for name in items] for items in found.sets] == expected


def test_a_cut_is_told() -> None:
    store = store_of_file("design.ttl")
    every = missing(store, EX + "rhit")
    assert len(every.sets) == 5
    assert every.complete
    some = missing(store, EX + "rhit", limit=2)
    assert some.sets == every.sets[:2]
    assert not some.complete
    assert missing(store, EX + "rhit", limit=5).complete
    assert some.to_dict()["complete"] is False
    assert "--limit" in some.to_text()
