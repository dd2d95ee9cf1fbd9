"""Times and amounts as exact numbers."""

from __future__ import annotations

import re

import pytest

from careerkg.routes.values import DAY, MONEY, UNKNOWN, Interval, days, hull, parse_amount, parse_duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P1Y", 365.2425),
        ("P1M", 30.436875),
        ("P1Y6M", 547.86375),
        ("P2W", 14),
        ("P10.5D", 10.5),
        ("PT36H", 1.5),
        ("PT90M", 0.0625),
        ("P1DT12H30M30S", 1.5211805555555556),
        ("P0D", 0),
        ("-P0D", 0),
        (" P6M ", 182.62125),
    ],
)
def test_durations(text: str, expected: float) -> None:
    assert days(parse_duration(text)) == expected


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1X", "6M", "P-1D", "-P1D", "P1S", "1 year", "PT1.2.3S", "P1YM"]
)
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text) or None):
        parse_duration(text)


def test_twelve_months_are_a_year_exactly() -> None:
    assert parse_duration("P12M") == parse_duration("P1Y")


@pytest.mark.parametrize(("text", "expected"), [("299.00", 299.0), ("0", 0.0), ("1e2", 100.0), ("0.1", 0.1)])
def test_amounts(text: str, expected: float) -> None:
    assert parse_amount(text) / MONEY == expected


@pytest.mark.parametrize("text", ["-1", "NaN", "INF", "-INF", "Infinity", "many", ""])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text) or None):
        parse_amount(text)


def test_sums_are_exact() -> None:
    assert parse_amount("0.1") + parse_amount("0.2") == parse_amount("0.3")


def test_hull() -> None:
    assert hull([]) == UNKNOWN
    assert hull([UNKNOWN, Interval(3, 4)]) == Interval(3, 4)
    assert hull([Interval(3, 4), Interval(1, 2)]) == Interval(1, 4)
    assert hull([Interval(3, 4), Interval(1, None)]) == Interval(1, None)
    assert days(DAY) == 1.0
