"""Route questions as addresses: what a form sends, read leniently, and written so that it can be shared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypedDict
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from careerkg.errors import CareerGraphError
from careerkg.graph import CareerGraph
from careerkg.routes import values
from careerkg.vocabulary import compact
from careerkg.web.pages.naming import find_name

__all__ = ["STRENGTHS", "Options", "Problem", "Question", "read_question"]

STRENGTHS = ("law", "issuer", "most-employers", "some-employers", "preference")
"""Strengths of demand, the strongest first; the first three gate unless told otherwise."""

DEFAULT = ("law", "issuer", "most-employers")

_HELD = 40


class Options(TypedDict, total=False):
    """What limits a route, as :meth:`careerkg.CareerGraph.routes` takes it."""

    exclude: Sequence[str]
    max_cost: float
    max_time: float
    jurisdiction: Sequence[str]
    strengths: Sequence[str]
    as_of: date
    hours_per_week: float
    currency: str


@dataclass(frozen=True)
class Problem:
    """A field that cannot be used as it is, in words; ``choices`` are CURIEs to choose from."""

    field: str
    text: str
    value: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """A question for routes; names are those that were given, CURIEs where they were found."""

    goal: str
    holding: tuple[str, ...]
    weigh: int
    """0: time alone, 100: money alone."""
    plan: int | None
    """Which plan of the front was chosen, from 1; None: by weight."""
    options: Options
    problems: tuple[Problem, ...]

    def address(self, path: str = "/routes", **changes: str | int | None) -> str:
        """Return the address of this question; ``changes`` replace parameters, None takes one away."""
        given: dict[str, str | int | list[str] | None] = {
            "goal": self.goal,
            "from": list(self.holding),
            "weigh": self.weigh,
            "plan": self.plan,
            **_written(self.options),
            **changes,
        }
        pairs = [
            (name, str(one))
            for name, value in given.items()
            if value not in (None, "", [])
            for one in (value if isinstance(value, list) else [value])
        ]
        return f"{path}?{urlencode(pairs)}"

    def holding_more(self, *names: str) -> Question:
        """Return the question of one who holds more."""
        return replace(self, holding=tuple(dict.fromkeys((*self.holding, *names))), plan=None)


def _written(options: Options) -> dict[str, str | int | list[str] | None]:
    """Return options as parameters."""
    found: dict[str, str | int | list[str] | None] = {
        "exclude": list(options.get("exclude", ())),
        "jurisdiction": list(options.get("jurisdiction", ())),
        "currency": options.get("currency"),
    }
    if "max_cost" in options:
        found["maxcost"] = f"{options['max_cost']:g}"
    if "max_time" in options:
        found["maxmonths"] = f"{options['max_time'] / MONTH:g}"
    if "hours_per_week" in options:
        found["hours"] = f"{options['hours_per_week']:g}"
    if "as_of" in options:
        found["asof"] = options["as_of"].isoformat()
    if "strengths" in options:
        found["strength"] = list(options["strengths"])
    return found


MONTH = values.MONTH / values.DAY
"""Days of a month."""


def read_question(graph: CareerGraph, parameters: QueryParams) -> Question:
    """Return the question that an address asks; what cannot be used is told as problems, and left out.

    Things are named by CURIEs with our prefixes only: an address means the same whatever data are loaded.
    """
    problems: list[Problem] = []

    def item(field: str, name: str) -> str | None:
        iri = named(graph, field, name, "Item", problems)
        try:
            return None if iri is None else compact(graph.item(iri))
        except CareerGraphError as error:
            problems.append(Problem(field, str(error), name))
        return None

    goal = parameters.get("goal", "").strip()[:300]
    if goal and goal == parameters.get("goalname", "").strip():
        goal = parameters.get("goalid", goal)  # the field was left as the form had it
    names = [*parameters.getlist("from"), *parameters.getlist("add")]
    held = [
        item("add", name.strip())
        for name in dict.fromkeys(names[:_HELD])
        if name.strip() and len(name) <= 300
    ]
    options: Options = {}
    excluded = [
        item("exclude", name.strip()) for name in parameters.getlist("exclude")[:_HELD] if name.strip()
    ]
    if found := [one for one in excluded if one is not None]:
        options["exclude"] = found
    given = [name.strip() for name in parameters.getlist("jurisdiction")[:5] if name.strip()]
    places = [named(graph, "jurisdiction", name, "Place", problems) for name in given]
    if any(places):
        options["jurisdiction"] = [compact(one) for one in places if one is not None]
    _numbers(parameters, options, problems)
    strengths = [one for one in parameters.getlist("strength") if one in STRENGTHS]
    if strengths and tuple(strengths) != DEFAULT:
        options["strengths"] = strengths
    currency = parameters.get("currency", "").strip().upper()
    if len(currency) == 3 and currency.isalpha():
        options["currency"] = currency
    plan = parameters.get("plan", "")
    weigh = parameters.get("weigh", "")
    return Question(
        goal=(item("goal", goal) or "") if goal else "",
        holding=tuple(dict.fromkeys(one for one in held if one is not None)),
        weigh=min(int(weigh), 100) if weigh.isdecimal() and len(weigh) < 4 else 0,
        plan=int(plan) if plan.isdecimal() and 0 < len(plan) < 3 else None,
        options=options,
        problems=tuple(problems),
    )


def named(graph: CareerGraph, field: str, name: str, kind: str, problems: list[Problem]) -> str | None:
    """Return the IRI of what a field names; None, and a problem more, if that is not one thing."""
    found = find_name(graph, name, kind)
    if found.iri is None:
        near = tuple(compact(one) for one in found.near)
        words = f"“{name}” may mean several things" if found.several else f"“{name}” is not in the graph"
        problems.append(Problem(field, words, name, near))
    return found.iri


def _numbers(parameters: Mapping[str, str], options: Options, problems: list[Problem]) -> None:
    """Read limits and the day into options."""
    for field, most in (("maxcost", 1e9), ("maxmonths", 1200.0), ("hours", 168.0)):
        text = parameters.get(field, "").strip().replace(",", "")
        if not text:
            continue
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not 0 <= value <= most or (field == "hours" and value == 0):
            problems.append(Problem(field, f"a number up to {most:,.0f} is needed, not “{text}”", text))
        elif field == "maxcost":
            options["max_cost"] = value
        elif field == "maxmonths":
            options["max_time"] = value * MONTH
        elif value != 40.0:
            options["hours_per_week"] = value
    text = parameters.get("asof", "").strip()
    if text:
        try:
            options["as_of"] = date.fromisoformat(text)
        except ValueError:
            problems.append(Problem("asof", f"a day such as 2026-11-24 is needed, not “{text}”", text))
