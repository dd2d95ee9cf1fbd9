"""HTTP to a store: pooled connections, retries with back-off, time limits, streams, errors in one line."""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import IO, TYPE_CHECKING, Any, Self, cast
from urllib.parse import unquote, urlencode, urlsplit, urlunsplit

from careerkg.errors import QueryError, StoreError

if TYPE_CHECKING:
    import urllib3

__all__ = ["Access", "Connection", "NoEndpoint", "Stream", "without_credentials"]

_LONGEST_WAIT = 60.0
"""Seconds that a server's Retry-After is heeded for; one that asks for more is told as an error."""

_BUSY = (429, 502, 503, 504)
_ROWS = "application/sparql-results+json, application/sparql-results+xml;q=0.5"


class NoEndpoint(StoreError):
    """What is at an address does not speak SPARQL, or nothing is there: another may be tried."""


@dataclass(frozen=True)
class Access:
    """Who asks a server, and how patiently.

    ``timeout`` is in seconds, for connecting and for each silence of the server; ``retries`` count refused
    connections, broken answers and the codes 429, 502, 503 and 504.
    """

    user: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    timeout: float = 60.0
    retries: int = 5
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, url: str, access: Access) -> Access:
        """Return what is given, completed from the URL, then from the environment.

        ``CAREERKG_USER``, ``CAREERKG_PASSWORD`` and ``CAREERKG_TOKEN`` are what the environment may say.
        Raises StoreError for a URL that is none.
        """
        without_credentials(url)  # raises StoreError for what is no address
        split = urlsplit(url)
        if access.token is None and access.user is None:
            if split.username is not None:
                return replace(access, user=unquote(split.username), password=unquote(split.password or ""))
            token, user = os.environ.get("CAREERKG_TOKEN"), os.environ.get("CAREERKG_USER")
            if token:
                return replace(access, token=token)
            if user:
                return replace(access, user=user, password=os.environ.get("CAREERKG_PASSWORD", ""))
        return access


def without_credentials(url: str) -> str:
    """Return a URL without user and password: what messages show. Raises StoreError if it is none."""
    try:
        split = urlsplit(url)
    except ValueError as error:
        raise StoreError(f"this is no address of a server: {error}") from None
    host = split.netloc.rpartition("@")[2]
    return urlunsplit(split._replace(netloc=host))


class Stream(io.RawIOBase):
    """The body of an answer, to be read once; what breaks on the way is a StoreError.

    An answer that ends before its end is an error, never a shorter answer.
    """

    def __init__(self, response: urllib3.BaseHTTPResponse, shown: str) -> None:
        self.response = response
        self.type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        self.shown = shown

    def file(self) -> IO[bytes]:
        """Return this, as parsers know it."""
        return cast("IO[bytes]", self)

    def read(self, size: int = -1) -> bytes:
        """Return some bytes, none at the end. Raises StoreError for what breaks."""
        import urllib3

        try:
            return self.response.read(None if size is None or size < 0 else size)
        except urllib3.exceptions.HTTPError as error:
            raise StoreError(f"{self.shown}: the answer broke off: {_reason(error)}") from error

    def finish(self) -> None:
        """Read the answer to its end, of which nothing is wanted: the connection can then be used again."""
        with self:
            while self.read(1 << 16):
                pass

    def close(self) -> None:
        """End the answer: what was not read of it is given up."""
        if not self.closed:
            self.response.close()
        super().close()


class Connection:
    """Requests to the endpoints of one server."""

    def __init__(self, access: Access) -> None:
        import urllib3

        from careerkg.remote.authentication import Authenticator

        class Patience(urllib3.Retry):
            """Waits for a server that is busy, and not for a name that nobody has."""

            def increment(self, *arguments: Any, **named: Any) -> Self:
                error = named.get("error")
                if isinstance(error, urllib3.exceptions.NameResolutionError):
                    raise error
                return super().increment(*arguments, **named)

            def get_retry_after(self, response: urllib3.BaseHTTPResponse) -> float | None:
                wait = super().get_retry_after(response)
                return None if wait is None else min(wait, _LONGEST_WAIT)

        self._retries = Patience(
            total=access.retries,
            connect=min(access.retries, 3),
            redirect=5,
            status_forcelist=_BUSY,
            allowed_methods=None,  # queries and the addition of named triples may be said twice
            backoff_factor=0.3,
            backoff_max=20,
            backoff_jitter=0.2,
            raise_on_status=False,
        )
        self._access = access
        self._authenticator = (
            None if access.user is None else Authenticator(access.user, access.password or "")
        )
        self._pool = urllib3.PoolManager(
            maxsize=8, timeout=urllib3.Timeout(connect=min(access.timeout, 10.0), read=access.timeout)
        )

    def query(
        self,
        url: str,
        sparql: str,
        parameters: Mapping[str, Sequence[str]] | None = None,
        accept: str = _ROWS,
    ) -> Stream:
        """Send a query; return the answer as a stream. Raises QueryError or StoreError.

        ``parameters`` are those of the protocol besides the query, such as ``default-graph-uri``.
        """
        return self._post(url, "query", sparql, accept, parameters or {})

    def update(self, url: str, sparql: str) -> None:
        """Send an update. Raises QueryError or StoreError."""
        self._post(url, "update", sparql, "*/*", {}).finish()

    def _post(
        self, url: str, name: str, sparql: str, accept: str, parameters: Mapping[str, Sequence[str]]
    ) -> Stream:
        fields = [(key, value) for key, some in parameters.items() for value in some]
        body = urlencode([(name, sparql), *fields]).encode("ascii")
        return self.request(
            "POST",
            url,
            body=body,
            headers={"Accept": accept, "Content-Type": "application/x-www-form-urlencoded"},
        )

    def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        allowed: tuple[int, ...] = (),
    ) -> Stream:
        """Send a request and return the answer. Raises StoreError; QueryError if the server finds it faulty.

        Codes that are ``allowed`` are the caller's to judge, like those below 300.
        """
        import urllib3

        url = without_credentials(url)
        all_headers = {
            "User-Agent": "careerkg",
            "Accept-Encoding": "gzip",
            **(headers or {}),
            **self._access.headers,
        }
        if self._access.token is not None:
            all_headers["Authorization"] = f"Bearer {self._access.token}"
        refused = 0
        while True:
            if self._authenticator is not None:
                header = self._authenticator.header(method, url)
                if header is not None:
                    all_headers["Authorization"] = header
            try:
                response = self._pool.request(
                    method,
                    url,
                    body=body,
                    headers=all_headers,
                    retries=self._retries,
                    preload_content=False,
                )
            except urllib3.exceptions.HTTPError as error:
                raise StoreError(f"{url}: {_reason(error, self._access.timeout)}") from error
            except UnicodeError:
                raise StoreError(f"{url}: this is no address of a server") from None
            if response.status == 401 and self._authenticator is not None:
                challenge = ", ".join(response.headers.getlist("WWW-Authenticate"))
                refused += 1
                # Once more with an answer to the challenge; twice if only the nonce had grown old meanwhile.
                if refused <= 1 + ("stale=true" in challenge.replace('"', "").lower()):
                    response.drain_conn()
                    if self._authenticator.accept(challenge):
                        continue
            stream = Stream(response, url)
            if response.status < 300 or response.status in allowed:
                return stream
            with stream:
                text = stream.read(4000).decode("utf-8", "replace")
            raise self._refusal(response.status, stream.type, text, url)

    def _refusal(self, status: int, media_type: str, text: str, url: str) -> StoreError | QueryError:
        """Return the error for an answer that is none."""
        known = self._access.token is not None or self._access.user is not None
        said = _sentence(text, media_type)
        if status in (401, 403) or "SECURITY" in said:
            hint = (
                "these credentials are not accepted"
                if known
                else "it asks for credentials: set CAREERKG_USER and CAREERKG_PASSWORD, or CAREERKG_TOKEN"
            )
            return StoreError(f"{url}: {status}: {hint}")
        if status in (404, 405, 410):
            return NoEndpoint(f"{url}: {status}: there is no such endpoint here")
        if status in _BUSY:
            times = self._access.retries + 1
            return StoreError(f"{url}: {status}: the server is busy or down; tried {times} times")
        if status in (400, 500) and not media_type.startswith("text/html"):
            return QueryError(f"{url} does not run this: {said or status}")
        return StoreError(f"{url}: {status}: {said or 'the server refuses this'}")


def _sentence(text: str, media_type: str) -> str:
    """Return what an error page says, in one line of bearable length."""
    if media_type == "application/json":
        try:
            found = json.loads(text)
            if isinstance(found, dict):
                text = str(found.get("message") or found.get("detail") or text)
        except ValueError:
            pass
    if media_type.startswith("text/html") or text.lstrip().startswith("<"):
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        text = title[1] if title else ""
    first = text.strip().split("\n\n")[0]
    line = " ".join(first.split())
    return line if len(line) <= 300 else line[:299] + "…"


def _reason(error: Exception, timeout: float | None = None) -> str:
    """Return why a request failed, in words."""
    import urllib3

    cause: BaseException = getattr(error, "reason", None) or error
    if isinstance(cause, urllib3.exceptions.NameResolutionError):
        return "there is no such host"
    if isinstance(cause, urllib3.exceptions.NewConnectionError):
        refused = "refused" in str(cause)
        return "nobody answers there: connection refused" if refused else "it cannot be reached"
    if isinstance(cause, urllib3.exceptions.ConnectTimeoutError | urllib3.exceptions.ReadTimeoutError):
        return "no answer in time" if timeout is None else f"no answer within {timeout:g} s"
    if isinstance(cause, urllib3.exceptions.SSLError):
        return f"no secure connection: {' '.join(str(cause).split())[:200]}"
    if isinstance(cause, urllib3.exceptions.LocationValueError | urllib3.exceptions.LocationParseError):
        return "this is no address of a server"
    return f"the connection broke: {' '.join(str(cause).split())[:200]}"
