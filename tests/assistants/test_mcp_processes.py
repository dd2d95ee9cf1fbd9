"""The server as assistants run it: a process at standard input and output, and one that listens on HTTP."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import StdioServerParameters
from mcp.shared.exceptions import MCPError
from mcp_session import connected
from mcp_types import PromptReference, ResourceTemplateReference

from careerkg import resources
from careerkg.mcp.server import security

SOURCES = str(Path(__file__).resolve().parents[2] / "src")
ENVIRONMENT = {**os.environ, "PYTHONPATH": SOURCES}
COMMAND = [sys.executable, "-m", "careerkg", "mcp"]
SERVER = StdioServerParameters(command=COMMAND[0], args=COMMAND[1:], env=ENVIRONMENT)


def children(pid: int) -> set[int]:
    """Return the processes that a process has started (Linux)."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return {int(child) for one in lists for child in one.read_text(encoding="ascii").split()}


def gone(pids: set[int], seconds: float = 5.0) -> bool:
    """Tell whether processes end within some seconds."""
    end = time.monotonic() + seconds
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


# ---- Standard input and output ------------------------------------------------------------------


def test_client_of_the_sdk_over_standard_input_and_output() -> None:
    with connected(SERVER) as session:
        info = session.client.server_info
        assert info is not None
        assert (info.name, info.title) == ("careerkg", "Career knowledge graph")
        assert "Unknown is never zero" in (session.client.instructions or "")
        assert len(session.tools().tools) == 7
        route = session.answer("route", goal="cancer-registrar", holding=["high-school-diploma"])
        assert route["status"] == "optimal"
        assert session.answer("sparql", query="ASK { credential:rhit ?p ?o }")["answer"] is True
        assert "did you mean" in session.error("describe", name="rhitt")

        listed = {str(one.uri) for one in session.run("list_resources").resources}
        assert listed == {"careerkg://ontology", "careerkg://ontology.ttl", "careerkg://examples"}
        (content,) = session.run("read_resource", "careerkg://ontology").contents
        assert "`ckg:requires`" in content.text
        (content,) = session.run("read_resource", "careerkg://ontology.ttl").contents
        assert content.mime_type == "text/turtle"
        assert content.text == resources.ontology_files()[0].read_text(encoding="utf-8")
        (content,) = session.run("read_resource", "careerkg://examples/08-issuers").contents
        assert "SELECT ?issuer" in content.text
        by_name = session.run("read_resource", "careerkg://entity/credential:rhit").contents[0].text
        iri = "https://w3id.org/careerkg/id/credential/rhit"
        assert by_name == session.run("read_resource", f"careerkg://entity/{iri}").contents[0].text
        assert json.loads(by_name)["iri"] == iri
        encoded = "careerkg://entity/https%3A%2F%2Fw3id.org%2Fcareerkg%2Fontology%23requires"
        assert json.loads(session.run("read_resource", encoded).contents[0].text)["name"] == "ckg:requires"
        with pytest.raises(MCPError, match="did you mean"):
            session.run("read_resource", "careerkg://entity/rhitt")
        with pytest.raises(MCPError, match="there is no example"):
            session.run("read_resource", "careerkg://examples/nope")

        prompts = {prompt.name: prompt for prompt in session.run("list_prompts").prompts}
        assert set(prompts) == {"plan-a-career", "answer-with-sources"}
        (message,) = session.run("get_prompt", "plan-a-career", {"goal": "cancer registrar"}).messages
        assert "cancer registrar" in message.content.text
        reference = PromptReference(type="ref/prompt", name="plan-a-career")
        found = session.run("complete", reference, {"name": "goal", "value": "medical cod"}).completion.values
        assert found[0] == "Medical coder"
        template = ResourceTemplateReference(type="ref/resource", uri="careerkg://examples/{name}")
        found = session.run("complete", template, {"name": "name", "value": "issuers"}).completion.values
        assert found == ["08-issuers"]


def test_client_of_an_earlier_protocol() -> None:
    with connected(SERVER, mode="legacy") as session:
        assert session.answer("search", text="rhit")["found"][0]["name"] == "credential:rhit"


def test_standard_output_carries_the_protocol_only() -> None:
    with subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None

        def send(**message: Any) -> None:
            assert process.stdin is not None
            process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
            process.stdin.flush()

        def ask(number: int, method: str, **params: Any) -> dict[str, Any]:
            send(id=number, method=method, params=params)
            assert process.stdout is not None
            reply: dict[str, Any] = json.loads(process.stdout.readline())
            assert (reply["jsonrpc"], reply["id"]) == ("2.0", number)
            return reply

        client = {"name": "test", "version": "0"}
        first = ask(1, "initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo=client)
        assert first["result"]["serverInfo"]["name"] == "careerkg"
        send(method="notifications/initialized")
        bad = ask(2, "tools/call", name="describe", arguments={"name": "rhitt"})
        assert bad["result"]["isError"]
        good = ask(3, "tools/call", name="sparql", arguments={"query": "ASK {}"})
        assert good["result"]["structuredContent"]["answer"] is True
        started = children(process.pid)
        assert started
        process.stdin.close()
        assert process.wait(10) == 0
        assert process.stdout.read() == b""
        assert process.stderr.read() == b""
    assert gone(started)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--store", "/no-such-folder"], "careerkg: /no-such-folder is not a store: there is no such folder"),
        (
            ["--store", "http://127.0.0.1:1/sparql"],
            "careerkg: http://127.0.0.1:1/sparql has a server of its own",
        ),
        (["--port", "x"], "careerkg mcp: argument --port: 'x' is not a port from 0 to 65535"),
        (["--http", "--host", "192.0.2.1"], "careerkg: cannot listen on 192.0.2.1:8001: "),
    ],
)
def test_what_cannot_be_served_is_told_in_one_line(options: list[str], said: str) -> None:
    done = subprocess.run([*COMMAND, *options], capture_output=True, text=True, env=ENVIRONMENT, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == 1


def test_without_the_extra_it_is_named() -> None:
    code = "import sys; sys.modules['mcp'] = None; from careerkg.cli import main; sys.exit(main(['mcp']))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=ENVIRONMENT, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("careerkg: assistants need the extra mcp (")
    assert done.stderr.endswith("): pip install 'careerkg[mcp]'\n")


# ---- HTTP ---------------------------------------------------------------------------------------


@contextmanager
def listening(*options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Yield URL and process of a server on a free port."""
    command = [*COMMAND, "--http", "--port", "0", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        assert process.stderr is not None
        try:
            line = process.stderr.readline()
            match = re.fullmatch(r"careerkg mcp: (http://127\.0\.0\.1:\d+/mcp)\n", line)
            assert match is not None, line
            yield match[1], process
        finally:
            process.kill()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with listening() as (found, _):
        yield found


def ping(url: str, headers: dict[str, str], content: bytes | None = None) -> httpx.Response:
    """Return the answer to a request without a session: 400 if it came through to the protocol."""
    usual = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    body = content or json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"}).encode()
    return httpx.post(url, headers={**usual, **headers}, content=body, trust_env=False)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_client_of_the_sdk_over_http(mode: str, url: str) -> None:
    with connected(url, mode) as session:
        assert session.answer("search", text="rhit")["found"][0]["name"] == "credential:rhit"
        assert session.answer("sparql", query="ASK { credential:rhit ?p ?o }")["answer"] is True
        assert "did you mean" in session.error("describe", name="rhitt")


def test_many_clients_at_a_time(url: str) -> None:
    def use(number: int) -> tuple[str, int]:
        with connected(url) as session:
            best = session.answer("search", text="rhit")["found"][0]["name"]
            count = session.answer("sparql", query=f"SELECT (COUNT(*) + {number} AS ?n) {{}}")["rows"][0]["n"]
            return best, int(count)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(use, range(8))) == [("credential:rhit", number + 1) for number in range(8)]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 400),
        ({"Host": "localhost:8001"}, 400),
        ({"Origin": "http://127.0.0.1:3000"}, 400),
        ({"Host": "attacker.example"}, 421),
        ({"Host": "attacker.example:8001"}, 421),
        ({"Host": "127.0.0.1.attacker.example"}, 421),
        ({"Origin": "http://attacker.example"}, 403),
        ({"Origin": "http://localhost.attacker.example:80"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_names_that_point_here_from_elsewhere_are_refused(
    headers: dict[str, str], status: int, url: str
) -> None:
    assert ping(url, headers).status_code == status


def test_other_host_names_are_answered_if_they_are_named() -> None:
    with listening("--allow-host", "careers.example") as (url, _):
        assert ping(url, {"Host": "careers.example"}).status_code == 400
        assert ping(url, {"Origin": "https://careers.example"}).status_code == 400
        assert ping(url, {"Host": "attacker.example"}).status_code == 421


@pytest.mark.parametrize(
    ("host", "hosts"),
    [
        ("127.0.0.1", {"127.0.0.1", "localhost", "[::1]"}),
        ("0.0.0.0", {"127.0.0.1", "localhost", "[::1]"}),
        ("::", {"127.0.0.1", "localhost", "[::1]"}),
        ("2001:db8::1", {"127.0.0.1", "localhost", "[::1]", "[2001:db8::1]"}),
        ("Careers.Example", {"127.0.0.1", "localhost", "[::1]", "careers.example"}),
    ],
)
def test_an_address_for_all_opens_no_name(host: str, hosts: set[str]) -> None:
    found = security(host)
    assert found.enable_dns_rebinding_protection
    assert {name for name in found.allowed_hosts if not name.endswith(":*")} == hosts


def test_a_body_of_100_mb_is_not_read(url: str) -> None:
    try:
        status = ping(url, {}, b"x" * 100_000_000).status_code
    except httpx.WriteError:  # it hung up while we were sending
        return
    assert status == 413


def test_a_port_in_use_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [*COMMAND, "--http", "--port", port], capture_output=True, text=True, env=ENVIRONMENT, check=False
        )
    assert done.returncode == 2
    assert done.stderr == f"careerkg: cannot listen on 127.0.0.1:{port}: address already in use\n"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, -signal.SIGTERM)])
def test_a_signal_ends_the_server_and_its_processes(number: signal.Signals, code: int) -> None:
    with listening() as (url, process):
        with connected(url) as session:
            assert session.answer("sparql", query="ASK {}")["answer"] is True
        started = children(process.pid)
        assert started
        process.send_signal(number)
        assert process.wait(10) == code
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert gone(started)
