"""Which nodes a person's files speak of: what validation of files together with a graph is limited to."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox

from careerkg.store import Store, rdf_format

__all__ = ["file_terms", "store_terms"]

_BLANK = "SELECT DISTINCT ?node WHERE { { ?node ?p ?o } UNION { ?s ?p ?node } FILTER(isBlank(?node)) }"


def file_terms(merged: Store, base: Store, paths: Iterable[Path]) -> frozenset[str]:
    """Return the subjects and objects of files that were added to a base: IRIs, and blank nodes as ``_:id``.

    Blank nodes are renamed when a file is loaded, so those are taken that the merged store has and the base
    has not. The files must be those that the merged store was made of: they are not checked again.
    """
    terms: set[str] = set()
    for path in paths:
        for quad in ox.parse(path=str(path), format=rdf_format(path)):
            terms.update(node.value for node in (quad.subject, quad.object) if isinstance(node, ox.NamedNode))
    return frozenset(terms | {f"_:{name}" for name in _blank_nodes(merged) - _blank_nodes(base)})


def store_terms(store: Store) -> frozenset[str]:
    """Return the IRIs of all subjects and objects of the default graph, and its blank nodes as ``_:id``."""
    return frozenset(
        str(term) if isinstance(term, ox.BlankNode) else term.value
        for quad in store.quads(None, None, None, ox.DefaultGraph())
        for term in (quad.subject, quad.object)
        if isinstance(term, ox.NamedNode | ox.BlankNode)
    )


def _blank_nodes(store: Store) -> set[str]:
    """Return the names of the blank nodes of the default graph."""
    rows = store.query(_BLANK)
    assert isinstance(rows, ox.QuerySolutions)
    return {row["node"].value for row in rows}
