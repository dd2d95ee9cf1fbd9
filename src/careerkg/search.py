"""Full-text search over labels, other names, codes and definitions, in all languages that are loaded.

SQLite's FTS5 (BM25 ranking, English stemming, accents folded); words that occur nowhere are replaced by the
nearest ones that do, so that a slip of the pen still finds something. An index is made when it is first
asked: in memory, or for a store on disk that imports write to in a file beside it, which lasts until the
store changes.
"""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pyoxigraph as ox

from careerkg.errors import InvalidArgument
from careerkg.store import EmbeddedStore, Store
from careerkg.vocabulary import CKG, DCTERMS, RDF, RDFS, SKOS, local_name

__all__ = ["Hit", "Index", "build_index", "open_index"]

_NAMES = (RDFS.label, SKOS.prefLabel, DCTERMS.title)
_OTHER_NAMES = (SKOS.altLabel, SKOS.hiddenLabel, CKG.abbreviation, SKOS.notation, CKG.ctid)
_TEXTS = (SKOS.definition, RDFS.comment, SKOS.scopeNote, DCTERMS.description)
_WEIGHTS = (10.0, 8.0, 1.0)
"""How much a word counts in the name, in other names, in a text."""

# Work comes first, then what leads to it; what is said about these, and who says it, comes last.
_FACTORS = {"Occupation": 1.5, "Role": 1.5} | dict.fromkeys(
    ("Claim", "Cost", "Requirement", "Renewal", "Succession", "Trend", "Distribution", "Source", "Concept"),
    0.4,
)
_STATEMENTS = ("Observation", "Condition", "AllOf", "AnyOf", "AtLeast")
_CANDIDATES = 200
"""How many of the best by BM25 are ranked anew by name and kind, besides those whose name is exact."""

_COMMON = 2_000
"""A word that more things have says little, where not all words need to match."""

_UNNAMED = frozenset({"RatingObservation", "OccupationRelation", "Mapping"})
"""Classes that imports fill by the hundred thousand and that nobody looks for by name."""

_WORD = re.compile(r"\w+")


class Hit(NamedTuple):
    """Something a search found; a higher ``score`` is a better match."""

    id: str
    label: str
    kind: str
    score: float
    matched: str


class Index:
    """A full-text index of one state of a store."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        # One connection, made by the thread that asks first and used by all: one at a time.
        self._lock = threading.RLock()

    def kinds(self) -> list[str]:
        """Return the classes, by local name, that something here is of, itself or by a subclass of it."""
        with self._lock:
            rows = self._database.execute(
                "WITH RECURSIVE above(name) AS (SELECT DISTINCT kind FROM thing UNION "
                "SELECT class.above FROM class JOIN above ON class.name = above.name) "
                "SELECT name FROM above ORDER BY name COLLATE NOCASE"
            ).fetchall()
        return [name for (name,) in rows]

    def search(self, text: str, *, kind: str | None = None, limit: int = 20) -> list[Hit]:
        """Return what matches best, the best first: what has all the words, then what has any of them.

        ``kind`` is the local name of a class, in any case; things of its subclasses match, too.
        Raises InvalidArgument for what is no class of the data or the vocabulary.
        """
        with self._lock:
            return self._search(text, kind, limit)

    def _search(self, text: str, kind: str | None, limit: int) -> list[Hit]:
        """Return what matches best, as :meth:`search` says."""
        kinds = None
        if kind is not None:
            name = local_name(kind)
            kinds = self._narrower(name)
            if not self._known(name):
                raise InvalidArgument("kind", kind, self.kinds())
        words = [word.lower() for word in _WORD.findall(text)]
        if not words or limit < 1:
            return []
        patterns = list(dict.fromkeys(self._pattern(word) for word in words))
        found: dict[str, Hit] = {}
        for hit in self._matches(" AND ".join(patterns), text, kinds, max(limit, _CANDIDATES)):
            found.setdefault(hit.id, hit)
        if len(found) < limit and len(patterns) > 1:
            for hit in self._matches(
                " OR ".join(self._telling(patterns)), text, kinds, max(limit, _CANDIDATES)
            ):
                found.setdefault(hit.id, hit)
        return list(found.values())[:limit]

    def _matches(self, expression: str, text: str, kinds: list[str] | None, limit: int) -> list[Hit]:
        """Return the matches of an FTS5 expression, exact names first, then by BM25."""
        folded = " ".join(text.lower().split())
        among = "" if kinds is None else f"WHERE kind COLLATE NOCASE IN ({', '.join('?' * len(kinds))})"
        # Without a class in view only the best are looked up; with one, all must be.
        best = "" if kinds is not None else f" ORDER BY score DESC, rowid LIMIT {limit}"
        rows = self._database.execute(
            "SELECT iri, names, kind, score FROM ("
            f"SELECT rowid AS row, -bm25(entity, {', '.join(map(str, _WEIGHTS))}) AS score FROM entity "
            f"WHERE entity MATCH ?{best}) JOIN thing USING (row) {among} ORDER BY score DESC, row LIMIT ?",
            (expression, *(kinds or ()), limit),
        ).fetchall()
        exact = self._database.execute(
            "SELECT iri, names, kind, 0.0 FROM exact JOIN thing USING (row) "
            f"{among or 'WHERE true'} AND folded = ? LIMIT ?",
            (*(kinds or ()), folded, limit),
        ).fetchall()
        hits: dict[str, Hit] = {}
        for iri, lines, kind, relevance in (*rows, *exact):
            names = lines.split("\n")
            begun = [name for name in names if name.lower().startswith(folded)]
            # An exact name beats whatever else holds the words, and the beginning of one comes next.
            bonus = 100.0 if any(name.lower() == folded for name in begun) else 20.0 if begun else 0.0
            factor = _FACTORS.get(kind, 0.4 if kind.endswith(_STATEMENTS) else 1.0)
            score = round((relevance + bonus) * factor, 4)
            hits.setdefault(iri, Hit(iri, names[0], kind, score, begun[0] if begun else names[0]))
        return sorted(hits.values(), key=lambda hit: (-hit.score, hit.label, hit.id))

    def _pattern(self, word: str) -> str:
        """Return the FTS5 pattern of a word that occurs; of the words that it begins; of the nearest one."""
        for pattern in (f'"{word}"', f'"{word}"*'):
            if self._database.execute(
                "SELECT 1 FROM entity WHERE entity MATCH ? LIMIT 1", (pattern,)
            ).fetchone():
                return pattern
        from difflib import get_close_matches

        # The first letter is seldom wrong, and comparing with every word of a large store takes too long.
        known = [
            term
            for (term,) in self._database.execute(
                "SELECT term FROM word WHERE term >= ? AND term < ? AND length(term) BETWEEN ? AND ?",
                (word[0], chr(ord(word[0]) + 1), len(word) - 3, len(word) + 2),
            )
        ]
        near = get_close_matches(word, known, n=1, cutoff=0.7)
        return f'"{near[0]}"*' if near else pattern

    def _telling(self, patterns: list[str]) -> list[str]:
        """Return the patterns that tell things apart: of rare words, or the rarest if all are common."""
        count = "SELECT count(*) FROM (SELECT 1 FROM entity WHERE entity MATCH ? LIMIT ?)"
        numbers = [
            self._database.execute(count, (pattern, _COMMON + 1)).fetchone()[0] for pattern in patterns
        ]
        rare = [pattern for pattern, number in zip(patterns, numbers, strict=True) if number <= _COMMON]
        return rare or [patterns[numbers.index(min(numbers))]]

    def _known(self, kind: str) -> bool:
        """Tell whether something is of a class, or the vocabulary has it."""
        row = self._database.execute(
            "SELECT 1 FROM class WHERE name = ?1 COLLATE NOCASE OR above = ?1 COLLATE NOCASE "
            "UNION SELECT 1 FROM thing WHERE kind = ?1 COLLATE NOCASE LIMIT 1",
            (kind,),
        ).fetchone()
        return row is not None

    def _narrower(self, kind: str) -> list[str]:
        """Return the local names of a class and its subclasses."""
        rows = self._database.execute(
            "WITH RECURSIVE below(name) AS (SELECT ?1 UNION SELECT class.name FROM class "
            "JOIN below ON class.above = below.name COLLATE NOCASE) "
            "SELECT name FROM below",
            (kind,),
        )
        return [name for (name,) in rows]


def open_index(store: Store) -> Index:
    """Return the index of a store: the one beside it if that is up to date, else a new one."""
    path = None if not isinstance(store, EmbeddedStore) else store.beside("search.sqlite")
    if path is None:
        return Index(_made(store, ":memory:"))
    if not path.is_file():
        partial = path.with_name(f"{path.name}.partial")
        try:
            build_index(store, partial)
            partial.replace(path)
        except (OSError, sqlite3.Error):  # a folder that may not be written
            with suppress(OSError):
                partial.unlink()
            return Index(_made(store, ":memory:"))
    address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    return Index(sqlite3.connect(address, uri=True, check_same_thread=False))


def build_index(store: Store, path: Path) -> None:
    """Write the index of a store to a file that does not exist yet. Raises OSError or sqlite3.Error."""
    path.unlink(missing_ok=True)
    _made(store, str(path)).close()


def _made(store: Store, name: str) -> sqlite3.Connection:
    """Return a new database with the index of a store."""
    database = sqlite3.connect(name, check_same_thread=False)
    database.executescript(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
        "CREATE VIRTUAL TABLE entity USING fts5(name, other, text, content = '', "
        "tokenize = 'porter unicode61 remove_diacritics 2', prefix = '2 3');"
        "CREATE TABLE thing (row INTEGER PRIMARY KEY, iri TEXT, names TEXT, kind TEXT);"
        "CREATE TABLE exact (folded TEXT, row INTEGER);"
        "CREATE TABLE class (name TEXT, above TEXT);"
    )
    things: list[tuple[int, str, str, str]] = []
    exact: list[tuple[str, int]] = []

    def documents() -> Iterator[tuple[int, str, str, str]]:
        for row, (names, text, iri, kind) in enumerate(_documents(store), 1):
            lines = "\n".join(names)
            things.append((row, iri, lines, kind))
            exact.extend((one, row) for one in dict.fromkeys(lines.lower().split("\n")))
            yield row, names[0], "\n".join(names[1:]), text

    database.executemany("INSERT INTO entity (rowid, name, other, text) VALUES (?, ?, ?, ?)", documents())
    database.executemany("INSERT INTO thing VALUES (?, ?, ?, ?)", things)
    database.executemany("INSERT INTO exact VALUES (?, ?)", exact)
    database.executemany(
        "INSERT INTO class VALUES (?, ?)",
        [
            (local_name(quad.subject.value), local_name(quad.object.value))
            for quad in store.quads(None, ox.NamedNode(RDFS.subClassOf), None, ox.DefaultGraph())
            if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode)
        ],
    )
    database.execute("CREATE INDEX exact_name ON exact (folded)")
    database.execute("CREATE VIRTUAL TABLE word USING fts5vocab(entity, row)")
    database.commit()
    return database


def _documents(store: Store) -> Iterator[tuple[list[str], str, str, str]]:
    """Yield names, text, IRI and class of each thing that has a name and is no term of the vocabulary."""
    names, others, texts = (_literals(store, properties) for properties in (_NAMES, _OTHER_NAMES, _TEXTS))
    kinds = _kinds(store)
    ontology = str(CKG)
    for iri in sorted(names.keys() | others.keys()):
        kind = kinds.get(iri, "Thing")
        if kind not in _UNNAMED and not iri.startswith(ontology):
            yield [*names.get(iri, ()), *others.get(iri, ())], "\n".join(texts.get(iri, ())), iri, kind


def _kinds(store: Store) -> dict[str, str]:
    """Return the local name of the most specific class of each thing, ours before others'."""
    above: dict[str, set[str]] = {}
    for quad in store.quads(None, ox.NamedNode(RDFS.subClassOf), None, ox.DefaultGraph()):
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode):
            above.setdefault(quad.subject.value, set()).add(quad.object.value)
    found: dict[str, str | set[str]] = {}
    for iri, kind in _values(store, RDF.type):
        before = found.setdefault(iri, kind.value)
        if before != kind.value:
            found[iri] = {kind.value} | ({before} if isinstance(before, str) else before)
    local: dict[str, str] = {}

    def name_of(types: str | set[str]) -> str:
        if isinstance(types, str):
            return local.get(types) or local.setdefault(types, local_name(types))
        most = types - {wider for one in types for wider in above.get(one, ())}
        ours = {one for one in most if one.startswith(str(CKG))}
        return min(map(local_name, ours or most or types))

    return {iri: name_of(types) for iri, types in found.items()}


def _literals(store: Store, properties: Iterable[str]) -> dict[str, list[str]]:
    """Return the texts that things have for the properties, English first."""
    english: dict[str, list[str]] = {}
    foreign: dict[str, list[str]] = {}
    for property_ in properties:
        for iri, value in _values(store, property_):
            if isinstance(value, ox.Literal):
                texts = english if value.language in (None, "en") else foreign
                texts.setdefault(iri, []).append(value.value)
    for iri, more in foreign.items():
        english.setdefault(iri, []).extend(sorted(more))
    return english


def _values(store: Store, property_: str) -> Iterator[tuple[str, Any]]:
    """Yield the IRI and value of each thing that has a property."""
    for quad in store.quads(None, ox.NamedNode(property_), None, ox.DefaultGraph()):
        if isinstance(quad.subject, ox.NamedNode):
            yield quad.subject.value, quad.object
