"""Bounds of the server that hold against clients that are slow, greedy, many or gone."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlencode

import httpx
import pytest
from endpoint import DATA, Serving, environment, resident, serving

ENDLESS = "SELECT (COUNT(*) AS ?n) {" + " . ".join(f"?s{k} ?p{k} ?o{k}" for k in range(14)) + "}"
ASK = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\n\r\n"

TIGHT = """
import sys
from careerkg.bounded import Source
from careerkg.web.server import bind, serve
from careerkg.web.settings import Settings
listening = bind("127.0.0.1", 0)
port = listening.getsockname()[1]
settings = Settings(
    source=Source.of(files=[sys.argv[1]]), base_url=f"http://127.0.0.1:{port}", workers=1, waiting=2,
    deadline=1.0, row_cap=5, header_timeout=0.6, body_timeout=0.6, idle_timeout=1.0, write_timeout=0.7,
    request_limit=10_000, header_limit=8_000, connections=12, answer_limit=50_000_000,
)
serve(settings, listening, lambda: print(port, flush=True))
"""


@pytest.fixture(scope="module")
def tight() -> Iterator[Serving]:
    """A server whose limits are small enough for a test to meet each."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", TIGHT, str(DATA / "protocol.trig")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert process.stdout is not None
    port = int(process.stdout.readline())
    yield Serving(f"http://127.0.0.1:{port}", port, process)
    process.send_signal(2)
    _, errors = process.communicate(timeout=15)
    assert "Traceback" not in errors, errors


def connect(server: Serving) -> socket.socket:
    """Return a connection to a server."""
    connection = socket.create_connection(("127.0.0.1", server.port))
    connection.settimeout(8)
    return connection


def read_all(connection: socket.socket) -> bytes:
    """Return what a server sends until it closes."""
    pieces = []
    try:
        while piece := connection.recv(1 << 16):
            pieces.append(piece)
    except ConnectionResetError:
        pass
    return b"".join(pieces)


def read_reply(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Return one answer: status, headers, body."""
    content = b""
    while b"\r\n\r\n" not in content:
        piece = connection.recv(1 << 16)
        assert piece, content
        content += piece
    head, _, body = content.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(1 << 16)
    return int(first.split()[1]), headers, body


# ---- Time -----------------------------------------------------------------------------------------


def test_deadline_is_503_and_the_server_goes_on(tight: Serving) -> None:
    begun = time.monotonic()
    response = httpx.get(f"{tight.url}/sparql", params={"query": ENDLESS}, timeout=20)
    assert response.status_code == 503
    assert response.json()["deadline"] == 1.0
    assert 0.9 < time.monotonic() - begun < 8
    assert httpx.get(f"{tight.url}/sparql", params={"query": "ASK {}"}).json()["boolean"]


@pytest.mark.parametrize(
    "start",
    [b"", b"GET /sparql?qu", ASK[:-2], b"GET / HTTP/1.1\r\nX-Slow: "],
    ids=["nothing", "line", "head", "value"],
)
def test_head_that_does_not_arrive(tight: Serving, start: bytes) -> None:
    with connect(tight) as connection:
        connection.sendall(start)
        begun = time.monotonic()
        content = read_all(connection)
        assert time.monotonic() - begun < 7
        assert content == b"" if not start else content.startswith(b"HTTP/1.1 408 ")


def test_head_that_arrives_byte_by_byte(tight: Serving) -> None:
    """Slow loris: that something arrives now and then does not help."""
    with connect(tight) as connection:
        begun = time.monotonic()
        try:
            for number in range(200):
                connection.sendall(
                    b"GET /sparql HTTP/1.1\r\nHost: x\r\n"[number : number + 1] or b"X-a: b\r\n"
                )
                time.sleep(0.05)
        except OSError:
            pass
        else:
            raise AssertionError("the server has read a slow head to the end")
        assert time.monotonic() - begun < 9


@pytest.mark.parametrize(
    "start",
    [
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
        b"Content-Length: 90\r\n\r\nASK",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nASK\r\n",
        b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1",
    ],
    ids=["length", "chunked", "elsewhere"],
)
def test_body_that_does_not_arrive(tight: Serving, start: bytes) -> None:
    with connect(tight) as connection:
        connection.sendall(start)
        begun = time.monotonic()
        content = read_all(connection)
        assert time.monotonic() - begun < 7
        assert content.startswith((b"HTTP/1.1 408 ", b"HTTP/1.1 404 ")), content


def test_connection_that_idles_is_closed(tight: Serving) -> None:
    with connect(tight) as connection:
        connection.sendall(ASK)
        assert read_reply(connection)[0] == 200
        assert connection.recv(10) == b""


def test_answer_that_is_not_taken_is_dropped(tight: Serving) -> None:
    """A client that asks for megabytes and reads none of them does not keep them in memory for ever."""
    query = (
        'SELECT (CONCAT(?a, ?a, ?a, ?a) AS ?x) { BIND("'
        + "y" * 4000
        + '" AS ?b) '
        + " ".join(
            f"BIND(CONCAT({', '.join(['?' + old] * 10)}) AS ?{new})"
            for old, new in (("b", "c"), ("c", "d"), ("d", "a"))
        )
        + "}"
    )
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", tight.port))
        connection.settimeout(8)
        body = query.encode()
        head = (
            "POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        connection.sendall(head.encode() + body)
        assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
        time.sleep(3)
        with pytest.raises(OSError, match=r"reset|[Bb]roken"):
            _keep_sending(connection)
    assert httpx.get(f"{tight.url}/health").status_code == 200


def _keep_sending(connection: socket.socket) -> None:
    """Send requests until that fails, or for two seconds."""
    for _ in range(100):
        connection.sendall(ASK * 10)
        time.sleep(0.02)


def test_query_whose_client_leaves_is_ended(tight: Serving) -> None:
    for request in (
        f"GET /sparql?query={quote(ENDLESS)} HTTP/1.1\r\nHost: x\r\n\r\n",
        f"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
        f"Content-Length: {len(ENDLESS)}\r\n\r\n{ENDLESS}",
    ):
        with connect(tight) as connection:
            connection.sendall(request.encode())
            time.sleep(0.2)
        for _ in range(60):
            queries = httpx.get(f"{tight.url}/health").json()["queries"]
            if queries == {"running": 0, "waiting": 0, "free": 1}:
                break
            time.sleep(0.05)
        assert queries == {"running": 0, "waiting": 0, "free": 1}


# ---- Size -----------------------------------------------------------------------------------------


def test_body_that_is_too_long_is_refused_unread(tight: Serving) -> None:
    with connect(tight) as connection:
        connection.sendall(
            b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
            b"Content-Length: 100000000\r\n\r\n"
        )
        status, headers, body = read_reply(connection)
    assert (status, headers["connection"], json.loads(body)["limit"]) == (413, "close", 10_000)


def test_hundred_megabytes_are_not_taken(tight: Serving) -> None:
    """Neither with a length nor without one; memory stays as it is."""
    before = resident(tight.process.pid)
    for framing in (b"Content-Length: 100000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"):
        with connect(tight) as connection:
            connection.sendall(
                b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n" + framing
            )
            piece = b"x" * 65536
            sent = 0
            try:
                while sent < 100_000_000:
                    connection.sendall(b"10000\r\n" + piece + b"\r\n" if b"chunked" in framing else piece)
                    sent += len(piece)
            except OSError:
                pass
            assert sent < 30_000_000  # what the system takes before it tells that the other side has closed
    assert resident(tight.process.pid) < before + (30 << 20)
    assert httpx.get(f"{tight.url}/sparql", params={"query": "ASK {}"}).json()["boolean"]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_shows_why_a_body_was_refused(tight: Serving) -> None:
    done = subprocess.run(
        [
            *("curl", "-s", "-w", "%{http_code}", f"{tight.url}/sparql"),
            *("-H", "Content-Type: application/sparql-query", "--data-binary", "@-"),
        ],
        input=b"x" * 200_000,
        capture_output=True,
        check=False,
    )
    assert done.stdout.endswith(b"413")
    assert b"10,000 bytes" in done.stdout


def test_head_that_is_too_long(tight: Serving) -> None:
    long_line = httpx.get(f"{tight.url}/sparql", params={"query": "ASK {}" + " " * 30_000})
    assert long_line.status_code in (414, 431)
    long_headers = httpx.get(f"{tight.url}/health", headers={f"x-{n}": "y" * 500 for n in range(40)})
    assert long_headers.status_code == 431
    endless = connect(tight)
    with endless:
        endless.sendall(b"GET /sparql?query=" + b"x" * 500_000)
        assert read_all(endless).startswith((b"HTTP/1.1 414 ", b"HTTP/1.1 431 "))


def test_row_cap_is_told(tight: Serving) -> None:
    query = {"query": "SELECT * { ?s ?p ?o }"}
    for rows in (
        httpx.get(f"{tight.url}/sparql", params=query),
        httpx.post(f"{tight.url}/sparql", data=query),
    ):
        assert rows.status_code == 200
        assert (rows.headers["careerkg-complete"], rows.headers["careerkg-rows"]) == ("false", "5")
        assert len(rows.json()["results"]["bindings"]) == 5
    all_rows = httpx.get(f"{tight.url}/sparql", params={"query": "SELECT * { ?s ?p ?o } LIMIT 5"})
    assert all_rows.headers["careerkg-complete"] == "true"


# ---- Number ---------------------------------------------------------------------------------------


def test_too_many_queries_are_429_with_retry_after(tight: Serving) -> None:
    def ask(number: int) -> httpx.Response:
        return httpx.get(f"{tight.url}/sparql", params={"query": f"{ENDLESS} #{number}"}, timeout=30)

    with ThreadPoolExecutor(8) as threads:
        responses = list(threads.map(ask, range(8)))
    statuses = sorted(response.status_code for response in responses)
    assert set(statuses) <= {429, 503}
    assert statuses.count(429) >= 2
    for response in responses:
        if response.status_code == 429:
            assert int(response.headers["retry-after"]) >= 1
            assert "retry-after" in response.headers["access-control-expose-headers"].lower()


def test_too_many_connections_are_refused_and_the_others_answered(tight: Serving) -> None:
    connections = [connect(tight) for _ in range(12)]
    try:
        for connection in connections:
            connection.sendall(ASK)
        answered = [read_reply(connection)[0] for connection in connections]
        assert answered.count(200) >= 10
        with connect(tight) as one_more:
            one_more.sendall(ASK)
            content = read_all(one_more)
        assert content.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after" in content
    finally:
        for connection in connections:
            connection.close()


# ---- Connections ----------------------------------------------------------------------------------


def test_requests_in_a_row_are_answered_in_order(protocol_server: Serving) -> None:
    """Pipelining: several requests before the first answer, by the short way and by the long one."""
    answers = []
    queries = [f"SELECT ({number} AS ?n) {{}}" for number in range(12)]
    requests = []
    for number, query in enumerate(queries):
        if number % 3 == 2:
            body = f"query={quote(query)}"
            requests.append(
                "POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}"
            )
        else:
            requests.append(f"GET /sparql?query={quote(query)} HTTP/1.1\r\nHost: x\r\n\r\n")
    with connect(protocol_server) as connection:
        connection.sendall("".join(requests).encode())
        content = b""
        while content.count(b"HTTP/1.1 200 OK") < 12 or not content.endswith(b"}]}}"):
            content += connection.recv(1 << 16)
    for piece in content.split(b"HTTP/1.1 200 OK")[1:]:
        document = json.loads(piece.partition(b"\r\n\r\n")[2])
        answers.append(int(document["results"]["bindings"][0]["n"]["value"]))
    assert answers == list(range(12))


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /sparql?query=ASK%7B%7D HTTP/1.0\r\n\r\n",
        b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ],
    ids=["1.0", "close"],
)
def test_connection_is_closed_where_the_client_says_so(protocol_server: Serving, request_: bytes) -> None:
    with connect(protocol_server) as connection:
        connection.sendall(request_)
        content = read_all(connection)
    assert content.startswith(b"HTTP/1.1 200 ")
    assert content.endswith(b'{"head":{},"boolean":true}')


@pytest.mark.parametrize(
    "request_",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"nonsense\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    ],
    ids=["tls", "nonsense", "zero", "negative", "huge"],
)
def test_what_is_no_http_is_refused(tight: Serving, request_: bytes) -> None:
    with connect(tight) as connection:
        connection.sendall(request_)
        content = read_all(connection)
    assert content.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 413 ")), content


# ---- Load -----------------------------------------------------------------------------------------


def test_fifty_clients_get_answers_or_are_told_to_wait() -> None:
    """The short form of benchmarks/load_web.py: no status but 200, 429 and 503, and memory stays flat."""
    queries = [
        "SELECT ?s ?l { ?s a ckg:Task ; rdfs:label ?l } OFFSET %d LIMIT 20",
        "SELECT * { ?s ?p ?o FILTER(?o = %d) }",
        "CONSTRUCT WHERE { ?s ckg:issuedBy ?o } OFFSET %d",
        "SELEKT %d",
    ]
    heavy = "SELECT ?a ?b { ?a ?p ?x . ?b ?q ?y . ?c ?r ?z } ORDER BY ?x ?y OFFSET %d LIMIT 3"
    with serving("--deadline", "0.7", "--workers", "2", "--concurrency", "40") as server:

        def client(number: int) -> list[int]:
            # Not httpx, which takes longer to make a client than the server to answer.
            statuses: list[int] = []
            asking = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
            end = time.monotonic() + 2
            while time.monotonic() < end or len(statuses) < 3:
                kind = queries[(number + len(statuses)) % len(queries)]
                if number % 10 == 9 and len(statuses) % 8 == 0:
                    kind = heavy
                encoded = urlencode({"query": kind % (number * 1000 + len(statuses))})
                if len(statuses) % 2:
                    form = {"Content-Type": "application/x-www-form-urlencoded"}
                    asking.request("POST", "/sparql", body=encoded, headers=form)
                else:
                    asking.request("GET", f"/sparql?{encoded}")
                response = asking.getresponse()
                response.read()
                statuses.append(response.status)
            asking.close()
            return statuses

        with ThreadPoolExecutor(50) as threads:
            list(threads.map(client, range(5)))
            before = resident(server.process.pid)
            found = [status for statuses in threads.map(client, range(50)) for status in statuses]
        after = resident(server.process.pid)
        assert set(found) <= {200, 400, 429, 503}
        assert found.count(200) > 20
        assert 400 in found
        assert after < before + (96 << 20)
        with httpx.Client(base_url=server.url) as asking:
            assert asking.get("/sparql", params={"query": "ASK {}"}).json()["boolean"]
            for _ in range(50):
                if asking.get("/health").json()["queries"]["running"] == 0:
                    break
                time.sleep(0.1)
            assert asking.get("/health").json()["queries"] == {"running": 0, "waiting": 0, "free": 2}
