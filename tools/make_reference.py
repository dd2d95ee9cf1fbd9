"""Write docs/ontology.md, the reference of terms and concepts, from the Turtle files in ontology/.

Run it through ``python tools/generate.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

from careerkg.vocabulary import CKG, DCTERMS, ONTOLOGY, OWL, RDF, RDFS, SKOS, compact, local_name

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "ontology.md"
SOURCES = [ROOT / "ontology" / name for name in ("careerkg.ttl", "schemes.ttl", "alignments.ttl")]

SCHEMA = "https://schema.org/"
MAPPINGS = {
    SKOS.exactMatch: "exactly",
    SKOS.closeMatch: "closely",
    SKOS.broadMatch: "wider",
    SKOS.narrowMatch: "narrower",
    SKOS.relatedMatch: "related",
}
KINDS = {
    "Classes": (OWL.Class, "class"),
    "Object properties": (OWL.ObjectProperty, "object property"),
    "Datatype properties": (OWL.DatatypeProperty, "datatype property"),
    "Annotation properties": (OWL.AnnotationProperty, "annotation property"),
}

INTRODUCTION = """\
# The careerkg vocabulary, term by term

Written by tools/make_reference.py from ontology/careerkg.ttl, schemes.ttl and alignments.ttl: change those,
not this page. How the terms work together is in [modelling.md](modelling.md).

| | |
|---|---|
| version | {version} |
| namespace | `{namespace}`, prefix `ckg:` |
| licence | {licence} |
| holds | {counts} |

In the examples `ex:` is <http://example.org/>, and the other prefixes are those that every query of careerkg
may use: `credential:rhit` is <https://w3id.org/careerkg/id/credential/rhit>. A plain *domain* or *range* is
an `rdfs:domain` or `rdfs:range`, from which a reasoner concludes the class; *one of* is a choice, said with
`schema:domainIncludes` or `schema:rangeIncludes`, from which nothing follows.
"""


class Ontology:
    """The vocabulary as the page needs it: what stands in relation to a term, sorted."""

    def __init__(self) -> None:
        self.store = ox.Store()
        for path in SOURCES:
            self.store.load(path=str(path))

    def objects(self, subject: str, predicate: str) -> list[str]:
        """Return the values of a property: IRIs, or texts."""
        quads = self.store.quads_for_pattern(ox.NamedNode(subject), ox.NamedNode(predicate), None)
        return sorted(quad.object.value for quad in quads if not isinstance(quad.object, ox.Triple))

    def subjects(self, predicate: str, object_: str) -> list[str]:
        """Return what has a thing as its value for a property."""
        quads = self.store.quads_for_pattern(None, ox.NamedNode(predicate), ox.NamedNode(object_))
        return sorted(quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode))

    def text(self, subject: str, predicate: str) -> str:
        """Return the one text that a term has for a property. Raises ValueError if it has none or several."""
        (text,) = self.objects(subject, predicate)
        return text

    def terms(self, kind: str) -> list[str]:
        """Return our terms of a kind, by name."""
        return [iri for iri in self.subjects(RDF.type, kind) if iri.startswith(str(CKG))]


def link(iri: str) -> str:
    """Return a term as code, linked to its entry if it is one of ours."""
    name = compact(iri)
    return f"[`{name}`](#{local_name(iri)})" if iri.startswith(str(CKG)) else f"`{name}`"


def links(iris: list[str]) -> str:
    """Return terms in a row."""
    return ", ".join(map(link, iris))


def tree(ontology: Ontology, parent: str, depth: int = 0) -> Iterator[str]:
    """Yield the classes below one as an indented list; a class with two superclasses stands below both."""
    for child in ontology.subjects(RDFS.subClassOf, parent):
        yield f"{'  ' * depth}- {link(child)}"
        yield from tree(ontology, child, depth + 1)


def details(ontology: Ontology, term: str) -> Iterator[tuple[str, str]]:
    """Yield what an entry says of a term besides its definition and example, with a name for each."""
    includes = {name: f"{SCHEMA}{name}Includes" for name in ("domain", "range")}
    direct = {
        "superclass": RDFS.subClassOf,
        "superproperty": RDFS.subPropertyOf,
        "domain": RDFS.domain,
        "domain, one of": includes["domain"],
        "range": RDFS.range,
        "range, one of": includes["range"],
        "replaced by": DCTERMS.isReplacedBy,
    }
    inverse = {
        "subclasses": (RDFS.subClassOf,),
        "subproperties": (RDFS.subPropertyOf,),
        "properties": (RDFS.domain, includes["domain"]),
        "value of": (RDFS.range, includes["range"]),
    }
    for name, predicate in direct.items():
        if found := ontology.objects(term, predicate):
            yield name, links(found)
    for name, predicates in inverse.items():
        if found := sorted(iri for predicate in predicates for iri in ontology.subjects(predicate, term)):
            yield name, links(found)
    if found := [
        f"{how} `{compact(other)}`"
        for mapping, how in MAPPINGS.items()
        for other in ontology.objects(term, mapping)
    ]:
        yield "elsewhere", ", ".join(found)


def entry(ontology: Ontology, term: str, kind: str) -> Iterator[str]:
    """Yield the lines of a term's entry."""
    functional = OWL.FunctionalProperty in ontology.objects(term, RDF.type)
    deprecated = "true" in ontology.objects(term, OWL.deprecated)
    yield f'### <a id="{local_name(term)}"></a>{compact(term)}'
    yield ""
    yield (
        f"*{ontology.text(term, RDFS.label)}*, {kind}{', at most one value' if functional else ''}"
        f"{', **deprecated**' if deprecated else ''}. {ontology.text(term, SKOS.definition)}"
    )
    yield ""
    for name, value in details(ontology, term):
        yield f"- {name}: {value}"
    yield f"- example: `{ontology.text(term, SKOS.example)}`"
    yield ""


def scheme_table(ontology: Ontology, scheme: str) -> Iterator[str]:
    """Yield the table of a scheme's concepts."""
    yield f'### <a id="scheme-{local_name(scheme)}"></a>{compact(scheme)}'
    yield ""
    yield f"*{ontology.text(scheme, RDFS.label)}*."
    yield ""
    concepts = ontology.subjects(SKOS.inScheme, scheme)
    if not concepts:
        yield "The codes are individuals of `ckg:OccupationCode`, described where a fact uses them."
        yield ""
        return
    yield "| concept | label | definition |"
    yield "|---|---|---|"
    for concept in concepts:
        label, definition = ontology.text(concept, SKOS.prefLabel), ontology.text(concept, SKOS.definition)
        yield f"| `{compact(concept)}` | {label} | {definition} |"
    yield ""


def lines(ontology: Ontology) -> Iterator[str]:
    """Yield the lines of the page."""
    schemes = ontology.subjects(RDF.type, SKOS.ConceptScheme)
    counts = [f"{len(ontology.terms(kind))} {title.lower()}" for title, (kind, _) in KINDS.items()]
    concepts = len(ontology.subjects(RDF.type, SKOS.Concept))
    yield INTRODUCTION.format(
        version=ontology.text(ONTOLOGY, OWL.versionInfo),
        namespace=CKG,
        licence=f"<{ontology.text(ONTOLOGY, DCTERMS.license)}>",
        counts=", ".join([*counts, f"{concepts} concepts in {len(schemes)} schemes"]),
    )
    yield "## The classes at a glance"
    yield ""
    classes = ontology.terms(OWL.Class)
    below = {iri for iri in classes for parent in ontology.objects(iri, RDFS.subClassOf) if parent in classes}
    for top in [iri for iri in classes if iri not in below]:
        yield f"- {link(top)}"
        yield from tree(ontology, top, 1)
    yield ""
    for title, (kind, name) in KINDS.items():
        yield f"## {title}"
        yield ""
        for term in ontology.terms(kind):
            yield from entry(ontology, term, name)
    yield "## Concept schemes"
    yield ""
    for scheme in schemes:
        yield from scheme_table(ontology, scheme)


def outputs() -> dict[Path, str]:
    """Return the page by its path."""
    return {TARGET: "\n".join(lines(Ontology())).rstrip("\n") + "\n"}
