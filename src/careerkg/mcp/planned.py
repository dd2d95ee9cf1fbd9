"""Routes as an answer of bounded size, each step with its evidence."""

from __future__ import annotations

from careerkg.graph import CareerGraph
from careerkg.mcp.answers import (
    AdviceAnswer,
    CostAnswer,
    PlanAnswer,
    RouteAnswer,
    StepAnswer,
    Thing,
    TimeAnswer,
    UnverifiedAnswer,
)
from careerkg.mcp.description import thing
from careerkg.mcp.limits import Budget, Sources, clipped
from careerkg.routes import Advice, Plan, Routes
from careerkg.routes.formats.text import summary_text
from careerkg.vocabulary import compact

__all__ = ["route_answer"]

_SETS = 10
"""So many sets of missing items are told with a route; the tool ``missing`` gives more."""


def route_answer(graph: CareerGraph, routes: Routes) -> RouteAnswer:
    """Return routes with things by name and label, and what was left out if they are long."""
    budget = Budget()
    sources = Sources(graph.store, budget)
    cut: list[str] = []
    plans: list[PlanAnswer] = []
    for plan in routes.plans:
        if budget.left < 0:
            cut.append(f"{len(routes.plans) - len(plans)} of {len(routes.plans)} plans: ask for fewer")
            break
        plans.append(_plan(graph, plan, sources, budget, cut))
    advice: list[AdviceAnswer] = []
    for one in routes.advice:
        if budget.left < 0:
            cut.append(f"{len(routes.advice) - len(advice)} of {len(routes.advice)} pieces of advice")
            break
        advice.append(_advice(graph, one, sources, budget))
    # A route that exists needs nothing brought that is not one of its steps.
    sets: tuple[tuple[str, ...], ...] = routes.missing if routes.status == "unreachable" else ()
    if len(sets) > _SETS:
        cut.append("some sets of missing items: use the tool missing")
    return RouteAnswer(
        complete=not cut,
        cut="; ".join(cut) or None,
        goal=thing(graph, routes.goal),
        holding=tuple(thing(graph, iri) for iri in routes.holding),
        objective=routes.objective,
        as_of=routes.as_of.isoformat(),
        status=routes.status,
        plans=tuple(plans),
        missing=tuple(tuple(thing(graph, iri) for iri in items) for items in sets[:_SETS]),
        advice=tuple(advice),
        sources=sources.listed(),
    )


def _plan(graph: CareerGraph, plan: Plan, sources: Sources, budget: Budget, cut: list[str]) -> PlanAnswer:
    """Return a plan; one with more steps than fit is told as far as it fits."""
    steps: list[StepAnswer] = []
    for step in plan.steps:
        if budget.left < 0:
            cut.append(f"{len(plan) - len(steps)} of {len(plan)} steps: too long a plan")
            break
        after = tuple(compact(iri, graph.prefixes) for iri in step.after)
        budget.take(step.id, step.label, *after, "x" * 200)
        steps.append(
            StepAnswer(
                name=compact(step.id, graph.prefixes),
                label=step.label,
                kind=step.kind,
                after=after,
                start_day=round(step.start_day, 2),
                end_day=round(step.end_day, 2),
                duration=step.duration,
                cost=step.cost,
                max_cost=step.max_cost,
                unknown=step.unknown,
                conditions=step.conditions,
                evidence=sources.numbers(step.evidence),
            )
        )
    return PlanAnswer(
        summary=summary_text(plan),
        proven=plan.proven,
        time=TimeAnswer(
            min_days=round(plan.time.min_days, 2),
            max_days=None if plan.time.max_days is None else round(plan.time.max_days, 2),
            unknown_steps=plan.time.unknown_steps,
        ),
        cost=CostAnswer(
            min=plan.cost.min,
            max=plan.cost.max,
            currency=plan.cost.currency,
            unknown_steps=plan.cost.unknown_steps,
        ),
        steps=tuple(steps),
        unverified=tuple(
            UnverifiedAnswer(item=thing(graph, one.item), text=clipped(one.text)) for one in plan.unverified
        ),
    )


def _advice(graph: CareerGraph, advice: Advice, sources: Sources, budget: Budget) -> AdviceAnswer:
    """Return a piece of advice."""
    item: Thing = thing(graph, advice.item)
    budget.take(advice.text, item.name, item.label)
    return AdviceAnswer(
        kind=advice.kind,
        item=item,
        text=clipped(advice.text),
        strength=None if advice.strength is None else compact(advice.strength, graph.prefixes),
        evidence=sources.numbers(advice.evidence),
    )
