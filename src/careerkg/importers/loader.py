"""Putting a release into a store folder, whole or not at all; replacing it; describing it.

The release is written as N-Quads text first, then loaded into a new generation of the store (see
:mod:`~careerkg.importers.generations`), which takes the place of the old one by one rename. A new release is
added to a hard-linked copy of the current generation. One that is there already is replaced by building the
generation anew from what all other releases said (``releases/*.nq.gz``) and what was added by hand.

The dump and its description carry the number of the generation that they belong to until that is current:
a process that is killed at any point leaves the old state, or the new one whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import IO, Any, cast

import pyoxigraph as ox

from careerkg import resources
from careerkg.errors import StoreError
from careerkg.importers.archive import Archive
from careerkg.importers.generations import clean, locked, next_generation, switch
from careerkg.importers.log import Log
from careerkg.importers.release import Action, Release, Summary, TableCount
from careerkg.importers.triples import TripleWriter
from careerkg.importers.void import STORE, Counts, count_release, describe_release, describe_store
from careerkg.store import current_generation
from careerkg.vocabulary import ONTOLOGY

__all__ = ["ONTOLOGY_KEY", "load_release", "release_files"]

Fill = Callable[[TripleWriter], None]
_CHUNK = 1 << 24
ONTOLOGY_KEY = "careerkg-ontology"
"""The vocabulary with its schemes, which every store has, is kept like a release of this name."""


def load_release(folder: Path | None, release: Release, fill: Fill, archive: Archive, log: Log) -> Summary:
    """Load a release, whose triples ``fill`` writes, into the store in a folder; without one only check it.

    Every triple is N-Triples text without blank nodes; the default graph is where bulk facts go. Raises what
    ``fill`` raises, and StoreError if the folder is no store, is in use, or cannot be written. After an error
    the store is as it was.
    """
    if folder is None:
        writer = TripleWriter(None)
        _fill(writer, release, fill, archive, log)
        return _summary(release, "checked", writer.triples, log)
    try:
        with locked(folder):
            _require_store(folder)
            clean(folder)
            (folder / "releases").mkdir(exist_ok=True)
            return _load(folder, release, fill, archive, log)
    except OSError as error:
        raise StoreError(f"cannot write the store {folder}: {error}", folder) from error


def release_files(folder: Path) -> dict[str, Path]:
    """Return the dumps of the releases in a store by key, ``onet-29-3``; the vocabulary's comes first."""
    found = {path.name.removesuffix(".nq.gz"): path for path in (folder / "releases").glob("*.nq.gz")}
    return dict(sorted(found.items(), key=lambda item: (item[0] != ONTOLOGY_KEY, item[0])))


def _require_store(folder: Path) -> None:
    """Raise StoreError if a folder holds something else than a store that imports can write to."""
    if current_generation(folder) is not None:
        return
    if (folder / "CURRENT").exists():
        raise StoreError(
            f"{folder} is a plain Oxigraph store, which imports cannot replace as a whole: "
            "import into a new folder and load your data there",
            folder,
        )
    ours = ("lock", "releases", "generation-", "current.partial")
    if any(not path.name.startswith(ours) for path in folder.iterdir()):
        raise StoreError(f"{folder} is not a store, and not an empty folder that could become one", folder)


def _load(folder: Path, release: Release, fill: Fill, archive: Archive, log: Log) -> Summary:
    """Load a release into a folder that is locked and tidy."""
    generation = next_generation(folder)
    lines = folder / "releases" / f"{release.key}.nq.partial"
    with lines.open("wb") as stream:
        writer = TripleWriter(stream)
        _fill(writer, release, fill, archive, log)
    pending = _Pending(folder, generation)
    ontology = _ontology_changes(folder, pending)
    replaced = release.key in release_files(folder)
    log.progress(f"{writer.triples:,} triples: loading")
    counts = Counts()
    compressing = _Compression(lines, pending.path(f"releases/{release.key}.nq.gz"), counts)
    compressing.start()
    stale = {release.key} if replaced else set()
    stale |= {ONTOLOGY_KEY} if ontology else set()
    store = _start_generation(folder, generation, stale)
    if ontology:
        _bulk(store, pending.path(f"releases/{ONTOLOGY_KEY}.nq.gz"))
    store.bulk_load(path=str(lines), format=ox.RdfFormat.N_QUADS, lenient=True)
    compressing.finish()
    void = "".join(count_release(release, counts)).encode()
    store.load(void, format=ox.RdfFormat.N_QUADS)
    with pending.path(f"releases/{release.key}.nq.gz").open("ab") as packed:
        packed.write(_packed(void))
    summary = _summary(release, "replaced" if replaced else "added", writer.triples, log)
    pending.path(f"releases/{release.key}.json").write_text(_record(summary, archive), encoding="utf-8")
    log.progress("describing")
    _describe(store, folder, release, pending)
    store.flush()
    del store
    switch(folder, generation)
    pending.settle()
    lines.unlink()
    clean(folder)
    return summary


def _fill(writer: TripleWriter, release: Release, fill: Fill, archive: Archive, log: Log) -> None:
    """Write a release and its description, and hold that its rows add up."""
    fill(writer)
    log.check()
    sums = {member.place: archive.digest(member) for member in archive.members}
    for line in describe_release(release, log.tables, sums):
        writer.write(line)
    writer.flush()


def _start_generation(folder: Path, generation: Path, stale: set[str]) -> ox.Store:
    """Return a new generation with all but the stale releases: a linked copy, or built anew."""
    current = current_generation(folder)
    if current is None:
        return ox.Store(str(generation))
    try:
        old = ox.Store(str(current))
    except (OSError, ValueError) as error:
        raise StoreError(f"the store {folder} is open for writing elsewhere: {error}", folder) from error
    if not stale:
        old.backup(str(generation))
        return ox.Store(str(generation))
    dumps = release_files(folder)
    store = ox.Store(str(generation))
    if (folder / "edited").exists():
        everything = ox.Store(str(generation.with_name(f"{generation.name}-all.partial")))
        for dump in dumps.values():
            _bulk(everything, dump)
        store.bulk_extend(quad for quad in old if quad not in everything and not _of_store(quad))
        del everything
    for key, dump in dumps.items():
        if key not in stale:
            _bulk(store, dump)
    return store


def _of_store(quad: ox.Quad) -> bool:
    """Tell whether a quad describes the store as a whole, which every import does anew."""
    return isinstance(quad.subject, ox.NamedNode) and quad.subject.value == STORE


def _bulk(store: ox.Store, dump: Path) -> None:
    """Load a dump."""
    import gzip

    with gzip.open(dump) as stream:
        store.bulk_load(cast(IO[bytes], stream), format=ox.RdfFormat.N_QUADS, lenient=True)


class _Pending:
    """Files that take their places once their generation is current."""

    def __init__(self, folder: Path, generation: Path) -> None:
        self._folder, self._suffix = folder, f".{generation.name}"
        self._names: list[str] = []

    def path(self, name: str) -> Path:
        """Return where a file waits."""
        if name not in self._names:
            self._names.append(name)
        return self._folder / f"{name}{self._suffix}"

    def settle(self) -> None:
        """Give the files their places."""
        for name in self._names:
            (self._folder / f"{name}{self._suffix}").replace(self._folder / name)


class _Compression(Thread):
    """Packs the lines of a release and counts them, while the store loads them."""

    def __init__(self, lines: Path, target: Path, counts: Counts) -> None:
        super().__init__(daemon=True)
        self._lines, self._target, self._counts = lines, target, counts
        self._error: BaseException | None = None

    def run(self) -> None:
        """Do it."""
        try:
            with self._lines.open("rb") as stream, self._target.open("wb") as packed:
                for chunk in _whole_lines(stream):
                    packed.write(_packed(chunk))
                    self._counts.add(chunk)
        except BaseException as error:
            self._error = error

    def finish(self) -> None:
        """Wait for the end. Raises what went wrong."""
        self.join()
        if self._error is not None:
            raise self._error


def _packed(content: bytes) -> bytes:
    """Return a gzip member that is the same for the same content; members may follow each other in a file."""
    import gzip

    return gzip.compress(content, 1, mtime=0)


def _whole_lines(stream: Any) -> Iterator[bytes]:
    """Yield a stream in large pieces that end at line ends."""
    while chunk := stream.read(_CHUNK):
        yield chunk + stream.readline()


def _ontology_changes(folder: Path, pending: _Pending) -> bool:
    """Write the dump of the vocabulary if the store has none, or one of another version; tell whether so."""
    import hashlib

    content = "".join(_ontology_lines()).encode()
    digest = hashlib.sha256(content).hexdigest()
    with suppress(OSError, ValueError):
        known = json.loads((folder / "releases" / f"{ONTOLOGY_KEY}.json").read_text(encoding="utf-8"))
        if known.get("sha256") == digest:
            return False
    pending.path(f"releases/{ONTOLOGY_KEY}.nq.gz").write_bytes(_packed(content))
    record = {"source": "careerkg", "iri": ONTOLOGY, "triples": content.count(b"\n"), "sha256": digest}
    pending.path(f"releases/{ONTOLOGY_KEY}.json").write_text(
        json.dumps(record, indent=2) + "\n", encoding="utf-8"
    )
    return True


def _ontology_lines() -> list[str]:
    """Return the vocabulary as sorted N-Triples, its blank nodes as IRIs (RDF 1.1, skolemization)."""
    names: dict[str, ox.NamedNode] = {}

    def named(term: Any) -> Any:
        if not isinstance(term, ox.BlankNode):
            return term
        name = f"https://w3id.org/careerkg/.well-known/genid/{len(names)}"
        return names.setdefault(term.value, ox.NamedNode(name))

    lines = set()
    for path in resources.ontology_files():
        for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE):
            lines.add(f"{ox.Triple(named(quad.subject), quad.predicate, named(quad.object))} .\n")
    return sorted(lines)


def _describe(store: ox.Store, folder: Path, release: Release, pending: _Pending) -> None:
    """Write the VoID of the store as a whole, into the store and beside it."""
    node = ox.NamedNode(STORE)
    for quad in list(store.quads_for_pattern(node, None, None, ox.DefaultGraph())):
        store.remove(quad)
    keys = {*release_files(folder), release.key} - {ONTOLOGY_KEY}
    iris = sorted({f"{release.iri.removesuffix(release.key)}{key}" for key in keys})
    lines = "".join(describe_store(len(store), iris))
    store.load(lines.encode(), format=ox.RdfFormat.N_QUADS)
    pending.path("void.ttl").write_text(lines, encoding="utf-8")


def _record(summary: Summary, archive: Archive) -> str:
    """Return the description of a release that lies beside its dump, as JSON."""
    from datetime import UTC, datetime
    from importlib.metadata import version

    release = summary.release
    record = {
        **release._asdict(),
        "key": release.key,
        "iri": release.iri,
        "triples": summary.triples,
        "imported": datetime.now(UTC).isoformat(timespec="seconds"),
        "importer": f"careerkg {version('careerkg')}",
        "tables": [
            {"name": each.name, **{field: getattr(each, field) for field in TableCount._fields[2:]}}
            for each in summary.tables
        ],
        "files": [{"name": member.name, "sha256": archive.digest(member)} for member in archive.members],
    }
    return json.dumps(record, indent=2, ensure_ascii=False) + "\n"


def _summary(release: Release, action: Action, triples: int, log: Log) -> Summary:
    """Return what an import has to tell."""
    return Summary(
        release=release,
        action=action,
        triples=triples,
        tables=tuple(
            TableCount(each.name, each.file, each.read, each.imported, each.rejected, each.skipped)
            for each in log.tables
        ),
        rejected=tuple(log.rejected),
        skipped=tuple(log.skipped),
        warnings=tuple(log.warnings),
        absent=tuple(log.absent),
        ignored=tuple(log.ignored),
    )
