"""A plan is a proof: this module checks one against the graph, sharing nothing with the solver.

Conditions are read again from the store, one node at a time, and judged by their definition; see
``docs/planning.md``. What is shared is how times and amounts are written (``values.py``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from math import inf, isclose
from typing import Any

import pyoxigraph as ox

from careerkg.errors import RouteError
from careerkg.routes.model import RouteOptions
from careerkg.routes.values import DAY, MONEY, WEEK, Interval, days, hull, money, parse_amount, parse_duration
from careerkg.store import Store
from careerkg.vocabulary import CKG, ID, RDF, local_name, slugify

__all__ = ["check_plan"]

Node = ox.NamedNode | ox.BlankNode
DEFAULT = RouteOptions()
SCHEME = ("law", "issuer", "most-employers", "some-employers", "preference")
CLASSES = ("AllOf", "AnyOf", "AtLeast", "FreeTextCondition", "PersonCondition", "Requirement")


class _Rules:
    """What the graph asks for, as it holds under some options on some day."""

    def __init__(self, store: Store, options: RouteOptions, as_of: date) -> None:
        self.store, self.options, self.as_of = store, options, as_of
        self._values: dict[tuple[Node, str], list[ox.NamedNode | ox.BlankNode | ox.Literal]] = {}
        self._gating: dict[Node, bool] = {}
        self._orders: dict[Node, list[Node]] = {}

    def values(self, node: Node, property_: str) -> list[ox.NamedNode | ox.BlankNode | ox.Literal]:
        key = (node, property_)
        if key not in self._values:
            quads = self.store.quads(node, ox.NamedNode(property_), None, ox.DefaultGraph())
            found = [quad.object for quad in quads]
            self._values[key] = [
                value for value in found if isinstance(value, ox.NamedNode | ox.BlankNode | ox.Literal)
            ]
        return self._values[key]

    def nodes(self, node: Node, property_: str) -> list[Node]:
        return [v for v in self.values(node, property_) if isinstance(v, ox.NamedNode | ox.BlankNode)]

    def texts(self, node: Node, property_: str) -> list[str]:
        return [value.value for value in self.values(node, property_)]

    def kind(self, node: Node) -> str | None:
        """Return the class of a condition, None for an item."""
        types = {value.value for value in self.values(node, RDF.type)}
        return next((name for name in CLASSES if f"{CKG}{name}" in types), None)

    # ---- dates and names ----

    def valid(self, node: Node) -> bool:
        starts = [_day(text) for text in self.texts(node, CKG.validFrom)]
        ends = [_day(text) for text in self.texts(node, CKG.validUntil)]
        return (not starts or min(starts) <= self.as_of) and (not ends or self.as_of < max(ends))

    def renamed(self, node: Node) -> Node:
        """Return what an item is called on the day."""
        starts = [_day(text) for text in self.texts(node, CKG.validFrom)]
        if starts and min(starts) > self.as_of:
            older = [old for old in self._older(node) if self.valid(old)]
            return older[0] if len(older) == 1 else node
        seen = [node]
        while not self.valid(seen[-1]) or self._replaced(seen[-1]):
            newer = set(self.nodes(seen[-1], CKG.supersededBy)) - set(seen)
            if len(newer) != 1:
                break
            seen.append(newer.pop())
        return seen[-1] if self.valid(seen[-1]) else node

    def _replaced(self, node: Node) -> bool:
        newer = set(self.nodes(node, CKG.supersededBy))
        return not self.texts(node, CKG.validUntil) and len(newer) == 1 and self.valid(min(newer, key=str))

    def _older(self, node: Node) -> set[Node]:
        found: set[Node] = set()
        queue = [node]
        while queue:
            for quad in self.store.quads(
                None, ox.NamedNode(CKG.supersededBy), queue.pop(), ox.DefaultGraph()
            ):
                old = quad.subject
                if isinstance(old, ox.NamedNode | ox.BlankNode) and old not in found:
                    found.add(old)
                    queue.append(old)
        return found - {node}

    # ---- conditions ----

    def kids(self, node: Node) -> list[Node]:
        """Return what a condition or item asks for, each thing once and by the name of the day."""
        if self.kind(node) is None:
            found = self.nodes(node, CKG.requires) + self.nodes(node, CKG.inRole)
        else:
            found = self.nodes(node, CKG.operand) + self.nodes(node, CKG.condition)
        self.store.prefetch(found)
        current = [kid if self.kind(kid) else self.renamed(kid) for kid in found]
        return list(dict.fromkeys(current))

    def gates(self, node: Node) -> bool:
        """Tell whether a condition counts under the options; items always do."""
        stack = [node]
        entered = {node}
        while stack:
            one = stack[-1]
            if one in self._gating:
                stack.pop()
                continue
            if self.kind(one) is None or not self._counts(one):
                self._gating[one] = self.kind(one) is None
                stack.pop()
                continue
            kids = self.kids(one)
            open_kids = [kid for kid in kids if kid not in self._gating and kid not in entered]
            if open_kids:
                entered.add(open_kids[0])
                stack.append(open_kids[0])
                continue
            # Nothing asked for from the start is something else than nothing left of what was asked for.
            self._gating[one] = not kids or any(self._gating.get(kid, True) for kid in kids)
            stack.pop()
        return self._gating[node]

    def _counts(self, node: Node) -> bool:
        if f"{ID}rank/deprecated" in self.texts(node, CKG.rank) or not self.valid(node):
            return False
        strengths = self.texts(node, CKG.strength)
        if strengths:
            said = {slugify(re.sub(r"(?<=[a-z])(?=[A-Z])", "-", local_name(text))) for text in strengths}
            strong = {slugify(local_name(name)) for name in self.options.strengths}
            if said <= {*SCHEME, *strong} and not said & strong:
                return False
        places = self.texts(node, CKG.jurisdiction)
        return not places or not self.options.jurisdiction or bool(set(places) & self._inside())

    def _inside(self) -> set[str]:
        found = set(self.options.jurisdiction)
        queue = [ox.NamedNode(place) for place in found]
        while queue:
            for larger in self.nodes(queue.pop(), CKG.partOf):
                if larger.value not in found and isinstance(larger, ox.NamedNode):
                    found.add(larger.value)
                    queue.append(larger)
        return found

    def met_at(self, item: Node, times: Mapping[Node, float]) -> float:
        """Return when the conditions of an item are met, given when things are attained; inf: never."""
        order = self._below(item)
        value: dict[Node, float] = {}
        while True:
            before = dict(value)
            for node in reversed(order):
                value[node] = self._met(node, value, times)
            # One more round only where conditions contain each other: what is never met stays so.
            if value == before:
                break
        return value[item]

    def _below(self, item: Node) -> list[Node]:
        """Return an item and all conditions below it that count, each before those that it contains."""
        if item not in self._orders:
            done: list[Node] = []
            entered = {item}
            stack = [(item, iter(self._counted(item)))]
            while stack:
                node, kids = stack[-1]
                for kid in kids:
                    if self.kind(kid) and kid not in entered:
                        entered.add(kid)
                        stack.append((kid, iter(self._counted(kid))))
                        break
                else:
                    stack.pop()
                    done.append(node)
            self._orders[item] = done[::-1]
        return self._orders[item]

    def _counted(self, node: Node) -> list[Node]:
        return [kid for kid in self.kids(node) if self.gates(kid)]

    def _met(self, node: Node, value: Mapping[Node, float], times: Mapping[Node, float]) -> float:
        """Return when one condition is met, given when those that it contains are."""
        kind = self.kind(node)
        if kind in ("FreeTextCondition", "PersonCondition"):
            return 0.0
        found = sorted(
            value.get(kid, inf) if self.kind(kid) else times.get(kid, inf) for kid in self._counted(node)
        )
        if kind == "AtLeast":
            need = max((int(text) for text in self.texts(node, CKG.count)), default=len(found) + 1)
        else:
            need = 1 if kind == "AnyOf" else len(found)
        return 0.0 if need == 0 else found[need - 1] if need <= len(found) else inf

    # ---- times and costs ----

    def time(self, node: Node) -> Interval:
        """Return how long an item takes."""
        exact = [parse_duration(text) for text in self.texts(node, CKG.estimatedDuration)]
        lows = exact + [parse_duration(text) for text in self.texts(node, CKG.minDuration)]
        highs = exact + [parse_duration(text) for text in self.texts(node, CKG.maxDuration)]
        if not lows and not highs:
            pace = WEEK / self.options.hours_per_week / MONEY
            lows = highs = [round(parse_amount(text) * pace) for text in self.texts(node, CKG.hours)]
        if not lows and not highs:
            return Interval(0, None, True)
        return Interval(min(lows, default=0), max(highs) if highs else None)

    def cost(self, node: Node) -> Interval:
        """Return what an item costs."""
        nodes = [
            cost
            for cost in self.nodes(node, CKG.estimatedCost)
            if f"{ID}rank/deprecated" not in self.texts(cost, CKG.rank) and self.valid(cost)
        ]
        best = [cost for cost in nodes if f"{ID}rank/preferred" in self.texts(cost, CKG.rank)] or nodes
        found = []
        for cost in best:
            currencies = self.texts(cost, CKG.currency)
            if self.options.currency and currencies and self.options.currency not in currencies:
                continue
            exact = [parse_amount(text) for text in self.texts(cost, CKG.amount)]
            lows = exact + [parse_amount(text) for text in self.texts(cost, CKG.minAmount)]
            highs = exact + [parse_amount(text) for text in self.texts(cost, CKG.maxAmount)]
            if lows or highs:
                found.append(Interval(min(lows, default=0), max(highs) if highs else None))
        return hull(found)


def _day(text: str) -> date:
    year, month, day = (text.strip()[:10] + "-01-01").split("-")[:3]
    return date(int(year), int(month), int(day))


def check_plan(store: Store, plan_json: Mapping[str, Any], *, options: RouteOptions = DEFAULT) -> list[str]:
    """Return what is wrong with the plans of ``careerkg route --format json``, one line each; nothing: valid.

    Goal, held items and day are the document's; ``options`` must be those that it was made with (limits and
    excluded items are checked, too). Checks, for every plan: that steps are items of the graph, in order,
    each with its conditions met by what comes before, at the stated days; that no step is useless; that
    times, costs and unknown parts are those of the graph, and their totals right. Raises RouteError for a
    document of another form.
    """
    try:
        goal, held = str(plan_json["goal"]), [str(name) for name in plan_json["holding"]]
        as_of = date.fromisoformat(plan_json["asOf"])
        plans = list(plan_json["plans"])
        status = str(plan_json["status"])
    except (KeyError, TypeError, ValueError) as error:
        raise RouteError(f"not the JSON of a route: {type(error).__name__} at {error}") from None
    rules = _Rules(store, options, as_of)
    held_nodes = frozenset(rules.renamed(_node(name)) for name in held)
    target = rules.renamed(_node(goal))
    problems: list[str] = []
    if status == "held":
        # An empty plan, or none, is the plan of whoever has nothing to do.
        plans = [plan for plan in plans if plan.get("steps")]
    if (status == "held") != (target in held_nodes or (rules.kind(target) is not None and not plans)):
        if status == "held":
            problems.append(f"{goal} is not held")
        elif target in held_nodes:
            problems.append(f"{goal} is held already")
    if status in ("optimal", "feasible") and not plans:
        problems.append("there is no plan")
    for number, plan in enumerate(plans, 1):
        try:
            found = _check(rules, plan, target, held_nodes)
        except (KeyError, TypeError, ValueError) as error:
            raise RouteError(
                f"plan {number}: not the JSON of a plan: {type(error).__name__} {error}"
            ) from None
        problems += [f"plan {number}: {problem}" for problem in found]
    return problems


def _node(name: str) -> Node:
    return ox.BlankNode(name[2:]) if name.startswith("_:") else ox.NamedNode(name)


def _check(rules: _Rules, plan: Mapping[str, Any], goal: Node, held: frozenset[Node]) -> list[str]:
    """Return the problems of one plan."""
    problems: list[str] = []
    steps = list(plan["steps"])
    order = [_node(str(step["id"])) for step in steps]
    excluded = {rules.renamed(_node(name)) for name in rules.options.exclude}
    if len(set(order)) != len(order):
        problems.append("a step stands twice")
    if rules.kind(goal) is None and goal not in order:
        problems.append(f"the goal {goal.value} is no step")
    times: dict[Node, float] = dict.fromkeys(held, 0.0)
    for node, step in zip(order, steps, strict=True):
        problems += _check_step(rules, node, step, times, held, excluded)
        times[node] = times.get(node, rules.met_at(node, times) + rules.time(node).low)
    problems += _check_links(steps)
    end = times.get(goal, rules.met_at(goal, times) if rules.kind(goal) else inf)
    if end == inf:
        return [*problems, "the goal is not reached"]
    problems += _check_useless(rules, order, goal, held, end)
    return problems + _check_totals(rules, plan, order, goal, held, end)


def _check_step(
    rules: _Rules,
    node: Node,
    step: Mapping[str, Any],
    times: Mapping[Node, float],
    held: frozenset[Node],
    excluded: set[Node],
) -> list[str]:
    """Return the problems of one step, given when what comes before is attained."""
    problems = []
    name = node.value
    if rules.kind(node) is not None:
        problems.append(f"{name} is a condition, no item")
    if node in held:
        problems.append(f"{name} is held already")
    if node in excluded:
        problems.append(f"{name} is excluded")
    if not rules.valid(node) or rules.renamed(node) != node:
        problems.append(f"{name} is not to be had by this name on {rules.as_of}")
    start = rules.met_at(node, times)
    if start == inf:
        problems.append(f"{name} stands before its conditions are met")
        return problems
    time, cost = rules.time(node), rules.cost(node)
    for key, expected in (("startDay", days(int(start))), ("endDay", days(int(start) + time.low))):
        if not isclose(float(step[key]), expected, abs_tol=1e-6):
            problems.append(f"{name}: {key} is {step[key]}, and should be {expected}")
    if (step["cost"] is None) != cost.unknown or (
        step["cost"] is not None and not isclose(float(step["cost"]), money(cost.low), abs_tol=1e-6)
    ):
        problems.append(
            f"{name}: cost is {step['cost']}, and should be {None if cost.unknown else money(cost.low)}"
        )
    unknown = [what for what, one in (("cost", cost), ("duration", time)) if one.unknown]
    if sorted(step["unknown"]) != unknown:
        problems.append(f"{name}: unknown is {step['unknown']}, and should be {unknown}")
    waits = {before: times.get(before, inf) for before in map(_node, step["after"])}
    problems += [
        f"{name} waits for {before.value}, which is no step that ends before it"
        for before, end in waits.items()
        if end > start or before in held
    ]
    if rules.met_at(node, {**dict.fromkeys(held, 0.0), **waits}) > start:
        problems.append(f"{name}: the steps that it waits for do not meet its conditions")
    return problems


def _check_links(steps: list[Mapping[str, Any]]) -> list[str]:
    """Return what does not fit between what steps wait for and what they say they serve."""
    serves = {(before, str(step["id"])) for step in steps for before in step["after"]}
    return [
        f"{before} waits for {after} without being served"
        for after, before in sorted(
            serves - {(str(s["id"]), other) for s in steps for other in s["satisfies"]}
        )
    ]


def _reach(
    rules: _Rules, items: Iterable[Node], held: frozenset[Node], *, upper: bool = False
) -> dict[Node, float]:
    """Return when some items are attained: repeated until nothing changes."""
    times: dict[Node, float] = dict.fromkeys(held, 0.0)
    items = list(items)
    while True:
        before = dict(times)
        for node in items:
            time = rules.time(node)
            end = rules.met_at(node, times) + ((time.high or 0) if upper else time.low)
            if end < times.get(node, inf):
                times[node] = end
        if times == before:
            return times


def _goal_time(rules: _Rules, goal: Node, times: Mapping[Node, float]) -> float:
    return rules.met_at(goal, times) if rules.kind(goal) else times.get(goal, inf)


def _check_useless(
    rules: _Rules, order: list[Node], goal: Node, held: frozenset[Node], end: float
) -> list[str]:
    """Return the steps without which the goal is reached as early."""
    found = []
    known = all(rules.time(node).high is not None for node in order)
    for node in order:
        if node == goal:
            continue
        rest = [other for other in order if other != node]
        times = _reach(rules, rest, held)
        if _goal_time(rules, goal, times) > end or any(other not in times for other in rest):
            continue
        if known:
            fewer = _goal_time(rules, goal, _reach(rules, rest, held, upper=True))
            if fewer > _goal_time(rules, goal, _reach(rules, order, held, upper=True)):
                continue
        found.append(f"{node.value} is of no use")
    return found


def _check_totals(
    rules: _Rules, plan: Mapping[str, Any], order: list[Node], goal: Node, held: frozenset[Node], end: float
) -> list[str]:
    """Return the totals that are wrong."""
    time_ends = [rules.time(node) for node in order]
    costs = [rules.cost(node) for node in order]
    most: float | None = None
    if all(time.high is not None for time in time_ends):
        most = _goal_time(rules, goal, _reach(rules, order, held, upper=True)) / DAY
    highs = [cost.high for cost in costs]
    expected: dict[tuple[str, str], float | None] = {
        ("time", "minDays"): end / DAY,
        ("time", "maxDays"): most,
        ("time", "unknownSteps"): sum(time.unknown for time in time_ends),
        ("cost", "min"): money(sum(cost.low for cost in costs)),
        ("cost", "max"): None if None in highs else money(sum(high for high in highs if high is not None)),
        ("cost", "unknownSteps"): sum(cost.unknown for cost in costs),
    }
    problems = []
    for (part, key), value in expected.items():
        stated = plan[part][key]
        if (stated is None) != (value is None) or (
            value is not None and not isclose(float(stated), value, rel_tol=1e-9, abs_tol=1e-6)
        ):
            problems.append(f"{part}.{key} is {stated}, and should be {value}")
    options = rules.options
    if options.max_time is not None and end / DAY > float(options.max_time) + 1e-6:
        problems.append("the plan takes longer than allowed")
    if (
        options.max_cost is not None
        and money(sum(cost.low for cost in costs)) > float(options.max_cost) + 1e-6
    ):
        problems.append("the plan costs more than allowed")
    return problems
