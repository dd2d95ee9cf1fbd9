"""Labels, kinds, texts and sources of the few nodes that an answer shows, in few reads of the store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pyoxigraph as ox

from careerkg.routes.facts import term_name
from careerkg.store import Store
from careerkg.vocabulary import CKG, DCTERMS, ONTOLOGY, RDF, RDFS, SKOS, local_name

__all__ = ["Descriptions"]

GENERAL = {"Prerequisite": 0, "Item": 1, "Credential": 2, "Work": 2}
"""Classes that others specialize; the rest of the vocabulary's item classes are leaves."""


@dataclass(slots=True)
class _Node:
    """The statements about a node: by property, the objects; by property and object, the graphs."""

    objects: dict[str, list[ox.NamedNode | ox.BlankNode | ox.Literal]] = field(default_factory=dict)
    graphs: dict[tuple[str, str], set[str]] = field(default_factory=dict)


class Descriptions:
    """What a store says about nodes, read once for each."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._nodes: dict[str, _Node] = {}

    def read(self, names: Iterable[str]) -> None:
        """Read the statements about all the given nodes that are not read yet."""
        new = [name for name in dict.fromkeys(names) if name not in self._nodes]
        for name in new:
            self._nodes[name] = _Node()
        subjects = [ox.BlankNode(name[2:]) if name.startswith("_:") else ox.NamedNode(name) for name in new]
        self._store.prefetch(subjects)
        for name, subject in zip(new, subjects, strict=True):
            for quad in self._store.quads(subject):
                graph = quad.graph_name
                self._add(
                    name,
                    quad.predicate.value,
                    quad.object,
                    graph.value if isinstance(graph, ox.NamedNode) else None,
                )

    def _add(self, name: str, predicate: str, value: object, graph: str | None) -> None:
        node = self._nodes[name]
        assert isinstance(value, ox.NamedNode | ox.BlankNode | ox.Literal)
        if graph is None:
            node.objects.setdefault(predicate, []).append(value)
        else:
            node.graphs.setdefault((predicate, term_name(value)), set()).add(graph)

    def texts(self, name: str, predicate: str) -> list[str]:
        """Return the texts of a property, English and untagged ones first."""
        self.read([name])
        literals = [
            value for value in self._nodes[name].objects.get(predicate, ()) if isinstance(value, ox.Literal)
        ]
        literals.sort(key=lambda value: (not (value.language or "en").startswith("en"), value.value))
        return [value.value for value in literals]

    def label(self, name: str) -> str:
        """Return the label of a node, or what stands at the end of its IRI."""
        for predicate in (RDFS.label, SKOS.prefLabel, DCTERMS.title):
            texts = self.texts(name, predicate)
            if texts:
                return texts[0]
        wholes = self._nodes[name].objects.get(DCTERMS.isPartOf, ())
        if wholes:
            # A passage: its source and the heading it stands under.
            return ", ".join([self.label(term_name(wholes[0])), *self.texts(name, CKG.section)[:1]])
        return self._nameless(name) if name.startswith("_:") else local_name(name) or name

    def _nameless(self, name: str) -> str:
        """Return what a blank node without a label is: its hours and its role, or its class."""
        roles = [
            value
            for value in self._nodes[name].objects.get(CKG.inRole, ())
            if isinstance(value, ox.NamedNode)
        ]
        parts = [f"{hours} hours" for hours in self.texts(name, CKG.hours)[:1]]
        parts += [f"as {self.label(role.value)}" for role in roles[:1]]
        if parts:
            return " ".join(parts)
        kind = self.kind(name)
        return "unnamed" if kind == "Item" else f"unnamed {kind}"

    def labels(self, names: Iterable[str]) -> dict[str, str]:
        """Return the labels of several nodes by name."""
        names = tuple(dict.fromkeys(names))
        self.read(names)
        return {name: self.label(name) for name in names}

    def short(self, name: str) -> str:
        """Return the abbreviation of a node, or its label."""
        return next(iter(self.texts(name, CKG.abbreviation)), None) or self.label(name)

    def text(self, name: str) -> str:
        """Return what a condition says: its comment, or its label."""
        return " ".join((next(iter(self.texts(name, RDFS.comment)), None) or self.label(name)).split())

    def kind(self, name: str) -> str:
        """Return the local name of the most specific class of a node."""
        self.read([name])
        types = sorted(term_name(value) for value in self._nodes[name].objects.get(RDF.type, ()))
        ours = [local_name(iri) for iri in types if iri.startswith(ONTOLOGY + "#")]
        if ours:
            return max(ours, key=lambda kind: GENERAL.get(kind, 3))
        return local_name(types[0]) if types else "Item"

    def graphs(self, name: str, predicate: str, *values: str) -> set[str]:
        """Return the graphs that hold a statement about a node; with no values, any of that property."""
        self.read([name])
        return {
            graph
            for (property_, value), graphs in self._nodes[name].graphs.items()
            if property_ == predicate and (not values or value in values)
            for graph in graphs
        }

    def sources(self, name: str) -> set[str]:
        """Return what a node names as its source."""
        self.read([name])
        return {term_name(value) for value in self._nodes[name].objects.get(DCTERMS.source, ())}
