"""What a store holds, in Oxigraph's own words, while the reader of them already works on what came.

Oxigraph writes without holding Python's lock if it writes to a file. Here the file is a pipe: it writes on a
thread of its own, and Python takes apart at the same time. Memory stays bounded, since a pipe holds a piece.
Linux has names for pipes; any other system is served in turns, and so are graphs too small to be worth it.
"""

from __future__ import annotations

import errno
import os
import select
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path
from threading import Thread
from typing import IO, Protocol, cast

import pyoxigraph as ox

from careerkg.errors import StoreError
from careerkg.store import EmbeddedStore, GraphName, Store

if sys.platform == "linux":
    import fcntl

__all__ = ["Receiver", "dump"]

_SMALL = 5_000
"""Fewer statements than this are written in turns: a thread would take longer to begin."""

_CAPACITY = 1 << 20
"""Bytes that wait in the pipe, the most that Linux grants anyone by default: nobody waits before."""

_OPEN_FILES = "/proc/self/fd"
"""Where Linux names the open files of a process."""

_NEVER_SYNCED = f"(os error {errno.EINVAL})"
"""How Oxigraph says that a file was written, but cannot be forced to a disk: fsync(2) of a pipe."""

_PATIENCE = 100
"""Milliseconds until it is looked whether a silent pipe is at its end."""

_readings: set[int] = set()
"""Where pipes are read at present."""


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
    quads = _quads(store, graph)
    first = list(islice(quads, _SMALL))
    inner = store.inner if isinstance(store, EmbeddedStore) and _has_pipes() else None
    if inner and len(first) == _SMALL and _through_pipe(inner, to, format, graph, prefixes):
        return
    every = chain(first, quads)
    statements = every if graph is None else (quad.triple for quad in every)
    ox.serialize(statements, output=cast("IO[bytes]", to), format=format, prefixes=prefixes)


def _quads(store: Store, graph: GraphName | None) -> Iterator[ox.Quad]:
    """Yield the quads of a graph, with None of all graphs. Raises StoreError if they cannot be read."""
    try:
        yield from store.quads(graph=graph)
    except (OSError, RuntimeError) as error:
        raise StoreError(f"cannot read the store: {error}") from error


def _has_pipes() -> bool:
    """Tell whether pipes have names here."""
    return sys.platform == "linux" and Path(_OPEN_FILES).is_dir()


def _through_pipe(
    inner: ox.Store,
    to: Receiver,
    format: ox.RdfFormat,
    graph: GraphName | None,
    prefixes: dict[str, str] | None,
) -> bool:
    """Have a graph written on another thread, and hand it on meanwhile; False if there can be no thread.

    Raises StoreError if the store cannot be read.
    """
    reading, writing = os.pipe()
    _readings.add(reading)
    errors: list[Exception] = []

    def write() -> None:
        # Where a pipe without a reader would end the process, it is to be an error.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGPIPE})
        try:
            inner.dump(f"{_OPEN_FILES}/{writing}", format, from_graph=graph, prefixes=prefixes)
        except Exception as error:
            # No write to a pipe fails so (write(2)), only the fsync after all that was to be written.
            if not str(error).endswith(_NEVER_SYNCED):
                errors.append(error)
        finally:
            os.close(writing)

    thread = Thread(target=write, name="careerkg-dump", daemon=True)
    try:
        with suppress(OSError):
            fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _CAPACITY)
        thread.start()
    except BaseException as error:
        _close(reading)
        os.close(writing)
        if isinstance(error, RuntimeError):  # too many threads, or Python is about to end
            return False
        raise
    try:
        incoming = select.poll()
        incoming.register(reading, select.POLLIN)
        while True:
            if incoming.poll(_PATIENCE):
                piece = os.read(reading, _CAPACITY)
                if not piece:
                    break
                to.write(piece)
            elif not thread.is_alive():
                # A child process that was forked meanwhile keeps the pipe open.
                break
        to.flush()
    finally:
        _close(reading)  # which ends the writing, too
        thread.join()
    if errors:
        raise StoreError(f"cannot read the store: {errors[0]}") from errors[0]
    return True


def _close(reading: int) -> None:
    """Close a pipe where it is read."""
    _readings.discard(reading)
    os.close(reading)


def _close_all() -> None:
    """Close pipes where they are read, in a child process: its parent could not end their writing else."""
    while _readings:
        with suppress(OSError):
            os.close(_readings.pop())


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_all)
