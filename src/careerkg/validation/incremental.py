"""Incremental validation: which focus nodes a change can affect.

A change is told by nodes: the subjects of triples that were added or removed, and the objects of those that
were removed. Then a focus node can be affected only if it is one of them, or if a path that its shape looks
along (``reach``) leads to one of them. Where a class or a property is among the nodes, everything is checked:
so the class in a removed ``rdf:type`` is better left out, as long as the class itself did not change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import pyoxigraph as ox

from careerkg.store import Term
from careerkg.validation.data import Data
from careerkg.validation.names import OWL, RDF_TYPE, RDFS, SUBCLASS_OF
from careerkg.validation.paths import Inverse, Path, Predicate
from careerkg.validation.patterns import ANYTHING
from careerkg.validation.reach import Loose, Reach, reach
from careerkg.validation.scopes import Scope, iri, is_named, values
from careerkg.validation.shapes import Shape, Shapes, Targets

__all__ = ["Affected", "affected"]

_MOST_CHANGED = 2_000
_MOST_AFFECTED = 20_000
_BLOCK = 500


@dataclass(frozen=True)
class Affected:
    """The focus nodes that a change can affect, by shape; shapes that may look anywhere are not in it."""

    by_shape: dict[Term, frozenset[Term]]
    properties: dict[Term, set[str]]
    changed: frozenset[Term]
    loose: dict[Term, tuple[Loose, ...]]

    def bindings(self, loose: Loose) -> list[tuple[str, str]]:
        """Return patterns that bind the variables of a loose query to what changed, one after the other."""
        nodes = sorted((node for node in self.changed if not isinstance(node, ox.BlankNode)), key=str)
        patterns: list[tuple[str, str]] = []
        for name in loose.variables:
            block = values(f"?{name}", nodes)
            patterns += [(name, block)] if block else []
            if len(nodes) < len(self.changed):
                patterns.append((name, f"?{name} ?anyProperty ?anyValue FILTER(isBlank(?{name}))"))
        return patterns

    def scope(self, shape: Shape, whole: Scope) -> Scope:
        """Return what is left of the scope of a shape's targets."""
        if shape.node not in self.by_shape:
            return whole
        nodes = self.by_shape[shape.node]
        # Whether a SPARQL target selects a node shows only in its result.
        scope = whole.meeting(nodes) if shape.targets.selects else whole.holding(nodes)
        if not all(map(is_named, nodes)):
            return scope  # of all blank nodes
        return replace(
            scope, properties=frozenset().union(*(self.properties.get(node, ()) for node in nodes))
        )

    def spares(self, shape: Shape) -> bool:
        """Return whether a change can affect no focus node of a shape."""
        return not self.by_shape.get(shape.node, True) and shape.node not in self.loose

    def includes(self, shape: Shape, node: Term) -> bool:
        """Return whether a change can affect a focus node of a shape."""
        return shape.node not in self.by_shape or node in self.by_shape[shape.node]


def affected(data: Data, shapes: Shapes, changed: Iterable[Term]) -> Affected | None:
    """Return what a change of some nodes can affect; None if that is everything, or too much to tell."""
    nodes = frozenset(changed)
    named = [node for node in nodes if isinstance(node, ox.NamedNode)]
    if len(nodes) > _MOST_CHANGED or _is_vocabulary(data, named):
        return None
    routes = _routes(shapes)
    paths = {path for route in routes.values() if route is not None for path in route.paths}
    starts = _starts(data, paths, nodes)
    candidates = nodes.union(*starts.values())
    if len(candidates) > _MOST_AFFECTED:
        return None
    facts = _Facts(data, candidates)
    by_shape: dict[Term, frozenset[Term]] = {}
    for shape in shapes.targeted():
        route = routes[shape.node]
        unlisted = any(data.subclasses(name) is None for name in shape.targets.classes)
        if route is not None and not unlisted:
            reached = nodes.union(*(starts[path] for path in route.paths if path in starts))
            by_shape[shape.node] = frozenset(facts.targeted(shape.targets, reached))
    loose = {
        node: route.loose
        for node, route in routes.items()
        if route is not None and route.loose and node in by_shape
    }
    return Affected(by_shape, facts.properties, nodes, loose)


_KNOWN_ROUTES: WeakKeyDictionary[Shapes, dict[Term, Reach | None]] = WeakKeyDictionary()


def _routes(shapes: Shapes) -> dict[Term, Reach | None]:
    """Return how far each shape with targets looks; found once for a shapes graph."""
    if shapes not in _KNOWN_ROUTES:
        _KNOWN_ROUTES[shapes] = {shape.node: reach(shapes, shape) for shape in shapes.targeted()}
    return _KNOWN_ROUTES[shapes]


def _is_vocabulary(data: Data, nodes: list[ox.NamedNode]) -> bool:
    """Return whether one of some nodes is a class or a property."""
    block = values("?node", nodes)
    roles = (
        f"?node {iri(SUBCLASS_OF)} ?other",
        f"?other {iri(SUBCLASS_OF)} ?node",
        f"?node {iri(RDF_TYPE)} {iri(RDFS + 'Class')}",
        f"?node {iri(RDF_TYPE)} {iri(OWL + 'Class')}",
        f"?instance {iri(RDF_TYPE)} ?node",
        "?subject ?node ?object",
    )
    return bool(nodes) and data.exists([" UNION ".join(f"{{ {block} {role} }}" for role in roles)])


def _starts(data: Data, paths: set[Path], changed: frozenset[Term]) -> dict[Path, set[Term]]:
    """Return for each path the nodes from which it leads to a changed node."""
    found: dict[Path, set[Term]] = defaultdict(set)
    forward = {path.iri: path for path in paths if isinstance(path, Predicate)}
    backward = {
        path.path.iri: path
        for path in paths
        if isinstance(path, Inverse) and isinstance(path.path, Predicate)
    }
    longer = sorted(paths - {*forward.values(), *backward.values()}, key=str)
    any_forward, any_backward = forward.get(ANYTHING.iri), backward.get(ANYTHING.iri)
    for block in _blocks(changed):
        for start, name in data.select("?start ?property", [f"{block} ?start ?property ?changed"]):
            for path in (forward.get(_name(name)), any_forward):
                if path is not None:
                    found[path].add(start)
        if backward:
            groups = [f"{block} ?changed ?property ?start"]
            for start, name in data.select("?start ?property", groups):
                for back in (backward.get(_name(name)), any_backward):
                    if back is not None:
                        found[back].add(start)
        if longer:
            groups = [
                f"{block} ?start {_any_property(path)} ?changed BIND({number} AS ?number)"
                for number, path in enumerate(longer)
            ]
            for start, number in data.select("?start ?number", groups):
                assert isinstance(number, ox.Literal)
                found[longer[int(number.value)]].add(start)
    return found


def _name(term: Term) -> str:
    assert isinstance(term, ox.NamedNode)
    return term.value


def _any_property(path: Path) -> str:
    """Return a path in SPARQL, where any property is one that is not a certain unused one."""
    return str(path).replace(str(ANYTHING), "!<urn:x-none>")


def _blocks(nodes: Iterable[Term]) -> Iterable[str]:
    """Return patterns that bind ``?changed`` to some nodes; for a blank node, to all blank nodes."""
    named = sorted((node for node in nodes if not isinstance(node, ox.BlankNode)), key=str)
    for index in range(0, len(named), _BLOCK):
        yield values("?changed", named[index : index + _BLOCK]) or ""
    if any(isinstance(node, ox.BlankNode) for node in nodes):
        either = "{ ?changed ?p ?o } UNION { ?s ?p ?changed }"
        yield f"{{ SELECT DISTINCT ?changed WHERE {{ {either} FILTER(isBlank(?changed)) }} }}"


class _Facts:
    """What must be known of nodes to tell which shapes target them."""

    def __init__(self, data: Data, nodes: Iterable[Term]) -> None:
        self.data = data
        self.types: dict[Term, set[str]] = defaultdict(set)
        self.properties: dict[Term, set[str]] = defaultdict(set)
        self.inverse: dict[Term, set[str]] = defaultdict(set)
        for block in _blocks(nodes):
            for node, name, kind in data.select(
                "?changed ?property ?kind",
                [
                    f"{block} ?changed ?property ?any BIND(?property AS ?kind)",
                    f"{block} ?changed {iri(RDF_TYPE)} ?kind BIND({iri(RDF_TYPE)} AS ?property)",
                ],
            ):
                self.properties[node].add(_name(name))
                if isinstance(kind, ox.NamedNode) and kind != name:
                    self.types[node].add(kind.value)
            for node, name in data.select("?changed ?property", [f"{block} ?any ?property ?changed"]):
                self.inverse[node].add(_name(name))

    def targeted(self, targets: Targets, nodes: Iterable[Term]) -> Iterable[Term]:
        """Yield those of some nodes that targets select."""
        classes: set[str] = set()
        for name in targets.classes:
            classes.update(self.data.subclasses(name) or ())
        subjects, objects = frozenset(targets.subjects_of), frozenset(targets.objects_of)
        for node in nodes:
            if (
                targets.selects
                or node in targets.nodes
                or not classes.isdisjoint(self.types[node])
                or not subjects.isdisjoint(self.properties[node])
                or not objects.isdisjoint(self.inverse[node])
            ):
                yield node
