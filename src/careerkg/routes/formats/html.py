"""A plan as HTML, for notebooks: its picture, and a small table of its steps."""

from __future__ import annotations

from html import escape

from careerkg.routes.formats.svg import to_svg
from careerkg.routes.formats.text import step_cost_text, step_time_text, summary_text
from careerkg.routes.model import Plan

__all__ = ["to_html"]


def to_html(plan: Plan) -> str:
    """Return a plan as a fragment of HTML."""
    rows = "".join(
        f"<tr><td>{number}</td>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
        for number, cells in enumerate(
            [
                (step.label, step.kind, step_time_text(step), step_cost_text(step, plan.cost.currency))
                for step in plan.steps
            ],
            1,
        )
    )
    head = "".join(f"<th>{name}</th>" for name in ("", "step", "kind", "time", "cost"))
    return (
        f"<div>{to_svg(plan)}<p>{escape(summary_text(plan))}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
