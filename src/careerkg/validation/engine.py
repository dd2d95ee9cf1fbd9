"""Validation of a store against shapes: what is checked on which nodes, and what is reported."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

import pyoxigraph as ox

from careerkg.errors import InvalidArgument, ShapesError
from careerkg.store import Store, Term
from careerkg.validation.constraints import Query, ShapeBased
from careerkg.validation.data import Data
from careerkg.validation.delegation import delegated_results, delegated_shapes, names_of
from careerkg.validation.evaluation import Evaluation, Found
from careerkg.validation.incremental import Affected, affected
from careerkg.validation.names import RDF_TYPE, SEVERITIES, SUBCLASS_OF
from careerkg.validation.queries import without_prologue
from careerkg.validation.report import Report, Result, make_report
from careerkg.validation.scopes import Origin, Scope, in_list, iri, values
from careerkg.validation.shapes import Shape, Shapes, Targets
from careerkg.validation.sparql import query_violations
from careerkg.validation.triples import as_text

__all__ = ["Severity", "validate"]

Severity: TypeAlias = Literal["violation", "warning", "info"]

_RANKS = {iri: rank for rank, iri in enumerate(SEVERITIES.values())}
_FEW = 200


def validate(
    store: Store,
    shapes: Shapes,
    *,
    focus: Iterable[str] | None = None,
    shape: Iterable[str] | None = None,
    severity: Severity = "info",
    limit_per_shape: int | None = None,
    changed: Iterable[Term] | None = None,
) -> Report:
    """Return the validation report of the default graph of a store.

    ``focus`` limits the focus nodes to these IRIs (or ``_:id`` of blank nodes); a shape that targets a node
    by name still is checked, as far as its results have one of these as value. ``shape`` limits the results
    to these shapes and the property shapes that they have; ``severity`` is the least grave that counts:
    shapes of lower severity are not run. ``limit_per_shape`` is how many results of each shape are listed;
    counts stay exact. With ``changed`` only focus nodes are checked that a change can affect: give the
    subjects of added and removed triples, and the objects of removed ones. Raises InvalidArgument for an
    unknown severity, ShapesError, QueryError or StoreError.
    """
    nodes = None if focus is None else frozenset(focus)
    only = None if shape is None else _with_properties(shapes, frozenset(shape))
    if severity not in SEVERITIES:
        raise InvalidArgument("severity", severity, list(SEVERITIES))
    least = _RANKS[SEVERITIES[severity]]

    def chosen(node: Term, result: Result, targets: Targets) -> bool:
        if nodes is None or as_text(node) in nodes:
            return True
        return node in targets.nodes and result.value is not None and as_text(result.value) in nodes

    def wanted(candidate: Shape) -> bool:
        return (only is None or candidate.node in only) and _RANKS.get(candidate.severity, 0) <= least

    data = Data(store)
    evaluation = Evaluation(data, shapes, wanted)
    results: list[Result] = []
    delegated = delegated_shapes(shapes)
    if delegated:
        results += (
            result
            for result in delegated_results(store, shapes, delegated)
            if (nodes is None or as_text(result.focus) in nodes)
            and (result.shape in shapes.by_node and wanted(shapes.by_node[result.shape]))
        )
    touched = None if changed is None else affected(data, evaluation.expressions, shapes, changed)
    for targeted in shapes.targeted:
        if targeted.node in delegated:
            continue
        if touched is not None and touched.spares(targeted):
            continue
        scope = target_scope(data, evaluation, targeted.targets, nodes)
        if touched is not None:
            results += (
                result
                for node, found in loose_results(evaluation, touched, targeted, scope).items()
                for result in found
                if chosen(node, result, targeted.targets)
            )
            scope = touched.scope(targeted, scope)
        for node, found in evaluation.results(targeted, scope, reporting=True).items():
            if touched is None or touched.includes(targeted, node):
                results += (result for result in found if chosen(node, result, targeted.targets))
    return make_report(results, limit_per_shape=limit_per_shape, delegated=names_of(delegated))


def loose_results(evaluation: Evaluation, touched: Affected, targeted: Shape, scope: Scope) -> Found:
    """Return the results of the queries that do not go along paths, in which what changed has a part.

    The evaluation then leaves them out.
    """
    found: Found = {}
    queries = touched.loose.get(targeted.node, ())
    for loose in queries:
        holder = evaluation.shapes.by_node[loose.holder]
        if not evaluation.wanted(holder):
            continue
        for constraint in holder.constraints:
            if isinstance(constraint, Query) and constraint.node == loose.query:
                results = query_violations(
                    evaluation.data,
                    evaluation.fresh,
                    holder,
                    constraint,
                    scope,
                    touched.bindings(loose),
                )
                for node, several in results.items():
                    found.setdefault(node, []).extend(several)
    evaluation.skipped = frozenset((loose.holder, loose.query) for loose in queries)
    return found


def target_scope(data: Data, evaluation: Evaluation, targets: Targets, focus: frozenset[str] | None) -> Scope:
    """Return the scope of a shape's targets, narrowed to some nodes where they are few and have names."""
    patterns = []
    for name in targets.classes:
        classes = data.subclasses(name)
        if classes is None:
            patterns.append(f"?this {iri(RDF_TYPE)}/{iri(SUBCLASS_OF)}* {iri(name)} .")
        elif focus is not None:
            patterns.append(in_list("?this", classes, evaluation.fresh))
        else:
            # One pattern each: a test of the class might come after all that is asked of the node.
            patterns += [f"?this {iri(RDF_TYPE)} {iri(one)} ." for one in classes]
    patterns += [f"?this {iri(name)} {evaluation.fresh()} ." for name in targets.subjects_of]
    patterns += [f"{evaluation.fresh()} {iri(name)} ?this ." for name in targets.objects_of]
    explicit = list(targets.nodes)
    for select in targets.selects:
        patterns.append(f"{{ SELECT DISTINCT ?this WHERE {{ {{ {without_prologue(select)} }} }} }}")
    narrowed = _narrowing(focus)
    if narrowed is not None:
        patterns = [f"{narrowed} {pattern}" for pattern in patterns] if focus else []
    if explicit:
        block = values("?this", explicit)
        patterns += [block] if block else []
    return Scope.of(*patterns, origins=_origins(data, targets) if narrowed is None else None)


def _origins(data: Data, targets: Targets) -> list[Origin] | None:
    """Return where the nodes of targets come from; None if that cannot be told."""
    classes = [data.subclasses(name) for name in targets.classes]
    if targets.selects or None in classes:
        return None
    origins: list[Origin] = [("class", name) for names in classes for name in names or ()]
    origins += (("property", name) for name in (*targets.subjects_of, *targets.objects_of))
    return origins


def _narrowing(focus: frozenset[str] | None) -> str | None:
    """Return a VALUES block for focus nodes, if they are few and all have names."""
    if focus is None or len(focus) > _FEW or any(name.startswith("_:") for name in focus):
        return None
    try:
        return values("?this", [ox.NamedNode(name) for name in sorted(focus)])
    except ValueError:  # a text that is no IRI, but may be that of a literal
        return None


def _with_properties(shapes: Shapes, names: frozenset[str]) -> set[Term]:
    """Return the shapes of some names, with their property shapes. Raises ShapesError if there is none."""
    by_name = {as_text(node): node for node in shapes.by_node}
    found: set[Term] = set()
    frontier = []
    for name in sorted(names):
        if name not in by_name:
            raise ShapesError(f"there is no shape {name}", node=name)
        frontier.append(by_name[name])
    while frontier:
        node = frontier.pop()
        if node not in found:
            found.add(node)
            for constraint in shapes.by_node[node].constraints:
                if isinstance(constraint, ShapeBased) and constraint.parameter == "property":
                    frontier += constraint.shapes
    return found
