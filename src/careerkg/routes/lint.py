"""What is wrong or doubtful with the conditions of a graph: findings, worst first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import pyoxigraph as ox

from careerkg.errors import MalformedValue
from careerkg.routes.compile import NEVER, Graph, owner_of
from careerkg.routes.components import components
from careerkg.routes.describe import Descriptions
from careerkg.routes.facts import ALL, ANY, AT_LEAST, FREE, REQUIREMENT, term_name
from careerkg.routes.find import compiled
from careerkg.routes.model import RouteOptions
from careerkg.routes.problem import forward
from careerkg.store import Store
from careerkg.vocabulary import CKG, compact

__all__ = ["Finding", "Severity", "lint"]

Severity = Literal["error", "warning", "info"]
_ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True)
class Finding:
    """Something to look at."""

    severity: Severity
    kind: str
    """malformed, cycle, contradiction, unreachable, retired, single-operand, free-text-only."""
    node: str
    """IRI of the item or condition; of the item it belongs to if that is a blank node."""
    message: str
    related: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as JSON has it."""
        return {
            "severity": self.severity,
            "kind": self.kind,
            "node": self.node,
            "message": self.message,
            "related": list(self.related),
        }


def lint(store: Store, as_of: date | None = None) -> tuple[Finding, ...]:
    """Return the findings about all conditions as they hold on a day, worst first, then by kind and IRI.

    Errors: values that cannot be read, cycles that lock their items, conditions that contradict themselves or
    a stated absence of a demand, items that nothing leads to. Warnings: demands of what is no longer awarded.
    Infos: alternatives of one, and items whose conditions are known in words only.
    """
    graph, _ = compiled(store, RouteOptions(as_of=as_of))
    words = Descriptions(store)
    findings = [
        *_malformed(graph),
        *_contradictions(store, graph),
        *_unreachable(graph),
        *_retired(graph, words),
        *_doubtful(graph),
    ]
    return tuple(sorted(set(findings), key=lambda f: (_ORDER[f.severity], f.kind, f.node, f.message)))


def _malformed(graph: Graph) -> list[Finding]:
    """Return the values that cannot be read."""
    found = [
        Finding("error", "malformed", owner_of(graph.facts, node), str(error))
        for node, error in list(graph.errors.items())
    ]
    for node in graph.network():
        if graph.item[node]:
            for read in (graph.time, graph.cost):
                try:
                    read(node)
                except MalformedValue as error:
                    found.append(Finding("error", "malformed", owner_of(graph.facts, node), str(error)))
    return found


def _contradictions(store: Store, graph: Graph) -> list[Finding]:
    """Return conditions that cannot be met by what they say themselves, and demands that are denied."""
    facts, names = graph.facts, graph.facts.names
    found = []
    for node, kind in facts.kinds.items():
        if graph.left_out.get(node) == "ignored":
            continue
        kids, need = graph.kids[node], graph.need[node]
        if kind == ANY and not kids and node not in graph.left_out:
            message = "an AnyOf without operands can never be met"
            found.append(Finding("error", "contradiction", owner_of(graph.facts, node), message))
        elif kind == AT_LEAST and len(kids) < need < NEVER:
            message = f"at least {need} of {len(kids)} operands can never be met"
            found.append(Finding("error", "contradiction", owner_of(graph.facts, node), message))
    for quad in store.quads(None, ox.NamedNode(CKG.doesNotRequire), None, ox.DefaultGraph()):
        item, other = facts.ids.get(term_name(quad.subject)), facts.ids.get(term_name(quad.object))
        if item is None or other is None or other in facts.kinds:
            continue
        if graph.current(other) in graph.kids[item]:
            message = f"requires {compact(names[other])}, and is said not to"
            found.append(Finding("error", "contradiction", names[item], message, (names[other],)))
    return found


def _unreachable(graph: Graph) -> list[Finding]:
    """Return the items that nothing leads to: locked in a cycle, or behind something that cannot be had."""
    names = graph.facts.names
    nodes = [node for node in graph.network() if node not in graph.errors]
    reached = forward(nodes, graph, frozenset(), frozenset(graph.errors), lambda _: 0)
    stuck = {
        node: [kid for kid in graph.kids[node] if kid not in reached] for node in nodes if node not in reached
    }
    locked: set[int] = set()
    found = []
    for component in components(list(stuck), stuck):
        if len(component) == 1 and component[0] not in stuck[component[0]]:
            continue
        items = sorted(names[node] for node in component if graph.item[node] and graph.need[node] < NEVER)
        locked.update(component)
        if items:
            message = f"locked in a cycle that nothing leads into: {', '.join(map(compact, items))}"
            found.append(Finding("error", "cycle", items[0], message, tuple(items)))
    for node, behind in stuck.items():
        if not graph.item[node] or node in locked or node in graph.retired:
            continue
        reasons = sorted({owner_of(graph.facts, kid) for kid in behind} - {names[node]})
        message = "cannot be attained: " + (
            f"nothing leads to {', '.join(map(compact, reasons))}"
            if reasons
            else "its condition can never be met"
        )
        found.append(Finding("error", "unreachable", names[node], message, tuple(reasons)))
    return found


def _retired(graph: Graph, words: Descriptions) -> list[Finding]:
    """Return the demands of things that are no longer, or not yet, to be had."""
    facts, names = graph.facts, graph.facts.names
    found = []
    for table in (facts.requires, facts.operand, facts.condition, facts.in_role):
        for parent, kids in table.items():
            if graph.left_out.get(parent) == "ignored" or parent in graph.retired or parent in graph.read_as:
                continue
            for kid in kids:
                if kid in graph.read_as:
                    new = names[graph.read_as[kid]]
                    message = (
                        f"asks for {compact(names[kid])}, which is now {compact(new)} ({words.label(new)})"
                    )
                    related: tuple[str, ...] = (names[kid], new)
                elif kid in graph.retired:
                    message = f"asks for {compact(names[kid])}, which is not to be had at {graph.gate.as_of}"
                    related = (names[kid],)
                else:
                    continue
                found.append(Finding("warning", "retired", owner_of(graph.facts, parent), message, related))
    return found


def _doubtful(graph: Graph) -> list[Finding]:
    """Return alternatives of one, and items whose conditions are known in words only."""
    facts, names = graph.facts, graph.facts.names
    found = []
    for node, kind in facts.kinds.items():
        if kind in (ANY, AT_LEAST) and len(set(facts.operand.get(node, ()))) == 1:
            name = "AnyOf" if kind == ANY else "AtLeast"
            message = f"an {name} with a single operand is no alternative"
            found.append(Finding("info", "single-operand", owner_of(graph.facts, node), message))
    for node in facts.requires:
        if graph.item[node] and graph.kids[node] and _words_only(graph, node):
            message = "all conditions are known in words only: a person must check them"
            found.append(Finding("info", "free-text-only", names[node], message))
    return found


def _words_only(graph: Graph, node: int) -> bool:
    """Tell whether all leaves of the conditions of an item are texts."""
    kinds = graph.facts.kinds
    seen = {node}
    stack = [node]
    texts = False
    while stack:
        for kid in graph.kids[stack.pop()]:
            kind = kinds.get(kid)
            if kind == FREE:
                texts = True
            elif kind in (ALL, ANY, AT_LEAST, REQUIREMENT):
                if kid not in seen:
                    seen.add(kid)
                    stack.append(kid)
            else:
                return False
    return texts
