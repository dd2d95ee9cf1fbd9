"""The example queries that come with careerkg: questions in words with their SPARQL."""

from __future__ import annotations

from collections.abc import Iterator

from careerkg import resources
from careerkg.store import EmbeddedStore

__all__ = ["example_queries"]


def example_queries() -> Iterator[tuple[str, str, str]]:
    """Yield name, question and SPARQL text of each example query that comes with careerkg, by name."""
    import pyoxigraph as ox

    store = EmbeddedStore.trusted([resources.examples_file()])
    result = store.query(
        "SELECT ?name ?question ?text WHERE { ?example a sh:SPARQLExecutable ; rdfs:label ?name ; "
        "rdfs:comment ?question ; sh:select|sh:ask|sh:construct ?text } ORDER BY ?name"
    )
    assert isinstance(result, ox.QuerySolutions)
    for row in result:
        yield row["name"].value, row["question"].value, row["text"].value
