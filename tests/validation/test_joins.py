"""How queries of shapes are rewritten for large stores: what is bound, gathered and asked first."""

from __future__ import annotations

import pytest
from reports import store_from
from strategies import PREFIXES

from careerkg.validation.data import Data
from careerkg.validation.joins import cheap_first, with_stars
from careerkg.validation.properties import with_properties
from careerkg.validation.queries import renamed

DATA = PREFIXES + "ex:a ex:p ex:b , ex:c ; ex:q 1 . ex:b ex:p ex:c ; ex:q 2 . ex:c ex:r ex:a ."
EX = "http://example.org/"


@pytest.fixture
def data() -> Data:
    return Data(store_from(DATA))


def test_a_variable_for_properties_is_bound_to_those_that_fulfil_its_filter(data: Data) -> None:
    query = "SELECT $this ?path WHERE { $this ?path ?value . FILTER(STRENDS(STR(?path), 'q')) }"
    bound = with_properties(data, query, None)
    assert bound is not None
    assert f"VALUES ?path {{ <{EX}q> }}" in bound
    assert with_properties(data, query.replace("'q'", "'x'"), None) is None


@pytest.mark.parametrize(
    "query",
    [
        "SELECT $this WHERE { $this ?path ?value }",
        "SELECT $this WHERE { $this ?path ?value . FILTER(?path != ?value) }",
        "SELECT $this WHERE { $this ?path ?value . FILTER(?path = $this) }",
        "SELECT $this WHERE { OPTIONAL { $this ?path ?value } FILTER(STRENDS(STR(?path), 'q')) }",
        "SELECT $this WHERE { { $this ?path 1 } UNION { $this ?other 2 } FILTER(STRENDS(STR(?path), 'q')) }",
        "SELECT $this WHERE { $this ?path ?value FILTER NOT EXISTS { ?path ?other ?value } }",
    ],
)
def test_a_filter_that_is_not_of_the_property_alone_binds_nothing(data: Data, query: str) -> None:
    assert with_properties(data, query, None) == query


def test_a_star_is_gathered_rarest_property_first(data: Data) -> None:
    query = f"SELECT $this WHERE {{ $this <{EX}p> ?x . ?o <{EX}p> ?x ; <{EX}r> ?y . FILTER(?y != $this) }}"
    gathered = f"{{ SELECT ?o ?y ?x WHERE {{ ?o <{EX}r> ?y . ?o <{EX}p> ?x }} }}"
    assert with_stars(data, query, 10) == query.replace(f"?o <{EX}p> ?x ; <{EX}r> ?y", gathered)
    assert with_stars(data, query, 0) == query, "a star with more centres than that is left alone"


@pytest.mark.parametrize(
    "body",
    [
        "?o <urn:p> ?x",
        "?o <urn:p> $this ; <urn:q> ?y",
        "$this <urn:p> ?x ; <urn:q> ?y",
        "?o <urn:p>/<urn:q> ?x ; <urn:q> ?y",
        "?o <urn:p> [ <urn:q> ?x ] ; <urn:q> ?y",
        "?o ?p ?x ; <urn:q> ?y",
        "?o <urn:p> ?x ; <urn:q> ?y OPTIONAL { ?o <urn:r> ?z }",
        "{ ?o <urn:p> ?x } UNION { ?o <urn:q> ?y } ?o <urn:p> ?x ; <urn:q> ?y",
    ],
)
def test_what_is_no_star_stays(data: Data, body: str) -> None:
    query = f"SELECT $this WHERE {{ $this <urn:p> ?x . {body} }}"
    assert with_stars(data, query, 10) == query


def test_exists_is_asked_after_the_other_filters() -> None:
    query = "SELECT ?x { ?x <urn:p> ?y FILTER NOT EXISTS { ?x a ?k FILTER(?k > 1) } FILTER(?y > 1) }"
    expected = (
        "SELECT ?x { ?x <urn:p> ?y    FILTER(IF((?y > 1), NOT EXISTS { ?x a ?k FILTER(?k > 1) }, false)) }"
    )
    assert cheap_first(query).split() == expected.split()
    for only in (
        "FILTER(?y > 1)",
        "FILTER EXISTS { ?x a ?k }",
        "{ FILTER(?y > 1) } FILTER EXISTS { ?x a ?k }",
    ):
        assert cheap_first(f"SELECT ?x {{ ?x <urn:p> ?y {only} }}") == f"SELECT ?x {{ ?x <urn:p> ?y {only} }}"


def test_only_variables_are_renamed() -> None:
    text = "?this <urn:x?this> '?this' ; ?thisOther $this"
    assert renamed(text, "this", "value") == "?value <urn:x?this> '?this' ; ?thisOther ?value"
