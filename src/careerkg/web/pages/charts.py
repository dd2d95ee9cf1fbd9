"""Values that charts are drawn from: where marks lie on an axis, how long bars are."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Bar", "Bars", "Pay", "Point", "Series", "in_words"]


@dataclass(frozen=True, slots=True)
class Point:
    """A mark on an axis; ``at`` is in percent of its length."""

    name: str
    short: str
    shown: str
    at: float
    href: str | None
    marks: tuple[int, ...]
    height: float = 0.0
    projected: bool = False


@dataclass(frozen=True, slots=True)
class Pay:
    """Pay of one period and place, by percentiles."""

    basis: str
    points: tuple[Point, ...]
    mean: Point | None
    low: float
    high: float
    inner: tuple[float, float] | None
    marks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; ``percent`` is its length in percent of the row."""

    label: str
    href: str | None
    shown: str
    percent: float
    marks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars of one scale or distribution."""

    title: str
    basis: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """A value over the years, lowest at height 0 and highest at 100."""

    title: str
    basis: str
    points: tuple[Point, ...]


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def in_words(period: str) -> str:
    """Return a period in words.

    >>> in_words("2024-05"), in_words("2010")
    ('May 2024', '2010')
    """
    match = re.fullmatch(r"(\d{4})-(\d\d)", period)
    return period if match is None else f"{_MONTHS[int(match[2]) - 1]} {match[1]}"
