"""Incremental validation: which focus nodes a change can affect.

A change is told by nodes: the subjects of triples that were added or removed, and the objects of those that
were removed. Then a focus node can be affected only if it is one of them, or if a path that its shape looks
along (``reach``) leads to one of them. Where a class or a property is among the nodes, everything is checked:
so the class in a removed ``rdf:type`` is better left out, as long as the class itself did not change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import pyoxigraph as ox

from careerkg.store import Term
from careerkg.validation.constraints import ShapeBased
from careerkg.validation.data import Data
from careerkg.validation.expressions import Expressions, negated
from careerkg.validation.names import OWL, RDF_TYPE, RDFS, SUBCLASS_OF
from careerkg.validation.paths import Inverse, Path, Predicate
from careerkg.validation.patterns import ANYTHING
from careerkg.validation.reach import Guard, Loose, Reach, reach
from careerkg.validation.scopes import FRESH, Scope, blocks, iri, is_named, values
from careerkg.validation.shapes import Shape, Shapes, Targets
from careerkg.validation.sparql import Binding

__all__ = ["Affected", "affected"]

_MOST_CHANGED = 2_000
_MOST_AFFECTED = 20_000


@dataclass(frozen=True)
class Affected:
    """The focus nodes that a change can affect, by shape; shapes that may look anywhere are not in it."""

    by_shape: dict[Term, frozenset[Term]]
    properties: dict[Term, set[str]]
    looked_up: frozenset[Term]
    changed: frozenset[Term]
    loose: dict[Term, tuple[Loose, ...]]

    def bindings(self, loose: Loose) -> list[Binding]:
        """Return what binds a variable of a loose query to what changed, one after the other."""
        nodes = sorted((node for node in self.changed if not isinstance(node, ox.BlankNode)), key=str)
        own = frozenset().union(*(self.properties.get(node, ()) for node in nodes))
        bindings: list[Binding] = []
        for name in loose.variables:
            block = values(f"?{name}", nodes)
            bindings += [Binding(name, block, own)] if block else []
            if len(nodes) < len(self.changed):
                blank = f"?{name} ?{FRESH}Property ?{FRESH}Value FILTER(isBlank(?{name}))"
                bindings.append(Binding(name, blank, None))
        return bindings

    def scope(self, shape: Shape, whole: Scope) -> Scope:
        """Return what is left of the scope of a shape's targets."""
        if shape.node not in self.by_shape:
            return whole
        nodes = self.by_shape[shape.node]
        # Whether a SPARQL target selects a node shows only in its result.
        scope = whole.meeting(nodes) if shape.targets.selects else whole.holding(nodes)
        if not all(map(is_named, nodes)) or not nodes <= self.looked_up:
            return scope  # of all blank nodes, or of nodes that were not looked up
        return replace(
            scope, properties=frozenset().union(*(self.properties.get(node, ()) for node in nodes))
        )

    def spares(self, shape: Shape) -> bool:
        """Return whether a change can affect no focus node of a shape."""
        return not self.by_shape.get(shape.node, True) and shape.node not in self.loose

    def includes(self, shape: Shape, node: Term) -> bool:
        """Return whether a change can affect a focus node of a shape."""
        return shape.node not in self.by_shape or node in self.by_shape[shape.node]


def affected(
    data: Data, expressions: Expressions, shapes: Shapes, changed: Iterable[Term]
) -> Affected | None:
    """Return what a change of some nodes can affect; None if that is everything, or too much to tell."""
    nodes = frozenset(changed)
    named = [node for node in nodes if isinstance(node, ox.NamedNode)]
    if len(nodes) > _MOST_CHANGED or _is_vocabulary(data, named):
        return None
    routes = _routes(shapes)
    incoming = _Incoming(data, shapes, nodes)
    failing = _failing(data, expressions, routes.values(), incoming)
    along = {
        node: route.paths | {guard.path for guard in route.guards if guard in failing}
        for node, route in routes.items()
        if route is not None
    }
    starts = _starts(data, frozenset().union(*along.values()), nodes)
    incoming.add(starts)
    candidates = nodes.union(*starts.values())
    if len(candidates) > _MOST_AFFECTED:
        return None
    # Where only objects of properties are targets, it is known from incoming properties which nodes are.
    by_own = [s for s in shapes.targeted if s.targets.classes or s.targets.subjects_of]
    # Of many neighbours, what they are or have is asked only where a shape selects by it.
    by_class: set[Term] = set()
    by_property: set[Term] = set()
    names: set[str] = set()
    for shape in by_own:
        reached = set().union(*(starts[path] for path in along.get(shape.node, ()) if path in starts)) - nodes
        if shape.targets.classes:
            by_class |= reached
        if shape.targets.subjects_of and reached:
            by_property |= reached
            names.update(shape.targets.subjects_of)
    facts = _Facts(data, nodes, incoming)
    facts.read_types(by_class)
    facts.read_properties(by_property, names)
    by_shape: dict[Term, frozenset[Term]] = {}
    for shape in shapes.targeted:
        unlisted = any(data.subclasses(name) is None for name in shape.targets.classes)
        if shape.node in along and not unlisted:
            near = nodes.union(*(starts[path] for path in along[shape.node] if path in starts))
            by_shape[shape.node] = frozenset(facts.targeted(shape.targets, near))
    others = by_class | by_property
    looked_up = others & frozenset().union(*(by_shape.get(shape.node, ()) for shape in by_own))
    facts.read_all_properties(looked_up)
    loose = {
        node: route.loose
        for node, route in routes.items()
        if route is not None and route.loose and node in by_shape
    }
    return Affected(by_shape, facts.properties, nodes | looked_up, nodes, loose)


class _Incoming:
    """Which properties lead to nodes, of those that shapes ask for: a node may have a great many subjects."""

    def __init__(self, data: Data, shapes: Shapes, changed: frozenset[Term]) -> None:
        self.data = data
        self.changed = changed
        self.known: dict[Term, set[str]] = defaultdict(set)
        wanted = {name for shape in shapes.targeted for name in shape.targets.objects_of}
        for route in _routes(shapes).values():
            wanted.update(guard.path.iri for guard in (route.guards if route is not None else ()))
        self.ask(changed, wanted)

    def ask(self, nodes: Iterable[Term], names: Iterable[str]) -> None:
        """Find out which of some properties lead to which of some nodes."""
        properties = values("?property", [ox.NamedNode(name) for name in sorted(names)])
        for block in _blocks(nodes):
            groups = [f"{block} {properties} FILTER EXISTS {{ ?any ?property ?changed }}"]
            for node, name in self.data.select("?changed ?property", groups):
                self.known[node].add(_name(name))

    def add(self, starts: Mapping[Path, Iterable[Term]]) -> None:
        """Take over what was found on the way: from a changed node some property leads to these."""
        for path, nodes in starts.items():
            if isinstance(path, Inverse) and isinstance(path.path, Predicate):
                for node in nodes:
                    self.known[node].add(path.path.iri)


def _failing(
    data: Data, expressions: Expressions, routes: Iterable[Reach | None], incoming: _Incoming
) -> set[Guard]:
    """Return those tests of values that a changed node fails, or may fail."""
    used = set().union(*incoming.known.values()) if incoming.known else set()
    guards = {guard for route in routes if route is not None for guard in route.guards}
    tests: dict[str, set[Guard]] = defaultdict(set)
    for guard in guards:
        if guard.path.iri in used:
            constraint = guard.constraint
            if isinstance(constraint, ShapeBased):
                test = expressions.logical(constraint, "?changed")
            else:
                test = expressions.test(constraint, "?changed").expression
            tests[test or "false"].add(guard)
    failing: set[Guard] = set()
    for block in _blocks(incoming.changed):
        groups = [
            f"{block} FILTER({negated(test)}) BIND({number} AS ?number)" for number, test in enumerate(tests)
        ]
        several = list(tests.values())
        for (number,) in data.select("?number", groups):
            assert isinstance(number, ox.Literal)
            failing |= several[int(number.value)]
    return failing


_KNOWN_ROUTES: WeakKeyDictionary[Shapes, dict[Term, Reach | None]] = WeakKeyDictionary()


def _routes(shapes: Shapes) -> dict[Term, Reach | None]:
    """Return how far each shape with targets looks; found once for a shapes graph."""
    if shapes not in _KNOWN_ROUTES:
        _KNOWN_ROUTES[shapes] = {shape.node: reach(shapes, shape) for shape in shapes.targeted}
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


def _starts(data: Data, paths: Iterable[Path], changed: frozenset[Term]) -> dict[Path, set[Term]]:
    """Return for each path the nodes from which it leads to a changed node."""
    found: dict[Path, set[Term]] = defaultdict(set)
    forward = {path.iri: path for path in paths if isinstance(path, Predicate)}
    backward = {
        path.path.iri: path
        for path in paths
        if isinstance(path, Inverse) and isinstance(path.path, Predicate)
    }
    longer = sorted(set(paths) - {*forward.values(), *backward.values()}, key=str)
    any_forward, any_backward = forward.get(ANYTHING.iri), backward.get(ANYTHING.iri)
    for block in _blocks(changed):
        # Only along the properties in question: others may lead to a node from everywhere.
        along = "" if any_forward else values("?property", map(ox.NamedNode, sorted(forward)))
        for start, name in data.select("?start ?property", [f"{block} {along} ?start ?property ?changed"]):
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
    yield from blocks("?changed", named)
    if any(isinstance(node, ox.BlankNode) for node in nodes):
        either = "{ ?changed ?p ?o } UNION { ?s ?p ?changed }"
        yield f"{{ SELECT DISTINCT ?changed WHERE {{ {either} FILTER(isBlank(?changed)) }} }}"


class _Facts:
    """What must be known of nodes to tell which shapes target them."""

    def __init__(self, data: Data, nodes: Iterable[Term], incoming: _Incoming) -> None:
        self.data = data
        self.incoming = incoming
        self.types: dict[Term, set[str]] = defaultdict(set)
        self.properties: dict[Term, set[str]] = defaultdict(set)
        self.read_all_properties(nodes)
        self.read_types(nodes)

    def read_all_properties(self, nodes: Iterable[Term]) -> None:
        """Find out all properties of some nodes."""
        for block in _blocks(nodes):
            for node, name in self.data.select("?changed ?property", [f"{block} ?changed ?property ?any"]):
                self.properties[node].add(_name(name))

    def read_properties(self, nodes: Iterable[Term], names: Iterable[str]) -> None:
        """Find out which of some properties some nodes have."""
        properties = values("?property", [ox.NamedNode(name) for name in sorted(names)])
        for block in _blocks(nodes):
            groups = [f"{block} {properties} FILTER EXISTS {{ ?changed ?property ?any }}"]
            for node, name in self.data.select("?changed ?property", groups):
                self.properties[node].add(_name(name))

    def read_types(self, nodes: Iterable[Term]) -> None:
        """Find out the classes of some nodes."""
        for block in _blocks(nodes):
            for node, kind in self.data.select("?changed ?kind", [f"{block} ?changed {iri(RDF_TYPE)} ?kind"]):
                if isinstance(kind, ox.NamedNode):
                    self.types[node].add(kind.value)

    def targeted(self, targets: Targets, nodes: Collection[Term]) -> Iterable[Term]:
        """Yield those of some nodes that targets select."""
        classes: set[str] = set()
        for name in targets.classes:
            classes.update(self.data.subclasses(name) or ())
        subjects, objects = frozenset(targets.subjects_of), frozenset(targets.objects_of)
        if objects:
            known = self.incoming.known
            unknown = [n for n in nodes if n not in self.incoming.changed and objects.isdisjoint(known[n])]
            self.incoming.ask(unknown, objects)
        for node in nodes:
            if (
                targets.selects
                or node in targets.nodes
                or not classes.isdisjoint(self.types[node])
                or not subjects.isdisjoint(self.properties[node])
                or not objects.isdisjoint(self.incoming.known[node])
            ):
                yield node
