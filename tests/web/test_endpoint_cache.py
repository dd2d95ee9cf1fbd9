"""Answers that are kept: never more than the limit, never from another state of the graph."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from careerkg.web.cache import Cache


class Kept(NamedTuple):
    """A value of a size."""

    name: int
    size: int


STEPS = st.lists(
    st.tuples(st.sampled_from(["get", "put"]), st.integers(0, 6), st.integers(0, 2), st.integers(1, 12)),
    max_size=60,
)


@given(steps=STEPS)
def test_cache_is_a_bounded_memory_of_one_state(steps: list[tuple[str, int, int, int]]) -> None:
    cache: Cache[Kept] = Cache(160)
    last: dict[int, Kept] = {}
    current: int | None = None
    for step, key, state, size in steps:
        if step == "get":
            if state != current:
                last, current = {}, state
            found = cache.get(key, state)
            assert found is None or found == last[key]
        else:
            value = Kept(key, size)
            cache.put(key, state, value)
            if state == current and size <= 10:
                last[key] = value
                assert cache.get(key, state) == value  # what was put last is never what goes first
        assert cache.size <= 160
        assert len(cache) <= 7


def test_longest_unused_goes_first_and_large_answers_are_not_kept() -> None:
    cache: Cache[Kept] = Cache(160)
    cache.get(0, "state")
    for key in range(16):
        cache.put(key, "state", Kept(key, 10))
    assert cache.get(0, "state") == Kept(0, 10)
    cache.put(16, "state", Kept(16, 10))
    assert cache.get(1, "state") is None
    assert cache.get(0, "state") is not None
    cache.put(17, "state", Kept(17, 11))
    assert cache.get(17, "state") is None
    cache.put(18, "another state", Kept(18, 1))
    assert cache.get(18, "another state") is None
    assert len(cache) == 0
