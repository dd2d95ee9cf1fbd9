"""What a site is made of and how much it gives: one frozen value, made by the command line or by a test."""

from __future__ import annotations

from dataclasses import dataclass, field

from careerkg.bounded import Source

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """Settings of a site. Times are in seconds, sizes in bytes."""

    source: Source = field(default_factory=Source)
    """Which graph is served."""
    base_url: str = "http://127.0.0.1:8000"
    """The address by which clients know this site, without a slash at its end."""
    workers: int = 4
    """Processes that answer queries, one query each at a time."""
    waiting: int = 64
    """Queries that may wait for a process; one more is answered with 429."""
    threads: int = 8
    """Library calls for pages that run at a time; more wait."""
    deadline: float = 30.0
    """After this time a query is stopped, inside evaluation, and answered with 503."""
    row_cap: int = 100_000
    """Rows or triples of an answer; more are left out, and a header says so."""
    memory: int = 1 << 30
    """What a query may take beyond the graph."""
    answer_limit: int = 64 << 20
    """The longest answer; a longer one is an error, never cut."""
    request_limit: int = 1 << 20
    """The longest body of a request; a longer one is answered with 413 without being read."""
    header_limit: int = 128 << 10
    """The longest head of a request, its address included: a longer one is answered with 414 or 431."""
    header_timeout: float = 10.0
    """The time in which the head of a request must have arrived."""
    body_timeout: float = 30.0
    """The time in which the body of a request must have arrived."""
    idle_timeout: float = 15.0
    """How long a connection is kept open for the next request."""
    write_timeout: float = 60.0
    """How long a client may take no byte of an answer."""
    connections: int = 1000
    """Connections at a time; one more is closed with 503."""
    cache: int = 64 << 20
    """Memory for answers that are kept until the graph changes; 0 keeps none."""
    update_token: str | None = None
    """With a token there is an update endpoint at ``/update``, which asks for it; without, there is none."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))
