"""The graph that is served: as it is now, also after an import, with the pool that runs its SPARQL."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from careerkg.bounded import QueryPool, Source
from careerkg.errors import CareerGraphError
from careerkg.graph import CareerGraph

__all__ = ["ROW_CAP", "Served"]

ROW_CAP = 1_000
"""Rows or triples of a SPARQL answer at most."""

_LOOK_AGAIN = 1.0
"""Seconds after which the source is looked at again."""


class Served:
    """A graph by its source. Raises StoreError or RdfSyntaxError if it cannot be opened.

    ``workers`` processes run queries, each for ``deadline`` seconds at most. ``graph`` is that of the source
    if it is open already.
    """

    def __init__(
        self, source: Source, *, workers: int = 2, deadline: float = 10.0, graph: CareerGraph | None = None
    ) -> None:
        self._source, self._workers, self._deadline = source, workers, deadline
        self._lock = threading.Lock()
        self._state = source.state()
        self._looked = time.monotonic()
        self._graph = source.open() if graph is None else graph
        self._pool: QueryPool | None = None

    @property
    def graph(self) -> CareerGraph:
        """The graph as it is now; hold it for one answer, not longer. Not to be asked in the event loop."""
        with self._lock:
            if time.monotonic() - self._looked > _LOOK_AGAIN:
                self._look()
            return self._graph

    @property
    def pool(self) -> QueryPool:
        """What runs queries. Raises RuntimeError while the server does not run."""
        if self._pool is None:
            raise RuntimeError("the server does not run")
        return self._pool

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Have queries run for as long as this is entered."""
        self._pool = QueryPool(
            self._source, workers=self._workers, deadline=self._deadline, row_cap=ROW_CAP, waiting=16
        )
        try:
            yield
        finally:
            self._pool.close()
            self._pool = None

    def _look(self) -> None:
        """Open the graph anew if an import has changed it; one that cannot be opened now is tried again."""
        self._looked = time.monotonic()
        state = self._source.state()
        if state == self._state:
            return
        try:
            self._graph = self._source.open()
        except CareerGraphError:
            return
        self._state = state
        if self._pool is not None:
            self._pool.renew()
