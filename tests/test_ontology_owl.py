"""OWL 2 DL: every term is typed as the profile asks, HermiT finds no contradiction and no empty class."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from careerkg.vocabulary import OWL, RDF, RDFS, SKOS, XSD, compact
from ontology_files import (
    ALIGNMENTS,
    EXAMPLE,
    FACTS,
    KINDS,
    PROPERTY_KINDS,
    SCHEMES,
    TERMS,
    kinds,
    load,
    prefix_lines,
    statements,
)


@pytest.fixture(scope="module")
def vocabulary() -> ox.Store:
    return load(TERMS, ALIGNMENTS)


@pytest.fixture(scope="module")
def everything() -> ox.Store:
    return load(TERMS, SCHEMES, ALIGNMENTS, *FACTS)


# ---- The typing of terms -------------------------------------------------------------------------

# What the vocabulary says with reserved terms. No property chain, no cardinality, no transitive or
# inverse-functional property and no anonymous class among them: so the global restrictions of OWL 2 DL
# (Structural Specification, section 11.2) hold, and what is left to check is the typing of every term.
_AXIOMS = {
    RDF.type,
    RDF.first,
    RDF.rest,
    RDFS.comment,
    RDFS.domain,
    RDFS.isDefinedBy,
    RDFS.label,
    RDFS.range,
    RDFS.subClassOf,
    RDFS.subPropertyOf,
    OWL.deprecated,
    OWL.members,
    OWL.priorVersion,
    OWL.versionIRI,
    OWL.versionInfo,
}
_DECLARATIONS = {*KINDS, OWL.AllDisjointClasses, OWL.FunctionalProperty, OWL.Ontology}

# OWL 2 Structural Specification, section 4: the datatype map.
_DATATYPE_MAP = {
    *(f"{OWL}{name}" for name in ("rational", "real")),
    *(f"{RDF}{name}" for name in ("PlainLiteral", "XMLLiteral", "langString")),
    *(
        f"{XSD}{name}"
        for name in ("anyURI", "base64Binary", "boolean", "dateTime", "dateTimeStamp", "hexBinary")
    ),
    *(f"{XSD}{name}" for name in ("decimal", "double", "float", "integer", "long", "int", "short", "byte")),
    *(f"{XSD}{sign}Integer" for sign in ("negative", "nonNegative", "nonPositive", "positive")),
    *(f"{XSD}unsigned{size}" for size in ("Byte", "Int", "Long", "Short")),
    *(
        f"{XSD}{name}"
        for name in ("string", "normalizedString", "token", "language", "Name", "NCName", "NMTOKEN")
    ),
}
_RESERVED = (str(RDF), str(RDFS), str(OWL), str(XSD))


def untyped(store: ox.Store) -> Iterator[str]:
    """Yield what keeps a graph from being an OWL 2 DL ontology as far as the typing of terms goes."""
    declared = kinds(store)
    for iri, what in declared.items():
        if iri.startswith(_RESERVED):
            yield f"declares the reserved {compact(iri)}"
        if len(what & PROPERTY_KINDS) > 1:
            yield f"{compact(iri)} is declared as several kinds of property"
        if OWL.Class in what and iri in _DATATYPE_MAP:
            yield f"{compact(iri)} is a class and a datatype"

    def classes(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> Iterator[str]:
        if not isinstance(term, ox.NamedNode) or OWL.Class not in declared.get(term.value, ()):
            yield f"{term} is used as a class"

    for subject, predicate, object_, _ in store:
        name = predicate.value
        if name.startswith(_RESERVED):
            if name not in _AXIOMS:
                yield f"{compact(name)} is not among the constructs that are checked here"
        elif name not in declared or not declared[name] & PROPERTY_KINDS:
            yield f"{compact(name)} is used as a property"
        elif declared[name] & PROPERTY_KINDS == {OWL.ObjectProperty} and isinstance(object_, ox.Literal):
            yield f"{compact(name)} is an object property and has the value {object_}"
        elif declared[name] & PROPERTY_KINDS == {OWL.DatatypeProperty} and not isinstance(
            object_, ox.Literal
        ):
            yield f"{compact(name)} is a datatype property and has the value {object_}"
        if name == RDF.type and not (isinstance(object_, ox.NamedNode) and object_.value in _DECLARATIONS):
            yield from classes(object_)
        elif name == RDFS.subClassOf:
            yield from classes(subject)
            yield from classes(object_)
        elif name in (RDFS.domain, RDF.first):
            yield from classes(object_)
        elif name == RDFS.range:
            assert isinstance(subject, ox.NamedNode)
            assert isinstance(object_, ox.NamedNode)
            if OWL.DatatypeProperty not in declared[subject.value]:
                yield from classes(object_)
            elif object_.value not in _DATATYPE_MAP:
                yield f"the range {compact(object_.value)} is not in the OWL 2 datatype map"


@pytest.mark.parametrize(
    "paths", [(TERMS, ALIGNMENTS), (TERMS, SCHEMES, ALIGNMENTS, *FACTS)], ids=["vocabulary", "with the facts"]
)
def test_every_term_is_typed_as_owl_2_dl_asks(paths: tuple[Path, ...]) -> None:
    assert sorted(set(untyped(load(*paths)))) == []


@pytest.mark.parametrize(
    ("turtle", "finding"),
    [
        ("ckg:x ckg:undeclared ckg:y .", "ckg:undeclared is used as a property"),
        (
            "ckg:x a owl:ObjectProperty , owl:DatatypeProperty .",
            "ckg:x is declared as several kinds of property",
        ),
        ("ckg:x a ckg:Undeclared .", "is used as a class"),
        ("ckg:p a owl:DatatypeProperty ; rdfs:range xsd:date .", "is not in the OWL 2 datatype map"),
        ("ckg:p a owl:ObjectProperty . ckg:x ckg:p 1 .", "is an object property and has the value"),
        ("ckg:C a owl:Class ; owl:oneOf ( ckg:x ) .", "owl:oneOf is not among the constructs"),
        ("rdfs:label a owl:AnnotationProperty .", "declares the reserved rdfs:label"),
    ],
)
def test_the_typing_check_bites(turtle: str, finding: str) -> None:
    store = ox.Store()
    store.load(input=prefix_lines() + turtle, format=ox.RdfFormat.TURTLE)
    assert any(finding in message for message in untyped(store))


# ---- The reasoner --------------------------------------------------------------------------------

_JAVA = pytest.mark.skipif(
    shutil.which("java") is None, reason="HermiT is a Java program and there is no Java"
)


def reason(triples: Iterable[ox.Quad], folder: Path) -> list[str]:
    """Run HermiT; return the unsatisfiable classes. Raises owlready2's error if there is a contradiction.

    Left out are literals of datatypes that OWL 2 does not know (xsd:date, xsd:duration, …), which HermiT
    refuses, and mapping relations to other vocabularies, which carry no meaning in OWL.
    """
    owlready2 = pytest.importorskip("owlready2")
    file = folder / "ontology.nt"
    mapping = {SKOS.exactMatch, SKOS.closeMatch, SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch}
    file.write_bytes(
        ox.serialize(
            (
                ox.Triple(quad.subject, quad.predicate, quad.object)
                for quad in triples
                if not (
                    isinstance(quad.object, ox.Literal) and quad.object.datatype.value not in _DATATYPE_MAP
                )
                and quad.predicate.value not in mapping
            ),
            format=ox.RdfFormat.N_TRIPLES,
        )
        or b""
    )
    world = owlready2.World(filename=":memory:")
    world.get_ontology(file.as_uri()).load()
    owlready2.sync_reasoner_hermit(world, debug=0)
    return sorted(cls.iri for cls in world.inconsistent_classes() if cls.iri != OWL.Nothing)


@_JAVA
def test_vocabulary_is_consistent_and_every_class_can_have_members(
    vocabulary: ox.Store, tmp_path: Path
) -> None:
    assert reason(vocabulary, tmp_path) == []


@_JAVA
def test_facts_are_consistent_with_the_vocabulary(everything: ox.Store, tmp_path: Path) -> None:
    assert reason(everything, tmp_path) == []


@_JAVA
@pytest.mark.parametrize(
    "contradiction",
    [
        "ex:x a ckg:Skill , ckg:Organization .",
        "course:anatomy ckg:awardsCredential credential:rhit .",  # a programme, too, by the domain
        "ex:x a ckg:Observation ; ckg:value 1 , 2 .",  # functional
        'ex:x a ckg:Experience ; ckg:hours "many" .',  # not in the range
    ],
    ids=["disjoint classes", "domain", "functional property", "range"],
)
def test_reasoner_finds_a_contradiction(contradiction: str, everything: ox.Store, tmp_path: Path) -> None:
    owlready2 = pytest.importorskip("owlready2")
    with pytest.raises(owlready2.OwlReadyInconsistentOntologyError):
        reason([*everything, *statements(contradiction)], tmp_path)


@_JAVA
def test_reasoner_finds_an_unsatisfiable_class(vocabulary: ox.Store, tmp_path: Path) -> None:
    impossible = statements("ex:Both a owl:Class ; rdfs:subClassOf ckg:Skill , ckg:Organization .")
    assert reason([*vocabulary, *impossible], tmp_path) == [f"{EXAMPLE}Both"]
