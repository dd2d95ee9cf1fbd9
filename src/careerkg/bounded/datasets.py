"""The dataset of a query: which graphs its default graph merges, and which ``GRAPH`` reaches.

SPARQL 1.1 (section 13.2): ``FROM`` and ``FROM NAMED``, or the protocol's ``default-graph-uri`` and
``named-graph-uri``, which win over those. A default graph of several graphs is their *merge*, where a triple
stands once however many of them have it. The engine answers from their sum, so that such a merge is made in
memory first; graphs are passages, and small. Nothing is ever fetched: an IRI names a graph of the store.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import pyoxigraph as ox

from careerkg.errors import QueryError
from careerkg.store import EmbeddedStore, RawResult, Store
from careerkg.vocabulary import expand

__all__ = ["STRING", "Dataset", "own_dataset"]


@dataclass(frozen=True)
class Dataset:
    """Graphs of a store that a query sees; without any, all as they are."""

    store: Store | None = None
    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()

    @classmethod
    def of(cls, store: Store, default: Sequence[str], named: Sequence[str]) -> Dataset:
        """Return the dataset of a merge of graphs and of named graphs, which may be empty both.

        Raises QueryError for what is no IRI.
        """
        for name in (*default, *named):
            _node(name)
        return cls(store, tuple(dict.fromkeys(default)), tuple(dict.fromkeys(named)))

    def seen(self, store: Store) -> Store:
        """Return a store, that of the dataset or the given one, whose queries see this dataset."""
        if self.store is None:
            return store
        inner = self.store.inner if isinstance(self.store, EmbeddedStore) else None
        assert inner is not None
        named = [_node(name) for name in self.named]
        if len(self.default) < 2:
            return _Chosen(inner, [_node(name) for name in self.default], named)
        merged = ox.Store()
        for name in self.default:
            merged.extend(
                ox.Quad(q.subject, q.predicate, q.object)
                for q in inner.quads_for_pattern(None, None, None, _node(name))
            )
        for node in named:
            merged.extend(inner.quads_for_pattern(None, None, None, node))
        return _Chosen(merged, [ox.DefaultGraph()], named)


class _Engine:
    """The engine with the graphs of a dataset set for every query."""

    def __init__(
        self,
        inner: ox.Store,
        default: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph],
        named: list[ox.NamedNode | ox.BlankNode],
    ) -> None:
        self._inner, self._default, self._named = inner, default, named

    def query(self, sparql: str, **options: Any) -> RawResult:
        """Run a query on the graphs of the dataset."""
        options.pop("named_graphs", None)
        return self._inner.query(
            sparql,
            default_graph=self._default,
            named_graphs=self._named,
            **options,
        )


class _Chosen(EmbeddedStore):
    """A store whose queries see some graphs alone: the checks and errors of a store, another dataset."""

    def __init__(
        self,
        inner: ox.Store,
        default: Sequence[ox.NamedNode | ox.DefaultGraph],
        named: Sequence[ox.NamedNode],
    ) -> None:
        engine = _Engine(inner, list(default), list(named))
        super().__init__(cast("ox.Store", engine), writable=False)  # a store asks it for queries alone


def _node(name: str) -> ox.NamedNode:
    """Return the node of a graph's IRI. Raises QueryError if it is none."""
    try:
        return ox.NamedNode(name)
    except ValueError:
        raise QueryError(f"not an absolute IRI, so no name of a graph: {name!r}") from None


STRING: Final = r"\"\"\".*?\"\"\"|'''.*?'''|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'"
"""A string of SPARQL, to be read with re.DOTALL."""
_TOKENS = re.compile(
    rf"(?P<skip>{STRING}|\#[^\n]*)"
    r"|(?<![\w?$:.@-])from\b(?:\s|\#[^\n]*\n)*(?P<named>named\b)?(?:\s|\#[^\n]*\n)*"
    r"(?:<(?P<iri>[^<>\s]*)>|(?P<curie>[\w.-]*:[\w.%-]*))"
    r"|<[^<>\s]*>"
    r"|(?<![\w?$:.@-])prefix\s+(?P<prefix>[\w.-]*):\s*<(?P<namespace>[^<>\s]*)>",
    re.IGNORECASE | re.DOTALL,
)


def own_dataset(store: Store, sparql: str, prefixes: Mapping[str, str]) -> Dataset:
    """Return the dataset that a query names itself, if its default graph is a merge of several graphs.

    Any other query is the engine's alone: the default dataset is returned.
    """
    if sparql.lower().count("from") < 2:
        return Dataset()
    declared = dict(prefixes)
    default: list[str] = []
    named: list[str] = []
    for found in _TOKENS.finditer(sparql):
        if found["prefix"] is not None:
            declared[found["prefix"]] = found["namespace"]
        elif found["iri"] is not None or found["curie"] is not None:
            iri = found["iri"] if found["iri"] is not None else expand(found["curie"], declared)
            if iri is None:  # an unknown prefix: the engine says so better
                return Dataset()
            (default if found["named"] is None else named).append(iri)
    if len(set(default)) < 2:
        return Dataset()
    return Dataset.of(store, default, named)
