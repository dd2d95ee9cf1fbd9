"""The text of SPARQL, changed token by token: what a server has to be told in another way than the engine.

Only queries that have been parsed come here, so the text is known to be SPARQL 1.1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from careerkg.errors import QueryError

__all__ = [
    "Token",
    "bind",
    "described",
    "exclude_graphs",
    "first_word",
    "paged",
    "replace_tests",
    "respell",
    "tokens",
    "update_within",
    "uses",
    "within_graph",
    "without_order",
]

_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n\r]*)
    |(?P<iri><[^<>"{}|^`\x00-\x20]*>)
    |(?P<string>\"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''
        |"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*')
    |(?P<variable>[?$]\w+)
    |(?P<name>(?:[^\W\d_](?:[\w.\-]*[\w\-])?|_)?:
        (?:(?:[\w:]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%])
           (?:(?:[\w:.\-]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%])*
              (?:[\w:\-]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%]))?)?)
    |(?P<word>[A-Za-z]\w*)
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """A piece of a query that is neither white space nor comment: its kind, text and place."""

    kind: str
    text: str
    start: int
    end: int

    def is_word(self, *words: str) -> bool:
        """Tell whether this is one of some keywords, in any case."""
        return self.kind == "word" and self.text.upper() in words


def tokens(sparql: str) -> list[Token]:
    """Return the tokens of a query."""
    return [
        Token(str(found.lastgroup), found[0], found.start(), found.end())
        for found in _TOKEN.finditer(sparql)
        if found.lastgroup != "space"
    ]


def uses(sparql: str, *words: str) -> bool:
    """Tell whether one of some keywords stands in a query."""
    return any(token.is_word(*words) for token in tokens(sparql))


def first_word(sparql: str) -> str:
    """Return the keyword that says which form a query has, in upper case."""
    forms = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
    return next((token.text.upper() for token in tokens(sparql) if token.is_word(*forms)), "")


def described(sparql: str) -> tuple[list[str], str | None]:
    """Return queries for the nodes that DESCRIBE names, and one for those that its variables stand for."""
    all_tokens = tokens(sparql)
    place = next(index for index, token in enumerate(all_tokens) if token.is_word("DESCRIBE"))
    end = place + 1
    while end < len(all_tokens) and (
        all_tokens[end].kind in ("variable", "iri", "name") or all_tokens[end].text == "*"
    ):
        end += 1
    what = all_tokens[place + 1 : end]
    prologue = sparql[: all_tokens[place].start]
    named = [
        f"{prologue} SELECT ({token.text} AS ?node) WHERE {{}}"
        for token in what
        if token.kind in ("iri", "name")
    ]
    variables = [token.text for token in what if token.kind == "variable" or token.text == "*"]
    if not variables:
        return named, None
    rest = sparql[all_tokens[end].start :] if end < len(all_tokens) else "WHERE {}"
    return named, f"{prologue} SELECT {' '.join(variables)} {rest}"


def without_order(sparql: str) -> tuple[str, str, set[str]] | None:
    """Return a query up to its ORDER BY, what follows, and the variables there; None if it has no order."""
    all_tokens = tokens(sparql)
    groups = _groups(all_tokens)
    for index in range(groups[0].closing if groups else 0, len(all_tokens)):
        if all_tokens[index].is_word("ORDER"):
            start = all_tokens[index].start
            names = {token.text[1:] for token in all_tokens[index:] if token.kind == "variable"}
            return sparql[:start], sparql[start:], names
    return None


class _Edit(NamedTuple):
    start: int
    end: int
    text: str


def _edited(sparql: str, edits: list[_Edit]) -> str:
    """Return a text with places replaced, which do not overlap; insertions at one place in their order."""
    pieces, last = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        pieces += [sparql[last : edit.start], edit.text]
        last = edit.end
    return "".join(pieces) + sparql[last:]


@dataclass(slots=True)
class _Group:
    """A pair of braces with patterns within; ``places`` are the indexes of its tokens."""

    opening: int
    closing: int
    parent: _Group | None
    is_subquery: bool
    children: list[_Group] = field(default_factory=list)

    def holds(self, index: int) -> bool:
        """Tell whether a token stands in these braces."""
        return self.opening < index < self.closing


def _closing(all_tokens: list[Token], opening: int) -> int:
    """Return the index of the bracket that closes the one at an index."""
    pair = {"{": "}", "(": ")"}[all_tokens[opening].text]
    depth = 0
    for index in range(opening, len(all_tokens)):
        if all_tokens[index].kind == "other":
            if all_tokens[index].text == all_tokens[opening].text:
                depth += 1
            elif all_tokens[index].text == pair:
                depth -= 1
                if depth == 0:
                    return index
    return len(all_tokens) - 1


def _groups(all_tokens: list[Token]) -> list[_Group]:
    """Return the groups of patterns of a query, each before those within; no templates, no data of VALUES."""
    found: list[_Group] = []
    current: _Group | None = None
    skip_to = -1
    for index, token in enumerate(all_tokens):
        while current is not None and index >= current.closing:
            current = current.parent
        if index <= skip_to or token.text != "{" or token.kind != "other":
            continue
        if _is_data(all_tokens, index) or (index > 0 and all_tokens[index - 1].is_word("CONSTRUCT")):
            skip_to = _closing(all_tokens, index)
            continue
        is_subquery = index + 1 < len(all_tokens) and all_tokens[index + 1].is_word("SELECT")
        group = _Group(index, _closing(all_tokens, index), current, is_subquery)
        if current is not None:
            current.children.append(group)
        found.append(group)
        current = group
    return found


def _is_data(all_tokens: list[Token], index: int) -> bool:
    """Tell whether a brace opens the rows of VALUES."""
    before = index - 1
    if before >= 0 and all_tokens[before].text == ")":
        while before >= 0 and all_tokens[before].text != "(":
            before -= 1
        before -= 1
    elif before >= 0 and all_tokens[before].kind == "variable":
        before -= 1
    else:
        return False
    return before >= 0 and all_tokens[before].is_word("VALUES")


def bind(sparql: str, terms: Mapping[str, str]) -> str:
    """Return a query with variables fixed to terms: VALUES in each group of patterns that speaks of them.

    A subquery that does not hand a variable on has one of its own of that name, which stays free.
    """
    all_tokens = tokens(sparql)
    groups = _groups(all_tokens)
    if not groups:
        return sparql
    edits = []
    for name, term in terms.items():
        places = [
            index
            for index, token in enumerate(all_tokens)
            if token.kind == "variable" and token.text[1:] == name
        ]
        for group in groups:
            outermost = group is groups[0]
            if group.is_subquery or not _is_visible(all_tokens, group, name):
                continue
            if outermost or any(group.holds(index) for index in places):
                place = all_tokens[group.opening].end
                edits.append(_Edit(place, place, f" VALUES ?{name} {{ {term} }} "))
    return _edited(sparql, edits)


def _is_visible(all_tokens: list[Token], group: _Group, name: str) -> bool:
    """Tell whether a variable in a group is that of the whole query."""
    around = group.parent
    inner = group
    while around is not None:
        if around.is_subquery:
            clause = all_tokens[around.opening + 2 : inner.opening]
            if not any(
                token.text == "*" or (token.kind == "variable" and token.text[1:] == name) for token in clause
            ):
                return False
        inner, around = around, around.parent
    return True


def within_graph(sparql: str, graph: str) -> str:
    """Return a query whose outermost patterns are matched in a named graph."""
    all_tokens = tokens(sparql)
    groups = _groups(all_tokens)
    if not groups:
        return sparql
    first = groups[0]
    opening, closing = all_tokens[first.opening].end, all_tokens[first.closing].start
    return _edited(sparql, [_Edit(opening, opening, f" GRAPH <{graph}> {{ "), _Edit(closing, closing, " } ")])


def exclude_graphs(sparql: str, graphs: list[str]) -> str:
    """Return a query in which ``GRAPH ?g`` does not match some graphs."""
    all_tokens = tokens(sparql)
    names = ", ".join(f"<{graph}>" for graph in graphs)
    edits = []
    for index, token in enumerate(all_tokens[:-2]):
        following = all_tokens[index + 1]
        if token.is_word("GRAPH") and following.kind == "variable" and all_tokens[index + 2].text == "{":
            place = all_tokens[_closing(all_tokens, index + 2)].end
            edits.append(_Edit(place, place, f" FILTER({following.text} NOT IN ({names})) "))
    return _edited(sparql, edits)


def replace_tests(sparql: str, tests: Mapping[str, Callable[[str], str]]) -> str:
    """Return a query with calls of functions of one argument replaced, by upper-case name."""
    all_tokens = tokens(sparql)
    for index, token in enumerate(all_tokens[:-2]):
        if token.is_word(*tests) and all_tokens[index + 1].text == "(":
            closing = _closing(all_tokens, index + 1)
            argument = sparql[all_tokens[index + 1].end : all_tokens[closing].start]
            changed = tests[token.text.upper()](replace_tests(argument, tests))
            rest = replace_tests(sparql[all_tokens[closing].end :], tests)
            return sparql[: token.start] + changed + rest
    return sparql


def respell(sparql: str, datatype: str, names: tuple[str, ...], spelling: Callable[[str], str]) -> str:
    """Return a query whose literals of a datatype are spelled in another way.

    ``names`` are the prefixed names that stand for the datatype.
    """
    all_tokens = tokens(sparql)
    edits = []
    for literal, type_ in _typed(all_tokens):
        if type_.text == f"<{datatype}>" or type_.text in names:
            quote = literal.text[:3] if literal.text[:3] in ('"""', "'''") else literal.text[0]
            content = literal.text[len(quote) : -len(quote)]
            edits.append(_Edit(literal.start, literal.end, f"{quote}{spelling(content)}{quote}"))
    return _edited(sparql, edits)


def _typed(all_tokens: list[Token]) -> Iterator[tuple[Token, Token]]:
    """Yield the literals with a datatype."""
    for index, token in enumerate(all_tokens[:-3]):
        if token.kind == "string" and all_tokens[index + 1].text == all_tokens[index + 2].text == "^":
            yield token, all_tokens[index + 3]


def paged(sparql: str, variables: str, size: int, offset: int) -> str:
    """Return the query for some rows of another; without an order of its own, in the order of its values.

    The order stands in a subquery: Virtuoso sorts only so many rows where LIMIT stands beside it.
    """
    all_tokens = tokens(sparql)
    start = next((token.start for token in all_tokens if token.is_word("SELECT")), 0)
    groups = _groups(all_tokens)
    after = all_tokens[groups[0].closing :] if groups else []
    prologue, query = sparql[:start], sparql[start:]
    if not any(token.is_word("ORDER") for token in after):
        query = f"SELECT {variables} WHERE {{ {{ {query} }} }} ORDER BY {variables}"
    return f"{prologue}SELECT {variables} WHERE {{ {{ {query} }} }} LIMIT {size} OFFSET {offset}"


def update_within(sparql: str, graph: str) -> str:
    """Return an update that takes a named graph for the default graph.

    Raises QueryError for triples both in and outside of GRAPH in one block of data.
    """
    all_tokens = tokens(sparql)
    edits: list[_Edit] = []
    index = 0
    fresh = True  # at the beginning of an operation
    while index < len(all_tokens):
        token = all_tokens[index]
        following = all_tokens[index + 1] if index + 1 < len(all_tokens) else token
        if token.text == ";":
            fresh = True
        elif token.is_word("DEFAULT"):
            edits.append(_Edit(token.start, token.end, f"GRAPH <{graph}>"))
        elif fresh and token.is_word("INSERT", "DELETE") and following.is_word("DATA", "WHERE"):
            edits += _block_within(all_tokens, index + 2, graph)
            index = _closing(all_tokens, index + 2)
            fresh = False
        elif fresh and token.is_word("INSERT", "DELETE"):
            edits.append(_Edit(token.start, token.start, f"WITH <{graph}> "))
            fresh = False
        elif token.is_word("WITH"):
            fresh = False
        elif token.text == "{":
            index = _closing(all_tokens, index)
        index += 1
    return _edited(sparql, edits)


def _block_within(all_tokens: list[Token], opening: int, graph: str) -> list[_Edit]:
    """Return the changes that put a block of data into a graph."""
    closing = _closing(all_tokens, opening)
    inside = all_tokens[opening + 1 : closing]
    if not any(token.is_word("GRAPH") for token in inside):
        start, end = all_tokens[opening].end, all_tokens[closing].start
        return [_Edit(start, start, f" GRAPH <{graph}> {{ "), _Edit(end, end, " } ")]
    index = opening + 1
    while index < closing:
        if all_tokens[index].is_word("GRAPH"):
            index = _closing(all_tokens, index + 2)
        elif all_tokens[index].text != ".":
            raise QueryError(
                f"the default graph is <{graph}> here: put all triples of a block into GRAPH, or none"
            )
        index += 1
    return []
