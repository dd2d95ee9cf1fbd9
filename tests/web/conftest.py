"""The servers that the tests of the endpoint share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from endpoint import DATA, Serving, serving


@pytest.fixture(scope="session")
def protocol_server() -> Iterator[Serving]:
    """A server over the small graphs of protocol.trig, with tight bounds."""
    data = str(DATA / "protocol.trig")
    with serving("--data", data, "--deadline", "1.5", "--row-cap", "5", "--workers", "2") as server:
        yield server


@pytest.fixture(scope="session")
def bundled_server() -> Iterator[Serving]:
    """A server over the bundled graph."""
    with serving("--workers", "2", "--deadline", "20") as server:
        yield server
