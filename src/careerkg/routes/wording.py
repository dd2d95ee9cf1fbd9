"""Conditions in words, where nobody has put them in any."""

from __future__ import annotations

from careerkg.routes.compile import Graph
from careerkg.routes.describe import Descriptions
from careerkg.routes.facts import ALL, ANY, AT_LEAST, FREE
from careerkg.vocabulary import RDFS

__all__ = ["condition_text", "listed"]

DEPTH = 3
"""How deep conditions in conditions are told."""


def listed(parts: list[str], word: str) -> str:
    """Return parts in a row, with a word before the last.

    >>> listed(["a", "b", "c"], "or")
    'a, b or c'
    """
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}" if len(parts) > 1 else "".join(parts)


def condition_text(graph: Graph, words: Descriptions, node: int, depth: int = DEPTH) -> str:
    """Return what a condition says: its comment, its label, or else what it asks for."""
    facts = graph.facts
    name = facts.names[node]
    said = next(iter(words.texts(name, RDFS.comment) or words.texts(name, RDFS.label)), None)
    if said is not None:
        return " ".join(said.split())
    kind = facts.kinds.get(node)
    if kind is None:
        return words.label(name)
    if kind == FREE:
        return "a condition that is not put in words"
    operands = dict.fromkeys([*facts.operand.get(node, ()), *facts.condition.get(node, ())])
    if not operands or depth == 0:
        return "\u2026" if operands else "nothing"
    parts = sorted(condition_text(graph, words, operand, depth - 1) for operand in operands)
    if kind == AT_LEAST:
        return f"at least {facts.count.get(node, ['?'])[0]} of {listed(parts, 'and')}"
    text = listed(parts, "or" if kind == ANY else "and")
    return f"({text})" if depth < DEPTH and len(parts) > 1 and kind in (ALL, ANY) else text
