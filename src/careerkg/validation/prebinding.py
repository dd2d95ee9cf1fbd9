"""Binding variables of a query beforehand (SHACL section 5.3.1), for many nodes at once.

SHACL runs a query once for each focus node, with ``$this`` bound to it everywhere. Here a graph pattern that
binds the variable to all nodes in question goes into the groups of the query; each solution then belongs to
one of them, by SPARQL's own rules of scope. The pattern stands where the variable is used, and not in every
group: beside patterns that it shares no variable with, it would multiply them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from careerkg.validation.queries import tokens

__all__ = ["inject"]


@dataclass
class _Group:
    """A group graph pattern: where it begins, its part in the one around it, where it uses variables."""

    start: int
    role: str = "plain"
    is_subquery: bool = False
    in_patterns: bool = False
    in_filters: bool = False
    children: list[_Group] = field(default_factory=list)

    def mentions(self) -> bool:
        """Return whether the variables are used here or in a group within."""
        return self.in_patterns or self.in_filters or any(child.mentions() for child in self.children)


def inject(text: str, names: frozenset[str], pattern: Callable[[], str]) -> str:
    """Return a query with a pattern that binds some variables in the groups that use them."""
    outermost = _parse(text, names)
    if outermost is None:
        return text
    pieces, last = [], 0
    for place in sorted(set(_places(outermost, needed=True))):
        pieces += [text[last:place], f" {pattern()} "]
        last = place
    return "".join(pieces) + text[last:]


def _parse(text: str, names: frozenset[str]) -> _Group | None:
    """Return the outermost group of a query."""
    outermost: _Group | None = None
    open_groups: list[_Group] = []
    depth = 0
    parentheses: list[int] = []
    opener: list[str] = []
    before = word_before = ""
    pending = tokens(text)
    for index, (kind, token, _, end) in enumerate(pending):
        group = open_groups[-1] if open_groups else None
        if token == "{":
            role = {"EXISTS": "exists", "OPTIONAL": "optional", "UNION": "union"}.get(before.upper(), "plain")
            following = pending[index + 1][1].upper() if index + 1 < len(pending) else ""
            new = _Group(end, role, following == "SELECT")
            if group is not None:
                group.children.append(new)
            elif outermost is None:
                outermost = new
            open_groups.append(new)
            parentheses.append(depth)
            depth = 0
        elif token == "}" and open_groups:
            open_groups.pop()
            depth = parentheses.pop()
        elif token == "(":
            depth += 1
            opener.append(word_before)
        elif token == ")" and depth:
            depth -= 1
            opener.pop()
        elif kind == "variable" and token[1:] in names and group is not None and not group.is_subquery:
            if depth == 0 or "BIND" in opener:
                group.in_patterns = True
            else:
                group.in_filters = True
        if token.upper() == "UNION" and group is not None and group.children:
            group.children[-1].role = "union"
        before = token
        if kind == "word":
            word_before = token.upper()
    return outermost


def _places(group: _Group, *, needed: bool) -> Iterator[int]:
    """Yield where the pattern goes; ``needed`` if the variables must be bound even if unused."""
    if group.is_subquery:
        for child in group.children:
            yield from _places(child, needed=needed)
        return
    inner = [child for child in group.children if child.role != "exists"]
    required = [child for child in inner if child.role in ("plain", "union")]
    unions = any(child.mentions() for child in required if child.role == "union")
    binding = [child for child in required if child.mentions() or (child.role == "union" and unions)]
    binds_itself = group.in_patterns or (not binding and (group.in_filters or needed))
    if binds_itself:
        yield group.start
    for child in inner:
        if child in binding and not binds_itself:
            yield from _places(child, needed=True)
        elif child.mentions():
            yield from _places(child, needed=False)
