"""Reading a side of a comparison: a store folder, a release in one (``kg/#onet-29.3``), or an RDF file.

The release is part of the IRI of what only it says (``…/rating/onet-29-3/…``). Between two releases those
IRIs are compared without it, and the description of the release itself, with its counts, is left out. Between
two stores what imports count and sum up (VoID, SHA-256 of tables) is left out: it says no more than that
something else differs.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, NamedTuple, cast

import pyoxigraph as ox

from careerkg.errors import StoreError
from careerkg.store import EmbeddedStore, Store, read_rdf
from careerkg.vocabulary import CKG, RDF, SOURCE, VOID, slugify

__all__ = ["Side", "read_sides"]

Lines = Callable[[], Iterator[str]]


class Side(NamedTuple):
    """One side: its name for people, its triples as N-Triples lines without their ends, and about how many.

    Lines may come twice; blank nodes are named within the side only.
    """

    name: str
    lines: Lines
    size: int


def read_sides(left: str, right: str) -> tuple[Side, Side]:
    """Return both sides of a comparison. Raises StoreError, or RdfSyntaxError while lines are read.

    Stores keep values, not their spelling (12.50 comes out as 12.5): against a store, the other side's
    values are brought into the same form.
    """
    names = (left, right)
    found = [_release(name) for name in names]
    keys = [None if each is None else each[1] for each in found]
    stored = [each is None and not Path(name).is_file() for name, each in zip(names, found, strict=True)]
    sides: list[Side] = []
    for name, each in zip(names, found, strict=True):
        if each is None:
            side = _path(name)
        else:
            path, key = each
            # By a name that both sides share, the right one's: what is shown exists there.
            shared = keys[1] if all(keys) else key
            side = _dump(name, path, key, shared or key, both=all(keys))
        if any(stored) and not stored[len(sides)]:
            side = side._replace(lines=_as_stored(side.lines))
        sides.append(side)
    if all(each is None and Path(name).is_dir() for name, each in zip(names, found, strict=True)):
        kept = _kept({key for name in names for key in _releases(Path(name))})
        return _only(sides[0], kept), _only(sides[1], kept)
    return sides[0], sides[1]


def _releases(folder: Path) -> Iterator[str]:
    """Yield the keys of the releases in a store folder."""
    for path in (folder / "releases").glob("*.nq.gz"):
        yield path.name.removesuffix(".nq.gz")


def _kept(keys: set[str]) -> Callable[[str], bool]:
    """Return what tells whether a line is more than book-keeping of imports of these releases."""
    releases = "|".join(re.escape(key) for key in sorted(keys)) or "(?!)"
    source, void, type_, sha256 = (re.escape(f"<{each}") for each in (SOURCE, VOID, RDF.type, CKG.sha256))
    books = re.compile(
        rf"{source}(?:store> |(?:{releases})(?:/void/[^>]*> |[^>]*> (?:{void}|{sha256}>)|> {type_}> {void}))"
    )
    start = f"<{SOURCE}"
    return lambda line: not line.startswith(start) or books.match(line) is None


def _only(side: Side, kept: Callable[[str], bool]) -> Side:
    """Return a side without the lines that are not kept."""
    return side._replace(lines=lambda: filter(kept, side.lines()))


def _as_stored(lines: Lines) -> Lines:
    """Return lines with their values in the form in which a store gives them back."""

    def converted() -> Iterator[str]:
        with TemporaryDirectory(prefix="careerkg-diff-") as folder:
            store = ox.Store(folder)
            rest = iter(lines())
            while chunk := "\n".join(islice(rest, 100_000)):
                store.bulk_load(chunk.encode(), format=ox.RdfFormat.N_TRIPLES, lenient=True)
            for quad in store:
                yield f"{quad.triple} ."
            del store

    return converted


def _release(name: str) -> tuple[Path, str] | None:
    """Return the dump and the key of the release that ``DIR#release`` names; None for another side."""
    folder, sharp, release = name.rpartition("#")
    if not sharp or Path(name).exists():
        return None
    key = slugify(release)
    dumps = Path(folder) / "releases"
    path = dumps / f"{key}.nq.gz"
    if not path.is_file():
        known = sorted(each.name.removesuffix(".nq.gz") for each in dumps.glob("*.nq.gz"))
        hint = f"it has {', '.join(known)}" if known else "there are no releases in it"
        raise StoreError(f"{folder} has no release {release!r}: {hint}", folder)
    return path, key


def _path(name: str) -> Side:
    """Return the side of a store, here or elsewhere, or an RDF file. Raises StoreError if there is none."""
    if name.lower().startswith(("http://", "https://")):
        from careerkg.remote import connect

        elsewhere = connect(name)
        return Side(name, lambda: _of_store(elsewhere), len(elsewhere))
    path = Path(name)
    if path.is_dir():
        store = EmbeddedStore.open(path, read_only=True)
        return Side(name, lambda: _of_store(store), len(store))
    if not path.is_file():
        raise StoreError(f"there is no such store, release or file: {name}", path)
    return Side(name, lambda: _of_file(path), path.stat().st_size // 100)


def _of_store(store: Store) -> Iterator[str]:
    """Yield the triples of a store: those of its default graph, which is the merge of all."""
    for quad in store.quads(None, None, None, ox.DefaultGraph()):
        yield f"{quad.triple} ."


def _of_file(path: Path) -> Iterator[str]:
    """Yield the triples of a file, of all its graphs. Raises RdfSyntaxError or StoreError.

    Relative IRIs have one base for all files: a file that was moved says what it said.
    """
    for quad in read_rdf(path, base="file:///"):
        yield f"{quad.triple} ."


def _dump(name: str, path: Path, key: str, shared: str, *, both: bool) -> Side:
    """Return the side of a release, from its dump; ``both`` tells that the other side is a release, too."""
    own = (f"<{SOURCE}{key}>", f"<{SOURCE}{key}/")

    def lines() -> Iterator[str]:
        try:
            with cast(IO[bytes], gzip.open(path)) as stream:
                for line in _triples(stream) if both else _parsed(stream):
                    if both and line.startswith(own):
                        continue
                    yield line if key == shared else _renamed(line, key, shared)
        except (OSError, EOFError, SyntaxError, ValueError) as error:
            raise StoreError(f"cannot read {path}: {error}", path) from error

    return Side(name, lines, path.stat().st_size // 8)


def _parsed(stream: IO[bytes]) -> Iterator[str]:
    """Yield the triples of N-Quads as the library writes them, to compare with others' lines."""
    for quad in ox.parse(stream, format=ox.RdfFormat.N_QUADS, lenient=True):
        yield f"{quad.triple} ."


def _triples(stream: IO[bytes]) -> Iterator[str]:
    """Yield the triples of a dump as they stand there: all dumps write terms in the same way.

    What is in a named graph is in the default graph, too, and is passed over.
    """
    for number, encoded in enumerate(stream, start=1):
        line = encoded.decode().rstrip("\n")
        if not line.endswith(" ."):
            raise ValueError(f"line {number} is not N-Quads")
        last = line[line.rindex(" ", 0, -2) + 1 : -2]
        if last[0] == "<" and '"' not in last and line.count(" ") > 3:
            continue
        yield line


def _renamed(line: str, key: str, shared: str) -> str:
    """Return a line with the release in IRIs of ours replaced."""
    if key not in line:
        return line
    pattern = rf"(<https://w3id\.org/careerkg/(?:[^<>]*/)?){re.escape(key)}(?=[/>])"
    return re.sub(pattern, lambda match: match[1] + shared, line)
