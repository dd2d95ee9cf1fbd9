"""Statements as sorted lines of text: what all writers of RDF read.

Oxigraph writes N-Triples far faster than Python can look at terms one by one, and N-Triples sort as text.
So a graph is taken out as N-Triples, sorted as lines, and the writers turn line after line into their own
syntax. Two changes make the lines handy:

- ``"> "``, the end of an IRI and the space behind it, is one character that N-Triples never hold bare,
  :data:`END`. It sorts before every other, so that ``…/rhit`` stands before ``…/rhit-exam``, and a line
  splits at it into subject, predicate and object. Putting ``"> "`` back restores the N-Triples exactly.
- A blank node as subject is followed by :data:`END`, too.

Lines beyond a limit go to temporary files: memory stays bounded however large the graph is. Only what
holds blank nodes is kept in memory as a whole, because their names depend on each other.
"""

from __future__ import annotations

import tempfile
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO

import pyoxigraph as ox

from careerkg.export.blank import Nesting, label, nesting
from careerkg.store import Store

__all__ = ["END", "Statements", "collect", "collect_triples", "n_triples"]

END = "\x01"
"""Stands for ``"> "`` in a line; N-Triples write this character only as an escape."""

_LIMIT = 32_000_000
"""Characters of lines that are held in memory before they go to a temporary file."""

_BLOCK = 1_000_000
"""Characters read at once from each temporary file."""


class SortedLines:
    """Lines that come out in order, held in memory up to a limit and in temporary files beyond it."""

    def __init__(self, limit: int = _LIMIT) -> None:
        self._limit = limit
        self._lines: list[str] = []
        self._size = 0
        self._runs: list[IO[str]] = []

    def extend(self, lines: list[str], size: int) -> None:
        """Add lines that have ``size`` characters in all."""
        self._lines += lines
        self._size += size
        if self._size > self._limit:
            self._spill()

    def _spill(self) -> None:
        """Move what is in memory to a temporary file."""
        self._lines.sort()
        run = tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n")  # noqa: SIM115 - closed by close()
        self._runs.append(run)
        for start in range(0, len(self._lines), 10_000):
            run.write("\n".join(self._lines[start : start + 10_000]) + "\n")
        self._lines, self._size = [], 0

    def batches(self) -> Iterator[list[str]]:
        """Yield all lines in order, some at a time, without line ends."""
        self._lines.sort()
        if not self._runs:
            if self._lines:
                yield self._lines
            return
        for run in self._runs:
            run.seek(0)
        waiting = [self._lines, *([] for _ in self._runs)]
        sources: list[IO[str] | None] = [None, *self._runs]
        while True:
            bounds = []
            for number, source in enumerate(sources):
                if source is None:
                    continue
                if not waiting[number]:
                    waiting[number] = [line[:-1] for line in source.readlines(_BLOCK)]
                if waiting[number]:
                    bounds.append(waiting[number][-1])
                else:
                    sources[number] = None
            if not bounds:
                rest = [line for lines in waiting for line in lines]
                if rest:
                    yield rest
                return
            # Whatever is not above the lowest end of a block cannot be preceded by anything still unread.
            bound = min(bounds)
            batch: list[str] = []
            for number, lines in enumerate(waiting):
                cut = bisect_right(lines, bound)
                batch += lines[:cut]
                waiting[number] = lines[cut:]
            batch.sort()
            yield batch

    def close(self) -> None:
        """Remove the temporary files."""
        for run in self._runs:
            run.close()
        self._runs = []


class _Receiver:
    """A file for Oxigraph to write the N-Quads of one graph to, which become lines."""

    def __init__(self, graph: str, into: SortedLines) -> None:
        self._graph = graph
        self._into = into
        self._tail = b""
        self._parts: list[bytes] = []
        self._size = 0
        self.blank: list[str] = []

    def write(self, data: bytes) -> int:
        """Take some bytes."""
        self._parts.append(bytes(data))
        self._size += len(data)
        if self._size > _BLOCK:
            self.flush()
        return len(data)

    def flush(self) -> None:
        """Hand on the lines that are complete."""
        data = self._tail + b"".join(self._parts)
        cut = data.rfind(b"\n") + 1
        self._tail = data[cut:]
        self._parts, self._size = [], 0
        if not cut:
            return
        text = data[: cut - 1].decode("utf-8").replace("> ", END)
        lines = text.split("\n")
        if self._graph:
            cut = len(self._graph) + 2
            lines = [line[:-cut] + "." for line in lines]
        if "_:" in text:
            self.blank += [_marked(line) for line in lines if _has_blank(line)]
            lines = [line for line in lines if not _has_blank(line)]
        if self._graph:
            start = self._graph + END
            lines = [start + line for line in lines]
        self._into.extend(lines, len(text))


def _has_blank(line: str) -> bool:
    """Tell whether a statement holds a blank node, or might hold one in a triple term."""
    return line[0] == "_" or f"{END}_:" in line or f"{END}<<(" in line


def _marked(line: str) -> str:
    """Return a line with :data:`END` behind a blank node that is its subject."""
    return line.replace(" ", END, 1) if line[0] == "_" else line


@dataclass(frozen=True)
class Statements:
    """What is to be written: the default graph and, if asked for, the named ones, with blank nodes named.

    Lines of named graphs start with the graph's name and :data:`END`. ``nested`` says which blank nodes of
    the default graph can be written inside the one statement that refers to them; their own statements are
    there and not among the lines of ``default`` but in ``hidden``, as lines in order. Use as a context
    manager: it removes temporary files.
    """

    default: SortedLines = field(default_factory=SortedLines)
    named: SortedLines = field(default_factory=SortedLines)
    nested: Nesting = field(default_factory=Nesting)
    hidden: list[str] = field(default_factory=list)

    def flat(self) -> Iterator[list[str]]:
        """Yield the lines of the default graph without any nesting, some at a time."""
        blank = list(self.hidden)
        for batch in self.default.batches():
            # Blank nodes sort behind all IRIs: they are the end of the last batches.
            if batch[-1][0] == "_":
                blank += [line for line in batch if line[0] == "_"]
                batch = [line for line in batch if line[0] != "_"]
            yield batch
        yield sorted(blank)

    def __enter__(self) -> Statements:
        return self

    def __exit__(self, *_: object) -> None:
        self.default.close()
        self.named.close()


def collect(store: Store, *, named_graphs: bool) -> Statements:
    """Return the statements of the default graph of a store, with ``named_graphs`` those of every graph."""
    statements = Statements()
    graphs: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph] = [ox.DefaultGraph()]
    if named_graphs:
        result = store.query("SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }")
        assert isinstance(result, ox.QuerySolutions)
        graphs += [name for row in result if isinstance(name := row["g"], ox.NamedNode | ox.BlankNode)]
    blank: list[ox.Quad] = []
    for graph in graphs:
        if isinstance(graph, ox.BlankNode):
            blank += store.quads(graph=graph)
            continue
        if isinstance(graph, ox.DefaultGraph):
            receiver = _Receiver("", statements.default)
        else:
            receiver = _Receiver(f"<{graph.value}", statements.named)
        ox.serialize(store.quads(graph=graph), output=receiver, format=ox.RdfFormat.N_QUADS)
        receiver.flush()
        blank += _parse(receiver.blank, graph)
    _add_blank(statements, blank)
    return statements


def collect_triples(triples: Iterable[ox.Triple]) -> Statements:
    """Return the statements of triples that stand in no store, each once."""
    statements = Statements()
    receiver = _Receiver("", statements.default)
    ox.serialize(dict.fromkeys(triples), output=receiver, format=ox.RdfFormat.N_TRIPLES)
    receiver.flush()
    _add_blank(statements, list(_parse(receiver.blank, ox.DefaultGraph())))
    return statements


def _parse(lines: list[str], graph: ox.NamedNode | ox.DefaultGraph) -> Iterator[ox.Quad]:
    """Yield the statements of lines as quads of one graph, blank nodes as they are named there."""
    for quad in ox.parse(input=n_triples(lines), format=ox.RdfFormat.N_TRIPLES):
        yield ox.Quad(quad.subject, quad.predicate, quad.object, graph)


def _add_blank(statements: Statements, quads: list[ox.Quad]) -> None:
    """Add statements with blank nodes under their final names; those that can be nested go there."""
    if not quads:
        return
    by_graph: dict[str, list[ox.Triple]] = {}
    for quad in label(quads):
        name = "" if isinstance(quad.graph_name, ox.DefaultGraph) else str(quad.graph_name).rstrip(">")
        by_graph.setdefault(name, []).append(quad.triple)
    named_elsewhere = {
        word for name, triples in by_graph.items() if name for word in (name, *_blank_words(triples))
    }
    for name, triples in by_graph.items():
        lines = _as_lines(triples)
        if not name:
            inside = nesting(lines, statements.nested, shared=named_elsewhere)
            for line in lines:
                if f"{line.split(END, 1)[0]} ." in inside:
                    statements.hidden.append(line)
                else:
                    statements.default.extend([line], len(line))
            statements.hidden.sort()
        else:
            start = name + END
            statements.named.extend([start + line for line in lines], sum(map(len, lines)))


def _blank_words(triples: list[ox.Triple]) -> Iterator[str]:
    """Yield the blank nodes that are subjects or objects."""
    for triple in triples:
        for term in (triple.subject, triple.object):
            if isinstance(term, ox.BlankNode):
                yield str(term)


def _as_lines(triples: list[ox.Triple]) -> list[str]:
    """Return triples as lines, each once."""
    text = ox.serialize(dict.fromkeys(triples), format=ox.RdfFormat.N_TRIPLES).decode("utf-8")  # type: ignore[union-attr]
    lines = text.replace("> ", END).split("\n")[:-1]
    return [_marked(line) for line in lines]


def n_triples(lines: list[str]) -> str:
    """Return lines of one graph as N-Triples."""
    blank = [number for number, line in enumerate(lines) if line[0] == "_"]
    if blank:
        lines = lines.copy()
        for number in blank:
            lines[number] = lines[number].replace(END, " ", 1)
    return "\n".join(lines).replace(END, "> ") + "\n" if lines else ""
