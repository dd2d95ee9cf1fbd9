"""HTTP as it goes wrong: busy servers, broken answers, web pages, credentials, hosts that are not there."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pyoxigraph as ox
import pytest

from careerkg import CareerGraph
from careerkg.cli import main
from careerkg.errors import CareerGraphError, QueryError, QuerySyntaxError, StoreError, UpdateRefused
from careerkg.remote import Access, connect
from careerkg.remote.authentication import Authenticator

YES = (200, {"Content-Type": "application/sparql-results+json"}, b'{"head": {}, "boolean": true}')
NO = (200, {"Content-Type": "application/sparql-results+json"}, b'{"head": {}, "boolean": false}')
Answer = tuple[int, dict[str, str], bytes]


class Fake:
    """A server whose answers the test gives; it keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.answer: Callable[[str, bytes], Answer] = lambda _, body: NO if b"GRAPH" in body else YES
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                fake.asked.append((self.command, self.path, dict(self.headers), body))
                status, headers, content = fake.answer(self.path, body)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do  # noqa: N815 - what the base class calls

            def log_message(self, *_: object) -> None:
                return

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                return

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/sparql"


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    for name in ("CAREERKG_USER", "CAREERKG_PASSWORD", "CAREERKG_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    server = Fake()
    yield server
    server.server.shutdown()
    server.server.server_close()


def rows(body: str) -> Answer:
    return 200, {"Content-Type": "application/sparql-results+json"}, body.encode()


ONE_ROW = '{"head": {"vars": ["x"]}, "results": {"bindings": [{"x": {"type": "literal", "value": "1"}}]}}'


def test_a_busy_server_is_asked_again(fake: Fake) -> None:
    graph = CareerGraph.connect(fake.url)
    answers = [
        (429, {"Retry-After": "0"}, b"later"),
        (503, {}, b"later"),
        rows(ONE_ROW),
    ]
    fake.answer = lambda *_: answers.pop(0)
    assert [str(row.x) for row in graph.query("SELECT ?x { ?x ?p ?o }")] == ["1"]
    assert answers == []


def test_a_server_that_stays_busy_is_given_up(fake: Fake) -> None:
    graph = CareerGraph.connect(fake.url, retries=1)
    fake.answer = lambda *_: (503, {"Retry-After": "0"}, b"later")
    with pytest.raises(StoreError, match=r"503: the server is busy or down; tried 2 times"):
        graph.query("ASK {}")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            (200, {"Content-Type": "text/html"}, b"<html>hello"),
            "is no SPARQL endpoint: it answers with a web page",
        ),
        ((200, {}, b"what"), "is no SPARQL endpoint: it answers with something without a type"),
        (rows("{"), "the answer is malformed"),
        ((404, {}, b"no"), "404: there is no such endpoint here"),
        ((401, {"WWW-Authenticate": "Basic"}, b""), "401: it asks for credentials: set CAREERKG_USER"),
        ((403, {}, b""), "403: it asks for credentials"),
        ((500, {"Content-Type": "text/html"}, b"<title>Broken  pipe</title>"), "500: Broken pipe"),
        (
            (400, {"Content-Type": "text/plain"}, b"Too many\njoins\n\nQUERY"),
            "does not run this: Too many joins",
        ),
        ((400, {"Content-Type": "application/json"}, b'{"message": "no"}'), "does not run this: no"),
    ],
)
def test_what_is_no_answer_is_told_in_one_line(fake: Fake, answer: Answer, message: str) -> None:
    graph = CareerGraph.connect(fake.url)
    fake.answer = lambda *_: answer
    with pytest.raises((StoreError, QueryError), match=re.escape(message)) as caught:
        graph.query("SELECT * { ?s ?p ?o }")
    assert "\n" not in str(caught.value)
    with pytest.raises(CareerGraphError):
        CareerGraph.connect(fake.url)


def test_an_answer_that_breaks_off_is_no_shorter_answer(fake: Fake) -> None:
    graph = CareerGraph.connect(fake.url)
    body = ONE_ROW.replace("]}}", ", " + ", ".join(['{"x": {"type": "literal", "value": "2"}}'] * 9) + "]}}")
    kind = {"Content-Type": "application/sparql-results+json"}
    fake.answer = lambda *_: (200, {**kind, "Content-Length": "100000", "Connection": "close"}, body.encode())
    with pytest.raises(CareerGraphError, match=r"broke|malformed"):
        len(graph.query("SELECT ?x { ?x ?p ?o }"))


def test_a_silent_server_is_not_waited_for(fake: Fake) -> None:
    graph = CareerGraph.connect(fake.url, timeout=0.2, retries=0)
    done = threading.Event()

    def slow(*_: object) -> Answer:
        done.wait(5)
        raise ConnectionAbortedError

    fake.answer = slow
    with pytest.raises(StoreError, match=r"no answer within 0\.2 s"):
        graph.query("ASK {}")
    done.set()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://127.0.0.1:1/sparql", "nobody answers there: connection refused"),
        ("http://no-such-host.invalid/sparql", "there is no such host"),
        ("http:///sparql", "this is no address of a server"),
        ("http://[bad/", "this is no address of a server"),
    ],
)
def test_addresses_where_nobody_is(url: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(StoreError, match=re.escape(message)):
        CareerGraph.connect(url, retries=0)
    assert main(["push", "--to", url.removeprefix("http:")]) == 2
    assert "an address is expected" in capsys.readouterr().err


def test_credentials_are_sent_when_asked_for_and_never_shown(fake: Fake) -> None:
    secret = "s3cret"

    def guarded(_: str, body: bytes) -> Answer:
        if "Authorization" not in fake.asked[-1][2]:
            return 401, {"WWW-Authenticate": 'Basic realm="x"'}, b""
        return NO if b"GRAPH" in body else YES

    fake.answer = guarded
    with_user = fake.url.replace("http://", f"http://ada:{secret}@")
    graph = CareerGraph.connect(with_user)
    assert "Authorization" not in fake.asked[0][2]
    assert fake.asked[1][2]["Authorization"] == "Basic YWRhOnMzY3JldA=="
    number = len(fake.asked)
    assert graph.query("ASK {}")
    assert len(fake.asked) == number + 1
    fake.answer = lambda *_: (403, {}, b"no")
    with pytest.raises(StoreError, match="these credentials are not accepted") as caught:
        graph.query("ASK {}")
    assert secret not in str(caught.value)
    access = Access.of(with_user, Access())
    assert access.password == secret
    assert secret not in repr(access)


def test_credentials_of_the_environment(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAREERKG_TOKEN", "abc")
    CareerGraph.connect(fake.url, headers={"X-Extra": "1"})
    assert fake.asked[0][2]["Authorization"] == "Bearer abc"
    assert fake.asked[0][2]["X-Extra"] == "1"


def test_a_refusal_is_not_answered_for_ever(fake: Fake) -> None:
    fake.answer = lambda *_: (401, {"WWW-Authenticate": 'Digest realm="r", nonce="n", qop="auth"'}, b"")
    with pytest.raises(StoreError, match="401: these credentials are not accepted"):
        connect(fake.url, user="ada", password="no")
    assert len(fake.asked) == 2


def test_digest_is_computed_as_the_rfc_says() -> None:
    """RFC 7616, section 3.4: checked by computing the digest again from what the header says."""
    authenticator = Authenticator("Mufasa", "Circle of Life")
    assert authenticator.accept(
        'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, '
        'nonce="7ypf/xlj9XXwfDPEoM4URrv", opaque="FQhe", Basic realm="x"'
    )
    header = authenticator.header("GET", "http://www.example.org/dir/index.html?a=b") or ""
    given = {
        name: quoted or bare for name, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|([\w-]+))', header)
    }

    def digest(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    secret = digest("Mufasa:http-auth@example.org:Circle of Life")
    wanted = digest("GET:/dir/index.html?a=b")
    parts = (secret, given["nonce"], given["nc"], given["cnonce"], "auth", wanted)
    assert given["response"] == digest(":".join(parts))
    assert (given["nc"], given["opaque"], given["uri"]) == ("00000001", "FQhe", "/dir/index.html?a=b")
    assert not Authenticator("a", "b").accept("Negotiate")


def test_faulty_queries_are_not_sent(fake: Fake) -> None:
    graph = CareerGraph.connect(fake.url)
    number = len(fake.asked)
    with pytest.raises(QuerySyntaxError, match="line 1, column 16"):
        graph.query("SELECT * { ?s }")
    with pytest.raises(UpdateRefused):
        graph.query("DROP ALL")
    with pytest.raises(QueryError, match="SERVICE"):
        graph.query("SELECT * { SERVICE <http://x/> { ?s ?p ?o } }")
    assert len(fake.asked) == number


def test_the_server_is_told_the_default_graph(fake: Fake) -> None:
    graph = CareerGraph.connect(fake.url, default_graph="http://example.org/merge")
    fake.answer = lambda *_: rows(ONE_ROW)
    graph.query("SELECT ?x { ?x ?p 'GRAPH' }")
    assert b"&default-graph-uri=http%3A%2F%2Fexample.org%2Fmerge" in fake.asked[-1][3]
    graph.query("SELECT ?x { GRAPH ?g { ?x ?p ?o } }")
    assert b"default-graph-uri" not in fake.asked[-1][3]


def test_rows_of_xml(fake: Fake) -> None:
    graph = CareerGraph.connect(fake.url)
    body = b"""<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head>
    <variable name="y"/><variable name="x"/></head><results><result>
    <binding name="x"><literal datatype="http://www.w3.org/2001/XMLSchema#decimal">12.50</literal></binding>
    </result></results></sparql>"""
    fake.answer = lambda *_: (200, {"Content-Type": "application/sparql-results+xml"}, body)
    result = graph.query("SELECT ?x ?y { ?x ?p ?y }").raw
    assert isinstance(result, ox.QuerySolutions)
    (row,) = result
    assert row["x"] == ox.Literal("12.5", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#decimal"))
    assert row["y"] is None


def test_changes_by_others_are_noticed(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    from careerkg.remote import remote_store

    clock = [0.0]
    size = [5]
    monkeypatch.setattr(remote_store, "monotonic", lambda: clock[0])
    counted = (
        '{"head": {"vars": ["n"]}, "results": {"bindings": [{"n": {"type": "literal", "value": "%d"}}]}}'
    )
    store = connect(fake.url)
    fake.answer = lambda *_: rows(counted % size[0])
    state = store.state()
    for seconds, triples, differs in ((30, 6, False), (61, 6, True), (125, 6, False), (800, 6, True)):
        clock[0], size[0] = seconds, triples
        assert (store.state() != state) is differs, seconds
        state = store.state()
    store.refresh()
    assert store.state() != state
