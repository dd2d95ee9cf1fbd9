"""Routes: how a goal is attained from what is held, by the recorded conditions; exact, explained, sourced.

Works on a :class:`~careerkg.store.Store`; names are IRIs. What the answers mean: ``docs/planning.md``.
"""

from __future__ import annotations

from careerkg.routes.find import find_routes, missing
from careerkg.routes.model import (
    DEFAULT_STRENGTHS,
    Advice,
    CostSpan,
    Missing,
    Objective,
    Plan,
    RouteOptions,
    Routes,
    Status,
    Step,
    TimeSpan,
    Unverified,
)

__all__ = [
    "DEFAULT_STRENGTHS",
    "Advice",
    "CostSpan",
    "Missing",
    "Objective",
    "Plan",
    "RouteOptions",
    "Routes",
    "Status",
    "Step",
    "TimeSpan",
    "Unverified",
    "find_routes",
    "missing",
]
