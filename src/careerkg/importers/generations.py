"""Generations of a store: a new state is built beside the old one and takes its place by one rename.

A store folder that imports write to::

    DIR/current                 the name of the generation that is in use, replaced atomically
    DIR/generation-3/           an Oxigraph store
    DIR/releases/onet-29-3.nq.gz    what a release says, as N-Quads; .json beside it: what it is and whence
    DIR/void.ttl                a description of it all, for those who only look
    DIR/edited                  there if somebody changed the store by other means than imports
    DIR/lock                    held while an import runs

A file that belongs to a generation is ``NAME.generation-3`` until that is current. Whatever is unfinished (a
newer generation with its files, ``*.partial``) is removed by the next import, and what is only not yet in its
place is put there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from careerkg.errors import StoreError
from careerkg.store import current_generation

if TYPE_CHECKING:
    from typing import IO

__all__ = ["clean", "locked", "next_generation", "switch"]


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock. Raises StoreError if another import holds it.

    The lock goes with the process, so that one that was killed leaves none behind.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as stream:
        if not _try_lock(stream):
            raise StoreError(f"another import into {folder} is running: try again when it has ended", folder)
        yield


def _try_lock(stream: IO[str]) -> bool:
    """Lock a file if nobody else has; where the system has no such locks, trust."""
    try:
        import fcntl
    except ImportError:  # Windows
        return True
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def next_generation(folder: Path) -> Path:
    """Return the path of the generation after the current one; there is nothing at it."""
    current = current_generation(folder)
    number = 1 if current is None else int(current.name.rpartition("-")[2]) + 1
    return folder / f"generation-{number}"


def switch(folder: Path, generation: Path) -> None:
    """Make a generation the current one, durably: a crash before leaves the old state, after the new."""
    partial = folder / "current.partial"
    with partial.open("w", encoding="ascii") as stream:
        stream.write(generation.name + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(folder / "current")
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable, where the system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def clean(folder: Path) -> None:
    """Remove what is unfinished or of the past. A generation that somebody still reads is left for later."""
    current = current_generation(folder)
    for path in (*folder.glob("*.generation-*"), *folder.glob("releases/*.generation-*")):
        if current is not None and path.suffix == f".{current.name}":
            path.replace(path.with_suffix(""))
        else:
            path.unlink()
    for path in folder.glob("generation-*"):
        if path != current and not _in_use(path):
            shutil.rmtree(path, ignore_errors=True)
    for path in (*folder.glob("*.partial"), *folder.glob("releases/*.partial")):
        shutil.rmtree(path, ignore_errors=True)
        with suppress(OSError):
            path.unlink()


def _in_use(generation: Path) -> bool:
    """Tell whether a process has a generation open: each reader holds a shared lock on it."""
    try:
        import fcntl
    except ImportError:  # Windows refuses to remove open files by itself
        return False
    try:
        descriptor = os.open(generation, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
