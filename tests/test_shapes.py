"""The shapes: what each of them has, that its fixtures trip it and nothing else, that the graph conforms.

The fixtures lie in ``tests/shapes/<file of the shape>/``: ``<shape>.pass.ttl`` for each shape, and
``<shape>-<constraint>.fail.ttl`` for each of its constraints. All are merged into one graph, every file
under a base IRI of its own, so that one run of the slow reference validator decides them all.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib import OWL, RDF, RDFS, SH

from careerkg.store import EmbeddedStore
from careerkg.validation import load_shapes, validate
from careerkg.vocabulary import CKG, CONCEPT_KINDS, DCTERMS, ID, ONTOLOGY, PREFIXES, SHAPE
from ontology_files import ALIGNMENTS, FACTS, ROOT, SCHEMES, TERMS, load, our_terms

SHAPES = sorted((ROOT / "shapes").glob("*.ttl"))
FIXTURES = ROOT / "tests" / "shapes"
ROUTE_VOCABULARY = FIXTURES / "route-vocabulary.ttl"
TEMPLATE = ROOT / "docs" / "occupation-template.trig"

# The parameters of constraint components (SHACL section 4, and sh:sparql of section 5) that the shapes use.
PARAMETERS = (
    "class",
    "datatype",
    "disjoint",
    "hasValue",
    "in",
    "lessThan",
    "lessThanOrEquals",
    "maxCount",
    "maxExclusive",
    "maxInclusive",
    "minCount",
    "minExclusive",
    "minInclusive",
    "node",
    "nodeKind",
    "not",
    "or",
    "pattern",
    "sparql",
    "uniqueLang",
    "xone",
)


@dataclass(frozen=True)
class Finding:
    """One validation result, as far as the tests compare it."""

    shape: str
    component: str
    severity: str
    focus: str
    value: str | None

    @property
    def what(self) -> tuple[str, str, str]:
        return self.shape, self.component, self.severity


def component(parameter: str) -> str:
    """Return the local name of the constraint component of a parameter."""
    name = "SPARQL" if parameter == "sparql" else parameter[0].upper() + parameter[1:]
    return f"{name}ConstraintComponent"


@cache
def shapes_graph() -> rdflib.Graph:
    graph = rdflib.Graph()
    for path in SHAPES:
        graph.parse(path)
    return graph


def area(path: Path) -> dict[str, list[str]]:
    """Return the shapes of one file that report something, with the constraints that they state."""
    graph = rdflib.Graph().parse(path)
    targeted = {
        subject
        for name in ("targetClass", "targetNode", "targetObjectsOf", "targetSubjectsOf")
        for subject in graph.subjects(SH[name])
    }
    reporting = targeted | {shape for node in targeted for shape in graph.objects(node, SH.property)}
    return {
        str(shape).removeprefix(str(SHAPE)): parameters
        for shape in sorted(reporting, key=str)
        if (parameters := [name for name in PARAMETERS if (shape, SH[name], None) in graph])
    }


def node_shapes() -> list[rdflib.term.Node]:
    return sorted(shapes_graph().subjects(RDF.type, SH.NodeShape), key=str)


def property_shapes() -> list[rdflib.term.Node]:
    return sorted(shapes_graph().subjects(RDF.type, SH.PropertyShape), key=str)


# ---- What every shape has ------------------------------------------------------------------------


def test_every_class_has_a_node_shape() -> None:
    vocabulary = rdflib.Graph().parse(TERMS)
    classes = {iri for iri in vocabulary.subjects(RDF.type, OWL.Class) if str(iri).startswith(str(CKG))}
    assert classes
    graph = shapes_graph()
    for name in classes:
        shape = rdflib.URIRef(f"{SHAPE}{str(name).removeprefix(str(CKG))}")
        assert (shape, SH.targetClass, name) in graph, name


def test_every_property_has_its_shapes() -> None:
    """Its values are checked, what has it is of its domain, and a functional one has one value at most."""
    vocabulary = rdflib.Graph().parse(TERMS)
    includes = rdflib.URIRef(f"{PREFIXES['schema']}domainIncludes")
    graph = shapes_graph()
    properties = {
        name
        for kind in (OWL.ObjectProperty, OWL.DatatypeProperty)
        for name in vocabulary.subjects(RDF.type, kind)
        if str(name).startswith(str(CKG))
    }
    assert len(properties) > 100
    for name in properties:
        on_values = list(graph.subjects(SH.path, name))
        assert on_values, f"{name}: no shape looks at its values"
        if (name, RDFS.domain, None) in vocabulary or (name, includes, None) in vocabulary:
            on_subjects = {str(shape) for shape in graph.subjects(SH.targetSubjectsOf, name)}
            assert any(iri.startswith(f"{SHAPE}Domain-") for iri in on_subjects), f"{name}: no domain"
        if (name, RDF.type, OWL.FunctionalProperty) in vocabulary:
            assert any((shape, SH.maxCount, None) in graph for shape in on_values), f"{name}: functional"


def texts(shape: rdflib.term.Node, name: rdflib.URIRef) -> list[str]:
    """Return the English values of a property of a shape; any other language fails."""
    found = list(shapes_graph().objects(shape, name))
    assert all(isinstance(text, rdflib.Literal) and text.language == "en" for text in found), (shape, name)
    return list(map(str, found))


def test_every_node_shape_says_what_it_is_for() -> None:
    for shape in node_shapes():
        assert str(shape).startswith(str(SHAPE)), shape
        assert len(texts(shape, RDFS.label)) == 1, shape
        (comment,) = texts(shape, RDFS.comment)
        assert comment.endswith("."), shape


def test_every_property_shape_belongs_to_one_node_shape_that_it_is_named_after() -> None:
    graph = shapes_graph()
    for shape in property_shapes():
        (owner,) = graph.subjects(SH.property, shape)
        assert str(shape).startswith(f"{owner}-"), shape
        assert len(texts(shape, SH.name)) == 1, shape


def test_every_shape_that_reports_has_a_severity_and_says_how_to_mend_it() -> None:
    graph = shapes_graph()
    for path in SHAPES:
        for name in area(path):
            shape = rdflib.URIRef(f"{SHAPE}{name}")
            (severity,) = graph.objects(shape, SH.severity)
            assert severity in {SH.Violation, SH.Warning, SH.Info}, name
            (message,) = texts(shape, SH.message)
            assert message.endswith("."), name
            assert re.search(r"\b[a-z]+:\w", message), f"{name}: no example"


def test_every_constraint_is_known_to_these_tests() -> None:
    """A constraint of another kind must be added to PARAMETERS, or it would need no fixture."""
    described = {"label", "comment", "type", "name", "message", "severity", "path", "property"}
    targets = {"targetClass", "targetNode", "targetObjectsOf", "targetSubjectsOf"}
    for shape in (*node_shapes(), *property_shapes()):
        used = {str(name).rsplit("#", 1)[-1] for name in shapes_graph().predicates(shape)}
        assert used <= described | targets | set(PARAMETERS), shape


def test_shapes_and_their_messages_name_defined_terms_and_concepts() -> None:
    vocabulary = load(TERMS, SCHEMES)
    defined = our_terms(vocabulary)
    concepts = {quad.subject.value for quad in vocabulary if isinstance(quad.subject, ox.NamedNode)}
    for path in SHAPES:
        text = re.sub(r"(?m)^@prefix .*$", "", path.read_text(encoding="utf-8"))
        assert {f"{CKG}{name}" for name in re.findall(r"\bckg:(\w+)", text)} <= defined, path.name
        named = set(re.findall(rf"<({ID}[^>]+)>", text))
        for kind, slug in re.findall(r"(?<![\w/-])([a-z-]+):([a-z][\w-]*)", text):
            if kind in (*CONCEPT_KINDS, "scheme"):
                named.add(f"{ID}{kind}/{slug}")
        assert named <= concepts, path.name


# ---- Fixtures ------------------------------------------------------------------------------------


def expected_fixtures() -> dict[str, set[tuple[str, str, str]]]:
    """Return what each fixture must give, by its path: nothing, or results of one constraint of one shape."""
    found: dict[str, set[tuple[str, str, str]]] = {}
    for path in SHAPES:
        for shape, parameters in area(path).items():
            found[f"{path.stem}/{shape}.pass.ttl"] = set()
            (severity,) = shapes_graph().objects(rdflib.URIRef(f"{SHAPE}{shape}"), SH.severity)
            for name in parameters:
                result = (shape, component(name), str(severity).rsplit("#", 1)[-1])
                found[f"{path.stem}/{shape}-{name}.fail.ttl"] = {result}
    return found


def fixture_paths() -> dict[str, Path]:
    return {str(path.relative_to(FIXTURES)): path for path in sorted(FIXTURES.glob("*/*.ttl"))}


def test_every_constraint_has_its_fixtures() -> None:
    assert set(fixture_paths()) == set(expected_fixtures())


def test_every_fixture_says_what_it_shows() -> None:
    for name, path in [*fixture_paths().items(), ("route vocabulary", ROUTE_VOCABULARY)]:
        assert re.match(r"# \S.*\.\n", path.read_text(encoding="utf-8")), name


def test_passing_fixtures_use_the_properties_of_their_shape() -> None:
    """A fixture that the shape does not look at would pass without saying anything."""
    graph = shapes_graph()

    def named(path: rdflib.term.Node) -> set[str]:
        if isinstance(path, rdflib.URIRef):
            return {str(path)} - {str(RDF.first), str(RDF.rest), str(RDF.nil)}
        return {iri for value in graph.objects(path) for iri in named(value)}

    for shape in property_shapes():
        owner = str(shape).removeprefix(str(SHAPE))
        paths = [path for name, path in fixture_paths().items() if Path(name).name == f"{owner}.pass.ttl"]
        for path in paths:
            used = {str(p) for p in rdflib.Graph().parse(path, publicID="http://example.org/").predicates()}
            (shape_path,) = graph.objects(shape, SH.path)
            assert used & named(shape_path) or owner in NEVER_USED, owner


# These shapes forbid what their path names, so what passes does not use it.
NEVER_USED = {"DurationRange-estimatedDuration", "ExactAmount-range"}


@dataclass(frozen=True)
class Everything:
    """The bundled graph, the template and all fixtures in one, and which fixture a node is of."""

    store: EmbeddedStore
    owners: dict[str, str]

    def sort(self, findings: set[Finding]) -> dict[str, set[Finding]]:
        """Return the findings by the fixture that they are about, others by their node."""
        found: dict[str, set[Finding]] = defaultdict(set)
        for finding in findings:
            node = finding.value if finding.focus == ONTOLOGY else finding.focus
            found[self.owners.get(str(node), str(node))].add(finding)
        return dict(found)


def _text(term: object) -> str:
    """Return a term as both libraries write it: an IRI or label of a blank node, or the text of a literal."""
    return str(term.value) if isinstance(term, ox.NamedNode | ox.BlankNode | ox.Literal) else str(term)


@pytest.fixture(scope="module")
def everything() -> Everything:
    inner = ox.Store()
    owners: dict[str, str] = {}
    inner.extend(
        ox.Quad(quad.subject, quad.predicate, quad.object)
        for quad in load(TERMS, SCHEMES, ALIGNMENTS, *FACTS, TEMPLATE)
    )
    for name, path in {**fixture_paths(), ROUTE_VOCABULARY.name: ROUTE_VOCABULARY}.items():
        quads = list(ox.parse(path=str(path), base_iri=f"http://example.org/{name}", rename_blank_nodes=True))
        inner.extend(quads)
        for quad in quads:
            owners[_text(quad.subject)] = name
        for quad in quads:
            owners.setdefault(_text(quad.object), name)
    return Everything(EmbeddedStore(inner), owners)


def _rdflib(term: object) -> rdflib.term.Identifier:
    """Return rdflib's form of a term, the text of literals as it is."""
    if isinstance(term, ox.Literal):
        datatype = None if term.language else rdflib.URIRef(term.datatype.value)
        return rdflib.Literal(term.value, lang=term.language, datatype=datatype, normalize=False)
    return rdflib.BNode(_text(term)) if isinstance(term, ox.BlankNode) else rdflib.URIRef(_text(term))


def _findings(report: object) -> set[Finding]:
    assert isinstance(report, rdflib.Graph)
    found = set()
    for result in report.objects(None, SH.result):
        value = report.value(result, SH.value)
        found.add(
            Finding(
                shape=str(report.value(result, SH.sourceShape)).removeprefix(str(SHAPE)),
                component=str(report.value(result, SH.sourceConstraintComponent)).removeprefix(str(SH)),
                severity=str(report.value(result, SH.resultSeverity)).removeprefix(str(SH)),
                focus=str(report.value(result, SH.focusNode)),
                value=None if value is None else str(value),
            )
        )
    return found


@pytest.fixture(scope="module")
def reference(everything: Everything) -> set[Finding]:
    """What pySHACL, the reference, finds; the shapes themselves are checked against SHACL's own shapes.

    It parses a SPARQL constraint anew for every focus node, and every node with a class is one of
    shape:Typed: that constraint runs on the facts and on the fixtures of its own file only.
    """
    import pyshacl

    data = rdflib.Graph()
    for quad in everything.store.quads():
        data.add((_rdflib(quad.subject), _rdflib(quad.predicate), _rdflib(quad.object)))
    typed = rdflib.URIRef(f"{SHAPE}Typed")
    others = rdflib.Graph()
    for triple in shapes_graph():
        if triple[:2] != (typed, SH.sparql):
            others.add(triple)
    _, report, _ = pyshacl.validate(data, shacl_graph=others, meta_shacl=True)
    facts = {_text(quad.subject) for quad in load(*FACTS)}
    nodes: list[str | rdflib.URIRef] = [
        node
        for node in data.subjects(RDF.type, unique=True)
        if isinstance(node, rdflib.URIRef)
        and (str(node) in facts or everything.owners.get(str(node), "").startswith("vocabulary/"))
    ]
    assert len(nodes) > len(facts)
    _, more, _ = pyshacl.validate(data, shacl_graph=shapes_graph(), use_shapes=[typed], focus_nodes=nodes)
    return _findings(report) | _findings(more)


@pytest.fixture(scope="module")
def compiled(everything: Everything) -> set[Finding]:
    """What the package's own validator finds."""
    report = validate(everything.store, load_shapes(SHAPES))
    assert report.delegated == ()
    return {
        Finding(
            shape=_text(result.shape).removeprefix(str(SHAPE)),
            component=result.component.removeprefix(str(SH)),
            severity=result.severity.removeprefix(str(SH)),
            focus=_text(result.focus),
            value=None if result.value is None else _text(result.value),
        )
        for result in report.results
    }


# What a user's conditions give that are written without labels, on blank nodes, and leave things undescribed.
UNDESCRIBED = {
    ("Certification-issuedBy", "MinCountConstraintComponent", "Info"),
    ("Credential-label", "MinCountConstraintComponent", "Warning"),
    ("Experience-label", "MinCountConstraintComponent", "Warning"),
    ("Reference-type", "MinCountConstraintComponent", "Warning"),
    ("Role-label", "MinCountConstraintComponent", "Warning"),
    ("Role-occupation", "MinCountConstraintComponent", "Info"),
    ("Work-definition", "MinCountConstraintComponent", "Info"),
}


def test_fixtures_trip_their_shape_only_and_the_graph_conforms(
    everything: Everything, reference: set[Finding]
) -> None:
    """The bundled graph and the template for an occupation give no result at any severity."""
    expected = {name: what for name, what in expected_fixtures().items() if what}
    expected[ROUTE_VOCABULARY.name] = UNDESCRIBED
    found = {
        name: {finding.what for finding in findings} for name, findings in everything.sort(reference).items()
    }
    assert found == expected


def test_both_validators_find_the_same(reference: set[Finding], compiled: set[Finding]) -> None:
    assert compiled == reference


# ---- What shapes cannot say: they see the merge only, not the passages ---------------------------

UNSOURCED = f"""
    SELECT ?subject ?property ?value WHERE {{
        ?subject ?property ?value .
        FILTER (STRSTARTS(STR(?subject), "{ID}"))
        FILTER NOT EXISTS {{ GRAPH ?passage {{ ?subject ?property ?value }} ?passage a <{CKG.Passage}> }}
        FILTER NOT EXISTS {{ ?subject <{DCTERMS}source> ?source }}
    }}"""


def unsourced(store: EmbeddedStore) -> list[ox.QuerySolution]:
    solutions = store.query(UNSOURCED)
    assert isinstance(solutions, ox.QuerySolutions)
    return list(solutions)


def test_every_fact_stands_in_a_described_passage() -> None:
    """docs/validation.md shows the same query; concept schemes are our own words, without passages."""
    assert unsourced(EmbeddedStore.in_memory(FACTS)) == []
    merge = EmbeddedStore(load(*FACTS))  # the same facts without their graphs: the query sees that
    assert len(unsourced(merge)) > 1000
