"""One thing of the graph, readable: what is said of it, by whom, and what refers to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

import pyoxigraph as ox

from careerkg.model import Entity, Fact
from careerkg.names import labels
from careerkg.provenance import cite_all, text
from careerkg.store import Store, Term
from careerkg.vocabulary import CKG, DCTERMS, PREFIXES, RDF, RDFS, SKOS, XSD, compact, local_name

__all__ = ["describe", "duration_words", "kind_of", "past_lists", "phrase", "texts_of", "words"]

_NAMING = {RDF.type, RDFS.label, SKOS.prefLabel, SKOS.definition, RDFS.isDefinedBy, DCTERMS.source}
_TREES = {"AllOf": "all of", "AnyOf": "any of", "AtLeast": "at least"}
_DEEPEST = 6


def describe(store: Store, iri: str, prefixes: Mapping[str, str] = PREFIXES) -> Entity:
    """Return what the graph holds about a thing, facts and references in a stable order."""
    node = ox.NamedNode(iri)
    outgoing = _said(store.quads(node, None, None, None), outgoing=True)
    incoming = _said(past_lists(store, store.quads(None, None, node, None)), outgoing=False)
    definition = texts_of(store, node, SKOS.definition)
    facts = tuple(
        sorted(
            _facts(store, {key: value for key, value in outgoing.items() if key[0] not in _NAMING}, prefixes),
            key=_order,
        )
    )
    references = tuple(sorted(_facts(store, incoming, prefixes), key=_order))
    passages = sorted({graph for fact in (*facts, *references) for graph in fact.evidence})
    return Entity(
        id=iri,
        label=labels(store, [iri]).get(iri) or compact(iri, prefixes),
        kind=kind_of(store, node),
        definition=definition[0] if definition else None,
        facts=facts,
        incoming=references,
        sources=tuple(cite_all(store, [(passage, iri, "", "") for passage in passages])),
    )


def kind_of(store: Store, node: ox.NamedNode | ox.BlankNode) -> str:
    """Return the local name of the most specific class of a thing, the first by name; else ``Thing``."""
    default = ox.DefaultGraph()
    types = {
        quad.object.value
        for quad in store.quads(node, ox.NamedNode(RDF.type), None, default)
        if isinstance(quad.object, ox.NamedNode)
    }
    store.prefetch(map(ox.NamedNode, types))
    wider = {
        quad.object.value
        for one in types
        for quad in store.quads(ox.NamedNode(one), ox.NamedNode(RDFS.subClassOf), None, default)
        if isinstance(quad.object, ox.NamedNode)
    }
    ours = {one for one in types - wider if one.startswith(str(CKG))}
    return min((local_name(one) for one in ours or types - wider or types), default="Thing")


def phrase(store: Store, node: Term, depth: int = 0) -> str | None:
    """Return in words what a structured value holds, or None for a plain thing.

    Knows conditions and requirements, costs, observations, renewal rules, durations and lists; of any other
    blank node it gives the properties.
    """
    if isinstance(node, ox.Literal) and node.datatype.value == XSD.duration:
        return duration_words(node.value)
    if not isinstance(node, ox.NamedNode | ox.BlankNode) or depth > _DEEPEST:
        return None
    members = _members(store, node)
    if members is not None:
        return (
            f"({'; '.join(_name(store, member, depth) for member in members)})" if members else "empty list"
        )
    values = _values(store, node)
    kind = kind_of(store, node)
    store.prefetch((*values.get(CKG.operand, ()), *values.get(CKG.condition, ())))
    if kind in _TREES:
        parts = [_name(store, operand, depth) for operand in values.get(CKG.operand, ())]
        count = f" {_one(values, CKG.count)}" if kind == "AtLeast" else ""
        return f"{_TREES[kind]}{count}{' of' if count else ''}: " + "; ".join(sorted(parts))
    if kind == "Requirement":
        parts = [_name(store, condition, depth) for condition in values.get(CKG.condition, ())]
        said = [
            local_name(text(values[key][0])).replace("-", " ")
            for key in (CKG.strength, CKG.verification)
            if key in values
        ]
        return "; ".join(sorted(parts)) + (f" ({', '.join(said)})" if said else "")
    if kind == "Cost":
        return _money(values)
    if kind.endswith("Observation"):
        return _figure(values)
    if kind == "Renewal":
        units = _one(values, CKG.continuingEducationUnits) or "unknown"
        cycle = _one(values, CKG.cycle)
        return (
            f"{units} continuing education units every {duration_words(cycle) if cycle else 'unknown time'}"
        )
    if kind in ("FreeTextCondition", "PersonCondition"):
        return _one(values, RDFS.comment)
    if isinstance(node, ox.BlankNode):
        labelled = [texts_of(store, node, property_) for property_ in (RDFS.label, SKOS.prefLabel)]
        return next((texts[0] for texts in labelled if texts), None) or _spelled_out(store, values, depth)
    return None


_FIRST, _REST, _NIL = (ox.NamedNode(iri) for iri in (RDF.first, RDF.rest, RDF.nil))


def _members(store: Store, node: ox.NamedNode | ox.BlankNode) -> list[Term] | None:
    """Return the members of an RDF list, or None for what is no well-formed one."""
    found: list[Term] = []
    default = ox.DefaultGraph()
    seen: set[Term] = set()
    while node != _NIL:
        firsts = [quad.object for quad in store.quads(node, _FIRST, None, default)]
        rests = [quad.object for quad in store.quads(node, _REST, None, default)]
        if len(firsts) != 1 or len(rests) != 1 or node in seen:
            return None
        seen.add(node)
        found.append(firsts[0])
        if not isinstance(rests[0], ox.NamedNode | ox.BlankNode):
            return None
        node = rests[0]
    return found


def past_lists(
    store: Store, quads: Iterable[ox.Quad], graph: ox.DefaultGraph | None = None
) -> Iterator[ox.Quad]:
    """Yield statements, and for each of a cell of a list those that lead to the list instead.

    These are looked for in a graph, or in all if ``graph`` is None.
    """
    for quad in quads:
        if quad.predicate != _FIRST:
            yield quad
            continue
        owners = []
        cells, seen = [quad.subject], {quad.subject}
        while cells:
            for above in store.quads(None, None, cells.pop(), graph):
                if above.predicate not in (_FIRST, _REST):
                    owners.append(above)
                elif above.subject not in seen:
                    seen.add(above.subject)
                    cells.append(above.subject)
        yield from owners or [quad]


def _spelled_out(store: Store, values: Mapping[str, list[Term]], depth: int) -> str | None:
    """Return the properties of a node without name in words, or None if it has none."""
    parts = []
    for property_ in sorted(values.keys() - {RDF.type}, key=lambda iri: (local_name(iri), iri)):
        label = labels(store, [property_]).get(property_) or words(local_name(property_))
        ends = sorted(_name(store, value, depth) for value in values[property_])
        parts.append(f"{label}: {', '.join(ends)}")
    return "; ".join(parts) or None


def _said(quads: Iterable[ox.Quad], *, outgoing: bool) -> dict[tuple[str, Term], list[str]]:
    """Return property and other end of the quads, each with the passages that hold it."""
    found: dict[tuple[str, Term], list[str]] = {}
    for quad in quads:
        end = quad.object if outgoing else quad.subject
        if isinstance(end, ox.Triple):
            continue
        passages = found.setdefault((quad.predicate.value, end), [])
        if isinstance(quad.graph_name, ox.NamedNode):
            passages.append(quad.graph_name.value)
    return found


def _facts(
    store: Store, said: Mapping[tuple[str, Term], list[str]], prefixes: Mapping[str, str]
) -> Iterator[Fact]:
    """Yield a fact for each property and other end."""
    properties = {property_ for property_, _ in said}
    ends = {end.value for _, end in said if isinstance(end, ox.NamedNode)}
    store.prefetch(chain(map(ox.NamedNode, properties), (end for _, end in said)))
    names = labels(store, properties | ends)
    for (property_, end), passages in said.items():
        literal = end if isinstance(end, ox.Literal) else None
        plain = text(end)
        yield Fact(
            property=property_,
            property_label=names.get(property_) or words(local_name(property_)),
            value=plain,
            value_label=plain
            if literal is not None
            else "…"
            if end == _NIL
            else names.get(plain) or (compact(plain, prefixes) if isinstance(end, ox.NamedNode) else "…"),
            datatype=None if literal is None else literal.datatype.value,
            language=None if literal is None else literal.language,
            detail=phrase(store, end),
            evidence=tuple(sorted(set(passages))),
        )


def _order(fact: Fact) -> tuple[str, str, str]:
    """Return the sort key of facts: property, then label, then value."""
    return (fact.property_label, fact.value_label, fact.value)


def words(name: str) -> str:
    """Return a camel-case name as words.

    >>> words("estimatedCost")
    'estimated cost'
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def _values(store: Store, node: ox.NamedNode | ox.BlankNode) -> dict[str, list[Term]]:
    """Return the values of a node by property."""
    found: dict[str, list[Term]] = {}
    for quad in store.quads(node, None, None, ox.DefaultGraph()):
        found.setdefault(quad.predicate.value, []).append(quad.object)
    return found


def _one(values: Mapping[str, list[Term]], property_: str) -> str | None:
    """Return the least value of a property as text."""
    return min((text(value) for value in values.get(property_, ())), default=None)


def _name(store: Store, node: Term, depth: int) -> str:
    """Return the label of a node, or its phrase if it has none, in brackets."""
    if isinstance(node, ox.NamedNode):
        known = labels(store, [node.value]).get(node.value)
        if known is not None:
            return known
    inner = phrase(store, node, depth + 1)
    if inner is None:
        return compact(text(node))
    return inner if inner.startswith("(") else f"({inner})"


def texts_of(store: Store, node: ox.NamedNode | ox.BlankNode, property_: str) -> list[str]:
    """Return the English texts of a property, else those in other languages, in order."""
    literals = [
        quad.object
        for quad in store.quads(node, ox.NamedNode(property_), None, ox.DefaultGraph())
        if isinstance(quad.object, ox.Literal)
    ]
    english = [literal for literal in literals if literal.language in ("en", None)]
    return sorted(literal.value for literal in english or literals)


def _money(values: Mapping[str, list[Term]]) -> str:
    """Return a cost in words."""
    exact, least, most = (_one(values, one) for one in (CKG.amount, CKG.minAmount, CKG.maxAmount))
    currency = _one(values, CKG.currency) or ""
    if exact is not None:
        amount = _number(exact)
    elif least is not None and most is not None:
        amount = f"{_number(least)} to {_number(most)}"
    elif least is not None or most is not None:
        amount = f"at least {_number(least)}" if least is not None else f"at most {_number(str(most))}"
    else:
        return "amount unknown"
    audience = _one(values, CKG.audience)
    return f"{currency} {amount}".strip() + (
        f" for {local_name(audience).replace('-', ' ')}" if audience else ""
    )


def _figure(values: Mapping[str, list[Term]]) -> str:
    """Return an observation in words: value, unit and period."""
    value = _one(values, CKG.value)
    if value is None:
        return "not published"
    unit = _one(values, CKG.unit)
    currency = _one(values, CKG.currency)
    measure = currency or ("%" if unit and local_name(unit) == "percent" else local_name(unit or ""))
    number = f"{measure} {_number(value)}" if currency else f"{_number(value)} {measure}"
    if _one(values, CKG.topCoded) == "true":
        number = f"at least {number}"
    if _one(values, CKG.approximate) == "true":
        number = f"about {number}"
    period = _one(values, CKG.referencePeriod) or " to ".join(
        year for year in (_one(values, CKG.baseYear), _one(values, CKG.targetYear)) if year
    )
    rank = _one(values, CKG.rank)
    notes = [
        note for note in (period, local_name(rank) if rank and rank.endswith("deprecated") else "") if note
    ]
    return number.strip() + (f" ({', '.join(notes)})" if notes else "")


# A text, not a compiled pattern: re keeps it compiled once it is used, and a cold start may not use it.
_DURATION = r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?"


def duration_words(lexical: str) -> str:
    """Return an xsd:duration in words, or as it is if it is none.

    >>> duration_words("P1Y6M"), duration_words("P0D"), duration_words("soon"), duration_words("P")
    ('1 year 6 months', 'no time', 'soon', 'P')
    """
    match = re.fullmatch(_DURATION, lexical)
    if match is None or not any(match.groups()):
        return lexical
    names = ("year", "month", "day", "hour", "minute", "second")
    parts = [
        f"{count} {name}{'' if count == '1' else 's'}"
        for count, name in zip(match.groups(), names, strict=True)
        if count is not None and count.strip("0.")
    ]
    return " ".join(parts) or "no time"


def _number(text_: str) -> str:
    """Return a decimal with its thousands grouped, as written otherwise.

    >>> _number("53430"), _number("229.00"), _number("n/a")
    ('53,430', '229.00', 'n/a')
    """
    match = re.fullmatch(r"(-?\d+)(\.\d+)?", text_)
    return text_ if match is None else f"{int(match[1]):,}{match[2] or ''}"
