"""The JSON-LD context: generated, complete, and read back as it is meant."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
from cases import exported, parsed

from careerkg import CareerGraph
from careerkg.export.context import load_context
from careerkg.resources import context_file
from careerkg.store import EmbeddedStore
from careerkg.vocabulary import CKG, OWL, PREFIXES, RDF

ROOT = Path(__file__).resolve().parents[2]


def test_the_file_is_what_the_tool_makes_of_the_vocabulary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    try:
        import make_context

        assert make_context.outputs() == {context_file(): context_file().read_text(encoding="utf-8")}
    finally:
        sys.modules.pop("make_context", None)


def test_every_property_and_class_used_in_the_bundled_graph_has_an_entry(kg: CareerGraph) -> None:
    known = {term.iri for term in load_context().terms.values()}
    default = ox.DefaultGraph()
    used = {quad.predicate.value for quad in kg.store.quads(graph=default)}
    type_ = ox.NamedNode(RDF.type)
    used |= {
        quad.object.value
        for quad in kg.store.quads(None, type_, None, default)
        if isinstance(quad.object, ox.NamedNode)
    }
    # Lists are written as @list, and what the graph says of other vocabularies keeps their prefixes.
    assert used - known <= {RDF.type, RDF.first, RDF.rest}


def test_every_term_of_ours_has_an_entry_with_its_own_name() -> None:
    terms = load_context().terms
    for kind in (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty):
        for row in CareerGraph().query(f"SELECT ?term {{ ?term a <{kind}> }}").raw:  # type: ignore[union-attr]
            iri = row["term"].value
            if iri.startswith(str(CKG)):
                assert terms[iri.removeprefix(str(CKG))].iri == iri


def test_names_and_prefixes_do_not_clash() -> None:
    context = load_context()
    assert not context.terms.keys() & context.prefixes.keys()
    assert len({term.iri for term in context.terms.values()}) == len(context.terms)


def test_prefixes_of_a_user_are_kept_unless_they_clash() -> None:
    more = {
        "ex": "http://example.org/",
        "unit": PREFIXES["unit"],
        "label": "http://example.org/label/",
        "mine": str(CKG),
        "half": "http://example.org/half_",
    }
    prefixes = load_context().with_prefixes(more).prefixes
    assert prefixes["ex"] == more["ex"]
    assert not prefixes.keys() & {"unit", "label", "mine"}
    excerpt = load_context().with_prefixes(more).excerpt(prefixes=["half"], terms=[])
    assert excerpt["half"] == {"@id": "http://example.org/half_", "@prefix": True}


def test_the_file_alone_reads_what_was_exported_with_it(kg: CareerGraph) -> None:
    """A document whose own context is replaced by the whole file means the same."""
    store = kg.store
    assert isinstance(store, EmbeddedStore)
    document = json.loads(exported(store, "jsonld", prefixes={}))
    whole = {**document, **json.loads(context_file().read_text(encoding="utf-8"))}
    assert parsed(json.dumps(whole).encode(), "jsonld") == parsed(json.dumps(document).encode(), "jsonld")
