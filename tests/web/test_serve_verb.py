"""``careerkg serve`` as a command: what it says, how it ends, what it refuses."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from endpoint import DATA, environment, serving

from careerkg.cli import main


def alive(pid: int) -> bool:
    """Tell whether a process runs (one that has ended and was not waited for does not)."""
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_end_leaves_no_process_behind(how: signal.Signals) -> None:
    endless = "SELECT (COUNT(*) AS ?n) {" + " . ".join(f"?s{k} ?p{k} ?o{k}" for k in range(9)) + "}"
    with serving("--data", DATA / "protocol.trig", "--workers", "2") as server:
        assert httpx.get(f"{server.url}/sparql", params={"query": "ASK {}"}).json()["boolean"]
        with pytest.raises(httpx.TimeoutException):
            httpx.get(f"{server.url}/sparql", params={"query": endless}, timeout=0.3)
        asking = socket.create_connection(("127.0.0.1", server.port))
        asking.sendall(f"GET /sparql?query={quote(endless)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        time.sleep(0.3)
        children = server.children()
        assert len(children) >= 3
        server.process.send_signal(how)
        code = server.process.wait(10)
        asking.close()
        assert code == (-signal.SIGKILL if how == signal.SIGKILL else 0)
        for _ in range(100):
            if not any(map(alive, children)):
                break
            time.sleep(0.05)
        assert not any(map(alive, children))


def test_port_in_use_is_one_line_and_2(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == f"careerkg: cannot listen on 127.0.0.1:{port}: address already in use\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--port", "99999"], "'99999' is no port"),
        (["--port", "x"], "'x' is no port"),
        (["--deadline", "0"], "seconds above 0"),
        (["--deadline", "nan"], "seconds above 0"),
        (["--workers", "0"], "whole number above 0"),
        (["--row-cap", "-1"], "whole number above 0"),
    ],
)
def test_options_that_make_no_sense(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["serve", *options])
    assert stop.value.code == 2
    output = capsys.readouterr()
    assert said in output.err
    assert output.err.count("\n") == 1


def test_what_cannot_be_served_is_one_line_and_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.ttl"
    broken.write_text("# Not Turtle.\n<a> <b>\n", encoding="utf-8")
    empty = tmp_path / "token"
    empty.write_text("\n", encoding="utf-8")
    for options, said in (
        (["--store", str(tmp_path / "absent")], "is not a store"),
        (["--data", str(broken)], "broken.ttl:"),
        (["--host", "192.0.2.1"], "cannot listen on 192.0.2.1"),
        (["--update-token-file", str(empty)], "there is no token in"),
        (["--update-token-file", str(tmp_path / "none")], "cannot read the token"),
    ):
        assert main(["serve", "--port", "0", *options]) == 2
        output = capsys.readouterr()
        assert said in output.err, options
        assert output.err.count("\n") == 1
    monkeypatch.setenv("CAREERKG_UPDATE_TOKEN", "secret")
    assert main(["serve", "--port", "0"]) == 2
    assert "updates need a --store" in capsys.readouterr().err


def test_missing_extra_is_one_line_and_2() -> None:
    code = (
        "import sys; sys.modules['uvicorn'] = None; "
        "from careerkg.cli import main; sys.exit(main(['serve', '--port', '0']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
    )
    assert done.returncode == 2
    assert done.stderr == (
        "careerkg: serving needs the extra web (uvicorn is missing): pip install 'careerkg[web]'\n"
    )


def test_base_url_is_what_descriptions_say() -> None:
    options = ["--data", str(DATA / "protocol.trig"), "--base-url", "https://careers.example.org/kg/"]
    with serving(*options) as server:
        text = httpx.get(f"{server.url}/sparql", headers={"accept": "text/turtle"}).text
        assert "<https://careers.example.org/kg/sparql>" in text
        assert server.url not in text
        browser = httpx.get(f"{server.url}/sparql", headers={"accept": "text/html"})
        assert browser.headers["location"] == "/kg/console"
