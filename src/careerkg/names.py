"""Names that people give, and the one thing each stands for.

A name is tried in this order, and the first that finds something decides:

1. a CURIE (``credential:rhit``) or an IRI;
2. a slug: the end of an IRI (``rhit``), or its kind and end (``credential/rhit``);
3. a code: SOC, O*NET-SOC, CTID, or any other ``skos:notation``;
4. a label, an alternative label or an abbreviation, in any case.

Slugs of what people speak of (occupations, credentials, courses, …) come before those of the statements
about it: ``rhit`` is the certification, not its renewal rule of the same name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import Protocol

import pyoxigraph as ox

from careerkg.errors import AmbiguousName, UnknownName
from careerkg.store import Store
from careerkg.vocabulary import (
    CKG,
    DCTERMS,
    ENTITY_KINDS,
    ID,
    ONTOLOGY,
    PREFIXES,
    RDF,
    RDFS,
    SKOS,
    SOURCE,
    compact,
    expand,
    is_iri,
    local_name,
    slugify,
)

__all__ = ["Finder", "kinds", "labels", "nearest", "resolve", "resolve_place", "resolve_property"]

_STATEMENT_KINDS = (
    "claim",
    "condition",
    "cost",
    "distribution",
    "observation",
    "renewal",
    "requirement",
    "scheme",
    "succession",
    "trend",
)
_THINGS = tuple(kind for kind in ENTITY_KINDS if kind not in _STATEMENT_KINDS)

_LABELS = (RDFS.label, SKOS.prefLabel, SKOS.altLabel, CKG.abbreviation)
_CODES = (SKOS.notation, CKG.ctid)


class Finder(Protocol):
    """Knows the names in a store without reading all of them: a full-text index."""

    def named(self, text: str) -> set[str]:
        """Return what bears a text as label, other name or code, in any case."""

    def suggested(self, text: str) -> list[str]:
        """Return what has a name like a text, the most alike first."""


def resolve(
    store: Store,
    name: str,
    *,
    prefixes: Mapping[str, str] = PREFIXES,
    among: Collection[str] = (),
    finder: Finder | None = None,
) -> str:
    """Return the IRI of the one thing that a name stands for.

    ``among`` are IRIs of classes: of several candidates, those that are instances of one of them win. With a
    ``finder`` codes, labels and suggestions are looked up there, instead of in the whole store.
    Raises UnknownName with the three nearest names, or AmbiguousName with the candidates.
    """
    name = name.strip()
    for candidates in _candidates(store, name, prefixes, finder):
        if not candidates:
            continue
        if len(candidates) > 1 and among:
            candidates = {iri for iri in candidates if kinds(store, iri) & set(among)} or candidates
        if len(candidates) > 1:
            raise AmbiguousName(name, [compact(iri, prefixes) for iri in sorted(candidates)])
        return candidates.pop()
    if finder is not None:
        near = finder.suggested(_bare(name))
        raise UnknownName(name, [compact(iri, prefixes) for iri in near[:3]])
    raise UnknownName(name, _suggestions(store, name, prefixes))


def resolve_place(
    store: Store, name: str, *, prefixes: Mapping[str, str] = PREFIXES, finder: Finder | None = None
) -> str:
    """Return the IRI of the one place that a name stands for, whatever else it may stand for.

    Raises UnknownName with the three nearest places, or AmbiguousName with the candidates.
    """
    name = name.strip()
    rows = _select(
        store,
        f"SELECT DISTINCT ?place WHERE {{ {{ ?place <{RDF.type}>/<{RDFS.subClassOf}>* <{CKG.Place}> }} UNION "
        f"{{ {{ SELECT DISTINCT ?main WHERE {{ ?any <{CKG.jurisdiction}>|<{CKG.residentOf}> ?main }} }} "
        f"?main (<{CKG.partOf}>|^<{CKG.partOf}>)* ?place }} FILTER(isIRI(?place)) }}",
    )
    places = {row["place"].value for row in rows}
    for candidates in _candidates(store, name, prefixes, finder):
        found = sorted(candidates & places)
        if len(found) > 1:
            raise AmbiguousName(name, [compact(iri, prefixes) for iri in found])
        if found:
            return found[0]
    bearers = {local_name(iri).lower(): iri for iri in sorted(places)}
    bearers |= {label.lower(): iri for iri, label in labels(store, sorted(places)).items()}
    near = [compact(bearers[text], prefixes) for text in nearest(_bare(name).lower(), bearers, 6)]
    raise UnknownName(name, list(dict.fromkeys(near))[:3])


def resolve_property(store: Store, name: str, *, prefixes: Mapping[str, str] = PREFIXES) -> str:
    """Return the IRI of the property that a CURIE, an IRI, or the bare name of one of our terms stands for.

    Raises UnknownName with the three nearest properties of the graph.
    """
    iri = expand(name, prefixes) or (name if is_iri(name) else f"{CKG}{name}")
    node = _node(iri)
    if node is not None and (
        next(store.quads(None, node, None, None), None) or next(store.quads(node, None, None, None), None)
    ):
        return iri
    known = {
        compact(row["p"].value, prefixes) for row in _select(store, "SELECT DISTINCT ?p WHERE { ?s ?p ?o }")
    }
    raise UnknownName(name, nearest(name, known))


def labels(store: Store, iris: Iterable[str]) -> dict[str, str]:
    """Return the preferred English label of each thing that has one, else its first in any language.

    That of a passage without a label is the title of its source with the heading it stands under.
    """
    found: dict[str, str] = {}
    nodes = {iri: _node(iri) for iri in iris}
    store.prefetch(node for node in nodes.values() if node is not None)
    for iri, node in nodes.items():
        if node is None:
            continue
        best: tuple[int, str] | None = None
        for rank, property_ in enumerate((RDFS.label, SKOS.prefLabel, DCTERMS.title)):
            for quad in store.quads(node, ox.NamedNode(property_), None, ox.DefaultGraph()):
                if isinstance(quad.object, ox.Literal):
                    language = {"en": 0, None: 1}.get(quad.object.language, 2)
                    best = min(best or (9, ""), (rank + 3 * language, quad.object.value))
        label = best[1] if best is not None else _label_of_part(store, node)
        if label is not None:
            found[iri] = label
    return found


def _label_of_part(store: Store, node: ox.NamedNode) -> str | None:
    """Return what a passage or a table is called after its source; None for what is part of nothing."""
    default = ox.DefaultGraph()
    for part in store.quads(node, ox.NamedNode(DCTERMS.isPartOf), None, default):
        if not isinstance(part.object, ox.NamedNode) or part.object == node:
            continue
        title = next(
            (
                quad.object.value
                for quad in store.quads(part.object, ox.NamedNode(DCTERMS.title), None, default)
                if isinstance(quad.object, ox.Literal)
            ),
            None,
        )
        if title is not None:
            sections = store.quads(node, ox.NamedNode(CKG.section), None, default)
            section = min(
                (quad.object.value for quad in sections if isinstance(quad.object, ox.Literal)), default=None
            )
            return f"{title}, {section or local_name(node.value)}"
    return None


_Lookup = Callable[[tuple[str, ...], str], set[str]]
"""Returns what bears a text for one of some properties."""


def _candidates(
    store: Store, name: str, prefixes: Mapping[str, str], finder: Finder | None
) -> Iterator[set[str]]:
    """Yield what a name could stand for, step by step in the order of the module's list."""
    expanded = expand(name, prefixes)
    if expanded is not None:
        yield _existing(store, [expanded])
    iri = name[1:-1] if name.startswith("<") and name.endswith(">") else name
    if is_iri(iri):
        yield _existing(store, [iri])
        return
    slug = name.lower()
    if "/" in slug:
        yield _existing(store, [f"{ID}{slug}", f"{SOURCE}{slug}"])
    elif " " not in slug:
        yield _existing(store, [f"{ID}{kind}/{slug}" for kind in _THINGS])
        yield _existing(store, [f"{namespace}{name}" for namespace in _namespaces(prefixes)])
    lookup: _Lookup = partial(_bearers, store) if finder is None else partial(_found, store, finder)
    yield lookup(_CODES, name)
    yield lookup(_LABELS, name)
    yield from _otherwise_written(lookup, name)
    if " " not in slug and (finder is None or _is_small(store)):
        yield _ending(store, name)


def _otherwise_written(lookup: _Lookup, name: str) -> Iterator[set[str]]:
    """Yield what bears a name with plain apostrophes and spaces, or both parts of ``Label (Short form)``."""
    plain = " ".join(name.replace("\u2019", "'").split())
    if plain != name:
        yield lookup(_LABELS, plain)
    label, bracket, short = plain.rstrip(")").rpartition(" (")
    if bracket and plain.endswith(")"):
        yield lookup(_LABELS, label) & lookup(_LABELS, short)


def _namespaces(prefixes: Mapping[str, str]) -> list[str]:
    """Return the other namespaces in which a bare name may stand: ours, and those that the data declare."""
    own = [f"{ID}{kind}/" for kind in _STATEMENT_KINDS] + [str(SOURCE), f"{ONTOLOGY}#"]
    declared = [namespace for prefix, namespace in prefixes.items() if PREFIXES.get(prefix) != namespace]
    concepts = [iri for prefix, iri in PREFIXES.items() if iri.startswith(str(ID)) and prefix not in _THINGS]
    return [*declared, *own, *concepts]


def _existing(store: Store, iris: Iterable[str]) -> set[str]:
    """Return those IRIs that the graph has something to say of, or else those that it mentions."""
    nodes = [node for iri in iris if (node := _node(iri)) is not None]
    store.prefetch(nodes)
    default = ox.DefaultGraph()
    described = {node.value for node in nodes if next(store.quads(node, None, None, default), None)}
    return described or {node.value for node in nodes if next(store.quads(None, None, node, default), None)}


def _bearers(store: Store, properties: Iterable[str], text: str) -> set[str]:
    """Return what bears a text, in any case and language, for one of the properties."""
    values = " ".join(f"<{iri}>" for iri in properties)
    rows = _select(
        store,
        f"SELECT DISTINCT ?s WHERE {{ VALUES ?p {{ {values} }} ?s ?p ?text . FILTER(isIRI(?s)) "
        f"FILTER(LCASE(STR(?text)) = {ox.Literal(text.lower())}) }}",
    )
    found = {row["s"].value for row in rows}
    # The terms of the vocabulary give way to what is described with them.
    return {iri for iri in found if not iri.startswith(str(CKG))} or found


def _found(store: Store, finder: Finder, properties: tuple[str, ...], text: str) -> set[str]:
    """Return what :func:`_bearers` does, found in an index; for labels also what has it as another name."""
    found = finder.named(text)
    if properties != _CODES:
        return found or _terms(store, text)
    return {
        iri
        for iri in found
        if (node := _node(iri)) is not None
        and any(
            isinstance(quad.object, ox.Literal) and quad.object.value.lower() == text.lower()
            for property_ in _CODES
            for quad in store.quads(node, ox.NamedNode(property_), None, ox.DefaultGraph())
        )
    }


def _terms(store: Store, label: str) -> set[str]:
    """Return the terms of the vocabulary with a label, in any case: an index has none of them."""
    rows = _select(
        store,
        f"SELECT ?s WHERE {{ ?s <{RDFS.isDefinedBy}> <{ONTOLOGY}> ; <{RDFS.label}> ?text "
        f"FILTER(LCASE(STR(?text)) = {ox.Literal(label.lower())}) }}",
    )
    return {row["s"].value for row in rows}


_SCANNED = 200_000
"""Up to so many triples, things without a class are looked for by the end of their IRI, too."""


def _is_small(store: Store) -> bool:
    """Tell whether a store has no more triples than can be looked through for a name."""
    beyond = _select(store, f"SELECT ?s WHERE {{ ?s ?p ?o }} OFFSET {_SCANNED} LIMIT 1")
    return next(beyond, None) is None


def _ending(store: Store, name: str) -> set[str]:
    """Return the subjects whose IRI ends with a name, in whatever namespace; those with a class first."""
    for pattern in ("?s a ?kind", "?s ?p ?o"):
        if pattern == "?s ?p ?o" and not _is_small(store):
            break
        rows = _select(
            store,
            f"SELECT DISTINCT ?s WHERE {{ {pattern} FILTER(isIRI(?s)) "
            f"FILTER(STRENDS(LCASE(STR(?s)), {ox.Literal(name.lower())})) }}",
        )
        found = {row["s"].value for row in rows if local_name(row["s"].value).lower() == name.lower()}
        if found:
            return found
    return set()


def kinds(store: Store, iri: str) -> set[str]:
    """Return the classes of a thing, with their superclasses."""
    rows = _select(
        store,
        f"SELECT ?kind WHERE {{ <{iri}> <{RDF.type}>/<{RDFS.subClassOf}>* ?kind }}",
    )
    return {row["kind"].value for row in rows if isinstance(row["kind"], ox.NamedNode)}


def _suggestions(store: Store, name: str, prefixes: Mapping[str, str]) -> list[str]:
    """Return the three names in the graph that are nearest to one that is not there."""
    values = " ".join(f"<{iri}>" for iri in (*_LABELS, *_CODES))
    rows = _select(
        store, f"SELECT ?s ?text WHERE {{ VALUES ?p {{ {values} }} ?s ?p ?text FILTER(isIRI(?s)) }}"
    )
    bearers: dict[str, str] = {}
    for row in rows:
        iri = row["s"].value
        if not iri.startswith(f"{ONTOLOGY}#") and (not iri.startswith(str(ID)) or _is_thing(iri)):
            for text in (row["text"].value, local_name(iri)):
                bearers.setdefault(text.lower(), iri)
    if not bearers:
        for row in _select(store, "SELECT DISTINCT ?s WHERE { ?s ?p ?o FILTER(isIRI(?s)) }"):
            bearers.setdefault(local_name(row["s"].value).lower(), row["s"].value)
    wanted = _bare(name)
    found: list[str] = []
    for text in (*nearest(wanted.lower(), bearers, 12), *_containing(slugify(wanted), bearers)):
        curie = compact(bearers[text], prefixes)
        if curie not in found:
            found.append(curie)
    return found[:3]


def _bare(name: str) -> str:
    """Return what stands behind the last slash or colon of a name, or the name."""
    return name.rpartition("/")[2].rpartition(":")[2] or name


def _is_thing(iri: str) -> bool:
    """Tell whether one of our entities is something people speak of, rather than a statement or a concept."""
    return iri[len(str(ID)) :].partition("/")[0] in _THINGS


def _containing(slug: str, texts: Iterable[str]) -> list[str]:
    """Return the texts that contain all the words of a slug."""
    words = [word for word in slug.split("-") if len(word) > 2]
    return [text for text in texts if words and all(word in text for word in words)]


_MANY = 2_000
"""Above so many names, only those that share the most letters in a row are compared one by one."""


_LONGEST = 200
"""Of a longer name only so many characters are compared: it takes time by their square."""


def nearest(name: str, known: Iterable[str], limit: int = 3) -> list[str]:
    """Return the known names that are most like a name."""
    from difflib import get_close_matches
    from heapq import nlargest

    name, names = name[:_LONGEST], list(known)
    if len(names) > _MANY:
        pieces = {name[place : place + 3] for place in range(max(len(name) - 2, 1))}
        names = nlargest(
            _MANY // 4,
            names,
            lambda one: sum(piece in one for piece in pieces) - abs(len(one) - len(name)) / 8,
        )
    return get_close_matches(name, names, n=limit, cutoff=0.0)


def _node(iri: str) -> ox.NamedNode | None:
    """Return an IRI as a node, or None if it is not a well-formed IRI."""
    try:
        return ox.NamedNode(iri)
    except ValueError:
        return None


def _select(store: Store, sparql: str) -> Iterator[ox.QuerySolution]:
    """Yield the rows of a SELECT query."""
    result = store.query(sparql)
    assert isinstance(result, ox.QuerySolutions)
    yield from result
