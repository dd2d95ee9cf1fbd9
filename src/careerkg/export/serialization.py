"""From a store to bytes and files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pyoxigraph as ox

from careerkg.errors import FormatError, OutputError
from careerkg.export.blocks import Blocks, collect_blocks, collect_triple_blocks
from careerkg.export.context import load_context
from careerkg.export.formats import FORMATS, Format, format_of
from careerkg.export.jsonld import JsonLdWriter, PrefixClash
from careerkg.export.lines import Statements, collect, collect_triples, n_triples
from careerkg.export.rdfxml import RdfXmlWriter
from careerkg.export.turtle import TurtleWriter
from careerkg.output import replacing, replacing_all
from careerkg.vocabulary import PREFIXES

if TYPE_CHECKING:
    from careerkg.store import Store

__all__ = ["rdf_bytes", "serialize", "table_paths", "write"]

_LINE_FORMATS = frozenset({"nt", "nq", "rdf"})
"""Formats that are written from lines of N-Triples, the others from blocks of Turtle."""

_SPOOL = 32_000_000
"""Bytes of a document that wait in memory for its head; more wait in a temporary file."""


def serialize(
    store: Store,
    format: str,
    *,
    provenance: bool = False,
    frame: str | Path | None = None,
    terms: bool = False,
    prefixes: Mapping[str, str] = PREFIXES,
) -> Iterator[bytes]:
    """Yield the graph of a store in a format, in pieces; the same graph gives the same bytes.

    ``format`` is a key of :data:`FORMATS`, another name of it, or its media type. With ``provenance``
    JSON-LD holds the named graphs, too, as TriG and N-Quads always do. ``frame`` makes JSON-LD trees, one
    for each entity of the class that it names, for each at all by :data:`EVERYTHING`, or by a file with a
    JSON-LD frame. GraphML and tables leave out classes and properties unless ``terms`` is set. Only
    ``prefixes`` that are used get declared. Raises FormatError if the format is unknown or does not fit the
    options, and DataError for what it cannot express.
    """
    chosen = format_of(format)
    _check(chosen, provenance=provenance, frame=frame)
    if chosen.name == "graphml":
        from careerkg.export.graph import graphml

        return graphml(store, terms=terms, prefixes=prefixes)
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
    terms: bool = False,
    prefixes: Mapping[str, str] = PREFIXES,
) -> list[Path]:
    """Write the graph of a store to a file, whole or not at all; return the files that were written.

    Without ``format`` the ending of the file says it; the other options are those of :func:`serialize`.
    ``csv`` makes two files, ``NAME-nodes.csv`` and ``NAME-edges.csv`` for ``NAME.csv``.
    Raises FormatError, DataError, or OutputError if a file cannot be written.
    """
    if path.is_dir():
        raise OutputError(path, "it is a folder")
    chosen = format_of(format, path)
    _check(chosen, provenance=provenance, frame=frame)
    if chosen.name == "csv":
        from careerkg.export.tables import edges, nodes

        paths = table_paths(path)
        with replacing_all(paths) as streams:
            for stream, rows in zip(streams, (nodes, edges), strict=True):
                stream.writelines(rows(store, prefixes, terms=terms))
        return paths
    pieces = serialize(store, chosen.name, provenance=provenance, frame=frame, terms=terms, prefixes=prefixes)
    with replacing(path) as stream:
        stream.writelines(pieces)
    return [path]


def table_paths(path: Path) -> list[Path]:
    """Return the files of nodes and edges that a CSV export to ``path`` writes."""
    stem = path.stem if path.suffix.lower() == ".csv" else path.name
    return [path.with_name(f"{stem}-nodes.csv"), path.with_name(f"{stem}-edges.csv")]


def rdf_bytes(triples: Iterable[ox.Triple], format: str, *, prefixes: Mapping[str, str] = PREFIXES) -> bytes:
    """Return triples, such as the result of CONSTRUCT, in an RDF format, each once and in order.

    Raises FormatError for a format that is unknown or not RDF, and DataError for what it cannot express.
    """
    chosen = format_of(format)
    if chosen.name in ("graphml", "csv"):
        raise FormatError(format, [name for name in FORMATS if name not in ("graphml", "csv")])
    if chosen.name in _LINE_FORMATS:
        with collect_triples(triples) as statements:
            return b"".join(_from_lines(statements, chosen, prefixes))
    if chosen.name == "jsonld":
        with collect_triple_blocks(triples, _known(prefixes)) as blocks:
            return b"".join(_json_ld(blocks))
    writer = TurtleWriter(prefixes)
    with collect_triple_blocks(triples, prefixes, writer.tidied) as blocks:
        return b"".join(_turtle(writer, blocks))


def _check(chosen: Format, *, provenance: bool, frame: str | Path | None) -> None:
    """Raise FormatError for options that do not fit the format."""
    if frame is not None and chosen.name != "jsonld":
        raise FormatError(chosen.name, ["jsonld"], "a frame does not fit the format")
    if provenance and not chosen.passages:
        fitting = [name for name, format_ in FORMATS.items() if format_.passages]
        raise FormatError(chosen.name, fitting, "what the passages say does not fit into the format")


def _rdf(store: Store, chosen: Format, *, provenance: bool, prefixes: Mapping[str, str]) -> Iterator[bytes]:
    """Yield the RDF document of a store."""
    named = chosen.name in ("trig", "nq") or provenance
    if chosen.name in _LINE_FORMATS:
        with collect(store, named_graphs=named) as statements:
            yield from _from_lines(statements, chosen, prefixes)
    elif chosen.name == "jsonld":
        with collect_blocks(store, _known(prefixes), named_graphs=named) as blocks:
            yield from _json_ld(blocks)
    else:
        writer = TurtleWriter(prefixes)
        with collect_blocks(store, prefixes, writer.tidied, named_graphs=named) as blocks:
            yield from _turtle(writer, blocks)


def _known(prefixes: Mapping[str, str]) -> Mapping[str, str]:
    """Return the prefixes with which JSON-LD shortens terms: those of its context, too."""
    return {**prefixes, **load_context().prefixes}


def _from_lines(statements: Statements, chosen: Format, prefixes: Mapping[str, str]) -> Iterator[bytes]:
    """Yield N-Triples, N-Quads or RDF/XML."""
    if chosen.name == "rdf":
        yield from _rdf_xml(statements, prefixes)
        return
    for lines in statements.triples():
        yield n_triples(lines).encode("utf-8")
    for graph, lines in statements.graphs():
        name = graph if graph[0] == "_" else f"{graph}>"
        yield n_triples([f"{line[:-1]}{name} ." for line in lines]).encode("utf-8")


def _rdf_xml(statements: Statements, prefixes: Mapping[str, str]) -> Iterator[bytes]:
    """Yield RDF/XML."""
    writer = RdfXmlWriter(prefixes)
    with _spooled(writer.elements(statements.triples())) as spool:
        yield writer.head().encode("utf-8")
        yield from _pieces(spool)
        yield b"</rdf:RDF>\n"


def _turtle(writer: TurtleWriter, blocks: Blocks) -> Iterator[bytes]:
    """Yield Turtle or TriG."""
    with _spooled(writer.document(blocks)) as spool:
        head = [f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in writer.used.items()]
        if head:
            yield ("".join(head) + "\n").encode("utf-8")
        yield from _trimmed(spool)


def _json_ld(blocks: Blocks) -> Iterator[bytes]:
    """Yield JSON-LD."""
    clashes: list[str] = []
    while True:
        writer = JsonLdWriter(load_context().with_prefixes(blocks.prefixes, without=clashes), blocks)
        try:
            spool = _spooled(writer.nodes())
            break
        except PrefixClash as clash:
            clashes.append(clash.prefix)
    with spool:
        yield writer.head().encode("utf-8")
        yield from _pieces(spool)
        yield writer.tail().encode("utf-8")


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
