"""Plans as a Mermaid flowchart."""

from __future__ import annotations

from careerkg.routes.formats.text import step_cost_text, step_time_text
from careerkg.routes.model import Plan

__all__ = ["to_mermaid"]


def to_mermaid(plan: Plan) -> str:
    """Return a plan as a Mermaid flowchart from left to right; the goal is rounded."""
    numbers = {step.id: f"s{place}" for place, step in enumerate(plan.steps, 1)}
    lines = ["flowchart LR"]
    for step in plan.steps:
        text = f"{step.label}<br/>{step_time_text(step)}, {step_cost_text(step, plan.cost.currency)}"
        text = text.replace("#", "#35;").replace('"', "#quot;").replace("\n", " ")
        left, right = ('(["', '"])') if step.id == plan.goal else ('["', '"]')
        lines.append(f"    {numbers[step.id]}{left}{text}{right}")
    lines += [f"    {numbers[b]} --> {numbers[step.id]}" for step in plan.steps for b in step.after]
    return "\n".join(lines) + "\n"
