"""One JSON tree for each entity: W3C JSON-LD 1.1 Framing, done by PyLD.

By the name of a class, each of its entities is framed with what makes it up: tasks, demands with their
conditions, costs, renewal, and the figures about it. Whatever else is referred to shows its type and label.
For a frame from a file the whole graph is in memory, several times over.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from careerkg.errors import DataError, UnknownName
from careerkg.export.context import load_context
from careerkg.export.formats import EVERYTHING
from careerkg.resources import ontology_files
from careerkg.vocabulary import CKG, OWL, PREFIXES, RDF, RDFS, expand, is_iri, local_name

if TYPE_CHECKING:
    from careerkg.store import Store

__all__ = ["framed"]

_PARTS = frozenset(
    (
        CKG.condition,
        CKG.estimatedCost,
        CKG.exception,
        CKG.fee,
        CKG.hasTask,
        CKG.includesCourse,
        CKG.operand,
        CKG.recommends,
        CKG.renewal,
        CKG.requires,
    )
)
"""Properties whose values are embedded with all that is said of them."""

_DEPTH = 8
"""Levels of parts within parts: a demand, its condition, levels of logic, the items, and theirs."""

_OUTLINE = (RDF.type, RDFS.label, expand("skos:prefLabel"), expand("dcterms:title"))
"""What a thing shows that is referred to and is no part."""

_ABOUT = ox.NamedNode(CKG.about)


def framed(store: Store, frame: str | Path) -> Iterator[bytes]:
    """Yield the default graph of a store as JSON trees by a frame.

    ``frame`` is the name, CURIE or IRI of a class, :data:`EVERYTHING`, or a file with a JSON-LD frame; one
    without a context gets that of careerkg. Nothing is fetched from a network. Raises UnknownName for a
    class that is neither in the vocabulary nor in the graph, and DataError for a file that is no frame.
    """
    path = Path(frame)
    if isinstance(frame, Path) or path.suffix in (".jsonld", ".json"):
        from careerkg.export.serialization import serialize

        document = json.loads(b"".join(serialize(store, "jsonld", prefixes={})))
        result = _frame(document, _read(path), str(path))
        yield (json.dumps(result, indent=2, ensure_ascii=False) + "\n").encode()
        return
    definitions = dict(load_context().definitions)
    entries = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in definitions.items()]
    yield ('{\n  "@context": {\n    ' + ",\n    ".join(entries) + '\n  },\n  "@graph": [').encode()
    separator = "\n"
    classes = _all_classes(store) if frame == EVERYTHING else _with_subclasses(store, str(frame))
    for entity in _entities(store, classes):
        text = json.dumps(_tree(store, entity, definitions), indent=2, ensure_ascii=False)
        yield (separator + "    " + text.replace("\n", "\n    ")).encode()
        separator = ",\n"
    yield b"\n  ]\n}\n"


def _all_classes(store: Store) -> frozenset[str]:
    """Return the IRIs of the classes of a graph, but for those of OWL and RDFS: terms are no entities."""
    languages = (str(OWL), str(RDF), str(RDFS))
    return frozenset(iri for iri in _classes_in_use(store) if not iri.startswith(languages))


def _classes_in_use(store: Store) -> set[str]:
    """Return the IRIs of the classes that something is of."""
    rows = store.query("SELECT DISTINCT ?class WHERE { ?thing a ?class FILTER(isIRI(?class)) }")
    assert isinstance(rows, ox.QuerySolutions)
    return {row["class"].value for row in rows}


def _entities(store: Store, classes: frozenset[str]) -> list[str]:
    """Return the IRIs of the instances of some classes, in order."""
    type_ = ox.NamedNode(RDF.type)
    return sorted(
        {
            quad.subject.value
            for class_ in classes
            for quad in store.quads(None, type_, ox.NamedNode(class_), ox.DefaultGraph())
            if isinstance(quad.subject, ox.NamedNode)
        }
    )


def _tree(store: Store, entity: str, definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the tree of one entity."""
    from careerkg.export.serialization import rdf_bytes

    document = json.loads(rdf_bytes(_surroundings(store, ox.NamedNode(entity)), "jsonld", prefixes={}))
    frame = {
        "@context": definitions,
        "@embed": "@always",
        "id": entity,
        "@reverse": {"about": {"@omitDefault": True}},
    }
    result = _frame(document, frame, entity)
    (tree,) = result["@graph"]
    assert isinstance(tree, dict)
    return tree


def _surroundings(store: Store, entity: ox.NamedNode) -> Iterator[ox.Triple]:
    """Yield what is said of an entity, of its parts and of the figures about it, and outlines of the rest."""
    full: dict[ox.NamedNode | ox.BlankNode, int] = {entity: 0}
    outlined: dict[ox.NamedNode | ox.BlankNode, None] = {}
    default = ox.DefaultGraph()
    for quad in store.quads(None, _ABOUT, entity, default):
        if isinstance(quad.subject, ox.NamedNode | ox.BlankNode):
            full[quad.subject] = _DEPTH
    waiting = list(full)
    read = 0
    for place, node in enumerate(waiting):
        if place == read:
            store.prefetch(waiting[read:])
            read = len(waiting)
        depth = full[node]
        for quad in store.quads(node, None, None, default):
            yield quad.triple
            value = quad.object
            if not isinstance(value, ox.NamedNode | ox.BlankNode) or quad.predicate.value == RDF.type:
                continue
            part = quad.predicate.value in _PARTS and depth < _DEPTH
            if value in full:
                continue
            if part or isinstance(value, ox.BlankNode):
                full[value] = depth + 1
                waiting.append(value)
            else:
                outlined[value] = None
    store.prefetch(node for node in outlined if node not in full)
    for node in outlined:
        if node not in full:
            for predicate in _OUTLINE:
                for quad in store.quads(node, ox.NamedNode(str(predicate)), None, default):
                    yield quad.triple


def _frame(document: dict[str, Any], frame: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a document framed. Raises DataError if the algorithm does not accept the frame."""
    from pyld import jsonld

    def no_network(url: str, _: Mapping[str, Any]) -> dict[str, Any]:
        raise DataError(f"{name}: nothing is fetched to frame a graph, and this asks for {url}")

    options = {"documentLoader": no_network, "omitGraph": False, "embed": "@always"}
    try:
        result: dict[str, Any] = jsonld.frame(document, frame, options)
    except jsonld.JsonLdError as error:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, DataError):
                raise cause from None
            cause = getattr(cause, "cause", None) or cause.__cause__
        reason = " ".join(str(error.args[0] if error.args else error).split("\n")[0].split())
        raise DataError(f"{name}: not a JSON-LD frame: {reason}") from error
    return result


def _read(path: Path) -> dict[str, Any]:
    """Return the frame in a file. Raises DataError if it cannot be read or is no JSON object."""
    try:
        frame = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"cannot read the frame {path}: {(error.strerror or str(error)).lower()}") from error
    except ValueError as error:
        raise DataError(f"{path}: not a JSON-LD frame: {error}") from error
    if not isinstance(frame, dict):
        raise DataError(f"{path}: not a JSON-LD frame: a JSON object is expected")
    return frame if "@context" in frame else {"@context": dict(load_context().definitions), **frame}


def _with_subclasses(store: Store, name: str) -> frozenset[str]:
    """Return the IRIs of a class and of its subclasses, by the vocabulary and the graph."""
    below: defaultdict[str, set[str]] = defaultdict(set)
    known: set[str] = set()
    sub_class = ox.NamedNode(RDFS.subClassOf)
    vocabulary = list(ox.parse(path=str(ontology_files()[0]), format=ox.RdfFormat.TURTLE))
    known |= {
        quad.subject.value
        for quad in vocabulary
        if isinstance(quad.subject, ox.NamedNode) and quad.object == ox.NamedNode(OWL.Class)
    }
    for quad in (*vocabulary, *store.quads(None, sub_class, None, ox.DefaultGraph())):
        if (
            quad.predicate == sub_class
            and isinstance(quad.subject, ox.NamedNode)
            and isinstance(quad.object, ox.NamedNode)
        ):
            below[quad.object.value].add(quad.subject.value)
            known |= {quad.subject.value, quad.object.value}
    known |= _classes_in_use(store)
    top = _class(name, known)
    found = {top}
    waiting = [top]
    while waiting:
        more = below[waiting.pop()] - found
        found |= more
        waiting += more
    return frozenset(found)


def _class(name: str, known: set[str]) -> str:
    """Return the IRI of a class. Raises UnknownName with the nearest names."""
    from difflib import get_close_matches

    iri = name if is_iri(name) else expand(name)
    if iri in known:
        return str(iri)
    # Of two classes with one local name the one of our vocabulary wins.
    by_name = {local_name(found).lower(): found for found in sorted(known, key=_ours)}
    if name.lower() in by_name:
        return by_name[name.lower()]
    near = get_close_matches(name.lower(), by_name, 3, 0.5)
    raise UnknownName(name, [local_name(by_name[word]) for word in near])


def _ours(iri: str) -> tuple[bool, str]:
    """Return a key that puts the classes of our vocabulary last."""
    return iri.startswith(PREFIXES["ckg"]), iri
