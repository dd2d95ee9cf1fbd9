"""What does not gate and is worth knowing: weaker demands, recommendations, exceptions, new names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from careerkg.routes.compile import NO_CURRENCY, Graph
from careerkg.routes.describe import Descriptions
from careerkg.routes.facts import Links
from careerkg.routes.lacking import locked_cycles
from careerkg.routes.model import Advice
from careerkg.routes.wording import condition_text, listed
from careerkg.vocabulary import CKG, ID, local_name

if TYPE_CHECKING:
    from careerkg.routes.find import Question

__all__ = ["advise"]

Demands = list[tuple[int, int]]
"""Conditions, each behind the node that it hangs on."""

CONFIRMED = f"{ID}verification/confirmed"


def advise(question: Question, steps: set[int], unmet_limits: str | None = None) -> tuple[Advice, ...]:
    """Return the advice on the steps of an answer and on its goal, sorted by kind and item."""
    graph, words, facts = question.graph, question.words, question.graph.facts
    names = facts.names
    items = {question.goal, *steps} - question.held if steps else {question.goal}
    found: list[Advice] = []
    if unmet_limits:
        found.append(Advice("limit", names[question.goal], unmet_limits))
    if graph.gate.currency == NO_CURRENCY:
        text = "Costs are in several currencies and cannot be added up; --currency chooses one."
        found.append(Advice("currency", names[question.goal], text))
    for programme, credential in graph.completed(question.held).items():
        text = (
            f"{words.label(names[programme])}: completed by whoever holds {words.label(names[credential])}."
        )
        evidence = words.graphs(names[programme], CKG.awardsCredential, names[credential])
        found.append(Advice("implied", names[programme], text, None, tuple(sorted(evidence))))
    renamed = [node for node in question.asked if node in graph.read_as]
    for item in items:
        left_out, doubtful, others = _seen_from(graph, item)
        renamed += others
        for parent, node in doubtful:
            state = local_name(names[min(facts.verification[node])])
            reason = next(iter(words.texts(names[node], CKG.rankReason)), "")
            found.append(
                Advice(
                    "verification",
                    names[item],
                    f"{condition_text(graph, words, node)}: {state}. {reason}".strip(),
                    _strength(graph, node),
                    tuple(sorted(_graphs(words, graph, parent, node) or words.sources(names[node]))),
                )
            )
        for parent, node in left_out:
            found.append(
                Advice(
                    "strength",
                    names[item],
                    condition_text(graph, words, node),
                    _strength(graph, node),
                    tuple(sorted(_graphs(words, graph, parent, node) or words.sources(names[node]))),
                )
            )
        for kind, predicate, links in (
            ("recommended", CKG.recommends, facts.recommends),
            ("exception", CKG.exception, facts.exception),
        ):
            for node in links.get(item, ()):
                if graph.left_out.get(node) in ("ignored", "jurisdiction"):
                    continue
                found.append(
                    Advice(
                        kind,
                        names[item],
                        condition_text(graph, words, node),
                        _strength(graph, node),
                        tuple(sorted(words.graphs(names[item], predicate, names[node]))),
                    )
                )
    if not steps and question.goal not in question.held:
        found += _locked(question)
    told = {graph.read_as[old] for old in renamed}
    found += [
        _since_renamed(graph, words, item)
        for item in items
        if item not in told and facts.superseded_by.get(item) and facts.valid_until.get(item)
    ]
    found += [_renaming(graph, words, old) for old in dict.fromkeys(renamed)]
    return tuple(sorted(found, key=lambda a: (a.kind, a.item, a.text)))


def _locked(question: Question) -> list[Advice]:
    """Return the advice that names the cycles that keep a goal out of reach."""
    graph, words, names = question.graph, question.words, question.graph.facts.names
    found = []
    for cycle in locked_cycles(graph, question.goal, question.held, question.excluded):
        words.read(names[node] for node in cycle)
        parts = [words.label(names[node]) for node in cycle]
        text = (
            f"{listed(parts, 'and')} wait for each other: one of them must be brought."
            if len(parts) > 1
            else f"{parts[0]} waits for itself: it must be brought."
        )
        found.append(Advice("cycle", names[cycle[0]], text))
    return found


def _seen_from(graph: Graph, item: int) -> tuple[Demands, Demands, list[int]]:
    """Return the demands on an item that are too weak to gate, and those that gate though no other source
    confirms them, each with what it hangs on; and the names as written of what is now called otherwise."""
    facts = graph.facts
    weak: Demands = []
    doubtful: Demands = []
    renamed: list[int] = []
    seen = {item}
    stack = [item]
    while stack:
        parent = stack.pop()
        for node in _as_written(facts.requires, facts.in_role, facts.operand, facts.condition, node=parent):
            if node in graph.read_as:
                renamed.append(node)
            reason = graph.left_out.get(node)
            if reason == "strength":
                weak.append((parent, node))
            elif reason in (None, "empty") and node in facts.kinds and node not in seen:
                if any(facts.names[state] != CONFIRMED for state in facts.verification.get(node, ())):
                    doubtful.append((parent, node))
                seen.add(node)
                stack.append(node)
    return weak, doubtful, renamed


def _as_written(*tables: Links, node: int) -> Iterable[int]:
    for table in tables:
        yield from table.get(node, ())


def _strength(graph: Graph, node: int) -> str | None:
    strengths = graph.facts.strength.get(node, ())
    return min((graph.facts.names[strength] for strength in strengths), default=None)


def _graphs(words: Descriptions, graph: Graph, parent: int, node: int) -> set[str]:
    names = graph.facts.names
    return {
        graph_name
        for predicate in (CKG.requires, CKG.operand, CKG.condition)
        for graph_name in words.graphs(names[parent], predicate, names[node])
    }


def _renaming(graph: Graph, words: Descriptions, old: int) -> Advice:
    """Return the advice that tells what a thing is called at the as-of date, and since or until when."""
    facts = graph.facts
    new = graph.read_as[old]
    old_name, new_name = facts.names[old], facts.names[new]
    words.read([old_name, new_name])
    was, now = words.short(old_name), words.short(new_name)
    if new in _after(facts.superseded_by, old):
        since = max(facts.valid_from.get(new, facts.valid_until.get(old, [""])))
        text = f"{was} is called {now}{' since ' + since if since else ''}, and read as {now} here."
        chain = [old, *_after(facts.superseded_by, old)]
    else:
        until = min(facts.valid_from.get(old, facts.valid_until.get(new, [""])))
        text = f"{was} was called {now}{' until ' + until if until else ''}, and is read as {now} here."
        chain = [new, *_after(facts.superseded_by, new)]
    evidence = {name for node in chain for name in words.graphs(facts.names[node], CKG.supersededBy)}
    return Advice("succession", new_name, text, None, tuple(sorted(evidence)))


def _since_renamed(graph: Graph, words: Descriptions, item: int) -> Advice:
    """Return the advice that tells what a thing that was valid on the as-of date is called by now."""
    facts = graph.facts
    names = facts.names
    chain = [item, *_after(facts.superseded_by, item)]
    words.read([names[node] for node in chain])
    until = max(facts.valid_until[item])
    text = f"{words.short(names[item])} is called {words.short(names[chain[-1]])} since {until}."
    evidence = {name for node in chain for name in words.graphs(names[node], CKG.supersededBy)}
    return Advice("succession", names[item], text, None, tuple(sorted(evidence)))


def _after(links: Links, node: int) -> list[int]:
    """Return what has taken the place of a thing, step by step."""
    found: list[int] = []
    stack = [node]
    while stack:
        for new in links.get(stack.pop(), ()):
            if new not in found:
                found.append(new)
                stack.append(new)
    return found
