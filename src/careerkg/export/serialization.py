"""From a store to bytes and files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pyoxigraph as ox

from careerkg.errors import FormatError
from careerkg.export.context import load_context
from careerkg.export.formats import FORMATS, Format, format_of
from careerkg.export.jsonld import JsonLdWriter, PrefixClash
from careerkg.export.lines import END, Statements, collect, collect_triples, n_triples
from careerkg.export.prefixes import Shortener
from careerkg.export.rdfxml import RdfXmlWriter
from careerkg.export.turtle import TurtleWriter
from careerkg.output import replacing, replacing_all
from careerkg.vocabulary import PREFIXES

if TYPE_CHECKING:
    from careerkg.store import Store

__all__ = ["rdf_bytes", "serialize", "table_paths", "write"]

_SPOOL = 32_000_000
"""Bytes of a document that wait in memory for its head; more wait in a temporary file."""


def serialize(
    store: Store,
    format: str,
    *,
    provenance: bool = False,
    frame: str | Path | None = None,
    prefixes: Mapping[str, str] = PREFIXES,
) -> Iterator[bytes]:
    """Yield the graph of a store in a format, in pieces; the same graph gives the same bytes.

    ``format`` is a key of :data:`FORMATS`, another name of it, or its media type. With ``provenance``
    JSON-LD holds the named graphs, too, as TriG and N-Quads always do. ``frame`` makes JSON-LD trees, one
    for each entity: the name of a class, or a file with a JSON-LD frame. Only ``prefixes`` that are used
    get declared. Raises FormatError if the format is unknown or does not fit the options, and DataError for
    what it cannot express.
    """
    chosen = format_of(format)
    _check(chosen, provenance=provenance, frame=frame)
    if chosen.name == "graphml":
        from careerkg.export.graph import graphml

        return graphml(store)
    if chosen.name == "csv":
        raise FormatError(format, [name for name in FORMATS if name != "csv"], "two files are needed for")
    if frame is not None:
        from careerkg.export.frames import framed

        return framed(store, frame)
    return _rdf(store, chosen, provenance=provenance, prefixes=prefixes)


def write(
    store: Store,
    path: Path,
    format: str | None = None,
    *,
    provenance: bool = False,
    frame: str | Path | None = None,
    prefixes: Mapping[str, str] = PREFIXES,
) -> list[Path]:
    """Write the graph of a store to a file, whole or not at all; return the files that were written.

    Without ``format`` the ending of the file says it; the other options are those of :func:`serialize`.
    ``csv`` makes two files, ``NAME-nodes.csv`` and ``NAME-edges.csv`` for ``NAME.csv``.
    Raises FormatError, DataError, or OutputError if a file cannot be written.
    """
    chosen = format_of(format, path)
    _check(chosen, provenance=provenance, frame=frame)
    if chosen.name == "csv":
        from careerkg.export.tables import edges, nodes

        paths = table_paths(path)
        with replacing_all(paths) as streams:
            for stream, rows in zip(streams, (nodes(store, prefixes), edges(store, prefixes)), strict=True):
                stream.writelines(rows)
        return paths
    pieces = serialize(store, chosen.name, provenance=provenance, frame=frame, prefixes=prefixes)
    with replacing(path) as stream:
        stream.writelines(pieces)
    return [path]


def table_paths(path: Path) -> list[Path]:
    """Return the files of nodes and edges that a CSV export to ``path`` writes."""
    stem = path.stem if path.suffix.lower() == ".csv" else path.name
    return [path.with_name(f"{stem}-nodes.csv"), path.with_name(f"{stem}-edges.csv")]


def rdf_bytes(
    triples: Iterable[ox.Triple], format: str, *, prefixes: Mapping[str, str] = PREFIXES
) -> bytes:
    """Return triples, such as the result of CONSTRUCT, in an RDF format, each once and in order.

    Raises FormatError for a format that is unknown or not RDF, and DataError for what it cannot express.
    """
    chosen = format_of(format)
    if chosen.name in ("graphml", "csv"):
        raise FormatError(format, [name for name in FORMATS if name not in ("graphml", "csv")])
    with collect_triples(triples) as statements:
        return b"".join(_document(statements, chosen, prefixes))


def _check(chosen: Format, *, provenance: bool, frame: str | Path | None) -> None:
    """Raise FormatError for options that do not fit the format."""
    if frame is not None and chosen.name != "jsonld":
        raise FormatError(chosen.name, ["jsonld"], "a frame does not fit the format")
    if provenance and not chosen.passages:
        fitting = [name for name, format_ in FORMATS.items() if format_.passages]
        raise FormatError(chosen.name, fitting, "what the passages say does not fit into the format")


def _rdf(
    store: Store, chosen: Format, *, provenance: bool, prefixes: Mapping[str, str]
) -> Iterator[bytes]:
    """Yield the RDF document of a store."""
    named = chosen.name in ("trig", "nq") or provenance
    with collect(store, named_graphs=named) as statements:
        yield from _document(statements, chosen, prefixes)


def _document(statements: Statements, chosen: Format, prefixes: Mapping[str, str]) -> Iterator[bytes]:
    """Yield the document of some statements."""
    if chosen.name in ("nt", "nq"):
        for batch in statements.flat():
            yield n_triples(batch).encode("utf-8")
        for graph, lines in _by_graph(statements.named.batches()):
            name = graph if graph[0] == "_" else f"{graph}>"
            yield n_triples([f"{line[:-1]}{name} ." for line in lines]).encode("utf-8")
    elif chosen.name in ("ttl", "trig"):
        yield from _turtle(statements, prefixes)
    elif chosen.name == "rdf":
        yield from _rdf_xml(statements, prefixes)
    else:
        yield from _json_ld(statements, prefixes)


def _turtle(statements: Statements, prefixes: Mapping[str, str]) -> Iterator[bytes]:
    """Yield Turtle, or TriG if there are named graphs."""
    names = Shortener(prefixes)
    writer = TurtleWriter(names, statements.nested)

    def body() -> Iterator[str]:
        yield from writer.blocks(statements.default.batches())
        for graph, lines in _by_graph(statements.named.batches()):
            content = "".join(writer.blocks([lines], indent="    "))
            yield f"{writer.name(graph)} {{\n{content[:-1]}}}\n\n"

    with _spooled(body()) as spool:
        head = [f"@prefix {prefix}: <{names.used[prefix]}> .\n" for prefix in sorted(names.used)]
        if head:
            yield ("".join(head) + "\n").encode("utf-8")
        yield from _trimmed(spool)


def _rdf_xml(statements: Statements, prefixes: Mapping[str, str]) -> Iterator[bytes]:
    """Yield RDF/XML."""
    writer = RdfXmlWriter(prefixes)
    with _spooled(writer.blocks(statements.flat())) as spool:
        spaces = "".join(f'\n    xmlns:{prefix}="{writer.used[prefix].replace("&", "&amp;")}"' for prefix in sorted(writer.used))
        yield f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{spaces}>\n'.encode()
        yield from _pieces(spool)
        yield b"</rdf:RDF>\n"


def _json_ld(statements: Statements, prefixes: Mapping[str, str]) -> Iterator[bytes]:
    """Yield JSON-LD."""
    clashes: list[str] = []
    while True:
        writer = JsonLdWriter(load_context().with_prefixes(prefixes, without=clashes), statements.nested)
        try:
            spool = _spooled(
                writer.nodes(statements.default.batches(), _by_graph(statements.named.batches()))
            )
            break
        except PrefixClash as clash:
            clashes.append(clash.prefix)
    with spool:
        yield writer.head().encode("utf-8")
        yield from _pieces(spool)
        yield writer.tail().encode("utf-8")


def _by_graph(batches: Iterable[list[str]]) -> Iterator[tuple[str, list[str]]]:
    """Yield each named graph with its lines."""
    name = ""
    lines: list[str] = []
    for batch in batches:
        for line in batch:
            graph, rest = line.split(END, 1)
            if graph != name:
                if lines:
                    yield name, lines
                name, lines = graph, []
            lines.append(rest)
    if lines:
        yield name, lines


def _spooled(texts: Iterable[str]) -> IO[bytes]:
    """Return texts as a file to read, in memory as long as they are short."""
    spool: IO[bytes] = tempfile.SpooledTemporaryFile(_SPOOL)  # noqa: SIM115 - the caller closes it
    try:
        spool.writelines(text.encode("utf-8") for text in texts)
    except BaseException:
        spool.close()
        raise
    spool.seek(0)
    return spool


def _pieces(spool: IO[bytes]) -> Iterator[bytes]:
    """Yield the content of a file, a piece at a time."""
    while piece := spool.read(1 << 20):
        yield piece


def _trimmed(spool: IO[bytes]) -> Iterator[bytes]:
    """Yield the content of a file without the empty line at its end."""
    last = b""
    for piece in _pieces(spool):
        yield last
        last = piece
    yield last.removesuffix(b"\n") if last.endswith(b"\n\n") else last
