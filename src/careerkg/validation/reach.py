"""How far a shape looks: paths from a focus node to every node whose triples can decide its results.

A change of a node's triples can affect only focus nodes from which one of these paths leads to that node.
The start itself is always meant and not listed. None stands for "anywhere": nothing shorter is sure.
"""

from __future__ import annotations

from collections.abc import Iterator

from careerkg.store import Term
from careerkg.validation.constraints import Custom, Foreign, Qualified, Query, ShapeBased
from careerkg.validation.paths import Alternative, Inverse, Path, Predicate, Repeated, Sequence
from careerkg.validation.patterns import ANYTHING, Edge, Unclear, contexts
from careerkg.validation.shapes import Shape, Shapes

__all__ = ["inverted", "partials", "reach"]

_MOST = 200


def partials(path: Path) -> Iterator[Path]:
    """Yield the paths to each node on the way of a path, its end included."""
    if isinstance(path, Sequence):
        before: Path | None = None
        for part in path.parts:
            for partial in partials(part):
                yield joined(before, partial)
            before = joined(before, part)
    elif isinstance(path, Alternative):
        for part in path.parts:
            yield from partials(part)
    elif isinstance(path, Repeated):
        for partial in partials(path.path):
            yield partial if path.times == "?" else joined(Repeated(path.path, "*"), partial)
    elif isinstance(path, Inverse) and not isinstance(path.path, Predicate):
        yield from partials(inverted(path.path))
    else:
        yield path


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


def reach(shapes: Shapes, shape: Shape) -> frozenset[Path] | None:
    """Return how far a shape looks, and from where it is given targets."""
    targets = (Inverse(Predicate(name)) for name in shape.targets.objects_of)
    try:
        return frozenset((*targets, *_reach(shapes, shape, {})))
    except Unclear:
        return None


def _reach(shapes: Shapes, shape: Shape, known: dict[Term, set[Path]]) -> set[Path]:
    if shape.node in known:
        return known[shape.node]
    found: set[Path] = set()
    if not shape.deactivated:
        if shape.path is not None:
            found.update(partials(shape.path))
        for constraint in shape.constraints:
            if isinstance(constraint, Foreign):
                raise Unclear
            if isinstance(constraint, Query | Custom):
                found |= _query_reach(constraint, shape)
            if isinstance(constraint, ShapeBased | Qualified):
                for node in constraint.shapes:
                    inner = _reach(shapes, shapes.by_node[node], known)
                    found.update(joined(shape.path, path) for path in inner)
    if len(found) > _MOST:
        raise Unclear
    known[shape.node] = found
    return found


def _query_reach(constraint: Query | Custom, shape: Shape) -> set[Path]:
    """Return how far a query looks from ``$this``. Raises Unclear if something in it hangs on nothing."""
    found: set[Path] = set()
    for context in contexts(constraint.text, shape.path):
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
        places = set(partials(path))
        if end is None or end in routes:
            # Whether the triple is there shows at its other end, to which a path leads already.
            places.discard(path)
        else:
            routes[end] = joined(routes[start], path)
        found.update(joined(routes[start], place) for place in places)
    # What is left may hang on a variable for a property: when a property changes, everything is checked.
    properties = {edge.predicate for edge in context}
    loose = [edge for edge in pending if edge.start not in properties]
    if any(name is not None for edge in loose for name in (edge.start, edge.end)):
        raise Unclear
    return found


def _renamed(edge: Edge, old: str, new: str) -> Edge:
    def name(variable: str | None) -> str | None:
        return new if variable == old else variable

    return Edge(name(edge.start), edge.path, name(edge.end), edge.predicate)
