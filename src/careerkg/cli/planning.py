"""What the verbs about routes share: who asks, from what, under which options."""

from __future__ import annotations

import argparse
import re
from datetime import date
from typing import Any

from careerkg.routes.values import DAY, parse_duration

__all__ = [
    "add_condition_options",
    "add_from",
    "conditions",
    "day",
    "day_count",
    "seconds",
]


def add_from(parser: argparse.ArgumentParser) -> None:
    """Add ``--from``."""
    parser.add_argument(
        "--from",
        dest="holding",
        action="append",
        default=[],
        metavar="ITEM",
        help="something held already; may repeat",
    )


def add_condition_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that decide which conditions count, and how."""
    group = parser.add_argument_group("which conditions count")
    group.add_argument("--exclude", action="append", default=[], metavar="ITEM", help="not this; may repeat")
    group.add_argument(
        "--jurisdiction",
        action="append",
        default=[],
        metavar="PLACE",
        help="only demands that are made here; may repeat (default: all)",
    )
    group.add_argument(
        "--strength",
        action="append",
        default=[],
        metavar="STRENGTH",
        help="which demands gate: law, issuer, most-employers, some-employers, preference; may repeat "
        "(default: the first three)",
    )
    group.add_argument(
        "--as-of", type=day, metavar="DATE", help="names and rules of this day (default: today)"
    )
    group.add_argument(
        "--hours-per-week",
        type=float,
        default=40.0,
        metavar="N",
        help="for hours of experience (default: 40)",
    )
    group.add_argument("--currency", type=currency, metavar="CODE", help="count only costs in this currency")


def day(text: str) -> date:
    """Return the date that a text gives."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2012-01-31") from None


def seconds(text: str) -> float:
    """Return a time limit such as ``2s``, ``500ms`` or ``1.5`` in seconds."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s|m|min)?", text.strip())
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time such as 2s or 500ms")
    return float(match[1]) * {"ms": 0.001, "s": 1, None: 1, "m": 60, "min": 60}[match[2]]


def day_count(text: str) -> float:
    """Return a number of days, given as such or as a duration such as ``P18M``."""
    try:
        return parse_duration(text) / DAY if text.strip().startswith("P") else float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither days nor a duration such as P18M") from None


def conditions(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the options that were given, as the methods of a CareerGraph take them."""
    given = {
        "exclude": arguments.exclude,
        "max_cost": getattr(arguments, "max_cost", None),
        "max_time": getattr(arguments, "max_time", None),
        "jurisdiction": arguments.jurisdiction,
        "strengths": arguments.strength,
        "as_of": arguments.as_of,
        "hours_per_week": arguments.hours_per_week,
        "currency": arguments.currency,
    }
    return {name: value for name, value in given.items() if value is not None and value != []}


def currency(text: str) -> str:
    """Return the code of a currency, in capitals."""
    if not re.fullmatch("[A-Za-z]{3}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a code of ISO 4217, such as USD")
    return text.upper()
