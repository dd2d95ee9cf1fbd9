"""Terms on their way to a server and back: blank nodes as well-known IRIs, values as Oxigraph writes them.

A blank node has no address beyond one answer. ``push`` therefore gives each an IRI as RDF 1.1 (section 3.5)
has it, ``…/.well-known/genid/…``, with the label of the blank node in it; and what is read back under such an
IRI is the blank node again. So every question has the same answer as on the embedded store.
"""

from __future__ import annotations

import re
from functools import lru_cache

import pyoxigraph as ox

from careerkg.vocabulary import RDF, XSD

__all__ = ["GENID", "canonical", "from_genid", "iri_of", "to_genid"]

GENID = "https://w3id.org/.well-known/genid/careerkg/"
"""What the IRIs of blank nodes begin with; their label follows."""

_KEPT_AS_WRITTEN = frozenset(
    {
        XSD.string,
        XSD.anyURI,
        RDF.langString,
        RDF.HTML,
    }
)
_LABEL = re.compile(r"[\w·-]+(?:[\w·.-]*[\w·-])?")


def to_genid(node: ox.BlankNode) -> ox.NamedNode:
    """Return the IRI that stands for a blank node."""
    return ox.NamedNode(GENID + node.value)


def iri_of(node: ox.NamedNode | ox.BlankNode) -> str:
    """Return the IRI that a node has at a server."""
    return to_genid(node).value if isinstance(node, ox.BlankNode) else node.value


def from_genid(iri: str) -> ox.BlankNode | None:
    """Return the blank node that an IRI stands for, None for any other IRI."""
    if not iri.startswith(GENID):
        return None
    label = iri[len(GENID) :]
    return ox.BlankNode(label) if _LABEL.fullmatch(label) else None


def canonical(literal: ox.Literal) -> ox.Literal:
    """Return a literal as Oxigraph keeps it: values, not their spelling (12.50 is 12.5, P12M is P1Y)."""
    if literal.language is not None:
        language = literal.language
        if language.islower():
            return literal
        return ox.Literal(literal.value, language=language.lower())
    datatype = literal.datatype.value
    if datatype in _KEPT_AS_WRITTEN or not datatype.startswith(str(XSD)):
        return literal
    return _kept(literal.value, datatype)


@lru_cache(maxsize=65_536)
def _kept(value: str, datatype: str) -> ox.Literal:
    """Return a literal as it comes out of a store."""
    store = ox.Store()
    node = ox.NamedNode("x:x")
    store.add(ox.Quad(node, node, ox.Literal(value, datatype=ox.NamedNode(datatype))))
    (quad,) = store
    assert isinstance(quad.object, ox.Literal)
    return quad.object
