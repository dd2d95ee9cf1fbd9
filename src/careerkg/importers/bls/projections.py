"""Employment projections: Table 1.2 of the Bureau's workbook of occupations.

https://www.bls.gov/emp/tables.htm. Employment and openings are given in thousands. The median wage that the
table shows is that of the wage statistics, which have a release of their own: it is not imported twice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from careerkg.errors import SourceFileError
from careerkg.importers.archive import Archive, Member
from careerkg.importers.bls.codes import described, scheme_lines
from careerkg.importers.bls.figures import (
    Figure,
    Subject,
    observation,
    thousands,
    united_states,
    united_states_lines,
)
from careerkg.importers.log import Log
from careerkg.importers.release import Release
from careerkg.importers.rows import MapRow, Skipped, import_rows
from careerkg.importers.tables import Layout, open_workbook, read_sheet
from careerkg.importers.triples import BadTerm, TripleWriter, ckg
from careerkg.vocabulary import ID

__all__ = ["TABLE", "projection_release", "projection_years", "write_projections"]

TABLE = "Table 1.2"
_ABSENT = ("", "—", "–", "-", "N/A")
_LEVELS = {
    "education": (
        "typicalEntryEducation",
        {
            "No formal educational credential": "none",
            "High school diploma or equivalent": "high-school",
            "Some college, no degree": "some-college",
            "Postsecondary nondegree award": "postsecondary-nondegree",
            "Associate's degree": "associate",
            "Bachelor's degree": "bachelor",
            "Master's degree": "master",
            "Doctoral or professional degree": "doctoral-professional",
        },
    ),
    "experience": (
        "typicalEntryExperience",
        {
            "None": "none",
            "Less than 5 years": "experience-under-five-years",
            "5 years or more": "experience-five-years-or-more",
        },
    ),
    "training": (
        "typicalEntryTraining",
        {
            "None": "none",
            "Short-term on-the-job training": "on-the-job-short",
            "Moderate-term on-the-job training": "on-the-job-moderate",
            "Long-term on-the-job training": "on-the-job-long",
            "Apprenticeship": "apprenticeship",
            "Internship/residency": "internship-residency",
        },
    ),
}


def projection_years(archive: Archive, member: Member) -> tuple[str, str] | None:
    """Return the first and last year of the projections in a workbook, or None if it has none.

    The title of the table tells them (``Occupational projections, 2024–2034``; in other editions ``Employment
    by detailed occupation, 2019 and projected 2029``), or else its columns do.
    """
    book = open_workbook(archive, member)
    if TABLE not in book.sheets:
        return None
    rows = book.rows(TABLE)[:20]
    title = " ".join(str(cell) for row in rows[:1] for cell in row)
    match = re.search(r"(20\d\d)(?:\s*[–-]\s*|,? and projected )(?:20)?(\d\d)\b", title)
    if match is not None:
        return match[1], f"20{match[2]}"
    for row in rows:
        found = {each[1] for cell in row if (each := re.fullmatch(r"Employment, (20\d\d)", _plain(cell)))}
        if len(found) == 2:
            return min(found), max(found)
    return None


def projection_release(years: tuple[str, str]) -> Release:
    """Return the release of projections; they are published in the year after the first."""
    first, last = years
    return Release(
        source="projections",
        version=first,
        title=f"Employment Projections {first}-{last[2:]}",
        publisher="U.S. Bureau of Labor Statistics",
        licence="https://www.bls.gov/bls/linksite.htm",
        issued=str(int(first) + 1),
        attribution="Source: U.S. Bureau of Labor Statistics, Employment Projections.",
        url="https://www.bls.gov/emp/",
    )


def write_projections(
    archive: Archive, member: Member, release: Release, years: tuple[str, str], writer: TripleWriter, log: Log
) -> None:
    """Write the projections of a workbook. Raises SourceFileError if its columns are others."""
    first, last = years
    columns = _columns(archive, member, first, last)
    table = read_sheet(archive, member, columns, log, sheet=TABLE, name=TABLE)
    writer.write(scheme_lines() + united_states_lines())
    import_rows(table, _map_projections(release, years, f"<{release.table(TABLE)}>"), writer, log)


_NAMES = (
    ("title", r"\d* ?National Employment Matrix title", True),
    ("code", r"\d* ?National Employment Matrix code", True),
    ("employment", r"Employment, {first}", True),
    ("projected", r"Employment, {last}", True),
    ("change", r"Employment change, numeric.*", True),
    ("growth", r"Employment change, percent.*", True),
    ("self-employed", r"Percent self employed.*", False),
    ("openings", r"Occupational openings.*", False),
    ("education", r"Typical education needed for entry", False),
    ("experience", r"Work experience in a related occupation", False),
    ("training", r"Typical on-the-job training.*", False),
    ("type", r"Occupation type", False),
)


def _columns(archive: Archive, member: Member, first: str, last: str) -> Layout:
    """Return the layout of the table: its columns have years in their names."""
    rows = open_workbook(archive, member).rows(TABLE)
    for row in rows[:20]:
        header = [_plain(cell) for cell in row]
        found = {
            name: column
            for name, pattern, _ in _NAMES
            for column in header
            if re.fullmatch(pattern.format(first=first, last=last), column, re.IGNORECASE)
        }
        if all(name in found for name, _, required in _NAMES if required):
            others = {column for column in header if column} - set(found.values())
            return Layout(
                tuple(name for name, _, required in _NAMES if required),
                tuple(name for name, _, required in _NAMES if not required),
                aliases={column: name for name, column in found.items()},
                possible=tuple(sorted(others)),
            )
    raise SourceFileError(
        member.place,
        None,
        f"{TABLE} has no row with the columns 'Employment, {first}' and 'Employment, {last}'",
    )


def _plain(cell: object) -> str:
    """Return the name of a column with single spaces between its words."""
    return " ".join(str(cell).split())


def _map_projections(release: Release, years: tuple[str, str], source: str) -> MapRow:
    """A row: employment now and then, openings, and what is typical for entry."""
    first, last = years
    seen: set[str] = set()

    def map_projection(cells: Sequence[str], line: int) -> str:
        del line
        row = {name: cell.strip() for (name, *_), cell in zip(_ORDER, cells, strict=False)}
        if not row["code"]:
            raise Skipped("a note below the table")
        title = row["title"]
        node, lines = described(row["code"], title)
        if row["code"] in seen:
            raise BadTerm(f"{row['code']} stands there twice")
        seen.add(row["code"])
        key, subject = f"{release.key}/{row['code']}", Subject(node, united_states(), source)
        if row["employment"] not in _ABSENT:
            lines += observation(
                f"{key}/employment",
                "EmploymentObservation",
                f"Employment, {first}: {title}",
                Figure(thousands(row["employment"])),
                subject,
                statistic="count",
                unit="jobs",
                period=first,
            )
        for name, words, statistic, unit in (
            ("projected", f"Projected employment, {last}", "count", "jobs"),
            ("change", f"Projected change of employment, {first} to {last}", "change", "jobs"),
            ("growth", f"Projected growth of employment, {first} to {last}", "growth", "percent"),
            (
                "openings",
                f"Projected job openings a year, {first} to {last}",
                "count",
                "openings-per-year",
            ),
        ):
            if row[name] in _ABSENT:
                continue
            value = row[name].replace(",", "") if unit == "percent" else thousands(row[name])
            lines += observation(
                f"{key}/{name}",
                "ProjectionObservation",
                f"{words}: {title}",
                Figure(value),
                subject,
                statistic=statistic,
                unit=unit,
                years=years,
            )
        if row["self-employed"] not in _ABSENT:
            lines += observation(
                f"{key}/self-employed",
                "Observation",
                f"Self-employed, {first}: {title}",
                Figure(row["self-employed"]),
                subject,
                statistic="share",
                unit="percent",
                period=first,
            )
        return lines + _entry(node, row)

    return map_projection


_ORDER = (
    *(name for name in _NAMES if name[2]),
    *(name for name in _NAMES if not name[2]),
)


def _entry(node: str, row: dict[str, str]) -> str:
    """Return the lines on what is typical for entry. Raises BadTerm for a level that is not known."""
    lines = ""
    for name, (property_, levels) in _LEVELS.items():
        words = row[name].replace("’", "'")
        if words in _ABSENT:
            continue
        level = levels.get(words)
        if level is None:
            raise BadTerm(f"{words!r} is not one of the Bureau's levels of {name}")
        lines += f"{node} {ckg(property_)} <{ID}level/{level}> .\n"
    return lines
