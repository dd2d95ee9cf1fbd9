"""Linked data: ``/id/…`` leads with 303 to ``/doc/…``, which is a page or data, as the client likes."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from careerkg.profiles import Book, schema_org_json
from careerkg.vocabulary import CKG, ID, SOURCE, expand, is_iri
from careerkg.web.negotiation import best_match
from careerkg.web.pages.addresses import ENDINGS, data_path, neighbourhood_path, path_of
from careerkg.web.pages.data import MEDIA_TYPES, thing_bytes
from careerkg.web.pages.desk import Desk
from careerkg.web.pages.entity import read_entity, read_list
from careerkg.web.pages.naming import find_name
from careerkg.web.pages.reading import node_of
from careerkg.web.pages.rendering import Rendered, not_acceptable, with_charset

__all__ = ["document_routes", "wanted_iri"]

_PLACES = {
    "/doc/": str(ID),
    "/id/": str(ID),
    "/neighbourhood/": str(ID),
    "/source/": str(SOURCE),
    "/ontology/": str(CKG),
}
_OFFERED = [MEDIA_TYPES[ending] for ending in ENDINGS]
_ENDING = re.compile(rf"\.({'|'.join(ENDINGS)})\Z")


def document_routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes of identifiers and documents."""

    async def identifier(request: Request) -> Response:
        iri, ending = wanted_iri(desk, request)
        if iri is None:
            return await _not_found(desk, request)
        # As the request came: the document is beside the identifier, whatever host names this site.
        location = data_path(iri, ending) if ending else path_of(iri)
        return RedirectResponse(location, 303, {"vary": "Accept", "access-control-allow-origin": "*"})

    async def document(request: Request) -> Response:
        again = desk.again(request)
        if again is not None:
            return again
        iri, ending = wanted_iri(desk, request)
        if iri is None:
            return await _not_found(desk, request)
        if ending is None:
            media_type = best_match(request.headers.get("accept"), _OFFERED)
            if media_type is None:
                return not_acceptable(_OFFERED)
            ending = ENDINGS[_OFFERED.index(media_type)]
            chosen_by = "accept"
        else:
            chosen_by = "ending"
        if "property" in request.query_params:
            return await _listing(desk, request, iri)
        wanted = iri, ending
        return await desk.kept(
            request, f"{ending} {chosen_by}", lambda: _rendered(desk, *wanted) or _nothing()
        )

    return [
        Route("/id", identifier, methods=["GET"]),
        Route("/id/{rest:path}", identifier, methods=["GET"]),
        Route("/doc", document, methods=["GET"]),
        Route("/doc/{rest:path}", document, methods=["GET"]),
        Route("/source/{rest:path}", document, methods=["GET"]),
        Route("/ontology/{rest:path}", document, methods=["GET"]),
    ]


def wanted_iri(desk: Desk, request: Request) -> tuple[str | None, str | None]:
    """Return the IRI that a request asks about, None if the graph does not know it, and the ending given.

    The path is taken as it was sent: ``%20`` is part of an IRI. One whose own name ends like a format is
    found first.
    """
    reader = desk.reader()
    given = request.query_params.get("iri")
    format_ = request.query_params.get("format")
    if given is not None:
        node = node_of(given)
        known = is_iri(given) and node is not None and reader.known(node)
        return (given if known else None), (format_ if format_ in ENDINGS else None)
    raw = request.scope.get("raw_path") or quote(request.url.path).encode()
    path = raw.decode("ascii", "replace").partition("?")[0]
    namespace = next((space for place, space in _PLACES.items() if path.startswith(place)), None)
    if namespace is None:
        return None, None
    rest = path.split("/", 2)[2]
    match = _ENDING.search(rest)
    candidates = [(rest, None), *([(rest[: match.start()], match[1])] if match else [])]
    for name, ending in candidates:
        for spelled in dict.fromkeys((name, quote(unquote(name), safe="/:@!$&'()*+,;=~"), unquote(name))):
            node = node_of(namespace + spelled)
            if node is not None and spelled and reader.known(node):
                return node.value, ending
    return None, None


def _rendered(desk: Desk, iri: str, ending: str) -> Rendered | None:
    """Return the document about a thing in the format of an ending."""
    reader = desk.reader()
    headers = {
        "content-location": data_path(iri, ending),
        "link": _links(iri),
        # Read-only and without cookies: scripts of any origin may follow links through it.
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "Content-Location, ETag, Link",
    }
    if ending != "html":
        return Rendered(thing_bytes(reader, iri, ending), with_charset(MEDIA_TYPES[ending]), 200, headers)
    view = read_entity(reader, iri)
    if view is None:
        return None
    context = {
        "title": view.label,
        "description": view.definition or f"{view.label}: {view.kind_label}",
        "here": "",
        "e": view,
        "neighbourhood": neighbourhood_path(iri),
    }
    book = Book(reader.store, reader.values, reader.known_label)
    json_ld = schema_org_json(reader.store, iri, desk.site.url(path_of(iri)), book)
    return desk.renderer.page("entity.html", context, headers=headers, json_ld=json_ld)


def _nothing() -> Rendered:
    return Rendered(b"not found\n", "text/plain; charset=utf-8", 404)


def _links(iri: str) -> str:
    """Return the Link header of a document: what it is about, and the same in other formats."""
    alternates = [
        f'<{data_path(iri, ending)}>; rel="alternate"; type="{MEDIA_TYPES[ending]}"'
        for ending in ENDINGS
        if ending != "html"
    ]
    described = f'<{data_path(iri, "ttl")}>; rel="describedby"; type="text/turtle"'
    return ", ".join([f'<{iri}>; rel="canonical"', described, *alternates])


async def _listing(desk: Desk, request: Request, iri: str) -> Response:
    """Return a page of a long list: all values of a property, or all that refers by it."""
    name = request.query_params["property"]
    direction = "to" if request.query_params.get("direction") == "to" else "from"
    page = request.query_params.get("page", "1")
    property_ = expand(name) or name
    if node_of(property_) is None or not is_iri(property_) or not page.isdecimal() or len(page) > 6:
        return await _not_found(desk, request)

    def make() -> Rendered:
        view = read_list(desk.reader(), iri, property_, direction, max(1, int(page)))
        if view is None:
            return _nothing()
        context = {
            "title": f"{view.title[:1].upper()}{view.title[1:]}: {view.label}",
            "here": "",
            "l": view,
        }
        return desk.renderer.page("list.html", context, headers={"link": f'<{path_of(iri)}>; rel="up"'})

    response = await desk.kept(request, "list", make)
    return await _not_found(desk, request) if response.status_code == 404 else response


async def _not_found(desk: Desk, request: Request) -> Response:
    """Return 404 with suggestions, or a redirect where the last part of the path names one thing."""
    given = request.query_params.get("iri") or unquote(request.url.path).partition("/")[2].partition("/")[2]
    name = given if "iri" in request.query_params else _ENDING.sub("", given.rstrip("/")).rpartition("/")[2]
    found, near = await desk.site.call(_near, desk, name)
    if found is not None and "iri" not in request.query_params and "property" not in request.query_params:
        return RedirectResponse(path_of(found), 302)
    return desk.missing(request, name or given, near)


def _near(desk: Desk, name: str) -> tuple[str | None, list[tuple[str, str, str]]]:
    """Return what a name stands for if it is one thing, and what is near it: label, kind, address."""
    reader = desk.reader()
    found = find_name(desk.site.graph, name)
    near = []
    for iri in found.near:
        node = node_of(iri)
        if node is not None:
            near.append((reader.label(iri), reader.kind_label(reader.kind(node)), path_of(iri)))
    return found.iri, near
