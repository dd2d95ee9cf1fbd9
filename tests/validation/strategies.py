"""Random graphs and random shapes, as Turtle texts."""

from __future__ import annotations

from hypothesis import strategies as st

PREFIXES = """@prefix ex: <http://example.org/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""

NODES = ["ex:a", "ex:b", "ex:c", "ex:d", "_:x", "_:y"]
CLASSES = ["ex:A", "ex:B", "ex:C"]
PROPERTIES = ["ex:p", "ex:q", "ex:r"]
LITERALS = [
    *("1", "2", "5", "-3", "1.5", "2.0", "2.5e0", '"NaN"^^xsd:double', '"x"^^xsd:integer'),
    *('"cat"', '"Cat"', '"a longer text"', '""', '"cat"@en', '"cat"@en-GB', '"chat"@fr', '"12"'),
    *('"true"^^xsd:boolean', '"false"^^xsd:boolean'),
    *('"2020-01-01"^^xsd:date', '"2021-02-28"^^xsd:date', '"2021-02-30"^^xsd:date'),
    *('"2020-01-01T00:00:00Z"^^xsd:dateTime', '"2020-01-01T12:00:00"^^xsd:dateTime'),
    *('"P1Y"^^xsd:duration', '"P3M"^^xsd:duration', '"2020"^^xsd:gYear', '"u"^^ex:type'),
]
TERMS = [*NODES, *LITERALS]
DATATYPES = [
    *("xsd:integer", "xsd:decimal", "xsd:string", "xsd:boolean", "xsd:date", "xsd:dateTime", "xsd:double"),
    *("rdf:langString", "xsd:duration", "xsd:gYear", "ex:type"),
]
BOUNDS = ["0", "2", "2.0", "1.5e0", '"b"', '"2020-06-01"^^xsd:date', '"2020-01-01T06:00:00Z"^^xsd:dateTime']
KINDS = ["IRI", "BlankNode", "Literal", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral"]
PATTERNS = ['"^c"', '"cat$"', '"[a-z]+"', '"^.{2,4}$"', '"(?=c)c"', '"EXAMPLE" ; sh:flags "i"', '"a.*t"']

triples = st.one_of(
    st.tuples(st.sampled_from(NODES), st.sampled_from(PROPERTIES), st.sampled_from(TERMS)),
    st.tuples(st.sampled_from(NODES), st.just("a"), st.sampled_from(CLASSES)),
    st.tuples(st.sampled_from(CLASSES), st.just("rdfs:subClassOf"), st.sampled_from(CLASSES)),
)

graphs = st.lists(triples, min_size=4, max_size=25).map(
    lambda rows: PREFIXES + "\n".join(f"{' '.join(row)} ." for row in rows)
)

simple_paths = st.sampled_from(PROPERTIES)
paths = st.recursive(
    simple_paths,
    lambda inner: st.one_of(
        # Not of sequences: pySHACL walks the inverse of p/q as ^p/^q, where SPARQL has ^q/^p.
        inner.filter(lambda p: "( " not in p).map(lambda p: f"[ sh:inversePath {p} ]"),
        inner.map(lambda p: f"[ sh:zeroOrMorePath {p} ]"),
        inner.map(lambda p: f"[ sh:oneOrMorePath {p} ]"),
        inner.map(lambda p: f"[ sh:zeroOrOnePath {p} ]"),
        st.lists(inner, min_size=2, max_size=2).map(lambda ps: f"( {' '.join(ps)} )"),
        st.lists(inner, min_size=2, max_size=2).map(lambda ps: f"[ sh:alternativePath ( {' '.join(ps)} ) ]"),
    ),
    max_leaves=3,
)


def _one(name: str, values: list[str]) -> st.SearchStrategy[str]:
    return st.sampled_from(values).map(lambda value: f"sh:{name} {value}")


def _many(name: str, values: list[str]) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=4, unique=True).map(
        lambda members: f"sh:{name} ( {' '.join(members)} )"
    )


value_tests = st.one_of(
    _one("class", CLASSES),
    _one("datatype", DATATYPES),
    st.sampled_from(KINDS).map(lambda kind: f"sh:nodeKind sh:{kind}"),
    *(_one(name, BOUNDS) for name in ("minInclusive", "maxInclusive", "minExclusive", "maxExclusive")),
    st.integers(0, 5).map(lambda n: f"sh:minLength {n}"),
    st.integers(0, 9).map(lambda n: f"sh:maxLength {n}"),
    _one("pattern", PATTERNS),
    _many("languageIn", ['"en"', '"fr"', '"en-GB"', '"de"']),
    _many("in", TERMS[:4] + LITERALS),
    _one("hasValue", TERMS[:4] + LITERALS),
    _one("equals", PROPERTIES),
    _one("disjoint", PROPERTIES),
)

set_tests = st.one_of(
    st.integers(0, 3).map(lambda n: f"sh:minCount {n}"),
    st.integers(0, 6).map(lambda n: f"sh:maxCount {n}"),
    st.just("sh:uniqueLang true"),
    _one("lessThan", PROPERTIES),
    _one("lessThanOrEquals", PROPERTIES),
)


def _body(tests: list[str]) -> str:
    """Tests of a shape; of those that may stand only once, the first."""
    kept: dict[str, str] = {}
    for test in tests:
        name = test.split(" ", 1)[0]
        once = name not in ("sh:class", "sh:hasValue", "sh:property", "sh:node", "sh:not", "sh:and", "sh:or")
        kept.setdefault(name if once else test, test)
    return " ; ".join(kept.values())


def _shapes_of(tests: st.SearchStrategy[str], *, size: int = 3) -> st.SearchStrategy[str]:
    """Anonymous node shapes and property shapes of some tests."""
    node = st.lists(tests, min_size=1, max_size=size).map(lambda parts: f"[ {_body(parts)} ]")
    with_path = st.tuples(paths, st.lists(st.one_of(tests, set_tests), min_size=1, max_size=size)).map(
        lambda pair: f"[ sh:path {pair[0]} ; {_body(pair[1])} ]"
    )
    return st.one_of(node, with_path)


def _combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Tests that refer to shapes."""
    shapes = _shapes_of(inner, size=2)
    properties = shapes.filter(lambda text: text.startswith("[ sh:path"))
    nodes = shapes.filter(lambda text: not text.startswith("[ sh:path"))
    lists = st.lists(shapes, min_size=1, max_size=3).map(lambda members: f"( {' '.join(members)} )")
    return st.one_of(
        inner,
        properties.map(lambda text: f"sh:property {text}"),
        nodes.map(lambda text: f"sh:node {text}"),
        shapes.map(lambda text: f"sh:not {text}"),
        lists.map(lambda text: f"sh:and {text}"),
        lists.map(lambda text: f"sh:or {text}"),
        lists.map(lambda text: f"sh:xone {text}"),
        st.booleans().map(lambda on: f"sh:closed {str(on).lower()} ; sh:ignoredProperties ( rdf:type ex:q )"),
    )


tests = _combined(_combined(value_tests))

targets = st.one_of(
    _one("targetClass", CLASSES),
    _one("targetSubjectsOf", PROPERTIES),
    _one("targetObjectsOf", PROPERTIES),
    _one("targetNode", [*TERMS[:4], *LITERALS[:3], "ex:absent"]),
)

qualified = st.tuples(
    _shapes_of(value_tests, size=1), st.integers(0, 2), st.integers(0, 6), st.booleans(), st.booleans()
).map(
    lambda t: (
        f"sh:qualifiedValueShape {t[0]} ; sh:qualifiedMinCount {t[1]} ; sh:qualifiedMaxCount {t[2]} ; "
        f"sh:qualifiedValueShapesDisjoint {str(t[3]).lower()}"
    )
)

severities = st.sampled_from(
    ["", " ; sh:severity sh:Warning", " ; sh:severity sh:Info", " ; sh:deactivated true"]
)

property_shapes = st.tuples(
    paths, st.lists(st.one_of(tests, set_tests, qualified), min_size=1, max_size=4), severities
).map(lambda t: f"sh:path {t[0]} ; {_body(t[1])}{t[2]}")

node_shapes = st.tuples(
    st.lists(tests, min_size=0, max_size=3), st.lists(property_shapes, min_size=0, max_size=3), severities
).map(
    lambda t: (
        "; ".join(part for part in (_body(t[0]), *(f"sh:property [ {p} ]" for p in t[1])) if part) + t[2]
    )
)

shapes_graphs = st.lists(
    st.one_of(
        st.tuples(targets, node_shapes).map(lambda t: f"a sh:NodeShape ; {t[0]} ; {t[1]}"),
        st.tuples(targets, property_shapes).map(lambda t: f"a sh:PropertyShape ; {t[0]} ; {t[1]}"),
    ),
    min_size=1,
    max_size=3,
).map(
    lambda bodies: (
        PREFIXES + "\n".join(f"ex:S{number} {body.rstrip(' ;')} ." for number, body in enumerate(bodies))
    )
)
