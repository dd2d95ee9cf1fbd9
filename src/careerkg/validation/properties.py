"""Variables for properties: a query with one goes through all triples, though few properties are meant.

``?this ?path ?value FILTER(…)`` with a condition on ``?path`` alone asks of each triple what can be asked of
each property, of which a store has some hundreds. So the condition is put to them first, and the variable
bound to those that fulfil it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from functools import partial

from careerkg.validation.data import Data
from careerkg.validation.paths import Path
from careerkg.validation.patterns import Context, Unclear, contexts
from careerkg.validation.prebinding import inject
from careerkg.validation.queries import Token, filters, has_aggregates, tokens, where_group

__all__ = ["with_properties"]

_MOST = 5_000
_BINDING = frozenset(("OPTIONAL", "BIND", "SELECT", "AS", "VALUES", "MINUS", "GRAPH"))


def with_properties(
    data: Data, text: str, path: Path | None, known: Mapping[str, Set[str]] | None = None
) -> str | None:
    """Return a query with its variables for properties bound to those in question; None if there are none.

    In question are all that the store has, or, where ``known`` says what properties the nodes have that some
    variables stand for, those of these nodes: properties of others are then left as they are.
    """
    group = where_group(text)
    if group is None:
        return text
    body = [piece for piece in tokens(text) if group[0] < piece[2] < group[1] - 1]
    words = {token.upper() for kind, token, _, _ in body if kind == "word"}
    # Where rows are counted, none is an answer, too.
    if words & _BINDING or has_aggregates(text):
        return text
    try:
        together, _ = contexts(text, path)
    except Unclear:
        return text
    names = [frozenset(edge.predicate for edge in context if edge.predicate) for context in together]
    prologue = text[: next(start for _, token, start, _ in tokens(text) if token.upper() == "SELECT")]
    blocks: dict[str, str] = {}
    for name in sorted(frozenset.intersection(*names)) if names else ():
        conditions = list(_conditions(text, body, name))
        properties = _in_question(data, together, name, known) if conditions else frozenset()
        if not 0 < len(properties) <= _MOST:
            continue
        listed = " ".join(f"<{iri}>" for iri in sorted(properties))
        asked = f"SELECT ?{name} WHERE {{ VALUES ?{name} {{ {listed} }} {' '.join(conditions)} }}"
        found = sorted({str(term) for (term,) in data.rows(prologue + asked, name)})
        if not found:
            return None
        if len(found) < len(properties):
            blocks[name] = f"VALUES ?{name} {{ {' '.join(found)} }}"
    for name, block in blocks.items():
        text = inject(text, frozenset((name,)), partial(str, block))
    return text


def _in_question(
    data: Data, together: list[Context], name: str, known: Mapping[str, Set[str]] | None
) -> Set[str]:
    """Return the properties that a variable may be; none if that is not known."""
    if known is None:
        return {origin[1] for origin in data.sizes if origin[0] == "property"}
    starts = [{edge.start or "" for edge in context if edge.predicate == name} for context in together]
    several = [known[start] for start in set.intersection(*starts) if start in known]
    return set.intersection(*map(set, several)) if several else set()


def _conditions(text: str, body: list[Token], name: str) -> Iterator[str]:
    """Yield the filters of the outermost group that depend on one variable only."""
    for first, behind in filters(body):
        inside, outside = body[first:behind], [*body[:first], *body[behind:]]
        own = {piece[1][1:] for piece in inside if piece[0] == "variable"}
        others = {piece[1][1:] for piece in outside if piece[0] == "variable"}
        if name in own and not (own - {name}) & others and not own & {"this", "PATH", "currentShape"}:
            yield text[inside[0][2] : inside[-1][3]]
