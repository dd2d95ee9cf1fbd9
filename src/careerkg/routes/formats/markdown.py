"""Answers as Markdown: a table for each plan."""

from __future__ import annotations

from careerkg.routes.formats.text import cost_text, day_text, step_cost_text, step_time_text, time_text
from careerkg.routes.model import Routes
from careerkg.vocabulary import compact

__all__ = ["to_markdown"]


def to_markdown(routes: Routes) -> str:
    """Return an answer as Markdown: heading, summary, one table for each plan, notes."""
    labels = routes.labels
    held = ", ".join(_cell(labels[name]) for name in routes.holding) or "nothing"
    lines = [f"# {_cell(labels[routes.goal])}", "", f"Starting from {held}; as of {routes.as_of}."]
    if routes.status == "held":
        lines += ["", "Held already: nothing to do."]
    elif routes.status == "unreachable":
        lines += ["", "No plan keeps the conditions and limits asked for."]
        if routes.missing not in ((), ((),)):
            lines += ["", "To be brought, the smallest sets first:", ""]
            lines += ["- " + ", ".join(_cell(labels[name]) for name in items) for items in routes.missing]
    for number, plan in enumerate(routes.plans, 1):
        lines += [
            "",
            f"## Plan {number}: {time_text(plan)}, {cost_text(plan)}",
            "",
            "| from | step | takes | costs | after | sources |",
            "|---|---|---|---|---|---|",
        ]
        places = {step.id: str(place) for place, step in enumerate(plan.steps, 1)}
        for step in plan.steps:
            sources = ", ".join(f"[{place}](<{iri}>)" for place, iri in enumerate(step.evidence, 1))
            name = f"{places[step.id]}. {_cell(step.label)} ({step.kind})"
            if step.conditions:
                name += ", no conditions recorded"
            after = ", ".join(sorted((places[before] for before in step.after), key=int))
            cells = (
                "start" if step.start_day == 0 else day_text(step.start_day),
                name,
                step_time_text(step),
                step_cost_text(step, plan.cost.currency),
                after,
                sources,
            )
            lines.append("| " + " | ".join(cells) + " |")
        if plan.unverified:
            lines += ["", "To check yourself:", ""]
            lines += [f"- {compact(entry.item)}: {_cell(entry.text)}" for entry in plan.unverified]
    if routes.advice:
        lines += ["", "## Good to know", ""]
        lines += [
            f"- {advice.kind}, {compact(advice.item)}: {_cell(advice.text)}" for advice in routes.advice
        ]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """Return a text that Markdown takes literally, on one line."""
    for character in "\\`*_{}[]<>|#":
        text = text.replace(character, "\\" + character)
    return " ".join(text.split())
