"""The neighbourhood of a thing: what refers to it on the left, what it is linked to on the right.

Drawn here as SVG with links, so that it works without scripts; the same is below it as a list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from careerkg.web.pages.addresses import path_of
from careerkg.web.pages.desk import Desk
from careerkg.web.pages.documents import wanted_iri
from careerkg.web.pages.entity import EntityView, read_entity
from careerkg.web.pages.facts import Group
from careerkg.web.pages.rendering import Rendered

__all__ = ["Picture", "draw", "neighbourhood_routes"]

_GROUPS, _NAMES = 9, 4
"""So many properties a side, and so many names of each."""

_ROW, _GAP, _LETTERS = 25.0, 14.0, 40
_WIDTH, _HALF = 1080.0, 128.0


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text of the picture: the name of a property, or a neighbour with its edge."""

    text: str
    whole: str
    href: str | None
    y: float
    path: str | None


@dataclass(frozen=True, slots=True)
class Picture:
    """Both sides and the middle."""

    width: float
    height: float
    middle: float
    mine: tuple[tuple[str, float], ...]
    box: float
    left: tuple[Line, ...]
    right: tuple[Line, ...]


def draw(view: EntityView) -> Picture:
    """Return the picture of a thing's neighbourhood."""
    left, right = _side([view.backlinks]), _side([section.groups for section in view.sections])
    height = max(_height(left), _height(right), 160.0) + 40
    middle = height / 2
    words = _wrapped(view.label, 26)
    box = 22.0 * len(words) + 26
    mine = tuple(
        (text, middle - 11.0 * (len(words) - 1) + 22.0 * number + 5) for number, text in enumerate(words)
    )
    return Picture(_WIDTH, height, middle, mine, box, _lines(left, middle, -1), _lines(right, middle, 1))


def _side(themes: Sequence[Sequence[Group]]) -> list[tuple[str, list[tuple[str, str]], int]]:
    """Return label, names with addresses and number of what is left out, for each property.

    Where there are too many, the first of each theme comes before the second of any.
    """
    found = []
    for number, groups in enumerate(themes):
        place = 0
        for group in groups:
            linked = [(value.text, value.href) for value in group.values if value.href and not value.external]
            if linked:
                more = group.total - min(len(linked), _NAMES)
                found.append(((place, number), number, (group.label, linked[:_NAMES], more)))
                place += 1
    chosen = sorted(found, key=lambda one: one[0])[:_GROUPS]
    return [side for _, _, side in sorted(chosen, key=lambda one: (one[1], one[0]))]


def _height(side: Sequence[tuple[str, list[tuple[str, str]], int]]) -> float:
    return sum(_ROW * (1 + len(names) + (more > 0)) + _GAP for _, names, more in side)


def _lines(
    side: Sequence[tuple[str, list[tuple[str, str]], int]], middle: float, direction: int
) -> tuple[Line, ...]:
    y = middle - _height(side) / 2 + _ROW / 2
    centre = _WIDTH / 2
    start, end = centre + direction * _HALF, centre + direction * 205
    found = []
    for label, names, more in side:
        found.append(Line(label[:1].upper() + label[1:], label, None, y, None))
        y += _ROW
        for name, href in names:
            bend = (start + end) / 2
            path = f"M{start:.0f} {middle:.0f} C{bend:.0f} {middle:.0f} {bend:.0f} {y:.0f} {end:.0f} {y:.0f}"
            found.append(Line(_clipped(name), name, href, y, path))
            y += _ROW
        if more > 0:
            found.append(Line(f"and {more:,} more", "", None, y, None))
            y += _ROW
        y += _GAP
    return tuple(found)


def _clipped(text: str) -> str:
    return text if len(text) <= _LETTERS else text[: _LETTERS - 1].rstrip() + "…"


def _wrapped(text: str, width: int) -> list[str]:
    """Return a label in at most three lines."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines if len(lines) <= 3 else [*lines[:2], lines[2] + " …"]


def neighbourhood_routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes of neighbourhoods."""

    async def page(request: Request) -> Response:
        iri, ending = wanted_iri(desk, request)
        if iri is None or ending is not None:
            name = request.query_params.get("iri") or request.path_params.get("rest", "")
            return desk.missing(request, name, [])

        def make() -> Rendered:
            view = read_entity(desk.reader(), iri)
            assert view is not None
            context: dict[str, Any] = {
                "title": f"Neighbourhood of {view.label}",
                "description": f"What {view.label} is linked to.",
                "here": "",
                "e": view,
                "href": path_of(iri),
                "p": draw(view),
            }
            return desk.renderer.page("neighbourhood.html", context)

        return await desk.kept(request, "neighbourhood", make)

    return [
        Route("/neighbourhood", page, methods=["GET"]),
        Route("/neighbourhood/{rest:path}", page, methods=["GET"]),
    ]
