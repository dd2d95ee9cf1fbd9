"""Addresses: where the page of a thing is, and which thing a page is about.

An IRI of ours, ``https://w3id.org/careerkg/id/<kind>/<slug>``, has its document at ``/doc/<kind>/<slug>``;
a source or passage at ``/source/…``; a term of the vocabulary at ``/ontology/<Term>``. Things of other
publishers keep their IRIs, and their documents are at ``/doc?iri=…``.

>>> path_of("https://w3id.org/careerkg/id/credential/rhit")
'/doc/credential/rhit'
>>> path_of("http://data.europa.eu/esco/isco/C2221")
'/doc?iri=http%3A%2F%2Fdata.europa.eu%2Fesco%2Fisco%2FC2221'
>>> data_path("https://w3id.org/careerkg/id/credential/rhit", "ttl")
'/doc/credential/rhit.ttl'
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode

from careerkg.vocabulary import CKG, ID, ONTOLOGY, SOURCE

__all__ = ["ENDINGS", "data_path", "neighbourhood_path", "path_of", "with_query"]

ENDINGS = ("html", "ttl", "jsonld", "nt", "trig", "rdf")
"""Endings that a document's address may have, for people who cannot send an Accept header."""

_PLAIN = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@%/-]+\Z")
"""What may stand in the path of an address as it is (RFC 3986, pchar and slash)."""


def path_of(iri: str) -> str:
    """Return the address of the page about a thing, without the host."""
    for namespace, place in ((str(ID), "/doc/"), (str(SOURCE), "/source/"), (str(CKG), "/ontology/")):
        rest = iri.removeprefix(namespace)
        if rest != iri and _PLAIN.match(rest):
            return place + rest
    if iri == ONTOLOGY:
        return "/ontology"
    return f"/doc?iri={quote(iri, safe='')}"


def data_path(iri: str, ending: str) -> str:
    """Return the address of a thing's data in the format of an ending."""
    path = path_of(iri)
    return f"{path}&format={ending}" if "?" in path else f"{path}.{ending}"


def neighbourhood_path(iri: str) -> str:
    """Return the address of the picture of a thing and what it is linked to."""
    path = path_of(iri)
    if path.startswith("/doc/"):
        return "/neighbourhood/" + path.removeprefix("/doc/")
    return f"/neighbourhood?iri={quote(iri, safe='')}"


def with_query(path: str, **parameters: str | int | None) -> str:
    """Return an address with further parameters; those that are None or empty are left out."""
    given = {name: value for name, value in parameters.items() if value not in (None, "")}
    return path + ("&" if "?" in path else "?") + urlencode(given) if given else path
