"""Recorded times and amounts as exact numbers.

Time is counted in whole microseconds and money in millionths of its unit, so that sums and ties are exact:
a year of 12 months of 30.436875 days is 31,556,952 seconds to the second.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import NamedTuple

__all__ = [
    "DAY",
    "MONEY",
    "UNKNOWN",
    "WEEK",
    "Interval",
    "days",
    "hull",
    "money",
    "parse_amount",
    "parse_duration",
]

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
WEEK = 7 * DAY
MONTH = 2_629_746 * SECOND  # 30.436875 days: a twelfth of the Gregorian year of 365.2425 days
YEAR = 12 * MONTH
MONEY = 1_000_000

_NUMBER = r"(\d+(?:\.\d*)?|\.\d+)"
_DURATION = re.compile(
    rf"(-)?P(?:{_NUMBER}Y)?(?:{_NUMBER}M)?(?:{_NUMBER}W)?(?:{_NUMBER}D)?"
    rf"(?:T(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?\Z"
)
_UNITS = (YEAR, MONTH, WEEK, DAY, HOUR, 60 * SECOND, SECOND)


class Interval(NamedTuple):
    """What is known of a number: at least ``low``, at most ``high`` (None: nobody says)."""

    low: int
    high: int | None
    unknown: bool = False
    """Whether no value is recorded at all; an open upper end alone does not make it unknown."""


UNKNOWN = Interval(0, None, True)


@lru_cache(maxsize=4096)
def parse_duration(text: str) -> int:
    """Return an ``xsd:duration`` in microseconds; fractions and weeks are read, too.

    Raises ValueError for anything else and for a duration below zero.

    >>> parse_duration("P1Y6M") / DAY, parse_duration("PT36H") / DAY, parse_duration("P10.5D") / DAY
    (547.86375, 1.5, 10.5)
    """
    match = _DURATION.match(text.strip())
    if match is None or not any(match.groups()[1:]):
        raise ValueError(text)
    total = sum(Decimal(part) * unit for part, unit in zip(match.groups()[1:], _UNITS, strict=True) if part)
    if match[1] and total:
        raise ValueError(text)
    return int(Decimal(total).to_integral_value())


@lru_cache(maxsize=4096)
def parse_amount(text: str) -> int:
    """Return a decimal number in millionths. Raises ValueError below zero and for NaN or infinity.

    >>> parse_amount("299.00") / MONEY
    299.0
    """
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        raise ValueError(text) from None
    if not value.is_finite() or value < 0:
        raise ValueError(text)
    return int((value * MONEY).to_integral_value())


def hull(intervals: Iterable[Interval]) -> Interval:
    """Return the smallest interval around competing statements; unknown if none says anything."""
    known = [interval for interval in intervals if not interval.unknown]
    if not known:
        return UNKNOWN
    highs = [interval.high for interval in known]
    return Interval(
        min(interval.low for interval in known),
        None if None in highs else max(high for high in highs if high is not None),
    )


def days(time: int) -> float:
    """Return a time in days."""
    return time / DAY


def money(amount: int) -> float:
    """Return an amount in units of its currency."""
    return amount / MONEY
