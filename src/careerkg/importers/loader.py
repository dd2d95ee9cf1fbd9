"""Putting releases into a store folder, whole or not at all; replacing them; describing them.

A release is written as N-Quads text first, then loaded into a new generation of the store (see
:mod:`~careerkg.importers.generations`), which takes the place of the old one by one rename. A new release is
added to a hard-linked copy of the current generation. One that is there already is replaced by building the
generation anew from what all other releases said (``releases/*.nq.gz``) and what was added by hand.

The dump and its description carry the number of the generation that they belong to until that is current:
a process that is killed at any point leaves the old state, or the new one whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import IO, Any, NamedTuple, cast

import pyoxigraph as ox

from careerkg import resources
from careerkg.errors import StoreError
from careerkg.importers.archive import Archive
from careerkg.importers.generations import clean, locked, next_generation, switch
from careerkg.importers.log import Log, Tally
from careerkg.importers.release import Action, Release, Summary, TableCount
from careerkg.importers.triples import TripleWriter
from careerkg.importers.void import STORE, Counts, count_release, describe_release, describe_store
from careerkg.store import current_generation
from careerkg.vocabulary import ONTOLOGY, PREFIXES, SOURCE, VOID

__all__ = ["VOCABULARY_KEY", "load_releases", "release_files"]

Fill = Callable[[Release, TripleWriter], None]
_CHUNK = 1 << 24
_PIECE = 48 << 20
VOCABULARY_KEY = "careerkg-ontology"
"""The vocabulary with its schemes, which every store has, is kept like a release of this name."""


def load_releases(
    folder: Path | None, releases: Sequence[Release], fill: Fill, archive: Archive, log: Log
) -> tuple[Summary, ...]:
    """Load releases, whose triples ``fill`` writes, into the store in a folder; without one only check them.

    Every triple is N-Triples text without blank nodes; the default graph is where bulk facts go. Raises what
    ``fill`` raises, and StoreError if the folder is no store, is in use, or cannot be written. After an error
    the store is as it was.
    """
    if folder is None:
        drafts = [_draft(release, TripleWriter(None), fill, archive, log) for release in releases]
        return tuple(_summary(draft, "checked", log) for draft in drafts)
    try:
        _require_store(folder)  # before the lock, which is a file: what is not ours gets none
        is_new = not folder.exists()
        with locked(folder):
            _require_store(folder)
            clean(folder)
            (folder / "releases").mkdir(exist_ok=True)
            try:
                return _load(folder, releases, fill, archive, log)
            except BaseException:
                _give_up(folder, remove=is_new)
                raise
    except OSError as error:
        reason = error.strerror or str(error)
        if "no space left" in reason.lower():
            reason = "no space left on the device"
        raise StoreError(f"cannot write the store {folder}: {reason}", folder) from error


def _give_up(folder: Path, *, remove: bool) -> None:
    """Remove what a failed import left, which may be what filled the disk; all of a folder that it made."""
    import shutil

    with suppress(OSError):
        clean(folder)
        if remove and current_generation(folder) is None:
            shutil.rmtree(folder)


def release_files(folder: Path) -> dict[str, Path]:
    """Return the dumps of the releases in a store by key, ``onet-29-3``; the vocabulary's comes first."""
    found = {path.name.removesuffix(".nq.gz"): path for path in (folder / "releases").glob("*.nq.gz")}
    return dict(sorted(found.items(), key=lambda item: (item[0] != VOCABULARY_KEY, item[0])))


def _require_store(folder: Path) -> None:
    """Raise StoreError if a folder holds something else than a store that imports can write to."""
    if current_generation(folder) is not None or not folder.exists():
        return
    if not folder.is_dir():
        raise StoreError(f"{folder} is not a store: it is a file", folder)
    if (folder / "CURRENT").exists():
        raise StoreError(
            f"{folder} is a plain Oxigraph store, which imports cannot replace as a whole: "
            "import into a new folder and load your data there",
            folder,
        )
    ours = ("lock", "releases", "generation-", "current.partial")
    if any(not path.name.startswith(ours) for path in folder.iterdir()):
        raise StoreError(f"{folder} is not a store, and not an empty folder that could become one", folder)


class _Draft(NamedTuple):
    """A release whose triples are written: how many, and which tables they come from."""

    release: Release
    triples: int
    tables: tuple[Tally, ...]


def _load(
    folder: Path, releases: Sequence[Release], fill: Fill, archive: Archive, log: Log
) -> tuple[Summary, ...]:
    """Load releases into a folder that is locked and tidy."""
    generation = next_generation(folder)
    drafts = []
    for release in releases:
        with _lines(folder, release).open("wb") as stream:
            drafts.append(_draft(release, TripleWriter(stream), fill, archive, log))
    pending = _Pending(folder, generation)
    known = set(release_files(folder))
    stale = {release.key for release in releases if release.key in known}
    vocabulary = _vocabulary_changes(folder, pending)
    store = _start_generation(folder, generation, stale | ({VOCABULARY_KEY} & known if vocabulary else set()))
    if vocabulary:
        _bulk_dump(store, pending.path(f"releases/{VOCABULARY_KEY}.nq.gz"))
    summaries = []
    for draft in drafts:
        release = draft.release
        log.progress(f"{release.title}: loading {draft.triples:,} triples")
        _load_lines(store, release, _lines(folder, release), pending.path(f"releases/{release.key}.nq.gz"))
        summary = _summary(draft, "replaced" if release.key in stale else "added", log)
        pending.path(f"releases/{release.key}.json").write_text(_record(summary, archive), encoding="utf-8")
        summaries.append(summary)
    log.progress("describing the store")
    _describe(store, known | {release.key for release in releases}, pending)
    store.flush()
    del store
    switch(folder, generation)
    pending.settle()
    for release in releases:
        _lines(folder, release).unlink()
    clean(folder)
    return tuple(summaries)


def _lines(folder: Path, release: Release) -> Path:
    """Return where the lines of a release are while it is loaded."""
    return folder / "releases" / f"{release.key}.nq.partial"


def _draft(release: Release, writer: TripleWriter, fill: Fill, archive: Archive, log: Log) -> _Draft:
    """Write a release and its description, and hold that its rows add up."""
    before = len(log.tables)
    fill(release, writer)
    log.check()
    tables = tuple(log.tables[before:])
    read = {table.file for table in tables}
    sums = {member.place: archive.digest(member) for member in archive.members if member.place in read}
    for line in describe_release(release, tables, sums):
        writer.write(line)
    writer.flush()
    return _Draft(release, writer.triples, tables)


def _load_lines(store: ox.Store, release: Release, lines: Path, dump: Path) -> None:
    """Load the lines of a release and keep them packed, with what VoID tells of them."""
    counts = Counts()
    compression = _Compression(lines, dump, counts)
    compression.start()
    with lines.open("rb") as stream:
        _bulk(store, stream)
    compression.finish()
    void = "".join(count_release(release, counts)).encode()
    store.load(void, format=ox.RdfFormat.N_QUADS)
    with dump.open("ab") as packed:
        packed.write(_packed(void))


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
            _bulk_dump(everything, dump)
        store.bulk_extend(quad for quad in old if quad not in everything and not _of_store(quad))
        del everything
    for key, dump in dumps.items():
        if key not in stale:
            _bulk_dump(store, dump)
    return store


def _of_store(quad: ox.Quad) -> bool:
    """Tell whether a quad describes the store as a whole, which every import does anew."""
    return isinstance(quad.subject, ox.NamedNode) and quad.subject.value == STORE


def _bulk(store: ox.Store, stream: IO[bytes]) -> None:
    """Load N-Quads without blank nodes, piece by piece: that takes a quarter of the memory, and less time."""
    for piece in _whole_lines(stream, _PIECE):
        store.bulk_load(piece, format=ox.RdfFormat.N_QUADS, lenient=True)


def _bulk_dump(store: ox.Store, dump: Path) -> None:
    """Load a dump."""
    import gzip

    with gzip.open(dump) as stream:
        _bulk(store, cast(IO[bytes], stream))


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
                for chunk in _whole_lines(stream, _CHUNK):
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


def _whole_lines(stream: IO[bytes], size: int) -> Iterator[bytes]:
    """Yield a stream in pieces of about that many bytes that end at line ends."""
    while piece := stream.read(size):
        yield piece + stream.readline()


def _vocabulary_changes(folder: Path, pending: _Pending) -> bool:
    """Write the dump of the vocabulary if the store has none, or one of another version; tell whether so."""
    import hashlib

    content = "".join(_vocabulary_lines()).encode()
    digest = hashlib.sha256(content).hexdigest()
    with suppress(OSError, ValueError):
        known = json.loads((folder / "releases" / f"{VOCABULARY_KEY}.json").read_text(encoding="utf-8"))
        if known.get("sha256") == digest:
            return False
    pending.path(f"releases/{VOCABULARY_KEY}.nq.gz").write_bytes(_packed(content))
    record = {"source": "careerkg", "iri": ONTOLOGY, "triples": content.count(b"\n"), "sha256": digest}
    pending.path(f"releases/{VOCABULARY_KEY}.json").write_text(
        json.dumps(record, indent=2) + "\n", encoding="utf-8"
    )
    return True


def _vocabulary_lines() -> list[str]:
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


def _describe(store: ox.Store, keys: set[str], pending: _Pending) -> None:
    """Write the VoID of the store as a whole, into the store and beside it."""
    node = ox.NamedNode(STORE)
    for quad in list(store.quads_for_pattern(node, None, None, ox.DefaultGraph())):
        store.remove(quad)
    iris = sorted(f"{SOURCE}{key}" for key in keys - {VOCABULARY_KEY})
    triples = len(store) - sum(
        sum(1 for _ in store.quads_for_pattern(None, None, None, graph)) for graph in store.named_graphs()
    )
    lines = "".join(describe_store(triples, iris))
    store.load(lines.encode(), format=ox.RdfFormat.N_QUADS)
    pending.path("void.ttl").write_bytes(_void_file(store, [STORE, *iris]))


def _void_file(store: ox.Store, datasets: Sequence[str]) -> bytes:
    """Return what a store says of datasets, and of their partitions by class and property, as Turtle."""
    default = ox.DefaultGraph()
    found = []
    for iri in datasets:
        nodes = [ox.NamedNode(iri)]
        for name in ("classPartition", "propertyPartition"):
            parts = store.quads_for_pattern(nodes[0], ox.NamedNode(f"{VOID}{name}"), None, default)
            nodes += [quad.object for quad in parts if isinstance(quad.object, ox.NamedNode)]
        for node in nodes:
            found += sorted(store.quads_for_pattern(node, None, None, default), key=str)
    prefixes = {name: PREFIXES[name] for name in ("ckg", "ckgsrc", "dcterms", "void", "xsd")}
    content = ox.serialize((quad.triple for quad in found), format=ox.RdfFormat.TURTLE, prefixes=prefixes)
    assert content is not None
    return content


def _record(summary: Summary, archive: Archive) -> str:
    """Return the description of a release that lies beside its dump, as JSON."""
    from datetime import UTC, datetime
    from importlib.metadata import version

    release = summary.release
    read = {table.file for table in summary.tables}
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
        "files": [
            {"name": member.name, "sha256": archive.digest(member)}
            for member in archive.members
            if member.place in read
        ],
    }
    return json.dumps(record, indent=2, ensure_ascii=False) + "\n"


def _summary(draft: _Draft, action: Action, log: Log) -> Summary:
    """Return what an import has to tell of a release."""
    files = {table.file for table in draft.tables}
    others = {table.file for table in log.tables} - files
    return Summary(
        release=draft.release,
        action=action,
        triples=draft.triples,
        tables=tuple(
            TableCount(each.name, each.file, each.read, each.imported, each.rejected, each.skipped)
            for each in draft.tables
        ),
        rejected=tuple(note for note in log.rejected if note.file in files),
        skipped=tuple(note for note in log.skipped if note.file in files),
        warnings=tuple(note for note in log.warnings if note.file not in others),
        absent=tuple(log.absent),
        ignored=tuple(log.ignored),
    )
