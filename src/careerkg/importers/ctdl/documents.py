"""Reading: a file becomes records, each with the line where it begins.

A record is one resource as JSON. Files hold one document, several lines of documents (``.jsonl``), a list
of documents, a ``@graph``, or the registry's envelopes around any of these; a changeset of the registry has
``deletes/`` too (https://github.com/CredentialEngine/CredentialRegistry, docs/11_registry_changeset_sync.md).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from careerkg.importers.archive import Archive, Member

__all__ = ["Number", "Record", "is_document", "read_records"]

JsonObject = dict[str, Any]
Kind = Literal["resource", "deletion", "skipped", "unreadable"]

_ENDINGS = (".json", ".jsonld", ".json-ld", ".jsonl", ".ndjson", ".txt")
_LINES = (".jsonl", ".ndjson")
_INNER = ("@graph", "decoded_resource", "envelopes", "resources")


class Number(str):
    """A number with a fraction or exponent, with the digits that it is written with."""

    __slots__ = ()


class Record(NamedTuple):
    """One resource of a file: what it is, or why it is not read.

    ``context`` is the document's ``@context``; ``document`` tells apart the documents of a file, whose blank
    node labels hold within one only.
    """

    kind: Kind
    line: int
    value: JsonObject
    context: Any = None
    document: str = ""
    reason: str = ""


def is_document(member: Member) -> bool:
    """Tell by its name whether a member may hold CTDL; ``.txt`` is how the registry's editor saved JSON."""
    return member.name.lower().endswith(_ENDINGS)


def read_records(archive: Archive, member: Member) -> Iterator[Record]:
    """Yield the records of a member. What is no JSON, or holds no linked data, is one record that says so.

    Raises SourceFileError or UnsafeArchive if the member cannot be read at all.
    """
    deletion = "deletes/" in member.name
    if member.name.lower().endswith(_LINES):
        with archive.open(member) as stream:
            for number, line in enumerate(stream):
                if line.strip():
                    yield from _bytes(line, number, member, deletion)
    else:
        yield from _bytes(archive.content(member), 0, member, deletion)


def _bytes(content: bytes, offset: int, member: Member, deletion: bool) -> Iterator[Record]:
    """Yield the records of bytes that begin ``offset`` lines into their file."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1 + offset
        yield Record("unreadable", line, {}, reason=f"not UTF-8: byte 0x{content[error.start]:02x}")
        return
    if member.name.lower().endswith(".txt") and text.lstrip()[:1] not in ("{", "["):
        yield Record("skipped", 1, {}, reason="a text that is no JSON is no description")
        return
    yield from _document(text, offset, member.name, deletion)


def _document(text: str, offset: int, name: str, deletion: bool) -> Iterator[Record]:
    """Yield the records of one JSON text that begins ``offset`` lines into its file."""
    try:
        value = _Reader(text, offset).document()
    except json.JSONDecodeError as error:
        reason = f"not JSON: {error.msg} at column {error.colno}"
        yield Record("unreadable", error.lineno + offset, {}, reason=reason)
    except RecursionError:
        yield Record("unreadable", offset + 1, {}, reason="JSON that is nested too deep")
    else:
        yield from _records(value, offset + 1, None, f"{name}:{offset}", deletion)


def _records(value: Any, line: int, context: Any, document: str, deletion: bool) -> Iterator[Record]:
    """Yield the records of a JSON value: an envelope, a graph, a list, or a resource itself."""
    if isinstance(value, list):
        lines = value.lines if isinstance(value, _Items) else [line] * len(value)
        for number, (each, place) in enumerate(zip(value, lines, strict=True)):
            yield from _records(each, place, context, f"{document}/{number}", deletion)
        return
    if not isinstance(value, dict):
        yield Record("unreadable", line, {}, reason=f"a resource is a JSON object, not {_kind(value)}")
        return
    if "deleted_at" in value and (value["deleted_at"] or deletion):
        yield Record("deletion", line, value)
    elif "decoded_resource" in value or "envelope_id" in value:
        yield from _envelope(value, line, document)
    elif isinstance(value.get("envelopes"), list):
        yield from _records(value["envelopes"], line, None, document, deletion)
    else:
        yield from _linked(value, line, value.get("@context", context), document)


def _linked(value: JsonObject, line: int, context: Any, document: str) -> Iterator[Record]:
    """Yield the records of a JSON object that should be linked data."""
    graph = value.get("@graph")
    if graph is None:
        if not (value.keys() & {"@id", "@type", "id", "type"}) or "$schema" in value:
            rule = "JSON without @graph, @id or @type is no description"
            if "$schema" in value:
                rule = "a JSON Schema is no description"
            elif value.keys() <= {"@context"}:
                rule = "a JSON-LD context is no description"
            yield Record("skipped", line, value, reason=rule)
        else:
            yield Record("resource", line, value, context, document)
            yield from _beside(value, line, context, document)
        return
    yield from _beside({"@included": value.get("@included")}, line, context, document)
    members = graph if isinstance(graph, list) else [graph]
    lines = members.lines if isinstance(members, _Items) else [line] * len(members)
    for each, place in zip(members, lines, strict=True):
        if isinstance(each, dict):
            # A member of a graph with a context of its own reads by both.
            own = each.get("@context")
            both = context if own is None else [context, own]
            yield Record("resource", place, each, both, document)
            yield from _beside(each, place, both, document)
        else:
            reason = f"a member of @graph is a JSON object, not {_kind(each)}"
            yield Record("unreadable", place, {}, reason=reason)


def _beside(value: JsonObject, line: int, context: Any, document: str) -> Iterator[Record]:
    """Yield what an object says of others beside itself: what it includes, and what refers to it."""
    included = value.get("@included")
    for each in included if isinstance(included, list) else [included]:
        if isinstance(each, dict):
            yield Record("resource", line, each, context, document)
    reverse, name = value.get("@reverse"), value.get("@id", value.get("id"))
    if not isinstance(reverse, dict) or not isinstance(name, str):
        return
    for property_, others in reverse.items():
        for other in others if isinstance(others, list) else [others]:
            thing = {"@id": other} if isinstance(other, str) else other
            if isinstance(thing, dict):
                yield Record("resource", line, {**thing, property_: {"@id": name}}, context, document)


def _envelope(value: JsonObject, line: int, document: str) -> Iterator[Record]:
    """Yield the records in an envelope: the decoded resource, or the payload of its JSON Web Token."""
    inner = value.get("decoded_resource")
    if inner is None:
        token = value.get("resource")
        if not isinstance(token, str):
            yield Record("skipped", line, value, reason="an envelope without its resource is no description")
            return
        try:
            payload = token.split(".")[1]
            decoded = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode("utf-8-sig")
            inner = _Reader(decoded, 0).document()
        except (IndexError, binascii.Error, ValueError, RecursionError):
            reason = "an envelope whose resource is neither decoded nor a JSON Web Token"
            yield Record("unreadable", line, {}, reason=reason)
            return
        inner = _with_lines(inner, line)
    # The registry's record is identified by the envelope's CTID, whatever the document is named.
    yield from _records(inner, line, None, document, False)


def _with_lines(value: Any, line: int) -> Any:
    """Return a document that was packed in a string with the line of that string for all of it."""
    graph = value.get("@graph") if isinstance(value, dict) else None
    if isinstance(graph, _Items):
        graph.lines = [line] * len(graph)
    return value


def _kind(value: object) -> str:
    """Return what a JSON value is, for people."""
    if value is None:
        return "null"
    names = {bool: "a truth value", str: "a text", list: "a list"}
    return names.get(type(value), "a number")


class _Items(list[Any]):
    """A JSON array with the lines where its elements begin."""

    lines: list[int]


def _pairs(pairs: list[tuple[str, Any]]) -> JsonObject:
    """Return a JSON object; of a name that stands there twice, both values are kept."""
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    merged: JsonObject = {}
    for name, value in pairs:
        if name in merged:
            before = merged[name] if isinstance(merged[name], list) else [merged[name]]
            merged[name] = [*before, *(value if isinstance(value, list) else [value])]
        else:
            merged[name] = value
    return merged


def _constant(name: str) -> Any:
    raise ValueError(name)


_WHITE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_float=Number, parse_constant=_constant)


class _Reader:
    """Parses a JSON text, noting the lines of the members of lists and graphs.

    Only the outer layers are walked here; each member is parsed by the library in one go.
    """

    def __init__(self, text: str, offset: int) -> None:
        self._text = text
        self._position, self._line = 0, offset + 1

    def document(self) -> Any:
        """Return the value. Raises JSONDecodeError or RecursionError."""
        start = self._skip(0)
        value, end = self._outer(start)
        end = self._skip(end)
        if end != len(self._text):
            raise json.JSONDecodeError("more than one JSON value in the file", self._text, end)
        return value

    def _outer(self, start: int) -> tuple[Any, int]:
        first = self._text[start : start + 1]
        if first == "{":
            return self._object(start)
        if first == "[":
            return self._array(start)
        return self._inner(start)

    def _inner(self, start: int) -> tuple[Any, int]:
        try:
            return _DECODER.raw_decode(self._text, start)
        except json.JSONDecodeError:
            raise
        except ValueError as error:
            raise json.JSONDecodeError(f"{error} is no JSON number", self._text, start) from None

    def _object(self, start: int) -> tuple[JsonObject, int]:
        text, position = self._text, self._skip(start + 1)
        pairs: list[tuple[str, Any]] = []
        if text[position : position + 1] == "}":
            return {}, position + 1
        while True:
            if text[position : position + 1] != '"':
                raise json.JSONDecodeError("a name in double quotes expected", text, position)
            name, position = self._inner(position)
            position = self._skip(position)
            if text[position : position + 1] != ":":
                raise json.JSONDecodeError("':' expected", text, position)
            position = self._skip(position + 1)
            value, position = (self._outer if name in _INNER else self._inner)(position)
            pairs.append((name, value))
            position = self._skip(position)
            sign = text[position : position + 1]
            if sign == "}":
                return _pairs(pairs), position + 1
            if sign != ",":
                raise json.JSONDecodeError("',' or '}' expected", text, position)
            position = self._skip(position + 1)

    def _array(self, start: int) -> tuple[_Items, int]:
        text, position = self._text, self._skip(start + 1)
        items = _Items()
        items.lines = []
        if text[position : position + 1] == "]":
            return items, position + 1
        while True:
            items.lines.append(self._at(position))
            value, position = self._inner(position)
            items.append(value)
            position = self._skip(position)
            sign = text[position : position + 1]
            if sign == "]":
                return items, position + 1
            if sign != ",":
                raise json.JSONDecodeError("',' or ']' expected", text, position)
            position = self._skip(position + 1)

    def _skip(self, position: int) -> int:
        match = _WHITE.match(self._text, position)
        return int(match.end()) if match else position

    def _at(self, position: int) -> int:
        """Return the line of a position behind the last one asked for."""
        self._line += self._text.count("\n", self._position, position)
        self._position = position
        return self._line
