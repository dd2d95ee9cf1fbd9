"""Who says so: the passages of sources that state a fact, with rank and reason.

Passages come first (a named graph is what one passage says); a fact in no passage is answered by what its
subject or object, an imported entity or observation, gives as ``dcterms:source``. What a source says and
another disputes is a ``ckg:Claim``: it is told, too, with its rank, although the triple does not stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from careerkg.model import Evidence
from careerkg.store import Store, Term
from careerkg.vocabulary import CKG, DCTERMS, local_name

__all__ = ["citation", "cite", "cite_all", "text", "why"]

_RANKS = {"preferred": 0, "normal": 1, "deprecated": 2}
_Place = tuple[str, str, str, str]


def why(
    store: Store, subject: str, property_: str | None = None, value: Term | None = None
) -> list[Evidence]:
    """Return who says what about a subject, for one property and one value or for all of them.

    The newest source comes first, undated ones last; among equals the preferred rank comes first.
    """
    node = ox.NamedNode(subject)
    predicate = None if property_ is None else ox.NamedNode(property_)
    ranks: dict[_Place, tuple[str, str | None]] = {}
    for graph, claimed_property, claimed_value, rank, reason in _claims(store, node):
        if (property_ is None or claimed_property == property_) and (
            value is None or claimed_value == text(value)
        ):
            ranks[(graph, subject, claimed_property, claimed_value)] = (rank, reason)
    unsaid: dict[tuple[str, str], tuple[ox.Quad, bool]] = {}
    quads = list(store.quads(node, predicate, value, None))
    store.prefetch(quad.object for quad in quads)
    for quad in quads:
        if isinstance(quad.object, ox.Triple):
            continue
        key = (quad.predicate.value, str(quad.object))
        if isinstance(quad.graph_name, ox.NamedNode):
            place = (quad.graph_name.value, subject, quad.predicate.value, text(quad.object))
            ranks.setdefault(
                place, _rank_of_node(store, quad.object) or _rank_of_node(store, node) or ("normal", None)
            )
            unsaid[key] = (quad, True)
        else:
            unsaid.setdefault(key, (quad, False))
    _prefetch_passages(store, [graph for graph, *_ in ranks])
    found = [cite(store, *place, rank=rank, reason=reason) for place, (rank, reason) in ranks.items()]
    for quad, said in unsaid.values():
        if not said:
            found.extend(_from_bulk(store, quad))
    return sorted(found, key=_newest_first)


def cite(
    store: Store,
    graph: str,
    subject: str,
    property_: str,
    value: str,
    *,
    rank: str = "normal",
    reason: str | None = None,
) -> Evidence:
    """Return the evidence that a passage, or a source without passages, gives for a statement."""
    passage = ox.NamedNode(graph)
    part_of = _first(store, passage, DCTERMS.isPartOf)
    source = graph if part_of is None else part_of
    document = ox.NamedNode(source)
    start, end = _first(store, passage, CKG.startOffset), _first(store, passage, CKG.endOffset)
    return Evidence(
        graph=graph,
        source=source,
        title=_first(store, document, DCTERMS.title),
        section=_first(store, passage, CKG.section),
        start=None if start is None else int(start),
        end=None if end is None else int(end),
        issued=_first(store, document, DCTERMS.issued),
        rank=rank,
        reason=reason,
        publisher=_first(store, document, DCTERMS.publisher),
        url=_first(store, passage, CKG.url) or _first(store, document, CKG.url),
        sha256=_first(store, document, CKG.sha256),
        subject=subject,
        property=property_,
        value=value,
    )


def cite_all(store: Store, places: Iterable[_Place]) -> Iterator[Evidence]:
    """Yield the evidence of several passages: graph, subject, property and value of each."""
    places = list(places)
    _prefetch_passages(store, [graph for graph, *_ in places])
    for place in places:
        yield cite(store, *place)


def _prefetch_passages(store: Store, graphs: Iterable[str]) -> None:
    """Have passages and their sources read at once."""
    passages = [ox.NamedNode(graph) for graph in dict.fromkeys(graphs)]
    store.prefetch(passages)
    store.prefetch(
        quad.object
        for passage in passages
        for quad in store.quads(passage, ox.NamedNode(DCTERMS.isPartOf), None, ox.DefaultGraph())
    )


def citation(source: Evidence) -> str:
    """Return a source as a person cites it: title, publisher, date, section, place in the text."""
    parts = [source.title or source.source or source.graph]
    if source.publisher:
        parts.append(source.publisher)
    if source.issued:
        parts.append(source.issued)
    if source.section:
        parts.append(f"“{source.section}”")
    if source.start is not None:
        parts.append(f"characters {source.start} to {source.end}")
    return ", ".join(parts)


def text(term: Term) -> str:
    """Return a term as JSON gives it: an IRI, ``_:id``, or the text of a literal."""
    if isinstance(term, ox.NamedNode | ox.Literal):
        return term.value
    return str(term)


def _newest_first(evidence: Evidence) -> tuple[tuple[int, ...], int, str, str, str]:
    """Return the sort key of evidence: date descending with the undated last, rank, then IRIs."""
    issued = evidence.issued or ""
    descending = tuple(-ord(character) for character in issued) or (0,)
    return (descending, _RANKS.get(evidence.rank, 1), evidence.graph, evidence.property, evidence.value)


def _claims(store: Store, subject: ox.NamedNode) -> Iterator[tuple[str, str, str, str, str | None]]:
    """Yield graph, property, value, rank and reason of every claim about a subject."""
    quads = list(store.quads(None, ox.NamedNode(CKG.claimSubject), subject, None))
    store.prefetch(quad.subject for quad in quads)
    for quad in quads:
        claim = quad.subject
        if not isinstance(quad.graph_name, ox.NamedNode) or isinstance(claim, ox.Triple):
            continue
        property_, value = _first(store, claim, CKG.claimProperty), _first(store, claim, CKG.claimObject)
        if property_ is not None and value is not None:
            rank, reason = _rank_of_node(store, claim) or ("normal", None)
            yield quad.graph_name.value, property_, value, rank, reason


def _rank_of_node(store: Store, node: Term) -> tuple[str, str | None] | None:
    """Return rank and reason of a statement that is a node (a claim, figure, cost), if it has any."""
    if not isinstance(node, ox.NamedNode | ox.BlankNode):
        return None
    rank = _first(store, node, CKG.rank)
    return None if rank is None else (local_name(rank), _first(store, node, CKG.rankReason))


def _from_bulk(store: Store, quad: ox.Quad) -> Iterable[Evidence]:
    """Yield the sources that the subject of a triple, or its object, gives for itself."""
    for end in (quad.object, quad.subject):
        if isinstance(end, ox.NamedNode | ox.BlankNode):
            sources = [
                source.object.value
                for source in store.quads(end, ox.NamedNode(DCTERMS.source), None, ox.DefaultGraph())
                if isinstance(source.object, ox.NamedNode)
            ]
            if sources:
                rank, reason = _rank_of_node(store, end) or ("normal", None)
                for source in sorted(sources):
                    subject = text(quad.subject)
                    yield cite(
                        store,
                        source,
                        subject,
                        quad.predicate.value,
                        text(quad.object),
                        rank=rank,
                        reason=reason,
                    )
                return


def _first(store: Store, subject: ox.NamedNode | ox.BlankNode, property_: str) -> str | None:
    """Return the least value of a property as text, or None."""
    quads = store.quads(subject, ox.NamedNode(property_), None, ox.DefaultGraph())
    return min((text(quad.object) for quad in quads), default=None)
