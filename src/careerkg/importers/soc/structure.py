"""The Standard Occupational Classification: its structure and its definitions, as Excel workbooks.

https://www.bls.gov/soc/2018/home.htm. Major, minor and broad groups and detailed occupations stand below each
other; each is below the last one of the level above it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from careerkg.importers.archive import Archive, Member
from careerkg.importers.log import Log
from careerkg.importers.release import Release
from careerkg.importers.rows import MapRow, import_rows
from careerkg.importers.soc.codes import code_lines, scheme, soc_node, titled
from careerkg.importers.tables import Layout, Table, read_sheet
from careerkg.importers.triples import SOURCE_OF, BadTerm, TripleWriter, skos, text

__all__ = ["codes_of", "edition_of", "structure_release", "write_structure"]

_FILES = r"soc[_ -]structure[_ -](20\d\d).*\.xlsx?|soc[_ -](20\d\d)[_ -]definitions.*\.xlsx?"
_GROUPS = ("Major Group", "Minor Group", "Broad Group", "Detailed Occupation")
_LEVELS = ("major", "minor", "broad", "detailed")
_STRUCTURE = Layout((*_GROUPS, ""), aliases={"Broad Occupation": "Broad Group", "Title": "", "SOC Title": ""})
_DEFINITIONS = Layout(("SOC Code", "SOC Title", "SOC Definition"), possible=("SOC Group",))
_ISSUED = {"2010": "2010-01", "2018": "2017-11"}


def edition_of(member: Member) -> str | None:
    """Return the edition that the name of a workbook tells, or None if it is none of SOC."""
    match = re.fullmatch(_FILES, member.base, re.IGNORECASE)
    return None if match is None else match[1] or match[2]


def structure_release(edition: str) -> Release:
    """Return the release of an edition."""
    return Release(
        source="soc",
        version=edition,
        title=f"Standard Occupational Classification {edition}",
        publisher="U.S. Bureau of Labor Statistics",
        licence="https://www.bls.gov/bls/linksite.htm",
        issued=_ISSUED.get(edition),
        attribution="Source: U.S. Bureau of Labor Statistics, Standard Occupational Classification.",
        url=f"https://www.bls.gov/soc/{edition}/",
    )


def codes_of(archive: Archive, edition: str) -> set[str]:
    """Return the codes of an edition if one of its workbooks is there; an empty set otherwise."""
    codes: set[str] = set()
    for member in archive.members:
        if edition_of(member) == edition:
            for _, cells in _table(archive, member, Log()):
                codes.update(cell for cell in cells[:4] if re.fullmatch(r"\d\d-\d{4}", cell))
    return codes


def write_structure(archive: Archive, release: Release, writer: TripleWriter, log: Log) -> None:
    """Write the codes of an edition: from its structure, its definitions, or both."""
    known: set[str] = set()
    for member in archive.members:
        if edition_of(member) == release.version:
            table = _table(archive, member, log)
            source = f"<{release.table(table.tally.name)}>"
            if _is_structure(member):
                map_row = _map_structure(release, source, known)
            else:
                map_row = _map_definitions(release, source, known)
            import_rows(table, map_row, writer, log)


def _is_structure(member: Member) -> bool:
    """Tell the workbook of the structure from that of the definitions."""
    return "structure" in member.base.casefold()


def _table(archive: Archive, member: Member, log: Log) -> Table:
    """Return the table in a workbook."""
    layout = _STRUCTURE if _is_structure(member) else _DEFINITIONS
    return read_sheet(archive, member, layout, log, name=member.base.rpartition(".")[0])


class _Groups:
    """The groups that a code is in: the last code of each level above it."""

    def __init__(self, release: Release, source: str, known: set[str]) -> None:
        self._scheme, self._source, self._known = scheme(f"soc-{release.version}"), source, known
        self._last: dict[int, str] = {}
        self._own: set[str] = set()

    def lines(self, code: str, title: str, level: int) -> str:
        """Return the lines of a code, unless another workbook gave them. Raises BadTerm if there twice."""
        node = soc_node(code)
        if code in self._own:
            raise BadTerm(f"the code {code!r} stands there twice")
        self._own.add(code)
        for below in range(level, len(_LEVELS)):
            self._last.pop(below, None)
        above = self._last.get(level - 1) if level else None
        if level and above is None:
            raise BadTerm(f"the {_LEVELS[level]} {code!r} is in no {_LEVELS[level - 1]} group")
        self._last[level] = node
        if code in self._known:
            return ""
        self._known.add(code)
        lines = code_lines(node, code, self._scheme) + titled(node, title, code, "SOC")
        if above is None:
            lines += f"{self._scheme} {skos('hasTopConcept')} {node} .\n"
            lines += f"{node} {skos('topConceptOf')} {self._scheme} .\n"
        else:
            lines += f"{node} {skos('broader')} {above} .\n"
        return f"{lines}{node} {SOURCE_OF} {self._source} .\n"


def _map_structure(release: Release, source: str, known: set[str]) -> MapRow:
    """A row has a code in the column of its level, and its title."""
    groups = _Groups(release, source, known)

    def map_code(cells: Sequence[str], line: int) -> str:
        del line
        codes = [(level, cell.strip()) for level, cell in enumerate(cells[:4]) if cell.strip()]
        if len(codes) != 1:
            raise BadTerm(f"{len(codes)} codes where a row has one")
        level, code = codes[0]
        return groups.lines(code, cells[4], level)

    return map_code


def _level(code: str) -> int:
    """Return the level that a code's zeros tell, where no column does (edition of 2010)."""
    zeros = len(code) - len(code.rstrip("0"))
    return 0 if zeros >= 4 else 1 if zeros >= 2 else 2 if zeros == 1 else 3


def _map_definitions(release: Release, source: str, known: set[str]) -> MapRow:
    """A row has level, code, title, and for detailed occupations a definition."""
    groups = _Groups(release, source, known)

    def map_definition(cells: Sequence[str], line: int) -> str:
        del line
        code, title, definition, level = (cell.strip() for cell in cells)
        if level and level.casefold() not in _LEVELS:
            raise BadTerm(f"{level!r} is none of the levels {', '.join(_LEVELS)}")
        lines = groups.lines(code, title, _LEVELS.index(level.casefold()) if level else _level(code))
        if definition:
            lines += f"{soc_node(code)} {skos('definition')} {text(definition, 'en')} .\n"
        return lines

    return map_definition
