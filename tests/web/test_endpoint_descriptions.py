"""What a site says of itself and gives whole: service description, VoID, graph store, dumps, health."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator

import httpx
import pyoxigraph as ox
import pytest
import rdflib
from endpoint import DATA, Serving

from careerkg import CareerGraph
from careerkg.store import RDF_FORMATS

SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
VOID = rdflib.Namespace("http://rdfs.org/ns/void#")
DCAT = rdflib.Namespace("http://www.w3.org/ns/dcat#")
EX = "http://example.org/"


@pytest.fixture(scope="module")
def client(protocol_server: Serving) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=protocol_server.url, timeout=30) as found:
        yield found


@pytest.fixture(scope="module")
def bundled(bundled_server: Serving) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=bundled_server.url, timeout=30) as found:
        yield found


def parsed(response: httpx.Response) -> rdflib.Graph:
    """Return the graph of a Turtle answer."""
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/turtle")
    return rdflib.Graph().parse(data=response.text, format="turtle")


def test_service_description(client: httpx.Client) -> None:
    graph = parsed(client.get("/sparql"))
    [service] = graph.subjects(rdflib.RDF.type, SD.Service)
    assert graph.value(service, SD.endpoint) == rdflib.URIRef(str(client.base_url.join("/sparql")))
    assert graph.value(service, SD.supportedLanguage) == SD.SPARQL11Query
    assert len(set(graph.objects(service, SD.resultFormat))) == 10
    dataset = graph.value(service, SD.defaultDataset)
    assert graph.value(graph.value(dataset, SD.defaultGraph), rdflib.RDF.type) == SD.Graph
    said = str(graph.value(service, rdflib.DCTERMS.description))
    assert "1.5 s" in said
    assert "5 rows" in said
    for accept in ("application/ld+json", "application/rdf+xml", "application/n-triples"):
        response = client.get("/sparql", headers={"accept": accept})
        assert response.headers["content-type"] == accept
    assert client.get("/sparql", headers={"accept": "image/png"}).status_code == 406


def test_void_counts_are_those_of_the_graph(bundled: httpx.Client) -> None:
    graph = parsed(bundled.get("/.well-known/void", headers={"accept": "text/turtle"}))
    dataset = rdflib.URIRef(f"{str(bundled.base_url).rstrip('/')}/.well-known/void#dataset")
    kg = CareerGraph()
    assert graph.value(dataset, VOID.triples) == rdflib.Literal(len(kg))
    assert (dataset, rdflib.RDF.type, DCAT.Dataset) in graph
    assert graph.value(dataset, VOID.sparqlEndpoint) == rdflib.URIRef(str(bundled.base_url.join("/sparql")))
    for kind, term, count, query in (
        (
            VOID.classPartition,
            VOID["class"],
            VOID.entities,
            "SELECT (COUNT(DISTINCT ?s) AS ?n) {{ ?s a <{}> }}",
        ),
        (VOID.propertyPartition, VOID.property, VOID.triples, "SELECT (COUNT(*) AS ?n) {{ ?s <{}> ?o }}"),
    ):
        parts = list(graph.objects(dataset, kind))
        assert len(parts) > 20
        for part in parts[:10]:
            named = graph.value(part, term)
            [row] = kg.query(query.format(named))
            assert graph.value(part, count) == row.n, named
    assert list(graph.objects(dataset, VOID.exampleResource))
    assert list(graph.objects(dataset, rdflib.DCTERMS.license))
    assert rdflib.URIRef("https://w3id.org/careerkg/ontology") in set(graph.objects(dataset, VOID.vocabulary))
    for linkset in graph.subjects(rdflib.RDF.type, VOID.Linkset):
        assert graph.value(linkset, VOID.linkPredicate)
        assert graph.value(graph.value(linkset, VOID.objectsTarget), VOID.uriSpace)
    same = parsed(bundled.get("/void.ttl", headers={"accept": "application/ld+json"}))
    assert set(same) == set(graph)


def test_every_dump_that_void_names_is_there(client: httpx.Client) -> None:
    graph = parsed(client.get("/void.ttl"))
    dumps = sorted(map(str, graph.objects(None, VOID.dataDump)))
    assert len(dumps) == 6
    store = CareerGraph.from_files(DATA / "protocol.trig").store
    expected = {quad.triple for quad in store.quads(None, None, None, ox.DefaultGraph())}
    for address in dumps:
        response = _when_made(client, address)
        assert response.headers["content-type"] == "application/gzip"
        name = address.rpartition("/")[2]
        assert response.headers["content-disposition"] == f'attachment; filename="{name}"'
        ending = name.split(".")[1]
        quads = list(ox.parse(gzip.decompress(response.content), format=RDF_FORMATS[ending]))
        triples = {q.triple for q in quads if q.graph_name == ox.DefaultGraph()}
        assert triples == expected, ending
        assert any(q.graph_name == ox.NamedNode(EX + "one") for q in quads) == (ending in ("nq", "trig"))
        again = client.get(address, headers={"if-none-match": response.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        part = client.get(address, headers={"range": "bytes=0-9"})
        assert (part.status_code, part.content) == (206, response.content[:10])
    assert client.get("/dumps/careerkg.exe.gz").status_code == 404


def _when_made(client: httpx.Client, address: str, headers: dict[str, str] | None = None) -> httpx.Response:
    """Return a dump; one that is still being made is asked for again."""
    for _ in range(40):
        response = client.get(address, headers=headers)
        if response.status_code != 503:
            break
        assert int(response.headers["retry-after"]) > 0
        time.sleep(0.5)
    assert response.status_code == 200, response.text
    return response


def test_graph_store_gives_a_named_graph(client: httpx.Client) -> None:
    response = client.get(
        "/graph-store", params={"graph": EX + "one"}, headers={"accept": "application/n-triples"}
    )
    assert response.status_code == 200
    triples = {quad.triple for quad in ox.parse(response.content, format=ox.RdfFormat.N_TRIPLES)}
    store = CareerGraph.from_files(DATA / "protocol.trig").store
    expected = {q.triple for q in store.quads(None, None, None, ox.NamedNode(EX + "one"))}
    assert triples == expected
    headed = client.head(
        "/graph-store", params={"graph": EX + "one"}, headers={"accept": "application/n-triples"}
    )
    assert (headed.status_code, headed.content) == (200, b"")
    assert headed.headers["content-length"] == str(len(response.content))


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize(
    ("accept", "format_"),
    [
        ("text/turtle", ox.RdfFormat.TURTLE),
        ("application/n-triples", ox.RdfFormat.N_TRIPLES),
        ("application/n-quads", ox.RdfFormat.N_QUADS),
        ("application/trig", ox.RdfFormat.TRIG),
        ("application/ld+json", ox.RdfFormat.JSON_LD),
        ("application/rdf+xml", ox.RdfFormat.RDF_XML),
    ],
)
def test_graph_store_gives_the_default_graph(
    client: httpx.Client, accept: str, format_: ox.RdfFormat, encoding: str
) -> None:
    """All of it, although it has more triples than the row cap."""
    response = _when_made(
        client, "/graph-store?default", headers={"accept": accept, "accept-encoding": encoding}
    )
    assert response.headers.get("content-encoding", "identity") == encoding
    assert response.headers["content-type"].startswith(accept)
    triples = {quad.triple for quad in ox.parse(response.content, format=format_)}
    store = CareerGraph.from_files(DATA / "protocol.trig").store
    assert triples == {quad.triple for quad in store.quads(None, None, None, ox.DefaultGraph())}


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/graph-store", 400),
        ("GET", "/graph-store?default&graph=http://example.org/one", 400),
        ("GET", "/graph-store?graph=one", 400),
        ("GET", "/graph-store?graph=http://example.org/one&graph=http://example.org/two", 400),
        ("GET", "/graph-store?graph=http://example.org/absent", 404),
        ("GET", "/graph-store?graph=%3Cx%3E", 400),
        ("PUT", "/graph-store?default", 405),
        ("POST", "/graph-store?default", 405),
        ("DELETE", "/graph-store?graph=http://example.org/one", 405),
    ],
)
def test_graph_store_refuses(client: httpx.Client, method: str, address: str, status: int) -> None:
    response = client.request(method, address)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    if status == 405:
        assert "GET" in response.headers["allow"]


def test_health_tells_state_and_limits(client: httpx.Client) -> None:
    response = client.get("/health")
    health = response.json()
    assert (response.status_code, health["status"]) == (200, "ok")
    assert health["limits"]["deadlineSeconds"] == 1.5
    assert health["limits"]["rowCap"] == 5
    assert health["queries"]["free"] == 2
    assert response.headers["cache-control"] == "no-store"


def test_what_is_not_there_is_a_problem(client: httpx.Client) -> None:
    response = client.get("/sparql/deeper", headers={"accept": "application/json"})
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert client.delete("/health").status_code == 405
