"""Style, script and mark of the pages: files of the package, kept by browsers while their version lasts."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from careerkg.web.pages.desk import Desk
from careerkg.web.pages.rendering import Rendered, respond, with_charset

__all__ = ["static_routes"]


def static_routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes of the files."""

    async def asset(request: Request) -> Response:
        name = request.path_params["name"]
        found = desk.renderer.assets.get(name)
        if found is None:
            return PlainTextResponse("not found\n", 404)
        data, media_type = found
        fresh = request.query_params.get("v") == desk.renderer.version(name)
        keep = "public, max-age=31536000, immutable" if fresh else "no-cache"
        headers = {"cache-control": keep, "vary": "Accept-Encoding"}
        return respond(request, Rendered(data, with_charset(media_type), 200, headers))

    async def favicon(request: Request) -> Response:
        data, media_type = desk.renderer.assets["mark.svg"]
        return respond(request, Rendered(data, media_type))

    return [Route("/static/{name}", asset, methods=["GET"]), Route("/favicon.ico", favicon, methods=["GET"])]
