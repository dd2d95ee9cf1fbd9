"""What the tests of export share: stores of test data, canonical forms, other libraries as readers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from careerkg import export
from careerkg.store import RDF_FORMATS, EmbeddedStore
from careerkg.vocabulary import PREFIXES

DATA = Path(__file__).parent / "data"
TRIPLE_FORMATS = ("ttl", "nt", "rdf", "jsonld")
ALL_FORMATS = (*TRIPLE_FORMATS, "trig", "nq")


def loaded(*names: str) -> EmbeddedStore:
    """Return a store with files of test data."""
    return EmbeddedStore.in_memory([DATA / name for name in names])


def exported(store: EmbeddedStore, format: str, **options: Any) -> bytes:
    """Return a store in a format."""
    return b"".join(export.serialize(store, format, **options))


def canonical(quads: Iterable[ox.Quad]) -> set[str]:
    """Return the canonical form of a dataset: equal for isomorphic ones and for no others."""
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in dataset}


def parsed(data: bytes, format: str) -> set[str]:
    """Return the canonical form of a document."""
    return canonical(ox.parse(input=data, format=RDF_FORMATS[format]))


def of_store(store: EmbeddedStore, *, named: bool) -> set[str]:
    """Return the canonical form of a store's default graph, or of all its graphs."""
    return canonical(store.quads(graph=None if named else ox.DefaultGraph()))


def round_trip(store: EmbeddedStore, format: str, prefixes: Mapping[str, str] = PREFIXES) -> None:
    """Assert that a document in a format, read back, is what was written."""
    document = exported(store, format, prefixes=prefixes)
    assert parsed(document, format) == of_store(store, named=format in ("trig", "nq"))
