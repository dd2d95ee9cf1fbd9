"""What a route question answers with: options, plans and their steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Literal, get_args

from careerkg.errors import InvalidArgument
from careerkg.routes.problem import Objective
from careerkg.vocabulary import ID

if TYPE_CHECKING:
    import networkx

__all__ = [
    "DEFAULT_STRENGTHS",
    "Advice",
    "CostSpan",
    "Details",
    "Missing",
    "Objective",
    "Plan",
    "RouteOptions",
    "Routes",
    "Status",
    "Step",
    "TimeSpan",
    "Unverified",
    "as_day",
    "as_objective",
]

Status = Literal["optimal", "feasible", "held", "unreachable"]
"""Proven best; best found before the deadline; nothing to do; no plan keeps the conditions and limits."""

DEFAULT_STRENGTHS = (f"{ID}strength/law", f"{ID}strength/issuer", f"{ID}strength/most-employers")
"""Which demands gate unless told otherwise; one that names no strength always does."""


@dataclass(frozen=True)
class RouteOptions:
    """What a route must keep, and how its conditions are read.

    Limits apply to what is known: a plan with an unknown cost keeps ``max_cost`` if its known part does.
    """

    exclude: tuple[str, ...] = ()
    """Items that no plan may contain."""
    max_cost: Decimal | float | None = None
    max_time: float | None = None
    """In days."""
    jurisdiction: tuple[str, ...] = ()
    """Places: demands of other places do not gate. None given: all demands gate."""
    strengths: tuple[str, ...] = DEFAULT_STRENGTHS
    """Strengths of demand that gate: concepts of the scheme of strengths."""
    as_of: date | None = None
    """The day whose names and rules count; None: today. A text is read as one: ``2012-01-31``."""
    hours_per_week: float = 40.0
    """How fast hours of experience pass."""
    currency: str | None = None
    """Count costs in this currency only; costs in others are then unknown."""

    def __post_init__(self) -> None:
        """Read the day and the currency as people give them. Raises InvalidArgument for no day."""
        object.__setattr__(self, "as_of", as_day(self.as_of))
        if self.currency is not None:
            object.__setattr__(self, "currency", self.currency.upper())


def as_day(value: date | str | None) -> date | None:
    """Return the day of a date, a time or a text such as ``2012-01-31``. Raises InvalidArgument.

    >>> as_day("2012-01-31")
    datetime.date(2012, 1, 31)
    """
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise InvalidArgument("as_of", value, "a date such as 2012-01-31") from None


def as_objective(value: Objective) -> Objective:
    """Return an objective. Raises InvalidArgument for what is none."""
    if value not in get_args(Objective):
        raise InvalidArgument("objective", value, get_args(Objective))
    return value


@dataclass(frozen=True)
class TimeSpan:
    """Elapsed time in days; independent steps run side by side."""

    min_days: float
    max_days: float | None
    """None if the time of some step has no known upper end."""
    unknown_steps: int
    """How many steps have no recorded time at all: the plan takes *at least* ``min_days``."""


@dataclass(frozen=True)
class CostSpan:
    """Cost of all steps together."""

    min: float
    max: float | None
    currency: str | None
    unknown_steps: int


@dataclass(frozen=True)
class Step:
    """One item to attain."""

    id: str
    label: str
    kind: str
    """Local name of its most specific class; Item if it has none."""
    after: tuple[str, ...]
    """Steps that its conditions wait for."""
    start_day: float
    end_day: float
    duration: str | None
    """As recorded; an interval as ``min/max``, ``..`` for an open end; None: unknown."""
    cost: float | None
    """Lower end of the cost; None: unknown."""
    max_cost: float | None
    satisfies: tuple[str, ...]
    """Steps whose conditions this step serves."""
    evidence: tuple[str, ...]
    """Passages, or else sources, of the facts used."""
    unknown: tuple[str, ...]
    """What is not recorded: "cost", "duration"."""
    conditions: str | None = None
    """``none recorded`` where no condition is: it may be there all the same."""

    def to_dict(self) -> dict[str, Any]:
        """Return the step as JSON has it."""
        value: dict[str, Any] = {
            "id": self.id,
            "label": self.label,
            "kind": self.kind,
            "after": list(self.after),
            "startDay": self.start_day,
            "endDay": self.end_day,
            "duration": self.duration,
            "cost": self.cost,
            "maxCost": self.max_cost,
            "satisfies": list(self.satisfies),
            "evidence": list(self.evidence),
            "unknown": list(self.unknown),
        }
        if self.conditions is not None:
            value["conditions"] = self.conditions
        return value


@dataclass(frozen=True)
class Unverified:
    """A condition that only a person can check, and the item that it stands before."""

    item: str
    text: str


@dataclass(frozen=True)
class Details:
    """What is looked up for a plan when somebody looks at it."""

    steps: tuple[Step, ...]
    unverified: tuple[Unverified, ...]


@dataclass(frozen=True)
class Plan:
    """A set of items that leads to the goal, each after those that its conditions need."""

    goal: str
    items: tuple[str, ...]
    """The items by IRI, in the order of ``steps``."""
    time: TimeSpan
    cost: CostSpan
    bound: float
    """No plan that was still to be found is better in the objective: days, cost, or number of steps."""
    proven: bool
    """Whether this is the best of them, ties included."""
    details: Callable[[], Details] = field(repr=False, compare=False)
    optimal: bool = True
    """Whether no other plan is better in the objective; only ties may be open if it is not ``proven``."""

    @cached_property
    def _details(self) -> Details:
        return self.details()

    def __getstate__(self) -> dict[str, Any]:
        """Return what pickle keeps: the plan with its details, which are then not looked up any more."""
        return {**vars(self), "details": partial(Details, self.steps, self.unverified)}

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps in a valid order: by start day, then IRI."""
        return self._details.steps

    @property
    def unverified(self) -> tuple[Unverified, ...]:
        """Conditions in words or about the person, which nothing here can check."""
        return self._details.unverified

    def __len__(self) -> int:
        """Return the number of steps."""
        return len(self.items)

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as JSON has it."""
        value: dict[str, Any] = {
            "time": {
                "minDays": self.time.min_days,
                "maxDays": self.time.max_days,
                "unknownSteps": self.time.unknown_steps,
            },
            "cost": {
                "min": self.cost.min,
                "max": self.cost.max,
                "currency": self.cost.currency,
                "unknownSteps": self.cost.unknown_steps,
            },
            "bound": self.bound,
            "steps": [step.to_dict() for step in self.steps],
            "unverified": [{"item": text.item, "text": text.text} for text in self.unverified],
        }
        if self.proof is not None:
            value["proof"] = self.proof
        return value

    @property
    def proof(self) -> str | None:
        """What is not proven of the plan, in words; None if nothing is left to prove."""
        if self.proven:
            return None
        if self.optimal:
            return "no plan is better; ties are not settled"
        return "not proven: the search was stopped first; no plan is better than the bound"

    @classmethod
    def empty(cls, goal: str) -> Plan:
        """Return the plan of whoever holds the goal already: no steps, no time, no cost."""
        return cls(
            goal, (), TimeSpan(0.0, 0.0, 0), CostSpan(0.0, 0.0, None, 0), 0.0, True, lambda: Details((), ())
        )

    def to_mermaid(self) -> str:
        """Return the plan as a Mermaid flowchart."""
        from careerkg.routes.formats.mermaid import to_mermaid

        return to_mermaid(self)

    def to_dot(self) -> str:
        """Return the plan in the language of Graphviz."""
        from careerkg.routes.formats.dot import to_dot

        return to_dot(self)

    def to_svg(self) -> str:
        """Return the plan as a picture of its timeline."""
        from careerkg.routes.formats.svg import to_svg

        return to_svg(self)

    def _repr_svg_(self) -> str:
        return self.to_svg()

    def _repr_html_(self) -> str:
        from careerkg.routes.formats.html import to_html

        return to_html(self)

    def as_graph(self) -> networkx.DiGraph:
        """Return the steps as a networkx graph: an edge leads from a step to one that waits for it.

        Nodes are IRIs with ``label``, ``kind``, ``start_day``, ``end_day``, ``duration``, ``cost``,
        ``max_cost``, ``unknown``, ``evidence`` and ``goal`` (bool); the graph has ``goal``, ``min_days``,
        ``max_days``, ``min_cost``, ``max_cost`` and ``currency``.
        """
        import networkx

        graph = networkx.DiGraph(
            goal=self.goal,
            min_days=self.time.min_days,
            max_days=self.time.max_days,
            min_cost=self.cost.min,
            max_cost=self.cost.max,
            currency=self.cost.currency,
        )
        for step in self.steps:
            graph.add_node(
                step.id,
                label=step.label,
                kind=step.kind,
                start_day=step.start_day,
                end_day=step.end_day,
                duration=step.duration,
                cost=step.cost,
                max_cost=step.max_cost,
                unknown=step.unknown,
                evidence=step.evidence,
                goal=not step.satisfies,
            )
        for step in self.steps:
            graph.add_edges_from((before, step.id) for before in step.after)
        return graph


@dataclass(frozen=True)
class Advice:
    """Something worth knowing that does not gate."""

    kind: str
    """strength, verification, recommended, exception, succession, implied, currency, limit, cycle."""
    item: str
    text: str
    strength: str | None = None
    evidence: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the advice as JSON has it."""
        return {
            "kind": self.kind,
            "item": self.item,
            "text": self.text,
            "strength": self.strength,
            "evidence": list(self.evidence),
        }


@dataclass(frozen=True)
class Missing:
    """The minimal sets of entry items that would have to be brought, smallest first, then by IRI."""

    goal: str
    sets: tuple[tuple[str, ...], ...]
    complete: bool
    """Whether these are all of them."""
    look_up_labels: Callable[[tuple[str, ...]], dict[str, str]] = field(repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the sets as JSON has them."""
        return {"goal": self.goal, "missing": [list(items) for items in self.sets], "complete": self.complete}

    def to_text(self) -> str:
        """Return the sets as text to read."""
        from careerkg.routes.formats.text import missing_to_text

        return missing_to_text(self)


@dataclass(frozen=True)
class Routes:
    """The answer to a route question: plans, best first."""

    goal: str
    holding: tuple[str, ...]
    objective: Objective
    as_of: date
    status: Status
    plans: tuple[Plan, ...]
    look_up_missing: Callable[[], Missing] = field(repr=False, compare=False)
    look_up_advice: Callable[[], tuple[Advice, ...]] = field(repr=False, compare=False)
    look_up_labels: Callable[[tuple[str, ...]], dict[str, str]] = field(repr=False, compare=False)

    def __iter__(self) -> Iterator[Plan]:
        """Iterate over the plans, best first."""
        return iter(self.plans)

    def __len__(self) -> int:
        """Return the number of plans."""
        return len(self.plans)

    def __bool__(self) -> bool:
        """Tell whether the goal is held or can be attained."""
        return self.status != "unreachable"

    @property
    def best(self) -> Plan | None:
        """The best plan; None if the goal is held already or cannot be attained."""
        return self.plans[0] if self.plans else None

    @cached_property
    def missing(self) -> tuple[tuple[str, ...], ...]:
        """The smallest sets of entry items still to bring, a few; see :func:`careerkg.routes.missing`."""
        return self.look_up_missing().sets

    @cached_property
    def advice(self) -> tuple[Advice, ...]:
        """What does not gate and is worth knowing, with its sources."""
        return self.look_up_advice()

    @cached_property
    def labels(self) -> dict[str, str]:
        """Labels of the goal, of held items and, where it is out of reach, of missing ones, by IRI."""
        missing = self.missing if self.status == "unreachable" else ()
        return self.look_up_labels((self.goal, *self.holding, *(i for items in missing for i in items)))

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as ``careerkg route --format json`` prints it.

        Where the goal is held already, its plan is an empty one.
        """
        plans = (Plan.empty(self.goal),) if self.status == "held" else self.plans
        return {
            "goal": self.goal,
            "holding": list(self.holding),
            "objective": self.objective,
            "asOf": self.as_of.isoformat(),
            "status": self.status,
            "plans": [plan.to_dict() for plan in plans],
            "missing": [list(items) for items in self.missing],
            "advice": [advice.to_dict() for advice in self.advice],
        }

    def to_text(self) -> str:
        """Return the answer as a timeline to read."""
        from careerkg.routes.formats.text import to_text

        return to_text(self)

    def to_markdown(self) -> str:
        """Return the answer as Markdown, one table for each plan."""
        from careerkg.routes.formats.markdown import to_markdown

        return to_markdown(self)

    def to_mermaid(self) -> str:
        """Return the best plan as a Mermaid flowchart; empty if there is none."""
        return self.plans[0].to_mermaid() if self.plans else "flowchart LR\n"

    def to_dot(self) -> str:
        """Return the best plan in the language of Graphviz; an empty graph if there is none."""
        return self.plans[0].to_dot() if self.plans else "digraph plan {\n}\n"

    def to_svg(self) -> str:
        """Return the best plan as a picture; one that says why not if there is none."""
        from careerkg.routes.formats.svg import message_to_svg

        return self.plans[0].to_svg() if self.plans else message_to_svg(self.to_text())

    def to_turtle(self) -> str:
        """Return the plans as triples in Turtle; see :mod:`careerkg.routes.formats.rdf`."""
        from careerkg.routes.formats.rdf import to_turtle

        return to_turtle(self)

    def _repr_html_(self) -> str:
        return "".join(plan._repr_html_() for plan in self.plans) or self.to_svg()
