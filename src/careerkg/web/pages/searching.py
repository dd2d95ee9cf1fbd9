"""Home, search and suggestions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pyoxigraph as ox
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from careerkg.errors import CareerGraphError
from careerkg.graph import example_queries
from careerkg.search import Hit
from careerkg.vocabulary import CKG, RDF, SKOS, compact, expand
from careerkg.web.pages.addresses import path_of, with_query
from careerkg.web.pages.desk import Desk
from careerkg.web.pages.reading import Reader, prefix_of

__all__ = ["HitView", "search_routes"]

_PAGE = 20
_LIMIT = 100
_SUGGESTED = 8

_KINDS = (
    ("Occupation", "Occupations"),
    ("Role", "Roles"),
    ("Credential", "Credentials"),
    ("Program", "Programmes"),
    ("Skill", "Skills"),
    ("Knowledge", "Knowledge"),
    ("Technology", "Technology"),
    ("Task", "Tasks"),
    ("Organization", "Organizations"),
    ("Source", "Sources"),
)
"""What a search can be narrowed to."""


@dataclass(frozen=True, slots=True)
class HitView:
    """Something that was found."""

    label: str
    href: str
    kind: str
    matched: str | None
    text: str | None


def search_routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes of the home page, of search and of suggestions."""

    async def home(request: Request) -> Response:
        return await desk.html(request, "home.html", lambda: _home(desk), here="/")

    async def search(request: Request) -> Response:
        text = request.query_params.get("q", "").strip()[:300]
        kind = request.query_params.get("kind", "")
        page = request.query_params.get("page", "1")
        number = int(page) if page.isdecimal() and 0 < len(page) < 4 else 1
        return await desk.html(
            request, "search.html", lambda: _found(desk, text, kind, max(1, number)), here="/search"
        )

    async def suggest(request: Request) -> Response:
        text = request.query_params.get("q", "").strip()[:100]
        items = request.query_params.get("among") == "items"
        found = await desk.site.call(_suggestions, desk, text, "Item" if items else None)
        return JSONResponse(found, headers={"cache-control": "max-age=60"})

    return [
        Route("/", home, methods=["GET"]),
        Route("/search", search, methods=["GET"]),
        Route("/suggest", suggest, methods=["GET"]),
    ]


def _suggestions(desk: Desk, text: str, kind: str | None) -> list[dict[str, str]]:
    reader = desk.reader()
    return [
        {
            "label": hit.label if hit.matched == hit.label else f"{hit.label} ({hit.matched})",
            "kind": reader.kind_label(hit.kind),
            "href": path_of(hit.id),
            "name": compact(hit.id),
        }
        for hit in _hits(desk.site.graph.complete, text, kind, _SUGGESTED)
    ]


def _hits(look: Callable[..., list[Hit]], text: str, kind: str | None, limit: int) -> list[Hit]:
    """Return what a way to look finds; nothing for a class that the data do not have."""
    try:
        return look(text, kind=kind, limit=limit) if text else []
    except CareerGraphError:
        return []


def _found(desk: Desk, text: str, kind: str, page: int) -> dict[str, Any]:
    reader = desk.reader()
    known = kind if kind in dict(_KINDS) else None
    hits = _hits(desk.site.graph.search, text, known, _LIMIT)
    pages = max(1, -(-len(hits) // _PAGE))
    page = min(page, pages)
    shown = hits[(page - 1) * _PAGE : page * _PAGE]
    here = with_query("/search", q=text, kind=known)
    return {
        "title": f"“{text}”" if text else "Search",
        "description": "Occupations, credentials, skills and all else in the graph, by name, code or words.",
        "text": text,
        "kinds": [("", "Everything", with_query("/search", q=text))]
        + [(name, words, with_query("/search", q=text, kind=name)) for name, words in _KINDS],
        "kind": known or "",
        "hits": [_view(reader, hit) for hit in shown],
        "total": len(hits),
        "capped": len(hits) == _LIMIT,
        "l": {
            "page": page,
            "pages": pages,
            "previous": with_query(here, page=page - 1) if page > 1 else None,
            "next": with_query(here, page=page + 1) if page < pages else None,
        },
    }


def _view(reader: Reader, hit: Hit) -> HitView:
    texts = [
        (term.language not in ("en", None), term.value)
        for term in reader.objects(ox.NamedNode(hit.id), SKOS.definition)
        if isinstance(term, ox.Literal)
    ]
    return HitView(
        label=hit.label,
        href=path_of(hit.id),
        kind=reader.kind_label(hit.kind),
        matched=None if hit.matched == hit.label else hit.matched,
        text=min(texts)[1] if texts else None,
    )


_STARTS = ("Role", "Occupation")
_COUNTED = (
    ("Occupation", "occupations"),
    ("Credential", "credentials"),
    ("Skill", "skills"),
    ("Task", "tasks"),
    ("Observation", "figures"),
    ("Source", "sources"),
    ("Passage", "passages cited"),
)
_ROUTES = (
    ("role:cancer-registrar", "credential:high-school-diploma"),
    ("role:medical-coder", "credential:high-school-diploma"),
    ("credential:rhia", "credential:him-associate-degree"),
)
"""Routes to begin with, where the graph has both ends."""


def _home(desk: Desk) -> dict[str, Any]:
    reader = desk.reader()
    counts = _counts(reader)
    starts: list[tuple[str, str]] = []
    for kind in _STARTS:
        # What the package itself describes comes with conditions and sources: a good place to begin.
        starts += [
            (reader.label(node.value), path_of(node.value))
            for node in reader.subjects(RDF.type, ox.NamedNode(f"{CKG}{kind}"), 4_000)
            if isinstance(node, ox.NamedNode) and prefix_of(node.value) in ("occupation", "role")
        ]
    ways = []
    for goal, held in _ROUTES:
        ends = [expand(one) or one for one in (goal, held)]
        if all(reader.known(ox.NamedNode(one)) for one in ends):
            ways.append(
                (
                    f"{reader.label(ends[1])} to {reader.label(ends[0])}",
                    with_query("/routes", goal=goal) + f"&from={held}",
                )
            )
    examples = [(name, question) for name, question, _ in islice(example_queries(), 5)]
    return {
        "title": "careerkg",
        "body_class": "home",
        "counts": [(words, f"{counts.get(kind, 0):,}") for kind, words in _COUNTED if counts.get(kind)],
        "starts": sorted(starts)[:6],
        "ways": ways,
        "examples": examples,
    }


def _counts(reader: Reader) -> dict[str, int]:
    """Return how many things of a class or its subclasses the graph has."""
    rows = reader.store.query("SELECT ?kind (COUNT(*) AS ?n) WHERE { ?s a ?kind } GROUP BY ?kind")
    assert isinstance(rows, ox.QuerySolutions)
    direct = {row["kind"].value.removeprefix(str(CKG)): int(row["n"].value) for row in rows}
    return {
        wanted: sum(
            number for kind, number in direct.items() if ":" not in kind and reader.is_a(kind, wanted)
        )
        for wanted, _ in _COUNTED
    }
