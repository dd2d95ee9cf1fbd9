"""Real clients of the endpoint: SPARQLWrapper, rdflib's SPARQLStore, curl, Comunica."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import rdflib
from endpoint import Serving
from SPARQLWrapper import CSV, JSON, JSONLD, N3, POST, RDFXML, TSV, TURTLE, XML, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

from careerkg import CareerGraph

PREFIXES = """PREFIX ckg: <https://w3id.org/careerkg/ontology#>
PREFIX credential: <https://w3id.org/careerkg/id/credential/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""
LABELS = PREFIXES + "SELECT ?s ?l { ?s a ckg:Certification ; rdfs:label ?l } ORDER BY ?s"
THIS = "VALUES ?c { credential:rhit }"
RHIT = "https://w3id.org/careerkg/id/credential/rhit"


@pytest.fixture(scope="module")
def expected() -> list[tuple[str, str]]:
    return [(str(row.s), str(row.l)) for row in CareerGraph().query(LABELS)]


def converted(wrapper: SPARQLWrapper) -> Any:
    """Return the answer as SPARQLWrapper converts it: which type that is depends on the format."""
    return wrapper.queryAndConvert()


@pytest.mark.parametrize("method", ["GET", POST])
@pytest.mark.parametrize("directly", [False, True])
def test_sparqlwrapper_select(
    bundled_server: Serving, expected: list[tuple[str, str]], method: str, directly: bool
) -> None:
    wrapper = SPARQLWrapper(f"{bundled_server.url}/sparql")
    wrapper.setMethod(method)
    if directly and method == POST:
        wrapper.setRequestMethod("postdirectly")
    wrapper.setQuery(LABELS)
    wrapper.setReturnFormat(JSON)
    rows = converted(wrapper)["results"]["bindings"]
    assert [(row["s"]["value"], row["l"]["value"]) for row in rows] == expected


@pytest.mark.parametrize("format_", [XML, CSV, TSV, JSON])
def test_sparqlwrapper_formats_of_rows(
    bundled_server: Serving, expected: list[tuple[str, str]], format_: str
) -> None:
    wrapper = SPARQLWrapper(f"{bundled_server.url}/sparql")
    wrapper.setQuery(LABELS)
    wrapper.setReturnFormat(format_)
    found = converted(wrapper)
    if format_ == XML:
        assert len(found.getElementsByTagName("result")) == len(expected)
    elif format_ == JSON:
        assert len(found["results"]["bindings"]) == len(expected)
    else:
        assert found.count(b"\n") == len(expected) + 1


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")  # SPARQLWrapper uses it
@pytest.mark.parametrize("format_", [TURTLE, N3, RDFXML, XML, JSONLD])
def test_sparqlwrapper_construct(bundled_server: Serving, format_: str) -> None:
    wrapper = SPARQLWrapper(f"{bundled_server.url}/sparql")
    wrapper.setQuery(f"{PREFIXES} CONSTRUCT {{ ?c rdfs:label ?l }} WHERE {{ ?c rdfs:label ?l {THIS} }}")
    wrapper.setReturnFormat(format_)
    found = converted(wrapper)
    graph = found if isinstance(found, rdflib.Graph) else rdflib.Graph().parse(data=found, format="turtle")
    assert [str(label) for label in graph.objects(rdflib.URIRef(RHIT), rdflib.RDFS.label)] == [
        "Registered Health Information Technician"
    ]


def test_sparqlwrapper_ask_and_error(bundled_server: Serving) -> None:
    wrapper = SPARQLWrapper(f"{bundled_server.url}/sparql")
    wrapper.setReturnFormat(JSON)
    wrapper.setQuery(PREFIXES + "ASK { credential:rhit a ckg:Certification }")
    assert converted(wrapper)["boolean"] is True
    wrapper.setQuery("SELECT * { ?s ?p }")
    with pytest.raises(QueryBadFormed, match="line 1"):
        wrapper.query()


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_sparqlstore(bundled_server: Serving, expected: list[tuple[str, str]], method: str) -> None:
    from rdflib.plugins.stores.sparqlstore import SPARQLStore

    store = SPARQLStore(f"{bundled_server.url}/sparql", method=method)
    graph = rdflib.Graph(store)
    rows: Any = graph.query(LABELS)
    assert [(str(row[0]), str(row[1])) for row in rows] == expected
    rhit = rdflib.URIRef(RHIT)
    assert str(graph.value(rhit, rdflib.RDFS.label)) == "Registered Health Information Technician"
    certification = rdflib.URIRef("https://w3id.org/careerkg/ontology#Certification")
    assert (rhit, rdflib.RDF.type, certification) in graph
    assert len(graph) == len(CareerGraph())


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl(bundled_server: Serving, expected: list[tuple[str, str]]) -> None:
    address = f"{bundled_server.url}/sparql"

    def curl(*options: str) -> str:
        return subprocess.run(
            ["curl", "--silent", "--fail", *options], capture_output=True, text=True, check=True
        ).stdout

    by_get = curl(address, "--get", "--data-urlencode", f"query={LABELS}", "-H", "Accept: text/csv")
    assert by_get.count("\n") == len(expected) + 1
    by_form = curl(address, "--data-urlencode", f"query={LABELS}", "-H", "Accept: text/csv")
    assert by_form == by_get
    direct = curl(
        address, "--data-binary", LABELS,
        "-H", "Content-Type: application/sparql-query", "-H", "Accept: text/csv",
    )  # fmt: skip
    assert direct == by_get
    assert json.loads(curl(f"{bundled_server.url}/health"))["status"] == "ok"


def test_comunica(bundled_server: Serving, expected: list[tuple[str, str]]) -> None:
    """$COMUNICA is a folder in which ``npm install @comunica/query-sparql`` was run."""
    folder, node = os.environ.get("COMUNICA"), shutil.which("node")
    if not folder or node is None or not (Path(folder) / "node_modules" / "@comunica").is_dir():
        pytest.skip("node or @comunica/query-sparql is not installed: $COMUNICA names its folder")
    script = """
const { QueryEngine } = require('@comunica/query-sparql');
(async () => {
  const [url, query] = process.argv.slice(1);
  const engine = new QueryEngine();
  for (const source of [{ type: 'sparql', value: url }, url]) {
    const stream = await engine.queryBindings(query, { sources: [source] });
    const rows = await stream.toArray();
    console.log(JSON.stringify(rows.map(row => [row.get('s').value, row.get('l').value])));
  }
})().catch(error => { console.error(error); process.exit(1); });
"""
    done = subprocess.run(
        [node, "-e", script, f"{bundled_server.url}/sparql", LABELS],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    answers = [[tuple(row) for row in json.loads(line)] for line in done.stdout.splitlines()]
    assert answers == [expected, expected]
