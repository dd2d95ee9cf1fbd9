"""Updates: SPARQL 1.1 Update at ``/update``, for a site that has a token, of a store in a folder.

The engine lets one process write, and nobody read meanwhile. So an update waits until the queries that run
have ended, those that come wait for it, a process of its own writes, and then all open the store anew.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import json
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from careerkg.bounded.confine import no_connections
from careerkg.bounded.crew import python
from careerkg.bounded.datasets import STRING
from careerkg.bounded.evaluation import raised, told
from careerkg.errors import CareerGraphError, QuerySyntaxError, UpdateRefused
from careerkg.web.bodies import header, read_body
from careerkg.web.replies import PREFLIGHT_HEADERS, Problem, Reply, as_problem
from careerkg.web.requests import read_operation

if TYPE_CHECKING:
    from starlette.requests import Request

    from careerkg.web.site import Site

__all__ = ["Updates", "with_graphs"]

TIME_LIMIT = 600.0
"""Seconds that an update may take."""

_TOKENS = re.compile(
    STRING + r"|<[^<>\s]*>|#[^\n]*"
    r"|[?$][\w-]+|[\w.-]*:[\w.%:-]*|(?P<word>[A-Za-z]+)|(?P<brace>[{}])",
    re.DOTALL,
)


class Updates:
    """The update endpoint of a site."""

    def __init__(self, site: Site, token: str) -> None:
        self.site, self._token = site, token

    async def respond(self, request: Request) -> Reply:
        """Carry out an update: 204. Raises Problem: 400, 401, 405, 413, 415, or 503."""
        scope = request.scope
        if request.method == "OPTIONS":
            return Reply(204, (("allow", "POST, OPTIONS"), *PREFLIGHT_HEADERS))
        self._check(header(scope, b"authorization"))
        body = await read_body(scope, request.receive, self.site.settings.request_limit)
        operation = read_operation(
            "update", request.method, scope["query_string"], header(scope, b"content-type"), body
        )
        assert operation is not None
        text = operation.text
        _refuse_fetching(text)
        if operation.default_graphs is not None:
            text = with_graphs(text, operation.default_graphs, operation.named_graphs or ())
        try:
            await self.site.exclusively(lambda: self._write(text))
        except CareerGraphError as error:
            raise as_problem(error) from None
        return Reply(204, ())

    def _check(self, authorization: str | None) -> None:
        """Raise Problem (401) unless a request has the token, as bearer or as password."""
        scheme, _, given = (authorization or "").strip().partition(" ")
        given = given.strip()
        if scheme.lower() == "basic":
            try:
                given = base64.b64decode(given, validate=True).decode().partition(":")[2]
            except (binascii.Error, UnicodeDecodeError):
                given = ""
        elif scheme.lower() != "bearer":
            given = ""
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self._token.encode()):
            raise Problem(
                401, "updates need the token of this site", headers=[("www-authenticate", "Bearer, Basic")]
            )

    async def _write(self, text: str) -> None:
        """Have a process write. Raises the error that it meets, or Problem (503) if it does not end."""
        process = await asyncio.create_subprocess_exec(
            *python(
                "from careerkg.web.updates import main; main(*sys.argv[2:])",
                *(str(self.site.settings.source.folder), self.site.url("/update")),
            ),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(text.encode()), TIME_LIMIT)
        except TimeoutError:
            raise Problem(503, f"the update did not end within {TIME_LIMIT:g} s and was stopped") from None
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
        if process.returncode != 0:
            raise Problem(503, "the update was stopped: the engine ended")
        error = json.loads(output)
        if error is not None:
            raise raised(*error)


def main(folder: str, base: str) -> None:
    """Run the update on standard input on the store in a folder; say as JSON what went wrong, or null.

    Relative IRIs are resolved against ``base``, the address of the endpoint (SPARQL 1.1 Protocol, 2.2.5).
    """
    from careerkg.graph import CareerGraph

    no_connections()
    error = None
    try:
        graph, text = CareerGraph.open(folder), sys.stdin.read()
        try:
            graph.update(text)
        except (QuerySyntaxError, UpdateRefused) as first:
            try:
                graph.update(f"BASE <{base}>\n{text}")
            except (QuerySyntaxError, UpdateRefused):
                raise first from None  # it has the right place
    except Exception as problem:
        error = told(problem)
    sys.stdout.write(json.dumps(error))


def _refuse_fetching(text: str) -> None:
    """Raise Problem (400) for an update that would fetch something: LOAD, or SERVICE in a pattern."""
    depth = 0
    for found in _TOKENS.finditer(text):
        if found["brace"]:
            depth += 1 if found["brace"] == "{" else -1
        elif (word := (found["word"] or "").upper()) == "SERVICE" or (word == "LOAD" and depth == 0):
            raise Problem(400, f"{word} is refused: nothing is fetched from elsewhere")


def with_graphs(text: str, default: Sequence[str], named: Sequence[str]) -> str:
    """Return an update whose patterns are matched against some graphs (SPARQL 1.1 Protocol, section 2.2.3).

    Raises Problem (400) if the text names graphs itself, with USING or WITH.
    """
    clauses = "".join(
        f"{keyword} <{_checked(iri)}> "
        for keyword, iris in (("USING", default), ("USING NAMED", named))
        for iri in iris
    )
    pieces = []
    depth, end, before = 0, 0, ""
    for found in _TOKENS.finditer(text):
        if found["brace"]:
            depth += 1 if found["brace"] == "{" else -1
            before = found["brace"]
        elif found["word"] and depth == 0:
            word = found["word"].upper()
            if word in ("USING", "WITH"):
                raise Problem(400, f"the update names graphs by {word}, and the request by parameters")
            if word == "WHERE" and before != "DELETE":
                pieces += [text[end : found.start()], clauses]
                end = found.start()
            before = word
    return "".join([*pieces, text[end:]])


def _checked(iri: str) -> str:
    """Return an IRI. Raises Problem (400) for what could not stand between angle brackets."""
    if re.search(r'[<>"{}|\\^`\x00-\x20]', iri) or ":" not in iri:
        raise Problem(400, f"not an absolute IRI: {iri!r}")
    return iri
