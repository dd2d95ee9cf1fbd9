"""What several test modules use."""

from __future__ import annotations

import pytest

from careerkg import CareerGraph


@pytest.fixture(scope="session")
def kg() -> CareerGraph:
    """The bundled graph, which is read-only and may be shared."""
    return CareerGraph()
