"""The ontology files as the tests read them: where they are, and their merge."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pyoxigraph as ox

from careerkg.vocabulary import CKG, OWL, PREFIXES, RDF

ROOT = Path(__file__).resolve().parents[1]
TERMS = ROOT / "ontology" / "careerkg.ttl"
SCHEMES = ROOT / "ontology" / "schemes.ttl"
ALIGNMENTS = ROOT / "ontology" / "alignments.ttl"
FACTS = sorted((ROOT / "ontology" / "data").glob("*.trig"))
TIDY = [
    path
    for path in FACTS
    if path.stem == "dental-hygienist" or path.stem.startswith(("health-information-", "medical-records-"))
]
"""The first files, whose text is held to one layout; of those of contributors only what they say counts."""
SHARED = ROOT.parent / "shared"
"""Inputs that stand beside the repository on the maintainers' machines; tests that read them may skip."""

EXAMPLE = "http://example.org/"

PROPERTY_KINDS = frozenset({OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty})
KINDS = PROPERTY_KINDS | {OWL.Class}


def load(*paths: Path) -> ox.Store:
    """Return the merge of the files: every triple of every graph, once."""
    store = ox.Store()
    store.extend(
        ox.Quad(quad.subject, quad.predicate, quad.object)
        for path in paths
        for quad in ox.parse(path=str(path), rename_blank_nodes=True)
    )
    return store


def kinds(store: ox.Store) -> dict[str, set[str]]:
    """Return the declared terms, ours and others', with what they are declared to be."""
    found: dict[str, set[str]] = defaultdict(set)
    for subject, _, kind, _ in store.quads_for_pattern(None, ox.NamedNode(RDF.type), None):
        if isinstance(subject, ox.NamedNode) and isinstance(kind, ox.NamedNode) and kind.value in KINDS:
            found[subject.value].add(kind.value)
    return found


def our_terms(store: ox.Store) -> set[str]:
    """Return the terms that a graph declares in our namespace."""
    return {iri for iri in kinds(store) if iri.startswith(str(CKG))}


def used_terms(store: ox.Store) -> set[str]:
    """Return the IRIs of our namespace that stand anywhere in a graph."""
    return {
        term.value
        for quad in store
        for term in (quad.subject, quad.predicate, quad.object)
        if isinstance(term, ox.NamedNode) and term.value.startswith(str(CKG))
    }


def prefix_lines() -> str:
    """Return the declarations of our prefixes and of ex:, for Turtle texts."""
    return "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in (*PREFIXES.items(), ("ex", EXAMPLE)))


def statements(turtle: str) -> list[ox.Quad]:
    """Return the triples of a Turtle text that may use our prefixes and ex:."""
    return list(ox.parse(input=prefix_lines() + turtle, format=ox.RdfFormat.TURTLE))
