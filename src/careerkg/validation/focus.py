"""Which nodes somebody's data speak of: what validation of them together with a graph is limited to."""

from __future__ import annotations

import pyoxigraph as ox

from careerkg.store import Store

__all__ = ["store_terms"]


def store_terms(store: Store) -> frozenset[str]:
    """Return the IRIs of all subjects and objects of the default graph, and its blank nodes as ``_:id``."""
    return frozenset(
        str(term) if isinstance(term, ox.BlankNode) else term.value
        for quad in store.quads(None, None, None, ox.DefaultGraph())
        for term in (quad.subject, quad.object)
        if isinstance(term, ox.NamedNode | ox.BlankNode)
    )
