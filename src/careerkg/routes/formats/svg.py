"""Plans as a picture: a timeline with one bar for each step, drawn here, without any other program."""

from __future__ import annotations

from html import escape

from careerkg.routes.formats.text import cost_text, day_text, step_cost_text, step_time_text, time_text
from careerkg.routes.model import Plan, Step

__all__ = ["message_to_svg", "to_svg"]

ROW, BAR, MARGIN, TOP = 30, 16, 12, 58
CHART = 420
LETTER = 6.6
"""About how wide a letter is at 12 px, in px: only room is made by it, nothing is cut."""


def to_svg(plan: Plan) -> str:
    """Return a plan as SVG: time runs to the right; a diamond takes no time, a dashed bar an unknown one.

    Names and times are text, and the picture has a title and a description, so it can be read aloud.
    """
    steps = plan.steps
    names = [step.label for step in steps]
    left = MARGIN + LETTER * max((len(name) for name in names), default=0) + 16
    notes = [f"{step_time_text(step)}, {step_cost_text(step, plan.cost.currency)}" for step in steps]
    right = LETTER * max((len(note) for note in notes), default=0) + 24
    width, height = left + CHART + right + MARGIN, TOP + ROW * len(steps) + MARGIN
    total = max((step.end_day for step in steps), default=0.0) or 1.0
    title = f"{steps[-1].label if steps else plan.goal}: {time_text(plan)}, {cost_text(plan)}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" '
        f'height="{height}" role="img" aria-labelledby="plan-title plan-steps" '
        'font-family="sans-serif" font-size="12">',
        f'<title id="plan-title">{escape(title)}</title>',
        f'<desc id="plan-steps">{escape("; ".join(_spoken(step) for step in steps))}</desc>',
        f'<rect width="{width:.0f}" height="{height}" fill="#ffffff"/>',
        f'<text x="{MARGIN}" y="22" font-size="14" font-weight="bold" fill="#1b1b1b">{escape(title)}</text>',
    ]
    for mark in _marks(total):
        x = left + CHART * mark / total
        parts.append(
            f'<line x1="{x:.1f}" y1="{TOP - 8}" x2="{x:.1f}" y2="{height - MARGIN}" stroke="#d0d0d0"/>'
            f'<text x="{x:.1f}" y="{TOP - 12}" text-anchor="middle" fill="#555555">'
            f"{escape(day_text(mark) if mark else 'start')}</text>"
        )
    rows = {step.id: number for number, step in enumerate(steps)}
    parts += [_link(steps[rows[before]], step, rows, left, total) for step in steps for before in step.after]
    for number, (step, note) in enumerate(zip(steps, notes, strict=True)):
        parts.append(_row(step, note, number, left, total, goal=step.id == plan.goal))
    return "\n".join([*parts, "</svg>"]) + "\n"


def message_to_svg(text: str) -> str:
    """Return a picture that shows a text, line by line."""
    lines = text.rstrip().splitlines()
    width, height = 2 * MARGIN + LETTER * max(map(len, lines)), 2 * MARGIN + 18 * len(lines)
    shown = "".join(
        f'<text x="{MARGIN}" y="{MARGIN + 13 + 18 * number}">{escape(line)}</text>'
        for number, line in enumerate(lines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" '
        f'height="{height}" role="img" font-family="sans-serif" font-size="12">'
        f"<title>{escape(lines[0])}</title>{shown}</svg>\n"
    )


def _spoken(step: Step) -> str:
    start = "at the start" if step.start_day == 0 else f"after {day_text(step.start_day)}"
    return f"{step.label} {start}, {step_time_text(step)}"


def _marks(total: float) -> list[float]:
    """Return a handful of round times from zero up to a total, in days."""
    for unit in (1 / 24, 1, 7, 30.436875, 182.62125, 365.2425, 730.485, 1826.2125, 3652.425, 36524.25):
        if total / unit <= 8:
            return [unit * number for number in range(int(total / unit + 1e-9) + 1)]
    return [0.0, total]


def _middle(row: int) -> float:
    return TOP + ROW * row + ROW / 2


def _link(before: Step, step: Step, rows: dict[str, int], left: float, total: float) -> str:
    """Return the line from the end of one step to the start of another."""
    x1, y1 = left + CHART * before.end_day / total, _middle(rows[before.id])
    x2, y2 = left + CHART * step.start_day / total, _middle(rows[step.id])
    return (
        f'<path d="M {x1:.1f} {y1:.1f} C {x1 + 14:.1f} {y1:.1f}, {x2 - 14:.1f} {y2:.1f}, {x2:.1f} {y2:.1f}" '
        'fill="none" stroke="#9a9a9a"/>'
    )


def _row(step: Step, note: str, number: int, left: float, total: float, *, goal: bool) -> str:
    """Return the name, bar and note of a step."""
    y = _middle(number)
    x1, x2 = left + CHART * step.start_day / total, left + CHART * step.end_day / total
    colour = "#8a3b12" if goal else "#1f5f8b"
    if "duration" in step.unknown:
        x2 = max(x2, x1 + 10)
        shape = (
            f'<rect x="{x1:.1f}" y="{y - BAR / 2:.1f}" width="{x2 - x1:.1f}" height="{BAR}" rx="3" '
            f'fill="#ffffff" stroke="{colour}" stroke-dasharray="3 2"/>'
        )
    elif x2 - x1 < 2:
        shape = (
            f'<path d="M {x1:.1f} {y - 7:.1f} L {x1 + 7:.1f} {y:.1f} L {x1:.1f} {y + 7:.1f} '
            f'L {x1 - 7:.1f} {y:.1f} Z" fill="{colour}"/>'
        )
    else:
        shape = (
            f'<rect x="{x1:.1f}" y="{y - BAR / 2:.1f}" width="{x2 - x1:.1f}" height="{BAR}" rx="3" '
            f'fill="{colour}"/>'
        )
    return (
        f'<text x="{MARGIN}" y="{y + 4:.1f}" fill="#1b1b1b">{escape(step.label)}</text>{shape}'
        f'<text x="{x2 + 12:.1f}" y="{y + 4:.1f}" fill="#444444">{escape(note)}</text>'
    )
