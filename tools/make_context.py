"""The JSON-LD context, derived from the vocabulary: ``ontology/context.jsonld``.

Every class and property has an entry under its local name. A property whose values are things is read as
``@id``, one of texts in a language as English unless a value says otherwise, and one with a single datatype
that JSON has no form for (dates, durations, addresses) with that datatype. Numbers and truth values have no
datatype here: JSON's own say what they are, and an integer stays one where decimals are allowed, too.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from careerkg.vocabulary import OWL, PREFIXES, RDF, RDFS, XSD, compact, expand, local_name

ROOT = Path(__file__).resolve().parent.parent
TERMS = ROOT / "ontology" / "careerkg.ttl"
CONTEXT = ROOT / "ontology" / "context.jsonld"

NAMESPACES = (
    "ceterms",
    "ckg",
    "ckgid",
    "ckgsrc",
    "dcterms",
    "esco",
    "onet",
    "owl",
    "prov",
    "rdf",
    "rdfs",
    "schema",
    "sh",
    "shape",
    "skos",
    "vann",
    "xsd",
)
"""Prefixes of the context. Kinds of entity have none: the prefix ``unit`` would clash with the property."""

JSON_TYPES = frozenset(
    str(iri)
    for iri in (
        XSD.string,
        XSD.boolean,
        XSD.integer,
        XSD.decimal,
        XSD.double,
        XSD.nonNegativeInteger,
        XSD.positiveInteger,
    )
)
"""Datatypes that are left to the forms of JSON."""

READINGS: dict[str, str | None] = {
    "ckg:claimProperty": "@id",
    "ckg:claimSubject": "@id",
    "dcterms:creator": None,
    "dcterms:description": "@language",
    "dcterms:issued": None,
    "dcterms:license": "@id",
    "dcterms:publisher": None,
    "dcterms:rights": "@language",
    "dcterms:title": "@language",
    "owl:AllDisjointClasses": None,
    "owl:AnnotationProperty": None,
    "owl:Class": None,
    "owl:DatatypeProperty": None,
    "owl:FunctionalProperty": None,
    "owl:ObjectProperty": None,
    "owl:Ontology": None,
    "owl:deprecated": None,
    "owl:disjointWith": "@id",
    "owl:members": None,
    "owl:versionIRI": "@id",
    "owl:versionInfo": None,
    "rdfs:comment": "@language",
    "rdfs:domain": "@id",
    "rdfs:isDefinedBy": "@id",
    "rdfs:label": "@language",
    "rdfs:range": "@id",
    "rdfs:seeAlso": "@id",
    "rdfs:subClassOf": "@id",
    "rdfs:subPropertyOf": "@id",
    "schema:domainIncludes": "@id",
    "schema:rangeIncludes": "@id",
    "skos:altLabel": "@language",
    "skos:definition": "@language",
    "skos:editorialNote": "@language",
    "skos:example": None,
    "skos:hiddenLabel": "@language",
    "skos:notation": None,
    "skos:prefLabel": "@language",
    "skos:scopeNote": "@language",
    "vann:preferredNamespacePrefix": None,
    "vann:preferredNamespaceUri": None,
}
"""How values are read of terms about which the vocabulary says nothing: of others, and what quotes."""


def outputs() -> dict[Path, str]:
    """Return the content of the context file by its path. Raises ValueError if two terms share a name."""
    return {CONTEXT: _text(context())}


def context() -> dict[str, Any]:
    """Return the context: keyword aliases, prefixes, then terms by name."""
    entries: dict[str, Any] = {"@version": 1.1, "id": "@id", "type": "@type"}
    entries |= {prefix: PREFIXES[prefix] for prefix in NAMESPACES}
    store = ox.Store()
    store.bulk_load(path=str(TERMS), format=ox.RdfFormat.TURTLE)
    definitions = {_iri(curie): _definition(curie, how) for curie, how in READINGS.items()}
    for kind in (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty):
        for quad in store.quads_for_pattern(None, ox.NamedNode(RDF.type), ox.NamedNode(kind)):
            if isinstance(quad.subject, ox.NamedNode) and quad.subject.value not in definitions:
                iri = quad.subject.value
                definitions[iri] = _definition(compact(iri), _reading(store, iri, kind))
    for iri in sorted(definitions, key=lambda iri: (local_name(iri).lower(), local_name(iri), iri)):
        name = local_name(iri)
        if name in entries:
            raise ValueError(f"{iri}: the name {name!r} already stands for {entries[name]}")
        entries[name] = definitions[iri]
    return entries


def _iri(curie: str) -> str:
    """Return the IRI of a CURIE with a known prefix."""
    iri = expand(curie)
    assert iri is not None
    return iri


def _reading(store: ox.Store, iri: str, kind: str) -> str | None:
    """Return how values of a property are read: ``@id``, ``@language``, a datatype, None for as in JSON."""
    if kind == OWL.Class:
        return None
    if kind == OWL.ObjectProperty:
        return "@id"
    ranges = {
        quad.object.value
        for property_ in (RDFS.range, expand("schema:rangeIncludes"))
        for quad in store.quads_for_pattern(ox.NamedNode(iri), ox.NamedNode(str(property_)), None)
        if isinstance(quad.object, ox.NamedNode)
    }
    if len(ranges) != 1:
        return None
    (only,) = ranges
    if only == RDF.langString:
        return "@language"
    if only in JSON_TYPES:
        return None
    return compact(only) if only.startswith(str(XSD)) else "@id"


def _definition(curie: str, how: str | None) -> Any:
    """Return the entry of a term."""
    if how is None:
        return curie
    if how == "@language":
        return {"@id": curie, "@language": "en"}
    return {"@id": curie, "@type": how}


def _text(entries: dict[str, Any]) -> str:
    """Return the context document, one entry a line."""
    lines = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in entries.items()]
    return '{\n  "@context": {\n    ' + ",\n    ".join(lines) + "\n  }\n}\n"


if __name__ == "__main__":
    for path, content in outputs().items():
        path.write_text(content, encoding="utf-8")
