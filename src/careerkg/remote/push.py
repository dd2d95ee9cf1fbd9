"""Filling a store elsewhere with what a store here holds: resumable, and verified by count.

The merge goes to the graph that the store elsewhere has for it, each passage to its own. A graph of one
piece is replaced by one request, whole or not at all. A larger one is sent in pieces: to its place if that
is empty, else beside it and moved when all is there, so that what was there stays until then. Passages that
are gone here are removed there last.

What was sent is noted in a small file; after an interruption the next call goes on where this one stopped, if
the data are still the same. Triples may be sent twice without harm, as blank nodes have IRIs of their own.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import NamedTuple

import pyoxigraph as ox

from careerkg.errors import StoreError
from careerkg.remote.dialects import MERGE
from careerkg.remote.remote_store import RemoteStore
from careerkg.remote.terms import iri_of
from careerkg.remote.writing import PIECE, pieces
from careerkg.store import Store

__all__ = ["Pushed", "notes_path", "push"]

_AT_ONCE = 4
"""Small graphs that are sent at the same time."""

_ARRIVING = "/arriving"
"""What the name of a graph ends with that is on its way to the place of another."""


@dataclass(frozen=True)
class Pushed:
    """What a push did: triples of the merge and named graphs that are there now, and what it took."""

    triples: int
    graphs: int
    sent: int
    """Triples that were sent; the rest was there from an interrupted push."""
    removed: int
    """Named graphs of passages that are gone here."""
    total: int
    """Triples of the merge and of all passages."""
    to: str
    default_graph: str | None

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON has it."""
        return {
            "to": self.to,
            "defaultGraph": self.default_graph,
            "triples": self.triples,
            "graphs": self.graphs,
            "sent": self.sent,
            "removed": self.removed,
        }


class _Graph(NamedTuple):
    """A graph here, its IRI there (None: the default graph), and its number of triples here."""

    here: ox.NamedNode | ox.BlankNode | ox.DefaultGraph
    there: str | None
    size: int


class _Notes:
    """What has arrived already, by graph: the digests of its pieces, in order; kept in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._written = 0.0
        try:
            found = json.loads(path.read_text(encoding="utf-8"))["arrived"]
            self._arrived = {str(graph): [str(one) for one in some] for graph, some in found.items()}
        except (OSError, ValueError, KeyError, AttributeError, TypeError):
            self._arrived = {}

    def of(self, graph: str | None) -> list[str]:
        """Return the digests of the pieces of a graph that have arrived."""
        return list(self._arrived.get(graph or "", ()))

    def add(self, graph: str | None, digest: str) -> None:
        """Note a piece that has arrived."""
        with self._lock:
            self._arrived.setdefault(graph or "", []).append(digest)
            if monotonic() - self._written > 1:
                self._write()

    def forget(self, graph: str | None) -> None:
        """Forget what was noted of a graph."""
        with self._lock:
            if self._arrived.pop(graph or "", None) is not None:
                self._write()

    def keep(self) -> None:
        """Write what is not written yet."""
        with self._lock:
            self._write()

    def done(self) -> None:
        """Remove the file."""
        self._path.unlink(missing_ok=True)

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_name(f"{self._path.name}.partial")
        partial.write_text(json.dumps({"arrived": self._arrived}), encoding="utf-8")
        partial.replace(self._path)
        self._written = monotonic()


def notes_path(remote: RemoteStore) -> Path:
    """Return where it is noted what has arrived at a store: in the person's cache folder."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    name = hashlib.sha256(f"{remote.url} {remote.default_graph or ''}".encode()).hexdigest()[:16]
    return base / "careerkg" / f"push-{name}.json"


def push(
    store: Store,
    remote: RemoteStore,
    *,
    piece: int = PIECE,
    notes: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Pushed:
    """Make a store elsewhere hold what a store here holds, and return what was sent.

    ``piece`` is the number of triples in a request; ``notes`` the file that lets an interrupted push go on,
    by default one in the cache folder. ``progress`` is told how many of how many triples are there.
    Where it is not known that the server has a default graph of its own, the merge goes to :data:`MERGE`.
    Raises StoreError, also for a piece of nothing and if the counts differ in the end, QueryError if the
    server refuses what it is sent, and UpdateRefused if it is not known where it takes changes.
    """
    if piece < 1:
        raise StoreError(f"{piece} triples in one request: at least one is expected")
    if remote.default_graph is None and not remote.dialect.own_default_graph:
        remote.use_default_graph(MERGE)
    return _Sender(store, remote, _Notes(notes or notes_path(remote)), piece, progress).run()


class _Sender:
    """One push."""

    def __init__(
        self,
        store: Store,
        remote: RemoteStore,
        notes: _Notes,
        piece: int,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self._store, self._remote, self._notes, self._piece = store, remote, notes, piece
        self._writer = remote.writer()
        self._progress = progress
        self._there = self._total = self._sent = 0

    def run(self) -> Pushed:
        """Send everything and compare the counts."""
        merge = _Graph(ox.DefaultGraph(), self._remote.default_graph, len(self._store))
        passages = self._passages()
        self._total = merge.size + sum(graph.size for graph in passages)
        sizes = self._remote.graph_sizes()
        kept = {graph.there for graph in passages}
        gone = [name for name in self._remote.passages() if name not in kept and name in sizes]
        try:
            self._send(passages, sizes)
            self._send([merge], {merge.there or "": len(self._remote)})
        except BaseException:
            self._notes.keep()
            raise
        for name in gone:
            self._writer.remove(name)
        self._remote.refresh()
        self._verify(merge, passages)
        self._notes.done()
        return Pushed(
            triples=merge.size,
            graphs=len(passages),
            sent=self._sent,
            removed=len(gone),
            total=self._total,
            to=self._remote.url,
            default_graph=self._remote.default_graph,
        )

    def _passages(self) -> list[_Graph]:
        """Return the named graphs here. Raises StoreError for one that has the name of the merge there."""
        rows = self._store.query("SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
        assert isinstance(rows, ox.QuerySolutions)
        found = []
        for row in rows:
            name = row["g"]
            assert isinstance(name, ox.NamedNode | ox.BlankNode)
            iri = iri_of(name)
            if iri == self._remote.default_graph:
                raise StoreError(f"the graph {iri} is to hold the merge there, and is a passage here")
            found.append(_Graph(name, iri, int(row["n"].value)))
        return sorted(found, key=lambda graph: graph.there or "")

    def _send(self, graphs: list[_Graph], sizes: Mapping[str, int]) -> None:
        """Send graphs, small ones several at a time; ``sizes`` are those there, ``""`` of the default."""
        small = [graph for graph in graphs if graph.size <= self._piece]
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            try:
                for size in threads.map(
                    lambda graph: self._small(graph, sizes.get(graph.there or "", 0)), small
                ):
                    self._tell(size)
            except BaseException:
                threads.shutdown(wait=True, cancel_futures=True)
                raise
        for graph in graphs:
            if graph.size > self._piece:
                self._large(graph, sizes.get(graph.there or "", 0))

    def _small(self, graph: _Graph, size_there: int) -> int:
        """Send a graph in one request, unless it has arrived; return its size."""
        data = b"".join(data for _, data in self._pieces(graph))
        digest = _digest(data)
        if self._notes.of(graph.there) != [digest] or size_there != graph.size:
            self._notes.forget(graph.there)
            self._writer.put(graph.there, data)
            self._notes.add(graph.there, digest)
            self._sent += graph.size
        return graph.size

    def _large(self, graph: _Graph, size_there: int) -> None:
        """Send a graph in pieces, where it belongs if nothing is there, else beside it."""
        beside = f"{graph.there or MERGE}{_ARRIVING}"
        if self._notes.of(beside):
            target: str | None = beside
        elif self._notes.of(graph.there) and size_there == min(
            len(self._notes.of(graph.there)) * self._piece, graph.size
        ):
            target = graph.there
        else:
            self._notes.forget(graph.there)
            target = graph.there if size_there == 0 or not self._writer.can_move else beside
            self._writer.remove(target)
        if not self._in_pieces(graph, target):
            # The data are not those of the push that was interrupted: from the start.
            self._notes.forget(target)
            self._writer.remove(target)
            self._in_pieces(graph, target)
        if target == beside:
            self._writer.move(beside, graph.there)
            self._notes.forget(beside)

    def _in_pieces(self, graph: _Graph, target: str | None) -> bool:
        """Send the pieces that have not arrived; return whether those that have are of this graph."""
        arrived = self._notes.of(target)
        before = self._there
        for number, (size, data) in enumerate(self._pieces(graph)):
            digest = _digest(data)
            if number < len(arrived):
                if arrived[number] != digest:
                    self._there = before
                    return False
            else:
                self._writer.add(target, data)
                self._notes.add(target, digest)
                self._sent += size
            self._tell(size)
        return True

    def _pieces(self, graph: _Graph) -> Iterator[tuple[int, bytes]]:
        """Return the triples of a graph in pieces."""
        return pieces(self._store.quads(graph=graph.here), self._remote.dialect, self._piece)

    def _tell(self, triples: int) -> None:
        """Count triples that are there, and show it."""
        self._there += triples
        if self._progress is not None:
            self._progress(self._there, self._total)

    def _verify(self, merge: _Graph, passages: list[_Graph]) -> None:
        """Compare the numbers of triples. Raises StoreError if they differ."""
        sizes = {**self._remote.graph_sizes(), merge.there or "": len(self._remote)}
        for graph in (merge, *passages):
            there = sizes.get(graph.there or "", 0)
            if there != graph.size:
                self._notes.forget(graph.there)
                name = "the default graph" if graph.there is None else graph.there
                raise StoreError(
                    f"{self._remote.url}: {name} has {there:,} triples and should have {graph.size:,}: "
                    "others write to it, or the server takes different values for the same"
                )


def _digest(data: bytes) -> str:
    """Return what tells pieces apart."""
    return hashlib.blake2b(data, digest_size=12).hexdigest()
