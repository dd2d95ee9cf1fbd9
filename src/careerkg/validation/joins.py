"""Queries of shapes written so that an engine joins many nodes quickly; they mean the same as before.

**Stars.** In ``$this ckg:about ?about . ?other ckg:about ?about ; ckg:percentile ?higher`` an engine would
look up all about a subject for each focus node, to find that few of them have a percentile. The second
statement is a star: properties of one variable, none of which leads to ``$this``. As a subquery that selects
all its variables it is answered once, beginning with its rarest property, and joined by hashing.

**Cheap tests first.** Engines are free to ask ``NOT EXISTS`` before they compare two numbers. ``IF`` says
what comes first: ``FILTER(a) FILTER NOT EXISTS {…}`` becomes ``FILTER(IF(a, NOT EXISTS {…}, false))``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import pyoxigraph as ox

from careerkg.validation.data import Data
from careerkg.validation.queries import Token, behind_condition, filters, tokens, where_group

__all__ = ["cheap_first", "with_stars"]

_BOUND = frozenset(("this", "PATH", "currentShape", "shapesGraph"))
_TERMS = frozenset(("variable", "iri", "name", "number"))


@dataclass(frozen=True)
class _Star:
    """A statement about one variable, from where to where it goes, and its properties with their values."""

    start: int
    end: int
    subject: str
    pairs: tuple[tuple[str, str], ...]


@lru_cache(maxsize=256)
def cheap_first(text: str) -> str:
    """Return a query that asks EXISTS in its outermost group only where the other filters hold."""
    group = where_group(text)
    if group is None:
        return text
    body = [piece for piece in tokens(text) if group[0] < piece[2] < group[1] - 1]
    conditions: tuple[list[str], list[str]] = ([], [])
    pieces, last = [], 0
    for first, behind in filters(body):
        inside = body[first + 1 : behind]
        is_costly = any(piece[1].upper() == "EXISTS" for piece in inside)
        end = inside[-1][3]
        conditions[is_costly].append(text[inside[0][2] : end])
        pieces.append(text[last : body[first][2]])
        last = end
    if not all(conditions):
        return text
    cheap, costly = (" && ".join(several) for several in conditions)
    pieces += [text[last : group[1] - 1], f" FILTER(IF({cheap}, {costly}, false)) ", text[group[1] - 1 :]]
    return "".join(pieces)


def with_stars(data: Data, text: str, most: int) -> str:
    """Return a query, without prologue, with those stars gathered that have at most that many centres."""
    group = where_group(text)
    if group is None:
        return text
    body = [piece for piece in tokens(text) if group[0] < piece[2] < group[1] - 1]
    pieces, last = [], 0
    for star in _stars(body):
        pairs = sorted(star.pairs, key=lambda pair: (_size(data, pair), pair))
        if len(pairs) < 2 or _size(data, pairs[0]) > most:
            continue
        names = dict.fromkeys((star.subject, *(value for _, value in pairs if value[0] in "?$")))
        gathered = " . ".join(f"{star.subject} {name} {value}" for name, value in pairs)
        pieces += [text[last : star.start], f"{{ SELECT {' '.join(names)} WHERE {{ {gathered} }} }}"]
        last = star.end
    return "".join(pieces) + text[last:]


def _stars(body: list[Token]) -> Iterator[_Star]:
    """Yield the stars of a group that consists of statements and filters; none of any other."""
    found = []
    index = 0
    while index < len(body):
        kind, token, start, _ = body[index]
        if kind == "word" and token.upper() == "FILTER":
            index = behind_condition(body, index + 1)
        elif token == ".":
            index += 1
        elif kind in _TERMS:
            first = index
            while index < len(body) and body[index][1] != "." and body[index][1].upper() != "FILTER":
                index += 1
            pairs = _pairs(body[first + 1 : index])
            variables = {token, *(value for _, value in pairs)}
            if kind == "variable" and pairs and not _BOUND & {name[1:] for name in variables}:
                found.append(_Star(start, body[index - 1][3], token, tuple(pairs)))
        else:
            return
    yield from found


def _pairs(statement: list[Token]) -> list[tuple[str, str]]:
    """Return properties and values of a statement's subject; none if it has paths, or brackets."""
    pairs = []
    for part in _split(statement, ";"):
        if not part:
            continue
        (kind, name, _, _), values = part[0], part[1:]
        if kind not in ("iri", "name"):
            return []
        for value in _split(values, ","):
            if len(value) != 1 or value[0][0] not in _TERMS:
                return []
            pairs.append((name, value[0][1]))
    return pairs


def _split(pieces: list[Token], separator: str) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    for piece in pieces:
        if piece[1] == separator:
            parts.append([])
        else:
            parts[-1].append(piece)
    return parts


def _size(data: Data, pair: tuple[str, str]) -> int:
    """Return how many triples have a property, and a value if it is no variable."""
    name, value = pair
    if value[0] in "?$":
        return data.sizes.get(("property", name.strip("<>")), 0)
    (number,) = next(data.rows(f"SELECT (COUNT(*) AS ?n) WHERE {{ ?s {name} {value} }}", "n"))
    assert isinstance(number, ox.Literal)
    return int(number.value)
