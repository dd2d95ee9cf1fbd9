"""The triple patterns of a SPARQL query, as edges between its variables.

They come in *contexts*: patterns that must match together, one context for each way through the UNIONs and
OPTIONALs, and one for each EXISTS with what stands around it.

Enough of SPARQL's grammar to follow how far a constraint's query looks; what it does not know (collections,
GRAPH, negated property sets) is :class:`Unclear`, and the query is then taken to look anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from careerkg.validation.names import RDF_TYPE
from careerkg.validation.paths import Alternative, Inverse, Path, Predicate, Repeated, Sequence
from careerkg.validation.queries import Token, tokens, where_group

__all__ = ["ANYTHING", "UNNAMED", "Context", "Edge", "Unclear", "contexts"]

ANYTHING = Predicate("\x00any")
"""Stands for whatever property a variable in the predicate's place may be."""


UNNAMED = "\x00"
"""How the name of a node in brackets begins."""


class Unclear(Exception):
    """A query whose patterns cannot be followed."""


@dataclass(frozen=True)
class Edge:
    """A triple pattern: variables by name, None for a constant; ``predicate`` is a variable in its middle.

    A node in brackets has a name that is none in SPARQL.
    """

    start: str | None
    path: Path
    end: str | None
    predicate: str | None = None


Context: TypeAlias = tuple[Edge, ...]

_MOST = 32


def contexts(text: str, path: Path | None = None) -> tuple[list[Context], list[Context]]:
    """Return the contexts of a query: those in which it matches, and those of tests by EXISTS.

    ``path`` is what ``$PATH`` stands for. Raises Unclear.
    """
    group = where_group(text)
    if group is None:
        raise Unclear
    declared = re.findall(r"(?i)\bPREFIX\s+([\w.-]*):\s*<([^>]*)>", text[: group[0]])
    pieces = [piece for piece in tokens(text) if group[0] < piece[2] < group[1] - 1]
    return _Reader(pieces, dict(declared), path).read()


@dataclass
class _Parts:
    """What a group consists of, while it is read."""

    own: list[Edge] = field(default_factory=list)
    units: list[list[Context]] = field(default_factory=list)
    tests: list[Context] = field(default_factory=list)
    inner_tests: list[Context] = field(default_factory=list)

    def contexts(self) -> tuple[list[Context], list[Context]]:
        """Return the ways in which the group matches, and those with a test added."""
        together = [tuple(self.own)]
        for unit in self.units:
            together = [(*before, *more) for before in together for more in unit]
            if len(together) > _MOST:
                raise Unclear
        tests = [(*before, *test) for before in together for test in self.tests]
        tests += [(*self.own, *test) for test in self.inner_tests]
        if len(tests) > 4 * _MOST:
            raise Unclear
        return together, tests


class _Reader:
    """Reads the tokens of a group, one after the other."""

    def __init__(self, pieces: list[Token], prefixes: dict[str, str], path: Path | None) -> None:
        self.pieces, self.prefixes, self.path = pieces, prefixes, path
        self.place = 0
        self.blank = 0

    def peek(self, ahead: int = 0) -> str:
        index = self.place + ahead
        return self.pieces[index][1] if index < len(self.pieces) else ""

    def kind(self) -> str:
        return self.pieces[self.place][0] if self.place < len(self.pieces) else ""

    def take(self) -> str:
        token = self.peek()
        if not token:
            raise Unclear
        self.place += 1
        return token

    def read(self) -> tuple[list[Context], list[Context]]:
        """Return the contexts of the group: those in which it matches, and those of tests."""
        parts = _Parts()
        in_union = optional = False
        while self.place < len(self.pieces):
            token, kind = self.peek(), self.kind()
            word = token.upper() if kind == "word" else ""
            if word in ("GRAPH", "SERVICE", "MINUS", "VALUES"):
                raise Unclear
            if word in ("FILTER", "BIND", "HAVING"):
                self.take()
                self.expression(parts)
            elif word in ("SELECT", "GROUP", "ORDER"):
                self.clause(parts)
            elif token == "{":
                self.take()
                together, tests = self.group()
                if in_union:
                    parts.units[-1] += together
                else:
                    parts.units.append([(), *together] if optional else together)
                parts.inner_tests += tests
                in_union = optional = False
            elif word == "UNION":
                self.take()
                in_union = True
            elif token == "." or word in ("OPTIONAL", "WHERE"):
                self.take()
                optional = word == "OPTIONAL"
            elif word in ("NOT", "EXISTS"):
                self.exists(parts)
            else:
                parts.own += self.triples()
        return parts.contexts()

    def exists(self, parts: _Parts) -> None:
        """Read a group that tests whether there is a match."""
        while self.take() != "{":
            pass
        together, tests = self.group()
        parts.tests += [*together, *tests]

    def expression(self, parts: _Parts) -> None:
        """Skip a condition, but for the groups of EXISTS in it."""
        if self.peek().upper() in ("NOT", "EXISTS"):
            return
        while self.kind() in ("word", "iri", "name"):
            self.take()
        if self.take() != "(":
            raise Unclear
        depth = 1
        while depth:
            if self.peek() == "{":
                self.exists(parts)
                continue
            token = self.take()
            depth += (token == "(") - (token == ")")

    def group(self) -> tuple[list[Context], list[Context]]:
        """Return the contexts of a group that was just opened, and go behind its end."""
        start, depth = self.place, 1
        while depth:
            token = self.take()
            depth += (token == "{") - (token == "}")
        return _Reader(self.pieces[start : self.place - 1], self.prefixes, self.path).read()

    def clause(self, parts: _Parts) -> None:
        """Skip a SELECT, GROUP BY or ORDER BY clause."""
        self.take()
        while (
            self.peek() and self.peek() not in ("{", "}") and self.peek().upper() not in ("WHERE", "HAVING")
        ):
            if self.peek() == "(":
                self.expression(parts)
            else:
                self.take()

    def triples(self) -> Iterator[Edge]:
        """Yield the patterns of one subject."""
        start, more = self.node()
        yield from more
        if self.peek() in (".", "}", ""):
            return
        yield from self.properties(start)

    def properties(self, start: str | None) -> Iterator[Edge]:
        """Yield the patterns of the properties that follow a subject."""
        while True:
            predicate = None
            path: Path
            if self.kind() == "variable" and self.peek()[1:] != "PATH":
                predicate, path = self.take()[1:], ANYTHING
            else:
                path = self.alternatives()
            while True:
                end, more = self.node()
                yield Edge(start, path, end, predicate)
                yield from more
                if self.peek() != ",":
                    break
                self.take()
            if self.peek() != ";":
                return
            while self.peek() == ";":
                self.take()
            if self.peek() in (".", "}", "]", ""):
                return

    def node(self) -> tuple[str | None, list[Edge]]:
        """Return a variable's name, or None for a constant; with the patterns of a node in brackets."""
        kind, token = self.kind(), self.take()
        if kind == "variable":
            return token[1:], []
        if token == "[":
            self.blank += 1
            name = f"{UNNAMED}{id(self)}-{self.blank}"
            more = [] if self.peek() == "]" else list(self.properties(name))
            if self.take() != "]":
                raise Unclear
            return name, more
        if kind == "string":
            if self.peek() == "^" and self.peek(1) == "^":
                self.place += 3
            elif self.peek() == "@":
                self.place += 2
                while self.peek() == "-":
                    self.place += 2
            return None, []
        if kind in ("iri", "name", "number") or (kind == "word" and token in ("true", "false")):
            return None, []
        raise Unclear

    def alternatives(self) -> Path:
        parts = [self.sequence()]
        while self.peek() == "|":
            self.take()
            parts.append(self.sequence())
        return parts[0] if len(parts) == 1 else Alternative(tuple(parts))

    def sequence(self) -> Path:
        parts = [self.element()]
        while self.peek() == "/":
            self.take()
            parts.append(self.element())
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def element(self) -> Path:
        if self.peek() == "^":
            self.take()
            return Inverse(self.element())
        kind, token = self.kind(), self.take()
        path: Path
        if token == "(":
            path = self.alternatives()
            if self.take() != ")":
                raise Unclear
        elif kind == "iri":
            path = Predicate(token[1:-1])
        elif kind == "name":
            prefix, _, local = token.partition(":")
            if prefix not in self.prefixes:
                raise Unclear
            path = Predicate(self.prefixes[prefix] + local)
        elif token == "a":
            path = Predicate(RDF_TYPE)
        elif kind == "variable" and token[1:] == "PATH" and self.path is not None:
            path = self.path
        else:
            raise Unclear
        if self.peek() in ("*", "+", "?"):
            path = Repeated(path, self.take())
        return path
