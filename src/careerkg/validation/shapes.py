"""Shapes graphs: read from files of any RDF syntax, and checked as far as reading them needs.

Which nodes are shapes, and whether they are well-formed, follows SHACL section 2.1 and appendix A.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path as FilePath

import pyoxigraph as ox

from careerkg.errors import ShapesError
from careerkg.store import Term
from careerkg.validation.constraints import Constraint, Custom, Qualified, ShapeBased
from careerkg.validation.names import OWL, RDF_TYPE, RDFS, SH, SUBCLASS_OF, VIOLATION
from careerkg.validation.parameters import read_constraints
from careerkg.validation.paths import Path, read_path
from careerkg.validation.queries import check_prebinding, prefixed, syntax_problem
from careerkg.validation.triples import TripleIndex, as_text

__all__ = ["Shape", "Shapes", "Targets", "load_shapes", "read_shapes", "speaks_of_shapes", "trusted_shapes"]


@dataclass(frozen=True)
class Targets:
    """What a shape targets (SHACL section 2.1.3); ``selects`` are SPARQL targets (SHACL-AF section 3.1)."""

    nodes: tuple[Term, ...] = ()
    classes: tuple[str, ...] = ()
    subjects_of: tuple[str, ...] = ()
    objects_of: tuple[str, ...] = ()
    selects: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.nodes or self.classes or self.subjects_of or self.objects_of or self.selects)


@dataclass(frozen=True, eq=False)
class Shape:
    """A node shape, or with a path a property shape."""

    node: Term
    path: Path | None
    targets: Targets
    severity: str
    messages: tuple[ox.Literal, ...]
    deactivated: bool
    constraints: tuple[Constraint, ...]

    def uses(self) -> Iterator[Term]:
        """Return the nodes of the shapes that the constraints refer to."""
        for constraint in self.constraints:
            if isinstance(constraint, ShapeBased | Qualified):
                yield from constraint.shapes


@dataclass(frozen=True, eq=False)
class Shapes:
    """A shapes graph that was read and checked; shapes by their nodes, in a fixed order."""

    graph: TripleIndex
    by_node: dict[Term, Shape] = field(default_factory=dict)

    @property
    def paths(self) -> tuple[FilePath, ...]:
        """The files it was read from."""
        return self.graph.paths

    @cached_property
    def targeted(self) -> tuple[Shape, ...]:
        """The shapes that have targets of their own and are not deactivated."""
        return tuple(shape for shape in self.by_node.values() if shape.targets and not shape.deactivated)


def load_shapes(paths: Iterable[FilePath]) -> Shapes:
    """Return the shapes of some RDF files, checked against SHACL-SHACL.

    Raises ShapesError, with file and line where they can be found.
    """
    from careerkg.validation.metashapes import check_shapes

    shapes = trusted_shapes(paths)
    if not shapes.by_node:
        names = ", ".join(map(str, shapes.paths))
        raise ShapesError(f"there is no SHACL shape in {names or 'no file'}")
    check_shapes(shapes.graph)
    return shapes


def trusted_shapes(paths: Iterable[FilePath]) -> Shapes:
    """Return the shapes of files that were checked when they were made.

    What reading them needs is checked all the same. Raises ShapesError.
    """
    return read_shapes(TripleIndex.read(paths))


def speaks_of_shapes(path: FilePath) -> bool:
    """Return whether a file uses a SHACL property at all. Raises ShapesError if it is not RDF."""
    return any(triple.predicate.value.startswith(SH) for triple in TripleIndex.read([path]).triples)


def read_shapes(graph: TripleIndex) -> Shapes:
    """Return the shapes of a shapes graph. Raises ShapesError if it is ill-formed or recursive."""
    components = list(_custom_components(graph))
    by_node = {node: _read_shape(graph, node, components) for node in sorted(_shape_nodes(graph), key=str)}
    shapes = Shapes(graph, by_node)
    _refuse_recursion(shapes)
    return shapes


_REFERRING = ("node", "property", "not", "qualifiedValueShape")
_LISTING = ("and", "or", "xone")
_TARGETING = ("targetClass", "targetNode", "targetObjectsOf", "targetSubjectsOf", "target")


def _shape_nodes(graph: TripleIndex) -> set[Term]:
    """Return the nodes that are shapes. Raises ShapesError for a reference to nothing."""
    nodes: set[Term] = set()
    for name in ("NodeShape", "PropertyShape"):
        nodes.update(graph.subjects(RDF_TYPE, ox.NamedNode(SH + name)))
    for name in (*_TARGETING, "property", "node"):
        nodes.update(subject for subject, _ in graph.with_predicate(SH + name))
    references = [(s, o) for name in _REFERRING for s, o in graph.with_predicate(SH + name)]
    for name in _LISTING:
        for subject, head in graph.with_predicate(SH + name):
            members = graph.items(head)
            if not members:
                raise graph.error(subject, f"has an empty list as sh:{name}")
            references += [(subject, member) for member in members]
    for subject, value in references:
        if isinstance(value, ox.Literal):
            raise graph.error(subject, f"refers to a literal, {value}, where a shape is expected")
        if isinstance(value, ox.NamedNode) and not any(graph.predicates(value)):
            raise graph.error(subject, f"refers to the shape {value.value}, which is not defined")
        nodes.add(value)
    return nodes


def _read_shape(graph: TripleIndex, node: Term, components: list[_Component]) -> Shape:
    """Return the shape that a node stands for."""
    if isinstance(node, ox.Literal):
        raise graph.error(node, "is a literal, not a shape")
    paths = graph.objects(node, SH + "path")
    types = {as_text(t) for t in graph.objects(node, RDF_TYPE)}
    if len(paths) > 1:
        raise graph.error(node, "has more than one sh:path")
    if SH + "NodeShape" in types and (paths or SH + "PropertyShape" in types):
        raise graph.error(node, "is a node shape and has a path, or is a property shape, too")
    if SH + "PropertyShape" in types and not paths:
        raise graph.error(node, "is a property shape without sh:path")
    path = read_path(graph, paths[0]) if paths else None
    severities = graph.objects(node, SH + "severity")
    if len(severities) > 1 or any(not isinstance(value, ox.NamedNode) for value in severities):
        raise graph.error(node, "has an sh:severity that is not one IRI")
    messages = graph.objects(node, SH + "message")
    if any(not isinstance(message, ox.Literal) for message in messages):
        raise graph.error(node, "has an sh:message that is no text")
    deactivated = graph.objects(node, SH + "deactivated")
    if len(deactivated) > 1 or any(not isinstance(value, ox.Literal) for value in deactivated):
        raise graph.error(node, "has an sh:deactivated that is not true or false")
    constraints = (
        *read_constraints(graph, node, is_property=path is not None),
        *(bound for component in components if (bound := component.bind(graph, node, path is not None))),
    )
    return Shape(
        node=node,
        path=path,
        targets=_targets(graph, node),
        severity=as_text(severities[0]) if severities else VIOLATION,
        messages=tuple(sorted((m for m in messages if isinstance(m, ox.Literal)), key=str)),
        deactivated=any(as_text(value) in ("true", "1") for value in deactivated),
        constraints=constraints,
    )


def _targets(graph: TripleIndex, node: Term) -> Targets:
    """Return what a shape targets. Raises ShapesError for a target that is no node or IRI."""

    def iris(name: str) -> tuple[str, ...]:
        values = graph.objects(node, SH + name)
        for value in values:
            if not isinstance(value, ox.NamedNode):
                raise graph.error(node, f"has {as_text(value)!r} as sh:{name}, where an IRI is expected")
        return tuple(sorted(value.value for value in values if isinstance(value, ox.NamedNode)))

    classes = set(iris("targetClass"))
    if isinstance(node, ox.NamedNode) and any(
        as_text(kind) in _class_classes(graph) for kind in graph.objects(node, RDF_TYPE)
    ):
        classes.add(node.value)
    selects = []
    for target in graph.objects(node, SH + "target"):
        texts = graph.objects(target, SH + "select")
        if len(texts) != 1 or not isinstance(texts[0], ox.Literal):
            raise graph.error(node, "has an sh:target that is no SPARQL target with one sh:select")
        text = prefixed(graph, target, texts[0].value)
        if problem := syntax_problem(text, frozenset()):
            raise graph.error(node, f"has an sh:target with {problem}")
        selects.append(text)
    if any(isinstance(target, ox.BlankNode) for target in graph.objects(node, SH + "targetNode")):
        raise graph.error(node, "has a blank node as sh:targetNode, which cannot be a node of other data")
    return Targets(
        nodes=tuple(sorted(graph.objects(node, SH + "targetNode"), key=str)),
        classes=tuple(sorted(classes)),
        subjects_of=iris("targetSubjectsOf"),
        objects_of=iris("targetObjectsOf"),
        selects=tuple(sorted(selects)),
    )


def _class_classes(graph: TripleIndex) -> set[str]:
    """Return the classes of classes: rdfs:Class, owl:Class and what the shapes graph puts below them."""
    classes = {RDFS + "Class", OWL + "Class"}
    frontier = list(classes)
    while frontier:
        for subject in graph.subjects(SUBCLASS_OF, ox.NamedNode(frontier.pop())):
            if isinstance(subject, ox.NamedNode) and subject.value not in classes:
                classes.add(subject.value)
                frontier.append(subject.value)
    return classes


def _refuse_recursion(shapes: Shapes) -> None:
    """Raise ShapesError if a shape refers to itself, directly or through others (SHACL section 3.4.3)."""
    done: set[Term] = set()

    def visit(node: Term, trail: tuple[Term, ...]) -> None:
        if node in trail:
            circle = " → ".join(as_text(step) for step in (*trail[trail.index(node) :], node))
            raise shapes.graph.error(node, f"is recursive, which SHACL leaves undefined: {circle}")
        if node not in done:
            for follower in shapes.by_node[node].uses():
                visit(follower, (*trail, node))
            done.add(node)

    for node in shapes.by_node:
        visit(node, ())


@dataclass(frozen=True)
class _Component:
    """A SPARQL-based constraint component that the shapes graph declares (SHACL section 6.2)."""

    node: Term
    required: tuple[tuple[str, str], ...]
    optional: tuple[tuple[str, str], ...]

    def bind(self, graph: TripleIndex, shape: Term, is_property: bool) -> Custom | None:
        """Return the constraint that a shape's parameters make; None if a required one is missing."""
        values: list[tuple[str, Term]] = []
        for name, path in (*self.required, *self.optional):
            found = sorted(graph.objects(shape, path), key=str)
            if found:
                values.append((name, found[0]))
            elif (name, path) in self.required:
                return None
        for name in ("propertyValidator" if is_property else "nodeValidator", "validator"):
            validators = sorted(graph.objects(self.node, SH + name), key=str)
            if validators:
                return self._constraint(graph, validators[0], values, name)
        raise graph.error(self.node, "is a constraint component without a validator for this kind of shape")

    def _constraint(
        self, graph: TripleIndex, validator: Term, values: list[tuple[str, Term]], name: str
    ) -> Custom:
        kind = "ask" if name == "validator" else "select"
        texts = graph.objects(validator, SH + kind)
        if len(texts) != 1 or not isinstance(texts[0], ox.Literal):
            raise graph.error(self.node, f"has an sh:{name} without one sh:{kind}")
        if problem := check_prebinding(texts[0].value, frozenset({"this"}), frozenset({"value"})):
            raise graph.error(self.node, f"has a query that SHACL does not allow: {problem}")
        text = prefixed(graph, validator, texts[0].value)
        bound = frozenset(("this", "value", *(parameter for parameter, _ in values)))
        if problem := syntax_problem(text, bound):
            raise graph.error(self.node, f"has an sh:{kind} with {problem}")
        messages = [*graph.objects(validator, SH + "message")]
        return Custom(
            component=as_text(self.node),
            kind=kind,
            text=text,
            parameters=tuple(values),
            messages=tuple(sorted((m for m in messages if isinstance(m, ox.Literal)), key=str)),
        )


def _custom_components(graph: TripleIndex) -> Iterator[_Component]:
    """Return the constraint components that the shapes graph declares, but for those of SHACL itself."""
    kinds: list[Term] = [ox.NamedNode(SH + "ConstraintComponent")]
    kinds += graph.subjects(SUBCLASS_OF, kinds[0])
    nodes = {node for kind in kinds for node in graph.subjects(RDF_TYPE, kind)}
    for node in sorted(nodes, key=str):
        if as_text(node).startswith(SH):
            continue
        required: list[tuple[str, str]] = []
        optional: list[tuple[str, str]] = []
        for parameter in graph.objects(node, SH + "parameter"):
            paths = graph.objects(parameter, SH + "path")
            if len(paths) != 1 or not isinstance(paths[0], ox.NamedNode):
                raise graph.error(node, "has a parameter whose sh:path is not one IRI")
            iri = paths[0].value
            name = iri[max(iri.rfind("#"), iri.rfind("/"), iri.rfind(":")) + 1 :]
            is_optional = any(as_text(v) in ("true", "1") for v in graph.objects(parameter, SH + "optional"))
            (optional if is_optional else required).append((name, iri))
        if not required:
            raise graph.error(node, "is a constraint component without a required parameter")
        yield _Component(node, tuple(sorted(required)), tuple(sorted(optional)))
