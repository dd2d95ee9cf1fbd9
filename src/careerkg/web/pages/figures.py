"""Figures for charts: pay as a strip of percentiles, shares and ratings as bars, counts over the years.

A figure of a release is a node with value, statistic, unit, period, place and source; charts show none
without these. Deprecated figures are in no chart, but in the table, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import pyoxigraph as ox

from careerkg.entities import phrase
from careerkg.provenance import text
from careerkg.store import Term
from careerkg.vocabulary import CKG, DCTERMS, RDFS, SKOS, local_name
from careerkg.web.pages.addresses import path_of
from careerkg.web.pages.charts import Bar, Bars, Pay, Point, Series, in_words
from careerkg.web.pages.facts import Notes
from careerkg.web.pages.ratings import SHOWN_RATINGS, rated_work, ratings_of
from careerkg.web.pages.reading import Node, Reader, least_text, prefix_of

__all__ = ["Figure", "Figures", "read_figures"]

_READ = 400
"""So many figures of a thing are read at most, ratings apart."""

_TABLE = 60
"""So many are in the table."""

_PERCENTILES = {
    10.0: "10th percentile",
    25.0: "25th",
    50.0: "median",
    75.0: "75th",
    90.0: "90th percentile",
}
"""Percentiles of pay that are drawn, and what they are called."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with all that it needs to be understood."""

    label: str
    href: str | None
    kind: str
    value: float | None
    shown: str
    statistic: str
    percentile: float | None
    unit: str
    currency: str | None
    pay_period: str | None
    period: str
    place: str | None
    industry: str | None
    bound: bool
    """Whether the publisher capped the value: it is this much or more."""
    rank: str | None
    reason: str | None
    marks: tuple[int, ...]
    distribution: str | None
    name: str | None
    """What a share is a share of: industry, schedule, category."""
    projected: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """All charts of a thing. ``of`` is set where the figures are those of a wider code: label and address."""

    of: tuple[str, str, str] | None
    pay: Pay | None
    bars: tuple[Bars, ...]
    series: tuple[Series, ...]
    table: tuple[Figure, ...]
    total: int

    def __bool__(self) -> bool:
        """Tell whether there is any figure."""
        return bool(self.table or self.bars)


def read_figures(reader: Reader, iri: str, notes: Notes, *, borrowed: bool) -> Figures:
    """Return the figures of a thing; with ``borrowed``, those of its code if it has none itself."""
    node = ox.NamedNode(iri)
    nodes, ratings = _observations(reader, node)
    of = None
    if borrowed and not nodes:
        for relation, code in _codes(reader, node):
            nodes, _ = _observations(reader, code)
            if nodes:
                of = (reader.label(code.value), path_of(code.value), relation)
                break
    figures = [one for one in (_figure(reader, node_, notes) for node_ in nodes) if one is not None]
    current = [one for one in figures if one.rank != "deprecated"]
    table = sorted(
        figures, key=lambda one: (one.kind, _descending(one.period), one.percentile or 0, one.label)
    )
    return Figures(
        of=of,
        pay=_pay(current),
        bars=(
            *_shares(reader, current),
            *(ratings_of(reader, ratings, notes) if ratings else ()),
            *(rated_work(reader, iri, notes) if prefix_of(iri) == "onet-element" else ()),
        ),
        series=tuple(_series(current)),
        table=tuple(table[:_TABLE]),
        total=len(figures),
    )


def _observations(reader: Reader, node: ox.NamedNode) -> tuple[list[Node], list[str]]:
    """Return the figures about a thing, and the ratings of it that pages show."""
    found: list[Node] = []
    rated: list[str] = []
    for subject in reader.subjects(CKG.about, node, 3 * _READ):
        if isinstance(subject, ox.NamedNode) and prefix_of(subject.value) == "rating":
            if SHOWN_RATINGS.search(subject.value):
                rated.append(subject.value)
        elif len(found) < _READ:
            found.append(subject)
    return found, rated


def _codes(reader: Reader, node: ox.NamedNode) -> list[tuple[str, ox.NamedNode]]:
    """Return the codes that a thing corresponds to, the closest and newest first, with the relation."""
    relations = (
        (SKOS.exactMatch, "exact match"),
        (f"{CKG}classifiedAs", "classified as"),
        (SKOS.closeMatch, "close match"),
        (SKOS.broadMatch, "broader match"),
    )
    found: list[tuple[str, ox.NamedNode]] = []
    for property_, words in relations:
        terms = [
            term
            for term in islice(reader.objects(node, property_), 20)
            if isinstance(term, ox.NamedNode) and reader.kind(term) in ("OccupationCode", "Occupation")
        ]
        found += [(words, term) for term in sorted(terms, key=lambda term: term.value)]
    return found[:8]


def _figure(reader: Reader, node: Node, notes: Notes) -> Figure | None:
    """Return a figure, None for what is about a thing without being one: a trend, a distribution."""
    values, said = reader.said(node, _READ)
    passages = {passage for one in said.values() for passage in one}
    if CKG.statistic not in values:
        return None
    number = _number(values, CKG.value)
    rank = _local(values, CKG.rank)
    period = least_text(values, CKG.referencePeriod) or "–".join(
        year for year in (least_text(values, CKG.baseYear), least_text(values, CKG.targetYear)) if year
    )
    sources = passages or {text(term) for term in values.get(DCTERMS.source, ())}
    part = next(
        (text(values[p][0]) for p in (CKG.category, CKG.inIndustry, CKG.schedule) if p in values), None
    )
    return Figure(
        label=least_text(values, RDFS.label) or "figure",
        href=path_of(node.value) if isinstance(node, ox.NamedNode) else None,
        kind=reader.kind(node),
        value=number,
        shown=re.sub(r" \([^()]*\)$", "", phrase(reader.remembered, node) or "not published"),
        statistic=_local(values, CKG.statistic) or "",
        percentile=_number(values, CKG.percentile),
        unit=_local(values, CKG.unit) or "",
        currency=least_text(values, CKG.currency),
        pay_period=_local(values, CKG.payPeriod),
        period=period,
        place=_label(reader, values, CKG.geography),
        industry=least_text(values, CKG.inIndustry),
        bound=least_text(values, CKG.topCoded) == "true",
        rank=None if rank == "normal" else rank,
        reason=least_text(values, CKG.rankReason),
        marks=notes.marks(sources),
        distribution=least_text(values, CKG.distribution),
        name=None if part is None else reader.label(part),
        projected=CKG.targetYear in values,
    )


def _pay(figures: Sequence[Figure]) -> Pay | None:
    """Return the newest yearly pay of which percentiles are known."""
    groups: dict[tuple[str, str | None], list[Figure]] = {}
    for one in figures:
        if one.kind == "EarningsObservation" and one.pay_period == "year" and one.value and not one.industry:
            groups.setdefault((one.period, one.place), []).append(one)
    usable = [(key, group) for key, group in groups.items() if len(group) >= 3 and key[0]]
    if not usable:
        return None
    (period, place), group = max(usable, key=lambda item: (item[0][0], len(item[1])))
    at: dict[float, Figure] = {}
    mean = None
    for one in group:
        if one.statistic == "median":
            at[50.0] = one
        elif one.statistic == "percentile" and one.percentile in _PERCENTILES:
            at[one.percentile] = one
        elif one.statistic == "mean":
            mean = one
    known = [one.value for one in at.values() if one.value]
    if len(known) < 2:
        return None
    least, most = min(known), max(known)
    reach = (most - least) or 1.0
    start, length = least - 0.08 * reach, 1.16 * reach

    def point(name: str, one: Figure) -> Point:
        more = " or more" if one.bound else ""
        where = 100 * ((one.value or 0.0) - start) / length
        shown = one.shown.removeprefix("at least ")
        return Point(name, _short(one), shown + more, round(where, 2), one.href, one.marks)

    points = {percent: point(_PERCENTILES[percent], at[percent]) for percent in sorted(at)}
    currency = next((one.currency for one in group if one.currency), "")
    return Pay(
        basis=", ".join(part for part in (f"{currency} a year", place, in_words(period)) if part),
        points=tuple(points.values()),
        mean=None if mean is None else point("mean", mean),
        low=min(one.at for one in points.values()),
        high=max(one.at for one in points.values()),
        inner=(points[25.0].at, points[75.0].at) if {25.0, 75.0} <= points.keys() else None,
        marks=tuple(sorted({mark for one in group for mark in one.marks})),
    )


def _short(one: Figure) -> str:
    """Return an amount in few letters: ``$26k``."""
    sign = "$" if one.currency == "USD" else ""
    value = one.value or 0.0
    amount = f"{value / 1000:.0f}k" if value >= 10_000 else f"{value:,.0f}"
    return f"{sign}{amount}{'+' if one.bound else ''}"


def _shares(reader: Reader, figures: Sequence[Figure]) -> list[Bars]:
    """Return bars for each distribution, and for shares that belong to none."""
    groups: dict[str, list[Figure]] = {}
    for one in figures:
        if one.statistic == "share" and one.unit == "percent" and one.value is not None:
            groups.setdefault(one.distribution or f"{one.kind} {one.period}", []).append(one)
    found = []
    for key, group in sorted(groups.items()):
        if ":" not in key and len(group) == 1:
            continue  # one share of nothing else: the table has it
        title = reader.known_label(key) if ":" in key else None
        complete = ":" in key and any(
            text(term) == "true" for term in reader.objects(ox.NamedNode(key), CKG.complete)
        )
        rest = 100 - sum(one.value or 0 for one in group)
        basis = [part for part in (group[0].place, in_words(group[0].period)) if part]
        if not complete and 0 < rest < 100 and len(group) > 1:
            basis.append(f"the remaining {rest:g} % are not given")
        found.append(
            Bars(
                title or group[0].label,
                "; ".join(basis),
                tuple(
                    Bar(one.name or one.label, one.href, one.shown, min(one.value or 0.0, 100.0), one.marks)
                    for one in sorted(group, key=lambda one: -(one.value or 0.0))
                ),
            )
        )
    return found


def _series(figures: Sequence[Figure]) -> list[Series]:
    """Return jobs, and the median of pay, over the years where three or more are known."""
    jobs = {
        one.period[-4:]: one
        for one in figures
        if one.unit == "jobs" and one.statistic == "count" and one.value and not one.industry
        if one.kind in ("EmploymentObservation", "ProjectionObservation") and one.period[-4:].isdigit()
        if len(one.period) in (4, 9)
    }
    pay = {
        one.period: one
        for one in figures
        if one.statistic == "median" and one.pay_period == "year" and one.value and not one.industry
        if one.period and one.kind == "EarningsObservation"
    }
    found = []
    for title, by_period in (("Jobs over the years", jobs), ("Median pay over the years", pay)):
        if len(by_period) >= 3:
            found.append(_drawn(title, dict(sorted(by_period.items()))))
    return found


def _drawn(title: str, by_period: Mapping[str, Figure]) -> Series:
    numbers = [one.value or 0.0 for one in by_period.values()]
    least, reach = min(numbers), (max(numbers) - min(numbers)) or 1.0
    years = [int(period[:4]) for period in by_period]
    first, span = years[0], (years[-1] - years[0]) or 1
    points = tuple(
        Point(
            in_words(period) + (", projected" if one.projected else ""),
            period[:4],
            one.shown,
            round(6 + 88 * (year - first) / span, 2),
            one.href,
            one.marks,
            round(100 * ((one.value or 0.0) - least) / reach, 1),
            one.projected,
        )
        for (period, one), year in zip(by_period.items(), years, strict=True)
    )
    some = next(iter(by_period.values()))
    basis = (some.currency or some.unit, some.place, "from the lowest to the highest")
    return Series(title, "; ".join(part for part in basis if part), points)


def _descending(period: str) -> tuple[int, ...]:
    return tuple(-ord(letter) for letter in period) or (0,)


def _local(values: Mapping[str, list[Term]], property_: str) -> str | None:
    found = least_text(values, property_)
    return None if found is None else local_name(found)


def _label(reader: Reader, values: Mapping[str, list[Term]], property_: str) -> str | None:
    found = least_text(values, property_)
    return None if found is None else reader.label(found)


def _number(values: Mapping[str, list[Term]], property_: str) -> float | None:
    found = least_text(values, property_)
    try:
        return None if found is None else float(found)
    except ValueError:
        return None
