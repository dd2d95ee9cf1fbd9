"""Wages and employment by occupation: OEWS workbooks of the Bureau, national, state or metropolitan.

https://www.bls.gov/oes/tables.htm. Estimates are of May of the year in the file's name. ``#`` is a wage at or
above the highest that the survey tells, which the field descriptions give: a bound. ``*`` and ``**`` are
estimates that are not available; an occupation that is paid by the hour only has no annual wages at all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from careerkg.importers.archive import Archive, Member
from careerkg.importers.bls.codes import described, scheme_lines
from careerkg.importers.bls.figures import Figure, Subject, observation, united_states, united_states_lines
from careerkg.importers.log import Log
from careerkg.importers.release import Release
from careerkg.importers.rows import MapRow, Skipped, import_rows
from careerkg.importers.tables import Layout, open_workbook, read_sheet
from careerkg.importers.triples import (
    LABEL,
    TYPE,
    BadTerm,
    TripleWriter,
    ckg,
    text,
)
from careerkg.vocabulary import ID, slugify

__all__ = ["Edition", "edition_of", "wage_release", "write_wages"]

_FILES = r"(?:(?P<area>.+?)_)?m_?(?P<year>20\d\d)(?:_dl)?\.xlsx?"

_LAYOUT = Layout(
    ("OCC_CODE", "OCC_TITLE", "TOT_EMP"),
    (
        *("EMP_PRSE", "H_MEAN", "A_MEAN", "MEAN_PRSE"),
        *("H_PCT10", "H_PCT25", "H_MEDIAN", "H_PCT75", "H_PCT90"),
        *("A_PCT10", "A_PCT25", "A_MEDIAN", "A_PCT75", "A_PCT90"),
    ),
    # Until 2018 the columns of places had other names, and none said of which kind a place is.
    aliases={
        "O_GROUP": "OCC_GROUP",
        "GROUP": "OCC_GROUP",
        "AREA_NAME": "AREA_TITLE",
        "STATE": "AREA_TITLE",
    },
    possible=(
        *("AREA", "AREA_TITLE", "AREA_TYPE", "PRIM_STATE", "NAICS", "NAICS_TITLE", "I_GROUP", "OWN_CODE"),
        *("OCC_GROUP", "JOBS_1000", "LOC_QUOTIENT", "PCT_TOTAL", "PCT_RPT", "ANNUAL", "HOURLY", "ST"),
    ),
)
_COLUMNS = (*_LAYOUT.required, *_LAYOUT.optional, *_LAYOUT.possible)

# The caps of years whose workbook does not say them, by the Bureau's technical notes: per hour, per year.
_CAPS = {
    **dict.fromkeys((2017, 2018, 2019, 2020, 2021), ("100.00", "208000")),
    **dict.fromkeys((2022, 2023, 2024), ("115.00", "239200")),
}


class _Wage(NamedTuple):
    """A column of wages: what it is of them, and for which period."""

    column: str
    statistic: str
    percentile: int | None
    period: str
    words: str


_WAGES = tuple(
    _Wage(
        f"{letter}_{name}",
        statistic,
        percentile,
        period,
        f"{words} {adjective} wage" if percentile is None else f"{words} percentile of {adjective} wages",
    )
    for letter, period, adjective in (("A", "year", "annual"), ("H", "hour", "hourly"))
    for name, statistic, percentile, words in (
        ("MEAN", "mean", None, "Mean"),
        ("PCT10", "percentile", 10, "10th"),
        ("PCT25", "percentile", 25, "25th"),
        ("MEDIAN", "median", None, "Median"),
        ("PCT75", "percentile", 75, "75th"),
        ("PCT90", "percentile", 90, "90th"),
    )
)


class Edition(NamedTuple):
    """The estimates of May of a year: ``national``, ``state``, or what else the workbook's name says."""

    year: str
    area: str


def edition_of(member: Member) -> Edition | None:
    """Return what the name of a workbook tells, or None if it is none of OEWS."""
    match = re.fullmatch(_FILES, member.base, re.IGNORECASE)
    return None if match is None else Edition(match["year"], slugify(match["area"] or "national"))


def wage_release(edition: Edition) -> Release:
    """Return the release of an edition; estimates are published in the year after.

    National, state and other estimates of a year are releases beside each other.
    """
    year, area = edition
    return Release(
        source="oews",
        version=year if area == "national" else f"{year} {area}",
        title=f"Occupational Employment and Wage Statistics, May {year}, {area}",
        publisher="U.S. Bureau of Labor Statistics",
        licence="https://www.bls.gov/bls/linksite.htm",
        issued=str(int(year) + 1),
        attribution="Source: U.S. Bureau of Labor Statistics, Occupational Employment and Wage Statistics.",
        url="https://www.bls.gov/oes/",
    )


def write_wages(archive: Archive, member: Member, edition: Edition, writer: TripleWriter, log: Log) -> None:
    """Write the estimates of a workbook. Raises SourceFileError if it has no such columns."""
    release, name = wage_release(edition), edition.area
    table = read_sheet(archive, member, _LAYOUT, log, name=name)
    writer.write(scheme_lines() + united_states_lines())
    caps = _caps(archive, member, int(edition.year), log)
    import_rows(table, _map_estimates(edition, f"<{release.table(name)}>", caps), writer, log)


def _map_estimates(edition: Edition, source: str, caps: tuple[str, str] | None) -> MapRow:
    """A row: employment, mean and percentiles of wages of an occupation in a place."""
    indexes = {column: number for number, column in enumerate(_COLUMNS)}
    release, month = wage_release(edition), f"{edition.year}-05"
    seen: set[tuple[str, str]] = set()
    described_codes: set[str] = set()
    described_places: set[str] = set()

    def map_estimate(cells: Sequence[str], line: int) -> str:
        del line
        row = {column: cells[number].strip() for column, number in indexes.items()}
        if row["NAICS"] not in ("", "000000", "0"):
            raise Skipped("an estimate for one industry: only those across industries are imported")
        if row["OWN_CODE"] not in ("", "1235"):
            raise Skipped("an estimate for one kind of owner: only those across owners are imported")
        code, title = row["OCC_CODE"], row["OCC_TITLE"]
        place, lines = _place(row)
        if place in described_places:
            lines = ""
        if (code, place) in seen:
            raise BadTerm(f"{code} stands there twice for the same place")
        node, description = described(code, title)
        key = f"{release.key}/{code}" if place == united_states() else f"{release.key}/{row['AREA']}/{code}"
        if code not in described_codes:
            described_codes.add(code)
            lines += description
        subject = Subject(node, place, source)
        employed = _figure(row["TOT_EMP"], None)
        if employed is not None:
            lines += observation(
                f"{key}/employment",
                "EmploymentObservation",
                f"Employment, May {edition.year}: {title}",
                employed,
                subject,
                statistic="count",
                period=month,
                unit="jobs",
                error=row["EMP_PRSE"],
            )
        for wage in _WAGES:
            figure = _figure(row[wage.column], caps[wage.period == "year"] if caps else None)
            if figure is None:
                continue
            lines += observation(
                f"{key}/{wage.column.lower().replace('_', '-')}",
                "EarningsObservation",
                f"{wage.words}, May {edition.year}: {title}",
                figure,
                subject,
                statistic=wage.statistic,
                period=month,
                percentile=wage.percentile,
                unit="us-dollars",
                pay_period=wage.period,
                error=row["MEAN_PRSE"] if wage.statistic == "mean" else "",
            )
        seen.add((code, place))
        described_places.add(place)
        return lines

    return map_estimate


def _figure(cell: str, cap: str | None) -> Figure | None:
    """Return what a cell says: a number, a bound, or that it is not available; None if it is empty.

    Raises BadTerm for anything else, and for a bound that nothing tells.
    """
    if cell in ("", "-", "–"):
        return None
    if cell in ("*", "**"):
        return Figure(None)
    if cell == "#":
        if cap is None:
            raise BadTerm("a wage above the cap ('#'), and nothing says what the cap is")
        return Figure(cap, is_bound=True)
    return Figure(cell.replace(",", ""))


def _place(row: dict[str, str]) -> tuple[str, str]:
    """Return the node of the place of a row, and what describes it."""
    if row["AREA_TYPE"] == "1" or (not row["AREA_TYPE"] and row["AREA"] in ("", "0", "99")):
        return united_states(), ""
    area = slugify(row["AREA"])
    if not area:
        raise BadTerm(f"{row['AREA']!r} is not the code of an area")
    node = f"<{ID}place/oews-area-{area}>"
    return node, f"{node} {TYPE} {ckg('Place')} .\n{node} {LABEL} {text(row['AREA_TITLE'], 'en')} .\n"


def _caps(archive: Archive, member: Member, year: int, log: Log) -> tuple[str, str] | None:
    """Return the highest wage that is told, per hour and per year, as the field descriptions say it."""
    book = open_workbook(archive, member)
    for name in book.sheets[1:]:
        for row in book.rows(name):
            words = " ".join(str(cell) for cell in row)
            match = re.search(r"\$([\d,.]+\d) per hour or \$([\d,]+) per year", words)
            if match is not None:
                return match[1].replace(",", ""), match[2].replace(",", "")
    known = _CAPS.get(year)
    if known is not None:
        log.warn(
            member.place,
            None,
            f"the workbook does not say its cap: taken as {known[0]} an hour, {known[1]} a year",
        )
    return known
