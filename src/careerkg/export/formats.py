"""The formats of an export, and the names that people use for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from careerkg.errors import FormatError

__all__ = ["EVERYTHING", "FORMATS", "Format", "format_of"]

EVERYTHING = "*"
"""As a frame: a tree for each entity that has a class, of whatever class."""


@dataclass(frozen=True)
class Format:
    """A format: its usual file ending, a title, its media type, and other names for it."""

    name: str
    title: str
    media_type: str
    aliases: tuple[str, ...] = ()
    passages: bool = False
    """Whether the format can hold named graphs."""


FORMATS: Mapping[str, Format] = {
    format_.name: format_
    for format_ in (
        Format("ttl", "Turtle", "text/turtle", ("turtle",)),
        Format("trig", "TriG", "application/trig", (), passages=True),
        Format("nt", "N-Triples", "application/n-triples", ("ntriples", "n-triples")),
        Format("nq", "N-Quads", "application/n-quads", ("nquads", "n-quads"), passages=True),
        Format("rdf", "RDF/XML", "application/rdf+xml", ("xml", "owl", "rdfxml", "rdf-xml", "rdf/xml")),
        Format("jsonld", "JSON-LD", "application/ld+json", ("json-ld", "json"), passages=True),
        Format("graphml", "GraphML", "application/graphml+xml"),
        Format("csv", "node and edge tables", "text/csv"),
    )
}
"""Formats by their usual file ending."""

_NAMES = {
    word: format_.name
    for format_ in FORMATS.values()
    for word in (format_.name, format_.media_type, *format_.aliases)
}


def format_of(name: str | None, path: Path | None = None) -> Format:
    """Return the format of a name, alias or media type; without a name, by the ending of the file.

    Raises FormatError for what is no format's name, and for a file without a known ending.
    """
    word = name if name is not None else path.suffix.lstrip(".") if path is not None else ""
    found = _NAMES.get(word.lower().lstrip("."))
    if found is None and not word:
        raise FormatError(str(path), list(FORMATS), "no ending says the format of")
    if found is None:
        raise FormatError(word, list(FORMATS))
    return FORMATS[found]
