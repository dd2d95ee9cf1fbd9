"""Validation of a store against shapes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from careerkg.store import Store
from careerkg.validation.names import SEVERITIES
from careerkg.validation.reference import default_graph_triples, reference_results
from careerkg.validation.report import Report, make_report
from careerkg.validation.shapes import Shapes
from careerkg.validation.triples import as_text

__all__ = ["Severity", "validate"]

Severity: TypeAlias = Literal["violation", "warning", "info"]

_RANKS = {iri: rank for rank, iri in enumerate(SEVERITIES.values())}


def validate(
    store: Store,
    shapes: Shapes,
    *,
    focus: Iterable[str] | None = None,
    shape: Iterable[str] | None = None,
    severity: Severity = "info",
    limit_per_shape: int | None = None,
) -> Report:
    """Return the validation report of the default graph of a store.

    ``focus`` limits the focus nodes to these IRIs (or ``_:id`` of blank nodes), ``shape`` the source
    shapes, ``severity`` is the least grave severity that counts. ``limit_per_shape`` is how many results
    of each shape are listed; counts stay exact. Raises ShapesError, QueryError or StoreError.
    """
    nodes = None if focus is None else frozenset(focus)
    only = None if shape is None else frozenset(shape)
    least = _RANKS[SEVERITIES[severity]]
    results = [
        result
        for result in reference_results(default_graph_triples(store), shapes.graph.triples)
        if (nodes is None or as_text(result.focus) in nodes)
        and (only is None or as_text(result.shape) in only)
        and _RANKS.get(result.severity, 0) <= least
    ]
    return make_report(results, limit_per_shape=limit_per_shape)
