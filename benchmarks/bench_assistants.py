"""Assistants: from the start of the server to its first answer, and what the protocol costs each call.

The peer of the start is the import of the SDK alone, that of a call an empty tool of the same SDK over the
same pipes plus the library's own work in this process.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import anyio.from_thread
from common import Row, alternating
from mcp import Client, StdioServerParameters

from careerkg import CareerGraph

COMMAND = StdioServerParameters(command=str(Path(sysconfig.get_path("scripts")) / "careerkg"), args=["mcp"])
EMPTY = (
    "from mcp.server.mcpserver import MCPServer\n"
    "server = MCPServer('empty', log_level='WARNING')\n"
    "server.tool(name='empty')(lambda: 'nothing')\n"
    "server.run('stdio')"
)


def first_answer() -> None:
    """Start the server, ask it once, and end it."""

    async def ask() -> None:
        async with Client(COMMAND) as client:
            await client.call_tool("search", {"text": "rhit"})

    anyio.run(ask)


def rows() -> Iterator[Row]:
    """Yield the measurements."""
    imported = [sys.executable, "-c", "import mcp, mcp.server.mcpserver"]
    ours, theirs = alternating(5, first_answer, partial(subprocess.run, imported, check=True))
    yield Row("assistants: start to first answer, and end", ours, "import of the SDK", theirs, "<= 3.0")

    graph = CareerGraph()
    nothing = StdioServerParameters(command=sys.executable, args=["-c", EMPTY])
    calls: list[tuple[str, dict[str, Any], Callable[[], object]]] = [
        ("search", {"text": "cancer data"}, lambda: graph.search("cancer data", limit=11)),
        ("describe", {"name": "rhit"}, lambda: graph.describe("rhit")),
        ("route", {"goal": "cancer-registrar"}, lambda: graph.routes("cancer-registrar").to_dict()),
        ("sparql", {"query": "ASK {}"}, lambda: graph.query("ASK {}")),
    ]
    with (
        anyio.from_thread.start_blocking_portal() as portal,
        portal.wrap_async_context_manager(Client(COMMAND)) as client,
        portal.wrap_async_context_manager(Client(nothing)) as empty,
    ):
        for tool, arguments, work in calls:
            ask = partial(portal.call, client.call_tool, tool, arguments)

            def peer(work: Callable[[], object] = work) -> None:
                portal.call(empty.call_tool, "empty", {})
                work()

            ours, theirs = alternating(30, ask, peer)
            yield Row(f"assistants: {tool}", ours, "empty tool + library", theirs, "<= 3.0")
