"""Route questions from names to plans; the compiled graph of an unchanged store is kept."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from math import isfinite
from time import monotonic
from weakref import WeakKeyDictionary

import pyoxigraph as ox

from careerkg.errors import MixedCurrencies, RouteError, UnknownName
from careerkg.routes.advise import advise
from careerkg.routes.assemble import make_plan
from careerkg.routes.compile import NO_CURRENCY, Gate, Graph, compile_graph
from careerkg.routes.cone import cut
from careerkg.routes.describe import Descriptions
from careerkg.routes.facts import Facts, read_facts
from careerkg.routes.lacking import minimal_sets
from careerkg.routes.model import Advice, Missing, Objective, Plan, RouteOptions, Routes, Status, as_objective
from careerkg.routes.solve import (
    Limits,
    Meter,
    OutOfTime,
    Solution,
    best_solution,
    next_solutions,
    pareto_solutions,
)
from careerkg.routes.values import DAY, MONEY
from careerkg.store import EmbeddedStore, Store

__all__ = ["DEFAULT", "Question", "ask", "ask_items", "compiled", "find_routes", "missing"]

DEFAULT = RouteOptions()

SHOWN_SETS, SHOWN_EFFORT, SHOWN_WITH_PLANS = 8, 2_000_000, 100_000
"""How many minimal unmet sets a route answer looks for, and in how much work (microseconds, about): beside
plans they matter less. Work, not time: the same question has the same answer."""


@dataclass(slots=True)
class _Cache:
    """What is kept of a store in one state; nothing here may lead back to the store, or it would never go."""

    state: Hashable
    facts: Facts
    starts: frozenset[str]
    """Of a store elsewhere: the nodes whose cones were read; empty: everything was."""
    graphs: dict[Gate, Graph] = field(default_factory=dict)
    answers: dict[Hashable, list[Solution]] = field(default_factory=dict)


_CACHES: WeakKeyDictionary[Store, _Cache] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Question:
    """A route question in terms of a compiled graph."""

    graph: Graph
    words: Descriptions
    goal: int
    held: frozenset[int]
    excluded: frozenset[int]
    limits: Limits
    asked: tuple[int, ...]
    """Goal, held and excluded nodes as named by whoever asks."""
    answers: dict[Hashable, list[Solution]]


def compiled(
    store: Store, options: RouteOptions, starts: frozenset[str] = frozenset()
) -> tuple[Graph, _Cache]:
    """Return the compiled graph of a store under some options, kept while the data are unchanged.

    ``starts`` are the nodes that matter to a question; of a store elsewhere only their cones are read.
    """
    if not (isfinite(options.hours_per_week) and options.hours_per_week > 0):
        raise RouteError(f"hours per week: {options.hours_per_week} is not a number above 0")
    gate = Gate(
        options.as_of or date.today(),
        frozenset(options.strengths),
        frozenset(options.jurisdiction),
        options.hours_per_week,
        options.currency,
    )
    state = store.state()
    cache = _CACHES.get(store)
    if isinstance(store, EmbeddedStore):
        starts = frozenset()
    enough = cache is not None and (not cache.starts or (starts and starts <= cache.starts))
    if cache is None or cache.state != state or not enough:
        cache = _CACHES[store] = _Cache(state, read_facts(store, sorted(starts)), starts)
    if options.currency is not None and options.currency != NO_CURRENCY:
        _check_currency(options.currency, cache.facts, everything=not starts)
    graph = cache.graphs.get(gate)
    if graph is None:
        if len(cache.graphs) >= 8:
            cache.graphs.clear()
            cache.answers.clear()
        graph = cache.graphs[gate] = compile_graph(cache.facts, gate)
    return graph, cache


def _check_currency(code: str, facts: Facts, *, everything: bool) -> None:
    """Raise RouteError for what is no code of a currency, or one in which no cost is recorded."""
    if re.fullmatch("[A-Z]{3}", code) is None:
        raise RouteError(f"currency: {code!r} is not a code of ISO 4217, such as USD")
    known = sorted({text for texts in facts.currency.values() for text in texts})
    if everything and known and code not in known:
        raise RouteError(f"currency: no cost is recorded in {code}; there are {', '.join(known)}")


def _known(store: Store, graph: Graph, name: str) -> int:
    """Return the node of a name. Raises UnknownName if the name occurs nowhere in the data."""
    if name in graph.facts.ids:
        return graph.asked(name)
    if not name.startswith("_:"):
        try:
            term = ox.NamedNode(name)
        except ValueError:
            raise UnknownName(name) from None
        if isinstance(store, EmbeddedStore):
            found = any(True for _ in islice(store.quads(term), 1)) or any(
                True for _ in islice(store.quads(None, None, term), 1)
            )
        else:
            found = bool(store.query(f"ASK {{ {{ <{name}> ?p ?o }} UNION {{ ?s ?p <{name}> }} }}"))
        if found:
            return graph.asked(name)
    raise UnknownName(name)


def ask(
    store: Store, goal: str, holding: Iterable[str], options: RouteOptions, until: float | None
) -> Question:
    """Return a question in terms of the compiled graph. Raises UnknownName, RouteError."""
    holding = list(holding)
    graph, cache = compiled(
        store, options, frozenset((goal, *holding, *options.exclude, *options.jurisdiction))
    )
    asked_goal = _known(store, graph, goal)
    asked_held = [_known(store, graph, name) for name in holding]
    asked_out = [_known(store, graph, name) for name in options.exclude]
    held = {graph.current(node) for node in asked_held}
    return Question(
        graph,
        Descriptions(store),
        graph.current(asked_goal),
        frozenset(held | graph.completed(held).keys()),
        frozenset(graph.current(node) for node in asked_out),
        Limits(
            _scaled(options.max_time, DAY, "maximum time"),
            _scaled(options.max_cost, MONEY, "maximum cost"),
            until,
        ),
        (asked_goal, *asked_held, *asked_out),
        cache.answers,
    )


def ask_items(
    store: Store, holding: Iterable[str], options: RouteOptions
) -> tuple[Graph, frozenset[int], frozenset[int]]:
    """Return the graph, all of it, and what is held and excluded in it. Raises UnknownName, RouteError."""
    graph, _ = compiled(store, options)
    return (
        graph,
        frozenset(graph.current(_known(store, graph, name)) for name in holding),
        frozenset(graph.current(_known(store, graph, name)) for name in options.exclude),
    )


def _scaled(value: object, unit: int, what: str) -> int | None:
    """Return a limit in the unit that is counted in. Raises RouteError for less than nothing and for NaN."""
    from decimal import Decimal, InvalidOperation

    if value is None:
        return None
    try:
        number = Decimal(str(value))
        if number.is_finite() and number >= 0:
            return int(number * unit)
    except InvalidOperation:
        pass
    raise RouteError(f"{what}: {value} is not a number of at least 0")


def find_routes(
    store: Store,
    goal: str,
    holding: Iterable[str] = (),
    *,
    objective: Objective = "time",
    alternatives: int = 1,
    pareto: bool = False,
    options: RouteOptions = DEFAULT,
    deadline: float | None = None,
) -> Routes:
    """Return the best ways to attain a goal from what is held (IRIs), best first.

    ``alternatives`` is how many plans at most; none contains a better one. With ``pareto``, the plans are
    those that no other beats in time without costing more, fastest first. After ``deadline`` seconds the best
    plans so far are returned, with what is proven of them.

    Raises UnknownName for an IRI that occurs nowhere in the data, MixedCurrencies where costs matter,
    MalformedValue for a value or condition that the goal depends on and that cannot be read, RouteError for
    options without meaning.
    """
    as_objective(objective)
    if alternatives < 1:
        raise RouteError(f"alternatives: {alternatives} is not a number of at least 1")
    holding = tuple(dict.fromkeys(holding))
    until = None if deadline is None else monotonic() + deadline
    question = ask(store, goal, holding, options, until)
    try:
        solutions, finished = _solve(question, objective, alternatives, pareto=pareto)
    except MixedCurrencies:
        if objective == "cost" or pareto or options.max_cost is not None or options.currency is not None:
            raise
        question = ask(store, goal, holding, replace(options, currency=NO_CURRENCY), until)
        solutions, finished = _solve(question, objective, alternatives, pareto=pareto)
    late = not solutions and not finished
    status: Status = "optimal" if finished else "feasible"
    if question.goal in question.held or (
        not solutions and is_met(question.graph, question.goal, question.held, question.excluded)
    ):
        status = "held"
    elif not solutions:
        status = "unreachable"
    plans = [
        make_plan(question.graph, question.goal, question.held, solution, objective, question.words)
        for solution in solutions
    ]
    return _answer(question, goal, holding, objective, status, plans, late=late)


def is_met(graph: Graph, goal: int, held: frozenset[int], excluded: frozenset[int]) -> bool:
    """Tell whether a goal is a condition that is met already."""
    if graph.item[goal]:
        return False
    problem = cut(graph, goal, held, excluded)
    return problem is not None and not problem.kids[0] and problem.need[0] == 0


def _search(question: Question, objective: Objective, alternatives: int, *, pareto: bool) -> list[Solution]:
    """Return the solutions that were asked for. Raises OutOfTime if there is none before the deadline."""
    q = question
    if pareto:
        front = pareto_solutions(q.graph, q.goal, q.held, q.excluded, q.limits)
        # Time leads in the answer: nothing that costs no more is faster.
        return [replace(one, bound=float(one.time) if one.proven else 0.0) for one in front]
    if alternatives == 1:
        best = best_solution(q.graph, q.goal, q.held, q.excluded, objective, q.limits)
        return [] if best is None else [best]
    return list(next_solutions(q.graph, q.goal, q.held, q.excluded, objective, q.limits, alternatives))


def _solve(
    question: Question, objective: Objective, alternatives: int, *, pareto: bool
) -> tuple[list[Solution], bool]:
    """Return the solutions and whether each is proven to be the best in the objective."""
    q = question
    if q.goal in q.held or is_met(q.graph, q.goal, q.held, q.excluded):
        return [], True
    key = (q.graph.gate, q.goal, q.held, q.excluded, objective, alternatives, pareto, q.limits)
    found = q.answers.get(key) if q.limits.until is None else None
    if found is None:
        try:
            found = _search(q, objective, alternatives, pareto=pareto)
        except OutOfTime:
            return [], False
        if q.limits.until is None:
            if len(q.answers) >= 1024:
                q.answers.clear()
            q.answers[key] = found
    finished = all(s.proven or s.bound >= s.rank[0][0] for s in found)
    return found, finished


def _answer(
    question: Question,
    goal: str,
    holding: tuple[str, ...],
    objective: Objective,
    status: Status,
    plans: list[Plan],
    *,
    late: bool,
) -> Routes:
    """Return plans with all that is looked up later on."""
    graph, words = question.graph, question.words
    names = graph.facts.names
    implied = sorted(names[node] for node in graph.completed(question.held) if names[node] not in holding)

    def look_up_missing() -> Missing:
        stop = Limits(meter=Meter(SHOWN_WITH_PLANS if plans else SHOWN_EFFORT))
        return _missing(question, goal, SHOWN_SETS, stop)

    def look_up_advice() -> tuple[Advice, ...]:
        ids = graph.facts.ids
        steps = {ids[name] for plan in plans for name in plan.items}
        return advise(
            question, steps, _beyond_limits(question, late=late) if status == "unreachable" else None
        )

    return Routes(
        goal,
        (*holding, *implied),
        objective,
        graph.gate.as_of,
        status,
        tuple(plans),
        look_up_missing,
        look_up_advice,
        words.labels,
    )


def _beyond_limits(question: Question, *, late: bool) -> str | None:
    """Return what to say if a goal can be attained, but not within the limits."""
    q = question
    if late:
        return "No plan within the limits was found before the deadline; there may be one."
    if q.limits.time is None and q.limits.cost is None:
        return None
    if cut(q.graph, q.goal, q.held, q.excluded) is None:
        return None
    return "The goal can be attained, but not within the limits of time and cost."


def missing(
    store: Store,
    goal: str,
    holding: Iterable[str] = (),
    *,
    limit: int | None = 100,
    options: RouteOptions = DEFAULT,
    deadline: float | None = None,
) -> Missing:
    """Return the minimal sets of entry items to bring so that recorded conditions alone lead to the goal.

    Entry items are those that are not held and have no recorded conditions, are excluded, or are locked in a
    cycle. At most ``limit`` sets (None: all), found in at most ``deadline`` seconds (None: no limit);
    ``complete`` says whether these are all. Raises UnknownName.
    """
    stop = Limits(until=None if deadline is None else monotonic() + deadline)
    return _missing(ask(store, goal, holding, options, None), goal, limit, stop)


def _missing(question: Question, goal: str, limit: int | None, stop: Limits) -> Missing:
    q = question
    sets, complete = minimal_sets(q.graph, q.goal, q.held, q.excluded, limit, stop)
    return Missing(goal, tuple(sets), complete, question.words.labels)
