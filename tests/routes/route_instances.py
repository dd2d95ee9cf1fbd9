"""Random route questions as plain trees, written as Turtle for the planner and enumerated by the oracle."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations
from math import inf
from pathlib import Path
from typing import Literal

import pyoxigraph as ox

from careerkg.routes import Objective
from careerkg.store import EmbeddedStore

EX = "http://example.org/"
PREFIXES = (
    "@prefix ckg: <https://w3id.org/careerkg/ontology#> .\n"
    "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
    "@prefix strength: <https://w3id.org/careerkg/id/strength/> .\n"
    "@prefix rank: <https://w3id.org/careerkg/id/rank/> .\n"
    "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
    "@prefix ex: <http://example.org/> .\n"
)
DATA = Path(__file__).parent / "data"

Kind = Literal["AllOf", "AnyOf", "AtLeast", "FreeTextCondition"]


@dataclass(frozen=True)
class Tree:
    """A condition: AllOf, AnyOf, AtLeast or free text over items (names) and conditions."""

    kind: Kind
    operands: tuple[Tree | str, ...] = ()
    count: int = 0


@dataclass(frozen=True)
class Thing:
    """An item; low and high ends in days and dollars, None for an open end; unknown if neither is given."""

    requires: tuple[Tree | str, ...] = ()
    time: tuple[int | None, int | None] = (None, None)
    cost: tuple[int | None, int | None] = (None, None)


@dataclass(frozen=True)
class Instance:
    """A question and its world."""

    things: dict[str, Thing]
    goal: str
    held: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    max_time: int | None = None
    max_cost: int | None = None

    def turtle(self) -> str:
        """Return the world in Turtle, conditions as blank nodes."""
        return PREFIXES + "\n".join(_thing(name, thing) for name, thing in self.things.items())

    def store(self) -> EmbeddedStore:
        """Return the world as a store."""
        return store_of(self.turtle())

    def with_held(self, *names: str) -> Instance:
        return replace(self, held=self.held | set(names))


def store_of(turtle: str) -> EmbeddedStore:
    """Return a store in memory with some Turtle."""
    inner = ox.Store()
    inner.load(turtle.encode(), format=ox.RdfFormat.TURTLE)
    return EmbeddedStore(inner)


def store_of_file(name: str) -> EmbeddedStore:
    """Return a store in memory with a file of the test data."""
    return EmbeddedStore.in_memory([DATA / name])


def _condition(tree: Tree | str) -> str:
    if isinstance(tree, str):
        return f"ex:{tree}"
    count = f" ; ckg:count {tree.count}" if tree.kind == "AtLeast" else ""
    operands = " ; ckg:operand " + " , ".join(map(_condition, tree.operands)) if tree.operands else ""
    return f"[ a ckg:{tree.kind}{count}{operands} ]"


def _thing(name: str, thing: Thing) -> str:
    parts = [f"ex:{name} a ckg:Course"]
    if thing.requires:
        parts.append("ckg:requires " + " , ".join(map(_condition, thing.requires)))
    low, high = thing.time
    if low is not None and low == high:
        parts.append(f'ckg:estimatedDuration "P{low}D"^^xsd:duration')
    else:
        parts += [
            f'ckg:{end}Duration "P{value}D"^^xsd:duration'
            for end, value in (("min", low), ("max", high))
            if value is not None
        ]
    low, high = thing.cost
    if low is not None and low == high:
        parts.append(f'ckg:estimatedCost [ a ckg:Cost ; ckg:amount {low} ; ckg:currency "USD" ]')
    elif low is not None or high is not None:
        ends = " ; ".join(
            f"ckg:{end}Amount {value}" for end, value in (("min", low), ("max", high)) if value is not None
        )
        parts.append(f'ckg:estimatedCost [ a ckg:Cost ; {ends} ; ckg:currency "USD" ]')
    return " ;\n    ".join(parts) + " ."


def random_instance(seed: int, size: int) -> Instance:
    """Return a random question: cycles, shared items, AtLeast, unknown and zero values all occur."""
    r = random.Random(seed)
    names = [f"i{number}" for number in range(size)]

    def tree(depth: int) -> Tree | str:
        if depth == 0 or r.random() < 0.45:
            return r.choice(names)
        kinds: tuple[Kind, ...] = ("AllOf", "AnyOf", "AnyOf", "AtLeast", "FreeTextCondition")
        kind = r.choice(kinds)
        if kind == "FreeTextCondition":
            return Tree(kind) if r.random() < 0.3 else r.choice(names)
        operands = tuple(tree(depth - 1) for _ in range(r.choice((0, 1, 2, 2, 3)) or r.randint(0, 2)))
        return Tree(kind, operands, r.randint(0, 3) if kind == "AtLeast" else 0)

    def ends() -> tuple[int | None, int | None]:
        draw = r.random()
        if draw < 0.6:
            value = r.choice((0, 0, 1, 2, 3, 5))
            return value, value
        if draw < 0.75:
            return r.randint(0, 2), None
        if draw < 0.8:
            return None, r.randint(0, 3)
        if draw < 0.88:
            low = r.randint(0, 2)
            return low, low + r.randint(1, 3)
        return None, None

    things = {
        name: Thing(
            tuple(tree(2) for _ in range(r.randint(1, 2))) if r.random() < 0.6 or name == "i0" else (),
            ends(),
            ends(),
        )
        for name in names
    }
    others = names[1:]
    held = frozenset(name for name in others if r.random() < 0.1)
    excluded = frozenset(name for name in others if r.random() < 0.05) - held
    limited = r.random() < 0.3
    return Instance(
        things,
        "i0",
        held,
        excluded,
        r.randint(0, 8) if limited and r.random() < 0.7 else None,
        r.randint(0, 8) if limited and r.random() < 0.7 else None,
    )


# ---- the oracle: every set of items, judged by the definitions alone ----

Ends = tuple[float, int, float]
Key = tuple[tuple[float, ...], tuple[str, ...]]


@dataclass(frozen=True)
class Candidate:
    """A set of items that leads to the goal."""

    items: frozenset[str]
    time: Ends
    """Least days, steps of unknown time, most days."""
    cost: Ends

    def key(self, objective: Objective) -> Key:
        """Return what ranks it among others."""
        steps = float(len(self.items))
        numbers: dict[Objective, tuple[float, ...]] = {
            "time": (*self.time, *self.cost, steps),
            "cost": (*self.cost, *self.time, steps),
            "steps": (steps, *self.time, *self.cost),
        }
        return numbers[objective], tuple(sorted(EX + name for name in self.items))


@dataclass
class Oracle:
    """All that can be asked about an instance, by enumeration."""

    instance: Instance
    _candidates: list[Candidate] | None = field(default=None)

    def reached(self, items: frozenset[str], *, high: bool = False) -> dict[str, float]:
        """Return when each of some items, and what is held, is attained: repeated until nothing changes."""
        things = self.instance.things
        times: dict[str, float] = dict.fromkeys(self.instance.held, 0.0)

        def when(tree: Tree | str) -> float:
            if isinstance(tree, str):
                return times.get(tree, inf)
            if tree.kind == "FreeTextCondition":
                return 0.0
            kids = sorted(when(operand) for operand in _distinct(tree.operands))
            need = {"AllOf": len(kids), "AnyOf": 1, "AtLeast": tree.count}[tree.kind]
            return 0.0 if need == 0 else kids[need - 1] if need <= len(kids) else inf

        while True:
            before = dict(times)
            for name in items:
                start = max((when(tree) for tree in things[name].requires), default=0.0)
                low, top = things[name].time
                end = start + ((top if high else low) or 0)
                if end < times.get(name, inf):
                    times[name] = end
            if times == before:
                return times

    def candidates(self) -> list[Candidate]:
        """Return every set of items that leads to the goal within the limits, each of its items attained."""
        if self._candidates is None:
            self._candidates = list(self._enumerate())
        return self._candidates

    def _enumerate(self) -> Iterator[Candidate]:
        instance = self.instance
        names = sorted(instance.things.keys() - instance.held - instance.excluded)
        for size in range(len(names) + 1):
            for chosen in combinations(names, size):
                items = frozenset(chosen)
                if instance.goal not in items:
                    continue
                times = self.reached(items)
                if not items <= times.keys():
                    continue
                things = [instance.things[name] for name in chosen]
                time, cost = _sum([t.time for t in things]), _sum([t.cost for t in things])
                most = self.reached(items, high=True)[instance.goal] if time[2] < inf else inf
                found = Candidate(items, (times[instance.goal], time[1], most), cost)
                if instance.max_time is not None and found.time[0] > instance.max_time:
                    continue
                if instance.max_cost is not None and found.cost[0] > instance.max_cost:
                    continue
                yield found

    def plans(self, objective: Objective) -> list[Candidate]:
        """Return all plans, best first: candidates that contain no candidate that ranks before them."""
        plans: list[Candidate] = []
        for candidate in sorted(self.candidates(), key=lambda c: c.key(objective)):
            if not any(plan.items <= candidate.items for plan in plans):
                plans.append(candidate)
        return plans

    def front(self) -> list[tuple[float, float]]:
        """Return the (days, dollars) that no candidate beats, fastest first."""
        front: list[tuple[float, float]] = []
        for point in sorted({(c.time[0], c.cost[0]) for c in self.candidates()}):
            if not front or point[1] < front[-1][1]:
                front.append(point)
        return front


def _distinct(operands: tuple[Tree | str, ...]) -> list[Tree | str]:
    """Return operands as a set of RDF objects: an item counts once, every blank node is one of its own."""
    names = {operand for operand in operands if isinstance(operand, str)}
    return [*names, *(operand for operand in operands if not isinstance(operand, str))]


def _sum(ends: list[tuple[int | None, int | None]]) -> Ends:
    low = float(sum(low or 0 for low, _ in ends))
    unknown = sum(low is None and high is None for low, high in ends)
    return low, unknown, inf if any(high is None for _, high in ends) else sum(high or 0 for _, high in ends)
