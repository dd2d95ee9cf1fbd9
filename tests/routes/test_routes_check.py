"""The checker accepts what the planner finds and names what is wrong with anything else."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from route_instances import EX, store_of_file

from careerkg import CareerGraph
from careerkg.errors import RouteError
from careerkg.routes import RouteOptions, check_plan, find_routes

STORE = store_of_file("design.ttl")
GOOD = find_routes(STORE, EX + "registrar", [EX + "exam"], alternatives=3).to_dict()
Document = dict[str, Any]


def steps(document: Document) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document["plans"][0]["steps"]
    return found


def step(document: Document, name: str) -> dict[str, Any]:
    return next(one for one in steps(document) if one["id"] == EX + name)


def swap(document: Document) -> None:
    steps(document)[0], steps(document)[-1] = steps(document)[-1], steps(document)[0]


def add_useless(document: Document) -> None:
    steps(document).insert(
        0,
        {
            "id": EX + "reciprocity",
            "after": [],
            "startDay": 0.0,
            "endDay": 0.0,
            "cost": None,
            "satisfies": [],
            "unknown": ["cost", "duration"],
        },
    )


MUTATIONS: list[tuple[Callable[[Document], object], str]] = [
    (swap, "stands before its conditions are met"),
    (add_useless, "reciprocity is of no use"),
    (lambda d: steps(d).remove(step(d, "c1")), "rhit stands before its conditions are met"),
    (lambda d: steps(d).pop(), "the goal http://example.org/registrar is no step"),
    (lambda d: steps(d).append(deepcopy(steps(d)[0])), "a step stands twice"),
    (lambda d: step(d, "c1").update(endDay=1.0), "c1: endDay is 1.0, and should be 42.0"),
    (lambda d: step(d, "rhit").update(startDay=0.0), "rhit: startDay is 0.0"),
    (lambda d: step(d, "c1").update(cost=0.0), "c1: cost is 0.0, and should be 100.5"),
    (lambda d: step(d, "exp").update(cost=0.0), "exp: cost is 0.0, and should be None"),
    (lambda d: step(d, "exp").update(unknown=[]), "exp: unknown is []"),
    (lambda d: step(d, "rhit").update(after=[]), "the steps that it waits for do not meet its conditions"),
    (lambda d: step(d, "c1").update(after=[EX + "rhit"]), "c1 waits for http://example.org/rhit"),
    (lambda d: step(d, "c1").update(satisfies=[]), "without being served"),
    (lambda d: d["plans"][0]["time"].update(minDays=1.0), "time.minDays is 1.0"),
    (lambda d: d["plans"][0]["time"].update(maxDays=1.0), "time.maxDays is 1.0, and should be None"),
    (lambda d: d["plans"][0]["time"].update(unknownSteps=0), "time.unknownSteps is 0"),
    (lambda d: d["plans"][0]["cost"].update(min=0.0), "cost.min is 0.0"),
    (lambda d: d["plans"][0]["cost"].update(unknownSteps=9), "cost.unknownSteps is 9"),
    (lambda d: d.update(holding=[]), "stands before its conditions are met"),
    (lambda d: d.update(plans=[]), "there is no plan"),
    (lambda d: d.update(status="held"), "registrar is not held"),
    (lambda d: d.update(holding=[EX + "exam", EX + "registrar"]), "registrar is held already"),
]


def test_what_the_planner_finds_is_valid() -> None:
    assert len(GOOD["plans"]) == 3
    assert check_plan(STORE, GOOD) == []
    assert check_plan(STORE, json.loads(json.dumps(GOOD))) == []


@pytest.mark.parametrize(("change", "problem"), MUTATIONS, ids=[problem for _, problem in MUTATIONS])
def test_every_lie_is_found(change: Callable[[Document], object], problem: str) -> None:
    document = deepcopy(GOOD)
    change(document)
    assert any(problem in found for found in check_plan(STORE, document))


def test_limits_and_exclusions_are_checked() -> None:
    options = RouteOptions(exclude=(EX + "c1",), max_cost=1, max_time=1)
    found = " ".join(check_plan(STORE, GOOD, options=options))
    for problem in ("c1 is excluded", "costs more than allowed", "takes longer than allowed"):
        assert problem in found


@pytest.mark.parametrize("document", [{}, {"goal": 1}, {**GOOD, "asOf": "soon"}, {**GOOD, "plans": [{}]}])
def test_another_document_is_refused(document: Document) -> None:
    with pytest.raises(RouteError, match="not the JSON of a"):
        check_plan(STORE, document)


@pytest.mark.parametrize("day", [date(2012, 1, 1), date(2026, 1, 1)])
@pytest.mark.parametrize("goal", ["role/cancer-registrar", "credential/rhia", "occupation/dental-hygienist"])
def test_plans_of_the_bundled_graph_are_valid(kg: CareerGraph, goal: str, day: date) -> None:
    options = RouteOptions(as_of=day)
    routes = find_routes(kg.store, f"https://w3id.org/careerkg/id/{goal}", alternatives=4, options=options)
    assert check_plan(kg.store, routes.to_dict(), options=options) == []


def test_names_of_the_day_are_checked() -> None:
    store = store_of_file("dates.ttl")
    document = find_routes(store, EX + "job", options=RouteOptions(as_of=date(2021, 1, 1))).to_dict()
    assert check_plan(store, document) == []
    assert check_plan(store, {**document, "asOf": "2026-01-01"}) != []
