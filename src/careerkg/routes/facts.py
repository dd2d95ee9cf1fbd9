"""What a store says about items and their conditions, as small integers.

Nothing is decided here: ranks, dates, strengths and places are only read. The default graph is the merge
of everything, so it alone is read.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pyoxigraph as ox

from careerkg.store import EmbeddedStore, Store
from careerkg.vocabulary import CKG, RDF

__all__ = ["ALL", "ANY", "AT_LEAST", "FREE", "REQUIREMENT", "Facts", "read_facts", "term_name"]

ALL, ANY, AT_LEAST, FREE, REQUIREMENT = range(1, 6)

CONDITION_CLASSES = {
    CKG.AllOf: ALL,
    CKG.AnyOf: ANY,
    CKG.AtLeast: AT_LEAST,
    CKG.FreeTextCondition: FREE,
    CKG.PersonCondition: FREE,
    CKG.Requirement: REQUIREMENT,
}

Links = dict[int, list[int]]
Texts = dict[int, list[str]]


@dataclass(slots=True, eq=False)
class Facts:
    """Statements by subject. A node is the position of its IRI in ``names``; ``_:x`` names a blank node."""

    names: list[str] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)
    literals: set[int] = field(default_factory=set)
    """Texts that stand where a node should; their names begin with a quotation mark."""
    kinds: dict[int, int] = field(default_factory=dict)
    requires: Links = field(default_factory=dict)
    operand: Links = field(default_factory=dict)
    condition: Links = field(default_factory=dict)
    in_role: Links = field(default_factory=dict)
    cost: Links = field(default_factory=dict)
    jurisdiction: Links = field(default_factory=dict)
    part_of: Links = field(default_factory=dict)
    superseded_by: Links = field(default_factory=dict)
    strength: Links = field(default_factory=dict)
    rank: Links = field(default_factory=dict)
    recommends: Links = field(default_factory=dict)
    exception: Links = field(default_factory=dict)
    awards: Links = field(default_factory=dict)
    verification: Links = field(default_factory=dict)
    count: Texts = field(default_factory=dict)
    valid_from: Texts = field(default_factory=dict)
    valid_until: Texts = field(default_factory=dict)
    duration: Texts = field(default_factory=dict)
    min_duration: Texts = field(default_factory=dict)
    max_duration: Texts = field(default_factory=dict)
    hours: Texts = field(default_factory=dict)
    amount: Texts = field(default_factory=dict)
    min_amount: Texts = field(default_factory=dict)
    max_amount: Texts = field(default_factory=dict)
    currency: Texts = field(default_factory=dict)

    def node(self, name: str) -> int:
        """Return the number of a name, a new one if need be."""
        number = self.ids.get(name)
        if number is None:
            number = self.ids[name] = len(self.names)
            self.names.append(name)
        return number


LINKS = {
    CKG.requires: "requires",
    CKG.operand: "operand",
    CKG.condition: "condition",
    CKG.inRole: "in_role",
    CKG.estimatedCost: "cost",
    CKG.jurisdiction: "jurisdiction",
    CKG.partOf: "part_of",
    CKG.supersededBy: "superseded_by",
    CKG.strength: "strength",
    CKG.rank: "rank",
    CKG.recommends: "recommends",
    CKG.exception: "exception",
    CKG.awardsCredential: "awards",
    CKG.verification: "verification",
}
TEXTS = {
    CKG.count: "count",
    CKG.validFrom: "valid_from",
    CKG.validUntil: "valid_until",
    CKG.estimatedDuration: "duration",
    CKG.minDuration: "min_duration",
    CKG.maxDuration: "max_duration",
    CKG.hours: "hours",
    CKG.amount: "amount",
    CKG.minAmount: "min_amount",
    CKG.maxAmount: "max_amount",
    CKG.currency: "currency",
}


def term_name(term: object) -> str:
    """Return the name of a node: its IRI, or ``_:`` and its label; the text of a literal."""
    if isinstance(term, ox.BlankNode):
        return "_:" + term.value
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else str(term)


def read_facts(store: Store, starts: Iterable[str] = ()) -> Facts:
    """Return what a store says about items, conditions, costs and times.

    Of a store elsewhere, with ``starts``, only what these nodes depend on is read, level by level.
    """
    # Millions of small lists are made and none is garbage: looking for some meanwhile doubles the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        facts = Facts()
        for kind, statements in _statements(store, starts):
            if kind in LINKS:
                _read_links(facts, getattr(facts, LINKS[kind]), statements)
            elif kind in TEXTS:
                _read_texts(facts, getattr(facts, TEXTS[kind]), statements)
            else:
                for subject, value in statements:
                    place = facts.node(term_name(subject))
                    # Typed twice: one of the classes counts, whichever file came first.
                    number = CONDITION_CLASSES[term_name(value)]
                    facts.kinds[place] = min(number, facts.kinds.get(place, number))
        return facts
    finally:
        if collecting:
            gc.enable()


Statements = Iterable[tuple[Any, Any]]


def _read_links(facts: Facts, links: Links, statements: Statements) -> None:
    """Add links between nodes: the inner loop of reading, hence without calls."""
    ids, names = facts.ids, facts.names
    iri = ox.NamedNode
    for subject, value in statements:
        name = subject.value if type(subject) is iri else "_:" + subject.value
        place = ids.get(name)
        if place is None:
            place = ids[name] = len(names)
            names.append(name)
        name = value.value if type(value) is iri else term_name(value)
        if type(value) is ox.Literal:
            name = '"' + name
        target = ids.get(name)
        if target is None:
            target = ids[name] = len(names)
            names.append(name)
            if name[0] == '"':
                facts.literals.add(target)
        some = links.get(place)
        if some is None:
            links[place] = [target]
        else:
            some.append(target)


def _read_texts(facts: Facts, texts: Texts, statements: Statements) -> None:
    """Add literals of nodes, in the same way."""
    ids, names = facts.ids, facts.names
    iri = ox.NamedNode
    alone: dict[str, list[str]] = {}
    for subject, value in statements:
        name = subject.value if type(subject) is iri else "_:" + subject.value
        place = ids.get(name)
        if place is None:
            place = ids[name] = len(names)
            names.append(name)
        text = value.value
        some = texts.get(place)
        if some is None:
            # Few texts, many nodes: those that say the same share a list, which nobody changes.
            some = alone.get(text)
            if some is None:
                some = alone[text] = [text]
            texts[place] = some
        else:
            texts[place] = [*some, text]


def _statements(store: Store, starts: Iterable[str]) -> Iterator[tuple[str, Statements]]:
    """Yield the statements that the planner reads, (subject, object) by property."""
    if isinstance(store, EmbeddedStore):
        default = ox.DefaultGraph()
        for iri in (*LINKS, *TEXTS):
            quads = store.quads(None, ox.NamedNode(iri), None, default)
            yield iri, ((quad.subject, quad.object) for quad in quads)
        kind = ox.NamedNode(RDF.type)
        for iri in CONDITION_CLASSES:
            quads = store.quads(None, kind, ox.NamedNode(iri), default)
            yield RDF.type, ((quad.subject, quad.object) for quad in quads)
        return
    if starts:
        yield from _cone_statements(store, starts)
        return
    # One query, because labels of blank nodes may hold within one answer only.
    predicates = " ".join(f"<{iri}>" for iri in (*LINKS, *TEXTS))
    classes = " ".join(f"<{iri}>" for iri in CONDITION_CLASSES)
    rows = store.query(
        f"SELECT ?s ?p ?o WHERE {{ {{ VALUES ?p {{ {predicates} }} ?s ?p ?o }} UNION "
        f"{{ VALUES ?p {{ <{RDF.type}> }} VALUES ?o {{ {classes} }} ?s ?p ?o }} }}"
    )
    assert isinstance(rows, ox.QuerySolutions)
    found: dict[str, list[tuple[Any, Any]]] = {}
    for row in rows:
        found.setdefault(row["p"].value, []).append((row["s"], row["o"]))
    yield from found.items()


def _cone_statements(store: Store, starts: Iterable[str]) -> Iterator[tuple[str, Statements]]:
    """Yield the statements about what some nodes depend on, read level by level, each in a few queries."""
    default = ox.DefaultGraph()
    level: list[Any] = [
        ox.BlankNode(name[2:]) if name.startswith("_:") else ox.NamedNode(name) for name in starts
    ]
    seen = set(level)
    found: dict[str, list[tuple[Any, Any]]] = {}
    while level:
        store.prefetch(level)
        ends: list[Any] = []
        for node in level:
            for quad in store.quads(node, None, None, default):
                kind, value = quad.predicate.value, quad.object
                is_class = kind == RDF.type and term_name(value) in CONDITION_CLASSES
                if kind in LINKS or kind in TEXTS or is_class:
                    found.setdefault(kind, []).append((node, value))
                    if kind in LINKS:
                        ends.append(value)
        ends += _superseded(store, level)
        level = [
            end
            for end in dict.fromkeys(ends)
            if isinstance(end, ox.NamedNode | ox.BlankNode) and end not in seen
        ]
        seen.update(level)
    yield from found.items()


def _superseded(store: Store, nodes: list[Any]) -> Iterator[Any]:
    """Yield what some nodes have replaced: a name of another day."""
    named = [str(node) for node in nodes if isinstance(node, ox.NamedNode)]
    for start in range(0, len(named), 500):
        values = " ".join(named[start : start + 500])
        rows = store.query(f"SELECT ?s WHERE {{ VALUES ?o {{ {values} }} ?s <{CKG.supersededBy}> ?o }}")
        assert isinstance(rows, ox.QuerySolutions)
        yield from (row["s"] for row in rows)
