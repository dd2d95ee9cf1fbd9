"""Messages between the processes of a pool: frames of marshalled plain values on a pair of sockets.

Both ends are this package in the same version of Python, started by the same process; nothing that comes
from outside is read as a frame.
"""

from __future__ import annotations

import marshal
import socket
import struct
from typing import Any

__all__ = ["HEAD", "Frames", "frame", "read_frame"]

HEAD = struct.Struct("!I")
_PIECE = 1 << 18


def frame(value: Any) -> bytes:
    """Return a message of plain values (texts, bytes, numbers, None, tuples, lists) as bytes."""
    content = marshal.dumps(value)
    return HEAD.pack(len(content)) + content


def read_frame(connection: socket.socket) -> Any:
    """Return the next message of a blocking socket. Raises EOFError if the other side has gone."""
    frames = Frames()
    while True:
        piece = connection.recv(_PIECE)
        if not piece:
            raise EOFError
        found = frames.add(piece)
        if found is not None:
            return found


class Frames:
    """Collects the pieces of one message at a time: each side waits for the answer before it goes on."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._missing = -1

    def add(self, piece: bytes) -> Any | None:
        """Return the message that a piece completes, or None if more is to come."""
        if self._missing < 0:
            if self._pieces:
                piece = b"".join(self._pieces) + piece
                self._pieces.clear()
            if len(piece) < HEAD.size:
                self._pieces.append(piece)
                return None
            self._missing = HEAD.unpack_from(piece)[0]
            piece = piece[HEAD.size :]
        self._pieces.append(piece)
        self._missing -= len(piece)
        if self._missing > 0:
            return None
        content = b"".join(self._pieces)
        self._pieces.clear()
        self._missing = -1
        return marshal.loads(content)
