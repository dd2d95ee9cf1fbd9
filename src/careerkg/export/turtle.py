"""Turtle and TriG as a person would write them (W3C RDF 1.1 Turtle and TriG).

One block for each subject, subjects, predicates and objects in order, the type first and then the label;
a blank node that one statement refers to stands inside that statement, lists in parentheses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from careerkg.export.blank import Nesting
from careerkg.export.blocks import SEMICOLON, Blocks, names_in, objects_of, pairs_of, usable_prefixes
from careerkg.vocabulary import RDFS

__all__ = ["TurtleWriter"]

_TIDY = " ;\n    "
"""What stands between two predicates with their objects, but for what is nested or in a named graph."""

_BATCH = 2_000
"""Blocks that are handed on at once."""

_ESCAPE = re.compile(r"\\(.)")


class TurtleWriter:
    """Writes blocks that were made with the same prefixes, and remembers which of these it used.

    First comes what needs no other block (:meth:`tidied`, as they come), then all of them in order.
    """

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._prefixes = usable_prefixes(prefixes)
        self._nesting = Nesting()
        self._label = next(
            (f"{prefix}:label" for prefix, namespace in self._prefixes.items() if namespace == str(RDFS)),
            f"<{RDFS.label}>",
        )
        self._words: set[str] = set()
        self._names: dict[str, str] = {"a": "a"}

    @property
    def used(self) -> dict[str, str]:
        """The prefixes that were used so far, in order."""
        return {prefix: self._prefixes[prefix] for prefix in sorted(self._words & self._prefixes.keys())}

    def tidied(self, blocks: list[str]) -> list[str]:
        """Return the texts of whole blocks without blank nodes as they are to be written.

        A block with an escape is left for later: a name without its escapes has another place in the order.
        """
        by_subject: dict[str, str] = {}
        for block in blocks:
            subject, _, said = block.partition(" ")
            before = by_subject.get(subject)
            by_subject[subject] = f"{before}{SEMICOLON}{said}" if before else said
        for subject, said in by_subject.items():
            if "\\" not in said:
                by_subject[subject] = self._pairs(said, "")
        return [f"{subject} {said}" for subject, said in by_subject.items()]

    def document(self, blocks: Blocks) -> Iterator[str]:
        """Yield all graphs, some blocks at a time, each ended by an empty line."""
        self._nesting = blocks.nested
        for name in ("", *blocks.graphs):
            yield from self._graph(blocks, name)

    def _graph(self, blocks: Blocks, name: str) -> Iterator[str]:
        """Yield the blocks of a graph; a named one in braces."""
        indent = "    " if name else ""
        if name:
            yield f"{self._term(name, '')} {{\n"
        done: list[str] = []
        for subject, said in blocks.blocks(name):
            done.append(self._block(subject, said, indent))
            if len(done) == _BATCH:
                yield "".join(done)
                done = []
        text = "".join(done)
        yield f"{text[:-1]}}}\n\n" if name else text

    def _block(self, subject: str, said: str, indent: str) -> str:
        """Return all that is said of one subject."""
        name = "[]" if subject in self._nesting.roots else self._term(subject, indent)
        if _TIDY not in said:
            said = self._pairs(said, indent)
        elif SEMICOLON in said:
            # Parts that were written, and others: what is said of the subject came in several blocks.
            said = self._pairs(said.replace(_TIDY, SEMICOLON), indent)
        elif indent:
            said = said.replace(_TIDY, f"{_TIDY}{indent}")
        return f"{indent}{name} {said} .\n\n"

    def _pairs(self, said: str, indent: str) -> str:
        """Return predicates with their objects, one predicate a line."""
        words, names, label = self._words, self._names, self._label
        parts = said.split(SEMICOLON)
        parts.sort()
        before = ""
        first = second = -1
        # This loop is what export takes most time for: parts that can stay as they are stay, and the usual
        # objects are told apart in place.
        for place, part in enumerate(parts):
            predicate, _, objects = part.partition(" ")
            if predicate == before:
                pairs = pairs_of(said).items()
                return self._pairs(SEMICOLON.join([f"{name} {text}" for name, text in pairs]), indent)
            before = predicate
            if predicate == "a":
                first = place
            elif predicate == label:
                second = place
            name = names.get(predicate) or self._name(predicate)
            start = objects[0]
            if " , " in objects or start in "_<" or "\\" in objects or name != predicate:
                parts[place] = f"{name} {self._objects(objects, indent)}"
            elif start != '"':
                word, colon, _ = objects.partition(":")
                if colon:
                    words.add(word)
            elif '"^^' in objects:
                self._term(objects, indent)
        if second > 0:
            parts.insert(0, parts.pop(second))
            first += 0 <= first < second
        if first > 0:
            parts.insert(0, parts.pop(first))
        return f"{_TIDY}{indent}".join(parts)

    def _name(self, predicate: str) -> str:
        """Return a predicate as it is to be written."""
        name = self._names[predicate] = self._term(predicate, "")
        return name

    def _objects(self, objects: str, indent: str) -> str:
        """Return one or several objects in order."""
        terms = objects_of(objects)
        if len(terms) == 1:
            return self._term(terms[0], indent)
        terms.sort()
        if '"' in objects or "\\" in objects or "_:" in objects:
            return " , ".join([self._term(term, indent) for term in terms])
        self._words.update([term.partition(":")[0] for term in terms])
        return " , ".join(terms)

    def _term(self, term: str, indent: str) -> str:
        """Return a term as it is to be written, and note its prefix."""
        if term[0] == '"':
            mark = term.rfind('"') + 1
            if term.startswith("^^", mark):
                return f"{term[:mark]}^^{self._term(term[mark + 2 :], indent)}"
            return term
        if term[:2] == "_:":
            return self._blank(term, indent)
        if term[:3] == "<<(":
            for name in names_in(term):
                self._words.add(name.partition(":")[0])
            return term
        prefix, colon, name = term.partition(":")
        if colon and prefix in self._prefixes:
            if "\\" in name:
                # A name with escapes is harder to read than the IRI.
                plain = _ESCAPE.sub(r"\1", name)
                return f"<{self._prefixes[prefix]}{plain}>"
            self._words.add(prefix)
        return term

    def _blank(self, term: str, indent: str) -> str:
        """Return a blank node: what is said of it where that is nested, else its name."""
        inner = indent + "    "
        if term in self._nesting.lists:
            return f"( {' '.join([self._term(member, inner) for member in self._nesting.lists[term]])} )"
        if term not in self._nesting.nodes:
            return term
        said = SEMICOLON.join([f"{name} {object_}" for name, object_ in self._nesting.nodes[term]])
        return f"[\n{inner}    {self._pairs(said, inner)}\n{inner}]" if said else "[]"
