"""Names: the namespaces of the graph, its prefixes, and how identifiers are minted and shortened.

Floor 0 of the package: plain strings only, no RDF library, so that anything may import it.

>>> CKG.requires
'https://w3id.org/careerkg/ontology#requires'
>>> mint("credential", "rhit")
'https://w3id.org/careerkg/id/credential/rhit'
>>> expand("ckg:issuedBy"), compact("https://w3id.org/careerkg/id/credential/rhit")
('https://w3id.org/careerkg/ontology#issuedBy', 'credential:rhit')
"""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = [
    "CKG",
    "CONCEPT_KINDS",
    "CONDITION_CLASSES",
    "DCTERMS",
    "ENTITY_KINDS",
    "ID",
    "ITEM_CLASSES",
    "ONTOLOGY",
    "OWL",
    "PREFIXES",
    "PROV",
    "RDF",
    "RDFS",
    "SH",
    "SHAPE",
    "SKOS",
    "SOURCE",
    "VOID",
    "XSD",
    "Namespace",
    "compact",
    "expand",
    "is_iri",
    "local_name",
    "mint",
    "slugify",
]


class Namespace:
    """A namespace whose terms are its attributes: ``CKG.requires`` is a plain string, an IRI."""

    __slots__ = ("_iri",)

    def __init__(self, iri: str) -> None:
        self._iri = iri

    def __getattr__(self, name: str) -> str:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._iri + name

    def __str__(self) -> str:
        return self._iri


ONTOLOGY = "https://w3id.org/careerkg/ontology"
CKG = Namespace(ONTOLOGY + "#")
ID = Namespace("https://w3id.org/careerkg/id/")
SOURCE = Namespace("https://w3id.org/careerkg/source/")
SHAPE = Namespace("https://w3id.org/careerkg/shape/")

RDF = Namespace("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS = Namespace("http://www.w3.org/2000/01/rdf-schema#")
OWL = Namespace("http://www.w3.org/2002/07/owl#")
XSD = Namespace("http://www.w3.org/2001/XMLSchema#")
SKOS = Namespace("http://www.w3.org/2004/02/skos/core#")
DCTERMS = Namespace("http://purl.org/dc/terms/")
PROV = Namespace("http://www.w3.org/ns/prov#")
SH = Namespace("http://www.w3.org/ns/shacl#")
VOID = Namespace("http://rdfs.org/ns/void#")

ENTITY_KINDS = (
    "assessment",
    "claim",
    "condition",
    "cost",
    "course",
    "credential",
    "distribution",
    "experience",
    "knowledge",
    "observation",
    "occupation",
    "onet-activity",
    "onet-category",
    "onet-element",
    "onet-job-zone",
    "onet-scale",
    "onet-soc",
    "onet-task",
    "onet-technology",
    "organization",
    "place",
    "program",
    "rating",
    "renewal",
    "requirement",
    "role",
    "scheme",
    "skill",
    "soc",
    "succession",
    "task",
    "technology",
    "trait",
    "trend",
    "unspsc",
)
"""Kinds of entity that have a prefix of their own: ``credential:rhit``."""

CONCEPT_KINDS = (
    "audience",
    "benefit",
    "change",
    "characterization",
    "direction",
    "driver",
    "interest",
    "level",
    "organization-kind",
    "party",
    "pay-factor",
    "pay-period",
    "purpose",
    "qualification",
    "rank",
    "schedule",
    "schedule-reason",
    "service",
    "shift",
    "source-kind",
    "statistic",
    "strength",
    "unit",
    "verification",
    "work-condition",
    "work-setting",
)
"""Kinds of SKOS concept, one scheme each: ``strength:law``."""

PREFIXES: Mapping[str, str] = {
    "ckg": str(CKG),
    "ckgid": str(ID),
    "ckgsrc": str(SOURCE),
    "shape": str(SHAPE),
    **{kind: f"{ID}{kind}/" for kind in (*CONCEPT_KINDS, *ENTITY_KINDS)},
    "ceterms": "https://purl.org/ctdl/terms/",
    "dcterms": str(DCTERMS),
    "esco": "http://data.europa.eu/esco/model#",
    "onet": "https://www.onetcenter.org/rdf/schema/onet/",
    "owl": str(OWL),
    "prov": str(PROV),
    "rdf": str(RDF),
    "rdfs": str(RDFS),
    "schema": "https://schema.org/",
    "sh": str(SH),
    "skos": str(SKOS),
    "vann": "http://purl.org/vocab/vann/",
    "void": str(VOID),
    "xsd": str(XSD),
}
"""Prefixes that every query, command and export may use without declaring them."""

ITEM_CLASSES = tuple(
    f"{CKG}{name}"
    for name in (
        "Assessment",
        "AssociateDegree",
        "BachelorDegree",
        "Certificate",
        "Certification",
        "Course",
        "Credential",
        "Diploma",
        "Experience",
        "Item",
        "License",
        "MasterDegree",
        "Occupation",
        "Program",
        "Role",
        "Work",
    )
)
"""The classes of what a person can attain: ckg:Item and all below it, for data that lack the ontology."""

CONDITION_CLASSES = tuple(
    f"{CKG}{name}"
    for name in (
        "AllOf",
        "AnyOf",
        "AtLeast",
        "Condition",
        "FreeTextCondition",
        "PersonCondition",
        "Requirement",
    )
)
"""The classes of conditions, and of requirements, which wrap them."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?\Z")


def is_iri(text: str) -> bool:
    """Tell whether a text is an absolute IRI rather than a CURIE or a name.

    >>> is_iri("http://example.org/a"), is_iri("urn:x:y"), is_iri("ckg:issuedBy"), is_iri("rhit")
    (True, True, False, False)
    """
    match = _SCHEME.match(text)
    if match is None or any(c in ' <>"{}|\\^`' for c in text):
        return False
    return match.group()[:-1] not in PREFIXES or text[match.end() :].startswith("//")


def expand(curie: str, prefixes: Mapping[str, str] = PREFIXES) -> str | None:
    """Return the IRI that a CURIE stands for, or None if its prefix is not known."""
    prefix, colon, name = curie.partition(":")
    if not colon or prefix not in prefixes or name.startswith("//"):
        return None
    return prefixes[prefix] + name


def compact(iri: str, prefixes: Mapping[str, str] = PREFIXES) -> str:
    """Return the CURIE of the longest matching namespace that is valid in Turtle, or the IRI itself.

    >>> compact("http://example.org/x")
    'http://example.org/x'
    """
    best = ""
    shortest = iri
    for prefix, namespace in prefixes.items():
        if len(namespace) > len(best) and iri.startswith(namespace):
            name = iri[len(namespace) :]
            if _LOCAL.match(name):
                best, shortest = namespace, f"{prefix}:{name}"
    return shortest


def local_name(iri: str) -> str:
    """Return what stands behind the last ``#``, ``/`` or ``:`` of an IRI.

    >>> local_name("https://w3id.org/careerkg/ontology#Certification")
    'Certification'
    """
    return re.split(r"[#/:]", iri.rstrip("#/:"))[-1]


def slugify(label: str) -> str:
    """Return the slug of a label: lower case, words joined by hyphens.

    >>> slugify("Registered Health Information Technician (RHIT)")
    'registered-health-information-technician-rhit'
    """
    return re.sub(r"[^a-z0-9]+", "-", label.lower().replace("'", "").replace("’", "")).strip("-")


def mint(kind: str, slug: str) -> str:
    """Return the IRI of one of our own entities (design: ``id/<kind>/<slug>``)."""
    return f"{ID}{kind}/{slug}"
