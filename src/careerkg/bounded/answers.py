"""What comes back from a worker: an answer, or the error that it met."""

from __future__ import annotations

from typing import Any, NamedTuple

from careerkg.bounded.evaluation import raised
from careerkg.errors import QueryTooBig

__all__ = ["Answer", "answer_of", "died"]


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
