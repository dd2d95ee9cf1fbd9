"""The vocabulary as a model: the rules of ROBOT, qSKOS and OOPS!, terms, alignments, the order of the files.

The rules are SPARQL files in tests/ontology/, one each: a row that a query returns is a finding. Beside
each stands a small Turtle file that trips it, so that no rule can pass because it asks for nothing.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path

import pyoxigraph as ox
import pytest

from careerkg.vocabulary import CKG, CONCEPT_KINDS, DCTERMS, ID, ONTOLOGY, OWL, PREFIXES, RDFS, SKOS, compact
from ontology_files import (
    ALIGNMENTS,
    EXAMPLE,
    FACTS,
    ROOT,
    SCHEMES,
    SHARED,
    TERMS,
    TIDY,
    kinds,
    load,
    our_terms,
    prefix_lines,
    statements,
    used_terms,
)

SHAPES = sorted((ROOT / "shapes").glob("*.ttl"))
RULES = sorted((ROOT / "tests" / "ontology").glob("*.rq"))


@pytest.fixture(scope="module")
def vocabulary() -> ox.Store:
    return load(TERMS, ALIGNMENTS)


@pytest.fixture(scope="module")
def everything() -> ox.Store:
    return load(TERMS, SCHEMES, ALIGNMENTS, *FACTS)


# ---- The rules -----------------------------------------------------------------------------------


def findings(rule: Path, store: ox.Store) -> list[str]:
    """Return the rows of a rule's query."""
    result = store.query(rule.read_text(encoding="utf-8"))
    assert isinstance(result, ox.QuerySolutions)
    return [str(row) for row in result]


@pytest.mark.parametrize("rule", RULES, ids=lambda path: path.stem)
def test_rule_finds_nothing(rule: Path, everything: ox.Store) -> None:
    assert not findings(rule, everything)


@pytest.mark.parametrize("rule", RULES, ids=lambda path: path.stem)
def test_rule_bites(rule: Path) -> None:
    assert findings(rule, load(rule.with_suffix(".ttl")))


def test_every_rule_names_its_origin() -> None:
    assert RULES
    for rule in RULES:
        first = rule.read_text(encoding="utf-8").splitlines()[0]
        assert re.match(r"# (ROBOT report, (ERROR|WARN) |qSKOS, |OOPS! P\d\d|House rule: )", first), rule.name


# ---- Terms: defined, shown, used -----------------------------------------------------------------


@pytest.mark.parametrize("path", [ALIGNMENTS, SCHEMES, *FACTS, *SHAPES], ids=lambda path: path.name)
def test_every_term_that_is_used_is_defined(path: Path, vocabulary: ox.Store) -> None:
    assert used_terms(load(path)) <= our_terms(vocabulary)


def test_every_term_that_the_code_names_is_defined(vocabulary: ox.Store) -> None:
    # Not the benchmarks: they misspell terms on purpose, to have the validator find them.
    files = [path for part in ("src", "tools") for path in (ROOT / part).rglob("*.py")]
    named = {
        f"{CKG}{name}"
        for path in files
        for name in re.findall(r"\b(?:CKG\.|ckg:|ckg\([\"'])([A-Za-z]\w*)", path.read_text(encoding="utf-8"))
    }
    assert named
    assert named <= our_terms(vocabulary)


def values(store: ox.Store, subject: str, predicate: str) -> list[ox.Literal]:
    """Return the literals that a term has for a property."""
    quads = store.quads_for_pattern(ox.NamedNode(subject), ox.NamedNode(predicate), None)
    return [quad.object for quad in quads if isinstance(quad.object, ox.Literal)]


def test_every_term_has_one_label_one_definition_and_one_example(vocabulary: ox.Store) -> None:
    for term in sorted(our_terms(vocabulary)):
        (label,) = values(vocabulary, term, RDFS.label)
        (definition,) = values(vocabulary, term, SKOS.definition)
        (example,) = values(vocabulary, term, SKOS.example)
        assert (label.language, definition.language, example.language) == ("en", "en", None), term
        assert re.fullmatch(r"[A-Z][^\n]*\.", definition.value), f"{term}: a definition is a sentence"


def test_every_example_uses_its_term_and_what_it_says_of_the_graph_is_true(everything: ox.Store) -> None:
    for term in sorted(our_terms(everything)):
        (example,) = values(everything, term, SKOS.example)
        triples = statements(example.value)
        store = ox.Store()
        store.extend(triples)
        assert term in used_terms(store), f"{compact(term)}: the example is of something else"
        for triple in triples:
            assert isinstance(triple.subject, ox.NamedNode)
            if not triple.subject.value.startswith(EXAMPLE):
                assert triple in everything, f"{compact(term)}: the graph does not say {triple}"


# Terms that the bundled facts do not need: users' graphs and imports do. docs/modelling.md shows them.
NOT_IN_THE_FACTS = {
    f"{CKG}{name}"
    for name in (
        "AtLeast",
        "category",
        "collectedFrom",
        "commodity",
        "confidence",
        "count",
        "emergingTask",
        "EmergingTask",
        "fromScheme",
        "hotTechnology",
        "inDemandTechnology",
        "inRole",
        "jobZone",
        "License",
        "lowerBound",
        "Mapping",
        "mappingMethod",
        "mappingRelation",
        "mapsFrom",
        "mapsTo",
        "maxAmount",
        "maxDuration",
        "mayNeedSkill",
        "minimumAge",
        "notRelevant",
        "OccupationRelation",
        "PersonCondition",
        "ratedElement",
        "RatingObservation",
        "relatednessIndex",
        "relatednessTier",
        "relationObject",
        "relationSubject",
        "relativeStandardError",
        "reportedTitle",
        "residentOf",
        "retrieved",
        "revisesTask",
        "sampleSize",
        "scale",
        "similarity",
        "standardError",
        "suppressed",
        "taskType",
        "topCoded",
        "toScheme",
        "upperBound",
        "usesTool",
        "vintage",
        "workActivity",
    )
}


def turtle_blocks(markdown: Path) -> list[str]:
    """Return the Turtle and TriG examples of a Markdown file."""
    return re.findall(
        r"^```(?:turtle|trig)\n(.*?)^```", markdown.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )


def test_every_term_is_used_by_the_facts_or_shown_in_the_docs(vocabulary: ox.Store) -> None:
    facts = load(*FACTS)
    used = used_terms(facts)
    while (
        more := {  # a superclass or superproperty is used through what is below it
            quad.object.value
            for name in (RDFS.subClassOf, RDFS.subPropertyOf)
            for quad in vocabulary.quads_for_pattern(None, ox.NamedNode(name), None)
            if isinstance(quad.object, ox.NamedNode)
            and isinstance(quad.subject, ox.NamedNode)
            and quad.subject.value in used
        }
        - used
    ):
        used |= more
    assert our_terms(vocabulary) - used <= NOT_IN_THE_FACTS  # the next occupation may use some
    shown = set()
    for block in turtle_blocks(ROOT / "docs" / "modelling.md"):
        shown |= {f"{CKG}{name}" for name in re.findall(r"\bckg:(\w+)", block)}
    assert shown >= NOT_IN_THE_FACTS


def test_docs_show_turtle_that_parses_and_uses_defined_terms(vocabulary: ox.Store) -> None:
    blocks = turtle_blocks(ROOT / "docs" / "modelling.md")
    assert blocks
    for block in blocks:
        store = ox.Store()
        store.extend(ox.parse(input=prefix_lines() + block, format=ox.RdfFormat.TRIG))
        assert used_terms(store) <= our_terms(vocabulary), block


# ---- Alignments ----------------------------------------------------------------------------------


def targets(prefix: str) -> set[str]:
    """Return the terms of another vocabulary that the alignments name."""
    namespace = PREFIXES[prefix]
    found = {quad.object.value for quad in load(ALIGNMENTS) if isinstance(quad.object, ox.NamedNode)}
    return {iri[len(namespace) :] for iri in found if iri.startswith(namespace)}


@pytest.mark.parametrize(
    ("prefix", "file"),
    [("ceterms", "ctdl/schema/ctdl/schema.json"), ("schema", "schemaorg/schemaorg-current-https.ttl")],
)
def test_alignments_name_terms_that_exist(prefix: str, file: str) -> None:
    path = SHARED / "data" / file
    if not path.is_file():
        pytest.skip(f"no copy of {file} beside the repository")
    text = path.read_text(encoding="utf-8")
    defined = set(
        re.findall(rf'"@id": ?"{prefix}:(\w+)"', text)
        if path.suffix == ".json"
        else re.findall(rf"^{prefix}:(\w+) a ", text, re.MULTILINE)
    )
    assert targets(prefix)
    assert targets(prefix) <= defined


def test_alignments_map_classes_to_classes_and_properties_to_properties(vocabulary: ox.Store) -> None:
    declared = kinds(vocabulary)
    for quad in load(ALIGNMENTS):
        assert isinstance(quad.subject, ox.NamedNode)
        assert isinstance(quad.object, ox.NamedNode)
        name = quad.object.value.rsplit("/", 1)[-1].rsplit("#", 1)[-1]
        if quad.predicate.value != SKOS.relatedMatch:
            assert (OWL.Class in declared[quad.subject.value]) == name[0].isupper(), quad


# ---- The text of the files -----------------------------------------------------------------------


_TERM_ORDER = [
    "rdfs:label",
    "skos:altLabel",
    "skos:definition",
    "skos:example",
    "skos:scopeNote",
    "rdfs:isDefinedBy",
    "rdfs:domain",
    "schema:domainIncludes",
    "rdfs:range",
    "schema:rangeIncludes",
    "rdfs:subClassOf",
    "rdfs:subPropertyOf",
    "owl:deprecated",
    "dcterms:isReplacedBy",
]
_CONCEPT_ORDER = [
    "dcterms:title",
    "rdfs:label",
    "skos:prefLabel",
    "skos:altLabel",
    "skos:definition",
    "skos:notation",
    "skos:inScheme",
    "skos:topConceptOf",
    "skos:hasTopConcept",
    "skos:broader",
]


def sections(path: Path) -> dict[str, list[str]]:
    """Return the blocks of a file by the section rule above them, comments left out."""
    parts = re.split(r"^# ---- (.+?) -+$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {
        title: [
            block for block in re.split(r"\n{2,}", body.strip("\n")) if block and not block.startswith("#")
        ]
        for title, body in zip(["head", *parts[1::2]], parts[::2], strict=True)
    }


def subject(block: str) -> str:
    """Return the name that a block begins with."""
    return block.split(maxsplit=1)[0]


def predicates(block: str) -> list[str]:
    """Return the property that each line of a block but the first begins with."""
    return [line.split(maxsplit=1)[0] for line in block.splitlines()[1:]]


TERM_SECTIONS = ["Classes", "Object properties", "Datatype properties", "Annotation properties"]


def test_one_term_one_block_sorted_in_one_order(vocabulary: ox.Store) -> None:
    parts = sections(TERMS)
    blocks = [block for title in TERM_SECTIONS for block in parts[title]]
    assert Counter(map(subject, blocks)) == Counter(compact(term) for term in our_terms(vocabulary))
    for title in TERM_SECTIONS:
        names = [subject(block) for block in parts[title]]
        assert names == sorted(names, key=lambda name: name.casefold() if title == "Classes" else name)
        for block in parts[title]:
            assert predicates(block) == [name for name in _TERM_ORDER if name in predicates(block)], block


def test_terms_of_others_are_declared_in_order() -> None:
    groups: dict[str, list[str]] = defaultdict(list)
    for block in sections(TERMS)["Terms of other vocabularies that the graph uses"]:
        for line in block.splitlines():
            name, _, kind, _ = line.split()
            groups[kind].append(name)
    assert set(groups) == {"owl:AnnotationProperty", "owl:Class", "owl:ObjectProperty"}
    assert all(names == sorted(names) for names in groups.values())


def test_one_concept_one_block_sorted_in_one_order() -> None:
    parts = sections(SCHEMES)
    del parts["head"]
    seen: Counter[str] = Counter()
    for title, blocks in parts.items():
        schemes = [block for block in blocks if subject(block).startswith("scheme:")]
        concepts = [block for block in blocks if not subject(block).startswith("scheme:")]
        assert blocks == [*schemes, *concepts], f"{title}: the scheme stands above its concepts"
        for group in (schemes, concepts):
            assert list(map(subject, group)) == sorted(map(subject, group))
        for block in blocks:
            assert predicates(block) == [name for name in _CONCEPT_ORDER if name in predicates(block)], block
            for listing in re.findall(r"skos:hasTopConcept (.+) \.$", block, re.MULTILINE):
                assert listing.split(" , ") == sorted(map(subject, concepts))
        seen.update(map(subject, blocks))
    assert set(seen.values()) == {1}


def test_schemes_and_kinds_of_concept_are_the_same(everything: ox.Store) -> None:
    """Every scheme of ours has a prefix of its own in the package, and the other way round."""
    found = {
        quad.object.value.removeprefix(f"{ID}scheme/")
        for quad in everything.quads_for_pattern(None, ox.NamedNode(SKOS.topConceptOf), None)
        if isinstance(quad.object, ox.NamedNode)
    }
    assert found == set(CONCEPT_KINDS)


@pytest.mark.parametrize("path", TIDY, ids=lambda path: path.name)
def test_every_passage_is_described_right_above_its_graph(path: Path) -> None:
    blocks = [block for part in sections(path).values() for block in part if not block.startswith("@prefix")]
    graphs = [index for index, block in enumerate(blocks) if re.match(r"\S+ \{", block)]
    described = [index for index, block in enumerate(blocks) if re.match(r"\S+ a ckg:Passage ;", block)]
    assert graphs
    assert [index - 1 for index in graphs] == described
    for index in graphs:
        assert subject(blocks[index]) == subject(blocks[index - 1])


def test_prefixes_of_every_file_are_sorted_and_used() -> None:
    assert len(TIDY) == 4
    for path in (TERMS, SCHEMES, ALIGNMENTS, *TIDY):
        text = path.read_text(encoding="utf-8")
        names = re.findall(r"^@prefix (\S+): ", text, re.MULTILINE)
        assert names == sorted(names), path.name
        body = re.sub(r'"(?:[^"\\]|\\.)*"|<[^>]*>|^[@#].*$', "", text, flags=re.MULTILINE)
        unused = [name for name in names if not re.search(rf"(?<![\w-]){name}:", body)]
        assert not unused, f"{path.name}: {unused}"


def test_ontology_says_what_it_is(vocabulary: ox.Store) -> None:
    """The metadata that FAIR checkers ask for, and the version of the package."""
    for name in ("creator", "description", "issued", "license", "title"):
        assert list(
            vocabulary.quads_for_pattern(ox.NamedNode(ONTOLOGY), ox.NamedNode(f"{DCTERMS}{name}"), None)
        )
    (version,) = values(vocabulary, ONTOLOGY, OWL.versionInfo)
    (iri,) = vocabulary.quads_for_pattern(ox.NamedNode(ONTOLOGY), ox.NamedNode(OWL.versionIRI), None)
    assert iri.object == ox.NamedNode(f"{ONTOLOGY}/{version.value}")
    assert f'\nversion = "{version.value}"\n' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
