"""Plans for reading: a line of stops, a timeline, several plans side by side, the front of time and money."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from careerkg.routes import Advice, Plan, Routes, Step
from careerkg.routes.formats.text import cost_text, day_text, step_cost_text, step_time_text, time_text
from careerkg.vocabulary import compact
from careerkg.web.pages.addresses import path_of
from careerkg.web.pages.facts import Notes
from careerkg.web.pages.questions import Question
from careerkg.web.pages.reading import Citation, Reader

__all__ = ["Answer", "PlanCard", "Stop", "choose", "read_answer"]

_SHOWN = 6
"""So many plans of a front are shown side by side."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A step as a stop of the line; positions are in percent of the whole time."""

    label: str
    href: str
    kind: str
    when: str
    takes: str
    costs: str
    after: tuple[str, ...]
    marks: tuple[int, ...]
    notes: tuple[str, ...]
    """Conditions that a person has to check."""
    open: bool
    """Whether no conditions are recorded."""
    goal: bool
    aside: bool
    """Whether it runs beside another step rather than after all of them."""
    left: float
    width: float
    unknown: bool
    skip: str
    """The address of the question of one who holds this already."""


@dataclass(frozen=True, slots=True)
class PlanCard:
    """A plan among others."""

    number: int
    time: str
    cost: str
    steps: int
    unknown: str
    href: str
    x: float
    y: float
    chosen: bool
    front: bool
    """Whether no other plan is better in both time and cost."""


@dataclass(frozen=True, slots=True)
class Row:
    """A step across plans: what it takes and costs in each, None where a plan does without it."""

    label: str
    href: str
    cells: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class AdviceView:
    """Something worth knowing that does not gate."""

    kind: str
    item: str
    href: str
    text: str
    marks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """All that the page of a question shows below the form."""

    status: str
    goal: tuple[str, str]
    as_of: str
    cards: tuple[PlanCard, ...]
    rows: tuple[Row, ...]
    shared: int
    chosen: PlanCard | None
    stops: tuple[Stop, ...]
    ticks: tuple[tuple[float, str], ...]
    proven: bool
    fits: bool
    """Whether the plan that is shown is the one that the weight chooses, rather than one picked by number."""
    missing: tuple[tuple[tuple[str, str, str], ...], ...]
    """Sets still to bring: label, address, address of the question with it held."""
    unverified: tuple[tuple[str, str, str], ...]
    advice: tuple[AdviceView, ...]
    sources: tuple[tuple[int, Citation], ...]
    money: bool
    """Whether costs differ among the plans."""


def choose(plans: Sequence[Plan], weigh: int, wanted: int | None) -> int:
    """Return which plan suits a weight best, counted from 0: 0 is time alone, 100 money alone.

    Time and cost are taken in proportion to the largest of all; of equals the first is taken. A plan with
    unknown costs or times counts by what is known, as the planner ranks it.
    """
    if wanted is not None and 1 <= wanted <= len(plans):
        return wanted - 1
    longest = max((plan.time.min_days for plan in plans), default=0.0) or 1.0
    dearest = max((plan.cost.min for plan in plans), default=0.0) or 1.0
    money = weigh / 100

    def weight(place: int) -> tuple[float, float, int]:
        plan = plans[place]
        time, cost = plan.time.min_days / longest, plan.cost.min / dearest
        return (round((1 - money) * time + money * cost, 9), cost if money < 0.5 else time, place)

    return min(range(len(plans)), key=weight)


def read_answer(
    reader: Reader, routes: Routes, plans: Sequence[Plan], front: Collection[Plan], question: Question
) -> Answer:
    """Return an answer for reading; ``plans`` are all that were found, ``front`` those that none beats."""
    notes = Notes(reader)
    plans = plans[:_SHOWN]
    chosen = choose(plans, question.weigh, question.plan) if plans else None
    fitting = choose(plans, question.weigh, None) if plans else None
    best = {plan.items for plan in front}
    cards = tuple(
        _card(plans, place, question, chosen=place == chosen, front=plan.items in best)
        for place, plan in enumerate(plans)
    )
    plan = None if chosen is None else plans[chosen]
    stops = () if plan is None else _stops(reader, plan, question, notes)
    rows, shared = _rows(plans)
    missing = routes.missing if routes.missing != ((),) else ()
    return Answer(
        status=routes.status,
        goal=(reader.label(routes.goal), path_of(routes.goal)),
        as_of=routes.as_of.isoformat(),
        cards=cards,
        rows=rows,
        shared=shared,
        chosen=None if chosen is None else cards[chosen],
        stops=stops,
        ticks=() if plan is None else _ticks(plan),
        proven=plan is not None and plan.proven and chosen == fitting and plan.items in best,
        fits=chosen == fitting,
        missing=tuple(
            tuple(
                (reader.label(one), path_of(one), question.holding_more(compact(one)).address())
                for one in items
            )
            for items in missing[:12]
        ),
        unverified=()
        if plan is None
        else tuple((reader.label(one.item), path_of(one.item), one.text) for one in plan.unverified),
        advice=tuple(_advice(reader, one, notes) for one in routes.advice),
        sources=tuple(notes.citations()),
        money=len({(plan.cost.min, plan.cost.max) for plan in plans}) > 1,
    )


def _card(plans: Sequence[Plan], place: int, question: Question, *, chosen: bool, front: bool) -> PlanCard:
    plan = plans[place]
    unknown = []
    if plan.time.unknown_steps:
        unknown.append(f"time of {plan.time.unknown_steps} unknown")
    if plan.cost.unknown_steps:
        unknown.append(f"cost of {plan.cost.unknown_steps} unknown")
    return PlanCard(
        number=place + 1,
        time=time_text(plan).partition(" (")[0],
        cost=_money(cost_text(plan).partition(" (")[0]),
        steps=len(plan),
        unknown="; ".join(unknown),
        href=question.address(plan=place + 1) + "#plan",
        x=_along([one.time.min_days for one in plans], plan.time.min_days),
        y=100 - _along([one.cost.min for one in plans], plan.cost.min),
        chosen=chosen,
        front=front,
    )


def _along(values: Sequence[float], value: float) -> float:
    """Return where a value lies between 0 and the largest, from 8 to 92."""
    most = max(values) or 1.0
    return round(8 + 84 * value / most, 2)


def _money(text: str) -> str:
    """Return a cost with the sign of its currency where everybody knows it.

    >>> _money("cost at least 650 USD"), _money("cost not recorded"), _money("1,000 to 2,000.50 USD")
    ('at least $650', 'cost not recorded', '$1,000 to $2,000.50')
    """
    if re.search(r"\d", text):
        text = text.removeprefix("cost ")
    if text.endswith(" USD"):
        text = re.sub(r"(?<![\d.,])(?=\d)", "$", text.removesuffix(" USD"))
    return text


def _stops(reader: Reader, plan: Plan, question: Question, notes: Notes) -> tuple[Stop, ...]:
    total = max((step.end_day for step in plan.steps), default=0.0)
    labels = {step.id: step.label for step in plan.steps}
    checks: dict[str, list[str]] = {}
    for one in plan.unverified:
        checks.setdefault(one.item, []).append(one.text)
    found = []
    latest = 0.0
    before = ""
    for step in plan.steps:
        beside = step.start_day < latest
        latest = max(latest, step.end_day)
        found.append(
            Stop(
                label=step.label,
                href=path_of(step.id),
                kind=reader.kind_label(step.kind),
                when="at the start" if step.start_day == 0 else f"after {day_text(step.start_day)}",
                takes=step_time_text(step),
                costs=_money(step_cost_text(step, plan.cost.currency)),
                # The stop above needs no saying.
                after=() if step.after == (before,) else tuple(labels[one] for one in step.after),
                marks=notes.marks(step.evidence),
                notes=tuple(checks.get(step.id, ())),
                open=step.conditions is not None,
                goal=step.id == plan.goal,
                aside=beside,
                left=round(100 * step.start_day / total, 2) if total else 0.0,
                width=round(100 * (step.end_day - step.start_day) / total, 2) if total else 0.0,
                unknown="duration" in step.unknown,
                skip=question.holding_more(compact(step.id)).address(),
            )
        )
        before = step.id
    return tuple(found)


def _ticks(plan: Plan) -> tuple[tuple[float, str], ...]:
    """Return marks of a time axis: where, and what time that is."""
    total = max((step.end_day for step in plan.steps), default=0.0)
    if total <= 0:
        return ()
    return ((0.0, "start"), (50.0, day_text(total / 2)), (100.0, day_text(total)))


def _rows(plans: Sequence[Plan]) -> tuple[tuple[Row, ...], int]:
    """Return the steps in which plans differ, and how many they share."""
    if len(plans) < 2:
        return (), 0
    by_plan = [{step.id: step for step in plan.steps} for plan in plans]
    ids = list(dict.fromkeys(step.id for plan in plans for step in plan.steps))
    shared = [one for one in ids if all(one in steps for steps in by_plan)]
    rows = []
    for one in ids:
        if one in shared:
            continue
        some = next(steps[one] for steps in by_plan if one in steps)
        cells = tuple(
            _cell(steps[one], plan) if one in steps else None
            for steps, plan in zip(by_plan, plans, strict=True)
        )
        rows.append(Row(some.label, path_of(one), cells))
    return tuple(rows), len(shared)


def _cell(step: Step, plan: Plan) -> str:
    return f"{step_time_text(step)}, {_money(step_cost_text(step, plan.cost.currency))}"


def _advice(reader: Reader, advice: Advice, notes: Notes) -> AdviceView:
    return AdviceView(
        kind=advice.kind,
        item=reader.label(advice.item) if ":" in advice.item else advice.item,
        href=path_of(advice.item),
        text=advice.text,
        marks=notes.marks(advice.evidence),
    )
