"""How far a shape looks: paths from a focus node to each subject of a triple that can decide its results.

A change of a node's triples can affect only focus nodes from which one of these paths leads to that node.
The start itself is always meant and not listed. None stands for "anywhere": nothing shorter is sure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from careerkg.store import Term
from careerkg.validation.constraints import (
    Closed,
    Constraint,
    Custom,
    Foreign,
    Pair,
    Qualified,
    Query,
    ShapeBased,
    Value,
    on_each_value,
)
from careerkg.validation.paths import Alternative, Inverse, Path, Predicate, Repeated, Sequence
from careerkg.validation.patterns import ANYTHING, UNNAMED, Edge, Unclear, contexts
from careerkg.validation.queries import has_aggregates, is_row_by_row
from careerkg.validation.shapes import Shape, Shapes

__all__ = ["Guard", "Loose", "Reach", "inverted", "reach", "subjects"]

_MOST = 200


def subjects(path: Path) -> Iterator[Path]:
    """Yield the paths to nodes on the way that are the subject of a step's triple, but for the start."""
    if isinstance(path, Sequence):
        before: Path | None = None
        for part in path.parts:
            if before is not None:
                yield before
            for node in subjects(part):
                yield joined(before, node)
            before = joined(before, part)
    elif isinstance(path, Alternative):
        for part in path.parts:
            yield from subjects(part)
    elif isinstance(path, Repeated):
        if path.times != "?":
            yield Repeated(path.path, "*")
        for node in subjects(path.path):
            yield node if path.times == "?" else joined(Repeated(path.path, "*"), node)
    elif isinstance(path, Inverse):
        if isinstance(path.path, Predicate):
            yield path
        else:
            yield from subjects(inverted(path.path))


def inverted(path: Path) -> Path:
    """Return the path that leads back."""
    if isinstance(path, Inverse):
        return path.path
    if isinstance(path, Sequence):
        return Sequence(tuple(inverted(part) for part in reversed(path.parts)))
    if isinstance(path, Alternative):
        return Alternative(tuple(inverted(part) for part in path.parts))
    if isinstance(path, Repeated):
        return Repeated(inverted(path.path), path.times)
    return Inverse(path)


def joined(first: Path | None, second: Path) -> Path:
    """Return one path after another."""
    if first is None:
        return second
    parts = [*(first.parts if isinstance(first, Sequence) else (first,))]
    parts += second.parts if isinstance(second, Sequence) else (second,)
    return Sequence(tuple(parts))


@dataclass(frozen=True)
class Loose:
    """A query that may look anywhere, but shows every new solution if some variables are bound to the change.

    A new solution has a triple that was added, or lacks one that was removed. So one of the variables that
    stand as subjects, ``variables``, has a changed node in it. ``holder`` is the shape that has the query.
    """

    holder: Term
    query: Term
    variables: tuple[str, ...]


@dataclass(frozen=True)
class Guard:
    """A property whose values must each pass a test of their own triples.

    A changed node that passes it gives no focus node that has it as value a new result.
    """

    path: Predicate
    constraint: Constraint


@dataclass(frozen=True)
class Reach:
    """How far a shape looks: the paths, properties with tests of each value, and queries along no path."""

    paths: frozenset[Path]
    guards: tuple[Guard, ...] = ()
    loose: tuple[Loose, ...] = ()


def reach(shapes: Shapes, shape: Shape) -> Reach | None:
    """Return how far a shape looks, and from where it is given targets; None for anywhere."""
    loose: list[Loose] = []
    holders = [shape]
    if shape.path is None:
        holders += (
            shapes.by_node[constraint.shapes[0]]
            for constraint in shape.constraints
            if isinstance(constraint, ShapeBased) and constraint.parameter == "property"
        )
    try:
        for holder in holders:
            loose += (_loose(holder, query) for query in _unclear(holder))
        if loose and shape.targets.objects_of:
            return None
        skipped = frozenset((entry.holder, entry.query) for entry in loose)
        guards = dict(_guards(shapes, holders))
        targets = (Inverse(Predicate(name)) for name in shape.targets.objects_of)
        paths = _reach(shapes, shape, {}, skipped, frozenset(guards))
        return Reach(frozenset((*targets, *paths)), tuple(guards.values()), tuple(loose))
    except Unclear:
        return None


def _guards(shapes: Shapes, holders: list[Shape]) -> Iterator[tuple[tuple[Term, int], Guard]]:
    """Yield the tests of each value of a property, by the shape that has them and their number there.

    Only where such a shape is not part of a logical constraint, too, which could turn it into its opposite.
    """
    inner: set[Term] = set()
    pending = [
        node
        for holder in holders
        for constraint in holder.constraints
        if isinstance(constraint, ShapeBased | Qualified)
        and not (
            holder.path is None and isinstance(constraint, ShapeBased) and constraint.parameter == "property"
        )
        for node in constraint.shapes
    ]
    while pending:
        node = pending.pop()
        if node not in inner:
            inner.add(node)
            pending += shapes.by_node[node].uses()
    for holder in holders:
        if isinstance(holder.path, Predicate) and not holder.deactivated and holder.node not in inner:
            for number, constraint in enumerate(holder.constraints):
                if on_each_value(constraint) and _looks_at_values(shapes, constraint):
                    yield (holder.node, number), Guard(holder.path, constraint)


def _unclear(holder: Shape) -> Iterator[Query]:
    """Yield the queries of a shape that do not go along paths."""
    for constraint in holder.constraints:
        if isinstance(constraint, Query) and not holder.deactivated:
            try:
                _query_reach(constraint, holder)
            except Unclear:
                yield constraint


def _loose(holder: Shape, query: Query) -> Loose:
    """Return the query with the variables of its subjects. Raises Unclear if binding them is not enough."""
    together, tests = contexts(query.text, holder.path)
    if has_aggregates(query.text) or not is_row_by_row(query.text, "this"):
        raise Unclear
    always = [{name for edge in context for name in (edge.start, edge.end)} for context in together]
    properties = {edge.predicate for context in (*together, *tests) for edge in context if edge.predicate}
    starts = {edge.start for context in (*together, *tests) for edge in context} - properties
    if any(not isinstance(edge.path, Predicate) for context in (*together, *tests) for edge in context):
        raise Unclear
    names = {"this"}
    for name in starts - names:
        if name is None or name.startswith(UNNAMED) or not all(name in context for context in always):
            raise Unclear
        names.add(name)
    return Loose(holder.node, query.node, tuple(sorted(names)))


def _reach(
    shapes: Shapes,
    shape: Shape,
    known: dict[Term, set[Path]],
    skipped: frozenset[tuple[Term, Term]],
    guarded: frozenset[tuple[Term, int]],
) -> set[Path]:
    if shape.node in known:
        return known[shape.node]
    found: set[Path] = set()
    if not shape.deactivated:
        if shape.path is not None:
            found.update(subjects(shape.path))
        for number, constraint in enumerate(shape.constraints):
            if isinstance(constraint, Foreign):
                raise Unclear
            if isinstance(constraint, Query) and (shape.node, constraint.node) in skipped:
                continue
            if isinstance(constraint, Query | Custom):
                found |= _query_reach(constraint, shape)
            if isinstance(constraint, ShapeBased | Qualified):
                for node in constraint.shapes:
                    inner = _reach(shapes, shapes.by_node[node], known, skipped, guarded)
                    found.update(joined(shape.path, path) for path in inner)
            is_guarded = (shape.node, number) in guarded
            if shape.path is not None and not is_guarded and _looks_at_values(shapes, constraint):
                found.add(shape.path)
    if len(found) > _MOST:
        raise Unclear
    known[shape.node] = found
    return found


def _looks_at_values(shapes: Shapes, constraint: Constraint) -> bool:
    """Return whether a constraint looks at triples whose subject is a value, not at the value alone."""
    if isinstance(constraint, ShapeBased | Qualified):
        return any(
            shapes.by_node[node].path is not None
            or any(_looks_at_start(shapes, inner) for inner in shapes.by_node[node].constraints)
            for node in constraint.shapes
        )
    return isinstance(constraint, Closed) or (
        isinstance(constraint, Value) and constraint.parameter == "class"
    )


def _looks_at_start(shapes: Shapes, constraint: Constraint) -> bool:
    """Return whether a constraint of a node shape looks at triples of the node that is checked."""
    return isinstance(constraint, Pair | Query | Custom) or _looks_at_values(shapes, constraint)


def _query_reach(constraint: Query | Custom, shape: Shape) -> set[Path]:
    """Return how far a query looks from ``$this``. Raises Unclear if something in it hangs on nothing."""
    found: set[Path] = set()
    for context in (one for several in contexts(constraint.text, shape.path) for one in several):
        pending = list(context)
        if isinstance(constraint, Custom):
            if shape.path is None:
                pending = [_renamed(edge, "value", "this") for edge in pending]
            else:
                pending.append(Edge("this", shape.path, "value"))
        found |= _context_reach(pending)
    return found


def _context_reach(context: list[Edge]) -> set[Path]:
    """Return the paths to what patterns that match together look at: one to each variable is enough.

    The triples along it are the same for every match, or the first that is not begins at a node that an
    unchanged part of the path leads to.
    """
    routes: dict[str, Path | None] = {"this": None}
    found: set[Path] = set()
    # Named properties first: they lead to fewer nodes than any property does.
    pending = sorted(context, key=lambda edge: edge.path is ANYTHING)
    while True:
        for edge in pending:
            if edge.start in routes:
                start, path, end = edge.start, edge.path, edge.end
            elif edge.end in routes:
                start, path, end = edge.end, inverted(edge.path), edge.start
            else:
                continue
            break
        else:
            break
        pending.remove(edge)
        assert start is not None
        found.update(joined(routes[start], node) for node in subjects(path))
        if end is not None and end not in routes:
            routes[end] = joined(routes[start], path)
    for edge in context:
        route = None if edge.start is None else routes.get(edge.start)
        if route is not None:
            found.add(route)
    # What is left may hang on a variable for a property: when a property changes, everything is checked.
    properties = {edge.predicate for edge in context if edge.predicate}
    if any(edge.start not in properties for edge in pending):
        raise Unclear
    return found


def _renamed(edge: Edge, old: str, new: str) -> Edge:
    def name(variable: str | None) -> str | None:
        return new if variable == old else variable

    return Edge(name(edge.start), edge.path, name(edge.end), edge.predicate)
