"""careerkg: the career knowledge graph, in one object.

>>> from careerkg import CareerGraph
>>> kg = CareerGraph()
>>> bool(kg.query("ASK { credential:rhit ckg:issuedBy organization:ahima }"))
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from careerkg.errors import CareerGraphError

if TYPE_CHECKING:
    from careerkg.graph import CareerGraph

__all__ = ["CareerGraph", "CareerGraphError"]


def __getattr__(name: str) -> Any:
    """Import what is asked for: ``import careerkg`` alone stays light."""
    if name == "CareerGraph":
        from careerkg.graph import CareerGraph

        return CareerGraph
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
