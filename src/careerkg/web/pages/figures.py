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
from careerkg.vocabulary import CKG, DCTERMS, ID, RDFS, SKOS, local_name
from careerkg.web.pages.addresses import path_of
from careerkg.web.pages.facts import Notes
from careerkg.web.pages.reading import Node, Reader, prefix_of

__all__ = ["Bar", "Bars", "Figure", "Figures", "Pay", "Point", "Series", "read_figures"]

_READ = 400
"""So many figures of a thing are read at most, ratings apart."""

_TABLE = 60
"""So many are in the table."""

_PERCENTILES = (10.0, 25.0, 50.0, 75.0, 90.0)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with all that it needs to be understood."""

    id: str
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


@dataclass(frozen=True, slots=True)
class Pay:
    """Pay of one period and place, by percentiles."""

    basis: str
    points: tuple[Point, ...]
    middle: Point | None
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
    more: str | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """A value over the years, lowest at height 0 and highest at 100."""

    title: str
    basis: str
    points: tuple[Point, ...]


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
        bars=(*_shares(reader, current), *(_ratings(reader, ratings, notes) if ratings else ())),
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
            if _SHOWN_RATINGS.search(subject.value):
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
    period = _one(values, CKG.referencePeriod) or "–".join(
        year for year in (_one(values, CKG.baseYear), _one(values, CKG.targetYear)) if year
    )
    sources = passages or {text(term) for term in values.get(DCTERMS.source, ())}
    part = next(
        (text(values[p][0]) for p in (CKG.category, CKG.inIndustry, CKG.schedule) if p in values), None
    )
    return Figure(
        id=text(node),
        label=_one(values, RDFS.label) or "figure",
        href=path_of(node.value) if isinstance(node, ox.NamedNode) else None,
        kind=reader.kind(node),
        value=number,
        shown=re.sub(r" \([^()]*\)$", "", phrase(reader.store, node) or "not published"),
        statistic=_local(values, CKG.statistic) or "",
        percentile=_number(values, CKG.percentile),
        unit=_local(values, CKG.unit) or "",
        currency=_one(values, CKG.currency),
        pay_period=_local(values, CKG.payPeriod),
        period=period,
        place=_label(reader, values, CKG.geography),
        industry=_one(values, CKG.inIndustry),
        bound=_one(values, CKG.topCoded) == "true",
        rank=None if rank == "normal" else rank,
        reason=_one(values, CKG.rankReason),
        marks=notes.marks(sources),
        distribution=_one(values, CKG.distribution),
        name=None if part is None else reader.label(part),
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

    points = {percent: point(_percent_name(percent), at[percent]) for percent in sorted(at)}
    currency = next((one.currency for one in group if one.currency), "")
    return Pay(
        basis=", ".join(part for part in (f"{currency} a year", place, _month(period)) if part),
        points=tuple(points.values()),
        middle=points.get(50.0),
        mean=None if mean is None else point("mean", mean),
        low=min(one.at for one in points.values()),
        high=max(one.at for one in points.values()),
        inner=(points[25.0].at, points[75.0].at) if {25.0, 75.0} <= points.keys() else None,
        marks=tuple(sorted({mark for one in group for mark in one.marks})),
    )


def _percent_name(percent: float) -> str:
    return {50.0: "median", 10.0: "10th percentile", 25.0: "25th", 75.0: "75th", 90.0: "90th percentile"}[
        percent
    ]


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
        title = reader.known_label(key) if ":" in key else None
        complete = ":" in key and any(
            text(term) == "true" for term in reader.objects(ox.NamedNode(key), CKG.complete)
        )
        rest = 100 - sum(one.value or 0 for one in group)
        basis = [part for part in (group[0].place, _month(group[0].period)) if part]
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


_SHOWN_RATINGS = re.compile(r"/IM\Z|/RL/[^/]+\Z")
"""How IRIs of ratings by importance, and of shares by schooling, end: so that no others need to be read."""

_RATED = """SELECT ?rating ?scale ?element ?value ?category WHERE {
  VALUES ?rating { %s }
  ?rating ckg:scale ?scale ; ckg:ratedElement ?element ; ckg:value ?value .
  OPTIONAL { ?rating ckg:category ?category }
}"""

_BRANCHES = (
    ("2.A.", "2.B.", "Skills"),
    ("2.C.", "2.C.", "Knowledge"),
    ("1.A.", "1.A.", "Abilities"),
    ("4.A.", "4.A.", "Work activities"),
)
"""The branches of the O*NET content model that are rated by importance: beginnings of their codes."""


def _ratings(reader: Reader, ratings: Sequence[str], notes: Notes) -> list[Bars]:
    """Return what matters most, by the importance ratings of O*NET, and the schooling that the work takes."""
    # The engine reads a hundred ratings in one query faster than they can be looked up from here.
    rows = reader.store.query(_RATED % " ".join(f"<{one}>" for one in ratings))
    assert isinstance(rows, ox.QuerySolutions)
    important: dict[str, list[tuple[float, str, str]]] = {}
    schooling: list[tuple[float, str, str]] = []
    sample = None
    for row in rows:
        value = float(row["value"].value)
        rating, element = text(row["rating"]), text(row["element"])
        if row["scale"].value == f"{ID}onet-scale/IM":
            code = local_name(element)
            branch = next((title for a, b, title in _BRANCHES if code.startswith((a, b))), None)
            if branch is not None:
                important.setdefault(branch, []).append((value, element, rating))
                sample = rating
        elif row["scale"].value == f"{ID}onet-scale/RL" and row["category"] is not None and value > 0:
            schooling.append((value, text(row["category"]), rating))
    found = []
    period = "" if sample is None else _stamp(reader, sample)
    for title in (branch[2] for branch in _BRANCHES):
        ordered = sorted(important.get(title, ()), key=lambda one: (-one[0], one[1]))
        best = [one for one in ordered[:12] if _fit(reader, one[2])][:8]
        if best:
            found.append(
                Bars(
                    title,
                    f"importance from 1 to 5{period}",
                    tuple(
                        Bar(
                            reader.label(element),
                            path_of(element),
                            f"{value:.2f}",
                            max(0.0, min(100.0, 25 * (value - 1))),
                            notes.marks(reader.releases(ox.NamedNode(rating))),
                        )
                        for value, element, rating in best
                    ),
                )
            )
    if schooling:
        stamp = _stamp(reader, schooling[0][2])
        found.append(
            Bars(
                "Schooling that the work takes",
                f"share of those asked{stamp}",
                tuple(
                    Bar(
                        _clipped(reader.label(category)),
                        path_of(rating),
                        f"{value:g} %",
                        min(value, 100.0),
                        notes.marks(reader.releases(ox.NamedNode(rating))),
                    )
                    for value, category, rating in sorted(schooling, key=lambda one: (-one[0], one[1]))[:6]
                    if _fit(reader, rating)
                ),
            )
        )
    return found


def _fit(reader: Reader, rating: str) -> bool:
    """Tell whether the publisher lets a rating be used: not suppressed, and relevant to the occupation."""
    node = ox.NamedNode(rating)
    flags = (*reader.objects(node, CKG.suppressed), *reader.objects(node, CKG.notRelevant))
    return not any(text(flag) == "true" for flag in flags)


def _stamp(reader: Reader, rating: str) -> str:
    period = next(iter(reader.objects(ox.NamedNode(rating), CKG.referencePeriod)), None)
    return "" if period is None else f", {_month(text(period))}"


def _clipped(words: str) -> str:
    """Return the name of a category without the explanation behind the dash."""
    return re.split(r" [-–(]", words, maxsplit=1)[0].strip()


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
            _month(period),
            period[:4],
            one.shown,
            round(6 + 88 * (year - first) / span, 2),
            one.href,
            one.marks,
            round(100 * ((one.value or 0.0) - least) / reach, 1),
        )
        for (period, one), year in zip(by_period.items(), years, strict=True)
    )
    some = next(iter(by_period.values()))
    return Series(title, "; ".join(part for part in (some.currency or some.unit, some.place) if part), points)


_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def _month(period: str) -> str:
    """Return a period in words.

    >>> _month("2024-05"), _month("2010")
    ('May 2024', '2010')
    """
    match = re.fullmatch(r"(\d{4})-(\d\d)", period)
    return period if match is None else f"{_MONTHS[int(match[2]) - 1]} {match[1]}"


def _descending(period: str) -> tuple[int, ...]:
    return tuple(-ord(letter) for letter in period) or (0,)


def _one(values: Mapping[str, list[Term]], property_: str) -> str | None:
    return min((text(value) for value in values.get(property_, ())), default=None)


def _local(values: Mapping[str, list[Term]], property_: str) -> str | None:
    found = _one(values, property_)
    return None if found is None else local_name(found)


def _label(reader: Reader, values: Mapping[str, list[Term]], property_: str) -> str | None:
    found = _one(values, property_)
    return None if found is None else reader.label(found)


def _number(values: Mapping[str, list[Term]], property_: str) -> float | None:
    found = _one(values, property_)
    try:
        return None if found is None else float(found)
    except ValueError:
        return None
