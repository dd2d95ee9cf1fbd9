"""Turtle and TriG as a person would write them (W3C RDF 1.1 Turtle and TriG).

One block for each subject, subjects, predicates and objects in order, the type first and then the label;
a blank node that one statement refers to stands inside that statement, lists in parentheses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from careerkg.export.blank import Nesting
from careerkg.export.lines import END
from careerkg.export.prefixes import Shortener
from careerkg.vocabulary import RDF, RDFS, XSD

__all__ = ["TurtleWriter"]

_TYPE, _LABEL = f"<{RDF.type}", f"<{RDFS.label}"
_BARE = {
    XSD.integer: re.compile(r"[+-]?[0-9]+"),
    XSD.decimal: re.compile(r"[+-]?[0-9]*\.[0-9]+"),
    XSD.boolean: re.compile(r"true|false"),
}
"""Literals that Turtle writes without quotes, by datatype: there the text alone says the datatype."""

_CACHE = 200_000
"""Terms whose text is remembered at once."""


class TurtleWriter:
    """Writes blocks of Turtle from the lines of one graph after another."""

    def __init__(self, names: Shortener, nesting: Nesting) -> None:
        self._names = names
        self._nesting = nesting
        self._texts: dict[str, str] = {}

    def blocks(self, batches: Iterable[list[str]], *, indent: str = "") -> Iterator[str]:
        """Yield the blocks of one graph, some at a time, each ended by an empty line."""
        texts, render = self._texts, self._object
        subject = ""
        block: dict[str, list[str]] = {}
        for batch in batches:
            if len(texts) > _CACHE:
                texts.clear()
            done: list[str] = []
            for line in batch:
                this, predicate, token = line.split(END, 2)
                if this != subject:
                    if block:
                        done.append(self._block(subject, block, indent))
                    subject, block = this, {}
                # This loop is what export takes most time for: the usual tokens are told apart in place.
                if token[-2] != " ":
                    text = texts.get(token) or render(token)
                elif token[0] == '"' and END not in token:
                    text = token[:-2]
                else:
                    text = render(token, indent)
                if predicate in block:
                    block[predicate].append(text)
                else:
                    block[predicate] = [text]
            if done:
                yield "".join(done)
        if block:
            yield self._block(subject, block, indent)

    def name(self, token: str) -> str:
        """Return a subject, predicate or graph token as Turtle."""
        text = self._texts.get(token)
        if text is None:
            if token[0] == "_":
                return token
            text = self._texts[token] = self._names.turtle(token[1:])
        return text

    def _block(self, subject: str, block: dict[str, list[str]], indent: str) -> str:
        """Return all that is said of one subject."""
        return f"{indent}{self.name(subject)} {self._pairs(block, indent)} .\n\n"

    def _pairs(self, block: dict[str, list[str]], indent: str) -> str:
        """Return predicates with their objects, one predicate a line."""
        parts = []
        for first, word in ((_TYPE, "a"), (_LABEL, None)):
            if first in block:
                parts.append(f"{word or self.name(first)} {' , '.join(block.pop(first))}")
        texts = self._texts
        parts += [
            f"{texts.get(predicate) or self.name(predicate)} "
            f"{objects[0] if len(objects) == 1 else ' , '.join(objects)}"
            for predicate, objects in block.items()
        ]
        return f" ;\n{indent}    ".join(parts)

    def _object(self, token: str, indent: str = "") -> str:
        """Return an object token as Turtle."""
        if token[0] == '"':
            if token[-2] == " ":
                return token[:-2].replace(END, "> ")
            text = self._texts[token] = self._typed(token)
            return text
        if token[0] == "_":
            return self._blank(token, indent)
        if token.startswith("<<("):
            return token[:-2].replace(END, "> ")
        text = self._texts[token] = self._names.turtle(token[1:-2])
        return text

    def _typed(self, token: str) -> str:
        """Return a literal with a datatype."""
        quoted, _, datatype = token[:-2].rpartition('^^<')
        bare = _BARE.get(datatype)
        if bare is not None and bare.fullmatch(quoted, 1, len(quoted) - 1):
            return quoted[1:-1]
        return f"{quoted.replace(END, '> ')}^^{self._names.turtle(datatype)}"

    def _blank(self, token: str, indent: str) -> str:
        """Return a blank node: what is said of it where that is nested, else its name."""
        inner = indent + "    "
        if token in self._nesting.lists:
            return f"( {' '.join(self._object(member, inner) for member in self._nesting.lists[token])} )"
        if token not in self._nesting.nodes:
            return token[:-2]
        block: dict[str, list[str]] = {}
        for predicate, object_ in self._nesting.nodes[token]:
            block.setdefault(predicate, []).append(self._object(object_, inner))
        if not block:
            return "[]"
        return f"[\n{inner}    {self._pairs(block, inner)}\n{inner}]"
