"""What can be attained at all, and what one thing more opens."""

from __future__ import annotations

from dataclasses import replace
from math import inf

from hypothesis import given, settings
from hypothesis import strategies as st
from route_instances import EX, Instance, Oracle, random_instance, store_of_file
from test_routes_lacking import opened
from test_routes_solve import SEEDS, ask, options_of

from careerkg.routes import reachable, unlocks


@settings(max_examples=200, deadline=None)
@given(SEEDS, st.integers(2, 12))
def test_reach_equals_the_repeated_definition(seed: int, size: int) -> None:
    instance = replace(random_instance(seed, size), max_time=None, max_cost=None)
    allowed = frozenset(instance.things.keys() - instance.held - instance.excluded)
    expected = {
        EX + name: when for name, when in Oracle(instance).reached(allowed).items() if name in allowed
    }
    found = reachable(instance.store(), [EX + n for n in instance.held], options=options_of(instance))
    # What no statement connects or describes is on no route.
    assert {one.id: one.min_days for one in found}.items() <= expected.items()
    assert {one.id for one in found} >= {name for name in expected if _connected(instance, name)}
    assert list(found) == sorted(found, key=lambda one: (one.min_days, one.id))
    for one in found[:2]:
        best = ask(replace(instance, goal=one.id.removeprefix(EX))).best
        assert best is not None
        assert best.time.min_days == one.min_days


def _connected(instance: Instance, name: str) -> bool:
    thing = instance.things[name.removeprefix(EX)]
    return bool(thing.requires) or thing.time != (None, None) or thing.cost != (None, None)


@settings(max_examples=200, deadline=None)
@given(SEEDS, st.integers(3, 12))
def test_unlocks_equals_the_difference_of_closures(seed: int, size: int) -> None:
    instance = replace(random_instance(seed, size), excluded=frozenset(), max_time=None, max_cost=None)
    entries = frozenset(name for name, thing in instance.things.items() if not thing.requires)
    item = f"i{seed % size}"
    before = opened(instance, frozenset(), entries)
    after = opened(instance, frozenset({item}), entries)
    found = unlocks(instance.store(), EX + item, holding=[EX + name for name in instance.held])
    assert {one.id.removeprefix(EX) for one in found} == after - before - {item}


def test_hops_are_counted_from_the_item() -> None:
    store = store_of_file("design.ttl")
    found = unlocks(store, EX + "trainee")
    assert [(one.id, one.hops) for one in found] == [(EX + "exp", 1)]
    held = [EX + name for name in ("exam", "exp", "c1")]
    assert [(o.id, o.hops) for o in unlocks(store, EX + "c2", holding=held)] == [
        (EX + "rhit", 1),
        (EX + "registrar", 2),
    ]
    assert [o.id for o in unlocks(store, EX + "c2", hops=1, holding=held)] == [EX + "rhit"]
    assert unlocks(store, EX + "c2", holding=[*held, EX + "c2"]) == ()


def test_reach_within_a_time() -> None:
    from careerkg.routes import RouteOptions

    found = reachable(store_of_file("design.ttl"), options=RouteOptions(max_time=11))
    assert [one.id.removeprefix(EX) for one in found] == [
        "foreign-program",
        "reciprocity",
        "trainee",
        "exam",
        "c2",
    ]
    assert all(one.min_days < inf for one in found)
