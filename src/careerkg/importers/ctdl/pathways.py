"""Mapping: pathways, their components, and component conditions: k of n, logical operators, constraints.

A pathway is attained with its destination; a component with its conditions, and with what it stands for
(``proxyFor``). ``precedes`` only suggests an order and never gates.
https://credreg.net/ctdl/terms/ComponentCondition
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from careerkg.importers.ctdl.expand import Node, Text
from careerkg.importers.ctdl.facts import Facts, meaningful, plain
from careerkg.importers.ctdl.terms import CETERMS
from careerkg.importers.triples import integer
from careerkg.vocabulary import CKG

__all__ = [
    "is_component_condition",
    "is_constraint",
    "map_component_condition",
    "map_constraint",
    "map_pathway",
]


def is_component_condition(node: Node) -> bool:
    """Tell whether a node is a condition of a pathway component."""
    return CETERMS.ComponentCondition in node.types


def is_constraint(node: Node) -> bool:
    """Tell whether a node is a constraint of a component condition."""
    return CETERMS.Constraint in node.types


def map_pathway(node: Node, facts: Facts) -> None:
    """Write what attaining a pathway, a component, or another thing with component conditions takes."""
    for property_ in (CETERMS.hasDestinationComponent, CETERMS.proxyFor):
        for target in node.links(property_):
            thing = facts.index.resolve(target)
            if thing not in facts.index.classes:
                if property_ == CETERMS.proxyFor:
                    # A component may stand for any page of the Web; only what is described is an item.
                    continue
                facts.dangling.append(property_.rpartition("/")[2])
            if thing != node.iri:
                facts.link(node.iri, CKG.requires, thing)
    for value in node.values(CETERMS.hasCondition):
        if isinstance(value, Text):
            if meaningful(value):
                facts.link(node.iri, CKG.requires, facts.free_text(facts.inner(node, "condition"), [value]))
        else:
            # The condition is written where it is described: here within, or in a record of its own.
            facts.link(node.iri, CKG.requires, value.iri)


def map_component_condition(node: Node, facts: Facts) -> None:
    """Write a component condition at its own IRI.

    ``requiredNumber`` says how many of the target components, and of nested conditions that no logical
    operator joins, must be met; absent, all. The operator joins nested conditions and constraints.
    """
    targets = []
    for target in node.links(CETERMS.targetComponent):
        thing = facts.index.resolve(target)
        if thing not in facts.index.classes:
            facts.dangling.append("targetComponent")
        targets.append(thing)
    nested = node.links(CETERMS.hasCondition)
    constraints = node.links(CETERMS.hasConstraint)
    operator = _operator(node, facts)
    number = _number(node, facts)
    candidates = list(dict.fromkeys(targets if operator is not None else targets + nested))
    joined = list(dict.fromkeys(nested + constraints if operator is not None else constraints))
    if number is not None and not targets and operator is not None:
        # The number can only mean what the operator would join.
        candidates, joined, operator = list(dict.fromkeys(nested)), constraints, None
    facts.label(node.iri, node.texts(CETERMS.name))
    facts.comment(node.iri, node.texts(CETERMS.description))
    parts: list[tuple[str, Sequence[str], int]] = []
    if candidates:
        parts.append(_choice(node, candidates, number, facts))
    if joined:
        parts.append(("AnyOf" if operator == "Or" and len(joined) > 1 else "AllOf", joined, 0))
    if not parts:
        texts = [each for each in node.texts(CETERMS.description, CETERMS.name) if meaningful(each)]
        facts.a(node.iri, "FreeTextCondition")
        if not texts:
            facts.comment(node.iri, [plain("A condition whose content the publisher does not give.")])
        elif not node.texts(CETERMS.description):
            facts.comment(node.iri, texts)
        return
    if len(parts) == 1:
        _write(node.iri, *parts[0], facts)
        return
    facts.a(node.iri, "AllOf")
    for place, part in enumerate(parts, start=1):
        inner = facts.inner(node, f"part-{place}")
        _write(inner, *part, facts)
        facts.link(node.iri, CKG.operand, inner)


def map_constraint(node: Node, facts: Facts) -> None:
    """Write a constraint, which compares figures of a learner's record, as a condition in words."""
    texts = [each for each in node.texts(CETERMS.description, CETERMS.name) if meaningful(each)]
    if not texts:
        sides = []
        for side in ("left", "comparator", "right"):
            names = ("comparator",) if side == "comparator" else (f"{side}Action", f"{side}Source")
            for name in names:
                values = node.values(f"{CETERMS}{name}")
                shown = [each.text if isinstance(each, Text) else each.iri for each in values]
                sides.append(" or ".join(each.rstrip("/").rpartition("/")[2] for each in shown))
        texts = [plain("Constraint: " + " ".join(side for side in sides if side))]
    facts.free_text(node.iri, texts)


def _write(name: str, kind: str, operands: Sequence[str], count: int, facts: Facts) -> None:
    """Write a logical condition."""
    facts.a(name, kind)
    for operand in operands:
        facts.link(name, CKG.operand, operand)
    if kind == "AtLeast":
        facts.say(name, CKG.count, integer(str(count)))


def _choice(
    node: Node, candidates: Sequence[str], number: int | None, facts: Facts
) -> tuple[str, Sequence[str], int]:
    """Return how many of the candidates are needed, as the class of condition that says it."""
    if number is None or number == len(candidates):
        return "AllOf", candidates, 0
    if number > len(candidates):
        facts.warn(
            f"requiredNumber {number} is more than the {len(candidates)} components named: all are needed"
        )
        more = facts.inner(node, "more")
        facts.free_text(more, [plain(f"{number} are needed, of which {len(candidates)} are named.")])
        return "AllOf", [*candidates, more], 0
    if number == 1:
        return "AnyOf", candidates, 0
    return "AtLeast", candidates, number


def _number(node: Node, facts: Facts) -> int | None:
    """Return how many are required, or None if all are."""
    written = node.text(CETERMS.requiredNumber)
    if written is None:
        return None
    try:
        number = float(written)
    except ValueError:
        number = -1
    if not math.isfinite(number) or number != int(number) or number < 1:
        facts.warn(f"requiredNumber {written!r} is not a whole number of at least 1: all are needed")
        return None
    return int(number)


def _operator(node: Node, facts: Facts) -> str | None:
    """Return And or Or, or None if no operator is given; OnlyOne is Or, because nothing forbids more."""
    for value in node.values(CETERMS.logicalOperator):
        names = [value.text] if isinstance(value, Text) else [value.iri]
        if isinstance(value, Node):
            names = [*value.links(CETERMS.targetNode), value.text(CETERMS.targetNodeName) or ""]
        for name in names:
            local = name.rstrip("/").rpartition("/")[2].rpartition(":")[2].lower()
            if local == "and":
                return "And"
            if local in ("or", "onlyone", "only one"):
                return "Or"
        facts.warn(f"the logical operator {names[0]!r} is not known: all are needed")
    return None
