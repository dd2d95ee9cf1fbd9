"""What the tables of an O*NET release share: known occupations and elements, terms that repeat, the loop."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, TypeAlias

from careerkg.importers.archive import Archive, Member
from careerkg.importers.log import Log
from careerkg.importers.release import Release
from careerkg.importers.rows import Skipped, import_rows
from careerkg.importers.tables import Layout, read_table
from careerkg.importers.triples import (
    LABEL,
    SOURCE_OF,
    TYPE,
    BadTerm,
    TripleWriter,
    ckg,
    decimal,
    integer,
    literal,
    skos,
    text,
    year_month,
)
from careerkg.vocabulary import DCTERMS, ID, SKOS, slugify

__all__ = ["CODE", "Context", "Era", "MapRow", "OnetTable", "given", "unless_copied"]

CODE = "O*NET-SOC Code"
MapRow = Callable[[Sequence[str], str], str]
"""Makes the lines of a row from its cells and the IRI of its table. Raises BadTerm or Skipped."""

Era: TypeAlias = Literal["any", "first", "to 30.2", "from 30.3"]
"""Releases that have a table: with 30.3 the content model and many tables were named and cut anew.

That one of the first releases only is absent is nothing to tell.
"""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_DATE = re.compile(r"(0[1-9]|1[0-2])/(\d{4})")
_CONCEPT = f"<{SKOS}Concept>"


class OnetTable(NamedTuple):
    """A table: its file's name without ending, its columns, how a row becomes triples, who has it."""

    name: str
    layout: Layout
    map_row: MapRow
    era: Era = "any"


def unless_copied(map_row: MapRow) -> MapRow:
    """Return a mapping that skips exact copies of rows that it took."""
    taken: set[tuple[str, ...]] = set()

    def map_new_row(row: Sequence[str], source: str) -> str:
        key = tuple(row)
        if key in taken:
            raise Skipped("an exact copy of a row")
        lines = map_row(row, source)
        taken.add(key)
        return lines

    return map_new_row


def given(cell: str) -> bool:
    """Tell whether a cell has a value: O*NET writes ``n/a`` where there is none."""
    return cell not in ("", "n/a", "N/A", "NA")


class Context:
    """One import of a release."""

    def __init__(self, archive: Archive, release: Release, writer: TripleWriter, log: Log) -> None:
        self.archive, self.release, self.writer, self.log = archive, release, writer, log
        self.occupations: dict[str, str] = {}
        """Title by code, once the table of occupations is read."""
        self.elements: dict[str, str] = {}
        """Name by element ID."""
        self.scales: dict[str, tuple[str, float, float]] = {}
        """Name, least and greatest value by scale ID."""
        self.categories: dict[tuple[str, str, str], str] = {}
        """Text by element ID (empty for tasks), scale ID and category."""
        self.tasks: set[str] = set()
        self.activities: set[str] = set()
        self.commodities: set[str] = set()
        self.zones = 5
        """How many job zones the release knows: five, or the newer four."""
        self.has_content_model = False
        self.has_scales = False
        self.has_tasks = self.has("Task Statements")
        self._numbers: dict[str, str] = {}
        self._whole: dict[str, str] = {}
        self._months: dict[str, str] = {}
        self._defined: set[str] = set()

    def run(self, table: OnetTable, member: Member) -> None:
        """Read a table and write what its rows say."""
        rows = read_table(self.archive, member, table.layout, self.log, name=table.name)
        source = f"<{self.release.table(table.name)}>"
        import_rows(rows, lambda cells, _: table.map_row(cells, source), self.writer, self.log)

    def ratings(self, name: str) -> OnetTable:
        """Return a table of ratings of the usual layout."""
        from careerkg.importers.onet.ratings import ratings_table

        return ratings_table(self, name)

    def has(self, table: str) -> bool:
        """Tell whether the release has a table."""
        return self.archive.find(f"{table}.txt") is not None

    def require_task(self, identifier: str) -> None:
        """Raise BadTerm if Task Statements does not have a task, Skipped if the release lacks that table."""
        if identifier not in self.tasks:
            if not self.has_tasks:
                raise Skipped("about a task, and the release lacks Task Statements")
            raise BadTerm(f"the task {identifier!r} is not in Task Statements")

    # ---- Nodes ------------------------------------------------------------------------------

    def occupation(self, code: str) -> str:
        """Return the node of an occupation that the release lists. Raises BadTerm if it does not."""
        if code not in self.occupations:
            raise BadTerm(f"the occupation {code!r} is not in Occupation Data")
        return f"<{ID}onet-soc/{code}>"

    def element(self, identifier: str, name: str = "") -> str:
        """Return the node of an element of the content model. Raises BadTerm if there is none of that ID.

        Where a release comes without the content model, the tables that use an element name it.
        """
        if identifier not in self.elements:
            if self.has_content_model or not given(name) or _NAME.fullmatch(identifier) is None:
                raise BadTerm(f"the element {identifier!r} is not in the Content Model Reference")
            self.elements[identifier] = name
            self.writer.write(
                self.concept("onet-element", identifier, name, "onet-content-model")
                + f"{self.node('onet-element', identifier)} {skos('notation')} {literal(identifier)} .\n"
            )
        return f"<{ID}onet-element/{identifier}>"

    def activity(self, identifier: str) -> str:
        """Return the node of an intermediate or detailed activity: from 30.3 on, of the content model."""
        return self.node("onet-element" if identifier in self.elements else "onet-activity", identifier)

    def node(self, kind: str, identifier: str) -> str:
        """Return the node of a thing by kind and identifier. Raises BadTerm if that fits no IRI."""
        if _NAME.fullmatch(identifier) is None:
            raise BadTerm(f"{identifier!r} is not an identifier")
        return f"<{ID}{kind}/{identifier}>"

    def concept(self, kind: str, identifier: str, label: str, scheme: str) -> str:
        """Return the lines that make a node a concept of a scheme, with a label."""
        node, name = self.node(kind, identifier), text(label, "en")
        return (
            f"{node} {TYPE} {_CONCEPT} .\n"
            f"{node} {LABEL} {name} .\n"
            f"{node} {skos('prefLabel')} {name} .\n"
            f"{node} {skos('inScheme')} <{ID}scheme/{scheme}> .\n"
        )

    def scheme(self, name: str, title: str) -> str:
        """Return the lines that describe a concept scheme."""
        node = f"<{ID}scheme/{name}>"
        return (
            f"{node} {TYPE} {skos('ConceptScheme')} .\n"
            f"{node} <{DCTERMS.title}> {text(title, 'en')} .\n"
            f"{node} {LABEL} {text(title, 'en')} .\n"
        )

    def once(self, key: str, lines: str) -> str:
        """Return lines the first time that they are asked for by their key, nothing after that."""
        if key in self._defined:
            return ""
        self._defined.add(key)
        return lines

    def new(self, line: str) -> str:
        """Return a line that is not written yet. Raises Skipped if it is."""
        if line in self._defined:
            raise Skipped("a row that says the same as an earlier one")
        return self.once(line, line)

    def listed(self, kind: str, label: str, title: str) -> tuple[str, str]:
        """Return the node of a value of a short list (of sources of data, say) and what defines it, once."""
        slug = slugify(label)
        if not slug:
            raise BadTerm(f"{label!r} is not a value of the list: {title}")
        lines = self.once(f"scheme {kind}", self.scheme(kind, title))
        lines += self.once(f"{kind} {slug}", self.concept(kind, slug, label, kind))
        return f"<{ID}{kind}/{slug}>", lines

    def domain_source(self, label: str) -> tuple[str, str]:
        """Return who gave a value (incumbents, experts, analysts), and what defines it, once."""
        return self.listed("onet-domain-source", label, "Who gave a value of O*NET")

    def scale(self, identifier: str) -> str:
        """Return the node of a scale. Raises BadTerm if the release has a list of scales without it."""
        if identifier not in self.scales:
            if self.has_scales:
                raise BadTerm(f"the scale {identifier!r} is not in Scales Reference")
            node = self.node("onet-scale", identifier)
            self.writer.write(
                self.once("scale", self.scheme("onet-scale", "Rating scales of O*NET"))
                + self.once(
                    f"scale {identifier}", self.concept("onet-scale", identifier, identifier, "onet-scale")
                )
            )
            return node
        return f"<{ID}onet-scale/{identifier}>"

    def zone(self, zone: str, name: str) -> tuple[str, str]:
        """Return the node of a job zone, and what defines it, once."""
        scheme = f"onet-job-zone-{self.zones}"
        lines = self.once(scheme, self.scheme(scheme, f"O*NET job zones, {self.zones} of them"))
        identifier = f"{self.zones}-{zone}"
        node = self.node("onet-job-zone", identifier)
        return node, lines + self.once(
            f"zone {zone}",
            self.concept("onet-job-zone", identifier, name, scheme)
            + f"{node} {skos('notation')} {literal(zone)} .\n",
        )

    # ---- Values, of which many repeat -----------------------------------------------------------

    def number(self, cell: str) -> str:
        """Return a decimal number. Raises BadTerm if it is none."""
        known = self._numbers.get(cell)
        if known is None:
            known = self._numbers[cell] = decimal(cell)
        return known

    def whole(self, cell: str) -> str:
        """Return a whole number. Raises BadTerm if it is none."""
        known = self._whole.get(cell)
        if known is None:
            known = self._whole[cell] = integer(cell)
        return known

    def month(self, cell: str) -> str:
        """Return a month, which O*NET writes ``08/2023``. Raises BadTerm if it is none."""
        known = self._months.get(cell)
        if known is None:
            match = _DATE.fullmatch(cell)
            if match is None:
                raise BadTerm(f"{cell!r} is not a month like 08/2023")
            known = self._months[cell] = year_month(f"{match[2]}-{match[1]}")
        return known

    def collected(self, node: str, month: str, label: str) -> str:
        """Return the lines that say when, and from whom, what stands at a node was collected."""
        lines = f"{node} <{DCTERMS.date}> {self.month(month)} .\n" if given(month) else ""
        if given(label):
            value, definition = self.domain_source(label)
            lines += f"{definition}{node} {ckg('collectedFrom')} {value} .\n"
        return lines

    def from_table(self, node: str, source: str) -> str:
        """Return the line that says from which table a thing comes."""
        return f"{node} {SOURCE_OF} {source} .\n"
