"""Shapes graphs checked against SHACL-SHACL, the W3C's shapes for shapes.

They are the copy that pySHACL ships; they are read from its installation, not kept here.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pyoxigraph as ox

from careerkg.errors import ShapesError
from careerkg.store import EmbeddedStore
from careerkg.validation.names import short
from careerkg.validation.shapes import Shapes, read_shapes
from careerkg.validation.triples import TripleIndex, as_text

__all__ = ["check_shapes"]


@cache
def _shapes_for_shapes() -> Shapes:
    """Return SHACL-SHACL. Raises ShapesError if the installation of pySHACL lacks it."""
    found = find_spec("pyshacl")  # looks for the package without importing it
    for folder in (found.submodule_search_locations or ()) if found else ():
        path = Path(folder) / "assets" / "shacl-shacl.ttl"
        if path.is_file():
            return read_shapes(TripleIndex.read([path]))
    raise ShapesError("the installation is incomplete: pySHACL's assets/shacl-shacl.ttl is missing")


def check_shapes(graph: TripleIndex) -> None:
    """Raise ShapesError, with file and line where known, if a shapes graph is not well-formed SHACL."""
    from careerkg.validation.engine import validate

    inner = ox.Store()
    inner.extend([ox.Quad(t.subject, t.predicate, t.object) for t in graph.triples])
    report = validate(EmbeddedStore(inner, writable=False), _shapes_for_shapes())
    if report.results:
        first = report.results[0]
        where = f" at {short(first.path_text() or '')}" if first.path is not None else ""
        value = "" if first.value in (None, first.focus) else f" (the value {as_text(first.value)})"
        more = f"; {len(report.results) - 1} more problems" if len(report.results) > 1 else ""
        component = short(first.component).removesuffix("ConstraintComponent")
        raise graph.error(
            first.focus, f"is not well-formed SHACL{where}{value}: {component}, {first.message}{more}"
        )
