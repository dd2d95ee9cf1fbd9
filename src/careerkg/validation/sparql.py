"""SPARQL-based constraints (SHACL section 5) and constraint components (section 6)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pyoxigraph as ox

from careerkg.errors import QueryError, ShapesError
from careerkg.store import Term
from careerkg.validation.constraints import Custom, Query
from careerkg.validation.data import Data
from careerkg.validation.joins import cheap_first, with_stars
from careerkg.validation.messages import filled
from careerkg.validation.paths import Path, Predicate
from careerkg.validation.prebinding import inject
from careerkg.validation.properties import with_properties
from careerkg.validation.queries import (
    has_aggregates,
    is_row_by_row,
    tokens,
    where_group,
    without,
    without_prologue,
)
from careerkg.validation.report import Result
from careerkg.validation.scopes import FRESH, Fresh, Scope, steps, values
from careerkg.validation.shapes import Shape
from careerkg.validation.triples import as_text

__all__ = ["Binding", "custom_violations", "query_violations"]


_THIS = frozenset(("this",))


@dataclass(frozen=True)
class Binding:
    """A variable of a query, a pattern that binds it, and the properties of what it is bound to, if known."""

    name: str
    pattern: str
    properties: frozenset[str] | None


def query_violations(
    data: Data,
    fresh: Fresh,
    shape: Shape,
    constraint: Query,
    scope: Scope,
    narrowed: Sequence[Binding] = (),
) -> dict[Term, list[Result]]:
    """Return the solutions of a SELECT query, with ``$this`` bound beforehand to each focus node.

    One query for all focus nodes where each solution depends on one of them; one for each where rows are
    counted or cut off. With ``narrowed`` only solutions are wanted in which one of these binds its variable.
    """
    found: dict[Term, list[Result]] = defaultdict(list)
    seen: set[tuple[Term, frozenset[tuple[str, Term]]]] = set()
    for binding in narrowed or (None,):
        text = _bound(data, shape, constraint, scope, binding)
        if text is None:
            continue
        for this, row in _solutions(data, fresh, shape, text, scope, binding):
            if (key := (this, frozenset(row.items()))) in seen:
                continue
            seen.add(key)
            if row.get("failure") is not None:
                raise ShapesError(
                    f"the query of {as_text(shape.node)} reports a failure", node=str(shape.node)
                )
            focus, value = row.get("this") or this, row.get("value")
            if value is None and shape.path is None:
                value = this
            path = row.get("path")
            found[this].append(_result(shape, constraint, focus, path, value, row, constraint.node))
    return found


def _bound(data: Data, shape: Shape, constraint: Query, scope: Scope, binding: Binding | None) -> str | None:
    """Return the text of a query, written for the store and the scope; None if it has no solution."""
    text = _with_constants(constraint.text, shape)
    known = {} if scope.properties is None else {"this": scope.properties}
    if binding is not None and binding.properties is not None:
        known[binding.name] = binding.properties
    if known or (scope.origins is not None and binding is None):
        bound = with_properties(data, text, shape.path, known or None)
        if bound is None:
            return None
        text = bound
    if binding is None and data.is_large(scope) and not has_aggregates(text):
        text = with_stars(data, without_prologue(text), data.size(scope) or 0)
    return cheap_first(text)


def _solutions(
    data: Data, fresh: Fresh, shape: Shape, text: str, scope: Scope, binding: Binding | None
) -> Iterator[tuple[Term, dict[str, Term]]]:
    """Yield focus nodes with their solutions, one several times if several patterns of the scope give it."""
    if is_row_by_row(text, "this"):
        text = _selecting(text, ("this",))
        branches = scope.groups()
        if has_aggregates(text):
            # A node that matches several patterns, or one several times, must not be counted twice.
            either = " UNION ".join(f"{{ {branch} }}" for branch in branches)
            branches = [f"{{ SELECT DISTINCT ?this WHERE {{ {either} }} }}"]
        for branch in branches:
            together = inject(text, _THIS, partial(_renamed, branch, fresh))
            if binding is not None:
                together = inject(together, frozenset((binding.name,)), partial(str, binding.pattern))
            yield from ((row["this"], row) for row in _run(data, together, {}, shape) if "this" in row)
        return
    for (this,) in data.select("?this", scope.groups()):
        yield from ((this, row) for row in _run(data, text, {"this": this}, shape))


def custom_violations(
    data: Data,
    fresh: Fresh,
    shape: Shape,
    constraint: Custom,
    scope: Scope,
) -> dict[Term, list[Result]]:
    """Return the values that do not pass a SPARQL-based constraint component, whose parameters are bound."""
    text = _with_constants(constraint.text, shape)
    parameters = dict(constraint.parameters)
    blocks = [values(f"?{name}", [term]) for name, term in constraint.parameters]
    if None in blocks:
        raise ShapesError(f"a parameter of {as_text(shape.node)} is a blank node", node=str(shape.node))
    fixed = " ".join(block for block in blocks if block)
    bound = frozenset(("this", "value", *parameters))
    steps_to_value = (
        ["BIND(?this AS ?value)"] if shape.path is None else list(steps("?this", shape.path, "?value"))
    )
    pairs = [f"{group} {step}" for group in scope.groups() for step in steps_to_value]
    found: dict[Term, list[Result]] = defaultdict(list)
    seen: set[tuple[Term | None, ...]] = set()
    for pair in pairs:

        def beforehand(pair: str = pair) -> str:
            return f"{_renamed(pair, fresh)} {fixed}"

        if constraint.kind == "ask":
            query = _failing(inject(text, bound, beforehand), pair)
        else:
            query = _selecting(inject(text, bound, beforehand), ("this", "value"))
        for row in _run(data, query, {}, shape):
            this, value = row.get("this"), row.get("value")
            key = (this, value, row.get("path"))
            if this is None or key in seen:
                continue
            seen.add(key)
            shown = value if shape.path is None or constraint.kind == "select" else None
            shown_values = {**parameters, **row}
            found[this].append(_result(shape, constraint, this, row.get("path"), shown, shown_values))
    return found


def _renamed(pattern: str, fresh: Fresh) -> str:
    """Return a pattern with its own variables renamed, so that it can stand in several groups of a query."""
    names: dict[str, str] = {}

    def rename(match: re.Match[str]) -> str:
        return names.setdefault(match[0], fresh())

    return re.sub(rf"\?{FRESH}[0-9]+\b", rename, pattern)


def _failing(ask: str, pair: str) -> str:
    """Return the query for the pairs of focus node and value for which an ASK query is false."""
    start = next((begin for _, token, begin, _ in tokens(ask) if token.upper() == "ASK"), None)
    group = where_group(ask)
    if start is None or group is None:
        raise ShapesError("a validator with sh:ask has no ASK query")
    body = ask[group[0] : group[1]]
    return f"{ask[:start]} SELECT DISTINCT ?this ?value WHERE {{ {pair} FILTER NOT EXISTS {body} }}"


def _selects(text: str, name: str) -> bool:
    """Return whether the outermost SELECT clause of a query has a variable."""
    inside = False
    for kind, token, _, _ in tokens(text):
        if token == "{":
            return False
        inside = inside or token.upper() == "SELECT"
        if inside and (token == "*" or (kind == "variable" and token[1:] == name)):
            return True
    return False


def _selecting(text: str, names: tuple[str, ...]) -> str:
    """Return a query whose outermost SELECT clause has some variables, too."""
    missing = [f"?{name}" for name in names if not _selects(text, name)]
    for _, token, _, end in tokens(text):
        if token.upper() in ("DISTINCT", "REDUCED"):
            return f"{text[:end]} {' '.join(missing)} {text[end:]}"
        if token == "{":
            break
    for _, token, _, end in tokens(text):
        if token.upper() == "SELECT":
            return f"{text[:end]} {' '.join(missing)} {text[end:]}"
    return text


def _result(
    shape: Shape,
    constraint: Query | Custom,
    focus: Term,
    path: Term | None,
    value: Term | None,
    row: Mapping[str, Term],
    source: Term | None = None,
) -> Result:
    result_path: Path | None = Predicate(path.value) if isinstance(path, ox.NamedNode) else shape.path
    bound = dict(row)
    if "path" not in bound and isinstance(shape.path, Predicate):
        bound["path"] = ox.NamedNode(shape.path.iri)
    messages = constraint.messages or shape.messages
    return Result(
        focus=focus,
        path=result_path,
        value=value,
        component=constraint.component,
        shape=shape.node,
        severity=shape.severity,
        messages=tuple(filled(message, bound) for message in messages),
        source_constraint=source,
    )


def _with_constants(text: str, shape: Shape) -> str:
    """Return a query with ``$PATH`` and ``$currentShape`` replaced (section 5.3.1)."""
    pieces, last = [], 0
    for kind, token, start, end in tokens(text):
        replacement = None
        if kind == "variable" and token[1:] == "PATH" and shape.path is not None:
            replacement = str(shape.path)
        if kind == "variable" and token[1:] == "currentShape" and isinstance(shape.node, ox.NamedNode):
            replacement = str(shape.node)
        if replacement is not None:
            pieces += [text[last:start], replacement]
            last = end
    return "".join(pieces) + text[last:]


def _run(data: Data, text: str, bound: Mapping[str, Term], shape: Shape) -> Iterator[dict[str, Term]]:
    """Yield the solutions of a query with variables bound beforehand."""
    named = {name: term for name, term in bound.items() if not isinstance(term, ox.BlankNode)}
    for name, term in named.items():
        text = inject(text, frozenset((name,)), partial(str, f"VALUES ?{name} {{ {term} }}"))
    text = without(text, frozenset(named))
    blank = {name: term for name, term in bound.items() if name not in named}
    try:
        solutions = data.store.query(text, bindings=blank or None)
    except (QueryError, RuntimeError) as error:
        raise ShapesError(
            f"a query of {as_text(shape.node)} cannot be run: {error}", node=str(shape.node)
        ) from error
    if not isinstance(solutions, ox.QuerySolutions):
        raise ShapesError(f"the query of {as_text(shape.node)} is no SELECT query", node=str(shape.node))
    # SELECT * has those of the scope, too.
    names = [variable.value for variable in solutions.variables if not variable.value.startswith(FRESH)]
    for solution in solutions:
        terms = [(name, solution[name]) for name in names]
        yield {name: term for name, term in terms if term is not None}
