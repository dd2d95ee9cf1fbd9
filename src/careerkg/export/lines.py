"""Statements as sorted lines of N-Triples: what the writers of N-Triples, N-Quads and RDF/XML read.

Oxigraph writes N-Triples far faster than Python can look at terms one by one, and N-Triples sort as text.
Two changes make the lines handy:

- ``"> "``, the end of an IRI and the space behind it, is one character that N-Triples never hold bare,
  :data:`END`. It sorts before every other, so that ``…/rhit`` stands before ``…/rhit-exam``, and a line
  splits at it into subject, predicate and object. Putting ``"> "`` back restores the N-Triples exactly.
- A blank node as subject is followed by :data:`END`, too.

Lines beyond a limit go to temporary files: memory stays bounded however large the graph is. Only what
holds blank nodes is kept in memory as a whole, because their names depend on each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO, cast

import pyoxigraph as ox

from careerkg.export.blank import label
from careerkg.export.dump import dump
from careerkg.export.runs import SortedLines
from careerkg.store import Store

__all__ = ["END", "Statements", "collect", "collect_triples", "n_triples"]

END = "\x01"
"""Stands for ``"> "`` in a line; N-Triples write this character only as an escape."""

_PIECE = 250_000
"""Bytes of N-Triples that are taken apart at once."""


class _Receiver:
    """A file for Oxigraph to write the N-Triples of one graph to, which become lines."""

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
        if self._size > _PIECE:
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
        if "_:" in text:
            lines = self._without_blank(lines)
        if self._graph:
            start = self._graph + END
            lines = [start + line for line in lines]
        self._into.extend(lines, len(text))

    def _without_blank(self, lines: list[str]) -> list[str]:
        """Keep apart the lines with blank nodes, and return the others."""
        found = [number for number, line in enumerate(lines) if "_:" in line and _has_blank(line)]
        self.blank += [_marked(lines[number]) for number in found]
        kept: list[str] = []
        start = 0
        for number in found:
            kept += lines[start:number]
            start = number + 1
        return kept + lines[start:]


def _has_blank(line: str) -> bool:
    """Tell whether a statement holds a blank node, or might hold one in a triple term."""
    return line[0] == "_" or f"{END}_:" in line or f"{END}<<(" in line


def _marked(line: str) -> str:
    """Return a line with :data:`END` behind a blank node that is its subject."""
    return line.replace(" ", END, 1) if line[0] == "_" else line


@dataclass(frozen=True)
class Statements:
    """What is to be written: the default graph and, if asked for, the named ones, with blank nodes named.

    Lines of named graphs start with the graph's name and :data:`END`. Use as a context manager: it removes
    temporary files.
    """

    default: SortedLines = field(default_factory=SortedLines)
    named: SortedLines = field(default_factory=SortedLines)

    def triples(self) -> Iterator[list[str]]:
        """Yield the lines of the default graph, some at a time, without line ends."""
        return self.default.batches()

    def graphs(self) -> Iterator[tuple[str, list[str]]]:
        """Yield the name of each named graph with its lines, some at a time."""
        for batch in self.named.batches():
            name = ""
            lines: list[str] = []
            for line in batch:
                graph, rest = line.split(END, 1)
                if graph != name:
                    if lines:
                        yield name, lines
                    name, lines = graph, []
                lines.append(rest)
            if lines:
                yield name, lines

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
        dump(store, receiver, ox.RdfFormat.N_TRIPLES, graph=graph)
        blank += _parse(receiver.blank, graph)
    _add_blank(statements, blank)
    return statements


def collect_triples(triples: Iterable[ox.Triple]) -> Statements:
    """Return the statements of triples that stand in no store, each once."""
    statements = Statements()
    receiver = _Receiver("", statements.default)
    ox.serialize(dict.fromkeys(triples), output=cast("IO[bytes]", receiver), format=ox.RdfFormat.N_TRIPLES)
    _add_blank(statements, list(_parse(receiver.blank, ox.DefaultGraph())))
    return statements


def _parse(lines: list[str], graph: ox.NamedNode | ox.DefaultGraph) -> Iterator[ox.Quad]:
    """Yield the statements of lines as quads of one graph, blank nodes as they are named there."""
    for quad in ox.parse(input=n_triples(lines), format=ox.RdfFormat.N_TRIPLES):
        yield ox.Quad(quad.subject, quad.predicate, quad.object, graph)


def _add_blank(statements: Statements, quads: list[ox.Quad]) -> None:
    """Add statements with blank nodes under their final names."""
    if not quads:
        return
    by_graph: dict[str, list[ox.Triple]] = {}
    for quad in label(quads):
        name = "" if isinstance(quad.graph_name, ox.DefaultGraph) else str(quad.graph_name).rstrip(">")
        by_graph.setdefault(name, []).append(quad.triple)
    for name, triples in by_graph.items():
        lines = _as_lines(triples)
        if name:
            lines = [f"{name}{END}{line}" for line in lines]
        (statements.named if name else statements.default).extend(lines, sum(map(len, lines)))


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
