"""What the tables of an ESCO release share: known concepts, cleaned labels, notes on what is dirty."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, TypeAlias

from careerkg.importers.archive import Archive
from careerkg.importers.log import Log
from careerkg.importers.release import Release
from careerkg.importers.triples import (
    LABEL,
    SOURCE_OF,
    BadTerm,
    TripleWriter,
    iri,
    literal,
    skos,
    text,
)
from careerkg.vocabulary import DCTERMS, OWL, PREFIXES, XSD

__all__ = ["ESCO", "Context", "Kind", "esco", "listed"]

ESCO = "http://data.europa.eu/esco/"
Kind: TypeAlias = Literal["scheme", "ISCO group", "skill group", "occupation", "skill"]

_ALT, _PREF, _HIDDEN = skos("altLabel"), skos("prefLabel"), skos("hiddenLabel")
_IN_SCHEME, _NOTATION = skos("inScheme"), skos("notation")
_MODIFIED = f"<{DCTERMS.modified}>"
_DEPRECATED = f'<{OWL.deprecated}> "true"^^<{XSD.boolean}>'
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
_UNTIDY = re.compile(r"[\t\xa0\u2007\u202f]")
_ENDS = re.compile(r"^\s|\s$")


def esco(name: str) -> str:
    """Return a term of the ESCO model as N-Triples text."""
    return f"<{PREFIXES['esco']}{name}>"


def listed(cell: str) -> Iterator[str]:
    """Yield the values of a cell that holds a list: separated by line ends (and commas), or by bars."""
    for part in re.split(r",?\s*\n|\s\|\s", cell):
        if part.strip():
            yield part.strip().removesuffix(",")


class Context:
    """One import of a release: what is known of its concepts so far."""

    def __init__(self, archive: Archive, release: Release, writer: TripleWriter, log: Log) -> None:
        self.archive, self.release, self.writer, self.log = archive, release, writer, log
        self.kinds: dict[str, Kind] = {}
        """What each concept is, by its URI, once its table is read."""
        self.present: set[Kind] = set()
        """The kinds of which there is a table."""
        self.broader: dict[str, set[str]] = {}
        """The broader concepts of each, by URI."""
        self.related: dict[tuple[str, str], str] = {}
        """The kind of each relation between an occupation or a skill and a skill."""
        self.members: set[tuple[str, str]] = set()
        """Pairs of a concept and a scheme that are written."""
        self.place = ""
        self._nodes: dict[str, str] = {}
        self._names: set[tuple[Kind, str, str]] = set()
        self._seen: set[tuple[str, str]] = set()

    def warn(self, line: int, note: str) -> None:
        """Note something about the table that is being read."""
        self.log.warn(self.place, line, note)

    def node(self, uri: str) -> str:
        """Return a concept as N-Triples text. Raises BadTerm if its URI is none."""
        known = self._nodes.get(uri)
        if known is None:
            known = self._nodes[uri] = iri(uri)
        return known

    def define(self, uri: str, kind: Kind, language: str) -> tuple[str, bool]:
        """Return a concept's node, and whether this is the first row (of any language) that describes it.

        Raises BadTerm if its URI is none, if it was of another kind, or if it stands twice in a language.
        """
        node = self.node(uri)
        first = uri not in self.kinds
        if not first and self.kinds[uri] != kind:
            raise BadTerm(f"{uri} is {_article(self.kinds[uri])} and cannot be {_article(kind)}, too")
        if (uri, language) in self._seen:
            raise BadTerm(f"{uri} is described twice in the language {language!r}")
        self._seen.add((uri, language))
        self.kinds[uri] = kind
        self.present.add(kind)
        return node, first

    def reference(self, uri: str, kinds: tuple[Kind, ...], line: int) -> str:
        """Return a concept that a row refers to. Raises BadTerm if it is of another kind.

        One that the release does not describe is kept, for another release may, and noted.
        """
        kind = self.kinds.get(uri)
        if kind is None:
            node = self.node(uri)
            if not self.present.isdisjoint(kinds):
                self.warn(line, f"{uri} is no {' or '.join(kinds)} that the release describes")
            return node
        if kind not in kinds:
            raise BadTerm(f"{uri} is {_article(kind)}, not {' or '.join(map(_article, kinds))}")
        return self._nodes[uri]

    # ---- What concepts have in common -----------------------------------------------------------

    def facts(
        self, uri: str, *, source: str, schemes: str, code: str, status: str, modified: str, line: int
    ) -> str:
        """Return the lines of a concept that do not depend on a language."""
        node = self.node(uri)
        lines = [f"{node} {SOURCE_OF} {source} .\n"]
        lines.extend(self.membership(uri, scheme) for scheme in listed(schemes))
        if code.strip():
            lines.append(f"{node} {_NOTATION} {literal(code.strip())} .\n")
        if modified.strip():
            time = modified.strip().replace(" ", "T", 1)
            if _TIME.fullmatch(time) is None:
                self.warn(line, f"{modified!r} is not a date and time")
            else:
                lines.append(f"{node} {_MODIFIED} {literal(time, XSD.dateTime)} .\n")
        if status.strip().casefold() not in ("", "released"):
            self.warn(line, f"the status is {status.strip()!r}, not released")
            if status.strip().casefold() in ("obsolete", "deprecated"):
                lines.append(f"{node} {_DEPRECATED} .\n")
        return "".join(lines)

    def membership(self, uri: str, scheme: str) -> str:
        """Return the line that puts a concept into a scheme, unless it is in it already."""
        if (uri, scheme) in self.members:
            return ""
        self.members.add((uri, scheme))
        return f"{self.node(uri)} {_IN_SCHEME} {self.node(scheme)} .\n"

    def broader_than(self, uri: str, broader: str) -> str:
        """Return the line that puts a concept below a broader one, unless it is there already."""
        above = self.broader.setdefault(uri, set())
        if broader in above:
            return ""
        above.add(broader)
        return f"{self.node(uri)} {skos('broader')} {self.node(broader)} .\n"

    def names(self, uri: str, preferred: str, alternative: str, hidden: str, language: str, line: int) -> str:
        """Return the lines of a concept's labels. Raises BadTerm if it has no preferred one.

        By SKOS (S13), a label is preferred, alternative or hidden, not two of these.
        """
        node = self._nodes[uri]
        name = self._clean(preferred, line)
        if not name:
            raise BadTerm("the preferred label is missing")
        key = (self.kinds[uri], language, name)
        if key in self._names:
            self.warn(line, "preferred labels that another concept of the same kind has, too")
        self._names.add(key)
        label = text(name, language)
        lines = [f"{node} {LABEL} {label} .\n{node} {_PREF} {label} .\n"]
        used = {name}
        for cell, relation, what in ((alternative, _ALT, "alternative"), (hidden, _HIDDEN, "hidden")):
            if not cell:
                continue
            own: set[str] = set()
            for part in cell.split("\n"):
                other = self._clean(part, line)
                if not other:
                    continue
                if other in own:
                    self.warn(line, f"{what} labels that a concept has twice, written once")
                elif other in used:
                    self.warn(line, f"{what} labels that repeat another label of the concept, left out")
                else:
                    lines.append(f"{node} {relation} {text(other, language)} .\n")
                own.add(other)
            used |= own
        return "".join(lines)

    def note(self, node: str, relation: str, cell: str, language: str) -> str:
        """Return the line of a text, if there is one."""
        return f"{node} {relation} {text(cell, language)} .\n" if cell.strip() else ""

    def _clean(self, label: str, line: int) -> str:
        """Return a label with single spaces between its words."""
        plain = " ".join(label.split())
        if plain == label:
            return plain
        if _UNTIDY.search(label) is not None:
            self.warn(line, "labels with tabs or no-break spaces, written with plain spaces")
        elif plain and _ENDS.search(label.strip("\r")) is not None:
            self.warn(line, "labels with white space at their ends, which is dropped")
        return plain


def _article(kind: Kind) -> str:
    """Return a kind with its article."""
    return f"an {kind}" if kind[0] in "Io" else f"a {kind}"
