"""Validation of a store that can do nothing but answer queries, as an endpoint on the web."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import pyoxigraph as ox
import pytest
from reports import keys, screened

from careerkg.errors import StoreError
from careerkg.store import EmbeddedStore, RawResult, Store, Term
from careerkg.validation import load_shapes, validate

HERE = Path(__file__).parent


class OnlyQueries:
    """A store behind SPARQL queries; it counts them, and hands out no triples."""

    writable = False

    def __init__(self, inner: EmbeddedStore) -> None:
        self.inner = inner
        self.queries = 0

    def query(
        self,
        sparql: str,
        *,
        prefixes: Mapping[str, str] | None = None,
        bindings: Mapping[str, Term] | None = None,
        named_graphs: Sequence[str] | None = None,
    ) -> RawResult:
        self.queries += 1
        return self.inner.query(sparql, prefixes=prefixes, bindings=bindings, named_graphs=named_graphs)

    def update(self, *_: Any, **__: Any) -> NoReturn:
        raise StoreError("no updates here")

    def quads(self, *_: Any, **__: Any) -> Iterator[ox.Quad]:
        raise StoreError("no triples here")

    def prefetch(self, *_: Any) -> None:
        return

    def load(self, *_: Any) -> NoReturn:
        raise StoreError("nothing is loaded here")

    def state(self) -> Hashable:
        return 0

    def __len__(self) -> int:
        return len(self.inner)


def test_queries_are_enough() -> None:
    inner = EmbeddedStore.in_memory([HERE / "people.ttl"])
    store = OnlyQueries(inner)
    as_store: Store = store
    shapes = load_shapes([HERE / "people-shapes.ttl"])
    report = validate(as_store, shapes)
    assert keys(report.results) == keys(validate(inner, shapes).results)
    assert report.counts.violation == 3
    few = store.queries
    assert 0 < few < 40


class DoesNotCount(OnlyQueries):
    """An endpoint that gives up on questions about the whole of its data."""

    def query(self, sparql: str, **arguments: Any) -> RawResult:
        if "GROUP BY ?name" in sparql:
            raise StoreError("too much to count")
        return super().query(sparql, **arguments)


def test_a_store_that_does_not_count_is_validated_all_the_same() -> None:
    inner = EmbeddedStore.in_memory([HERE / "people.ttl"])
    shapes = load_shapes([HERE / "people-shapes.ttl"])
    with screened({}):
        report = validate(DoesNotCount(inner), shapes)
    assert keys(report.results) == keys(validate(inner, shapes).results)
    assert report.counts.violation == 3


def test_the_number_of_queries_does_not_grow_with_the_data() -> None:
    shapes = load_shapes([HERE / "people-shapes.ttl"])
    numbers = []
    for people in (1, 500):
        inner = ox.Store()
        for number in range(people):
            text = f"<http://example.org/p{number}> a <http://example.org/Person> ."
            inner.load(text, format=ox.RdfFormat.TURTLE)
        store = OnlyQueries(EmbeddedStore(inner))
        assert validate(store, shapes).counts.violation == people
        numbers.append(store.queries)
    assert numbers[0] == numbers[1]


def test_what_needs_the_reference_says_so(tmp_path: Path) -> None:
    path = tmp_path / "shapes.ttl"
    path.write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://example.org/> .\n"
        "ex:S a sh:NodeShape ; sh:targetClass ex:Person ; sh:expression [ sh:path ex:ok ] ."
    )
    store = OnlyQueries(EmbeddedStore.in_memory([HERE / "people.ttl"]))
    with pytest.raises(StoreError, match="no triples here"):
        validate(store, load_shapes([path]))
