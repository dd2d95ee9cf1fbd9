"""What a store holds, in Oxigraph's own words, while the reader of them already works on what came.

Oxigraph writes without holding Python's lock if it writes to a file. Here the file is a pipe: it writes on a
thread of its own, and Python takes apart at the same time. Memory stays bounded, since a pipe holds a piece.
Linux has names for pipes; any other system is served in turns.
"""

from __future__ import annotations

import errno
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol, cast

import pyoxigraph as ox

from careerkg.errors import StoreError
from careerkg.store import EmbeddedStore, GraphName, Store

if sys.platform == "linux":
    import fcntl

__all__ = ["Receiver", "dump"]

_CAPACITY = 1 << 20
"""Bytes that wait in the pipe, the most that Linux grants anyone: as long as these last nobody waits."""

_OPEN_FILES = "/proc/self/fd"
"""Where Linux names the open files of a process."""

_NEVER_SYNCED = f"(os error {errno.EINVAL})"
"""How Oxigraph says that a file was written, but cannot be forced to a disk: fsync(2) of a pipe."""


class Receiver(Protocol):
    """What takes a dump, piece by piece."""

    def write(self, data: bytes, /) -> int:
        """Take some bytes, and return their number."""

    def flush(self) -> None:
        """Take notice that this was all."""


def dump(
    store: Store,
    to: Receiver,
    format: ox.RdfFormat,
    *,
    graph: GraphName | None,
    prefixes: dict[str, str] | None = None,
) -> None:
    """Write the triples of a graph, with None the quads of all graphs, in the order of the store.

    Raises StoreError if the store cannot be read.
    """
    if isinstance(store, EmbeddedStore) and sys.platform == "linux" and Path(_OPEN_FILES).is_dir():
        _through_pipe(store.inner, to, format, graph, prefixes)
    else:
        quads = store.quads(graph=graph)
        statements = quads if graph is None else (quad.triple for quad in quads)
        ox.serialize(statements, output=cast("IO[bytes]", to), format=format, prefixes=prefixes)


def _through_pipe(
    inner: ox.Store,
    to: Receiver,
    format: ox.RdfFormat,
    graph: GraphName | None,
    prefixes: dict[str, str] | None,
) -> None:
    """Write a graph on another thread, and hand it on meanwhile. Raises StoreError if it cannot be read."""
    reading, writing = os.pipe()

    def write() -> None:
        try:
            inner.dump(f"{_OPEN_FILES}/{writing}", format, from_graph=graph, prefixes=prefixes)
        except OSError as error:
            # No write to a pipe fails so (write(2)), only the fsync after all that was to be written.
            if not str(error).endswith(_NEVER_SYNCED):
                raise
        finally:
            os.close(writing)

    with ThreadPoolExecutor(1, "careerkg-dump") as threads:
        try:
            with suppress(OSError):
                fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _CAPACITY)
            written = threads.submit(write)
            while piece := os.read(reading, _CAPACITY):
                to.write(piece)
            to.flush()
        finally:
            os.close(reading)  # which ends the writing, too
        try:
            written.result()
        except (OSError, RuntimeError) as error:
            raise StoreError(f"cannot read the store: {error}") from error
