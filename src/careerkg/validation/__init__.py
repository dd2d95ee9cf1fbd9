"""SHACL validation of any store: shapes in, report out.

    shapes = load_shapes([Path("shapes.ttl")])
    report = validate(store, shapes)
    report.conforms, report.counts.violation, report.to_table()

The package knows nothing of careers: from careerkg it uses the ``Store`` protocol and the errors.
"""

from __future__ import annotations

from careerkg.validation.engine import Severity, validate
from careerkg.validation.focus import store_terms
from careerkg.validation.report import Counts, Report, Result, Total
from careerkg.validation.shapes import Shapes, load_shapes, speaks_of_shapes, trusted_shapes
from careerkg.validation.triples import as_term

__all__ = [
    "Counts",
    "Report",
    "Result",
    "Severity",
    "Shapes",
    "Total",
    "as_term",
    "load_shapes",
    "speaks_of_shapes",
    "store_terms",
    "trusted_shapes",
    "validate",
]
