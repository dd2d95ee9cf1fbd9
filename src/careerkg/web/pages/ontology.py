"""The vocabulary as pages and as data: ``/ontology`` for all of it, ``/ontology/<Term>`` for a term.

IRIs of terms have a hash (``…/ontology#requires``), so whoever follows one arrives at the whole vocabulary,
where each term has its anchor; from there a link leads to the term's own page.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from careerkg import resources
from careerkg.export.serialization import rdf_bytes
from careerkg.store import EmbeddedStore, rdf_format
from careerkg.vocabulary import CKG, DCTERMS, ONTOLOGY, OWL, RDF, RDFS, SKOS, compact, local_name
from careerkg.web.negotiation import best_match
from careerkg.web.pages.addresses import ENDINGS, path_of
from careerkg.web.pages.data import MEDIA_TYPES
from careerkg.web.pages.desk import Desk
from careerkg.web.pages.reading import Reader
from careerkg.web.pages.rendering import Rendered, not_acceptable, with_charset

__all__ = ["SourceRow", "TermView", "ontology_routes", "read_terms"]

_KINDS = (
    ("Classes", OWL.Class),
    ("Links between things", OWL.ObjectProperty),
    ("Values", OWL.DatatypeProperty),
    ("For statements about statements", OWL.AnnotationProperty),
)
_ENDINGS = [ending for ending in ENDINGS if ending != "trig"]
_OFFERED = [MEDIA_TYPES[ending] for ending in _ENDINGS]


@dataclass(frozen=True, slots=True)
class TermView:
    """A term of the vocabulary."""

    name: str
    href: str
    definition: str
    broader: tuple[tuple[str, str], ...]
    domain: tuple[tuple[str, str], ...]
    range: tuple[tuple[str, str], ...]
    deprecated: bool


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source of the data."""

    title: str
    href: str
    publisher: str
    issued: str
    kind: str
    licence: str | None


def ontology_routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes of the vocabulary and of the data as a whole."""
    # The vocabulary is that of the package, whatever data the site serves.
    reader = Reader(EmbeddedStore.trusted(resources.ontology_files()))

    async def whole(request: Request) -> Response:
        ending = request.path_params.get("ending")
        if ending is None:
            media_type = best_match(request.headers.get("accept"), _OFFERED)
            if media_type is None:
                return not_acceptable(_OFFERED)
            ending = _ENDINGS[_OFFERED.index(media_type)]
        if ending not in _ENDINGS:
            return desk.missing(request, f"ontology.{ending}", [])
        return await desk.kept(request, f"ontology {ending}", lambda: _whole(desk, reader, ending))

    async def dataset(request: Request) -> Response:
        wanted = best_match(
            request.headers.get("accept"), ["text/html", "text/turtle", "application/ld+json"]
        )
        if wanted not in ("text/html", None):
            return RedirectResponse("/.well-known/void", 303, {"vary": "Accept"})
        return await desk.html(request, "dataset.html", lambda: _dataset(desk), here="/dataset")

    async def void(_: Request) -> Response:
        return RedirectResponse("/.well-known/void", 303)

    return [
        Route("/ontology", whole, methods=["GET"]),
        Route("/ontology.{ending}", whole, methods=["GET"]),
        Route("/dataset", dataset, methods=["GET"]),
        Route("/dataset.ttl", void, methods=["GET"]),
    ]


def _whole(desk: Desk, reader: Reader, ending: str) -> Rendered:
    """Return the vocabulary in the format of an ending."""
    headers = {
        "content-location": f"/ontology.{ending}",
        "link": f'<{ONTOLOGY}>; rel="canonical", </ontology.ttl>; rel="describedby"; type="text/turtle"',
    }
    if ending != "html":
        headers["access-control-allow-origin"] = "*"
        return Rendered(_data(ending), with_charset(MEDIA_TYPES[ending]), 200, headers)
    node = ox.NamedNode(ONTOLOGY)
    about = reader.values(node)
    groups = [(title, read_terms(reader, kind)) for title, kind in _KINDS]
    context: dict[str, Any] = {
        "title": "Ontology",
        "description": "The vocabulary of careerkg: classes and properties with definitions.",
        "here": "/ontology",
        "version": _texts(about.get(OWL.versionInfo, ())),
        "groups": [(title, title.lower().replace(" ", "-"), terms) for title, terms in groups if terms],
        "schemes": sorted(
            (reader.label(scheme.value), path_of(scheme.value))
            for scheme in reader.subjects(RDF.type, ox.NamedNode(SKOS.ConceptScheme), 200)
            if isinstance(scheme, ox.NamedNode)
        ),
        "data": [
            (name, f"/ontology.{one}")
            for name, one in (
                ("Turtle", "ttl"),
                ("JSON-LD", "jsonld"),
                ("N-Triples", "nt"),
                ("RDF/XML", "rdf"),
            )
        ],
    }
    return desk.renderer.page("ontology.html", context, headers=headers)


def _data(ending: str) -> bytes:
    path = resources.ontology_files()[0]
    if ending == "ttl":
        return path.read_bytes()
    with path.open("rb") as stream:
        return rdf_bytes([quad.triple for quad in ox.parse(stream, format=rdf_format(path))], ending)


def _texts(terms: Iterable[Any]) -> str:
    return ", ".join(sorted(str(term.value) for term in terms))


def read_terms(reader: Reader, kind: str) -> list[TermView]:
    """Return our terms of a kind, by name."""
    found = []
    for node in reader.subjects(RDF.type, ox.NamedNode(kind), 2_000):
        if not isinstance(node, ox.NamedNode) or not node.value.startswith(str(CKG)):
            continue
        values = reader.values(node)

        def linked(*properties: str, values: dict[str, list[Any]] = values) -> tuple[tuple[str, str], ...]:
            return tuple(
                (reader.known_label(term.value) or compact(term.value), path_of(term.value))
                for property_ in properties
                for term in values.get(property_, ())
                if isinstance(term, ox.NamedNode)
            )

        found.append(
            TermView(
                name=local_name(node.value),
                href=path_of(node.value),
                definition=_texts(values.get(SKOS.definition, ())),
                broader=linked(RDFS.subClassOf, RDFS.subPropertyOf),
                domain=linked(RDFS.domain),
                range=linked(RDFS.range),
                deprecated=_texts(values.get(OWL.deprecated, ())) == "true",
            )
        )
    return sorted(found, key=lambda term: term.name.casefold())


def _dataset(desk: Desk) -> dict[str, Any]:
    reader = desk.reader()
    rows = []
    for node in reader.subjects(RDF.type, ox.NamedNode(CKG.Source), 1_000):
        values = reader.values(node)
        if isinstance(node, ox.NamedNode) and DCTERMS.isPartOf not in values:
            rows.append(
                SourceRow(
                    title=_texts(values.get(DCTERMS.title, ())[:1]) or compact(node.value),
                    href=path_of(node.value),
                    publisher=_texts(values.get(DCTERMS.publisher, ())),
                    issued=_texts(values.get(DCTERMS.issued, ())),
                    kind=", ".join(
                        reader.label(one.value)
                        for one in values.get(CKG.sourceKind, ())
                        if isinstance(one, ox.NamedNode)
                    ),
                    licence=_texts(values.get(DCTERMS.license, ())[:1]) or None,
                )
            )
    return {
        "title": "The data",
        "description": "Sources, licences, and how to get the data.",
        "triples": f"{len(reader.store):,}",
        "rows": sorted(rows, key=lambda row: row.title.casefold()),
        "endpoint": desk.site.url("/sparql"),
        "example": desk.site.url("/id/credential/rhit"),
    }
