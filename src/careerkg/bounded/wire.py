"""Messages between the processes of a pool: frames of marshalled plain values on a pair of sockets.

Both ends are this package in the same version of Python, started by the same process; nothing that comes
from outside is read as a frame.
"""

from __future__ import annotations

import marshal
import struct
from typing import Any

__all__ = ["Frames", "frame"]

HEAD = struct.Struct("!I")


def frame(value: Any) -> bytes:
    """Return a message of plain values (texts, bytes, numbers, None, tuples, lists) as bytes."""
    content = marshal.dumps(value)
    return HEAD.pack(len(content)) + content


class Frames:
    """Collects pieces of a stream into messages."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._needed = HEAD.size

    def add(self, piece: bytes) -> list[Any]:
        """Return the messages that a piece completes; what is left of it waits for the next."""
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size < self._needed:
            return []
        content = piece if len(self._pieces) == 1 else b"".join(self._pieces)
        found = []
        start, end = 0, len(content)
        while end - start >= HEAD.size:
            length = HEAD.unpack_from(content, start)[0]
            if end - start - HEAD.size < length:
                break
            start += HEAD.size
            found.append(marshal.loads(memoryview(content)[start : start + length]))
            start += length
        rest = content[start:]
        self._pieces = [rest] if rest else []
        self._size = len(rest)
        self._needed = HEAD.size
        if self._size >= HEAD.size:
            self._needed += HEAD.unpack_from(rest)[0]
        return found
