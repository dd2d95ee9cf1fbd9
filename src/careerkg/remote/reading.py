"""What is read of a store elsewhere, and kept: statements by node, and named graphs, many in one query."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from threading import RLock

import pyoxigraph as ox

from careerkg.remote.answers import Reader, is_borrowed
from careerkg.remote.fragments import Fetch
from careerkg.remote.terms import GENID
from careerkg.store import GraphName, Term

__all__ = ["Triples"]

Node = ox.NamedNode | ox.BlankNode

_BATCH = 200
"""Nodes that are asked about in one query."""

_KEPT = 500_000
"""Quads that are kept of what was read."""

_GRAPHS_AT_ONCE = 20_000
"""Triples of named graphs that are read in one query."""

_DEEPEST = 5
"""Levels of blank nodes that are read together with what leads to them, where they have no address."""


class Triples:
    """Reads the triples of a store elsewhere, in one state of it."""

    def __init__(
        self,
        fetch: Fetch,
        graph_sizes: Callable[[], dict[str, int]],
        reader: Reader,
        default_graph: str | None,
        hidden: list[str],
    ) -> None:
        self._fetch, self._graph_sizes, self._reader = fetch, graph_sizes, reader
        self._default_graph, self._hidden = default_graph, hidden
        self._lock = RLock()
        self._said: dict[Node, tuple[ox.Quad, ...]] = {}
        self._kept = 0
        self._undescribed: set[Node] = set()
        self._unknown: set[Term] = set()
        self._graphs: dict[ox.NamedNode, list[ox.Quad]] = {}
        self._sizes: dict[str, int] | None = None

    def matching(
        self,
        subject: Node | None,
        predicate: ox.NamedNode | None,
        object: Term | None,
        graph: GraphName | None,
    ) -> Iterator[ox.Quad]:
        """Return the quads that match; None is anything."""
        if subject is None and object is not None and self._is_unknown(object):
            return iter(())
        if subject is None:
            if isinstance(graph, ox.NamedNode) and predicate is None and object is None:
                return iter(self._graph(graph))
            return self._scan(predicate, object, graph)
        return iter(
            [
                quad
                for quad in self._about(subject)
                if (predicate is None or quad.predicate == predicate)
                and (object is None or quad.object == object)
                and (graph is None or quad.graph_name == graph)
            ]
        )

    def prefetch(self, nodes: Iterable[Term]) -> None:
        """Read what is said of nodes that are looked at next; in few queries."""
        with self._lock:
            new = [
                node
                for node in dict.fromkeys(nodes)
                if isinstance(node, ox.NamedNode | ox.BlankNode)
                and node not in self._said
                and not is_borrowed(node)
            ]
        for start in range(0, len(new), _BATCH):
            found = self._read(new[start : start + _BATCH])
            with self._lock:
                self._undescribed.update(node for node in new[start : start + _BATCH] if not found[node])

    def _is_unknown(self, node: Term) -> bool:
        """Tell whether nothing is said of a node, and nothing refers to it: for all such nodes at once."""
        with self._lock:
            if isinstance(node, Node) and node in self._undescribed:
                nodes, self._undescribed = self._undescribed, set()
                values = " ".join(self._reader.written(node) for node in nodes)
                pattern = f"VALUES ?o {{ {values} }} ?s ?p ?o"
                if not self._reader.dialect.trusted:  # takes seconds over VALUES of some objects
                    pattern = f"?s ?p ?o FILTER(?o IN ({', '.join(values.split())}))"
                if self._default_graph is not None:
                    pattern = f"GRAPH <{self._default_graph}> {{ {pattern} }}"
                rows = self._fetch(f"SELECT DISTINCT ?o WHERE {{ {pattern} }}", ["o"])
                self._unknown |= nodes - {o for (o,) in rows}
            return node in self._unknown

    def _about(self, node: Node) -> tuple[ox.Quad, ...]:
        """Return what is said of a node in every graph."""
        found = self._said.get(node)
        if found is None:
            self._reader.written(node)
            found = self._read([node])[node]
        return found

    def _read(self, nodes: Sequence[Node]) -> dict[Node, tuple[ox.Quad, ...]]:
        """Read and keep what is said of some nodes, in one query."""
        values = " ".join(self._reader.written(node) for node in nodes)
        pattern = f"VALUES ?s {{ {values} }} ?s ?p ?o"
        quads = list(self._asked_quads(pattern))
        if any(is_borrowed(quad.object) for quad in quads):
            # Their labels hold within one answer: what is said of them has to be in the same.
            quads = list(self._asked_quads(*_levels(values)))
        found: dict[Node, dict[ox.Quad, None]] = {node: {} for node in nodes}
        for quad in quads:
            assert isinstance(quad.subject, ox.NamedNode | ox.BlankNode)
            found.setdefault(quad.subject, {})[quad] = None
        kept = {node: tuple(some) for node, some in found.items()}
        with self._lock:
            if self._kept > _KEPT:
                self._said.clear()
                self._kept = 0
            self._said.update(kept)
            self._kept += len(quads) + len(nodes)
        return kept

    def _asked_quads(self, *patterns: str, graph: GraphName | None = None) -> Iterator[ox.Quad]:
        """Yield the quads of patterns in ?s ?p ?o; in the default graph, a named one, or all."""
        branches = []
        for pattern in patterns:
            if graph is None or isinstance(graph, ox.DefaultGraph):
                branches.append(
                    pattern
                    if self._default_graph is None
                    else f"GRAPH <{self._default_graph}> {{ {pattern} }}"
                )
            if graph is None:
                hidden = ", ".join(f"<{iri}>" for iri in self._hidden)
                without = f" FILTER(?g NOT IN ({hidden}))" if hidden else ""
                branches.append(f"GRAPH ?g {{ {pattern} }}{without}")
            elif not isinstance(graph, ox.DefaultGraph):
                branches.append(f"GRAPH {self._reader.written(graph)} {{ {pattern} }}")
        body = branches[0] if len(branches) == 1 else " UNION ".join(f"{{ {one} }}" for one in branches)
        names = ["s", "p", "o", *(["g"] if graph is None else [])]
        sparql = f"SELECT {' '.join(f'?{name}' for name in names)} WHERE {{ {body} }}"
        given = graph or ox.DefaultGraph()
        for s, p, o, *g in self._fetch(sparql, names):
            yield ox.Quad(s, p, o, g[0] if g and g[0] is not None else given)

    def _graph(self, graph: ox.NamedNode) -> list[ox.Quad]:
        """Return a named graph; others are read with it, because whoever reads one reads the next."""
        with self._lock:
            if graph not in self._graphs:
                if self._sizes is None:
                    self._sizes = self._graph_sizes()
                self._graphs = {graph: []}
                total = self._sizes.pop(graph.value, 0)
                while self._sizes and total < _GRAPHS_AT_ONCE:
                    name, size = self._sizes.popitem()
                    if not name.startswith(GENID):
                        self._graphs[ox.NamedNode(name)] = []
                        total += size
                names = " ".join(self._reader.written(name) for name in self._graphs)
                sparql = f"SELECT ?s ?p ?o ?g WHERE {{ VALUES ?g {{ {names} }} GRAPH ?g {{ ?s ?p ?o }} }}"
                rows = self._fetch(sparql, ["s", "p", "o", "g"])
                for s, p, o, g in rows:
                    self._graphs[g].append(ox.Quad(s, p, o, g))
            return self._graphs.pop(graph)

    def _scan(
        self, predicate: ox.NamedNode | None, object_: Term | None, graph: GraphName | None
    ) -> Iterator[ox.Quad]:
        """Yield the quads with a predicate, an object, or any, as they come in."""
        parts = ["?s ?p ?o"]
        if predicate is not None:
            parts = [f"VALUES ?p {{ {predicate} }}", *parts]
        if object_ is not None:
            parts = [f"VALUES ?o {{ {self._reader.written(object_)} }}", *parts]
        return self._asked_quads(" ".join(parts), graph=graph)


def _levels(values: str) -> list[str]:
    """Return patterns of what is said of nodes, of their blank nodes, of those' blank nodes, and so on."""
    patterns = [f"VALUES ?s {{ {values} }} ?s ?p ?o"]
    way, last = f"VALUES ?b0 {{ {values} }}", "?b0"
    for level in range(1, _DEEPEST + 1):
        patterns.append(f"{way} {last} ?q{level} ?s FILTER(isBlank(?s)) ?s ?p ?o")
        way += f" {last} ?q{level} ?b{level} FILTER(isBlank(?b{level}))"
        last = f"?b{level}"
    return patterns
