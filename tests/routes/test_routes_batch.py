"""Many holders in one call have what each has alone."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from route_instances import EX, random_instance
from test_routes_search import larger_instance
from test_routes_solve import OBJECTIVES, SEEDS, ask, options_of

from careerkg.routes import HolderRoute, Routes, routes_many


def row(routes: Routes) -> HolderRoute:
    """Return an answer as the row of a batch."""
    if routes.status == "held":
        return HolderRoute("held", 0.0, 0.0, 0)
    if routes.best is None:
        return HolderRoute("unreachable", None, None, None)
    return HolderRoute(routes.status, routes.best.time.min_days, routes.best.cost.min, len(routes.best))


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.integers(3, 14))
def test_a_batch_equals_its_parts(seed: int, size: int) -> None:
    instance = random_instance(seed, size)
    store = instance.store()
    names = [name for name in instance.things if name not in instance.excluded]
    holdings = [[], *([name] for name in names), [*names[1:3]], []]
    for objective in OBJECTIVES:
        expected = [
            row(ask(type(instance)(**{**vars(instance), "held": frozenset(some)}), objective))
            for some in holdings
        ]
        found = routes_many(
            store,
            EX + instance.goal,
            [[EX + name for name in some] for some in holdings],
            objective=objective,
            options=options_of(instance),
        )
        assert list(found) == expected


def test_a_thousand_holders() -> None:
    instance = larger_instance(7, 60)
    names = [EX + name for name in instance.things]
    holdings = [[names[n % 60], names[(n * 7) % 60]] for n in range(1000)]
    rows = list(routes_many(instance.store(), EX + instance.goal, holdings))
    assert len(rows) == 1000
    assert rows[0] == HolderRoute("held", 0.0, 0.0, 0)
    assert rows[60:120] == rows[120:180] or rows[1] == rows[421]
