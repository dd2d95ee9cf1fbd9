"""What several test modules use."""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterator
from contextlib import suppress

import pytest

from careerkg import CareerGraph


@pytest.fixture(scope="session")
def kg() -> CareerGraph:
    """The bundled graph, which is read-only and may be shared."""
    return CareerGraph()


@pytest.fixture(scope="session", autouse=True)
def _interrupts_are_heard() -> None:
    """Undo what shells do to jobs in the background: what tests start would not hear Ctrl-C either."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        with suppress(ValueError):  # not in the main thread
            signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="module", autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    """Collect what a module's tests leave, in this thread.

    Oxigraph's results may be dropped only where they were made; those that the tracebacks of expected
    errors keep would otherwise go whenever a server's thread, in a later module, has garbage collected.
    """
    yield
    gc.collect()
