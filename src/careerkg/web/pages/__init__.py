"""Pages of a site: linked data, search, routes, the console, the vocabulary. They work without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from careerkg.web.pages.console import console_routes
from careerkg.web.pages.desk import Desk
from careerkg.web.pages.documents import document_routes
from careerkg.web.pages.neighbourhood import neighbourhood_routes
from careerkg.web.pages.ontology import ontology_routes
from careerkg.web.pages.routefinder import route_routes
from careerkg.web.pages.searching import search_routes
from careerkg.web.pages.statics import static_routes

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from careerkg.web.site import Site

__all__ = ["page_routes"]


def page_routes(site: Site) -> list[BaseRoute]:
    """Return the routes of all pages of a site."""
    desk = Desk(site)
    return [
        *ontology_routes(desk),
        *document_routes(desk),  # asked for most
        *static_routes(desk),
        *search_routes(desk),
        *neighbourhood_routes(desk),
        *route_routes(desk),
        *console_routes(desk),
    ]
