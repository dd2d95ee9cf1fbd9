"""What comes back from a worker: an answer, or the error that it met."""

from __future__ import annotations

import select
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from careerkg.bounded.evaluation import raised
from careerkg.errors import QueryTimeout, QueryTooBig

if TYPE_CHECKING:
    from careerkg.bounded.crew import Worker

__all__ = ["Answer", "answer_of", "ask_blocking", "died"]


class Answer(NamedTuple):
    """What a query gave, written in a format."""

    media_type: str
    body: bytes
    rows: int
    """Rows of SELECT, triples of CONSTRUCT and DESCRIBE, 1 for ASK."""
    complete: bool
    """False if the row cap left something out; the body is then a whole document of the first rows."""
    form: str
    """``SELECT``, ``ASK`` or ``CONSTRUCT`` (DESCRIBE, too)."""


def answer_of(reply: Any) -> Answer:
    """Return the answer that a reply holds. Raises the error that it holds instead."""
    if len(reply) == 3:
        raise raised(*reply)
    return Answer(*reply)


def died() -> QueryTooBig:
    """Return the error for a worker that ended by itself."""
    return QueryTooBig("the query was stopped: it needs more memory, or is nested deeper, than is allowed")


def ask_blocking(worker: Worker, message: bytes, seconds: float) -> Any:
    """Return the reply of a worker. Raises QueryTimeout or QueryTooBig."""
    connection = worker.connection
    worker.loop = None
    end = time.monotonic() + seconds
    connection.settimeout(seconds)
    try:
        connection.sendall(message)
        while True:
            left = end - time.monotonic()
            readable, _, _ = select.select([connection], [], [], max(left, 0.0))
            if not readable:
                raise QueryTimeout(seconds)
            piece = connection.recv(1 << 18)
            if not piece:
                raise died()
            reply = worker.frames.add(piece)
            if reply is not None:
                return reply
    except TimeoutError:
        raise QueryTimeout(seconds) from None
    except OSError:
        raise died() from None
