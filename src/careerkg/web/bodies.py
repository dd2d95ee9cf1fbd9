"""Bodies of requests, read up to a limit and no further."""

from __future__ import annotations

from starlette.types import Receive, Scope

from careerkg.web.replies import Problem

__all__ = ["Gone", "header", "read_body"]


class Gone(Exception):
    """The client has left before its request was read or answered."""


def header(scope: Scope, name: bytes) -> str | None:
    """Return a header of a request; of several with the name, as one with commas; None if there is none."""
    values = [value.decode("latin-1") for key, value in scope["headers"] if key == name]
    return ", ".join(values) if values else None


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """Return the body of a request.

    Raises Problem (413) for one that is longer than ``limit`` bytes, if it says so before it is read, and
    Gone if the client leaves.
    """
    if scope["method"] in ("GET", "HEAD"):
        return b""
    said = header(scope, b"content-length")
    if said is not None and (not said.isdecimal() or int(said) > limit):
        raise too_long(limit)
    pieces = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        piece = message.get("body", b"")
        size += len(piece)
        if size > limit:
            raise too_long(limit)
        pieces.append(piece)
        if not message.get("more_body", False):
            return b"".join(pieces)


def too_long(limit: int) -> Problem:
    """Return the problem of a body that is too long."""
    return Problem(
        413,
        f"the body of a request may have {limit:,} bytes at most",
        headers=[("connection", "close")],
        extra={"limit": limit},
    )
