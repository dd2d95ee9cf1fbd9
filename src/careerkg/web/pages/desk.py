"""What the pages of a site share: the renderer, what was rendered, and a reader of the present graph."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from careerkg.errors import CareerGraphError
from careerkg.web.negotiation import best_match
from careerkg.web.pages.reading import Reader
from careerkg.web.pages.rendering import PageCache, Rendered, Renderer, respond

if TYPE_CHECKING:
    from careerkg.graph import CareerGraph
    from careerkg.web.site import Site

__all__ = ["Desk"]

_TURNS = 2
"""Pages that are made at a time."""

_REMEMBERED = 20_000
"""Requests of which it is remembered what they got."""


def _asked(state: str, request: Request) -> tuple[str, bytes, bytes, str | None]:
    """Return what the answer to a request for a page depends on."""
    scope = request.scope
    path = scope.get("raw_path") or scope["path"].encode()
    return state, path, scope["query_string"], request.headers.get("accept")


class Desk:
    """Where pages are made for one site."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.renderer = Renderer()
        self.cache = PageCache()
        self._known: dict[Hashable, Hashable] = {}
        self._turns = asyncio.Semaphore(_TURNS)
        self._making: dict[Hashable, asyncio.Future[Rendered]] = {}
        self._reader: tuple[CareerGraph, object, Reader] | None = None

    def reader(self) -> Reader:
        """Return a reader of the graph as it is now; what it remembers goes with the state of the graph."""
        graph = self.site.graph
        state = graph.store.state()
        known = self._reader
        if known is None or known[0] is not graph or known[1] != state:
            known = (graph, state, Reader(graph.store))
            self._reader = known
        return known[2]

    def again(self, request: Request) -> Response | None:
        """Return what the same request got before, None if the graph has changed or it is not kept."""
        key = self._known.get(_asked(self.site.state, request))
        entry = None if key is None else self.cache.get(key)
        return None if entry is None else respond(request, *entry)

    async def kept(self, request: Request, media_type: str, make: Callable[[], Rendered]) -> Response:
        """Return a page from memory, or made now and kept if it is one: by address, format and state."""
        asked = _asked(self.site.state, request)
        key = (*asked[:-1], media_type)
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[asked] = key
        entry = self.cache.get(key)
        if entry is None:
            rendered = await self._made_once(key, make)
            if rendered.status != 200:
                return respond(request, rendered)
            entry = self.cache.put(key, rendered)
        return respond(request, *entry)

    async def _made_once(self, key: Hashable, make: Callable[[], Rendered]) -> Rendered:
        """Return what is made for a key; who asks for it meanwhile waits for the same."""
        task = self._making.get(key)
        if task is None:
            task = asyncio.ensure_future(self._made(make))
            self._making[key] = task
            task.add_done_callback(lambda _: self._making.pop(key, None))
        return await asyncio.shield(task)

    async def _made(self, make: Callable[[], Rendered]) -> Rendered:
        """Return what is made in a thread, few at a time: more would only slow down those that are kept."""
        async with self._turns:
            return await self.site.call(make)

    async def html(
        self, request: Request, template: str, make: Callable[[], Mapping[str, Any]], *, here: str = ""
    ) -> Response:
        """Return an HTML page that a view fills, from memory where it was made before."""

        def render() -> Rendered:
            return self.renderer.page(template, {"here": here, **make()})

        return await self.kept(request, "text/html", render)

    def missing(self, request: Request, name: str, suggestions: list[tuple[str, str, str]]) -> Response:
        """Return 404: a page with suggestions for people, one line for programs."""
        if best_match(request.headers.get("accept"), ["text/plain", "text/html"]) != "text/html":
            near = f"; near: {', '.join(one[2] for one in suggestions)}" if suggestions else ""
            return respond(
                request, Rendered(f"not found: {name}{near}\n".encode(), "text/plain; charset=utf-8", 404)
            )
        context = {"title": "Not found", "name": name, "suggestions": suggestions}
        return respond(request, self.renderer.page("missing.html", context, status=404))

    def refused(self, request: Request, error: CareerGraphError | str, status: int = 400) -> Response:
        """Return a page that says in one line what is wrong."""
        context = {"title": "That did not work", "problem": str(error)}
        return respond(request, self.renderer.page("problem.html", context, status=status))
