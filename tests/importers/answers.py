"""Asking stores in tests."""

from __future__ import annotations

import pyoxigraph as ox

from careerkg.store import EmbeddedStore

__all__ = ["count", "values"]


def values(store: EmbeddedStore, text: str) -> list[tuple[str, ...]]:
    """Return the rows of a query in order, each cell as text, with its language where it has one."""
    found = store.query(text)
    assert isinstance(found, ox.QuerySolutions)
    return sorted(tuple(map(_text, row)) for row in found)


def count(store: EmbeddedStore, pattern: str) -> int:
    """Return how many matches a pattern has."""
    return int(values(store, f"SELECT (COUNT(*) AS ?n) WHERE {{ {pattern} }}")[0][0])


def _text(term: object) -> str:
    if isinstance(term, ox.Literal) and term.language:
        return f"{term.value}@{term.language}"
    return str(getattr(term, "value", ""))
