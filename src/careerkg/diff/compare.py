"""Comparing: the lines of both sides, in parts that fit into memory, thing by thing.

A thing is what lines have as their subject. IRIs below ``/.well-known/genid/``, which imports give to what
has no name (RDF 1.1, section 3.5), count as parts of the thing that refers to them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Literal, NamedTuple
from zlib import crc32

from careerkg.diff.sides import Side
from careerkg.diff.unnamed import fold, is_unnamed, split
from careerkg.vocabulary import RDFS, SKOS

__all__ = ["Change", "Difference", "compare"]

_GENID = re.compile(r"<[^>]*/\.well-known/genid/")
_PART_LINES = 400_000
"""About how many lines of a side are held in memory at a time."""
_LABELS = (f"<{RDFS.label}>", f"<{SKOS.prefLabel}>")


class Difference(NamedTuple):
    """One property of a thing whose values differ, as terms of N-Triples.

    A node without name is written out, ``[ <property> value ; … ]``. ``part`` says of which part of the
    thing this is: an IRI below ``/.well-known/genid/``, or None for the thing itself.
    """

    part: str | None
    property: str
    removed: tuple[str, ...]
    added: tuple[str, ...]


class Change(NamedTuple):
    """A thing that only one side knows, or of which they say different things."""

    id: str
    label: str | None
    kind: Literal["added", "removed", "changed"]
    differences: tuple[Difference, ...]


def compare(left: Side, right: Side) -> Iterator[Change]:
    """Yield what the right side says differently from the left, in the order of IRIs within each part.

    Two sides that say the same, with whatever labels for nodes without name, have no changes. Raises what
    reading the sides does.
    """
    parts = 1 + max(left.size, right.size) // _PART_LINES
    if parts == 1:
        sides = []
        for side in (left, right):
            lines: set[str] = set()
            sides.append((lines, _sort(side.lines(), lines.add)))
        yield from _part(*sides)
        return
    with TemporaryDirectory(prefix="careerkg-diff-") as folder:
        before = _spread(left, Path(folder) / "left", parts)
        after = _spread(right, Path(folder) / "right", parts)
        for old, new in zip(before, after, strict=True):
            yield from _part((_read(old[0]), old[1]), (_read(new[0]), new[1]))


Owned = tuple[str, str]
"""A line that does not begin with the thing that it belongs to, after that thing."""


def _sort(lines: Iterable[str], take: Callable[[str], object]) -> list[Owned]:
    """Hand over every line that begins with its thing; return the others, with theirs.

    Nodes without name are written out.
    """
    unnamed: list[str] = []
    parts: list[str] = []
    owners: dict[str, str] = {}

    def sort(line: str) -> None:
        subject, _, value = split(line)
        if _GENID.match(value):
            owners[value] = min(subject, owners.get(value, subject))
        if _GENID.match(subject):
            parts.append(line)
        else:
            take(line)

    for line in lines:
        if "_:" in line and is_unnamed(line):
            unnamed.append(line)
        elif "/.well-known/genid/" in line:
            sort(line)
        else:
            take(line)
    for line in fold(unnamed):
        sort(line)
    return [(_owner(line.partition(" ")[0], owners), line) for line in parts]


def _owner(part: str, owners: dict[str, str]) -> str:
    """Return the thing that a part belongs to; the part itself if nothing with a name refers to it."""
    seen = {part}
    thing = part
    while _GENID.match(thing):
        above = owners.get(thing)
        if above is None or above in seen:
            return part
        seen.add(above)
        thing = above
    return thing


def _spread(side: Side, prefix: Path, parts: int) -> list[tuple[Path, list[Owned]]]:
    """Write the lines of a side to files by thing; return each file, with the lines of parts of things."""
    paths = [prefix.with_name(f"{prefix.name}-{number}") for number in range(parts)]
    with ExitStack() as stack:
        streams: list[IO[bytes]] = [stack.enter_context(path.open("wb", 1 << 16)) for path in paths]

        def take(line: str) -> None:
            encoded = line.encode()
            streams[crc32(encoded[: encoded.index(b" ")]) % parts].write(encoded + b"\n")

        owned = _sort(side.lines(), take)
    found: list[tuple[Path, list[Owned]]] = [(path, []) for path in paths]
    for thing, line in owned:
        found[crc32(thing.encode()) % parts][1].append((thing, line))
    return found


def _read(path: Path) -> set[str]:
    """Return the lines of a file and remove it."""
    with path.open(encoding="utf-8", newline="\n") as stream:
        found = {line[:-1] for line in stream}
    path.unlink()
    return found


def _part(before: tuple[set[str], list[Owned]], after: tuple[set[str], list[Owned]]) -> Iterator[Change]:
    """Yield the changes between lines and lines of parts of things, in the order of IRIs."""
    sides = (before, after)
    owned = [set(each[1]) for each in sides]
    found: dict[str, dict[tuple[str | None, str], tuple[list[str], list[str]]]] = {}
    for side in (0, 1):
        own = ((line.partition(" ")[0], line) for line in sides[side][0] - sides[1 - side][0])
        for thing, line in chain(own, owned[side] - owned[1 - side]):
            subject, property_, value = split(line)
            key = (None if subject == thing else subject, property_)
            found.setdefault(thing, {}).setdefault(key, ([], []))[side].append(value)
    if not found:
        return
    known = [
        {line.partition(" ")[0] for line in lines} | {thing for thing, _ in more} for lines, more in sides
    ]
    labels = _labels(line for lines, _ in sides for line in lines if line.partition(" ")[0] in found)
    for thing in sorted(found):
        kind: Literal["added", "removed", "changed"] = "changed"
        if thing not in known[0]:
            kind = "added"
        elif thing not in known[1]:
            kind = "removed"
        differences = tuple(
            Difference(part and _bare(part), _bare(property_), tuple(sorted(old)), tuple(sorted(new)))
            for (part, property_), (old, new) in sorted(found[thing].items(), key=_by_part)
        )
        yield Change(_bare(thing), labels.get(thing), kind, differences)


def _by_part(item: tuple[tuple[str | None, str], object]) -> tuple[str, str]:
    """Return what the properties of a thing are ordered by: its own first, then those of its parts."""
    return item[0][0] or "", item[0][1]


def _labels(lines: Iterable[str]) -> dict[str, str]:
    """Return a label for each thing that has one: English first, of two the later side's."""
    found: dict[str, tuple[tuple[bool, bool], str]] = {}
    for line in lines:
        thing, property_, value = split(line)
        if property_ not in _LABELS or not value.startswith('"'):
            continue
        text, _, tail = value[1:].rpartition('"')
        rank = (tail.startswith("@en"), property_ == _LABELS[0])
        if thing not in found or rank >= found[thing][0]:
            found[thing] = (rank, _unescaped(text))
    return {thing: label for thing, (_, label) in found.items()}


def _unescaped(text: str) -> str:
    """Return the text of a literal, on one line."""
    return re.sub(r"\\([nrt\"\\])", lambda match: " " if match[1] in "nrt" else match[1], text)


def _bare(term: str) -> str:
    """Return an IRI without its angle brackets; a label as it is."""
    return term[1:-1] if term.startswith("<") else term
