"""Figures of the Bureau as observations: one number, one node, with all that it needs."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from careerkg.importers.triples import (
    LABEL,
    SOURCE_OF,
    TRUE,
    TYPE,
    BadTerm,
    ckg,
    decimal,
    integer,
    literal,
    text,
    year_month,
)
from careerkg.vocabulary import ID, XSD

__all__ = ["Figure", "Subject", "observation", "thousands", "united_states", "united_states_lines"]


class Figure(NamedTuple):
    """A number as it is written, a bound that it is or exceeds, or (None) that it is not available."""

    value: str | None
    is_bound: bool = False


class Subject(NamedTuple):
    """What figures of a row have in common: the nodes of what they are about, of its place, of the table."""

    about: str
    place: str
    source: str


def united_states() -> str:
    """Return the node of the United States."""
    return f"<{ID}place/united-states>"


def united_states_lines() -> str:
    """Return the lines that describe the United States, as the bundled facts do."""
    place = united_states()
    return f"{place} {TYPE} {ckg('Place')} .\n{place} {LABEL} {text('United States', 'en')} .\n"


def thousands(cell: str) -> str:
    """Return a number of thousands in ones, exactly. Raises BadTerm if it is no number."""
    try:
        number = Decimal(cell.replace(",", "")) * 1000
    except InvalidOperation:
        raise BadTerm(f"{cell!r} is not a number") from None
    return f"{number.normalize():f}"


def observation(
    key: str,
    kind: str,
    label: str,
    figure: Figure,
    subject: Subject,
    *,
    statistic: str,
    unit: str,
    period: str | None = None,
    years: tuple[str, str] | None = None,
    percentile: int | None = None,
    pay_period: str | None = None,
    error: str = "",
) -> str:
    """Return the lines of an observation. Raises BadTerm if the figure is no number.

    ``period`` is a year or month, ``years`` the first and last year of a projection; ``error`` a relative
    standard error in percent, left out where it is no number.
    """
    node = f"<{ID}observation/{key}>"
    lines = (
        f"{node} {TYPE} {ckg(kind)} .\n"
        f"{node} {LABEL} {text(label, 'en')} .\n"
        f"{node} {ckg('about')} {subject.about} .\n"
        f"{node} {ckg('statistic')} <{ID}statistic/{statistic}> .\n"
        f"{node} {ckg('unit')} <{ID}unit/{unit}> .\n"
        f"{node} {ckg('geography')} {subject.place} .\n"
        f"{node} {SOURCE_OF} {subject.source} .\n"
    )
    if period is not None:
        when = literal(period, XSD.gYear) if len(period) == 4 else year_month(period)
        lines += f"{node} {ckg('referencePeriod')} {when} .\n"
    if years is not None:
        lines += f"{node} {ckg('baseYear')} {literal(years[0], XSD.gYear)} .\n"
        lines += f"{node} {ckg('targetYear')} {literal(years[1], XSD.gYear)} .\n"
    if percentile is not None:
        lines += f"{node} {ckg('percentile')} {integer(str(percentile))} .\n"
    if pay_period is not None:
        lines += (
            f'{node} {ckg("currency")} "USD" .\n{node} {ckg("payPeriod")} <{ID}pay-period/{pay_period}> .\n'
        )
    if figure.value is None:
        return lines + f"{node} {ckg('suppressed')} {TRUE} .\n"
    value = decimal(figure.value) if "." in figure.value else integer(figure.value)
    lines += f"{node} {ckg('value')} {value} .\n"
    if figure.is_bound:
        lines += f"{node} {ckg('topCoded')} {TRUE} .\n"
    if error.replace(".", "", 1).isdigit():
        lines += f"{node} {ckg('relativeStandardError')} {decimal(error)} .\n"
    return lines
