"""Library calls in threads: what they leave behind stays there."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from traceback import clear_frames
from typing import ParamSpec, TypeVar

__all__ = ["own_thread"]

P = ParamSpec("P")
T = TypeVar("T")


def own_thread(function: Callable[P, T]) -> Callable[P, T]:
    """Return a function whose errors take nothing of it to another thread.

    Results of Oxigraph that the frames of an error still hold may be dropped only where they were made.
    """

    @wraps(function)
    def call(*arguments: P.args, **named: P.kwargs) -> T:
        try:
            return function(*arguments, **named)
        except Exception as error:
            held: BaseException | None = error
            while held is not None:
                clear_frames(held.__traceback__)
                held = held.__cause__ or held.__context__
            raise

    return call
