"""Queries changed as texts keep their meaning: each change against the engine that needs none."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from careerkg.errors import QueryError
from careerkg.remote import text
from careerkg.remote.answers import Rows
from careerkg.remote.fragments import Mirror, everything, is_plain, patterns_of, sorted_rows
from careerkg.store import EmbeddedStore

DATA = """
@prefix : <http://e/> .
:a :p :b , :c ; :q 1 . :b :p :c ; :q 2 . :c :q 3 ; :r "x" . :d :p :a , "\\"?x { }" .
:g { :a :p :b . :b :q 2 } :h { :a :p :c . :c :r "x" }
"""


def store_of(data: str = DATA) -> EmbeddedStore:
    store = ox.Store()
    store.load(data.encode(), format=ox.RdfFormat.TRIG)
    store.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }")
    return EmbeddedStore(store)


STORE = store_of()
PREFIX = {"": "http://e/"}


def solutions(sparql: str, store: EmbeddedStore = STORE, **bindings: ox.NamedNode) -> ox.QuerySolutions:
    result = store.query(sparql, prefixes=PREFIX, bindings=bindings or None)
    assert isinstance(result, ox.QuerySolutions)
    return result


def answers(sparql: str, store: EmbeddedStore = STORE, **bindings: ox.NamedNode) -> list[str]:
    return sorted(map(str, solutions(sparql, store, **bindings)))


QUERIES = [
    "SELECT ?x ?y { ?x :p ?y }",
    "SELECT ?x { ?x :p ?y FILTER NOT EXISTS { ?x :q ?n FILTER(?n > 1) } }",
    "SELECT ?x ?n { ?y :p ?z OPTIONAL { ?x :q ?n FILTER(?x != :b) } }",
    "SELECT ?x (COUNT(*) AS ?n) { ?x :p ?y } GROUP BY ?x",
    "SELECT ?x ?y { { ?x :p ?y } UNION { ?y :q ?x } UNION { ?y :r ?z } }",
    "SELECT ?x ?m { ?x :p ?y { SELECT ?x (MAX(?n) AS ?m) { ?x :q ?n } GROUP BY ?x } }",
    "SELECT ?x ?m { ?x :p ?y { SELECT (MAX(?n) AS ?m) { ?x :q ?n } } }",
    "SELECT ?x ?y { ?x :p ?y MINUS { ?x :q 1 } }",
    "SELECT ?x ?g { ?x :p ?y GRAPH ?g { ?x :p ?y } }",
    "SELECT ?x ?y { VALUES (?y) { (:b) (:c) } ?x :p|^:p ?y . } # ?x { }",
    'SELECT ?x (\'?x { <http://e/\' AS ?s) { ?x :p """"?x { }""" }',
    "SELECT ?x { { ?x :p ?y } { ?x :q ?n } FILTER(?n<3) }",
]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("value", ["a", "b", "d", "nothing"])
def test_fixed_variables_are_those_of_the_engine(query: str, value: str) -> None:
    node = ox.NamedNode(f"http://e/{value}")
    changed = text.bind(query, {"x": str(node)})
    assert answers(changed) == answers(query, x=node)


def test_the_merge_in_a_named_graph_is_the_default_graph() -> None:
    """The same data, the merge in a graph of its own and nothing in the default graph."""
    inner = ox.Store()
    for quad in STORE.quads():
        name = ox.NamedNode("u:merge") if quad.graph_name == ox.DefaultGraph() else quad.graph_name
        inner.add(ox.Quad(quad.subject, quad.predicate, quad.object, name))
    elsewhere = EmbeddedStore(inner)
    for query in [*QUERIES, "SELECT ?g ?x { GRAPH ?g { ?x :p ?y OPTIONAL { GRAPH ?h { ?x :q ?n } } } }"]:
        changed = text.within_graph(text.exclude_graphs(query, ["u:merge"]), "u:merge")
        assert answers(changed, elsewhere) == answers(query)


def test_pages_are_the_whole() -> None:
    query = "PREFIX : <http://e/> SELECT ?x ?y { ?x :p ?y }"
    found = [row for offset in range(0, 8, 2) for row in answers(text.paged(query, "?x ?y", 2, offset))]
    assert sorted(found) == answers(query)
    ordered = text.paged(f"{query} ORDER BY DESC(?y)", "?x ?y", 2, 0)
    assert ordered.count("ORDER BY") == 1


def test_blank_nodes_with_addresses_are_blank() -> None:
    tests = {"ISBLANK": lambda argument: f"STRSTARTS(STR({argument}), 'http://e/d')"}
    changed = text.replace_tests("SELECT ?x { ?x :p ?y FILTER(!isBlank((?x)) && isblank(:d)) }", tests)
    assert {row[-3:-2] for row in answers(changed)} == {"a", "b"}


def test_durations_are_spelled_anew() -> None:
    query = (
        'SELECT * { ?s ?p "P6M"^^xsd:duration , "P6M" , """P1Y"""^^<u:d> FILTER(?o = \'P6M\'^^xsd:duration) }'
    )
    changed = text.respell(query, "u:d", ("xsd:duration",), lambda value: f"{value}!")
    assert changed.count("P6M!") == 2
    assert '"P6M" ,' in changed
    assert "P1Y!" in changed


@pytest.mark.parametrize(
    ("update", "changed"),
    [
        ("INSERT DATA { <a:> <b:> <c:> }", "INSERT DATA { GRAPH <u:m> {  <a:> <b:> <c:>  } }"),
        ("INSERT DATA { GRAPH <u:g> { <a:> <b:> <c:> } }", None),
        ("DELETE WHERE { ?s ?p ?o }", "DELETE WHERE { GRAPH <u:m> {  ?s ?p ?o  } }"),
        (
            "DELETE { ?s ?p ?o } WHERE { ?s ?p ?o } ; CLEAR DEFAULT",
            "WITH <u:m> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o } ; CLEAR GRAPH <u:m>",
        ),
        (
            "DELETE { ?s ?p ?o } INSERT { ?o ?p ?s } WHERE { ?s ?p ?o }",
            "WITH <u:m> DELETE { ?s ?p ?o } INSERT { ?o ?p ?s } WHERE { ?s ?p ?o }",
        ),
        ("WITH <u:g> INSERT { ?s ?p 1 } WHERE { ?s ?p ?o }", None),
    ],
)
def test_updates_of_the_merge(update: str, changed: str | None) -> None:
    assert text.update_within(update, "u:m") == (changed or update)


def test_updates_that_mix_graphs_are_refused() -> None:
    with pytest.raises(QueryError, match="the default graph is <u:m> here"):
        text.update_within("INSERT DATA { <a:> <b:> <c:> . GRAPH <u:g> { <a:> <b:> <c:> } }", "u:m")


def mirrored(query: str, store: EmbeddedStore) -> tuple[list[str], int]:
    """Return the answers to a query on what its patterns match, and how many triples these are."""

    def fetch(sparql: str, names: list[str]) -> Rows:
        return (tuple([row[name] for name in names]) for row in solutions(sparql, store))

    mirror = Mirror(fetch, str, None, [])
    groups = patterns_of(query, PREFIX, {})
    assert groups is not None
    mirror.hold(groups)
    mirror.hold(groups)
    return answers(query, EmbeddedStore(mirror.store)), len(mirror.store)


@pytest.mark.parametrize(
    "query",
    [
        *QUERIES,
        "SELECT ?x { :a :p/:q ?x }",
        "SELECT ?x { :a (:p|^:q)* ?x }",
        "SELECT ?x { ?x !(:p|:q) ?y }",
        "SELECT ?x { :a :p :b . ?x ?p 2.0 }",
        "SELECT ?x { ?x :r 'x' ; :q [] . FILTER EXISTS { GRAPH :h { ?x ?p ?o } } }",
        "SELECT ?x { GRAPH ?g { ?x (:p|:q)+ ?y . MINUS { ?x :q ?z } } BIND(isIRI(?x) AS ?i) }",
        "SELECT ?x { ?x :p ?y . ?z :r ?w }",
        "SELECT ?x { ?x ?y ?x }",
    ],
)
def test_what_patterns_match_is_enough(query: str) -> None:
    found, _ = mirrored(query, STORE)
    assert found == answers(query)


nodes = st.sampled_from([f":n{number}" for number in range(4)])
properties = st.sampled_from([":p", ":q", ":r"])
variables = st.sampled_from(["?a", "?b", "?c"])
paths = st.one_of(
    properties,
    variables,
    st.tuples(properties, properties).map("/".join),
    st.tuples(properties, properties).map(lambda pair: f"({pair[0]}|^{pair[1]})*"),
    properties.map(lambda one: f"!{one}"),
)
triples = st.tuples(st.one_of(variables, nodes), paths, st.one_of(variables, nodes)).map(" ".join)
groups = st.recursive(
    st.lists(triples, min_size=1, max_size=3).map(" . ".join),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"{{ {two[0]} }} UNION {{ {two[1]} }}"),
        st.tuples(inner, inner).map(lambda two: f"{two[0]} OPTIONAL {{ {two[1]} }}"),
        st.tuples(inner, inner).map(lambda two: f"{two[0]} MINUS {{ {two[1]} }}"),
        st.tuples(inner, inner).map(lambda two: f"{two[0]} FILTER NOT EXISTS {{ {two[1]} }}"),
        inner.map(lambda one: f"GRAPH ?g {{ {one} }}"),
        inner.map(lambda one: f"{{ SELECT DISTINCT ?a {{ {one} }} }}"),
    ),
    max_leaves=3,
)
data = st.lists(st.tuples(nodes, properties, nodes).map(" ".join), max_size=10)


@settings(max_examples=60, deadline=None)
@given(data, data, groups)
def test_what_patterns_match_is_enough_for_any_query(
    default: list[str], named: list[str], group: str
) -> None:
    triples_of = [" . ".join(some) for some in (default, named)]
    store = store_of(
        f"@prefix : <http://e/> . {triples_of[0]} {'.' if default else ''} :g {{ {triples_of[1]} }}"
    )
    query = f"SELECT ?a ?b ?c {{ {group} }}"
    assert mirrored(query, store)[0] == answers(query, store)


def test_only_what_is_needed_is_fetched() -> None:
    data = "@prefix : <http://e/> . :x :p :y . :y :q 1 . " + " ".join(f":n{n} :q {n} ." for n in range(500))
    store = store_of(data)
    assert mirrored("SELECT ?n { :x :p ?y . ?y :q ?n } ORDER BY ?n", store)[1] == 2
    assert mirrored("SELECT ?n { :x :p/:q ?n } ORDER BY ?n", store)[1] == 502


@pytest.mark.parametrize(
    ("query", "plain"),
    [
        ("SELECT ?s (COUNT(*) AS ?n) { ?s a ?o } GROUP BY ?s", True),
        ("SELECT ?s { GRAPH ?g { ?s ?p ?o } FILTER(?g NOT IN (<u:x>)) } LIMIT 3", True),
        ("SELECT * { ?s :p* ?o }", False),
        ("SELECT * { ?s :p/:q ?o }", False),
        ("SELECT * { ?s :p ?o } ORDER BY ?o", False),
        ("SELECT * { ?s :p '1'^^:d }", False),
        ("SELECT * { ?s :p ?o OPTIONAL { ?o :q ?n } }", False),
        ("CONSTRUCT { ?s :p ?o } { ?s :p ?o }", False),
    ],
)
def test_queries_that_every_server_answers_alike(query: str, plain: bool) -> None:
    assert is_plain(query) is plain


def test_everything_is_everything() -> None:
    assert [one[0].graph for one in everything(named_graphs=True)] == [None, "g"]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?x ?y { ?x :p ?y } ORDER BY DESC(?y) ?x",
        "SELECT ?x ?n { ?x :p ?y OPTIONAL { ?x :q ?n } } ORDER BY DESC(?n) ?x LIMIT 3 OFFSET 1",
        "SELECT ?y (COUNT(?x) AS ?n) { ?x :p ?y } GROUP BY ?y ORDER BY ?n STR(?y)",
    ],
)
def test_rows_are_put_in_order_here(query: str) -> None:
    found = text.without_order(query)
    assert found is not None
    unordered, order, used = found
    result = solutions(unordered)
    names = [variable.value for variable in result.variables]
    assert used <= set(names)
    ordered = sorted_rows(names, (tuple(row) for row in result), order)
    assert isinstance(ordered, ox.QuerySolutions)
    assert list(map(str, ordered)) == list(map(str, solutions(query)))
    assert text.without_order("SELECT ?x { { SELECT ?x { ?x :p ?y } ORDER BY ?y } }") is None
