"""Full-text search over labels, other names, codes and definitions, in all languages that are loaded.

SQLite's FTS5 (BM25 ranking, English stemming, accents folded); words that occur nowhere, or hardly anywhere,
are joined by the nearest ones that do, so that a slip of the pen still finds something. An index is made when
it is first asked: in memory, or for a store on disk that imports write to in a file beside it, which lasts
until the store changes.
"""

from __future__ import annotations

import os
import re
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pyoxigraph as ox

from careerkg.errors import InvalidArgument
from careerkg.names import nearest
from careerkg.spelling import distance, other_number
from careerkg.store import EmbeddedStore, Store
from careerkg.vocabulary import CKG, DCTERMS, RDF, RDFS, SKOS, local_name

__all__ = ["Hit", "Index", "build_index", "existing_index", "open_index"]

_NAMES = (RDFS.label, SKOS.prefLabel, DCTERMS.title)
_SIGNS = (CKG.abbreviation, SKOS.notation)
"""These are a thing's own, as its names are; it may share its other names with many."""
_OTHER_NAMES = (SKOS.altLabel, SKOS.hiddenLabel, CKG.ctid)
_TEXTS = (SKOS.definition, RDFS.comment, SKOS.scopeNote, DCTERMS.description)
_WEIGHTS = (10.0, 8.0, 1.0)
"""How much a word counts in the name, in other names, in a text."""

# Work comes first, then what leads to it; what is said about these, and who says it, comes last.
_FACTORS = {"Occupation": 1.5, "Role": 1.5} | dict.fromkeys(
    ("Claim", "Cost", "Requirement", "Renewal", "Succession", "Trend", "Distribution", "Source", "Concept"),
    0.4,
)
_STATEMENTS = ("Observation", "Condition", "AllOf", "AnyOf", "AtLeast")

_OWN, _PLURAL, _OTHER, _SLIP, _BEGUN, _WITHIN = 100.0, 80.0, 60.0, 50.0, 20.0, 8.0
"""What it is worth to be just what was asked for: a name of its own, that in another number, another name, or
one that is a slip of the pen away; to have a name that begins so, or that has the words as written."""
_SHORTENED = 0.8
"""What a name is worth that is all of the question but its function words."""
_ANY = 0.6
"""What the words are worth where some of them are missing."""
_FUNCTION_WORDS = frozenset(
    (
        *("a", "about", "and", "are", "as", "at", "be", "become", "becoming", "by", "can", "career"),
        *("careers", "do", "for", "from", "get", "how", "i", "in", "is", "job", "jobs", "me", "my", "of"),
        *("on", "or", "that", "the", "to", "want", "what", "which", "who", "with", "would"),
    )
)
"""They tell nothing apart, and questions are full of them."""
_FORMAT = 2
"""The version of the layout of an index; one of another is made anew."""
_CANDIDATES = 200
"""How many of the best by BM25 are ranked anew by name and kind, besides those whose name is exact."""

_COMMON = 2_000
"""A word that more things have says little, where not all words need to match."""

_LARGE = 20_000
"""From so many things on, an index finds a name much sooner than the store, which reads all names."""

_COMPARED = 50_000
"""At most so many names are compared with one that nothing bears."""

_UNNAMED = frozenset({"RatingObservation", "OccupationRelation", "Mapping"})
"""Classes that imports fill by the hundred thousand and that nobody looks for by name."""

_SLIPS = 3
"""A word that no more things have may be a slip of the pen."""

_WORD = re.compile(r"\w+")
_TOKENS = "tokenize = 'porter unicode61 remove_diacritics 2'"


class Hit(NamedTuple):
    """Something a search found; a higher ``score`` is a better match."""

    id: str
    label: str
    kind: str
    score: float
    matched: str


class _Pattern(NamedTuple):
    """What FTS5 is asked for a word, and whether that is a guess at what was meant."""

    expression: str
    is_guess: bool = False


class _Question(NamedTuple):
    """What is searched: the words as they were written, and without function words; of which classes.

    ``candidates`` says how many are ranked; ``is_guess`` whether a word was taken for a slip of the pen.
    """

    phrases: list[str]
    kinds: list[str] | None
    candidates: int
    is_guess: bool


class Index:
    """A full-text index of one state of a store."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        # To ask the tokenizer for the stem of a word.
        self._stems = sqlite3.connect(":memory:", check_same_thread=False)
        self._stems.executescript(
            f"CREATE VIRTUAL TABLE stem USING fts5(word, {_TOKENS});"
            "CREATE VIRTUAL TABLE stems USING fts5vocab(stem, row);"
        )
        for connection in (self._database, self._stems):
            weakref.finalize(self, connection.close)  # Python 3.13 warns of one that is just dropped
        # One connection, made by the thread that asks first and used by all: one at a time.
        self._lock = threading.RLock()

    @property
    def is_large(self) -> bool:
        """Whether there are so many things that their names are better looked up here than in the store."""
        with self._lock:
            row = self._database.execute("SELECT 1 FROM thing WHERE row > ? LIMIT 1", (_LARGE,)).fetchone()
        return row is not None

    def named(self, text: str) -> set[str]:
        """Return what bears a text as label, other name or code, in any case."""
        with self._lock:
            rows = self._database.execute(
                "SELECT iri FROM exact JOIN thing USING (row) WHERE folded = ?", (text.lower(),)
            ).fetchall()
        return {iri for (iri,) in rows}

    def suggested(self, text: str) -> list[str]:
        """Return what has a name like a text, the most alike first, and what has its words."""
        folded = text.lower().replace("-", " ")
        begin = folded[:2]
        with self._lock:
            # Names are compared one by one, so only those that begin alike.
            rows = self._database.execute(
                "SELECT folded, iri FROM exact JOIN thing USING (row) "
                "WHERE folded >= ? AND folded < ? ORDER BY folded, row LIMIT ?",
                (begin, f"{begin}\U0010ffff", _COMPARED),
            ).fetchall()
        bearers = dict(reversed(rows))
        alike = [bearers[name] for name in nearest(folded, bearers, 6)]
        words = [hit.id for hit in self.search(text, limit=3)]
        return list(dict.fromkeys((*alike[:2], *words, *alike)))

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

    def complete(self, text: str, *, kind: str | None = None, limit: int = 20) -> list[Hit]:
        """Return what matches words of which the last may be just begun, the best first: for whoever types.

        ``kind`` and what is raised are those of :meth:`search`.
        """
        with self._lock:
            return self._search(text, kind, limit, last=_begun)

    def _search(
        self, text: str, kind: str | None, limit: int, last: Callable[[str], _Pattern] | None = None
    ) -> list[Hit]:
        """Return what matches best, as :meth:`search` says; ``last`` makes the pattern of the last word."""
        kinds = None
        if kind is not None:
            name = local_name(kind)
            kinds = self._narrower(name)
            if not self._known(name):
                raise InvalidArgument("kind", kind, self.kinds())
        words = list(dict.fromkeys(word.lower() for word in _WORD.findall(text)))
        if not words or limit < 1:
            return []
        words = [word for word in words if word not in _FUNCTION_WORDS] or words
        text = " ".join(text.lower().split())
        phrases = list(dict.fromkeys((text, " ".join(words))))
        read = [self._pattern(word) for word in words]
        if last is not None and not read[-1].is_guess:
            read[-1] = last(words[-1])
        patterns = list(dict.fromkeys(each.expression for each in read))
        asked = _Question(phrases, kinds, max(limit, _CANDIDATES), any(each.is_guess for each in read))
        found = self._matches(" AND ".join(patterns), asked, 1.0)
        if len(patterns) > 1 and len(found) < asked.candidates:
            # What has all words is not always better than what has the telling ones in its name.
            for iri, hit in self._matches(" OR ".join(self._telling(patterns)), asked, _ANY).items():
                found.setdefault(iri, hit)
        return sorted(found.values(), key=lambda hit: (-hit.score, hit.label, hit.id))[:limit]

    def _matches(self, expression: str, asked: _Question, worth: float) -> dict[str, Hit]:
        """Return the best matches of an FTS5 expression by IRI, and whatever has a phrase as its name."""
        phrases, kinds, limit, _ = asked
        among = "" if kinds is None else f"WHERE kind COLLATE NOCASE IN ({', '.join('?' * len(kinds))})"
        # Without a class in view only the best are looked up; with one, all must be.
        best = "" if kinds is not None else f" ORDER BY score DESC, rowid LIMIT {limit}"
        rows = self._database.execute(
            "SELECT iri, names, own, kind, score FROM ("
            f"SELECT rowid AS row, -bm25(entity, {', '.join(map(str, _WEIGHTS))}) AS score FROM entity "
            f"WHERE entity MATCH ?{best}) JOIN thing USING (row) {among} ORDER BY score DESC, row LIMIT ?",
            (expression, *(kinds or ()), limit),
        ).fetchall()
        wanted = [each for phrase in phrases for each in (phrase, other_number(phrase))]
        exact = self._database.execute(
            "SELECT iri, names, own, kind, 0.0 FROM exact JOIN thing USING (row) "
            f"{among or 'WHERE true'} AND folded IN ({', '.join('?' * len(wanted))}) LIMIT ?",
            (*(kinds or ()), *wanted, limit),
        ).fetchall()
        hits: dict[str, Hit] = {}
        for iri, lines, own, kind, relevance in (*rows, *exact):
            names = lines.split("\n")
            bonus, matched = _bonus(names, own, phrases[0], asked.is_guess)
            if len(phrases) > 1:
                shorter, name = _bonus(names, own, phrases[1], asked.is_guess)
                if shorter * _SHORTENED > bonus:
                    bonus, matched = shorter * _SHORTENED, name
            factor = _FACTORS.get(kind, 0.4 if kind.endswith(_STATEMENTS) else 1.0)
            score = round((relevance * worth + bonus) * factor, 4)
            hits.setdefault(iri, Hit(iri, names[0], kind, score, matched))
        return hits

    def _pattern(self, word: str) -> _Pattern:
        """Return the FTS5 pattern of a word, of the words that it begins, or of the nearest ones."""
        for pattern in (f'"{word}"', f'"{word}"*'):
            number = self._database.execute(
                "SELECT count(*) FROM (SELECT 1 FROM entity WHERE entity MATCH ? LIMIT ?)",
                (pattern, _SLIPS + 1),
            ).fetchone()[0]
            if number > _SLIPS or (number and not word.isalpha()):
                return _Pattern(pattern)
            if number:
                # Publishers make slips, too: a word that hardly occurs may be one.
                near = self._nearest(word, at_least=number * 5, most=1)
                return _Pattern(pattern) if near is None else _Pattern(f'("{word}"* OR "{near}"*)', True)
        near = self._nearest(word, at_least=1, most=2)
        return _Pattern(pattern) if near is None else _Pattern(f'"{near}"*', True)

    def _nearest(self, word: str, *, at_least: int, most: int) -> str | None:
        """Return the stem nearest to that of a word, among those of so many things; None if none is near.

        Not more than ``most`` letters away, or one if the word is short; of two equally near, the one that
        more things have.
        """
        self._stems.execute("DELETE FROM stem")
        self._stems.execute("INSERT INTO stem VALUES (?)", (word,))
        found = self._stems.execute("SELECT term FROM stems").fetchone()
        if found is None or len(found[0]) < 4:
            return None
        (stem,) = found
        most = min(most, 1 if len(stem) < 6 else 2)
        # The first letter is seldom wrong, and comparing with every word of a large store takes too long.
        query = "SELECT term, doc FROM word WHERE term >= ? AND term < ? AND doc >= ?"
        known = self._database.execute(query, (stem[0], chr(ord(stem[0]) + 1), at_least))
        near = (
            (away, -number, term)
            for term, number in known
            if term != stem
            and abs(len(term) - len(stem)) <= most
            and (away := distance(stem, term, most)) <= most
        )
        return min(near, default=(0, 0, None))[2]

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
            "SELECT 1 FROM class WHERE name = :kind COLLATE NOCASE OR above = :kind COLLATE NOCASE "
            "UNION SELECT 1 FROM thing WHERE kind = :kind COLLATE NOCASE LIMIT 1",
            {"kind": kind},
        ).fetchone()
        return row is not None

    def _narrower(self, kind: str) -> list[str]:
        """Return the local names of a class and its subclasses."""
        rows = self._database.execute(
            "WITH RECURSIVE below(name) AS (SELECT :kind UNION SELECT class.name FROM class "
            "JOIN below ON class.above = below.name COLLATE NOCASE) "
            "SELECT name FROM below",
            {"kind": kind},
        )
        return [name for (name,) in rows]


def _bonus(names: list[str], own: int, phrase: str, is_guess: bool) -> tuple[float, str]:
    """Return what the best of a thing's names, of which so many are its own, is worth, and that name.

    If a word was taken for a slip of the pen, names may be one or two away.
    """
    best, matched = 0.0, names[0]
    plural, length = other_number(phrase), len(phrase)
    slips = 0 if not is_guess or length < 5 else 1 if length < 8 else 2
    for number, name in enumerate(names):
        lower = name.lower()
        if lower == phrase:
            worth = _OWN if number < own else _OTHER
        elif lower == plural:
            worth = _PLURAL if number < own else _OTHER - _BEGUN
        elif lower.startswith(phrase):
            worth = _BEGUN
        elif slips and abs(len(lower) - length) <= slips and distance(phrase, lower, slips) <= slips:
            worth = _SLIP if number < own else _SLIP - _BEGUN
        elif phrase in lower and re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", lower):
            worth = _WITHIN * 2 if number < own else _WITHIN
        else:
            continue
        if worth > best:
            best, matched = worth, name
    return best, matched


def _begun(word: str) -> _Pattern:
    """Return the pattern of a word, or of what it begins."""
    return _Pattern(f'("{word}" OR "{word}"*)')


def open_index(store: Store) -> Index:
    """Return the index of a store: the one beside it if that is up to date, else a new one."""
    path = _place(store)
    if path is None:
        return Index(_made(store, ":memory:"))
    if not _is_current(path):
        # Of its own name: two processes may make the index at once.
        partial = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.partial")
        try:
            build_index(store, partial)
            partial.replace(path)
        except (OSError, sqlite3.Error):  # a folder that may not be written
            with suppress(OSError):
                partial.unlink()
            return Index(_made(store, ":memory:"))
    return _read(path)


def existing_index(store: Store) -> Index | None:
    """Return the index that lies beside a store if it is up to date; none is made."""
    path = _place(store)
    return None if path is None or not _is_current(path) else _read(path)


def _place(store: Store) -> Path | None:
    """Return where the index of a store lies, or would; None if it is in memory only."""
    return store.beside("search.sqlite") if isinstance(store, EmbeddedStore) else None


def _read(path: Path) -> Index:
    """Return the index in a file."""
    address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    return Index(sqlite3.connect(address, uri=True, check_same_thread=False))


def _is_current(path: Path) -> bool:
    """Tell whether there is an index at a path that this version can ask."""
    if not path.is_file():
        return False
    try:
        database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            return bool(database.execute("PRAGMA user_version").fetchone()[0] == _FORMAT)
        finally:
            database.close()
    except sqlite3.Error:
        return False


def build_index(store: Store, path: Path) -> None:
    """Write the index of a store to a file that does not exist yet. Raises OSError or sqlite3.Error."""
    path.unlink(missing_ok=True)
    _made(store, str(path)).close()


def _made(store: Store, name: str) -> sqlite3.Connection:
    """Return a new database with the index of a store."""
    database = sqlite3.connect(name, check_same_thread=False)
    try:
        _fill(database, store)
    except BaseException:
        database.close()
        raise
    return database


def _fill(database: sqlite3.Connection, store: Store) -> None:
    """Write the index of a store into a database."""
    database.executescript(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
        "CREATE VIRTUAL TABLE entity USING fts5(name, other, text, content = '', "
        f"{_TOKENS}, prefix = '2 3');"
        "CREATE TABLE thing (row INTEGER PRIMARY KEY, iri TEXT, names TEXT, own INTEGER, kind TEXT);"
        "CREATE TABLE exact (folded TEXT, row INTEGER);"
        "CREATE TABLE class (name TEXT, above TEXT);"
    )
    things: list[tuple[int, str, str, int, str]] = []
    exact: list[tuple[str, int]] = []

    def documents() -> Iterator[tuple[int, str, str, str]]:
        for row, (names, own, text, iri, kind) in enumerate(_documents(store), 1):
            lines = "\n".join(names)
            things.append((row, iri, lines, own, kind))
            exact.extend((one, row) for one in dict.fromkeys(lines.lower().split("\n")))
            yield row, names[0], "\n".join(names[1:]), text

    database.executemany("INSERT INTO entity (rowid, name, other, text) VALUES (?, ?, ?, ?)", documents())
    database.executemany("INSERT INTO thing VALUES (?, ?, ?, ?, ?)", things)
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
    database.execute(f"PRAGMA user_version = {_FORMAT}")
    database.commit()


def _documents(store: Store) -> Iterator[tuple[list[str], int, str, str, str]]:
    """Yield what has a name and is no term of the vocabulary.

    That is: its names, how many of them are its own, its text, IRI and class.
    """
    names, signs, others, texts = (
        _literals(store, properties) for properties in (_NAMES, _SIGNS, _OTHER_NAMES, _TEXTS)
    )
    kinds = _kinds(store)
    ontology = str(CKG)
    for iri in sorted(names.keys() | signs.keys() | others.keys()):
        kind = kinds.get(iri, "Thing")
        if kind not in _UNNAMED and not iri.startswith(ontology):
            own = [*names.get(iri, ()), *signs.get(iri, ())]
            yield [*own, *others.get(iri, ())], len(own), "\n".join(texts.get(iri, ())), iri, kind


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
