"""Routes: how a goal is attained from what is held, by the recorded conditions; exact, explained, sourced.

Works on a :class:`~careerkg.store.Store`; names are IRIs. What the answers mean: ``docs/planning.md``.
"""

from __future__ import annotations

from careerkg.routes.batch import HolderRoute, routes_many
from careerkg.routes.check import check_plan
from careerkg.routes.closure import Reachable, Unlocked, reachable, unlocks
from careerkg.routes.find import find_routes, missing
from careerkg.routes.lint import Finding, lint
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
    "Finding",
    "HolderRoute",
    "Missing",
    "Objective",
    "Plan",
    "Reachable",
    "RouteOptions",
    "Routes",
    "Status",
    "Step",
    "TimeSpan",
    "Unlocked",
    "Unverified",
    "check_plan",
    "find_routes",
    "lint",
    "missing",
    "reachable",
    "routes_many",
    "unlocks",
]
