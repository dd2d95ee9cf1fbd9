"""The career knowledge graph: the one object that people hold.

>>> from careerkg import CareerGraph
>>> kg = CareerGraph()
>>> kg.resolve("rhit")
'https://w3id.org/careerkg/id/credential/rhit'
>>> [fact.value_label for fact in kg.describe("rhit").facts if fact.property_label == "issued by"]
['American Health Information Management Association']
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from careerkg import resources
from careerkg.errors import UnknownName, UpdateRefused
from careerkg.examples import example_queries
from careerkg.store import EmbeddedStore, Store
from careerkg.vocabulary import ITEM_CLASSES, ONTOLOGY, PREFIXES, expand, is_iri, mint

if TYPE_CHECKING:
    from datetime import date
    from typing import TypedDict, Unpack

    import networkx
    import rdflib

    from careerkg.model import Entity, Evidence
    from careerkg.remote import ConnectOptions
    from careerkg.results import QueryResult
    from careerkg.routes import (
        Finding,
        HolderRoute,
        Missing,
        Objective,
        Reachable,
        RouteOptions,
        Routes,
        Unlocked,
    )
    from careerkg.search import Hit, Index
    from careerkg.statistics import Stats
    from careerkg.validation import Report, Severity, Shapes

    class Conditions(TypedDict, total=False):
        """Which conditions count on a route, and its limits; places and items by name. See RouteOptions."""

        exclude: Collection[str]
        max_cost: float
        max_time: float
        jurisdiction: Collection[str]
        strengths: Collection[str]
        as_of: date | str
        hours_per_week: float
        currency: str


__all__ = ["CareerGraph", "example_queries"]


class CareerGraph:
    """A graph of occupations, what they need and lead to, and who says so.

    ``CareerGraph()`` is the graph that comes with the package: in memory and read-only.
    Names that its methods take are those that people use; see :meth:`resolve`.
    """

    def __init__(self, store: Store | None = None, *, prefixes: Mapping[str, str] = PREFIXES) -> None:
        if store is None:
            store = EmbeddedStore.trusted([*resources.ontology_files(), *resources.data_files()])
        self.store = store
        self.prefixes: dict[str, str] = dict(prefixes)
        self._indexed: tuple[Hashable, Index] | None = None

    # ---- Where the data are -----------------------------------------------------------------

    @classmethod
    def open(cls, folder: str | Path, *, create: bool = False, read_only: bool = False) -> CareerGraph:
        """Return the graph of an on-disk store. Raises StoreError if the folder is not one.

        With ``create`` an absent or empty folder becomes a new, empty store.
        """
        return cls(EmbeddedStore.open(Path(folder), create=create, read_only=read_only))

    @classmethod
    def connect(cls, url: str, **options: Unpack[ConnectOptions]) -> CareerGraph:
        """Return the graph behind a SPARQL 1.1 endpoint; see :func:`careerkg.remote.connect` for options.

        Raises StoreError if nobody answers there, or not SPARQL.
        """
        from careerkg.remote import connect

        return cls(connect(url, **options))

    @classmethod
    def from_files(cls, *paths: str | Path) -> CareerGraph:
        """Return a graph in memory of RDF files, and of nothing else. Raises RdfSyntaxError or StoreError."""
        graph = cls(EmbeddedStore.in_memory())
        graph.load(*paths)
        return graph

    def with_files(self, *paths: str | Path) -> CareerGraph:
        """Return a copy in memory with RDF files added; this graph stays as it is."""
        return self._with(CareerGraph.from_files(*paths))

    def _with(self, other: CareerGraph) -> CareerGraph:
        """Return a copy in memory with all of another graph added."""
        import pyoxigraph as ox

        inner = ox.Store()
        inner.bulk_extend(self.store.quads())
        inner.bulk_extend(other.store.quads())
        return CareerGraph(EmbeddedStore(inner), prefixes={**self.prefixes, **other.prefixes})

    def load(self, *paths: str | Path) -> None:
        """Add RDF files, all of them or none. Raises RdfSyntaxError, StoreError or UpdateRefused."""
        self.prefixes |= self.store.load([Path(path) for path in paths])

    def __len__(self) -> int:
        """Return the number of triples of the default graph, the merge of everything."""
        return len(self.store)

    def __repr__(self) -> str:
        """Return where the graph is, how much it holds and whether it can be changed; always quick."""
        return f"CareerGraph({self.store!r})"

    # ---- Questions --------------------------------------------------------------------------

    def query(self, sparql: str, **bindings: Any) -> QueryResult:
        """Run a SPARQL 1.1 query on the merge of everything; ``GRAPH`` reaches what each passage says.

        The prefixes of careerkg and those that loaded files declare need no declaration. Keyword arguments
        fix variables of the query that are in its SELECT clause: Oxigraph or rdflib terms, or texts.
        Raises QuerySyntaxError with line and column, or UpdateRefused for an update.
        """
        from careerkg.results import QueryResult, to_oxigraph

        raw = self.store.query(
            sparql,
            prefixes=self.prefixes,
            bindings={name: to_oxigraph(value) for name, value in bindings.items()} if bindings else None,
        )
        return QueryResult(raw, self.prefixes)

    def update(self, sparql: str) -> None:
        """Run a SPARQL 1.1 update. Raises UpdateRefused where the graph is read-only: the bundled one is."""
        self.store.update(sparql, prefixes=self.prefixes)

    @property
    def dataset(self) -> rdflib.Dataset:
        """The same store as an rdflib Dataset, without a copy: what is changed there is changed here.

        A read-only graph refuses changes there, too, with UpdateRefused. Raises TypeError for a store that
        is not embedded.
        """
        if not isinstance(self.store, EmbeddedStore):
            raise TypeError("only an embedded store can be seen as an rdflib Dataset")
        import rdflib
        from oxrdflib import OxigraphStore

        class ReadOnly(OxigraphStore):
            """Refuses whatever changes the store."""

            def refuse(self, *_: Any, **__: Any) -> None:
                """Raise UpdateRefused."""
                raise UpdateRefused("this graph is read-only: nothing can be changed")

            add = addN = remove = update = remove_graph = refuse  # noqa: N815 - rdflib's names

        kind = OxigraphStore if self.store.writable else ReadOnly
        dataset = rdflib.Dataset(store=kind(store=self.store.inner))
        for prefix, namespace in self.prefixes.items():
            dataset.bind(prefix, namespace)
        return dataset

    def resolve(self, name: str, *, among: Collection[str] = ()) -> str:
        """Return the IRI that a name stands for: CURIE or IRI, slug, code, label, in this order.

        ``among`` are IRIs of classes whose instances win where a name is ambiguous.
        Raises UnknownName with suggestions, or AmbiguousName with the candidates.
        """
        from careerkg.names import resolve

        return resolve(self.store, name, prefixes=self.prefixes, among=among, finder=self._finder())

    def describe(self, name: str) -> Entity:
        """Return a thing, all that is said of it and what refers to it. Raises NameResolutionError."""
        from careerkg.entities import describe

        return describe(self.store, self.resolve(name), self.prefixes)

    def search(self, text: str, *, kind: str | None = None, limit: int = 20) -> list[Hit]:
        """Return what matches words, the best first; ``kind`` is the name of a class, such as Credential."""
        return self._index().search(text, kind=kind, limit=limit)

    def complete(self, text: str, *, kind: str | None = None, limit: int = 20) -> list[Hit]:
        """Return what matches words of which the last may be just begun, as :meth:`search` does."""
        return self._index().complete(text, kind=kind, limit=limit)

    def kinds(self) -> list[str]:
        """Return the classes, by local name, that something in the graph is of: what narrows a search."""
        return self._index().kinds()

    def _finder(self) -> Index | None:
        """Return the index of a large graph if there is one already: it finds names at once."""
        if isinstance(self.store, EmbeddedStore) and self.store.beside("search.sqlite") is not None:
            from careerkg.search import existing_index

            state = self.store.state()
            if self._indexed is None or self._indexed[0] != state:
                found = existing_index(self.store)
                self._indexed = None if found is None else (state, found)
        if self._indexed is None or self._indexed[0] != self.store.state():
            return None
        return self._indexed[1] if self._indexed[1].is_large else None

    def _index(self) -> Index:
        """Return the full-text index of the graph as it is now."""
        from careerkg.search import open_index

        state = self.store.state()
        if self._indexed is None or self._indexed[0] != state:
            self._indexed = (state, open_index(self.store))
        return self._indexed[1]

    def why(self, subject: str, property_: str | None = None, value: str | None = None) -> list[Evidence]:
        """Return who says what about a subject, the newest source first; empty if nobody does.

        ``property_`` is a CURIE, an IRI or the bare name of one of our terms; ``value`` a name, or the text
        of a literal. Raises UnknownName or AmbiguousName.
        """
        from careerkg import provenance
        from careerkg.names import resolve_property

        iri = self.resolve(subject)
        predicate = (
            None if property_ is None else resolve_property(self.store, property_, prefixes=self.prefixes)
        )
        found = provenance.why(self.store, iri, predicate)
        if value is None:
            return found
        literal = [evidence for evidence in found if evidence.value == value]
        if literal:
            return literal
        wanted = self.resolve(value)
        return [evidence for evidence in found if evidence.value == wanted]

    def stats(self) -> Stats:
        """Return the counts of triples, passages, entities, properties, and sources with licences."""
        from careerkg.statistics import stats

        return stats(self.store)

    @cached_property
    def examples(self) -> Mapping[str, str]:
        """The example queries that come with careerkg: their texts by name."""
        return {name: query for name, _, query in example_queries()}

    # ---- Routes -----------------------------------------------------------------------------

    def routes(
        self,
        goal: str,
        holding: Collection[str] = (),
        *,
        objective: Objective = "time",
        alternatives: int = 1,
        pareto: bool = False,
        deadline: float | None = None,
        **conditions: Unpack[Conditions],
    ) -> Routes:
        """Return the best plans from what is held to a goal: iterate, ``.best``, ``.best.as_graph()``.

        ``alternatives`` plans, the best by ``objective`` first, or with ``pareto`` all that none beats in
        both time and cost. ``deadline`` is in seconds: the best so far, with a proven bound, is returned
        when it passes. ``conditions`` are those of :class:`careerkg.routes.RouteOptions`, with names for
        IRIs. Raises NameResolutionError, MalformedValue or RouteError.

        >>> from careerkg import CareerGraph
        >>> routes = CareerGraph().routes("rhit", holding=["high-school-diploma"])
        >>> routes.status, [step.label for step in routes.best.steps][-1]
        ('optimal', 'Registered Health Information Technician')
        """
        from careerkg.routes import find_routes

        return find_routes(
            self.store,
            self.item(goal),
            self._items(holding),
            objective=objective,
            alternatives=alternatives,
            pareto=pareto,
            options=self._options(conditions),
            deadline=deadline,
        )

    def routes_many(
        self,
        goal: str,
        holdings: Iterable[Collection[str]],
        *,
        objective: Objective = "time",
        **conditions: Unpack[Conditions],
    ) -> Iterator[HolderRoute]:
        """Yield the best route of each of many holders, in their order, over one compiled graph."""
        from careerkg.routes import routes_many

        known: dict[str, str] = {}

        def items(names: Collection[str]) -> list[str]:
            for name in names:
                if name not in known:
                    known[name] = self.item(name)
            return [known[name] for name in names]

        return routes_many(
            self.store,
            self.item(goal),
            map(items, holdings),
            objective=objective,
            options=self._options(conditions),
        )

    def missing(
        self,
        goal: str,
        holding: Collection[str] = (),
        *,
        limit: int | None = 100,
        deadline: float | None = None,
        **conditions: Unpack[Conditions],
    ) -> Missing:
        """Return the minimal sets of entry items that one would have to bring, the smallest first."""
        from careerkg.routes import missing

        return missing(
            self.store,
            self.item(goal),
            self._items(holding),
            limit=limit,
            deadline=deadline,
            options=self._options(conditions),
        )

    def reachable(
        self, holding: Collection[str] = (), **conditions: Unpack[Conditions]
    ) -> tuple[Reachable, ...]:
        """Return everything that can be attained from what is held, with the shortest time in days."""
        from careerkg.routes import reachable

        return reachable(self.store, self._items(holding), options=self._options(conditions))

    def unlocks(
        self,
        item: str,
        *,
        hops: int | None = None,
        holding: Collection[str] = (),
        **conditions: Unpack[Conditions],
    ) -> tuple[Unlocked, ...]:
        """Return what an item newly opens, in so many hops or in any number of them."""
        from careerkg.routes import unlocks

        return unlocks(
            self.store,
            self.item(item),
            hops=hops,
            holding=self._items(holding),
            options=self._options(conditions),
        )

    def lint(self, as_of: date | None = None) -> tuple[Finding, ...]:
        """Return what is wrong or doubtful in the conditions: cycles, contradictions, dead ends."""
        from careerkg.routes import lint

        return lint(self.store, as_of)

    def check_plan(self, plan: Mapping[str, Any], **conditions: Unpack[Conditions]) -> list[str]:
        """Return what is wrong with a plan, the JSON of ``careerkg route``, found without the solver."""
        from careerkg.routes import check_plan

        return check_plan(self.store, plan, options=self._options(conditions))

    def item(self, name: str) -> str:
        """Return the IRI of something that a person can attain, or of a condition.

        Of several things of one name, the one that can be attained is taken. Raises NameResolutionError, and
        RouteError for what cannot be attained, such as an organization; a thing without a class may be.
        """
        from careerkg.items import check_item

        iri = self.resolve(name, among=ITEM_CLASSES)
        check_item(self.store, iri, self.prefixes)
        return iri

    def _items(self, names: Collection[str]) -> list[str]:
        """Return the IRIs of items. Raises TypeError for a bare text."""
        return [self.item(name) for name in _several(names)]

    def _options(self, conditions: Conditions) -> RouteOptions:
        """Return the options of a route, names resolved."""
        from careerkg.routes import RouteOptions

        named: dict[str, Any] = dict(conditions)
        if "exclude" in named:
            named["exclude"] = tuple(self._items(named["exclude"]))
        if "jurisdiction" in named:
            named["jurisdiction"] = tuple(map(self.place, _several(named["jurisdiction"])))
        if "strengths" in named:
            named["strengths"] = tuple(map(self.strength, _several(named["strengths"])))
        return RouteOptions(**named)

    def place(self, name: str) -> str:
        """Return the IRI of a place, maybe one that no demand mentions. Raises NameResolutionError."""
        from careerkg.names import resolve_place

        return self._full(name) or resolve_place(
            self.store, name, prefixes=self.prefixes, finder=self._finder()
        )

    def strength(self, name: str) -> str:
        """Return the concept of a strength of demand: ``law``, ``strength:law`` or its IRI.

        Raises UnknownName for a bare name that is none.
        """
        from careerkg.routes.compile import STRENGTHS, strength_of

        full = self._full(name)
        if full is None and strength_of(name) not in STRENGTHS:
            raise UnknownName(name, sorted(STRENGTHS))
        return full or mint("strength", strength_of(name))

    def _full(self, name: str) -> str | None:
        """Return the IRI that a name is, or is short for, be it in the graph or not; else None."""
        return expand(name, self.prefixes) or (name if is_iri(name) else None)

    # ---- Validation -------------------------------------------------------------------------

    def validate(
        self,
        *files: str | Path,
        shapes: Collection[str | Path] = (),
        focus: Collection[str] | None = None,
        shape: Collection[str] | None = None,
        severity: Severity = "info",
        limit_per_shape: int | None = None,
        changed: Collection[str] | None = None,
    ) -> Report:
        """Return the SHACL report on the graph, or on files together with it.

        With ``files`` only what they speak of is reported; with ``changed``, names or ``_:id`` of nodes,
        only what a change of them can affect. ``shapes`` are used instead of those that come with careerkg.
        Raises ShapesError, RdfSyntaxError or NameResolutionError.
        """
        from careerkg.validation import as_term, load_shapes, store_terms, validate

        graph, terms = self, None
        if files:
            own = CareerGraph.from_files(*files)
            graph, terms = self._with(own), store_terms(own.store)
        elif not shapes and changed is None and not self.query(f"ASK {{ <{ONTOLOGY}> a owl:Ontology }}"):
            # Data of one's own: our shapes need the vocabulary, of which nothing is to be reported.
            graph, terms = self.with_files(*resources.ontology_files()), store_terms(self.store)
        if focus is not None:
            named = frozenset(name if name.startswith("_:") else graph.resolve(name) for name in focus)
            terms = named if terms is None else terms & named
        return validate(
            graph.store,
            load_shapes([Path(path) for path in shapes]) if shapes else _bundled_shapes(),
            focus=terms,
            shape=None if shape is None else [expand(name, graph.prefixes) or name for name in shape],
            severity=severity,
            limit_per_shape=limit_per_shape,
            changed=None
            if changed is None
            else [as_term(n if n.startswith("_:") or is_iri(n) else graph.resolve(n)) for n in changed],
        )

    # ---- Out ----------------------------------------------------------------------------------

    def export(self, path: str | Path, format: str | None = None, **options: Any) -> None:
        """Write the graph to a file, whole or not at all; the format follows the file's ending if not given.

        See :func:`careerkg.export.write` for formats and options. Raises FormatError or OutputError.
        """
        from careerkg.export import write

        write(self.store, Path(path), format, prefixes=self.prefixes, **options)

    def to_networkx(self, *, terms: bool = False) -> networkx.MultiDiGraph:
        """Return the graph for networkx, with classes and properties if ``terms`` is set.

        Nodes are IRIs with label and kind, edges carry their property: :func:`careerkg.export.to_networkx`.
        """
        from careerkg.export import to_networkx

        return to_networkx(self.store, terms=terms, prefixes=self.prefixes)


def _several(names: Collection[str]) -> Collection[str]:
    """Return names. Raises TypeError for a bare text: it would be read by letters."""
    if isinstance(names, str):
        raise TypeError(f"a collection of names is needed, not the text {names!r}")
    return names


@cache
def _bundled_shapes() -> Shapes:
    """Return the shapes that come with careerkg, read once."""
    from careerkg.validation import trusted_shapes

    return trusted_shapes([*resources.shapes_files(), *resources.dataset_shapes_files()])
