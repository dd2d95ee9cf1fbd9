"""Blank nodes: names that depend on the graph alone, and where one can be written without a name.

The statements with blank nodes fall apart into components, each holding the blank nodes that hang together.
A component is brought into its canonical form (W3C RDF Dataset Canonicalization, RDFC-1.0); its hash names
its nodes. So names are the same for isomorphic graphs, whatever the order or the names they came with, and
a change changes only the names in its own component.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pyoxigraph as ox

__all__ = ["Nesting", "label", "nesting"]

_BLANK_WORD = re.compile(r"_:\S+")

_DEPTH = 24
"""Blank nodes are nested this deep at most; what is deeper is named and stands by itself."""


@dataclass(frozen=True)
class Nesting:
    """Blank nodes that are written inside the one statement that refers to them.

    ``nodes`` holds their predicates with objects in order, ``lists`` the members of well-formed RDF lists; a
    node is in one of the two. ``roots`` are nodes that nothing refers to, and which need no name either.
    """

    nodes: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    roots: set[str] = field(default_factory=set)


def label(quads: list[ox.Quad]) -> Iterator[ox.Quad]:
    """Yield quads with their blank nodes renamed; every given quad holds a blank node or a triple term."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    first: list[str | None] = []
    for quad in quads:
        names = list(_names(quad))
        for name in names:
            parent.setdefault(name, name)
            parent[root(name)] = root(names[0])
        first.append(names[0] if names else None)
    components: dict[str | None, list[ox.Quad]] = defaultdict(list)
    for quad, member in zip(quads, first, strict=True):
        components[None if member is None else root(member)].append(quad)
    yield from components.pop(None, [])
    seen: Counter[str] = Counter()
    for component in components.values():
        dataset = ox.Dataset(component)
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        canonical = list(dataset)
        text = "\n".join(sorted(map(str, canonical)))
        digest = sha256(text.encode("utf-8")).hexdigest()[:12]
        seen[digest] += 1
        # Isomorphic components differ in nothing: which of them gets which number does not matter.
        stem = f"b{digest}" if seen[digest] == 1 else f"b{digest}x{seen[digest]}"
        for quad in canonical:
            yield ox.Quad(
                _renamed(quad.subject, stem),
                quad.predicate,
                _renamed(quad.object, stem),
                _renamed(quad.graph_name, stem),
            )


def _names(quad: ox.Quad | ox.Triple) -> Iterator[str]:
    """Yield the names of the blank nodes of a statement, those in triple terms included."""
    for term in (quad.subject, quad.object, getattr(quad, "graph_name", None)):
        if isinstance(term, ox.BlankNode):
            yield term.value
        elif isinstance(term, ox.Triple):
            yield from _names(term)


def _renamed(term: Any, stem: str) -> Any:
    """Return a term of a canonical component under its final name: ``c14n0`` is the stem, others numbered."""
    if isinstance(term, ox.BlankNode):
        number = term.value.removeprefix("c14n")
        return ox.BlankNode(stem if number == "0" else f"{stem}n{number}")
    if isinstance(term, ox.Triple):
        return ox.Triple(_renamed(term.subject, stem), term.predicate, _renamed(term.object, stem))
    return term


def nesting(statements: list[tuple[str, str, str]], into: Nesting, shared: Collection[str]) -> set[str]:
    """Enter into ``into`` the blank nodes that can be nested; return them, and the cells of nested lists.

    Statements are Turtle texts, ``rdf:`` being the prefix of RDF. A blank node can be nested if exactly one
    statement refers to it and no other graph does (``shared``).
    """
    about: dict[str, list[tuple[str, str]]] = defaultdict(list)
    referrers: dict[str, list[tuple[str, str]]] = defaultdict(list)
    barred = set(shared)
    for subject, predicate, object_ in sorted(statements):
        if subject[0] == "_":
            about[subject].append((predicate, object_))
        if object_[0] == "_":
            referrers[object_].append((subject, predicate))
            if predicate == "a":
                barred.add(object_)  # JSON-LD has no place for a node in @type
        elif object_.startswith("<<("):
            barred.update(_BLANK_WORD.findall(object_))
    into.roots.update(about.keys() - referrers.keys() - barred)
    candidates = {name for name, found in referrers.items() if len(found) == 1} - barred
    lists = _lists(about, referrers, candidates)
    nested = _reachable(about, candidates, lists)
    for name in nested:
        if name in lists:
            into.lists[name] = [member for _, member in lists[name]]
        else:
            into.nodes[name] = about.get(name, [])
    return nested | {cell for head, chain in lists.items() if head in nested for cell, _ in chain}


def _lists(
    about: dict[str, list[tuple[str, str]]],
    referrers: dict[str, list[tuple[str, str]]],
    candidates: set[str],
) -> dict[str, list[tuple[str, str]]]:
    """Return the well-formed lists by their first cell: each cell with its member."""

    def is_cell(name: str) -> bool:
        return name in candidates and [predicate for predicate, _ in about[name]] == ["rdf:first", "rdf:rest"]

    chains: dict[str, list[tuple[str, str]]] = {}
    for tail in [name for name in candidates if is_cell(name) and about[name][1][1] == "rdf:nil"]:
        chain = []
        cell = tail
        while True:
            chain.append((cell, about[cell][0][1]))
            before, predicate = referrers[cell][0]
            if predicate != "rdf:rest" or not is_cell(before):
                break
            cell = before
        chains[cell] = chain[::-1]
    return chains


def _reachable(
    about: dict[str, list[tuple[str, str]]],
    candidates: set[str],
    lists: dict[str, list[tuple[str, str]]],
) -> set[str]:
    """Return the candidates that hang on something with a name of its own, and not too deep below it."""
    inner = {cell for head, chain in lists.items() for cell, _ in chain if cell != head}
    heads = candidates - inner
    nested: set[str] = set()
    visited: set[str] = set()
    # Subjects that are IRIs refer to the outermost candidates; these are the ones no blank node refers to.
    below = {object_ for statements in about.values() for _, object_ in statements}
    queue = [(name, 1) for name in sorted(heads - below)]
    queue += [(name, 0) for name in sorted(set(about) - candidates)]
    rest = sorted(heads & below)
    while queue or rest:
        if not queue:
            # What is left is too deep, or a circle of blank nodes that nothing refers to: name one of them.
            name = rest.pop(0)
            if name in visited:
                continue
            queue.append((name, 0))
        name, depth = queue.pop()
        if name in visited:
            continue
        visited.add(name)
        if depth:
            nested.add(name)
        members = [member for _, member in lists[name]] if name in lists and depth else None
        for object_ in members if members is not None else [value for _, value in about.get(name, ())]:
            if object_ in heads and depth < _DEPTH:
                queue.append((object_, depth + 1))
    return nested
