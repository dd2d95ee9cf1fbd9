"""JSON-LD 1.1, compacted with the context of careerkg, without a JSON-LD library and as a stream.

The context, as much of it as is used, stands in the document, so that nothing is fetched to read it. Values
lose nothing: a plain text, number or truth value is written as such only where the context reads it back as
the same RDF literal, and as a value object otherwise (W3C JSON-LD 1.1, sections 4.2 and 4.3; 1.1 API,
section 5.1 on expansion). N-Triples escape texts as JSON does, so they are taken over as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from careerkg.errors import DataError
from careerkg.export.blank import Nesting
from careerkg.export.context import Context, TermDefinition
from careerkg.export.lines import END
from careerkg.export.prefixes import Shortener
from careerkg.vocabulary import RDF, RDFS, XSD

__all__ = ["JsonLdWriter", "PrefixClash"]

_TYPE, _LABEL = f"<{RDF.type}", f"<{RDFS.label}"
_INTEGER = re.compile(r"(?:0|-?[1-9][0-9]{0,14})\Z")
"""Integers in canonical form that every JSON parser reads without loss (below 2^53)."""

_CACHE = 200_000


class PrefixClash(Exception):
    """An IRI would be read as a CURIE, because its scheme is a prefix; write again without that prefix."""

    def __init__(self, prefix: str) -> None:
        super().__init__(prefix)
        self.prefix = prefix


@dataclass(frozen=True)
class _Property:
    """How a predicate is written: its key, its definition, and how its plainest literals end in a line."""

    key: str
    definition: TermDefinition | None
    ending: str
    cut: int
    texts: dict[str, str] = field(default_factory=dict)


class JsonLdWriter:
    """Writes node objects from the lines of a graph, and the context for what it wrote."""

    def __init__(self, context: Context, nesting: Nesting) -> None:
        self._context = context
        self._nesting = nesting
        self._names = Shortener(context.prefixes)
        self._terms = {term.iri: term for term in context.terms.values()}
        self._properties: dict[str, _Property] = {}
        self._iris: dict[str, str] = {}
        self._words: set[str] = set()

    def head(self) -> str:
        """Return the beginning of the document: the context that the nodes written so far need."""
        context = self._context.excerpt(prefixes=self._names.used, terms=self._words)
        lines = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in context.items()]
        return '{\n  "@context": {\n    ' + ",\n    ".join(lines) + '\n  },\n  "@graph": ['

    def tail(self) -> str:
        """Return the end of the document."""
        return "\n  ]\n}\n"

    def nodes(
        self, batches: Iterable[list[str]], graphs: Iterable[tuple[str, list[str]]] = ()
    ) -> Iterator[str]:
        """Yield node objects, some at a time; named graphs stand in the node of their name, in ``@graph``."""
        waiting = iter(graphs)
        graph = next(waiting, None)
        separator = "\n"
        for subject, block in self._blocks(batches):
            while graph is not None and graph[0] < subject:
                yield separator + self._node(graph[0], {}, graph[1])
                separator = ",\n"
                graph = next(waiting, None)
            if graph is not None and graph[0] == subject:
                yield separator + self._node(subject, block, graph[1])
                graph = next(waiting, None)
            else:
                yield separator + self._node(subject, block)
            separator = ",\n"
        while graph is not None:
            yield separator + self._node(graph[0], {}, graph[1])
            separator = ",\n"
            graph = next(waiting, None)

    def _blocks(
        self, batches: Iterable[list[str]], margin: str = "      "
    ) -> Iterator[tuple[str, dict[str, list[str]]]]:
        """Yield each subject with its keys and values."""
        properties, value = self._properties, self._value
        subject = ""
        block: dict[str, list[str]] = {}
        for batch in batches:
            if len(self._iris) > _CACHE:
                self._forget()
            for line in batch:
                this, predicate, token = line.split(END, 2)
                if this != subject:
                    if block:
                        yield subject, block
                    subject, block = this, {}
                property_ = properties.get(predicate) or self._property(predicate)
                if token[-2] != " ":
                    text = property_.texts.get(token) or value(token, property_, margin)
                elif token.endswith(property_.ending) and token[0] == '"' and END not in token:
                    text = token[: property_.cut]
                else:
                    text = value(token, property_, margin)
                key = property_.key
                if key in block:
                    block[key].append(text)
                else:
                    block[key] = [text]
        if block:
            yield subject, block

    def _forget(self) -> None:
        """Empty the caches."""
        self._iris.clear()
        for property_ in self._properties.values():
            property_.texts.clear()

    def _node(
        self, subject: str, block: dict[str, list[str]], graph: list[str] | None = None, margin: str = "    "
    ) -> str:
        """Return a node object."""
        entries = [f'"id": {self._reference(subject)}', *self._entries(block, margin)]
        if graph is not None:
            inner = margin + "    "
            nodes = [
                self._node(name, content, None, inner)
                for name, content in self._blocks([graph], inner + "  ")
            ]
            entries.append('"@graph": [\n' + ",\n".join(nodes) + f"\n{margin}  ]")
        return f"{margin}{{\n{margin}  " + f",\n{margin}  ".join(entries) + f"\n{margin}}}"

    def _entries(self, block: dict[str, list[str]], margin: str) -> list[str]:
        """Return keys with values: the type, the label, then the rest in order."""
        entries = []
        for first in (_TYPE, _LABEL):
            if first in self._properties and (key := self._properties[first].key) in block:
                entries.append(f"{key}: {_several(block.pop(key), margin)}")
        entries += [
            f"{key}: {values[0] if len(values) == 1 else _several(values, margin)}"
            for key, values in block.items()
        ]
        return entries

    def _property(self, predicate: str) -> _Property:
        """Return how a predicate is written."""
        iri = predicate[1:]
        term = self._terms.get(iri)
        if predicate == _TYPE:
            found = _Property('"type"', TermDefinition("type", iri, "@vocab"), "\0", 0)
        elif term is None:
            found = _Property(json.dumps(self._curie(iri), ensure_ascii=False), None, '" .', -2)
        else:
            self._words.add(term.name)
            key = json.dumps(term.name)
            if term.language is not None:
                found = _Property(key, term, f'"@{term.language} .', -3 - len(term.language))
            elif term.type is not None:
                found = _Property(key, term, "\0", 0)
            else:
                found = _Property(key, term, '" .', -2)
        self._properties[predicate] = found
        return found

    def _value(self, token: str, property_: _Property, margin: str) -> str:
        """Return an object token as a value of a property."""
        if token[0] == '"':
            if token[-2] == " ":
                return self._text(token, property_)
            text = self._typed(token, property_)
        elif token[0] == "_":
            return self._blank(token, property_, margin)
        elif token.startswith("<<("):
            raise DataError("JSON-LD cannot express triple terms; use ttl, trig, nt or nq")
        else:
            text = self._iri_value(token, property_)
        property_.texts[token] = text
        return text

    def _iri_value(self, token: str, property_: _Property) -> str:
        """Return an IRI as a value."""
        kind = property_.definition.type if property_.definition else None
        if kind == "@vocab":
            term = self._terms.get(token[1:-2])
            if term is not None:
                self._words.add(term.name)
                return json.dumps(term.name)
            return self._reference(token[:-2])
        reference = self._reference(token[:-2])
        return reference if kind == "@id" else f'{{"id": {reference}}}'

    def _reference(self, token: str) -> str:
        """Return a node's name as a JSON string."""
        text = self._iris.get(token)
        if text is None:
            text = f'"{token if token[0] == "_" else self._curie(token[1:])}"'
            self._iris[token] = text
        return text

    def _curie(self, iri: str) -> str:
        """Return an IRI with a prefix if there is one. Raises PrefixClash if it would be read as another IRI."""
        found = self._names.split(iri)
        if found is not None:
            prefix, name = found
            if not name.startswith("//"):
                self._names.used[prefix] = iri[: len(iri) - len(name)]
                return f"{prefix}:{name}"
        scheme, _, rest = iri.partition(":")
        if scheme in self._context.prefixes and not rest.startswith("//"):
            raise PrefixClash(scheme)
        return iri

    def _text(self, token: str, property_: _Property) -> str:
        """Return a literal without a datatype as a value."""
        close = token.rfind('"')
        quoted = token[: close + 1].replace(END, "> ")
        language = token[close + 2 : -2]
        if "--" in language:
            raise DataError("JSON-LD cannot express the direction of a text; use ttl, trig, nt or nq")
        definition = property_.definition
        if language:
            if definition is not None and definition.language == language:
                return quoted
            return f'{{"@language": "{language}", "@value": {quoted}}}'
        plain = definition is None or (definition.language is None and definition.type is None)
        return quoted if plain else f'{{"@value": {quoted}}}'

    def _typed(self, token: str, property_: _Property) -> str:
        """Return a literal with a datatype as a value."""
        quoted, _, datatype = token[:-2].rpartition("^^<")
        definition = property_.definition
        kind = definition.type if definition is not None else None
        if kind == datatype:
            return quoted.replace(END, "> ")
        if kind is None or kind == "@id":
            # Numbers and truth values of JSON are read as these datatypes where the term names no other.
            bare = quoted[1:-1]
            if (datatype == XSD.integer and _INTEGER.match(bare)) or (
                datatype == XSD.boolean and bare in ("true", "false")
            ):
                return bare
        name = json.dumps(self._curie(datatype), ensure_ascii=False)
        return f'{{"@type": {name}, "@value": {quoted.replace(END, "> ")}}}'

    def _blank(self, token: str, property_: _Property, margin: str) -> str:
        """Return a blank node: what is said of it where that is nested, else its name."""
        inner = margin + "  "
        if token in self._nesting.lists:
            members = [self._value(member, property_, inner) for member in self._nesting.lists[token]]
            return f'{{\n{inner}"@list": {_several(members, margin, always=True)}\n{margin}}}'
        if not self._nesting.nodes.get(token):
            kind = property_.definition.type if property_.definition else None
            reference = self._reference(token[:-2])
            return reference if kind in ("@id", "@vocab") else f'{{"id": {reference}}}'
        block: dict[str, list[str]] = {}
        for predicate, object_ in self._nesting.nodes[token]:
            inside = self._properties.get(predicate) or self._property(predicate)
            block.setdefault(inside.key, []).append(self._value(object_, inside, inner))
        return f"{{\n{inner}" + f",\n{inner}".join(self._entries(block, margin)) + f"\n{margin}}}"


def _several(values: list[str], margin: str, *, always: bool = False) -> str:
    """Return one value as it is and several as an array, one on a line."""
    if len(values) == 1 and not always:
        return values[0]
    inner = margin + "    "
    return f"[\n{inner}" + f",\n{inner}".join(values) + f"\n{margin}  ]"
