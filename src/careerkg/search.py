"""Full-text search over labels, other names, codes and definitions.

SQLite's FTS5 (BM25 ranking, English stemming, accents folded) over an index in memory that is built from
the store; words that occur nowhere are replaced by the nearest ones that do, so that a slip of the pen
still finds something.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import pyoxigraph as ox

from careerkg.entities import kind_of
from careerkg.store import Store
from careerkg.vocabulary import CKG, DCTERMS, RDFS, SKOS

__all__ = ["Hit", "Index"]

_NAMES = (RDFS.label, SKOS.prefLabel, DCTERMS.title)
_OTHER_NAMES = (SKOS.altLabel, CKG.abbreviation, SKOS.notation, CKG.ctid)
_TEXTS = (SKOS.definition, RDFS.comment, SKOS.scopeNote, DCTERMS.description)
# A word in the name counts more than one in other names, and much more than one in a text.
_WEIGHTS = (10.0, 8.0, 1.0)
# Work comes first, then what leads to it; what is said about these, and who says it, comes last.
_FACTORS = {"Occupation": 1.5, "Role": 1.5} | dict.fromkeys(
    ("Claim", "Cost", "Requirement", "Renewal", "Succession", "Trend", "Distribution", "Source", "Concept"),
    0.4,
)
_STATEMENTS = ("Observation", "Condition", "AllOf", "AnyOf", "AtLeast")
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

    def __init__(self, store: Store) -> None:
        self._store = store
        self._database = sqlite3.connect(":memory:")
        self._database.execute(
            "CREATE VIRTUAL TABLE entity USING fts5(name, other, text, iri UNINDEXED, kind UNINDEXED, "
            "tokenize = 'porter unicode61 remove_diacritics 2', prefix = '2 3')"
        )
        self._database.executemany("INSERT INTO entity VALUES (?, ?, ?, ?, ?)", _documents(store))
        self._database.execute("CREATE VIRTUAL TABLE word USING fts5vocab(entity, row)")

    def search(self, text: str, *, kind: str | None = None, limit: int = 20) -> list[Hit]:
        """Return what matches best, the best first: what has all the words, then what has any of them.

        ``kind`` is the local name of a class, in any case; things of its subclasses match, too.
        """
        words = [word.lower() for word in _WORD.findall(text)]
        if not words or limit < 1:
            return []
        wanted = None if kind is None else self._narrower(kind)
        patterns = [self._pattern(word) for word in words]
        found: dict[str, Hit] = {}
        for operator in (" AND ", " OR "):
            for hit in self._matches(operator.join(patterns), text, wanted):
                found.setdefault(hit.id, hit)
            if len(found) >= limit:
                break
        return list(found.values())[:limit]

    def _matches(self, expression: str, text: str, kinds: set[str] | None) -> list[Hit]:
        """Return the matches of an FTS5 expression, exact names first, then by BM25."""
        rows = self._database.execute(
            f"SELECT iri, name, other, kind, -bm25(entity, {', '.join(map(str, _WEIGHTS))}) FROM entity "
            "WHERE entity MATCH ?",
            (expression,),
        )
        folded = " ".join(text.lower().split())
        hits = []
        for iri, name, other, kind, relevance in rows:
            if kinds is not None and kind not in kinds:
                continue
            names = {name.lower(), *other.lower().split("\n")}
            # An exact name beats whatever else holds the words, and the beginning of one comes next.
            bonus = (
                100.0 if folded in names else 20.0 if any(one.startswith(folded) for one in names) else 0.0
            )
            factor = _FACTORS.get(kind, 0.4 if kind.endswith(_STATEMENTS) else 1.0)
            score = (relevance + bonus) * factor
            hits.append(Hit(iri, name, kind, round(score, 4), _matched(name, other, folded)))
        return sorted(hits, key=lambda hit: (-hit.score, hit.label, hit.id))

    def _pattern(self, word: str) -> str:
        """Return the FTS5 pattern of a word: itself or what it begins, else the nearest word that occurs."""
        pattern = f'"{word}"*'
        if self._database.execute("SELECT 1 FROM entity WHERE entity MATCH ? LIMIT 1", (pattern,)).fetchone():
            return pattern
        from difflib import get_close_matches

        known = [term for (term,) in self._database.execute("SELECT term FROM word")]
        near = get_close_matches(word, known, n=1, cutoff=0.7)
        return f'"{near[0]}"*' if near else pattern

    def _narrower(self, kind: str) -> set[str]:
        """Return the local names of a class and its subclasses."""
        result = self._store.query(
            f"SELECT ?name WHERE {{ ?class <{RDFS.subClassOf}>* ?top "
            f"FILTER(LCASE(REPLACE(STR(?top), '^.*[#/]', '')) = {ox.Literal(kind.lower())}) "
            "BIND(REPLACE(STR(?class), '^.*[#/]', '') AS ?name) }"
        )
        assert isinstance(result, ox.QuerySolutions)
        return {row["name"].value for row in result} | {kind[:1].upper() + kind[1:]}


def _matched(name: str, other: str, folded: str) -> str:
    """Return the name that a text begins or is, else the first one."""
    return next((one for one in other.split("\n") if one.lower().startswith(folded)), name)


def _documents(store: Store) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield the row of each thing that has a name."""
    names, others, texts = (_literals(store, properties) for properties in (_NAMES, _OTHER_NAMES, _TEXTS))
    ontology = str(CKG)
    for node in sorted({*names, *others}, key=str):
        if isinstance(node, ox.NamedNode) and not node.value.startswith(ontology):
            labels = names.get(node) or others[node]
            more = [*labels[1:], *others.get(node, ())]
            yield labels[0], "\n".join(more), "\n".join(texts.get(node, ())), node.value, kind_of(store, node)


def _literals(store: Store, properties: Iterable[str]) -> dict[ox.NamedNode | ox.BlankNode, list[str]]:
    """Return the texts that things have for the properties, English first."""
    found: dict[ox.NamedNode | ox.BlankNode, list[tuple[bool, int, str]]] = {}
    for order, property_ in enumerate(properties):
        for quad in store.quads(None, ox.NamedNode(property_), None, ox.DefaultGraph()):
            if isinstance(quad.object, ox.Literal) and not isinstance(quad.subject, ox.Triple):
                foreign = quad.object.language not in (None, "en")
                found.setdefault(quad.subject, []).append((foreign, order, quad.object.value))
    return {node: [text for _, _, text in sorted(texts)] for node, texts in found.items()}
