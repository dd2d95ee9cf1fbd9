"""Answers to requests as values, the headers that every answer has, and problems in the form of RFC 9457."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any

from starlette.types import Scope, Send

from careerkg.errors import (
    CareerGraphError,
    FormatError,
    QueryError,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooBig,
    TooManyQueries,
)
from careerkg.web.negotiation import best_match

__all__ = [
    "COMMON_HEADERS",
    "PREFLIGHT_HEADERS",
    "Problem",
    "Reply",
    "as_problem",
    "problem_reply",
    "send_reply",
]

COMMON_HEADERS: tuple[tuple[str, str], ...] = (
    ("access-control-allow-origin", "*"),
    (
        "access-control-expose-headers",
        "Content-Length, ETag, Link, Location, Retry-After, Careerkg-Complete, Careerkg-Rows",
    ),
    ("x-content-type-options", "nosniff"),
)
"""Headers of every answer: any page may read it (it is all public, and no cookie counts here)."""

PREFLIGHT_HEADERS: tuple[tuple[str, str], ...] = (
    ("access-control-allow-methods", "GET, HEAD, POST, OPTIONS"),
    ("access-control-allow-headers", "Accept, Content-Type, If-None-Match, Authorization"),
    ("access-control-max-age", "86400"),
)
"""What else the answer to OPTIONS says, for browsers that ask beforehand."""


@dataclass(frozen=True)
class Reply:
    """An answer to a request: status, headers without those that all have, body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    @property
    def size(self) -> int:
        """The memory that this takes, in bytes, roughly."""
        return len(self.body) + 2000

    @cached_property
    def head(self) -> bytes:
        """All headers as they go over a connection, without the status and the empty line."""
        return b"".join(b"%b: %b\r\n" % pair for pair in self.all_headers() if pair[0] != b"connection")

    def all_headers(self) -> list[tuple[bytes, bytes]]:
        """Return all headers as ASGI has them, with those that all answers have and the length."""
        headers = [*self.headers, *COMMON_HEADERS]
        if self.status not in (204, 304) and not any(name == "content-length" for name, _ in headers):
            headers.append(("content-length", str(len(self.body))))
        return [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers]


class Problem(Exception):
    """A request that cannot be answered as it should; ``extra`` are members of the problem's JSON."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        headers: Iterable[tuple[str, str]] = (),
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail
        self.headers, self.extra = tuple(headers), dict(extra or {})


def as_problem(error: CareerGraphError) -> Problem:
    """Return the problem that an error of the library is to a client."""
    text = " ".join(str(error).split())
    if isinstance(error, QuerySyntaxError):
        return Problem(400, text, extra={"line": error.line, "column": error.column})
    if isinstance(error, QueryTimeout):
        return Problem(503, text, extra={"deadline": error.seconds})
    if isinstance(error, TooManyQueries):
        return Problem(429, text, headers=[("retry-after", str(max(1, round(error.retry_after))))])
    if isinstance(error, QueryTooBig):
        return Problem(503, text)
    if isinstance(error, FormatError):
        return Problem(406, text)
    if isinstance(error, QueryError):
        return Problem(400, text)
    return Problem(503, text)


def problem_reply(problem: Problem, accept: str | None) -> Reply:
    """Return a problem as JSON (RFC 9457), or plain text where a client likes that better; never HTML."""
    title = HTTPStatus(problem.status).phrase
    headers = (*problem.headers, ("cache-control", "no-store"), ("vary", "Accept"))
    offered = ("application/problem+json", "application/json", "text/plain")
    if best_match(accept, offered) == "text/plain":
        body = f"{problem.status} {title}: {problem.detail}\n".encode("utf-8", "replace")
        return Reply(problem.status, (("content-type", "text/plain; charset=utf-8"), *headers), body)
    members = {"title": title, "status": problem.status, "detail": problem.detail, **problem.extra}
    body = json.dumps(members, ensure_ascii=False).encode("utf-8", "replace")
    return Reply(problem.status, (("content-type", "application/problem+json"), *headers), body)


async def send_reply(reply: Reply, scope: Scope, send: Send) -> None:
    """Send an answer; to HEAD without its body."""
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.all_headers()})
    body = b"" if scope["method"] == "HEAD" else reply.body
    await send({"type": "http.response.body", "body": body})
