"""Names of the W3C vocabularies that validation speaks of: plain strings, no RDF library."""

from __future__ import annotations

__all__ = [
    "COMPONENTS",
    "INFO",
    "OWL",
    "RDF",
    "RDFS",
    "RDF_FIRST",
    "RDF_LANG_STRING",
    "RDF_NIL",
    "RDF_REST",
    "RDF_TYPE",
    "SEVERITIES",
    "SH",
    "SUBCLASS_OF",
    "VIOLATION",
    "WARNING",
    "XSD",
    "short",
]

SH = "http://www.w3.org/ns/shacl#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
XSD = "http://www.w3.org/2001/XMLSchema#"

RDF_TYPE = RDF + "type"
RDF_FIRST = RDF + "first"
RDF_REST = RDF + "rest"
RDF_NIL = RDF + "nil"
RDF_LANG_STRING = RDF + "langString"
SUBCLASS_OF = RDFS + "subClassOf"

VIOLATION = SH + "Violation"
WARNING = SH + "Warning"
INFO = SH + "Info"
SEVERITIES = {"violation": VIOLATION, "warning": WARNING, "info": INFO}
"""The three severities of SHACL, gravest first, by the names that the JSON report uses."""

_PARAMETERS = """
and class closed datatype disjoint equals hasValue in languageIn lessThan lessThanOrEquals maxCount
maxExclusive maxInclusive maxLength minCount minExclusive minInclusive minLength node nodeKind not or
pattern property qualifiedMaxCount qualifiedMinCount uniqueLang xone
"""

COMPONENTS = {name: f"{SH}{name[0].upper()}{name[1:]}ConstraintComponent" for name in _PARAMETERS.split()}
"""The constraint component of each parameter (SHACL, appendix B)."""
COMPONENTS["sparql"] = SH + "SPARQLConstraintComponent"


def short(iri: str) -> str:
    """Return the last part of an IRI, which is its name within its namespace.

    >>> short("http://www.w3.org/ns/shacl#MinCountConstraintComponent")
    'MinCountConstraintComponent'
    """
    return iri.rstrip("/#").replace("#", "/").rsplit("/", 1)[-1]
