"""The ASGI application of a site."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import BaseRoute

from careerkg.web.site import Site

if TYPE_CHECKING:
    from careerkg.web.settings import Settings

__all__ = ["create_app"]


def create_app(settings: Settings) -> Starlette:
    """Return the application of a site; ``app.state.site`` is its :class:`Site`, closed when it shuts down.

    Raises StoreError or RdfSyntaxError if the graph cannot be opened.
    """
    site = Site(settings)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        site.close()

    app = Starlette(routes=_routes(site), lifespan=lifespan)
    app.state.site = site
    return app


def _routes(site: Site) -> list[BaseRoute]:
    """Return all routes: those for programs first, then the pages."""
    return [*_pages(site)]


def _pages(site: Site) -> list[BaseRoute]:
    """Return the routes of the pages."""
    pages = import_module("careerkg.web.pages")
    routes: list[BaseRoute] = pages.page_routes(site) if hasattr(pages, "page_routes") else []
    return routes
