"""What a store holds comes over a pipe while it is read, or in turns: the same bytes, and the same errors."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import nullcontext
from pathlib import Path

import pyoxigraph as ox
import pytest

from careerkg.errors import StoreError
from careerkg.export import dump as module
from careerkg.export.dump import dump
from careerkg.store import EmbeddedStore
from careerkg.vocabulary import PREFIXES

pipes = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names for pipes")


class _Kept:
    """Keeps what it is given, and fails after so many pieces."""

    def __init__(self, pieces: float = float("inf")) -> None:
        self.data = b""
        self._left = pieces

    def write(self, data: bytes, /) -> int:
        self._left -= 1
        if self._left < 0:
            raise ValueError("enough")
        self.data += data
        return len(data)

    def flush(self) -> None:
        pass


@pytest.fixture
def store() -> EmbeddedStore:
    """Three megabytes in two graphs: more than a pipe holds."""
    inner = ox.Store()
    says = ox.NamedNode("http://example.org/says")
    for graph in (ox.DefaultGraph(), ox.NamedNode("http://example.org/graph")):
        inner.extend(
            ox.Quad(ox.NamedNode(f"http://example.org/{number}"), says, ox.Literal("word " * 10), graph)
            for number in range(15_000)
        )
    return EmbeddedStore(inner)


@pytest.mark.parametrize(
    ("format", "graph"),
    [
        (ox.RdfFormat.TRIG, None),
        (ox.RdfFormat.TRIG, ox.DefaultGraph()),
        (ox.RdfFormat.N_TRIPLES, ox.NamedNode("http://example.org/graph")),
    ],
)
def test_pipe_and_turns_give_the_same(
    store: EmbeddedStore,
    format: ox.RdfFormat,
    graph: ox.NamedNode | ox.DefaultGraph | None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    prefixes = dict(PREFIXES) if format.supports_datasets else None
    kept, in_turns = _Kept(), _Kept()
    dump(store, kept, format, graph=graph, prefixes=prefixes)
    monkeypatch.setattr(module, "_OPEN_FILES", str(tmp_path / "absent"))
    dump(store, in_turns, format, graph=graph, prefixes=prefixes)
    assert kept.data == in_turns.data
    assert kept.data.count(b'"word') == (30_000 if graph is None else 15_000)


@pipes
def test_receiver_that_fails_ends_the_dump_and_leaves_nothing_open(store: EmbeddedStore) -> None:
    before = _open()
    with pytest.raises(ValueError, match="enough"):
        dump(store, _Kept(1), ox.RdfFormat.N_TRIPLES, graph=ox.DefaultGraph())
    assert _open() == before


class _Forks(_Kept):
    """Forks a process that lives on as the first piece comes."""

    child = 0

    def write(self, data: bytes, /) -> int:
        if not self.child:
            self.child = os.fork()
            if not self.child:
                time.sleep(60)
                os._exit(0)
        return super().write(data)


@pipes
@pytest.mark.parametrize("pieces", [1, float("inf")])
def test_child_that_lives_on_does_not_hold_up_the_dump(store: EmbeddedStore, pieces: float) -> None:
    """A process that is forked meanwhile has the ends of the pipe, too."""
    kept = _Forks(pieces)
    began = time.monotonic()
    try:
        with pytest.raises(ValueError, match="enough") if pieces == 1 else nullcontext():
            dump(store, kept, ox.RdfFormat.N_TRIPLES, graph=ox.DefaultGraph())
    finally:
        os.kill(kept.child, signal.SIGKILL)
        os.waitpid(kept.child, 0)
    assert pieces == 1 or kept.data.count(b"\n") == 15_000
    assert time.monotonic() - began < 30


@pipes
def test_without_threads_it_goes_in_turns(store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    before = _open()
    monkeypatch.setattr(threading.Thread, "start", cannot)
    kept = _Kept()
    dump(store, kept, ox.RdfFormat.N_TRIPLES, graph=ox.DefaultGraph())
    assert kept.data.count(b"\n") == 15_000
    assert _open() == before


def _open() -> tuple[list[str], int]:
    """Return the files that are open in this process, and the number of its threads."""
    return sorted(path.name for path in Path("/proc/self/fd").iterdir()), threading.active_count()


@pytest.mark.parametrize("small", [0, 100_000])
def test_store_that_cannot_be_read_is_an_error(
    store: EmbeddedStore, small: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "_SMALL", small)
    folder = tmp_path / "store"
    inner = ox.Store(str(folder))
    inner.bulk_extend(store.quads())
    inner.flush()
    del inner
    tables = sorted(folder.glob("*.sst"), key=lambda path: path.stat().st_size)
    damaged = bytearray(tables[-1].read_bytes())
    damaged[1000 : len(damaged) // 2] = bytes(len(damaged) // 2 - 1000)
    tables[-1].write_bytes(damaged)
    with pytest.raises(StoreError, match="cannot read the store"):
        dump(EmbeddedStore.open(folder, read_only=True), _Kept(), ox.RdfFormat.TRIG, graph=None)
