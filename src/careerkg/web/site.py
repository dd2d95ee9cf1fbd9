"""A site: the graph that is served, the pool that answers queries on it, and threads for library calls.

What every part of the web asks of it::

    site.graph                          the graph, to be read
    await site.call(site.graph.describe, "rhit")    a library call that does not block the event loop
    await site.pool.aquery("SELECT …")  a query within bounds
    site.state                          a short text that differs after any change of the graph: for ETags
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from careerkg.bounded import QueryPool
from careerkg.errors import CareerGraphError, StoreError

if TYPE_CHECKING:
    from careerkg.graph import CareerGraph
    from careerkg.web.settings import Settings

__all__ = ["Site"]

P = ParamSpec("P")
T = TypeVar("T")

LOOK_AGAIN = 1.0
"""Seconds after which the source is looked at again: has an import put a new state there?"""


class Site:
    """The graph of a site and what works on it. Raises StoreError or RdfSyntaxError if it cannot be opened.

    To be closed (:meth:`close`) when the site ends: it has processes.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        # The processes of the pool open the graph while this one does.
        self.pool = QueryPool(
            settings.source,
            workers=settings.workers,
            deadline=settings.deadline,
            row_cap=settings.row_cap,
            waiting=settings.waiting,
            memory=settings.memory,
            byte_cap=settings.answer_limit,
        )
        self._threads = ThreadPoolExecutor(settings.threads, thread_name_prefix="site")
        self._lock = threading.Lock()
        self._exclusive = asyncio.Lock()
        self._open_for_calls = asyncio.Event()
        self._open_for_calls.set()
        self._calls = 0
        self._changes = 0
        self._looked = time.monotonic()
        self._source_state = settings.source.state()
        try:
            self._graph = settings.source.open()
        except BaseException:
            self.close()
            raise
        self._state = self._digest()

    @property
    def graph(self) -> CareerGraph:
        """The graph as it is now, to be read; hold it for one answer, not longer."""
        return self._graph

    @property
    def state(self) -> str:
        """A short text that differs after any change of the graph, and between versions of careerkg."""
        if time.monotonic() - self._looked > LOOK_AGAIN:
            self._look()
        return self._state

    async def exclusively(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do something while no query and no library call runs, then open the graph anew.

        One such work at a time; what comes meanwhile waits. Raises what the work raises.
        """
        async with self._exclusive:
            self._open_for_calls.clear()
            try:
                await self.pool.pause()
                while self._calls:
                    await asyncio.sleep(0.005)
                await work()
            finally:
                with suppress(CareerGraphError):
                    self._source_state = self.settings.source.state()
                    self.reopen()
                self.pool.resume()
                self._open_for_calls.set()

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what a library call returns, made in one of a few threads.

        Raises what it raises; StoreError, too, if the store cannot be read any more. It is then opened anew.
        """
        await self._open_for_calls.wait()
        self._calls += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, partial(function, *args, **kwargs))
        except (StoreError, OSError) as error:
            # The folder was replaced under the open graph; the next call has another.
            await loop.run_in_executor(self._threads, self._take_up)
            raise StoreError(f"the store cannot be read just now: {error}") from error
        finally:
            self._calls -= 1

    def url(self, path: str) -> str:
        """Return the address of a path of this site (``/sparql``) as clients know it."""
        return self.settings.base_url + path

    def _digest(self) -> str:
        """Return the state of graph and package as a short text."""
        parts = (version("careerkg"), self.settings.source, self._source_state, self._changes)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    def _look(self) -> None:
        """Have the graph opened anew, in a thread, if the source has changed."""
        with self._lock:
            self._looked = time.monotonic()
            now = self.settings.source.state()
            if now == self._source_state:
                return
            self._source_state = now
        threading.Thread(target=self._take_up, name="site-reopen", daemon=True).start()

    def _take_up(self) -> None:
        """Open the graph anew; one that cannot be opened, a file half written, leaves all as it is."""
        with suppress(CareerGraphError):
            self.reopen()

    def reopen(self) -> None:
        """Open the graph anew, here and in the pool."""
        self._graph = self.settings.source.open()
        self._changes += 1
        self.pool.renew()
        self._state = self._digest()

    def close(self) -> None:
        """End processes and threads."""
        self.pool.close()
        self._threads.shutdown(wait=False, cancel_futures=True)
