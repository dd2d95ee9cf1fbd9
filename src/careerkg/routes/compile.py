"""Conditions as a directed hypergraph: every node is reached once enough of its children are.

An item needs all of its children, ``AllOf`` all, ``AnyOf`` one, ``AtLeast`` its count: one threshold each, no
normal form, so nesting costs nothing. Ranks, dates, strengths, places and successions are settled here, for
one set of options; what an item takes and costs is read when it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from careerkg.errors import CareerGraphError, MalformedValue
from careerkg.routes.facts import ALL, ANY, AT_LEAST, FREE, REQUIREMENT, Facts, Texts
from careerkg.routes.values import UNKNOWN, WEEK, Interval, hull, parse_amount, parse_duration
from careerkg.vocabulary import ID, local_name, slugify

__all__ = [
    "NEVER",
    "NO_CURRENCY",
    "STRENGTHS",
    "Gate",
    "Graph",
    "Reading",
    "compile_graph",
    "owner_of",
    "strength_of",
]

NEVER = 1 << 30
"""The threshold of a node that nothing reaches."""

NO_CURRENCY = "XXX"
"""ISO 4217: no currency. With it costs are unknown: where there are several that nobody needs to add up."""

Reading = Literal["ignored", "strength", "jurisdiction", "empty"]
"""Why a condition does not gate: wrong or out of date, too weak, elsewhere, or nothing of it is left."""

STRENGTHS = frozenset({"law", "issuer", "most-employers", "some-employers", "preference"})
"""The strengths of demand that the scheme of strengths has."""

PREFERRED = f"{ID}rank/preferred"
DEPRECATED = f"{ID}rank/deprecated"


@dataclass(frozen=True, slots=True)
class Gate:
    """The options that decide what the conditions are: one compiled graph each."""

    as_of: date
    strengths: frozenset[str]
    jurisdictions: frozenset[str]
    hours_per_week: float
    currency: str | None

    @property
    def unit(self) -> str | None:
        """The currency to give sums in, if one was chosen."""
        return None if self.currency == NO_CURRENCY else self.currency


@dataclass(slots=True, eq=False)
class Graph:
    """A compiled graph. Nodes are those of its facts; ``need[v]`` of ``kids[v]`` must be reached."""

    facts: Facts
    gate: Gate
    need: list[int]
    kids: list[tuple[int, ...]]
    item: bytearray
    """1 for what a person attains, 0 for conditions and for all that is no part of any."""
    recorded: bytearray
    """1 for an item of which conditions are recorded, whether they gate or not."""
    read_as: dict[int, int]
    """Renamed things: what a node is called at the as-of date."""
    retired: set[int]
    left_out: dict[int, Reading]
    errors: dict[int, CareerGraphError]
    _times: dict[int, Interval] = field(default_factory=dict)
    _costs: dict[int, tuple[Interval, str | None]] = field(default_factory=dict)
    _exact: bool | None = None
    _programmes: dict[int, set[int]] | None = None
    _asked: set[int] = field(default_factory=set)
    """What became an item only because somebody asked about it."""
    cones: dict[int, Any] = field(default_factory=dict)
    """What :mod:`careerkg.routes.cone` keeps for further questions, by goal."""

    def asked(self, name: str) -> int:
        """Return the node of what is asked about; it becomes an item unless it is a condition."""
        node = self.facts.node(name)
        grown = len(self.facts.names) - len(self.need)
        if grown > 0:
            self.need.extend([0] * grown)
            self.kids.extend([()] * grown)
            self.item.extend(bytes(grown))
            self.recorded.extend(bytes(grown))
            self.cones.clear()
        if node not in self.facts.kinds and not self.item[node]:
            self.item[node] = 1
            self._asked.add(node)
        return node

    def current(self, node: int) -> int:
        """Return what a node is read as at the as-of date."""
        return self.read_as.get(node, node)

    def completed(self, held: Iterable[int]) -> dict[int, int]:
        """Return the programmes that holders of credentials have completed, each with the credential.

        A credential stands for the programme that awards it if only one does.
        """
        if self._programmes is None:
            self._programmes = {}
            for programme, credentials in self.facts.awards.items():
                for credential in credentials:
                    self._programmes.setdefault(self.current(credential), set()).add(self.current(programme))
        awarding = {node: self._programmes.get(node, set()) for node in held}
        return {min(some): node for node, some in awarding.items() if len(some) == 1}

    def network(self) -> list[int]:
        """Return the items and conditions that the data connect, by the names of the day."""
        kinds, others = self.facts.kinds, self.read_as.keys() | self._asked
        return [node for node, flag in enumerate(self.item) if (flag or node in kinds) and node not in others]

    def exact_times(self) -> bool:
        """Tell whether all times are recorded exactly or not at all, as far as it can be told at a glance."""
        if self._exact is None:
            facts = self.facts
            several = any(len(texts) > 1 for texts in (*facts.duration.values(), *facts.hours.values()))
            self._exact = not (facts.min_duration or facts.max_duration or several)
        return self._exact

    def time(self, node: int) -> Interval:
        """Return how long an item takes, in microseconds. Raises MalformedValue."""
        interval = self._times.get(node)
        if interval is None:
            interval = self._times[node] = _time(self.facts, node, self.gate.hours_per_week)
        return interval

    def cost(self, node: int) -> tuple[Interval, str | None]:
        """Return the cost of an item in millionths, and the currency if any. Raises MalformedValue."""
        found = self._costs.get(node)
        if found is None:
            found = self._costs[node] = _cost(self.facts, node, self.gate)
        return found

    def counted_costs(self, node: int) -> list[int]:
        """Return the cost nodes that the cost of an item is taken from."""
        return _counted(self.facts, node, self.gate)


def strength_of(name: str) -> str:
    """Return the name of a strength of demand, whether it comes as a concept, a term or a text.

    >>> strength_of("https://w3id.org/careerkg/id/strength/most-employers"), strength_of("Most employers")
    ('most-employers', 'most-employers')
    """
    return slugify(re.sub(r"(?<=[a-z])(?=[A-Z])", "-", local_name(name)))


def _day_of(text: str) -> date:
    """Return the first day of a date, month or year. Raises ValueError."""
    parts = text.strip()[:10].rstrip("Z").split("-")
    return date(int(parts[0]), *(int(part) for part in (*parts[1:3], "1", "1")[:2]))


def _span_of(facts: Facts, node: int) -> tuple[date | None, date | None]:
    """Return from which day and until which day (not included) a node is valid. Raises MalformedValue."""

    def read(texts: Texts, property_: str) -> list[date]:
        found = []
        for text in texts.get(node, ()):
            try:
                found.append(_day_of(text))
            except (ValueError, TypeError):
                raise MalformedValue(facts.names[node], property_, text, "a date") from None
        return found

    starts, ends = read(facts.valid_from, "ckg:validFrom"), read(facts.valid_until, "ckg:validUntil")
    return min(starts, default=None), max(ends, default=None)


def compile_graph(facts: Facts, gate: Gate) -> Graph:
    """Return the hypergraph of all conditions under one set of options."""
    size = len(facts.names)
    errors: dict[int, CareerGraphError] = {}
    spans: dict[int, tuple[date | None, date | None]] = {}
    for node in {*facts.valid_from, *facts.valid_until}:
        try:
            spans[node] = _span_of(facts, node)
        except MalformedValue as error:
            errors[node] = error
    graph = Graph(
        facts, gate, [0] * size, [()] * size, bytearray(size), bytearray(size), {}, set(), {}, errors
    )
    _successions(graph, spans)
    _left_out(graph, spans)
    _thresholds(graph)
    if facts.literals:
        _literals(graph)
    _emptied(graph)
    return graph


def _valid(span: tuple[date | None, date | None] | None, as_of: date) -> bool:
    """Tell whether a day lies in a span."""
    if span is None:
        return True
    start, end = span
    return (start is None or start <= as_of) and (end is None or as_of < end)


def _successions(graph: Graph, spans: dict[int, tuple[date | None, date | None]]) -> None:
    """Settle what dated items are called at the as-of date, and which are no longer or not yet to be had."""
    facts, as_of = graph.facts, graph.gate.as_of
    before: dict[int, list[int]] = {}
    for old, followers in facts.superseded_by.items():
        for new in followers:
            before.setdefault(new, []).append(old)

    def valid(node: int) -> bool:
        return _valid(spans.get(node), as_of)

    def replaced(node: int) -> bool:
        """Whether something undated has taken the place of a thing that says nothing of its own end."""
        successors = set(facts.superseded_by.get(node, ()))
        ends = spans.get(node, (None, None))[1]
        return ends is None and len(successors) == 1 and all(valid(new) for new in successors)

    for node in {*spans, *facts.superseded_by}:
        if node in facts.kinds:
            continue
        start = spans.get(node, (None, None))[0]
        if start is not None and start > as_of:
            earlier = _reached(node, before)
            then = [old for old in earlier if valid(old)]
            if len(then) == 1:
                graph.read_as[node] = then[0]
            else:
                graph.retired.add(node)
            continue
        if valid(node) and not replaced(node):
            continue
        seen, current = {node}, node
        while not valid(current) or replaced(current):
            successors = set(facts.superseded_by.get(current, ())) - seen
            if len(successors) != 1:
                break
            current = successors.pop()
            seen.add(current)
        if current != node and valid(current):
            graph.read_as[node] = current
        elif not valid(node):
            graph.retired.add(node)


def _reached(node: int, links: dict[int, list[int]]) -> set[int]:
    """Return all nodes that links lead to from a node."""
    seen: set[int] = set()
    stack = [node]
    while stack:
        for other in links.get(stack.pop(), ()):
            if other not in seen:
                seen.add(other)
                stack.append(other)
    return seen - {node}


def _left_out(graph: Graph, spans: dict[int, tuple[date | None, date | None]]) -> None:
    """Find the conditions that do not gate by what they say of themselves."""
    facts, gate = graph.facts, graph.gate
    deprecated = facts.ids.get(DEPRECATED, -1)
    inside: set[int] = set()
    for place in gate.jurisdictions:
        if place in facts.ids:
            inside |= {facts.ids[place]} | _reached(facts.ids[place], facts.part_of)
    strong = {strength_of(name) for name in gate.strengths}
    for node in {*facts.rank, *spans, *facts.strength, *facts.jurisdiction} & facts.kinds.keys():
        if deprecated in facts.rank.get(node, ()) or not _valid(spans.get(node), gate.as_of):
            graph.left_out[node] = "ignored"
        elif (
            node in facts.jurisdiction and gate.jurisdictions and inside.isdisjoint(facts.jurisdiction[node])
        ):
            graph.left_out[node] = "jurisdiction"
        elif node in facts.strength:
            # What is said in words that nobody knows gates, to be on the safe side; lint tells of it.
            said = {strength_of(facts.names[strength]) for strength in facts.strength[node]}
            if said <= STRENGTHS | strong and strong.isdisjoint(said):
                graph.left_out[node] = "strength"


def _thresholds(graph: Graph) -> None:
    """Give every condition and item its threshold and its children, before any is left out."""
    facts, need, kids = graph.facts, graph.need, graph.kids
    kinds, read_as, left_out = facts.kinds, graph.read_as, graph.left_out
    item, recorded = graph.item, graph.recorded
    for node, kind in kinds.items():
        if kind == FREE:
            continue
        operands = facts.operand.get(node, [])
        if kind == REQUIREMENT or node in facts.condition:
            operands = operands + facts.condition.get(node, [])
        if read_as:
            operands = [read_as.get(operand, operand) for operand in operands]
        children = tuple(dict.fromkeys(operands))
        kids[node] = children
        if kind == ANY:
            need[node] = 1
        elif kind == AT_LEAST:
            need[node] = _count(graph, node)
        else:
            need[node] = len(children)
        for child in children:
            if child not in kinds:
                item[child] = 1
    for node in {*facts.requires, *facts.in_role}:
        if node in kinds:
            continue
        asked = facts.requires.get(node, []) + facts.in_role.get(node, [])
        required = tuple(dict.fromkeys(read_as.get(child, child) for child in asked))
        kids[node] = required
        need[node] = len(required)
        item[node] = 1
        recorded[node] = any(left_out.get(child) != "ignored" for child in required)
        for child in required:
            if child not in kinds:
                item[child] = 1
    for texts in (facts.cost, facts.duration, facts.min_duration, facts.max_duration, facts.hours):
        for node in texts:
            if node not in kinds:
                item[node] = 1
    for node in graph.retired:
        need[node] = NEVER


def _literals(graph: Graph) -> None:
    """Note an error wherever a text stands in place of an item or a condition."""
    facts = graph.facts
    for property_, table in (
        ("ckg:requires", facts.requires),
        ("ckg:operand", facts.operand),
        ("ckg:condition", facts.condition),
        ("ckg:inRole", facts.in_role),
    ):
        for node, kids in table.items():
            for kid in facts.literals.intersection(kids):
                text = facts.names[kid][1:]
                graph.errors[node] = MalformedValue(
                    facts.names[node], property_, text, "an item or a condition"
                )


def _count(graph: Graph, node: int) -> int:
    """Return how many operands an AtLeast asks for; notes an error if it does not say so."""
    texts = graph.facts.count.get(node, [""])
    try:
        counts = [int(text) for text in texts]
        if min(counts) >= 0:
            return max(counts)
    except ValueError:
        pass
    expected = "a whole number of at least 0: how many operands an AtLeast asks for"
    graph.errors[node] = MalformedValue(owner_of(graph.facts, node), "ckg:count", texts[0], expected)
    return NEVER


def owner_of(facts: Facts, node: int) -> str:
    """Return the name of a node, or of the first named node above it if it is a blank node."""
    seen = {node}
    queue = [node]
    for one in queue:
        if not facts.names[one].startswith("_:"):
            return facts.names[one]
        above = {
            parent
            for table in (facts.requires, facts.operand, facts.condition, facts.in_role)
            for parent, kids in table.items()
            if one in kids
        }
        for parent in sorted(above, key=facts.names.__getitem__):
            if parent not in seen:
                seen.add(parent)
                queue.append(parent)
    return facts.names[node]


def _emptied(graph: Graph) -> None:
    """Take out what does not gate; a condition of which nothing is left by that does not gate either."""
    left_out, kids, need, kinds = graph.left_out, graph.kids, graph.need, graph.facts.kinds
    parents: dict[int, list[int]] = {}
    if left_out:
        for node, children in enumerate(kids):
            for child in children:
                if child in kinds:
                    parents.setdefault(child, []).append(node)
    queue = list(left_out)
    for gone in queue:
        for parent in parents.get(gone, ()):
            rest = tuple(kid for kid in kids[parent] if kid != gone)
            if len(rest) == len(kids[parent]):
                continue
            kids[parent] = rest
            # What asks for all asks for all that is left; one of, or at least n of, keeps its number.
            if kinds.get(parent, ALL) in (ALL, REQUIREMENT) and need[parent] != NEVER:
                need[parent] = len(rest)
            if not rest and parent in kinds and parent not in left_out:
                left_out[parent] = "empty"
                queue.append(parent)


def _time(facts: Facts, node: int, hours_per_week: float) -> Interval:
    """Return the recorded time of an item: durations before hours, the hull of competing ones."""

    def read(texts: Texts, property_: str) -> list[int]:
        found = []
        for text in texts.get(node, ()):
            try:
                found.append(parse_duration(text))
            except ValueError:
                raise MalformedValue(
                    facts.names[node], property_, text, "an xsd:duration of at least zero, such as P6M"
                ) from None
        return found

    exact = read(facts.duration, "ckg:estimatedDuration")
    lows = read(facts.min_duration, "ckg:minDuration")
    highs = read(facts.max_duration, "ckg:maxDuration")
    if lows and highs and min(lows) > max(highs):
        raise MalformedValue(
            facts.names[node], "ckg:minDuration", facts.min_duration[node][0], "at most ckg:maxDuration"
        )
    if exact or lows or highs:
        low = min([*exact, *lows]) if exact or lows else 0
        if lows and not highs and not exact:
            return Interval(low, None)
        return Interval(low, max([*exact, *highs]))
    hours: list[int] = []
    for text in facts.hours.get(node, ()):
        try:
            hours.append(parse_amount(text))
        except ValueError:
            raise MalformedValue(
                facts.names[node], "ckg:hours", text, "a number of hours of at least 0"
            ) from None
    if not hours:
        return UNKNOWN
    weeks = WEEK / hours_per_week / 1_000_000
    return Interval(round(min(hours) * weeks), round(max(hours) * weeks))


def _counted(facts: Facts, node: int, gate: Gate) -> list[int]:
    """Return the cost nodes that count: preferred before normal ones, none out of date or deprecated."""
    ranks = facts.rank
    preferred, deprecated = facts.ids.get(PREFERRED, -1), facts.ids.get(DEPRECATED, -1)
    nodes = [
        cost
        for cost in dict.fromkeys(facts.cost.get(node, ()))
        if deprecated not in ranks.get(cost, ()) and _valid(_span_of(facts, cost), gate.as_of)
    ]
    return [cost for cost in nodes if preferred in ranks.get(cost, ())] or nodes


def _cost(facts: Facts, node: int, gate: Gate) -> tuple[Interval, str | None]:
    """Return the recorded cost of an item: the hull of all statements that count."""
    intervals: list[Interval] = []
    currencies: set[str] = set()
    for cost in _counted(facts, node, gate):
        interval = _amount(facts, node, cost)
        codes = facts.currency.get(cost, ())
        if interval.unknown or (gate.currency and codes and gate.currency not in codes):
            continue
        intervals.append(interval)
        if interval.low or interval.high != 0:
            # Nothing is nothing in every currency.
            currencies.update(codes)
    if len(currencies) > 1:
        return hull(intervals), ",".join(sorted(currencies))
    return hull(intervals), min(currencies, default=None)


def _amount(facts: Facts, node: int, cost: int) -> Interval:
    """Return the amount of one cost node."""
    if cost in facts.literals:
        raise MalformedValue(
            facts.names[node], "ckg:estimatedCost", facts.names[cost][1:], "a node with an amount"
        )
    name = facts.names[node] if facts.names[cost].startswith("_:") else facts.names[cost]

    def read(texts: Texts, property_: str) -> list[int]:
        found = []
        for text in texts.get(cost, ()):
            try:
                found.append(parse_amount(text))
            except ValueError:
                raise MalformedValue(name, property_, text, "a decimal number of at least 0") from None
        return found

    exact = read(facts.amount, "ckg:amount")
    lows, highs = read(facts.min_amount, "ckg:minAmount"), read(facts.max_amount, "ckg:maxAmount")
    if lows and highs and min(lows) > max(highs):
        raise MalformedValue(name, "ckg:minAmount", facts.min_amount[cost][0], "at most ckg:maxAmount")
    if not (exact or lows or highs):
        return UNKNOWN
    low = min([*exact, *lows]) if exact or lows else 0
    return Interval(low, max([*exact, *highs]) if exact or highs else None)
