"""A connection of the server: uvicorn's, with limits on time and size, and a short way to ``/sparql``.

uvicorn waits for the head and the body of a request as long as it takes; a few hundred slow clients would
hold a server for nothing. Here a head and a body must arrive in time, an answer must be taken, what is too
long is refused before it is read, and there is a number of connections that is not exceeded.

The short way: a GET of ``/sparql`` goes to the endpoint from the parser's callback, without the task,
routing and messages of ASGI, which would take longer than most queries. The answers are those of the
application, which gets all other requests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from careerkg.web.bodies import too_long
from careerkg.web.protocol import PATH, Asked
from careerkg.web.replies import Problem, Reply, problem_reply

if TYPE_CHECKING:
    from careerkg.web.protocol import Endpoint
    from careerkg.web.settings import Settings

__all__ = ["connection_class"]

LINGER = 2.0
"""Seconds in which a client may read why its request was refused, while what it still sends is dropped."""
LINGER_BYTES = 1 << 20

_QUERY = f"{PATH}?".encode()
_QUERY_LENGTH = len(_QUERY)


class _Pending:
    """A request that goes the short way, as uvicorn knows requests: it is the connection's ``cycle``."""

    __slots__ = ("_cancel", "body", "disconnected", "keep_alive", "more_body", "response_complete")

    def __init__(self) -> None:
        self.body = b""
        self.more_body = False
        self.disconnected = False
        self.keep_alive = True
        self.response_complete = False
        self._cancel: Callable[[], None] | None = None

    def cancelled_by(self, cancel: Callable[[], None] | None) -> None:
        """Say what ends the query should the client leave."""
        self._cancel = cancel

    @property
    def message_event(self) -> _Pending:
        """What uvicorn sets when something has happened to the request: that it was left."""
        return self

    def set(self) -> None:
        """End the query if the client has left."""
        if self.disconnected and not self.response_complete and self._cancel is not None:
            self._cancel()


class _Connection(HttpToolsProtocol):
    """A connection within the limits of a site's settings."""

    settings: Settings
    endpoint: Endpoint
    cycle: Any
    """The request that is answered: uvicorn's, or one that goes the short way."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._timer: asyncio.TimerHandle | None = None
        self._reading = "head"  # "head", "body", or "refused" once the request will not be read
        self._head_size = 0
        self._body_size = 0
        self._lingered = 0
        self._unsent = 0
        self._write_timer: asyncio.TimerHandle | None = None
        self._has_body = False

    # ---- Limits -----------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a connection, or refuse it if there are too many."""
        super().connection_made(cast("asyncio.Transport", transport))
        if len(self.connections) > self.settings.connections:
            self._refuse(Problem(503, "too many connections", headers=[("retry-after", "5")]))
            return
        self._timer = self.loop.call_later(self.settings.header_timeout, self._late)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_timer()
        if self._write_timer is not None:
            self._write_timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what has come, in time and up to the limits."""
        if self._reading == "refused":
            self._lingered += len(data)
            if self._lingered > LINGER_BYTES:
                self.transport.abort()
            return
        if self._reading == "head":
            self._head_size += len(data)
        super().data_received(data)
        if self._reading == "head" and self._head_size > self.settings.header_limit:
            self._refuse_head()
        elif self._timer is None and (self._reading == "body" or self._head_size):
            seconds = self.settings.body_timeout if self._reading == "body" else self.settings.header_timeout
            if self._reading != "refused":
                self._timer = self.loop.call_later(seconds, self._late)

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._reading = "head"

    def on_headers_complete(self) -> None:
        """Begin to answer a request, or refuse it if its body would be too long."""
        self._stop_timer()
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > self.settings.header_limit:
            self._refuse_head()
            return
        self._head_size = self._body_size = 0
        self._reading = "body"
        for name, value in self.headers:
            if name == b"content-length" and int(value) > self.settings.request_limit:
                self._refuse(too_long(self.settings.request_limit))
                return
        if not self._take_short_way():
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body, whose length need not have been said."""
        if self._reading == "refused":
            return
        self._body_size += len(body)
        if self._body_size > self.settings.request_limit:
            self._refuse(too_long(self.settings.request_limit))
            return
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the reading of a request."""
        self._stop_timer()
        if self._reading == "refused":
            return
        self._reading = "head"
        super().on_message_complete()

    def _stop_timer(self) -> None:
        """Stop waiting for a head or body."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        """Close a connection whose request does not arrive."""
        self._timer = None
        if self.transport.is_closing() or self._reading == "refused":
            return
        if self._reading == "head" and not self._head_size:
            self.transport.close()
        else:
            self._refuse(Problem(408, "the request did not arrive in time"))

    def _refuse_head(self) -> None:
        """Refuse a head that is too long: for its address, or else for its headers."""
        limit = self.settings.header_limit
        status = 431 if len(self.url) <= limit // 2 else 414
        self._refuse(Problem(status, f"the head of a request may have {limit:,} bytes at most"))

    def _refuse(self, problem: Problem) -> None:
        """Answer a request that will not be read, and close once the client has had time to see why."""
        self._stop_timer()
        begun = self.cycle is not None and not self.cycle.response_complete
        self._reading = "refused"
        if begun:
            # The application is answering already, or waits for a body that will not come.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        accept = next((v.decode("latin-1") for n, v in self.headers or () if n == b"accept"), None)
        self.transport.write(wire(problem_reply(problem, accept), close=True))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(LINGER, self.transport.abort)

    # ---- Answers that are not taken ---------------------------------------------------------

    def pause_writing(self) -> None:
        """Note that a client takes an answer more slowly than it comes."""
        super().pause_writing()
        self._unsent = self.transport.get_write_buffer_size()
        self._write_timer = self.loop.call_later(self.settings.write_timeout, self._look_at_writing)

    def resume_writing(self) -> None:
        """Note that the client has taken it."""
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None
        super().resume_writing()

    def _look_at_writing(self) -> None:
        """Close the connection if nothing was taken since the last look."""
        unsent = self.transport.get_write_buffer_size()
        if unsent >= self._unsent:
            self.transport.abort()
            return
        self._unsent = unsent
        self._write_timer = self.loop.call_later(self.settings.write_timeout, self._look_at_writing)

    # ---- The short way ----------------------------------------------------------------------

    def _take_short_way(self) -> bool:
        """Hand a GET of the endpoint over; tell whether this was one."""
        parser = self.parser
        if (
            not self.url.startswith(_QUERY)
            or parser.get_method() != b"GET"
            or parser.get_http_version() != "1.1"
            or not parser.should_keep_alive()
            or (self.cycle is not None and not self.cycle.response_complete)
        ):
            return False
        accept = if_none_match = None
        for name, value in self.headers:
            if name == b"accept":
                if accept is not None:
                    return False
                accept = value.decode("latin-1")
            elif name == b"if-none-match":
                if_none_match = value.decode("latin-1")
            elif name in (b"content-length", b"transfer-encoding", b"upgrade", b"expect"):
                return False
        query_string = self.url[_QUERY_LENGTH:].partition(b"#")[0]
        asked = Asked("GET", query_string, accept, None, b"", if_none_match)
        pending = _Pending()
        self.cycle = pending

        def done(reply: Reply) -> None:
            if pending.disconnected or self.transport.is_closing():
                return
            pending.response_complete = True
            self.transport.write(
                wire(reply, close=not pending.keep_alive, more=self.server_state.default_headers)
            )
            if not pending.keep_alive:
                self.transport.close()
            self.on_response_complete()

        pending.cancelled_by(self.endpoint.begin(asked, done))
        return True


def connection_class(settings: Settings, endpoint: Endpoint) -> type[HttpToolsProtocol]:
    """Return the class of a site's connections, for uvicorn's ``http``."""
    return type("Connection", (_Connection,), {"settings": settings, "endpoint": endpoint})


@lru_cache(maxsize=256)
def _head(status: int) -> bytes:
    """Return the first line of an answer."""
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()


def wire(reply: Reply, *, close: bool, more: Sequence[tuple[bytes, bytes]] = ()) -> bytes:
    """Return an answer as it goes over the connection; ``more`` are headers of the moment, the date."""
    lines = [_head(reply.status), reply.head, *(b"%b: %b\r\n" % pair for pair in more)]
    if close:
        lines.append(b"connection: close\r\n")
    lines += [b"\r\n", reply.body]
    return b"".join(lines)
