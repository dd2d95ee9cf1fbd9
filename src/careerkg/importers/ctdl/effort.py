"""Mapping: cost and duration profiles become what a route adds up.

``ceterms:CostProfile``: several of one kind (``directCostType``) are prices for different people, of which
one applies: their range. Different kinds add up. What nobody must pay (a second sitting, living) is left
out, and an aggregate cost stands for all. A price per credit or year is a lower bound of what is paid.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import NamedTuple

from careerkg.importers.ctdl.expand import Node, Text, Value
from careerkg.importers.ctdl.facts import Facts, plain
from careerkg.importers.ctdl.terms import CETERMS
from careerkg.importers.triples import date as day_term
from careerkg.importers.triples import decimal, literal
from careerkg.vocabulary import CKG, XSD

__all__ = ["days", "map_costs", "map_duration", "read_day", "read_duration"]

_CURRENCIES = {
    name: code
    for code, names in (
        ("USD", ("us dollar", "us dollars", "u.s. dollar", "united states dollar", "dollar", "$", "us$")),
        ("EUR", ("euro", "euros", "€")),
        ("GBP", ("pound sterling", "£", "british pound")),
        ("CAD", ("canadian dollar",)),
        ("AUD", ("australian dollar",)),
        ("NZD", ("new zealand dollar",)),
        ("JPY", ("yen",)),
        ("CHF", ("swiss franc",)),
        ("INR", ("indian rupee",)),
        ("MXN", ("mexican peso",)),
        ("AFN", ("afghani",)),
        ("CNY", ("yuan renminbi",)),
        ("ZAR", ("rand",)),
        ("KRW", ("won",)),
        ("SEK", ("swedish krona",)),
        ("NOK", ("norwegian krone",)),
        ("DKK", ("danish krone",)),
        ("SGD", ("singapore dollar",)),
        ("HKD", ("hong kong dollar",)),
        ("BRL", ("brazilian real",)),
        ("SAR", ("saudi riyal",)),
        ("AED", ("uae dirham",)),
        ("PHP", ("philippine peso",)),
        ("PLN", ("zloty",)),
    )
    for name in names
}
"""Names of currencies in ISO 4217, as publishers write them."""

_NOT_DEMANDED = (
    "Childcare Meals OptionalCharges PersonalExpenses ReexaminationFee RenewalFee ReschedulingFee "
    "RoomOrResidency SpecialHardship SpecialNeeds Travel"
)
_RATE = re.compile(r"\bper\b|\b(?:month|annual|year|week|hour|dai)ly\b|/", re.IGNORECASE)
_ONCE = re.compile(r"\bone[- ]?time\b|\bonce\b", re.IGNORECASE)
_DURATION = re.compile(
    r"P(?:(?P<Y>\d+)Y)?(?:(?P<M>\d+)M)?(?:(?P<W>\d+)W)?(?:(?P<D>\d+)D)?"
    r"(?:T(?:(?P<H>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<S>\d+(?:\.\d+)?)S)?)?"
)


class _Price(NamedTuple):
    """One cost profile: of which kinds, in which currency, from and until when; an absent end is unknown."""

    kinds: frozenset[str]
    currency: str | None
    low: Decimal
    high: Decimal | None
    start: date | None
    end: date | None


def map_costs(owner: str, property_: str, profiles: Sequence[Node], base: str, facts: Facts) -> None:
    """Write what something costs: a ckg:Cost for every currency and time with its own sum."""
    prices = [price for price in (_price(profile, facts) for profile in profiles) if price is not None]
    known = {price.currency for price in prices if price.currency is not None}
    if len(known) == 1:
        # A fee of unknown size makes the sum one of which only the lower end is known.
        prices = [price._replace(currency=min(known)) for price in prices]
    number = 0
    for currency in sorted({price.currency for price in prices}, key=str):
        ours = [price for price in prices if price.currency == currency]
        for start, end, valid in _times(ours):
            low, high = _sum(valid)
            number += 1
            cost = f"{base}/cost-{number}"
            facts.link(owner, property_, cost)
            facts.a(cost, "Cost")
            if currency is not None:
                if low == high:
                    facts.say(cost, CKG.amount, decimal(f"{low:f}"))
                else:
                    facts.say(cost, CKG.minAmount, decimal(f"{low:f}"))
                    if high is not None:
                        facts.say(cost, CKG.maxAmount, decimal(f"{high:f}"))
                facts.say(cost, CKG.currency, literal(currency))
            if len(valid) > 1:
                facts.comment(cost, [plain(f"Worked out from {len(valid)} cost profiles.")])
            if start is not None:
                facts.say(cost, CKG.validFrom, day_term(start.isoformat()))
            if end is not None:
                facts.say(cost, CKG.validUntil, day_term(end.isoformat()))


def _price(profile: Node, facts: Facts) -> _Price | None:
    """Return what a cost profile says, or None if nobody has to pay it."""
    kinds = set()
    for value in profile.values(CETERMS.directCostType):
        name = value.text if isinstance(value, Text) else value.iri
        if isinstance(value, Node):
            name = next(iter(value.links(CETERMS.targetNode)), value.text(CETERMS.targetNodeName) or "")
        kinds.add(re.split(r"[/:]", name)[-1].replace(" ", ""))
    if kinds & set(_NOT_DEMANDED.split()):
        return None
    start, end = (read_day(profile, f"{CETERMS}{name}", facts) for name in ("startDate", "endDate"))
    if end is not None:
        end += timedelta(days=1)
    if start is not None and end is not None and start >= end:
        facts.warn("a cost profile ends before it starts: its dates are left out")
        start = end = None
    written = profile.text(CETERMS.price)
    currency = _currency(profile, facts)
    amount: Decimal | None = None
    if written is not None:
        try:
            amount = Decimal(written.replace(",", "").lstrip("$").strip())
        except InvalidOperation:
            facts.warn(f"the price {written!r} is not a number")
        if amount is not None and (amount < 0 or not amount.is_finite()):
            facts.warn(f"the price {written} is no amount")
            amount = None
        if amount is not None and currency is None:
            if amount:
                facts.warn("a price without currency counts as unknown")
                amount = None
            else:
                currency = "USD"  # nothing is nothing in every currency
    if amount is None:
        # There is something to pay, and nobody says how much.
        return _Price(frozenset(kinds), None, Decimal(0), None, start, end)
    pattern = profile.text(CETERMS.paymentPattern) or ""
    rate = _RATE.search(pattern) is not None and _ONCE.search(pattern) is None
    return _Price(frozenset(kinds), currency, amount, None if rate else amount, start, end)


def _currency(profile: Node, facts: Facts) -> str | None:
    """Return the ISO 4217 code of a cost profile's currency, or None."""
    written = (profile.text(CETERMS.currency) or "").strip()
    if re.fullmatch(r"[A-Z]{3}", written) or not written:
        return written or None
    code = _CURRENCIES.get(written.lower())
    if code is None:
        facts.warn(f"the currency {written!r} is not known: say it by its ISO 4217 code")
    return code


def _times(prices: Sequence[_Price]) -> list[tuple[date | None, date | None, list[_Price]]]:
    """Return the stretches of time in which the same prices hold, with these prices."""
    bounds = sorted({bound for price in prices for bound in (price.start, price.end) if bound is not None})
    edges = [None, *bounds, None]
    found: list[tuple[date | None, date | None, list[_Price]]] = []
    for start, end in pairwise(edges):
        valid = [
            price
            for price in prices
            if (price.start is None or (start is not None and price.start <= start))
            and (price.end is None or (end is not None and end <= price.end))
        ]
        if valid:
            found.append((start, end, valid))
    return found


def _sum(prices: Sequence[_Price]) -> tuple[Decimal, Decimal | None]:
    """Return the least and the most that is to be paid; None as the most if it is not known."""
    whole = [price for price in prices if "AggregateCost" in price.kinds]
    groups: dict[frozenset[str], list[_Price]] = {}
    for price in whole or prices:
        groups.setdefault(frozenset({"AggregateCost"}) if whole else price.kinds, []).append(price)
    low, high = Decimal(0), Decimal(0)
    known = True
    for kinds, group in groups.items():
        low += min(price.low for price in group)
        tops = [price.high for price in group]
        if any(top is None for top in tops):
            known = False
        else:
            # Profiles that do not say what they are for may each be for someone else, or add up.
            high += (
                max(top or Decimal(0) for top in tops) if kinds else sum(top or Decimal(0) for top in tops)
            )
    return low, high if known else None


def read_day(node: Node, property_: str, facts: Facts) -> date | None:
    """Return the day that a property gives, the first one of a month or year; None if it gives none."""
    written = (node.text(property_) or "").strip()
    match = re.match(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?(?:T.*)?$", written)
    if match is None:
        if written:
            facts.warn(f"the date {written!r} is not one of the form 2024-05-31")
        return None
    try:
        return date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        facts.warn(f"the date {written!r} is no day of the calendar")
        return None


def read_duration(written: str) -> str | None:
    """Return an ISO 8601 duration as an xsd:duration, which knows no weeks; None if it is none.

    >>> read_duration("P11W"), read_duration("PT2H30M"), read_duration("2 years")
    ('P77D', 'PT2H30M', None)
    """
    match = _DURATION.fullmatch(written.strip())
    if match is None or written.strip().endswith(("P", "T")):
        return None
    found = match.groupdict()
    date_part = "".join(f"{found[unit]}{unit}" for unit in ("Y", "M") if found[unit])
    days_ = int(found["D"] or 0) + 7 * int(found["W"] or 0)
    if found["D"] or found["W"]:
        date_part += f"{days_}D"
    parts = (("H", "H"), ("m", "M"), ("S", "S"))
    time_part = "".join(f"{found[unit]}{sign}" for unit, sign in parts if found[unit])
    return f"P{date_part}{'T' if time_part else ''}{time_part}"


def days(duration: str) -> float:
    """Return about how many days an xsd:duration is long, by which durations are compared."""
    match = _DURATION.fullmatch(duration)
    assert match is not None
    units = {"Y": 365.2425, "M": 30.436875, "W": 7, "D": 1, "H": 1 / 24, "m": 1 / 1440, "S": 1 / 86400}
    return sum(float(match[unit] or 0) * length for unit, length in units.items())


def map_duration(owner: str, values: Sequence[Value], kind: str, facts: Facts) -> None:
    """Write how long something takes: an estimate, or the range of several duration profiles."""
    exact, lows, highs, open_ended = [], [], [], False
    for value in values:
        if isinstance(value, Node):
            spans = [
                _span(value, name, facts) for name in ("exactDuration", "minimumDuration", "maximumDuration")
            ]
        else:
            spans = [read_duration(value.text) if isinstance(value, Text) else None, None, None]
        if spans[0] is not None:
            exact.append(spans[0])
        elif spans[1] is not None or spans[2] is not None:
            lows += [span for span in spans[1:2] if span is not None]
            highs += [span for span in spans[2:] if span is not None]
            open_ended = open_ended or spans[2] is None
    if exact and not lows and not highs and len(set(exact)) == 1:
        facts.say(owner, CKG.estimatedDuration, literal(exact[0], XSD.duration))
        if kind == "Assessment":
            facts.say(owner, CKG.testDuration, literal(exact[0], XSD.duration))
        return
    low = min([*exact, *lows], key=days, default=None)
    high = None if open_ended else max([*exact, *highs], key=days, default=None)
    if low is not None and high is not None and days(low) > days(high):
        facts.warn(f"the minimum duration {low} is longer than the maximum {high}: both are left out")
        return
    if low is not None:
        facts.say(owner, CKG.minDuration, literal(low, XSD.duration))
    if high is not None:
        facts.say(owner, CKG.maxDuration, literal(high, XSD.duration))


def _span(profile: Node, name: str, facts: Facts) -> str | None:
    """Return a duration of a duration profile as an xsd:duration, or None."""
    written = profile.text(f"{CETERMS}{name}")
    if written is None:
        return None
    found = read_duration(written)
    if found is None:
        facts.warn(f"{name} {written!r} is not an ISO 8601 duration")
    return found
