"""A SPARQL 1.1 endpoint as a store: the same questions, the same answers as from the embedded one.

Queries are parsed here first, so that errors have line and column, and updates and SERVICE are refused,
before anything is sent. What is read of nodes is kept for a while: the modules above look at one node after
another, and tell with :meth:`RemoteStore.prefetch` which are next.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import RLock
from time import monotonic
from typing import Literal

import pyoxigraph as ox

from careerkg.errors import StoreError, UpdateRefused
from careerkg.remote import text
from careerkg.remote.answers import Reader, Rows, triples_of
from careerkg.remote.connection import Connection
from careerkg.remote.dialects import MERGE, Dialect, cut_to, with_seconds
from careerkg.remote.fragments import SMALL, Mirror, Pattern, everything, is_plain, patterns_of, sorted_rows
from careerkg.remote.reading import Triples
from careerkg.remote.terms import GENID, iri_of
from careerkg.remote.writing import GraphWriter, pieces
from careerkg.store import EmbeddedStore, GraphName, RawResult, Term, used_prefixes
from careerkg.vocabulary import CKG, RDF, XSD

__all__ = ["Evaluation", "RemoteStore"]

Evaluation = Literal["server", "here"]

_FRESH = 60.0
"""Seconds after which the number of triples is asked for again: if it differs, so do the data."""

_OLD = 600.0
"""Seconds after which what was read is read again in any case."""

_GRAPH_TYPES = "application/n-triples, text/turtle;q=0.5, application/rdf+xml;q=0.3"


class RemoteStore:
    """A store that answers over HTTP; made by :func:`careerkg.remote.connect`."""

    def __init__(
        self,
        url: str,
        connection: Connection,
        dialect: Dialect,
        *,
        update: str | None = None,
        graph_store: str | None = None,
        default_graph: str | None = None,
        evaluation: Evaluation = "server",
    ) -> None:
        self.url = url
        self.evaluation = evaluation
        self.dialect = dialect
        self.update_url, self.graph_store_url = update, graph_store
        self.default_graph = default_graph
        self.connection = connection
        self._reader = Reader(dialect)
        self._parser = EmbeddedStore(ox.Store(), writable=False)
        self._lock = RLock()
        self._mirror = self._new_mirror()
        self._triples = self._new_triples()
        self._changes = 0
        self._size: int | None = None
        self._asked = self._begun = monotonic()

    @property
    def writable(self) -> bool:
        """Whether it is known where changes are sent to; the server may still refuse them."""
        return self.update_url is not None or self.graph_store_url is not None

    # ---- Queries ------------------------------------------------------------------------------

    def query(
        self,
        sparql: str,
        *,
        prefixes: Mapping[str, str] | None = None,
        bindings: Mapping[str, Term] | None = None,
        named_graphs: Sequence[str] | None = None,
    ) -> RawResult:
        """Run a SPARQL 1.1 query; see :meth:`careerkg.store.Store.query`."""
        form, names = self._form(sparql, prefixes, bindings, named_graphs)
        if form is ox.QueryTriples and text.first_word(sparql) == "DESCRIBE":
            return self._describe(sparql, prefixes, bindings)
        if self.evaluation == "here" and not self._is_for_server(sparql):
            answer = self._evaluated_here(sparql, prefixes, bindings, named_graphs)
            if answer is not None:
                return answer
        if bindings:
            sparql = text.bind(sparql, {name: self._reader.written(term) for name, term in bindings.items()})
        sparql, parameters = self._adapted(self._spelled(sparql, prefixes), named_graphs)
        if form is ox.QueryBoolean:
            return self._reader.boolean(self.connection.query(self.url, sparql, parameters))
        if form is ox.QueryTriples:
            stream = self.connection.query(self.url, sparql, parameters, _GRAPH_TYPES)
            if cut_to(stream.response.headers) is not None:
                stream.close()
                raise StoreError(f"{self.url} cuts its answers, and gives not all triples of this graph")
            return self._reader.triples(stream)
        return self._reader.solutions(names, self._rows(sparql, names, parameters))

    def _form(
        self,
        sparql: str,
        prefixes: Mapping[str, str] | None,
        bindings: Mapping[str, Term] | None,
        named_graphs: Sequence[str] | None,
    ) -> tuple[type[RawResult], list[str]]:
        """Return what a query gives, and its variables, by running it on nothing.

        Raises what is wrong with it. The engine's result is not handed on: it may only be dropped in the
        thread that made it, and the traceback of an error would keep it.
        """
        result = self._parser.query(sparql, prefixes=prefixes, bindings=bindings, named_graphs=named_graphs)
        if isinstance(result, ox.QuerySolutions):
            return ox.QuerySolutions, [variable.value for variable in result.variables]
        return type(result), []

    def _is_for_server(self, sparql: str) -> bool:
        """Tell whether a query goes to a server that is not trusted with every query."""
        if text.uses(sparql, "FROM"):
            return True
        return is_plain(sparql) and not self._mirror.is_whole(named_graphs=text.uses(sparql, "GRAPH"))

    def _evaluated_here(
        self,
        sparql: str,
        prefixes: Mapping[str, str] | None,
        bindings: Mapping[str, Term] | None,
        named_graphs: Sequence[str] | None,
    ) -> RawResult | None:
        """Return the answer to a query on what its patterns match; None if they cannot be told."""
        self._drop_what_is_old()
        order = text.without_order(sparql)
        if order is not None and self._is_large() and not bindings and named_graphs is None:
            unordered, following, used = order
            names = self._form(unordered, prefixes, None, None)[1]
            if is_plain(unordered) and used <= set(names):
                # The server joins and counts, and only the order is made here.
                found = self.query(unordered, prefixes=prefixes)
                assert isinstance(found, ox.QuerySolutions)
                return sorted_rows(names, (tuple(row) for row in found), following)
        if not self._is_large():
            # Of a small graph all is fetched, which takes less time than telling what is needed.
            groups: list[list[Pattern]] | None = everything(named_graphs=text.uses(sparql, "GRAPH"))
        else:
            groups = patterns_of(sparql, prefixes or {}, bindings or {})
        if groups is None:
            return None
        with self._lock:
            self._mirror.hold(groups)
            store = EmbeddedStore(self._mirror.store, writable=False)
            return store.query(sparql, prefixes=prefixes, bindings=bindings, named_graphs=named_graphs)

    def _is_large(self) -> bool:
        """Tell whether the graph is too large to be fetched for one query."""
        if self._size is None:
            self._size = len(self)
        return self._size > SMALL

    def _new_mirror(self) -> Mirror:
        return Mirror(self._rows, self._reader.written, self.default_graph, self._hidden())

    def _describe(
        self, sparql: str, prefixes: Mapping[str, str] | None, bindings: Mapping[str, Term] | None
    ) -> ox.QueryTriples:
        """Return what is said of the nodes that DESCRIBE names or finds, and of their blank nodes.

        Servers differ in what they describe (SPARQL 1.1, section 16.4); this is the engine's choice.
        """
        named, select = text.described(sparql)
        nodes: dict[Term, None] = {}
        for query in (*named, *([] if select is None else [select])):
            rows = self.query(query, prefixes=prefixes, bindings=bindings)
            assert isinstance(rows, ox.QuerySolutions)
            for row in rows:
                nodes.update(dict.fromkeys(term for term in row if term is not None))
        found: dict[ox.Quad, None] = {}
        level = list(nodes)
        while level:
            self.prefetch(level)
            quads = [
                quad
                for node in level
                if isinstance(node, ox.NamedNode | ox.BlankNode)
                for quad in self.quads(node, None, None, ox.DefaultGraph())
            ]
            found.update(dict.fromkeys(quads))
            ends = dict.fromkeys(quad.object for quad in quads if isinstance(quad.object, ox.BlankNode))
            level = [node for node in ends if node not in nodes]
            nodes.update(dict.fromkeys(level))
        return triples_of(list(found))

    def _spelled(self, sparql: str, prefixes: Mapping[str, str] | None) -> str:
        """Return a query or an update with prefixes declared, tests and values as this server has them."""
        declared = "".join(
            f"PREFIX {name}: <{iri}>\n" for name, iri in used_prefixes(sparql, prefixes).items()
        )
        sparql = text.replace_tests(declared + sparql, _TESTS)
        if self.dialect.spells_durations:
            sparql = text.respell(sparql, XSD.duration, ("xsd:duration",), with_seconds)
        return sparql

    def _adapted(self, sparql: str, named_graphs: Sequence[str] | None) -> tuple[str, dict[str, list[str]]]:
        """Return a query about the graphs that this server has, and those that the protocol is told."""
        if named_graphs is not None:
            return sparql, {
                "default-graph-uri": [] if self.default_graph is None else [self.default_graph],
                "named-graph-uri": list(named_graphs),
            }
        if text.uses(sparql, "FROM"):
            return sparql, {}
        if not text.uses(sparql, "GRAPH"):
            return sparql, {} if self.default_graph is None else {"default-graph-uri": [self.default_graph]}
        hidden = self._hidden()
        if hidden:
            sparql = text.exclude_graphs(sparql, hidden)
        if self.default_graph is None:
            return sparql, {}
        if self.dialect.named_beside_default:
            return sparql, {"default-graph-uri": [self.default_graph]}
        return text.within_graph(sparql, self.default_graph), {}

    def _hidden(self) -> list[str]:
        """Return the named graphs that are no passages: merges, and what is the server's own."""
        merges = [] if self.default_graph is None else dict.fromkeys((self.default_graph, MERGE))
        return [*merges, *self.dialect.system_graphs]

    def _rows(
        self, sparql: str, names: Sequence[str], parameters: Mapping[str, list[str]] | None = None
    ) -> Rows:
        """Return the rows of a query, with the columns named, page by page if the server cuts its answers."""
        stream = self.connection.query(self.url, sparql, parameters)
        size = cut_to(stream.response.headers)
        if size is None:
            return self._reader.rows(stream, names)
        stream.close()
        return self._pages(sparql, names, parameters, max(size, 1))

    def _pages(
        self, sparql: str, names: Sequence[str], parameters: Mapping[str, list[str]] | None, size: int
    ) -> Rows:
        """Yield the rows of a query whose answer is longer than the server gives at once."""
        variables = " ".join(f"?{name}" for name in names)
        for offset in range(0, 1 << 40, size):
            page = text.paged(sparql, variables, size, offset)
            number = 0
            for row in self._reader.rows(self.connection.query(self.url, page, parameters), names):
                number += 1
                yield row
            if number < size:
                return

    # ---- Triples ------------------------------------------------------------------------------

    def quads(
        self,
        subject: ox.NamedNode | ox.BlankNode | None = None,
        predicate: ox.NamedNode | None = None,
        object: Term | None = None,
        graph: GraphName | None = None,
    ) -> Iterator[ox.Quad]:
        """Return the quads that match; see :meth:`careerkg.store.Store.quads`."""
        self._drop_what_is_old()
        return self._triples.matching(subject, predicate, object, graph)

    def prefetch(self, nodes: Iterable[Term]) -> None:
        """Read what is said of nodes that are looked at next; see :meth:`careerkg.store.Store.prefetch`."""
        self._drop_what_is_old()
        self._triples.prefetch(nodes)

    def _new_triples(self) -> Triples:
        return Triples(
            self._rows,
            self.graph_sizes,
            self._reader,
            self.default_graph,
            self._hidden(),
        )

    def __len__(self) -> int:
        """Return the number of triples in the default graph."""
        result = self.query("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")
        assert isinstance(result, ox.QuerySolutions)
        return int(next(result)["n"].value)

    # ---- Changes ------------------------------------------------------------------------------

    def update(self, sparql: str, *, prefixes: Mapping[str, str] | None = None) -> None:
        """Run a SPARQL 1.1 update, then restore the merge; see :meth:`careerkg.store.Store.update`.

        Where the merge is a named graph, that is what the update takes for the default graph. Blank nodes
        that an update makes have no address: nothing further can be asked of them but together with others.
        """
        if self.update_url is None:
            raise UpdateRefused("it is not known where this store takes updates: connect with its address")
        EmbeddedStore(ox.Store()).update(sparql, prefixes=prefixes)  # refuses what is no update
        touches_graphs = text.uses(sparql, "GRAPH", "WITH", "COPY", "MOVE", "ADD")
        if self.default_graph is not None:
            sparql = text.update_within(sparql, self.default_graph)
        try:
            self.connection.update(self.update_url, self._spelled(sparql, prefixes))
            if touches_graphs:
                self.connection.update(self.update_url, self._merging())
        finally:
            self.refresh()

    def _merging(self) -> str:
        """Return the update that puts into the merge what passages say.

        In a server's own default graph all named graphs are merged, as in the embedded store; a graph beside
        those of others takes only what the graphs of passages hold.
        """
        if self.default_graph is None:
            return "INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }"
        merge, is_passage = f"<{self.default_graph}>", f"?g <{RDF.type}> <{CKG.Passage}>"
        return (
            f"INSERT {{ GRAPH {merge} {{ ?s ?p ?o }} }} WHERE "
            f"{{ {{ GRAPH {merge} {{ {is_passage} }} }} UNION {{ GRAPH ?g {{ {is_passage} }} }} "
            f"GRAPH ?g {{ ?s ?p ?o }} FILTER(?g != {merge}) }}"
        )

    def load(self, paths: Iterable[Path]) -> dict[str, str]:
        """Add RDF files, keeping the merge; see :meth:`careerkg.store.Store.load`.

        Nothing is sent unless all files parse. What is sent goes graph by graph: after an error the same
        files can be loaded again without harm only if they hold no blank nodes.
        """
        writer = self.writer()
        inner = EmbeddedStore(ox.Store())
        prefixes = inner.load(paths)
        default = ox.DefaultGraph()
        try:
            for graph in [*inner.inner.named_graphs(), default]:
                name = self.default_graph if isinstance(graph, ox.DefaultGraph) else iri_of(graph)
                for _, data in pieces(inner.quads(graph=graph), self.dialect):
                    writer.add(name, data)
        finally:
            self.refresh()
        return prefixes

    def writer(self) -> GraphWriter:
        """Return what writes whole graphs. Raises UpdateRefused if it is not known where to."""
        return GraphWriter(self.connection, self.update_url, self.graph_store_url)

    def graph_sizes(self) -> dict[str, int]:
        """Return the numbers of triples of the named graphs, but of the merge and the server's own."""
        rows = self.query("SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
        assert isinstance(rows, ox.QuerySolutions)
        found: dict[str, int] = {}
        for row in rows:
            name = row["g"]
            assert isinstance(name, ox.NamedNode | ox.BlankNode)
            found[iri_of(name)] = int(row["n"].value)
        return found

    def passages(self) -> list[str]:
        """Return the IRIs of the passages that the merge speaks of."""
        rows = self.query(f"SELECT DISTINCT ?p WHERE {{ ?p <{RDF.type}> <{CKG.Passage}> }}")
        assert isinstance(rows, ox.QuerySolutions)
        return [iri_of(row["p"]) for row in rows if isinstance(row["p"], ox.NamedNode | ox.BlankNode)]

    def state(self) -> Hashable:
        """Return a value that differs after any change from here, and some time after one by others.

        Others' changes are noticed within a minute if the number of triples differs, else within ten.
        """
        self._drop_what_is_old()
        return (self.url, self.default_graph, self._changes)

    def use_default_graph(self, iri: str) -> None:
        """Take a named graph for the one with the merge of everything, from now on."""
        self.default_graph = iri
        self.refresh()

    def refresh(self) -> None:
        """Forget what was read, so that changes by others are seen at once."""
        with self._lock:
            self._forget()
            self._size = None
            self._changes += 1

    def _drop_what_is_old(self) -> None:
        with self._lock:
            now = monotonic()
            if now - self._asked < _FRESH:  # who asks only once need not wait for a count
                return
            size = len(self)
            if size != self._size or now - self._begun > _OLD:
                self._forget()
                self._begun = now
                self._changes += 1
            self._size, self._asked = size, now

    def _forget(self) -> None:
        """Drop what was read."""
        self._mirror = self._new_mirror()
        self._triples = self._new_triples()


def _is_iri(argument: str) -> str:
    """Return the test for an IRI that stands for no blank node."""
    return f'(isIRI({argument}) && !STRSTARTS(STR({argument}), "{GENID}"))'


_TESTS = {
    "ISBLANK": lambda argument: (
        f'(isBlank({argument}) || (isIRI({argument}) && STRSTARTS(STR({argument}), "{GENID}")))'
    ),
    "ISIRI": _is_iri,
    "ISURI": _is_iri,
}
"""Tests of the kind of a term, for blank nodes that have IRIs."""
