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
    with ExitStack() as stack:
        if parts == 1:
            yield from _part(list(_by_thing(left.lines())), list(_by_thing(right.lines())))
            return
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="careerkg-diff-")))
        files = [_spread(side, folder / name, parts) for name, side in (("left", left), ("right", right))]
        for before, after in zip(*files, strict=True):
            yield from _part(_read(before), _read(after))


Owned = tuple[str, str]
"""A line, with the thing that it belongs to before it."""


def _by_thing(lines: Iterable[str]) -> Iterator[Owned]:
    """Yield every line with the thing that it belongs to, nodes without name written out."""
    unnamed: list[str] = []
    parts: list[str] = []
    owners: dict[str, str] = {}

    def sort(line: str) -> str | None:
        """Return the thing of a line, or None if it must wait until all is read."""
        subject, _, value = split(line)
        if _GENID.match(value):
            owners[value] = min(subject, owners.get(value, subject))
        if _GENID.match(subject):
            parts.append(line)
            return None
        return subject

    for line in lines:
        if is_unnamed(line):
            unnamed.append(line)
        elif "/.well-known/genid/" not in line:
            yield line.partition(" ")[0], line
        elif (thing := sort(line)) is not None:
            yield thing, line
    for line in fold(unnamed):
        if (thing := sort(line)) is not None:
            yield thing, line
    for line in parts:
        yield _owner(line.partition(" ")[0], owners), line


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


def _spread(side: Side, prefix: Path, parts: int) -> list[Path]:
    """Write the lines of a side to files by thing, and return these."""
    paths = [prefix.with_name(f"{prefix.name}-{number}") for number in range(parts)]
    with ExitStack() as stack:
        streams: list[IO[str]] = [
            stack.enter_context(path.open("w", encoding="utf-8", newline="\n", buffering=1 << 16))
            for path in paths
        ]
        for thing, line in _by_thing(side.lines()):
            streams[crc32(thing.encode()) % parts].write(f"{thing} {line}\n")
    return paths


def _read(path: Path) -> list[Owned]:
    """Return the lines of a file and remove it."""
    with path.open(encoding="utf-8", newline="\n") as stream:
        found = [(thing, line.rstrip("\n")) for thing, _, line in (each.partition(" ") for each in stream)]
    path.unlink()
    return found


def _part(before: list[Owned], after: list[Owned]) -> Iterator[Change]:
    """Yield the changes between two lists of lines, each with its thing, in the order of IRIs."""
    left, right = set(before), set(after)
    known = ({thing for thing, _ in left}, {thing for thing, _ in right})
    removed, added = left - right, right - left
    changed = {thing for thing, _ in chain(removed, added)}
    labels = _labels(each for each in chain(before, after) if each[0] in changed)
    found: dict[str, dict[tuple[str | None, str], tuple[list[str], list[str]]]] = {}
    for side, lines in enumerate((removed, added)):
        for thing, line in lines:
            subject, property_, value = split(line)
            key = (None if subject == thing else subject, property_)
            found.setdefault(thing, {}).setdefault(key, ([], []))[side].append(value)
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


def _labels(lines: Iterable[Owned]) -> dict[str, str]:
    """Return a label for each thing that has one: English first, of two the later side's."""
    found: dict[str, tuple[tuple[bool, bool], str]] = {}
    for thing, line in lines:
        subject, property_, value = split(line)
        if subject != thing or property_ not in _LABELS or not value.startswith('"'):
            continue
        text, _, tail = value[1:].rpartition('"')
        rank = (tail.startswith("@en"), property_ == _LABELS[0])
        if thing not in found or rank >= found[thing][0]:
            found[thing] = (rank, _unescaped(text))
    return {thing: label for thing, (_, label) in found.items()}


def _unescaped(text: str) -> str:
    """Return the text of a literal, on one line."""
    signs: dict[str, str] = {"n": " ", "r": " ", "t": " "}
    unescape: Callable[[re.Match[str]], str] = lambda match: signs.get(match[1], match[1])  # noqa: E731
    return re.sub(r"\\([nrt\"\\])", unescape, text)


def _bare(term: str) -> str:
    """Return an IRI without its angle brackets; a label as it is."""
    return term[1:-1] if term.startswith("<") else term
