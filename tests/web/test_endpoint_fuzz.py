"""Whatever is sent, the endpoint answers by the protocol: never 500, never a broken document."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from urllib.parse import parse_qsl, quote_from_bytes, urlencode

import httpx
import pyoxigraph as ox
import pytest
from endpoint import DATA, Serving
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from careerkg.web.formats import GRAPH_MEDIA_TYPES, ROW_MEDIA_TYPES, choose
from careerkg.web.negotiation import best_match, qualities
from careerkg.web.replies import Problem
from careerkg.web.requests import read_operation, read_parameters
from careerkg.web.updates import with_graphs

EXPECTED = {200, 303, 304, 400, 404, 405, 406, 408, 413, 414, 415, 429, 431, 503}
FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

WORDS = st.sampled_from((DATA / "sparql_words.txt").read_text(encoding="utf-8").splitlines()[1:])
HEADS = ("SELECT *", "ASK", "CONSTRUCT { ?s ?p ?o } WHERE", "DESCRIBE ?s", "SELECT (COUNT(*) AS ?n)")
SPARQL = st.one_of(
    st.text(max_size=60),
    st.lists(WORDS, max_size=14).map(" ".join),
    st.builds(
        lambda head, body, tail: f"{head} {{ {' '.join(body)} }} {' '.join(tail)}",
        st.sampled_from(HEADS),
        st.lists(WORDS, max_size=8),
        st.lists(WORDS, max_size=5),
    ),
)
HEADER = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=40).map(str.strip)
RANGES = (*ROW_MEDIA_TYPES, *GRAPH_MEDIA_TYPES, "*/*", "text/*", "text/html", "image/png", "x")
WEIGHTS = ("", ";q=0", ";q=0.5", ";q=1.000", ";q=2", ";q=x", ";charset=utf-8", ";v=1;q=0.3")
ACCEPT = st.one_of(
    HEADER,
    st.lists(
        st.tuples(
            st.sampled_from(RANGES),
            st.sampled_from(WEIGHTS),
        ).map("".join),
        max_size=5,
    )
    .map(", ".join)
    .map(str.strip),
)
NAMES = (
    "query",
    "update",
    "default-graph-uri",
    "named-graph-uri",
    "format",
    "output",
    "timeout",
    "",
    "query ",
)
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "OPTIONS", "PATCH", "BREW"])
NAMED_FORMATS = ("json", "ttl", "text/csv")
PATHS = st.sampled_from(["/sparql?", "/graph-store?", "/sparql?query=", "/dumps/"])
PARAMETERS = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.one_of(SPARQL, st.sampled_from(["http://example.org/one", "json", "text/csv", "x:y", "", " "])),
    ),
    max_size=4,
)


PIECES = st.sampled_from(
    [
        *(b"GET ", b"POST ", b"OPTIONS ", b"*", b"/sparql", b"?query=ASK%7B%7D"),
        *(b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", b"Host: x\r\n", b"\r\n", b"0\r\n\r\n", b"\x00", b"ff\r\n"),
        *(b"Content-Length: 3\r\n", b"Content-Length: 1\r\n", b"Transfer-Encoding: chunked\r\n"),
        *(b"Accept: text/csv\r\n", b"Connection: Upgrade\r\nUpgrade: websocket\r\n"),
        *(b"Expect: 100-continue\r\n", b"Connection: close\r\n"),
    ]
)


@pytest.fixture(scope="module")
def client(protocol_server: Serving) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=protocol_server.url, timeout=30) as found:
        yield found


def check(response: httpx.Response) -> None:
    """Hold that an answer has an expected status and a body that its type promises."""
    assert response.status_code in EXPECTED, (response.status_code, response.text)
    media_type = response.headers.get("content-type", "").partition(";")[0]
    if response.status_code >= 400:
        assert media_type in ("application/problem+json", "text/plain"), media_type
        if media_type == "application/problem+json":
            assert response.json()["status"] == response.status_code
        return
    if response.status_code != 200:
        return
    if media_type in ("application/sparql-results+json", "application/json", "application/ld+json"):
        json.loads(response.content)
    formats = {
        "application/sparql-results+xml": ox.QueryResultsFormat.XML,
        "text/tab-separated-values": ox.QueryResultsFormat.TSV,
    }
    if media_type in formats and response.content not in (b"true\n", b"false\n"):
        result = ox.parse_query_results(response.content, format=formats[media_type])
        if isinstance(result, ox.QuerySolutions):
            assert len(list(result)) == int(response.headers["careerkg-rows"])
    syntaxes = {"text/turtle": ox.RdfFormat.TURTLE, "application/n-triples": ox.RdfFormat.N_TRIPLES}
    if media_type in syntaxes:
        triples = {q.triple for q in ox.parse(response.content, format=syntaxes[media_type])}
        if "careerkg-rows" in response.headers:
            assert len(triples) == int(response.headers["careerkg-rows"])


@FUZZ
@given(query=SPARQL, accept=ACCEPT)
def test_any_query_by_get(client: httpx.Client, query: str, accept: str) -> None:
    address = "/sparql?query=" + quote_from_bytes(query.encode("utf-8", "surrogatepass"), safe="")
    check(client.get(address, headers={"accept": accept}))


@FUZZ
@given(query=SPARQL, accept=ACCEPT, content_type=st.one_of(st.just("application/sparql-query"), HEADER))
def test_any_query_by_post(client: httpx.Client, query: str, accept: str, content_type: str) -> None:
    body = query.encode("utf-8", "surrogatepass")
    check(
        client.post("/sparql", content=body, headers={"accept": accept, "content-type": content_type.strip()})
    )


@FUZZ
@given(parameters=PARAMETERS, method=METHODS)
def test_any_parameters(client: httpx.Client, parameters: list[tuple[str, str]], method: str) -> None:
    encoded = urlencode(parameters, errors="surrogatepass")
    if method == "POST":
        response = client.post(
            "/sparql", content=encoded, headers={"content-type": "application/x-www-form-urlencoded"}
        )
    else:
        response = client.request(method, f"/sparql?{encoded}")
    if method in ("OPTIONS", "HEAD", "BREW"):
        assert response.status_code in {*EXPECTED, 204}
    else:
        check(response)


@FUZZ
@given(raw=st.binary(max_size=60), path=PATHS)
def test_any_address(client: httpx.Client, raw: bytes, path: str) -> None:
    check(client.get(path + quote_from_bytes(raw, safe="%&=+/?")))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.one_of(st.binary(max_size=80), st.lists(PIECES, max_size=10).map(b"".join)))
def test_any_bytes_leave_the_server_as_it_was(protocol_server: Serving, data: bytes) -> None:
    with socket.create_connection(("127.0.0.1", protocol_server.port)) as connection:
        connection.settimeout(0.02)
        connection.sendall(data)
        try:
            answer = connection.recv(1 << 16)
        except (TimeoutError, ConnectionResetError):
            answer = b""
        assert b"HTTP/1.1 500" not in answer
    with socket.create_connection(("127.0.0.1", protocol_server.port)) as connection:
        connection.settimeout(10)
        connection.sendall(b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200 ")


# ---- The parsers by themselves ----------------------------------------------------------------------


@given(accept=ACCEPT)
def test_choice_is_acceptable_and_the_best(accept: str) -> None:
    """Against the rules of RFC 9110 read literally: the most specific range decides on each type."""
    ranges = qualities(accept)

    def quality(media_type: str) -> float:
        type_, _, subtype = media_type.partition("/")
        for wanted in ((type_, subtype), (type_, "*"), ("*", "*")):
            weights = [weight for *named, weight in ranges if tuple(named) == wanted]
            if weights:
                return max(weights)
        return 0.0

    offered = tuple(ROW_MEDIA_TYPES)
    found = best_match(accept, offered)
    if not accept.strip():
        assert found == offered[0]
    elif found is None:
        assert all(quality(media_type) == 0 for media_type in offered)
    else:
        assert quality(found) == max(map(quality, offered)) > 0
        assert all(quality(each) < quality(found) for each in offered[: offered.index(found)])


@given(accept=st.one_of(st.none(), ACCEPT), name=st.one_of(st.none(), HEADER, st.sampled_from(NAMED_FORMATS)))
def test_formats_are_chosen_or_refused(accept: str | None, name: str | None) -> None:
    status = 200
    try:
        chosen = choose(accept, name)
        assert chosen.formats.rows or chosen.formats.graph
    except Problem as problem:
        status = problem.status
    assert status in (200, 406)


@given(
    method=st.sampled_from(["GET", "POST", "HEAD", "PUT"]),
    query_string=st.binary(max_size=60),
    content_type=st.one_of(st.none(), HEADER, st.sampled_from(["application/x-www-form-urlencoded"])),
    body=st.binary(max_size=60),
)
def test_requests_are_read_or_refused(
    method: str, query_string: bytes, content_type: str | None, body: bytes
) -> None:
    status = 200
    try:
        operation = read_operation("query", method, query_string, content_type, body)
        assert operation is None or isinstance(operation.text, str)
    except Problem as problem:
        status = problem.status
    assert status in (200, 400, 405, 415)


BEFORE = ("", "PREFIX where: <http://e/where> ", "# WHERE\n", "DELETE WHERE { ?a ?b 'WHERE' } ; ")
TEXTS = ("'WHERE { USING'", '"""WHERE \n " WITH"""', "<http://e/WHERE>", "?where", "'\\' WHERE'")


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("text", TEXTS)
def test_graphs_of_an_update_are_put_where_they_belong(before: str, text: str) -> None:
    update = f"{before}INSERT {{ ?s <http://e/p> {text} }} WHERE {{ ?s ?p {text} }}"
    changed = with_graphs(update, ["http://e/g"], ["http://e/n"])
    clause = "USING <http://e/g> USING NAMED <http://e/n> "
    assert changed.count(clause) == 1
    assert changed.replace(clause, "") == update
    assert changed.index(clause) == changed.index("WHERE { ?s ?p") - len(clause)
    ox.Store().update(changed)


@given(encoded=st.one_of(st.binary(max_size=30), st.text(alphabet="a=&+%41é ", max_size=20).map(str.encode)))
def test_parameters_are_those_of_the_standard_library(encoded: bytes) -> None:
    try:
        expected = parse_qsl(encoded.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        with pytest.raises(Problem, match="UTF-8"):
            read_parameters(encoded)
    else:
        assert read_parameters(encoded) == expected
