"""Reading: the JSON of a record becomes nodes with full IRIs, and these the triples that were published.

JSON-LD 1.1 (https://www.w3.org/TR/json-ld11/) as CTDL documents use it, with three differences that keep
more: numbers keep their digits, a value that should be a reference and is none stays text, and a name
without prefix is read as a CTDL term. Contexts that are not at hand are taken for CTDL's.

Nodes without name get an IRI below ``https://w3id.org/careerkg/.well-known/genid/`` (RDF 1.1, section 3.5:
skolemization) that is made of their record and their place in it: the same file gives the same triples.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from careerkg.importers.ctdl.documents import Number, Record
from careerkg.importers.ctdl.terms import CETERMS, CTID, LANGUAGE_TEXT, PREFIXES, SCHEMA, TYPED, normalize
from careerkg.importers.triples import TYPE, BadTerm, iri, literal
from careerkg.vocabulary import RDF, XSD

__all__ = ["GENID", "REGISTRY", "Node", "Reference", "Text", "Value", "Warn", "expand_record", "triples_of"]

GENID = "https://w3id.org/careerkg/.well-known/genid/"
REGISTRY = "https://credentialengineregistry.org/resources/"
"""Where the registry has its records, by CTID."""

Warn = Callable[[str], None]

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_ANY_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]+")
_BARE_CTID = re.compile(r"(?:urn:ctid:)?(?:ce-)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)
_REFERRING = (
    *(PREFIXES[name] for name in ("adms", "asn", "ceasn", "ceterms", "lrmi", "meta")),
    *(PREFIXES[name] for name in ("owl", "qdata", "rdfs", "skos")),
    *(f"{SCHEMA}{name}" for name in ("about", "subjectOf", "unitText")),
)
"""What, by CTDL's context, refers to things, unless it holds text or typed values."""
_MAX_DEPTH = 100
_CTID = CETERMS.ctid
_TYPE = RDF.type


@dataclass(frozen=True, slots=True)
class Text:
    """A literal: its text, and its language or datatype if it has one."""

    text: str
    language: str | None = None
    datatype: str | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """A mention of something by its IRI."""

    iri: str


@dataclass(slots=True)
class Node:
    """A thing with properties. ``published`` is false if it has no name of its own."""

    iri: str
    types: list[str]
    published: bool
    properties: dict[str, list[Value]] = field(default_factory=dict)

    def values(self, *properties: str) -> list[Value]:
        """Return the values of the first of these properties that has any."""
        for property_ in properties:
            if found := self.properties.get(property_):
                return found
        return []

    def texts(self, *properties: str) -> list[Text]:
        """Return the literals among the values of the first of these properties that has any."""
        return [value for value in self.values(*properties) if isinstance(value, Text)]

    def nodes(self, property_: str) -> list[Node]:
        """Return the described things among the values of a property."""
        return [value for value in self.values(property_) if isinstance(value, Node)]

    def links(self, property_: str) -> list[str]:
        """Return the IRIs among the values of a property, of things described there or elsewhere."""
        return [value.iri for value in self.values(property_) if not isinstance(value, Text)]

    def text(self, *properties: str) -> str | None:
        """Return the first literal of these properties as text, or None."""
        return next((each.text for each in self.texts(*properties)), None)


Value = Node | Reference | Text


@dataclass(slots=True)
class _Context:
    """What names mean in a document."""

    prefixes: dict[str, str] = field(default_factory=lambda: PREFIXES)
    terms: dict[str, str] = field(default_factory=dict)
    types: dict[str, str | None] = field(default_factory=dict)
    """By property: ``@id``, ``@language`` or the datatype that the context says its values have."""
    vocabulary: str = str(CETERMS)
    base: str | None = None
    language: str | None = None
    keys: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By name: the IRI of a property or a keyword, and how its values are named in IRIs."""


_CTDL = _Context()
"""What names mean in documents that only name CTDL's context: most of them."""


def expand_record(record: Record, skolem: str, warn: Warn) -> Node:
    """Return the node of a record. Nodes without name are named below ``skolem``.

    Raises BadTerm with the reason if it cannot be one.
    """
    own = record.value.get("@context")
    declared = record.context if own is None or own is record.context else [record.context, own]
    context = _CTDL if declared is None or isinstance(declared, str) else _Context()
    _read_context(context, declared, warn)
    return _Expansion(context, skolem, record, warn).record()


def triples_of(node: Node) -> Iterator[str]:
    """Yield the published triples of a node and of all within it, as lines. Raises BadTerm."""
    subject = iri(node.iri)
    for kind in node.types:
        yield f"{subject} {TYPE} {iri(kind)} .\n"
    for property_, values in node.properties.items():
        predicate = iri(property_)
        for value in values:
            if isinstance(value, Text):
                yield f"{subject} {predicate} {_term(value)} .\n"
            else:
                yield f"{subject} {predicate} {iri(value.iri)} .\n"
                if isinstance(value, Node):
                    yield from triples_of(value)


def _term(value: Text) -> str:
    """Return a literal in N-Triples form. Raises BadTerm for half a surrogate pair, which is no character."""
    plain = literal(value.text, value.datatype if value.datatype != XSD.string else None)
    try:
        if not plain.isascii():
            plain.encode()
    except UnicodeEncodeError:
        raise BadTerm("a text with half of a surrogate pair") from None
    return f"{plain}@{value.language}" if value.language else plain


def _read_context(context: _Context, declared: Any, warn: Warn) -> None:
    """Add what a ``@context`` declares."""
    if isinstance(declared, list):
        for each in declared:
            _read_context(context, each, warn)
    elif isinstance(declared, str):
        if "credreg.net/" not in declared:
            warn(f"the context {declared} is not at hand: its names are read as CTDL's")
    elif isinstance(declared, dict):
        context.prefixes = dict(context.prefixes)
        for name, meaning in declared.items():
            _declare(context, name, meaning)


def _declare(context: _Context, name: str, meaning: Any) -> None:
    """Add one declaration of a context."""
    if name == "@vocab" and isinstance(meaning, str):
        context.vocabulary = normalize(meaning)
    elif name == "@base" and isinstance(meaning, str):
        context.base = meaning
    elif name == "@language":
        context.language = meaning if isinstance(meaning, str) else None
    elif isinstance(meaning, str) and not name.startswith("@"):
        expanded = _expanded(context, meaning)
        context.prefixes[name] = context.terms[name] = expanded
    elif isinstance(meaning, dict) and not name.startswith("@"):
        expanded = _expanded(context, str(meaning.get("@id", name)))
        context.terms[name] = expanded
        kind = meaning.get("@type")
        if meaning.get("@container") == "@language":
            kind = "@language"
        if isinstance(kind, str):
            context.types[expanded] = kind if kind.startswith("@") else _expanded(context, kind)


def _expanded(context: _Context, name: str) -> str:
    """Return the IRI that a term, CURIE or IRI stands for in a context."""
    if name.startswith("@") or not name:
        return name or context.vocabulary
    if name in context.terms:
        return context.terms[name]
    prefix, colon, rest = name.partition(":")
    if colon:
        if not rest.startswith("//"):
            if prefix in context.prefixes:
                return normalize(context.prefixes[prefix] + rest)
            if prefix in ("", "_"):
                # Drafts write ":name"; as a class, "_:Name" is no blank node but the same slip.
                return context.vocabulary + rest
        return normalize(name)
    return context.vocabulary + name


class _Expansion:
    """The expansion of one record."""

    def __init__(self, context: _Context, skolem: str, record: Record, warn: Warn) -> None:
        self._context, self._skolem, self._record, self._warn = context, skolem, record, warn
        self._root = ""

    def record(self) -> Node:
        """Return the node of the record itself."""
        value = self._record.value
        name = value.get("@id", value.get("id"))
        ctid = next((value[key] for key in value if self._key(key)[0] == _CTID), None)
        if isinstance(ctid, list):
            ctid = next(iter(ctid), None)
        if isinstance(name, str) and name.strip():
            own = self._reference(name)
        elif isinstance(ctid, str) and CTID.search(ctid):
            own = REGISTRY + CTID.search(ctid).group().lower()  # type: ignore[union-attr]
        elif name is not None and not isinstance(name, str):
            raise BadTerm("@id is no text")
        else:
            own = None
        blank = own is None or (isinstance(name, str) and name.startswith("_:"))
        key = own if own is not None and not blank else f"{self._record.document}:{self._record.line}"
        self._root = f"{self._skolem}{sha256(key.encode()).hexdigest()[:16]}"
        return self._node(value, own or self._root, "", published=not blank)

    def _node(self, value: dict[str, Any], name: str, path: str, *, published: bool) -> Node:
        """Return a node with all its properties."""
        iri(name)
        if path.count("/") > _MAX_DEPTH:
            raise BadTerm("descriptions that are nested too deep")
        node = Node(name, [], published)
        self._properties(node, value, path)
        return node

    def _properties(self, node: Node, value: dict[str, Any], path: str) -> None:
        """Add what a JSON object says of a node."""
        for key, content in value.items():
            if key in ("@id", "id", "@context", "@index"):
                continue
            if key == "@nest":
                for inner in content if isinstance(content, list) else [content]:
                    if isinstance(inner, dict):
                        self._properties(node, inner, path)
                continue
            if key in ("@included", "@reverse") and not path:
                continue  # records of their own
            if key in ("@type", "type"):
                node.types = self._types(content)
                continue
            property_, local = self._key(key)
            if property_[0] == "@":
                self._warn(f"{key} is not read")
                continue
            if property_ == _TYPE:
                node.types += self._types(content)
                continue
            found = node.properties.setdefault(property_, [])
            self._values(content, property_, f"{path}/{local}", found)
            if not found:
                del node.properties[property_]

    def _types(self, content: Any) -> list[str]:
        """Return the types that a node is given, each once."""
        names = content if isinstance(content, list) else [content]
        kinds = [_expanded(self._context, name.strip()) for name in names if isinstance(name, str)]
        return list(dict.fromkeys(kinds))

    def _key(self, key: str) -> tuple[str, str]:
        """Return the IRI of a property, or a keyword, and how its values are named. Raises BadTerm."""
        context = self._context
        known = context.keys.get(key)
        if known is None:
            expanded = _expanded(context, key.strip())
            if expanded == "@graph":
                expanded = CETERMS.hasPart
            elif expanded[0] != "@":
                iri(expanded)
            local = re.sub(r"[^A-Za-z0-9]+", "-", key.strip().rpartition(":")[2].rpartition("/")[2])
            known = context.keys[key] = (expanded, local)
        if ":" not in key and key[:1] != "@" and key not in context.terms and key not in ("id", "type"):
            self._warn("names without prefix are read as CTDL terms")
        return known

    def _values(self, content: Any, property_: str, path: str, found: list[Value]) -> None:
        """Add the values of a property, of one JSON value."""
        if content is None:
            return
        if isinstance(content, list):
            for each in content:
                self._values(each, property_, path, found)
        elif isinstance(content, dict):
            self._object(content, property_, path, found)
        else:
            found.append(self._scalar(content, property_))

    def _object(self, content: dict[str, Any], property_: str, path: str, found: list[Value]) -> None:
        """Add what a JSON object says: a value, a language map, a reference, or a node."""
        if "@value" in content:
            text = self._plain(content["@value"])
            language, kind = content.get("@language"), content.get("@type")
            if isinstance(language, str) and _ANY_LANGUAGE.fullmatch(language):
                found.append(Text(text.text, language))
            else:
                datatype = _expanded(self._context, kind) if isinstance(kind, str) else text.datatype
                found.append(Text(text.text, None, datatype))
            return
        for keyword in ("@list", "@set"):
            if keyword in content:
                if keyword == "@list":
                    self._warn("the order of @list is not kept")
                self._values(content[keyword], property_, path, found)
                return
        if self._is_language_map(content, property_):
            for language, texts in content.items():
                tag = None if language == "@none" else language.lstrip("@")
                several = texts if isinstance(texts, list) else [texts]
                found += [Text(self._plain(each).text, tag) for each in several if each is not None]
            return
        name = content.get("@id", content.get("id"))
        if isinstance(name, str) and name.strip():
            try:
                own = iri(self._reference(name))[1:-1]
            except BadTerm as error:
                self._warn(f"{error}: kept as text")
                if content.keys() <= {"@id", "id"}:
                    found.append(Text(name))
                    return
                content = {**content, "ceterms:identifier": name}
                own = None
            if own is not None and content.keys() <= {"@id", "id"}:
                found.append(Reference(own))
                return
        else:
            own = None
        if own is not None and isinstance(name, str):
            found.append(self._node(content, own, f"{path}-{len(found) + 1}", published=name[:2] != "_:"))
            return
        place = f"{path}-{len(found) + 1}"
        found.append(self._node(content, self._root + place, place, published=False))

    def _is_language_map(self, content: dict[str, Any], property_: str) -> bool:
        """Tell whether an object gives texts by language, as CTDL's context says of this property."""
        if not content or content.keys() & {"@id", "@type"}:
            return False
        expected = property_ in LANGUAGE_TEXT or self._context.types.get(property_) == "@language"
        pattern = _ANY_LANGUAGE if expected else _LANGUAGE
        for key, value in content.items():
            if pattern.fullmatch(key.lstrip("@")) is None or (not expected and key in ("id", "url")):
                return False
            texts = value if isinstance(value, list) else [value]
            if not all(each is None or isinstance(each, str | int | bool) for each in texts):
                return False
        return True

    def _scalar(self, content: Any, property_: str) -> Value:
        """Return the value that a text, number or truth value is for a property."""
        kind = self._context.types.get(property_)
        if property_ in LANGUAGE_TEXT or kind == "@language":
            plain = self._plain(content)
            return Text(plain.text, self._context.language) if isinstance(content, str) else plain
        datatype = TYPED.get(property_) if kind is None or kind.startswith("@") else kind
        if datatype is not None:
            return Text(self._plain(content).text, None, datatype)
        if not isinstance(content, str) or isinstance(content, Number):
            return self._plain(content)
        name = content.strip()
        if name.startswith("_:") or (_BARE_CTID.fullmatch(name) and name[:3] in ("ce-", "urn")):
            return Reference(self._reference(name))
        if (kind == "@id" or property_.startswith(_REFERRING)) and _SCHEME.match(name):
            expanded = _expanded(self._context, name)
            if _IRI.fullmatch(expanded):
                return Reference(expanded)
        return Text(content, self._context.language)

    def _plain(self, content: Any) -> Text:
        """Return a JSON scalar as a literal."""
        if isinstance(content, bool):
            return Text("true" if content else "false", None, XSD.boolean)
        if isinstance(content, Number):
            exponent = "e" in content.lower()
            return Text(str(content), None, XSD.double if exponent else XSD.decimal)
        if isinstance(content, int):
            return Text(str(content), None, XSD.integer)
        if not isinstance(content, str):
            raise BadTerm("a value that is neither text nor number")
        return Text(content)

    def _reference(self, name: str) -> str:
        """Return the IRI of something named in the document."""
        name = name.strip()
        if name.startswith("_:"):
            digest = sha256(f"{self._record.document} {name}".encode()).hexdigest()[:16]
            return f"{self._skolem}{digest}"
        bare = _BARE_CTID.fullmatch(name)
        if bare is not None:
            return f"{REGISTRY}ce-{bare[1].lower()}"
        if _SCHEME.match(name):
            return _expanded(self._context, name)
        if self._context.base:
            from urllib.parse import urljoin

            return urljoin(self._context.base, name)
        raise BadTerm(f"@id {name!r} is not an absolute IRI")
