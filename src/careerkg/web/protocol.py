"""The SPARQL 1.1 Protocol endpoint, ``/sparql``: what is asked goes to the pool, what comes back is sent.

The work is done in :meth:`Endpoint.begin`, which calls back with the reply and knows nothing of ASGI, so that
the server's own connections (:mod:`careerkg.web.connection`) can ask without a task for each request.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from starlette.types import Receive, Scope, Send

from careerkg.bounded import Answer
from careerkg.errors import CareerGraphError
from careerkg.web.bodies import Gone, header, read_body
from careerkg.web.cache import Cache
from careerkg.web.description import description_reply
from careerkg.web.formats import Chosen, choose
from careerkg.web.negotiation import best_match, has_already
from careerkg.web.replies import PREFLIGHT_HEADERS, Problem, Reply, as_problem, problem_reply, send_reply
from careerkg.web.requests import read_operation
from careerkg.web.site import Site

__all__ = ["Asked", "Endpoint"]

PATH = "/sparql"
_CHANGING = re.compile(r"\b(?:now|rand|uuid|struuid|bnode)\s*\(", re.IGNORECASE)
"""Functions that give another value each time: answers with them are not kept."""
_WATCH_AFTER = 0.3
"""Seconds after which a query is worth looking whether its client is still there."""


class Asked(NamedTuple):
    """A request, as far as its answer depends on it."""

    method: str
    query_string: bytes
    accept: str | None
    content_type: str | None = None
    body: bytes = b""
    if_none_match: str | None = None


class Endpoint:
    """The endpoint of a site, an ASGI application."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.cache: Cache[Reply] = Cache(site.settings.cache)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        method, accept = scope["method"], header(scope, b"accept")
        try:
            body = await read_body(scope, receive, self.site.settings.request_limit)
            asked = Asked(
                method,
                scope["query_string"],
                accept,
                header(scope, b"content-type"),
                body,
                header(scope, b"if-none-match"),
            )
            reply = await self._answer(asked, receive)
        except Problem as problem:
            reply = problem_reply(problem, accept)
        except Gone:
            return
        await send_reply(reply, scope, send)

    async def _answer(self, asked: Asked, receive: Receive) -> Reply:
        """Return the reply; a query whose client leaves is ended. Raises Gone."""
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

        def done(reply: Reply) -> None:
            if not future.done():
                future.set_result(reply)

        cancel = self.begin(asked, done)
        try:
            if future.done():
                return future.result()
            finished, _ = await asyncio.wait([future], timeout=_WATCH_AFTER)
            if not finished:
                leaving = asyncio.ensure_future(_disconnected(receive))
                both: list[asyncio.Future[Any]] = [future, leaving]
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                leaving.cancel()
                if not future.done():
                    raise Gone
            return future.result()
        finally:
            if not future.done() and cancel is not None:
                cancel()

    def begin(self, asked: Asked, done: Callable[[Reply], None]) -> Callable[[], None] | None:
        """Have a request answered: ``done`` is called once, perhaps at once, from the event loop.

        Returns what cancels it, or None if ``done`` was called already.
        """
        state = self.site.state
        key = asked[:5]
        kept = self.cache.get(key, state)
        if kept is not None:
            done(self._conditional(kept, asked))
            return None
        try:
            return self._evaluate(asked, key, state, done)
        except Problem as problem:
            done(problem_reply(problem, asked.accept))
        except CareerGraphError as error:
            done(problem_reply(as_problem(error), asked.accept))
        return None

    def _evaluate(
        self, asked: Asked, key: tuple[object, ...], state: str, done: Callable[[Reply], None]
    ) -> Callable[[], None] | None:
        """Answer a request that was not answered before. Raises Problem or CareerGraphError."""
        if asked.method == "OPTIONS":
            done(Reply(204, (("allow", "GET, HEAD, POST, OPTIONS"), *PREFLIGHT_HEADERS)))
            return None
        operation = read_operation("query", asked.method, asked.query_string, asked.content_type, asked.body)
        if operation is None:
            done(self._about(asked))
            return None
        chosen = choose(asked.accept, operation.format)
        tag = None if _CHANGING.search(operation.text) else _tag(state, key)
        if tag is not None and _matches(asked, tag):
            done(Reply(304, (("etag", tag), ("vary", "Accept"))))
            return None
        pool = self.site.pool
        message = pool.message(
            operation.text, chosen.formats, operation.default_graphs, operation.named_graphs
        )

        def answered(found: Answer | CareerGraphError) -> None:
            if isinstance(found, Answer):
                reply = answer_reply(found, chosen, tag)
                if tag is not None:
                    self.cache.put(key, state, reply)
                done(reply)
            else:
                done(problem_reply(as_problem(found), asked.accept))

        return pool.submit(message, answered)

    def _about(self, asked: Asked) -> Reply:
        """Return what a GET without a query gets: the console for people, the description for programs."""
        rdf = best_match(asked.accept, ("text/turtle", "text/html", "application/xhtml+xml"))
        if rdf in ("text/html", "application/xhtml+xml"):
            # The path alone: a person stays at the name by which the site was called.
            path = urlsplit(self.site.url("/console")).path
            return Reply(303, (("location", path), ("vary", "Accept")))
        return description_reply(self.site, asked.accept)

    def _conditional(self, reply: Reply, asked: Asked) -> Reply:
        """Return a reply, or that the client has it already."""
        if asked.if_none_match is not None:
            tag = next((value for name, value in reply.headers if name == "etag"), None)
            if tag is not None and _matches(asked, tag):
                return Reply(304, (("etag", tag), ("vary", "Accept")))
        return reply


def answer_reply(answer: Answer, chosen: Chosen, tag: str | None) -> Reply:
    """Return the reply that an answer makes; headers tell how many rows it has and whether that is all."""
    named = chosen.graph_type if answer.form == "CONSTRUCT" else chosen.rows_type
    headers = [
        ("content-type", named or answer.media_type),
        ("vary", "Accept"),
        ("cache-control", "no-cache" if tag is not None else "no-store"),
        ("careerkg-complete", "true" if answer.complete else "false"),
        ("careerkg-rows", str(answer.rows)),
    ]
    if tag is not None:
        headers.append(("etag", tag))
    return Reply(200, tuple(headers), answer.body)


def _tag(state: str, key: tuple[object, ...]) -> str:
    """Return the entity tag of an answer: the graph's state and all that the answer depends on."""
    method, *rest = key
    named = repr((state, method == "POST", rest)).encode("utf-8", "replace")
    return f'"{hashlib.blake2b(named, digest_size=12).hexdigest()}"'


def _matches(asked: Asked, tag: str) -> bool:
    """Tell whether a client has this representation already."""
    return asked.method in ("GET", "HEAD") and has_already(asked.if_none_match, tag)


async def _disconnected(receive: Receive) -> None:
    """Return when the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
