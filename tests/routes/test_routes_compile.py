"""Which conditions gate, what things are called, and what they take and cost."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from route_instances import EX, store_of, store_of_file

from careerkg.errors import MalformedValue, MixedCurrencies
from careerkg.routes import DEFAULT_STRENGTHS, Plan, RouteOptions, Routes, find_routes


def ask(name: str, goal: str, *holding: str, **options: Any) -> Routes:
    """Ask about a file of the test data; names are local."""
    chosen = RouteOptions(**options)
    return find_routes(store_of_file(name), EX + goal, [EX + held for held in holding], options=chosen)


def items(plan: Plan | None) -> set[str]:
    """Return the local names of the steps of a plan."""
    assert plan is not None
    return {name.removeprefix(EX) for name in plan.items}


def test_everything_of_the_design() -> None:
    routes = ask("design.ttl", "registrar")
    plan = routes.best
    assert plan is not None
    assert items(plan) == {"registrar", "exp", "trainee", "rhit", "exam", "c1", "c2"}
    assert plan.time.min_days == 341.25
    assert (plan.time.max_days, plan.time.unknown_steps) == (None, 1)
    assert (plan.cost.min, plan.cost.max, plan.cost.unknown_steps) == (479.5, None, 2)
    assert plan.cost.currency == "USD"
    steps = {step.id.removeprefix(EX): step for step in plan.steps}
    assert (steps["rhit"].start_day, steps["rhit"].end_day) == (42.0, 42.0 + 182.62125)
    assert steps["exp"].duration == "PT1950H"
    assert steps["exp"].after == (EX + "trainee",)
    assert steps["c1"].conditions == "none recorded"
    assert steps["c1"].satisfies == (EX + "rhit",)
    assert [(entry.item, entry.text) for entry in plan.unverified] == [(EX + "registrar", "Read the guide.")]
    assert steps["rhit"].label == "Technician"
    assert steps["rhit"].kind == "Certification"
    assert steps["c1"].kind == "Item"


def test_hours_pass_as_told() -> None:
    slow = ask("design.ttl", "exp", hours_per_week=20.0).best
    assert slow is not None
    assert slow.time.min_days == 1950 / 20 * 7


@pytest.mark.parametrize(
    ("strengths", "expected"),
    [
        (DEFAULT_STRENGTHS, {"job", "licence", "exam", "certificate", "course"}),
        (DEFAULT_STRENGTHS[:1], {"job", "licence", "course"}),
        ((), {"job", "course"}),
    ],
)
def test_strengths_gate_as_asked(strengths: tuple[str, ...], expected: set[str]) -> None:
    assert items(ask("strengths.ttl", "job", strengths=strengths).best) == expected


def test_weak_demands_are_advice() -> None:
    advice = ask("strengths.ttl", "job").advice
    assert [(a.kind, a.text) for a in advice] == [
        ("exception", "May be waived."),
        ("recommended", "A hobby"),
        ("strength", "A year abroad, for some"),
        ("strength", "Good marks are liked."),
        ("strength", "Good marks are liked."),
    ]
    assert advice[2].strength == "https://w3id.org/careerkg/id/strength/some-employers"


def test_preferences_gate_if_asked() -> None:
    everything = (
        *DEFAULT_STRENGTHS,
        *(f"{DEFAULT_STRENGTHS[0][:-3]}{s}" for s in ("some-employers", "preference")),
    )
    found = ask("strengths.ttl", "job", strengths=everything)
    assert items(found.best) == {"job", "licence", "exam", "certificate", "abroad", "marks"}
    assert not [a for a in found.advice if a.kind == "strength"]


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ((), {"of-city", "of-state", "of-other"}),
        (("city",), {"of-city", "of-state"}),
        (("state",), {"of-state"}),
        (("nation",), set()),
        (("other", "state"), {"of-state", "of-other"}),
    ],
)
def test_demands_gate_where_they_hold(places: tuple[str, ...], expected: set[str]) -> None:
    plan = ask("jurisdictions.ttl", "job", jurisdiction=tuple(EX + place for place in places)).best
    assert items(plan) == {"job", "everywhere", *expected}


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2018, 6, 1), {"job", "old", "nothing"}),
        (date(2019, 1, 1), {"job", "old"}),
        (date(2020, 1, 1), {"job", "middle"}),
        (date(2023, 12, 31), {"job", "middle", "course"}),
        (date(2024, 1, 1), {"job", "new", "course"}),
    ],
)
def test_names_and_rules_of_the_day(day: date, expected: set[str]) -> None:
    assert items(ask("dates.ttl", "job", as_of=day).best) == expected


def test_a_new_name_is_told() -> None:
    advice = ask("dates.ttl", "job", as_of=date(2026, 1, 1)).advice
    assert [(a.kind, a.item, a.text) for a in advice] == [
        ("succession", EX + "new", "ON is called NN since 2024-01-01, and read as NN here.")
    ]
    before = ask("dates.ttl", "new", as_of=date(2021, 1, 1))
    assert items(before.best) == {"middle"}
    assert (
        before.advice[0].text
        == "NN was called Middle Name until 2024-01-01, and is read as Middle Name here."
    )


def test_an_old_name_is_held_excluded_and_asked_for_under_the_new_one() -> None:
    today = date(2026, 1, 1)
    assert items(ask("dates.ttl", "job", "old", as_of=today).best) == {"job", "course"}
    assert ask("dates.ttl", "old", "new", as_of=today).status == "held"
    assert ask("dates.ttl", "job", as_of=today, exclude=(EX + "old",)).status == "unreachable"
    assert items(ask("dates.ttl", "needs-undated", as_of=today).best) == {"needs-undated", "successor"}


def test_what_was_split_can_be_held_but_not_attained() -> None:
    assert ask("dates.ttl", "needs-split").status == "unreachable"
    assert ask("dates.ttl", "needs-split", "split").status == "optimal"


@pytest.mark.parametrize(("day", "cost"), [(date(2024, 6, 1), 10.0), (date(2025, 1, 1), 20.0)])
def test_costs_of_the_day(day: date, cost: float) -> None:
    plan = ask("dates.ttl", "new", as_of=day).best
    assert plan is not None
    assert plan.cost.min == plan.cost.max == cost


def test_competing_statements_span_an_interval() -> None:
    exam, test = ask("ranks.ttl", "exam").best, ask("ranks.ttl", "test").best
    assert exam is not None
    assert (exam.cost.min, exam.cost.max) == (229.0, 299.0)
    assert (exam.time.min_days, exam.time.max_days) == (1.0, 3.0)
    assert exam.steps[0].duration == "P1D/P3D"
    assert test is not None
    assert (test.cost.min, test.cost.max, test.cost.unknown_steps) == (100.0, None, 0)


@pytest.mark.parametrize(
    ("goal", "expected"),
    [
        ("empty-any", None),
        ("empty-all", {"empty-all"}),
        ("too-many", None),
        ("none-needed", {"none-needed"}),
        ("ring", {"ring", "a"}),
        ("itself", None),
        ("farm", None),
    ],
)
def test_conditions_at_the_edge(goal: str, expected: set[str] | None) -> None:
    routes = ask("edges.ttl", goal)
    assert (items(routes.best) if routes.best else None) == expected
    assert routes.status == ("unreachable" if expected is None else "optimal")


def test_a_condition_may_be_the_goal() -> None:
    assert items(ask("edges.ttl", "ring1").best) == {"a"}
    assert ask("edges.ttl", "ring1", "a").status == "held"


BAD = [
    ('ex:goal ckg:estimatedDuration "P1X"^^xsd:duration .', "goal ckg:estimatedDuration: 'P1X'"),
    ('ex:goal ckg:estimatedDuration "-P1D"^^xsd:duration .', "goal ckg:estimatedDuration: '-P1D'"),
    (
        'ex:goal ckg:minDuration "P2D"^^xsd:duration ; ckg:maxDuration "P1D"^^xsd:duration .',
        "goal ckg:minDuration: 'P2D'",
    ),
    ("ex:goal a ckg:Experience ; ckg:hours -1 .", "goal ckg:hours: '-1'"),
    ("ex:goal ckg:estimatedCost ex:fee . ex:fee ckg:amount -1 .", "fee ckg:amount: '-1'"),
    ("ex:goal ckg:estimatedCost [ ckg:amount -1 ] .", "goal ckg:amount: '-1'"),
    ('ex:goal ckg:estimatedCost ex:fee . ex:fee ckg:amount "NaN"^^xsd:double .', "fee ckg:amount: 'NaN'"),
    (
        "ex:goal ckg:estimatedCost ex:fee . ex:fee ckg:minAmount 2 ; ckg:maxAmount 1 .",
        "fee ckg:minAmount: '2'",
    ),
    ("ex:goal ckg:requires ex:some . ex:some a ckg:AtLeast ; ckg:operand ex:a .", "some ckg:count: ''"),
    (
        "ex:goal ckg:requires ex:some . ex:some a ckg:AtLeast ; ckg:count -1 ; ckg:operand ex:a .",
        "some ckg:count: '-1'",
    ),
    ('ex:goal ckg:validUntil "soon" .', "goal ckg:validUntil: 'soon'"),
]


@pytest.mark.parametrize(("data", "message"), BAD)
def test_what_cannot_be_read_is_named(data: str, message: str) -> None:
    prefixes = "@prefix ckg: <https://w3id.org/careerkg/ontology#> . @prefix ex: <http://example.org/> .\n"
    prefixes += "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
    store = store_of(prefixes + data + " ex:other a ckg:Course ; ckg:requires ex:part .")
    with pytest.raises(MalformedValue) as caught:
        find_routes(store, EX + "goal")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    # What a question does not touch does not stand in its way.
    assert find_routes(store, EX + "other").status == "optimal"


def test_mixed_currencies_are_refused_where_costs_matter_unless_one_is_chosen() -> None:
    store = store_of_file("mixed.ttl")
    for options in ({"objective": "cost"}, {"pareto": True}, {"options": RouteOptions(max_cost=900)}):
        with pytest.raises(MixedCurrencies) as caught:
            find_routes(store, EX + "goal", **options)
        assert caught.value.currencies == ("EUR", "USD")
    quickest = ask("mixed.ttl", "goal")
    assert quickest.best is not None
    assert (quickest.status, quickest.best.cost.currency, quickest.best.cost.max) == ("optimal", None, None)
    assert quickest.best.cost.unknown_steps == len(quickest.best.steps)
    assert [advice.kind for advice in quickest.advice] == ["currency"]
    euros, dollars = (ask("mixed.ttl", "goal", "free", currency=code).best for code in ("EUR", "USD"))
    # A cost in another currency is unknown: known lower ends rank first, and it has none above nothing.
    assert euros is not None
    assert dollars is not None
    assert (items(euros), euros.cost.currency, euros.cost.unknown_steps) == ({"goal", "here"}, "EUR", 2)
    assert (items(dollars), dollars.cost.currency, dollars.cost.max) == ({"goal", "abroad"}, "USD", None)
    # Nothing is nothing in every currency, and what lies behind what is held costs nobody anything.
    assert ask("mixed.ttl", "home").status == "optimal"
    assert ask("mixed.ttl", "goal", "abroad").status == "optimal"


def test_an_unknown_never_wins_by_being_unknown() -> None:
    store = store_of(
        "@prefix ckg: <https://w3id.org/careerkg/ontology#> . @prefix ex: <http://example.org/> .\n"
        "ex:goal ckg:requires [ a ckg:AnyOf ; ckg:operand ex:a-unknown , ex:b-free ] .\n"
        'ex:b-free ckg:estimatedCost [ ckg:amount 0 ; ckg:currency "USD" ] .'
    )
    plan = find_routes(store, EX + "goal", objective="cost").best
    assert items(plan) == {"goal", "b-free"}


def test_ten_thousand_nested_conditions() -> None:
    deep = "ex:goal a ckg:Course ; ckg:requires ex:n0 .\n" + "".join(
        f"ex:n{n} a ckg:{'AllOf' if n % 2 else 'AnyOf'} ; ckg:operand ex:n{n + 1} , ex:m{n % 7} .\n"
        for n in range(10_000)
    )
    store = store_of(
        "@prefix ckg: <https://w3id.org/careerkg/ontology#> . @prefix ex: <http://example.org/> .\n" + deep
    )
    assert items(find_routes(store, EX + "goal").best) == {"goal", "m0"}
