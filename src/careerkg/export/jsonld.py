"""JSON-LD 1.1, compacted with the context of careerkg, without a JSON-LD library and as a stream.

The context, as much of it as is used, stands in the document, so that nothing is fetched to read it. Values
lose nothing: a plain text, number or truth value is written as such only where the context reads it back as
the same RDF literal, and as a value object otherwise (W3C JSON-LD 1.1, sections 4.2 and 4.3; 1.1 API,
section 5.1 on expansion). Turtle as Oxigraph writes it escapes texts as JSON does, so they are taken over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from careerkg.errors import DataError
from careerkg.export.blocks import Blocks, objects_of, pairs_of
from careerkg.export.context import Context, TermDefinition
from careerkg.vocabulary import RDF, XSD

__all__ = ["JsonLdWriter", "PrefixClash"]

_INTEGER = re.compile(r"(?:0|-?[1-9][0-9]{0,14})\Z")
"""Integers in canonical form that every JSON parser reads without loss (below 2^53)."""

_ESCAPE = re.compile(r"\\(.)")
_BARE = frozenset("+-.0123456789")
"""What begins a literal without quotes, apart from true and false; no prefix begins so."""

_CACHE = 200_000
"""Values whose text is remembered at once."""


class PrefixClash(Exception):
    """An IRI would be read as a CURIE, because its scheme is a prefix; write again without that prefix."""

    def __init__(self, prefix: str) -> None:
        super().__init__(prefix)
        self.prefix = prefix


@dataclass(frozen=True)
class _Property:
    """How a predicate is written: its key, how values are read, and how its plainest texts end in Turtle."""

    key: str
    type: str | None
    language: str | None
    ending: str
    cut: int | None
    """Where the plainest texts are cut off."""
    texts: dict[str, str] = field(default_factory=dict)
    """Values that were written before."""


class JsonLdWriter:
    """Writes node objects from blocks, and the context for what it wrote."""

    def __init__(self, context: Context, blocks: Blocks) -> None:
        self._context = context
        self._blocks = blocks
        self._nesting = blocks.nested
        self._terms = {term.iri: term for term in context.terms.values()}
        self._properties: dict[str, _Property] = {}
        self._remembered = 0
        self._words: set[str] = set()
        self._used: set[str] = set()
        # What each prefix of the blocks becomes here: kinds of entity are written as ckgid:kind/name.
        self._shorter = {prefix: self._short(namespace) for prefix, namespace in blocks.prefixes.items()}

    def head(self) -> str:
        """Return the beginning of the document: the context that the nodes written so far need."""
        context = self._context.excerpt(prefixes=self._used, terms=self._words)
        lines = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in context.items()]
        return '{\n  "@context": {\n    ' + ",\n    ".join(lines) + '\n  },\n  "@graph": ['

    def tail(self) -> str:
        """Return the end of the document."""
        return "\n  ]\n}\n"

    def nodes(self) -> Iterator[str]:
        """Yield node objects; a named graph stands in the node of its name, in ``@graph``."""
        separator = "\n"
        graphs = self._blocks.graphs
        graphs.reverse()
        for subject, said in self._blocks.blocks():
            place = (subject[0] == "_", subject)
            while graphs and (graphs[-1][0] == "_", graphs[-1]) < place:
                yield separator + self._node(graphs[-1], {}, graph=graphs.pop())
                separator = ",\n"
            graph = graphs.pop() if graphs and graphs[-1] == subject else ""
            yield separator + self._node(subject, pairs_of(said), graph=graph)
            separator = ",\n"
        while graphs:
            yield separator + self._node(graphs[-1], {}, graph=graphs.pop())
            separator = ",\n"

    def _node(self, subject: str, block: dict[str, str], margin: str = "    ", *, graph: str = "") -> str:
        """Return a node object."""
        entries = self._entries(block, margin)
        if subject not in self._nesting.roots:
            entries.insert(0, f'"id": {self._reference(subject)}')
        if graph:
            inner = margin + "    "
            nodes = [self._node(name, pairs_of(said), inner) for name, said in self._blocks.blocks(graph)]
            entries.append('"@graph": [\n' + ",\n".join(nodes) + f"\n{margin}  ]")
        return f"{margin}{{\n{margin}  " + f",\n{margin}  ".join(entries) + f"\n{margin}}}"

    def _entries(self, block: dict[str, str], margin: str) -> list[str]:
        """Return keys with values: the type, the label, then the rest in order."""
        if self._remembered > _CACHE:
            self._remembered = 0
            for property_ in self._properties.values():
                property_.texts.clear()
        inner = margin + "  "
        first: list[str] = []
        entries: list[str] = []
        if "a" in block and not _are_nodes(block["a"]):
            block = _types_apart(block)
        for predicate in sorted(block):
            objects = block[predicate]
            property_ = self._properties.get(predicate) or self._property(predicate)
            texts = property_.texts
            # This loop is what export takes most time for: the usual objects are told apart in place.
            if " , " in objects:
                terms = sorted(objects_of(objects))
                values = [texts.get(term) or self._value(term, property_, inner) for term in terms]
                text = _several(values, margin)
            elif objects[0] == '"' and objects.endswith(property_.ending):
                text = objects[: property_.cut]
            else:
                text = texts.get(objects) or self._value(objects, property_, margin)
            entry = f"{property_.key}: {text}"
            if predicate == "a":
                first.insert(0, entry)
            elif property_.key == '"label"':
                first.append(entry)
            else:
                entries.append(entry)
        return first + entries

    def _property(self, predicate: str) -> _Property:
        """Return how a predicate is written."""
        # "\0" is the end of no text: Turtle writes the character as an escape.
        if predicate == "a":
            found = _Property('"type"', "@vocab", None, "\0", None)
        elif (term := self._term(predicate)) is None:
            key = self._reference(predicate)
            found = _Property(key, None, None, '"', None)
        elif term.language is not None:
            mark = f"@{term.language}"
            found = _Property(json.dumps(term.name), None, term.language, f'"{mark}', -len(mark))
        elif term.type is not None:
            found = _Property(json.dumps(term.name), term.type, None, "\0", None)
        else:
            found = _Property(json.dumps(term.name), None, None, '"', None)
        self._properties[predicate] = found
        return found

    def _term(self, name: str) -> TermDefinition | None:
        """Return the term of the context for an IRI, and note that it is used."""
        term = self._terms.get(self._iri(name))
        if term is not None:
            self._words.add(term.name)
        return term

    def _value(self, term: str, property_: _Property, margin: str) -> str:
        """Return an object as a value of a property."""
        if term[0] == '"':
            mark = term.rfind('"') + 1
            if not term.startswith("^^", mark):
                return self._text(term[:mark], term[mark + 1 :], property_)
            text = self._typed(term[:mark], self._iri(term[mark + 2 :]), property_)
        elif term[:2] == "_:":
            return self._blank(term, property_, margin)
        elif term[:3] == "<<(":
            raise DataError("JSON-LD cannot express triple terms; use ttl, trig, nt or nq")
        elif term[0] in _BARE or term in ("true", "false"):
            text = self._typed(f'"{term}"', _datatype(term), property_)
        elif property_.type == "@vocab" and (defined := self._term(term)) is not None:
            text = json.dumps(defined.name)
        else:
            reference = self._reference(term)
            text = reference if property_.type in ("@id", "@vocab") else f'{{"id": {reference}}}'
        property_.texts[term] = text
        self._remembered += 1
        return text

    def _iri(self, name: str) -> str:
        """Return the IRI that Turtle writes in some way."""
        if name[0] == "<":
            return name[1:-1]
        if name == "a":
            return str(RDF.type)
        prefix, _, local = name.partition(":")
        return self._blocks.prefixes[prefix] + (_ESCAPE.sub(r"\1", local) if "\\" in local else local)

    def _reference(self, name: str) -> str:
        """Return the name of a node as a JSON string."""
        if name[0] == "<" or name == "a":
            return f'"{self._unlike_curie(self._iri(name))}"'
        prefix, _, local = name.partition(":")
        if prefix == "_":
            return f'"{name}"'
        shorter, used = self._shorter[prefix]
        if not used or not local or local.startswith("//"):
            return f'"{self._unlike_curie(self._iri(name))}"'
        if "\\" in local:
            local = _ESCAPE.sub(r"\1", local)
        self._used.add(used)
        return f'"{shorter}{local}"'

    def _short(self, namespace: str) -> tuple[str, str]:
        """Return how IRIs of a namespace begin, and the prefix that this takes, empty if it takes none."""
        fitting = [item for item in self._context.prefixes.items() if namespace.startswith(item[1])]
        if not fitting:
            return namespace, ""
        prefix, outer = max(fitting, key=lambda item: (len(item[1]), item[0]))
        rest = namespace[len(outer) :]
        return (namespace, "") if rest.startswith("//") else (f"{prefix}:{rest}", prefix)

    def _unlike_curie(self, iri: str) -> str:
        """Return an IRI as it is. Raises PrefixClash if JSON-LD would take it for a CURIE."""
        scheme, _, rest = iri.partition(":")
        if scheme in self._context.prefixes and not rest.startswith("//"):
            raise PrefixClash(scheme)
        return iri

    def _text(self, quoted: str, language: str, property_: _Property) -> str:
        """Return a literal without a datatype as a value."""
        if "--" in language:
            raise DataError("JSON-LD cannot express the direction of a text; use ttl, trig, nt or nq")
        if language:
            if property_.language == language:
                return quoted
            return f'{{"@language": "{language}", "@value": {quoted}}}'
        plain = property_.language is None and property_.type is None
        return quoted if plain else f'{{"@value": {quoted}}}'

    def _typed(self, quoted: str, datatype: str, property_: _Property) -> str:
        """Return a literal with a datatype as a value."""
        if property_.type == datatype:
            return quoted
        if property_.type in (None, "@id"):
            # Numbers and truth values of JSON are read as these datatypes where the term names no other.
            bare = quoted[1:-1]
            if (datatype == XSD.integer and _INTEGER.match(bare)) or (
                datatype == XSD.boolean and bare in ("true", "false")
            ):
                return bare
        name = next(
            (
                f"{prefix}:{datatype[len(namespace) :]}"
                for prefix, namespace in self._context.prefixes.items()
                if namespace == str(XSD) and datatype.startswith(namespace) and len(datatype) > len(namespace)
            ),
            None,
        )
        if name is None:
            name = self._unlike_curie(datatype)
        else:
            self._used.add(name.partition(":")[0])
        return f'{{"@type": "{name}", "@value": {quoted}}}'

    def _blank(self, term: str, property_: _Property, margin: str) -> str:
        """Return a blank node: what is said of it where that is nested, else its name."""
        inner = margin + "  "
        if term in self._nesting.lists:
            members = [self._value(member, property_, inner + "  ") for member in self._nesting.lists[term]]
            return f'{{\n{inner}  "@list": {_several(members, inner, always=True)}\n{inner}}}'
        block: dict[str, str] = {}
        for predicate, object_ in self._nesting.nodes.get(term, ()):
            block[predicate] = f"{block[predicate]} , {object_}" if predicate in block else object_
        if block:
            entries = f",\n{inner}  ".join(self._entries(block, inner))
            return f"{{\n{inner}  {entries}\n{inner}}}"
        reference = self._reference(term)
        return reference if property_.type in ("@id", "@vocab") else f'{{"id": {reference}}}'


def _are_nodes(objects: str) -> bool:
    """Tell whether objects hold no literal, as far as a quick look tells."""
    return not ('"' in objects or objects[0] in _BARE or " , " in objects or objects in ("true", "false"))


def _types_apart(block: dict[str, str]) -> dict[str, str]:
    """Return a block in which literals as types, which ``@type`` does not allow, have another key."""
    objects = objects_of(block["a"])
    literals = [term for term in objects if term[0] in _BARE or term[0] == '"' or term in ("true", "false")]
    if not literals:
        return block
    nodes = [term for term in objects if term not in literals]
    block = {**block, f"<{RDF.type}>": " , ".join(literals)}
    if nodes:
        block["a"] = " , ".join(nodes)
    else:
        del block["a"]
    return block


def _datatype(bare: str) -> str:
    """Return the datatype of a literal that Turtle writes without quotes."""
    if bare in ("true", "false"):
        return str(XSD.boolean)
    if "e" in bare or "E" in bare:
        return str(XSD.double)
    return str(XSD.decimal) if "." in bare else str(XSD.integer)


def _several(values: list[str], margin: str, *, always: bool = False) -> str:
    """Return one value as it is and several as an array, one on a line."""
    if len(values) == 1 and not always:
        return values[0]
    inner = margin + "    "
    return f"[\n{inner}" + f",\n{inner}".join(values) + f"\n{margin}  ]"
