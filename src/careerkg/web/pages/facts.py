"""Facts for reading: values with links and sources, conditions as trees, lists that end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

import pyoxigraph as ox

from careerkg.entities import duration_words, phrase
from careerkg.provenance import text
from careerkg.store import Term
from careerkg.vocabulary import CKG, RDFS, SKOS, XSD, compact, local_name
from careerkg.web.pages.addresses import path_of, with_query
from careerkg.web.pages.reading import Citation, Node, Reader, least_text, prefix_of
from careerkg.web.pages.themes import CONDITION_PROPERTIES, HIDDEN, THEMES, theme_of

__all__ = ["Condition", "Group", "Notes", "Section", "Value", "name_of", "read_sections", "value_of"]

_SHOWN = 14
"""So many values of a property are on the page of a thing; the rest is behind a link."""

_SORTED = 400
"""So many values at most are put in order by name before the first of them are taken."""

_DEEPEST, _WIDEST = 6, 80
"""How deep a tree of conditions is shown, and how many of its nodes in all."""

_STATEMENTS = frozenset(
    {"condition", "cost", "observation", "rating", "renewal", "requirement", "distribution"}
)
"""Kinds in our IRIs whose things are best shown by what they hold."""

_VALUED = frozenset(f"{CKG}{name}" for name in ("estimatedCost", "fee", "renewal", "distribution"))
_LONG = frozenset({SKOS.altLabel, f"{CKG}reportedTitle"})

_TREES = {"AllOf": "all of", "AnyOf": "any of", "AtLeast": "at least"}


@dataclass(frozen=True, slots=True)
class Condition:
    """A node of a tree of conditions."""

    text: str
    href: str | None
    kind: str
    """all, any, at-least, requirement, item, text."""
    notes: tuple[str, ...]
    marks: tuple[int, ...]
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a property; ``marks`` are numbers of notes."""

    text: str
    href: str | None = None
    detail: str | None = None
    language: str | None = None
    marks: tuple[int, ...] = ()
    rank: str | None = None
    reason: str | None = None
    tree: Condition | None = None
    external: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """The values of one property, or what refers to a thing by it. ``more`` leads to all of them."""

    property: str
    label: str
    href: str
    values: tuple[Value, ...]
    total: int
    more: str | None
    compact: bool = False
    exact: bool = True
    """Whether ``total`` is all of them; else there are at least so many."""


@dataclass(frozen=True, slots=True)
class Section:
    """The facts of a theme."""

    title: str
    slug: str
    groups: tuple[Group, ...]


class Notes:
    """The sources of a page, numbered in the order in which they are first cited."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._numbers: dict[str, int] = {}

    def marks(self, sources: Iterable[str]) -> tuple[int, ...]:
        """Return the numbers of passages or releases, new ones added by name: every process numbers alike."""
        return tuple(
            sorted(self._numbers.setdefault(one, len(self._numbers) + 1) for one in sorted(set(sources)))
        )

    def citations(self) -> list[tuple[int, Citation]]:
        """Return what was cited, by number."""
        return [(number, self._reader.cite(iri)) for iri, number in self._numbers.items()]


def read_sections(
    reader: Reader,
    iri: str,
    said: Mapping[str, Mapping[Term, list[str]]],
    notes: Notes,
    bulk: tuple[str, ...],
) -> list[Section]:
    """Return what is said of a thing by theme; ``said`` has values and their passages by property.

    ``bulk`` are the releases that vouch for what no passage says.
    """
    sections: dict[int, list[Group]] = {}
    for property_ in sorted((one for one in said if one not in HIDDEN), key=theme_of):
        group = _group(reader, iri, property_, said[property_], notes, bulk)
        sections.setdefault(theme_of(property_)[0], []).append(group)
    return [
        Section(THEMES[number], THEMES[number].lower().replace(" ", "-"), tuple(groups))
        for number, groups in sorted(sections.items())
    ]


def _group(
    reader: Reader,
    iri: str,
    property_: str,
    values: Mapping[Term, list[str]],
    notes: Notes,
    bulk: tuple[str, ...],
) -> Group:
    ordered = sorted(
        islice(values, _SORTED),
        key=lambda term: (_language(term), name_of(reader, term).casefold(), text(term)),
    )
    shown = ordered if len(values) <= _SHOWN + 3 else ordered[:_SHOWN]
    return Group(
        property=property_,
        label=reader.property_label(property_),
        href=path_of(property_),
        values=tuple(
            value_of(reader, term, notes, values[term] or bulk, property_=property_) for term in shown
        ),
        total=len(values),
        more=None
        if len(shown) == len(values)
        else with_query(path_of(iri), property=compact(property_), direction="from"),
        compact=property_ in _LONG or all(isinstance(term, ox.Literal) for term in shown),
    )


def _language(term: Term) -> int:
    """Return 0 for what is in English or no language, 1 for a text in another language."""
    return int(isinstance(term, ox.Literal) and term.language not in (None, "en"))


def name_of(reader: Reader, term: Term) -> str:
    """Return what a term is called, by which values are put in order."""
    return reader.label(term.value) if isinstance(term, ox.NamedNode) else text(term)


def value_of(
    reader: Reader, term: Term, notes: Notes, sources: Iterable[str], *, property_: str = ""
) -> Value:
    """Return a term for reading; statements with what they hold, conditions as trees."""
    marks = notes.marks(sources)
    if isinstance(term, ox.Literal):
        return _literal(term, marks)
    if not isinstance(term, Node):
        return Value(str(term), marks=marks)
    statement = (
        property_ in CONDITION_PROPERTIES
        or property_ in _VALUED
        or isinstance(term, ox.BlankNode)
        or prefix_of(term.value) in _STATEMENTS
    )
    href = path_of(term.value) if isinstance(term, ox.NamedNode) else None
    name = reader.known_label(term.value) if isinstance(term, ox.NamedNode) else None
    if not statement:
        return Value(name or compact(term.value), href, marks=marks)
    kind = reader.kind(term)
    values = reader.values(term)
    if kind == "RatingObservation" and property_ == f"^{CKG}ratedElement":
        # Seen from what is rated, the work tells ratings apart.
        about = least_text(values, CKG.about)
        name = name if about is None else f"{reader.label(about)}: {(name or '').rpartition(': ')[2]}"
    rank = _rank(values)
    reason = least_text(values, f"{CKG}rankReason")
    if property_ in CONDITION_PROPERTIES and (kind in _TREES or kind == "Requirement"):
        tree = _tree(reader, term, notes, [_WIDEST], 0)
        return Value(tree.text, tree.href, None, None, marks, rank, reason, tree)
    detail = phrase(reader.remembered, term)
    if name is None:
        name, detail = detail or (compact(term.value) if isinstance(term, ox.NamedNode) else "…"), None
    return Value(name, href, detail if detail != name else None, None, marks, rank, reason)


def _literal(term: ox.Literal, marks: tuple[int, ...]) -> Value:
    shown = term.value
    if term.datatype.value == XSD.duration:
        shown = duration_words(term.value)
    elif term.datatype.value == XSD.boolean:
        shown = "yes" if term.value in ("true", "1") else "no"
    external = term.datatype.value == XSD.anyURI and term.value.startswith(("http://", "https://"))
    return Value(
        shown,
        term.value if external else None,
        language=term.language if term.language not in (None, "en") else None,
        marks=marks,
        external=external,
    )


def _rank(values: Mapping[str, list[Term]]) -> str | None:
    """Return the rank of a statement if it is other than normal."""
    rank = least_text(values, f"{CKG}rank")
    name = None if rank is None else local_name(rank)
    return None if name == "normal" else name


def _tree(reader: Reader, node: Node, notes: Notes, budget: list[int], depth: int) -> Condition:
    """Return a condition with its parts, as far as depth and the budget of nodes allow."""
    budget[0] -= 1
    kind = reader.kind(node)
    values: dict[str, list[Term]] = {}
    passages: set[str] = set()
    for quad in reader.store.quads(node, None, None, None):
        if isinstance(quad.graph_name, ox.NamedNode):
            if quad.predicate.value in CONDITION_PROPERTIES:
                passages.add(quad.graph_name.value)
        else:
            values.setdefault(quad.predicate.value, []).append(quad.object)
    href = path_of(node.value) if isinstance(node, ox.NamedNode) else None
    label = reader.known_label(node.value) if isinstance(node, ox.NamedNode) else None
    inner = [
        term
        for property_ in (CKG.operand, CKG.condition)
        for term in values.get(property_, ())
        if isinstance(term, Node)
    ]
    open_ = kind in _TREES or kind == "Requirement"
    parts: tuple[Condition, ...] = ()
    if open_ and depth < _DEEPEST:
        children = [_tree(reader, term, notes, budget, depth + 1) for term in inner if budget[0] > 0]
        parts = tuple(sorted(children, key=lambda part: (bool(part.parts), part.text.casefold())))
    if kind in _TREES:
        count = f" {least_text(values, CKG.count)} of" if kind == "AtLeast" else ""
        name = f"{_TREES[kind]}{count}"
        return Condition(
            label or name,
            href,
            {"AllOf": "all", "AnyOf": "any", "AtLeast": "at-least"}[kind],
            (name,) if label else (),
            notes.marks(passages) if depth else (),
            parts,
        )
    if kind == "Requirement":
        return Condition(label or "a demand", href, "requirement", _demand(reader, values), (), parts)
    if kind in ("FreeTextCondition", "PersonCondition"):
        words = least_text(values, RDFS.comment) or label or "a condition in words"
        return Condition(words, href, "text", ("to check yourself",), (), ())
    return Condition(label or compact(text(node)), href, "item", (), (), ())


def _demand(reader: Reader, values: Mapping[str, list[Term]]) -> tuple[str, ...]:
    """Return who demands, how strongly, where and since when, and whether it is confirmed."""
    notes = [
        reader.label(text(term))
        for property_ in (CKG.strength, CKG.demandedBy, CKG.jurisdiction)
        for term in values.get(property_, ())
    ]
    checked = least_text(values, CKG.verification)
    if checked is not None:
        notes.append(local_name(checked))
    since, until = least_text(values, CKG.validFrom), least_text(values, CKG.validUntil)
    if since:
        notes.append(f"since {since}")
    if until:
        notes.append(f"until {until}")
    return tuple(dict.fromkeys(notes))
