"""What one would write down first: one integer program for the whole graph, solved by HiGHS.

Binary variables say what is attained and which alternative supports it; an order against cycles.
"""

from __future__ import annotations

from typing import Any

from hypergraphs import World


def least_cost(world: World, goal: int, *, seconds: float) -> float | None:
    """Return the least total cost of a plan, or None if the time was not enough to prove it."""
    import highspy
    import numpy as np

    size = len(world)
    cost = [float(value or 0) for value in world.cost]
    upper = [1.0] * size
    integer = [1] * size
    rows: list[tuple[float, float, list[tuple[int, float]]]] = []

    def column(price: float, top: float, *, whole: bool) -> int:
        cost.append(price)
        upper.append(top)
        integer.append(int(whole))
        return len(cost) - 1

    place = [column(0.0, float(size), whole=False) for _ in range(size)]
    big = float(size + 1)
    for item, alternatives in enumerate(world.alternatives):
        if not alternatives:
            continue
        chosen = [column(0.0, 1.0, whole=True) for _ in alternatives]
        rows.append((0.0, np.inf, [(item, -1.0), *((one, 1.0) for one in chosen)]))
        for one, members in zip(chosen, alternatives, strict=True):
            for member in members:
                rows.append((0.0, np.inf, [(member, 1.0), (one, -1.0)]))
                rows.append((1.0 - big, np.inf, [(place[item], 1.0), (place[member], -1.0), (one, -big)]))
    lower = [0.0] * len(cost)
    lower[goal] = 1.0
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(cost), len(rows)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = np.array(cost), np.array(lower), np.array(upper)
    lp.row_lower_ = np.array([low for low, _, _ in rows])
    lp.row_upper_ = np.array([high for _, high, _ in rows])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.cumsum([0, *(len(terms) for _, _, terms in rows)])
    lp.a_matrix_.index_ = np.array([index for _, _, terms in rows for index, _ in terms])
    lp.a_matrix_.value_ = np.array([value for _, _, terms in rows for _, value in terms])
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    lp.integrality_ = [kinds[flag] for flag in integer]
    make: Any = highspy.Highs
    solver = make()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("time_limit", seconds)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.passModel(lp)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return float(solver.getInfo().objective_function_value)
