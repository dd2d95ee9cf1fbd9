"""Stores: where the triples are, behind one small Protocol.

Floor 2. Two sides of one seam: :class:`EmbeddedStore` (Oxigraph, in memory or in a folder) here, and any
SPARQL 1.1 endpoint later. Terms are pyoxigraph's everywhere below the edge: it imports in 3 ms and its
result objects can be had from an endpoint's answer too (``pyoxigraph.parse_query_results``).

The invariant that every store keeps: **the default graph is the merge of everything, each triple once**;
a named graph is what one passage says. Whatever is loaded into a named graph is therefore also put into
the default graph. (The engine's union-default-graph option is not used: a triple that stands in two
graphs would come out twice, and COUNT would be wrong.)
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol, TypeAlias, cast

import pyoxigraph as ox

from careerkg.errors import QueryError, QuerySyntaxError, RdfSyntaxError, StoreError, UpdateRefused
from careerkg.vocabulary import PREFIXES

if TYPE_CHECKING:
    from gzip import GzipFile
    from io import BufferedReader

__all__ = [
    "RDF_FORMATS",
    "EmbeddedStore",
    "RawResult",
    "Store",
    "Term",
    "current_generation",
    "rdf_format",
    "read_rdf",
    "used_prefixes",
]

Term: TypeAlias = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
RawResult: TypeAlias = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples
GraphName: TypeAlias = ox.NamedNode | ox.BlankNode | ox.DefaultGraph

RDF_FORMATS: Mapping[str, ox.RdfFormat] = {
    "ttl": ox.RdfFormat.TURTLE,
    "trig": ox.RdfFormat.TRIG,
    "nt": ox.RdfFormat.N_TRIPLES,
    "nq": ox.RdfFormat.N_QUADS,
    "rdf": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}
"""RDF syntaxes by their usual file ending."""

_ENDINGS: Mapping[str, ox.RdfFormat] = {
    **RDF_FORMATS,
    "owl": ox.RdfFormat.RDF_XML,
    "xml": ox.RdfFormat.RDF_XML,
    "json": ox.RdfFormat.JSON_LD,
    "turtle": ox.RdfFormat.TURTLE,
}


def rdf_format(path: Path) -> ox.RdfFormat:
    """Return the RDF syntax of a file by its ending, before ``.gz``; Turtle where the ending says nothing."""
    name = path.stem if path.suffix.lower() == ".gz" else path.name
    return _ENDINGS.get(name.rpartition(".")[2].lower(), ox.RdfFormat.TURTLE)


class Store(Protocol):
    """What the floors above need of a store."""

    @property
    def writable(self) -> bool:
        """Whether :meth:`load` and :meth:`update` are allowed."""

    def query(
        self,
        sparql: str,
        *,
        prefixes: Mapping[str, str] | None = None,
        bindings: Mapping[str, Term] | None = None,
        named_graphs: Sequence[str] | None = None,
    ) -> RawResult:
        """Run a SPARQL 1.1 query on the merged default graph; named graphs stay reachable by ``GRAPH``.

        ``bindings`` fixes variables of the query. Raises QuerySyntaxError, UpdateRefused or StoreError.
        """

    def update(self, sparql: str, *, prefixes: Mapping[str, str] | None = None) -> None:
        """Run a SPARQL 1.1 update. Raises UpdateRefused where :attr:`writable` is false."""

    def quads(
        self,
        subject: ox.NamedNode | ox.BlankNode | None = None,
        predicate: ox.NamedNode | None = None,
        object: Term | None = None,
        graph: GraphName | None = None,
    ) -> Iterator[ox.Quad]:
        """Return the quads that match; ``graph=None`` means every graph, the default graph included."""

    def prefetch(self, nodes: Iterable[Term]) -> None:
        """Tell which subjects :meth:`quads` is asked about next: a store elsewhere reads them at once."""

    def load(self, paths: Iterable[Path]) -> dict[str, str]:
        """Add RDF files, all or none, keeping the merge; return the prefixes that they declare."""

    def state(self) -> Hashable:
        """Return a value that differs after any change of the data: what caches are keyed by."""

    def __len__(self) -> int:
        """Return the number of triples in the default graph."""


def current_generation(folder: Path) -> Path | None:
    """Return the generation that is in use in a folder that imports write to, or None if it is none.

    A file system that ignores case finds Oxigraph's own ``CURRENT`` by that name, too: its content differs.
    """
    try:
        name = (folder / "current").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
    return folder / name if re.fullmatch(r"generation-[0-9]+", name) else None


class _Hold:
    """A shared lock on a folder for as long as this object lives: imports then leave the folder be."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __del__(self) -> None:
        with suppress(OSError):
            os.close(self._descriptor)


def _hold(folder: Path) -> _Hold | None:
    """Hold a folder, where the system has such locks. Raises OSError if it is gone."""
    try:
        import fcntl
    except ImportError:  # Windows
        return None
    descriptor = os.open(folder, os.O_RDONLY)
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    return _Hold(descriptor)


_COUNTED = 20_000
"""So many triples are counted for the short form of a store: some hundredths of a second."""

_MERGE = "INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }"


class EmbeddedStore:
    """An Oxigraph store in this process: in memory, or in a folder on disk."""

    def __init__(self, inner: ox.Store, *, writable: bool = True) -> None:
        self.inner = inner
        self.writable = writable
        self._changes = 0
        self._generation: Path | None = None
        self._edited: Path | None = None
        self._held: _Hold | None = None

    @classmethod
    def in_memory(cls, paths: Iterable[Path] = ()) -> EmbeddedStore:
        """Return a new store in memory that holds the given RDF files."""
        store = cls(ox.Store())
        store.load(paths)
        return store

    @classmethod
    def trusted(cls, paths: Iterable[Path]) -> EmbeddedStore:
        """Return a read-only store in memory of files that were checked when they were made.

        The quick way for the bundled graph: no copy of the quads is made in Python.
        """
        inner = ox.Store()
        for path in paths:
            inner.bulk_load(path=str(path), format=rdf_format(path), lenient=True)
        inner.update(_MERGE)
        return cls(inner, writable=False)

    @classmethod
    def open(cls, folder: Path, *, create: bool = False, read_only: bool = False) -> EmbeddedStore:
        """Open the store in a folder. Raises StoreError if there is none, or it cannot be opened.

        With ``create`` an absent or empty folder becomes a new store; any other folder is left alone.
        Of a folder that imports write to (``careerkg import``), the current generation is opened.
        """
        generation = current_generation(folder)
        if generation is not None:
            return cls._open_generation(folder, generation, read_only=read_only)
        is_store = (folder / "CURRENT").is_file()
        if not is_store:
            if not create:
                what = "there is no such folder" if not folder.exists() else "it holds no Oxigraph store"
                raise StoreError(f"{folder} is not a store: {what}", folder)
            if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
                raise StoreError(
                    f"{folder} is not a store, and not an empty folder that could become one", folder
                )
        try:
            inner = ox.Store.read_only(str(folder)) if read_only else ox.Store(str(folder))
        except (OSError, ValueError, RuntimeError) as error:
            raise StoreError(f"cannot open the store {folder}: {error}", folder) from error
        return cls(inner, writable=not read_only)

    @classmethod
    def _open_generation(cls, folder: Path, generation: Path, *, read_only: bool) -> EmbeddedStore:
        """Open a generation, again if an import puts a new one in its place meanwhile."""
        while True:
            try:
                held = _hold(generation)
                inner = ox.Store.read_only(str(generation)) if read_only else ox.Store(str(generation))
            except (OSError, ValueError, RuntimeError) as error:
                newer = current_generation(folder)
                if newer is None or newer == generation:
                    raise StoreError(f"cannot open the store {folder}: {error}", folder) from error
                generation = newer
                continue
            store = cls(inner, writable=not read_only)
            store._held = held
            store._generation = generation
            store._edited = None if read_only else folder / "edited"
            return store

    def query(
        self,
        sparql: str,
        *,
        prefixes: Mapping[str, str] | None = None,
        bindings: Mapping[str, Term] | None = None,
        named_graphs: Sequence[str] | None = None,
    ) -> RawResult:
        """Run a SPARQL 1.1 query; see :meth:`Store.query`."""
        if "service" in sparql.lower() and _SERVICE.search(_bare(sparql)):
            raise QueryError("SERVICE is refused: queries run on this graph alone")
        try:
            return self.inner.query(
                sparql,
                prefixes=used_prefixes(sparql, prefixes),
                substitutions={ox.Variable(name): term for name, term in bindings.items()}
                if bindings
                else None,
                named_graphs=None if named_graphs is None else [ox.NamedNode(name) for name in named_graphs],
            )
        except SyntaxError as error:
            if _is_update(sparql):
                raise UpdateRefused(
                    "this is an update; only SELECT, ASK, CONSTRUCT and DESCRIBE are run here"
                ) from None
            raise _explain(sparql, str(error), prefixes) from None
        except RuntimeError as error:
            # What the engine cannot do: fixing a variable that is not selected, for one.
            raise QueryError(str(error)) from error
        except OSError as error:
            raise StoreError(f"cannot read the store: {error}") from error

    def update(self, sparql: str, *, prefixes: Mapping[str, str] | None = None) -> None:
        """Run a SPARQL 1.1 update, then restore the merge; see :meth:`Store.update`."""
        if not self.writable:
            raise UpdateRefused("this graph is read-only: updates are refused")
        self._mark_edited()
        try:
            self.inner.update(sparql, prefixes=used_prefixes(sparql, prefixes))
            self.inner.update(_MERGE)
        except SyntaxError as error:
            raise _explain(sparql, str(error), prefixes) from None
        except OSError as error:
            raise StoreError(f"cannot write the store: {error}") from error
        finally:
            self._changes += 1

    def quads(
        self,
        subject: ox.NamedNode | ox.BlankNode | None = None,
        predicate: ox.NamedNode | None = None,
        object: Term | None = None,
        graph: GraphName | None = None,
    ) -> Iterator[ox.Quad]:
        """Return the quads that match; see :meth:`Store.quads`."""
        return self.inner.quads_for_pattern(subject, predicate, object, graph)

    def prefetch(self, nodes: Iterable[Term]) -> None:
        """Do nothing: each look into this store takes microseconds."""

    def load(self, paths: Iterable[Path]) -> dict[str, str]:
        """Add RDF files, all or none; see :meth:`Store.load`.

        Raises RdfSyntaxError with file, line and column, or StoreError for a file that cannot be read.
        """
        quads: list[ox.Quad] = []
        prefixes: dict[str, str] = {}
        for path in paths:
            quads.extend(read_rdf(path, prefixes))
        if not quads:
            return prefixes
        if not self.writable:
            raise UpdateRefused("this graph is read-only: nothing can be added")
        self._mark_edited()
        default = ox.DefaultGraph()
        merged = [
            ox.Quad(q.subject, q.predicate, q.object, default) for q in quads if q.graph_name != default
        ]
        try:
            self.inner.extend(quads + merged)
        except OSError as error:
            raise StoreError(f"cannot write the store: {error}") from error
        self._changes += 1
        return prefixes

    def beside(self, name: str) -> Path | None:
        """Return the path of a file that is derived from this state of the store, for it to be read or made.

        None if this store has no folder for such files: it is in memory, or imports do not write to it.
        The file goes with its generation: imports remove it. One that is older than the last change by
        other means is removed here.
        """
        if self._generation is None:
            return None
        base, dot, ending = name.partition(".")
        path = self._generation.with_name(f"{base}.{self._generation.name}{dot}{ending}")
        edited = self._generation.with_name("edited")
        with suppress(OSError):
            if self._changes or (edited.exists() and edited.stat().st_mtime_ns >= path.stat().st_mtime_ns):
                path.unlink(missing_ok=True)
        return path

    def _mark_edited(self) -> None:
        """Leave a mark that not all comes from imports: replacing a release then keeps the rest."""
        if self._edited is not None:
            self._edited.touch()
            self._edited = None

    def state(self) -> Hashable:
        """Return a value that differs after any change; see :meth:`Store.state`."""
        return (id(self.inner), self._changes)

    def __repr__(self) -> str:
        """Return how much the store holds, a large one at least, and whether it can be changed."""
        count = sum(1 for _ in islice(self.quads(None, None, None, ox.DefaultGraph()), _COUNTED + 1))
        size = f"more than {_COUNTED:,} triples" if count > _COUNTED else f"{count:,} triples"
        return f"<EmbeddedStore: {size}, {'writable' if self.writable else 'read-only'}>"

    def __len__(self) -> int:
        """Return the number of triples in the default graph."""
        result = self.inner.query("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")
        assert isinstance(result, ox.QuerySolutions)
        return int(next(result)["n"].value)


# The look behind keeps it to one try a word: else a long text takes time by its square.
_PREFIXED = re.compile(r"((?<![\w.-])[A-Za-z][\w.-]*|):")
_DECLARED = re.compile(r"\bprefix\s+([\w.-]*):", re.IGNORECASE)


@lru_cache(maxsize=512)
def _undeclared(sparql: str) -> tuple[str, ...]:
    """Return what may be a prefix in a query without being declared there."""
    found = set(_PREFIXED.findall(sparql))
    # A triple may end and the next begin without a space: ?a ?b ?c.credential:rhit …
    found |= {name[dot.end() :] for name in found if len(name) < 200 for dot in re.finditer(r"\.", name)}
    return tuple(found - set(_DECLARED.findall(sparql)))


def used_prefixes(sparql: str, prefixes: Mapping[str, str] | None) -> dict[str, str]:
    """Return those prefixes, ours and the given ones, that a query may use: handing over all takes 15 µs."""
    found = {}
    for name in _undeclared(sparql):
        namespace = (prefixes or PREFIXES).get(name) or PREFIXES.get(name)
        if namespace is not None:
            found[name] = namespace
    return found


def read_rdf(
    path: Path, prefixes: dict[str, str] | None = None, *, base: str | None = None
) -> Iterator[ox.Quad]:
    """Yield the quads of a file, whose name tells the syntax, and add the prefixes that it declares.

    Relative IRIs are relative to the base, or else to the file; blank nodes are renamed apart from those of
    other files. Raises RdfSyntaxError with file, line and column, or StoreError for a file that cannot be
    read.
    """
    try:
        format_ = rdf_format(path)
        # Relative IRIs are resolved against the file, as RFC 3986 (section 5.1.3) says; N-Triples has none.
        if format_ in (ox.RdfFormat.N_TRIPLES, ox.RdfFormat.N_QUADS):
            base = None
        elif base is None:
            base = path.absolute().as_uri()
        with _reading(path) as stream:
            if stream.peek(3)[:3] == b"\xef\xbb\xbf":  # the byte order mark that some editors write
                stream.read(3)
            parser = ox.parse(cast(IO[bytes], stream), format=format_, base_iri=base, rename_blank_nodes=True)
            yield from parser
    except SyntaxError as error:
        place = r"^Parser error (?:at|between) line [^:]*: "
        reason = re.sub(place, "", error.msg or "")
        line, column = error.lineno, error.offset
        if line is None and format_ == ox.RdfFormat.RDF_XML and path.is_file():
            line, column = _fault_of_xml(path)
        raise RdfSyntaxError(path, line, column, reason) from None
    except MemoryError as error:
        if "maximal size" not in str(error):
            raise
        reason = "a name or text is longer than 16 MB, the most that the parser takes"
        raise RdfSyntaxError(path, None, None, reason) from None
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror or error}", path) from error
    except (EOFError, zlib.error) as error:
        raise StoreError(f"cannot read {path}: the compressed data are damaged", path) from error
    if prefixes is not None:
        prefixes.update(parser.prefixes)


def _reading(path: Path) -> BufferedReader | GzipFile:
    """Return a file, open for reading; one whose name ends with ``.gz`` is unpacked as it is read."""
    if path.suffix.lower() != ".gz":
        return path.open("rb")
    import gzip

    return gzip.GzipFile(path)


def _fault_of_xml(path: Path) -> tuple[int | None, int | None]:
    """Return where a file is not well-formed, which the parser of RDF/XML does not tell; else nothing."""
    from xml.parsers import expat

    try:
        with _reading(path) as stream:
            expat.ParserCreate().ParseFile(stream)
    except expat.ExpatError as error:
        return error.lineno, error.offset + 1
    except (OSError, EOFError, zlib.error):
        pass
    return None, None


def _explain(sparql: str, reason: str, prefixes: Mapping[str, str] | None = None) -> QuerySyntaxError:
    """Return the error that a person can act on for a query or update that the engine did not parse."""
    match = re.match(r"error at (\d+):(\d+): (.*)", reason, re.DOTALL)
    if match is None:
        return QuerySyntaxError(reason)
    line, column, expected = int(match[1]), int(match[2]), re.sub(r"\s+", " ", match[3])
    if not sparql.strip():
        return QuerySyntaxError("the query is empty")
    unknown = _unknown_prefix(sparql, prefixes)
    if "Prefix not found" in expected or unknown is not None:
        return QuerySyntaxError(f"unknown prefix {unknown or ''}".rstrip(), line, column)
    if not _FORM.search(_bare(sparql)):
        expected = "expected SELECT, ASK, CONSTRUCT or DESCRIBE"
    elif not sparql[len(_text_before(sparql, line, column)) :].strip():
        expected = "the query ends too early"
    elif len(expected) > 120:
        expected = "not expected here"
    return QuerySyntaxError(expected, line, column)


_FORM = re.compile(
    r"\b(select|ask|construct|describe|insert|delete|load|clear|drop|create|add|move|copy)\b", re.IGNORECASE
)
_SERVICE = re.compile(r"\bservice\b\s*(?:silent\b)?\s*[?$<\w:]", re.IGNORECASE)
_QUOTED = re.compile(
    r"\"\"\".*?\"\"\"|'''.*?'''|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|<([^<>\s]*)>|#[^\n]*", re.DOTALL
)


def _bare(sparql: str) -> str:
    """Return a query without its strings and comments, its IRIs empty."""
    return _QUOTED.sub(lambda found: "<>" if found[1] is not None else " ", sparql)


def _unknown_prefix(sparql: str, prefixes: Mapping[str, str] | None) -> str | None:
    """Return the first prefix in a query that is neither declared there nor known, with its colon."""
    bare = _bare(sparql)
    declared = {*_DECLARED.findall(bare), "_", *PREFIXES, *(prefixes or ())}
    used = re.findall(r"(?<![\w?$.:-])([A-Za-z][\w.-]*|):(?=[\w%\\-]|\s)", bare)
    return next((f"{name}:" for name in used if name not in declared), None)


def _text_before(sparql: str, line: int, column: int) -> str:
    """Return the text before a position (both counted from 1)."""
    lines = sparql.split("\n")
    return "\n".join([*lines[: line - 1], lines[line - 1][: column - 1]])


def _is_update(sparql: str) -> bool:
    """Tell by a real parse whether a text is a SPARQL update (the first word is no proof)."""
    from pyparsing import ParseException
    from rdflib.plugins.sparql.parser import parseUpdate

    try:
        parsed = parseUpdate("".join(f"PREFIX {p}: <{iri}>\n" for p, iri in PREFIXES.items()) + sparql)
    except (ParseException, RecursionError):
        return False
    return bool(parsed.request)
