"""A second exact engine for what the search does not settle: an integer program, solved by HiGHS.

Optional (``pip install careerkg[solver]``). Binary variables say which nodes are reached; inside strongly
connected parts, an order (or, under a time limit, the times) keeps supports from going in circles. Landmarks
that the search has met are rows of the program: its relaxation prices all of them at once, where the search
takes one after the other. What comes out is checked by the search's own exact clock; if it does not reach the
goal, a landmark that it lacks is added, and the program is solved again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from math import ceil, gcd, inf
from time import monotonic
from typing import Any

from careerkg.routes.components import components
from careerkg.routes.landmarks import Landmarks, Times
from careerkg.routes.problem import Problem
from careerkg.routes.values import DAY

__all__ = ["Bounds", "Optimum", "Rows", "available", "least"]

OPTIONS: dict[str, bool | float] = {
    "output_flag": False,
    "mip_rel_gap": 0.0,
    "mip_abs_gap": 0.5,
    "mip_feasibility_tolerance": 1e-8,
}
"""Weights are whole numbers: a bound less than one below a plan proves it."""

SLACK = 1e-5
"""Days that a program may be late for rounding; the exact clock has the last word."""

ROUNDS = 100
"""How many times a program is solved again with one more landmark."""

Rows = Iterable[tuple[frozenset[int], int]]
"""Landmarks: nodes, and how many of them every plan has at least."""


@dataclass(frozen=True, slots=True)
class Optimum:
    """The items found (None: none), as nodes of the problem, and a bound on the weight of all plans."""

    items: frozenset[int] | None
    bound: float


def available() -> bool:
    """Tell whether HiGHS is installed."""
    return find_spec("highspy") is not None


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a plan must keep besides its conditions."""

    limit: int | None = None
    """The latest time of the goal."""
    sums: tuple[tuple[Sequence[int], int], ...] = ()
    """Weights of the nodes, and what they may add up to at most."""
    others: tuple[frozenset[int], ...] = ()
    """Sets of items that no plan may contain as a whole."""


def least(
    problem: Problem,
    marks: Landmarks,
    weight: Sequence[int],
    bounds: Bounds = Bounds(),
    *,
    rows: Rows = (),
    known: frozenset[int] | None = None,
    until: float | None = None,
) -> Optimum:
    """Return the plan of least weight that keeps some bounds.

    Weights are whole numbers; ``known`` are items that reach the goal within the bounds, ``until`` is when
    the clock stops the solver. A plan that does not keep the bounds is never returned; where there is none,
    the bound on the weight is infinite.
    """
    import highspy

    unit = gcd(*weight) or 1
    program = _Program(problem, bounds.limit)
    for v, value in enumerate(weight):
        program.cost[v] = float(value // unit)
    for some, count in rows:
        program.at_least(float(count), [(v, 1.0) for v in some])
    for column, most in bounds.sums:
        scale = gcd(*column) or 1
        program.at_least(-float(most // scale), [(v, -float(c // scale)) for v, c in enumerate(column) if c])
    for some in bounds.others:
        program.at_least(1.0 - len(some), [(v, -1.0) for v in some])
    # What Highs adds to its base says hello on standard output, where the answer goes.
    make: Any = highspy.Highs.__base__
    solver = make()
    for option, setting in OPTIONS.items():
        solver.setOptionValue(option, setting)
    solver.passModel(program.model())
    if known is not None:
        start = highspy.HighsSolution()
        start.col_value = program.values(marks.clock(known, problem.low))
        solver.setSolution(start)
    bound = 0.0
    for _ in range(ROUNDS):
        if until is not None:
            rest = until - monotonic()
            if rest <= 0:
                break
            solver.setOptionValue("time_limit", solver.getRunTime() + rest)
        solver.run()
        status = solver.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return Optimum(None, inf)
        proven = status == highspy.HighsModelStatus.kOptimal
        info = solver.getInfo()
        if -inf < info.mip_dual_bound < inf:
            dual = info.mip_dual_bound
            bound = max(bound, float(ceil(dual - 1e-4 - 1e-9 * abs(dual)) * unit))
        if info.primal_solution_status != int(highspy.SolutionStatus.kSolutionStatusFeasible):
            break
        values = solver.getSolution().col_value
        chosen = {v for v, is_item in enumerate(problem.item) if is_item and values[v] > 0.5}
        walk = (
            marks.stepwise(set(chosen), frozenset())
            if bounds.limit is None
            else marks.timed(set(chosen), frozenset(), bounds.limit)
        )
        lacking = walk()
        if lacking is None:
            if any(sum([column[v] for v in chosen]) > most for column, most in bounds.sums):
                break
            found = float(sum([weight[v] for v in chosen]))
            return Optimum(frozenset(chosen), found if proven else min(bound, found))
        if not lacking[0]:
            return Optimum(None, inf)
        if not proven:
            break
        more, count = lacking
        solver.addRow(float(count), highspy.kHighsInf, len(more), more, [1.0] * len(more))
    return Optimum(None, bound)


class _Program:
    """The columns and rows of a problem: first one column for each node, which says whether it is reached."""

    def __init__(self, problem: Problem, limit: int | None) -> None:
        self.problem, self.limit = problem, limit
        size = len(problem.need)
        self.cost = [0.0] * size
        self.lower = [1.0, *[0.0] * (size - 1)]
        self.upper = [1.0] * size
        self.whole = [True] * size
        self.rows: list[tuple[float, list[tuple[int, float]]]] = []
        self.part = self._parts()
        self.supports: dict[tuple[int, int], int] = {}
        """The column that says that a node rests on a child, wherever it matters which comes first."""
        self.place: dict[int, int] = {}
        """The column of a node that says when it is reached: in days, or its place in an order."""
        for v in range(size):
            self._condition(v)
        if limit is None:
            self._ordered()
        else:
            self._in_time(limit)

    def _parts(self) -> list[int]:
        """Return for each node the number of its strongly connected part."""
        part = [0] * len(self.problem.need)
        links = dict(enumerate(self.problem.kids))
        for number, some in enumerate(components(links, links)):
            for v in some:
                part[v] = number
        return part

    def column(self, upper: float, *, lower: float = 0.0, whole: bool = False) -> int:
        """Add a column and return its number."""
        self.cost.append(0.0)
        self.lower.append(lower)
        self.upper.append(upper)
        self.whole.append(whole)
        return len(self.cost) - 1

    def at_least(self, low: float, terms: list[tuple[int, float]]) -> None:
        """Add a row: the terms add up to this at least."""
        self.rows.append((low, terms))

    def _condition(self, v: int) -> None:
        """Add the rows that say what a node needs."""
        kids, need, part = self.problem.kids[v], self.problem.need[v], self.part
        matters = [self.limit is not None or part[kid] == part[v] for kid in kids]
        if need == len(kids):
            for kid, flag in zip(kids, matters, strict=True):
                self.at_least(0.0, [(kid, 1.0), (v, -1.0)])
                if flag:
                    self.supports[v, kid] = v
            return
        terms = [(v, -float(need))]
        for kid, flag in zip(kids, matters, strict=True):
            column = kid
            if flag:
                column = self.supports[v, kid] = self.column(1.0, whole=True)
                self.at_least(0.0, [(kid, 1.0), (column, -1.0)])
            terms.append((column, 1.0))
        self.at_least(0.0, terms)

    def _ordered(self) -> None:
        """Let no support go in circles: inside each part, every item comes after what it rests on."""
        item, part = self.problem.item, self.part
        size: dict[int, int] = {}
        for v, number in enumerate(part):
            size[number] = size.get(number, 0) + item[v]
        for (v, kid), column in self.supports.items():
            count = size[part[v]]
            for node in (v, kid):
                if node not in self.place:
                    self.place[node] = self.column(float(count))
            big = float(count + item[v])
            terms = [(self.place[v], 1.0), (column, -big)]
            if v != kid:
                terms.append((self.place[kid], -1.0))
            self.at_least(item[v] - big, terms)

    def _in_time(self, limit: int) -> None:
        """Let every node be reached after what it rests on, its own time on top, and the goal in time."""
        p = self.problem
        top = limit / DAY + SLACK
        for v, soonest in enumerate(p.soonest):
            self.place[v] = self.column(max(top, soonest / DAY), lower=soonest / DAY)
        self.upper[self.place[0]] = top
        for (v, kid), column in self.supports.items():
            own = p.low[v] / DAY if p.item[v] else 0.0
            big = max(0.0, self.upper[self.place[kid]] + own - self.lower[self.place[v]])
            terms = [(self.place[v], 1.0), (column, -big)]
            if v != kid:
                terms.append((self.place[kid], -1.0))
            self.at_least(own - big, terms)

    def model(self) -> Any:
        """Return the program as HiGHS takes it."""
        import highspy
        import numpy as np

        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self.cost), len(self.rows)
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = map(np.array, (self.cost, self.lower, self.upper))
        lp.row_lower_ = np.array([low for low, _ in self.rows])
        lp.row_upper_ = np.full(len(self.rows), np.inf)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.cumsum([0, *(len(terms) for _, terms in self.rows)])
        lp.a_matrix_.index_ = np.array([index for _, terms in self.rows for index, _ in terms])
        lp.a_matrix_.value_ = np.array([value for _, terms in self.rows for _, value in terms])
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[flag] for flag in self.whole]
        return lp

    def values(self, times: Times) -> list[float]:
        """Return the columns of a plan, given the times of all that it reaches, in the order reached."""
        p = self.problem
        limit = self.limit
        before: dict[int, int] = {}
        count: dict[int, int] = {}
        values = [float(value) for value in self.lower]
        for v, when in times.items():
            if limit is not None and when > limit:
                break
            before[v] = len(before)
            values[v] = 1.0
            number = self.part[v]
            if p.item[v]:
                count[number] = count.get(number, 0) + 1
            if v in self.place:
                values[self.place[v]] = float(count.get(number, 0)) if limit is None else when / DAY
        for (v, kid), column in self.supports.items():
            if column >= len(p.need) and v in before and before.get(kid, len(before)) < before[v]:
                values[column] = 1.0
        return values
