"""Property paths: read, written as SPARQL and as RDF; how far shapes look along them."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from reports import shapes_from
from strategies import PREFIXES, paths

from careerkg.errors import ShapesError
from careerkg.validation.names import SH
from careerkg.validation.paths import Path, path_triples, read_path
from careerkg.validation.patterns import Unclear, contexts
from careerkg.validation.reach import inverted, reach, subjects
from careerkg.validation.triples import TripleIndex

EX = "http://example.org/"


def path_of(turtle: str) -> Path:
    """The path that a Turtle object stands for."""
    text = f"{PREFIXES} ex:S sh:path {turtle} ."
    index = TripleIndex(q.triple for q in ox.parse(text.encode(), format=ox.RdfFormat.TURTLE))
    return read_path(index, index.objects(ox.NamedNode(EX + "S"), SH + "path")[0])


def short(path: object) -> str:
    return str(path).replace(EX, "").replace("<", "").replace(">", "")


@given(paths)
@settings(max_examples=60, deadline=None)
def test_rdf_and_back(turtle: str) -> None:
    path = path_of(turtle)
    node, triples = path_triples(path)
    assert read_path(TripleIndex(triples), node) == path
    ox.Store().query(f"SELECT * {{ ?x {path} ?y }}")  # it is SPARQL


@given(paths)
@settings(max_examples=60, deadline=None)
def test_inverted_leads_back(turtle: str) -> None:
    store = ox.Store()
    for triple in ("a p b", "b p c", "c q a", "b r b", "c r d", "d p a"):
        store.add(ox.Quad(*(ox.NamedNode(EX + name) for name in triple.split())))
    path = path_of(turtle)
    there = store.query(f"SELECT DISTINCT ?x ?y {{ ?x {path} ?y }}")
    back = store.query(f"SELECT DISTINCT ?y ?x {{ ?x {inverted(path)} ?y }}")
    assert isinstance(there, ox.QuerySolutions)
    assert isinstance(back, ox.QuerySolutions)
    assert set(map(tuple, there)) == set(map(tuple, back))


@pytest.mark.parametrize(
    ("turtle", "text", "nullable"),
    [
        ("ex:p", "p", False),
        ("[ sh:inversePath ex:p ]", "^p", False),
        ("( ex:p [ sh:zeroOrMorePath ex:q ] )", "(p/q*)", False),
        ("( [ sh:zeroOrOnePath ex:p ] [ sh:zeroOrMorePath ex:q ] )", "(p?/q*)", True),
        ("[ sh:alternativePath ( ex:p [ sh:oneOrMorePath ex:q ] ) ]", "(p|q+)", False),
        ("[ sh:zeroOrMorePath [ sh:inversePath ex:p ] ]", "(^p)*", True),
    ],
)
def test_text(turtle: str, text: str, nullable: bool) -> None:
    assert short(path_of(turtle)) == text
    assert path_of(turtle).nullable is nullable


@pytest.mark.parametrize("turtle", ["( ex:p )", "[ sh:alternativePath ( ex:p ) ]", "[ ex:p ex:q ]", "1"])
def test_no_path(turtle: str) -> None:
    with pytest.raises(ShapesError):
        path_of(turtle)


@pytest.mark.parametrize(
    ("turtle", "nodes"),
    [
        ("ex:p", []),
        ("[ sh:inversePath ex:p ]", ["^p"]),
        ("( ex:p ex:q )", ["p"]),
        ("( ex:p [ sh:inversePath ex:q ] )", ["p", "(p/^q)"]),
        ("[ sh:zeroOrMorePath ex:p ]", ["p*"]),
        ("[ sh:inversePath ( ex:p ex:q ) ]", ["^q", "(^q/^p)"]),
    ],
)
def test_subjects(turtle: str, nodes: list[str]) -> None:
    assert list(dict.fromkeys(map(short, subjects(path_of(turtle))))) == nodes


def test_reach_of_queries() -> None:
    shapes = shapes_from(
        PREFIXES
        + """
        ex:S a sh:NodeShape ; sh:targetClass ex:A ; sh:sparql [ sh:select \"\"\"
            PREFIX ex: <http://example.org/>
            SELECT $this WHERE { $this ex:p ?x . ?y ex:q ?x ; ex:r "z"@en , 2.5 .
                FILTER NOT EXISTS { ?y ex:s/ex:t ?w FILTER EXISTS { ?w a ex:B } } }\"\"\" ] .
        ex:T a sh:NodeShape ; sh:targetClass ex:A ; sh:sparql [ sh:select \"\"\"
            PREFIX ex: <http://example.org/>
            SELECT $this (COUNT(?x) AS ?n) WHERE { $this ex:p ?y . ?x ex:q ?z } GROUP BY $this\"\"\" ] ."""
    )
    followed, unclear = (shapes.by_node[ox.NamedNode(EX + name)] for name in "ST")
    found = reach(shapes, followed)
    assert found is not None
    assert set(map(short, found.paths)) == {"(p/^q)", "(p/^q/s)", "(p/^q/s/t)"}
    assert reach(shapes, unclear) is None


def test_contexts_of_unions_and_tests() -> None:
    query = (
        "PREFIX e: <http://e/> SELECT * { ?a e:p ?b . { ?b e:q ?c } UNION { ?b e:r ?c } "
        "OPTIONAL { ?c e:s ?d } FILTER(!EXISTS { ?d e:t [ e:u 1 ] }) }"
    )
    together, tests = contexts(query)
    assert [len(context) for context in together] == [2, 3, 2, 3]
    assert [len(context) for context in tests] == [4, 5, 4, 5]
    with pytest.raises(Unclear):
        contexts("SELECT * { GRAPH ?g { ?a ?b ?c } }")
