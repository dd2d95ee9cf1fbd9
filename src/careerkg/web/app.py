"""The ASGI application of a site: its addresses, and what becomes of errors."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from careerkg.errors import CareerGraphError
from careerkg.web.bodies import Gone, header
from careerkg.web.description import Description
from careerkg.web.dumps import Dumps
from careerkg.web.graphstore import GraphStore
from careerkg.web.protocol import PATH, Endpoint
from careerkg.web.replies import (
    COMMON_HEADERS,
    PREFLIGHT_HEADERS,
    Problem,
    Reply,
    as_problem,
    problem_reply,
    send_reply,
)
from careerkg.web.site import Site

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from careerkg.web.settings import Settings

__all__ = ["create_app"]

_LOG = logging.getLogger("careerkg.web")


def create_app(settings: Settings) -> Starlette:
    """Return the application of a site; ``app.state.site`` is its :class:`Site`, closed when it shuts down.

    Raises StoreError or RdfSyntaxError if the graph cannot be opened.
    """
    site = Site(settings)
    dumps = Dumps(site)
    endpoint = Endpoint(site)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await site.pool.settle()
        yield
        dumps.close()
        site.close()

    app = Starlette(
        routes=[*_program_routes(site, endpoint, dumps), *_pages(site)],
        lifespan=lifespan,
        exception_handlers={
            Problem: _on_problem,
            CareerGraphError: _on_library_error,
            HTTPException: _on_http_error,
            Gone: _on_gone,
            Exception: _on_fault,
        },
    )
    app.add_middleware(_Edge)
    app.state.site = site
    app.state.endpoint = endpoint
    return app


def _program_routes(site: Site, endpoint: Endpoint, dumps: Dumps) -> list[BaseRoute]:
    """Return the routes for programs."""
    description = Description(site)
    store = GraphStore(site, dumps)

    async def void(request: Request) -> Response:
        """Answer with VoID; ``/void.ttl`` is Turtle whatever ``Accept`` says."""
        accept = "text/turtle" if request.url.path.endswith(".ttl") else header(request.scope, b"accept")
        return _response(await description.reply(accept))

    async def health(_: Request) -> Response:
        """Answer with the state of the service and its limits."""
        return _response(_health(site))

    routes: list[BaseRoute] = [
        Route(PATH, endpoint),
        Route("/.well-known/void", void),
        Route("/void.ttl", void),
        Route("/graph-store", store.respond, methods=["GET", "OPTIONS", "POST", "PUT", "DELETE", "PATCH"]),
        Route("/dumps/careerkg.{format}.gz", dumps.respond),
        Route("/health", health),
    ]
    if site.settings.update_token is not None:
        from careerkg.web.updates import Updates

        updates = Updates(site, site.settings.update_token)

        async def update(request: Request) -> Response:
            """Carry out an update."""
            return _response(await updates.respond(request))

        routes.append(Route("/update", update, methods=["GET", "POST", "PUT", "OPTIONS"]))
    return routes


def _pages(site: Site) -> list[BaseRoute]:
    """Return the routes of the pages."""
    from careerkg.web.pages import page_routes

    return page_routes(site)


def _health(site: Site) -> Reply:
    """Return that the site is up, what it serves and within which limits."""
    import json

    settings, pool = site.settings, site.pool
    content = {
        "status": "ok",
        "version": version("careerkg"),
        "state": site.state,
        "queries": pool.load(),
        "limits": {
            "deadlineSeconds": settings.deadline,
            "rowCap": settings.row_cap,
            "runningQueries": settings.workers,
            "waitingQueries": settings.waiting,
            "requestBytes": settings.request_limit,
            "answerBytes": settings.answer_limit,
            "queryMemoryBytes": settings.memory,
        },
    }
    body = json.dumps(content, indent=2).encode()
    return Reply(200, (("content-type", "application/json"), ("cache-control", "no-store")), body)


def _response(reply: Reply) -> Response:
    """Return a reply as Starlette has it; the common headers come from the edge."""
    response = Response(reply.body, reply.status)
    for name, value in reply.headers:
        response.headers[name] = value
    return response


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return _response(problem_reply(error, header(request.scope, b"accept")))


async def _on_library_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, CareerGraphError)
    return await _on_problem(request, as_problem(error))


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = {404: f"there is nothing at {request.url.path}", 405: f"{request.method} is not allowed here"}
    headers = [(name.lower(), value) for name, value in (error.headers or {}).items()]
    return await _on_problem(
        request, Problem(error.status_code, detail.get(error.status_code, error.detail), headers=headers)
    )


async def _on_gone(request: Request, error: Exception) -> Response:
    del request, error
    return Response(status_code=400)


async def _on_fault(request: Request, error: Exception) -> Response:
    _LOG.error("fault while answering %s %s", request.method, request.url.path, exc_info=error)
    return await _on_problem(request, Problem(500, "a fault in careerkg; the log has more"))


class _Edge:
    """What holds for every address: the common headers, OPTIONS, and no body where none is expected."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and the common headers back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS" and scope["path"] not in (PATH, "/update", "/graph-store"):
            reply = Reply(204, (("allow", "GET, HEAD, OPTIONS"), *PREFLIGHT_HEADERS))
            await send_reply(reply, scope, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(pair for pair in _COMMON if pair[0] not in present),
                ]
            await send(message)

        await self._app(scope, receive, with_headers)


_COMMON = [(name.encode(), value.encode()) for name, value in COMMON_HEADERS]
