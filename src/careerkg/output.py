"""Files that are written whole or not at all.

Floor 1. Bytes go to a temporary neighbour of the file, which takes its place by one rename at the end: who
reads the file finds the old content or the new, and never half of it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from careerkg.errors import OutputError

__all__ = ["discard_unfinished", "replacing", "replacing_all"]

_unfinished: set[Path] = set()


def discard_unfinished() -> None:
    """Remove the temporary files of this process: for one that ends while a file is being written."""
    for neighbour in list(_unfinished):
        with suppress(OSError):
            neighbour.unlink()


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Yield a stream whose bytes become the content of ``path`` once the block ends without an error.

    After an error, Ctrl-C included, what stood at ``path`` is untouched and no temporary file is left.
    A symbolic link stays one: what it points to is replaced. Permissions of an existing file are kept.
    Anything that exists and is no regular file, such as ``/dev/stdout`` or a pipe, is written in place.
    Raises OutputError for a folder, a missing or read-only parent folder, a full disk.
    """
    if _is_device(path):
        try:
            with path.open("wb") as stream:
                yield stream
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(path, _reason(error)) from error
        return
    with replacing_all([path]) as streams:
        yield streams[0]


@contextmanager
def replacing_all(paths: list[Path]) -> Iterator[list[BinaryIO]]:
    """Yield one stream for each path; the files are replaced together once the block ends without an error.

    All content is on disk before the first rename, so that a full disk leaves every file as it was.
    Raises OutputError as :func:`replacing` does.
    """
    neighbours: list[Path] = []
    streams: list[BinaryIO] = []
    current = paths[0]
    try:
        targets = []
        for current in paths:
            target = _target(current)
            targets.append(target)
            stream, neighbour = _neighbour(target)
            streams.append(stream)
            neighbours.append(neighbour)
            _unfinished.add(neighbour)
        try:
            yield streams
        finally:
            # Closing flushes, and may find the disk full: inside the try, so that it is reported as such.
            for current, stream in zip(paths, streams, strict=True):  # noqa: B007 - the error names it
                stream.close()
        moves = zip(paths, targets, list(neighbours), strict=True)
        for current, target, neighbour in moves:  # noqa: B007 - the error names it
            neighbour.replace(target)
            neighbours.remove(neighbour)
            _unfinished.discard(neighbour)
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.filename is not None and Path(error.filename) not in {*neighbours, *paths}:
            raise
        raise OutputError(current, _reason(error)) from error
    finally:
        for stream in streams:
            with suppress(OSError):
                stream.close()
        for neighbour in neighbours:
            _unfinished.discard(neighbour)
            with suppress(OSError):
                neighbour.unlink()


def _is_device(path: Path) -> bool:
    """Tell whether a path exists and is neither a file nor a folder."""
    try:
        return path.exists() and not path.is_file() and not path.is_dir()
    except OSError:
        return False


def _target(path: Path) -> Path:
    """Return the file that is to be replaced. Raises OutputError where none can stand."""
    target = Path(os.path.realpath(path)) if path.is_symlink() else path
    if target.is_dir():
        raise OutputError(path, "it is a folder")
    if not target.parent.is_dir():
        raise OutputError(path, f"there is no folder {target.parent}")
    if target.exists() and not os.access(target, os.W_OK):
        # The rename would succeed: whoever may write the folder may replace the file. But it was protected.
        raise OutputError(path, "the file is read-only")
    return target


def _neighbour(target: Path) -> tuple[BinaryIO, Path]:
    """Return a new file beside the target, open for writing, with the permissions of the old one."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=".part", dir=target.parent)
    except OSError as error:
        raise OutputError(target, _reason(error)) from error
    if target.exists():
        mode = target.stat().st_mode & 0o7777
    else:
        # Reading the mask means setting it; a file made by open() would get the same permissions.
        mask = os.umask(0)
        os.umask(mask)
        mode = 0o666 & ~mask
    with suppress(OSError):
        os.chmod(name, mode)  # noqa: PTH101 - a plain name, and still open
    return os.fdopen(handle, "wb"), Path(name)


def _reason(error: OSError) -> str:
    """Return what is wrong in the words of the operating system, or the error's own."""
    return (error.strerror or str(error)).lower()
