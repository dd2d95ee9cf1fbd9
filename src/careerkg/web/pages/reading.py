"""Look-ups for pages: labels, classes and citations, each read once for a state of the store.

A page shows some hundred things by name. Each name is two or three look-ups in the store's indexes; what was
looked up is kept, up to a bound, until the store changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar, cast

import pyoxigraph as ox

from careerkg.entities import words
from careerkg.provenance import cite, text
from careerkg.store import Store, Term
from careerkg.vocabulary import CKG, DCTERMS, ID, RDF, RDFS, SKOS, SOURCE, compact, local_name
from careerkg.web.pages.addresses import path_of

__all__ = ["Citation", "Node", "Reader", "least_text", "node_of", "prefix_of"]

Node = ox.NamedNode | ox.BlankNode
_T = TypeVar("_T")

_DEFAULT = ox.DefaultGraph()
_LABELS = (RDFS.label, SKOS.prefLabel, DCTERMS.title)
_SUBCLASS = ox.NamedNode(RDFS.subClassOf)
_PLAIN_NAMES = {
    SKOS.altLabel: "also called",
    SKOS.hiddenLabel: "also searched as",
    SKOS.notation: "code",
    SKOS.inScheme: "belongs to",
    SKOS.broader: "part of",
    SKOS.exactMatch: "same as, elsewhere",
    SKOS.closeMatch: "nearly the same, elsewhere",
    SKOS.broadMatch: "broader, elsewhere",
    SKOS.narrowMatch: "narrower, elsewhere",
    SKOS.relatedMatch: "related, elsewhere",
    SKOS.scopeNote: "note",
    SKOS.editorialNote: "editor's note",
    DCTERMS.isPartOf: "part of",
    RDFS.comment: "remark",
}
"""What SKOS and its kin call in the words of their trade."""

_KEPT = 60_000
"""How many entries each memory holds before it is emptied: some ten megabytes."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A passage or a release, as a note below a page names it. Offsets count Unicode code points."""

    href: str
    title: str
    section: str | None
    publisher: str | None
    issued: str | None
    start: int | None
    end: int | None
    url: str | None


class Reader:
    """Reads one state of a store; safe to use from several threads."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._labels: dict[str, str | None] = {}
        self._kinds: dict[str, str] = {}
        self._wider: dict[str, frozenset[str]] = {}
        self._citations: dict[str, Citation] = {}
        self._values: dict[str, dict[str, list[Term]]] = {}
        self.remembered = cast(Store, _Remembered(self))
        """The store, for functions that look at one node several times: what was read of it is kept."""

    def label(self, iri: str) -> str:
        """Return the English name of a thing, else one in another language, else its CURIE or IRI."""
        return self.known_label(iri) or compact(iri)

    def known_label(self, iri: str) -> str | None:
        """Return the name of a thing, None if it has none."""
        try:
            return self._labels[iri]
        except KeyError:
            found = self._read_label(iri)
            _keep(self._labels, iri, found)
            return found

    def _read_label(self, iri: str) -> str | None:
        node = node_of(iri)
        if node is None:
            return None
        best: tuple[int, str] | None = None
        for property_ in _LABELS:
            for value in self.objects(node, property_):
                if isinstance(value, ox.Literal):
                    rank = {"en": 0, None: 1}.get(value.language, 2)
                    best = min(best or (9, ""), (rank, value.value))
            if best is not None and best[0] < 2:
                break
        if best is None and iri.startswith(str(SOURCE)):
            return self._passage_label(node)
        return None if best is None else best[1]

    def _passage_label(self, node: ox.NamedNode) -> str | None:
        """Return what a passage is called: its section, and where in the text it is."""
        values = self.values(node)
        section, start, end = (
            least_text(values, property_) for property_ in (CKG.section, CKG.startOffset, CKG.endOffset)
        )
        if section is None or start is None or end is None:
            return section
        return f"{section}, characters {int(start):,} to {int(end):,}"

    def property_label(self, iri: str) -> str:
        """Return the name of a property in words."""
        return _PLAIN_NAMES.get(iri) or self.known_label(iri) or words(local_name(iri))

    def kind(self, node: Node) -> str:
        """Return the local name of the most specific class of a thing, ours first; else ``Thing``."""
        key = str(node)
        known = self._kinds.get(key)
        if known is None:
            known = self._read_kind(node)
            _keep(self._kinds, key, known)
        return known

    def _read_kind(self, node: Node) -> str:
        types = {term.value for term in self.objects(node, RDF.type) if isinstance(term, ox.NamedNode)}
        if len(types) > 1:
            types -= {wider for one in types for wider in self.wider(one)}
        ours = [one for one in types if one.startswith(str(CKG))]
        return min(map(local_name, ours or types), default="Thing")

    def wider(self, class_: str) -> frozenset[str]:
        """Return the direct superclasses of a class that have names."""
        if class_ not in self._wider:
            quads = self.store.quads(ox.NamedNode(class_), _SUBCLASS, None, _DEFAULT)
            self._wider[class_] = frozenset(
                q.object.value for q in quads if isinstance(q.object, ox.NamedNode)
            )
        return self._wider[class_]

    def is_a(self, kind: str, *wanted: str) -> bool:
        """Tell whether a class of ours, by local name, is one of others or below one of them."""
        waiting, seen = [f"{CKG}{kind}"], set()
        targets = {f"{CKG}{one}" for one in wanted}
        while waiting:
            one = waiting.pop()
            if one in targets:
                return True
            if one not in seen:
                seen.add(one)
                waiting.extend(self.wider(one))
        return False

    def kind_label(self, kind: str) -> str:
        """Return the name of a class in words, such as ``occupation``."""
        return self.known_label(f"{CKG}{kind}") or words(kind)

    def values(self, node: Node) -> dict[str, list[Term]]:
        """Return the values of a node by property, from the merge of everything; not to be changed."""
        key = str(node)
        found = self._values.get(key)
        if found is None:
            found = {}
            for quad in self.store.quads(node, None, None, _DEFAULT):
                found.setdefault(quad.predicate.value, []).append(quad.object)
            _keep(self._values, key, found, _KEPT // 20)
        return found

    def said(self, node: Node, limit: int) -> tuple[dict[str, list[Term]], dict[tuple[str, Term], list[str]]]:
        """Return the values of a node by property, and the passages that state each of them."""
        values: dict[str, list[Term]] = {}
        passages: dict[tuple[str, Term], list[str]] = {}
        for quad in islice(self.store.quads(node, None, None, None), limit):
            if isinstance(quad.graph_name, ox.NamedNode):
                passages.setdefault((quad.predicate.value, quad.object), []).append(quad.graph_name.value)
            else:
                values.setdefault(quad.predicate.value, []).append(quad.object)
        _keep(self._values, str(node), values, _KEPT // 20)
        return values, passages

    def objects(self, node: Node, property_: str) -> list[Term]:
        """Return the values of one property of a node."""
        known = self._values.get(str(node))
        if known is not None:
            return known.get(property_, [])
        return [quad.object for quad in self.store.quads(node, ox.NamedNode(property_), None, _DEFAULT)]

    def subjects(self, property_: str, node: Term, limit: int) -> Iterator[Node]:
        """Yield up to so many of the things that have a node as value of a property."""
        quads = self.store.quads(None, ox.NamedNode(property_), node, _DEFAULT)
        for quad in islice(quads, limit):
            if isinstance(quad.subject, Node):
                yield quad.subject

    def releases(self, node: Node) -> list[str]:
        """Return what a node gives as its source: the tables of releases that it comes from."""
        terms = self.objects(node, DCTERMS.source)
        return sorted(term.value for term in terms if isinstance(term, ox.NamedNode))

    def passages(self, node: Node) -> list[str]:
        """Return the passages that say something of a node."""
        graphs = {
            q.graph_name.value
            for q in self.store.quads(node, None, None, None)
            if isinstance(q.graph_name, ox.NamedNode)
        }
        return sorted(graphs)

    def cite(self, iri: str) -> Citation:
        """Return how a passage or release is cited."""
        known = self._citations.get(iri)
        if known is None:
            evidence = cite(self.store, iri, "", "", "")
            known = Citation(
                href=path_of(iri),
                # A table of a release has a title of its own, a passage has that of its document.
                title=(None if evidence.section else self.known_label(iri))
                or evidence.title
                or compact(evidence.source or iri),
                section=evidence.section,
                publisher=evidence.publisher,
                issued=evidence.issued,
                start=evidence.start,
                end=evidence.end,
                url=evidence.url,
            )
            _keep(self._citations, iri, known)
        return known

    def known(self, node: Node) -> bool:
        """Tell whether the graph says anything of a node or mentions it, as a property or passage, too."""
        store = self.store
        return any(
            next(iter(quads), None) is not None
            for quads in (
                store.quads(node, None, None, None),
                store.quads(None, None, node, None),
                *(
                    (store.quads(None, node, None, None), store.quads(None, None, None, node))
                    if isinstance(node, ox.NamedNode)
                    else ()
                ),
            )
        )


class _Remembered:
    """A store that answers what is said of a node from the reader's memory, and all else itself."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def quads(
        self,
        subject: Node | None = None,
        predicate: ox.NamedNode | None = None,
        object: Term | None = None,
        graph: ox.NamedNode | ox.BlankNode | ox.DefaultGraph | None = None,
    ) -> Iterator[ox.Quad]:
        """Return the quads that match."""
        if subject is None or object is not None or graph != _DEFAULT:
            return self._reader.store.quads(subject, predicate, object, graph)
        values = self._reader.values(subject)
        chosen = (
            values.items() if predicate is None else ((predicate.value, values.get(predicate.value, ())),)
        )
        return (
            ox.Quad(subject, ox.NamedNode(property_), term, _DEFAULT)
            for property_, terms in chosen
            for term in terms
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader.store, name)


def _keep(memory: dict[str, _T], key: str, value: _T, most: int = _KEPT) -> None:
    if len(memory) >= most:
        memory.clear()
    memory[key] = value


def node_of(iri: str) -> ox.NamedNode | None:
    """Return an IRI as a node, None if it is no well-formed IRI."""
    try:
        return ox.NamedNode(iri)
    except ValueError:
        return None


def least_text(values: Mapping[str, list[Term]], property_: str) -> str | None:
    """Return the least of the values of a property as text, None if there is none."""
    return min((text(value) for value in values.get(property_, ())), default=None)


def prefix_of(iri: str) -> str:
    """Return the kind in one of our IRIs (``id/<kind>/…``), empty for others."""
    rest = iri.removeprefix(str(ID))
    return "" if rest == iri else rest.partition("/")[0]
