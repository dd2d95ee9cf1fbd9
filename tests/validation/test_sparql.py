"""SHACL-SPARQL: queries, components and targets, against pySHACL; binding beforehand, and quicker joins."""

from __future__ import annotations

import pytest
from reports import WAYS, expected, keys, screened, shapes_from, store_from
from strategies import PREFIXES

from careerkg.errors import ShapesError
from careerkg.validation import validate
from careerkg.validation.prebinding import inject
from careerkg.validation.queries import is_row_by_row, tokens, without

DATA = (
    PREFIXES
    + """
ex:a a ex:A ; ex:p ex:b , ex:c , 1 , 2 ; ex:q "one"@en , "eins"@de .
ex:b a ex:A , ex:B ; ex:p ex:a ; ex:q "two" .
ex:c a ex:B ; ex:p 3 ; ex:r ex:a .
_:d a ex:A ; ex:p ex:b , _:e ; ex:r ex:b .
_:e a ex:B ; ex:q "five"@en .
ex:B rdfs:subClassOf ex:C .
"""
)

QUERIES = [
    "SELECT $this ?value WHERE { $this ex:p ?value . FILTER(isIRI(?value)) }",
    "SELECT $this WHERE { FILTER NOT EXISTS { $this ex:r ?any } }",
    "SELECT $this ?value WHERE { { $this ex:p ?value FILTER(isLiteral(?value)) } "
    "UNION { ?value ex:r $this } }",
    "SELECT $this (COUNT(?x) AS ?n) WHERE { $this ex:p ?x } GROUP BY $this HAVING (COUNT(?x) > 1)",
    "SELECT $this ?n WHERE { { SELECT $this (COUNT(?x) AS ?n) WHERE { $this ex:p ?x } GROUP BY $this } "
    "FILTER(?n = 1) }",
    "SELECT $this ?path ?value WHERE { $this ?path ?value . FILTER(?path = ex:q) }",
    "SELECT $this WHERE { BIND($this AS ?that) FILTER(isBlank(?that)) }",
    "SELECT DISTINCT $this WHERE { ?x ex:p ?y . ?y ex:r ?z . FILTER(?x = $this) }",
    "SELECT $this ?value WHERE { OPTIONAL { $this ex:r ?value } FILTER(BOUND(?value)) }",
    "SELECT $this ?value WHERE { $this ex:p/ex:p* ?value . FILTER(?value = $this) }",
    "SELECT $this ?value WHERE { ?value ex:p $this . # a comment with { a brace and $this\n }",
    "SELECT ?value WHERE { $this ex:q ?value . FILTER(STRSTARTS(?value, \\\"{\\\") || LANG(?value) = 'en') }",
    "SELECT $this ?path ?value WHERE { $this ?path ?value . FILTER(STRENDS(STR(?path), 'p')) "
    "FILTER NOT EXISTS { ?path a ?kind } }",
    "SELECT $this ?path WHERE { $this ?path ?value . FILTER(STRENDS(STR(?path), 'nothing')) }",
    "SELECT $this ?value WHERE { ?value ?path $this . FILTER(?path IN (ex:p, ex:r)) FILTER(isIRI(?value)) }",
    "SELECT $this ?path WHERE { OPTIONAL { $this ?path 3 } FILTER(!BOUND(?path)) }",
    "SELECT $this ?value WHERE { $this ex:p ?x . ?value ex:p ?x ; ex:q ?text . FILTER(?value != $this) }",
    "SELECT $this ?value WHERE { $this ex:p ?x . ?value a ex:A ; ex:p ?x , ?y . "
    "FILTER NOT EXISTS { ?value ex:r ?z } FILTER(?x != ?y) FILTER(isIRI(?value)) }",
    "SELECT $this ?x ?y WHERE { FILTER NOT EXISTS { $this ex:r ?z } ?x ex:p ?y ; ex:r $this . "
    "FILTER(isIRI(?y) && EXISTS { ?y ex:p ?w }) }",
    "SELECT $this ?value WHERE { { $this ex:p ?x FILTER(isIRI(?x)) } ?value ex:p ?x ; ex:r ?w }",
]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize(
    "target", ["sh:targetClass ex:A", "sh:targetObjectsOf ex:p", "sh:targetClass ex:C , ex:A"]
)
def test_queries_give_the_results_of_the_reference(query: str, target: str) -> None:
    text = f"PREFIX ex: <http://example.org/>\n{query}".replace("\n", "\\n")
    shapes = shapes_from(
        PREFIXES + f'ex:S a sh:NodeShape ; {target} ; sh:sparql [ sh:select "{text}" ] . '
        f'ex:T a sh:NodeShape ; sh:targetClass ex:A ; sh:not [ sh:sparql [ sh:select "{text}" ] ] .'
    )
    store = store_from(DATA)
    wanted = expected(store, shapes)
    assert keys(validate(store, shapes).results) == wanted
    for way in WAYS:
        with screened(way):
            assert keys(validate(store, shapes).results) == wanted


COMPONENT = (
    PREFIXES
    + """
ex:Component a sh:ConstraintComponent ;
    sh:parameter [ sh:path ex:language ] , [ sh:path ex:least ; sh:optional true ] ;
    sh:nodeValidator [ a sh:SPARQLSelectValidator ; sh:message "not in {$language}" ; sh:select \"\"\"
        PREFIX ex: <http://example.org/>
        SELECT $this WHERE { $this ex:q ?text . FILTER(!langMatches(LANG(?text), $language)) }\"\"\" ] ;
    sh:validator [ a sh:SPARQLAskValidator ; sh:ask \"\"\"
        PREFIX ex: <http://example.org/>
        ASK { FILTER(isIRI($value) || (LANG($value) = $language && STRLEN($value) >= COALESCE($least, 0))) }
        \"\"\" ] .
"""
)


@pytest.mark.parametrize(
    "shape",
    [
        'a sh:NodeShape ; sh:targetClass ex:A , ex:B ; ex:language "en" .',
        'a sh:PropertyShape ; sh:path ex:q ; sh:targetClass ex:A , ex:B ; ex:language "en" .',
        'a sh:PropertyShape ; sh:path ex:q ; sh:targetClass ex:A , ex:B ; ex:language "en" ; ex:least 4 .',
        'a sh:PropertyShape ; sh:path ( ex:p ex:q ) ; sh:targetClass ex:A ; ex:language "de" ; ex:least 9 .',
        'a sh:NodeShape ; sh:targetClass ex:A ; sh:not [ sh:path ex:q ; ex:language "en" ] .',
        "a sh:NodeShape ; sh:targetClass ex:A ; ex:least 3 .",
    ],
)
def test_components_give_the_results_of_the_reference(shape: str) -> None:
    store, shapes = store_from(DATA), shapes_from(COMPONENT + "ex:S " + shape)
    assert keys(validate(store, shapes).results) == expected(store, shapes)


def test_sparql_target() -> None:
    shapes = shapes_from(
        PREFIXES + "ex:S a sh:NodeShape ; sh:nodeKind sh:BlankNode ; sh:target [ a sh:SPARQLTarget ; "
        'sh:select "PREFIX ex: <http://example.org/> SELECT ?this WHERE { ?this ex:r ?any }" ] .'
    )
    store = store_from(DATA)
    found = keys(validate(store, shapes).results)
    assert sum(found.values()) == 1
    assert found == expected(store, shapes)


def test_message_shows_values_of_the_solution() -> None:
    shapes = shapes_from(
        PREFIXES + "ex:S a sh:NodeShape ; sh:targetNode ex:c ; sh:sparql [ "
        'sh:message "{$this} has {?value}, not {?other}" ; '
        'sh:select "PREFIX ex: <http://example.org/> SELECT $this ?value WHERE { $this ex:p ?value }" ] .'
    )
    (result,) = validate(store_from(DATA), shapes).results
    assert result.message == "http://example.org/c has 3, not {?other}"


def test_a_query_that_reports_a_failure_is_no_pass() -> None:
    shapes = shapes_from(
        PREFIXES + "ex:S a sh:NodeShape ; sh:targetNode ex:c ; "
        'sh:sparql [ sh:select "SELECT $this (true AS ?failure) WHERE { $this ?p ?o }" ] .'
    )
    with pytest.raises(ShapesError, match="failure"):
        validate(store_from(DATA), shapes)


@pytest.mark.parametrize(
    ("query", "bound"),
    [
        ("SELECT $this WHERE { $this ex:p ?x }", "SELECT $this WHERE { + $this ex:p ?x }"),
        ("SELECT $this { ?x ex:p ?y { $this ex:p ?x } UNION { $this ex:q ?x } FILTER(?x > $this) }",
         "SELECT $this { ?x ex:p ?y { + $this ex:p ?x } UNION { + $this ex:q ?x } FILTER(?x > $this) }"),
        ("SELECT $this { { FILTER($this = 1) } FILTER(BOUND($this)) }",
         "SELECT $this { { + FILTER($this = 1) } FILTER(BOUND($this)) }"),
        ("SELECT $this { BIND($this AS ?x) { ?x ex:p $this } }",
         "SELECT $this { + BIND($this AS ?x) { + ?x ex:p $this } }"),
        ("SELECT $this { FILTER NOT EXISTS { $this ex:p ?x } }",
         "SELECT $this { + FILTER NOT EXISTS { $this ex:p ?x } }"),
        ("SELECT $this { $this ex:p ?x OPTIONAL { ?x ex:p ?y } OPTIONAL { ?x ex:p $this } }",
         "SELECT $this { + $this ex:p ?x OPTIONAL { ?x ex:p ?y } OPTIONAL { + ?x ex:p $this } }"),
        ("SELECT $this { { ?x ex:p ?y } UNION { $this ex:p ?x } }",
         "SELECT $this { { + ?x ex:p ?y } UNION { + $this ex:p ?x } }"),
        ("SELECT $this { { SELECT $this { $this ex:p ?x } } }",
         "SELECT $this { { SELECT $this { + $this ex:p ?x } } }"),
        ("SELECT $this { ?x ex:p ?y }", "SELECT $this { + ?x ex:p ?y }"),
    ],
)  # fmt: skip
def test_the_pattern_stands_where_the_variable_is_used(query: str, bound: str) -> None:
    injected = inject(query, frozenset({"this"}), lambda: "+")
    assert injected.split() == bound.split()


def test_tokens_are_not_taken_in_by_strings_and_comments() -> None:
    text = "SELECT $this { $this ex:p \"{ $this\" , '''it's }''' . # } $this\n $this <http://e/{> ?x. }"
    assert [token for kind, token, _, _ in tokens(text) if kind == "variable"] == [
        "$this",
        "$this",
        "$this",
        "?x",
    ]
    assert sum(token == "{" for _, token, _, _ in tokens(text)) == 2


def test_without() -> None:
    this = frozenset({"this"})
    assert " ".join(without("SELECT $this ?x { ?x ?y $this }", this).split()) == "SELECT ?x { ?x ?y $this }"
    assert "(1 AS ?solution)" in without("SELECT DISTINCT $this WHERE { ?x ?y $this }", this)


@pytest.mark.parametrize(
    ("query", "expected_answer"),
    [
        ("SELECT $this { $this ex:p ?x }", True),
        ("SELECT $this { $this ex:p ?x } LIMIT 1", False),
        ("SELECT $this (COUNT(?x) AS ?n) { $this ex:p ?x } GROUP BY $this", True),
        ("SELECT $this (COUNT(?x) AS ?n) { $this ex:p ?x } GROUP BY ?x $this", True),
        ("SELECT (COUNT(?x) AS ?n) { $this ex:p ?x }", False),
        ("SELECT (COUNT(?x) AS ?n) { $this ex:p ?x } GROUP BY ?x", False),
    ],
)
def test_is_row_by_row(query: str, expected_answer: bool) -> None:
    assert is_row_by_row(query, "this") is expected_answer
