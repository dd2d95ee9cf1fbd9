"""The cases of the W3C test suite for the SPARQL 1.1 Protocol, on graphs of our own, and what goes beyond.

https://www.w3.org/2009/sparql/docs/tests/data-sparql11/protocol/: the names are those of its manifest. Every
query case runs on the server, whose connections answer GETs by a short way, and on the ASGI application.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import httpx
import pytest
from endpoint import DATA, Serving, serving

from careerkg import CareerGraph
from careerkg.bounded import Source
from careerkg.store import EmbeddedStore
from careerkg.web.app import create_app
from careerkg.web.settings import Settings

EX = "http://example.org/"
FORM = {"content-type": "application/x-www-form-urlencoded"}
DIRECT = {"content-type": "application/sparql-query"}
UPDATE = {"content-type": "application/sparql-update"}

HAS_ONE = f"ASK {{ <{EX}thing> <{EX}in> <{EX}one> }}"
HAS_ONE_AND_TWO = f"ASK {{ <{EX}thing> <{EX}in> <{EX}one> , <{EX}two> }}"
ONLY_ONE_AND_TWO = (
    f"ASK {{ <{EX}thing> <{EX}in> <{EX}one> , <{EX}two> "
    f"FILTER NOT EXISTS {{ <{EX}thing> <{EX}in> <{EX}three> }} }}"
)
NAMED = f"ASK {{ GRAPH ?g {{ <{EX}thing> <{EX}in> ?g }} FILTER(?g = <{EX}two>) }}"
NAMED_ALONE = (
    f"ASK {{ GRAPH <{EX}two> {{ ?s ?p ?o }} FILTER NOT EXISTS {{ GRAPH <{EX}one> {{ ?s ?p ?o }} }} "
    "FILTER NOT EXISTS { ?s ?p ?o } }"
)
FULL = (
    f"ASK {{ <{EX}thing> <{EX}in> <{EX}three> FILTER NOT EXISTS {{ <{EX}thing> <{EX}in> <{EX}one> }} "
    f"GRAPH <{EX}one> {{ ?s ?p ?o }} FILTER NOT EXISTS {{ GRAPH <{EX}three> {{ ?a ?b ?c }} }} }}"
)


def graphs(*names: str, named: bool = False) -> list[tuple[str, str]]:
    """Return the parameters of a dataset."""
    return [("named-graph-uri" if named else "default-graph-uri", EX + name) for name in names]


class Case(NamedTuple):
    """A request and what must come of it; ``answer`` is that of an ASK."""

    name: str
    method: str
    parameters: list[tuple[str, str]]
    body: str | bytes | list[tuple[str, str]]
    headers: dict[str, str]
    status: int
    answer: bool | None = None
    media_type: str | None = None


def get(name: str, query: str, *dataset: tuple[str, str], **expected: Any) -> Case:
    """Return a case whose query is sent by GET."""
    expected.setdefault("status", 200)
    headers = expected.pop("headers", {})
    return Case(name, "GET", [("query", query), *dataset], b"", headers, **expected)


def form(name: str, query: str, *dataset: tuple[str, str], **expected: Any) -> Case:
    """Return a case whose query is sent as a form."""
    return Case(name, "POST", [], [("query", query), *dataset], FORM, 200, **expected)


SELECT, CONSTRUCT = "SELECT (1 AS ?value) {}", f"CONSTRUCT {{ <{EX}s> <{EX}p> 1 }} WHERE {{}}"
SPARQL_RESULTS = "application/sparql-results"

CASES = [
    get("query_get", "ASK {}", answer=True),
    form("query_post_form", "ASK {}", answer=True),
    Case("query_post_direct", "POST", [], "ASK {}", DIRECT, 200, True),
    Case(
        "query_post_direct_charset",
        "POST",
        [],
        f'ASK {{ FILTER("é" = "\\u00E9") <{EX}thing> ?p ?o }}'.encode(),
        {"content-type": "application/sparql-query; charset=UTF-8"},
        200,
        True,
    ),
    get("query_dataset_default_graph", HAS_ONE, *graphs("one"), answer=True),
    get("query_dataset_default_graph_other", HAS_ONE, *graphs("two"), answer=False),
    get("query_dataset_default_graphs_get", ONLY_ONE_AND_TWO, *graphs("one", "two"), answer=True),
    form("query_dataset_default_graphs_post", ONLY_ONE_AND_TWO, *graphs("one", "two"), answer=True),
    get("query_dataset_named_graphs_get", NAMED_ALONE, *graphs("two", named=True), answer=True),
    form("query_dataset_named_graphs_post", NAMED, *graphs("one", "two", named=True), answer=True),
    get("query_dataset_full", FULL, *graphs("three"), *graphs("one", "two", named=True), answer=True),
    get(
        "query_multiple_dataset",
        HAS_ONE_AND_TWO.replace("{", f"FROM <{EX}three> {{", 1),
        *graphs("one", "two"),
        answer=True,
    ),
    Case("query_post_direct_dataset", "POST", graphs("two"), HAS_ONE, DIRECT, 200, False),
    get("query_content_type_select", SELECT, media_type=f"{SPARQL_RESULTS}+json"),
    get("query_content_type_ask", "ASK {}", media_type=f"{SPARQL_RESULTS}+json"),
    get("query_content_type_describe", f"DESCRIBE <{EX}thing>", media_type="text/turtle; charset=utf-8"),
    get("query_content_type_construct", CONSTRUCT, media_type="text/turtle; charset=utf-8"),
    Case("bad_query_method", "PUT", [("query", "ASK {}")], b"", FORM, 405),
    Case("bad_multiple_queries", "GET", [("query", "ASK {}"), ("query", "ASK {}")], b"", {}, 400),
    Case("bad_multiple_queries_post", "POST", [], [("query", "ASK {}"), ("query", "SELECT * {}")], FORM, 400),
    Case("bad_query_wrong_media_type", "POST", [], "ASK {}", {"content-type": "text/plain"}, 415),
    Case("bad_query_missing_form_type", "POST", [], "query=ASK%20%7B%7D", {}, 415),
    Case("bad_query_missing_direct_type", "POST", [], "ASK {}", {}, 415),
    Case(
        "bad_query_non_utf8",
        "POST",
        [],
        "ASK {}".encode("utf-16"),
        {"content-type": "application/sparql-query; charset=UTF-16"},
        415,
    ),
    Case("bad_query_not_utf8_at_all", "POST", [], b'ASK { FILTER("\xff" = "") }', DIRECT, 400),
    get("bad_query_syntax", "ASK { GARBAGE", status=400),
    get("bad_update_get", "ASK {}", ("update", "CLEAR ALL"), status=200, answer=True),
    Case("bad_update_get_alone", "GET", [("update", "CLEAR ALL")], b"", {}, 400),
    get("bad_update_as_query", "CLEAR ALL", status=400),
    Case("bad_update_as_query_form", "POST", [], [("update", "CLEAR ALL")], FORM, 400),
    Case("bad_update_as_query_direct", "POST", [], "CLEAR ALL", UPDATE, 415),
    get("service_refused", "ASK { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", status=400),
    get("service_silent_refused", "ASK { SERVICE SILENT ?x { ?s ?p ?o } }", status=400),
    get("from_elsewhere_is_not_fetched", "ASK FROM <http://127.0.0.1:1/x> { ?s ?p ?o }", answer=False),
    get("from_file_is_not_read", "ASK FROM <file:///etc/passwd> { ?s ?p ?o }", answer=False),
    get("not_an_iri", "ASK {}", ("default-graph-uri", "one two"), status=400),
    get("unknown_parameters_are_ignored", "ASK {}", ("timeout", "1"), ("nonsense", "x"), answer=True),
    get("unknown_format_is_ignored", "ASK {}", ("format", "nonsense"), answer=True),
    get("format_wins", SELECT, ("format", "xml"), media_type=f"{SPARQL_RESULTS}+xml"),
    get("format_by_media_type", SELECT, ("format", "text/csv"), media_type="text/csv; charset=utf-8"),
    get("output_is_format", SELECT, ("output", "tsv"), media_type="text/tab-separated-values; charset=utf-8"),
    get("format_that_does_not_fit", SELECT, ("format", "turtle"), media_type=f"{SPARQL_RESULTS}+json"),
    get(
        "accept_quality",
        SELECT,
        headers={"accept": "text/csv;q=0.4, application/sparql-results+xml;q=0.5"},
        media_type=f"{SPARQL_RESULTS}+xml",
    ),
    get("accept_as_named", SELECT, headers={"accept": "application/json"}, media_type="application/json"),
    get("accept_wildcard", SELECT, headers={"accept": "text/*"}, media_type="text/xml; charset=utf-8"),
    get("accept_nothing_offered", SELECT, headers={"accept": "image/png"}, status=406),
    get("accept_only_graphs_for_rows", SELECT, headers={"accept": "text/turtle"}, status=406),
    get("accept_zero", SELECT, headers={"accept": "text/csv;q=0"}, status=406),
    *(
        get(f"accept_{name}", CONSTRUCT, headers={"accept": media_type}, media_type=given)
        for name, media_type, given in (
            ("n_triples", "application/n-triples", "application/n-triples"),
            ("trig", "application/trig", "application/trig; charset=utf-8"),
            ("n_quads", "application/n-quads", "application/n-quads"),
            ("rdf_xml", "application/rdf+xml", "application/rdf+xml"),
            ("json_ld", "application/ld+json", "application/ld+json"),
        )
    ),
    get("empty_query", "", status=400),
    Case("empty_form", "POST", [], b"", FORM, 400),
    Case("no_body", "POST", [], b"", DIRECT, 400),
    Case("bad_percent", "GET", [], b"", {}, 400)._replace(parameters=[("RAW", "query=%ff%fe")]),
]


def send(client: httpx.Client, path: str, case: Case) -> httpx.Response:
    """Send the request of a case."""
    if case.parameters and case.parameters[0][0] == "RAW":
        address = f"{path}?{case.parameters[0][1]}"
    else:
        address = f"{path}?{urlencode(case.parameters, quote_via=quote)}" if case.parameters else path
    body = urlencode(case.body) if isinstance(case.body, list) else case.body
    request = client.build_request(case.method, address, content=body, headers=case.headers)
    if "accept" not in case.headers:
        request.headers["accept"] = "*/*"
    return client.send(request)


def check(response: httpx.Response, case: Case) -> None:
    """Hold that a response is what a case expects."""
    assert response.status_code == case.status, response.text
    assert response.headers["access-control-allow-origin"] == "*"
    if case.status >= 400:
        problem = response.json()
        assert response.headers["content-type"] == "application/problem+json"
        assert problem["status"] == case.status
        assert problem["title"]
        assert problem["detail"]
    if case.answer is not None:
        assert response.json()["boolean"] is case.answer
    if case.media_type is not None:
        assert response.headers["content-type"] == case.media_type


@pytest.fixture(scope="module")
def over_http(protocol_server: Serving) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=protocol_server.url) as client:
        yield client


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_query_case_over_http(over_http: httpx.Client, case: Case) -> None:
    check(send(over_http, "/sparql", case), case)


@pytest.fixture(scope="module")
def application() -> Iterator[Any]:
    from starlette.testclient import TestClient

    source = Source.of(files=[DATA / "protocol.trig"])
    with TestClient(create_app(Settings(source=source, base_url="http://testserver"))) as client:
        yield client


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_query_case_in_the_application(application: httpx.Client, case: Case) -> None:
    check(send(application, "/sparql", case), case)


def test_head_has_the_headers_of_get(over_http: httpx.Client) -> None:
    address = "/sparql?" + urlencode([("query", SELECT)])
    got, headed = over_http.get(address), over_http.head(address)
    assert headed.status_code == 200
    assert headed.content == b""
    for name in ("content-type", "content-length", "etag", "careerkg-rows", "careerkg-complete"):
        assert headed.headers[name] == got.headers[name]


def test_options_allows_other_pages_to_ask(over_http: httpx.Client) -> None:
    for path in ("/sparql", "/.well-known/void", "/graph-store", "/health", "/dumps/careerkg.nt.gz"):
        response = over_http.options(
            path, headers={"origin": "https://x.example", "access-control-request-method": "POST"}
        )
        assert response.status_code == 204, path
        assert response.headers["access-control-allow-origin"] == "*"
        assert "GET" in response.headers["allow"]
        assert "GET" in response.headers["access-control-allow-methods"]
        assert "Content-Type" in response.headers["access-control-allow-headers"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_syntax_error_tells_line_and_column(over_http: httpx.Client, method: str) -> None:
    query = "SELECT *\nWHERE { ?s ?p }"
    if method == "GET":
        response = over_http.get("/sparql", params={"query": query})
    else:
        response = over_http.post("/sparql", data={"query": query})
    problem = response.json()
    assert (response.status_code, problem["line"], problem["column"]) == (400, 2, 16)


def test_problem_as_plain_text_never_as_html(over_http: httpx.Client) -> None:
    for accept, media_type in (
        ("text/plain, */*;q=0.1", "text/plain; charset=utf-8"),
        ("text/html, */*;q=0.1", "application/problem+json"),
        ("application/sparql-results+json", "application/problem+json"),
    ):
        response = over_http.get("/sparql", params={"query": "ASK {"}, headers={"accept": accept})
        assert response.status_code == 400
        assert response.headers["content-type"] == media_type
        assert "line 1" in response.text


def test_merge_of_graphs_has_each_triple_once(over_http: httpx.Client) -> None:
    count = f"SELECT (COUNT(*) AS ?n) {{ <{EX}shared> ?p ?o }}"
    dataset = [("default-graph-uri", EX + "one"), ("default-graph-uri", EX + "two")]
    asked = [
        [("query", count), *dataset],
        [("query", count.replace("{", f"FROM <{EX}one> FROM <{EX}two> {{", 1))],
        [("query", f"PREFIX ex: <{EX}> " + count.replace("{", "FROM ex:one #x\n FROM ex:two {", 1))],
    ]
    for parameters in asked:
        response = over_http.get("/sparql?" + urlencode(parameters))
        assert response.json()["results"]["bindings"][0]["n"]["value"] == "1", parameters


def test_same_answer_comes_from_memory_with_an_etag(over_http: httpx.Client) -> None:
    address = "/sparql?" + urlencode([("query", f"SELECT * {{ ?s <{EX}in> ?o }} ORDER BY ?o")])
    first, second = over_http.get(address), over_http.get(address)
    assert first.content == second.content
    assert first.headers["etag"] == second.headers["etag"]
    again = over_http.get(address, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    changing = over_http.get("/sparql?" + urlencode([("query", "SELECT (RAND() AS ?r) {}")]))
    assert "etag" not in changing.headers
    other = over_http.get("/sparql?" + urlencode([("query", "SELECT (RAND() AS ?r) {}")]))
    assert other.content != changing.content


def test_browser_goes_to_the_console_and_a_program_gets_the_description(over_http: httpx.Client) -> None:
    browser = over_http.get("/sparql", headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (browser.status_code, browser.headers["location"]) == (303, "/console")
    program = over_http.get("/sparql", headers={"accept": "*/*"})
    assert program.headers["content-type"].startswith("text/turtle")
    asking = over_http.get("/sparql", headers={"accept": "application/sparql-results+json"})
    assert asking.status_code == 400


# ---- Updates ------------------------------------------------------------------------------------

TOKEN = "correct horse battery staple"
INSERT = f"INSERT DATA {{ GRAPH <{EX}new> {{ <{EX}s> <{EX}p> %s }} }}"
COPY_PATTERN = f"INSERT {{ GRAPH <{EX}result> {{ ?s ?p ?o }} }} WHERE {{ ?s ?p ?o }}"
COPY_NAMED = f"INSERT {{ GRAPH <{EX}result> {{ ?s ?p ?o }} }} WHERE {{ GRAPH ?g {{ ?s ?p ?o }} }}"
COPY_BOTH = (
    f"INSERT {{ GRAPH <{EX}result> {{ ?s ?p ?o . ?a ?b ?c }} }} "
    "WHERE { ?s ?p ?o . GRAPH ?g { ?a ?b ?c } }"
)


def using(*names: str, named: bool = False) -> list[tuple[str, str]]:
    """Return the parameters of an update's dataset."""
    return [("using-named-graph-uri" if named else "using-graph-uri", EX + name) for name in names]


class UpdateCase(NamedTuple):
    """An update and the subjects' graphs that it must put into ex:result, or the status of its refusal."""

    name: str
    parameters: list[tuple[str, str]]
    body: str | bytes | list[tuple[str, str]]
    headers: dict[str, str]
    status: int = 204
    result: frozenset[str] = frozenset()


UPDATES = [
    UpdateCase("update_post_form", [], [("update", INSERT % "1")], FORM),
    UpdateCase("update_post_direct", [], INSERT % "2", UPDATE),
    UpdateCase("update_base_uri", [], INSERT % "<relative>", UPDATE),
    UpdateCase("update_dataset_default_graph", using("one"), COPY_PATTERN, UPDATE, result=frozenset({"one"})),
    UpdateCase(
        "update_dataset_default_graphs",
        [],
        [("update", COPY_PATTERN), *using("one", "two")],
        FORM,
        result=frozenset({"one", "two"}),
    ),
    UpdateCase(
        "update_dataset_named_graphs",
        using("one", "three", named=True),
        COPY_NAMED,
        UPDATE,
        result=frozenset({"one", "three"}),
    ),
    UpdateCase(
        "update_dataset_full",
        [*using("one"), *using("two", named=True)],
        COPY_BOTH,
        UPDATE,
        result=frozenset({"one", "two"}),
    ),
    UpdateCase(
        "bad_multiple_updates", [], [("update", "CLEAR NAMED"), ("update", "CLEAR DEFAULT")], FORM, 400
    ),
    UpdateCase("bad_update_wrong_media_type", [], INSERT % "3", {"content-type": "text/plain"}, 415),
    UpdateCase("bad_update_missing_form_type", [], "update=CLEAR%20NAMED", {}, 415),
    UpdateCase(
        "bad_update_non_utf8",
        [],
        "CLEAR NAMED".encode("utf-16"),
        {"content-type": "application/sparql-update; charset=UTF-16"},
        415,
    ),
    UpdateCase("bad_update_syntax", [], "CLEAR XYZ", UPDATE, 400),
    UpdateCase("bad_update_dataset_conflict", using("one"), f"WITH <{EX}two> " + COPY_PATTERN, UPDATE, 400),
    UpdateCase(
        "bad_update_dataset_conflict_using",
        using("one"),
        COPY_PATTERN.replace("WHERE", f"USING <{EX}two> WHERE"),
        UPDATE,
        400,
    ),
    UpdateCase("load_is_refused", [], "LOAD <http://127.0.0.1:1/x.ttl>", UPDATE, 400),
    UpdateCase("load_of_a_file_is_refused", [], "# x\nLOAD SILENT <file:///etc/passwd>", UPDATE, 400),
    UpdateCase(
        "service_is_refused",
        [],
        "INSERT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }",
        UPDATE,
        400,
    ),
]


@pytest.fixture(scope="module")
def writable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A server over a store in a folder that takes updates from who has the token."""
    folder = tmp_path_factory.mktemp("updates") / "kg"
    graph = CareerGraph.open(folder, create=True)
    graph.load(DATA / "protocol.trig")
    assert isinstance(graph.store, EmbeddedStore)
    graph.store.inner.flush()
    del graph
    token = folder.with_name("token")
    token.write_text(f"{TOKEN}\n", encoding="utf-8")
    with (
        serving("--store", folder, "--update-token-file", token) as server,
        httpx.Client(base_url=server.url) as client,
    ):
        yield client


@pytest.mark.parametrize("case", UPDATES, ids=lambda case: case.name)
def test_update_case(writable: httpx.Client, case: UpdateCase) -> None:
    authorization = {"authorization": f"Bearer {TOKEN}"}
    clear = writable.post(
        "/update", content=f"DROP SILENT GRAPH <{EX}result>", headers={**UPDATE, **authorization}
    )
    assert clear.status_code == 204, clear.text
    request = Case(
        case.name, "POST", case.parameters, case.body, {**case.headers, **authorization}, case.status
    )
    response = send(writable, "/update", request)
    assert response.status_code == case.status, response.text
    query = f"SELECT ?o {{ GRAPH <{EX}result> {{ <{EX}thing> <{EX}in> ?o }} }}"
    rows = writable.get("/sparql", params={"query": query}).json()["results"]["bindings"]
    assert {row["o"]["value"].removeprefix(EX) for row in rows} == case.result
    if case.name == "update_base_uri":
        query = f"ASK {{ GRAPH <{EX}new> {{ ?s ?p ?o }} FILTER(STRENDS(STR(?o), '/relative')) }}"
        assert writable.get("/sparql", params={"query": query}).json()["boolean"]


def test_update_needs_the_token(writable: httpx.Client) -> None:
    for headers in (
        {},
        {"authorization": "Bearer wrong"},
        {"authorization": "Basic !!!"},
        {"authorization": TOKEN},
        {"authorization": "Bearer"},
    ):
        response = writable.post("/update", content="CLEAR ALL", headers={**UPDATE, **headers})
        assert response.status_code == 401, headers
        assert response.headers["www-authenticate"]
    assert writable.get("/sparql", params={"query": HAS_ONE}).json()["boolean"]
    by_password = writable.post(
        "/update", content=INSERT % "7", headers=UPDATE, auth=httpx.BasicAuth("anybody", TOKEN)
    )
    assert by_password.status_code == 204


def test_update_is_seen_at_once_and_keeps_the_merge(writable: httpx.Client) -> None:
    headers = {**UPDATE, "authorization": f"Bearer {TOKEN}"}
    count = {"query": f"SELECT (COUNT(*) AS ?n) {{ ?s <{EX}counted> ?o }}"}
    before = writable.get("/sparql", params=count)
    state = writable.get("/health").json()["state"]
    for number in range(3):
        text = f"INSERT DATA {{ GRAPH <{EX}g{number}> {{ <{EX}s> <{EX}counted> 1 , {number} }} }}"
        assert writable.post("/update", content=text, headers=headers).status_code == 204
    after = writable.get("/sparql", params=count, headers={"if-none-match": before.headers["etag"]})
    assert after.status_code == 200
    assert json.loads(after.content)["results"]["bindings"][0]["n"]["value"] == "3"
    assert writable.get("/health").json()["state"] != state


def test_without_a_token_there_is_no_update_endpoint(over_http: httpx.Client) -> None:
    response = over_http.post("/update", content="CLEAR ALL", headers=UPDATE)
    assert response.status_code == 404
    assert over_http.get("/sparql", params={"query": HAS_ONE}).json()["boolean"]


def test_import_into_the_store_is_noticed(tmp_path: Path) -> None:
    first, second = tmp_path / "first.ttl", tmp_path / "served.ttl"
    first.write_text("# One triple.\n<http://e/a> <http://e/p> 1 .\n", encoding="utf-8")
    shutil.copy(first, second)
    with serving("--data", second) as server, httpx.Client(base_url=server.url) as client:
        count = {"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "format": "csv"}
        assert client.get("/sparql", params=count).text.split() == ["n", "1"]
        second.write_text("# Two.\n<http://e/a> <http://e/p> 1 , 2 .\n", encoding="utf-8")
        for _ in range(100):
            text = client.get("/sparql", params=count).text.split()
            if text == ["n", "2"]:
                break
            time.sleep(0.05)
        assert text == ["n", "2"]
