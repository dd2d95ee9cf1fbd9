"""Validation of what a change can affect, against validation of everything before and after."""

from __future__ import annotations

import os

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reports import WAYS, expected, keys, screened, shapes_from, store_of
from strategies import PREFIXES, graphs, shapes_graphs, triples

from careerkg.store import EmbeddedStore, Term
from careerkg.validation import validate

EXAMPLES = int(os.environ.get("CAREERKG_EXAMPLES", "100"))

changes = st.lists(triples, min_size=1, max_size=3).map(
    lambda rows: PREFIXES + "\n".join(f"{' '.join(row)} ." for row in rows)
)


def _read(turtle: str) -> list[ox.Triple]:
    """The triples of a text; blank nodes keep their names, so that two texts speak of the same ones."""
    return [quad.triple for quad in ox.parse(turtle.encode(), format=ox.RdfFormat.TURTLE)]


@given(graphs, shapes_graphs, changes, st.integers(0, 3), st.booleans())
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
def test_what_changes_is_found(
    data: str, text: str, change: str, removed_number: int, change_vocabulary: bool
) -> None:
    shapes = shapes_from(text)
    before = list(dict.fromkeys(_read(data)))
    removed = set(before[:removed_number])
    added = [t for t in _read(change) if change_vocabulary or "subClassOf" not in t.predicate.value]
    after = [triple for triple in before if triple not in removed] + added
    changed: set[Term] = {t.subject for t in (*added, *removed)}
    changed |= {t.object for t in removed}
    results_before = keys(validate(store_of(before), shapes).results)
    store = store_of(after)
    results_after = keys(validate(store, shapes).results)
    incremental = keys(validate(store, shapes, changed=changed).results)
    assert not incremental - results_after, "an incremental result is not one of the whole"
    assert not results_after - incremental - results_before, "a new result was not found"


def test_only_what_a_change_can_affect_is_reported() -> None:
    data = (
        PREFIXES
        + """
        ex:a a ex:A ; ex:p ex:b . ex:b ex:q "no number" .
        ex:c a ex:A ; ex:p ex:d . ex:d ex:q "no number" ."""
    )
    shapes = shapes_from(
        PREFIXES + "ex:S a sh:NodeShape ; sh:targetClass ex:A ; "
        "sh:property [ sh:path ( ex:p ex:q ) ; sh:datatype xsd:integer ] ."
    )
    store = EmbeddedStore(store_of(_read(data)).inner)
    assert validate(store, shapes).counts.violation == 2
    report = validate(store, shapes, changed=[ox.NamedNode("http://example.org/d")])
    assert [str(result.focus) for result in report.results] == ["<http://example.org/c>"]
    assert validate(store, shapes, changed=[ox.NamedNode("http://example.org/unrelated")]).conforms
    assert validate(store, shapes, changed=[]).conforms


HARD = {
    "counted, though there is none": (
        "ex:a a ex:A ; ex:p 1 . ex:b a ex:A ; ex:q 1 .",
        "SELECT $this (COUNT(?v) AS ?value) WHERE { $this ?path ?v FILTER(STRENDS(STR(?path), 'q')) }",
        "a",
    ),
    "two properties": (
        "ex:a a ex:A ; ex:q ex:x ; ex:p 3 ; ex:r 2 . ex:b a ex:A ; ex:p 1 .",
        "SELECT $this ?value ?path WHERE { $this ?path ?x . $this ?second ?value . "
        "FILTER(STRENDS(STR(?path), 'q')) FILTER(STRENDS(STR(?second), 'r')) }",
        "a",
    ),
    "all variables": (
        "ex:a a ex:A ; ex:q 1, 2 . ex:b a ex:A ; ex:q 2 .",
        "SELECT * WHERE { $this ?path ?value . ?y ?path ?x }",
        "a b",
    ),
    "all variables, of which one is not shown": (
        "ex:a a ex:A ; ex:q 1, 2 .",
        "SELECT * WHERE { $this ex:q ?any FILTER(?any = 1) }",
        "a",
    ),
    "optional": (
        "ex:b a ex:A . ex:y ex:q ex:a .",
        "SELECT $this WHERE { $this a ex:A OPTIONAL { $this ex:p ?x } ?x ex:q ex:a }",
        "y",
    ),
    "not bound in one way": (
        "ex:a a ex:A . ex:c ex:p ex:c . ex:d ex:q 5 .",
        "SELECT $this ?value WHERE { { ?value ex:q $this } UNION { ?x ex:p ?x } }",
        "d c a",
    ),
    "in brackets": (
        "ex:a a ex:A ; ex:q [ ex:r 1 ] . ex:b ex:s ex:t .",
        "SELECT $this ?value WHERE { $this ex:q [ ex:r ?x ] . ?value ex:s ?y }",
        "a",
    ),
    "a constant": (
        "ex:a a ex:A ; ex:p 1 . ex:c ex:q ex:d . ex:d ex:r ex:e .",
        "SELECT $this ?value WHERE { $this ex:p ?x . ex:d ex:r ?value }",
        "d",
    ),
}


@pytest.mark.parametrize("case", HARD)
@pytest.mark.parametrize("target", ["sh:targetClass ex:A", "sh:targetSubjectsOf ex:p, ex:q"])
def test_queries_that_are_hard_to_follow(case: str, target: str) -> None:
    """Results are those of pySHACL, and those of the nodes that changed are found by themselves."""
    data, query, nodes = HARD[case]
    store = store_of(_read(PREFIXES + data))
    text = f'''ex:S a sh:NodeShape ; {target} ; sh:sparql [ sh:select """
        PREFIX ex: <http://example.org/>
        {query}""" ] .'''
    shapes = shapes_from(PREFIXES + text)
    whole = keys(validate(store, shapes).results)
    assert whole == expected(store, shapes)
    for way in WAYS:
        with screened(way):
            assert keys(validate(store, shapes).results) == whole
    changed = [ox.NamedNode(f"http://example.org/{node}") for node in nodes.split()]
    found = keys(validate(store, shapes, changed=changed).results)
    assert not found - whole
    # What was not there before these nodes said anything is new.
    rest = [t for t in _read(PREFIXES + data) if t.subject not in changed]
    before = keys(validate(store_of(rest), shapes).results)
    assert not whole - found - before


def test_a_changed_class_has_everything_checked() -> None:
    data = PREFIXES + "ex:a a ex:B . ex:B rdfs:subClassOf ex:A ."
    shapes = shapes_from(
        PREFIXES
        + "ex:S a sh:NodeShape ; sh:targetClass ex:A ; sh:property [ sh:path ex:p ; sh:minCount 1 ] ."
    )
    report = validate(store_of(_read(data)), shapes, changed=[ox.NamedNode("http://example.org/B")])
    assert report.counts.violation == 1


QUERY = """
    ex:Vocabulary a sh:NodeShape ; sh:targetNode ex:vocabulary ; sh:sparql [ sh:select \"\"\"
        PREFIX ex: <http://example.org/>
        SELECT $this ?value ?path WHERE { ?value ?path ?any . FILTER(STRSTARTS(STR(?path), STR(ex:)))
            FILTER NOT EXISTS { ?path a ex:Property } FILTER NOT EXISTS { ?value a ex:Exempt } }\"\"\" ] .
    ex:Pair a sh:NodeShape ; sh:targetClass ex:A ; sh:sparql [ sh:select \"\"\"
        PREFIX ex: <http://example.org/>
        SELECT $this ?value WHERE { $this ex:p ?shared . ?value ex:q ?shared .
            FILTER NOT EXISTS { ?value ex:r $this } }\"\"\" ] .
"""


@given(graphs, changes, st.integers(0, 3))
@settings(max_examples=EXAMPLES, deadline=None)
def test_queries_that_look_anywhere(data: str, change: str, removed_number: int) -> None:
    shapes = shapes_from(PREFIXES + QUERY)
    before = list(dict.fromkeys(_read(data)))
    removed = set(before[:removed_number])
    added = _read(change)
    changed: set[Term] = {t.subject for t in (*added, *removed)}
    changed |= {t.object for t in removed}
    store = store_of([triple for triple in before if triple not in removed] + added)
    results_before = keys(validate(store_of(before), shapes).results)
    results_after = keys(validate(store, shapes).results)
    incremental = keys(validate(store, shapes, changed=changed).results)
    assert not incremental - results_after
    assert not results_after - incremental - results_before
