"""Answers as text to read: a timeline."""

from __future__ import annotations

from collections.abc import Mapping

from careerkg.routes.model import Missing, Objective, Plan, Routes, Step
from careerkg.routes.values import DAY, parse_duration
from careerkg.vocabulary import SOURCE, compact

__all__ = [
    "cost_text",
    "day_text",
    "missing_to_text",
    "step_cost_text",
    "step_time_text",
    "summary_text",
    "time_text",
    "to_text",
]


def day_text(days: float) -> str:
    """Return a number of days in words: ``2 years``, ``18 months``, ``10 days``.

    >>> day_text(730.485), day_text(547.86375), day_text(10), day_text(0.5), day_text(456.5)
    ('2 years', '1.5 years', '10 days', '12 hours', '15 months')
    """
    if days < 1:
        hours = days * 24
        return "no time" if hours == 0 else _count(hours, "hour")
    if days >= 365 and abs(days / 365.2425 * 2 - round(days / 365.2425 * 2)) < 0.02:
        return _count(round(days / 365.2425 * 2) / 2, "year")
    if days >= 61:
        return _count(round(days / 30.436875), "month")
    return _count(days, "day")


def _count(number: float, unit: str) -> str:
    shown = f"{number:.1f}".removesuffix(".0")
    return f"{shown} {unit}{'' if shown == '1' else 's'}"


def time_text(plan: Plan) -> str:
    """Return the time of a plan in words, saying what is not known of it."""
    time = plan.time
    text = day_text(time.min_days)
    if time.max_days is not None:
        return text if time.max_days == time.min_days else f"{text} to {day_text(time.max_days)}"
    if time.min_days == 0:
        return "time not recorded"
    return f"at least {text}" + _unknown(time.unknown_steps)


def cost_text(plan: Plan) -> str:
    """Return the cost of a plan in words, the word *cost* included, saying what is not known of it."""
    cost = plan.cost
    if cost.max == 0:
        return "free"
    if cost.max is not None:
        low, high = (_amount(end, cost.currency) for end in (cost.min, cost.max))
        return f"cost {high}" if low == high else f"cost {_amount(cost.min)} to {high}"
    if cost.min == 0:
        return "cost not recorded"
    return f"cost at least {_amount(cost.min, cost.currency)}" + _unknown(cost.unknown_steps)


def _amount(number: float, currency: str | None = None) -> str:
    shown = f"{number:,.2f}".removesuffix(".00")
    return f"{shown} {currency}" if currency else shown


def summary_text(plan: Plan) -> str:
    """Return time, cost and number of steps of a plan in words."""
    return f"{time_text(plan)}, {cost_text(plan)}, {_count(len(plan), 'step')}"


def _unknown(steps: int) -> str:
    return f" ({_count(steps, 'step')} unknown)" if steps else ""


def to_text(routes: Routes) -> str:
    """Return an answer as text: each plan as a timeline with sources, then what a person must check."""
    labels = routes.labels
    goal = labels[routes.goal]
    held = ", ".join(labels[name] for name in routes.holding) or "nothing"
    lines = [f"{goal}, starting from {held}; as of {routes.as_of}"]
    if routes.status == "held":
        lines += ["", "You hold this already: nothing to do."]
    elif routes.status == "unreachable":
        lines += ["", "No plan keeps the conditions and limits asked for."]
        if routes.missing and routes.missing != ((),):
            lines += ["To be brought, the smallest sets first:"]
            lines += ["  - " + ", ".join(labels[name] for name in items) for items in routes.missing]
    cited = dict.fromkeys(one for plan in routes.plans for step in plan.steps for one in step.evidence)
    numbers = {source: number for number, source in enumerate(cited, 1)}
    for number, plan in enumerate(routes.plans, 1):
        proof = f"best by {routes.objective}" if number == 1 else f"alternative {number}"
        if not plan.optimal:
            proof += f", not proven: none does with less than {_bound_text(plan, routes.objective)}"
        elif plan.proof is not None:
            proof += f", {plan.proof}"
        lines += [
            "",
            f"Plan {number} ({proof}): {summary_text(plan)}",
        ]
        lines += _timeline(plan, numbers)
        if plan.unverified:
            lines += ["  To check yourself:"]
            lines += [f"    - {compact(entry.item)}: {entry.text}" for entry in plan.unverified]
    if routes.advice:
        lines += ["", "Good to know:"]
        for advice in routes.advice:
            weight = f" ({advice.strength.rsplit('/', 1)[-1]})" if advice.strength else ""
            lines.append(f"  - {advice.kind}{weight}, {compact(advice.item)}: {advice.text}")
    if numbers:
        titles = routes.look_up_labels(tuple(numbers))
        lines += ["", "Sources:"]
        lines += [f"  [{number}] {titles[source]}  {_source(source)}" for source, number in numbers.items()]
    return "\n".join(lines) + "\n"


def _bound_text(plan: Plan, objective: Objective) -> str:
    if objective == "time":
        return day_text(plan.bound)
    if objective == "cost":
        return _amount(plan.bound, plan.cost.currency)
    return _count(plan.bound, "step")


def step_time_text(step: Step) -> str:
    """Return how long a step takes in words."""
    if "duration" in step.unknown:
        return "time unknown"
    days = step.end_day - step.start_day
    if step.duration is None or "/" not in step.duration:
        return day_text(days)
    if days > 0:
        return f"at least {day_text(days)}"
    high = step.duration.partition("/")[2]
    return "time unknown" if high == ".." else f"up to {day_text(parse_duration(high) / DAY)}"


def step_cost_text(step: Step, currency: str | None) -> str:
    """Return what a step costs in words."""
    if step.cost is None or (step.cost == 0 and step.max_cost is None):
        return "cost unknown"
    if step.cost == 0 and step.max_cost is not None:
        return f"up to {_amount(step.max_cost, currency)}" if step.max_cost else "free"
    text = _amount(step.cost, currency)
    return text if step.max_cost == step.cost else f"at least {text}"


def missing_to_text(missing: Missing) -> str:
    """Return minimal unmet sets as text, one line for each set."""
    labels = missing.look_up_labels((missing.goal, *(name for items in missing.sets for name in items)))
    goal = labels[missing.goal]
    if not missing.sets:
        return f"Nothing that could be brought opens {goal}.\n"
    if missing.sets == ((),):
        return f"Nothing needs to be brought for {goal}.\n"
    lines = [f"For {goal}, one of these sets has to be brought:"]
    lines += ["  - " + "; ".join(f"{labels[name]} ({compact(name)})" for name in s) for s in missing.sets]
    if not missing.complete:
        lines.append("There are more; --limit shows them.")
    return "\n".join(lines) + "\n"


def _source(iri: str) -> str:
    """Return the name of a passage: short for those of the bundled sources."""
    return iri.removeprefix(str(SOURCE)) if iri.startswith(str(SOURCE)) else compact(iri)


def _timeline(plan: Plan, numbers: Mapping[str, int]) -> list[str]:
    """Return one line per step with the numbers of its sources, and one where no conditions are recorded."""
    rows = []
    for step in plan.steps:
        time, cost = step_time_text(step), step_cost_text(step, plan.cost.currency)
        rows.append((f"day {step.start_day:,.0f}", f"{step.label} ({step.kind})", time, cost, step))
    widths = [max(len(str(row[column])) for row in rows) for column in range(4)] if rows else []
    lines = []
    for day, name, time, cost, step in rows:
        marks = "".join(f"[{numbers[source]}]" for source in step.evidence)
        texts = (
            day.ljust(widths[0]),
            name.ljust(widths[1]),
            time.ljust(widths[2]),
            cost.ljust(widths[3]),
            marks,
        )
        lines.append(("  " + "  ".join(texts)).rstrip())
        if step.conditions:
            lines.append(" " * (widths[0] + 6) + "no conditions recorded: open to you, as far as is known")
    return lines
