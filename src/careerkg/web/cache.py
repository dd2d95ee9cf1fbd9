"""Answers that are kept as long as the graph stays as it is, the longest unused going first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, Protocol, TypeVar

__all__ = ["Cache"]


class Sized(Protocol):
    """What has a size in bytes."""

    @property
    def size(self) -> int:
        """The memory that it takes, in bytes."""


V = TypeVar("V", bound=Sized)


class Cache(Generic[V]):
    """Values by key, up to a number of bytes in all; none of them more than a sixteenth of that."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self._state: Hashable = None
        self._values: OrderedDict[Hashable, V] = OrderedDict()

    def get(self, key: Hashable, state: Hashable) -> V | None:
        """Return the value of a key in a state of the graph; in another state the cache is empty."""
        if state != self._state:
            self.clear()
            self._state = state
            return None
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: Hashable, state: Hashable, value: V) -> None:
        """Keep a value that was made in a state of the graph, if it is still that."""
        if state != self._state or value.size > self.limit // 16:
            return
        old = self._values.pop(key, None)
        if old is not None:
            self.size -= old.size
        self._values[key] = value
        self.size += value.size
        while self.size > self.limit:
            _, dropped = self._values.popitem(last=False)
            self.size -= dropped.size

    def clear(self) -> None:
        """Forget everything."""
        self._values.clear()
        self.size = 0

    def __len__(self) -> int:
        return len(self._values)
