"""Plans in the language of Graphviz."""

from __future__ import annotations

from careerkg.routes.formats.text import step_cost_text, step_time_text
from careerkg.routes.model import Plan

__all__ = ["to_dot"]


def to_dot(plan: Plan) -> str:
    """Return a plan as a directed graph in DOT, from left to right; nodes link to their IRIs."""
    lines = ["digraph plan {", "  rankdir=LR;", '  node [shape=box, style=rounded, fontname="sans-serif"];']
    for step in plan.steps:
        label = f"{step.label}\n{step_time_text(step)}, {step_cost_text(step, plan.cost.currency)}"
        border = ", peripheries=2" if step.id == plan.goal else ""
        lines.append(f"  {_quoted(step.id)} [label={_quoted(label)}, URL={_quoted(step.id)}{border}];")
    lines += [f"  {_quoted(b)} -> {_quoted(step.id)};" for step in plan.steps for b in step.after]
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
