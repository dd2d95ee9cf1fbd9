"""Ratings by O*NET for charts: what matters most for work, the schooling it takes, where a thing matters."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyoxigraph as ox

from careerkg.provenance import text
from careerkg.vocabulary import CKG, ID, local_name
from careerkg.web.pages.addresses import path_of
from careerkg.web.pages.charts import Bar, Bars, in_words
from careerkg.web.pages.facts import Notes
from careerkg.web.pages.reading import Reader

__all__ = ["SHOWN_RATINGS", "rated_work", "ratings_of"]

SHOWN_RATINGS = re.compile(r"/IM\Z|/RL/[^/]+\Z")
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


def ratings_of(reader: Reader, ratings: Sequence[str], notes: Notes) -> list[Bars]:
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
                        _importance(reader, element, rating, value, notes) for value, element, rating in best
                    ),
                )
            )
    if schooling:
        stamp = _stamp(reader, schooling[0][2])
        unfit = sum(1 for one in schooling if not _fit(reader, one[2]))
        if unfit:
            stamp += f"; {unfit} {'share is' if unfit == 1 else 'shares are'} withheld as too uncertain"
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


_IMPORTANT = """SELECT ?rating ?work ?value WHERE {
  ?rating ckg:ratedElement ?thing ; ckg:scale onet-scale:IM ; ckg:value ?value ; ckg:about ?work .
}
ORDER BY DESC(?value) ?work
LIMIT 12"""


def rated_work(reader: Reader, iri: str, notes: Notes) -> list[Bars]:
    """Return the work for which something matters most, by the importance ratings of O*NET."""
    rows = reader.store.query(_IMPORTANT.replace("?thing", f"<{iri}>"))
    assert isinstance(rows, ox.QuerySolutions)
    best = [row for row in rows if _fit(reader, row["rating"].value)][:8]
    if not best:
        return []
    bars = tuple(
        _importance(reader, row["work"].value, row["rating"].value, float(row["value"].value), notes)
        for row in best
    )
    return [Bars("Where it matters most", "importance from 1 to 5", bars)]


def _importance(reader: Reader, iri: str, rating: str, value: float, notes: Notes) -> Bar:
    """Return the bar of a rating from 1 to 5; ``iri`` is what it names."""
    length = max(0.0, min(100.0, 25 * (value - 1)))
    marks = notes.marks(reader.releases(ox.NamedNode(rating)))
    return Bar(reader.label(iri), path_of(iri), f"{value:.2f}", length, marks)


def _fit(reader: Reader, rating: str) -> bool:
    """Tell whether the publisher lets a rating be used: not suppressed, and relevant to the occupation."""
    node = ox.NamedNode(rating)
    flags = (*reader.objects(node, CKG.suppressed), *reader.objects(node, CKG.notRelevant))
    return not any(text(flag) == "true" for flag in flags)


def _stamp(reader: Reader, rating: str) -> str:
    period = next(iter(reader.objects(ox.NamedNode(rating), CKG.referencePeriod)), None)
    return "" if period is None else f", {in_words(text(period))}"


def _clipped(words: str) -> str:
    """Return the name of a category without the explanation behind the dash."""
    return re.split(r" [-–(]", words, maxsplit=1)[0].strip()
