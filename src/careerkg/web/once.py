"""What is made once for each state of the graph, however many ask for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from careerkg.web.site import Site

__all__ = ["Once"]

T = TypeVar("T")


class Once(Generic[T]):
    """A value that is made when it is first asked for, and again when the graph has changed."""

    def __init__(self, site: Site, make: Callable[[], Awaitable[T]]) -> None:
        self._site, self._make = site, make
        self._state: str | None = None
        self._task: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """Return the value; who asks while it is being made waits for the same one.

        Raises what making it raises.
        """
        return await asyncio.shield(self.begin())

    def begin(self) -> asyncio.Task[T]:
        """Return the task that makes, or has made, the value; one that failed is not kept."""
        state = self._site.state
        task = self._task
        failed = task is not None and task.done() and (task.cancelled() or task.exception() is not None)
        if task is None or failed or state != self._state:
            task = asyncio.ensure_future(self._make())
            self._task, self._state = task, state
        return task
