"""The graph as two tables (RFC 4180, UTF-8): nodes with label and kind, edges with property and target."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping

from careerkg.export.graph import things
from careerkg.store import Store

__all__ = ["edges", "nodes"]


def nodes(store: Store, prefixes: Mapping[str, str], *, terms: bool = False) -> Iterator[bytes]:
    """Yield the rows of nodes: IRI, label, kinds, and a column for each property that has literals.

    Several texts of one property are joined by a line feed. What is left out says
    :func:`careerkg.export.graph.to_networkx`.
    """
    rows = list(things(store, prefixes, terms=terms))
    columns = sorted({name for thing in rows for name in thing.literals})
    yield _row(["id", "label", "kind", *columns])
    for thing in rows:
        yield _row([thing.name, thing.label, thing.kind, *(thing.literals.get(name, "") for name in columns)])


def edges(store: Store, prefixes: Mapping[str, str], *, terms: bool = False) -> Iterator[bytes]:
    """Yield the rows of edges: where from, by which property, where to."""
    yield _row(["source", "property", "target"])
    for thing in things(store, prefixes, terms=terms):
        for property_, target in thing.links:
            yield _row([thing.name, property_, target])


def _row(cells: Iterable[str]) -> bytes:
    """Return one row."""
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode("utf-8")
