"""How the site describes itself to programs: the service, and its data as VoID and DCAT.

SPARQL 1.1 Service Description (https://www.w3.org/TR/sparql11-service-description/), VoID
(https://www.w3.org/TR/void/) at ``/.well-known/void``, DCAT 3 (https://www.w3.org/TR/vocab-dcat-3/) with it.
Nodes have IRIs below the document that describes them, so that two requests give the same triples.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pyoxigraph as ox

from careerkg.bounded import GRAPH_TYPES
from careerkg.export import rdf_bytes
from careerkg.statistics import Stats
from careerkg.vocabulary import DCTERMS, ID, ONTOLOGY, PREFIXES, RDF, RDFS, SKOS, VOID, Namespace, expand
from careerkg.web.formats import GRAPH_MEDIA_TYPES, choose
from careerkg.web.once import Once
from careerkg.web.replies import Problem, Reply, problem_reply
from careerkg.web.site import Site

__all__ = ["DUMP_FORMATS", "Description", "description_reply", "rdf_reply"]

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
DCAT = Namespace("http://www.w3.org/ns/dcat#")
FORMATS = Namespace("http://www.w3.org/ns/formats/")

RESULT_FORMATS = (
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "N-Triples",
    "N-Quads",
    "TriG",
    "RDF_XML",
    "JSON-LD",
)
DUMP_FORMATS = ("nq", "nt", "ttl", "trig", "jsonld", "rdf")
"""The formats of dumps, by file ending."""

_MAPPINGS = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
_EXAMPLES = 5


def rdf_reply(triples: list[ox.Triple], accept: str | None, *headers: tuple[str, str]) -> Reply:
    """Return triples in the format that a client likes best. Raises Problem (406) if there is none."""
    chosen = choose(accept)
    if chosen.graph_type is None or chosen.formats.graph is None:
        raise Problem(406, f"offered are {', '.join(dict.fromkeys(GRAPH_MEDIA_TYPES))}")
    body = rdf_bytes(triples, chosen.formats.graph)
    return Reply(200, (("content-type", chosen.graph_type), ("vary", "Accept"), *headers), body)


def description_reply(site: Site, accept: str | None) -> Reply:
    """Return the description of the endpoint in the format that a client likes best."""
    try:
        reply = rdf_reply(list(_service(site)), accept, ("cache-control", "max-age=3600"))
    except Problem as problem:
        # A client that wants rows has forgotten its query.
        forgotten = Problem(400, "the parameter query is missing")
        return problem_reply(forgotten if accept and "sparql-results" in accept else problem, accept)
    return reply


def _service(site: Site) -> Iterator[ox.Triple]:
    """Yield the description of the endpoint."""
    settings = site.settings
    address = site.url("/sparql")
    service, dataset, graph = (f"{address}#{name}" for name in ("service", "dataset", "default-graph"))
    yield _link(service, RDF.type, SD.Service)
    yield _link(service, RDF.type, DCAT.DataService)
    yield _text(service, DCTERMS.title, "SPARQL endpoint of careerkg")
    yield _text(
        service,
        DCTERMS.description,
        f"A query is stopped after {settings.deadline:g} s (503). An answer has {settings.row_cap:,} rows or "
        "triples at most; the header Careerkg-Complete says whether that is all. "
        f"{settings.workers} queries run at a time and {settings.waiting} wait; one more gets 429. "
        f"A request body has {settings.request_limit:,} bytes at most (413). SERVICE is refused.",
    )
    yield _link(service, SD.endpoint, address)
    yield _link(service, DCAT.endpointURL, address)
    yield _link(service, SD.supportedLanguage, SD.SPARQL11Query)
    for name in RESULT_FORMATS:
        yield _link(service, SD.resultFormat, f"{FORMATS}{name}")
    yield _link(service, SD.feature, SD.EmptyGraphs)
    yield _link(service, SD.defaultEntailmentRegime, "http://www.w3.org/ns/entailment/Simple")
    yield _link(service, SD.defaultDataset, dataset)
    yield _link(service, DCAT.servesDataset, dataset_iri(site))
    yield _link(dataset, RDF.type, SD.Dataset)
    yield _link(dataset, SD.defaultGraph, graph)
    yield _link(graph, RDF.type, SD.Graph)
    yield _text(graph, RDFS.comment, "The merge of everything, each triple once; named graphs are passages.")
    yield _link(dataset, RDFS.seeAlso, site.url("/.well-known/void"))


def dataset_iri(site: Site) -> str:
    """Return the IRI of the data of a site."""
    return site.url("/.well-known/void#dataset")


class Description:
    """VoID and DCAT of the data, counted once for each state of the graph."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._triples: Once[list[ox.Triple]] = Once(site, self._make)

    async def reply(self, accept: str | None) -> Reply:
        """Return the description in the format that a client likes best. Raises Problem."""
        triples = await self._triples.get()
        headers = (("etag", f'W/"{self.site.state}"'), ("cache-control", "no-cache"))
        return await self.site.call(rdf_reply, triples, accept, *headers)

    async def _make(self) -> list[ox.Triple]:
        """Return the description of the data as it is now."""
        graph = self.site.graph
        stats = await self.site.call(graph.stats)
        links = await self.site.call(lambda: list(_linksets(self.site)))
        return [*_dataset(self.site, stats), *links]


def _dataset(site: Site, stats: Stats) -> Iterator[ox.Triple]:
    """Yield what the data of a site are and how they can be had."""
    dataset, service = dataset_iri(site), site.url("/sparql#service")
    yield _link(dataset, RDF.type, f"{VOID}Dataset")
    yield _link(dataset, RDF.type, DCAT.Dataset)
    yield _text(dataset, DCTERMS.title, "careerkg: occupations, credentials and the ways between them")
    yield _text(
        dataset,
        DCTERMS.description,
        "What occupations do, need, pay and lead to, with the source of every statement.",
    )
    yield _link(dataset, f"{VOID}sparqlEndpoint", site.url("/sparql"))
    yield _link(service, DCAT.servesDataset, dataset)
    yield _link(service, RDF.type, DCAT.DataService)
    yield _link(service, DCAT.endpointURL, site.url("/sparql"))
    yield _plain(dataset, f"{VOID}uriSpace", str(ID))
    for format_ in DUMP_FORMATS:
        address = site.url(f"/dumps/careerkg.{format_}.gz")
        yield _link(dataset, f"{VOID}dataDump", address)
        yield _link(dataset, DCAT.distribution, address)
        yield _link(address, RDF.type, DCAT.Distribution)
        yield _link(address, DCAT.downloadURL, address)
        media_type = GRAPH_TYPES[format_].partition(";")[0]
        for term, name in ((DCAT.mediaType, media_type), (DCAT.compressFormat, "application/gzip")):
            yield _link(address, term, f"https://www.iana.org/assignments/media-types/{name}")
    for licence in sorted({s.licence for s in stats.sources if s.licence and s.licence.startswith("http")}):
        yield _link(dataset, DCTERMS.license, licence)
    yield _number(dataset, f"{VOID}triples", stats.triples)
    yield _number(dataset, f"{VOID}classes", len(stats.entities))
    yield _number(dataset, f"{VOID}properties", len(stats.properties))
    for vocabulary in _vocabularies(stats):
        yield _link(dataset, f"{VOID}vocabulary", vocabulary)
    for kind, counts, term, count in (
        ("class", stats.entities, "class", "entities"),
        ("property", stats.properties, "property", "triples"),
    ):
        for name, number in counts.items():
            iri = expand(name) or name
            part = site.url(f"/.well-known/void#{kind}-{quote(name, safe='')}")
            yield _link(dataset, f"{VOID}{kind}Partition", part)
            yield _link(part, f"{VOID}{term}", iri)
            yield _number(part, f"{VOID}{count}", number)
    for source in stats.sources:
        if source.triples is not None:
            yield _link(dataset, f"{VOID}subset", source.id)
            yield _link(source.id, RDF.type, f"{VOID}Dataset")
            yield _text(source.id, DCTERMS.title, source.title)
            yield _number(source.id, f"{VOID}triples", source.triples)
    yield from _example_resources(site)


def _vocabularies(stats: Stats) -> list[str]:
    """Return the namespaces of the properties that are used."""
    prefixes = {name.partition(":")[0] for name in stats.properties if not name.startswith("http")}
    found = {PREFIXES[prefix] for prefix in prefixes if prefix in PREFIXES}
    return sorted(ONTOLOGY if iri == f"{ONTOLOGY}#" else iri for iri in found)


def _example_resources(site: Site) -> Iterator[ox.Triple]:
    """Yield a few things to begin with."""
    rows = site.graph.store.query(
        f"SELECT ?s WHERE {{ ?s a <{ONTOLOGY}#Role> }} ORDER BY ?s LIMIT {_EXAMPLES}"
    )
    assert isinstance(rows, ox.QuerySolutions)
    for row in rows:
        node = row["s"]
        if isinstance(node, ox.NamedNode):
            yield _link(dataset_iri(site), f"{VOID}exampleResource", node.value)


def _linksets(site: Site) -> Iterator[ox.Triple]:
    """Yield how many mappings lead to which other set of concepts."""
    predicates = " ".join(f"<{SKOS}{name}>" for name in _MAPPINGS)
    rows = site.graph.store.query(
        f"SELECT ?p ?space (COUNT(*) AS ?n) WHERE {{ VALUES ?p {{ {predicates} }} ?s ?p ?o "
        'BIND(REPLACE(STR(?o), "[^/#]*$", "") AS ?space) } GROUP BY ?p ?space ORDER BY ?p ?space'
    )
    assert isinstance(rows, ox.QuerySolutions)
    for number, row in enumerate(rows, 1):
        predicate, space, count = row["p"], row["space"], row["n"]
        if not (isinstance(predicate, ox.NamedNode) and isinstance(space, ox.Literal) and space.value):
            continue
        assert isinstance(count, ox.Literal)
        links, target = (site.url(f"/.well-known/void#{name}-{number}") for name in ("links", "target"))
        yield _link(dataset_iri(site), f"{VOID}subset", links)
        yield _link(links, RDF.type, f"{VOID}Linkset")
        yield _link(links, f"{VOID}linkPredicate", predicate.value)
        yield _link(links, f"{VOID}subjectsTarget", dataset_iri(site))
        yield _link(links, f"{VOID}objectsTarget", target)
        yield _number(links, f"{VOID}triples", int(count.value))
        yield _link(target, RDF.type, f"{VOID}Dataset")
        yield _plain(target, f"{VOID}uriSpace", space.value)


def _link(subject: str, predicate: str, object_: str) -> ox.Triple:
    """Return a triple whose object is an IRI."""
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), ox.NamedNode(object_))


def _text(subject: str, predicate: str, text: str) -> ox.Triple:
    """Return a triple whose object is an English text."""
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), ox.Literal(text, language="en"))


def _plain(subject: str, predicate: str, text: str) -> ox.Triple:
    """Return a triple whose object is a string."""
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), ox.Literal(text))


def _number(subject: str, predicate: str, number: int) -> ox.Triple:
    """Return a triple whose object is a number."""
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), ox.Literal(number))
